/* Floor 1, public: how coordinates are split where a float has wide steps (1 mm at 10 km). A coordinate is the sum of a
 * float and a rest, which the float has lost. The lanes count positions from grid points (step/origin.h), and the
 * renderer does too. */
#ifndef MYR_FAR_OUT_H
#define MYR_FAR_OUT_H

#include "kernels/lane/lane_function.h"

/* m; the width of the grid, a power of 2. Within half of it from the world's origin, positions are plain floats. */
#define MYR_ORIGIN_GRID 64

/* The rest of a stated coordinate, m or rad. Near zero it is 0: there the stated number is its float, whose step is at
 * most 2 um. Quaternions have no rests, because their numbers are small. */
HOST_DEVICE double myr_stated_rest(double x) {
  const double size = x < 0 ? -x : x, largest = 1e30;
  return size >= 0.5 * MYR_ORIGIN_GRID && size < largest ? x - (double)(float)x : 0;
}

/* A position in the world, m, from a label and its rest. Near the world's origin it is the label alone. */
HOST_DEVICE double myr_labelled_position(double position, double rest) {
  const double size = position < 0 ? -position : position;
  return size >= 0.5 * MYR_ORIGIN_GRID ? position + rest : position;
}

#endif
