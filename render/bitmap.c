/* Bitmaps, and the marks drawn over them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/font.h"
#include "render/picture.h"

myr_status myr_bitmap_create(int width, int height, int channels, myr_bitmap *bitmap, myr_error *error) {
  *bitmap = (myr_bitmap){0};
  if (width < 1 || height < 1 || width > MYR_PICTURE_SIDE || height > MYR_PICTURE_SIDE)
    return myr_fail(error, MYR_INVALID, "a picture of %d x %d pixels: sides are 1 to %d", width, height,
                    MYR_PICTURE_SIDE);
  if (channels != 1 && channels != 3 && channels != 4)
    return myr_fail(error, MYR_INVALID, "a picture with %d channels: grey has 1, RGB 3, RGBA 4", channels);
  size_t bytes = (size_t)width * (size_t)height * (size_t)channels;
  if (bytes > MYR_PICTURE_BYTES)
    return myr_fail(error, MYR_INVALID, "a picture of %d x %d pixels needs %zu MiB; the limit is %d MiB", width, height,
                    bytes >> 20, MYR_PICTURE_BYTES >> 20);
  uint8_t *pixels = calloc(bytes, 1);
  if (!pixels) return myr_fail(error, MYR_ERROR, "too little memory for a picture of %zu bytes", bytes);
  *bitmap = (myr_bitmap){width, height, channels, pixels};
  return MYR_OK;
}

void myr_bitmap_free(myr_bitmap *bitmap) {
  free(bitmap->pixels);
  *bitmap = (myr_bitmap){0};
}

static void mark(myr_bitmap *bitmap, int x, int y, const uint8_t rgb[3]) {
  if (x < 0 || y < 0 || x >= bitmap->width || y >= bitmap->height) return;
  memcpy(bitmap->pixels + ((size_t)y * (size_t)bitmap->width + (size_t)x) * 3, rgb, 3);
}

void myr_mark_box(myr_bitmap *bitmap, const int32_t box[4], bool dashed, const uint8_t rgb[3]) {
  enum { DASH = 3 }; /* pixels on, then the same number off */
  int x0 = box[0], y0 = box[1], x1 = box[2] - 1, y1 = box[3] - 1;
  if (x1 < x0 || y1 < y0) return;
  /* The loop visits only visible pixels, because a loose box may reach far beyond the picture. */
  int left = x0 > 0 ? x0 : 0, right = x1 < bitmap->width ? x1 : bitmap->width - 1;
  int top = y0 > 0 ? y0 : 0, bottom = y1 < bitmap->height ? y1 : bitmap->height - 1;
  for (int x = left; x <= right; x++)
    if (!dashed || x / DASH % 2 == 0) {
      mark(bitmap, x, y0, rgb);
      mark(bitmap, x, y1, rgb);
    }
  for (int y = top; y <= bottom; y++)
    if (!dashed || y / DASH % 2 == 0) {
      mark(bitmap, x0, y, rgb);
      mark(bitmap, x1, y, rgb);
    }
}

void myr_mark_cross(myr_bitmap *bitmap, float u, float v, int arm, const uint8_t rgb[3]) {
  /* Out of reach, or not a number; converting such a value to an integer is undefined. */
  if (!(u > (float)-arm - 1 && u < (float)(bitmap->width + arm + 1))) return;
  if (!(v > (float)-arm - 1 && v < (float)(bitmap->height + arm + 1))) return;
  int x = (int)floorf(u), y = (int)floorf(v);
  for (int i = -arm; i <= arm; i++) {
    mark(bitmap, x + i, y, rgb);
    mark(bitmap, x, y + i, rgb);
  }
}

void myr_mark_line(myr_bitmap *bitmap, int x0, int y0, int x1, int y1, const uint8_t rgb[3]) {
  enum { FARTHEST = 1 << 20 }; /* limits the loop, which visits all pixels of the line, also those outside */
  const int ends[4] = {x0, y0, x1, y1};
  for (int i = 0; i < 4; i++)
    if (ends[i] > FARTHEST || ends[i] < -FARTHEST) return;
  int dx = x1 - x0, dy = y1 - y0, steps = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
  for (int i = 0; i <= steps; i++)
    mark(bitmap, x0 + (steps ? (int)lround((double)dx * i / steps) : 0),
         y0 + (steps ? (int)lround((double)dy * i / steps) : 0), rgb);
}

static void mark_letter(myr_bitmap *bitmap, int x, int y, char letter, const uint8_t rgb[3]) {
  if (letter < FONT_FIRST || letter > FONT_LAST) letter = '?';
  for (int j = 0; j < FONT_HEIGHT; j++)
    for (int i = 0; i < FONT_WIDTH; i++)
      if (font_letters[letter - FONT_FIRST][j] >> (FONT_WIDTH - 1 - i) & 1) mark(bitmap, x + i, y + j, rgb);
}

void myr_mark_text(myr_bitmap *bitmap, int x, int y, const char *text, const uint8_t rgb[3]) {
  for (; *text; text++, x += FONT_ADVANCE) mark_letter(bitmap, x, y, *text, rgb);
}
