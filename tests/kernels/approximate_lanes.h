/* kernels/approximate.h, once per number of lanes: for test_approximate.c. Counts are multiples of 16. */
#ifndef TESTS_APPROXIMATE_LANES_H
#define TESTS_APPROXIMATE_LANES_H

typedef struct approximate_table {
  void (*inverse_roots)(const float *x, int count, float *out);
  void (*roots)(const float *x, int count, float *out);
  void (*reciprocals)(const float *x, int count, float *out);
} approximate_table;

extern const approximate_table approximate_table_1, approximate_table_4, approximate_table_8, approximate_table_16;

#endif
