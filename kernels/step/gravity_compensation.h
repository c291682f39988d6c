/* Gravity compensation: a force at a body's centre of mass carries a share of its weight (MuJoCo's gravcomp). Where a
 * joint's actuators bring it up (actuatorgravcomp), it joins their forces, and is limited with them. */
#ifndef MYR_GRAVITY_COMPENSATION_H
#define MYR_GRAVITY_COMPENSATION_H

#include "kernels/step/kinematics.h"

/* Adds every child's spatial vector to its parent's, leaves first. */
KERNEL void sum_to_root(const constants *m, real *vectors) {
  for (int level = m->nlevel - 2; level >= 1; level--) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      int b = m->level_body[start + i];
      spatial sum = s6_load(vectors + 6 * b);
      for (int k = m->child_start[b]; k < m->child_start[b + 1]; k++)
        sum = s6_add(sum, s6_load(vectors + 6 * m->child_body[k]));
      s6_store(vectors + 6 * b, sum);
    }
    SYNC();
  }
}

/* The spatial force on body b, about its tree's centre of mass, of a force and a torque at a point. */
KERNEL spatial force_at(const constants *m, const fields *f, int b, vec3 point, vec3 force, vec3 torque) {
  vec3 arm = v3_sub(point, v3_load(f->subtree_com + 3 * m->body_root[b]));
  return s6(v3_add(torque, v3_cross(arm, force)), force);
}

/* The force on a dof of the forces on the bodies that it moves, which sum_to_root() has summed. */
KERNEL real force_on_dof(const constants *m, const fields *f, const real *forces, int dof) {
  return s6_dot(s6_load(f->cdof + 6 * dof), s6_load(forces + 6 * m->dof_body[dof]));
}

/* MuJoCo computes no passive force at all where springs and dampers both are switched off. */
KERNEL int passive_is_off(const constants *m) {
  return (m->options.disable & MYR_DISABLE_SPRING) && (m->options.disable & MYR_DISABLE_DAMPER);
}

/* 1 where a body of some lane has gravity compensation. */
KERNEL int has_gravity_compensation(const constants *m, const fields *f) {
  if (passive_is_off(m)) return 0;
  mask used = mask_splat(0);
  EACH(b, m->nbody - 1) used = used | mask_not(eq(f->body_gravcomp[1 + b], zero()));
  return any_lane(in_any_item(used));
}

/* Writes qfrc_gravcomp, and adds it to qfrc_passive where no actuator brings it up. The whole tile skips it if nobody
 * asks for it. */
KERNEL void add_gravity_compensation(const constants *m, fields *f) {
  if (!has_gravity_compensation(m, f)) return;
  vec3 gravity = v3_load(f->gravity);
  EACH(b, m->nbody) {
    vec3 force = v3_scale(gravity, -(f->body_mass[b] * f->body_gravcomp[b]));
    s6_store(f->body_force + 6 * b, force_at(m, f, b, v3_load(f->xipos + 3 * b), force, v3_zero()));
  }
  SYNC();
  sum_to_root(m, f->body_force);
  EACH(i, m->nv) {
    f->qfrc_gravcomp[i] = force_on_dof(m, f, f->body_force, i);
    if (!m->jnt_actgravcomp[m->dof_jnt[i]]) f->qfrc_passive[i] = f->qfrc_passive[i] + f->qfrc_gravcomp[i];
  }
}

#endif
