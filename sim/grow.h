/* Floor 2, public: arrays that grow while files are read or items are collected. Stepping never uses them. */
#ifndef MYR_GROW_H
#define MYR_GROW_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Returns the array, or a larger one in its place, with room for one more element of `size` bytes after the first
 * `count`. *capacity is the number of elements it has room for; an array of capacity 0 is NULL. Returns NULL if memory
 * is too little; the old array then stays valid. */
static inline void *myr_grow(void *array, int64_t count, int64_t *capacity, size_t size) {
  if (count < *capacity) return array;
  int64_t more = *capacity ? 2 * *capacity : 64;
  void *grown = realloc(array, (size_t)more * size);
  if (grown) *capacity = more;
  return grown;
}

#endif
