/* Deflate for pictures of ids: a few large areas of equal numbers. A pixel is like the one to its left, like the one
 * above it, or new, and those are the only matches looked for. */
#ifndef MYR_DATASET_DEFLATE_IDS_H
#define MYR_DATASET_DEFLATE_IDS_H

#include <stddef.h>
#include <stdint.h>

/* Writes a zlib stream (RFC 1950) of count ids, row by row of width pixels, into capacity bytes at out, and returns its
 * length; 0 where it does not fit. */
size_t deflate_ids(const int32_t *ids, size_t count, size_t width, unsigned char *out, size_t capacity);

#endif
