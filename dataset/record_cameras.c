/* The list of arrays of cameras and LiDARs; see record_cameras.h. Names follow robomimic: <camera>_image, _depth. */
#include "dataset/record_cameras.h"
#include "dataset/columns.h"
#include "dataset/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const myr_array_type picture_types[MYR_OUTPUT_COUNT] = {
#define OUTPUT(name, type, ...) MYR_ARRAY_##type,
#include "kernels/output.def"
};

/* Of a picture's vectors. */
static const char *const picture_frames[] = {
    [MYR_SHOWS_COLOR] = "", [MYR_SHOWS_DISTANCE] = "",        [MYR_SHOWS_FRACTION] = "",
    [MYR_SHOWS_ID] = "",    [MYR_SHOWS_DIRECTION] = "camera", [MYR_SHOWS_MOTION] = "image"};

enum label_element { FRAME, INSTANCE, KEYPOINT, COLUMN };
enum label_condition { SELDOM, BOXES, KEYPOINTS, ALWAYS, LENS, SCAN };
typedef struct label_definition {
  const char *name;
  myr_array_type type;
  enum label_element element;
  int width;
  const char *columns, *unit, *frame;
  enum label_condition when;
} label_definition;

static const label_definition camera_rows[CAMERA_ROW_COUNT] = {
#define CAMERA_ROW(name, type, ...) {#name, MYR_ARRAY_##type, __VA_ARGS__},
#include "dataset/rows.def"
};
static const label_definition sight_rows[SIGHT_ROW_COUNT] = {
#define SIGHT_ROW(name, type, ...) {#name, MYR_ARRAY_##type, __VA_ARGS__},
#include "dataset/rows.def"
};

bool camera_row_is_fixed(enum camera_row label) { return camera_rows[label].element == COLUMN; }

static bool has_picture(const myr_camera_info *camera, int output) { return camera->outputs >> output & 1; }

/* Whether a camera that is asked for these outputs has boxes, or keypoints, and the scene has any. */
static bool has_boxes(const myr_look_info *look, unsigned outputs) {
  return outputs & MYR_OUTPUT_BIT(boxes) && look->instance_count;
}
static bool has_keypoints(const myr_look_info *look, unsigned outputs) {
  return outputs & MYR_OUTPUT_BIT(keypoints) && look->keypoint_count;
}

static bool label_applies(const myr_look_info *look, const myr_camera_info *camera, enum label_condition when) {
  switch (when) {
  case SELDOM: return camera->every > 1;
  case BOXES: return has_boxes(look, camera->outputs);
  case KEYPOINTS: return has_keypoints(look, camera->outputs);
  case LENS: return camera->projection != MYR_BEAMS;
  case SCAN: return camera->projection == MYR_BEAMS && camera->column_time;
  case ALWAYS: break;
  }
  return true;
}

/* A camera's pictures have their channels as last dimension, as trainers expect; a LiDAR's only where there are
 * several. */
static array_info picture_array(const myr_camera_info *camera, int output, array_extent extent, int *number) {
  const myr_output_info *picture = &myr_output_infos[output];
  array_info info = {.unit = picture->unit,
                     .frame = picture_frames[picture->kind],
                     .type = picture_types[output],
                     .extent = extent,
                     .rank = camera->projection == MYR_BEAMS && picture->channels == 1 ? 3 : 4,
                     .shape = {1, camera->height, camera->width, picture->channels},
                     .episodes_every = camera->episodes_every,
                     .number = number,
                     .frame_rows = extent == EXTENT_STEPS ? camera->every : 1};
  info.frames = array_has_large_rows(info.rank, info.shape);
  return info;
}

static bool add_picture(const myr_camera_info *camera, camera_arrays *arrays, int output, bool with_next,
                        episode_schema *schema) {
  const char *name = myr_picture_name(output, camera->projection == MYR_BEAMS), *group = myr_picture_group(output);
  array_info rows = picture_array(camera, output, EXTENT_STEPS, &arrays->pictures[output]),
             final = picture_array(camera, output, EXTENT_FIXED, &arrays->final_pictures[output]),
             next = picture_array(camera, output, EXTENT_STEPS, &arrays->next_pictures[output]);
  next.shifted = true;
  if (!schema_add(schema, rows, "%s/%s_%s", group, camera->name, name)) return false;
  if (myr_output_infos[output].role != MYR_ROLE_MEASUREMENT) return true;
  return schema_add(schema, final, "final_obs/%s_%s", camera->name, name) &&
         (!with_next || schema_add(schema, next, "next_obs/%s_%s", camera->name, name));
}

static bool add_pictures(camera_layout *layout, const myr_camera_info *camera, camera_arrays *arrays, bool with_next,
                         episode_schema *schema) {
  for (int output = 0; output < MYR_OUTPUT_COUNT; output++) {
    if (!has_picture(camera, output)) continue;
    if (!add_picture(camera, arrays, output, with_next, schema)) return false;
    size_t bytes = (size_t)camera->width * (size_t)camera->height * myr_output_infos[output].pixel_bytes;
    if (layout->picture_bytes[output] < bytes) layout->picture_bytes[output] = bytes;
  }
  return true;
}

/* camera is NULL for a label of the world. */
static array_info label_array(const myr_look_info *look, const label_definition *label, const myr_camera_info *camera,
                              int *number) {
  array_info info = {.unit = label->unit,
                     .frame = label->frame,
                     .type = label->type,
                     .extent = label->element == COLUMN ? EXTENT_FIXED : EXTENT_STEPS,
                     .rank = 1,
                     .shape = {1},
                     .episodes_every = camera ? camera->episodes_every : 0,
                     .number = number};
  if (label->element == INSTANCE) info.shape[info.rank++] = look->instance_count;
  if (label->element == KEYPOINT) info.shape[info.rank++] = look->keypoint_count;
  if (label->element == COLUMN && camera) info.shape[info.rank++] = camera->width;
  if (label->width > 1) info.shape[info.rank++] = label->width;
  return info;
}

static bool add_label(const myr_look_info *look, const label_definition *label, const myr_camera_info *camera,
                      int *number, episode_schema *schema) {
  array_info info = label_array(look, label, camera, number);
  char *columns = column_names(label->columns);
  info.columns = columns;
  bool good =
      columns && schema_add(schema, info, "labels/%s%s%s", camera ? camera->name : "", camera ? "_" : "", label->name);
  free(columns);
  return good;
}

static bool add_labels(const myr_look_info *look, const myr_camera_info *camera, camera_arrays *arrays,
                       episode_schema *schema) {
  for (int label = 0; label < CAMERA_ROW_COUNT; label++)
    if (label_applies(look, camera, camera_rows[label].when) &&
        !add_label(look, &camera_rows[label], camera, &arrays->labels[label], schema))
      return false;
  return true;
}

/* Labels of the world itself, in every episode and row: they cost little and do not depend on who looks. */
static bool add_sights(camera_layout *layout, unsigned outputs, episode_schema *schema) {
  const myr_look_info *look = layout->info;
  for (int i = 0; i < SIGHT_ROW_COUNT; i++) {
    const label_definition *sight = &sight_rows[i];
    bool wanted = sight->when == BOXES ? has_boxes(look, outputs) : has_keypoints(look, outputs);
    if (wanted && !add_label(look, sight, NULL, &layout->sights[i], schema)) return false;
  }
  return true;
}

static void add_rate(camera_layout *layout, int rate) {
  int at = 0;
  while (at < layout->rate_count && layout->rates[at] < rate) at++;
  if (at < layout->rate_count && layout->rates[at] == rate) return;
  memmove(layout->rates + at + 1, layout->rates + at, (size_t)(layout->rate_count - at) * sizeof *layout->rates);
  layout->rates[at] = rate;
  layout->rate_count++;
}

static bool create_arrays(camera_layout *layout) {
  size_t count = (size_t)layout->info->camera_count + 1;
  layout->cameras = malloc(count * sizeof *layout->cameras);
  layout->rates = calloc(count, sizeof *layout->rates);
  if (!layout->cameras || !layout->rates) return false;
  memset(layout->cameras, 0xff, count * sizeof *layout->cameras); /* every number is -1 */
  memset(layout->sights, 0xff, sizeof layout->sights);
  return true;
}

bool add_cameras(camera_layout *layout, const myr_look *look, bool with_next, episode_schema *schema) {
  const myr_look_info *info = myr_look_describe(look);
  *layout = (camera_layout){.look = look, .info = info};
  if (!create_arrays(layout)) return false;
  unsigned outputs = 0;
  for (int i = 0; i < info->camera_count; i++) {
    const myr_camera_info *camera = &info->cameras[i];
    camera_arrays *arrays = &layout->cameras[i];
    if (!add_pictures(layout, camera, arrays, with_next, schema) || !add_labels(info, camera, arrays, schema))
      return false;
    add_rate(layout, camera->every);
    layout->scans |= camera->column_time != NULL;
    outputs |= camera->outputs;
  }
  if (outputs & (MYR_OUTPUT_BIT(boxes) | MYR_OUTPUT_BIT(keypoints))) add_rate(layout, 1);
  return add_sights(layout, outputs, schema);
}

void camera_layout_free(camera_layout *layout) {
  free(layout->cameras);
  free(layout->rates);
}
