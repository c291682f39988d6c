/* Accelerations of bodies and the forces between them, once the joints' accelerations are known: the recursive
 * Newton-Euler algorithm (R. Featherstone, "Rigid Body Dynamics Algorithms", 2008, chapter 5) with external forces. */
#ifndef MYR_SENSE_FORCE_H
#define MYR_SENSE_FORCE_H

#include "kernels/step/constraint.h"
#include "kernels/step/origin.h"
#include "kernels/step/velocity.h"

/* The wrench of a contact on the pair's second geom about the centre of mass of a tree, world axes. */
KERNEL spatial contact_wrench(const constants *m, const fields *f, int index, int root) {
  const block *b = f->lists->blocks + index;
  const real *force = f->block_force + 6 * index;
  mat3 frame = m3_load(f->slot_frame + 9 * b->id);
  vec3 arm = v3_sub(v3_load(f->slot_position + 3 * b->id), v3_load(f->subtree_com + 3 * root));
  if (f->lists->far) arm = v3_shifted(arm, v3_sub(contact_origin(m, f, b->pair), v3_load(f->origin + 3 * root)));
  vec3 along = v3_scale(frame.row0, force[0]), about = v3_zero();
  if (b->dimension > 1) along = v3_madd(frame.row2, force[2], v3_madd(frame.row1, force[1], along));
  if (b->dimension > 3) about = v3_scale(frame.row0, force[3]);
  if (b->dimension > 4) about = v3_madd(frame.row2, force[5], v3_madd(frame.row1, force[4], about));
  return s6(v3_add(about, v3_cross(arm, along)), along);
}

/* The force of the tendon's limits and dry friction: a block's Jacobian is the tendon's, or its opposite. Those of
 * equalities of tendons are not in it. */
KERNEL real constrained_tension(const constants *m, const fields *f, int t) {
  const real *moment = f->tendon_moment + m->tendon_moment_start[t];
  real sum = zero();
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    if ((b->type != MYR_ROW_LIMIT_TENDON && b->type != MYR_ROW_FRICTION_TENDON) || b->id != t) continue;
    real along = zero(), force = f->block_force[6 * i];
    for (int k = 0; k < b->dof_count; k++) along = fmadd(f->jacobian[b->jacobian + k], moment[k], along);
    sum = sum + choose(lt(along, zero()), -force, choose(gt(along, zero()), force, zero()));
  }
  return sum;
}

KERNEL real tension(const constants *m, const fields *f, int t) {
  real sum = f->tendon_force[t] + constrained_tension(m, f, t);
  for (int i = 0; i < m->nu; i++)
    if (m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON && m->actuator_target[i] == t)
      sum = fmadd(splat(m->actuator_gear[i]), f->actuator_force[i], sum);
  return sum;
}

/* The force and torque of a tendon's leg on the body at its start (side 0) or its end (side 1). */
KERNEL spatial leg_wrench(const constants *m, const fields *f, int leg, int side, int root) {
  vec3 arm = v3_sub(v3_load(f->leg_ends + 6 * leg + 3 * side), v3_load(f->subtree_com + 3 * root));
  vec3 direction = v3_load(f->leg_direction + 3 * leg);
  vec3 force =
      v3_scale(direction, side ? f->tendon_tension[m->leg_tendon[leg]] : -f->tendon_tension[m->leg_tendon[leg]]);
  return s6(v3_cross(arm, force), force);
}

/* The sum of the forces and torques of connects and welds on a body, about its tree's centre of mass. */
KERNEL spatial tied_wrench(const constants *m, const fields *f, int body) {
  spatial sum = s6_zero();
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    if (b->type != MYR_ROW_EQUALITY || !ties_bodies(m, b->id / 2)) continue;
    if (m->equality_body1[b->id / 2] == body) sum = s6_add(sum, tie_wrench(m, f, i, 0));
    if (m->equality_body2[b->id / 2] == body) sum = s6_add(sum, tie_wrench(m, f, i, 1));
  }
  return sum;
}

/* The sum of the forces and torques of contacts, equalities, spatial tendons and the user on a body, about its tree's
 * centre of mass. */
KERNEL spatial external_wrench(const constants *m, const fields *f, int body) {
  int root = m->body_root[body];
  const real *applied = f->xfrc_applied + 6 * body;
  spatial sum = force_at(m, f, body, v3_load(f->xipos + 3 * body), v3_load(applied), v3_load(applied + 3));
  for (int i = 0; i < f->lists->block_count; i++) {
    int pair = f->lists->blocks[i].pair;
    if (pair < 0) continue;
    int one = m->geom_body[m->pair_geom1[pair]] == body, two = m->geom_body[m->pair_geom2[pair]] == body;
    if (one != two) sum = s6_madd(contact_wrench(m, f, i, root), splat(two ? 1 : -1), sum);
  }
  if (m->neq) sum = s6_add(sum, tied_wrench(m, f, body));
  for (int leg = 0; leg < m->nleg; leg++) {
    int one = m->leg_body[2 * leg] == body, two = m->leg_body[2 * leg + 1] == body;
    if (one != two) sum = s6_add(sum, leg_wrench(m, f, leg, two, root));
  }
  return sum;
}

/* body_acceleration and body_wrench of all bodies, whose velocities are known. */
STAGE void body_accelerations(const constants *m, fields *f) {
  if (m->nsensed == 0) return;
  EACH(t, m->ntendon)
  if (m->tendon_leg_start[t] < m->tendon_leg_start[t + 1]) f->tendon_tension[t] = tension(m, f, t);
  if (LANE_OWNS_ITEM_0()) {
    s6_store(f->body_acceleration, s6(v3_zero(), v3_negate(v3_load(f->gravity))));
    s6_store(f->body_wrench, s6_zero());
  }
  SYNC();
  for (int level = 1; level < m->nlevel; level++) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      int b = m->level_body[start + i];
      spatial a = s6_load(f->body_acceleration + 6 * m->body_parent[b]);
      for (int k = 0; k < m->body_dof_count[b]; k++) {
        int dof = m->body_dof_start[b] + k;
        a = s6_madd(s6_load(f->cdof_dot + 6 * dof), f->qvel[dof], a);
        a = s6_madd(s6_load(f->cdof + 6 * dof), f->qacc[dof], a);
      }
      s6_store(f->body_acceleration + 6 * b, a);
      const real *I = f->cinert + 10 * b;
      spatial v = s6_load(f->cvel + 6 * b), outside = external_wrench(m, f, b);
      spatial all = s6_add(s6_momentum(I, a), s6_cross_force(v, s6_momentum(I, v)));
      s6_store(f->body_wrench + 6 * b, s6_madd(outside, splat(-1), all));
    }
    SYNC();
  }
  sum_to_root(m, f->body_wrench);
}

#endif
