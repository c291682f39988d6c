/* How the spatial force on a body changes with its spatial velocity: four blocks of 3 x 3. The implicit integrators sum
 * them from the leaves to the roots, as the composite rigid body algorithm sums inertias, because the derivative of a
 * force on a dof by another dof's velocity needs no more than the sum over the bodies that both move. */
#ifndef MYR_RATES_H
#define MYR_RATES_H

#include "kernels/lane/matrix.h"
#include "kernels/step/spatial.h"

enum { RATE_NUMBERS = 36 };

typedef struct rates {
  mat3 torque_turning, torque_moving; /* torque by angular and by linear velocity */
  mat3 force_turning, force_moving;
} rates;

KERNEL rates rates_zero(void) {
  rates r;
  r.torque_turning = r.torque_moving = r.force_turning = r.force_moving = m3_zero();
  return r;
}
KERNEL rates rates_load(const real *p) {
  rates r;
  r.torque_turning = m3_load(p);
  r.torque_moving = m3_load(p + 9);
  r.force_turning = m3_load(p + 18);
  r.force_moving = m3_load(p + 27);
  return r;
}
KERNEL void rates_store(real *p, rates r) {
  m3_store(p, r.torque_turning);
  m3_store(p + 9, r.torque_moving);
  m3_store(p + 18, r.force_turning);
  m3_store(p + 27, r.force_moving);
}
KERNEL rates rates_add(rates a, rates b) {
  a.torque_turning = m3_add(a.torque_turning, b.torque_turning);
  a.torque_moving = m3_add(a.torque_moving, b.torque_moving);
  a.force_turning = m3_add(a.force_turning, b.force_turning);
  a.force_moving = m3_add(a.force_moving, b.force_moving);
  return a;
}
KERNEL rates rates_scale(rates a, real s) {
  a.torque_turning = m3_scale(a.torque_turning, s);
  a.torque_moving = m3_scale(a.torque_moving, s);
  a.force_turning = m3_scale(a.force_turning, s);
  a.force_moving = m3_scale(a.force_moving, s);
  return a;
}

/* Half the sum with the transpose. */
KERNEL rates rates_symmetric(rates a) {
  real half = splat((scalar)0.5);
  mat3 across = m3_scale(m3_add(a.torque_moving, m3_transpose(a.force_turning)), half);
  a.torque_turning = m3_scale(m3_add(a.torque_turning, m3_transpose(a.torque_turning)), half);
  a.force_moving = m3_scale(m3_add(a.force_moving, m3_transpose(a.force_moving)), half);
  a.torque_moving = across;
  a.force_turning = m3_transpose(across);
  return a;
}

KERNEL mat3 m3_turned(mat3 R, mat3 a) { return m3_multiply(R, m3_multiply(a, m3_transpose(R))); }

/* Rates in a frame of axes R, about its origin, in the world's axes and about a point from which that origin is `arm`
 * away. */
KERNEL rates rates_placed(rates a, mat3 R, vec3 arm) {
  mat3 r = m3_cross(arm);
  rates b;
  b.force_moving = m3_turned(R, a.force_moving);
  mat3 torque_moving = m3_turned(R, a.torque_moving);
  b.force_turning = m3_sub(m3_turned(R, a.force_turning), m3_multiply(b.force_moving, r));
  b.torque_moving = m3_add(torque_moving, m3_multiply(r, b.force_moving));
  b.torque_turning =
      m3_add(m3_sub(m3_turned(R, a.torque_turning), m3_multiply(torque_moving, r)), m3_multiply(r, b.force_turning));
  return b;
}

/* The rate of the force along the velocity v, and the covector with which a velocity gives the rate of v's power. */
KERNEL spatial rates_apply(rates a, spatial v) {
  return s6(v3_add(m3_apply(a.torque_turning, v.rotation), m3_apply(a.torque_moving, v.translation)),
            v3_add(m3_apply(a.force_turning, v.rotation), m3_apply(a.force_moving, v.translation)));
}
KERNEL spatial rates_apply_transposed(rates a, spatial v) {
  return s6(
      v3_add(m3_apply_transposed(a.torque_turning, v.rotation), m3_apply_transposed(a.force_turning, v.translation)),
      v3_add(m3_apply_transposed(a.torque_moving, v.rotation), m3_apply_transposed(a.force_moving, v.translation)));
}

#endif
