/* Gravity compensation: a force at a body's centre of mass carries a share of its weight (MuJoCo's gravcomp). Where a
 * joint's actuators bring it up (actuatorgravcomp), it joins their forces, and is limited with them. */
#ifndef MYR_GRAVITY_COMPENSATION_H
#define MYR_GRAVITY_COMPENSATION_H

#include "kernels/step/tree_force.h"

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
