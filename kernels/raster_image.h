/* Where the pixels of a block go in row-major images. */
#ifndef MYR_RASTER_IMAGE_H
#define MYR_RASTER_IMAGE_H

#include <string.h>

#include "kernels/raster_block.h"

/* Where a block's pixels go in a row-major image. */
typedef struct image_block {
  size_t first;
  int pitch, width, height;
} image_block; /* px; pixels inside the image */

KERNEL image_block image_block_of(const myr_view *view, const tile_position *tile, int column, int row) {
  image_block at;
  int x = column * BLOCK_WIDTH, y = row * BLOCK_HEIGHT;
  at.pitch = view->width;
  at.first = (size_t)(tile->y + y) * (size_t)view->width + (size_t)(tile->x + x);
  at.width = tile->width - x < BLOCK_WIDTH ? tile->width - x : BLOCK_WIDTH;
  at.height = tile->height - y < BLOCK_HEIGHT ? tile->height - y : BLOCK_HEIGHT;
  return at;
}

KERNEL int image_block_whole(const image_block *at) { return at->width == BLOCK_WIDTH && at->height == BLOCK_HEIGHT; }

/* 32-bit values, one a lane. */
KERNEL void store_words(void *image, const image_block *at, const void *lanes) {
  char *to = (char *)image + at->first * sizeof(int32_t);
  const char *from = (const char *)lanes;
  size_t pitch = (size_t)at->pitch * sizeof(int32_t), row = BLOCK_WIDTH * sizeof(int32_t);
  if (image_block_whole(at))
    for (int y = 0; y < BLOCK_HEIGHT; y++) memcpy(to + (size_t)y * pitch, from + (size_t)y * row, row);
  else
    for (int y = 0; y < at->height; y++)
      memcpy(to + (size_t)y * pitch, from + (size_t)y * row, (size_t)at->width * sizeof(int32_t));
}
KERNEL void store_reals(float *image, const image_block *at, real x) { store_words(image, at, &x); }
KERNEL void store_integers(int32_t *image, const image_block *at, integer x) { store_words(image, at, &x); }

/* `count` values a pixel, of a block that the image's edge cuts. */
KERNEL void store_cut_vectors(float *image, const image_block *at, const real *values, int count) {
  for (int y = 0; y < at->height; y++) {
    float *to = image + (at->first + (size_t)y * (size_t)at->pitch) * (size_t)count;
    for (int x = 0; x < at->width; x++)
      for (int k = 0; k < count; k++) to[x * count + k] = lane_get(values + k, y * BLOCK_WIDTH + x);
  }
}

KERNEL void store_millimetres(uint16_t *image, const image_block *at, real depth) {
  integer value = to_integer(nearest_integer(minimum(depth * splat(1000), splat(65535))));
  for (int y = 0; y < at->height; y++)
    for (int x = 0; x < at->width; x++)
      image[at->first + (size_t)y * (size_t)at->pitch + (size_t)x] =
          (uint16_t)lane_get_integer(&value, y * BLOCK_WIDTH + x);
}

/* Channels of 0..255. */
KERNEL void store_bytes(uint8_t *image, const image_block *at, const integer channel[3]) {
  integer packed = channel[0] | channel[1] << 8 | channel[2] << 16; /* bytes r g b 0: memory is little-endian */
  uint8_t *to = image + 3 * at->first;
  size_t pitch = 3 * (size_t)at->pitch;
  if (BLOCK_WIDTH == 4 && image_block_whole(at)) {
    const integer rows = compact_triples(packed);
    const char *from = (const char *)&rows;
    for (int y = 0; y < BLOCK_HEIGHT; y++) memcpy(to + (size_t)y * pitch, from + y * 16, 12);
    return;
  }
  for (int y = 0; y < at->height; y++)
    for (int x = 0; x < at->width; x++) {
      int pixel = lane_get_integer(&packed, y * BLOCK_WIDTH + x);
      for (int k = 0; k < 3; k++) to[(size_t)y * pitch + (size_t)(3 * x + k)] = (uint8_t)(pixel >> (8 * k));
    }
}

#endif
