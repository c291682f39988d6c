/* The face that a convex shape turns to another one: a cap or a straight edge of a tube, a side of a box, or nothing but a
 * point. */
#ifndef MYR_CONVEX_FACE_H
#define MYR_CONVEX_FACE_H

#include "kernels/step/convex_shape.h"

enum { FACE_CORNERS = 8 };

/* The contact's coordinates: u and v across, w along the direction from A to B; all in the frame of A. */
typedef struct {
  vec3 u, v, w;
} patch_frame;

/* Follows an axis of A, so that equal contacts of bodies that move together get equal points. */
KERNEL patch_frame patch_frame_of(vec3 normal) {
  patch_frame f;
  f.w = normal;
  vec3 magnitude = v3_absolute(normal);
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
  vec3 size = s.size, magnitude = v3_absolute(d);
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

/* Whether a hull touches in no more than one point: the chosen face's other corners lie lower than its highest. */
KERNEL mask hull_has_tip(const patch_face *face, vec3 d, vec3 tip) {
  real level = splat(BY_PRECISION(1e-4, 1e-8));
  mask alone = mask_splat(1);
  for (int k = 0; k < face->count; k++) {
    vec3 back = v3_sub(tip, face->corner[k]);
    alone = alone & (eq(v3_dot(back, back), zero()) | gt(v3_dot(back, d), level * v3_length(back)));
  }
  return alone;
}

/* A face that is nearly edge-on has no plane to measure heights on. */
#define HULL_FLAT ((scalar)0.03)

KERNEL void hull_face(convex s, vec3 d, patch_face *face) {
  no_cap(face);
  face->count = s.hull->corners;
  face->normal = hull_normal(s.hull, s.face);
  for (int k = 0; k < face->count; k++) face->corner[k] = hull_corner(s.hull, s.face, k);
  face->flat = gt(v3_dot(face->normal, d), splat(HULL_FLAT));
  face->has_tip = hull_has_tip(face, d, hull_support(s.hull, d));
}

/* A face of three corners repeats the last. */
KERNEL void prism_face(convex s, vec3 d, patch_face *face) {
  no_cap(face);
  face->count = 4;
  face->normal = v3_zero();
  for (int k = 0; k < 4; k++) face->corner[k] = v3_zero();
  for (int i = 0; i < PRISM_FACES; i++) {
    mask here = ieq(s.face, isplat(i));
    face->normal = v3_choose(here, prism_face_normal(s.prism, i), face->normal);
    for (int k = 0; k < 4; k++) face->corner[k] = v3_choose(here, prism_face_corner(s.prism, i, k), face->corner[k]);
  }
  face->flat = gt(v3_dot(face->normal, d), splat(HULL_FLAT));
  face->has_tip = hull_has_tip(face, d, prism_support(s.prism, d));
}

KERNEL void local_face(convex s, vec3 d, patch_face *face) {
  if (is_tube(s.type))
    tube_face(s, d, face);
  else if (s.type == MYR_GEOM_MESH)
    hull_face(s, d, face);
  else if (s.type == MYR_GEOM_HFIELD)
    prism_face(s, d, face);
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

#endif
