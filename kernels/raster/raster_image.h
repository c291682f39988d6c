/* The places of a block's pixels in row-major images. */
#ifndef MYR_RASTER_IMAGE_H
#define MYR_RASTER_IMAGE_H

#include <string.h>

#include "kernels/raster/raster_block.h"

/* The place of a tile's pixels in a row-major image, px. Loops over blocks hold it by value, because otherwise the
 * compiler must assume that their stores may change the view or the tile. */
typedef struct image_tile {
  size_t first;
  int pitch, width, height;
} image_tile;

KERNEL image_tile image_tile_of(const myr_view *view, const tile_position *tile) {
  image_tile image;
  image.pitch = view->width;
  image.first = (size_t)tile->y * (size_t)view->width + (size_t)tile->x;
  image.width = tile->width;
  image.height = tile->height;
  return image;
}

/* The place of a block's pixels that are inside the image. */
typedef struct image_block {
  size_t first;
  int pitch, width, height;
} image_block;

KERNEL image_block image_block_of(image_tile image, int column, int row) {
  image_block at;
  int x = column * BLOCK_WIDTH, y = row * BLOCK_HEIGHT;
  at.pitch = image.pitch;
  at.first = image.first + (size_t)y * (size_t)image.pitch + (size_t)x;
  at.width = image.width - x < BLOCK_WIDTH ? image.width - x : BLOCK_WIDTH;
  at.height = image.height - y < BLOCK_HEIGHT ? image.height - y : BLOCK_HEIGHT;
  return at;
}

KERNEL int image_block_whole(const image_block *at) { return at->width == BLOCK_WIDTH && at->height == BLOCK_HEIGHT; }

/* If lanes are threads, each thread stores its own pixel. Returns whether the pixel is in the image; *pixel becomes its
 * number there. */
KERNEL int own_pixel(const image_block *at, size_t *pixel) {
  int x = lane_of_thread() % BLOCK_WIDTH, y = lane_of_thread() / BLOCK_WIDTH;
  *pixel = at->first + (size_t)y * (size_t)at->pitch + (size_t)x;
  return x < at->width && y < at->height;
}

/* Stores 32-bit values, one for each lane. */
KERNEL void store_words(void *image, const image_block *at, const void *lanes) {
  size_t pixel;
  if (LANES_ARE_THREADS) {
    if (own_pixel(at, &pixel)) ((int32_t *)image)[pixel] = *(const int32_t *)lanes;
    return;
  }
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

/* Stores `count` values for each pixel of a block that the image's edge cuts. */
KERNEL void store_cut_vectors(float *image, const image_block *at, const real *values, int count) {
  size_t pixel;
  if (LANES_ARE_THREADS) {
    for (int k = 0; own_pixel(at, &pixel) && k < count; k++)
      image[pixel * (size_t)count + (size_t)k] = lane_get_own(values + k);
    return;
  }
  for (int y = 0; y < at->height; y++) {
    float *to = image + (at->first + (size_t)y * (size_t)at->pitch) * (size_t)count;
    for (int x = 0; x < at->width; x++)
      for (int k = 0; k < count; k++) to[x * count + k] = lane_get(values + k, y * BLOCK_WIDTH + x);
  }
}

KERNEL void store_millimetres(uint16_t *image, const image_block *at, real depth) {
  integer value = to_integer(nearest_integer(minimum(depth * splat(1000), splat(65535))));
  size_t pixel;
  if (LANES_ARE_THREADS) {
    if (own_pixel(at, &pixel)) image[pixel] = (uint16_t)lane_get_own_integer(&value);
    return;
  }
  for (int y = 0; y < at->height; y++)
    for (int x = 0; x < at->width; x++)
      image[at->first + (size_t)y * (size_t)at->pitch + (size_t)x] =
          (uint16_t)lane_get_integer(&value, y * BLOCK_WIDTH + x);
}

/* Stores three channels, each 0..255. */
KERNEL void store_bytes(uint8_t *image, const image_block *at, const integer channel[3]) {
  integer packed = channel[0] | channel[1] << 8 | channel[2] << 16; /* bytes r g b 0: memory is little-endian */
  size_t own;
  if (LANES_ARE_THREADS) {
    for (int k = 0; own_pixel(at, &own) && k < 3; k++)
      image[3 * own + (size_t)k] = (uint8_t)(lane_get_own_integer(&packed) >> (8 * k));
    return;
  }
  uint8_t *to = image + 3 * at->first;
  size_t pitch = 3 * (size_t)at->pitch;
  if (image_block_whole(at)) {
    store_rows_of_bytes(to, pitch, packed);
    return;
  }
  for (int y = 0; y < at->height; y++)
    for (int x = 0; x < at->width; x++) {
      int pixel = lane_get_integer(&packed, y * BLOCK_WIDTH + x);
      for (int k = 0; k < 3; k++) to[(size_t)y * pitch + (size_t)(3 * x + k)] = (uint8_t)(pixel >> (8 * k));
    }
}

#endif
