/* Floor 1, public: arrays one after the other in a block of memory. Each begins at a new cache line, so that vectors of
 * any width are aligned. */
#ifndef MYR_MEMORY_H
#define MYR_MEMORY_H

#include <stddef.h>

#include "kernels/lane/lane_function.h"

enum {
  MYR_CACHE_LINE = 64,
  MYR_CACHE_LINE_PAIR = 128,
};

/* Bytes, rounded up. Processors fetch cache lines in pairs, so threads should write to different pairs. */
HOST_DEVICE size_t myr_whole_cache_lines(size_t bytes) {
  return (bytes + MYR_CACHE_LINE - 1) / MYR_CACHE_LINE * MYR_CACHE_LINE;
}
HOST_DEVICE size_t myr_whole_line_pairs(size_t bytes) {
  return (bytes + MYR_CACHE_LINE_PAIR - 1) / MYR_CACHE_LINE_PAIR * MYR_CACHE_LINE_PAIR;
}

/* Takes the next bytes at *at; moves *at behind their last cache line. */
HOST_DEVICE void *myr_take_cache_lines(char **at, size_t bytes) {
  char *here = *at;
  *at += myr_whole_cache_lines(bytes);
  return here;
}

#endif
