/* One group of worlds on its way through the episodes it was given: they begin together, and the group is stepped until
 * all of them have ended. A world whose episode is over idles until its neighbours are done; what it does then is
 * recorded nowhere. Where cameras look, an episode is handed to the writer one step after its end, when the poses of its
 * final state are known. */
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
  atomic_llong steps, finished, diverged;
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
/* For groups of up to so many worlds. thread must outlive it, at the same address. NULL: too little memory. */
run_group *run_group_create(run_thread *thread, int worlds);
void run_group_destroy(run_group *group); /* NULL is fine; a step may be under way */

/* Begins those episodes in the first `count` worlds of a group of the batch, and their first step. */
myr_status run_group_begin(run_group *group, myr_batch *batch, int number, const int64_t *episodes, int count,
                           myr_error *error);
/* Waits for the step that is under way, records, judges and hands on what ended with it, and begins the next one.
 * *ended tells that there is none: all episodes are with the writer. */
myr_status run_group_advance(run_group *group, bool *ended, myr_error *error);

#endif
