#include "kernels/clock.h"
#include "kernels/fields.h"
#include "kernels/model.h"
#include "episode_pairs.h"
#include "sim/statistics.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

typedef struct runner {
  const myr_plan *plan;
  const myr_plan_info *info;
  episode_pairs *pairs;
  episode_side *side;
  myr_batch *batch;
  const int *bodies; /* (pairs->bodies) the bodies that can move */
} runner;

/* The episodes that the worlds of one group are running. */
typedef struct group_run {
  int64_t *episodes;         /* (group_worlds) */
  myr_episode_state *states; /* (group_worlds) */
  double *values;            /* (group_worlds, value_count) */
  bool *ended;               /* (group_worlds) */
} group_run;

/* ------------------------------------------------------------------------------------------------ one state */
static void record_positions(const runner *r, int world, int episode, int step) {
  myr_span span = myr_batch_field(r->batch, MYR_FIELD_body_position, world);
  float *row =
      r->side->positions + ((size_t)episode * (size_t)r->pairs->steps + (size_t)step) * (size_t)r->pairs->bodies * 3;
  for (int i = 0; i < r->pairs->bodies; i++)
    for (int k = 0; k < 3; k++) row[3 * i + k] = span.data[(3 * r->bodies[i] + k) * span.stride];
}

static void record_contacts(const runner *r, int world, episode_course *course) {
  myr_span forces = myr_batch_field(r->batch, MYR_FIELD_contact_force, world);
  int count = (int)*myr_batch_field(r->batch, MYR_FIELD_contact_count, world).data;
  double sum = 0;
  for (int c = 0; c < count; c++) {
    double squared = 0;
    for (int k = 0; k < 3; k++) {
      double f = (double)forces.data[(3 * c + k) * forces.stride];
      squared += f * f;
    }
    sum += sqrt(squared);
  }
  course->contacts += count;
  course->force += sum;
  course->peak = fmax(course->peak, sum);
}

/* Returns the earliest of the entities' times, or -1 if no entity has one. */
static double earliest(const double *times, int count) {
  double first = -1;
  for (int i = 0; i < count; i++)
    if (times[i] >= 0 && (first < 0 || times[i] < first)) first = times[i];
  return first;
}

static void finish_course(const runner *r, const myr_episode_state *state, const myr_judgement *judgement,
                          episode_course *course) {
  course->success = judgement->success;
  course->reason = judgement->reason;
  course->end = judgement->time;
  course->fall = earliest(state->fall_time, r->info->entity_count);
  course->touch = earliest(state->first_nonfoot_contact_time, r->info->entity_count);
  course->contacts /= course->rows;
  course->force /= course->rows;
}

/* Judges the world's state at the beginning of a step. Returns whether the episode has ended. */
static bool judge(const runner *r, myr_episode_state *state, int world, int step) {
  int episode = (int)state->episode;
  episode_course *course = &r->side->courses[episode];
  myr_judgement judgement;
  myr_plan_judge(r->plan, r->batch, world, state, step, &judgement);
  if (judgement.terminated || judgement.truncated) {
    finish_course(r, state, &judgement, course);
    return true;
  }
  record_positions(r, world, episode, step);
  record_contacts(r, world, course);
  course->rows = step + 1;
  if (!myr_plan_diverged(r->batch, world)) return false;
  myr_plan_divergence(r->plan, step, &judgement);
  finish_course(r, state, &judgement, course);
  return true;
}

/* ------------------------------------------------------------------------------------------------ one group */
static myr_status run_group(const runner *r, group_run *run, int thread, int first, int count, myr_error *error) {
  int group_worlds = r->side->info.group_worlds, first_world = thread * group_worlds, left = count;
  for (int i = 0; i < count; i++) {
    run->ended[i] = false;
    run->episodes[i] = first + i;
  }
  myr_status status =
      myr_plan_begin(r->plan, r->batch, thread, NULL, run->episodes, count, run->values, run->states, error);
  for (int step = 0; step <= r->pairs->steps && left && !status; step++) {
    for (int i = 0; i < count; i++)
      if (!run->ended[i]) myr_plan_control(r->plan, r->batch, first_world + i, &run->states[i], step, NULL);
    int substeps = step < r->pairs->steps ? r->info->substeps : 0; /* the last step shows the final states */
    status = myr_batch_step(r->batch, thread, thread, substeps, MYR_OBSERVE, NULL, error);
    for (int i = 0; i < count && !status; i++) {
      if (run->ended[i]) continue;
      run->ended[i] = judge(r, &run->states[i], first_world + i, step);
      left -= run->ended[i];
    }
  }
  return status;
}

static bool group_run_create(const runner *r, group_run *run) {
  size_t worlds = (size_t)r->side->info.group_worlds;
  *run = (group_run){.episodes = calloc(worlds, sizeof *run->episodes),
                     .states = myr_plan_states(r->plan, (int)worlds),
                     .values = calloc(worlds * (size_t)r->info->value_count + 1, sizeof *run->values),
                     .ended = calloc(worlds, sizeof *run->ended)};
  return run->episodes && run->states && run->values && run->ended;
}

static void group_run_free(group_run *run) {
  free(run->episodes);
  free(run->states);
  free(run->values);
  free(run->ended);
}

static void keep_failure(myr_status status, const myr_error *error, myr_status *first, myr_error *first_error) {
#pragma omp critical(episode_pairs_failure)
  if (status && !*first) {
    *first = status;
    if (first_error) *first_error = *error;
  }
}

/* Runs all episodes in one engine. Each thread has one group, and takes the next episodes until none is left. */
static myr_status run_side(const runner *r, myr_error *error) {
  int group_worlds = r->side->info.group_worlds, episodes = r->pairs->episodes;
  int blocks = (episodes + group_worlds - 1) / group_worlds;
  myr_status first = MYR_OK;
#pragma omp parallel num_threads(r->side->info.threads)
  {
    group_run run;
    bool complete = group_run_create(r, &run);
    myr_error own = {0};
    if (!complete) keep_failure(MYR_ERROR, &(myr_error){"too little memory for a comparison"}, &first, error);
#pragma omp for schedule(dynamic, 1)
    for (int block = 0; block < blocks; block++) {
      if (!complete) continue;
      int start = block * group_worlds, left = episodes - start;
      myr_status status =
          run_group(r, &run, omp_get_thread_num(), start, left < group_worlds ? left : group_worlds, &own);
      keep_failure(status, &own, &first, error);
    }
    group_run_free(&run);
  }
  return first;
}

/* Creates a batch with as many worlds as give every thread one group. */
static myr_status open_batch(runner *r, const char *engine, int threads, myr_error *error) {
  myr_batch_description description = {
      .model = r->info->model, .engine = engine, .worlds = 1, .threads = threads, .start = r->info->start};
  myr_batch_info one;
  myr_status status = myr_batch_estimate(&description, &one, error);
  if (status) return status;
  description.worlds = one.threads * one.lanes;
  status = myr_batch_create(&description, &r->batch, error);
  if (!status) myr_batch_describe(r->batch, &r->side->info);
  return status;
}

static myr_status run_engine(runner *r, const char *engine, int threads, myr_error *error) {
  size_t episodes = (size_t)r->pairs->episodes, rows = episodes * (size_t)r->pairs->steps;
  r->side->courses = calloc(episodes, sizeof *r->side->courses);
  r->side->positions = calloc(rows * (size_t)r->pairs->bodies * 3 + 1, sizeof *r->side->positions);
  if (!r->side->courses || !r->side->positions)
    return myr_fail(error, MYR_ERROR, "too little memory for %zu episodes: compare fewer (--episodes)", episodes);
  myr_status status = open_batch(r, engine, threads, error);
  double start = myr_clock_seconds();
  if (!status) status = run_side(r, error);
  r->side->seconds = myr_clock_seconds() - start;
  myr_batch_destroy(r->batch);
  r->batch = NULL;
  return status;
}

/* ------------------------------------------------------------------------------------------------ statistics */
static double quantile(const double *sorted, int count, double share) {
  return count ? sorted[(int)(share * (count - 1) + 0.5)] : NAN;
}

static distance_quantiles quantiles_of(double *values, int count) {
  distance_quantiles q = {.mean = count ? 0 : NAN};
  myr_sort_ascending(values, count);
  for (int i = 0; i < count; i++) q.mean += values[i] / count;
  q.low = quantile(values, count, 0.1);
  q.median = quantile(values, count, 0.5);
  q.high = quantile(values, count, 0.9);
  return q;
}

static double distance_of(const episode_pairs *p, int episode, int step, int body) {
  size_t at = (((size_t)episode * (size_t)p->steps + (size_t)step) * (size_t)p->bodies + (size_t)body) * 3;
  double squared = 0;
  for (int k = 0; k < 3; k++) {
    double d = (double)p->sides[0].positions[at + (size_t)k] - (double)p->sides[1].positions[at + (size_t)k];
    squared += d * d;
  }
  return sqrt(squared);
}

/* Sums up the distances of one step over the episodes: the mean over the root bodies, is_root (bodies), and the mean
 * over all bodies. roots and all: (episodes) scratch. */
static void compare_step(episode_pairs *p, const bool *is_root, int step, double *roots, double *all) {
  int count = 0;
  for (int e = 0; e < p->episodes; e++) {
    if (step >= p->sides[0].courses[e].rows || step >= p->sides[1].courses[e].rows) continue;
    double root_sum = 0, sum = 0;
    int root_count = 0;
    for (int b = 0; b < p->bodies; b++) {
      double d = distance_of(p, e, step, b);
      sum += d;
      root_sum += is_root[b] ? d : 0;
      root_count += is_root[b];
    }
    all[count] = p->bodies ? sum / p->bodies : 0;
    roots[count++] = root_count ? root_sum / root_count : 0;
  }
  p->going_on[step] = count;
  p->roots[step] = quantiles_of(roots, count);
  p->all[step] = quantiles_of(all, count);
}

static myr_status compare_all(episode_pairs *p, const myr_plan_info *info, const int *bodies, myr_error *error) {
  size_t steps = (size_t)p->steps, episodes = (size_t)p->episodes;
  bool *is_root = calloc((size_t)p->bodies + 1, sizeof *is_root);
  double *numbers = calloc(2 * episodes, sizeof *numbers);
  p->going_on = calloc(steps, sizeof *p->going_on);
  p->roots = calloc(steps, sizeof *p->roots);
  p->all = calloc(steps, sizeof *p->all);
  bool enough = is_root && numbers && p->going_on && p->roots && p->all;
  for (int b = 0; enough && b < p->bodies; b++)
    for (int e = 0; e < info->entity_count; e++)
      is_root[b] |= !info->entities[e].ground && info->entities[e].root_body == bodies[b];
  for (int step = 0; enough && step < p->steps; step++) compare_step(p, is_root, step, numbers, numbers + episodes);
  free(is_root);
  free(numbers);
  return enough ? MYR_OK : myr_fail(error, MYR_ERROR, "too little memory for a comparison");
}

double course_mean(const episode_pairs *p, int side, course_number number) {
  double sum = 0;
  for (int e = 0; e < p->episodes; e++) sum += fmax(number(&p->sides[side].courses[e]), 0);
  int count = course_count(p, side, number);
  return count ? sum / count : NAN;
}

int course_count(const episode_pairs *p, int side, course_number number) {
  int count = 0;
  for (int e = 0; e < p->episodes; e++) count += number(&p->sides[side].courses[e]) >= 0;
  return count;
}

double course_difference(const episode_pairs *p, course_number number, int *both) {
  double *differences = calloc((size_t)p->episodes, sizeof *differences);
  int count = 0;
  for (int e = 0; differences && e < p->episodes; e++) {
    double a = number(&p->sides[0].courses[e]), b = number(&p->sides[1].courses[e]);
    if (a >= 0 && b >= 0) differences[count++] = fabs(a - b);
  }
  double median = differences ? quantiles_of(differences, count).median : NAN;
  free(differences);
  *both = count;
  return median;
}

/* ------------------------------------------------------------------------------------------------ together */
static int *list_moving_bodies(const myr_model *m, int *count) {
  int *bodies = calloc((size_t)m->nbody, sizeof *bodies);
  *count = 0;
  for (int b = 1; bodies && b < m->nbody; b++)
    if (m->body_weld[b] != 0) bodies[(*count)++] = b;
  return bodies;
}

myr_status episode_pairs_run(const episode_pairs_description *d, episode_pairs *pairs, myr_error *error) {
  const myr_plan_info *info = myr_plan_describe(d->plan);
  *pairs = (episode_pairs){.episodes = d->episodes, .steps = info->control_steps, .period = info->control_period};
  int *bodies = list_moving_bodies(info->model, &pairs->bodies);
  myr_status status = bodies ? MYR_OK : myr_fail(error, MYR_ERROR, "too little memory for a comparison");
  for (int s = 0; s < 2 && !status; s++) {
    runner runner = {.plan = d->plan, .info = info, .pairs = pairs, .side = &pairs->sides[s], .bodies = bodies};
    status = run_engine(&runner, d->engines[s], d->threads, error);
  }
  if (!status) status = compare_all(pairs, info, bodies, error);
  free(bodies);
  if (status) episode_pairs_free(pairs);
  return status;
}

void episode_pairs_free(episode_pairs *pairs) {
  for (int s = 0; s < 2; s++) {
    free(pairs->sides[s].courses);
    free(pairs->sides[s].positions);
  }
  free(pairs->going_on);
  free(pairs->roots);
  free(pairs->all);
  *pairs = (episode_pairs){0};
}
