/* Where the threads of a run spend their time. */
#ifndef MYR_DATASET_STOPWATCH_H
#define MYR_DATASET_STOPWATCH_H

#include "dataset/dataset.h"
#include "kernels/clock.h"

/* Of one thread: it is always in some stage. */
typedef struct stopwatch {
  double seconds[MYR_RUN_STAGE_COUNT];
  double since; /* when the present stage began */
  enum myr_run_stage stage;
} stopwatch;

static inline void stopwatch_start(stopwatch *watch, enum myr_run_stage stage) {
  *watch = (stopwatch){.since = myr_clock_seconds(), .stage = stage};
}

/* Returns the stage that ends, for whoever goes back to it. */
static inline enum myr_run_stage stopwatch_turn(stopwatch *watch, enum myr_run_stage stage) {
  enum myr_run_stage before = watch->stage;
  double now = myr_clock_seconds();
  watch->seconds[before] += now - watch->since;
  watch->since = now;
  watch->stage = stage;
  return before;
}

#endif
