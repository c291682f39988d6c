/* Compares kernels/lane/elementary.h with libm in double and long double, and its vector widths with each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "elementary_lanes.h"
#include "lane_widths.h"

enum { BLOCK = 4096 };

static const char *const function_names[ELEMENTARY_COUNT] = {"sin",  "cos", "sincos", "atan2", "asin",
                                                             "acos", "exp", "log",    "pow"};

static float float_of_bits(uint32_t bits) {
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}
static uint32_t bits_of_float(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return bits;
}
static double double_of_bits(uint64_t bits) {
  double d;
  memcpy(&d, &bits, sizeof d);
  return d;
}
static uint64_t bits_of_double(double d) {
  uint64_t bits;
  memcpy(&bits, &d, sizeof bits);
  return bits;
}

/* A plain 64-bit mixer (splitmix64, Steele, Lea and Flood 2014) as the source of random inputs. */
static uint64_t random_state = 20240611u;
static uint64_t random_bits(void) {
  uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static double random_between(double low, double high) {
  return low + (high - low) * ((double)(random_bits() >> 11) * 0x1p-53);
}

static long double exact(enum elementary_function function, long double x, long double y) {
  switch (function) {
  case ELEMENTARY_SIN: return sinl(x);
  case ELEMENTARY_COS: return cosl(x);
  case ELEMENTARY_ATAN2: return atan2l(x, y);
  case ELEMENTARY_ASIN: return asinl(x);
  case ELEMENTARY_ACOS: return acosl(x);
  case ELEMENTARY_EXP: return expl(x);
  case ELEMENTARY_LOG: return logl(x);
  case ELEMENTARY_POW: return powl(x, y);
  default: return sinl(x) + cosl(x);
  }
}
/* Returns the value in double precision, which is exact enough to test a float and several times faster than long
 * double. */
static double exact_for_float(enum elementary_function function, double x, double y) {
  switch (function) {
  case ELEMENTARY_SIN: return sin(x);
  case ELEMENTARY_COS: return cos(x);
  case ELEMENTARY_ATAN2: return atan2(x, y);
  case ELEMENTARY_ASIN: return asin(x);
  case ELEMENTARY_ACOS: return acos(x);
  case ELEMENTARY_EXP: return exp(x);
  case ELEMENTARY_LOG: return log(x);
  case ELEMENTARY_POW: return pow(x, y);
  default: return sin(x) + cos(x);
  }
}

/* Returns the distance in units of the last place of a float at the exact value; 0 if both overflow to the same
 * infinity. */
static double ulps(float result, double wanted) {
  if (isnan(wanted) || isnan(result)) return isnan(wanted) && isnan(result) ? 0 : INFINITY;
  if (isinf(result) || fabs(wanted) >= 0x1.ffffffp127) return (float)wanted == result ? 0 : INFINITY;
  int exponent;
  frexp(wanted, &exponent);
  if (exponent < -125) exponent = -125;
  return fabs((double)result - wanted) / ldexp(1, exponent - 24);
}

struct worst {
  double error, x, y;
};

static void judge_block(enum elementary_function function, const float *x, const float *y, struct worst *worst) {
  float result[BLOCK];
  elementary_1(function, BLOCK, x, y, result);
  for (int i = 0; i < BLOCK; i++) {
    double error = ulps(result[i], exact_for_float(function, x[i], y[i]));
    if (!(error <= worst->error)) *worst = (struct worst){error, x[i], y[i]};
  }
}

static void report(enum elementary_function function, const char *range, const struct worst *worst, double bound) {
  print_message("  %-6s %-34s worst %.3f ulp at %.9g %.9g\n", function_names[function], range, worst->error, worst->x,
                worst->y);
  if (!(worst->error <= bound)) fail_msg("%s leaves its bound of %g ulp", function_names[function], bound);
}

/* Tests every stride-th float of [low, high] and, if both_signs is set, their negatives. */
static void sweep(enum elementary_function function, float low, float high, int both_signs, const char *range) {
  enum { STRIDE = 211 };
  float x[BLOCK], y[BLOCK] = {0};
  struct worst worst = {0, 0, 0};
  uint32_t bits = bits_of_float(low), last = bits_of_float(high);
  while (bits <= last) {
    for (int i = 0; i < BLOCK; i++) {
      float value = float_of_bits(bits <= last ? bits : last);
      x[i] = both_signs && (i & 1) ? -value : value;
      if (bits <= last) bits += STRIDE;
    }
    judge_block(function, x, y, &worst);
  }
  report(function, range, &worst, 1.5); /* the header promises 2, and the error is below 1.2 */
}

static void float_error_of_one_argument(void **state) {
  (void)state;
  sweep(ELEMENTARY_SIN, 0, 1e4f, 1, "|x| <= 1e4");
  sweep(ELEMENTARY_COS, 0, 1e4f, 1, "|x| <= 1e4");
  sweep(ELEMENTARY_ASIN, 0, 1, 1, "[-1, 1]");
  sweep(ELEMENTARY_ACOS, 0, 1, 1, "[-1, 1]");
  sweep(ELEMENTARY_EXP, 0, 200, 1, "[-200, 200]");
  sweep(ELEMENTARY_LOG, 0, 3.402823466e38f, 0, "all positive, subnormals too");
}

/* Tests every float in a small neighbourhood of multiples of pi/2, where the reduction cancels most. */
static void float_error_at_the_zeros_of_sine(void **state) {
  (void)state;
  float x[BLOCK], y[BLOCK] = {0};
  struct worst worst_sin = {0, 0, 0}, worst_cos = {0, 0, 0};
  for (int first = 0; first < 6366; first += BLOCK / 8) {
    for (int i = 0; i < BLOCK; i++) {
      float near = (float)((first + i / 8) * 1.5707963267948966);
      x[i] = float_of_bits(bits_of_float(near) + (uint32_t)(i % 8)) - (float_of_bits(bits_of_float(near) + 4) - near);
      if (x[i] > 1e4f) x[i] = 1e4f;
    }
    judge_block(ELEMENTARY_SIN, x, y, &worst_sin);
    judge_block(ELEMENTARY_COS, x, y, &worst_cos);
  }
  report(ELEMENTARY_SIN, "next to multiples of pi/2", &worst_sin, 2.0);
  report(ELEMENTARY_COS, "next to multiples of pi/2", &worst_cos, 2.0);
}

static void float_error_of_two_arguments(void **state) {
  (void)state;
  float x[BLOCK], y[BLOCK];
  struct worst worst_angle = {0, 0, 0}, worst_any = {0, 0, 0}, worst_power = {0, 0, 0}, worst_root = {0, 0, 0};
  for (int round = 0; round < 500; round++) {
    for (int i = 0; i < BLOCK; i++) {
      x[i] = (float)random_between(-2, 2);
      y[i] = (float)random_between(-2, 2);
    }
    judge_block(ELEMENTARY_ATAN2, x, y, &worst_angle);
    for (int i = 0; i < BLOCK; i++) {
      x[i] = float_of_bits((uint32_t)random_bits());
      y[i] = float_of_bits((uint32_t)random_bits());
      if (x[i] == 0) x[i] = 0; /* our functions take -0 for +0 */
      if (y[i] == 0) y[i] = 0;
    }
    judge_block(ELEMENTARY_ATAN2, x, y, &worst_any);
    for (int i = 0; i < BLOCK; i++) {
      x[i] = float_of_bits((uint32_t)random_bits() & 0x7fffffffu);
      if (!(x[i] > 0) || isinf(x[i])) x[i] = 1.25f;
      y[i] = (float)random_between(-2, 2);
    }
    judge_block(ELEMENTARY_POW, x, y, &worst_root);
    for (int i = 0; i < BLOCK; i++) {
      x[i] = (float)random_between(0.5, 2);
      y[i] = (float)random_between(-300, 300);
    }
    judge_block(ELEMENTARY_POW, x, y, &worst_power);
  }
  report(ELEMENTARY_ATAN2, "the square |x|, |y| <= 2", &worst_angle, 2.0);
  report(ELEMENTARY_ATAN2, "any bits", &worst_any, 2.0);
  report(ELEMENTARY_POW, "any x > 0, |y| <= 2", &worst_root, 2.0);
  report(ELEMENTARY_POW, "0.5 <= x <= 2, |y| <= 300", &worst_power, 2.0);
}

#define PI 3.14159265f
static const struct {
  enum elementary_function function;
  float x, y, wanted;
} special_cases[] = {{ELEMENTARY_SIN, 0, 0, 0},
                     {ELEMENTARY_COS, 0, 0, 1},
                     {ELEMENTARY_SIN, INFINITY, 0, NAN},
                     {ELEMENTARY_COS, -INFINITY, 0, NAN},
                     {ELEMENTARY_SIN, NAN, 0, NAN},
                     {ELEMENTARY_COS, NAN, 0, NAN},
                     {ELEMENTARY_ASIN, 1.0001f, 0, NAN},
                     {ELEMENTARY_ACOS, -1.0001f, 0, NAN},
                     {ELEMENTARY_ASIN, NAN, 0, NAN},
                     {ELEMENTARY_ACOS, NAN, 0, NAN},
                     {ELEMENTARY_ACOS, 1, 0, 0},
                     {ELEMENTARY_ACOS, -1, 0, PI},
                     {ELEMENTARY_EXP, 0, 0, 1},
                     {ELEMENTARY_EXP, INFINITY, 0, INFINITY},
                     {ELEMENTARY_EXP, -INFINITY, 0, 0},
                     {ELEMENTARY_EXP, NAN, 0, NAN},
                     {ELEMENTARY_LOG, 1, 0, 0},
                     {ELEMENTARY_LOG, 0, 0, -INFINITY},
                     {ELEMENTARY_LOG, -1, 0, NAN},
                     {ELEMENTARY_LOG, INFINITY, 0, INFINITY},
                     {ELEMENTARY_LOG, -INFINITY, 0, NAN},
                     {ELEMENTARY_LOG, NAN, 0, NAN},
                     {ELEMENTARY_ATAN2, 0, 0, 0},
                     {ELEMENTARY_ATAN2, 0, -1, PI},
                     {ELEMENTARY_ATAN2, 1, 0, PI / 2},
                     {ELEMENTARY_ATAN2, -1, 0, -PI / 2},
                     {ELEMENTARY_ATAN2, INFINITY, INFINITY, PI / 4},
                     {ELEMENTARY_ATAN2, -INFINITY, -INFINITY, -0.75f * PI},
                     {ELEMENTARY_ATAN2, 1, INFINITY, 0},
                     {ELEMENTARY_ATAN2, 1, -INFINITY, PI},
                     {ELEMENTARY_ATAN2, INFINITY, 1, PI / 2},
                     {ELEMENTARY_ATAN2, INFINITY, NAN, NAN},
                     {ELEMENTARY_ATAN2, NAN, 1, NAN},
                     {ELEMENTARY_ATAN2, 1, NAN, NAN},
                     {ELEMENTARY_POW, 0, 2, 0},
                     {ELEMENTARY_POW, 0, 0, 1},
                     {ELEMENTARY_POW, 0, -1, INFINITY},
                     {ELEMENTARY_POW, 5, 0, 1},
                     {ELEMENTARY_POW, 1, INFINITY, 1},
                     {ELEMENTARY_POW, 2, INFINITY, INFINITY},
                     {ELEMENTARY_POW, 2, -INFINITY, 0},
                     {ELEMENTARY_POW, 0.5f, INFINITY, 0},
                     {ELEMENTARY_POW, INFINITY, 2, INFINITY},
                     {ELEMENTARY_POW, INFINITY, -2, 0},
                     {ELEMENTARY_POW, INFINITY, 0, 1},
                     {ELEMENTARY_POW, -1, 2, NAN},
                     {ELEMENTARY_POW, NAN, 1, NAN},
                     {ELEMENTARY_POW, 2, NAN, NAN},
                     {ELEMENTARY_POW, 4, 0.5f, 2},
                     {ELEMENTARY_POW, 3, 2, 9}};
#undef PI

static void special_values(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof special_cases / sizeof special_cases[0]; i++) {
    float x[16], y[16], result[16];
    for (int k = 0; k < 16; k++) x[k] = special_cases[i].x, y[k] = special_cases[i].y;
    elementary_1(special_cases[i].function, 16, x, y, result);
    if (ulps(result[0], special_cases[i].wanted) > 1.5)
      fail_msg("%s(%g, %g) gave %.9g instead of %.9g", function_names[special_cases[i].function], special_cases[i].x,
               special_cases[i].y, result[0], special_cases[i].wanted);
    double x64[16], y64[16], result64[16];
    for (int k = 0; k < 16; k++) x64[k] = special_cases[i].x, y64[k] = special_cases[i].y;
    elementary_double(special_cases[i].function, 16, x64, y64, result64);
    if (ulps((float)result64[0], special_cases[i].wanted) > 0)
      fail_msg("double %s(%g, %g) gave %.17g", function_names[special_cases[i].function], x64[0], y64[0], result64[0]);
  }
}

static void sine_stays_bounded_for_huge_arguments(void **state) {
  (void)state;
  float x[BLOCK], y[BLOCK] = {0}, result[BLOCK];
  const uint32_t first = bits_of_float(8192), last = bits_of_float(INFINITY);
  for (int i = 0; i < BLOCK; i++) x[i] = float_of_bits(first + (uint32_t)i * ((last - first) / BLOCK));
  for (int cosine = 0; cosine < 2; cosine++) {
    elementary_1(cosine ? ELEMENTARY_COS : ELEMENTARY_SIN, BLOCK, x, y, result);
    for (int i = 0; i < BLOCK; i++) {
      assert_true(result[i] >= -1 && result[i] <= 1);
      double wanted = cosine ? cos(x[i]) : sin(x[i]);
      if (x[i] <= 1e6f) assert_true(fabs(result[i] - wanted) < 2e-6);
    }
  }
}

/* Tests the relative error of the double build against long double, including log and the zeros of sine. */
static void double_error(void **state) {
  (void)state;
  static const struct {
    enum elementary_function function;
    double low, high, low2, high2, bound;
  } ranges[] = {{ELEMENTARY_SIN, -10, 10, 0, 0, 1e-15},  {ELEMENTARY_SIN, -1e4, 1e4, 0, 0, 1e-15},
                {ELEMENTARY_COS, -10, 10, 0, 0, 1e-15},  {ELEMENTARY_COS, -1e4, 1e4, 0, 0, 1e-15},
                {ELEMENTARY_ATAN2, -2, 2, -2, 2, 1e-15}, {ELEMENTARY_ATAN2, -1e9, 1e9, -1e-9, 1e-9, 1e-15},
                {ELEMENTARY_ASIN, -1, 1, 0, 0, 1e-15},   {ELEMENTARY_ACOS, -1, 1, 0, 0, 1e-15},
                {ELEMENTARY_EXP, -1, 1, 0, 0, 1e-15},    {ELEMENTARY_EXP, -700, 709, 0, 0, 1e-15},
                {ELEMENTARY_LOG, 0.5, 2, 0, 0, 1e-15},   {ELEMENTARY_LOG, 0.999, 1.001, 0, 0, 1e-15},
                {ELEMENTARY_LOG, 0, 1e300, 0, 0, 1e-15}, {ELEMENTARY_POW, 0.5, 2, -1000, 1000, 1e-15},
                {ELEMENTARY_POW, 0, 1e10, -2, 2, 1e-15}};
  for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
    double x[BLOCK], y[BLOCK], result[BLOCK];
    struct worst worst = {0, 0, 0};
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < BLOCK; i++) {
        x[i] = random_between(ranges[r].low, ranges[r].high);
        y[i] = random_between(ranges[r].low2, ranges[r].high2);
        int turns = (int)(random_bits() % 6000);
        if (i % 16 == 0 && r < 4) x[i] = fmod(turns * 1.5707963267948966, ranges[r].high);
      }
      elementary_double(ranges[r].function, BLOCK, x, y, result);
      for (int i = 0; i < BLOCK; i++) {
        long double wanted = exact(ranges[r].function, x[i], y[i]);
        double error = wanted == 0 ? fabs(result[i]) : (double)fabsl((result[i] - wanted) / wanted);
        if (!(error <= worst.error)) worst = (struct worst){error, x[i], y[i]};
      }
    }
    print_message("  double %-6s [%g, %g] worst %.2e relative at %.17g %.17g\n", function_names[ranges[r].function],
                  ranges[r].low, ranges[r].high, worst.error, worst.x, worst.y);
    if (!(worst.error <= ranges[r].bound)) fail_msg("%s leaves its bound", function_names[ranges[r].function]);
  }
}

static void double_reaches_subnormal_numbers(void **state) {
  (void)state;
  double x[16], y[16] = {0}, result[16];
  for (int i = 0; i < 16; i++) x[i] = double_of_bits(1ull << (3 * i));
  elementary_double(ELEMENTARY_LOG, 16, x, y, result);
  for (int i = 0; i < 16; i++) assert_true(fabs(result[i] / log(x[i]) - 1) < 1e-15);
  for (int i = 0; i < 16; i++) x[i] = -709 - 2 * i;
  elementary_double(ELEMENTARY_EXP, 16, x, y, result);
  for (int i = 0; i < 16; i++) {
    int64_t apart = (int64_t)bits_of_double(result[i]) - (int64_t)bits_of_double(exp(x[i]));
    assert_true(apart >= -2 && apart <= 2);
  }
}

typedef void evaluator(enum elementary_function, int, const float *, const float *, float *);

static void assert_equal_bits(evaluator *wide, int lanes) {
  float x[BLOCK], y[BLOCK], narrow_result[BLOCK], wide_result[BLOCK];
  for (int round = 0; round < 60; round++) {
    for (int i = 0; i < BLOCK; i++) {
      int plain = i % 2; /* half of them ordinary numbers, half any bits at all */
      x[i] = plain ? (float)random_between(-4, 4) : float_of_bits((uint32_t)random_bits());
      y[i] = plain ? (float)random_between(-4, 4) : float_of_bits((uint32_t)random_bits());
      if (i % 64 == 0) x[i] = NAN;
      if (i % 64 == 1) y[i] = -INFINITY;
      if (i % 64 == 2) x[i] = 0;
    }
    for (int f = 0; f < ELEMENTARY_COUNT; f++) {
      elementary_1((enum elementary_function)f, BLOCK, x, y, narrow_result);
      wide((enum elementary_function)f, BLOCK, x, y, wide_result);
      for (int i = 0; i < BLOCK; i++) {
        if (isnan(narrow_result[i]) && isnan(wide_result[i])) continue;
        if (bits_of_float(narrow_result[i]) != bits_of_float(wide_result[i]))
          fail_msg("%s(%.9g, %.9g): %.9g with 1 lane, %.9g with %d", function_names[f], x[i], y[i], narrow_result[i],
                   wide_result[i], lanes);
      }
    }
  }
}

static void widths_agree(void **state) {
  (void)state;
#define USE(width) assert_equal_bits(elementary_##width, width)
  FOR_EACH_WIDTH(USE);
#undef USE
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(special_values),
      cmocka_unit_test(sine_stays_bounded_for_huge_arguments),
      cmocka_unit_test(float_error_at_the_zeros_of_sine),
      cmocka_unit_test(float_error_of_two_arguments),
      cmocka_unit_test(float_error_of_one_argument),
      cmocka_unit_test(double_reaches_subnormal_numbers),
      cmocka_unit_test(double_error),
      cmocka_unit_test(widths_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
