/* The direction of least depth of two convex shapes, where no formula gives it.
 *
 * Let M be all differences of a point of A and a point of B. The shapes overlap if the origin lies in M, and the way
 * apart is the shortest way from the origin to the surface of M. A ray is cast from a point inside M through the origin;
 * the triangle of support points through which it leaves, the portal, is refined until it lies on the surface (Snethen,
 * "XenoCollide", Game Programming Gems 7, 2008). Its normal is a direction of contact. A second ray along that direction
 * finds a better one, if there is one nearby. The depth along a direction is exact whatever the direction, so every one
 * that is visited may count, and the least depth never is too small. */
#ifndef MYR_CONVEX_PORTAL_H
#define MYR_CONVEX_PORTAL_H

#include "kernels/step/convex_shape.h"

enum { PORTAL_DISCOVERIES = 16, PORTAL_REFINEMENTS = 32 };

/* A ray inside M and the triangle through which it leaves; corners are relative to the ray's start. Seen against the ray,
 * they go round to the left. */
typedef struct {
  vec3 from, ray;
  vec3 corner1, corner2, corner3;
} portal;

/* The support of M in the unit direction n, relative to the ray's start. Its depth counts. */
KERNEL vec3 portal_support(const convex_pair *p, const portal *q, vec3 n, mask active, way_apart *best) {
  vec3 point = tips_apart(p, n);
  real depth = v3_dot(n, point);
  take_if(best, active & lt(depth, best->depth), depth, n);
  return v3_sub(point, q->from);
}

/* Finds three support points between which the ray passes. */
KERNEL void portal_discover(const convex_pair *p, portal *q, mask active, real margin, way_apart *best) {
  vec3 first = portal_support(p, q, q->ray, active, best);
  vec3 side = v3_cross(first, q->ray);
  /* a support point on the ray is no corner of a triangle around it, so the ray is turned a little */
  mask on_ray = le(v3_dot(side, side), splat((scalar)1e-8) * v3_dot(first, first));
  vec3 turned = v3_normalize(v3_madd(any_orthogonal(q->ray), splat((scalar)2e-3), q->ray));
  q->ray = v3_choose(on_ray, turned, q->ray);
  side = v3_cross(first, q->ray);
  q->corner1 = portal_support(p, q, v3_normalize(side), active, best);
  q->corner2 = first;
  q->corner3 = first;
  for (int step = 0; step < PORTAL_DISCOVERIES && any_lane(active); step++) {
    vec3 n = v3_normalize(v3_cross(q->corner1, q->corner2));
    vec3 third = portal_support(p, q, n, active, best);
    mask beyond2 = gt(v3_dot(v3_cross(q->corner1, third), q->ray), zero());
    mask beyond1 = mask_not(beyond2) & gt(v3_dot(v3_cross(third, q->corner2), q->ray), zero());
    q->corner3 = v3_choose(active, third, q->corner3);
    q->corner2 = v3_choose(active & beyond2, third, q->corner2);
    q->corner1 = v3_choose(active & beyond1, third, q->corner1);
    active = active & (beyond1 | beyond2) & ge(best->depth, -margin);
  }
}

/* Moves the portal outwards to the surface, until it gains no more than the tolerance. */
KERNEL void portal_refine(const convex_pair *p, portal *q, mask active, real tolerance, real margin, way_apart *best) {
  for (int step = 0; step < PORTAL_REFINEMENTS && any_lane(active); step++) {
    vec3 n = v3_normalize(v3_cross(v3_sub(q->corner2, q->corner1), v3_sub(q->corner3, q->corner1)));
    n = v3_scale(n, side_of(v3_dot(n, q->ray)));
    vec3 fourth = portal_support(p, q, n, active, best);
    active = active & gt(v3_dot(v3_sub(fourth, q->corner3), n), tolerance) & ge(best->depth, -margin);
    vec3 across = v3_cross(fourth, q->ray);
    real side1 = v3_dot(q->corner1, across), side2 = v3_dot(q->corner2, across), side3 = v3_dot(q->corner3, across);
    mask between12 = le(side1, zero()) & gt(side2, zero());
    mask between23 = mask_not(between12) & le(side2, zero()) & gt(side3, zero());
    mask between31 = mask_not(between12 | between23);
    q->corner3 = v3_choose(active & between12, fourth, q->corner3);
    q->corner1 = v3_choose(active & between23, fourth, q->corner1);
    q->corner2 = v3_choose(active & between31, fourth, q->corner2);
  }
}

/* Casts a ray and leaves the portal in *q. */
STAGE void portal_cast(const convex_pair *p, vec3 from, vec3 ray, mask active, real tolerance, real margin, portal *q,
                       way_apart *best) {
  q->from = from;
  q->ray = ray;
  portal_discover(p, q, active, margin, best);
  portal_refine(p, q, active, tolerance, margin, best);
}

/* Improves the best direction in the active lanes. A ray from the centre of M comes first; then rays along the best
 * direction, while they find a better one. A gap wider than the margin ends the search of a lane.
 *
 * Tolerances of 4e-6 and 1e-6 took a quarter more time and found no better directions, because polishing follows; 1e-4 and
 * 3e-5 saved a tenth more and left one resting pose in sixty 1 % too deep. */
KERNEL void portal_search(const convex_pair *p, mask active, real size, real margin, way_apart *best) {
  real tolerance = splat((scalar)3e-5) * size, gain = splat((scalar)1e-5) * size;
  vec3 toward = v3_normalize_or(p->apart, unit_axis(2));
  portal q;
  portal_cast(p, v3_negate(p->apart), toward, active, tolerance, margin, &q, best);
  active = active & ge(best->depth, -margin);
  real back = splat((scalar)0.5) * (convex_inradius(p->a) + convex_inradius(p->b));
  for (int cast = 0; cast < 3 && any_lane(active); cast++) {
    real before = best->depth;
    vec3 from = v3_scale(best->normal, minimum(zero(), best->depth - back));
    portal_cast(p, from, best->normal, active, tolerance, margin, &q, best);
    active = active & lt(best->depth, before - gain) & ge(best->depth, -margin);
  }
}

#endif
