/* A plane (z = 0 of its frame, solid below) against every shape. The deepest points of a convex shape follow from its
 * support in the direction of the plane; all distances are exact. */
#ifndef MYR_COLLIDE_PLANE_H
#define MYR_COLLIDE_PLANE_H

#include "kernels/step/collide_contact.h"

/* Height of a point above the plane, m. */
KERNEL real plane_height(pose plane, vec3 normal, vec3 point) { return v3_dot(normal, v3_sub(point, plane.position)); }

KERNEL contact_point plane_sphere(pose plane, vec3 normal, vec3 center, real radius) {
  real distance = plane_height(plane, normal, center) - radius;
  return contact_at_surface(v3_madd(normal, -radius, center), distance, normal);
}

/* 1 slot */
KERNEL void collide_plane_sphere(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                 mask needed) {
  (void)size_a;
  vec3 normal = m3_column2(a.rotation);
  contact_put(out, plane_sphere(a, normal, b.position, size_b.x), margin, needed);
}

/* The part of direction orthogonal to the unit normal, normalized; zero if that part is too small. */
KERNEL vec3 tangent_along(vec3 direction, vec3 normal) {
  vec3 part = v3_madd(normal, -v3_dot(normal, direction), direction);
  real length = v3_length(part);
  mask none = lt(length, splat(BY_PRECISION(1e-3, 1e-10)));
  return v3_scale(part, choose(none, zero(), splat(1) / choose(none, splat(1), length)));
}

/* 2 slots: the spheres of both ends, the one on the positive axis first; friction is aligned with the axis. */
KERNEL void collide_plane_capsule(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                  mask needed) {
  (void)size_a;
  vec3 normal = m3_column2(a.rotation), axis = m3_column2(b.rotation);
  vec3 tangent = tangent_along(axis, normal);
  for (int end = 0; end < 2; end++) {
    real along = end ? -size_b.y : size_b.y;
    contact_point c = plane_sphere(a, normal, v3_madd(axis, along, b.position), size_b.x);
    c.tangent = tangent;
    contact_put(out + end, c, margin, needed);
  }
}

/* 1 slot. The support of an ellipsoid with half-extents S in the unit direction d of its frame is S^2 d / |S d|. */
KERNEL void collide_plane_ellipsoid(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                    mask needed) {
  (void)size_a;
  vec3 normal = m3_column2(a.rotation);
  vec3 down = v3_negate(m3_apply_transposed(b.rotation, normal));
  vec3 scaled = v3(size_b.x * down.x, size_b.y * down.y, size_b.z * down.z);
  real inverse = splat(1) / v3_length(scaled);
  vec3 support = v3(size_b.x * scaled.x * inverse, size_b.y * scaled.y * inverse, size_b.z * scaled.z * inverse);
  vec3 point = v3_add(m3_apply(b.rotation, support), b.position);
  contact_put(out, contact_at_surface(point, plane_height(a, normal, point), normal), margin, needed);
}

/* 4 slots: the lowest point of the rim, the point above it on the other rim, and two more points of the lower rim.
 * These two and the first form an equilateral triangle, so that an upright cylinder does not fall over. */
KERNEL void collide_plane_cylinder(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                   mask needed) {
  (void)size_a;
  vec3 normal = m3_column2(a.rotation);
  vec3 up = m3_apply_transposed(b.rotation, normal); /* in the frame of the cylinder */
  real radius = size_b.x;
  mask z_upward = gt(up.z, zero()); /* then its -z end is the lower one */
  real lower = choose(z_upward, -size_b.y, size_b.y);

  /* the unit direction of steepest descent in the disk; on an upright cylinder any will do, so x */
  real slope = square_root(fmadd(up.y, up.y, up.x * up.x));
  mask upright = lt(slope, splat(BY_PRECISION(1e-6, 1e-15)));
  real inverse = splat(1) / choose(upright, splat(1), slope);
  real descent_x = choose(upright, splat(1), -up.x * inverse), descent_y = choose(upright, zero(), -up.y * inverse);

  /* the triangle's other corners lie half a radius back and sqrt(3)/2 radii to either side */
  real side = choose(z_upward, splat((scalar)-0.8660254037844386), splat((scalar)0.8660254037844386)) * radius;
  real side_x = descent_y * side, side_y = -descent_x * side;
  real x = descent_x * radius, y = descent_y * radius, half = splat((scalar)-0.5);
  vec3 corners[4];
  corners[0] = v3(x, y, lower);
  corners[1] = v3(x, y, -lower);
  corners[2] = v3(fmadd(half, x, side_x), fmadd(half, y, side_y), lower);
  corners[3] = v3(fmadd(half, x, -side_x), fmadd(half, y, -side_y), lower);
  for (int i = 0; i < 4; i++) {
    vec3 point = v3_add(m3_apply(b.rotation, corners[i]), b.position);
    contact_put(out + i, contact_at_surface(point, plane_height(a, normal, point), normal), margin, needed);
  }
}

/* 4 slots: the first four corners within margin that are not higher than the box's centre. Corners are counted in
 * binary with x as the lowest digit, as in MuJoCo. A box cannot rest on more than four. */
KERNEL void collide_plane_box(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out, mask needed) {
  (void)size_a;
  vec3 normal = m3_column2(a.rotation);
  vec3 up = m3_apply_transposed(b.rotation, normal); /* in the frame of the box */
  real center_height = plane_height(a, normal, b.position);
  point_list list;
  point_list_clear(&list, 4);
  for (int i = 0; i < 8; i++) {
    vec3 corner = v3(i & 1 ? size_b.x : -size_b.x, i & 2 ? size_b.y : -size_b.y, i & 4 ? size_b.z : -size_b.z);
    real relative = v3_dot(up, corner);
    real distance = center_height + relative;
    point_list_append(&list, 4, i, le(distance, margin) & le(relative, zero()), distance, corner);
  }
  for (int slot = 0; slot < 4; slot++) {
    vec3 point = v3_add(m3_apply(b.rotation, list.position[slot]), b.position);
    contact_put(out + slot, contact_at_surface(point, list.distance[slot], normal), margin, needed);
  }
}

#endif
