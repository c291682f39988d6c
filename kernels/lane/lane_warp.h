/* A warp as one vector of 32 lanes: each of its threads holds one lane of every real, mask and integer. lane.h includes
 * this file where MYR_WARP_OF_LANES is defined, which is in the rasterizer on a GPU. The code is the same as for any
 * vector: its branches depend on all lanes together, so the threads stay in step. Functions that cross lanes (any_lane,
 * lane_get, ...) are votes or shuffles, and all threads must take part in them. Each thread has its own variables and
 * arrays of reals. Shared memory may be written by all threads with the same value, or by LANE_OWNS_ITEM_0 alone; in
 * both cases other threads may read it only after a SYNC. */
#ifndef MYR_LANE_WARP_H
#define MYR_LANE_WARP_H

#include "kernels/lane/lane_target.h"

#undef LANES
#define LANES 32
#define LANES_ARE_THREADS 1
typedef float scalar;
typedef float real;
typedef int mask; /* 0 or 1 */
typedef int32_t integer;
typedef int64_t wide;

/* ------------------------------------------------------------------------------------------------ one thread */
#ifdef __CUDACC__
KERNEL real fmadd(real a, real b, real c) { return __fmaf_rn(a, b, c); }
KERNEL real square_root(real x) { return __fsqrt_rn(x); }
KERNEL real nearest_integer(real x) { return rintf(x); }
KERNEL integer bits_of_real(real x) { return __float_as_int(x); }
KERNEL real real_of_bits(integer x) { return __int_as_float(x); }
#else
KERNEL real fmadd(real a, real b, real c) { return __builtin_fmaf(a, b, c); }
KERNEL real square_root(real x) { return __builtin_sqrtf(x); }
KERNEL real nearest_integer(real x) { return __builtin_rintf(x); }
KERNEL integer bits_of_real(real x) {
  int32_t i;
  __builtin_memcpy(&i, &x, sizeof i);
  return i;
}
KERNEL real real_of_bits(integer x) {
  real r;
  __builtin_memcpy(&r, &x, sizeof r);
  return r;
}
#endif
KERNEL int lane_of_thread(void) { return thread_of_warp(); }
#define LANE_OWNS_ITEM_0() (lane_of_thread() == 0)

/* ------------------------------------------------------------------------------------------------ lane by lane */
KERNEL real splat(scalar x) { return x; }
KERNEL integer isplat(int32_t x) { return x; }
KERNEL wide wide_splat(int64_t x) { return x; }
KERNEL real fnmadd(real a, real b, real c) { return fmadd(-a, b, c); }
KERNEL real fmsub(real a, real b, real c) { return fmadd(a, b, -c); }
KERNEL real choose(mask m, real a, real b) { return m ? a : b; }
KERNEL integer ichoose(mask m, integer a, integer b) { return m ? a : b; }
KERNEL mask lt(real a, real b) { return a < b; }
KERNEL mask le(real a, real b) { return a <= b; }
KERNEL mask eq(real a, real b) { return a == b; }
KERNEL mask ilt(integer a, integer b) { return a < b; }
KERNEL mask ieq(integer a, integer b) { return a == b; }
KERNEL mask mask_not(mask m) { return !m; }
KERNEL mask mask_splat(int on) { return on != 0; }
KERNEL integer to_integer(real x) { return (int32_t)x; }
KERNEL real to_real(integer x) { return (scalar)x; }
KERNEL wide widen(integer x) { return x; }
KERNEL mask wide_negative(wide x) { return x < 0; }
KERNEL integer imultiply(integer a, integer b) { return (int32_t)((uint32_t)a * (uint32_t)b); }
KERNEL integer ishift_right(integer x, int bits) { return (int32_t)((uint32_t)x >> bits); }
KERNEL integer bit_of(integer i) { return (int32_t)(1u << (i & 31)); }
KERNEL real bits_of_integer_shift(real x, int shift) { return real_of_bits((int32_t)((uint32_t)(int32_t)x << shift)); }
KERNEL real exponent_part(real x) { return (real)(int)(((uint32_t)bits_of_real(x) >> 23) & 255u) - 127.0f; }
KERNEL real mantissa_part(real x) { return real_of_bits((bits_of_real(x) & 0x007fffff) | 0x3f800000); }
KERNEL real gather(const scalar *table, integer i) { return table[i]; }
KERNEL integer igather(const int32_t *table, integer i) { return table[i]; }
KERNEL real lookup16(const scalar *table, integer i) { return table[i]; }
KERNEL integer ilookup16(const int32_t *table, integer i) { return table[i]; }

/* ------------------------------------------------------------------------------------------------ across lanes */
KERNEL integer lane_index(void) { return lane_of_thread(); }
KERNEL int any_lane(mask m) { return threads_that(m) != 0; }
KERNEL int all_lanes(mask m) { return threads_that(m) == 0xffffffffu; }
KERNEL unsigned mask_bits(mask m) { return threads_that(m); }
KERNEL int mask_lane(mask m, int lane) { return (int)(threads_that(m) >> lane & 1u); }
KERNEL mask mask_of_bits(unsigned bits) { return (int)(bits >> lane_of_thread() & 1u); }
KERNEL scalar lane_get(const real *x, int lane) { return real_of_bits(take_from_thread(bits_of_real(*x), lane)); }
KERNEL int32_t lane_get_integer(const integer *x, int lane) { return take_from_thread(*x, lane); }
KERNEL scalar lane_get_own(const real *x) { return *x; }
KERNEL int32_t lane_get_own_integer(const integer *x) { return *x; }
KERNEL void lane_set(real *x, int lane, scalar value) { *x = lane_of_thread() == lane ? value : *x; }
KERNEL real load_reals(const scalar *p) { return p[lane_of_thread()]; }
KERNEL integer load_integers(const int32_t *p) { return p[lane_of_thread()]; }
KERNEL void store_lanes(scalar *p, real x) { p[lane_of_thread()] = x; }
KERNEL void store_lane_integers(int32_t *p, integer x) { p[lane_of_thread()] = x; }
/* Lanes are in rows of eight. */
KERNEL void store_row_of_pairs(scalar *to, int row, const real x[2]) {
  int lane = lane_of_thread(), at = 2 * (lane % 8);
  if (lane / 8 == row) to[at] = x[0], to[at + 1] = x[1];
}
KERNEL void store_row_of_triples(scalar *to, int row, const real x[3]) {
  int lane = lane_of_thread(), at = 3 * (lane % 8);
  if (lane / 8 == row) to[at] = x[0], to[at + 1] = x[1], to[at + 2] = x[2];
}
KERNEL void store_rows_of_bytes(uint8_t *to, size_t pitch, integer x) {
  int lane = lane_of_thread();
  uint8_t *own = to + (size_t)(lane / 8) * pitch + (size_t)(3 * (lane % 8));
  for (int k = 0; k < 3; k++) own[k] = (uint8_t)(x >> 8 * k);
}
KERNEL scalar largest_lane(real x) {
  for (int distance = 16; distance > 0; distance /= 2) {
    real other = real_of_bits(take_from_thread(bits_of_real(x), lane_of_thread() ^ distance));
    x = x < other ? other : x;
  }
  return x;
}
KERNEL int32_t union_of_lanes(integer x) {
  for (int distance = 16; distance > 0; distance /= 2) x |= take_from_thread(x, lane_of_thread() ^ distance);
  return x;
}
/* Element i of the array that `count` consecutive reals form with all their lanes. */
KERNEL real gather_from_lanes(const real *reals, int count, integer i) {
  real found = 0;
  for (int k = 0; k < count; k++) {
    real x = real_of_bits(take_from_thread(bits_of_real(reals[k]), i % LANES));
    found = i / LANES == k ? x : found;
  }
  return found;
}
KERNEL integer igather_from_lanes(const integer *integers, int count, integer i) {
  integer found = 0;
  for (int k = 0; k < count; k++) {
    integer x = take_from_thread(integers[k], i % LANES);
    found = i / LANES == k ? x : found;
  }
  return found;
}

#endif
