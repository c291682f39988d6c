/* The family of equalities between joints: a force that pulls either way until the first joint's position is a
 * polynomial of the second's, or a constant where there is no second. Positions are measured from qpos0. */
#ifndef MYR_CONSTRAINT_EQUALITY_H
#define MYR_CONSTRAINT_EQUALITY_H

#include "kernels/step/constraint_tree.h"

/* A joint's position from qpos0. */
KERNEL real joint_displacement(const constants *m, const fields *f, int j) {
  int q = m->jnt_qpos_start[j];
  return f->qpos[q] - splat(m->qpos0[q]);
}

/* The violation of an equality, and its derivative by the second joint's position. */
typedef struct equality {
  real violation, slope;
} equality;

KERNEL equality measure_equality(const constants *m, const fields *f, int e) {
  const scalar *p = m->equality_polynomial + 5 * e;
  int second = m->equality_joint2[e];
  real y = second < 0 ? zero() : joint_displacement(m, f, second);
  real value = splat(p[4]), slope = splat(4 * p[4]);
  for (int k = 3; k >= 0; k--) value = fmadd(value, y, splat(p[k]));
  for (int k = 3; k >= 1; k--) slope = fmadd(slope, y, splat((scalar)k * p[k]));
  equality found;
  found.violation = joint_displacement(m, f, m->equality_joint1[e]) - value;
  found.slope = -slope;
  return found;
}

STAGE tally list_equality_blocks(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(e, m->neq) {
    candidate c = no_candidate(MYR_ROW_EQUALITY, e);
    if (e < m->neq && m->equality_active[e]) {
      c.wanted = 1;
      c.active = mask_splat(1);
      c.dofs = m->equality_dof + 2 * e;
      c.dof_count = m->equality_joint2[e] < 0 ? 1 : 2;
    }
    int index = append_block(f, &so_far, c);
    if (!c.wanted) continue;
    equality found = measure_equality(m, f, e);
    int dof = m->jnt_dof_start[m->equality_joint1[e]];
    real *J = f->jacobian + f->lists->blocks[index].jacobian;
    real weight = f->dof_invweight0[dof];
    for (int k = 0; k < c.dof_count; k++) {
      J[k] = c.dofs[k] == dof ? splat(1) : found.slope;
      if (c.dofs[k] != dof) weight = weight + f->dof_invweight0[c.dofs[k]];
    }
    finish_block(m, f, index, c.active, found.violation, weight, m->equality_solref + 2 * e, m->equality_solimp + 5 * e,
                 splat(1));
  }
  return so_far;
}

KERNEL void finish_equality_blocks(const constants *m, fields *f, int first, int end) {
  (void)m, (void)f, (void)first, (void)end; /* list_equality_blocks has finished them */
}

enum { FLAT_PIECES_two_sided = 0 };
KERNEL void respond_two_sided(const constants *m, const fields *f, int index, int dimension, const real *residual,
                              response *out) {
  (void)m, (void)dimension;
  real D = f->block_d[index];
  out->force[0] = -(D * residual[0]);
  out->weight[0] = D;
}

#endif
