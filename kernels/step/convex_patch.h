/* Where two convex shapes meet, given the direction of their contact: the overlap of the faces that they turn to each
 * other, as a few points. */
#ifndef MYR_CONVEX_PATCH_H
#define MYR_CONVEX_PATCH_H

#include "kernels/step/convex_shape.h"

enum { FACE_CORNERS = 8, PATCH_CANDIDATES = 3 * FACE_CORNERS + 3 };

/* The contact's coordinates: u and v across, w along the direction from A to B; all in the frame of A. */
typedef struct {
  vec3 u, v, w;
} patch_frame;

/* Follows an axis of A, so that equal contacts of bodies that move together get equal points. */
KERNEL patch_frame patch_frame_of(vec3 normal) {
  patch_frame f;
  f.w = normal;
  vec3 magnitude = v3(absolute(normal.x), absolute(normal.y), absolute(normal.z));
  mask x_least = le(magnitude.x, splat((scalar)0.6));
  vec3 axis = v3(mask_to_real(x_least), mask_to_real(mask_not(x_least)), zero());
  f.u = v3_normalize(v3_madd(normal, -v3_dot(normal, axis), axis));
  f.v = v3_cross(normal, f.u);
  return f;
}
KERNEL vec3 in_patch(patch_frame f, vec3 a) { return v3(v3_dot(f.u, a), v3_dot(f.v, a), v3_dot(f.w, a)); }

/* A face as the other shape sees it: its corners in the coordinates of the patch, in order, and the slope of its plane. */
typedef struct {
  int count;                 /* corners: 4 or 8; those of a straight edge are two and two nearly equal ones */
  vec3 corner[FACE_CORNERS]; /* m */
  vec3 normal;               /* unit */
  vec3 tip;                  /* the shape's farthest point towards the other, m */
  mask has_tip;              /* whether only that point is so far */
  mask flat;                 /* whether the face is turned towards the other shape enough to be one */
  real turn;                 /* 1 if the corners go round to the left, else -1 */
  mask round;                /* whether it is a cap, of which the corners show an octagon */
  vec3 center;               /* of the cap, m */
  real radius;               /* of the cap, m */
} patch_face;

/* Corner k of eight on the unit circle, without a table because tables of lanes are slow on a GPU. */
KERNEL scalar octagon_x(int k) {
  const scalar half = (scalar)0.70710678118654752;
  return k == 0 ? 1 : k == 1 || k == 7 ? half : k == 2 || k == 6 ? 0 : k == 4 ? -1 : -half;
}
KERNEL scalar octagon_y(int k) { return octagon_x((k + 6) % 8); }

/* The width of a tube's straight edge by its radius. So narrow a face lies on the surface up to rounding. */
#define EDGE_WIDTH ((scalar)1e-3)

/* Corner k of a tube's face in the unit direction d of its frame: of the cap as an octagon, or of its straight edge. The
 * edge of a capsule lies along d, because its ends are round. */
KERNEL vec3 tube_corner(convex s, vec3 d, mask cap, int k) {
  real outward = ratio_or_zero(s.size.x, square_root(fmadd(d.y, d.y, d.x * d.x)));
  vec3 edge = v3(d.x * outward, d.y * outward, zero());
  vec3 aside = v3(-edge.y, edge.x, zero());
  if (s.type == MYR_GEOM_CAPSULE) edge = v3_scale(d, s.size.x);
  int forward = k >= 2 && k < 6, left = k < 4;
  vec3 on_edge = v3_madd(aside, splat(left ? EDGE_WIDTH : -EDGE_WIDTH), edge);
  on_edge.z = on_edge.z + (forward ? s.size.y : -s.size.y);
  vec3 on_cap = v3(s.size.x * splat(octagon_x(k)), s.size.x * splat(octagon_y(k)), side_of(d.z) * s.size.y);
  return v3_choose(cap, on_cap, on_edge);
}

/* The shape's face in the unit direction d of its frame, still in that frame. */
KERNEL void tube_face(convex s, vec3 d, patch_face *face) {
  mask cap = s.type == MYR_GEOM_CYLINDER ? gt(absolute(d.z), splat((scalar)0.70710678)) : mask_splat(0);
  face->count = 8;
  for (int k = 0; k < 8; k++) face->corner[k] = tube_corner(s, d, cap, k);
  vec3 outward = v3_normalize(v3(d.x, d.y, zero()));
  face->normal = v3_choose(cap, v3(zero(), zero(), side_of(d.z)), outward);
  face->round = cap;
  face->center = v3(zero(), zero(), side_of(d.z) * s.size.y);
  face->radius = s.size.x;
  face->flat = s.type == MYR_GEOM_CAPSULE ? lt(absolute(d.z), splat((scalar)0.1)) : mask_splat(1);
  real level = splat(BY_PRECISION(1e-4, 1e-8));
  mask upright = lt(fmadd(d.y, d.y, d.x * d.x), level * level), lying = lt(absolute(d.z), level);
  face->has_tip = mask_not(lying | (s.type == MYR_GEOM_CYLINDER ? upright : mask_splat(0)));
}

KERNEL void no_cap(patch_face *face) {
  face->round = mask_splat(0);
  face->center = v3_zero();
  face->radius = zero();
}

KERNEL void box_face(convex s, vec3 d, patch_face *face) {
  vec3 size = s.size, magnitude = v3(absolute(d.x), absolute(d.y), absolute(d.z));
  no_cap(face);
  mask is_x = ge(magnitude.x, magnitude.y) & ge(magnitude.x, magnitude.z);
  mask is_y = mask_not(is_x) & ge(magnitude.y, magnitude.z), is_z = mask_not(is_x | is_y);
  face->count = 4;
  face->normal =
      v3(choose(is_x, side_of(d.x), zero()), choose(is_y, side_of(d.y), zero()), choose(is_z, side_of(d.z), zero()));
  for (int k = 0; k < 4; k++) {
    real first = splat(k == 0 || k == 3 ? 1 : -1), second = splat(k < 2 ? 1 : -1);
    vec3 sign = v3(choose(is_x, face->normal.x, choose(is_y, second, first)),
                   choose(is_y, face->normal.y, choose(is_z, second, first)),
                   choose(is_z, face->normal.z, choose(is_x, second, first)));
    face->corner[k] = v3(sign.x * size.x, sign.y * size.y, sign.z * size.z);
  }
  real level = splat(BY_PRECISION(1e-4, 1e-8));
  face->flat = mask_splat(1);
  face->has_tip = ge(magnitude.x, level) & ge(magnitude.y, level) & ge(magnitude.z, level);
}

/* A shape without faces and edges touches in its farthest point. */
KERNEL void no_face(patch_face *face) {
  face->count = 0;
  face->normal = v3_zero();
  no_cap(face);
  face->flat = mask_splat(0);
  face->has_tip = mask_splat(1);
}

KERNEL void local_face(convex s, vec3 d, patch_face *face) {
  if (is_tube(s.type))
    tube_face(s, d, face);
  else if (s.type == MYR_GEOM_BOX)
    box_face(s, d, face);
  else
    no_face(face);
}

/* Tells which way round the corners go. */
KERNEL void face_look(patch_face *face) {
  real area = zero();
  for (int k = 0; k < face->count; k++) {
    vec3 a = face->corner[k], b = face->corner[(k + 1) % face->count];
    area = area + fmsub(a.x, b.y, a.y * b.x);
  }
  face->turn = side_of(area);
}

KERNEL void face_of_a(const convex_pair *p, patch_frame f, patch_face *face) {
  local_face(p->a, f.w, face);
  for (int k = 0; k < face->count; k++) face->corner[k] = in_patch(f, face->corner[k]);
  face->normal = in_patch(f, face->normal);
  face->center = in_patch(f, face->center);
  face->tip = in_patch(f, support_of_a(p, f.w));
  face_look(face);
}
KERNEL void face_of_b(const convex_pair *p, patch_frame f, patch_face *face) {
  local_face(p->b, v3_negate(m3_apply_transposed(p->turn, f.w)), face);
  for (int k = 0; k < face->count; k++)
    face->corner[k] = in_patch(f, v3_add(m3_apply(p->turn, face->corner[k]), p->apart));
  face->normal = in_patch(f, m3_apply(p->turn, face->normal));
  face->center = in_patch(f, v3_add(m3_apply(p->turn, face->center), p->apart));
  face->tip = in_patch(f, support_of_b(p, f.w));
  face_look(face);
}

/* The height w of the face's plane at (u, v). */
KERNEL real face_height(const patch_face *face, vec3 at) {
  vec3 from = face->corner[0], n = face->normal;
  real steep = choose(face->flat, n.z, splat(1));
  return from.z - fmadd(n.y, at.y - from.y, n.x * (at.x - from.x)) / steep;
}

/* How far a point lies on the inner side of edge k of the face, widened by the slack, times about the edge's length; and
 * how fast that grows along a step. */
KERNEL real edge_inside(const patch_face *face, int k, vec3 at, real slack) {
  vec3 a = face->corner[k], b = face->corner[(k + 1) % face->count];
  real inside = fmsub(b.x - a.x, at.y - a.y, (b.y - a.y) * (at.x - a.x));
  return fmadd(slack, absolute(b.x - a.x) + absolute(b.y - a.y), face->turn * inside);
}
KERNEL real edge_growth(const patch_face *face, int k, vec3 step) {
  vec3 a = face->corner[k], b = face->corner[(k + 1) % face->count];
  return face->turn * fmsub(b.x - a.x, step.y, (b.y - a.y) * step.x);
}

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
KERNEL void patch_choose(patch_choice *c, const patch_points *points, int k, real score) {
  mask better = points->valid[k] & gt(score, c->score);
  c->score = choose(better, score, c->score);
  c->at = v3_choose(better, points->at[k], c->at);
  c->distance = choose(better, points->distance[k], c->distance);
}

/* Twice the area to the left of the way from a to b, of the triangle that c makes with it. */
KERNEL real area_left(vec3 a, vec3 b, vec3 c) { return fmsub(b.x - a.x, c.y - a.y, (b.y - a.y) * (c.x - a.x)); }

/* Chooses up to four points that span the patch: the first is the farthest in a fixed direction of A's frame, of those that
 * are as deep as any; then the farthest from it; then the two that add most area. The very deepest is not the first,
 * because of nearly equal depths rounding would choose another in every step. Points closer to each other than a hundredth
 * of the size count as one. */
KERNEL void patch_reduce(const patch_points *points, real size, int slots, patch_choice *chosen) {
  const scalar fixed = (scalar)0.37; /* along no edge of an aligned box */
  real deep = deepest_distance(points) + splat((scalar)1e-4) * size;
  chosen[0] = patch_choose_none(splat(-NO_CONTACT));
  for (int k = 0; k < points->count; k++) {
    real score = fmadd(splat(fixed), points->at[k].y, points->at[k].x);
    patch_choose(&chosen[0], points, k, choose(le(points->distance[k], deep), score, splat(-NO_CONTACT)));
  }
  if (slots == 1) return;
  real apart = splat((scalar)1e-4) * size * size;
  chosen[1] = patch_choose_none(apart);
  for (int k = 0; k < points->count; k++) {
    real u = points->at[k].x - chosen[0].at.x, v = points->at[k].y - chosen[0].at.y;
    patch_choose(&chosen[1], points, k, fmadd(v, v, u * u));
  }
  if (slots == 2) return;
  vec3 a = chosen[0].at, b = chosen[1].at;
  chosen[2] = patch_choose_none(apart);
  for (int k = 0; k < points->count; k++) patch_choose(&chosen[2], points, k, absolute(area_left(a, b, points->at[k])));
  vec3 c = chosen[2].at;
  real turn = side_of(area_left(a, b, c));
  chosen[3] = patch_choose_none(apart);
  mask spans = lt(chosen[2].distance, splat(NO_CONTACT));
  for (int k = 0; k < points->count; k++) {
    vec3 d = points->at[k];
    real beyond = minimum(turn * area_left(a, b, d), minimum(turn * area_left(b, c, d), turn * area_left(c, a, d)));
    patch_choose(&chosen[3], points, k, choose(spans, -beyond, zero()));
  }
}

#endif
