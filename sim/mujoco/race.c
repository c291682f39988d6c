#include "sim/mujoco/race.h"

#include <stdlib.h>

#include <mujoco/mjbatch.h>

#include "kernels/clock.h"
#include "sim/mujoco/guard.h"
#include "sim/mujoco/oracle.h"

enum { WORLDS_PER_THREAD = 64 };

/* Of one world, in a counted run. */
typedef struct world_counts {
  uint64_t contacts, rows, iterations;
} world_counts;

struct race {
  workload work;
  oracle oracle;
  mjBatch *batch;
  world_counts *counts; /* (sample) */
  int worlds, sample, threads;
};

/* ------------------------------------------------------------------------------------------------ set-up */
typedef struct batch_call {
  race *race;
  char message[800]; /* empty: all went well */
} batch_call;

static void make_batch(void *context) {
  batch_call *call = context;
  race *r = call->race;
  mjBatchConfig config;
  mjb_defaultConfig(&config);
  config.nthread = r->threads;
  r->batch = mjb_makeBatch(r->oracle.model, r->sample, &config, call->message, sizeof call->message);
}

myr_status race_create(const workload *work, const char *path, const myr_scene *scene, int worlds, int threads,
                       race **result, myr_error *error) {
  *result = NULL;
  race *r = calloc(1, sizeof *r);
  int most = WORLDS_PER_THREAD * threads, sample = worlds < most ? worlds : most;
  if (r) r->counts = calloc((size_t)sample, sizeof *r->counts);
  if (!r || !r->counts) {
    free(r);
    return myr_fail(error, MYR_ERROR, "out of memory for MuJoCo's worlds");
  }
  r->work = *work;
  r->worlds = worlds;
  r->threads = threads;
  r->sample = sample;
  batch_call call = {.race = r};
  myr_status status = oracle_load(work->model, path, scene, &r->oracle, error);
  if (!status) status = guard_run(make_batch, &call, error);
  if (!status && !r->batch) status = myr_fail(error, MYR_ERROR, "MuJoCo makes no batch: %s", call.message);
  if (status)
    race_destroy(r);
  else
    *result = r;
  return status;
}

void race_destroy(race *r) {
  if (!r) return;
  if (r->batch) mjb_deleteBatch(r->batch);
  oracle_release(&r->oracle);
  free(r->counts);
  free(r);
}

/* ------------------------------------------------------------------------------------------------ states */
/* The number of a sampled world among all. */
static int world_of(const race *r, int sim) { return (int)((int64_t)sim * r->worlds / r->sample); }

/* A component of a world's state row. */
static mjtNum *component(const race *r, int sim, int which) {
  return mjb_stateComponent(r->batch, which, NULL) + (size_t)sim * (size_t)mjb_nstate(r->batch);
}

/* The first error of a call in which some worlds failed. */
static myr_status failure(const race *r, int failed, myr_error *error) {
  if (failed == 0) return MYR_OK;
  const int *status = mjb_status(r->batch);
  for (int sim = 0; sim < r->sample; sim++)
    if (status[sim]) return myr_fail(error, MYR_ERROR, "MuJoCo: %s", mjb_error(r->batch, sim));
  return myr_fail(error, MYR_ERROR, "MuJoCo: %d worlds failed", failed);
}

myr_status race_start(race *r, myr_error *error) {
  myr_status status = failure(r, mjb_reset(r->batch, NULL, 0, NULL, mjSTAGE_NONE), error);
  for (int sim = 0; sim < r->sample && !status; sim++)
    workload_start(&r->work, world_of(r, sim), component(r, sim, mjSTATE_QPOS), component(r, sim, mjSTATE_QVEL),
                   component(r, sim, mjSTATE_ACT));
  return status;
}

/* ------------------------------------------------------------------------------------------------ steps */
typedef struct counted_steps {
  race *race;
  int steps;
} counted_steps;

static void step_and_count(const mjModel *m, mjData *d, int sim, void *context) {
  const counted_steps *call = context;
  world_counts *counts = &call->race->counts[sim];
  for (int i = 0; i < call->steps; i++) {
    mj_step(m, d);
    counts->contacts += (uint64_t)d->ncon;
    counts->rows += (uint64_t)d->nefc;
    counts->iterations += (uint64_t)mujoco_iterations(d);
  }
}

static void add_counts(race *r, race_totals *totals) {
  for (int sim = 0; sim < r->sample; sim++) {
    totals->contacts += r->counts[sim].contacts;
    totals->rows += r->counts[sim].rows;
    totals->iterations += r->counts[sim].iterations;
    r->counts[sim] = (world_counts){0};
  }
}

myr_status race_run(race *r, int first_step, int steps, bool count, race_totals *totals, myr_error *error) {
  *totals = (race_totals){0};
  myr_status status = MYR_OK;
  for (int step = 0; step < steps && !status; step += WORKLOAD_HOLD) {
    int held = steps - step < WORKLOAD_HOLD ? steps - step : WORKLOAD_HOLD;
    for (int sim = 0; sim < r->sample; sim++)
      workload_controls(&r->work, world_of(r, sim), (first_step + step) / WORKLOAD_HOLD,
                        component(r, sim, mjSTATE_CTRL));
    counted_steps call = {r, held};
    double start = myr_clock_seconds();
    int failed = count ? mjb_apply(r->batch, NULL, 0, step_and_count, &call, 1)
                       : mjb_step(r->batch, NULL, 0, held, mjSTAGE_NONE);
    totals->seconds += myr_clock_seconds() - start;
    status = failure(r, failed, error);
  }
  totals->steps = (uint64_t)r->sample * (uint64_t)steps;
  add_counts(r, totals);
  return status;
}
