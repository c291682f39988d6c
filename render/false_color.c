/* Draws labels as colours. All arithmetic is rounded in the same way on every machine, so pictures of equal labels are
 * equal. */
#include <float.h>
#include <string.h>

#include "render/picture.h"

/* The value rounded to a byte's range; NaN gives 0. */
static uint8_t byte_of(float value) {
  float scaled = value * 255 + 0.5f;
  return scaled >= 255 ? 255 : scaled > 0 ? (uint8_t)scaled : 0;
}

/* ---------------------------------------------------------------------------------------------------- depth */

/* Nine colours from violet over red and orange to a pale yellow, at equal steps of lightness on a curve in Oklab
 * (Ottosson 2020), so that lightness alone shows the order. */
enum { RAMP_POINTS = 9 };
static const uint8_t ramp[RAMP_POINTS][3] = {{25, 3, 65},    {66, 8, 92},     {115, 16, 103},
                                             {166, 26, 99},  {215, 49, 76},   {246, 95, 36},
                                             {250, 154, 59}, {251, 203, 104}, {254, 247, 147}};

/* fraction: 0 dark .. 1 bright */
static void ramp_color(float fraction, uint8_t rgb[3]) {
  float at = (fraction > 0 ? fraction < 1 ? fraction : 1 : 0) * (RAMP_POINTS - 1);
  int i = at < RAMP_POINTS - 2 ? (int)at : RAMP_POINTS - 2;
  float weight = at - (float)i;
  for (int k = 0; k < 3; k++) {
    float low = ramp[i][k], high = ramp[i + 1][k];
    rgb[k] = (uint8_t)(low + (high - low) * weight + 0.5f);
  }
}

static bool is_depth(float depth) { return depth > 0 && depth <= FLT_MAX; }

bool myr_depth_range(const float *depth, int64_t count, float *nearest, float *farthest) {
  bool found = false;
  for (int64_t i = 0; i < count; i++) {
    if (!is_depth(depth[i])) continue;
    if (!found || depth[i] < *nearest) *nearest = depth[i];
    if (!found || depth[i] > *farthest) *farthest = depth[i];
    found = true;
  }
  return found;
}

void myr_color_depth(const float *depth, int64_t count, float nearest, float farthest, uint8_t *rgb) {
  float low = 1 / farthest, span = 1 / nearest - low;
  for (int64_t i = 0; i < count; i++, rgb += 3) {
    if (!is_depth(depth[i]))
      memset(rgb, 0, 3);
    else
      ramp_color(span > 0 ? (1 / depth[i] - low) / span : 1, rgb);
  }
}

/* ---------------------------------------------------------------------------------------------------- ids */

/* hue: a full turn is 2^32; saturation and value 0..255. Smith, "Color gamut transform pairs" (1978). */
static void hue_color(uint32_t hue, int saturation, int value, uint8_t rgb[3]) {
  uint64_t sixths = (uint64_t)hue * 6;
  int sector = (int)(sixths >> 32), fraction = (int)(sixths >> 24 & 255);
  int low = value * (255 - saturation) / 255;
  int rising = low + (value - low) * fraction / 255, falling = value - (value - low) * fraction / 255;
  const int parts[6][3] = {{value, rising, low},  {falling, value, low}, {low, value, rising},
                           {low, falling, value}, {rising, low, value},  {value, low, falling}};
  for (int k = 0; k < 3; k++) rgb[k] = (uint8_t)parts[sector][k];
}

void myr_color_of_id(int32_t id, uint8_t rgb[3]) {
  static const uint8_t background[3] = {18, 19, 24};
  if (!id) {
    memcpy(rgb, background, 3);
    return;
  }
  /* The golden section of the circle puts neighbours in number far apart in hue (Knuth, The Art of Computer Programming
   * 3, 6.4). Numbers 8 or 13 apart have similar hues again, so each group of eight takes another lightness. */
  static const uint32_t first_hue = 0x947AE148u; /* blue: the first id often fills the picture */
  static const uint8_t saturation[3] = {190, 110, 230}, value[3] = {235, 255, 150};
  uint32_t number = (uint32_t)id - 1, level = number / 8 % 3;
  hue_color(first_hue + number * 0x9E3779B9u, saturation[level], value[level], rgb);
}

void myr_color_ids(const int32_t *ids, int64_t count, uint8_t *rgb) {
  for (int64_t i = 0; i < count; i++) {
    if (i && ids[i] == ids[i - 1])
      memcpy(rgb + 3 * i, rgb + 3 * (i - 1), 3);
    else
      myr_color_of_id(ids[i], rgb + 3 * i);
  }
}

/* ---------------------------------------------------------------------------------------------------- vectors */

void myr_color_normals(const float *normals, int64_t count, uint8_t *rgb) {
  for (int64_t i = 0; i < count; i++, normals += 3, rgb += 3) {
    bool none = normals[0] == 0 && normals[1] == 0 && normals[2] == 0;
    for (int k = 0; k < 3; k++) rgb[k] = none ? 0 : byte_of(0.5f * (normals[k] + 1));
  }
}

void myr_color_flow(const float *flow, int64_t count, float half_speed, uint8_t *rgb) {
  /* Cosine and sine of the directions in which red, green and blue are full: thirds of a turn. */
  static const float direction[3][2] = {{1, 0}, {-0.5f, 0.8660254f}, {-0.5f, -0.8660254f}};
  for (int64_t i = 0; i < count; i++, flow += 2, rgb += 3) {
    float speed = __builtin_sqrtf(flow[0] * flow[0] + flow[1] * flow[1]);
    bool moves = speed > 0 && speed <= FLT_MAX;
    float saturation = moves ? speed / (speed + half_speed) : 0;
    for (int k = 0; k < 3; k++) {
      float along = moves ? (flow[0] * direction[k][0] + flow[1] * direction[k][1]) / speed : 0;
      rgb[k] = byte_of(1 - saturation + saturation * (0.5f + 0.5f * along));
    }
  }
}

void myr_color_intensity(const float *intensity, int64_t count, uint8_t *rgb) {
  for (int64_t i = 0; i < count; i++, rgb += 3)
    memset(rgb, byte_of(intensity[i] > 0 ? __builtin_sqrtf(intensity[i]) : 0), 3);
}
