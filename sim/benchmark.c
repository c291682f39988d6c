/* Measures the throughput of a batch and, in alternating rounds, of MuJoCo or another engine. Both have the same
 * workload and the same threads. A robot that falls over has other contacts than one that lies, so there are two phases:
 * from the start, and once the worlds have settled. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/clock.h"
#include "kernels/fields.h"
#include "kernels/model.h"
#include "sim/benchmark.h"
#include "sim/energy.h"
#include "sim/mujoco/race.h"
#include "sim/statistics.h"
#include "sim/workload.h"

enum { DEFAULT_WORLDS = 4096, DEFAULT_STEPS = 500, DEFAULT_ROUNDS = 5 };
enum { RIVAL_WORLDS = 8 }; /* per thread: enough for a stable mean of an engine that steps world by world */

typedef struct benchmark {
  myr_benchmark_description description; /* defaults filled in */
  workload work;
  myr_batch *batch;
  myr_batch_info info;
  race *race;                           /* NULL: MuJoCo is not run */
  struct benchmark *rival;              /* the other engine's side; NULL: there is none */
  double *start;                        /* (threads, most) room for one world's state or controls */
  size_t most;                          /* doubles for each thread */
  double *rates, *other_rates, *ratios; /* (rounds) */
  bool settled;                         /* rounds go on where the last one ended, instead of at the start */
  int step, mujoco_step;                /* of the workload, at which a round that goes on begins */
  bool failed;                          /* the device failed; error says why */
  myr_error error;
  energy_meter *meter; /* NULL: nothing counts the energy */
  double joules;       /* of all timed rounds together, or NAN */
} benchmark;

/* ------------------------------------------------------------------------------------------------ our side */
static int worlds_of(const benchmark *b, int group) {
  int left = b->info.worlds - group * b->info.group_worlds;
  return left < b->info.group_worlds ? left : b->info.group_worlds;
}

static void start_all(benchmark *b) {
  b->step = 0;
#pragma omp parallel for schedule(static) num_threads(b->info.threads)
  for (int group = 0; group < b->info.groups; group++) {
    double *room = b->start + b->most * (size_t)omp_get_thread_num();
    for (int i = 0; i < worlds_of(b, group); i++)
      workload_begin(&b->work, b->batch, group * b->info.group_worlds + i, room);
    myr_batch_commit(b->batch, group, NULL);
  }
}

static void set_controls(benchmark *b, int group, int control_step, double *room) {
  for (int i = 0; i < worlds_of(b, group); i++)
    workload_control(&b->work, b->batch, group * b->info.group_worlds + i, control_step, room);
}

static void check(benchmark *b, myr_status status, const myr_error *error) {
  if (!status) return;
#pragma omp critical(benchmark_failure)
  {
    b->failed = true;
    b->error = *error;
  }
}

/* Steps, rounded up to whole control steps. */
static int whole_holds(int steps) { return (steps + WORKLOAD_HOLD - 1) / WORKLOAD_HOLD * WORKLOAD_HOLD; }

/* All worlds advance together, control step by control step, because a learner drives them so. When a group's turn
 * comes again, its memory has left the cache. */
static void run_thread(benchmark *b, int thread, int steps, myr_profile *profile) {
  myr_error error = {0};
  double *room = b->start + b->most * (size_t)thread;
  int first = (int)((int64_t)b->info.groups * thread / b->info.threads);
  int last = (int)((int64_t)b->info.groups * (thread + 1) / b->info.threads);
  for (int step = 0; step < steps; step += WORKLOAD_HOLD) {
    int left = steps - step, substeps = left < WORKLOAD_HOLD ? left : WORKLOAD_HOLD;
    int at_once = profile ? 1 : substeps; /* because a profile counts the last substep for all */
    for (int group = first; group < last; group++) {
      set_controls(b, group, (b->step + step) / WORKLOAD_HOLD, room);
      for (int done = 0; done < substeps; done += at_once)
        check(b, myr_batch_step(b->batch, group, thread, at_once, 0, profile, &error), &error);
    }
  }
  for (int group = first; group < last; group++) check(b, myr_batch_finish(b->batch, group, &error), &error);
}

static void add_profile(myr_profile *sum, const myr_profile *part) {
  for (int s = 0; s < MYR_STAGE_COUNT; s++) sum->nanoseconds[s] += part->nanoseconds[s];
  sum->steps += part->steps;
  sum->tile_steps += part->tile_steps;
  sum->union_rows += part->union_rows;
  sum->rows += part->rows;
  sum->contacts += part->contacts;
  sum->iterations += part->iterations;
  sum->tile_iterations += part->tile_iterations;
}

/* Steps all worlds on; the seconds it took. profile: NULL in timed rounds, because reading the clock between stages costs
 * time too. */
static double run_steps(benchmark *b, int steps, myr_profile *profile) {
  double start = myr_clock_seconds();
#pragma omp parallel num_threads(b->info.threads)
  {
    myr_profile own = {0};
    run_thread(b, omp_get_thread_num(), steps, profile ? &own : NULL);
    if (profile) {
#pragma omp critical(benchmark_profile)
      add_profile(profile, &own);
    }
  }
  b->step += whole_holds(steps);
  return myr_clock_seconds() - start;
}

/* A timed round: world steps a second. */
static double run_round(benchmark *b) {
  if (!b->settled) start_all(b);
  double joules_before = energy_joules(b->meter);
  double seconds = run_steps(b, b->description.steps, NULL);
  b->joules += energy_joules(b->meter) - joules_before;
  return (double)b->info.worlds * b->description.steps / seconds;
}

/* Since their starts, all worlds together. */
static double dropped_contacts(const benchmark *b) {
  double sum = 0;
  for (int world = 0; world < b->info.worlds; world++)
    sum += (double)*myr_batch_field(b->batch, MYR_FIELD_dropped_contacts, world).data;
  return sum;
}

/* The warm-up round is also the round that counts contacts, rows and iterations. */
static void count_round(benchmark *b, myr_benchmark_phase *phase) {
  myr_profile profile = {0};
  if (!b->settled) start_all(b);
  double dropped_before = dropped_contacts(b);
  run_steps(b, b->description.steps, &profile);
  double total = 0, steps = profile.steps ? (double)profile.steps : 1;
  for (int s = 0; s < MYR_STAGE_COUNT; s++) total += (double)profile.nanoseconds[s];
  for (int s = 0; s < MYR_STAGE_COUNT; s++)
    phase->stage_share[s] = total > 0 ? (double)profile.nanoseconds[s] / total : 0;
  phase->own.mean_contacts = (double)profile.contacts / steps;
  phase->mean_dropped_contacts =
      (dropped_contacts(b) - dropped_before) / ((double)b->info.worlds * b->description.steps);
  phase->own.mean_rows = (double)profile.rows / steps;
  phase->own.mean_iterations = (double)profile.iterations / steps;
  phase->mean_union_rows = profile.tile_steps ? (double)profile.union_rows / (double)profile.tile_steps : 0;
}

/* ------------------------------------------------------------------------------------------------ the other side */
/* Steps MuJoCo's worlds on. */
static myr_status run_mujoco(benchmark *b, int steps, bool count, race_totals *totals, myr_error *error) {
  myr_status status = MYR_OK;
  if (!b->settled) {
    b->mujoco_step = 0;
    status = race_start(b->race, error);
  }
  if (!status) status = race_run(b->race, b->mujoco_step, steps, count, totals, error);
  b->mujoco_step += whole_holds(steps);
  return status;
}

static myr_status failure_of(const benchmark *b, myr_error *error) {
  return b->failed ? myr_fail(error, MYR_STOPPED, "%s", b->error.message) : MYR_OK;
}

static myr_status count_other(benchmark *b, myr_benchmark_side *side, myr_error *error) {
  if (b->rival) {
    myr_benchmark_phase phase = {0};
    count_round(b->rival, &phase);
    *side = phase.own;
    return failure_of(b->rival, error);
  }
  if (!b->race) return MYR_OK;
  race_totals totals = {0};
  myr_status status = run_mujoco(b, b->description.steps, true, &totals, error);
  double steps = totals.steps ? (double)totals.steps : 1;
  side->mean_contacts = (double)totals.contacts / steps;
  side->mean_rows = (double)totals.rows / steps;
  side->mean_iterations = (double)totals.iterations / steps;
  return status;
}

static myr_status run_other(benchmark *b, int round, myr_error *error) {
  if (b->rival) {
    b->other_rates[round] = run_round(b->rival);
    return failure_of(b->rival, error);
  }
  if (!b->race) return MYR_OK;
  race_totals totals = {0};
  myr_status status = run_mujoco(b, b->description.steps, false, &totals, error);
  b->other_rates[round] = (double)totals.steps / totals.seconds;
  return status;
}

/* ------------------------------------------------------------------------------------------------ phases */
/* The first side of a round warms the machine up for the second, so the sides take turns at being first. */
static myr_status run_rounds(benchmark *b, myr_error *error) {
  for (int round = 0; round < b->description.rounds; round++) {
    myr_status status = MYR_OK;
    if (round % 2) status = run_other(b, round, error);
    b->rates[round] = run_round(b);
    if (round % 2 == 0) status = run_other(b, round, error);
    if (b->failed) return failure_of(b, error);
    if (status) return status;
    if (b->race || b->rival) b->ratios[round] = b->rates[round] / b->other_rates[round];
  }
  return MYR_OK;
}

/* NAN if the counter did not advance, because the rounds were then too short for it. */
static double joules_per_million_steps(const benchmark *b) {
  double steps = (double)b->info.worlds * b->description.steps * b->description.rounds;
  return b->joules > 0 ? 1e6 * b->joules / steps : NAN;
}

static void summarize(benchmark *b, myr_benchmark_phase *phase) {
  int rounds = b->description.rounds;
  phase->own.steps_per_second = myr_median(b->rates, rounds);
  phase->joules_per_million_steps = joules_per_million_steps(b);
  if (!b->race && !b->rival) return;
  phase->other.steps_per_second = myr_median(b->other_rates, rounds);
  phase->ratio = myr_median(b->ratios, rounds);
  phase->ratio_low = b->ratios[0];
  phase->ratio_high = b->ratios[rounds - 1];
}

static myr_status run_phase(benchmark *b, myr_benchmark_phase *phase, myr_error *error) {
  b->joules = 0;
  count_round(b, phase);
  myr_status status = failure_of(b, error);
  if (!status) status = count_other(b, &phase->other, error);
  if (!status) status = run_rounds(b, error);
  if (!status) summarize(b, phase);
  return status;
}

/* Lets all worlds of both sides go on for a while. From here on no round begins anew. */
static myr_status settle(benchmark *b, myr_error *error) {
  int steps = whole_holds((int)(b->description.settle_seconds / b->work.model->options.timestep) + 1);
  b->settled = true;
  run_steps(b, steps, NULL);
  myr_status status = failure_of(b, error);
  if (b->rival) {
    b->rival->settled = true;
    run_steps(b->rival, steps, NULL);
    if (!status) status = failure_of(b->rival, error);
  }
  race_totals totals = {0};
  return b->race && !status ? run_mujoco(b, steps, false, &totals, error) : status;
}

/* ------------------------------------------------------------------------------------------------ set-up */
static myr_status allocate(benchmark *b, myr_error *error) {
  const myr_model *m = b->work.model;
  size_t rounds = (size_t)b->description.rounds;
  /* rounded up so that no two threads write to one cache line */
  b->most = (workload_doubles(m) + 31) / 16 * 16;
  b->start = calloc(b->most * (size_t)b->info.threads, sizeof(double));
  b->rates = calloc(rounds, sizeof(double));
  b->other_rates = calloc(rounds, sizeof(double));
  b->ratios = calloc(rounds, sizeof(double));
  if (b->start && b->rates && b->other_rates && b->ratios) return MYR_OK;
  return myr_fail(error, MYR_ERROR, "out of memory for a benchmark");
}

static myr_status prepare(benchmark *b, myr_error *error);

static myr_status prepare_rival(benchmark *b, myr_error *error) {
  b->rival = calloc(1, sizeof *b->rival);
  if (!b->rival) return myr_fail(error, MYR_ERROR, "out of memory for a benchmark");
  b->rival->description = b->description;
  b->rival->work = b->work;
  myr_benchmark_description *what = &b->rival->description;
  what->engine = what->against;
  what->against = NULL;
  what->lanes = 0;
  what->threads = b->info.threads;
  if (what->worlds > RIVAL_WORLDS * b->info.threads) what->worlds = RIVAL_WORLDS * b->info.threads;
  return prepare(b->rival, error);
}

static myr_status prepare(benchmark *b, myr_error *error) {
  const myr_benchmark_description *what = &b->description;
  myr_batch_description batch = {.model = what->model,
                                 .engine = what->engine,
                                 .worlds = what->worlds,
                                 .lanes = what->lanes,
                                 .threads = what->threads,
                                 .mapping = what->mapping};
  myr_status status = myr_batch_create(&batch, &b->batch, error);
  if (status) return status;
  myr_batch_describe(b->batch, &b->info);
  /* Most machines have no counter, or do not let everybody read it. That is no error. */
  energy_open(b->info.pci_bus_id[0] ? b->info.pci_bus_id : "cpu", NULL, &b->meter, NULL);
  status = allocate(b, error);
  if (!status && (what->path || what->scene))
    status = race_create(&b->work, what->path, what->scene, b->info.worlds, b->info.threads, &b->race, error);
  if (!status && what->against) status = prepare_rival(b, error);
  return status;
}

static myr_status run(benchmark *b, myr_benchmark *result, myr_error *error) {
  myr_status status = prepare(b, error);
  if (status) return status;
  result->batch = b->info;
  result->has_mujoco = b->race != NULL;
  if (b->rival) result->rival = b->rival->info.kernels;
  status = run_phase(b, &result->first, error);
  if (status || !(b->description.settle_seconds > 0)) return status;
  status = settle(b, error);
  if (!status) status = run_phase(b, &result->settled, error);
  result->has_settled = !status;
  return status;
}

static void release(benchmark *b) {
  if (b->rival) release(b->rival);
  free(b->rival);
  energy_close(b->meter);
  race_destroy(b->race);
  myr_batch_destroy(b->batch);
  free(b->start);
  free(b->rates);
  free(b->other_rates);
  free(b->ratios);
}

static void fill_defaults(myr_benchmark_description *what) {
  if (what->worlds < 1) what->worlds = DEFAULT_WORLDS;
  if (what->steps < 1) what->steps = DEFAULT_STEPS;
  if (what->rounds < 1) what->rounds = DEFAULT_ROUNDS;
}

myr_status myr_benchmark_run(const myr_benchmark_description *description, myr_benchmark *result, myr_error *error) {
  *result = (myr_benchmark){0};
  if (!description->model) return myr_fail(error, MYR_INVALID, "a benchmark needs a model");
  if (description->key >= description->model->nkey)
    return myr_fail(error, MYR_INVALID, "keyframe %d of %d", description->key, description->model->nkey);
  benchmark b = {.description = *description};
  fill_defaults(&b.description);
  b.work = (workload){.model = description->model, .key = description->key, .seed = description->seed};
  myr_status status = run(&b, result, error);
  release(&b);
  return status;
}
