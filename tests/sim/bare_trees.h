/* Random trees whose only forces are gravity, motors and inertia, and a world of them that the kernels step without an
 * engine. Tests compare them with oracles of the dynamics. Include it after cmocka.h. */
#ifndef MYR_TESTS_BARE_TREES_H
#define MYR_TESTS_BARE_TREES_H

#include <string.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "sim/bullet/rigid_frame.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

static inline void random_rotation(random_model *r, double q[4]) {
  for (int k = 0; k < 4; k++) q[k] = random_between(r, -1, 1);
  quaternion_normalize(q);
}

/* Makes trees of free bodies, hinges, slides and balls, without springs, dampers and constraints. */
static inline myr_model *bare_trees(uint64_t seed) {
  static random_model r;
  r = (random_model){.random = seed};
  random_write(&r, "<mujoco><option timestep='1e-6'><flag constraint='disable'/></option>" RANDOM_ASSETS "<worldbody>");
  for (int i = 0, trees = 1 + random_below(&r, 3); i < trees; i++) random_body(&r, 0);
  random_write(&r, "</worldbody><actuator>");
  for (int j = 0; j < r.scalar_joints; j++) random_write(&r, "<motor joint='j%d'/>", j);
  random_write(&r, "</actuator></mujoco>");
  myr_model *model = model_of_text(r.text);
  memset(model->jnt_stiffness, 0, (size_t)model->njnt * sizeof *model->jnt_stiffness);
  memset(model->dof_damping, 0, (size_t)model->nv * sizeof *model->dof_damping);
  memset(model->body_gravcomp, 0, (size_t)model->nbody * sizeof *model->body_gravcomp);
  memset(model->jnt_stiffnesspoly, 0, 2 * (size_t)model->njnt * sizeof *model->jnt_stiffnesspoly);
  memset(model->dof_dampingpoly, 0, 2 * (size_t)model->nv * sizeof *model->dof_dampingpoly);
  memset(model->jnt_actfrclimited, 0, (size_t)model->njnt * sizeof *model->jnt_actfrclimited);
  for (int i = 0; i < model->nv; i++) model->dof_armature[i] = (double)(float)model->dof_armature[i];
  for (int b = 0; b < model->nbody; b++) { /* rounded, because Bullet's side reads fields, which are floats */
    model->body_mass[b] = (double)(float)model->body_mass[b];
    for (int k = 0; k < 3; k++) {
      model->body_inertia[3 * b + k] = (double)(float)model->body_inertia[3 * b + k];
      model->body_ipos[3 * b + k] = (double)(float)model->body_ipos[3 * b + k];
    }
  }
  return model;
}

/* One world that the kernels step without an engine. With MYR_LANES_DOUBLE it is the reference in double precision. */
typedef struct reference {
  const myr_model *model;
  const myr_kernels *kernels;
  void *constants, *tile, *scratch;
  myr_layout layout;
} reference;

/* Returns the numbers of a field of the world in double precision. */
static inline double *number(const reference *r, enum myr_field field) {
  return (double *)r->tile + r->layout.offset[field];
}

static inline void *room(size_t bytes) {
  void *memory = aligned_alloc(128, (bytes + 127) / 128 * 128);
  memset(memory, 0, (bytes + 127) / 128 * 128);
  return memory;
}

static inline void open_reference(const myr_model *model, int lanes, reference *r) {
  *r = (reference){.model = model};
  assert_int_equal(myr_kernels_find(lanes, &r->kernels, NULL), MYR_OK);
  assert_int_equal(r->kernels->constants_create(model, &r->constants, NULL), MYR_OK);
  myr_layout_compute(model, &r->layout);
  r->tile = room(r->kernels->tile_bytes(model));
  r->scratch = room(r->kernels->scratch_bytes(model));
  r->kernels->reset(r->constants, r->tile, 0, -1);
  r->kernels->derive(r->constants, r->tile, r->scratch);
}

static inline void close_reference(reference *r) {
  r->kernels->constants_destroy(r->constants);
  free(r->tile);
  free(r->scratch);
}

#endif
