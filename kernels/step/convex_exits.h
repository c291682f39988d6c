/* The shortest way out of an overlap of which one shape is a hull.
 *
 * The difference M of two polytopes is a polytope, and the way out is its facet nearest to the origin. A portal ends on a
 * facet, but another facet may be nearer: near an edge of M two or more are about equally far. A facet is proven the nearest
 * where the portal reaches far enough around the foot of the origin: if a disc around the foot, as wide as the depth, lies in
 * the portal, a plane that is nearer and turned by less than a right angle would cut into the disc, and so into M. Where
 * that fails, rays from the origin itself search the other facets, because from there near facets look large. */
#ifndef MYR_CONVEX_EXITS_H
#define MYR_CONVEX_EXITS_H

#include "kernels/step/convex_gap.h"

/* The least distance of a point from the sides of the triangle in the plane with normal n, m; negative outside. The
 * triangle's corners go round to the left or right of n. */
KERNEL real inside_triangle(vec3 a, vec3 b, vec3 c, vec3 n, vec3 at) {
  real turn = side_of(v3_dot(v3_cross(v3_sub(b, a), v3_sub(c, a)), n));
  real least = splat(NO_CONTACT);
  for (int i = 0; i < 3; i++) {
    vec3 from = i == 0 ? a : i == 1 ? b : c, to = i == 0 ? b : i == 1 ? c : a;
    vec3 side = v3_sub(to, from);
    vec3 inwards = v3_cross(n, side);
    least = minimum(least, turn * ratio_or_zero(v3_dot(inwards, v3_sub(at, from)), v3_length(side)));
  }
  return least;
}

/* Whether no facet is nearer than the one along the best direction, if the portal lies on that one. */
KERNEL mask is_nearest_exit(const portal *q, const way_apart *best, real tolerance) {
  vec3 foot = v3_sub(v3_scale(best->normal, best->depth), q->from);
  vec3 n = v3_normalize(v3_cross(v3_sub(q->corner2, q->corner1), v3_sub(q->corner3, q->corner1)));
  n = v3_scale(n, side_of(v3_dot(n, q->ray)));
  real height = v3_dot(n, v3_add(q->corner1, q->from));
  mask same = le(height, best->depth + tolerance);
  real around = inside_triangle(q->corner1, q->corner2, q->corner3, n, foot);
  return le(best->depth, tolerance) | (same & ge(around, best->depth));
}

/* The rays of a fan, tilted by 45 degrees from the best direction towards one of four sides. */
KERNEL vec3 fan_ray(vec3 normal, int i) {
  vec3 u = any_orthogonal(normal), v = v3_cross(normal, u), aside = i % 2 ? v : u;
  return v3_normalize(v3_madd(aside, splat(i < 2 ? 1 : -1), normal));
}

/* Leaves the lanes in which the best direction is not proven to be that of the nearest facet. */
STAGE mask exits_along_normal(const convex_pair *p, mask open, real tolerance, real margin, way_apart *best) {
  real back = splat((scalar)0.5) * (convex_inradius(p->a) + convex_inradius(p->b));
  for (int cast = 0; cast < 2 && any_lane(open); cast++) {
    portal q;
    vec3 from = v3_scale(best->normal, minimum(zero(), best->depth - back));
    portal_cast(p, from, best->normal, open, tolerance, margin, &q, best);
    open = open & mask_not(is_nearest_exit(&q, best, tolerance)) & ge(best->depth, -margin);
  }
  return open;
}

STAGE void exits_around(const convex_pair *p, mask open, real tolerance, real margin, way_apart *best) {
  portal q;
  vec3 normal = best->normal;
  for (int i = 0; i < 4 && any_lane(open); i++)
    portal_cast(p, v3_zero(), fan_ray(normal, i), open, tolerance, margin, &q, best);
  if (any_lane(open)) portal_cast(p, v3_zero(), best->normal, open, tolerance, margin, &q, best);
}

/* The direction across a gap. It is that of the nearest point of M, because the widest gap that was seen leaves it open by
 * the root of the rounding. */
STAGE void exits_over_gap(const convex_pair *p, mask apart, real tolerance, way_apart *best) {
  vec3 nearest = gap_search(p, apart, splat((scalar)0.05) * tolerance, best);
  vec3 normal = v3_normalize_or(v3_negate(nearest), best->normal);
  real depth = depth_along(p, normal);
  take_if(best, apart & le(depth, best->depth + tolerance), depth, normal);
}

/* The direction of least depth in the active lanes, whose best so far is any. */
STAGE void exits_search(const convex_pair *p, mask active, real tolerance, real margin, way_apart *best) {
  portal q;
  vec3 toward = v3_normalize_or(p->apart, unit_axis(2));
  portal_cast(p, v3_negate(p->apart), toward, active, tolerance, margin, &q, best);
  mask apart = active & lt(best->depth, zero()) & ge(best->depth, -margin);
  if (any_lane(apart)) exits_over_gap(p, apart, tolerance, best);
  mask open = active & ge(best->depth, zero()) & mask_not(is_nearest_exit(&q, best, tolerance));
  open = exits_along_normal(p, open, tolerance, margin, best);
  exits_around(p, open, tolerance, margin, best);
}

#endif
