/* Computes how much of a light a shape hides; one table for each number of lanes, for test_shade_shadow.c. Counts are
 * multiples of 16. */
#ifndef TESTS_SHADE_SHADOW_LANES_H
#define TESTS_SHADE_SHADOW_LANES_H

#include "kernels/raster.h"

/* A ray towards a light in the frame of a shape, with the conventions of kernels/raster/shade_occlusion.h. */
typedef struct shade_ray {
  float origin[3], direction[3], length, spread;
} shade_ray;
typedef struct shade_occluder {
  int shape; /* enum myr_geom_type */
  float size[3];
  float light[3]; /* position; directional: direction */
  float radius;
  int directional;
} shade_occluder;

typedef void hidden_function(const shade_occluder *occluder, const shade_ray *rays, int count, float *hidden);
hidden_function hidden_1, hidden_4, hidden_8, hidden_16;

/* Counts over all points (count, 3), lights and casters the pairs that the maps of a frame's lights leave out. */
typedef struct left_out_count {
  long pairs; /* of a point and a caster */
  long out;   /* left out */
  long wrong; /* though the caster hides something */
} left_out_count;
typedef left_out_count left_out_function(const myr_frame *frame, const float (*points)[3], int count);
left_out_function left_out_1, left_out_4, left_out_8, left_out_16;

#endif
