/* A group of worlds and the episodes that they run. Each world has its own step count: when its episode is over it may
 * begin another one at once, while the other worlds of the group go on.
 *
 * A step writes the labels of the state that it begins with. So the step of row t + 1 judges row t, and an episode of n
 * rows takes n + 1 steps, because the last one shows its final state. */
#ifndef MYR_DATASET_RUN_GROUP_H
#define MYR_DATASET_RUN_GROUP_H

#include <stdatomic.h>

#include "dataset/sensors.h"
#include "dataset/writer.h"

/* What all groups of a run share. */
typedef struct run_common {
  const myr_plan *plan;
  const myr_plan_info *info;
  const record_layout *layout;
  writer *writer;
  myr_renderer *renderer; /* NULL where nothing sees */
  /* Timesteps: `steps` counts those in an episode, `stepped_worlds` also those of idle worlds and lanes. */
  atomic_llong steps, stepped_worlds;
  atomic_llong finished, diverged; /* episodes */
  atomic_llong dropped;            /* contacts beyond what a world may hold */
} run_common;

/* The things that the groups of one thread use in turns. */
typedef struct run_thread {
  run_common *run;
  int number;
  stopwatch watch;
  content_digest *digest;
  sensor_thread *sensors; /* NULL where nothing sees */
} run_thread;

typedef struct run_group run_group;
/* Creates a group for group `number` of the batch; all of its worlds are free. thread and batch must outlive it and
 * keep their addresses. Returns NULL if memory is short. */
run_group *run_group_create(run_thread *thread, myr_batch *batch, int number);
void run_group_destroy(run_group *group); /* accepts NULL; a step may be under way */

/* The number of worlds that can take an episode, and of those that run one. Call them between steps. */
int run_group_free_worlds(const run_group *group);
int run_group_busy_worlds(const run_group *group);

/* Begins episodes[0 .. count - 1] in free worlds; there must be at least count of them. Call it between steps. */
myr_status run_group_start(run_group *group, const int64_t *episodes, int count, myr_error *error);
/* Records the observations of the worlds that run an episode, lets their controllers act, and begins a step. */
myr_status run_group_begin_step(run_group *group, myr_error *error);
/* Waits for that step, records and judges it, and passes the ended episodes on. */
myr_status run_group_finish_step(run_group *group, myr_error *error);

#endif
