/* The one place that knows what a lane is.
 *
 * Every kernel is written once, as if for a single world, over the types below. A translation unit defines LANES
 * (16, 8, 4 or 1) and, for the reference build, MYR_DOUBLE, before it includes any kernel header; nvcc defines
 * __CUDACC__; tests define MYR_EMULATED_WARP to run one world's items as CUDA does. No other file of kernels/ may test a
 * target macro.
 *
 *   scalar   float, or double in the reference build
 *   real     LANES scalars, one for each world of a tile; on CUDA one scalar, because there a world is a warp
 *   mask     one truth value per lane; combine with & and |, negate with mask_not
 *   integer  LANES 32-bit integers; + - * & | ^ << >> work lane by lane
 *   wide     LANES 64-bit integers; likewise
 *   EACH     items of one world that do not depend on each other: a loop on a CPU, the threads of a warp on CUDA (a loop
 *            where MYR_WORLD_PER_THREAD is defined)
 *   SYNC     what EACH wrote before it may be read by any item after it
 *
 * On CUDA all threads of the warp execute what is outside EACH, with variables of their own that hold the same values. An
 * item number i of two EACH is the same thread, which needs no SYNC to read what it wrote itself.
 *
 * The float policy (DESIGN.md, "The determinism contract"): compiled with contraction off, so a*b + c rounds twice and
 * only fmadd, fnmadd and fmsub round once; division and square root are correctly rounded on every target. Hence equal
 * inputs give equal bits on every target. */
#ifndef MYR_LANE_H
#define MYR_LANE_H

#include <stddef.h>
#include <stdint.h>

#if defined(MYR_WARP_OF_LANES)
#include "kernels/lane_warp.h"
#elif defined(__CUDACC__)
/* ------------------------------------------------------------------------------------------------ CUDA: one lane */
#undef LANES
#define LANES 1
#define KERNEL static __device__ __forceinline__
#define STAGE static __device__ __noinline__
typedef float scalar;
typedef float real;
typedef bool mask;
#ifndef MYR_WORLD_PER_THREAD
#define ON_A_WARP
#define SYNC() __syncwarp()
KERNEL int item_index(void) { return (int)(threadIdx.x & 31u); }
KERNEL uint32_t items_that(int condition) { return __ballot_sync(0xffffffffu, condition); }
KERNEL int32_t take_integer(int32_t x, int item) { return __shfl_sync(0xffffffffu, x, item); }
#else
#define SYNC() ((void)0)
#endif

KERNEL real splat(scalar x) { return x; }
KERNEL real fmadd(real a, real b, real c) { return __fmaf_rn(a, b, c); }
KERNEL real fnmadd(real a, real b, real c) { return __fmaf_rn(-a, b, c); }
KERNEL real fmsub(real a, real b, real c) { return __fmaf_rn(a, b, -c); }
KERNEL real square_root(real x) { return __fsqrt_rn(x); }
KERNEL real choose(mask m, real a, real b) { return m ? a : b; }
KERNEL mask lt(real a, real b) { return a < b; }
KERNEL mask le(real a, real b) { return a <= b; }
KERNEL mask eq(real a, real b) { return a == b; }
KERNEL mask mask_not(mask m) { return !m; }
KERNEL mask mask_splat(int on) { return on != 0; }
KERNEL int any_lane(mask m) { return m; }
KERNEL int all_lanes(mask m) { return m; }
KERNEL int mask_lane(mask m, int lane) { (void)lane; return m; }
KERNEL unsigned mask_bits(mask m) { return m ? 1u : 0u; }
KERNEL real nearest_integer(real x) { return rintf(x); }
KERNEL real bits_of_integer_shift(real x, int shift) { return __int_as_float(((int)x) << shift); }
KERNEL real exponent_part(real x) { return (real)(int)((__float_as_uint(x) >> 23) & 255u) - 127.0f; }
KERNEL real mantissa_part(real x) { return __uint_as_float((__float_as_uint(x) & 0x007fffffu) | 0x3f800000u); }
KERNEL scalar lane_get(const real *x, int lane) { (void)lane; return *x; }
KERNEL void lane_set(real *x, int lane, scalar value) { (void)lane; *x = value; }
typedef int32_t integer;
KERNEL integer bits_of_real(real x) { return __float_as_int(x); }
KERNEL real real_of_bits(integer x) { return __int_as_float(x); }
KERNEL int lowest_bit(uint64_t x) { return __ffsll((long long)x) - 1; }
KERNEL int highest_bit(uint64_t x) { return 63 - __clzll((long long)x); }
KERNEL int count_bits(uint64_t x) { return __popcll(x); }

#else
/* ------------------------------------------------------------------------------------------------ a CPU */
#ifndef LANES
#error "define LANES (1, 4, 8 or 16) before including a kernel header"
#endif
#define KERNEL static inline __attribute__((always_inline, unused))
#define STAGE static __attribute__((noinline, unused)) /* large enough that inlining it would only cost compile time */
#if defined(MYR_EMULATED_WARP) && !defined(MYR_WORLD_PER_THREAD) /* for tests: a GPU's warp played by this CPU, one lane */
#if LANES != 1
#error "an emulated warp steps one world: LANES must be 1"
#endif
#ifdef __cplusplus
extern "C" {
#endif
int warp_item(void);
void warp_sync(void);
uint32_t warp_ballot(int wanted);
uint32_t warp_shuffle(uint32_t value, int from);
#ifdef __cplusplus
}
#endif
#define ON_A_WARP
#define SYNC() warp_sync()
KERNEL int item_index(void) { return warp_item(); }
KERNEL uint32_t items_that(int condition) { return warp_ballot(condition); }
KERNEL int32_t take_integer(int32_t x, int item) { return (int32_t)warp_shuffle((uint32_t)x, item); }
#else
#define SYNC() ((void)0)
#endif
/* Positions of the bits of x, which must not be 0. */
KERNEL int lowest_bit(uint64_t x) { return __builtin_ctzll(x); }
KERNEL int highest_bit(uint64_t x) { return 63 - __builtin_clzll(x); }
KERNEL int count_bits(uint64_t x) { return __builtin_popcountll(x); }

#if LANES == 1
#ifdef MYR_DOUBLE
typedef double scalar;
#define SCALAR_FMA __builtin_fma
#define SCALAR_SQRT __builtin_sqrt
#define SCALAR_RINT __builtin_rint
#else
typedef float scalar;
#define SCALAR_FMA __builtin_fmaf
#define SCALAR_SQRT __builtin_sqrtf
#define SCALAR_RINT __builtin_rintf
#endif
typedef scalar real;
typedef int mask; /* 0 or 1 */
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
KERNEL int mask_lane(mask m, int lane) { (void)lane; return m; }
KERNEL unsigned mask_bits(mask m) { return m ? 1u : 0u; }
KERNEL real nearest_integer(real x) { return SCALAR_RINT(x); }
KERNEL scalar lane_get(const real *x, int lane) { (void)lane; return *x; }
KERNEL void lane_set(real *x, int lane, scalar value) { (void)lane; *x = value; }
typedef int32_t integer;
#ifdef MYR_DOUBLE
typedef union { double d; uint64_t u; } scalar_bits;
KERNEL real bits_of_integer_shift(real x, int shift) { /* shift is stated for float's 23 bits of fraction */
  scalar_bits b = {.u = (uint64_t)(int64_t)x << (shift + 29)};
  return b.d;
}
KERNEL real exponent_part(real x) { scalar_bits b = {.d = x}; return (real)(int)((b.u >> 52) & 2047u) - 1023.0; }
KERNEL real mantissa_part(real x) {
  scalar_bits b = {.d = x};
  b.u = (b.u & 0x000fffffffffffffull) | 0x3ff0000000000000ull;
  return b.d;
}
#else
typedef union { float f; uint32_t u; } scalar_bits;
KERNEL integer bits_of_real(real x) { scalar_bits b = {.f = x}; return (int32_t)b.u; }
KERNEL real real_of_bits(integer x) { scalar_bits b = {.u = (uint32_t)x}; return b.f; }
KERNEL real bits_of_integer_shift(real x, int shift) {
  scalar_bits b = {.u = (uint32_t)(int32_t)x << shift};
  return b.f;
}
KERNEL real exponent_part(real x) { scalar_bits b = {.f = x}; return (real)(int)((b.u >> 23) & 255u) - 127.0f; }
KERNEL real mantissa_part(real x) {
  scalar_bits b = {.f = x};
  b.u = (b.u & 0x007fffffu) | 0x3f800000u;
  return b.f;
}
#endif

#else /* LANES > 1: GNU vectors give + - * / and comparisons; the rest is a short section per instruction set */
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
KERNEL real load_reals(const scalar *p) { real x; __builtin_memcpy(&x, p, sizeof x); return x; }
KERNEL integer load_integers(const int32_t *p) { integer x; __builtin_memcpy(&x, p, sizeof x); return x; }
KERNEL void store_lanes(scalar *p, real x) { __builtin_memcpy(p, &x, sizeof x); }
KERNEL void store_lane_integers(int32_t *p, integer x) { __builtin_memcpy(p, &x, sizeof x); }
typedef uint32_t unsigned_integer __attribute__((vector_size(4 * LANES)));
/* Modulo 2^32; and a shift that moves zeros in from the left. */
KERNEL integer imultiply(integer a, integer b) { return (integer)((unsigned_integer)a * (unsigned_integer)b); }
KERNEL integer ishift_right(integer x, int bits) { return (integer)((unsigned_integer)x >> bits); }
/* Bit i modulo 32. */
KERNEL integer bit_of(integer i) { return (integer)(((unsigned_integer){0} + 1) << ((unsigned_integer)i & 31)); }
KERNEL real bits_of_integer_shift(real x, int shift) { return (real)(__builtin_convertvector(x, integer) << shift); }
KERNEL real exponent_part(real x) {
  return __builtin_convertvector((((integer)x) >> 23) & 255, real) - 127.0f;
}
KERNEL real mantissa_part(real x) { return (real)((((integer)x) & 0x007fffff) | 0x3f800000); }

#if LANES == 16
#include <immintrin.h>
typedef __mmask16 mask;
KERNEL real fmadd(real a, real b, real c) { return (real)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
KERNEL real fnmadd(real a, real b, real c) { return (real)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c); }
KERNEL real fmsub(real a, real b, real c) { return (real)_mm512_fmsub_ps((__m512)a, (__m512)b, (__m512)c); }
KERNEL real square_root(real x) { return (real)_mm512_sqrt_ps((__m512)x); }
#define NATIVE_MINIMUM /* x86 returns its second operand where neither is less: what minimum and maximum promise */
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
/* table[i] for 0 <= i < 16: a shuffle, where gather loads every lane by itself. */
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
  const __m512 three =
      _mm512_permutex2var_ps(two, _mm512_mask_add_epi32(thirds, 0x0924, thirds, later), (__m512)x[2]);
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
KERNEL real choose(mask m, real a, real b) {
  return (real)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b);
}
KERNEL integer lane_index(void) { return (integer){0, 1, 2, 3}; }
KERNEL mask mask_of_bits(unsigned bits) { return (((int32_t)bits + (integer){0}) >> lane_index() & 1) != 0; }
KERNEL integer ichoose(mask m, integer a, integer b) {
  return (integer)vbslq_s32((uint32x4_t)m, (int32x4_t)a, (int32x4_t)b);
}
KERNEL mask ilt(integer a, integer b) { return a < b; }
KERNEL mask ieq(integer a, integer b) { return a == b; }
KERNEL real gather(const scalar *table, integer i) { return (real){table[i[0]], table[i[1]], table[i[2]], table[i[3]]}; }
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
KERNEL unsigned mask_bits(mask m) {
  return (m[0] ? 1u : 0u) | (m[1] ? 2u : 0u) | (m[2] ? 4u : 0u) | (m[3] ? 8u : 0u);
}
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
#endif /* LANES > 1 */
#endif /* a CPU */

#if LANES == 1
/* ------------------------------------------------------------------------------------ one lane, on a CPU or CUDA */
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
KERNEL void store_row_of_pairs(scalar *to, int row, const real x[2]) { (void)row; to[0] = x[0], to[1] = x[1]; }
KERNEL void store_row_of_triples(scalar *to, int row, const real x[3]) {
  (void)row;
  to[0] = x[0], to[1] = x[1], to[2] = x[2];
}
KERNEL int32_t lane_get_integer(const integer *x, int lane) { (void)lane; return *x; }
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

#ifndef LANES_ARE_THREADS
#define LANES_ARE_THREADS 0 /* 1: lane_of_thread() is the only lane whose values the calling thread has */
KERNEL int lane_of_thread(void) { return 0; }
KERNEL scalar lane_get_own(const real *x) { return lane_get(x, 0); }
KERNEL int32_t lane_get_own_integer(const integer *x) { return lane_get_integer(x, 0); }
/* Element i of what `count` reals in a row hold in all their lanes. */
KERNEL real gather_from_lanes(const real *reals, int count, integer i) {
  (void)count;
  return gather((const scalar *)reals, i);
}
KERNEL integer igather_from_lanes(const integer *integers, int count, integer i) {
  (void)count;
  return igather((const int32_t *)integers, i);
}
#endif

/* ------------------------------------------------------------------------------------ the same on every target */
KERNEL real zero(void) { return splat(0); }
KERNEL mask gt(real a, real b) { return lt(b, a); }
KERNEL mask ge(real a, real b) { return le(b, a); }
#ifndef NATIVE_MINIMUM
KERNEL real minimum(real a, real b) { return choose(lt(b, a), b, a); } /* a when either is NaN, or both are zero */
KERNEL real maximum(real a, real b) { return choose(lt(a, b), b, a); } /* a when either is NaN, or both are zero */
#endif
KERNEL integer integer_minimum(integer a, integer b) { return ichoose(ilt(b, a), b, a); }
KERNEL integer integer_maximum(integer a, integer b) { return ichoose(ilt(a, b), b, a); }
KERNEL real clamp(real x, real low, real high) { return minimum(maximum(x, low), high); }
KERNEL real absolute(real x) { return maximum(x, -x); } /* x itself where it is NaN or a zero of either sign */
/* The largest integer that is not above x; |x| below 2^31. */
KERNEL real floor_of(real x) {
  real r = nearest_integer(x);
  return r - choose(lt(x, r), splat(1), zero());
}
KERNEL real mask_to_real(mask m) { return choose(m, splat(1), zero()); }
KERNEL mask real_to_mask(real x) { return mask_not(eq(x, zero())); }
/* True in the lanes whose value is neither infinite nor NaN: only then is x - x zero. */
KERNEL mask is_finite(real x) { return eq(x - x, zero()); }

#if !LANES_ARE_THREADS
/* ------------------------------------------------------------------------------------------------ items of a world */
/*   EACH_TOGETHER(i, n)             like EACH, but all items stay in the loop to the end, so that its body may claim; in
 *                                   the last round i may be n or more
 *   EACH_ROW(i, n) EACH_COLUMN(j, n)  one in the other: the entries of a matrix
 *   EACH_TRIANGLE_ROW(i, n) EACH_TRIANGLE_COLUMN(j, i)  likewise, those with j <= i < n
 *   LANE_OWNS_ITEM_0()              whether this is the item that does what only one may do
 *   ITEMS                           how many items work at once
 *   ROWS_AT_ONCE                    how many rows of a matrix to eliminate together */
#ifdef ON_A_WARP
#define EACH(i, n) for (int i = item_index(); i < (n); i += ITEMS)
#define EACH_TOGETHER(i, n) for (int i = item_index(); i - item_index() < (n); i += ITEMS)
#define EACH_ROW(i, n) for (int i = item_index() / 8; i < (n); i += 4)
#define EACH_COLUMN(j, n) for (int j = item_index() % 8; j < (n); j += 8)
#define EACH_TRIANGLE_ROW(i, n)                                            \
  for (int i = first_triangle_row(), column_of_##i = first_triangle_column(); i < (n); \
       next_triangle_entry(&i, &column_of_##i))
#define EACH_TRIANGLE_COLUMN(j, i) for (int j = column_of_##i, done_##j = 0; !done_##j; done_##j = 1)
#define LANE_OWNS_ITEM_0() (item_index() == 0)
enum { ITEMS = 32, ROWS_AT_ONCE = 1 };
/* Where the item's number leads when the entries of a triangle are counted by rows. */
KERNEL int first_triangle_row(void) {
  int e = item_index();
  return (e >= 1) + (e >= 3) + (e >= 6) + (e >= 10) + (e >= 15) + (e >= 21) + (e >= 28);
}
KERNEL int first_triangle_column(void) {
  int i = first_triangle_row();
  return item_index() - i * (i + 1) / 2;
}
KERNEL void next_triangle_entry(int *i, int *j) {
  for (*j += ITEMS; *j > *i;) *j -= ++*i;
}
/* A place in a list for each item that wants one, in the order of items; count is the list's length, which all know. */
KERNEL int claim_in_order(int wanted, int *count) {
  uint32_t wanting = items_that(wanted);
  int place = *count + count_bits(wanting & ((1u << item_index()) - 1u));
  *count += count_bits(wanting);
  return place;
}
/* Likewise, the first of as many places as the item wants. */
KERNEL int claim_several_in_order(int wanted, int *count) {
  int item = item_index(), sum = wanted; /* of the items up to this one */
  for (int distance = 1; distance < 32; distance *= 2) {
    int before = take_integer(sum, item < distance ? item : item - distance);
    if (item >= distance) sum += before;
  }
  int place = *count + sum - wanted;
  *count += take_integer(sum, 31);
  return place;
}
/* The lanes in which some item says so. */
KERNEL mask in_any_item(mask m) { return items_that(m) != 0; }
/* A sum over the items of an EACH in their order: every item gives its share once, then, after a SYNC, all get the sum
 * of the first share, the second, and so on, added to what it started from. shares (as many as items) is scratch. */
KERNEL void give_share(real *shares, int i, real share, real *sum) { (void)sum; shares[i] = share; }
KERNEL real sum_of_shares(const real *shares, int n, real sum) {
  for (int i = 0; i < n; i++) sum = sum + shares[i];
  return sum;
}
/* The sum of a[i] b[i], in eight interleaved parts that are then added in pairs. */
KERNEL real dot(const real *a, const real *b, int n) {
  real sum = 0;
  for (int i = item_index() % 8; i < n; i += 8) sum = fmadd(a[i], b[i], sum);
  for (int distance = 4; distance > 0; distance /= 2)
    sum = sum + real_of_bits(take_integer(bits_of_real(sum), item_index() ^ distance));
  return sum;
}
#else
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define EACH_TOGETHER(i, n) EACH(i, n)
#define EACH_ROW(i, n) EACH(i, n)
#define EACH_COLUMN(j, n) EACH(j, n)
#define EACH_TRIANGLE_ROW(i, n) EACH(i, n)
#define EACH_TRIANGLE_COLUMN(j, i) for (int j = 0; j <= (i); j++)
#define LANE_OWNS_ITEM_0() 1
enum { ITEMS = 1, ROWS_AT_ONCE = 4 };
KERNEL int item_index(void) { return 0; }
KERNEL int claim_in_order(int wanted, int *count) {
  int place = *count;
  *count += wanted != 0;
  return place;
}
KERNEL int claim_several_in_order(int wanted, int *count) {
  int place = *count;
  *count += wanted;
  return place;
}
KERNEL mask in_any_item(mask m) { return m; }
KERNEL void give_share(real *shares, int i, real share, real *sum) { (void)shares, (void)i; *sum = *sum + share; }
KERNEL real sum_of_shares(const real *shares, int n, real sum) { (void)shares, (void)n; return sum; }
KERNEL real dot(const real *a, const real *b, int n) {
  real part[8];
  for (int k = 0; k < 8; k++) part[k] = zero();
  int i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; k++) part[k] = fmadd(a[i + k], b[i + k], part[k]);
  for (int k = 0; k < 8; k++)
    if (i + k < n) part[k] = fmadd(a[i + k], b[i + k], part[k]);
  return ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7]));
}
#endif

#endif /* !LANES_ARE_THREADS */

#endif
