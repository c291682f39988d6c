/* Floor 2, public: arrays that grow while something is read or collected. Never while stepping. */
#ifndef MYR_GROW_H
#define MYR_GROW_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The array, or a larger one in its place, with room for one more element of `size` bytes behind `count`. *capacity is how
 * many it has room for; an array without capacity is NULL. NULL: too little memory, and the array stays as it is. */
static inline void *myr_grow(void *array, int64_t count, int64_t *capacity, size_t size) {
  if (count < *capacity) return array;
  int64_t more = *capacity ? 2 * *capacity : 64;
  void *grown = realloc(array, (size_t)more * size);
  if (grown) *capacity = more;
  return grown;
}

#endif
