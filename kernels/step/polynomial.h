/* Stiffness that grows with the deflection x, k + p0 x + p1 x^2, and damping that grows with the speed, d + p0 |v| + p1 v^2,
 * of joints and tendons (MuJoCo, "XML reference: joint/stiffness and joint/damping"). x is signed for joints of one dof and
 * for tendons, and a distance or an angle for the rest. A model without coefficients takes the constants as they are. */
#ifndef MYR_POLYNOMIAL_H
#define MYR_POLYNOMIAL_H

#include "kernels/lane/algebra.h"
#include "kernels/step/world.h"

KERNEL int grows(const scalar *p) { return p[0] != 0 || p[1] != 0; }

/* constant + p0 x + p1 x^2 */
KERNEL real growing(real constant, real p0, real p1, real x) { return fmadd(fmadd(p1, x, p0), x, constant); }

/* Its product with x, differentiated by x. */
KERNEL real growing_slope(real constant, real p0, real p1, real x) {
  return fmadd(fmadd(splat(3) * p1, x, p0 + p0), x, constant);
}

/* ------------------------------------------------------------------------------------------------ joints */
KERNEL int joint_has_spring(const constants *m, int j) {
  return m->jnt_stiffness[j] != 0 || grows(m->jnt_stiffnesspoly + 2 * j);
}

KERNEL real spring_stiffness(const constants *m, const fields *f, int j, real way) {
  if (!grows(m->jnt_stiffnesspoly + 2 * j)) return f->jnt_stiffness[j];
  return growing(f->jnt_stiffness[j], f->jnt_stiffnesspoly[2 * j], f->jnt_stiffnesspoly[2 * j + 1], way);
}

/* The same for a way in three dimensions. */
KERNEL real turn_stiffness(const constants *m, const fields *f, int j, vec3 way) {
  if (!grows(m->jnt_stiffnesspoly + 2 * j)) return f->jnt_stiffness[j];
  return spring_stiffness(m, f, j, v3_length(way));
}

KERNEL real dof_damping(const constants *m, const fields *f, int dof) {
  if (!grows(m->dof_dampingpoly + 2 * dof)) return f->dof_damping[dof];
  return growing(f->dof_damping[dof], f->dof_dampingpoly[2 * dof], f->dof_dampingpoly[2 * dof + 1],
                 absolute(f->qvel[dof]));
}

/* How fast the damper's force grows with the velocity. */
KERNEL real damping_slope(const constants *m, const fields *f, int dof) {
  if (!grows(m->dof_dampingpoly + 2 * dof)) return f->dof_damping[dof];
  return growing_slope(f->dof_damping[dof], f->dof_dampingpoly[2 * dof], f->dof_dampingpoly[2 * dof + 1],
                       absolute(f->qvel[dof]));
}

/* ------------------------------------------------------------------------------------------------ tendons */
KERNEL int tendon_is_damped(const constants *m, int t) {
  return m->tendon_damping[t] != 0 || grows(m->tendon_dampingpoly + 2 * t);
}
KERNEL int tendon_is_passive(const constants *m, int t) {
  return m->tendon_stiffness[t] != 0 || grows(m->tendon_stiffnesspoly + 2 * t) || tendon_is_damped(m, t);
}

KERNEL real tendon_stiffness(const constants *m, int t, real way) {
  const scalar *p = m->tendon_stiffnesspoly + 2 * t;
  return grows(p) ? growing(splat(m->tendon_stiffness[t]), splat(p[0]), splat(p[1]), way)
                  : splat(m->tendon_stiffness[t]);
}

KERNEL real tendon_damping(const constants *m, int t, real rate) {
  const scalar *p = m->tendon_dampingpoly + 2 * t;
  if (!grows(p)) return splat(m->tendon_damping[t]);
  return growing(splat(m->tendon_damping[t]), splat(p[0]), splat(p[1]), absolute(rate));
}

KERNEL real tendon_damping_slope(const constants *m, int t, real rate) {
  const scalar *p = m->tendon_dampingpoly + 2 * t;
  if (!grows(p)) return splat(m->tendon_damping[t]);
  return growing_slope(splat(m->tendon_damping[t]), splat(p[0]), splat(p[1]), absolute(rate));
}

#endif
