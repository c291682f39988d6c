/* The directions of contact that have a formula, of two convex shapes: normals of faces, axes orthogonal to two edges,
 * radii of tubes. A contact at a face or along two edges gets its normal from here, exact and steady. */
#ifndef MYR_CONVEX_AXES_H
#define MYR_CONVEX_AXES_H

#include "kernels/step/convex_shape.h"

/* Tries an axis, which need not have unit length, in the direction from A to B. It counts only if it is better by more
 * than `slack`. */
KERNEL void axis_consider(const convex_pair *p, way_apart *best, vec3 axis, real slack) {
  real length = v3_length(axis);
  mask degenerate = lt(length, splat(BY_PRECISION(1e-4, 1e-8)));
  real inverse = splat(1) / choose(degenerate, splat(1), length);
  vec3 n = v3_scale(axis, inverse * side_of(v3_dot(axis, p->apart)));
  real depth = depth_along(p, n);
  take_if(best, mask_not(degenerate) & lt(depth, best->depth - slack), depth, n);
}

KERNEL vec3 across_axis(vec3 axis, vec3 v) { return v3_madd(axis, -v3_dot(axis, v), v); }

/* The direction between a ball around `center` and a cylinder, in the cylinder's frame: from the nearest point of the
 * cylinder, or from the axis if the centre lies inside. */
KERNEL vec3 outward_of_cylinder(vec3 size, vec3 center) {
  real off_axis = square_root(fmadd(center.y, center.y, center.x * center.x));
  real inside = ratio_or_zero(minimum(size.x, off_axis), off_axis);
  vec3 nearest = v3(center.x * inside, center.y * inside, clamp(center.z, -size.y, size.y));
  vec3 excess = v3_sub(center, nearest);
  mask within = lt(v3_dot(excess, excess), splat((scalar)1e-14) * size.x * size.x);
  return v3_choose(within, v3(center.x, center.y, zero()), excess);
}

/* The ends of a capsule A against a cylinder B. */
KERNEL void consider_ends(const convex_pair *p, way_apart *best, real slack) {
  for (int end = -1; end <= 1; end += 2) {
    vec3 center = v3(zero(), zero(), splat((scalar)end) * p->a.size.y);
    vec3 in_b = m3_apply_transposed(p->turn, v3_sub(center, p->apart));
    axis_consider(p, best, m3_apply(p->turn, outward_of_cylinder(p->b.size, in_b)), slack);
  }
}

/* The best of these directions. Of nearly equal ones a face is taken before an edge. */
KERNEL way_apart convex_axes(const convex_pair *p, real slack) {
  way_apart best;
  best.normal = v3_normalize_or(p->apart, unit_axis(2));
  best.depth = depth_along(p, best.normal);
  way_apart faces = best;
  faces.depth = splat(NO_CONTACT);
  for (int i = first_face_axis(p->a.type); i < 3; i++) axis_consider(p, &faces, unit_axis(i), zero());
  for (int i = first_face_axis(p->b.type); i < 3; i++) axis_consider(p, &faces, axis_of_b(p, i), zero());
  take_if(&best, le(faces.depth, best.depth + slack), faces.depth, faces.normal);
  for (int i = first_edge_axis(p->a.type); i < 3; i++)
    for (int j = first_edge_axis(p->b.type); j < 3; j++)
      axis_consider(p, &best, v3_cross(unit_axis(i), axis_of_b(p, j)), slack);
  /* an ellipsoid's own axes lead out of it by the shortest way where something lies deep inside */
  for (int i = 0; i < 3 && p->a.type == MYR_GEOM_ELLIPSOID; i++) axis_consider(p, &best, unit_axis(i), slack);
  for (int i = 0; i < 3 && p->b.type == MYR_GEOM_ELLIPSOID; i++) axis_consider(p, &best, axis_of_b(p, i), slack);
  if (is_tube(p->a.type)) axis_consider(p, &best, across_axis(unit_axis(2), p->apart), slack);
  if (is_tube(p->b.type)) axis_consider(p, &best, across_axis(axis_of_b(p, 2), p->apart), slack);
  if (p->a.type == MYR_GEOM_CAPSULE && p->b.type == MYR_GEOM_CYLINDER) consider_ends(p, &best, slack);
  return best;
}

#endif
