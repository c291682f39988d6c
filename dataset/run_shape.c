#include "dataset/run_shape.h"

#include <omp.h>
#include <string.h>

enum { DEFAULT_SHARD_EPISODES = 256 };

/* Worlds alive at once on a GPU, if the caller names no number: enough to keep a large one busy. */
enum { DEVICE_WORLDS = 4096 };

int64_t run_episodes(const myr_run_description *description) {
  if (description->episodes) return description->episodes;
  return myr_scenario_describe(myr_plan_describe(description->plan)->scenario)->episodes;
}

int run_shard_episodes(const myr_run_description *description) {
  return description->shard_episodes ? description->shard_episodes : DEFAULT_SHARD_EPISODES;
}

/* A tile of worlds is drawn by one thread, and drawing takes longer than stepping: where there are too few seen episodes
 * for a tile each, narrower tiles occupy more threads. */
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

/* Labels that neither the recording nor whoever judges an episode reads; the most of what a contact is told by. */
static void list_unread(const record_layout *layout, bool *unread) {
  unread[MYR_FIELD_contact_position] = layout->contact_position < 0;
  unread[MYR_FIELD_contact_normal] = layout->contact_normal < 0;
  unread[MYR_FIELD_contact_force] = layout->contact_force < 0;
}

myr_status run_shape_choose(const myr_run_description *description, const record_layout *layout, run_shape *shape,
                            myr_error *error) {
  int threads = description->threads > 0 ? description->threads : omp_get_max_threads();
  int64_t episodes = run_episodes(description);
  const char *engine;
  const myr_kernels *kernels;
  myr_status status = myr_engine_find(description->engine, &engine, error);
  if (!status) status = choose_kernels(description, layout->info->look != NULL, threads, &kernels, error);
  if (status) return status;
  int worlds = description->worlds;
  if (!worlds) worlds = strcmp(engine, "cpu") ? DEVICE_WORLDS : threads * kernels->lanes;
  *shape = (run_shape){.batch = {.model = layout->info->model,
                                 .engine = engine,
                                 .worlds = worlds > episodes ? (int)episodes : worlds,
                                 .lanes = kernels->lanes,
                                 .threads = threads,
                                 .unread = shape->unread}};
  list_unread(layout, shape->unread);
  return MYR_OK;
}
