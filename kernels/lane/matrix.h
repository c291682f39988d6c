/* 3 x 3 matrices as values, where vectors alone do not say it: sums, products, and the matrices of cross and outer
 * products. */
#ifndef MYR_MATRIX_H
#define MYR_MATRIX_H

#include "kernels/lane/algebra.h"

KERNEL mat3 m3(vec3 row0, vec3 row1, vec3 row2) {
  mat3 m;
  m.row0 = row0;
  m.row1 = row1;
  m.row2 = row2;
  return m;
}
KERNEL mat3 m3_zero(void) { return m3(v3_zero(), v3_zero(), v3_zero()); }
KERNEL mat3 m3_diagonal(vec3 d) {
  return m3(v3(d.x, zero(), zero()), v3(zero(), d.y, zero()), v3(zero(), zero(), d.z));
}
KERNEL mat3 m3_add(mat3 a, mat3 b) {
  return m3(v3_add(a.row0, b.row0), v3_add(a.row1, b.row1), v3_add(a.row2, b.row2));
}
KERNEL mat3 m3_sub(mat3 a, mat3 b) {
  return m3(v3_sub(a.row0, b.row0), v3_sub(a.row1, b.row1), v3_sub(a.row2, b.row2));
}
KERNEL mat3 m3_scale(mat3 a, real s) { return m3(v3_scale(a.row0, s), v3_scale(a.row1, s), v3_scale(a.row2, s)); }
KERNEL mat3 m3_transpose(mat3 a) { return m3(m3_column0(a), m3_column1(a), m3_column2(a)); }
KERNEL mat3 m3_multiply(mat3 a, mat3 b) {
  return m3(m3_apply_transposed(b, a.row0), m3_apply_transposed(b, a.row1), m3_apply_transposed(b, a.row2));
}
/* The matrix that takes x to v x x. */
KERNEL mat3 m3_cross(vec3 v) { return m3(v3(zero(), -v.z, v.y), v3(v.z, zero(), -v.x), v3(-v.y, v.x, zero())); }
/* a b' */
KERNEL mat3 m3_outer(vec3 a, vec3 b) { return m3(v3_scale(b, a.x), v3_scale(b, a.y), v3_scale(b, a.z)); }
/* The components of two vectors, multiplied. */
KERNEL vec3 v3_times(vec3 a, vec3 b) { return v3(a.x * b.x, a.y * b.y, a.z * b.z); }

#endif
