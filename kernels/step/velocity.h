/* Velocities, the bias force by the recursive Newton-Euler algorithm (Featherstone 2008, section 5.3), and the passive
 * forces: springs and dampers, whose stiffness and damping may be polynomials, and those of files of their own. */
#ifndef MYR_VELOCITY_H
#define MYR_VELOCITY_H

#include "kernels/step/fluid.h"
#include "kernels/step/gravity_compensation.h"
#include "kernels/step/polynomial.h"

/* Writes the rates of `count` axes that move along with velocity v; returns v plus the axes' own motion. */
KERNEL spatial add_axes(fields *f, int dof, int count, spatial v) {
  spatial sum = v;
  for (int k = dof; k < dof + count; k++) {
    spatial axis = s6_load(f->cdof + 6 * k);
    s6_store(f->cdof_dot + 6 * k, s6_cross_motion(v, axis));
    sum = s6_madd(axis, f->qvel[k], sum);
  }
  return sum;
}

KERNEL void body_velocity(const constants *m, fields *f, int b) {
  spatial v = s6_load(f->cvel + 6 * m->body_parent[b]);
  for (int k = 0; k < m->body_jnt_count[b]; k++) {
    int j = m->body_jnt_start[b] + k, dof = m->jnt_dof_start[j];
    if (m->jnt_type[j] == MYR_JOINT_FREE) {
      for (int e = dof; e < dof + 3; e++) { /* the translation axes are fixed in the world */
        s6_store(f->cdof_dot + 6 * e, s6_zero());
        v = s6_madd(s6_load(f->cdof + 6 * e), f->qvel[e], v);
      }
      v = add_axes(f, dof + 3, 3, v);
    } else {
      v = add_axes(f, dof, m->jnt_type[j] == MYR_JOINT_BALL ? 3 : 1, v);
    }
  }
  s6_store(f->cvel + 6 * b, v);
}

/* The acceleration with qacc = 0, and the force that it needs. Gravity is an upward acceleration of the world. */
KERNEL void body_bias(const constants *m, fields *f, int b) {
  spatial acceleration = s6_load(f->cacc + 6 * m->body_parent[b]);
  for (int k = 0; k < m->body_dof_count[b]; k++) {
    int dof = m->body_dof_start[b] + k;
    acceleration = s6_madd(s6_load(f->cdof_dot + 6 * dof), f->qvel[dof], acceleration);
  }
  spatial v = s6_load(f->cvel + 6 * b);
  const real *I = f->cinert + 10 * b;
  s6_store(f->cacc + 6 * b, acceleration);
  s6_store(f->cfrc + 6 * b, s6_add(s6_momentum(I, acceleration), s6_cross_force(v, s6_momentum(I, v))));
}

STAGE void bias_force(const constants *m, fields *f) {
  if (LANE_OWNS_ITEM_0()) {
    s6_store(f->cvel, s6_zero());
    vec3 gravity = v3_load(f->gravity);
    s6_store(f->cacc, s6(v3_zero(), v3_negate(gravity)));
  }
  SYNC();
  for (int level = 1; level < m->nlevel; level++) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      body_velocity(m, f, m->level_body[start + i]);
      body_bias(m, f, m->level_body[start + i]);
    }
    SYNC();
  }
  sum_to_root(m, f->cfrc);
  EACH(i, m->nv) f->qfrc_bias[i] = s6_dot(s6_load(f->cdof + 6 * i), s6_load(f->cfrc + 6 * m->dof_body[i]));
}

/* The rotation vector (rad) that takes orientation b to orientation a, in b's axes. */
STAGE vec3 quaternion_difference(quat a, quat b) {
  quat d = q4_multiply(q4_conjugate(b), a);
  vec3 axis = v3(d.x, d.y, d.z);
  real s = v3_length(axis);
  real angle = lane_atan2(s, d.w);
  angle = angle + angle;
  real pi = splat((scalar)3.14159265358979323846);
  angle = choose(gt(angle, pi), angle - (pi + pi), angle);
  mask still = lt(s, splat((scalar)1e-15));
  return v3_choose(still, v3_zero(), v3_scale(axis, angle / choose(still, splat(1), s)));
}

KERNEL void joint_spring(const constants *m, fields *f, int j) {
  const real *q = f->qpos + m->jnt_qpos_start[j];
  const scalar *rest = m->qpos_spring + m->jnt_qpos_start[j];
  real *force = f->qfrc_passive + m->jnt_dof_start[j];
  int type = m->jnt_type[j];
  if (type == MYR_JOINT_HINGE || type == MYR_JOINT_SLIDE) {
    real way = q[0] - splat(rest[0]);
    force[0] = fnmadd(spring_stiffness(m, f, j, way), way, force[0]);
    return;
  }
  if (type == MYR_JOINT_FREE) {
    vec3 way = v3_sub(v3_load(q), v3_splat(rest));
    v3_store(force, v3_madd(way, -turn_stiffness(m, f, j, way), v3_load(force)));
    q += 3, rest += 3, force += 3;
  }
  vec3 turn = quaternion_difference(q4_normalize(q4_load(q)), q4_splat(rest));
  v3_store(force, v3_sub(v3_load(force), v3_scale(turn, turn_stiffness(m, f, j, turn))));
}

/* The force along a tendon. */
KERNEL real tendon_passive(const constants *m, const fields *f, int t) {
  real force = zero(), length = f->tendon_length[t];
  if (!(m->options.disable & MYR_DISABLE_SPRING)) {
    real below = splat(m->tendon_lengthspring[2 * t]) - length;
    real above = splat(m->tendon_lengthspring[2 * t + 1]) - length;
    real stretch = choose(gt(below, zero()), below, choose(lt(above, zero()), above, zero()));
    force = tendon_stiffness(m, t, -stretch) * stretch;
  }
  if (!(m->options.disable & MYR_DISABLE_DAMPER))
    force = fnmadd(tendon_damping(m, t, f->tendon_velocity[t]), f->tendon_velocity[t], force);
  return force;
}

KERNEL real tendon_rate(const constants *m, const fields *f, int t) {
  real rate = zero();
  for (int e = m->tendon_moment_start[t]; e < m->tendon_moment_start[t + 1]; e++)
    rate = fmadd(f->tendon_moment[e], f->qvel[m->moment_dof[e]], rate);
  return rate;
}

/* Adds the forces of dampers and tendons to those of the joint springs. */
KERNEL real add_passive(const constants *m, const fields *f, int dof, real force) {
  if (!(m->options.disable & MYR_DISABLE_DAMPER)) force = fnmadd(dof_damping(m, f, dof), f->qvel[dof], force);
  for (int k = m->dof_moment_start[dof]; k < m->dof_moment_start[dof + 1]; k++) {
    int e = m->dof_moment[k], t = m->moment_tendon[e];
    if (tendon_is_passive(m, t)) force = fmadd(f->tendon_moment[e], f->tendon_force[t], force);
  }
  return force;
}

STAGE void passive_force(const constants *m, fields *f) {
  EACH(i, m->nv) f->qfrc_passive[i] = zero();
  EACH(t, m->ntendon) {
    f->tendon_velocity[t] = tendon_rate(m, f, t);
    f->tendon_force[t] = tendon_passive(m, f, t);
  }
  SYNC();
  if (!(m->options.disable & MYR_DISABLE_SPRING)) {
    EACH(j, m->njnt) if (joint_has_spring(m, j)) joint_spring(m, f, j);
    SYNC();
  }
  EACH(i, m->nv) f->qfrc_passive[i] = add_passive(m, f, i, f->qfrc_passive[i]);
  add_fluid_force(m, f);
  add_gravity_compensation(m, f);
}

STAGE void velocity(const constants *m, fields *f) {
  bias_force(m, f);
  passive_force(m, f);
}

#endif
