/* Where the threads of a run spend their time. */
#ifndef MYR_DATASET_STOPWATCH_H
#define MYR_DATASET_STOPWATCH_H

#include <time.h>

#include "dataset/dataset.h"

static inline double stopwatch_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Of one thread: it is always in some stage. */
typedef struct stopwatch {
  double seconds[MYR_RUN_STAGE_COUNT];
  double since; /* when the present stage began */
  enum myr_run_stage stage;
} stopwatch;

static inline void stopwatch_start(stopwatch *watch, enum myr_run_stage stage) {
  *watch = (stopwatch){.since = stopwatch_now(), .stage = stage};
}

/* Returns the stage that ends, for whoever goes back to it. */
static inline enum myr_run_stage stopwatch_turn(stopwatch *watch, enum myr_run_stage stage) {
  enum myr_run_stage before = watch->stage;
  double now = stopwatch_now();
  watch->seconds[before] += now - watch->since;
  watch->since = now;
  watch->stage = stage;
  return before;
}

#endif
