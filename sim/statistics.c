#include "sim/statistics.h"

#include <stdlib.h>

static int order(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void myr_sort_ascending(double *values, int count) { qsort(values, (size_t)count, sizeof *values, order); }

double myr_median(double *values, int count) {
  if (count == 0) return 0;
  myr_sort_ascending(values, count);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
