/* The vector widths that are compiled in and that this machine runs. */
#ifndef TESTS_LANE_WIDTHS_H
#define TESTS_LANE_WIDTHS_H

#include "kernels/table.h"

static inline int width_runs_here(int lanes) {
  const myr_kernels *kernels;
  if (myr_kernels_find(lanes, &kernels, NULL) == MYR_OK) return 1;
  print_message("  this processor does not run %d lanes: not compared\n", lanes);
  return 0;
}

#define IF_WIDTH_RUNS(width, USE)           \
  do {                                      \
    if (width_runs_here(width)) USE(width); \
  } while (0)
#ifdef MYR_LANES_4
#define LANES_4(USE) IF_WIDTH_RUNS(4, USE)
#else
#define LANES_4(USE) ((void)0)
#endif
#ifdef MYR_LANES_8
#define LANES_8(USE) IF_WIDTH_RUNS(8, USE)
#else
#define LANES_8(USE) ((void)0)
#endif
#ifdef MYR_LANES_16
#define LANES_16(USE) IF_WIDTH_RUNS(16, USE)
#else
#define LANES_16(USE) ((void)0)
#endif

/* Calls USE(width) for each of these widths above 1. */
#define FOR_EACH_WIDTH(USE) \
  do {                      \
    LANES_4(USE);           \
    LANES_8(USE);           \
    LANES_16(USE);          \
  } while (0)

#endif
