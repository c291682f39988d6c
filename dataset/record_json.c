/* The attributes that explain a file to people and programs: units, names, conventions; see record.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "kernels/rotation.h"
#include "dataset/columns.h"
#include "dataset/dataset.h"
#include "dataset/record.h"
#include "sim/utf8.h"

void myr_json_string(FILE *stream, const char *string) {
  fputc('"', stream);
  size_t left = strlen(string);
  for (const unsigned char *c = (const unsigned char *)string; *c; c++, left--) {
    size_t length = utf8_length(c, left);
    if (!length)
      fputs("\\ufffd", stream); /* names of model files may hold any byte, JSON may not */
    else if (length > 1) {
      fwrite(c, 1, length, stream);
      c += length - 1;
      left -= length - 1;
    } else if (*c == '"' || *c == '\\')
      fprintf(stream, "\\%c", *c);
    else if (*c == '\n')
      fputs("\\n", stream);
    else if (*c < 0x20 || *c == 0x7f)
      fprintf(stream, "\\u%04x", *c);
    else
      fputc(*c, stream);
  }
  fputc('"', stream);
}

/* Writes a JSON object with an entry for each array that has the text; put writes its value. */
static char *arrays_json(const record_layout *layout, const char *(*text)(const array_info *info),
                         void (*put)(FILE *stream, const char *text)) {
  char *json = NULL;
  size_t size;
  FILE *stream = open_memstream(&json, &size);
  if (!stream) return NULL;
  const char *separator = "{";
  for (int i = 0; i < layout->schema.array_count; i++) {
    const array_info *info = &layout->schema.arrays[i];
    if (!text(info)) continue;
    fputs(separator, stream);
    separator = ", ";
    myr_json_string(stream, info->path);
    fputs(": ", stream);
    put(stream, text(info));
  }
  fputs(*separator == '{' ? "{}" : "}", stream);
  return fclose(stream) ? NULL : json;
}

static const char *unit_of(const array_info *info) { return info->unit ? info->unit : ""; }
static const char *frame_of(const array_info *info) { return info->frame && *info->frame ? info->frame : NULL; }
static const char *columns_of(const array_info *info) { return info->columns && *info->columns ? info->columns : NULL; }
static void put_text(FILE *stream, const char *text) { fputs(text, stream); }

char *record_units_json(const record_layout *layout) { return arrays_json(layout, unit_of, put_column_units); }

char *record_frames_json(const record_layout *layout) { return arrays_json(layout, frame_of, myr_json_string); }

static void put_columns(FILE *stream, const record_layout *layout) {
  char *columns = arrays_json(layout, columns_of, put_text);
  fputs(columns ? columns : "{}", stream);
  free(columns);
}

static void put_names(FILE *stream, const char *key, char **names, const char *kind, int first, int count) {
  fprintf(stream, "\"%s\": [", key);
  for (int i = first; i < count; i++) {
    if (i > first) fputs(", ", stream);
    put_element_name(stream, names[i], kind, i, "");
  }
  fputs("]", stream);
}

static void put_draws(FILE *stream, const myr_plan_info *info) {
  for (int i = 0; i < info->draw_count; i++) {
    const myr_draw_info *draw = &info->draws[i];
    if (i) fputs(", ", stream);
    myr_json_string(stream, draw->path);
    fputs(": {\"distribution\": ", stream);
    myr_json_string(stream, draw->distribution);
    fputs(", \"elements\": [", stream);
    for (int k = 0; draw->elements && k < draw->count; k++) {
      if (k) fputs(", ", stream);
      myr_json_string(stream, draw->elements[k]);
    }
    fputs("]}", stream);
  }
}

static void put_list(FILE *stream, const char *key, const char *const *names, int count) {
  fprintf(stream, ", \"%s\": [", key);
  for (int i = 0; i < count; i++) {
    if (i) fputs(", ", stream);
    myr_json_string(stream, names[i]);
  }
  fputs("]", stream);
}

/* What the ids in pictures mean: the lists of instances, classes and parts are indexed by them, 0 is the background. */
static void put_camera_names(FILE *stream, const myr_look_info *look) {
  static const char *const projections[] = {
      [MYR_PINHOLE] = "pinhole", [MYR_FISHEYE] = "fisheye", [MYR_BEAMS] = "beams"};
  put_list(stream, "instances", look->instance_names, look->instance_count + 1);
  fputs(", \"instance_semantic\": [", stream);
  for (int i = 0; i <= look->instance_count; i++) fprintf(stream, "%s%d", i ? ", " : "", look->instance_semantic[i]);
  fputs("]", stream);
  put_list(stream, "semantic_classes", look->semantic_names, look->semantic_count + 1);
  put_list(stream, "parts", look->part_names, look->part_count + 1);
  put_list(stream, "keypoints", look->keypoint_names, look->keypoint_count);
  fputs(", \"cameras\": {", stream);
  for (int i = 0; i < look->camera_count; i++) {
    const myr_camera_info *camera = &look->cameras[i];
    if (i) fputs(", ", stream);
    myr_json_string(stream, camera->name);
    fprintf(stream,
            ": {\"projection\": \"%s\", \"width\": %d, \"height\": %d, \"near\": %.9g, \"far\": %.9g, "
            "\"every\": %d, \"episodes_every\": %d}",
            projections[camera->projection], camera->width, camera->height, (double)camera->near_limit,
            (double)camera->far_limit, camera->every, camera->episodes_every);
  }
  fputs("}", stream);
}

char *record_names_json(const record_layout *layout) {
  const myr_plan_info *info = layout->info;
  const myr_model *model = info->model;
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fputs("{", stream);
  put_names(stream, "bodies", model->body_name, "body", 1, model->nbody);
  fputs(", ", stream);
  put_names(stream, "geoms", model->geom_name, "geom", 0, model->ngeom);
  fputs(", ", stream);
  put_names(stream, "actuators", model->actuator_name, "actuator", 0, model->nu);
  fputs(", \"entities\": [", stream);
  for (int i = 0; i < info->entity_count; i++) {
    if (i) fputs(", ", stream);
    myr_json_string(stream, info->entities[i].name);
  }
  fputs("], \"columns\": ", stream);
  put_columns(stream, layout);
  fputs(", \"randomization\": {", stream);
  put_draws(stream, info);
  fputs("}", stream);
  if (layout->cameras.look) put_camera_names(stream, layout->cameras.info);
  fputs("}", stream);
  return fclose(stream) ? NULL : text;
}

static const char conventions[] =
    "\"units\": \"SI: metres, kilograms, seconds, radians; each array's in units_json: one of all numbers, or a list "
    "with "
    "one for each entry of the last dimension. A control's is that before the actuator's gear\", "
    "\"frames\": \"frames_json: of each array of vectors; world: right-handed, z up; joints: joint axes of the model; "
    "camera: x right, y down, z forward; image: x right, y down, from the upper left corner; sensor, reference: the "
    "axes of the element that the table of sensors in model_json names\", "
    "\"names\": \"names_json: columns: of each array's last dimension; bodies, geoms, actuators: of indices. An array "
    "of "
    "one entity begins with the entity's name\", "
    "\"quaternions\": \"x y z w everywhere; of bodies and roots: body to world; within joint_pos: child to parent\", "
    "\"obs\": \"what a robot can measure, so that a policy may read all of it. Arrays with the attribute privileged "
    "are the "
    "exception, and there only if the scenario's `record` asks: no robot measures its own pose and velocity in the "
    "world\", "
    "\"labels\": \"the truth, which no policy may read\", "
    "\"states\": \"the state of every robot, in the form of Isaac Lab\", "
    "\"joint_pos, joint_vel\": \"of all joints but the one that lets the root float; angular velocities of ball joints "
    "are "
    "in the child's axes, as are those of free joints; linear ones of free joints in the world's\", "
    "\"root_vel\": \"velocity of the root body's origin, then angular velocity, both in world axes\", "
    "\"rows\": \"row t is a transition: obs, states and labels are of time[t]; actions[t] acts from then to the next "
    "row; "
    "rewards, dones, terminated, truncated, success and labels/fallen judge the state after it, which row t + 1 or "
    "final_obs shows\", "
    "\"sensors of a model\": \"those of positions and velocities show the state of the row; those of forces and "
    "accelerations show the last timestep before it, because the action that comes next is not known then, and the "
    "episode's first timestep in row 0\", "
    "\"final_obs\": \"the state after the last action; the last row again where the world diverged\", "
    "\"next_obs\": \"if recorded: row t is obs of row t + 1, the last one final_obs\", "
    "\"actions\": \"-1 .. 1 of each actuator's range; labels/control has its own unit\", "
    "\"labels/fallen\": \"whether any floating robot is fallen: its root leans by more than 60 degrees, or lies "
    "lower than half of its start height\", "
    "\"labels/contacts\": \"rows contact_start[t] .. contact_start[t] + contact_count[t] - 1 belong to row t; geom "
    "indexes names_json geoms; normal points from the first geom to the second; force acts on the second; distance is "
    "negative when they overlap\", "
    "\"labels/body_*\": \"names_json bodies, the world itself left out; body_contact_force: the sum on the body\", "
    "\"mask\": \"valid: every tenth episode (episode_index % 10 == 9), train: the others; success and failure by the "
    "episode's success\", "
    "\"content_xxh3\": \"XXH3-64 of all attributes and arrays of the episode; see myriad verify\"";

/* The attributes of an episode's group, whether or not this scenario's episodes have them. */
static void put_attribute_conventions(FILE *stream) {
  for (int i = 0; i < EPISODE_ATTRIBUTE_COUNT; i++) {
    const attribute_definition *attribute = &attribute_definitions[i];
    fprintf(stream, ", \"@%s%s\": ", attribute->of_robot ? "<entity>_" : "", attribute->name);
    myr_json_string(stream, attribute->doc);
  }
}

static const char camera_conventions[] =
    ", \"cameras\": \"frame: x right, y down, z forward (OpenCV); pixel (column i, row j) covers i .. i+1, j .. j+1 "
    "and is seen through its centre; row 0 is the top; 0 in every label where nothing is seen; colours may be of "
    "several samples, labels are of the centre\"";

static const char label_conventions[] =
    ", \"labels/*_frame_step\": \"the row in which the frame that this row shows was taken; cameras without it take "
    "one "
    "in every row. All labels of a camera are of that frame\", "
    "\"labels/*_box_tight\": \"columns x0 .. x1-1 and rows y0 .. y1-1 hold all visible pixels of an "
    "instance; box_loose: all pixels that it would cover were nothing in front of it; 0 0 0 0: none; entry i is "
    "instance i+1\", "
    "\"labels/*_visible_fraction\": \"visible_pixels / covered_pixels, 0 where that is 0\", "
    "\"labels/*_keypoints\": \"visibility 0: outside the image, 1: hidden, 2: visible; names_json keypoints\", "
    "\"labels/*_pose\": \"of the camera's frame\", "
    "\"labels/box_3d\": \"of entry i, instance i+1: centre, whole extents along its axes, quaternion of the axes; all "
    "0 "
    "for one that is not there\", "
    "\"labels/keypoints\": \"names_json keypoints\"";

/* Of pictures that need more words in a file than in the list of outputs; "": another picture's say it. */
static const char *const picture_conventions[MYR_OUTPUT_COUNT] = {
    [MYR_OUTPUT_millimetres] = "",
    [MYR_OUTPUT_instance] = "names_json instances; _semantic: semantic_classes; _part: parts",
    [MYR_OUTPUT_semantic] = "",
    [MYR_OUTPUT_part] = "",
    [MYR_OUTPUT_flow] =
        ("px to the right and down that the seen point moves until the camera's next frame, in the last "
         "one until the end"),
};
static const char range_convention[] =
    "LiDAR: distance; rows are channels from the top down, columns azimuths; the beam of (azimuth a, elevation e) has "
    "the direction (-sin a cos e, -sin e, cos a cos e). A spinning one ends its scan at the time of the row in which "
    "the "
    "frame was taken (labels/*_frame_step), so that the scan holds nothing of the time after it: column i is measured "
    "at the episode's time labels/*_scan_begin + labels/*_column_time[i], in the sensor's frame at that time, with the "
    "sensor and all bodies where they are then, between the states. Before 0 s, in the first scan, every body moves "
    "with the velocity that it has at 0 s. labels/*_pose is of the scan's end";

static void put_picture_convention(FILE *stream, const char *group, const char *name, const char *text) {
  if (name && *text) fprintf(stream, ", \"%s/*_%s\": \"%s\"", group, name, text);
}

static void put_picture_conventions(FILE *stream, int role) {
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) {
    if (myr_output_infos[i].role != role) continue;
    const char *name = myr_picture_name(i, false), *beams = myr_picture_name(i, true);
    const char *text = picture_conventions[i] ? picture_conventions[i] : myr_output_infos[i].doc;
    put_picture_convention(stream, myr_picture_group(i), name ? name : beams, text);
    if (i == MYR_OUTPUT_depth) put_picture_convention(stream, myr_picture_group(i), beams, range_convention);
  }
}

char *record_conventions_json(const record_layout *layout) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fprintf(stream, "{%s", conventions);
  put_attribute_conventions(stream);
  if (layout->cameras.look) {
    fputs(camera_conventions, stream);
    for (int role = 0; role < MYR_ROLE_COUNT; role++) put_picture_conventions(stream, role);
    fputs(label_conventions, stream);
  }
  fputs("}", stream);
  return fclose(stream) ? NULL : text;
}

/* JSON knows no other numbers; a world that diverges at once may have them. */
static double json_number(double value) { return isfinite(value) ? value + 0.0 : 0; }

/* Rows of the rotation that a quaternion x y z w stands for, each with the position's coordinate behind it. */
static void put_extrinsics(FILE *stream, const double pose[MYR_CAMERA_POSE]) {
  const double quaternion[4] = {pose[6], pose[3], pose[4], pose[5]};
  double rotation[9];
  myr_quaternion_matrix(quaternion, rotation);
  fputs("[", stream);
  for (int i = 0; i < 3; i++)
    fprintf(stream, "[%.9g, %.9g, %.9g, %.9g], ", json_number(rotation[3 * i]), json_number(rotation[3 * i + 1]),
            json_number(rotation[3 * i + 2]), json_number(pose[i]));
  fputs("[0, 0, 0, 1]]", stream);
}

char *camera_info_json(const record_layout *layout, recorder *recorder, const bool *sees) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fputs("{", stream);
  for (int i = 0, count = 0; i < layout->cameras.info->camera_count; i++) {
    const camera_arrays *arrays = &layout->cameras.cameras[i];
    const double *pose = recorder_row(recorder, arrays->labels[CAMERA_ROW_pose], 0);
    const float *intrinsics = recorder_row(recorder, arrays->labels[CAMERA_ROW_intrinsics], 0);
    if (!sees[i] || !intrinsics) continue; /* a LiDAR has none */
    if (count++) fputs(", ", stream);
    myr_json_string(stream, layout->cameras.info->cameras[i].name);
    fprintf(stream, ": {\"intrinsics\": [[%.9g, 0, %.9g], [0, %.9g, %.9g], [0, 0, 1]], \"extrinsics\": ",
            json_number(intrinsics[0]), json_number(intrinsics[2]), json_number(intrinsics[1]),
            json_number(intrinsics[3]));
    put_extrinsics(stream, pose);
    fputs("}", stream);
  }
  fputs("}", stream);
  return fclose(stream) ? NULL : text;
}
