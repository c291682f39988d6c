/* Approximate reciprocals against double precision over their whole range, and the same bits for every width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "approximate_lanes.h"
#include "lane_widths.h"

enum { BATCH = 1024, BATCHES = 2048 };

/* Floats spread over all exponents and fractions of normal numbers up to FLT_MAX. */
static void fill(float x[BATCH], uint32_t *bits) {
  for (int i = 0; i < BATCH; i++) {
    *bits += 1019; /* a prime: fractions do not repeat from exponent to exponent */
    if (*bits >= 0x7f800000u) *bits = 0x00800000u + *bits % 1019;
    memcpy(&x[i], bits, sizeof x[i]);
  }
}

static void test_accuracy(void **state) {
  (void)state;
  double worst_root = 0, worst_inverse = 0, worst_reciprocal = 0;
  float x[BATCH], root[BATCH], inverse[BATCH], one_over[BATCH];
  uint32_t bits = 0x00800000u;
  for (int batch = 0; batch < BATCHES; batch++) {
    fill(x, &bits);
    approximate_table_1.inverse_roots(x, BATCH, inverse);
    approximate_table_1.roots(x, BATCH, root);
    approximate_table_1.reciprocals(x, BATCH, one_over);
    for (int i = 0; i < BATCH; i++) {
      worst_inverse = fmax(worst_inverse, fabs((double)inverse[i] * sqrt((double)x[i]) - 1));
      worst_root = fmax(worst_root, fabs((double)root[i] / sqrt((double)x[i]) - 1));
      if (x[i] > 1e-37f && x[i] < 1e37f)
        worst_reciprocal = fmax(worst_reciprocal, fabs((double)one_over[i] * (double)x[i] - 1));
    }
  }
  print_message("worst relative error: 1/sqrt %.2g, sqrt %.2g, 1/x %.2g\n", worst_inverse, worst_root,
                worst_reciprocal);
  assert_true(worst_inverse < 8.5e-7);
  assert_true(worst_root < 9e-7);
  assert_true(worst_reciprocal < 1.1e-6);
}

static void test_zero(void **state) {
  (void)state;
  float x[16] = {0}, root[16], inverse[16];
  approximate_table_1.roots(x, 16, root);
  approximate_table_1.inverse_roots(x, 16, inverse);
  assert_true(root[0] == 0);
  assert_true(isfinite(inverse[0]) && inverse[0] > 1e18f);
}

static void same_as_one_lane(const approximate_table *wide) {
  float x[BATCH], one[BATCH], many[BATCH];
  uint32_t bits = 0x00800000u;
  for (int batch = 0; batch < BATCHES; batch++) {
    fill(x, &bits);
    approximate_table_1.inverse_roots(x, BATCH, one);
    wide->inverse_roots(x, BATCH, many);
    assert_memory_equal(one, many, sizeof one);
    approximate_table_1.roots(x, BATCH, one);
    wide->roots(x, BATCH, many);
    assert_memory_equal(one, many, sizeof one);
    approximate_table_1.reciprocals(x, BATCH, one);
    wide->reciprocals(x, BATCH, many);
    assert_memory_equal(one, many, sizeof one);
  }
}

static void test_widths(void **state) {
  (void)state;
#define SAME(width) same_as_one_lane(&approximate_table_##width)
  FOR_EACH_WIDTH(SAME);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_accuracy), cmocka_unit_test(test_zero),
                                     cmocka_unit_test(test_widths)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
