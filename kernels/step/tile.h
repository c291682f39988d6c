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
#define MODEL_REAL(name, element, width, unit, source, doc) free((void *)c->name);
#include "kernels/model.def"
  free(c);
}

static myr_status constants_create(const myr_model *model, void **out, myr_error *error) {
  constants *c = (constants *)malloc(sizeof *c);
  if (!c) return myr_fail(error, MYR_ERROR, "out of memory for a model's constants");
  *c = constants_without_arrays(model);
  int complete = 1;
#define MODEL_INTEGERS(name, element, width) c->name = model->name;
#define MODEL_REAL(name, element, width, unit, source, doc) \
  complete &= (c->name = copy_reals(model->name, myr_model_count(model, MYR_MODEL_##name))) != NULL;
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

/* Scratch holds the scratch fields, then the struct of the lists, then the lists. */
static size_t scratch_bytes(const myr_model *model) {
  myr_layout layout;
  myr_layout_compute(model, &layout);
  return myr_whole_cache_lines((size_t)layout.scratch_elements * sizeof(real)) +
         myr_whole_cache_lines(sizeof(tile_lists)) + lists_bytes(model);
}

static fields bind(const constants *c, void *tile, void *scratch) {
  fields f;
#define FIELD(name, element, width, unit, kind, stage, start, doc) \
  f.name = (real *)(MYR_KIND_##kind == MYR_KIND_SCRATCH ? scratch : tile) + c->layout.offset[MYR_FIELD_##name];
#include "kernels/fields.def"
  char *at = (char *)scratch + myr_whole_cache_lines((size_t)c->layout.scratch_elements * sizeof(real));
  f.lists = (tile_lists *)myr_take_cache_lines(&at, sizeof(tile_lists));
  place_lists(f.lists, c, at);
  return f;
}

/* ------------------------------------------------------------------------------------------------ the table */
static void fill_lane(real *field, int64_t count, int lane, scalar value) {
  for (int64_t i = 0; i < count; i++) lane_set(field + i, lane, value);
}
static void set_lane(real *field, int64_t count, int lane, const scalar *values) {
  for (int64_t i = 0; i < count; i++) lane_set(field + i, lane, values[i]);
}
static void set_lane_from_double(real *field, int64_t count, int lane, const double *values) {
  for (int64_t i = 0; i < count; i++) lane_set(field + i, lane, (scalar)values[i]);
}

/* Writes the start of one field, as its column in fields.def says. */
#define START_ZERO fill_lane(field, count, lane, 0)
#define START_CONSTANT(value) fill_lane(field, count, lane, value)
#define START_MODEL(array) set_lane(field, count, lane, c->array)
#define START_OPTION(option) set_lane_from_double(field, count, lane, c->options.option)
#define START_OPTION_OF_ONE(option) fill_lane(field, count, lane, (scalar)c->options.option)
#define START_KEY(array) \
  if (key < 0)           \
    START_ZERO;          \
  else                   \
    set_lane(field, count, lane, c->array + (int64_t)key * count)
#define START_KEY_OR(array, other) set_lane(field, count, lane, key < 0 ? c->other : c->array + (int64_t)key * count)
#define START_REST(array, other)        \
  if (sizeof(scalar) == sizeof(double)) \
    START_ZERO;                         \
  else                                  \
    START_KEY_OR(array, other)

static void reset(const void *memory, void *tile, int lane, int key) {
  const constants *c = (const constants *)memory;
  const myr_layout *layout = &c->layout;
#define FIELD(name, element, width, unit, kind, stage, start, doc) \
  {                                                                \
    real *field = (real *)tile + layout->offset[MYR_FIELD_##name]; \
    const int64_t count = layout->count[MYR_FIELD_##name];         \
    START_##start;                                                 \
  }
#define SCRATCH_FIELD(name, element, width, unit, stage, doc)
#include "kernels/fields.def"
}

static void derive(const void *memory, void *tile, void *scratch) {
  const constants *c = (const constants *)memory;
  fields f = bind(c, tile, scratch);
  derive_fields(c, &f);
}

/* Adds the work of a control step to the profile, as if each substep were like the last. */
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
