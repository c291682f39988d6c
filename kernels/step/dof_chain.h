/* The dofs that move a body, by walking towards the root: for the tables of a model, before the chains exist. */
#ifndef MYR_DOF_CHAIN_H
#define MYR_DOF_CHAIN_H

#include "kernels/model.h"

/* The last dof that moves body b, or -1 for a static body. */
int last_dof(const myr_model *m, int b);
/* Whether the dof moves body b. */
int moves(const myr_model *m, int dof, int b);
/* Writes `value` into mark[dof] for each dof that moves only one of two bodies, and returns their number. */
int mark_relative_dofs(const myr_model *m, int body1, int body2, int *mark, int value);
/* (nv) zeros, or NULL if memory ran out; the caller frees them. */
int *allocate_marks(const myr_model *m);

#endif
