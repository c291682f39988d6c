/* How a camera's labels become pictures. */
#include <stdio.h>
#include <string.h>

#include "view.h"

const view_output_info view_outputs[VIEW_OUTPUT_COUNT] = {
    [VIEW_RGB] = {"rgb", MYR_OUTPUT_RGB, 3},
    [VIEW_DEPTH] = {"depth", MYR_OUTPUT_DEPTH | MYR_OUTPUT_DEPTH_MILLIMETRES, sizeof(float)},
    [VIEW_INSTANCE] = {"instance", MYR_OUTPUT_INSTANCE, sizeof(int32_t)},
    [VIEW_SEMANTIC] = {"semantic", MYR_OUTPUT_SEMANTIC, sizeof(int32_t)},
    [VIEW_PART] = {"part", MYR_OUTPUT_PART, sizeof(int32_t)},
    [VIEW_NORMAL] = {"normal", MYR_OUTPUT_NORMAL, 3 * sizeof(float)},
    [VIEW_FLOW] = {"flow", MYR_OUTPUT_FLOW, 2 * sizeof(float)},
    [VIEW_INTENSITY] = {"intensity", MYR_OUTPUT_INTENSITY, sizeof(float)},
    [VIEW_BOXES] = {"boxes", MYR_OUTPUT_BOXES, 3},
    [VIEW_KEYPOINTS] = {"keypoints", MYR_OUTPUT_KEYPOINTS, 3},
};

static void tell_unknown_output(const char *command, const char *name) {
  const char *names[VIEW_OUTPUT_COUNT];
  for (int i = 0; i < VIEW_OUTPUT_COUNT; i++) names[i] = view_outputs[i].name;
  const char *near = suggest(name, names, VIEW_OUTPUT_COUNT);
  fprintf(stderr, "myriad %s: --outputs has no \"%s\"", command, name);
  if (near) fprintf(stderr, "; did you mean %s?", near);
  fputs("\nhint: the outputs are", stderr);
  for (int i = 0; i < VIEW_OUTPUT_COUNT; i++) fprintf(stderr, "%s %s", i ? "," : "", names[i]);
  fputc('\n', stderr);
}

bool parse_view_outputs(const char *command, const char *text, unsigned *outputs) {
  *outputs = 0;
  for (const char *at = text; at;) {
    char name[32];
    int length = (int)strcspn(at, ",");
    snprintf(name, sizeof name, "%.*s", length, at);
    int output = 0;
    while (output < VIEW_OUTPUT_COUNT && strcmp(view_outputs[output].name, name)) output++;
    if (output == VIEW_OUTPUT_COUNT) {
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

void color_view_output(view_output output, const void *label, depth_limits *limits, myr_bitmap *picture,
                       char note[NOTE_BYTES]) {
  int64_t pixels = (int64_t)picture->width * picture->height;
  /* Pixels a frame at which colours of flow have half their strength: slow motion shows, fast motion still tells. */
  enum { HALF_SPEED = 1 };
  note[0] = 0;
  switch (output) {
  case VIEW_DEPTH: color_depth(label, limits, picture, note); break;
  case VIEW_INSTANCE:
  case VIEW_SEMANTIC:
  case VIEW_PART: myr_color_ids(label, pixels, picture->pixels); break;
  case VIEW_NORMAL: myr_color_normals(label, pixels, picture->pixels); break;
  case VIEW_FLOW: myr_color_flow(label, pixels, HALF_SPEED, picture->pixels); break;
  case VIEW_INTENSITY: myr_color_intensity(label, pixels, picture->pixels); break;
  default: memcpy(picture->pixels, label, (size_t)pixels * 3);
  }
}

void mark_keypoints(const float *keypoints, int count, myr_bitmap *picture) {
  static const uint8_t hidden[3] = {130, 130, 130}, visible[3] = {255, 230, 60};
  enum { ARM = 3 }; /* px */
  for (int i = 0; i < count; i++, keypoints += MYR_KEYPOINT)
    if (keypoints[2] > 0) myr_mark_cross(picture, keypoints[0], keypoints[1], ARM, keypoints[2] > 1 ? visible : hidden);
}
