/* Steps the same worlds with two engines and compares every field in every bit. */
#include <stdlib.h>
#include <string.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "sim/sim.h"
#include "sim/workload.h"

enum { DEFAULT_WORLDS = 64, DEFAULT_STEPS = 100, SUBSTEPS = 2 };

typedef struct side {
  myr_batch *batch;
  myr_batch_info info;
} side;

static myr_status open_side(const myr_engine_comparison_description *d, const char *engine, int lanes, side *out,
                            myr_error *error) {
  const myr_batch_description batch = {
      .model = d->model, .engine = engine, .worlds = d->worlds, .lanes = lanes, .threads = 1, .mapping = d->mapping};
  myr_status status = myr_batch_create(&batch, &out->batch, error);
  if (!status) myr_batch_describe(out->batch, &out->info);
  return status;
}

static myr_status start(const workload *work, side *side, double *room, myr_error *error) {
  for (int world = 0; world < side->info.worlds; world++) workload_begin(work, side->batch, world, room);
  myr_status status = MYR_OK;
  for (int group = 0; group < side->info.groups && !status; group++)
    status = myr_batch_commit(side->batch, group, error);
  return status;
}

static myr_status step(const workload *work, side *side, int control_step, double *room, myr_error *error) {
  for (int world = 0; world < side->info.worlds; world++)
    workload_control(work, side->batch, world, control_step, room);
  myr_status status = MYR_OK;
  for (int group = 0; group < side->info.groups && !status; group++)
    status = myr_batch_step(side->batch, group, 0, SUBSTEPS, MYR_OBSERVE, NULL, error);
  return status;
}

/* Compares bits, so that a NaN equals itself and the two zeros differ.
 * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
static bool same_bits(float a, float b) { return memcmp(&a, &b, sizeof a) == 0; }

static bool compare_field(const side sides[2], enum myr_field field, int world, myr_engine_difference *first) {
  const myr_span one = myr_batch_field(sides[0].batch, field, world);
  const myr_span two = myr_batch_field(sides[1].batch, field, world);
  for (int e = 0; e < one.count; e++) {
    float a = one.data[e * one.stride], b = two.data[e * two.stride];
    if (same_bits(a, b)) continue;
    first->field = myr_field_infos[field].name;
    first->element = e;
    first->world = world;
    first->values[0] = a;
    first->values[1] = b;
    return false;
  }
  return true;
}

static bool compare_worlds(const side sides[2], myr_engine_difference *first) {
  for (int world = 0; world < sides[0].info.worlds; world++)
    for (int field = 0; field < MYR_FIELD_COUNT; field++)
      if (myr_field_infos[field].kind != MYR_KIND_SCRATCH && !compare_field(sides, (enum myr_field)field, world, first))
        return false;
  return true;
}

static void count_contacts(const side *side, myr_engine_comparison *result) {
  for (int world = 0; world < side->info.worlds; world++)
    result->contacts += (int64_t)*myr_batch_field(side->batch, MYR_FIELD_contact_count, world).data;
}

static myr_status compare(const myr_engine_comparison_description *d, side sides[2], double *room,
                          myr_engine_comparison *result, myr_error *error) {
  const workload work = {.model = d->model, .key = d->model->nkey > 0 ? 0 : -1, .seed = d->seed};
  myr_status status = MYR_OK;
  for (int s = 0; s < 2 && !status; s++) status = start(&work, &sides[s], room, error);
  for (int i = 0; i < d->steps && !status && !result->differs; i++) {
    for (int s = 0; s < 2 && !status; s++) status = step(&work, &sides[s], i, room, error);
    if (status) break;
    result->differs = !compare_worlds(sides, &result->first);
    result->first.step = i;
    result->steps = i + 1;
    count_contacts(&sides[0], result);
  }
  return status;
}

myr_status myr_compare_engines(const myr_engine_comparison_description *description, myr_engine_comparison *result,
                               myr_error *error) {
  myr_engine_comparison_description d = *description;
  if (d.worlds < 1) d.worlds = DEFAULT_WORLDS;
  if (d.steps < 1) d.steps = DEFAULT_STEPS;
  *result = (myr_engine_comparison){.worlds = d.worlds, .substeps = SUBSTEPS};
  side sides[2] = {0};
  double *room = calloc(workload_doubles(d.model) + 1, sizeof *room);
  myr_status status = room ? MYR_OK : myr_fail(error, MYR_ERROR, "out of memory for a comparison");
  if (!status) status = open_side(&d, "cpu", d.lanes, &sides[0], error);
  if (!status) status = open_side(&d, d.against, 0, &sides[1], error);
  for (int s = 0; s < 2 && !status; s++) result->sides[s] = sides[s].info;
  if (!status) status = compare(&d, sides, room, result, error);
  for (int s = 0; s < 2; s++) myr_batch_destroy(sides[s].batch);
  free(room);
  return status;
}
