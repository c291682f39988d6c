/* Floor 5, public: arrays of numbers, in memory and in files. An episode consists of such arrays. */
#ifndef MYR_DATASET_ARRAY_H
#define MYR_DATASET_ARRAY_H

#include <stddef.h>
#include <stdint.h>

typedef enum myr_array_type {
#define ARRAY_TYPE(name, bytes, numpy) MYR_ARRAY_##name,
#include "dataset/array_type.def"
  MYR_ARRAY_TYPE_COUNT
} myr_array_type;

size_t myr_array_type_bytes(myr_array_type type);     /* bytes of one element */
const char *myr_array_type_name(myr_array_type type); /* numpy's name for it, such as "f4" */

enum { MYR_ARRAY_RANK = 4 }; /* the largest number of dimensions */

typedef struct myr_array {
  myr_array_type type;
  int rank;
  int64_t shape[MYR_ARRAY_RANK]; /* the shape of the elements in data */
  int64_t rows;                  /* the number of rows of the whole array */
  int64_t count;                 /* the number of elements in data */
  void *data;
} myr_array;
void myr_array_free(myr_array *array);

#endif
