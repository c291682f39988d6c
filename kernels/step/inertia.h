/* The joint-space mass matrix by the composite rigid body algorithm (Featherstone 2008, section 6.2). */
#ifndef MYR_INERTIA_H
#define MYR_INERTIA_H

#include "kernels/step/sparse.h"
#include "kernels/step/spatial.h"

KERNEL void sum_composite_inertias(const constants *m, fields *f) {
  for (int level = m->nlevel - 1; level >= 1; level--) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      int b = m->level_body[start + i];
      real *sum = f->crb + 10 * b;
      for (int e = 0; e < 10; e++) sum[e] = f->cinert[10 * b + e];
      for (int k = m->child_start[b]; k < m->child_start[b + 1]; k++) {
        const real *child = f->crb + 10 * m->child_body[k];
        for (int e = 0; e < 10; e++) sum[e] = sum[e] + child[e];
      }
    }
    SYNC();
  }
}

KERNEL int is_ancestor(const constants *m, int dof, int ancestor) {
  for (int a = m->ancestor_start[dof]; a < m->ancestor_start[dof + 1]; a++)
    if (m->ancestor_dof[a] == ancestor) return 1;
  return 0;
}

/* Adds a J' J of each tendon with armature a and Jacobian J to a dof's row. Entries outside the tree's pattern are left
 * out, as in MuJoCo. */
KERNEL void add_tendon_armature(const constants *m, const fields *f, int dof, real *row) {
  for (int k = m->dof_moment_start[dof]; k < m->dof_moment_start[dof + 1]; k++) {
    int e = m->dof_moment[k], t = m->moment_tendon[e];
    if (m->tendon_armature[t] == 0) continue;
    real moment = splat(m->tendon_armature[t]) * f->tendon_moment[e];
    for (int other = m->tendon_moment_start[t]; other < m->tendon_moment_start[t + 1]; other++) {
      int j = m->moment_dof[other];
      if (j == dof || is_ancestor(m, dof, j)) row[j] = fmadd(moment, f->tendon_moment[other], row[j]);
    }
  }
}

STAGE void mass_matrix(const constants *m, fields *f) {
  sum_composite_inertias(m, f);
  EACH(i, m->nv) {
    spatial axis = s6_load(f->cdof + 6 * i);
    spatial force = s6_momentum(f->crb + 10 * m->dof_body[i], axis);
    real *row = f->qM + triangle(i, 0);
    row[i] = s6_dot(axis, force) + f->dof_armature[i];
    for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++) {
      int j = m->ancestor_dof[a];
      row[j] = s6_dot(s6_load(f->cdof + 6 * j), force);
    }
    if (m->has_tendon_inertia) add_tendon_armature(m, f, i, row);
  }
}

/* y = M x by rows: each entry below the diagonal adds to two sums, its row's and its column's. */
KERNEL void multiply_rows(const constants *m, const fields *f, const real *x, real *y) {
  for (int i = 0; i < m->nv; i++) {
    const real *row = f->qM + triangle(i, 0);
    real left = zero();
    for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++) {
      int j = m->ancestor_dof[a];
      left = fmadd(row[j], x[j], left);
      y[j] = fmadd(row[j], x[i], y[j]);
    }
    y[i] = row[i] * x[i] + left;
  }
}

/* The same product when each item has a dof. The item adds its own row, then the entries of later rows in its column,
 * in the same order. */
KERNEL void multiply_dofs(const constants *m, const fields *f, const real *x, real *y) {
  EACH(i, m->nv) {
    const real *row = f->qM + triangle(i, 0);
    real left = zero();
    for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++)
      left = fmadd(row[m->ancestor_dof[a]], x[m->ancestor_dof[a]], left);
    real sum = row[i] * x[i] + left;
    for (int d = m->descendant_start[i]; d < m->descendant_start[i + 1]; d++) {
      int k = m->descendant_dof[d];
      sum = fmadd(f->qM[triangle(k, i)], x[k], sum);
    }
    y[i] = sum;
  }
}

/* y = M x, the mass matrix times a vector. It may be read after a SYNC. */
STAGE void multiply_by_inertia(const constants *m, const fields *f, const real *x, real *y) {
  if (ITEMS == 1)
    multiply_rows(m, f, x, y);
  else
    multiply_dofs(m, f, x, y);
}

/* Computes qLD, the factors of the mass matrix. */
STAGE void factorize_inertia(const constants *m, fields *f) {
  copy_entries(tree_pattern(m), m->nv, f->qM, f->qLD);
  SYNC();
  factorize(tree_pattern(m), m->nv, f->qM, f->qLD, (real *)0);
}

#endif
