/* The gap between two convex shapes that are apart. The nearest point of M to the origin is found by triangles of support
 * points, each with the farthest point towards the origin in place of a corner (Gilbert, Johnson and Keerthi, "A fast
 * procedure for computing the distance between complex objects", 1988; Ericson, "Real-Time Collision Detection", 5.1.5 for
 * the nearest point of a triangle). */
#ifndef MYR_CONVEX_GAP_H
#define MYR_CONVEX_GAP_H

#include "kernels/step/convex_portal.h"

enum { GAP_STEPS = 24 };

typedef struct {
  vec3 a, b, c;
} support_triangle;

/* The weights of b and c in the point of the triangle nearest to the origin. The products are rounded one by one: with a
 * fused one a triangle with equal corners has an area of rounding noise, and its nearest point is anywhere. */
KERNEL void nearest_weights(support_triangle t, real *of_b, real *of_c) {
  vec3 ab = v3_sub(t.b, t.a), ac = v3_sub(t.c, t.a);
  real d1 = -v3_dot(ab, t.a), d2 = -v3_dot(ac, t.a), d3 = -v3_dot(ab, t.b), d4 = -v3_dot(ac, t.b);
  real d5 = -v3_dot(ab, t.c), d6 = -v3_dot(ac, t.c);
  real va = d3 * d6 - d5 * d4, vb = d5 * d2 - d1 * d6, vc = d1 * d4 - d3 * d2;
  mask at_a = le(d1, zero()) & le(d2, zero());
  mask at_b = ge(d3, zero()) & le(d4, d3), at_c = ge(d6, zero()) & le(d5, d6);
  mask on_ab = le(vc, zero()) & ge(d1, zero()) & le(d3, zero());
  mask on_ac = le(vb, zero()) & ge(d2, zero()) & le(d6, zero());
  real from_b = d4 - d3, from_c = d5 - d6;
  mask on_bc = le(va, zero()) & ge(from_b, zero()) & ge(from_c, zero());
  real along_ab = clamp(ratio_or_zero(d1, d1 - d3), zero(), splat(1));
  real along_ac = clamp(ratio_or_zero(d2, d2 - d6), zero(), splat(1));
  real along_bc = clamp(ratio_or_zero(from_b, from_b + from_c), zero(), splat(1));
  real area = va + vb + vc;
  *of_b = choose(on_bc, splat(1) - along_bc, ratio_or_zero(vb, area));
  *of_c = choose(on_bc, along_bc, ratio_or_zero(vc, area));
  *of_b = choose(on_ac, zero(), *of_b);
  *of_c = choose(on_ac, along_ac, *of_c);
  *of_b = choose(on_ab, along_ab, *of_b);
  *of_c = choose(on_ab, zero(), *of_c);
  *of_b = choose(at_c, zero(), choose(at_b, splat(1), choose(at_a, zero(), *of_b)));
  *of_c = choose(at_c, splat(1), choose(at_b | at_a, zero(), *of_c));
}

KERNEL vec3 nearest_of(support_triangle t) {
  real of_b, of_c;
  nearest_weights(t, &of_b, &of_c);
  return v3_madd(v3_sub(t.c, t.a), of_c, v3_madd(v3_sub(t.b, t.a), of_b, t.a));
}

KERNEL support_triangle support_triangle_of(vec3 a, vec3 b, vec3 c) {
  support_triangle t;
  t.a = a;
  t.b = b;
  t.c = c;
  return t;
}

/* Takes the triangle if it comes nearer to the origin. */
KERNEL void take_nearer(support_triangle t, support_triangle *best, vec3 *nearest, real *squared) {
  vec3 point = nearest_of(t);
  real there = v3_dot(point, point);
  mask nearer = lt(there, *squared);
  *squared = choose(nearer, there, *squared);
  *nearest = v3_choose(nearer, point, *nearest);
  best->a = v3_choose(nearer, t.a, best->a);
  best->b = v3_choose(nearer, t.b, best->b);
  best->c = v3_choose(nearer, t.c, best->c);
}

/* Widens the gap that is known, in the active lanes, until no direction has one wider by the tolerance. Returns the point of
 * M that is nearest to the origin. */
STAGE vec3 gap_search(const convex_pair *p, mask active, real tolerance, way_apart *best) {
  vec3 start = tips_apart(p, best->normal), nearest = start;
  support_triangle t = support_triangle_of(start, start, start);
  for (int step = 0; step < GAP_STEPS && any_lane(active); step++) {
    real distance = v3_length(nearest);
    vec3 n = v3_normalize_or(v3_negate(nearest), best->normal), point = tips_apart(p, n);
    real depth = v3_dot(n, point);
    take_if(best, active & lt(depth, best->depth), depth, n);
    active = active & gt(distance + depth, tolerance);
    support_triangle next = t;
    vec3 place = nearest;
    real squared = splat(NO_CONTACT);
    take_nearer(support_triangle_of(point, t.a, t.b), &next, &place, &squared);
    take_nearer(support_triangle_of(point, t.b, t.c), &next, &place, &squared);
    take_nearer(support_triangle_of(point, t.c, t.a), &next, &place, &squared);
    t.a = v3_choose(active, next.a, t.a);
    t.b = v3_choose(active, next.b, t.b);
    t.c = v3_choose(active, next.c, t.c);
    nearest = v3_choose(active, place, nearest);
  }
  return nearest;
}

#endif
