/* Plain C functions around the shading kernels, one table for each number of lanes, for test_shade.c. Counts are
 * multiples of 16; a vector takes LANES consecutive items. */
#ifndef TESTS_SHADE_LANES_H
#define TESTS_SHADE_LANES_H

#include "kernels/raster.h"

/* The fragment of one pixel. A pixel without a drawable (-1) is not shaded. */
typedef struct shade_pixel {
  int32_t drawable;
  float depth, ray[3], ray_length, position[3], normal[3], local[3], local_normal[3], u, v, step_x[3], step_y[3];
  float uv_per_metre;
} shade_pixel;

typedef struct shade_table {
  int lanes;
  /* Computes the linear colours (count, 3) of pixels. culled: 0 tests every pixel against every shadow caster. */
  void (*colors)(const myr_frame *frame, const myr_view *view, const shade_pixel *pixels, int count, int culled,
                 float *colors);
  void (*intensities)(const myr_frame *frame, const myr_view *view, const shade_pixel *pixels, int count,
                      float *intensities);
  void (*sky)(const myr_frame *frame, const myr_view *view, const float *directions, int count, float *colors);
  void (*encode)(const float *linear, int count, int32_t *bytes);
  /* Computes pi D V and the grazing factor from the cosines nl, nv, vl. */
  void (*highlights)(const float (*cosines)[3], int count, float alpha, float *highlights, float *grazing);
} shade_table;

extern const shade_table shade_table_1, shade_table_4, shade_table_8, shade_table_16;

#endif
