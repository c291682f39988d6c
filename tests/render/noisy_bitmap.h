/* Bitmaps of noise, which several tests of pictures share. */
#ifndef MYR_TESTS_NOISY_BITMAP_H
#define MYR_TESTS_NOISY_BITMAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "render/picture.h"

/* Returns a byte of noise for each index, by a hash like splitmix64's. */
static inline uint8_t noise(unsigned i) {
  uint64_t x = (i + 1) * 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  return (uint8_t)(x >> 56);
}

static inline myr_bitmap noisy(int width, int height, int channels) {
  myr_bitmap bitmap;
  assert_int_equal(myr_bitmap_create(width, height, channels, &bitmap, NULL), MYR_OK);
  for (int i = 0; i < width * height * channels; i++) bitmap.pixels[i] = noise((unsigned)i);
  return bitmap;
}

#endif
