/* One lane, for a CPU without vectors, for the reference build in double precision, and for CUDA, where a world is a
 * warp and all of its threads hold the same values. lane.h includes this file. */
#ifndef MYR_LANE_ONE_H
#define MYR_LANE_ONE_H

#include "kernels/lane/lane_target.h"

#if defined(__CUDACC__) && defined(MYR_DOUBLE)
typedef double scalar;
typedef bool mask;
#define SCALAR_FMA __fma_rn
#define SCALAR_SQRT __dsqrt_rn
#define SCALAR_RINT rint
#elif defined(__CUDACC__)
typedef float scalar;
typedef bool mask;
#define SCALAR_FMA __fmaf_rn
#define SCALAR_SQRT __fsqrt_rn
#define SCALAR_RINT rintf
#elif defined(MYR_DOUBLE)
typedef double scalar;
typedef int mask; /* 0 or 1 */
#define SCALAR_FMA __builtin_fma
#define SCALAR_SQRT __builtin_sqrt
#define SCALAR_RINT __builtin_rint
#else
typedef float scalar;
typedef int mask; /* 0 or 1 */
#define SCALAR_FMA __builtin_fmaf
#define SCALAR_SQRT __builtin_sqrtf
#define SCALAR_RINT __builtin_rintf
#endif
typedef scalar real;
typedef int32_t integer;
KERNEL real splat(scalar x) { return x; }
KERNEL real fmadd(real a, real b, real c) { return SCALAR_FMA(a, b, c); }
KERNEL real fnmadd(real a, real b, real c) { return SCALAR_FMA(-a, b, c); }
KERNEL real fmsub(real a, real b, real c) { return SCALAR_FMA(a, b, -c); }
KERNEL real square_root(real x) { return SCALAR_SQRT(x); }
KERNEL real choose(mask m, real a, real b) { return m ? a : b; }
KERNEL mask lt(real a, real b) { return a < b; }
KERNEL mask le(real a, real b) { return a <= b; }
KERNEL mask eq(real a, real b) { return a == b; }
KERNEL mask mask_not(mask m) { return !m; }
KERNEL mask mask_splat(int on) { return on != 0; }
KERNEL int any_lane(mask m) { return m; }
KERNEL int all_lanes(mask m) { return m; }
KERNEL int mask_lane(mask m, int lane) {
  (void)lane;
  return m;
}
KERNEL unsigned mask_bits(mask m) { return m ? 1u : 0u; }
KERNEL real nearest_integer(real x) { return SCALAR_RINT(x); }
KERNEL scalar lane_get(const real *x, int lane) {
  (void)lane;
  return *x;
}
KERNEL void lane_set(real *x, int lane, scalar value) {
  (void)lane;
  *x = value;
}

/* ------------------------------------------------------------------------------------------------ bits of reals */
#if defined(__CUDACC__) && !defined(MYR_DOUBLE)
KERNEL integer bits_of_real(real x) { return __float_as_int(x); }
KERNEL real real_of_bits(integer x) { return __int_as_float(x); }
KERNEL real bits_of_integer_shift(real x, int shift) { return __int_as_float(((int)x) << shift); }
KERNEL real exponent_part(real x) { return (real)(int)((__float_as_uint(x) >> 23) & 255u) - 127.0f; }
KERNEL real mantissa_part(real x) { return __uint_as_float((__float_as_uint(x) & 0x007fffffu) | 0x3f800000u); }
#elif defined(MYR_DOUBLE)
#ifdef __CUDACC__
KERNEL uint64_t bits_of_double(real x) { return (uint64_t)__double_as_longlong(x); }
KERNEL real double_of_bits(uint64_t x) { return __longlong_as_double((long long)x); }
#else
typedef union {
  double d;
  uint64_t u;
} scalar_bits;
KERNEL uint64_t bits_of_double(real x) {
  scalar_bits b = {.d = x};
  return b.u;
}
KERNEL real double_of_bits(uint64_t x) {
  scalar_bits b = {.u = x};
  return b.d;
}
#endif
KERNEL real bits_of_integer_shift(real x, int shift) { /* shift is stated for float's 23 bits of fraction */
  return double_of_bits((uint64_t)(int64_t)x << (shift + 29));
}
KERNEL real exponent_part(real x) { return (real)(int)((bits_of_double(x) >> 52) & 2047u) - 1023.0; }
KERNEL real mantissa_part(real x) {
  return double_of_bits((bits_of_double(x) & 0x000fffffffffffffull) | 0x3ff0000000000000ull);
}
#else
typedef union {
  float f;
  uint32_t u;
} scalar_bits;
KERNEL integer bits_of_real(real x) {
  scalar_bits b = {.f = x};
  return (int32_t)b.u;
}
KERNEL real real_of_bits(integer x) {
  scalar_bits b = {.u = (uint32_t)x};
  return b.f;
}
KERNEL real bits_of_integer_shift(real x, int shift) {
  scalar_bits b = {.u = (uint32_t)(int32_t)x << shift};
  return b.f;
}
KERNEL real exponent_part(real x) {
  scalar_bits b = {.f = x};
  return (real)(int)((b.u >> 23) & 255u) - 127.0f;
}
KERNEL real mantissa_part(real x) {
  scalar_bits b = {.f = x};
  b.u = (b.u & 0x007fffffu) | 0x3f800000u;
  return b.f;
}
#endif

/* ------------------------------------------------------------------------------------------------ integers */
KERNEL integer isplat(int32_t x) { return x; }
KERNEL integer lane_index(void) { return 0; }
KERNEL integer to_integer(real x) { return (int32_t)x; }
KERNEL real to_real(integer x) { return (scalar)x; }
KERNEL integer ichoose(mask m, integer a, integer b) { return m ? a : b; }
KERNEL mask ilt(integer a, integer b) { return a < b; }
KERNEL mask ieq(integer a, integer b) { return a == b; }
KERNEL mask mask_of_bits(unsigned bits) { return (bits & 1u) != 0; }
KERNEL real gather(const scalar *table, integer i) { return table[i]; }
KERNEL integer igather(const int32_t *table, integer i) { return table[i]; }
/* Lanes are in rows of four; if there are four in all, in two rows of two, and one is a row. Stores the low three bytes of
 * each lane, one lane after the other, rows `pitch` bytes apart. */
KERNEL void store_rows_of_bytes(uint8_t *to, size_t pitch, integer x) {
  (void)pitch;
  for (int k = 0; k < 3; k++) to[k] = (uint8_t)(x >> 8 * k);
}
/* Stores two or three values of each lane of a row, one lane after the other. */
KERNEL void store_row_of_pairs(scalar *to, int row, const real x[2]) {
  (void)row;
  to[0] = x[0], to[1] = x[1];
}
KERNEL void store_row_of_triples(scalar *to, int row, const real x[3]) {
  (void)row;
  to[0] = x[0], to[1] = x[1], to[2] = x[2];
}
KERNEL int32_t lane_get_integer(const integer *x, int lane) {
  (void)lane;
  return *x;
}
typedef int64_t wide;
KERNEL wide wide_splat(int64_t x) { return x; }
KERNEL wide widen(integer x) { return x; }
KERNEL mask wide_negative(wide x) { return x < 0; }
KERNEL real load_reals(const scalar *p) { return *p; }
KERNEL integer load_integers(const int32_t *p) { return *p; }
KERNEL integer imultiply(integer a, integer b) { return (int32_t)((uint32_t)a * (uint32_t)b); }
KERNEL integer ishift_right(integer x, int bits) { return (int32_t)((uint32_t)x >> bits); }
KERNEL integer bit_of(integer i) { return (int32_t)(1u << (i & 31)); }
KERNEL real lookup16(const scalar *table, integer i) { return table[i]; }
KERNEL integer ilookup16(const int32_t *table, integer i) { return table[i]; }
KERNEL scalar largest_lane(real x) { return x; }
KERNEL int32_t union_of_lanes(integer x) { return x; }
KERNEL void store_lanes(scalar *p, real x) { *p = x; }
KERNEL void store_lane_integers(int32_t *p, integer x) { *p = x; }

#endif
