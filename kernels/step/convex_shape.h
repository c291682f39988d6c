/* The convex shapes of pairs that have no formula of their own: their support, their extent, and two shapes side by
 * side. Every shape but a hull and a prism is symmetric about the origin of its frame. */
#ifndef MYR_CONVEX_SHAPE_H
#define MYR_CONVEX_SHAPE_H

#include "kernels/shape.h"
#include "kernels/step/collide_contact.h"
#include "kernels/step/height_field.h"
#include "kernels/step/hull.h"

/* A shape of a kind that all lanes share; sizes as in collide.h, m. */
typedef struct {
  int type; /* enum myr_geom_type */
  vec3 size;
  const convex_hull *hull;  /* of a mesh, which has no size; else NULL */
  const field_prism *prism; /* a part of a height field, which has no size; else NULL */
  integer face;             /* of a hull or prism, that touches the other shape; known after the search */
} convex;

KERNEL convex convex_of(int type, vec3 size, const convex_hull *hull) {
  convex s;
  s.type = type;
  s.size = size;
  s.hull = hull;
  s.prism = NULL;
  s.face = isplat(0);
  return s;
}

/* A unit vector orthogonal to a unit vector. */
KERNEL vec3 any_orthogonal(vec3 n) {
  mask steep = gt(absolute(n.x), splat((scalar)0.7));
  vec3 other = v3(mask_to_real(mask_not(steep)), mask_to_real(steep), zero());
  return v3_normalize(v3_cross(n, other));
}

/* a / b, or 0 where b is 0. */
KERNEL real ratio_or_zero(real a, real b) {
  mask none = eq(b, zero());
  return choose(none, zero(), a / choose(none, splat(1), b));
}

/* The point of the shape that lies farthest in the unit direction d of its frame. Of several it may be any. */
KERNEL vec3 convex_support(convex s, vec3 d) {
  switch (s.type) {
  case MYR_GEOM_SPHERE: return v3_scale(d, s.size.x);
  case MYR_GEOM_CAPSULE: return v3_madd(d, s.size.x, v3(zero(), zero(), side_of(d.z) * s.size.y));
  case MYR_GEOM_ELLIPSOID: {
    vec3 scaled = v3(s.size.x * d.x, s.size.y * d.y, s.size.z * d.z);
    real inverse = ratio_or_zero(splat(1), v3_length(scaled));
    return v3(s.size.x * scaled.x * inverse, s.size.y * scaled.y * inverse, s.size.z * scaled.z * inverse);
  }
  case MYR_GEOM_CYLINDER: {
    real outward = ratio_or_zero(s.size.x, square_root(fmadd(d.y, d.y, d.x * d.x)));
    return v3(d.x * outward, d.y * outward, side_of(d.z) * s.size.y);
  }
  case MYR_GEOM_MESH: return hull_support(s.hull, d);
  case MYR_GEOM_HFIELD: return prism_support(s.prism, d);
  default: return v3(side_of(d.x) * s.size.x, side_of(d.y) * s.size.y, side_of(d.z) * s.size.z); /* a box */
  }
}

/* How far the shape reaches from its centre in the unit direction d of its frame, m. */
KERNEL real convex_extent(convex s, vec3 d) {
  switch (s.type) {
  case MYR_GEOM_SPHERE: return s.size.x;
  case MYR_GEOM_CAPSULE: return fmadd(absolute(d.z), s.size.y, s.size.x);
  case MYR_GEOM_ELLIPSOID: return v3_length(v3(s.size.x * d.x, s.size.y * d.y, s.size.z * d.z));
  case MYR_GEOM_CYLINDER: return fmadd(absolute(d.z), s.size.y, square_root(fmadd(d.y, d.y, d.x * d.x)) * s.size.x);
  case MYR_GEOM_MESH: return hull_extent(s.hull, d);
  case MYR_GEOM_HFIELD: return prism_extent(s.prism, d);
  default: return fmadd(absolute(d.z), s.size.z, fmadd(absolute(d.y), s.size.y, absolute(d.x) * s.size.x));
  }
}

/* The radius of the largest ball inside, m. */
KERNEL real convex_inradius(convex s) {
  switch (s.type) {
  case MYR_GEOM_SPHERE:
  case MYR_GEOM_CAPSULE: return s.size.x;
  case MYR_GEOM_CYLINDER: return minimum(s.size.x, s.size.y);
  case MYR_GEOM_MESH: return splat(s.hull->inradius);
  case MYR_GEOM_HFIELD: return s.prism->inradius;
  default: return minimum(s.size.x, minimum(s.size.y, s.size.z));
  }
}

/* Flat faces come in opposite pairs, straight edges in groups of one direction. A box has three of each; a cylinder has
 * caps, and its mantle's lines count as edges, as a capsule's do. They lie along the axes 0, 1, 2 of the shape's frame,
 * of which these functions tell the first; the last is axis 2. */
KERNEL int first_face_axis(int type) { return type == MYR_GEOM_BOX ? 0 : type == MYR_GEOM_CYLINDER ? 2 : 3; }
KERNEL int first_edge_axis(int type) {
  return type == MYR_GEOM_BOX ? 0 : type == MYR_GEOM_CYLINDER || type == MYR_GEOM_CAPSULE ? 2 : 3;
}
/* Whether the shape is round about its axis 2 and has straight edges along it. */
KERNEL int is_tube(int type) { return type == MYR_GEOM_CYLINDER || type == MYR_GEOM_CAPSULE; }

/* Two shapes in the frame of the first. */
typedef struct {
  convex a, b;
  mat3 turn;  /* turns vectors of B's frame into A's */
  vec3 apart; /* B's centre, m */
} convex_pair;

KERNEL convex_pair convex_pair_of(convex shape_a, pose a, convex shape_b, pose b) {
  convex_pair p;
  p.a = shape_a;
  p.b = shape_b;
  vec3 x = m3_apply_transposed(a.rotation, m3_column0(b.rotation));
  vec3 y = m3_apply_transposed(a.rotation, m3_column1(b.rotation));
  vec3 z = m3_apply_transposed(a.rotation, m3_column2(b.rotation));
  p.turn.row0 = v3(x.x, y.x, z.x);
  p.turn.row1 = v3(x.y, y.y, z.y);
  p.turn.row2 = v3(x.z, y.z, z.z);
  p.apart = m3_apply_transposed(a.rotation, v3_sub(b.position, a.position));
  return p;
}

/* Axis i of B in the frame of A, where those of A are unit_axis(i). */
KERNEL vec3 axis_of_b(const convex_pair *p, int i) {
  return i == 0 ? m3_column0(p->turn) : i == 1 ? m3_column1(p->turn) : m3_column2(p->turn);
}

/* The farthest points in the unit direction n: of A, and of B in the opposite direction. */
KERNEL vec3 support_of_a(const convex_pair *p, vec3 n) { return convex_support(p->a, n); }
KERNEL vec3 support_of_b(const convex_pair *p, vec3 n) {
  vec3 d = m3_apply_transposed(p->turn, n);
  if (p->b.type == MYR_GEOM_MESH) return v3_add(p->apart, m3_apply(p->turn, convex_support(p->b, v3_negate(d))));
  return v3_sub(p->apart, m3_apply(p->turn, convex_support(p->b, d))); /* its opposite point, because of the symmetry */
}

/* The difference of the shapes' farthest points along the unit direction n. */
KERNEL vec3 tips_apart(const convex_pair *p, vec3 n) { return v3_sub(support_of_a(p, n), support_of_b(p, n)); }

/* How deep the shapes overlap along the unit direction n from A to B, m; negative if a gap lies between them. The least of
 * all directions is the depth of the contact. */
KERNEL real depth_along(const convex_pair *p, vec3 n) {
  vec3 in_b = m3_apply_transposed(p->turn, n);
  if (p->b.type == MYR_GEOM_MESH) in_b = v3_negate(in_b); /* the only shape that reaches farther to one side */
  real both = convex_extent(p->a, n) + convex_extent(p->b, in_b);
  return both - v3_dot(n, p->apart);
}

/* The direction of least depth found so far. */
typedef struct {
  real depth;  /* m */
  vec3 normal; /* unit, from A to B */
} way_apart;

KERNEL void take_if(way_apart *best, mask better, real depth, vec3 normal) {
  best->depth = choose(better, depth, best->depth);
  best->normal = v3_choose(better, normal, best->normal);
}

#endif
