/* The layout of a step's integer lists: one struct and its arrays in one block of memory. */
#ifndef MYR_LISTS_H
#define MYR_LISTS_H

#include "kernels/memory.h"
#include "kernels/step/world.h"

/* Places the arrays from `memory` on, each aligned to 64 bytes. Returns the first byte after them. */
HOST_DEVICE char *place_lists(tile_lists *lists, const constants *model, char *memory) {
#include "kernels/sizes.def"
  char *at = memory;
#define LIST(name, type, element, width, doc) \
  lists->name = (type *)myr_take_cache_lines(&at, (size_t)(size_of_##element * (width)) * sizeof(type));
#include "kernels/lists.def"
  return at;
}

/* Bytes of the arrays. */
static inline size_t lists_bytes(const myr_model *model) {
  const constants sizes = constants_without_arrays(model);
  tile_lists lists;
  char *anywhere = (char *)(uintptr_t)64; /* only for address arithmetic, never read */
  return (size_t)(place_lists(&lists, &sizes, anywhere) - anywhere);
}

#endif
