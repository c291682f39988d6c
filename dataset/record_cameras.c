/* The list of arrays of cameras and LiDARs; see record_cameras.h. Names follow robomimic: <camera>_image, _depth. */
#include "dataset/record_cameras.h"
#include "dataset/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const myr_array_type picture_types[MYR_OUTPUT_COUNT] = {
#define OUTPUT(name, type, ...) MYR_ARRAY_##type,
#include "kernels/output.def"
};

/* How many rows of numbers a label has. */
enum label_extent { PER_FRAME, PER_INSTANCE, PER_KEYPOINT };
typedef struct label_kind {
  const char *name;
  myr_array_type type;
  enum label_extent extent;
  int columns; /* 0: a number, not a list */
  const char *unit;
} label_kind;
static const label_kind label_kinds[LABEL_COUNT] = {
    [LABEL_FRAME_STEP] = {"frame_step", MYR_ARRAY_I32, PER_FRAME, 0, "1"},
    [LABEL_BOX_TIGHT] = {"box_tight", MYR_ARRAY_I32, PER_INSTANCE, 4, "px"},
    [LABEL_BOX_LOOSE] = {"box_loose", MYR_ARRAY_I32, PER_INSTANCE, 4, "px"},
    [LABEL_VISIBLE_FRACTION] = {"visible_fraction", MYR_ARRAY_F32, PER_INSTANCE, 0, "1"},
    [LABEL_VISIBLE_PIXELS] = {"visible_pixels", MYR_ARRAY_I32, PER_INSTANCE, 0, "px"},
    [LABEL_COVERED_PIXELS] = {"covered_pixels", MYR_ARRAY_I32, PER_INSTANCE, 0, "px"},
    [LABEL_KEYPOINTS] = {"keypoints", MYR_ARRAY_F32, PER_KEYPOINT, MYR_KEYPOINT, "px, px, 1"},
    [LABEL_POSE] = {"pose", MYR_ARRAY_F32, PER_FRAME, MYR_CAMERA_POSE, "m, 1"},
    [LABEL_INTRINSICS] = {"intrinsics", MYR_ARRAY_F32, PER_FRAME, 4, "px"},
};

static bool has_picture(const myr_camera_info *camera, int output) { return camera->outputs >> output & 1; }

static bool has_label(const myr_look_info *look, const myr_camera_info *camera, enum frame_label label) {
  switch (label) {
  case LABEL_FRAME_STEP: return camera->every > 1;
  case LABEL_KEYPOINTS: return camera->outputs & MYR_OUTPUT_BIT(keypoints) && look->keypoint_count;
  case LABEL_POSE: return true;
  case LABEL_INTRINSICS: return camera->projection != MYR_BEAMS;
  default: return camera->outputs & MYR_OUTPUT_BIT(boxes) && look->instance_count; /* a row for each instance */
  }
}

/* The end of a picture's name. Millimetres give way where metres are recorded as well. */
static const char *picture_name(const myr_camera_info *camera, int output) {
  bool alone = output == MYR_OUTPUT_millimetres && !has_picture(camera, MYR_OUTPUT_depth);
  return myr_picture_name(alone ? MYR_OUTPUT_depth : output, camera->projection == MYR_BEAMS);
}

/* A camera's pictures have their channels as last dimension, as trainers expect; a LiDAR's only where there are
 * several. */
static array_info picture_array(const myr_camera_info *camera, int output, array_extent extent) {
  const myr_output_info *picture = &myr_output_infos[output];
  array_info info = {.unit = picture->unit,
                     .type = picture_types[output],
                     .extent = extent,
                     .rank = camera->projection == MYR_BEAMS && picture->channels == 1 ? 3 : 4,
                     .shape = {1, camera->height, camera->width, picture->channels},
                     .episodes_every = camera->episodes_every};
  info.frames = array_has_large_rows(info.rank, info.shape);
  return info;
}

static bool add_pictures(camera_layout *layout, const myr_camera_info *camera, episode_schema *schema) {
  for (int output = 0; output < MYR_OUTPUT_COUNT; output++) {
    if (!has_picture(camera, output)) continue;
    const char *name = picture_name(camera, output);
    array_info rows = picture_array(camera, output, EXTENT_STEPS), final = picture_array(camera, output, EXTENT_FIXED);
    if (!schema_add(schema, rows, "obs/%s_%s", camera->name, name) ||
        !schema_add(schema, final, "final_obs/%s_%s", camera->name, name))
      return false;
    size_t bytes = (size_t)camera->width * (size_t)camera->height * myr_output_infos[output].pixel_bytes;
    if (layout->picture_bytes[output] < bytes) layout->picture_bytes[output] = bytes;
  }
  return true;
}

static array_info label_array(const myr_look_info *look, const label_kind *label, int episodes_every) {
  array_info info = {
      .unit = label->unit, .type = label->type, .extent = EXTENT_STEPS, .rank = 1, .episodes_every = episodes_every};
  if (label->extent != PER_FRAME)
    info.shape[info.rank++] = label->extent == PER_INSTANCE ? look->instance_count : look->keypoint_count;
  if (label->columns) info.shape[info.rank++] = label->columns;
  return info;
}

static bool add_labels(const myr_look_info *look, const myr_camera_info *camera, episode_schema *schema) {
  for (int label = 0; label < LABEL_COUNT; label++)
    if (has_label(look, camera, label) &&
        !schema_add(schema, label_array(look, &label_kinds[label], camera->episodes_every), "labels/%s_%s",
                    camera->name, label_kinds[label].name))
      return false;
  if (camera->projection != MYR_BEAMS || !camera->column_time) return true;
  array_info time = {.unit = "s",
                     .type = MYR_ARRAY_F32,
                     .extent = EXTENT_FIXED,
                     .rank = 2,
                     .shape = {1, camera->width},
                     .episodes_every = camera->episodes_every};
  return schema_add(schema, time, "labels/%s_column_time", camera->name);
}

/* Labels of the world itself, in every episode and row: they cost little and do not depend on who looks. */
static bool add_world_labels(const myr_look_info *look, unsigned outputs, episode_schema *schema) {
  static const label_kind box = {"", MYR_ARRAY_F32, PER_INSTANCE, MYR_BOX_3D, "m, m, 1"},
                          keypoint = {"", MYR_ARRAY_F32, PER_KEYPOINT, 3, "m"};
  return (!(outputs & MYR_OUTPUT_BIT(boxes)) || !look->instance_count ||
          schema_add(schema, label_array(look, &box, 0), "labels/box_3d")) &&
         (!(outputs & MYR_OUTPUT_BIT(keypoints)) || !look->keypoint_count ||
          schema_add(schema, label_array(look, &keypoint, 0), "labels/keypoints"));
}

static void add_rate(camera_layout *layout, int rate) {
  int at = 0;
  while (at < layout->rate_count && layout->rates[at] < rate) at++;
  if (at < layout->rate_count && layout->rates[at] == rate) return;
  memmove(layout->rates + at + 1, layout->rates + at, (size_t)(layout->rate_count - at) * sizeof *layout->rates);
  layout->rates[at] = rate;
  layout->rate_count++;
}

bool add_cameras(camera_layout *layout, const myr_look *look, episode_schema *schema) {
  const myr_look_info *info = myr_look_describe(look);
  *layout = (camera_layout){.look = look, .info = info};
  layout->cameras = calloc((size_t)info->camera_count + 1, sizeof *layout->cameras);
  layout->rates = calloc((size_t)info->camera_count + 1, sizeof *layout->rates);
  if (!layout->cameras || !layout->rates) return false;
  unsigned outputs = 0;
  for (int i = 0; i < info->camera_count; i++) {
    const myr_camera_info *camera = &info->cameras[i];
    if (!add_pictures(layout, camera, schema) || !add_labels(info, camera, schema)) return false;
    add_rate(layout, camera->every);
    outputs |= camera->outputs;
  }
  if (outputs & (MYR_OUTPUT_BIT(boxes) | MYR_OUTPUT_BIT(keypoints))) add_rate(layout, 1);
  return schema_attribute(schema, ATTRIBUTE_TEXT, "camera_info") && add_world_labels(info, outputs, schema);
}

static int find(const episode_schema *schema, const char *group, const char *camera, const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s_%s", group, camera, name);
  return schema_find(schema, path);
}

void find_cameras(camera_layout *layout, const episode_schema *schema) {
  for (int i = 0; i < layout->info->camera_count; i++) {
    const myr_camera_info *camera = &layout->info->cameras[i];
    camera_arrays *arrays = &layout->cameras[i];
    for (int output = 0; output < MYR_OUTPUT_COUNT; output++) {
      bool recorded = has_picture(camera, output);
      const char *name = picture_name(camera, output);
      arrays->pictures[output] = recorded ? find(schema, "obs", camera->name, name) : -1;
      arrays->final_pictures[output] = recorded ? find(schema, "final_obs", camera->name, name) : -1;
    }
    for (int label = 0; label < LABEL_COUNT; label++)
      arrays->labels[label] = find(schema, "labels", camera->name, label_kinds[label].name);
    arrays->column_time = find(schema, "labels", camera->name, "column_time");
  }
  layout->box_3d = schema_find(schema, "labels/box_3d");
  layout->keypoints = schema_find(schema, "labels/keypoints");
}

void camera_layout_free(camera_layout *layout) {
  free(layout->cameras);
  free(layout->rates);
}
