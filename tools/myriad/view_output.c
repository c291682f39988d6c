/* Makes pictures of a camera's labels. */
#include <stdio.h>
#include <string.h>

#include "view.h"

const char *view_output_name(int output) {
  const char *word = myr_output_word(output, false);
  return output == MYR_OUTPUT_millimetres ? NULL : word ? word : myr_output_word(output, true);
}

unsigned shown_outputs(unsigned asked) {
  if (!(asked & MYR_OUTPUT_BIT(millimetres))) return asked;
  return (asked & ~MYR_OUTPUT_BIT(millimetres)) | MYR_OUTPUT_BIT(depth);
}

int image_of_output(int output) { return output < MYR_OUTPUT_COUNT ? output : MYR_OUTPUT_rgb; }

static int list_names(const char *names[MYR_CAMERA_OUTPUT_COUNT]) {
  int count = 0;
  for (int i = 0; i < MYR_CAMERA_OUTPUT_COUNT; i++)
    if (view_output_name(i)) names[count++] = view_output_name(i);
  return count;
}

static void tell_unknown_output(const char *command, const char *name) {
  const char *names[MYR_CAMERA_OUTPUT_COUNT];
  int count = list_names(names);
  const char *near = suggest(name, names, count);
  fprintf(stderr, "myriad %s: --outputs has no \"%s\"", command, name);
  if (near) fprintf(stderr, "; did you mean %s?", near);
  fputs("\nhint: the outputs are", stderr);
  for (int i = 0; i < count; i++) fprintf(stderr, "%s %s", i ? "," : "", names[i]);
  fputc('\n', stderr);
}

static int find_output(const char *name) {
  for (int i = 0; i < MYR_CAMERA_OUTPUT_COUNT; i++)
    if (view_output_name(i) && !strcmp(view_output_name(i), name)) return i;
  int beams = myr_output_find(name, true); /* a LiDAR's word for an image that cameras call otherwise */
  return beams >= 0 && view_output_name(beams) ? beams : -1;
}

bool parse_view_outputs(const char *command, const char *text, unsigned *outputs) {
  *outputs = 0;
  for (const char *at = text; at;) {
    char name[32];
    int length = (int)strcspn(at, ",");
    snprintf(name, sizeof name, "%.*s", length, at);
    int output = find_output(name);
    if (output < 0) {
      tell_unknown_output(command, name);
      return false;
    }
    *outputs |= 1u << output;
    at = at[length] ? at + length + 1 : NULL;
  }
  return true;
}

static void color_depth(const float *depth, depth_limits *limits, myr_bitmap *picture, char note[NOTE_BYTES]) {
  int64_t pixels = (int64_t)picture->width * picture->height;
  if (!(limits->farthest > 0)) myr_depth_range(depth, pixels, &limits->nearest, &limits->farthest);
  myr_color_depth(depth, pixels, limits->nearest, limits->farthest, picture->pixels);
  if (limits->farthest > 0)
    snprintf(note, NOTE_BYTES, "%.3g to %.3g m", (double)limits->nearest, (double)limits->farthest);
  else
    snprintf(note, NOTE_BYTES, "nothing in range");
}

void color_view_output(int output, const void *label, depth_limits *limits, myr_bitmap *picture,
                       char note[NOTE_BYTES]) {
  int64_t pixels = (int64_t)picture->width * picture->height;
  /* The speed, in pixels a frame, at which the colours of flow have half their strength. With 1, slow motion is visible
   * and fast motions still have different colours. */
  enum { HALF_SPEED = 1 };
  note[0] = 0;
  switch (myr_output_infos[image_of_output(output)].kind) {
  case MYR_SHOWS_DISTANCE: color_depth(label, limits, picture, note); break;
  case MYR_SHOWS_ID: myr_color_ids(label, pixels, picture->pixels); break;
  case MYR_SHOWS_DIRECTION: myr_color_normals(label, pixels, picture->pixels); break;
  case MYR_SHOWS_MOTION: myr_color_flow(label, pixels, HALF_SPEED, picture->pixels); break;
  case MYR_SHOWS_FRACTION: myr_color_intensity(label, pixels, picture->pixels); break;
  default: memcpy(picture->pixels, label, (size_t)pixels * 3);
  }
}

void mark_keypoints(const float *keypoints, int count, myr_bitmap *picture) {
  static const uint8_t hidden[3] = {130, 130, 130}, visible[3] = {255, 230, 60};
  enum { ARM = 3 }; /* px */
  for (int i = 0; i < count; i++, keypoints += MYR_KEYPOINT)
    if (keypoints[2] > 0) myr_mark_cross(picture, keypoints[0], keypoints[1], ARM, keypoints[2] > 1 ? visible : hidden);
}
