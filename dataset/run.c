/* The run loop: threads take groups of worlds through whole episodes, the writer puts what they recorded on disk.
 *
 * A thread takes the next episodes by their indices, one for each world of a free group, and steps that group until all
 * of them have ended (run_group.h): one tile's worlds, recordings and constants stay in its cache. Where a GPU steps, a
 * thread has two groups in hand and turns to them by turns: while one is stepped and its results travel, the other is
 * judged and recorded. What an episode becomes depends on its index alone, so neither the order nor the interleaving
 * of groups shows in what is written.
 *
 * A mixed run has a world of Bullet beside each group: of the episodes that a thread takes, it steps those that the
 * seed gave to Bullet one after the other in that world, and the others in the group. */
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/run_group.h"
#include "dataset/run_shape.h"
#include "dataset/run_texts.h"

typedef struct run {
  run_common common;
  const myr_run_description *description;
  myr_batch *batch, *bullet; /* bullet: of a mixed run, a world for each group of the other; else NULL */
  myr_batch_info batch_info;
  int64_t episodes;
  int threads;
  double start;
  atomic_llong frames;
  pthread_mutex_t mutex; /* for what follows */
  int64_t next_episode;
  int *free_groups, free_first, free_count; /* (groups) a ring, so that all worlds take their turns */
  double seconds[MYR_RUN_STAGE_COUNT];      /* of all threads */
  myr_status status;                        /* of the first thread that failed */
  myr_error error;
} run;

/* A group in a thread's hand, and the episodes that it took. Those that the group itself steps come first. */
typedef struct hand {
  run_group *worlds;
  bool stepping;         /* a step of the group is under way; else it has no episode in progress */
  int group;             /* of both batches */
  int64_t *episodes;     /* (count) */
  int count, own, begun; /* own: all but Bullet's */
} hand;

typedef struct worker {
  run *run;
  run_thread thread;
  hand hands[RUN_THREAD_GROUPS]; /* (hand_count) */
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
  myr_progress progress = {.episodes = run->common.finished,
                           .episodes_total = run->episodes,
                           .steps = run->common.steps,
                           .seconds = myr_clock_seconds() - run->start};
  run->description->progress(run->description->context, &progress);
}

/* ---------------------------------------------------------------------------------------------------- what is taken */

/* Worlds of the group: the last one may be smaller. */
static int group_size(const run *run, int group) {
  int left = run->batch_info.worlds - group * run->batch_info.group_worlds;
  return left < run->batch_info.group_worlds ? left : run->batch_info.group_worlds;
}

/* Whether to begin later episodes. The writer may be waiting for one that this thread has in hand: so the thread waits
 * for the writer with empty hands only. */
static bool may_take(worker *worker) {
  writer *writer = worker->run->common.writer;
  for (int i = 0; i < worker->hand_count; i++)
    if (worker->hands[i].stepping) return writer_has_room(writer);
  stopwatch_turn(&worker->thread.watch, MYR_RUN_WAIT);
  bool writes = writer_wait(writer);
  stopwatch_turn(&worker->thread.watch, MYR_RUN_RECORD);
  return writes;
}

static bool is_bullets(const run *run, int64_t episode) {
  return run->bullet && myr_plan_number(run->common.plan, "engine", episode) < 0.5;
}

/* What is gone through together must be in one batch. */
static void deal(const run *run, hand *hand, int64_t first_episode, int count) {
  int bullets = 0;
  hand->begun = hand->own = 0;
  hand->count = count;
  for (int64_t episode = first_episode; episode < first_episode + count; episode++)
    if (!is_bullets(run, episode)) hand->episodes[hand->own++] = episode;
  for (int64_t episode = first_episode; hand->own + bullets < count; episode++)
    if (is_bullets(run, episode)) hand->episodes[hand->own + bullets++] = episode;
}

/* Takes a free group and the next episodes, one for each of its worlds. Returns false when there is nothing to take. */
static bool take(worker *worker, hand *hand) {
  run *run = worker->run;
  if (!may_take(worker)) return false;
  int64_t first_episode = 0;
  int count = 0;
  pthread_mutex_lock(&run->mutex);
  bool more = run->next_episode < run->episodes && !run->status && run->free_count;
  if (more) {
    hand->group = run->free_groups[run->free_first];
    run->free_first = (run->free_first + 1) % run->batch_info.groups;
    run->free_count--;
    int size = group_size(run, hand->group);
    int64_t left = run->episodes - run->next_episode;
    count = left < size ? (int)left : size;
    first_episode = run->next_episode;
    run->next_episode += count;
  }
  pthread_mutex_unlock(&run->mutex);
  if (more) deal(run, hand, first_episode, count);
  return more;
}

static void give_back(worker *worker, const hand *hand) {
  run *run = worker->run;
  pthread_mutex_lock(&run->mutex);
  run->free_groups[(run->free_first + run->free_count++) % run->batch_info.groups] = hand->group;
  pthread_mutex_unlock(&run->mutex);
}

/* ---------------------------------------------------------------------------------------------------- a thread */

/* The hand's own episodes all together, or the next one of Bullet's. */
static myr_status begin_episodes(const run *run, hand *hand, myr_error *error) {
  bool own = hand->begun < hand->own;
  int count = own ? hand->own : 1;
  const int64_t *episodes = hand->episodes + hand->begun;
  hand->begun += count;
  hand->stepping = true;
  return run_group_begin(hand->worlds, own ? run->batch : run->bullet, hand->group, episodes, count, error);
}

/* Brings a hand one step further, or to its next episodes. It is empty afterwards where there are none. */
static myr_status take_turn(worker *worker, hand *hand, myr_error *error) {
  if (hand->stepping) {
    bool ended;
    myr_status status = run_group_advance(hand->worlds, &ended, error);
    if (status || !ended) return status;
    hand->stepping = false;
    if (hand->begun == hand->count) give_back(worker, hand);
  }
  if (has_failed(worker->run)) return MYR_OK;
  if (hand->begun == hand->count && !take(worker, hand)) return MYR_OK;
  return begin_episodes(worker->run, hand, error);
}

/* Turns to the hands by turns until all are empty. What is left in them when the run is to stop is given up. */
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

/* All hands together are not more than the groups, so whoever has a hand free finds a group for it. */
static int count_hands(const run *run, int thread) {
  const myr_batch_info *info = &run->batch_info;
  int share = info->groups / run->threads + (thread < info->groups % run->threads);
  return share < info->thread_groups ? share : info->thread_groups;
}

static bool worker_create(run *run, int number, worker *worker) {
  int worlds = run->batch_info.group_worlds;
  *worker = (struct worker){.run = run, .thread = {.run = &run->common, .number = number}};
  run_thread *thread = &worker->thread;
  stopwatch_start(&thread->watch, MYR_RUN_RECORD);
  thread->digest = content_digest_create();
  myr_renderer *renderer = run->common.renderer;
  if (renderer) thread->sensors = sensor_thread_create(run->common.layout, renderer, number, &thread->watch);
  bool good = thread->digest && (thread->sensors || !renderer);
  worker->hand_count = count_hands(run, number);
  for (int i = 0; good && i < worker->hand_count; i++) {
    hand *hand = &worker->hands[i];
    hand->worlds = run_group_create(thread, worlds);
    hand->episodes = calloc((size_t)worlds, sizeof *hand->episodes);
    good = hand->worlds && hand->episodes;
  }
  return good;
}

static void worker_free(worker *worker) {
  for (int i = 0; i < worker->hand_count; i++) {
    run_group_destroy(worker->hands[i].worlds);
    free(worker->hands[i].episodes);
  }
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
  run->free_groups = calloc((size_t)run->batch_info.groups, sizeof *run->free_groups);
  if (!run->free_groups) return myr_fail(error, MYR_ERROR, "too little memory for %d worlds", run->batch_info.worlds);
  if (run_is_mixed(run->description)) {
    const myr_batch_description bullet = run_bullet_batch(shape, run->batch_info.groups);
    status = myr_batch_create(&bullet, &run->bullet, error);
    if (status) return status;
  }
  run->free_count = run->batch_info.groups;
  for (int i = 0; i < run->free_count; i++) run->free_groups[i] = i;
  return MYR_OK;
}

/* NULL if all worlds are stepped with the physics of kernels/. */
static const char *physics_version(const run *run) {
  myr_batch_info info = run->batch_info;
  if (run->bullet) myr_batch_describe(run->bullet, &info);
  return info.traits->own_physics ? info.kernels : NULL;
}

static void run_threads(run *run) {
  run->threads = run->batch_info.threads < run->batch_info.groups ? run->batch_info.threads : run->batch_info.groups;
#pragma omp parallel num_threads(run->threads)
  work(run, omp_get_thread_num());
}

static myr_status write_episodes(run *run, writer_totals *totals, myr_error *error) {
  const myr_run_description *description = run->description;
  run_texts texts;
  writer_description writer = {.directory = description->directory,
                               .name = myr_scenario_describe(run->common.info->scenario)->name,
                               .episodes = run->episodes,
                               .shard_episodes = run_shard_episodes(description),
                               .pending_bytes = WRITER_PENDING_BYTES,
                               .tick = description->progress ? report_progress : NULL,
                               .context = run};
  myr_status status = run_texts_create(run->common.layout, physics_version(run), &texts, &writer.contents)
                          ? writer_create(&writer, &run->common.writer, error)
                          : myr_fail(error, MYR_ERROR, "too little memory for the dataset's description");
  if (!status) {
    run_threads(run);
    status = writer_finish(run->common.writer, totals, error);
  }
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

static void fill_result(run *run, const writer_totals *totals, myr_run_result *result) {
  *result = (myr_run_result){.episodes = totals->episodes,
                             .successes = totals->successes,
                             .failed_episodes = run->common.diverged,
                             .steps = run->common.steps,
                             .seconds = myr_clock_seconds() - run->start,
                             .bytes = totals->bytes,
                             .shards = totals->shards,
                             .digest = totals->digest,
                             .frames = run->frames,
                             .batch = run->batch_info};
  if (run->bullet) result->batch.engine = MYR_MIX;
  double all = 0;
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) all += run->seconds[i];
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) result->stage_share[i] = all > 0 ? run->seconds[i] / all : 0;
}

myr_status myr_run(const myr_run_description *description, myr_run_result *result, myr_error *error) {
  run run = {.common.plan = description->plan, .description = description, .start = myr_clock_seconds()};
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
  if (!status) status = create_batch(&run, &shape, error);
  if (!status && shape.renderer.look) status = myr_renderer_create(&shape.renderer, &run.common.renderer, error);
  if (!status) status = output_prepare(description->directory, description->overwrite, error);
  if (!status) status = write_episodes(&run, &totals, error);
  if (!status && run.status) {
    status = run.status;
    if (error) *error = run.error;
  }
  if (!status && totals.episodes < run.episodes)
    status = myr_fail(error, MYR_STOPPED, "stopped after %lld of %lld episodes: %d whole files stand in %s",
                      (long long)totals.episodes, (long long)run.episodes, totals.shards, description->directory);
  fill_result(&run, &totals, result);
  if (run.common.renderer) myr_renderer_destroy(run.common.renderer);
  myr_batch_destroy(run.batch);
  myr_batch_destroy(run.bullet);
  free(run.free_groups);
  record_layout_destroy(layout);
  pthread_mutex_destroy(&run.mutex);
  return status;
}
