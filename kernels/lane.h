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
 * The float policy (DESIGN.md, "The determinism contract"): compiled with contraction off, so a*b + c rounds twice and
 * only fmadd, fnmadd and fmsub round once; division and square root are correctly rounded on every target. Hence equal
 * inputs give equal bits on every target. */
#ifndef MYR_LANE_H
#define MYR_LANE_H

#include <stdint.h>

#if defined(__CUDACC__)
/* ------------------------------------------------------------------------------------------------ CUDA: one lane */
#undef LANES
#define LANES 1
#define KERNEL static __device__ __forceinline__
#define STAGE static __device__ __noinline__
typedef float scalar;
typedef float real;
typedef bool mask;
#ifdef MYR_WORLD_PER_THREAD
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define SYNC() ((void)0)
#define LANE_OWNS_ITEM_0() 1
#else
#define EACH(i, n) for (int i = (int)(threadIdx.x & 31u); i < (n); i += 32)
#define SYNC() __syncwarp()
#define LANE_OWNS_ITEM_0() ((threadIdx.x & 31u) == 0u)
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
#if defined(MYR_EMULATED_WARP) && !defined(MYR_WORLD_PER_THREAD) /* for tests: a GPU's warp played by this CPU, one lane (tests/emulated/warp.h) */
#if LANES != 1
#error "an emulated warp steps one world: LANES must be 1"
#endif
#ifdef __cplusplus
extern "C" {
#endif
int warp_item(void);
void warp_sync(void);
#ifdef __cplusplus
}
#endif
#define EACH(i, n) for (int i = warp_item(); i < (n); i += 32)
#define SYNC() warp_sync()
#define LANE_OWNS_ITEM_0() (warp_item() == 0)
#else
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define SYNC() ((void)0)
#define LANE_OWNS_ITEM_0() 1
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
KERNEL scalar largest_lane(real x) { return _mm512_reduce_max_ps((__m512)x); } /* no lane may be NaN */
/* The bits that are set in any lane. */
KERNEL int32_t union_of_lanes(integer x) { return _mm512_reduce_or_epi32((__m512i)x); }
KERNEL integer compact_triples(integer x) {
  const __m512i order = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  return (integer)_mm512_shuffle_epi8((__m512i)x, order);
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
KERNEL integer compact_triples(integer x) {
  const __m256i order =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  return (integer)_mm256_shuffle_epi8((__m256i)x, order);
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
KERNEL integer compact_triples(integer x) {
  const uint8x16_t order = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255};
  return (integer)vqtbl1q_u8((uint8x16_t)x, order);
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
/* Of four lanes in a row the low three bytes of each, moved together into the first twelve of their sixteen bytes. With
 * fewer lanes nothing moves. */
KERNEL integer compact_triples(integer x) { return x; }
/* Stores two or three values of each lane of a row, one lane after the other. Lanes are in rows of four; if there are
 * four in all, in two rows of two, and one is a row. */
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
KERNEL scalar largest_lane(real x) { return x; }
KERNEL int32_t union_of_lanes(integer x) { return x; }
KERNEL void store_lanes(scalar *p, real x) { *p = x; }
KERNEL void store_lane_integers(int32_t *p, integer x) { *p = x; }
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
KERNEL real absolute(real x) { return choose(lt(x, zero()), -x, x); }
/* The largest integer that is not above x; |x| below 2^31. */
KERNEL real floor_of(real x) {
  real r = nearest_integer(x);
  return r - choose(lt(x, r), splat(1), zero());
}
KERNEL real mask_to_real(mask m) { return choose(m, splat(1), zero()); }
KERNEL mask real_to_mask(real x) { return mask_not(eq(x, zero())); }
/* True in the lanes whose value is neither infinite nor NaN: only then is x - x zero. */
KERNEL mask is_finite(real x) { return eq(x - x, zero()); }

#endif
