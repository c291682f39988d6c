/* The rooms that sites fill: which points are in them, and touch, the forces of contacts in them. */
#ifndef MYR_SENSE_ZONE_H
#define MYR_SENSE_ZONE_H

#include "kernels/step/constraint.h"
#include "kernels/step/sense_frame.h"

/* The part of a ray, from a distance to another along it, that lies in a convex room; it is empty where first > last. */
typedef struct stretch {
  real first, last;
} stretch;

KERNEL stretch make_stretch(real first, real last) {
  stretch s;
  s.first = first;
  s.last = last;
  return s;
}
KERNEL stretch common_stretch(stretch a, stretch b) {
  return make_stretch(maximum(a.first, b.first), minimum(a.last, b.last));
}
KERNEL stretch no_stretch(void) { return make_stretch(splat(1), splat(-1)); }
KERNEL stretch whole_ray(void) { return make_stretch(splat((scalar)-1e30), splat((scalar)1e30)); }
KERNEL stretch choose_stretch(mask c, stretch a, stretch b) {
  return make_stretch(choose(c, a.first, b.first), choose(c, a.last, b.last));
}

/* Where |p + t d| along one axis is at most half. */
KERNEL stretch within_slab(real p, real d, scalar half) {
  mask parallel = lt(absolute(d), splat(SMALLEST));
  real inverse = splat(1) / choose(parallel, splat(1), d);
  real one = (splat(-half) - p) * inverse, two = (splat(half) - p) * inverse;
  stretch crossed = make_stretch(minimum(one, two), maximum(one, two));
  stretch along = choose_stretch(le(absolute(p), splat(half)), whole_ray(), no_stretch());
  return choose_stretch(parallel, along, crossed);
}

/* Where a t^2 + 2 b t + c <= 0; a >= 0. */
KERNEL stretch below_parabola(real a, real b, real c) {
  mask flat = lt(a, splat(SMALLEST));
  real root = b * b - a * c, inverse = splat(1) / choose(flat, splat(1), a);
  real s = square_root(maximum(root, zero()));
  stretch crossed = make_stretch((-b - s) * inverse, (s - b) * inverse);
  crossed = choose_stretch(lt(root, zero()), no_stretch(), crossed);
  return choose_stretch(flat, choose_stretch(le(c, zero()), whole_ray(), no_stretch()), crossed);
}

KERNEL stretch within_ball(vec3 p, vec3 d, real squared_radius) {
  return below_parabola(v3_dot(d, d), v3_dot(p, d), v3_dot(p, p) - squared_radius);
}

/* A cylinder about z without ends. */
KERNEL stretch within_tube(vec3 p, vec3 d, scalar radius) {
  p.z = d.z = zero();
  return within_ball(p, d, splat(radius * radius));
}

KERNEL mask is_ahead(stretch s) { return le(s.first, s.last) & ge(s.last, zero()); }

/* A point and a direction in the axes of an ellipsoid that become those of a ball of radius 1. */
KERNEL vec3 divided(vec3 v, const scalar *size) {
  return v3(v.x / splat(size[0]), v.y / splat(size[1]), v.z / splat(size[2]));
}

/* Whether the ray from p along d, in the room's axes, meets the room. size is that of geom_size. */
KERNEL mask ray_meets_room(int type, const scalar *size, vec3 p, vec3 d) {
  switch (type) {
  case MYR_GEOM_SPHERE: return is_ahead(within_ball(p, d, splat(size[0] * size[0])));
  case MYR_GEOM_ELLIPSOID: return is_ahead(within_ball(divided(p, size), divided(d, size), splat(1)));
  case MYR_GEOM_CYLINDER: return is_ahead(common_stretch(within_tube(p, d, size[0]), within_slab(p.z, d.z, size[1])));
  case MYR_GEOM_BOX:
    return is_ahead(common_stretch(within_slab(p.z, d.z, size[2]),
                                   common_stretch(within_slab(p.x, d.x, size[0]), within_slab(p.y, d.y, size[1]))));
  case MYR_GEOM_CAPSULE: {
    mask side = is_ahead(common_stretch(within_tube(p, d, size[0]), within_slab(p.z, d.z, size[1])));
    vec3 end = v3(zero(), zero(), splat(size[1]));
    real squared = splat(size[0] * size[0]);
    return side | is_ahead(within_ball(v3_sub(p, end), d, squared)) | is_ahead(within_ball(v3_add(p, end), d, squared));
  }
  default: return mask_splat(0);
  }
}

/* Whether the point, in the room's axes, is in the room. */
KERNEL mask room_holds(int type, const scalar *size, vec3 p) {
  real squared = splat(size[0] * size[0]);
  switch (type) {
  case MYR_GEOM_SPHERE: return le(v3_dot(p, p), squared);
  case MYR_GEOM_ELLIPSOID: return le(v3_dot(divided(p, size), divided(p, size)), splat(1));
  case MYR_GEOM_CYLINDER: return le(p.x * p.x + p.y * p.y, squared) & le(absolute(p.z), splat(size[1]));
  case MYR_GEOM_BOX:
    return le(absolute(p.x), splat(size[0])) & le(absolute(p.y), splat(size[1])) & le(absolute(p.z), splat(size[2]));
  case MYR_GEOM_CAPSULE: {
    vec3 way = v3(p.x, p.y, maximum(absolute(p.z) - splat(size[1]), zero()));
    return le(v3_dot(way, way), squared);
  }
  default: return mask_splat(0);
  }
}

/* Sum of the normal forces (N) of the contacts of the site's body whose force, followed back from the contact into the
 * body, meets the site's room. */
KERNEL real force_in_zone(const constants *m, const fields *f, int s) {
  sensor_frame a = object_frame(m, f, s);
  real sum = zero();
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    if (b->pair < 0) continue;
    int one = m->geom_body[m->pair_geom1[b->pair]] == a.body, two = m->geom_body[m->pair_geom2[b->pair]] == a.body;
    if (!one && !two) continue;
    vec3 point = v3_sub(v3_load(f->slot_position + 3 * b->id), a.position);
    if (f->lists->far) point = v3_shifted(point, v3_sub(contact_origin(m, f, b->pair), a.origin));
    vec3 normal = v3_scale(v3_load(f->slot_frame + 9 * b->id), splat(two ? -1 : 1));
    real force = f->block_force[6 * i];
    mask felt = ray_meets_room(m->sensor_zone[s], m->sensor_zone_size + 3 * s, m3_apply_transposed(a.axes, point),
                               m3_apply_transposed(a.axes, normal));
    felt = felt & gt(force, zero()) & real_to_mask(f->block_active[i]);
    sum = sum + choose(felt, force, zero());
  }
  return sum;
}

#endif
