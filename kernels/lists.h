/* Where the integer lists of a step lie: one struct and its arrays, in a block of memory. */
#ifndef MYR_LISTS_H
#define MYR_LISTS_H

#include <stddef.h>

#include "kernels/fields.h"

KERNEL size_t whole_cache_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

/* The part of *at that the next bytes occupy; moves *at behind it. */
KERNEL char *take_lines(char **at, size_t bytes) {
  char *here = *at;
  *at += whole_cache_lines(bytes);
  return here;
}

/* Lays the arrays out from memory on, aligned to 64; returns the first byte behind them. Sizes are the model's. */
KERNEL char *place_lists(tile_lists *lists, int nv, int nslot, int nblock, char *memory) {
  size_t words = (size_t)(nv + 63) / 64;
  char *at = memory;
  lists->slot_pair = (int32_t *)take_lines(&at, (size_t)nslot * sizeof(int32_t));
  lists->blocks = (block *)take_lines(&at, (size_t)nblock * sizeof(block));
  lists->live = (int32_t *)take_lines(&at, (size_t)nblock * sizeof(int32_t));
  lists->row_start = (int32_t *)take_lines(&at, (size_t)(nv + 1) * sizeof(int32_t));
  lists->row_dof = (int32_t *)take_lines(&at, (size_t)nv * (size_t)(nv + 1) / 2 * sizeof(int32_t));
  lists->row_bits = (uint64_t *)take_lines(&at, (size_t)(nv + 1) * words * sizeof(uint64_t));
  return at;
}

/* Bytes of the arrays. */
KERNEL size_t lists_bytes(int nv, int nslot, int nblock) {
  tile_lists lists;
  char *anywhere = (char *)(uintptr_t)64; /* only counted from, never read */
  return (size_t)(place_lists(&lists, nv, nslot, nblock, anywhere) - anywhere);
}

#endif
