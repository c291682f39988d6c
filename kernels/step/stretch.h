/* The part of a ray that lies in a convex shape. */
#ifndef MYR_STRETCH_H
#define MYR_STRETCH_H

#include "kernels/lane/algebra.h"
#include "kernels/step/world.h"

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

KERNEL mask is_empty(stretch s) { return gt(s.first, s.last); }
/* From the first point in either of two stretches to the last, with the gap between them. */
KERNEL stretch joint_stretch(stretch a, stretch b) {
  stretch both = make_stretch(minimum(a.first, b.first), maximum(a.last, b.last));
  return choose_stretch(is_empty(a), b, choose_stretch(is_empty(b), a, both));
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

/* Of the ray from p along d, both in the shape's axes. type is none of a plane and a mesh; size is that of geom_size. */
KERNEL stretch stretch_in_room(int type, const scalar *size, vec3 p, vec3 d) {
  switch (type) {
  case MYR_GEOM_SPHERE: return within_ball(p, d, splat(size[0] * size[0]));
  case MYR_GEOM_ELLIPSOID: return within_ball(divided(p, size), divided(d, size), splat(1));
  case MYR_GEOM_CYLINDER: return common_stretch(within_tube(p, d, size[0]), within_slab(p.z, d.z, size[1]));
  case MYR_GEOM_BOX:
    return common_stretch(within_slab(p.z, d.z, size[2]),
                          common_stretch(within_slab(p.x, d.x, size[0]), within_slab(p.y, d.y, size[1])));
  case MYR_GEOM_CAPSULE: {
    stretch side = common_stretch(within_tube(p, d, size[0]), within_slab(p.z, d.z, size[1]));
    vec3 end = v3(zero(), zero(), splat(size[1]));
    real squared = splat(size[0] * size[0]);
    stretch ends = joint_stretch(within_ball(v3_sub(p, end), d, squared), within_ball(v3_add(p, end), d, squared));
    return joint_stretch(side, ends);
  }
  default: return no_stretch();
  }
}

#endif
