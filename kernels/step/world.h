/* The arguments of every stage: the model in the lanes' precision, and pointers to one tile's fields. */
#ifndef MYR_WORLD_H
#define MYR_WORLD_H

#include <string.h>

#include "kernels/kernels.h"
#include "kernels/lane/lane.h"

#define SMALLEST ((scalar)1e-15) /* denominators are kept above this */

/* The model for the kernels: the arrays of myr_model, with reals of type scalar. */
typedef struct constants {
  myr_options options;
  scalar timestep;
  int has_damping;             /* 1 when some dof is damped, so that the Euler integrator treats damping implicitly */
  int has_driven_compensation; /* 1 when some joint's actuators bring up gravity compensation */
  int has_tendon_inertia;      /* 1 when some tendon has armature */
  int has_tendon_range;        /* 1 when some tendon limits its actuators' forces */
  int has_adhesion;            /* 1 when some actuator acts on a body's contacts */
  int has_lone_bodies;         /* 1 when some joint is jnt_alone */
  int has_moving_surface;      /* 1 when some geom has a surface velocity */
  int has_friction_reference;  /* 1 when some pair has a reference for friction */
  scalar most_detection;       /* m; the largest margin and gap of a pair, added up */
  myr_layout layout;
#define ELEMENT(name, size, doc) int size;
#include "kernels/elements.def"
#define MODEL_INTEGERS(name, element, width) const int32_t *name;
#define MODEL_REAL(name, element, width, unit, source, doc) const scalar *name;
#include "kernels/model.def"
} constants;

/* The constants with NULL for all arrays. */
static inline constants constants_without_arrays(const myr_model *model) {
  constants c;
  memset(&c, 0, sizeof c);
  c.options = model->options;
  c.timestep = (scalar)model->options.timestep;
  for (int i = 0; i < model->nv; i++)
    c.has_damping |=
        model->dof_damping[i] > 0 || model->dof_dampingpoly[2 * i] != 0 || model->dof_dampingpoly[2 * i + 1] != 0;
  for (int j = 0; j < model->njnt; j++) c.has_driven_compensation |= model->jnt_actgravcomp[j];
  for (int t = 0; t < model->ntendon; t++) {
    c.has_tendon_inertia |= model->tendon_armature[t] != 0;
    c.has_tendon_range |= model->tendon_actfrclimited[t];
  }
  for (int i = 0; i < model->nu; i++) c.has_adhesion |= model->actuator_transmission[i] == MYR_TRANSMISSION_BODY;
  for (int j = 0; j < model->njnt; j++) c.has_lone_bodies |= model->jnt_alone[j];
  for (int i = 0; i < 6 * model->ngeom; i++) c.has_moving_surface |= model->geom_surfacevel[i] != 0;
  for (int i = 0; i < 2 * model->npair; i++) c.has_friction_reference |= model->pair_solreffriction[i] != 0;
  for (int p = 0; p < model->npair; p++) {
    scalar detection = (scalar)(model->pair_margin[p] + model->pair_gap[p]);
    if (detection > c.most_detection) c.most_detection = detection;
  }
  myr_layout_compute(model, &c.layout);
#define ELEMENT(name, size, doc) c.size = model->size;
#include "kernels/elements.def"
  return c;
}

/* A constraint of one to six dimensions: dry friction, a limit, an equality or a contact. The list of blocks is the union over the
 * tile's lanes; block_active marks the lanes that have the block. On CUDA each world has its own list. */
typedef struct block {
  int32_t type;      /* enum myr_row_type */
  int32_t dimension; /* 1; 3 for an equality of bodies; 3, 4 or 6 for a contact with friction */
  int32_t dof_count;
  int32_t jacobian; /* start in the field jacobian; entry of dimension k and dof j: jacobian + k*dof_count + j */
  int32_t id;       /* dof, joint, tendon, contact slot, or number of an equality's block */
  int32_t pair;     /* pair of geoms, or -1 */
  int32_t place;    /* index in the fields own_force and own_weight if the block acts on only one dof; else -1 */
  uint32_t lanes;   /* the lanes that have it, a bit each */
  const int32_t *dofs;
} block;

/* The lists of lists.def and their lengths: integers of one step that all lanes share. */
typedef struct tile_lists {
  int slot_count, block_count, live_count, joining_count;
  int far; /* 1: some tree counts its positions from another point than the world's origin (step/origin.h) */
#define LIST(name, type, element, width, doc) type *name;
#include "kernels/lists.def"
} tile_lists;

typedef struct fields {
#define FIELD(name, element, width, unit, kind, stage, start, doc) real *name;
#include "kernels/fields.def"
  tile_lists *lists;
} fields;

/* Clamps a number of the model, which all lanes share. */
KERNEL scalar clip(scalar x, scalar low, scalar high) { return x < low ? low : x > high ? high : x; }

/* Index of row i, column j <= i in a lower triangle stored by rows. */
KERNEL int triangle(int i, int j) { return (i * (i + 1) >> 1) + j; }

#endif
