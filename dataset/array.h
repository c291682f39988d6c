/* Floor 5, public: arrays of numbers, as an episode consists of them: in memory, and in files of any format. */
#ifndef MYR_DATASET_ARRAY_H
#define MYR_DATASET_ARRAY_H

#include <stddef.h>
#include <stdint.h>

typedef enum myr_array_type {
#define ARRAY_TYPE(name, bytes, numpy) MYR_ARRAY_##name,
#include "dataset/array_type.def"
  MYR_ARRAY_TYPE_COUNT
} myr_array_type;

size_t myr_array_type_bytes(myr_array_type type);     /* of an element */
const char *myr_array_type_name(myr_array_type type); /* as numpy writes it, "f4" */

enum { MYR_ARRAY_RANK = 4 }; /* dimensions of an array at most */

typedef struct myr_array {
  myr_array_type type;
  int rank;
  int64_t shape[MYR_ARRAY_RANK]; /* of what data holds */
  int64_t rows;                  /* that the whole array has */
  int64_t count;                 /* elements in data */
  void *data;
} myr_array;
void myr_array_free(myr_array *array);

#endif
