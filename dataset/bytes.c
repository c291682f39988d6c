#include "dataset/bytes.h"

#include <stdlib.h>
#include <string.h>

unsigned char *bytes_grow(byte_buffer *bytes, size_t size) {
  if (bytes->failed) return NULL;
  if (bytes->size + size > bytes->capacity) {
    size_t capacity = bytes->capacity ? bytes->capacity : 16384;
    while (capacity < bytes->size + size) capacity *= 2;
    unsigned char *data = realloc(bytes->data, capacity);
    if (!data) {
      bytes->failed = true;
      return NULL;
    }
    bytes->data = data;
    bytes->capacity = capacity;
  }
  unsigned char *end = bytes->data + bytes->size;
  bytes->size += size;
  return end;
}

void bytes_put(byte_buffer *bytes, const void *data, size_t size) {
  unsigned char *end = bytes_grow(bytes, size);
  if (end && size) memcpy(end, data, size);
}

void bytes_free(byte_buffer *bytes) {
  free(bytes->data);
  *bytes = (byte_buffer){0};
}
