/* The dofs and Jacobians of joints and tendons, for the families of equality, dry friction and limits. */
#ifndef MYR_CONSTRAINT_TREE_H
#define MYR_CONSTRAINT_TREE_H

#include "kernels/step/block.h"

/* Points to the entry of chain_dof that holds the joint's first dof. */
KERNEL const int32_t *joint_dofs(const constants *m, int j) {
  int b = m->jnt_body[j], last = m->body_dof_start[b] + m->body_dof_count[b] - 1;
  return m->chain_dof + m->chain_start[b + 1] - 1 - (last - m->jnt_dof_start[j]);
}

KERNEL void tendon_jacobian(const constants *m, fields *f, const block *b, int t, real scale) {
  for (int k = 0; k < m->tendon_wrap_count[t]; k++)
    f->jacobian[b->jacobian + k] = splat(m->wrap_coef[m->tendon_wrap_start[t] + k]) * scale;
}

KERNEL candidate tendon_candidate(const constants *m, int t, int type, mask active) {
  candidate c = no_candidate(type, t);
  c.wanted = any_lane(active);
  if (!c.wanted) return c;
  c.active = active;
  c.dof_count = m->tendon_wrap_count[t];
  c.dofs = m->wrap_dof + m->tendon_wrap_start[t];
  return c;
}

#endif
