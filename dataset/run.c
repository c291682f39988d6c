/* The run loop: threads simulate episodes in the worlds of their hands, and the writer writes the recordings to disk.
 *
 * A hand (run_hand.h) is a set of worlds that belongs to one thread. The thread takes the next episodes by their
 * indices, one for each free world of the hand, and steps the hand. A world whose episode has ended takes the next one
 * at once. On the CPU, a hand is one tile's worlds, so their recordings and constants stay in the thread's cache. With
 * a GPU, a thread has two hands and works on them in turns: while the GPU steps one hand and copies its results, the
 * thread judges and records the other. An episode depends only on its index, so neither the order of episodes nor the
 * worlds that run them change the files.
 *
 * In a mixed run, a hand also has as many worlds of Bullet as its tile has worlds. The seed decides which engine runs
 * an episode. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/run_hand.h"
#include "dataset/run_output.h"
#include "dataset/run_shape.h"
#include "dataset/run_texts.h"

typedef struct run {
  run_common common;
  const myr_run_description *description;
  myr_batch *batch, *bullet; /* bullet: in a mixed run, a world for each world of batch; else NULL */
  myr_batch_info batch_info;
  int64_t episodes; /* of the whole job */
  output output;
  int threads;
  double start;
  atomic_llong frames;
  pthread_mutex_t mutex; /* guards the members below */
  int range;             /* the number of the range of missing episodes from which the next one is taken */
  int64_t next_episode;
  double seconds[MYR_RUN_STAGE_COUNT]; /* of all threads */
  myr_status status;                   /* the status of the first thread that failed */
  myr_error error;
} run;

typedef struct worker {
  run *run;
  run_thread thread;
  run_hand hands[RUN_THREAD_GROUPS]; /* (hand_count) */
  int hand_count;
} worker;

static bool stop_wanted(run *run) {
  return (run->description->stop && *run->description->stop) || writer_failed(run->common.writer);
}

static void fail(run *run, myr_status status, const myr_error *error) {
  pthread_mutex_lock(&run->mutex);
  if (!run->status) {
    run->status = status;
    run->error = *error;
  }
  pthread_mutex_unlock(&run->mutex);
}

static bool has_failed(run *run) {
  pthread_mutex_lock(&run->mutex);
  bool failed = run->status != MYR_OK;
  pthread_mutex_unlock(&run->mutex);
  return failed;
}

static void report_progress(void *context) {
  run *run = context;
  myr_progress progress = {.episodes = run->output.kept_episodes + run->common.finished,
                           .episodes_total = run->episodes,
                           .steps = run->common.steps,
                           .seconds = myr_clock_seconds() - run->start};
  run->description->progress(run->description->context, &progress);
}

/* ---------------------------------------------------------------------------------------------------- what is taken */

/* Whether to begin later episodes. The writer may wait for an episode that this thread is simulating, so the thread
 * blocks only if its hands are empty. Otherwise its free worlds stay free while the writer has no room. */
static bool may_take(worker *worker) {
  writer *writer = worker->run->common.writer;
  for (int i = 0; i < worker->hand_count; i++)
    if (run_hand_is_busy(&worker->hands[i])) return writer_has_room(writer);
  stopwatch_turn(&worker->thread.watch, MYR_RUN_WAIT);
  bool writes = writer_wait(writer);
  stopwatch_turn(&worker->thread.watch, MYR_RUN_RECORD);
  return writes;
}

/* Takes at most `most` of the next episodes, which follow each other. Returns their number; *first: the first one. */
static int take(run *run, int most, int64_t *first) {
  pthread_mutex_lock(&run->mutex);
  const output *output = &run->output;
  bool any = !run->status && run->range < output->missing_count;
  int64_t left = any ? output->missing[run->range].last + 1 - run->next_episode : 0;
  int count = left < most ? (int)left : most;
  *first = run->next_episode;
  run->next_episode += count;
  if (any && count == left && ++run->range < output->missing_count)
    run->next_episode = output->missing[run->range].first;
  pthread_mutex_unlock(&run->mutex);
  return count;
}

static int side_of(const run *run, int64_t episode) {
  return run->bullet && myr_plan_number(run->common.plan, "engine", episode) < 0.5;
}

/* Fills the free worlds of a hand. In a mixed run it takes episodes one by one, because each may be for either
 * engine. */
static myr_status refill(worker *worker, run_hand *hand, myr_error *error) {
  run *run = worker->run;
  int room = run_hand_room(hand);
  if (room && may_take(worker))
    for (int64_t first; room; room = run_hand_room(hand)) {
      int count = take(run, run->bullet ? 1 : room, &first);
      if (!count) break;
      for (int i = 0; i < count; i++) run_hand_take(hand, side_of(run, first + i), first + i);
    }
  return run_hand_start(hand, error);
}

/* ---------------------------------------------------------------------------------------------------- a thread */

/* Advances a hand by one step. Afterwards the hand may be empty: if no episode is left, or none may be taken now. */
static myr_status take_turn(worker *worker, run_hand *hand, myr_error *error) {
  myr_status status = hand->stepping ? run_hand_finish_step(hand, error) : MYR_OK;
  if (!status && !has_failed(worker->run)) status = refill(worker, hand, error);
  return status ? status : run_hand_begin_step(hand, error);
}

/* Works on the hands in turns until all are empty. If the run must stop, the episodes in them are abandoned. */
static myr_status go_through_episodes(worker *worker, myr_error *error) {
  myr_status status = MYR_OK;
  for (bool busy = true; busy;) {
    busy = false;
    for (int i = 0; i < worker->hand_count; i++) {
      if (stop_wanted(worker->run)) return MYR_OK;
      status = take_turn(worker, &worker->hands[i], error);
      if (status) return status;
      busy |= worker->hands[i].stepping;
    }
  }
  return status;
}

/* Counts the hands of a thread. Each hand has its own group of the batch: hand i of a thread has group number
 * i * threads + thread. */
static int count_hands(const run *run, int thread) {
  const myr_batch_info *info = &run->batch_info;
  int share = info->groups / run->threads + (thread < info->groups % run->threads);
  return share < info->thread_groups ? share : info->thread_groups;
}

static bool worker_create(run *run, int number, worker *worker) {
  *worker = (struct worker){.run = run, .thread = {.run = &run->common, .number = number}};
  run_thread *thread = &worker->thread;
  myr_batch *const batches[RUN_ENGINES] = {run->batch, run->bullet};
  stopwatch_start(&thread->watch, MYR_RUN_RECORD);
  thread->digest = content_digest_create();
  myr_renderer *renderer = run->common.renderer;
  if (renderer) thread->sensors = sensor_thread_create(run->common.layout, renderer, number, &thread->watch);
  bool good = thread->digest && (thread->sensors || !renderer);
  worker->hand_count = count_hands(run, number);
  for (int i = 0; good && i < worker->hand_count; i++)
    good = run_hand_create(&worker->hands[i], thread, batches, run->bullet ? 2 : 1, i * run->threads + number);
  return good;
}

static void worker_free(worker *worker) {
  for (int i = 0; i < worker->hand_count; i++) run_hand_destroy(&worker->hands[i]);
  sensor_thread_destroy(worker->thread.sensors);
  content_digest_destroy(worker->thread.digest);
}

static void add_times(run *run, worker *worker) {
  stopwatch *watch = &worker->thread.watch;
  stopwatch_turn(watch, MYR_RUN_RECORD);
  pthread_mutex_lock(&run->mutex);
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) run->seconds[i] += watch->seconds[i];
  pthread_mutex_unlock(&run->mutex);
  if (worker->thread.sensors) run->frames += sensor_frames(worker->thread.sensors);
}

static void work(run *run, int number) {
  worker worker;
  myr_error error = {0};
  myr_status status = worker_create(run, number, &worker)
                          ? go_through_episodes(&worker, &error)
                          : myr_fail(&error, MYR_ERROR,
                                     "too little memory to record episodes of %d steps: ask for fewer "
                                     "threads or lanes",
                                     run->common.info->control_steps);
  if (status) fail(run, status, &error);
  add_times(run, &worker);
  worker_free(&worker);
}

/* ---------------------------------------------------------------------------------------------------- the whole */

static myr_status create_batch(run *run, run_shape *shape, myr_error *error) {
  myr_status status = myr_batch_create(&shape->batch, &run->batch, error);
  if (status) return status;
  myr_batch_describe(run->batch, &run->batch_info);
  if (!run_is_mixed(run->description)) return MYR_OK;
  const myr_batch_description bullet = run_bullet_batch(shape);
  return myr_batch_create(&bullet, &run->bullet, error);
}

/* Writes the version of the other physics in the run. Returns false if only the physics of kernels/ steps worlds. */
static bool physics_version(const run *run, char text[96]) {
  myr_batch_info info = run->batch_info;
  if (run->bullet) myr_batch_describe(run->bullet, &info);
  snprintf(text, 96, "%s%s", run->bullet ? "mixed with " : "", info.kernels);
  return info.traits->own_physics;
}

static void run_threads(run *run) {
  run->threads = run->batch_info.threads < run->batch_info.groups ? run->batch_info.threads : run->batch_info.groups;
  /* A loop, so that all numbers work although OpenMP may start fewer threads (OMP_MAX_ACTIVE_LEVELS=0). */
#pragma omp parallel for schedule(static, 1) num_threads(run->threads)
  for (int number = 0; number < run->threads; number++) work(run, number);
}

static myr_status write_episodes(run *run, const shard_contents *contents, writer_totals *totals, myr_error *error) {
  const myr_run_description *description = run->description;
  const output *output = &run->output;
  writer_description writer = {.contents = *contents,
                               .directory = output->target,
                               .name = output->job.identity.values[IDENTITY_name],
                               .ranges = output->missing,
                               .range_count = output->missing_count,
                               .shard_episodes = run_shard_episodes(description),
                               .claim = output->claim,
                               .pending_bytes = WRITER_PENDING_BYTES,
                               .tick = description->progress ? report_progress : NULL,
                               .context = run};
  myr_status status = writer_create(&writer, &run->common.writer, error);
  if (status) return status;
  run->next_episode = output->missing[0].first;
  run_threads(run);
  status = writer_finish(run->common.writer, totals, error);
  if (!status && run->status) {
    status = run->status;
    if (error) *error = run->error;
  }
  if (!status && totals->episodes < output->missing_episodes)
    status =
        myr_fail(error, MYR_STOPPED,
                 "stopped after %lld of %lld episodes: %d new whole files stand in %s, and the same command goes on",
                 (long long)(output->kept_episodes + totals->episodes), (long long)run->episodes, totals->shards,
                 output->target);
  return status;
}

/* Claims the folder and makes the episodes that are missing there. */
static myr_status fill_folder(run *run, writer_totals *totals, myr_error *error) {
  run_texts texts;
  shard_contents contents = {0};
  char physics[96];
  bool other = physics_version(run, physics);
  myr_status status =
      run_texts_create(run->common.layout, other ? physics : NULL, run->description->stop, &texts, &contents, error);
  contents.dataset_episodes = run->episodes;
  if (!status) status = run_output_open(run->description, &contents, &run->output, error);
  if (!status && run->output.missing_count) status = write_episodes(run, &contents, totals, error);
  if (!status) status = output_finish(&run->output, error);
  run_texts_free(&texts);
  return status;
}

static myr_status check(const run *run, myr_error *error) {
  const myr_run_description *description = run->description;
  if (run->episodes < 1) return myr_fail(error, MYR_INVALID, "a run needs at least one episode");
  if (description->shard_episodes < 0 || description->shard_episodes > SHARD_EPISODE_LIMIT)
    return myr_fail(error, MYR_INVALID, "a file holds 1 to %d episodes, not %d", SHARD_EPISODE_LIMIT,
                    description->shard_episodes);
  if (run->common.info->seed > INT64_MAX)
    return myr_fail(error, MYR_INVALID, "seed %llu does not fit the dataset: choose one below 2^63",
                    (unsigned long long)run->common.info->seed);
  if (description->worlds < 0 || description->threads < 0)
    return myr_fail(error, MYR_INVALID, "worlds and threads cannot be negative");
  return MYR_OK;
}

static void fill_result(run *run, myr_status status, const writer_totals *totals, myr_run_result *result) {
  *result = (myr_run_result){.episodes = totals->episodes,
                             .successes = totals->successes,
                             .failed_episodes = run->common.diverged,
                             .dropped_contacts = run->common.dropped,
                             .steps = run->common.steps,
                             .stepped = run->common.stepped_worlds,
                             .seconds = myr_clock_seconds() - run->start,
                             .bytes = totals->bytes,
                             .shards = totals->shards,
                             .digest = totals->digest,
                             .frames = run->frames,
                             .batch = run->batch_info};
  result->kept_episodes = run->output.kept_episodes;
  if (run->output.replaces && !status) result->replaced_files = run->output.old_files;
  if (run->bullet) result->batch.engine = MYR_MIX;
  double all = 0;
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) all += run->seconds[i];
  result->thread_seconds = all;
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) result->stage_share[i] = all > 0 ? run->seconds[i] / all : 0;
}

myr_status myr_run(const myr_run_description *description, myr_run_result *result, myr_error *error) {
  run run = {.common.plan = description->plan,
             .description = description,
             .output = {.folder = -1},
             .start = myr_clock_seconds()};
  writer_totals totals = {0};
  record_layout *layout = NULL;
  run_shape shape;
  run.common.info = myr_plan_describe(description->plan);
  run.episodes = run_episodes(description);
  pthread_mutex_init(&run.mutex, NULL);
  myr_status status = check(&run, error);
  if (!status) status = record_layout_create(description->plan, run_is_mixed(description), &layout, error);
  run.common.layout = layout;
  if (!status) status = run_shape_choose(description, layout, &shape, error);
  if (!status) status = run_memory_check(description, layout, shape.batch.worlds, error);
  if (!status) status = create_batch(&run, &shape, error);
  if (!status && shape.renderer.look) status = myr_renderer_create(&shape.renderer, &run.common.renderer, error);
  if (!status) status = fill_folder(&run, &totals, error);
  fill_result(&run, status, &totals, result);
  if (run.output.kept_episodes && (!status || status == MYR_STOPPED)) {
    myr_status read = run_output_totals(description, &run.output, result, status ? NULL : error);
    if (!status) status = read;
  }
  output_close(&run.output, status == MYR_STOPPED);
  if (run.common.renderer) myr_renderer_destroy(run.common.renderer);
  myr_batch_destroy(run.batch);
  myr_batch_destroy(run.bullet);
  record_layout_destroy(layout);
  pthread_mutex_destroy(&run.mutex);
  return status;
}
