#include "sim/mujoco/race.h"

#include <omp.h>
#include <stdlib.h>

#include "kernels/clock.h"
#include "sim/mujoco/guard.h"
#include "sim/mujoco/oracle.h"

enum { WORLDS_PER_THREAD = 8 };

struct race {
  workload work;
  oracle oracle;
  mjData **data; /* (threads) */
  int worlds, sample, threads;
};

/* One world of one thread. */
typedef struct race_lap {
  race *race;
  mjData *d;
  int world, steps;
  race_totals totals;
} race_lap;

static void make_data(void *context) {
  race *r = context;
  for (int i = 0; i < r->threads; i++) r->data[i] = mj_makeData(r->oracle.model);
}

myr_status race_create(const workload *work, const char *path, const myr_scene *scene, int worlds, int threads,
                       race **result, myr_error *error) {
  *result = NULL;
  race *r = calloc(1, sizeof *r);
  if (r) r->data = calloc((size_t)threads, sizeof *r->data);
  if (!r || !r->data) {
    free(r);
    return myr_fail(error, MYR_ERROR, "out of memory for MuJoCo's worlds");
  }
  r->work = *work;
  r->worlds = worlds;
  r->threads = threads;
  r->sample = worlds < WORLDS_PER_THREAD * threads ? worlds : WORLDS_PER_THREAD * threads;
  myr_status status = oracle_load(work->model, path, scene, &r->oracle, error);
  if (!status) status = guard_run(make_data, r, error);
  if (status)
    race_destroy(r);
  else
    *result = r;
  return status;
}

void race_destroy(race *r) {
  if (!r) return;
  for (int i = 0; i < r->threads; i++)
    if (r->data[i]) mj_deleteData(r->data[i]);
  free(r->data);
  oracle_release(&r->oracle);
  free(r);
}

static void run_world(void *context) {
  race_lap *lap = context;
  const mjModel *m = lap->race->oracle.model;
  mj_resetData(m, lap->d);
  workload_start(&lap->race->work, lap->world, lap->d->qpos, lap->d->qvel, lap->d->act);
  for (int step = 0; step < lap->steps; step++) {
    if (step % WORKLOAD_HOLD == 0) workload_controls(&lap->race->work, lap->world, step / WORKLOAD_HOLD, lap->d->ctrl);
    mj_step(m, lap->d);
    lap->totals.contacts += (uint64_t)lap->d->ncon;
    lap->totals.rows += (uint64_t)lap->d->nefc;
    lap->totals.iterations += (uint64_t)mujoco_iterations(lap->d);
  }
  lap->totals.steps += (uint64_t)lap->steps;
}

myr_status race_run(race *r, int steps, race_totals *totals, myr_error *error) {
  uint64_t done = 0, contacts = 0, rows = 0, iterations = 0;
  myr_status worst = MYR_OK;
  double start = myr_clock_seconds();
#pragma omp parallel num_threads(r->threads) reduction(+ : done, contacts, rows, iterations)
  {
    race_lap lap = {.race = r, .d = r->data[omp_get_thread_num()], .steps = steps};
#pragma omp for schedule(dynamic, 1)
    for (int i = 0; i < r->sample; i++) {
      lap.world = (int)((int64_t)i * r->worlds / r->sample);
      myr_error reason = {0};
      myr_status status = guard_run(run_world, &lap, &reason);
      if (status) {
#pragma omp critical(race_error)
        worst = myr_fail(error, status, "%s", reason.message);
      }
    }
    done += lap.totals.steps;
    contacts += lap.totals.contacts;
    rows += lap.totals.rows;
    iterations += lap.totals.iterations;
  }
  *totals = (race_totals){myr_clock_seconds() - start, done, contacts, rows, iterations};
  return worst;
}
