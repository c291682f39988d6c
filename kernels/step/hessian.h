/* The Hessian of the solver's cost: the mass matrix and J' W J of the blocks that push. */
#ifndef MYR_HESSIAN_H
#define MYR_HESSIAN_H

#include "kernels/step/coupling.h"
#include "kernels/step/path.h"

/* The sum over the blocks that act only on this dof. */
KERNEL real sum_of_places(const real *own, int dof) {
  return (own[OWN_PLACES * dof] + own[OWN_PLACES * dof + 1]) + own[OWN_PLACES * dof + 2];
}

/* hessian += J' W J of one block. Callers pass constants for dimension and pyramidal, so that the loops unroll. Two
 * attempts did not pay: one flat loop over the triangle, to avoid mispredicted row ends (1.5 times as long), and two
 * rows at a time, to share the loads of J (no difference). */
KERNEL void add_block(fields *f, const block *b, const real *W, int dimension, int pyramidal) {
  const real *J = f->jacobian + b->jacobian;
  int n = b->dof_count;
  EACH_ROW(a, n) {
    real weighed[DIMENSIONS];
    for (int k = 0; k < dimension; k++) {
      weighed[k] = W[triangle(k, k)] * J[k * n + a];
      for (int l = 0; l < dimension; l++)
        if (l != k && (k == 0 || l == 0 || !pyramidal)) /* a pyramid's tangents do not couple */
          weighed[k] = fmadd(W[l < k ? triangle(k, l) : triangle(l, k)], J[l * n + a], weighed[k]);
    }
    real *row = f->hessian + triangle(b->dofs[a], 0);
    EACH_COLUMN(c, a + 1) {
      real sum = row[b->dofs[c]];
      for (int k = 0; k < dimension; k++) sum = fmadd(weighed[k], J[k * n + c], sum);
      row[b->dofs[c]] = sum;
    }
  }
}

KERNEL int weighs_anything(const real *W, int dimension, mask unfinished) {
  mask some = mask_splat(0);
  for (int k = 0; k < dimension; k++) some = some | mask_not(eq(W[triangle(k, k)], zero()));
  return any_lane(some & unfinished);
}

/* Starts the Hessian: the mass matrix, zero for entries that only a coupling has, and on the diagonal also the weights
 * of blocks that act on only one dof. */
KERNEL void begin_hessian(const constants *m, fields *f, pattern p) {
  EACH(i, m->nv) {
    real *row = f->hessian + triangle(i, 0);
    const real *mass = f->qM + triangle(i, 0);
    int next = m->ancestor_start[i], end = m->ancestor_start[i + 1];
    for (int a = p.start[i]; a < p.start[i + 1]; a++) {
      int j = p.column[a];
      int in_tree = next < end && m->ancestor_dof[next] == j;
      row[j] = in_tree ? mass[j] : zero();
      next += in_tree;
    }
    row[i] = mass[i] + sum_of_places(f->own_weight, i);
  }
}

STAGE void assemble_hessian(const constants *m, fields *f, pattern p, mask unfinished) {
  begin_hessian(m, f, p);
  for (int l = 0; l < f->lists->joining_count; l++) {
    int i = f->lists->joining[l];
    const block *b = f->lists->blocks + i;
    const real *W = f->block_weight + WEIGHTS * i;
    if (!weighs_anything(W, b->dimension, unfinished)) continue;
    int pyramidal = b->type == MYR_ROW_CONTACT_PYRAMIDAL;
    SYNC();
    if (b->dimension == 1)
      add_block(f, b, W, 1, 0);
    else if (b->dimension == 3 && pyramidal)
      add_block(f, b, W, 3, 1);
    else if (b->dimension == 3)
      add_block(f, b, W, 3, 0);
    else if (b->dimension == 4)
      add_block(f, b, W, 4, pyramidal);
    else
      add_block(f, b, W, 6, pyramidal);
  }
  SYNC();
}

#endif
