/* The share of a light that a single shape hides from a point: shadow rays against exact shapes, with analytic
 * penumbras.
 *
 * Everything is in the shape's own frame. A light of some size is seen from the point p as a disk; at the distance t
 * along the ray towards its centre the cone of rays to that disk has the radius spread * t. A shape hides the strip of
 * the disk between its near silhouette, at `clearance` from the ray (negative when the ray's line hits), and its far
 * one, `extent` further. The share of a disk beside a straight edge is taken as a smoothstep, within 0.02 of the true
 * area. So the share hidden is 1/2 where the ray just touches a shape that is wider than the light, exactly 0 from one
 * cone radius outside, and a shape smaller than the light never hides all of it.
 *
 * No lane that is on is inside the shape, because every seen point is outside of all shapes. */
#ifndef MYR_SHADE_OCCLUSION_H
#define MYR_SHADE_OCCLUSION_H

#include "kernels/raster/raster_block.h"
#include "kernels/raster/shade_color.h"

/* The light as one shape sees it. */
typedef struct light_ray {
  vec3 origin;    /* the lit point */
  vec3 direction; /* unit, towards the light's centre */
  real length;    /* to the light's centre; NO_END for a directional light */
  real spread;    /* radius of the light over its distance */
  vec3 light;     /* its position; directional: the direction once more */
  scalar radius;  /* of the light; directional: the tangent of half its angle */
  int directional;
} light_ray;
#define NO_END 1e30f

/* The least radius of the cone of rays. A smaller one gives a shadow that is practically hard; the limit keeps
 * quotients finite. */
#define HARD_EDGE 1e-6f

/* The share of a disk of the given radius on one side of an edge at the given distance from its centre: 0 at -radius,
 * 1 at radius. half_inverse is 1/2 over the radius. */
KERNEL real disk_share(real distance, real half_inverse) {
  return smoothstep(fmadd(distance, half_inverse, splat(0.5f)));
}

KERNEL real hidden_share(real clearance, real extent, real cone_radius) {
  real half_inverse = splat(0.5f) / maximum(cone_radius, splat(HARD_EDGE));
  return disk_share(clearance + extent, half_inverse) - disk_share(clearance, half_inverse);
}

/* The visible share of the light above a plane that has the whole shape below it and the point above it. height: of the
 * light. */
KERNEL real share_above(const light_ray *ray, real height) {
  real half_inverse = splat(0.5f / (ray->radius > HARD_EDGE ? ray->radius : HARD_EDGE));
  return disk_share(height, half_inverse);
}

/* A capsule that holds a shape: about the shape's centre, along its axis 0, 1 or 2. */
typedef struct bounding_capsule {
  int32_t axis;
  scalar half_length, radius;
} bounding_capsule;

/* Whether the ray comes within BOUND_CONES cone radii of the shape's bounding capsule. Beyond it a shape hides nothing:
 * the formulas for edges are straight, and their mitred corners could stretch without end. */
#define BOUND_CONES 2
KERNEL mask passes_bound(const light_ray *ray, const bounding_capsule *bound) {
  vec3 p = ray->origin, l = ray->direction;
  real p_axis = bound->axis == 0 ? p.x : bound->axis == 1 ? p.y : p.z;
  real l_axis = bound->axis == 0 ? l.x : bound->axis == 1 ? l.y : l.z;
  real along = v3_dot(p, l), half_length = splat(bound->half_length), size = splat(bound->half_length + bound->radius);
  real s = fnmadd(l_axis, along, p_axis) / maximum(fnmadd(l_axis, l_axis, splat(1)), splat(1e-7f));
  s = clamp(s, -half_length, half_length);
  real t = fmsub(s, l_axis, along);
  vec3 passing = v3_madd(l, t, p);
  /* |passing - s axis|^2 */
  real squared = fnmadd(s, splat(2) * fmadd(t, l_axis, p_axis) - s, v3_dot(passing, passing));
  real reach = fmadd(splat(BOUND_CONES) * ray->spread, maximum(t, zero()) + size, splat(bound->radius));
  return lt(-size, t) & lt(t - size, ray->length) & lt(squared, reach * reach);
}

/* Round shapes: the ray passes the centre of a ball of the given radius, moved by `from_center` at its closest, at
 * distance t. Where that is behind the point or beyond the light, the shape is out of the way. */
KERNEL real hidden_by_ball(vec3 from_center, real t, real radius, real length, real spread, mask needed) {
  real cone_radius = spread * t;
  real reach = radius + maximum(cone_radius, splat(HARD_EDGE));
  real squared = v3_dot(from_center, from_center);
  mask near = needed & lt(zero(), t) & lt(t, length) & lt(squared, reach * reach);
  if (!any_lane(near)) return zero();
  real clearance = square_root(squared) - radius;
  return choose(near, hidden_share(clearance, radius + radius, cone_radius), zero());
}

/* Works in any frame. from: the vector from the centre to the lit point. */
KERNEL real hidden_by_sphere(vec3 from, vec3 direction, scalar radius, real length, real spread, mask needed) {
  real t = -v3_dot(from, direction);
  return hidden_by_ball(v3_madd(direction, t, from), t, splat(radius), length, spread, needed);
}

/* The ball at the place of the axis that the ray's line passes closest. |p + t l - s a|^2 is least at t = s b - p.l,
 * s = (p.a - b p.l) / (1 - b^2), b = l.a. Any frame; axis: unit. */
KERNEL real hidden_by_capsule(vec3 from, vec3 direction, vec3 axis, scalar radius, scalar half_length, real length,
                              real spread, mask needed) {
  real along = v3_dot(from, direction), from_axis = v3_dot(from, axis), tilt = v3_dot(direction, axis);
  real across_squared = fnmadd(tilt, tilt, splat(1));
  real s = fnmadd(tilt, along, from_axis) / maximum(across_squared, splat(1e-7f));
  s = clamp(s, splat(-half_length), splat(half_length));
  real t = fmsub(s, tilt, along);
  vec3 passing = v3_madd(axis, -s, v3_madd(direction, t, from));
  return hidden_by_ball(passing, t, splat(radius), length, spread, needed);
}

/* In the space where it is the unit sphere the ray's line passes the centre at a distance rho; the clearance in metres
 * follows to first order from the gradient of rho there. */
KERNEL real hidden_by_ellipsoid(const light_ray *ray, const scalar size[3], const bounding_capsule *bound,
                                mask needed) {
  mask near = passes_bound(ray, bound);
  if (!any_lane(near & needed)) return zero();
  vec3 inverse = v3(splat(1 / size[0]), splat(1 / size[1]), splat(1 / size[2]));
  vec3 p = v3_multiply(ray->origin, inverse), l = v3_multiply(ray->direction, inverse);
  real t = -v3_dot(p, l) / v3_dot(l, l);
  vec3 passing = v3_madd(l, t, p), slope = v3_multiply(passing, inverse);
  real rho_squared = v3_dot(passing, passing);
  const real smallest = splat(1e-12f); /* a ray through the centre: everything is hidden for any radius */
  real radius = square_root(maximum(rho_squared, smallest) / maximum(v3_dot(slope, slope), smallest));
  real cone_radius = ray->spread * t;
  real clearance = (square_root(rho_squared) - splat(1)) * radius;
  mask between = near & lt(zero(), t) & lt(t, ray->length);
  return choose(between, hidden_share(clearance, radius + radius, cone_radius), zero());
}

/* The ray's line against the silhouette of a convex shape: finds the edge that the line is farthest outside of, or
 * least inside of. t: where the line passes that edge. */
typedef struct silhouette {
  real clearance, extent, t;
} silhouette;

/* The two silhouette edges of a box that run along one axis; i and j are the two other axes. In their plane the line's
 * moment about the box's centre, p_i l_j - p_j l_i, is compared with that of the corner it passes: the separating axis
 * "edge cross ray". */
KERNEL silhouette box_edges(silhouette best, real p_i, real p_j, real l_i, real l_j, real size_i, real size_j) {
  real squared = fmadd(l_i, l_i, l_j * l_j);
  mask seen = lt(splat(1e-10f), squared); /* else the ray runs along the edges, and the other edges, at their ends,
                                           * decide */
  real inverse = splat(1) / square_root(choose(seen, squared, splat(1)));
  real moment = fmsub(p_i, l_j, p_j * l_i);
  real reach = fmadd(size_i, absolute(l_j), size_j * absolute(l_i));
  real clearance = (absolute(moment) - reach) * inverse;
  real corner_i = choose(lt(l_j, zero()), -size_i, size_i), corner_j = choose(lt(l_i, zero()), size_j, -size_j);
  real corner = fmadd(corner_i, l_i, corner_j * l_j);
  corner = choose(lt(moment, zero()), -corner, corner);
  real t = (corner - fmadd(p_i, l_i, p_j * l_j)) * (inverse * inverse);
  mask better = seen & lt(best.clearance, clearance);
  best.clearance = choose(better, clearance, best.clearance);
  best.extent = choose(better, splat(2) * reach * inverse, best.extent);
  best.t = choose(better, t, best.t);
  return best;
}

/* The light's height above a face at `size` along an axis, on the point's side; very low if the point is not above. */
KERNEL real height_above_face(const light_ray *ray, real p, real light, real size) {
  real towards = choose(lt(p, zero()), -light, light);
  real height = ray->directional ? towards : towards - size;
  return choose(lt(size, absolute(p)), height, splat(-NO_END));
}

/* The share that a box hides. A plane of finite extent is a box with size[2] = 0. */
KERNEL real hidden_by_box(const light_ray *ray, const scalar size[3], const bounding_capsule *bound, mask needed) {
  mask near = passes_bound(ray, bound);
  if (!any_lane(near & needed)) return zero();
  vec3 p = ray->origin, l = ray->direction, h = v3_splat(size);
  silhouette edge;
  edge.clearance = splat(-NO_END);
  edge.extent = edge.t = zero();
  edge = box_edges(edge, p.x, p.y, l.x, l.y, h.x, h.y);
  edge = box_edges(edge, p.y, p.z, l.y, l.z, h.y, h.z);
  edge = box_edges(edge, p.z, p.x, l.z, l.x, h.z, h.x);
  real height =
      maximum(height_above_face(ray, p.x, ray->light.x, h.x),
              maximum(height_above_face(ray, p.y, ray->light.y, h.y), height_above_face(ray, p.z, ray->light.z, h.z)));
  real hidden = hidden_share(edge.clearance, edge.extent, ray->spread * maximum(edge.t, zero()));
  return choose(near, minimum(hidden, splat(1) - share_above(ray, height)), zero());
}

/* Where a line passes a cylinder about z. Seen along the line the cylinder is the convex hull of two ellipses, its
 * caps, whose semi-axes are the radius across the axis and B = |l.z| radius along it, 2 h sqrt(1 - l.z^2) apart. The
 * line's place in that picture is off_axis across the axis and Y along it; Y counts from the nearer ellipse's centre
 * outwards and is 0 between the two. With rho^2 = (off_axis / radius)^2 + (Y / B)^2 the hull is rho < 1, and the
 * clearance follows to first order from the gradient of rho. */
KERNEL silhouette cylinder_silhouette(const light_ray *ray, real radius, real half_height) {
  vec3 p = ray->origin, l = ray->direction;
  const real parallel = splat(1e-7f); /* rays closer to the axis than this, squared, count as parallel to it */
  real squared = fmadd(l.x, l.x, l.y * l.y);
  mask tilted = lt(parallel, squared);
  real lx = choose(tilted, l.x, zero()), ly = choose(tilted, l.y, zero());
  squared = maximum(squared, parallel);
  real sine = square_root(squared);
  real t_mid = -fmadd(p.x, lx, p.y * ly) / squared;
  real x = fmadd(lx, t_mid, p.x), y = fmadd(ly, t_mid, p.y), z = fmadd(l.z, t_mid, p.z);
  real level = clamp(z, -half_height, half_height);
  /* not quite 0 on the axis, so that there is a gradient */
  real off_axis_squared = maximum(fmadd(x, x, y * y), splat(1e-8f) * (radius * radius));
  real outwards = absolute(z - level) * sine;
  real flatness = maximum(absolute(l.z), splat(1e-5f)); /* a cap seen from its side is nearly a line */
  real across = splat(1) / (radius * radius), along = across / (flatness * flatness);
  real rho_squared = fmadd(off_axis_squared, across, outwards * outwards * along);
  real rho = square_root(rho_squared);
  real slope_across = off_axis_squared * (across * across), slope_along = outwards * along;
  real slope = square_root(fmadd(slope_along, slope_along, slope_across));
  silhouette edge;
  edge.extent = splat(2) * minimum(radius, fmadd(half_height, sine, flatness * radius));
  edge.clearance = maximum((rho_squared - rho) / slope, splat(-0.5f) * edge.extent);
  /* the rim's point there lies this far from the axis, along the ray's tilt */
  real rim = outwards / (flatness * rho);
  real to_rim = choose(lt(z * l.z, zero()), rim, -rim) * sine;
  edge.t = fmadd(t_mid, choose(tilted, squared, zero()), fmadd(level - p.z, l.z, to_rim));
  return edge;
}

/* The planes that have the point above them and the cylinder below them: a cap's plane, and the tangent plane of the
 * mantle on the point's side. If the light stands between the two, the tangent plane on the light's side has the point
 * above it. */
KERNEL real cylinder_light_height(const light_ray *ray, real radius, real half_height) {
  vec3 p = ray->origin, q = ray->light;
  real cap = height_above_face(ray, p.z, q.z, half_height);
  real off_axis = square_root(fmadd(p.x, p.x, p.y * p.y));
  real along = fmadd(p.x, q.x, p.y * q.y);
  real mantle = along / maximum(off_axis, splat(1e-12f));
  if (!ray->directional) mantle = mantle - radius;
  real height = maximum(cap, choose(lt(radius, off_axis), mantle, splat(-NO_END)));
  if (ray->directional) return height;
  real light_off_axis = square_root(fmadd(q.x, q.x, q.y * q.y));
  mask between = lt(radius, light_off_axis) & lt(radius * light_off_axis, along);
  return choose(between, splat(NO_END), height);
}

KERNEL real hidden_by_cylinder(const light_ray *ray, scalar radius, scalar half_height, const bounding_capsule *bound,
                               mask needed) {
  mask near = passes_bound(ray, bound);
  if (!any_lane(near & needed)) return zero();
  silhouette edge = cylinder_silhouette(ray, splat(radius), splat(half_height));
  real height = cylinder_light_height(ray, splat(radius), splat(half_height));
  real hidden = hidden_share(edge.clearance, edge.extent, ray->spread * maximum(edge.t, zero()));
  return choose(near, minimum(hidden, splat(1) - share_above(ray, height)), zero());
}

#endif
