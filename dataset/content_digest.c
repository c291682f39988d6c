/* Computes the digest of an episode's content; see episode.h. All digests are XXH3-64 of little-endian numbers. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dataset/episode.h"

/* Returns the digest of an array's type and shape. The digest of its elements follows it. */
static uint64_t head_digest(myr_array_type type, int rank, const int64_t *shape) {
  unsigned char head[4 + 8 * MYR_ARRAY_RANK] = {0};
  memcpy(head, myr_array_type_name(type), 2);
  head[2] = (unsigned char)rank;
  for (int i = 0; i < rank; i++) memcpy(head + 4 + 8 * i, &shape[i], 8);
  return XXH3_64bits(head, 4 + 8 * (size_t)rank);
}

static int64_t row_elements(int rank, const int64_t *shape) {
  int64_t count = 1;
  for (int i = 1; i < rank; i++) count *= shape[i];
  return count;
}

bool array_has_large_rows(int rank, const int64_t *shape) { return rank > 1 && row_elements(rank, shape) >= LARGE_ROW; }

uint64_t row_digest(const void *row, size_t bytes) { return XXH3_64bits(row, bytes); }

uint64_t rows_digest(uint64_t rows, uint64_t row) { return XXH3_64bits_withSeed(&row, sizeof row, rows); }

uint64_t array_digest_of_rows(myr_array_type type, int rank, const int64_t *shape, uint64_t rows) {
  return XXH3_64bits_withSeed(&rows, sizeof rows, head_digest(type, rank, shape));
}

uint64_t array_digest(myr_array_type type, int rank, const int64_t *shape, const void *data) {
  size_t bytes = myr_array_type_bytes(type) * (size_t)row_elements(rank, shape);
  if (array_has_large_rows(rank, shape)) {
    uint64_t rows = 0;
    for (int64_t i = 0; i < shape[0]; i++) rows = rows_digest(rows, row_digest((const char *)data + i * bytes, bytes));
    return array_digest_of_rows(type, rank, shape, rows);
  }
  return XXH3_64bits_withSeed(data, bytes * (size_t)(rank ? shape[0] : 1), head_digest(type, rank, shape));
}

struct content_digest {
  XXH3_state_t *state;
  uint64_t *arrays; /* (capacity) */
  int64_t capacity;
};

content_digest *content_digest_create(void) {
  content_digest *digest = calloc(1, sizeof *digest);
  if (!digest) return NULL;
  digest->state = XXH3_createState();
  if (!digest->state) {
    free(digest);
    return NULL;
  }
  content_digest_reset(digest);
  return digest;
}

void content_digest_destroy(content_digest *digest) {
  if (!digest) return;
  XXH3_freeState(digest->state);
  free(digest->arrays);
  free(digest);
}

void content_digest_reset(content_digest *digest) { XXH3_64bits_reset(digest->state); }

uint64_t *content_digest_room(content_digest *digest, int64_t arrays) {
  if (arrays > digest->capacity) {
    uint64_t *room = realloc(digest->arrays, (size_t)arrays * sizeof *room);
    if (!room) return NULL;
    digest->arrays = room;
    digest->capacity = arrays;
  }
  return digest->arrays;
}

static void put(content_digest *digest, const void *data, size_t size) {
  XXH3_64bits_update(digest->state, data, size);
}

const char *attribute_type_name(attribute_type type) {
  switch (type) {
  case ATTRIBUTE_FLAG: return "b1";
  case ATTRIBUTE_INTEGER: return "i8";
  case ATTRIBUTE_REAL: return "f8";
  default: return "s";
  }
}

void content_digest_attribute(content_digest *digest, const char *name, attribute_type type,
                              const attribute_value *value) {
  const char *type_name = attribute_type_name(type);
  put(digest, name, strlen(name) + 1);
  put(digest, type_name, strlen(type_name) + 1);
  switch (type) {
  case ATTRIBUTE_FLAG:
  case ATTRIBUTE_INTEGER: put(digest, &value->integer, 8); break;
  case ATTRIBUTE_REAL: {
    double real = value->real + 0.0;
    put(digest, &real, 8);
    break;
  }
  case ATTRIBUTE_REASON:
  case ATTRIBUTE_TEXT: put(digest, value->string, strlen(value->string) + 1); break;
  }
}

void content_digest_array(content_digest *digest, const char *path, uint64_t array) {
  put(digest, path, strlen(path) + 1);
  put(digest, &array, 8);
}

uint64_t content_digest_value(const content_digest *digest) { return XXH3_64bits_digest(digest->state); }
