/* One world of the engine: its fields, its Bullet world, and the parts of one timestep. */
#ifndef MYR_BULLET_STATE_H
#define MYR_BULLET_STATE_H

#include "sim/bullet/bullet_scene.h"

/* Bullet computes in double, and so do the kernels around it; the fields that the caller sees are floats. */
typedef struct bullet_state {
  float *fields;             /* the caller's */
  double *tile;              /* the kernels' */
  void *scratch;             /* for the kernels; belongs to the thread that steps the world */
  bullet_world *world;       /* NULL until the first commit */
  double *qpos, *qvel, *act; /* in the tile: the state itself; the caller's fields of these names are copies */
  double *coordinates;       /* (nq) positions as bullet_c.h defines them */
  double *added;             /* (nv) added inertia of a timestep */
} bullet_state;

/* The number of doubles of the tile and the arrays together, and their placement in a block of that size. */
size_t bullet_state_doubles(const myr_model *model);
void bullet_state_place(const myr_model *model, bullet_state *state, double *block);

/* Element 0 of a field of the kernels. */
static inline double *bullet_number(const bullet_scene *scene, const bullet_state *state, enum myr_field field) {
  bool scratch = myr_field_infos[field].kind == MYR_KIND_SCRATCH;
  return (scratch ? (double *)state->scratch : state->tile) + scene->layout.offset[field];
}

/* take copies all fields of a kind from the caller's to the kernels'; show copies one, or all of a kind, back. */
void bullet_state_take_all(const bullet_scene *scene, bullet_state *state, enum myr_field_kind kind);
void bullet_state_show(const bullet_scene *scene, bullet_state *state, enum myr_field field);
/* The same of the positions and their rests. */
void bullet_state_take_positions(const bullet_scene *scene, bullet_state *state);
void bullet_state_show_positions(const bullet_scene *scene, bullet_state *state);
void bullet_state_show_all(const bullet_scene *scene, bullet_state *state, enum myr_field_kind kind);

/* Copy the state into the Bullet world, and back after a timestep. */
void bullet_state_apply(const bullet_scene *scene, bullet_state *state);
void bullet_state_fetch(const bullet_scene *scene, bullet_state *state);

/* Prepare the coming timestep: the kernels' forces and implicit damping, rows of limits and dry friction, softness of
 * contacts. Call them after detection, and after the kernels have computed the smooth forces. */
myr_status bullet_forces_prepare(const bullet_scene *scene, bullet_state *state, myr_error *error);
myr_status bullet_rows_add(const bullet_scene *scene, const bullet_state *state, myr_error *error);
void bullet_contacts_soften(const bullet_scene *scene, bullet_state *state);

/* Write labels: poses and energies that the kernels have observed, and contacts after the following step. */
void bullet_labels_state(const bullet_scene *scene, bullet_state *state);
void bullet_labels_contacts(const bullet_scene *scene, bullet_state *state);
void bullet_labels_no_contacts(const bullet_scene *scene, bullet_state *state);

#endif
