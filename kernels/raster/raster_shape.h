/* The analytic shapes: plane, sphere, capsule, ellipsoid, cylinder and box, each solved exactly along a ray.
 *
 * A solver works in the drawable's frame. The eye is at o and the ray's direction is D, of any length; the solver finds
 * the depth t of the point o + t D where the ray enters the shape. A surface is seen from outside only, and all shapes
 * except the plane are convex, so this point is the first crossing of the whole line. An eye inside the shape finds it
 * behind itself.
 *
 * Quadratics are written by closest approach: a sphere of radius r is met where r^2 |D|^2 - |o x D|^2 >= 0. The
 * textbook's b^2 - 4ac subtracts squares of the distance and loses a small or thin shape to rounding at a hundred times
 * its size; o x D loses only the rounding of o and D (after Haines, Guenther and Akenine-Moeller, "Precision
 * improvements for ray/sphere intersection", Ray Tracing Gems, 2019). Divisions come last, after it is known that some
 * lane hits. */
#ifndef MYR_RASTER_SHAPE_H
#define MYR_RASTER_SHAPE_H

#include "kernels/raster/raster_block.h"

/* One drawable as the solvers see it, equal in all lanes. */
typedef struct shape_constants {
  vec3 origin;   /* of the camera, in the drawable's frame, m */
  mat3 rotation; /* camera to drawable */
  vec3 size;
  vec3 inverse_size;   /* only of an ellipsoid */
  real inverse_height; /* only of a plane: 1 / origin.z */
} shape_constants;

/* A solver's second result is the steepness of a flat face there: the change of depth for one metre along the normal,
 * 1 / |n D|. The depth test needs it (raster_nearest.h), because flat faces of two drawables may lie in one plane. Curved
 * surfaces do so only if they are copies of each other, whose depths are equal; they have 0. */

/* -1 or 1, as b's sign, times a. */
KERNEL real with_sign(real a, real b) { return choose(lt(b, zero()), -a, a); }
/* Moves x away from zero, so that it can be a divisor; the sign stays. */
KERNEL real nonzero(real x) {
  const real tiny = splat((scalar)1e-30);
  return choose(lt(absolute(x), tiny), tiny, x);
}

/* Seen from +z only, because an eye below it has no t > 0 with d.z < 0. An extent that is not positive means that the
 * plane has no end along that axis. */
KERNEL mask solve_plane(const shape_constants *s, vec3 d, real *t, real *steepness) {
  mask hit = lt(d.z, zero());
  *t = *steepness = zero();
  if (!any_lane(hit)) return hit;
  *t = s->origin.z / -choose(hit, d.z, splat(-1));
  *steepness = *t * s->inverse_height;
  mask endless_x = le(s->size.x, zero()), endless_y = le(s->size.y, zero());
  if (all_lanes(endless_x & endless_y)) return hit;
  mask in_x = endless_x | le(absolute(fmadd(*t, d.x, s->origin.x)), s->size.x);
  mask in_y = endless_y | le(absolute(fmadd(*t, d.y, s->origin.y)), s->size.y);
  return hit & in_x & in_y;
}

/* The sphere about the frame's origin, seen from o. */
KERNEL mask solve_sphere_at(vec3 o, vec3 d, real radius, real *t) {
  vec3 moment = v3_cross(o, d);
  real square = v3_dot(d, d), reach = fmsub(radius * radius, square, v3_dot(moment, moment));
  mask hit = ge(reach, zero());
  if (any_lane(hit))
    *t = -(v3_dot(o, d) + square_root(maximum(reach, zero()))) / square;
  else
    *t = zero();
  return hit;
}

KERNEL mask solve_sphere(const shape_constants *s, vec3 d, real *t) {
  return solve_sphere_at(s->origin, d, s->size.x, t);
}

/* The unit sphere in a frame stretched by the semi-axes. */
KERNEL mask solve_ellipsoid(const shape_constants *s, vec3 d, real *t) {
  vec3 scale = s->inverse_size;
  vec3 o = v3(s->origin.x * scale.x, s->origin.y * scale.y, s->origin.z * scale.z);
  return solve_sphere_at(o, v3(d.x * scale.x, d.y * scale.y, d.z * scale.z), splat(1), t);
}

/* Where a ray crosses the endless tube x^2 + y^2 = r^2: t = (-along +- root) / square. */
typedef struct tube {
  real square, along, root, moment;
  mask hit;
} tube;

KERNEL tube solve_tube(vec3 o, vec3 d, real radius) {
  tube c;
  c.moment = fmsub(o.x, d.y, o.y * d.x);
  c.square = fmadd(d.x, d.x, d.y * d.y);
  real reach = fmsub(radius * radius, c.square, c.moment * c.moment);
  c.hit = ge(reach, zero());
  c.along = zero();
  c.root = zero();
  if (!any_lane(c.hit)) return c;
  c.along = fmadd(o.x, d.x, o.y * d.y);
  c.root = square_root(maximum(reach, zero()));
  return c;
}

/* Where the line enters the tube beyond an end, it can only enter the capsule through the cap at that end. Heights are
 * compared times square, which is 0 along the axis: then the cap that faces the eye decides. */
KERNEL mask solve_capsule(const shape_constants *s, vec3 d, real *t) {
  vec3 o = s->origin;
  tube c = solve_tube(o, d, s->size.x);
  *t = zero();
  if (!any_lane(c.hit)) return c.hit;
  real numerator = c.along + c.root, denominator = c.square;
  real height = fnmadd(numerator, d.z, o.z * c.square);
  mask side = lt(absolute(height), s->size.y * c.square), hit = c.hit;
  if (any_lane(c.hit & mask_not(side))) {
    o.z = o.z - with_sign(s->size.y, fnmadd(splat((scalar)1e-30), d.z, height));
    real moment_x = fmsub(o.y, d.z, o.z * d.y), moment_y = fmsub(o.z, d.x, o.x * d.z);
    real square = fmadd(d.z, d.z, c.square);
    real moment2 = fmadd(moment_x, moment_x, fmadd(moment_y, moment_y, c.moment * c.moment));
    real reach = fmsub(s->size.x * s->size.x, square, moment2);
    hit = c.hit & (side | ge(reach, zero()));
    real cap = fmadd(o.z, d.z, c.along) + square_root(maximum(reach, zero()));
    numerator = choose(side, numerator, cap);
    denominator = choose(side, denominator, square);
  }
  *t = -numerator / choose(hit, denominator, splat(1));
  return hit;
}

/* Where the line enters the tube beyond the end that faces the eye, it enters the cylinder through that end's disc if
 * it leaves the tube on this side of it. Both conditions use the same two heights, so no ray passes between the rim of
 * the disc and the mantle. */
KERNEL mask solve_cylinder(const shape_constants *s, vec3 d, real *t, real *steepness) {
  tube c = solve_tube(s->origin, d, s->size.x);
  *t = *steepness = zero();
  if (!any_lane(c.hit)) return c.hit;
  real end = s->size.y * c.square;
  real middle = fnmadd(c.along, d.z, s->origin.z * c.square), half = c.root * d.z;
  real enters = middle - half, leaves = middle + half;
  mask side = lt(absolute(enters), end);
  mask down = lt(d.z, zero()); /* the upper disc faces the eye */
  mask disc = mask_not(side) & mask_not(eq(d.z, zero())) & le(choose(down, leaves, -leaves), end) &
              ge(choose(down, enters, -enters), end);
  /* along the axis the tube is not crossed but filled */
  mask parallel = eq(c.square, zero()),
       within = le(fmadd(s->origin.x, s->origin.x, s->origin.y * s->origin.y), s->size.x * s->size.x);
  disc = disc & (mask_not(parallel) | within);
  real height = choose(down, s->size.y, -s->size.y) - s->origin.z;
  mask hit = c.hit & (side | disc);
  *t = choose(side, -(c.along + c.root), height) / choose(hit, choose(side, c.square, d.z), splat(1));
  *steepness = choose(side, zero(), splat(1) / absolute(nonzero(d.z)));
  return hit;
}

/* Cuts the line to one of a box's three slabs. inverse: 1 / d of the slab through which the line enters. */
KERNEL void solve_slab(real o, real d, real half, real *enter, real *leave, real *inverse) {
  real own = splat(1) / nonzero(d), reach = with_sign(half, d), from = (-reach - o) * own;
  *inverse = choose(gt(from, *enter), own, *inverse);
  *enter = maximum(from, *enter);
  *leave = minimum((reach - o) * own, *leave);
}
KERNEL mask solve_box(const shape_constants *s, vec3 d, real *t, real *steepness) {
  real enter = splat((scalar)-1e30), leave = splat((scalar)1e30), inverse = zero();
  solve_slab(s->origin.x, d.x, s->size.x, &enter, &leave, &inverse);
  solve_slab(s->origin.y, d.y, s->size.y, &enter, &leave, &inverse);
  solve_slab(s->origin.z, d.z, s->size.z, &enter, &leave, &inverse);
  *t = enter;
  *steepness = absolute(inverse);
  return le(enter, leave);
}

/* `shape` is a constant where this is called in a loop over blocks; a mesh is not solved here. */
KERNEL mask solve_shape(int shape, const shape_constants *s, vec3 direction, real *t, real *steepness) {
  *steepness = zero();
  switch (shape) {
  case MYR_GEOM_PLANE: return solve_plane(s, direction, t, steepness);
  case MYR_GEOM_SPHERE: return solve_sphere(s, direction, t);
  case MYR_GEOM_CAPSULE: return solve_capsule(s, direction, t);
  case MYR_GEOM_ELLIPSOID: return solve_ellipsoid(s, direction, t);
  case MYR_GEOM_CYLINDER: return solve_cylinder(s, direction, t, steepness);
  default: return solve_box(s, direction, t, steepness);
  }
}

/* ------------------------------------------------------------------------------------------------ normals */

KERNEL vec3 unit_axis(int axis, real sign) {
  return v3(axis == 0 ? sign : zero(), axis == 1 ? sign : zero(), axis == 2 ? sign : zero());
}

/* A point belongs to the surface below which it lies least deep: of a cylinder's two surfaces, or of a box's three
 * faces that are turned to the eye. */
KERNEL vec3 cylinder_normal(vec3 size, vec3 p, vec3 d) {
  real off_axis = square_root(fmadd(p.x, p.x, p.y * p.y));
  real inverse = splat(1) / choose(eq(off_axis, zero()), splat(1), off_axis);
  real facing = with_sign(splat(-1), d.z);
  mask disc = gt(p.z * facing - size.y, off_axis - size.x);
  return v3_choose(disc, v3(zero(), zero(), facing), v3(p.x * inverse, p.y * inverse, zero()));
}
KERNEL vec3 box_normal(vec3 size, vec3 p, vec3 d) {
  real sign_x = with_sign(splat(-1), d.x), sign_y = with_sign(splat(-1), d.y), sign_z = with_sign(splat(-1), d.z);
  real x = p.x * sign_x - size.x, y = p.y * sign_y - size.y, z = p.z * sign_z - size.z;
  mask on_x = ge(x, y) & ge(x, z), on_y = ge(y, z);
  return v3_choose(on_x, unit_axis(0, sign_x), v3_choose(on_y, unit_axis(1, sign_y), unit_axis(2, sign_z)));
}

/* The outward unit normal at a point p of the surface that is seen along d; drawable's frame. */
KERNEL vec3 shape_normal(int shape, vec3 size, vec3 p, vec3 d) {
  vec3 towards_eye = v3_negate(d);
  switch (shape) {
  case MYR_GEOM_PLANE: return unit_axis(2, splat(1));
  case MYR_GEOM_SPHERE: return v3_normalize_or(p, towards_eye);
  case MYR_GEOM_CAPSULE: return v3_normalize_or(v3(p.x, p.y, p.z - clamp(p.z, -size.y, size.y)), towards_eye);
  case MYR_GEOM_ELLIPSOID:
    return v3_normalize_or(v3(p.x / (size.x * size.x), p.y / (size.y * size.y), p.z / (size.z * size.z)), towards_eye);
  case MYR_GEOM_CYLINDER: return cylinder_normal(size, p, d);
  default: return box_normal(size, p, d);
  }
}

#endif
