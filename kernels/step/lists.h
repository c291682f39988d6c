/* Where the integer lists of a step lie: one struct and its arrays, in a block of memory. */
#ifndef MYR_LISTS_H
#define MYR_LISTS_H

#include <stddef.h>

#include "kernels/step/world.h"

KERNEL size_t whole_cache_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

/* The part of *at that the next bytes occupy; moves *at behind it. */
KERNEL char *take_lines(char **at, size_t bytes) {
  char *here = *at;
  *at += whole_cache_lines(bytes);
  return here;
}

/* Lays the arrays out from memory on, aligned to 64; returns the first byte behind them. Sizes are the model's. */
KERNEL char *place_lists(tile_lists *lists, int dofs, int pairs, int slots, int constraints, char *memory) {
  const size_t nv = (size_t)dofs, npair = (size_t)pairs, nslot = (size_t)slots, nblock = (size_t)constraints;
  char *at = memory;
#define LIST(name, type, count, doc) lists->name = (type *)take_lines(&at, (count) * sizeof(type));
#include "kernels/lists.def"
  return at;
}

/* Bytes of the arrays. */
KERNEL size_t lists_bytes(int dofs, int pairs, int slots, int constraints) {
  tile_lists lists;
  char *anywhere = (char *)(uintptr_t)64; /* only counted from, never read */
  return (size_t)(place_lists(&lists, dofs, pairs, slots, constraints, anywhere) - anywhere);
}

#endif
