/* The layout of a step's integer lists: one struct and its arrays in one block of memory. */
#ifndef MYR_LISTS_H
#define MYR_LISTS_H

#include "kernels/memory.h"
#include "kernels/step/world.h"

/* Lays the arrays out from `memory` on, each aligned to 64 bytes. Returns the first byte after them. Sizes are the
 * model's. */
KERNEL char *place_lists(tile_lists *lists, int dofs, int pairs, int slots, int constraints, char *memory) {
  const size_t nv = (size_t)dofs, npair = (size_t)pairs, nslot = (size_t)slots, nblock = (size_t)constraints;
  char *at = memory;
#define LIST(name, type, count, doc) lists->name = (type *)myr_take_cache_lines(&at, (count) * sizeof(type));
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
