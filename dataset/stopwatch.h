/* A stopwatch that measures how much time a thread of a run spends in each stage. */
#ifndef MYR_DATASET_STOPWATCH_H
#define MYR_DATASET_STOPWATCH_H

#include "dataset/dataset.h"
#include "kernels/clock.h"

/* The stopwatch of one thread. The thread is always in exactly one stage. */
typedef struct stopwatch {
  double seconds[MYR_RUN_STAGE_COUNT];
  double since; /* when the present stage began */
  enum myr_run_stage stage;
} stopwatch;

static inline void stopwatch_start(stopwatch *watch, enum myr_run_stage stage) {
  *watch = (stopwatch){.since = myr_clock_seconds(), .stage = stage};
}

/* Ends the present stage and begins another. Returns the ended stage, so that the caller can go back to it. */
static inline enum myr_run_stage stopwatch_turn(stopwatch *watch, enum myr_run_stage stage) {
  enum myr_run_stage before = watch->stage;
  double now = myr_clock_seconds();
  watch->seconds[before] += now - watch->since;
  watch->since = now;
  watch->stage = stage;
  return before;
}

#endif
