/* Private: encodes a bitmap as the bytes of a PNG file, for any sink. */
#ifndef MYR_RENDER_PNG_ENCODE_H
#define MYR_RENDER_PNG_ENCODE_H

#include <png.h>

#include "render/picture.h"

typedef struct png_sink {
  myr_status (*write)(void *context, const uint8_t *bytes, size_t count, myr_error *error);
  void *context;
} png_sink;

/* stride: bytes from row to row, so that a part of a larger bitmap can be encoded. Errors: those of the sink;
 * MYR_ERROR: too little memory. */
myr_status png_encode(const myr_bitmap *bitmap, size_t stride, const png_sink *sink, myr_error *error);

#endif
