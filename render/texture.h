/* Bitmaps for the rasterizer: mip pyramids of square roots of linear light, ten bits a channel. */
#ifndef MYR_TEXTURE_H
#define MYR_TEXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/raster.h"
#include "kernels/status.h"

/* Pixels as a file holds them. */
typedef struct texture_source {
  const uint8_t *pixels; /* (faces, height, width, channels) */
  int width, height;     /* px, of one face; 1 .. TEXTURE_LIMIT */
  int channels;          /* 1: grey, 3: red green blue, 4: and alpha, which is not read */
  int faces;             /* 1, or 6 square ones in the order +x -x +y -y +z -z */
  bool srgb;             /* the bytes are sRGB-encoded; else linear */
} texture_source;
enum { TEXTURE_LIMIT = 16384 };

/* Fills *texture, whose texels the caller frees with texture_free. Levels are halved down to 1 x 1. For any size, a
 * texel is the mean in linear light of exactly the area that it covers in the level before. MYR_INVALID where the
 * source is not valid, MYR_ERROR where memory ends or the pyramid is too large for its indices. */
myr_status texture_build(const texture_source *source, myr_texture *texture, myr_error *error);
void texture_free(myr_texture *texture); /* NULL and a zeroed texture are allowed */

/* Finds the formula that a picture shows, because a formula is drawn faster and filtered exactly. A single colour is
 * MYR_PATTERN_NONE. Two by two squares of two colours, as in MuJoCo's builtin checker, are MYR_PATTERN_CHECKER if the
 * squares are so large that sharp edges look like a bitmap's blurred ones; the picture is then one period, 2 x 2 units,
 * beginning with color. A cube map of one colour with a row and a column of another through the middle of every face,
 * as in MuJoCo's mark "cross", is MYR_PATTERN_CROSS, whose lines are 1 / width of a face wide. Every other picture is
 * MYR_PATTERN_BITMAP, and the colours are not set. */
typedef struct texture_formula {
  int pattern;               /* enum myr_pattern */
  float color[3], color2[3]; /* encoded as the source, 0..1 */
} texture_formula;
/* source: valid for texture_build */
texture_formula texture_recognize(const texture_source *source);

#endif
