/* The dofs and Jacobians of joints and tendons, for the families of equality, dry friction and limits. */
#ifndef MYR_CONSTRAINT_TREE_H
#define MYR_CONSTRAINT_TREE_H

#include "kernels/step/block.h"

/* Points to the entry of chain_dof that holds the joint's first dof. */
KERNEL const int32_t *joint_dofs(const constants *m, int j) {
  int b = m->jnt_body[j], last = m->body_dof_start[b] + m->body_dof_count[b] - 1;
  return m->chain_dof + m->chain_start[b + 1] - 1 - (last - m->jnt_dof_start[j]);
}

/* Whether some dof can change the tendon's length. */
KERNEL int has_moments(const constants *m, int t) { return m->tendon_moment_start[t] < m->tendon_moment_start[t + 1]; }

/* The derivative of a tendon's length by its dof of a number. */
KERNEL real tendon_derivative(const constants *m, const fields *f, int t, int number) {
  return f->tendon_moment[m->tendon_moment_start[t] + number];
}

KERNEL void tendon_jacobian(const constants *m, fields *f, const block *b, int t, real scale) {
  const real *moment = f->tendon_moment + m->tendon_moment_start[t];
  for (int k = 0; k < b->dof_count; k++) f->jacobian[b->jacobian + k] = moment[k] * scale;
}

KERNEL candidate tendon_candidate(const constants *m, int t, int type, mask active) {
  candidate c = no_candidate(type, t);
  c.wanted = any_lane(active);
  if (!c.wanted) return c;
  c.active = active;
  c.dof_count = m->tendon_moment_start[t + 1] - m->tendon_moment_start[t];
  c.dofs = m->moment_dof + m->tendon_moment_start[t];
  return c;
}

#endif
