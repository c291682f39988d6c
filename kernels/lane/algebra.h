/* Vectors, unit quaternions (w, x, y, z) and rotation matrices (row major) over real, as plain values. Every sum has
 * one fixed order, because then all targets round in the same way. */
#ifndef MYR_ALGEBRA_H
#define MYR_ALGEBRA_H

#include "kernels/lane/lane.h"

typedef struct {
  real x, y, z;
} vec3;
typedef struct {
  real w, x, y, z;
} quat;
typedef struct {
  vec3 row0, row1, row2;
} mat3;

KERNEL vec3 v3(real x, real y, real z) {
  vec3 v;
  v.x = x;
  v.y = y;
  v.z = z;
  return v;
}
KERNEL vec3 v3_zero(void) { return v3(zero(), zero(), zero()); }
KERNEL vec3 v3_load(const real *p) { return v3(p[0], p[1], p[2]); }
KERNEL void v3_store(real *p, vec3 v) {
  p[0] = v.x;
  p[1] = v.y;
  p[2] = v.z;
}
KERNEL vec3 v3_splat(const scalar *p) { return v3(splat(p[0]), splat(p[1]), splat(p[2])); }
KERNEL vec3 v3_add(vec3 a, vec3 b) { return v3(a.x + b.x, a.y + b.y, a.z + b.z); }
KERNEL vec3 v3_sub(vec3 a, vec3 b) { return v3(a.x - b.x, a.y - b.y, a.z - b.z); }
KERNEL vec3 v3_scale(vec3 a, real s) { return v3(a.x * s, a.y * s, a.z * s); }
KERNEL vec3 v3_negate(vec3 a) { return v3(-a.x, -a.y, -a.z); }
/* a*s + b */
KERNEL vec3 v3_madd(vec3 a, real s, vec3 b) { return v3(fmadd(a.x, s, b.x), fmadd(a.y, s, b.y), fmadd(a.z, s, b.z)); }
KERNEL real v3_dot(vec3 a, vec3 b) { return fmadd(a.z, b.z, fmadd(a.y, b.y, a.x * b.x)); }
KERNEL vec3 v3_cross(vec3 a, vec3 b) {
  return v3(fnmadd(a.z, b.y, a.y * b.z), fnmadd(a.x, b.z, a.z * b.x), fnmadd(a.y, b.x, a.x * b.y));
}
KERNEL real v3_length(vec3 a) { return square_root(v3_dot(a, a)); }
KERNEL vec3 v3_choose(mask m, vec3 a, vec3 b) {
  return v3(choose(m, a.x, b.x), choose(m, a.y, b.y), choose(m, a.z, b.z));
}
/* a / |a|, or fallback where |a| is below the smallest length that still has a direction. */
KERNEL vec3 v3_normalize_or(vec3 a, vec3 fallback) {
  real length = v3_length(a);
  mask degenerate = lt(length, splat((scalar)1e-15));
  real inverse = splat(1) / choose(degenerate, splat(1), length);
  return v3_choose(degenerate, fallback, v3_scale(a, inverse));
}
KERNEL vec3 v3_normalize(vec3 a) { return v3_normalize_or(a, v3(splat(1), zero(), zero())); }

KERNEL quat q4(real w, real x, real y, real z) {
  quat q;
  q.w = w;
  q.x = x;
  q.y = y;
  q.z = z;
  return q;
}
KERNEL quat q4_load(const real *p) { return q4(p[0], p[1], p[2], p[3]); }
KERNEL void q4_store(real *p, quat q) {
  p[0] = q.w;
  p[1] = q.x;
  p[2] = q.y;
  p[3] = q.z;
}
KERNEL quat q4_splat(const scalar *p) { return q4(splat(p[0]), splat(p[1]), splat(p[2]), splat(p[3])); }
KERNEL quat q4_conjugate(quat q) { return q4(q.w, -q.x, -q.y, -q.z); }
/* The rotation a after b. */
KERNEL quat q4_multiply(quat a, quat b) {
  return q4(fnmadd(a.z, b.z, fnmadd(a.y, b.y, fnmadd(a.x, b.x, a.w * b.w))),
            fnmadd(a.z, b.y, fmadd(a.y, b.z, fmadd(a.x, b.w, a.w * b.x))),
            fmadd(a.z, b.x, fmadd(a.y, b.w, fnmadd(a.x, b.z, a.w * b.y))),
            fmadd(a.z, b.w, fnmadd(a.y, b.x, fmadd(a.x, b.y, a.w * b.z))));
}
/* q divided by its length, which rounding has moved away from 1; the identity where the length is 0. */
KERNEL quat q4_normalize(quat q) {
  real squared = fmadd(q.z, q.z, fmadd(q.y, q.y, fmadd(q.x, q.x, q.w * q.w)));
  real length = square_root(squared);
  mask degenerate = lt(length, splat((scalar)1e-15));
  real inverse = splat(1) / choose(degenerate, splat(1), length);
  return q4(choose(degenerate, splat(1), q.w * inverse), choose(degenerate, zero(), q.x * inverse),
            choose(degenerate, zero(), q.y * inverse), choose(degenerate, zero(), q.z * inverse));
}
/* v turned by the unit quaternion q: v + 2 w (u x v) + 2 u x (u x v), u the vector part. */
KERNEL vec3 q4_rotate(quat q, vec3 v) {
  vec3 u = v3(q.x, q.y, q.z);
  vec3 t = v3_cross(u, v);
  t = v3_add(t, t);
  return v3_add(v3_madd(t, q.w, v), v3_cross(u, t));
}

KERNEL mat3 m3_from_quat(quat q) {
  real x2 = q.x + q.x, y2 = q.y + q.y, z2 = q.z + q.z;
  real one = splat(1);
  mat3 m;
  m.row0 = v3(fnmadd(q.z, z2, fnmadd(q.y, y2, one)), fnmadd(q.w, z2, q.x * y2), fmadd(q.w, y2, q.x * z2));
  m.row1 = v3(fmadd(q.w, z2, q.x * y2), fnmadd(q.z, z2, fnmadd(q.x, x2, one)), fnmadd(q.w, x2, q.y * z2));
  m.row2 = v3(fnmadd(q.w, y2, q.x * z2), fmadd(q.w, x2, q.y * z2), fnmadd(q.y, y2, fnmadd(q.x, x2, one)));
  return m;
}
KERNEL mat3 m3_load(const real *p) {
  mat3 m;
  m.row0 = v3_load(p);
  m.row1 = v3_load(p + 3);
  m.row2 = v3_load(p + 6);
  return m;
}
KERNEL void m3_store(real *p, mat3 m) {
  v3_store(p, m.row0);
  v3_store(p + 3, m.row1);
  v3_store(p + 6, m.row2);
}
KERNEL vec3 m3_column0(mat3 m) { return v3(m.row0.x, m.row1.x, m.row2.x); }
KERNEL vec3 m3_column1(mat3 m) { return v3(m.row0.y, m.row1.y, m.row2.y); }
KERNEL vec3 m3_column2(mat3 m) { return v3(m.row0.z, m.row1.z, m.row2.z); }
/* m v */
KERNEL vec3 m3_apply(mat3 m, vec3 v) { return v3(v3_dot(m.row0, v), v3_dot(m.row1, v), v3_dot(m.row2, v)); }
/* transpose(m) v */
KERNEL vec3 m3_apply_transposed(mat3 m, vec3 v) {
  return v3_madd(m.row2, v.z, v3_madd(m.row1, v.y, v3_scale(m.row0, v.x)));
}

#endif
