/* What every stage receives: the model in the lanes' precision, and pointers to one tile's fields. */
#ifndef MYR_FIELDS_H
#define MYR_FIELDS_H

#include "kernels/kernels.h"
#include "kernels/lane.h"

/* The model as kernels read it: the same lists as myr_model, reals as scalar. */
typedef struct constants {
  myr_options options;
  scalar timestep;
  int has_damping; /* 1 when some dof is damped, so that the Euler integrator treats damping implicitly */
  myr_layout layout;
#define MODEL_SIZE(name, doc) int name;
#define MODEL_TABLE_SIZE(name, doc) int name;
#define MODEL_INT(name, count, doc) const int32_t *name;
#define MODEL_REAL(name, count, unit, doc) const scalar *name;
#define MODEL_TABLE(name, count, doc) const int32_t *name;
#include "kernels/model.def"
} constants;

/* One thing that constrains the motion: dry friction, a limit, or a contact; up to 6 dimensions. The list is that of
 * the tile's lanes together, and block_active says which lanes have it. On CUDA it is the world's own. */
typedef struct block {
  int32_t type;      /* enum myr_row_type */
  int32_t dimension; /* 1; 3, 4 or 6 for a contact with friction */
  int32_t dof_count;
  int32_t jacobian;  /* start in the field jacobian; entry of dimension k and dof j: jacobian + k*dof_count + j */
  int32_t id;        /* dof, joint, tendon, or contact slot */
  int32_t pair;      /* pair of geoms, or -1 */
  uint32_t lanes;    /* the lanes that have it, a bit each */
  const int32_t *dofs;
} block;

/* Integers of one step that all lanes share. */
typedef struct tile_lists {
  int slot_count;   /* contact slots in use */
  int block_count;
  int32_t *slot_pair;     /* (nslot) pair of each slot */
  block *blocks;          /* (nblock) */
  int live_count;
  int32_t *live;          /* (nblock) blocks of the lanes that the solver still works on, ascending */
  int32_t *row_start;     /* (nv+1) sparsity of the Hessian: columns left of the diagonal, by rows */
  int32_t *row_dof;       /* (nv(nv-1)/2) */
  uint64_t *row_bits;     /* (nv+1, (nv+63)/64) the same as bits, and a row of scratch */
} tile_lists;

typedef struct fields {
#define FIELD(name, count, unit, kind, stage, doc) real *name;
#include "kernels/fields.def"
  tile_lists *lists;
} fields;

/* For the model's own numbers, which all lanes share. */
KERNEL scalar clip(scalar x, scalar low, scalar high) { return x < low ? low : x > high ? high : x; }
KERNEL scalar larger(scalar a, scalar b) { return a > b ? a : b; }

/* Index of row i, column j <= i in a lower triangle stored by rows. */
KERNEL int triangle(int i, int j) { return i * (i + 1) / 2 + j; }

#endif
