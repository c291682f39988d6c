/* Copies plain arrays to vectors and back, for test code that is compiled once for each number of lanes. */
#ifndef TESTS_LANE_ARRAYS_H
#define TESTS_LANE_ARRAYS_H

#include "kernels/lane/algebra.h"

#include <stddef.h>

#define JOIN(a, b) a##b
#define JOIN_EXPANDED(a, b) JOIN(a, b)

/* Reads number `offset` of each of LANES items, which are `stride` floats long. */
static inline real read_field(const float *items, size_t stride, size_t offset) {
  real x = zero();
  for (int lane = 0; lane < LANES; lane++) lane_set(&x, lane, items[(size_t)lane * stride + offset]);
  return x;
}
static inline vec3 read_vector(const float *items, size_t stride, size_t offset) {
  return v3(read_field(items, stride, offset), read_field(items, stride, offset + 1),
            read_field(items, stride, offset + 2));
}
static inline void write_vector(vec3 v, float *out) {
  for (int lane = 0; lane < LANES; lane++) {
    out[3 * lane] = lane_get(&v.x, lane);
    out[3 * lane + 1] = lane_get(&v.y, lane);
    out[3 * lane + 2] = lane_get(&v.z, lane);
  }
}
static inline void write_field(real x, float *out) {
  for (int lane = 0; lane < LANES; lane++) out[lane] = lane_get(&x, lane);
}

#endif
