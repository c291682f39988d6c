/* Deflate for images of ids, which have a few large areas of equal numbers. A pixel equals the one to its left, equals
 * the one above it, or is new, so the code looks only for these two kinds of matches. */
#ifndef MYR_DATASET_DEFLATE_IDS_H
#define MYR_DATASET_DEFLATE_IDS_H

#include <stddef.h>
#include <stdint.h>

/* Writes a zlib stream (RFC 1950) of count ids, in rows of width pixels, into capacity bytes at out. Returns its
 * length, or 0 if it does not fit. */
size_t deflate_ids(const int32_t *ids, size_t count, size_t width, unsigned char *out, size_t capacity);

#endif
