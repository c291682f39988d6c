/* Makes the direction that a search found exact. The least depth is flat, so a search by depth leaves the normal open by
 * about the root of the rounding, 1e-3 rad in single precision, and neighbouring steps would get other normals. At the
 * least depth the farthest points of both shapes lie over each other. That is a condition of first order, which a few
 * steps of Newton's method meet. */
#ifndef MYR_CONVEX_POLISH_H
#define MYR_CONVEX_POLISH_H

#include "kernels/step/convex_axes.h"

/* A direction near a crease of the depth, where it is orthogonal to a straight edge. In a bound lane it stays orthogonal,
 * because the shapes meet within that edge. */
typedef struct {
  way_apart way;
  mask near, bound;
  vec3 edge; /* unit, where near */
} edge_way;

/* Turns a direction that is nearly orthogonal to an edge until it is so exactly, where that is no worse. */
KERNEL void turn_to_crease(const convex_pair *p, vec3 found, vec3 edge, real slack, edge_way *best) {
  mask near = lt(absolute(v3_dot(edge, found)), splat((scalar)0.05));
  vec3 n = v3_normalize(across_axis(edge, found));
  real depth = depth_along(p, n);
  mask better = near & lt(depth, best->way.depth + slack);
  take_if(&best->way, better, depth, n);
  best->edge = v3_choose(better, edge, best->edge);
  best->near = best->near | better;
}

/* Whether the depth grows when the normal turns along the edge either way: the shapes then meet within the edge, not
 * beyond its end. */
KERNEL mask has_crease(const convex_pair *p, vec3 n, vec3 edge) {
  vec3 aside = v3_scale(edge, splat((scalar)1e-4));
  real ahead = v3_dot(edge, tips_apart(p, v3_normalize(v3_add(n, aside))));
  real behind = v3_dot(edge, tips_apart(p, v3_normalize(v3_sub(n, aside))));
  return ge(ahead, zero()) & le(behind, zero());
}

KERNEL edge_way bind_to_edges(const convex_pair *p, way_apart found, real slack) {
  edge_way best;
  best.way = found;
  best.near = mask_splat(0);
  best.edge = v3_zero();
  for (int i = first_edge_axis(p->a.type); i < 3; i++) turn_to_crease(p, found.normal, unit_axis(i), slack, &best);
  for (int i = first_edge_axis(p->b.type); i < 3; i++) turn_to_crease(p, found.normal, axis_of_b(p, i), slack, &best);
  for (int k = 0; p->b.type == MYR_GEOM_MESH && k < p->b.hull->corners; k++)
    turn_to_crease(p, found.normal, m3_apply(p->turn, hull_edge(p->b.hull, p->b.face, k)), slack, &best);
  best.bound = best.near & has_crease(p, best.way.normal, best.edge);
  take_if(&best.way, mask_not(best.bound), found.depth, found.normal);
  return best;
}

/* The directions in which a normal may turn: across the edge, and along it. */
typedef struct {
  vec3 first, second;
} turns;

KERNEL turns turns_of(const edge_way *e) {
  turns t;
  t.first = v3_normalize_or(v3_cross(e->way.normal, v3_choose(e->near, e->edge, any_orthogonal(e->way.normal))),
                            any_orthogonal(e->way.normal));
  t.second = v3_cross(e->way.normal, t.first);
  return t;
}

/* One step of Newton's method: with the offset r of the tips, its change H when the normal turns, and the depth h, the
 * turn x solves (H - h) x = -r. It is taken where the depth falls, or stays and the tips come nearer. Changes are measured on the
 * side where the depth falls, because a crease may lie on the other. */
KERNEL void polish_step(const convex_pair *p, real slack, edge_way *e) {
  const scalar probe = BY_PRECISION(1e-3, 1e-5);
  turns t = turns_of(e);
  vec3 n = e->way.normal, here = tips_apart(p, n);
  real r1 = v3_dot(here, t.first), r2 = choose(e->bound, zero(), v3_dot(here, t.second));
  t.first = v3_scale(t.first, -side_of(r1));
  t.second = v3_scale(t.second, -side_of(r2));
  r1 = -absolute(r1);
  r2 = -absolute(r2);
  vec3 change1 = v3_sub(tips_apart(p, v3_normalize(v3_madd(t.first, splat(probe), n))), here);
  vec3 change2 = v3_sub(tips_apart(p, v3_normalize(v3_madd(t.second, splat(probe), n))), here);
  real scale = splat(1 / probe), depth = e->way.depth;
  real h11 = fmsub(v3_dot(change1, t.first), scale, depth), h22 = fmsub(v3_dot(change2, t.second), scale, depth);
  real h12 = (v3_dot(change1, t.second) + v3_dot(change2, t.first)) * (splat((scalar)0.5) * scale);
  h12 = choose(e->bound, zero(), h12);
  h22 = choose(e->bound, splat(1), h22);
  real determinant = fmsub(h11, h22, h12 * h12);
  mask convex = gt(h11, zero()) & gt(determinant, zero());
  real inverse = splat(-1) / choose(convex, determinant, splat(1));
  real x1 = fmsub(h22, r1, h12 * r2) * inverse, x2 = fmsub(h11, r2, h12 * r1) * inverse;
  real limit = splat((scalar)0.2), largest = maximum(absolute(x1), absolute(x2));
  real part = limit / maximum(largest, limit);
  x1 = x1 * part;
  x2 = x2 * part;
  vec3 turned = v3_normalize(v3_madd(t.first, x1, v3_madd(t.second, x2, n)));
  real there_depth = depth_along(p, turned);
  vec3 there = tips_apart(p, turned);
  real s1 = v3_dot(there, v3_sub(t.first, v3_scale(turned, v3_dot(t.first, turned))));
  real s2 = v3_dot(there, v3_sub(t.second, v3_scale(turned, v3_dot(t.second, turned))));
  s2 = choose(e->bound, zero(), s2);
  mask nearer = lt(fmadd(s2, s2, s1 * s1), fmadd(r2, r2, r1 * r1));
  mask better = lt(there_depth, depth - slack) | (nearer & lt(there_depth, depth + slack));
  take_if(&e->way, convex & better, there_depth, turned);
}

KERNEL way_apart polished(const convex_pair *p, way_apart found, real slack) {
  edge_way e = bind_to_edges(p, found, slack);
  for (int step = 0; step < 4; step++) polish_step(p, slack, &e);
  return e.way;
}

#endif
