/* Tests order statistics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sim/statistics.h"

static void medians(void **state) {
  (void)state;
  double odd[] = {3, -1, 2}, even[] = {4, 1, 3, -2}, one[] = {7};
  assert_true(myr_median(odd, 3) == 2);
  assert_true(odd[0] == -1 && odd[1] == 2 && odd[2] == 3);
  assert_true(myr_median(even, 4) == 2);
  assert_true(myr_median(one, 1) == 7);
  assert_true(myr_median(one, 0) == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(medians)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
