#include "dataset/run_shape.h"

#include <string.h>

#include "sim/threads.h"

enum { DEFAULT_SHARD_EPISODES = 256 };

/* Worlds alive at once on a GPU, if the caller names no number: enough to keep a large one busy; fewer where the
 * pictures of their episodes, which are kept until these end, would take more than some of the host's memory. */
enum { DEVICE_WORLDS = 4096, FEWEST_SEEN_WORLDS = 64 };
#define PICTURES_OF_ALL_WORLDS (8LL << 30) /* bytes, before compression */

static int device_worlds(const record_layout *layout) {
  int64_t of_world = 0;
  for (int i = 0; i < layout->schema.array_count; i++)
    if (layout->schema.arrays[i].frames)
      of_world += array_shape(&layout->schema.arrays[i], layout->info->control_steps, 0, (int64_t[MYR_ARRAY_RANK]){0}) *
                  (int64_t)myr_array_type_bytes(layout->schema.arrays[i].type);
  int64_t worlds = of_world ? PICTURES_OF_ALL_WORLDS / of_world : DEVICE_WORLDS;
  if (worlds < FEWEST_SEEN_WORLDS) return FEWEST_SEEN_WORLDS;
  return worlds < DEVICE_WORLDS ? (int)worlds : DEVICE_WORLDS;
}

int64_t run_episodes(const myr_run_description *description) {
  if (description->episodes) return description->episodes;
  return myr_scenario_describe(myr_plan_describe(description->plan)->scenario)->episodes;
}

int run_shard_episodes(const myr_run_description *description) {
  return description->shard_episodes ? description->shard_episodes : DEFAULT_SHARD_EPISODES;
}

const char *const myr_mixed_engines[2] = {"cpu", "bullet"};

bool run_is_mixed(const myr_run_description *description) {
  return description->engine && !strcmp(description->engine, MYR_MIX);
}

/* A tile of worlds is drawn by one thread, and drawing takes longer than stepping: where there are too few seen
 * episodes for a tile each, narrower tiles occupy more threads. */
static myr_status choose_kernels(const myr_run_description *description, bool seen, int threads,
                                 const myr_kernels **kernels, myr_error *error) {
  static const int narrower[] = {8, 4, 1};
  int lanes = description->lanes;
  myr_status status = myr_kernels_find(lanes, kernels, error);
  if (status || lanes || !seen) return status;
  for (int i = 0; i < 3 && run_episodes(description) < (int64_t)threads * (*kernels)->lanes; i++) {
    const myr_kernels *next;
    if (narrower[i] < (*kernels)->lanes && !myr_kernels_find(narrower[i], &next, NULL)) *kernels = next;
  }
  return MYR_OK;
}

/* Labels that are read only where an episode records them, and that this one does not record. */
static void list_unread(const record_layout *layout, bool *unread) {
  for (int i = 0; i < MYR_FIELD_COUNT; i++)
    unread[i] = myr_field_infos[i].recorded_only && !record_shows_field(layout, i);
}

static int default_worlds(const char *engine, int threads, const myr_kernels *kernels, const record_layout *layout) {
  const myr_engine_traits *traits = myr_engine_traits_of(engine);
  if (traits->has_lanes) return threads * kernels->lanes;
  return traits->on_device ? device_worlds(layout) : threads;
}

/* A thread draws the worlds that it steps: no more threads draw than there are worlds. */
static myr_status choose_renderer(const myr_run_description *description, const record_layout *layout, run_shape *shape,
                                  myr_error *error) {
  const myr_batch_description *batch = &shape->batch;
  int threads = batch->threads < batch->worlds ? batch->threads : batch->worlds;
  shape->renderer = (myr_renderer_description){
      .look = layout->cameras.look, .engine = batch->engine, .lanes = description->lanes, .threads = threads};
  return myr_renderer_measure(&shape->renderer, &shape->batch.picture_bytes, &shape->picture_host_bytes, error);
}

/* Sensors of models are computed by our own kernels. */
static myr_status refuse_sensors(const myr_run_description *description, const record_layout *layout,
                                 const char *engine, myr_error *error) {
  bool own_physics = run_is_mixed(description) || myr_engine_traits_of(engine)->own_physics;
  if (!own_physics || !layout->sensors.count) return MYR_OK;
  return myr_fail(
      error, MYR_INVALID,
      "engine %s does not compute the sensors of models: leave `sensors` out of `record`, or use engine cpu",
      run_is_mixed(description) ? MYR_MIX : engine);
}

myr_status run_shape_choose(const myr_run_description *description, const record_layout *layout, run_shape *shape,
                            myr_error *error) {
  int threads = myr_thread_count(description->threads);
  int64_t episodes = run_episodes(description);
  const char *engine;
  const myr_kernels *kernels;
  myr_status status =
      myr_engine_find(run_is_mixed(description) ? myr_mixed_engines[0] : description->engine, &engine, error);
  if (!status) status = refuse_sensors(description, layout, engine, error);
  if (!status) status = choose_kernels(description, layout->info->look != NULL, threads, &kernels, error);
  if (status) return status;
  int worlds = description->worlds ? description->worlds : default_worlds(engine, threads, kernels, layout);
  *shape = (run_shape){.batch = {.model = layout->info->model,
                                 .engine = engine,
                                 .worlds = worlds > episodes ? (int)episodes : worlds,
                                 .lanes = kernels->lanes,
                                 .threads = threads,
                                 .thread_groups = RUN_THREAD_GROUPS,
                                 .start = layout->info->start,
                                 .unread = shape->unread}};
  list_unread(layout, shape->unread);
  return layout->cameras.look ? choose_renderer(description, layout, shape, error) : MYR_OK;
}

myr_batch_description run_bullet_batch(const run_shape *shape) {
  myr_batch_description batch = shape->batch;
  batch.engine = myr_mixed_engines[1];
  return batch;
}
