#include "dataset/array.h"

#include <stdlib.h>

static const struct {
  size_t bytes;
  const char *name;
} types[MYR_ARRAY_TYPE_COUNT] = {
#define ARRAY_TYPE(name, c_type, numpy) {sizeof(c_type), numpy},
#include "dataset/array_type.def"
};

size_t myr_array_type_bytes(myr_array_type type) { return types[type].bytes; }

const char *myr_array_type_name(myr_array_type type) { return types[type].name; }

void myr_array_free(myr_array *array) {
  free(array->data);
  *array = (myr_array){0};
}
