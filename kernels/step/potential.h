/* Potential energy of gravity and of springs, whose stiffness may grow with their deflection (polynomial.h). */
#ifndef MYR_POTENTIAL_H
#define MYR_POTENTIAL_H

#include "kernels/step/velocity.h"

/* The share of the coefficients of growth in the energy of a deflection x: p0 x^3 / 3 + p1 x^4 / 4. */
KERNEL real growth_energy(real p0, real p1, real x) {
  real third = p0 * splat((scalar)(1.0 / 3)), quarter = p1 * splat((scalar)0.25);
  return fmadd(quarter, x, third) * (x * x * x);
}

KERNEL real spring_growth_energy(const fields *f, int j, real way) {
  return growth_energy(f->jnt_stiffnesspoly[2 * j], f->jnt_stiffnesspoly[2 * j + 1], way);
}

/* Adds the energy of a joint's spring. */
KERNEL real add_spring_energy(const constants *m, const fields *f, int j, real sum) {
  const real *q = f->qpos + m->jnt_qpos_start[j];
  const scalar *rest = m->qpos_spring + m->jnt_qpos_start[j];
  real squared = zero(), growth = zero();
  int type = m->jnt_type[j], has_growth = grows(m->jnt_stiffnesspoly + 2 * j);
  if (type == MYR_JOINT_HINGE || type == MYR_JOINT_SLIDE) {
    real way = q[0] - splat(rest[0]);
    squared = way * way;
    if (has_growth) growth = spring_growth_energy(f, j, way);
  } else {
    if (type == MYR_JOINT_FREE) {
      for (int k = 0; k < 3; k++) squared = fmadd(q[k] - splat(rest[k]), q[k] - splat(rest[k]), squared);
      if (has_growth) growth = spring_growth_energy(f, j, square_root(squared));
      q += 3, rest += 3;
    }
    vec3 turn = quaternion_difference(q4_normalize(q4_load(q)), q4_splat(rest));
    squared = squared + v3_dot(turn, turn);
    if (has_growth) growth = growth + spring_growth_energy(f, j, v3_length(turn));
  }
  sum = fmadd(splat((scalar)0.5) * f->jnt_stiffness[j], squared, sum);
  return has_growth ? sum + growth : sum;
}

/* Adds the energy of a tendon's spring. */
KERNEL real add_tendon_energy(const constants *m, const fields *f, int t, real sum) {
  real below = maximum(splat(m->tendon_lengthspring[2 * t]) - f->tendon_length[t], zero());
  real above = maximum(f->tendon_length[t] - splat(m->tendon_lengthspring[2 * t + 1]), zero());
  sum = fmadd(splat(m->tendon_stiffness[t] * (scalar)0.5), fmadd(below, below, above * above), sum);
  const scalar *p = m->tendon_stiffnesspoly + 2 * t;
  return grows(p) ? sum + growth_energy(splat(p[0]), splat(p[1]), above - below) : sum;
}

KERNEL real potential_energy(const constants *m, const fields *f) {
  real sum = zero();
  vec3 gravity = v3_load(f->gravity);
  for (int b = 1; b < m->nbody; b++)
    sum = fnmadd(f->body_mass[b], v3_dot(gravity, in_world(v3_load(f->xipos + 3 * b), body_origin(m, f, b))), sum);
  if (m->options.disable & MYR_DISABLE_SPRING) return sum;
  for (int j = 0; j < m->njnt; j++)
    if (joint_has_spring(m, j)) sum = add_spring_energy(m, f, j, sum);
  for (int t = 0; t < m->ntendon; t++) sum = add_tendon_energy(m, f, t, sum);
  return sum;
}

#endif
