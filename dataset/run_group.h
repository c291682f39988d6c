/* One group of worlds and the episodes that they are in. Worlds begin singly: each has a step count of its own, and
 * one whose episode is over may take another at once, while the others of its group go on. Where cameras look, an
 * episode is handed to the writer one step after its end, when the poses of its final state are known; its world is
 * free then. */
#ifndef MYR_DATASET_RUN_GROUP_H
#define MYR_DATASET_RUN_GROUP_H

#include <stdatomic.h>

#include "dataset/sensors.h"
#include "dataset/writer.h"

/* What all groups of a run have in common. */
typedef struct run_common {
  const myr_plan *plan;
  const myr_plan_info *info;
  const record_layout *layout;
  writer *writer;
  myr_renderer *renderer; /* NULL where nothing sees */
  /* Timesteps of worlds: steps are recorded, stepped_worlds counts idle worlds and lanes too. */
  atomic_llong steps, stepped_worlds;
  atomic_llong finished, diverged; /* episodes */
} run_common;

/* What the groups of one thread use in turn. */
typedef struct run_thread {
  run_common *run;
  int number;
  stopwatch watch;
  content_digest *digest;
  sensor_thread *sensors; /* NULL where nothing sees */
} run_thread;

typedef struct run_group run_group;
/* For a group of the batch, all of whose worlds are free. thread and batch must outlive it, at the same address. NULL:
 * too little memory. */
run_group *run_group_create(run_thread *thread, myr_batch *batch, int number);
void run_group_destroy(run_group *group); /* NULL is fine; a step may be under way */

/* Worlds that are free to take an episode, and worlds that are in one. Between steps. */
int run_group_free_worlds(const run_group *group);
int run_group_busy_worlds(const run_group *group);

/* Begins episodes[0 .. count - 1] in free worlds, of which there must be as many. Between steps. */
myr_status run_group_start(run_group *group, const int64_t *episodes, int count, myr_error *error);
/* Observes the worlds that are in an episode, lets the controllers act, and begins a step of the group. */
myr_status run_group_begin_step(run_group *group, myr_error *error);
/* Waits for that step, records and judges it, and hands on the episodes that ended. */
myr_status run_group_finish_step(run_group *group, myr_error *error);

#endif
