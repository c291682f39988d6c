/* Vectors of a CPU. GNU vectors give + - * / and comparisons; a short section for each instruction set gives the rest.
 * lane.h includes this file where LANES is more than 1. */
#ifndef MYR_LANE_VECTOR_H
#define MYR_LANE_VECTOR_H

#include "kernels/lane/lane_target.h"

typedef float scalar;
typedef float real __attribute__((vector_size(4 * LANES)));
typedef int32_t integer __attribute__((vector_size(4 * LANES)));
typedef int64_t wide __attribute__((vector_size(8 * LANES)));

KERNEL scalar lane_get(const real *x, int lane) { return ((const scalar *)x)[lane]; }
KERNEL void lane_set(real *x, int lane, scalar value) { ((scalar *)x)[lane] = value; }
KERNEL real splat(scalar x) { return x - (real){0}; }
KERNEL integer isplat(int32_t x) { return x + (integer){0}; }
/* Towards zero; x must be within the range of int32. */
KERNEL integer to_integer(real x) { return __builtin_convertvector(x, integer); }
KERNEL real to_real(integer x) { return __builtin_convertvector(x, real); }
KERNEL integer bits_of_real(real x) { return (integer)x; }
KERNEL real real_of_bits(integer x) { return (real)x; }
KERNEL int32_t lane_get_integer(const integer *x, int lane) { return ((const int32_t *)x)[lane]; }
KERNEL wide wide_splat(int64_t x) { return x + (wide){0}; }
KERNEL wide widen(integer x) { return __builtin_convertvector(x, wide); }
/* LANES in a row from p, which may have any alignment. */
KERNEL real load_reals(const scalar *p) {
  real x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
KERNEL integer load_integers(const int32_t *p) {
  integer x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
KERNEL void store_lanes(scalar *p, real x) { __builtin_memcpy(p, &x, sizeof x); }
KERNEL void store_lane_integers(int32_t *p, integer x) { __builtin_memcpy(p, &x, sizeof x); }
typedef uint32_t unsigned_integer __attribute__((vector_size(4 * LANES)));
/* Modulo 2^32; and a shift that moves zeros in from the left. */
KERNEL integer imultiply(integer a, integer b) { return (integer)((unsigned_integer)a * (unsigned_integer)b); }
KERNEL integer ishift_right(integer x, int bits) { return (integer)((unsigned_integer)x >> bits); }
/* Bit i modulo 32. */
KERNEL integer bit_of(integer i) { return (integer)(((unsigned_integer){0} + 1) << ((unsigned_integer)i & 31)); }
KERNEL real bits_of_integer_shift(real x, int shift) { return (real)(__builtin_convertvector(x, integer) << shift); }
KERNEL real exponent_part(real x) { return __builtin_convertvector((((integer)x) >> 23) & 255, real) - 127.0f; }
KERNEL real mantissa_part(real x) { return (real)((((integer)x) & 0x007fffff) | 0x3f800000); }

#if LANES == 16
#include <immintrin.h>
typedef __mmask16 mask;
KERNEL real fmadd(real a, real b, real c) { return (real)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
KERNEL real fnmadd(real a, real b, real c) { return (real)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c); }
KERNEL real fmsub(real a, real b, real c) { return (real)_mm512_fmsub_ps((__m512)a, (__m512)b, (__m512)c); }
KERNEL real square_root(real x) { return (real)_mm512_sqrt_ps((__m512)x); }
#define NATIVE_MINIMUM /* x86 returns its second operand where neither is less, as minimum and maximum promise */
KERNEL real minimum(real a, real b) { return (real)_mm512_min_ps((__m512)b, (__m512)a); }
KERNEL real maximum(real a, real b) { return (real)_mm512_max_ps((__m512)b, (__m512)a); }
KERNEL real choose(mask m, real a, real b) { return (real)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a); }
KERNEL mask lt(real a, real b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ); }
KERNEL mask le(real a, real b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LE_OQ); }
KERNEL mask eq(real a, real b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_EQ_OQ); }
KERNEL mask mask_not(mask m) { return (mask)~m; }
KERNEL mask mask_splat(int on) { return on ? (mask)0xffff : (mask)0; }
KERNEL int any_lane(mask m) { return m != 0; }
KERNEL int all_lanes(mask m) { return m == 0xffff; }
KERNEL int mask_lane(mask m, int lane) { return (m >> lane) & 1; }
KERNEL unsigned mask_bits(mask m) { return m; }
KERNEL mask mask_of_bits(unsigned bits) { return (mask)bits; }
KERNEL integer lane_index(void) { return (integer){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; }
KERNEL integer ichoose(mask m, integer a, integer b) {
  return (integer)_mm512_mask_blend_epi32(m, (__m512i)b, (__m512i)a);
}
KERNEL mask ilt(integer a, integer b) { return _mm512_cmplt_epi32_mask((__m512i)a, (__m512i)b); }
KERNEL mask ieq(integer a, integer b) { return _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b); }
KERNEL real gather(const scalar *table, integer i) { return (real)_mm512_i32gather_ps((__m512i)i, table, 4); }
KERNEL integer igather(const int32_t *table, integer i) {
  return (integer)_mm512_i32gather_epi32((__m512i)i, table, 4);
}
/* table[i] for 0 <= i < 16. This is one shuffle, whereas gather loads every lane separately. */
KERNEL real lookup16(const scalar *table, integer i) {
  return (real)_mm512_permutexvar_ps((__m512i)i, _mm512_loadu_ps(table));
}
KERNEL integer ilookup16(const int32_t *table, integer i) {
  return (integer)_mm512_permutexvar_epi32((__m512i)i, _mm512_loadu_si512(table));
}
KERNEL scalar largest_lane(real x) { return _mm512_reduce_max_ps((__m512)x); } /* no lane may be NaN */
/* The bits that are set in any lane. */
KERNEL int32_t union_of_lanes(integer x) { return _mm512_reduce_or_epi32((__m512i)x); }
KERNEL void store_rows_of_bytes(uint8_t *to, size_t pitch, integer x) {
  const __m512i order = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  const __m512i rows = _mm512_shuffle_epi8((__m512i)x, order);
  const __mmask8 three = 7; /* of four words */
  _mm_mask_storeu_epi32(to, three, _mm512_castsi512_si128(rows));
  _mm_mask_storeu_epi32(to + pitch, three, _mm512_extracti32x4_epi32(rows, 1));
  _mm_mask_storeu_epi32(to + 2 * pitch, three, _mm512_extracti32x4_epi32(rows, 2));
  _mm_mask_storeu_epi32(to + 3 * pitch, three, _mm512_extracti32x4_epi32(rows, 3));
}
KERNEL void store_row_of_pairs(scalar *to, int row, const real x[2]) {
  const __m512i lanes = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m512i order = _mm512_add_epi32(lanes, _mm512_set1_epi32(4 * row));
  _mm256_storeu_ps(to, _mm512_castps512_ps256(_mm512_permutex2var_ps((__m512)x[0], order, (__m512)x[1])));
}
KERNEL void store_row_of_triples(scalar *to, int row, const real x[3]) {
  const __m512i lanes = _mm512_setr_epi32(0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 0, 0, 0, 0); /* 0: any, so far */
  const __m512i thirds = _mm512_setr_epi32(0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 0, 0, 0, 0);
  const __m512i later = _mm512_set1_epi32(4 * row);
  const __m512 two = _mm512_permutex2var_ps((__m512)x[0], _mm512_add_epi32(lanes, later), (__m512)x[1]);
  const __m512 three = _mm512_permutex2var_ps(two, _mm512_mask_add_epi32(thirds, 0x0924, thirds, later), (__m512)x[2]);
  _mm512_mask_storeu_ps(to, 0x0fff, three);
}
KERNEL real nearest_integer(real x) {
  return (real)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#elif LANES == 8
#include <immintrin.h>
typedef int32_t mask __attribute__((vector_size(32)));
KERNEL real fmadd(real a, real b, real c) { return (real)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
KERNEL real fnmadd(real a, real b, real c) { return (real)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c); }
KERNEL real fmsub(real a, real b, real c) { return (real)_mm256_fmsub_ps((__m256)a, (__m256)b, (__m256)c); }
KERNEL real square_root(real x) { return (real)_mm256_sqrt_ps((__m256)x); }
#define NATIVE_MINIMUM /* as above */
KERNEL real minimum(real a, real b) { return (real)_mm256_min_ps((__m256)b, (__m256)a); }
KERNEL real maximum(real a, real b) { return (real)_mm256_max_ps((__m256)b, (__m256)a); }
KERNEL real choose(mask m, real a, real b) { return (real)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m); }
KERNEL mask lt(real a, real b) { return (mask)(a < b); }
KERNEL mask le(real a, real b) { return (mask)(a <= b); }
KERNEL mask eq(real a, real b) { return (mask)(a == b); }
KERNEL mask mask_not(mask m) { return ~m; }
KERNEL mask mask_splat(int on) { return (mask){0} - (on ? 1 : 0); }
KERNEL unsigned mask_bits(mask m) { return (unsigned)_mm256_movemask_ps((__m256)m); }
KERNEL integer lane_index(void) { return (integer){0, 1, 2, 3, 4, 5, 6, 7}; }
KERNEL mask mask_of_bits(unsigned bits) { return (((int32_t)bits + (integer){0}) >> lane_index() & 1) != 0; }
KERNEL integer ichoose(mask m, integer a, integer b) {
  return (integer)_mm256_blendv_epi8((__m256i)b, (__m256i)a, (__m256i)m);
}
KERNEL mask ilt(integer a, integer b) { return a < b; }
KERNEL mask ieq(integer a, integer b) { return a == b; }
KERNEL real gather(const scalar *table, integer i) { return (real)_mm256_i32gather_ps(table, (__m256i)i, 4); }
KERNEL integer igather(const int32_t *table, integer i) {
  return (integer)_mm256_i32gather_epi32(table, (__m256i)i, 4);
}
KERNEL real lookup16(const scalar *table, integer i) {
  __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), (__m256i)i);
  __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), (__m256i)i);
  return (real)_mm256_blendv_ps(low, high, (__m256)(i << 28)); /* by bit 3, moved to the sign */
}
KERNEL integer ilookup16(const int32_t *table, integer i) {
  __m256i low = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const __m256i *)table), (__m256i)i);
  __m256i high = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const __m256i *)(table + 8)), (__m256i)i);
  return (integer)_mm256_blendv_ps((__m256)low, (__m256)high, (__m256)(i << 28));
}
KERNEL scalar largest_lane(real x) {
  __m128 half = _mm_max_ps(_mm256_castps256_ps128((__m256)x), _mm256_extractf128_ps((__m256)x, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}
KERNEL int32_t union_of_lanes(integer x) {
  __m128i half = _mm_or_si128(_mm256_castsi256_si128((__m256i)x), _mm256_extracti128_si256((__m256i)x, 1));
  half = _mm_or_si128(half, _mm_unpackhi_epi64(half, half));
  return _mm_cvtsi128_si32(_mm_or_si128(half, _mm_shuffle_epi32(half, 1)));
}
KERNEL int any_lane(mask m) { return mask_bits(m) != 0; }
KERNEL int all_lanes(mask m) { return mask_bits(m) == 0xffu; }
KERNEL int mask_lane(mask m, int lane) { return m[lane] != 0; }
KERNEL void store_rows_of_bytes(uint8_t *to, size_t pitch, integer x) {
  const __m256i order =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  const __m256i rows = _mm256_shuffle_epi8((__m256i)x, order);
  const __m128i three = _mm_setr_epi32(-1, -1, -1, 0); /* of four words */
  _mm_maskstore_epi32((int *)(void *)to, three, _mm256_castsi256_si128(rows));
  _mm_maskstore_epi32((int *)(void *)(to + pitch), three, _mm256_extracti128_si256(rows, 1));
}
KERNEL void store_row_of_pairs(scalar *to, int row, const real x[2]) {
  const __m128 a = _mm_load_ps((const float *)x + 4 * row), b = _mm_load_ps((const float *)(x + 1) + 4 * row);
  _mm_storeu_ps(to, _mm_unpacklo_ps(a, b));
  _mm_storeu_ps(to + 4, _mm_unpackhi_ps(a, b));
}
KERNEL void store_row_of_triples(scalar *to, int row, const real x[3]) {
  const __m128 a = _mm_load_ps((const float *)x + 4 * row), b = _mm_load_ps((const float *)(x + 1) + 4 * row);
  const __m128 c = _mm_load_ps((const float *)(x + 2) + 4 * row);
  const __m128 a02_b02 = _mm_shuffle_ps(a, b, 0x88), b13_c13 = _mm_shuffle_ps(b, c, 0xdd);
  const __m128 c02_a13 = _mm_shuffle_ps(c, a, 0xd8);
  _mm_storeu_ps(to, _mm_shuffle_ps(a02_b02, c02_a13, 0x88));     /* a0 b0 c0 a1 */
  _mm_storeu_ps(to + 4, _mm_shuffle_ps(b13_c13, a02_b02, 0xd8)); /* b1 c1 a2 b2 */
  _mm_storeu_ps(to + 8, _mm_shuffle_ps(c02_a13, b13_c13, 0xdd)); /* c2 a3 b3 c3 */
}
KERNEL real nearest_integer(real x) {
  return (real)_mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#elif LANES == 4
#include <arm_neon.h>
typedef int32_t mask __attribute__((vector_size(16)));
KERNEL real fmadd(real a, real b, real c) { return (real)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
KERNEL real fnmadd(real a, real b, real c) { return (real)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
KERNEL real fmsub(real a, real b, real c) { return fmadd(a, b, -c); }
KERNEL real square_root(real x) { return (real)vsqrtq_f32((float32x4_t)x); }
KERNEL real choose(mask m, real a, real b) { return (real)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b); }
KERNEL integer lane_index(void) { return (integer){0, 1, 2, 3}; }
KERNEL mask mask_of_bits(unsigned bits) { return (((int32_t)bits + (integer){0}) >> lane_index() & 1) != 0; }
KERNEL integer ichoose(mask m, integer a, integer b) {
  return (integer)vbslq_s32((uint32x4_t)m, (int32x4_t)a, (int32x4_t)b);
}
KERNEL mask ilt(integer a, integer b) { return a < b; }
KERNEL mask ieq(integer a, integer b) { return a == b; }
KERNEL real gather(const scalar *table, integer i) {
  return (real){table[i[0]], table[i[1]], table[i[2]], table[i[3]]};
}
KERNEL integer igather(const int32_t *table, integer i) {
  return (integer){table[i[0]], table[i[1]], table[i[2]], table[i[3]]};
}
KERNEL real lookup16(const scalar *table, integer i) { return gather(table, i); }
KERNEL integer ilookup16(const int32_t *table, integer i) { return igather(table, i); }
KERNEL scalar largest_lane(real x) { return vmaxvq_f32((float32x4_t)x); }
KERNEL int32_t union_of_lanes(integer x) { return (x[0] | x[1]) | (x[2] | x[3]); }
KERNEL mask lt(real a, real b) { return (mask)(a < b); }
KERNEL mask le(real a, real b) { return (mask)(a <= b); }
KERNEL mask eq(real a, real b) { return (mask)(a == b); }
KERNEL mask mask_not(mask m) { return ~m; }
KERNEL mask mask_splat(int on) { return (mask){0} - (on ? 1 : 0); }
KERNEL int any_lane(mask m) { return vmaxvq_u32((uint32x4_t)m) != 0; }
KERNEL int all_lanes(mask m) { return vminvq_u32((uint32x4_t)m) != 0; }
KERNEL int mask_lane(mask m, int lane) { return m[lane] != 0; }
KERNEL unsigned mask_bits(mask m) { return (m[0] ? 1u : 0u) | (m[1] ? 2u : 0u) | (m[2] ? 4u : 0u) | (m[3] ? 8u : 0u); }
KERNEL void store_rows_of_bytes(uint8_t *to, size_t pitch, integer x) {
  for (int lane = 0; lane < 4; lane++) {
    uint8_t *at = to + (size_t)(lane / 2) * pitch + (size_t)(3 * (lane % 2));
    for (int k = 0; k < 3; k++) at[k] = (uint8_t)(x[lane] >> 8 * k);
  }
}
KERNEL void store_row_of_pairs(scalar *to, int row, const real x[2]) {
  const float32x2x2_t pairs = {{vld1_f32((const float *)x + 2 * row), vld1_f32((const float *)(x + 1) + 2 * row)}};
  vst2_f32(to, pairs);
}
KERNEL void store_row_of_triples(scalar *to, int row, const real x[3]) {
  const float32x2x3_t triples = {{vld1_f32((const float *)x + 2 * row), vld1_f32((const float *)(x + 1) + 2 * row),
                                  vld1_f32((const float *)(x + 2) + 2 * row)}};
  vst3_f32(to, triples);
}
KERNEL real nearest_integer(real x) { return (real)vrndnq_f32((float32x4_t)x); }
#else
#error "LANES must be 1, 4 (NEON), 8 (AVX2) or 16 (AVX-512)"
#endif
KERNEL mask wide_negative(wide x) { return ilt(__builtin_convertvector(x >> 32, integer), isplat(0)); }

#endif
