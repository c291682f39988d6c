/* The encodings of colours: in files and descriptions, in sums of light, and in textures. kernels/raster/shade_color.h
 * encodes the pixels of images. */
#ifndef MYR_RENDER_COLOR_H
#define MYR_RENDER_COLOR_H

#include <stdint.h>

/* An sRGB-encoded value, 0..1, as linear light, 0..1 (IEC 61966-2-1). */
float srgb_decode(float encoded);
/* Linear light as a channel of a texel (myr_texture), 10 bits; clamped to 0..1. */
uint32_t texel_encode(float linear);

#endif
