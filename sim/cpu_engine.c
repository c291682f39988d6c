/* The engine on vector lanes: a group is a tile, and the calling thread computes the step. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels/fields.h"
#include "kernels/memory.h"
#include "kernels/scratch_use.h"
#include "sim/engine.h"
#include "sim/threads.h"

typedef struct cpu_engine {
  const myr_kernels *kernels;
  void *constants;
  myr_layout layout;
  int worlds, groups, lanes, threads;
  size_t tile_bytes, scratch_bytes; /* whole pairs of cache lines */
  myr_scratch_use use;              /* of one thread */
  char *tiles;                      /* (groups) */
  char *scratch;                    /* (threads) for step, by its thread number, then (threads) for commit */
  atomic_flag *commit_busy;         /* (threads) which of the latter are in use */
} cpu_engine;

static void *tile_of(const cpu_engine *engine, int group) { return engine->tiles + engine->tile_bytes * (size_t)group; }

static size_t tiles_bytes(const cpu_engine *engine) { return engine->tile_bytes * (size_t)engine->groups; }

/* Memory of all threads' scratch, of which steps touch only a part. */
static size_t used_scratch_bytes(const cpu_engine *engine) {
  const size_t room = engine->scratch_bytes, step = engine->use.step, derive = engine->use.derive;
  return ((step < room ? step : room) + (derive < room ? derive : room)) * (size_t)engine->threads;
}

static size_t all_scratch_bytes(const cpu_engine *engine) {
  return engine->scratch_bytes * (size_t)engine->threads * 2;
}

static void cpu_destroy(void *state) {
  cpu_engine *engine = state;
  if (engine->constants) engine->kernels->constants_destroy(engine->constants);
  free(engine->tiles);
  if (engine->scratch) munmap(engine->scratch, all_scratch_bytes(engine));
  free(engine->commit_busy);
  free(engine);
}

/* Commit has no thread number, so it takes any free scratch. There is one for each thread, so no thread waits for
 * long. */
static int claim_scratch(cpu_engine *engine) {
  for (;;) {
    for (int i = 0; i < engine->threads; i++)
      if (!atomic_flag_test_and_set_explicit(&engine->commit_busy[i], memory_order_acquire)) return i;
    sched_yield();
  }
}

static myr_status cpu_commit(void *state, int group, myr_error *error) {
  cpu_engine *engine = state;
  (void)error;
  int slot = claim_scratch(engine);
  char *scratch = engine->scratch + engine->scratch_bytes * (size_t)(engine->threads + slot);
  engine->kernels->derive(engine->constants, tile_of(engine, group), scratch);
  atomic_flag_clear_explicit(&engine->commit_busy[slot], memory_order_release);
  return MYR_OK;
}

/* The last tile may have more lanes than worlds are left. The surplus lanes are reset and stepped like the others, and
 * nobody reads them. The threads of the loop touch the tiles first, because that places a tile's memory near the
 * thread's core. */
static void reset_all(cpu_engine *engine) {
#pragma omp parallel for schedule(static) num_threads(engine->threads)
  for (int group = 0; group < engine->groups; group++) {
    memset(tile_of(engine, group), 0, engine->tile_bytes);
    for (int lane = 0; lane < engine->lanes; lane++)
      engine->kernels->reset(engine->constants, tile_of(engine, group), lane, -1);
    cpu_commit(engine, group, NULL);
  }
}

static myr_status allocate(cpu_engine *engine, myr_error *error) {
  size_t tiles = tiles_bytes(engine), scratch = all_scratch_bytes(engine);
  engine->tiles = aligned_alloc(MYR_CACHE_LINE_PAIR, tiles);
  /* Fresh pages from the system are zero, and only those that steps touch take memory (kernels/scratch_use.h). Large
   * pages would take it for their untouched parts too. */
  void *pages = mmap(NULL, scratch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  engine->scratch = pages == MAP_FAILED ? NULL : pages;
  if (engine->scratch && scratch > 2 * used_scratch_bytes(engine)) madvise(pages, scratch, MADV_NOHUGEPAGE);
  engine->commit_busy = calloc((size_t)engine->threads, sizeof *engine->commit_busy);
  if (engine->tiles && engine->scratch && engine->commit_busy) return MYR_OK;
  return myr_fail(error, MYR_ERROR, "out of memory: %d worlds need %zu bytes and %d threads %zu; ask for fewer worlds",
                  engine->worlds, tiles, engine->threads, used_scratch_bytes(engine));
}

/* Sets every member that needs no allocation. */
static myr_status measure(cpu_engine *engine, const myr_batch_description *description, myr_error *error) {
  myr_status status = myr_kernels_find(description->lanes, &engine->kernels, error);
  if (status) return status;
  if (engine->kernels->scalar_bytes != sizeof(float))
    return myr_fail(error, MYR_INVALID, "the double-precision reference is for `compare`; batches are of floats");
  myr_layout_compute(description->model, &engine->layout);
  engine->lanes = engine->kernels->lanes;
  engine->worlds = description->worlds;
  engine->groups = (engine->worlds + engine->lanes - 1) / engine->lanes;
  engine->threads = myr_thread_count(description->threads);
  engine->tile_bytes = myr_whole_line_pairs(engine->kernels->tile_bytes(description->model));
  engine->scratch_bytes = myr_whole_line_pairs(engine->kernels->scratch_bytes(description->model));
  engine->use = myr_scratch_use_of(description->model, engine->lanes, engine->kernels->scalar_bytes);
  return MYR_OK;
}

static myr_status prepare(cpu_engine *engine, const myr_batch_description *description, myr_error *error) {
  myr_status status = measure(engine, description, error);
  if (!status) status = engine->kernels->constants_create(description->model, &engine->constants, error);
  return status ? status : allocate(engine, error);
}

static myr_status cpu_create(const myr_batch_description *description, void **state, myr_error *error) {
  cpu_engine *engine = calloc(1, sizeof *engine);
  if (!engine) return myr_fail(error, MYR_ERROR, "out of memory for a batch");
  myr_status status = prepare(engine, description, error);
  if (status) {
    cpu_destroy(engine);
    return status;
  }
  reset_all(engine);
  *state = engine;
  return MYR_OK;
}

static void cpu_describe(const void *state, myr_batch_info *info) {
  const cpu_engine *engine = state;
  size_t bytes = tiles_bytes(engine) + used_scratch_bytes(engine);
  *info = (myr_batch_info){.kernels = engine->kernels->name,
                           .worlds = engine->worlds,
                           .groups = engine->groups,
                           .group_worlds = engine->lanes,
                           .lanes = engine->lanes,
                           .threads = engine->threads,
                           .thread_groups = 1,
                           .bytes = bytes,
                           .host_bytes = bytes};
}

static myr_status cpu_estimate(const myr_batch_description *description, myr_batch_info *info, myr_error *error) {
  cpu_engine engine = {0};
  myr_status status = measure(&engine, description, error);
  if (!status) cpu_describe(&engine, info);
  return status;
}

static myr_span cpu_field(void *state, int field, int world) {
  cpu_engine *engine = state;
  float *tile = tile_of(engine, world / engine->lanes);
  return (myr_span){.data = tile + engine->layout.offset[field] * engine->lanes + world % engine->lanes,
                    .stride = engine->lanes,
                    .count = (int)engine->layout.count[field]};
}

static void cpu_reset(void *state, int world, int key) {
  cpu_engine *engine = state;
  engine->kernels->reset(engine->constants, tile_of(engine, world / engine->lanes), world % engine->lanes, key);
}

static myr_status cpu_step(void *state, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                           myr_error *error) {
  cpu_engine *engine = state;
  if (thread < 0 || thread >= engine->threads)
    return myr_fail(error, MYR_INVALID, "thread %d of %d", thread, engine->threads);
  char *scratch = engine->scratch + engine->scratch_bytes * (size_t)thread;
  engine->kernels->control_step(engine->constants, tile_of(engine, group), scratch, substeps, flags, profile);
  return MYR_OK;
}

static myr_status cpu_find(myr_error *error) {
  (void)error;
  return MYR_OK;
}

const myr_engine myr_cpu_engine = {
    .find = cpu_find,
    .create = cpu_create,
    .estimate = cpu_estimate,
    .destroy = cpu_destroy,
    .describe = cpu_describe,
    .field = cpu_field,
    .reset = cpu_reset,
    .commit = cpu_commit,
    .step = cpu_step,
};
