/* A buffer of bytes that grows when bytes are appended. */
#ifndef MYR_DATASET_BYTES_H
#define MYR_DATASET_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Must be filled with zeros at first. If memory runs out, `failed` is set, and all bytes appended later are dropped. */
typedef struct byte_buffer {
  unsigned char *data;
  size_t size, capacity;
  bool failed;
} byte_buffer;
unsigned char *bytes_grow(byte_buffer *bytes,
                          size_t size); /* returns the place of the next `size` bytes; NULL if failed */
void bytes_put(byte_buffer *bytes, const void *data, size_t size);
void bytes_free(byte_buffer *bytes);

#endif
