/* The family of equalities: a force that pulls either way until two things agree. Those of bodies are in
 * constraint_equality_bodies.h. An equality of joints or tendons pulls until the first one's position is a polynomial of the
 * second's, or a constant where there is no second. Positions are measured from qpos0.
 *
 * An equality has up to two blocks: number 2 e, and for the rotation of a weld number 2 e + 1. */
#ifndef MYR_CONSTRAINT_EQUALITY_H
#define MYR_CONSTRAINT_EQUALITY_H

#include "kernels/step/constraint_equality_bodies.h"
#include "kernels/step/constraint_tree.h"

/* ------------------------------------------------------------------------------------------------ joints and tendons */
/* The position, from qpos0, of the joint or tendon on a side of an equality. */
KERNEL real tied_displacement(const constants *m, const fields *f, int e, int side) {
  if (m->equality_type[e] == MYR_EQUALITY_TENDON) {
    int t = side ? m->equality_tendon2[e] : m->equality_tendon1[e];
    return f->tendon_length[t] - splat(m->tendon_length0[t]);
  }
  int q = m->jnt_qpos_start[side ? m->equality_joint2[e] : m->equality_joint1[e]];
  return f->qpos[q] - splat(m->qpos0[q]);
}

KERNEL int has_second(const constants *m, int e) { return m->equality_joint2[e] >= 0 || m->equality_tendon2[e] >= 0; }

/* The derivative of that position by the thing's dof of a number; 0 if it has none: number -1. */
KERNEL real tied_derivative(const constants *m, const fields *f, int e, int side, int number) {
  if (number < 0) return zero();
  if (m->equality_type[e] == MYR_EQUALITY_JOINT) return splat(1);
  return tendon_derivative(m, f, side ? m->equality_tendon2[e] : m->equality_tendon1[e], number);
}

KERNEL real tied_invweight(const constants *m, const fields *f, int e, int side) {
  if (m->equality_type[e] == MYR_EQUALITY_TENDON)
    return f->tendon_invweight0[side ? m->equality_tendon2[e] : m->equality_tendon1[e]];
  return f->dof_invweight0[m->jnt_dof_start[side ? m->equality_joint2[e] : m->equality_joint1[e]]];
}

/* The violation of such an equality, and its derivative by the second position. */
typedef struct polynomial_tie {
  real violation, slope;
} polynomial_tie;

KERNEL polynomial_tie measure_polynomial(const constants *m, const fields *f, int e) {
  const scalar *p = m->equality_polynomial + 5 * e;
  real y = has_second(m, e) ? tied_displacement(m, f, e, 1) : zero();
  real value = splat(p[4]), slope = splat(4 * p[4]);
  for (int k = 3; k >= 0; k--) value = fmadd(value, y, splat(p[k]));
  for (int k = 3; k >= 1; k--) slope = fmadd(slope, y, splat((scalar)k * p[k]));
  polynomial_tie found;
  found.violation = tied_displacement(m, f, e, 0) - value;
  found.slope = -slope;
  return found;
}

KERNEL void polynomial_jacobian(const constants *m, fields *f, const block *b, int e) {
  real slope = measure_polynomial(m, f, e).slope;
  const int32_t *number = m->equality_chain_number + 2 * m->equality_chain_start[e];
  EACH(j, b->dof_count)
  f->jacobian[b->jacobian + j] =
      fmadd(tied_derivative(m, f, e, 1, number[2 * j + 1]), slope, tied_derivative(m, f, e, 0, number[2 * j]));
}

KERNEL void finish_polynomial(const constants *m, fields *f, int index, int e) {
  real weight = tied_invweight(m, f, e, 0), violation = measure_polynomial(m, f, e).violation;
  if (has_second(m, e)) weight = weight + tied_invweight(m, f, e, 1);
  f->block_friction[5 * index] = violation;
  finish_block(m, f, index, mask_splat(1), violation, weight, m->equality_solref + 2 * e, m->equality_solimp + 5 * e,
               splat(1));
}

/* ------------------------------------------------------------------------------------------------ the family */
KERNEL int ties_bodies(const constants *m, int e) { return m->equality_type[e] <= MYR_EQUALITY_WELD; }

/* Where no dof moves the two against each other, MuJoCo has no row either. */
KERNEL candidate equality_candidate(const constants *m, int id) {
  candidate c = no_candidate(MYR_ROW_EQUALITY, id);
  int e = id / 2, turns = id % 2;
  if (e >= m->neq || !m->equality_active[e] || (turns && m->equality_type[e] != MYR_EQUALITY_WELD)) return c;
  c.dofs = m->equality_chain_dof + m->equality_chain_start[e];
  c.dof_count = m->equality_chain_start[e + 1] - m->equality_chain_start[e];
  if (c.dof_count == 0) return c;
  c.wanted = 1;
  c.active = mask_splat(1);
  if (ties_bodies(m, e)) c.dimension = 3;
  return c;
}

STAGE tally list_equality_blocks(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(id, 2 * m->neq) append_block(f, &so_far, equality_candidate(m, id));
  return so_far;
}

STAGE void finish_equality_blocks(const constants *m, fields *f, int first, int end) {
  for (int i = first; i < end; i++) {
    const block *b = f->lists->blocks + i;
    if (ties_bodies(m, b->id / 2))
      body_tie_jacobian(m, f, b);
    else
      polynomial_jacobian(m, f, b, b->id / 2);
  }
  SYNC();
  EACH(i, end - first) {
    int id = f->lists->blocks[first + i].id;
    if (ties_bodies(m, id / 2))
      finish_body_tie(m, f, first + i);
    else
      finish_polynomial(m, f, first + i, id / 2);
  }
}

enum { FLAT_PIECES_two_sided = 0 };
KERNEL void respond_two_sided(const constants *m, const fields *f, int index, int dimension, const real *residual,
                              response *out) {
  (void)m;
  real D = f->block_d[index];
  for (int e = 0; e < weights_of(dimension); e++) out->weight[e] = zero();
  for (int k = 0; k < dimension; k++) {
    out->force[k] = -(D * residual[k]);
    out->weight[triangle(k, k)] = D;
  }
}

#endif
