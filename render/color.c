#include "render/color.h"

#include "sim/deterministic_math.h"

float srgb_decode(float encoded) {
  if (!(encoded > 0)) return 0;
  if (encoded <= 0.04045f) return encoded / 12.92f;
  return (float)portable_pow((encoded + 0.055) / 1.055, 2.4);
}

uint32_t texel_encode(float linear) {
  float clamped = linear > 0 ? linear < 1 ? linear : 1 : 0;
  float root = (float)portable_sqrt(clamped);
  return (uint32_t)(root * 1023.0f + 0.5f);
}
