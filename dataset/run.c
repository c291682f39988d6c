/* The run loop: threads take tiles of worlds through whole episodes, the writer puts what they recorded on disk.
 *
 * A thread takes the next episodes by their indices, one for each world of a free group, and steps that group until all
 * of them have ended: one tile's worlds, recordings and constants stay in its cache. A world whose episode is over
 * idles until its neighbours are done; what it does then is recorded nowhere. Where cameras look, an episode is handed
 * on one step after its end, when the poses of its final state are known.
 *
 * A mixed run has a world of Bullet beside each group: of the episodes that a thread takes, it steps those that the
 * seed gave to Bullet one after the other in that world, and the others in the group. */
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dataset/run_shape.h"
#include "dataset/sensors.h"
#include "dataset/writer.h"

typedef struct run {
  const myr_run_description *description;
  const myr_plan *plan;
  const myr_plan_info *info;
  const record_layout *layout;
  myr_batch *batch, *bullet; /* bullet: of a mixed run, a world for each group of the other; else NULL */
  myr_batch_info batch_info;
  writer *writer;
  myr_renderer *renderer; /* NULL where nothing sees */
  int64_t episodes;
  double start;
  atomic_llong steps, finished, diverged, frames;
  pthread_mutex_t mutex; /* for what follows */
  int64_t next_episode;
  int *free_groups, free_first, free_count; /* (groups) a ring, so that all worlds take their turns */
  double seconds[MYR_RUN_STAGE_COUNT];      /* of all threads */
  myr_status status;                        /* of the first thread that failed */
  myr_error error;
} run;

/* One world's episode in the making. */
typedef struct world_episode {
  recorder *recorder;
  sensor_recorder *sensors; /* NULL where nothing sees */
  myr_episode_state state;
  double *values; /* (value_count) */
  enum episode_progress { GOES_ON, ENDED, HANDED_ON } progress;
  int last; /* step, once it ended */
  bool diverged;
} world_episode;

/* What one thread needs for one group. */
typedef struct worker {
  run *run;
  int thread, group;      /* of both batches */
  myr_batch *batch;       /* whose group is stepped */
  int first_world, count; /* worlds in use of the group */
  int64_t *episodes;      /* (count) theirs */
  int64_t *taken;         /* (group_worlds) room for the lists */
  stopwatch watch;
  content_digest *digest;
  sensor_thread *sensors; /* NULL where nothing sees */
  world_episode *worlds;  /* (group_worlds) */
} worker;

static bool stop_wanted(run *run) {
  return (run->description->stop && *run->description->stop) || writer_failed(run->writer);
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
  myr_progress progress = {.episodes = run->finished,
                           .episodes_total = run->episodes,
                           .steps = run->steps,
                           .seconds = stopwatch_now() - run->start};
  run->description->progress(run->description->context, &progress);
}

/* ---------------------------------------------------------------------------------------------------- one group */

static void worker_free(worker *worker) {
  for (int i = 0; worker->worlds && i < worker->run->batch_info.group_worlds; i++) {
    sensor_recorder_destroy(worker->worlds[i].sensors);
    recorder_destroy(worker->worlds[i].recorder);
    free(worker->worlds[i].values);
  }
  free(worker->worlds);
  free(worker->episodes);
  free(worker->taken);
  sensor_thread_destroy(worker->sensors);
  content_digest_destroy(worker->digest);
}

static bool world_create(const run *run, world_episode *world) {
  world->recorder = recorder_create(run->layout);
  world->values = calloc((size_t)run->info->value_count + 1, sizeof *world->values);
  if (world->recorder && run->renderer) world->sensors = sensor_recorder_create(run->layout, world->recorder);
  return world->recorder && world->values && (world->sensors || !run->renderer);
}

static bool worker_create(run *run, int thread, worker *worker) {
  size_t worlds = (size_t)run->batch_info.group_worlds;
  *worker = (struct worker){.run = run, .thread = thread};
  stopwatch_start(&worker->watch, MYR_RUN_RECORD);
  worker->worlds = calloc(worlds, sizeof *worker->worlds);
  worker->episodes = calloc(worlds, sizeof *worker->episodes);
  worker->taken = calloc(worlds, sizeof *worker->taken);
  worker->digest = content_digest_create();
  if (run->renderer) worker->sensors = sensor_thread_create(run->layout, run->renderer, thread, &worker->watch);
  bool good = worker->worlds && worker->episodes && worker->taken && worker->digest;
  good &= worker->sensors || !run->renderer;
  for (size_t i = 0; good && i < worlds; i++) good = world_create(run, &worker->worlds[i]);
  return good;
}

/* Worlds of the group: the last one may be smaller. */
static int group_size(const run *run, int group) {
  int left = run->batch_info.worlds - group * run->batch_info.group_worlds;
  return left < run->batch_info.group_worlds ? left : run->batch_info.group_worlds;
}

/* Takes a free group and the next episodes, one for each of its worlds. Returns false when there are none left. */
static bool take(worker *worker, int64_t *first_episode, int *count) {
  run *run = worker->run;
  stopwatch_turn(&worker->watch, MYR_RUN_WAIT);
  bool writes = writer_wait(run->writer);
  stopwatch_turn(&worker->watch, MYR_RUN_RECORD);
  if (!writes) return false;
  pthread_mutex_lock(&run->mutex);
  bool more = run->next_episode < run->episodes && !run->status && run->free_count;
  if (more) {
    worker->group = run->free_groups[run->free_first];
    run->free_first = (run->free_first + 1) % run->batch_info.groups;
    run->free_count--;
    int size = group_size(run, worker->group);
    int64_t left = run->episodes - run->next_episode;
    *count = left < size ? (int)left : size;
    *first_episode = run->next_episode;
    run->next_episode += *count;
  }
  pthread_mutex_unlock(&run->mutex);
  return more;
}

static void give_back(worker *worker) {
  run *run = worker->run;
  pthread_mutex_lock(&run->mutex);
  run->free_groups[(run->free_first + run->free_count++) % run->batch_info.groups] = worker->group;
  pthread_mutex_unlock(&run->mutex);
}

static myr_status too_little_memory(myr_error *error) {
  return myr_fail(error, MYR_ERROR, "too little memory for what an episode records: ask for fewer threads or lanes");
}

static myr_status begin_episodes(worker *worker, myr_error *error) {
  run *run = worker->run;
  for (int i = 0; i < worker->count; i++) {
    world_episode *world = &worker->worlds[i];
    int64_t episode = worker->episodes[i];
    myr_plan_draw(run->plan, episode, world->values);
    myr_plan_reset(run->plan, worker->batch, worker->first_world + i, episode, world->values, &world->state);
    world->progress = GOES_ON;
  }
  myr_status status = myr_batch_commit(worker->batch, worker->group, error);
  for (int i = 0; !status && i < worker->count; i++) {
    world_episode *world = &worker->worlds[i];
    recorder_begin(world->recorder, worker->batch, worker->first_world + i);
    recorder_set_engine(world->recorder, worker->batch == run->bullet ? "bullet" : "cpu");
    if (world->sensors && !sensor_begin(world->sensors, worker->sensors, worker->batch, worker->first_world + i,
                                        worker->episodes[i], world->values))
      status = too_little_memory(error);
  }
  return status;
}

static myr_status before_step(worker *worker, int step, myr_error *error) {
  run *run = worker->run;
  for (int i = 0; i < worker->count; i++) {
    world_episode *world = &worker->worlds[i];
    if (world->progress != GOES_ON) continue;
    float *actions = recorder_observe(world->recorder, step);
    if (!actions) return too_little_memory(error);
    myr_plan_control(run->plan, worker->batch, worker->first_world + i, &world->state, step, actions);
  }
  return MYR_OK;
}

static int count_worlds(const worker *worker, enum episode_progress progress) {
  int count = 0;
  for (int i = 0; i < worker->count; i++) count += worker->worlds[i].progress == progress;
  return count;
}

/* What cameras see of an episode's last rows. Its labels must show its final state. */
static myr_status end_pictures(worker *worker, const world_episode *world, myr_error *error) {
  if (!world->sensors) return MYR_OK;
  return sensor_end(world->sensors, worker->sensors, world->last + 1, world->diverged, error);
}

/* Gives an episode that ended, pictures and all, to the writer. */
static myr_status hand_on(worker *worker, world_episode *world, myr_error *error) {
  run *run = worker->run;
  episode *episode = writer_borrow(run->writer);
  if (!episode) return too_little_memory(error);
  myr_status status = recorder_pack(world->recorder, episode, error);
  if (!status && world->sensors && !sensor_pack(world->sensors, episode)) status = too_little_memory(error);
  if (status) {
    writer_return(run->writer, episode);
    return status;
  }
  episode_seal(&run->layout->schema, episode, world->diverged, worker->digest);
  world->progress = HANDED_ON;
  run->finished++;
  run->diverged += world->diverged;
  writer_submit(run->writer, episode);
  return MYR_OK;
}

/* Hands on the episodes that ended before the step that was just taken, and so shows their final states. */
static myr_status hand_on_ended(worker *worker, myr_error *error) {
  myr_status status = MYR_OK;
  if (!count_worlds(worker, ENDED)) return MYR_OK;
  for (int i = 0; !status && i < worker->count; i++)
    if (worker->worlds[i].progress == ENDED) status = end_pictures(worker, &worker->worlds[i], error);
  if (!status && worker->sensors) status = sensor_collect(worker->sensors, error);
  for (int i = 0; !status && i < worker->count; i++)
    if (worker->worlds[i].progress == ENDED) status = hand_on(worker, &worker->worlds[i], error);
  return status;
}

/* An episode for whose final state nobody waits. */
static myr_status hand_on_at_once(worker *worker, world_episode *world, myr_error *error) {
  myr_status status = end_pictures(worker, world, error);
  if (!status && worker->sensors) status = sensor_collect(worker->sensors, error);
  return status ? status : hand_on(worker, world, error);
}

/* Labels and judges the row of one world that goes on. */
static myr_status finish_row(worker *worker, int i, int step, myr_error *error) {
  run *run = worker->run;
  world_episode *world = &worker->worlds[i];
  myr_judgement judgement;
  myr_plan_judge(run->plan, worker->batch, worker->first_world + i, &world->state, step, &judgement);
  recorder_label(world->recorder, step, &judgement);
  world->diverged = judgement.reason == MYR_REASON_DIVERGED;
  myr_status status =
      world->sensors ? sensor_step(world->sensors, worker->sensors, step, world->diverged, error) : MYR_OK;
  if (status) return status;
  if (!judgement.terminated && !judgement.truncated) return MYR_OK;
  recorder_end(world->recorder, step, &judgement, &world->state);
  world->last = step;
  world->progress = ENDED;
  bool complete = !world->sensors || world->diverged; /* there is no final state to wait for */
  return complete ? hand_on_at_once(worker, world, error) : MYR_OK;
}

static myr_status after_step(worker *worker, int step, myr_error *error) {
  run *run = worker->run;
  int64_t steps = 0;
  myr_status status = hand_on_ended(worker, error);
  for (int i = 0; !status && i < worker->count; i++) {
    if (worker->worlds[i].progress != GOES_ON) continue;
    steps += run->info->substeps;
    status = finish_row(worker, i, step, error);
  }
  run->steps += steps; /* once for the group: all threads share the counter */
  return status;
}

static myr_status step_group(worker *worker, int substeps, myr_error *error) {
  stopwatch_turn(&worker->watch, MYR_RUN_STEP);
  myr_status status = myr_batch_step(worker->batch, worker->group, worker->thread, substeps, MYR_OBSERVE, NULL, error);
  stopwatch_turn(&worker->watch, MYR_RUN_RECORD);
  return status;
}

static myr_status run_group(worker *worker, myr_error *error) {
  run *run = worker->run;
  myr_status status = begin_episodes(worker, error);
  for (int step = 0; !status && count_worlds(worker, GOES_ON); step++) {
    if (step == run->info->control_steps)
      return myr_fail(error, MYR_ERROR, "episode %lld does not end after its last step",
                      (long long)worker->episodes[0]);
    if (stop_wanted(run)) return MYR_OK;
    status = before_step(worker, step, error);
    if (!status) status = step_group(worker, run->info->substeps, error);
    if (!status) status = after_step(worker, step, error);
  }
  if (status || !count_worlds(worker, ENDED)) return status;
  status = step_group(worker, 0, error);
  return status ? status : hand_on_ended(worker, error);
}

/* In the group, or in the world of Bullet beside it. */
static void choose_batch(worker *worker, bool bullet) {
  const run *run = worker->run;
  worker->batch = bullet ? run->bullet : run->batch;
  worker->first_world = worker->group * (bullet ? 1 : run->batch_info.group_worlds);
}

static bool is_bullets(const run *run, int64_t episode) {
  return run->bullet && myr_plan_number(run->plan, "engine", episode) < 0.5;
}

/* The list is split first: what is gone through together must be in one batch. */
static myr_status run_episodes_taken(worker *worker, int64_t first_episode, int count, myr_error *error) {
  run *run = worker->run;
  myr_status status = MYR_OK;
  int bullets = 0;
  worker->count = 0;
  choose_batch(worker, false);
  for (int i = 0; i < count; i++)
    if (is_bullets(run, first_episode + i))
      worker->taken[bullets++] = first_episode + i;
    else
      worker->episodes[worker->count++] = first_episode + i;
  if (worker->count) status = run_group(worker, error);
  choose_batch(worker, true);
  worker->count = 1;
  for (int i = 0; i < bullets && !status && !stop_wanted(run) && !has_failed(run); i++) {
    worker->episodes[0] = worker->taken[i];
    status = run_group(worker, error);
  }
  return status;
}

static void add_times(run *run, worker *worker) {
  stopwatch_turn(&worker->watch, MYR_RUN_RECORD);
  pthread_mutex_lock(&run->mutex);
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) run->seconds[i] += worker->watch.seconds[i];
  pthread_mutex_unlock(&run->mutex);
  if (worker->sensors) run->frames += sensor_frames(worker->sensors);
}

static void work(run *run, int thread) {
  worker worker;
  myr_error error = {0};
  myr_status status = worker_create(run, thread, &worker)
                          ? MYR_OK
                          : myr_fail(&error, MYR_ERROR,
                                     "too little memory to record episodes of %d steps: ask for fewer "
                                     "threads or lanes",
                                     run->info->control_steps);
  int64_t first_episode;
  int count;
  while (!status && !stop_wanted(run) && !has_failed(run) && take(&worker, &first_episode, &count)) {
    status = run_episodes_taken(&worker, first_episode, count, &error);
    give_back(&worker);
  }
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

/* The texts that every shard carries. */
typedef struct texts {
  char *units, *names, *conventions, *env_args;
  char generator[128], config_digest[17], identity[17], seed[24];
  named_string root[16];
  const char *reasons[MYR_REASON_DIVERGED + 1];
} texts;

static char *env_args_json(const myr_scenario_info *scenario) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fputs("{\"env_name\": ", stream);
  myr_json_string(stream, scenario->name);
  fputs(", \"env_version\": \"" MYRIAD_VERSION "\", \"type\": 2, \"env_kwargs\": {}}", stream);
  return fclose(stream) ? NULL : text;
}

/* What the bytes depend on: where Bullet took part, its version too. */
static void write_generator(const run *run, char *text, size_t bytes) {
  myr_batch_info info = run->batch_info;
  if (run->bullet) myr_batch_describe(run->bullet, &info);
  bool bullet = !strcmp(info.engine, "bullet");
  snprintf(text, bytes, "myriad " MYRIAD_VERSION ", %s%s%s", myr_reader_version(), bullet ? ", " : "",
           bullet ? info.kernels : "");
}

static bool texts_create(const run *run, texts *texts, shard_contents *contents) {
  const myr_scenario_info *scenario = myr_scenario_describe(run->info->scenario);
  *texts = (struct texts){.units = record_units_json(run->layout),
                          .names = record_names_json(run->layout),
                          .conventions = record_conventions_json(run->layout),
                          .env_args = env_args_json(scenario)};
  write_generator(run, texts->generator, sizeof texts->generator);
  snprintf(texts->config_digest, sizeof texts->config_digest, "%016llx",
           (unsigned long long)XXH3_64bits(scenario->resolved, strlen(scenario->resolved)));
  snprintf(texts->identity, sizeof texts->identity, "%016llx", (unsigned long long)scenario->identity);
  snprintf(texts->seed, sizeof texts->seed, "%llu", (unsigned long long)run->info->seed);
  const named_string root[] = {{"schema", "myriad.episodes"},
                               {"generator", texts->generator},
                               {"config_yaml", scenario->resolved},
                               {"config_xxh3", texts->config_digest},
                               {"scenario_xxh3", texts->identity},
                               {"seed", texts->seed},
                               {"units_json", texts->units},
                               {"names_json", texts->names},
                               {"conventions_json", texts->conventions}};
  memcpy(texts->root, root, sizeof root);
  for (int i = 0; i <= MYR_REASON_DIVERGED; i++) texts->reasons[i] = myr_plan_reason(run->plan, i);
  for (int i = 0; i <= MYR_REASON_DIVERGED; i++)
    if (!texts->reasons[i]) texts->reasons[i] = "";
  *contents = (shard_contents){.schema = &run->layout->schema,
                               .root_strings = texts->root,
                               .root_string_count = (int)(sizeof root / sizeof *root),
                               .env_args = texts->env_args,
                               .reasons = texts->reasons,
                               .reason_count = MYR_REASON_DIVERGED + 1};
  return texts->units && texts->names && texts->conventions && texts->env_args;
}

static void texts_free(texts *texts) {
  free(texts->units);
  free(texts->names);
  free(texts->conventions);
  free(texts->env_args);
}

static void run_threads(run *run) {
  int threads = run->batch_info.threads < run->batch_info.groups ? run->batch_info.threads : run->batch_info.groups;
#pragma omp parallel num_threads(threads)
  work(run, omp_get_thread_num());
}

static myr_status write_episodes(run *run, writer_totals *totals, myr_error *error) {
  const myr_run_description *description = run->description;
  texts texts;
  writer_description writer = {.directory = description->directory,
                               .name = myr_scenario_describe(run->info->scenario)->name,
                               .episodes = run->episodes,
                               .shard_episodes = run_shard_episodes(description),
                               .pending_bytes = WRITER_PENDING_BYTES,
                               .tick = description->progress ? report_progress : NULL,
                               .context = run};
  myr_status status = texts_create(run, &texts, &writer.contents)
                          ? writer_create(&writer, &run->writer, error)
                          : myr_fail(error, MYR_ERROR, "too little memory for the dataset's description");
  if (!status) {
    run_threads(run);
    status = writer_finish(run->writer, totals, error);
  }
  texts_free(&texts);
  return status;
}

static myr_status check(const run *run, myr_error *error) {
  const myr_run_description *description = run->description;
  if (run->episodes < 1) return myr_fail(error, MYR_INVALID, "a run needs at least one episode");
  if (description->shard_episodes < 0 || description->shard_episodes > SHARD_EPISODE_LIMIT)
    return myr_fail(error, MYR_INVALID, "a file holds 1 to %d episodes, not %d", SHARD_EPISODE_LIMIT,
                    description->shard_episodes);
  if (run->info->seed > INT64_MAX)
    return myr_fail(error, MYR_INVALID, "seed %llu does not fit the dataset: choose one below 2^63",
                    (unsigned long long)run->info->seed);
  if (description->worlds < 0 || description->threads < 0)
    return myr_fail(error, MYR_INVALID, "worlds and threads cannot be negative");
  return MYR_OK;
}

static void fill_result(run *run, const writer_totals *totals, myr_run_result *result) {
  *result = (myr_run_result){.episodes = totals->episodes,
                             .successes = totals->successes,
                             .failed_episodes = run->diverged,
                             .steps = run->steps,
                             .seconds = stopwatch_now() - run->start,
                             .bytes = totals->bytes,
                             .shards = totals->shards,
                             .digest = totals->digest,
                             .frames = run->frames,
                             .batch = run->batch_info};
  if (run->bullet) result->batch.engine = "mix";
  double all = 0;
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) all += run->seconds[i];
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++) result->stage_share[i] = all > 0 ? run->seconds[i] / all : 0;
}

myr_status myr_run(const myr_run_description *description, myr_run_result *result, myr_error *error) {
  run run = {.description = description, .plan = description->plan, .start = stopwatch_now()};
  writer_totals totals = {0};
  record_layout *layout = NULL;
  run_shape shape;
  run.info = myr_plan_describe(description->plan);
  run.episodes = run_episodes(description);
  pthread_mutex_init(&run.mutex, NULL);
  myr_status status = check(&run, error);
  if (!status) status = record_layout_create(description->plan, run_is_mixed(description), &layout, error);
  run.layout = layout;
  if (!status) status = run_shape_choose(description, layout, &shape, error);
  if (!status) status = create_batch(&run, &shape, error);
  if (!status && shape.renderer.look) status = myr_renderer_create(&shape.renderer, &run.renderer, error);
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
  if (run.renderer) myr_renderer_destroy(run.renderer);
  myr_batch_destroy(run.batch);
  myr_batch_destroy(run.bullet);
  free(run.free_groups);
  record_layout_destroy(layout);
  pthread_mutex_destroy(&run.mutex);
  return status;
}
