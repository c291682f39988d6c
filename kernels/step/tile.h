/* The CPU driver of one vector width: memory of tiles and scratch, and the kernel table. Included by lanes_*.c, which
 * define LANES (and MYR_DOUBLE), TABLE and TABLE_NAME. */
#include <stdlib.h>
#include <string.h>

#include "kernels/clock.h"
#include "kernels/kernels.h"

/* Charges the time since the last stage to this one. */
static _Thread_local uint64_t stage_start;
#define STAGE_DONE(stage) (profile ? myr_clock_charge(&profile->nanoseconds[stage], &stage_start) : (void)0)

#include "kernels/step/inspect.h"
#include "kernels/step/lists.h"
#include "kernels/step/step.h"

/* ------------------------------------------------------------------------------------------------ constants */
static scalar *copy_reals(const double *from, int64_t count) {
  scalar *to = (scalar *)malloc(sizeof(scalar) * (size_t)(count > 0 ? count : 1));
  for (int64_t i = 0; to && i < count; i++) to[i] = (scalar)from[i];
  return to;
}

static void constants_destroy(void *memory) {
  constants *c = (constants *)memory;
  if (!c) return;
#define MODEL_REAL(name, count, unit, doc) free((void *)c->name);
#include "kernels/model.def"
  free(c);
}

static myr_status constants_create(const myr_model *model, void **out, myr_error *error) {
  constants *c = (constants *)calloc(1, sizeof *c);
  if (!c) return myr_fail(error, MYR_ERROR, "out of memory for a model's constants");
  c->options = model->options;
  c->timestep = (scalar)model->options.timestep;
  for (int i = 0; i < model->nv; i++) c->has_damping |= model->dof_damping[i] > 0;
  myr_layout_compute(model, &c->layout);
#define MODEL_SIZE(name, doc) c->name = model->name;
#define MODEL_TABLE_SIZE(name, doc) c->name = model->name;
#include "kernels/model.def"
  const int nq = c->nq, nv = c->nv, nu = c->nu, na = c->na, nbody = c->nbody, njnt = c->njnt, ngeom = c->ngeom,
            npair = c->npair, ntendon = c->ntendon, nwrap = c->nwrap, nkey = c->nkey;
  int complete = 1;
#define MODEL_INT(name, count, doc) c->name = model->name;
#define MODEL_TABLE(name, count, doc) c->name = model->name;
#define MODEL_REAL(name, count, unit, doc) complete &= (c->name = copy_reals(model->name, (int64_t)(count))) != NULL;
#include "kernels/model.def"
  if (!complete) {
    constants_destroy(c);
    return myr_fail(error, MYR_ERROR, "out of memory for a model's constants");
  }
  *out = c;
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ memory */
static size_t tile_bytes(const myr_model *model) {
  myr_layout layout;
  myr_layout_compute(model, &layout);
  return myr_whole_cache_lines((size_t)layout.tile_elements * sizeof(real));
}

/* Scratch is the fields, then the lists: their struct and its arrays. */
static size_t scratch_bytes(const myr_model *model) {
  myr_layout layout;
  myr_layout_compute(model, &layout);
  return myr_whole_cache_lines((size_t)layout.scratch_elements * sizeof(real)) +
         myr_whole_cache_lines(sizeof(tile_lists)) + lists_bytes(model->nv, model->npair, model->nslot, model->nblock);
}

static fields bind(const constants *c, void *tile, void *scratch) {
  enum { STATE = 0, INPUT = 0, PARAMETER = 0, DERIVED = 0, LABEL = 0, SCRATCH = 1 };
  fields f;
#define FIELD(name, count, unit, kind, stage, doc) \
  f.name = (real *)(kind == SCRATCH ? scratch : tile) + c->layout.offset[MYR_FIELD_##name];
#include "kernels/fields.def"
  char *at = (char *)scratch + myr_whole_cache_lines((size_t)c->layout.scratch_elements * sizeof(real));
  f.lists = (tile_lists *)myr_take_cache_lines(&at, sizeof(tile_lists));
  place_lists(f.lists, c->nv, c->npair, c->nslot, c->nblock, at);
  return f;
}

/* ------------------------------------------------------------------------------------------------ the table */
static void set_lane(real *field, int64_t count, int lane, const scalar *values) {
  for (int64_t i = 0; i < count; i++) lane_set(field + i, lane, values ? values[i] : 0);
}

static void reset(const void *memory, void *tile, int lane, int key) {
  const constants *c = (const constants *)memory;
  const myr_layout *layout = &c->layout;
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (myr_field_infos[field].kind != MYR_KIND_SCRATCH)
      set_lane((real *)tile + layout->offset[field], layout->count[field], lane, NULL);
#define SET(field, values) \
  set_lane((real *)tile + layout->offset[MYR_FIELD_##field], layout->count[MYR_FIELD_##field], lane, values)
  SET(qpos, key < 0 ? c->qpos0 : c->key_qpos + (int64_t)key * c->nq);
  if (key >= 0) {
    SET(qvel, c->key_qvel + (int64_t)key * c->nv);
    SET(act, c->key_act + (int64_t)key * c->na);
    SET(ctrl, c->key_ctrl + (int64_t)key * c->nu);
  }
  scalar gravity[3];
  for (int k = 0; k < 3; k++) gravity[k] = (scalar)c->options.gravity[k];
  SET(gravity, gravity);
  SET(body_mass, c->body_mass);
  SET(body_inertia, c->body_inertia);
  SET(body_ipos, c->body_ipos);
  SET(jnt_stiffness, c->jnt_stiffness);
  SET(dof_armature, c->dof_armature);
  SET(dof_damping, c->dof_damping);
  SET(dof_frictionloss, c->dof_frictionloss);
  SET(geom_friction, c->geom_friction);
#undef SET
  real *strength = (real *)tile + layout->offset[MYR_FIELD_actuator_strength];
  for (int i = 0; i < c->nu; i++) lane_set(strength + i, lane, 1);
}

static void derive(const void *memory, void *tile, void *scratch) {
  const constants *c = (const constants *)memory;
  fields f = bind(c, tile, scratch);
  derive_fields(c, &f);
}

/* What the last forward pass of a control step did, for the profile. */
static void count_work(const fields *f, myr_profile *profile, int substeps) {
  unsigned weight = (unsigned)(substeps > 0 ? substeps : 1);
  double rows = 0, contacts = 0, iterations = 0, most = 0;
  for (int i = 0; i < f->lists->block_count; i++) {
    profile->union_rows += weight * (unsigned)rows_of(f->lists->blocks + i);
    for (int lane = 0; lane < LANES; lane++)
      rows += (double)lane_get(f->block_active + i, lane) * rows_of(f->lists->blocks + i);
  }
  for (int s = 0; s < f->lists->slot_count; s++)
    for (int lane = 0; lane < LANES; lane++) contacts += lane_get(f->slot_distance + s, lane) < NO_CONTACT;
  for (int lane = 0; lane < LANES; lane++) {
    double own = (double)lane_get(f->solver_iterations, lane);
    iterations += own;
    most = own > most ? own : most;
  }
  profile->tile_steps += weight;
  profile->steps += weight * (unsigned)LANES;
  profile->rows += weight * (uint64_t)rows;
  profile->contacts += weight * (uint64_t)contacts;
  profile->iterations += weight * (uint64_t)iterations;
  profile->tile_iterations += weight * (uint64_t)most;
}

static void control_step(const void *memory, void *tile, void *scratch, int substeps, unsigned flags,
                         myr_profile *profile) {
  const constants *c = (const constants *)memory;
  fields f = bind(c, tile, scratch);
  if (profile) stage_start = myr_clock_nanoseconds();
  step_world(c, &f, substeps, flags, profile);
  if (profile) count_work(&f, profile, substeps);
}

static void compute_smooth_forces(const void *memory, void *tile, void *scratch, unsigned flags) {
  const constants *c = (const constants *)memory;
  fields f = bind(c, tile, scratch);
  smooth_forces(c, &f, (flags & MYR_OBSERVE) != 0);
}

static void advance_activations(const void *memory, void *tile, void *scratch) {
  const constants *c = (const constants *)memory;
  fields f = bind(c, tile, scratch);
  integrate_activations(c, &f);
}

static void inspect(const void *memory, const void *tile, const void *scratch, int lane, myr_inspection *out) {
  const constants *c = (const constants *)memory;
  fields f = bind(c, (void *)tile, (void *)scratch);
  inspect_lane(c, &f, lane, out);
}

const myr_kernels TABLE = {
    .name = TABLE_NAME,
    .lanes = LANES,
    .scalar_bytes = (int)sizeof(scalar),
    .tile_bytes = tile_bytes,
    .scratch_bytes = scratch_bytes,
    .constants_create = constants_create,
    .constants_destroy = constants_destroy,
    .reset = reset,
    .derive = derive,
    .control_step = control_step,
    .smooth_forces = compute_smooth_forces,
    .integrate_activations = advance_activations,
    .inspect = inspect,
};
