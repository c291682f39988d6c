/* The list of arrays of cameras and LiDARs; see record_cameras.h. Names follow robomimic: <camera>_image, _depth. */
#include "dataset/record_cameras.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const picture_kind picture_kinds[PICTURE_COUNT] = {
    [PICTURE_COLOR] = {MYR_OUTPUT_RGB, "_image", "_image", MYR_ARRAY_U8, 3, "1"},
    [PICTURE_DEPTH] = {MYR_OUTPUT_DEPTH, "_depth", "_range", MYR_ARRAY_F32, 1, "m"},
    [PICTURE_MILLIMETRES] = {MYR_OUTPUT_DEPTH_MILLIMETRES, "_depth", "_range", MYR_ARRAY_U16, 1, "mm"},
    [PICTURE_INSTANCE] = {MYR_OUTPUT_INSTANCE, "_seg", "_seg", MYR_ARRAY_I32, 1, "1"},
    [PICTURE_SEMANTIC] = {MYR_OUTPUT_SEMANTIC, "_semantic", "_semantic", MYR_ARRAY_I32, 1, "1"},
    [PICTURE_PART] = {MYR_OUTPUT_PART, "_part", "_part", MYR_ARRAY_I32, 1, "1"},
    [PICTURE_NORMAL] = {MYR_OUTPUT_NORMAL, "_normal", "_normal", MYR_ARRAY_F32, 3, "1"},
    [PICTURE_FLOW] = {MYR_OUTPUT_FLOW, "_flow", "_flow", MYR_ARRAY_F32, 2, "px"},
    [PICTURE_INTENSITY] = {MYR_OUTPUT_INTENSITY, "_intensity", "_intensity", MYR_ARRAY_F32, 1, "1"},
};

/* How many rows of numbers a label has. */
enum label_extent { PER_FRAME, PER_INSTANCE, PER_KEYPOINT };
typedef struct label_kind {
  const char *suffix;
  myr_array_type type;
  enum label_extent extent;
  int columns; /* 0: a number, not a list */
  const char *unit;
} label_kind;
static const label_kind label_kinds[LABEL_COUNT] = {
    [LABEL_FRAME_STEP] = {"_frame_step", MYR_ARRAY_I32, PER_FRAME, 0, "1"},
    [LABEL_BOX_TIGHT] = {"_box_tight", MYR_ARRAY_I32, PER_INSTANCE, 4, "px"},
    [LABEL_BOX_LOOSE] = {"_box_loose", MYR_ARRAY_I32, PER_INSTANCE, 4, "px"},
    [LABEL_VISIBLE_FRACTION] = {"_visible_fraction", MYR_ARRAY_F32, PER_INSTANCE, 0, "1"},
    [LABEL_VISIBLE_PIXELS] = {"_visible_pixels", MYR_ARRAY_I32, PER_INSTANCE, 0, "px"},
    [LABEL_COVERED_PIXELS] = {"_covered_pixels", MYR_ARRAY_I32, PER_INSTANCE, 0, "px"},
    [LABEL_KEYPOINTS] = {"_keypoints", MYR_ARRAY_F32, PER_KEYPOINT, MYR_KEYPOINT, "px, px, 1"},
    [LABEL_POSE] = {"_pose", MYR_ARRAY_F32, PER_FRAME, MYR_CAMERA_POSE, "m, 1"},
    [LABEL_INTRINSICS] = {"_intrinsics", MYR_ARRAY_F32, PER_FRAME, 4, "px"},
};

static bool has_picture(const myr_camera_info *camera, enum picture kind) {
  return camera->outputs & picture_kinds[kind].output;
}

static bool has_label(const myr_look_info *look, const myr_camera_info *camera, enum frame_label label) {
  switch (label) {
  case LABEL_FRAME_STEP: return camera->every > 1;
  case LABEL_KEYPOINTS: return camera->outputs & MYR_OUTPUT_KEYPOINTS && look->keypoint_count;
  case LABEL_POSE: return true;
  case LABEL_INTRINSICS: return camera->projection != MYR_BEAMS;
  default: return camera->outputs & MYR_OUTPUT_BOXES && look->instance_count; /* what is counted by instance */
  }
}

/* What a picture's name ends in. Millimetres give way where metres are recorded as well. */
static const char *picture_suffix(const myr_camera_info *camera, enum picture kind) {
  bool beams = camera->projection == MYR_BEAMS;
  if (kind == PICTURE_MILLIMETRES && has_picture(camera, PICTURE_DEPTH)) return beams ? "_range_mm" : "_depth_mm";
  return beams ? picture_kinds[kind].beam_suffix : picture_kinds[kind].suffix;
}

/* A camera's pictures have their channels as last dimension, as trainers expect; a LiDAR's only where there are
 * several. */
static array_info picture_array(const myr_camera_info *camera, enum picture kind, array_extent extent) {
  const picture_kind *picture = &picture_kinds[kind];
  array_info info = {.unit = picture->unit,
                     .type = picture->type,
                     .extent = extent,
                     .rank = camera->projection == MYR_BEAMS && picture->channels == 1 ? 3 : 4,
                     .shape = {1, camera->height, camera->width, picture->channels},
                     .episodes_every = camera->episodes_every};
  info.frames = array_has_large_rows(info.rank, info.shape);
  return info;
}

static bool add_pictures(camera_layout *layout, const myr_camera_info *camera, episode_schema *schema) {
  for (int kind = 0; kind < PICTURE_COUNT; kind++) {
    if (!has_picture(camera, kind)) continue;
    const char *suffix = picture_suffix(camera, kind);
    array_info rows = picture_array(camera, kind, EXTENT_STEPS), final = picture_array(camera, kind, EXTENT_FIXED);
    if (!schema_add(schema, rows, "obs/%s%s", camera->name, suffix) ||
        !schema_add(schema, final, "final_obs/%s%s", camera->name, suffix))
      return false;
    size_t bytes = (size_t)camera->width * (size_t)camera->height * (size_t)picture_kinds[kind].channels *
                   myr_array_type_bytes(rows.type);
    if (layout->picture_bytes[kind] < bytes) layout->picture_bytes[kind] = bytes;
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
        !schema_add(schema, label_array(look, &label_kinds[label], camera->episodes_every), "labels/%s%s", camera->name,
                    label_kinds[label].suffix))
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
  return (!(outputs & MYR_OUTPUT_BOXES) || !look->instance_count ||
          schema_add(schema, label_array(look, &box, 0), "labels/box_3d")) &&
         (!(outputs & MYR_OUTPUT_KEYPOINTS) || !look->keypoint_count ||
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
  if (outputs & (MYR_OUTPUT_BOXES | MYR_OUTPUT_KEYPOINTS)) add_rate(layout, 1);
  return schema_attribute(schema, ATTRIBUTE_TEXT, "camera_info") && add_world_labels(info, outputs, schema);
}

static int find(const episode_schema *schema, const char *group, const char *camera, const char *suffix) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s%s", group, camera, suffix);
  return schema_find(schema, path);
}

void find_cameras(camera_layout *layout, const episode_schema *schema) {
  for (int i = 0; i < layout->info->camera_count; i++) {
    const myr_camera_info *camera = &layout->info->cameras[i];
    camera_arrays *arrays = &layout->cameras[i];
    for (int kind = 0; kind < PICTURE_COUNT; kind++) {
      bool recorded = has_picture(camera, kind);
      const char *suffix = picture_suffix(camera, kind);
      arrays->pictures[kind] = recorded ? find(schema, "obs", camera->name, suffix) : -1;
      arrays->final_pictures[kind] = recorded ? find(schema, "final_obs", camera->name, suffix) : -1;
    }
    for (int label = 0; label < LABEL_COUNT; label++)
      arrays->labels[label] = find(schema, "labels", camera->name, label_kinds[label].suffix);
    arrays->column_time = find(schema, "labels", camera->name, "_column_time");
  }
  layout->box_3d = schema_find(schema, "labels/box_3d");
  layout->keypoints = schema_find(schema, "labels/keypoints");
}

void camera_layout_free(camera_layout *layout) {
  free(layout->cameras);
  free(layout->rates);
}
