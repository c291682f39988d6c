/* Which of two surfaces a pixel sees: the nearer one, and of two that coincide the drawable with the higher index, which
 * belongs to the later entity.
 *
 * Two faces that lie in one plane, such as a mat on the floor, have depths that differ by rounding. An exact comparison
 * would show them in stripes. So two surfaces coincide if their depths differ by at most COINCIDENCE of the depth, or if
 * the distance between them along the normal of the one that is tested is at most COINCIDENCE of the lengths that were
 * rounded to compute it: eye, drawable, size and depth. Along the ray this is longer by the face's steepness, 1 / |n D|,
 * because a rounding of the plane or the ray moves the seen point that much. A tolerance on depth alone would either leave
 * stripes near the horizon or let a floor swallow a thin plate that is seen from above.
 *
 * COINCIDENCE is four ulp: the position of a drawable, the eye in its frame, the ray there, and the quotient are rounded
 * once or twice each. A floor seen from 10 m away hides later plates that lie less than about 0.02 mm below it.
 *
 * Curved surfaces had eight times this tolerance on all lengths at first, so that turned copies of a sphere would
 * coincide. From 5 cm away, that moved the line along which two bodies intersect by 0.06 % of the depth. */
#ifndef MYR_RASTER_NEAREST_H
#define MYR_RASTER_NEAREST_H

#include "kernels/raster/raster_block.h"

#define COINCIDENCE ((scalar)4.76837158203125e-7) /* 2^-21 */

/* Marks pixels that see nothing: a depth nearer than that of any surface, with any tolerance. */
#define DEPTH_BLIND ((scalar)-1e30)

/* Depths between which surfaces are seen. */
typedef struct depth_limits {
  real near, far;
} depth_limits;

KERNEL depth_limits limits_of_view(const myr_view *view) {
  depth_limits limits;
  limits.near = splat(view->near_limit);
  limits.far = splat(view->far_limit);
  return limits;
}
KERNEL mask within_limits(const depth_limits *limits, real depth) {
  return ge(depth, limits->near) & le(depth, limits->far);
}

KERNEL scalar length_along_axes(const float *v) {
  return (v[0] < 0 ? -v[0] : v[0]) + (v[1] < 0 ? -v[1] : v[1]) + (v[2] < 0 ? -v[2] : v[2]);
}

/* m: the lengths that were rounded to place a drawable, except the depth. origin: the eye in the drawable's frame, equal
 * in all lanes. */
KERNEL scalar rounding_reach(const myr_view *view, vec3 origin, const float *size) {
  const real apart = absolute(origin.x) + absolute(origin.y) + absolute(origin.z);
  return lane_get(&apart, 0) + length_along_axes(view->position) + length_along_axes(size);
}

/* The most by which the depths of two coincident surfaces differ. */
KERNEL real coincidence(real reach, real depth, real steepness) {
  return fmadd(reach + depth, steepness, depth) * splat(COINCIDENCE);
}

/* Writes depth and drawable where `hit`, unless the buffer's drawable is nearer, or coincides and has a higher index.
 * slack: coincidence(). The background has the lowest index, -1. */
KERNEL void depth_test(visibility *buffer, int block, mask hit, real depth, real slack, int drawable) {
  real seen = buffer->depth[block];
  integer other = buffer->drawable[block];
  mask later = ilt(other, isplat(drawable));
  mask wins = hit & le(depth, seen + choose(later, slack, -slack));
  buffer->depth[block] = choose(wins, depth, seen);
  buffer->drawable[block] = ichoose(wins, isplat(drawable), other);
}

#endif
