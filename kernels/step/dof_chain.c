#include "kernels/step/dof_chain.h"

#include <stdlib.h>

int last_dof(const myr_model *m, int b) {
  while (b > 0 && m->body_dof_count[b] == 0) b = m->body_parent[b];
  return b > 0 ? m->body_dof_start[b] + m->body_dof_count[b] - 1 : -1;
}

int moves(const myr_model *m, int dof, int b) {
  int i = last_dof(m, b);
  while (i > dof) i = m->dof_parent[i];
  return i == dof;
}

int mark_relative_dofs(const myr_model *m, int body1, int body2, int *mark, int value) {
  int a = last_dof(m, body1), b = last_dof(m, body2), count = 0;
  for (; a != b; count++) { /* a parent has a lower number */
    int *higher = a > b ? &a : &b;
    mark[*higher] = value;
    *higher = m->dof_parent[*higher];
  }
  return count;
}

int *allocate_marks(const myr_model *m) { return calloc((size_t)m->nv + 1, sizeof(int)); }
