/* Looks up bitmaps and patterns; one table for each number of lanes, for test_shade_texture.c. Counts are multiples of
 * 16. */
#ifndef TESTS_SHADE_TEXTURE_LANES_H
#define TESTS_SHADE_TEXTURE_LANES_H

#include "kernels/raster.h"

typedef struct texture_table {
  int lanes;
  /* Computes the colour at uv for a footprint du_x dv_x du_y dv_y. */
  void (*bitmap)(const myr_texture *texture, const float (*at)[6], int count, float *colors);
  void (*cube)(const myr_texture *texture, const float (*directions)[3], float angle, int count, float *colors);
  void (*checker)(const float (*at)[6], int count, float *shares);
  void (*noise)(const float (*cells)[3], float footprint, int count, float *shares);
} texture_table;

extern const texture_table texture_table_1, texture_table_4, texture_table_8, texture_table_16;

#endif
