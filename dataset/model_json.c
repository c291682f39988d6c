/* The table of joints, actuators and sensors that a file holds; see run_sources.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/columns.h"
#include "dataset/dataset.h"
#include "dataset/run_sources.h"
#include "kernels/model.h"

/* ---------------------------------------------------------------------------------------------------- members */

static void put_member(FILE *stream, const char *key, const char *text) {
  fprintf(stream, ", \"%s\": ", key);
  myr_json_string(stream, text);
}

static void put_range(FILE *stream, const char *key, bool limited, const double range[2]) {
  fprintf(stream, ", \"%s\": ", key);
  if (limited)
    fprintf(stream, "[%.9g, %.9g]", range[0] + 0.0, range[1] + 0.0);
  else
    fputs("null", stream);
}

static void put_frame(FILE *stream, const char *kind, const char *name, int number) {
  char frame[512];
  if (name && *name)
    snprintf(frame, sizeof frame, "%s %s", kind, name);
  else
    snprintf(frame, sizeof frame, "%s number %d", kind, number);
  put_member(stream, "frame", frame);
}

static void put_body_frame(FILE *stream, const myr_model *model, int body) {
  if (body)
    put_frame(stream, "body", model->body_name[body], body);
  else
    put_member(stream, "frame", "world");
}

/* ---------------------------------------------------------------------------------------------------- joints */

static void put_joint(FILE *stream, const myr_model *model, int joint) {
  static const char *const types[] = {
      [MYR_JOINT_FREE] = "free", [MYR_JOINT_BALL] = "ball", [MYR_JOINT_SLIDE] = "slide", [MYR_JOINT_HINGE] = "hinge"};
  static const char *const units[] = {
      [MYR_JOINT_FREE] = "m, 1", [MYR_JOINT_BALL] = "1", [MYR_JOINT_SLIDE] = "m", [MYR_JOINT_HINGE] = "rad"};
  int type = model->jnt_type[joint];
  fputs("{\"name\": ", stream);
  put_element_name(stream, model->jnt_name[joint], "joint", joint, "");
  put_member(stream, "type", types[type]);
  put_member(stream, "unit", units[type]);
  put_range(stream, "range", model->jnt_limited[joint] && type != MYR_JOINT_FREE,
            model->jnt_range + 2 * (ptrdiff_t)joint);
  if (type == MYR_JOINT_HINGE || type == MYR_JOINT_SLIDE) {
    const double *axis = model->jnt_axis + 3 * (ptrdiff_t)joint;
    fprintf(stream, ", \"axis\": [%.9g, %.9g, %.9g]", axis[0] + 0.0, axis[1] + 0.0, axis[2] + 0.0);
  }
  put_body_frame(stream, model, type == MYR_JOINT_FREE ? 0 : model->jnt_body[joint]);
  fputs("}", stream);
}

/* ---------------------------------------------------------------------------------------------------- actuators */

/* The actuator's type in MJCF, which its control's unit implies. */
static const char *actuator_type(const myr_model *model, int actuator) {
  const char *unit = control_unit(model, actuator);
  if (!strcmp(unit, "N") || !strcmp(unit, "N m")) return "motor";
  if (!strcmp(unit, "m") || !strcmp(unit, "rad")) return "position";
  if (!strcmp(unit, "m/s") || !strcmp(unit, "rad/s")) return "velocity";
  return "general";
}

static void put_actuator(FILE *stream, const record_layout *layout, int actuator) {
  const myr_model *model = layout->info->model;
  int target = model->actuator_target[actuator];
  int transmission = model->actuator_transmission[actuator];
  static const char *const words[] = {
#define ACTUATOR_TRANSMISSION(name, member, target, word) word,
#include "kernels/actuator.def"
  };
  char *const *names = myr_model_names(model, myr_transmission_target[transmission]);
  fputs("{\"name\": ", stream);
  put_element_name(stream, model->actuator_name[actuator], "actuator", actuator, "");
  put_member(stream, "type", actuator_type(model, actuator));
  fprintf(stream, ", \"%s\": ", words[transmission]);
  put_element_name(stream, names[target], words[transmission], target, "");
  fprintf(stream, ", \"gear\": %.9g", model->actuator_gear[actuator]);
  put_member(stream, "unit", control_unit(model, actuator));
  put_range(stream, "range", model->actuator_ctrllimited[actuator],
            model->actuator_ctrlrange + 2 * (ptrdiff_t)actuator);
  put_range(stream, "force_range", model->actuator_forcelimited[actuator],
            model->actuator_forcerange + 2 * (ptrdiff_t)actuator);
  fprintf(stream, ", \"action_center\": %.9g, \"action_scale\": %.9g}", layout->info->action_center[actuator] + 0.0,
          layout->info->action_scale[actuator]);
}

/* ---------------------------------------------------------------------------------------------------- sensors */

static void put_view(FILE *stream, const record_layout *layout, const myr_camera_info *camera) {
  const double range[2] = {(double)camera->near_limit, (double)camera->far_limit};
  bool beams = camera->projection == MYR_BEAMS;
  fputs("{\"name\": ", stream);
  myr_json_string(stream, camera->name);
  put_member(stream, "type", beams ? "lidar" : "camera");
  put_member(stream, "unit", "m");
  put_range(stream, "range", true, range);
  put_body_frame(stream, layout->info->model, camera->body);
  fputs(", \"recorded\": true}", stream);
}

/* entity: the owner of the sensor, which a file names without it. */
static void put_sensor(FILE *stream, const char *entity, const myr_source_sensor *sensor, int number, bool recorded) {
  const double range[2] = {-sensor->cutoff, sensor->cutoff};
  char kind[256];
  snprintf(kind, sizeof kind, "%.200s.sensor", entity);
  fputs("{\"name\": ", stream);
  if (*sensor->name) snprintf(kind, sizeof kind, "%.120s.%.120s", entity, sensor->name);
  put_element_name(stream, *sensor->name ? kind : NULL, kind, number, "");
  put_member(stream, "type", sensor->type);
  put_member(stream, "entity", entity);
  put_member(stream, "object", sensor->object);
  put_member(stream, "unit", sensor->unit);
  fprintf(stream, ", \"dimension\": %d", sensor->dimension);
  put_range(stream, "range", sensor->cutoff > 0, range);
  fprintf(stream, ", \"noise\": %.9g", sensor->noise);
  put_member(stream, "frame", sensor->frame);
  fprintf(stream, ", \"recorded\": %s}", recorded ? "true" : "false");
}

static void put_sensors(FILE *stream, const record_layout *layout, const entity_source *sources) {
  const char *separator = "";
  for (int i = 0; layout->cameras.look && i < layout->cameras.info->camera_count; i++) {
    fputs(separator, stream);
    separator = ", ";
    put_view(stream, layout, &layout->cameras.info->cameras[i]);
  }
  for (int i = 0; i < layout->info->entity_count; i++) {
    const myr_source *source = &sources[sources[i].same_as].source;
    for (int k = 0; k < source->sensor_count; k++) {
      fputs(separator, stream);
      separator = ", ";
      const myr_entity_info *entity = &layout->info->entities[i];
      put_sensor(stream, entity->name, &source->sensors[k], k,
                 sensor_is_recorded(&layout->sensors, entity->sensor_start + k));
    }
  }
}

/* ---------------------------------------------------------------------------------------------------- all */

char *record_model_json(const record_layout *layout, const entity_source *sources) {
  const myr_model *model = layout->info->model;
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fputs("{\"joints\": [", stream);
  for (int i = 0; i < model->njnt; i++) {
    fputs(i ? ", " : "", stream);
    put_joint(stream, model, i);
  }
  fputs("], \"actuators\": [", stream);
  for (int i = 0; i < model->nu; i++) {
    fputs(i ? ", " : "", stream);
    put_actuator(stream, layout, i);
  }
  fputs("], \"sensors\": [", stream);
  put_sensors(stream, layout, sources);
  fputs("]}", stream);
  return fclose(stream) ? NULL : text;
}
