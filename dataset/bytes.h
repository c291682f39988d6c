/* Bytes that grow in memory as they are appended to. */
#ifndef MYR_DATASET_BYTES_H
#define MYR_DATASET_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-filled at first. Once memory is short, failed is set and all that follows is dropped. */
typedef struct byte_buffer {
  unsigned char *data;
  size_t size, capacity;
  bool failed;
} byte_buffer;
unsigned char *bytes_grow(byte_buffer *bytes, size_t size); /* where the next `size` bytes belong; NULL: failed */
void bytes_put(byte_buffer *bytes, const void *data, size_t size);
void bytes_free(byte_buffer *bytes);

#endif
