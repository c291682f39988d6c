/* The family of limits, of joints and of tendons: a force that only pushes back into the range. */
#ifndef MYR_CONSTRAINT_LIMIT_H
#define MYR_CONSTRAINT_LIMIT_H

#include "kernels/step/constraint_tree.h"

/* The distance of a coordinate from a limit, and the lanes in which it is within the margin. */
typedef struct limit {
  mask active;
  real distance;
  vec3 axis; /* of a ball joint's rotation */
} limit;

KERNEL limit no_limit(void) {
  limit l;
  l.active = mask_splat(0);
  l.distance = zero();
  l.axis = v3_zero();
  return l;
}

KERNEL limit limit_at(real distance, scalar margin) {
  limit l = no_limit();
  l.distance = distance;
  l.active = lt(distance, splat(margin));
  return l;
}

KERNEL limit ball_limit(const constants *m, const fields *f, int j) {
  quat q = q4_normalize(q4_load(f->qpos + m->jnt_qpos_start[j]));
  vec3 turn = quaternion_difference(q, q4(splat(1), zero(), zero(), zero()));
  scalar largest = larger(m->jnt_range[2 * j], m->jnt_range[2 * j + 1]);
  limit l = limit_at(splat(largest) - v3_length(turn), m->jnt_margin[j]);
  l.axis = v3_normalize(turn);
  return l;
}

/* The lower side (upper 0) or the upper side of a joint's range. A ball joint's single limit is the lower side. */
KERNEL limit joint_limit(const constants *m, const fields *f, int j, int upper) {
  if (!m->jnt_limited[j]) return no_limit();
  if (m->jnt_type[j] == MYR_JOINT_BALL) return upper ? no_limit() : ball_limit(m, f, j);
  real q = f->qpos[m->jnt_qpos_start[j]];
  return limit_at(splat(upper ? 1 : -1) * (splat(m->jnt_range[2 * j + upper]) - q), m->jnt_margin[j]);
}

STAGE tally joint_limits(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(side, 2 * m->njnt) {
    int j = side / 2, upper = side % 2;
    limit l = no_limit();
    if (j < m->njnt) l = joint_limit(m, f, j, upper);
    candidate c = no_candidate(MYR_ROW_LIMIT_JOINT, j);
    if (any_lane(l.active)) {
      c.wanted = 1;
      c.active = l.active;
      c.dofs = joint_dofs(m, j);
      if (m->jnt_type[j] == MYR_JOINT_BALL)
        c.dof_count = 3;
      else
        c.place = OWN_PLACES * m->jnt_dof_start[j] + 1 + upper;
    }
    int index = append_block(f, &so_far, c);
    if (!c.wanted) continue;
    int dof = m->jnt_dof_start[j];
    real *J = f->jacobian + f->lists->blocks[index].jacobian;
    if (c.dof_count == 1)
      J[0] = choose(l.active, splat(upper ? -1 : 1), zero());
    else
      v3_store(J, v3_choose(l.active, v3_negate(l.axis), v3_zero()));
    finish_block(m, f, index, l.active, l.distance - splat(m->jnt_margin[j]), f->dof_invweight0[dof],
                 m->jnt_solref + 2 * j, m->jnt_solimp + 5 * j, splat(1));
  }
  return so_far;
}

STAGE tally tendon_limits(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(side, 2 * m->ntendon) {
    int t = side / 2, upper = side % 2;
    limit l = no_limit();
    if (t < m->ntendon && m->tendon_limited[t] && has_moments(m, t)) {
      real room = splat(m->tendon_range[2 * t + upper]) - f->tendon_length[t];
      l = limit_at(splat(upper ? 1 : -1) * room, m->tendon_margin[t]);
    }
    int index = append_block(f, &so_far, tendon_candidate(m, t, MYR_ROW_LIMIT_TENDON, l.active));
    if (!any_lane(l.active)) continue;
    tendon_jacobian(m, f, f->lists->blocks + index, t, choose(l.active, splat(upper ? -1 : 1), zero()));
    finish_block(m, f, index, l.active, l.distance - splat(m->tendon_margin[t]), f->tendon_invweight0[t],
                 m->tendon_solref_limit + 2 * t, m->tendon_solimp_limit + 5 * t, splat(1));
  }
  return so_far;
}

KERNEL tally list_limit_blocks(const constants *m, fields *f, tally so_far) {
  return tendon_limits(m, f, joint_limits(m, f, so_far));
}

KERNEL void finish_limit_blocks(const constants *m, fields *f, int first, int end) {
  (void)m, (void)f, (void)first, (void)end; /* list_limit_blocks has finished them */
}

enum { FLAT_PIECES_one_sided = 1 };
KERNEL void respond_one_sided(const constants *m, const fields *f, int index, int dimension, const real *residual,
                              response *out) {
  (void)m, (void)dimension;
  real D = f->block_d[index];
  mask pushes = lt(residual[0], zero());
  out->force[0] = choose(pushes, -(D * residual[0]), zero());
  out->weight[0] = choose(pushes, D, zero());
}

#endif
