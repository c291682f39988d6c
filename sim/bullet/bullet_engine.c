/* The engine on Bullet: a second opinion, by independent physics. A group is one world with a Bullet world of its own,
 * which a commit makes afresh; the calling thread computes the step. mapping.h says how parameters are translated.
 *
 * Forces of springs, dampers, actuators and the caller are those of our kernels in double precision. The caller's
 * fields are floats. Between commits the state is in Bullet, in double, with its cached contact points. The caller's
 * qpos, qvel and act are copies; changes of them take effect at a commit, like changes of parameters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"
#include "kernels/stages.h"
#include "sim/bullet/bullet_state.h"
#include "sim/engine.h"
#include "sim/threads.h"

#define LARGEST_VALUE 1e10 /* beyond it a world has diverged, as in kernels/step/integrate.h */

/* Bytes that Bullet allocates for a world, mostly pools; measured on the shipped robots. */
enum { BYTES_OF_WORLD = 128 * 1024, BYTES_OF_COLLIDER = 2048, BYTES_OF_LINK = 3072, BYTES_OF_PAIR = 192 };

typedef struct bullet_engine {
  bullet_scene *scene;
  int worlds, threads;
  size_t fields_bytes, numbers_bytes, scratch_bytes, bytes;
  char *fields;         /* (worlds) of floats */
  char *numbers;        /* (worlds) of bullet_state_doubles */
  char *scratch;        /* (threads) */
  bullet_state *states; /* (worlds) */
} bullet_engine;

/* ------------------------------------------------------------------------------------------------ memory */
static void bullet_destroy(void *state) {
  bullet_engine *engine = state;
  for (int world = 0; engine->states && world < engine->worlds; world++)
    bullet_world_destroy(engine->states[world].world);
  bullet_scene_destroy(engine->scene);
  free(engine->fields);
  free(engine->numbers);
  free(engine->scratch);
  free(engine->states);
  free(engine);
}

/* Computes the sizes; engine->scene must exist. */
static void measure(bullet_engine *engine, const myr_batch_description *d) {
  const myr_model *m = d->model;
  engine->worlds = d->worlds;
  engine->threads = myr_thread_count(d->threads);
  engine->fields_bytes = myr_whole_line_pairs((size_t)engine->scene->layout.tile_elements * sizeof(float));
  engine->numbers_bytes = myr_whole_line_pairs(bullet_state_doubles(m) * sizeof(double));
  engine->scratch_bytes = myr_whole_line_pairs(engine->scene->kernels->scratch_bytes(m));
  engine->bytes = (size_t)engine->worlds * (engine->fields_bytes + engine->numbers_bytes + sizeof(bullet_state) +
                                            BYTES_OF_WORLD + BYTES_OF_COLLIDER * (size_t)m->ngeom +
                                            BYTES_OF_LINK * (size_t)m->njnt + BYTES_OF_PAIR * (size_t)m->npair) +
                  (size_t)engine->threads * engine->scratch_bytes;
}

/* Memory filled with zeros. */
static char *take_memory(size_t bytes) {
  char *memory = aligned_alloc(MYR_CACHE_LINE_PAIR, bytes);
  if (memory) memset(memory, 0, bytes);
  return memory;
}

static myr_status allocate(bullet_engine *engine, const myr_model *m, myr_error *error) {
  size_t worlds = (size_t)engine->worlds;
  engine->fields = take_memory(engine->fields_bytes * worlds);
  engine->numbers = take_memory(engine->numbers_bytes * worlds);
  engine->scratch = take_memory(engine->scratch_bytes * (size_t)engine->threads);
  engine->states = calloc(worlds, sizeof *engine->states);
  if (!engine->fields || !engine->numbers || !engine->scratch || !engine->states)
    return myr_fail(error, MYR_ERROR, "out of memory: %d worlds of Bullet need %zu bytes; ask for fewer worlds",
                    engine->worlds, engine->bytes);
  for (size_t world = 0; world < worlds; world++) {
    engine->states[world].fields = (float *)(engine->fields + engine->fields_bytes * world);
    bullet_state_place(m, &engine->states[world], (double *)(engine->numbers + engine->numbers_bytes * world));
  }
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ worlds */
static void bullet_reset(void *state, int world, int key) {
  const bullet_engine *engine = state;
  const bullet_scene *scene = engine->scene;
  scene->kernels->reset(scene->constants, engine->states[world].tile, 0, key);
  for (int kind = MYR_KIND_STATE; kind < MYR_KIND_SCRATCH; kind++)
    bullet_state_show_all(scene, &engine->states[world], (enum myr_field_kind)kind);
  bullet_state_show_positions(scene, &engine->states[world]);
}

static myr_status derive(const bullet_engine *engine, bullet_state *world, myr_error *error) {
  const bullet_scene *scene = engine->scene;
  void *scratch = take_memory(engine->scratch_bytes);
  if (!scratch) return myr_fail(error, MYR_ERROR, "out of memory for a world's constants");
  scene->kernels->derive(scene->constants, world->tile, scratch);
  bullet_state_show_all(scene, world, MYR_KIND_DERIVED);
  free(scratch);
  return MYR_OK;
}

static bool is_marked(const bullet_engine *engine, const bullet_state *world) {
  return (int)*bullet_field(engine->scene, world->fields, MYR_FIELD_status) & MYR_WORLD_DIVERGED;
}

/* Tests positions and velocities, because Bullet keeps no other state. */
static bool has_diverged(const bullet_engine *engine, const bullet_state *world) {
  const myr_model *m = engine->scene->model;
  bool sound = true;
  for (int i = 0; i < m->nq; i++) sound &= fabs(world->qpos[i]) < LARGEST_VALUE;
  for (int i = 0; i < m->nv; i++) sound &= fabs(world->qvel[i]) < LARGEST_VALUE;
  return !sound;
}

static void show_state(const bullet_engine *engine, bullet_state *world) {
  bullet_state_show_positions(engine->scene, world);
  bullet_state_show(engine->scene, world, MYR_FIELD_qvel);
  bullet_state_show(engine->scene, world, MYR_FIELD_act);
  bullet_state_show(engine->scene, world, MYR_FIELD_delayed);
}

static void mark_diverged(const bullet_engine *engine, bullet_state *world) {
  const myr_model *m = engine->scene->model;
  float *status = world->fields + engine->scene->layout.offset[MYR_FIELD_status];
  *status = (float)((int)*status | MYR_WORLD_DIVERGED);
  memcpy(world->qpos, m->qpos0, (size_t)m->nq * sizeof *world->qpos);
  memset(world->qvel, 0, (size_t)m->nv * sizeof *world->qvel);
  memset(world->act, 0, (size_t)m->na * sizeof *world->act);
  show_state(engine, world);
}

/* Makes a new Bullet world, so that no cache of the former state changes the motion. */
static myr_status bullet_commit(void *state, int group, myr_error *error) {
  bullet_engine *engine = state;
  bullet_state *world = &engine->states[group];
  for (int kind = MYR_KIND_STATE; kind <= MYR_KIND_PARAMETER; kind++)
    bullet_state_take_all(engine->scene, world, (enum myr_field_kind)kind);
  bullet_state_take_positions(engine->scene, world);
  myr_status status = derive(engine, world, error);
  bullet_world_destroy(world->world);
  world->world = NULL;
  if (!status) status = bullet_scene_build(engine->scene, world->fields, &world->world, error);
  if (!status) bullet_state_apply(engine->scene, world);
  if (!status && has_diverged(engine, world)) {
    mark_diverged(engine, world);
    bullet_state_apply(engine->scene, world);
  }
  return status;
}

/* ------------------------------------------------------------------------------------------------ stepping */
static void compute_forces(const bullet_engine *engine, bullet_state *world, bool observe) {
  const bullet_scene *scene = engine->scene;
  scene->kernels->smooth_forces(scene->constants, world->tile, world->scratch, observe ? MYR_OBSERVE : 0);
  if (observe) bullet_labels_state(scene, world);
}

/* The labels of a diverged world, which is held at rest at its last state. */
static void observe_marked(const bullet_engine *engine, bullet_state *world) {
  compute_forces(engine, world, true);
  bullet_labels_no_contacts(engine->scene, world);
}

static myr_status step_once(const bullet_engine *engine, bullet_state *world, bool observe, myr_error *error) {
  bullet_world_detect(world->world);
  compute_forces(engine, world, observe);
  myr_status status = bullet_forces_prepare(engine->scene, world, error);
  if (status) return status;
  bullet_world_advance(world->world);
  if (observe) bullet_labels_contacts(engine->scene, world);
  return MYR_OK;
}

/* Bullet computes contact forces only in a step, so this takes one step and restores the state before it. */
static myr_status observe_only(const bullet_engine *engine, bullet_state *world, myr_error *error) {
  bullet_snapshot *before;
  myr_status status = bullet_world_save(world->world, &before, error);
  if (status) return status;
  status = step_once(engine, world, true, error);
  bullet_world_restore(world->world, before);
  bullet_snapshot_destroy(before);
  return status;
}

static myr_status take_steps(const bullet_engine *engine, bullet_state *world, int substeps, bool observe,
                             myr_error *error) {
  const bullet_scene *scene = engine->scene;
  myr_status status = MYR_OK;
  for (int i = 0; i < substeps && !status && !is_marked(engine, world); i++) {
    status = step_once(engine, world, observe && i == 0, error);
    if (status) break;
    scene->kernels->integrate_activations(scene->constants, world->tile, world->scratch);
    bullet_state_fetch(engine->scene, world);
    if (has_diverged(engine, world)) mark_diverged(engine, world);
  }
  show_state(engine, world);
  return status;
}

static void profile_steps(const bullet_engine *engine, const bullet_state *world, int substeps, myr_profile *profile) {
  unsigned weight = (unsigned)(substeps > 0 ? substeps : 1);
  profile->steps += weight;
  profile->tile_steps += weight;
  profile->contacts += weight * (unsigned)*bullet_field(engine->scene, world->fields, MYR_FIELD_contact_count);
  profile->rows += weight * (unsigned)*bullet_field(engine->scene, world->fields, MYR_FIELD_constraint_rows);
  profile->iterations += weight * (unsigned)*bullet_field(engine->scene, world->fields, MYR_FIELD_solver_iterations);
}

static myr_status bullet_step(void *state, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                              myr_error *error) {
  bullet_engine *engine = state;
  if (thread < 0 || thread >= engine->threads)
    return myr_fail(error, MYR_INVALID, "thread %d of %d", thread, engine->threads);
  myr_status status = MYR_OK;
  bullet_state *world = &engine->states[group];
  bool observe = flags & MYR_OBSERVE || profile;
  world->scratch = engine->scratch + engine->scratch_bytes * (size_t)thread;
  bullet_state_take_all(engine->scene, world, MYR_KIND_INPUT);
  if (is_marked(engine, world)) {
    if (observe) observe_marked(engine, world);
  } else if (substeps > 0) {
    status = take_steps(engine, world, substeps, observe, error);
  } else if (observe) {
    status = observe_only(engine, world, error);
  }
  if (!status && profile) profile_steps(engine, world, substeps, profile);
  return status;
}

/* ------------------------------------------------------------------------------------------------ the table */
static myr_status prepare(bullet_engine *engine, const myr_batch_description *d, myr_error *error) {
  myr_status status = bullet_scene_create(d->model, &engine->scene, error);
  if (status) return status;
  measure(engine, d);
  status = allocate(engine, d->model, error);
  for (int world = 0; world < engine->worlds && !status; world++) {
    bullet_reset(engine, world, -1);
    status = bullet_commit(engine, world, error);
  }
  return status;
}

static myr_status bullet_create(const myr_batch_description *d, void **state, myr_error *error) {
  bullet_engine *engine = calloc(1, sizeof *engine);
  if (!engine) return myr_fail(error, MYR_ERROR, "out of memory for a batch");
  myr_status status = prepare(engine, d, error);
  if (status) {
    bullet_destroy(engine);
    return status;
  }
  *state = engine;
  return MYR_OK;
}

static void bullet_describe(const void *state, myr_batch_info *info) {
  const bullet_engine *engine = state;
  *info = (myr_batch_info){.kernels = bullet_version(),
                           .worlds = engine->worlds,
                           .groups = engine->worlds,
                           .group_worlds = 1,
                           .lanes = 1,
                           .threads = engine->threads,
                           .thread_groups = 1,
                           .bytes = engine->bytes,
                           .host_bytes = engine->bytes};
}

static myr_status bullet_estimate(const myr_batch_description *d, myr_batch_info *info, myr_error *error) {
  bullet_engine engine = {0};
  myr_status status = bullet_scene_create(d->model, &engine.scene, error);
  if (status) return status;
  measure(&engine, d);
  bullet_describe(&engine, info);
  bullet_scene_destroy(engine.scene);
  return MYR_OK;
}

static myr_span bullet_field_span(void *state, int field, int world) {
  bullet_engine *engine = state;
  return (myr_span){.data = engine->states[world].fields + engine->scene->layout.offset[field],
                    .stride = 1,
                    .count = (int)engine->scene->layout.count[field]};
}

static myr_status bullet_find(myr_error *error) {
  (void)error;
  return MYR_OK;
}

const myr_engine myr_bullet_engine = {
    .find = bullet_find,
    .create = bullet_create,
    .estimate = bullet_estimate,
    .destroy = bullet_destroy,
    .describe = bullet_describe,
    .field = bullet_field_span,
    .reset = bullet_reset,
    .commit = bullet_commit,
    .step = bullet_step,
};
