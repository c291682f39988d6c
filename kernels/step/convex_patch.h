/* Where two convex shapes meet, given the direction of their contact: the overlap of the faces that they turn to each
 * other, as a few points. */
#ifndef MYR_CONVEX_PATCH_H
#define MYR_CONVEX_PATCH_H

#include "kernels/step/convex_face.h"

enum { PATCH_CANDIDATES = 3 * FACE_CORNERS + 3 };

/* Candidates for contacts: places on the patch with the distance of the faces there. */
typedef struct {
  int count;
  mask valid[PATCH_CANDIDATES];
  vec3 at[PATCH_CANDIDATES]; /* (u, v), and w of A's surface, m */
  real distance[PATCH_CANDIDATES];
} patch_points;

KERNEL void patch_add(patch_points *points, mask valid, vec3 at, real low, real high) {
  int k = points->count++;
  points->valid[k] = valid;
  points->at[k] = v3(at.x, at.y, low);
  points->distance[k] = high - low;
}

/* Adds the ends of the part of B's edge that lies over A's face. */
KERNEL void add_edge_of_b(patch_points *points, const patch_face *a, const patch_face *b, int k, real slack) {
  vec3 start = b->corner[k], step = v3_sub(b->corner[(k + 1) % b->count], start);
  real enter = zero(), leave = splat(1);
  mask over = mask_splat(1);
  for (int i = 0; i < a->count; i++) {
    real inside = edge_inside(a, i, start, slack), growth = edge_growth(a, i, step);
    mask level = eq(growth, zero()), rises = gt(growth, zero());
    real t = -inside / choose(level, splat(1), growth);
    enter = choose(rises, maximum(enter, t), enter);
    leave = choose(level | rises, leave, minimum(leave, t));
    over = over & mask_not(level & lt(inside, zero()));
  }
  over = over & le(enter, leave);
  vec3 first = v3_madd(step, enter, start), last = v3_madd(step, leave, start);
  patch_add(points, over, first, face_height(a, first), first.z);
  patch_add(points, over & lt(leave, splat(1)) & lt(enter, leave), last, face_height(a, last), last.z);
}

/* Whether a place lies over the polygon of the corners, or no farther off than the slack. */
KERNEL mask is_over(const patch_face *face, vec3 at, real slack) {
  mask inside = mask_splat(1);
  for (int k = 0; k < face->count; k++) inside = inside & ge(edge_inside(face, k, at, slack), zero());
  return inside;
}

/* Whether the other shape's tip lies over the face, which may be a whole cap. */
KERNEL mask tip_is_over(const patch_face *face, vec3 tip, real slack) {
  if (!face->count) return mask_splat(0);
  vec3 from_center = v3_sub(v3(tip.x, tip.y, face_height(face, tip)), face->center);
  mask on_cap = face->round & le(v3_length(from_center), face->radius + slack);
  return face->flat & (on_cap | is_over(face, tip, slack));
}

/* All corners of the polygon in which the faces overlap, seen along the normal, and the tips over the other face. */
KERNEL void patch_overlap(const patch_face *a, const patch_face *b, real size, patch_points *points) {
  real slack = splat(BY_PRECISION(1e-6, 1e-12)) * size, tip_slack = splat((scalar)3e-4) * size;
  points->count = 0;
  if (a->count && b->count) {
    mask flat = a->flat & b->flat;
    for (int k = 0; k < b->count; k++) add_edge_of_b(points, a, b, k, slack);
    for (int k = 0; k < a->count; k++)
      patch_add(points, is_over(b, a->corner[k], zero()), a->corner[k], a->corner[k].z, face_height(b, a->corner[k]));
    for (int k = 0; k < points->count; k++) points->valid[k] = points->valid[k] & flat;
  }
  if (b->count)
    patch_add(points, a->has_tip & tip_is_over(b, a->tip, tip_slack), a->tip, a->tip.z, face_height(b, a->tip));
  if (a->count)
    patch_add(points, b->has_tip & tip_is_over(a, b->tip, tip_slack), b->tip, face_height(a, b->tip), b->tip.z);
}

KERNEL real deepest_distance(const patch_points *points) {
  real least = splat(NO_CONTACT);
  for (int k = 0; k < points->count; k++)
    least = choose(points->valid[k] & lt(points->distance[k], least), points->distance[k], least);
  return least;
}

/* Whether both shapes have tips, and these meet up to the accuracy of the normal. */
KERNEL mask tips_meet(const patch_face *a, const patch_face *b, real size) {
  real u = b->tip.x - a->tip.x, v = b->tip.y - a->tip.y;
  mask near = lt(fmadd(v, v, u * u), splat((scalar)1e-6) * size * size);
  return a->has_tip & b->has_tip & near;
}

/* Adds the contact of the farthest points, for shapes whose faces do not show the whole depth: at the tip that is a point,
 * or between two such tips. */
KERNEL void add_tips(patch_points *points, const patch_face *a, const patch_face *b, real depth, mask valid) {
  mask only_a = a->has_tip & mask_not(b->has_tip), only_b = b->has_tip & mask_not(a->has_tip);
  vec3 between = v3_scale(v3_add(a->tip, b->tip), splat((scalar)0.5));
  vec3 at = v3_choose(only_a, a->tip, v3_choose(only_b, b->tip, between));
  patch_add(points, valid, at, a->tip.z, a->tip.z - depth);
}

/* ---------------------------------------------------------------------------------------------- choosing a few points */

/* A choice of one candidate in every lane. */
typedef struct {
  real score;
  vec3 at;
  real distance;
} patch_choice;

KERNEL patch_choice patch_choose_none(real least_score) {
  patch_choice c;
  c.score = least_score;
  c.at = v3_zero();
  c.distance = splat(NO_CONTACT);
  return c;
}
KERNEL void patch_take(patch_choice *c, mask valid, vec3 at, real distance, real score) {
  mask better = valid & gt(score, c->score);
  c->score = choose(better, score, c->score);
  c->at = v3_choose(better, at, c->at);
  c->distance = choose(better, distance, c->distance);
}
KERNEL void patch_choose(patch_choice *c, const patch_points *points, int k, real score) {
  patch_take(c, points->valid[k], points->at[k], points->distance[k], score);
}

/* Twice the area to the left of the way from a to b, of the triangle that c makes with it. */
KERNEL real area_left(vec3 a, vec3 b, vec3 c) { return fmsub(b.x - a.x, c.y - a.y, (b.y - a.y) * (c.x - a.x)); }

/* How far a place lies in a fixed direction, which is along no edge of an aligned box. */
KERNEL real along_fixed(vec3 at) { return fmadd(splat((scalar)0.37), at.y, at.x); }

KERNEL real squared_apart(vec3 a, vec3 b) {
  real u = a.x - b.x, v = a.y - b.y;
  return fmadd(v, v, u * u);
}

/* How far d lies outside of the triangle of a, b and c, as the area that it adds. */
KERNEL real area_beyond(vec3 a, vec3 b, vec3 c, vec3 d) {
  real turn = side_of(area_left(a, b, c));
  return -minimum(turn * area_left(a, b, d), minimum(turn * area_left(b, c, d), turn * area_left(c, a, d)));
}

/* Chooses up to four points that span the patch: the first is the farthest in a fixed direction of A's frame, of those that
 * are as deep as any; then the farthest from it; then the two that add most area. The very deepest is not the first,
 * because of nearly equal depths rounding would choose another in every step. Points closer to each other than a hundredth
 * of the size count as one. */
KERNEL void patch_reduce(const patch_points *points, real size, int slots, patch_choice *chosen) {
  real deep = deepest_distance(points) + splat((scalar)1e-4) * size;
  chosen[0] = patch_choose_none(splat(-NO_CONTACT));
  for (int k = 0; k < points->count; k++) {
    real score = along_fixed(points->at[k]);
    patch_choose(&chosen[0], points, k, choose(le(points->distance[k], deep), score, splat(-NO_CONTACT)));
  }
  if (slots == 1) return;
  real apart = splat((scalar)1e-4) * size * size;
  chosen[1] = patch_choose_none(apart);
  for (int k = 0; k < points->count; k++) {
    patch_choose(&chosen[1], points, k, squared_apart(points->at[k], chosen[0].at));
  }
  if (slots == 2) return;
  vec3 a = chosen[0].at, b = chosen[1].at;
  chosen[2] = patch_choose_none(apart);
  for (int k = 0; k < points->count; k++) patch_choose(&chosen[2], points, k, absolute(area_left(a, b, points->at[k])));
  vec3 c = chosen[2].at;
  chosen[3] = patch_choose_none(apart);
  mask spans = lt(chosen[2].distance, splat(NO_CONTACT));
  for (int k = 0; k < points->count; k++) {
    patch_choose(&chosen[3], points, k, choose(spans, area_beyond(a, b, c, points->at[k]), zero()));
  }
}

#endif
