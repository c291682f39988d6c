/* A sphere and a capsule against a box. */
#ifndef MYR_COLLIDE_BOX_H
#define MYR_COLLIDE_BOX_H

#include "kernels/step/collide_contact.h"

/* The point of a box [-size, size] nearest to a point of its frame. */
KERNEL vec3 box_nearest(vec3 point, vec3 size) {
  return v3(clamp(point.x, -size.x, size.x), clamp(point.y, -size.y, size.y), clamp(point.z, -size.z, size.z));
}

/* The vector from the nearest point of the box to the point: its signed distance beyond each pair of faces. */
KERNEL vec3 box_excess(vec3 point, vec3 size) { return v3_sub(point, box_nearest(point, size)); }

/* The nearest face to a point inside the box: its outward normal, and the depth of the point below it. Of equally near
 * faces it is the first of -x, +x, -y, +y, -z, +z, as in MuJoCo. */
KERNEL void box_nearest_face(vec3 point, vec3 size, vec3 *outward, real *depth) {
  real x = size.x - absolute(point.x), y = size.y - absolute(point.y), z = size.z - absolute(point.z);
  mask y_nearer = lt(y, x);
  real least = choose(y_nearer, y, x);
  mask z_nearer = lt(z, least);
  *depth = choose(z_nearer, z, least);
  real side_x = choose(gt(point.x, zero()), splat(1), splat(-1));
  real side_y = choose(gt(point.y, zero()), splat(1), splat(-1));
  real side_z = choose(gt(point.z, zero()), splat(1), splat(-1));
  *outward = v3(choose(y_nearer | z_nearer, zero(), side_x), choose(y_nearer & mask_not(z_nearer), side_y, zero()),
                choose(z_nearer, side_z, zero()));
}

/* The contact of a sphere and a box, both in the box's frame. A centre inside the box leaves through the nearest
 * face. */
KERNEL contact_point sphere_against_box(vec3 center, real radius, vec3 size) {
  vec3 excess = box_excess(center, size);
  real beyond = v3_length(excess);
  mask inside = le(beyond, splat((scalar)1e-15));
  vec3 face_outward;
  real depth;
  box_nearest_face(center, size, &face_outward, &depth);
  vec3 outward = v3_choose(inside, face_outward, v3_normalize_or(excess, face_outward));
  real outside = choose(inside, -depth, beyond);
  contact_point c;
  c.distance = outside - radius;
  c.normal = v3_negate(outward);
  c.position = v3_madd(c.normal, splat((scalar)0.5) * (outside + radius), center);
  c.tangent = v3_zero();
  return c;
}

KERNEL contact_point contact_to_world(pose frame, contact_point c) {
  c.position = v3_add(m3_apply(frame.rotation, c.position), frame.position);
  c.normal = m3_apply(frame.rotation, c.normal);
  return c;
}

/* 1 slot */
KERNEL void collide_sphere_box(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out, mask needed) {
  vec3 center = m3_apply_transposed(b.rotation, v3_sub(a.position, b.position));
  contact_put(out, contact_to_world(b, sphere_against_box(center, size_a.x, size_b)), margin, needed);
}

/* The axis of a capsule in the frame of a box: middle + t direction, |t| <= half; metres, direction of unit length. */
typedef struct {
  vec3 middle, direction;
  real half;
} segment;

KERNEL vec3 segment_at(segment s, real t) { return v3_madd(s.direction, t, s.middle); }

/* Half the derivative by t of the squared distance from the segment's point to the box. It never decreases, and is
 * linear between the points where the segment crosses the planes of the faces. */
KERNEL real distance_slope(segment s, vec3 size, real t) {
  return v3_dot(s.direction, box_excess(segment_at(s, t), size));
}

/* Narrows the bracket [low, high] of the slope's zero by the slope at one point of the segment. */
typedef struct {
  real low, high, slope_low, slope_high;
} bracket;

KERNEL bracket bracket_narrow(bracket k, segment s, vec3 size, real offset, real along) {
  mask crosses = mask_not(eq(along, zero()));
  real t = offset / choose(crosses, along, splat(1));
  real slope = distance_slope(s, size, t);
  mask to_low = crosses & le(slope, zero()) & gt(t, k.low) & lt(t, s.half);
  mask to_high = crosses & ge(slope, zero()) & lt(t, k.high) & gt(t, -s.half);
  k.low = choose(to_low, t, k.low);
  k.slope_low = choose(to_low, slope, k.slope_low);
  k.high = choose(to_high, t, k.high);
  k.slope_high = choose(to_high, slope, k.slope_high);
  return k;
}

/* The t of the segment's point nearest to the box: the zero of the slope, exact because the slope is linear in the
 * bracket. */
KERNEL real segment_nearest_to_box(segment s, vec3 size) {
  bracket k;
  k.low = -s.half;
  k.high = s.half;
  k.slope_low = distance_slope(s, size, k.low);
  k.slope_high = distance_slope(s, size, k.high);
  mask at_low = ge(k.slope_low, zero()), at_high = le(k.slope_high, zero());
  k = bracket_narrow(k, s, size, -size.x - s.middle.x, s.direction.x);
  k = bracket_narrow(k, s, size, size.x - s.middle.x, s.direction.x);
  k = bracket_narrow(k, s, size, -size.y - s.middle.y, s.direction.y);
  k = bracket_narrow(k, s, size, size.y - s.middle.y, s.direction.y);
  k = bracket_narrow(k, s, size, -size.z - s.middle.z, s.direction.z);
  k = bracket_narrow(k, s, size, size.z - s.middle.z, s.direction.z);
  real rise = k.slope_high - k.slope_low;
  mask sloped = gt(rise, zero());
  real part = clamp(-k.slope_low / choose(sloped, rise, splat(1)), zero(), splat(1));
  real t = fmadd(k.high - k.low, choose(sloped, part, zero()), k.low);
  return choose(at_low, -s.half, choose(at_high, s.half, clamp(t, -s.half, s.half)));
}

/* Cuts [low, high] to the t for which the segment's coordinate, middle + t direction, lies in [from, to]. */
KERNEL void clip_to_slab(real middle, real direction, real from, real to, real *low, real *high) {
  mask flat = eq(direction, zero());
  real inverse = splat(1) / choose(flat, splat(1), direction);
  real enter = (from - middle) * inverse, leave = (to - middle) * inverse;
  mask backward = lt(direction, zero());
  *low = choose(flat, *low, maximum(*low, choose(backward, leave, enter)));
  *high = choose(flat, *high, minimum(*high, choose(backward, enter, leave)));
}

/* The part [low, high] of the segment above a face of the box; `across` has a one in the face's axis. The part is
 * widened to include t, which may lie beyond an edge, so it is never empty. */
KERNEL void segment_above_face(segment s, vec3 size, vec3 across, real t, real *low, real *high) {
  const scalar far = (scalar)1e10;
  vec3 point = segment_at(s, t);
  vec3 limit = v3(size.x + across.x * splat(far), size.y + across.y * splat(far), size.z + across.z * splat(far));
  *low = -s.half;
  *high = s.half;
  clip_to_slab(s.middle.x, s.direction.x, minimum(point.x, -limit.x), maximum(point.x, limit.x), low, high);
  clip_to_slab(s.middle.y, s.direction.y, minimum(point.y, -limit.y), maximum(point.y, limit.y), low, high);
  clip_to_slab(s.middle.z, s.direction.z, minimum(point.z, -limit.z), maximum(point.z, limit.z), low, high);
  *low = minimum(*low, t);
  *high = maximum(*high, t);
}

/* 1 in the component of largest magnitude, 0 in the others. */
KERNEL vec3 largest_component(vec3 v) {
  real x = absolute(v.x), y = absolute(v.y), z = absolute(v.z);
  mask is_x = ge(x, y) & ge(x, z), is_y = mask_not(is_x) & ge(y, z);
  return v3(mask_to_real(is_x), mask_to_real(is_y), mask_to_real(mask_not(is_x | is_y)));
}

/* Whether a second point of the axis is far enough from the first to be a contact of its own. */
KERNEL mask places_differ(segment s, real first, real second) {
  return gt(absolute(second - first), splat(BY_PRECISION(1e-4, 1e-9)) * s.half);
}

/* The contacts of an axis outside the box: its nearest point, and the farther end of its part above the face that is
 * turned most towards it. If both ends of that part are equally near up to rounding (the capsule lies along a face or
 * an edge), the contacts are the two ends. */
KERNEL void capsule_outside_box(segment s, real radius, vec3 size, contact_point *first, contact_point *second) {
  real nearest = segment_nearest_to_box(s, size);
  vec3 excess = box_excess(segment_at(s, nearest), size);
  real low, high;
  segment_above_face(s, size, largest_component(excess), nearest, &low, &high);
  real at_nearest = v3_length(excess);
  real at_low = v3_length(box_excess(segment_at(s, low), size));
  real at_high = v3_length(box_excess(segment_at(s, high), size));
  real tolerance = splat(BY_PRECISION(2e-6, 1e-13)) * (s.half + radius);
  mask level = le(at_low, at_nearest + tolerance) & le(at_high, at_nearest + tolerance);
  mask low_nearer = le(at_low, at_high), low_farther_off = ge(nearest - low, high - nearest);
  real place1 = choose(level, choose(low_nearer, low, high), nearest);
  real place2 = choose(level, choose(low_nearer, high, low), choose(low_farther_off, low, high));
  *first = sphere_against_box(segment_at(s, place1), radius, size);
  *second = sphere_against_box(segment_at(s, place2), radius, size);
  second->distance = choose(places_differ(s, place1, place2), second->distance, splat(NO_CONTACT));
}

/* The shortest way found so far out of the box for a segment that pierces it: its depth and its outward unit axis. */
typedef struct {
  real depth;
  vec3 outward;
  mask by_edge;
} way_out;

/* Tries the axis orthogonal to the segment and to one edge direction; `axis` is their cross product. */
KERNEL way_out way_out_by_edge(way_out best, segment s, vec3 size, vec3 axis) {
  real length = v3_length(axis);
  mask parallel = lt(length, splat(BY_PRECISION(1e-3, 1e-6)));
  real inverse = splat(1) / choose(parallel, splat(1), length);
  axis = v3_scale(axis, inverse);
  real along = v3_dot(axis, s.middle);
  vec3 magnitude = v3(absolute(axis.x), absolute(axis.y), absolute(axis.z));
  real depth = v3_dot(size, magnitude) - absolute(along);
  /* an edge is taken only if it is clearly better than a face, because two contacts hold better than one */
  mask better = mask_not(parallel) & lt(depth, best.depth * splat((scalar)0.999));
  best.depth = choose(better, depth, best.depth);
  best.outward = v3_choose(better, v3_scale(axis, side_of(along)), best.outward);
  best.by_edge = best.by_edge | better;
  return best;
}

/* Separating axes of a segment and a box: the three faces and the three cross products with the edges. */
KERNEL way_out segment_way_out(segment s, vec3 size) {
  vec3 p = s.middle, d = s.direction;
  vec3 depth =
      v3(size.x + fmsub(s.half, absolute(d.x), absolute(p.x)), size.y + fmsub(s.half, absolute(d.y), absolute(p.y)),
         size.z + fmsub(s.half, absolute(d.z), absolute(p.z)));
  way_out best;
  mask y_less = lt(depth.y, depth.x);
  best.depth = choose(y_less, depth.y, depth.x);
  mask z_less = lt(depth.z, best.depth);
  best.depth = choose(z_less, depth.z, best.depth);
  mask is_y = y_less & mask_not(z_less);
  best.outward = v3(choose(y_less | z_less, zero(), side_of(p.x)), choose(is_y, side_of(p.y), zero()),
                    choose(z_less, side_of(p.z), zero()));
  best.by_edge = mask_splat(0);
  best = way_out_by_edge(best, s, size, v3(zero(), -d.z, d.y));
  best = way_out_by_edge(best, s, size, v3(d.z, zero(), -d.x));
  best = way_out_by_edge(best, s, size, v3(-d.y, d.x, zero()));
  return best;
}

/* The capsule's contact at the axis' point t. The box's surface lies `depth` outwards of that point. */
KERNEL contact_point pierced_contact(segment s, real radius, real t, real depth, vec3 outward) {
  contact_point c;
  c.distance = -depth - radius;
  c.position = v3_madd(outward, splat((scalar)0.5) * (depth - radius), segment_at(s, t));
  c.normal = v3_negate(outward);
  c.tangent = v3_zero();
  return c;
}

/* The contacts of an axis that pierces or touches the box. If the way out is through a face, they are both ends of the
 * part below it; if it is across an edge, there is one. MuJoCo takes the face nearest to some point of the axis
 * instead, which may push the capsule lengthwise. */
KERNEL void capsule_through_box(segment s, real radius, vec3 size, contact_point *first, contact_point *second) {
  way_out way = segment_way_out(s, size);
  vec3 across = largest_component(way.outward);
  real low, high;
  /* through a face: some point of the axis is in the box, so only rounding can make the part below the face empty */
  real inside = segment_nearest_to_box(s, size);
  segment_above_face(s, size, across, inside, &low, &high);
  real face = v3_dot(across, size);
  real depth_low = face - v3_dot(way.outward, segment_at(s, low));
  real depth_high = face - v3_dot(way.outward, segment_at(s, high));
  mask low_deeper = ge(depth_low, depth_high);
  real deep = choose(low_deeper, low, high), shallow = choose(low_deeper, high, low);

  /* across an edge: the edge goes through the outward corner, along the axis in which `outward` is zero; the segment's
   * nearest point to it is the one nearest to that corner in the plane of the two other axes */
  mask skip_x = eq(way.outward.x, zero()), skip_y = eq(way.outward.y, zero()), skip_z = eq(way.outward.z, zero());
  vec3 corner = v3(side_of(way.outward.x) * size.x, side_of(way.outward.y) * size.y, side_of(way.outward.z) * size.z);
  vec3 to_corner = v3_sub(corner, s.middle), flat = s.direction;
  flat.x = choose(skip_x, zero(), flat.x);
  flat.y = choose(skip_y, zero(), flat.y);
  flat.z = choose(skip_z, zero(), flat.z);
  real flat_squared = v3_dot(flat, flat);
  real at_edge = v3_dot(to_corner, flat) / choose(gt(flat_squared, zero()), flat_squared, splat(1));
  at_edge = clamp(at_edge, -s.half, s.half);

  *first = pierced_contact(s, radius, choose(way.by_edge, at_edge, deep),
                           choose(way.by_edge, way.depth, maximum(depth_low, depth_high)), way.outward);
  *second = pierced_contact(s, radius, shallow, minimum(depth_low, depth_high), way.outward);
  mask has_second = places_differ(s, deep, shallow) & mask_not(way.by_edge);
  second->distance = choose(has_second, second->distance, splat(NO_CONTACT));
}

/* 2 slots, the nearer first. */
KERNEL void collide_capsule_box(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out,
                                mask needed) {
  segment s;
  s.middle = m3_apply_transposed(b.rotation, v3_sub(a.position, b.position));
  s.direction = m3_apply_transposed(b.rotation, m3_column2(a.rotation));
  s.half = size_a.y;
  contact_point first, second;
  capsule_outside_box(s, size_a.x, size_b, &first, &second);
  /* within rounding of the surface, the direction to the nearest point is meaningless */
  real tolerance = splat(BY_PRECISION(2e-6, 1e-13)) * (size_b.x + size_b.y + size_b.z + s.half);
  mask pierces = le(first.distance + size_a.x, tolerance);
  if (any_lane(pierces & needed)) {
    contact_point through1, through2;
    capsule_through_box(s, size_a.x, size_b, &through1, &through2);
    first = contact_choose(pierces, through1, first);
    second = contact_choose(pierces, through2, second);
  }
  contact_put(out, contact_to_world(b, first), margin, needed);
  contact_put(out + 1, contact_to_world(b, second), margin, needed);
}

#endif
