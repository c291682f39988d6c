#include "dataset/record_sensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/names.h"
#include "kernels/fields.h"
#include "kernels/sensor.h"

/* ---------------------------------------------------------------------------------------------------- kinds */
static const myr_sensor_info *info_of(const myr_model *model, int sensor) {
  return &myr_sensor_infos[model->sensor_type[sensor]];
}

/* Whether its vectors are in the axes of the world. */
static bool is_in_world(const myr_model *model, int sensor) {
  enum myr_sensor_frame frame = info_of(model, sensor)->frame;
  return frame == MYR_FRAME_IN_WORLD || (frame == MYR_FRAME_REFERENCE && model->sensor_reference_body[sensor] < 0);
}

static bool is_position_in_world(const myr_model *model, int sensor) {
  int type = model->sensor_type[sensor];
  return (type == MYR_SENSOR_FRAMEPOS || type == MYR_SENSOR_SUBTREECOM) && is_in_world(model, sensor);
}

static const char *unit_of(const myr_model *model, int sensor) {
  int joint = model->sensor_joint[sensor];
  return myr_sensor_unit((enum myr_sensor)model->sensor_type[sensor],
                         joint >= 0 && model->jnt_type[joint] == MYR_JOINT_SLIDE);
}

static const char *frame_of(const myr_model *model, int sensor) {
  enum myr_sensor_frame frame = info_of(model, sensor)->frame;
  if (is_in_world(model, sensor)) return "world";
  return frame == MYR_FRAME_OBJECT ? "sensor" : frame == MYR_FRAME_REFERENCE ? "reference" : "";
}

/* ---------------------------------------------------------------------------------------------------- filling */
static float number_of(const row_source *source, int field, int number) {
  myr_span numbers = source->fields[field];
  return numbers.data[(ptrdiff_t)number * numbers.stride];
}

static void fill_numbers(const row_source *source, const recorded_row *row, void *destination) {
  float *out = destination;
  for (int i = 0; i < row->count; i++) out[i] = number_of(source, MYR_FIELD_sensordata, row->first + i);
}

/* Files hold quaternions as x y z w. */
static void fill_quaternion(const row_source *source, const recorded_row *row, void *destination) {
  float *out = destination;
  for (int i = 0; i < 4; i++) out[i] = number_of(source, MYR_FIELD_sensordata, row->first + (i + 1) % 4);
}

static void fill_position(const row_source *source, const recorded_row *row, void *destination) {
  double *out = destination;
  for (int i = 0; i < 3; i++)
    out[i] = (double)number_of(source, MYR_FIELD_sensordata, row->first + i) +
             (double)number_of(source, MYR_FIELD_sensordata_rest, row->first + i);
}

/* ---------------------------------------------------------------------------------------------------- definitions */
static row_definition define(const myr_model *model, int sensor, const char *name) {
  const myr_sensor_info *info = info_of(model, sensor);
  bool measured = !strcmp(info->group, "obs") && !is_in_world(model, sensor);
  bool position = is_position_in_world(model, sensor);
  bool quaternion =
      model->sensor_type[sensor] == MYR_SENSOR_FRAMEQUAT || model->sensor_type[sensor] == MYR_SENSOR_BALLQUAT;
  return (row_definition){.name = name,
                          .group = measured ? GROUP_obs : GROUP_labels,
                          .of_robot = true,
                          .moment = SENSED,
                          .type = position ? MYR_ARRAY_F64 : MYR_ARRAY_F32,
                          .element = ELEMENT_scene,
                          .width = 1,
                          .columns = info->columns,
                          .unit = unit_of(model, sensor),
                          .frame = frame_of(model, sensor),
                          .record = MYR_RECORD_SENSORS,
                          .field = MYR_FIELD_sensordata,
                          .rest_field = position ? MYR_FIELD_sensordata_rest : -1,
                          .fill = position     ? fill_position
                                  : quaternion ? fill_quaternion
                                               : fill_numbers};
}

/* The escaped name of an entity's sensor, malloc'd. The model's names begin with the entity's. */
static char *name_of(const myr_model *model, const myr_entity_info *entity, int sensor) {
  const char *name = model->sensor_name[sensor];
  if (name && *name) return name_escape(name + strlen(entity->name) + 1);
  char *made = NULL;
  return asprintf(&made, "sensor_%d", sensor - entity->sensor_start) < 0 ? NULL : made;
}

static bool add(sensor_rows *rows, const myr_model *model, const myr_entity_info *entity, int sensor) {
  sensor_row *row = &rows->rows[rows->count++];
  *row = (sensor_row){.name = name_of(model, entity, sensor), .sensor = sensor, .entity = entity};
  if (row->name) row->definition = define(model, sensor, row->name);
  return row->name != NULL;
}

bool sensor_rows_create(const myr_plan_info *info, sensor_rows *rows) {
  const myr_model *model = info->model;
  *rows = (sensor_rows){.rows = calloc((size_t)model->nsensor + 1, sizeof *rows->rows)};
  bool good = rows->rows != NULL;
  for (int e = 0; e < info->entity_count; e++) {
    const myr_entity_info *entity = &info->entities[e];
    for (int k = 0; k < entity->sensor_count && good; k++) {
      int sensor = entity->sensor_start + k;
      if (model->sensor_need[sensor] != MYR_NEEDS_NOTHING) good = add(rows, model, entity, sensor);
    }
  }
  return good;
}

void sensor_rows_free(sensor_rows *rows) {
  for (int i = 0; i < rows->count; i++) free(rows->rows[i].name);
  free(rows->rows);
}

void sensor_row_bind(const sensor_rows *rows, int i, const myr_model *model, recorded_row *row) {
  const sensor_row *own = &rows->rows[i];
  int count = model->sensor_dim[own->sensor];
  *row = (recorded_row){.definition = &own->definition,
                        .entity = own->entity,
                        .count = count,
                        .first = model->sensor_start[own->sensor],
                        .dimension = count > 1,
                        .columns = NOTHING,
                        .array = -1,
                        .final = -1,
                        .next = -1,
                        .initial = -1,
                        .bytes = (size_t)count * myr_array_type_bytes(own->definition.type)};
}

bool sensor_is_recorded(const sensor_rows *rows, int sensor) {
  for (int i = 0; i < rows->count; i++)
    if (rows->rows[i].sensor == sensor) return true;
  return false;
}
