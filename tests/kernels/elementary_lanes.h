/* The elementary functions of each build, for test_elementary.c. ATAN2 and POW take (x, y) in the order of libm's
 * arguments, and the others ignore y. SINCOS returns sine + cosine. A program links the widths that its target can
 * compile. */
#ifndef TESTS_ELEMENTARY_LANES_H
#define TESTS_ELEMENTARY_LANES_H

enum elementary_function {
  ELEMENTARY_SIN,
  ELEMENTARY_COS,
  ELEMENTARY_SINCOS,
  ELEMENTARY_ATAN2,
  ELEMENTARY_ASIN,
  ELEMENTARY_ACOS,
  ELEMENTARY_EXP,
  ELEMENTARY_LOG,
  ELEMENTARY_POW,
  ELEMENTARY_COUNT
};

void elementary_1(enum elementary_function function, int count, const float *x, const float *y, float *result);
void elementary_4(enum elementary_function function, int count, const float *x, const float *y, float *result);
void elementary_8(enum elementary_function function, int count, const float *x, const float *y, float *result);
void elementary_16(enum elementary_function function, int count, const float *x, const float *y, float *result);
void elementary_double(enum elementary_function function, int count, const double *x, const double *y, double *result);

#endif
