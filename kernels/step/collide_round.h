/* Pairs whose contact is that of two spheres at the nearest points of two simpler shapes: sphere, capsule, cylinder. */
#ifndef MYR_COLLIDE_ROUND_H
#define MYR_COLLIDE_ROUND_H

#include "kernels/step/collide_contact.h"

/* The contact of two spheres; fallback is the normal if their centres coincide. */
KERNEL contact_point sphere_sphere(vec3 center1, real radius1, vec3 center2, real radius2, vec3 fallback) {
  vec3 apart = v3_sub(center2, center1);
  contact_point c;
  c.distance = v3_length(apart) - radius1 - radius2;
  c.normal = v3_normalize_or(apart, fallback);
  c.position = v3_madd(c.normal, fmadd(splat((scalar)0.5), c.distance, radius1), center1);
  c.tangent = v3_zero();
  return c;
}

/* The normal of coincident centres: orthogonal to both z axes, or x if those are parallel, as in MuJoCo. */
KERNEL vec3 normal_of_coincident(pose a, pose b) {
  return v3_normalize(v3_cross(m3_column2(a.rotation), m3_column2(b.rotation)));
}

/* 1 slot */
KERNEL void collide_sphere_sphere(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                  mask needed) {
  contact_put(out, sphere_sphere(a.position, size_a.x, b.position, size_b.x, normal_of_coincident(a, b)), margin,
              needed);
}

/* 1 slot: the sphere against the capsule's sphere at the nearest point of the segment. */
KERNEL void collide_sphere_capsule(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                   mask needed) {
  vec3 axis = m3_column2(b.rotation);
  real along = clamp(v3_dot(axis, v3_sub(a.position, b.position)), -size_b.y, size_b.y);
  vec3 nearest = v3_madd(axis, along, b.position);
  contact_put(out, sphere_sphere(a.position, size_a.x, nearest, size_b.x, normal_of_coincident(a, b)), margin, needed);
}

/* 1 slot. Beside the mantle the sphere touches a sphere around the axis; beyond a cap it touches a plane; beyond both
 * it touches the rim, a sphere of radius 0. A centre inside the cylinder leaves through the nearer of mantle and
 * cap. */
KERNEL void collide_sphere_cylinder(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                    mask needed) {
  real sphere_radius = size_a.x, radius = size_b.x, half_height = size_b.y;
  vec3 axis = m3_column2(b.rotation);
  vec3 apart = v3_sub(a.position, b.position);
  real along = v3_dot(axis, apart), height = absolute(along);
  vec3 radial = v3_madd(axis, -along, apart);
  real off_axis = v3_length(radial);
  mask beside = lt(height, half_height), above = lt(off_axis, radius);
  mask nearer_cap = lt(half_height - height, radius - off_axis);
  mask cap = above & (mask_not(beside) | nearer_cap);
  mask rim = mask_not(beside) & mask_not(above);

  vec3 outward = v3_choose(lt(along, zero()), v3_negate(axis), axis);
  contact_point on_cap;
  on_cap.distance = height - half_height - sphere_radius;
  on_cap.normal = v3_negate(outward);
  on_cap.position = v3_madd(outward, -fmadd(splat((scalar)0.5), on_cap.distance, sphere_radius), a.position);
  on_cap.tangent = v3_zero();

  vec3 on_axis = v3_madd(axis, along, b.position);
  vec3 on_rim = v3_madd(radial, radius / choose(rim, off_axis, splat(1)), v3_madd(outward, half_height, b.position));
  contact_point on_round = sphere_sphere(a.position, sphere_radius, v3_choose(rim, on_rim, on_axis),
                                         choose(rim, zero(), radius), normal_of_coincident(a, b));
  contact_put(out, contact_choose(cap, on_cap, on_round), margin, needed);
}

/* The contact of the spheres of two capsules at the points `along1` and `along2` of their axes. */
KERNEL contact_point capsule_spheres(pose a, vec3 size_a, real along1, pose b, vec3 size_b, real along2) {
  vec3 point1 = v3_madd(m3_column2(a.rotation), along1, a.position);
  vec3 point2 = v3_madd(m3_column2(b.rotation), along2, b.position);
  return sphere_sphere(point1, size_a.x, point2, size_b.x, normal_of_coincident(a, b));
}

/* 2 slots: the nearest points of the two segments. With z1, z2 the axes and d = p1 - p2, |d + s z1 - t z2|^2 is least where
 * s = b t - z1.d and t = b s + z2.d, b = z1.z2 (Ericson, "Real-Time Collision Detection", 5.1.9). Parallel segments touch
 * at both ends of the interval of the first in which they run side by side, the lower end first; if there is no such
 * interval, both contacts are at the nearest end. Segments count as parallel below an angle of 1e-4, as in MuJoCo 4.0.1,
 * and in float below 3e-4, because s and t are then lost in rounding and two points hold better. */
KERNEL void collide_capsule_capsule(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                    mask needed) {
  real half1 = size_a.y, half2 = size_b.y;
  vec3 z1 = m3_column2(a.rotation), z2 = m3_column2(b.rotation);
  vec3 d = v3_sub(a.position, b.position), across = v3_cross(z1, z2);
  real b12 = v3_dot(z1, z2), u = -v3_dot(z1, d), v = v3_dot(z2, d);
  real sine_squared = v3_dot(across, across);
  mask parallel = lt(sine_squared, splat(BY_PRECISION(1e-7, 1e-8)));

  real s = clamp(fmadd(b12, v, u) / choose(parallel, splat(1), sine_squared), -half1, half1);
  real t = clamp(fmadd(b12, s, v), -half2, half2);
  s = clamp(fmadd(b12, t, u), -half1, half1);
  contact_point first = capsule_spheres(a, size_a, s, b, size_b, t), second = contact_none();

  if (any_lane(parallel & needed)) {
    real beside = absolute(b12) * half2; /* how far the second reaches along the first */
    real low = clamp(u - beside, -half1, half1), high = clamp(u + beside, -half1, half1);
    first = contact_choose(parallel,
                           capsule_spheres(a, size_a, low, b, size_b, clamp(fmadd(b12, low, v), -half2, half2)), first);
    second = contact_choose(
        parallel, capsule_spheres(a, size_a, high, b, size_b, clamp(fmadd(b12, high, v), -half2, half2)), second);
  }
  contact_put(out, first, margin, needed);
  contact_put(out + 1, second, margin, needed);
}

#endif
