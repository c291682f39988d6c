/* Two boxes: separating axes, then clipping of the two faces that meet, or the nearest points of the two edges.
 *
 * Fifteen axes can separate two boxes (Gottschalk, Lin and Manocha, "OBBTree", 1996): three face normals of each and
 * the nine cross products of edges. The axis of largest separation, that is of least penetration, gives the normal.
 * Every lane takes its own axis by selection, so there is one path for all worlds of a tile. */
#ifndef MYR_COLLIDE_BOX_BOX_H
#define MYR_COLLIDE_BOX_BOX_H

#include "kernels/collide_contact.h"

/* Box B in the frame of box A: its centre, its axes and the magnitudes of their components. */
typedef struct {
  vec3 center;
  vec3 axis[3];
  vec3 magnitude[3];
} relative_box;

/* The axis of largest separation found so far, in the frame of A, pointing from A to B. */
typedef struct {
  real separation;
  vec3 normal;
  real code; /* 0..2 a face of A, 3..5 a face of B, 6 + 3 i + j the edges i of A and j of B */
} separating_axis;

KERNEL vec3 v3_absolute(vec3 v) { return v3(absolute(v.x), absolute(v.y), absolute(v.z)); }

KERNEL vec3 unit_axis(int i) { return v3(splat(i == 0), splat(i == 1), splat(i == 2)); }
KERNEL real v3_component(vec3 v, int i) { return i == 0 ? v.x : i == 1 ? v.y : v.z; }

KERNEL relative_box box_relative(pose a, pose b) {
  relative_box box;
  box.center = m3_apply_transposed(a.rotation, v3_sub(b.position, a.position));
  box.axis[0] = m3_apply_transposed(a.rotation, m3_column0(b.rotation));
  box.axis[1] = m3_apply_transposed(a.rotation, m3_column1(b.rotation));
  box.axis[2] = m3_apply_transposed(a.rotation, m3_column2(b.rotation));
  for (int j = 0; j < 3; j++) box.magnitude[j] = v3_absolute(box.axis[j]);
  return box;
}

KERNEL void axis_try(separating_axis *best, mask better, real separation, vec3 normal, real along, int code) {
  best->separation = choose(better, separation, best->separation);
  best->normal = v3_choose(better, v3_scale(normal, side_of(along)), best->normal);
  best->code = choose(better, splat((scalar)code), best->code);
}

/* The best of the fifteen axes. The axis of two edges must beat the faces by more than rounding and a thousandth of the
 * penetration, because a face holds a box by up to eight points and an edge by one. */
KERNEL separating_axis box_separating_axis(relative_box b, vec3 size_a, vec3 size_b) {
  separating_axis best;
  best.separation = splat(-NO_CONTACT);
  best.normal = unit_axis(2);
  best.code = splat(2);
  for (int i = 0; i < 3; i++) {
    vec3 normal = unit_axis(i);
    real along = v3_component(b.center, i);
    real extent_b = fmadd(size_b.z, v3_component(b.magnitude[2], i),
                          fmadd(size_b.y, v3_component(b.magnitude[1], i), size_b.x * v3_component(b.magnitude[0], i)));
    real separation = absolute(along) - (v3_component(size_a, i) + extent_b);
    axis_try(&best, gt(separation, best.separation), separation, normal, along, i);
  }
  for (int j = 0; j < 3; j++) {
    real along = v3_dot(b.center, b.axis[j]);
    real separation = absolute(along) - (v3_component(size_b, j) + v3_dot(size_a, b.magnitude[j]));
    axis_try(&best, gt(separation, best.separation), separation, b.axis[j], along, 3 + j);
  }
  real scale = size_a.x + size_a.y + size_a.z + size_b.x + size_b.y + size_b.z;
  real handicap = fmadd(absolute(best.separation), splat((scalar)1e-3), splat(BY_PRECISION(1e-5, 1e-12)) * scale);
  real to_beat = best.separation + handicap;
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++) {
      vec3 cross = v3_cross(unit_axis(i), b.axis[j]);
      real length = v3_length(cross);
      mask parallel = lt(length, splat(BY_PRECISION(1e-3, 1e-6)));
      vec3 normal = v3_scale(cross, splat(1) / choose(parallel, splat(1), length));
      real along = v3_dot(normal, b.center);
      real extent_a = v3_dot(size_a, v3_absolute(normal));
      /* b_k . (a_i x b_j) is zero for k = j and, up to sign, a_i . b_m for the third axis m */
      int k = (j + 1) % 3, m = (j + 2) % 3;
      real extent_b = fmadd(v3_component(size_b, m), absolute(v3_dot(normal, b.axis[m])),
                            v3_component(size_b, k) * absolute(v3_dot(normal, b.axis[k])));
      real separation = absolute(along) - (extent_a + extent_b);
      mask better = mask_not(parallel) & gt(separation, to_beat);
      axis_try(&best, better, separation, normal, along, 6 + 3 * i + j);
      to_beat = choose(better, separation, to_beat);
    }
  }
  return best;
}

/* ------------------------------------------------------------------------------------------------ face against box */

/* The reference face in its own coordinates: u and v along its edges, w outwards, the origin at the box's centre. */
typedef struct {
  vec3 u, v, w; /* unit axes in the world */
  vec3 origin;  /* world, m */
  real half_u, half_v, half_w;
} face_frame;

/* Box `reference` seen from its face number `face` (0, 1 or 2 in every lane) on the side of `outward`. */
KERNEL face_frame face_frame_of(pose reference, vec3 size, real face, vec3 outward) {
  vec3 x = m3_column0(reference.rotation), y = m3_column1(reference.rotation), z = m3_column2(reference.rotation);
  mask is_x = eq(face, zero()), is_y = eq(face, splat(1));
  face_frame f;
  f.u = v3_choose(is_x, y, v3_choose(is_y, z, x));
  f.v = v3_choose(is_x, z, v3_choose(is_y, x, y));
  f.w = outward;
  f.half_u = choose(is_x, size.y, choose(is_y, size.z, size.x));
  f.half_v = choose(is_x, size.z, choose(is_y, size.x, size.y));
  f.half_w = choose(is_x, size.x, choose(is_y, size.y, size.z));
  f.origin = reference.position;
  return f;
}

KERNEL vec3 direction_in_face(face_frame f, vec3 d) { return v3(v3_dot(f.u, d), v3_dot(f.v, d), v3_dot(f.w, d)); }

/* The face of the other box turned most against the reference face: its centre and its two half edges, in the
 * coordinates of the reference face. */
typedef struct { vec3 center, edge1, edge2; } incident_face;

KERNEL incident_face incident_face_of(face_frame f, pose incident, vec3 size) {
  vec3 x = direction_in_face(f, m3_column0(incident.rotation));
  vec3 y = direction_in_face(f, m3_column1(incident.rotation));
  vec3 z = direction_in_face(f, m3_column2(incident.rotation));
  mask y_steeper = gt(absolute(y.z), absolute(x.z));
  mask z_steeper = gt(absolute(z.z), choose(y_steeper, absolute(y.z), absolute(x.z)));
  x = v3_scale(x, size.x);
  y = v3_scale(y, size.y);
  z = v3_scale(z, size.z);
  vec3 facing = v3_choose(z_steeper, z, v3_choose(y_steeper, y, x));
  incident_face face;
  face.center = v3_madd(facing, -side_of(facing.z), direction_in_face(f, v3_sub(incident.position, f.origin)));
  face.edge1 = v3_choose(z_steeper, x, v3_choose(y_steeper, z, y));
  face.edge2 = v3_choose(z_steeper, y, v3_choose(y_steeper, x, z));
  return face;
}

/* Cuts the part [enter, leave] of the edge start + t step, 0 <= t <= 1, to |coordinate| <= half. */
KERNEL void clip_edge(real start, real step, real half, real *enter, real *leave) {
  mask flat = eq(step, zero()), outside = gt(absolute(start), half);
  real inverse = splat(1) / choose(flat, splat(1), step);
  real t1 = (-half - start) * inverse, t2 = (half - start) * inverse;
  real first = choose(flat, choose(outside, splat(2), zero()), minimum(t1, t2));
  real last = choose(flat, splat(1), maximum(t1, t2));
  *enter = maximum(*enter, first);
  *leave = minimum(*leave, last);
}

/* Appends what is left of one edge of the incident face over the reference face: the point where it enters, which is its
 * start when that lies inside, and the point where it leaves; its end is the start of the next edge. */
KERNEL void append_incident_edge(point_list *list, int reach, face_frame f, real slack, vec3 start, vec3 step,
                                 real margin) {
  real enter = zero(), leave = splat(1);
  clip_edge(start.x, step.x, f.half_u + slack, &enter, &leave);
  clip_edge(start.y, step.y, f.half_v + slack, &enter, &leave);
  mask over = le(enter, leave);
  vec3 entry = v3_madd(step, enter, start), departure = v3_madd(step, leave, start);
  real entry_distance = entry.z - f.half_w, departure_distance = departure.z - f.half_w;
  mask departs = over & lt(leave, splat(1)) & lt(enter, leave);
  point_list_append(list, 8, reach, over & le(entry_distance, margin), entry_distance, entry);
  point_list_append(list, 8, reach + 1, departs & le(departure_distance, margin), departure_distance, departure);
}

/* Appends one corner (u, v) of the reference face where it lies within the incident face, seen along w. */
KERNEL void append_reference_corner(point_list *list, int reach, face_frame f, real slack, incident_face face, real u,
                                    real v, real margin) {
  real determinant = fmsub(face.edge1.x, face.edge2.y, face.edge1.y * face.edge2.x);
  mask edge_on = eq(determinant, zero());
  real inverse = splat(1) / choose(edge_on, splat(1), determinant);
  real du = u - face.center.x, dv = v - face.center.y;
  real along1 = fmsub(du, face.edge2.y, dv * face.edge2.x) * inverse;
  real along2 = fmsub(dv, face.edge1.x, du * face.edge1.y) * inverse;
  /* a corner closer than the slack to an edge is that edge's point: the rectangle was widened by it above */
  real length1 = absolute(face.edge1.x) + absolute(face.edge1.y);
  real length2 = absolute(face.edge2.x) + absolute(face.edge2.y);
  mask within = lt(absolute(along1) * length1, length1 - slack) & lt(absolute(along2) * length2, length2 - slack);
  vec3 point = v3(u, v, fmadd(along2, face.edge2.z, fmadd(along1, face.edge1.z, face.center.z)));
  real distance = point.z - f.half_w;
  point_list_append(list, 8, reach, mask_not(edge_on) & within & le(distance, margin), distance, point);
}

/* The polygon in which the incident face and the reference face overlap, seen along w: at most eight corners, which are
 * the incident edges' ends over the reference face and the reference corners under the incident face. */
KERNEL point_list clip_faces(face_frame f, incident_face face, real margin) {
  real slack = splat(BY_PRECISION(4e-6, 1e-12)) * (f.half_u + f.half_v + f.half_w);
  real half_slack = splat((scalar)0.5) * slack;
  point_list list;
  point_list_clear(&list, 8);
  vec3 sum = v3_add(face.edge1, face.edge2), difference = v3_sub(face.edge1, face.edge2);
  vec3 step1 = v3_scale(face.edge1, splat(2)), step2 = v3_scale(face.edge2, splat(2));
  append_incident_edge(&list, 0, f, slack, v3_add(face.center, sum), v3_negate(step1), margin);
  append_incident_edge(&list, 2, f, slack, v3_sub(face.center, difference), v3_negate(step2), margin);
  append_incident_edge(&list, 4, f, slack, v3_sub(face.center, sum), step1, margin);
  append_incident_edge(&list, 6, f, slack, v3_add(face.center, difference), step2, margin);
  for (int i = 0; i < 4; i++)
    append_reference_corner(&list, 8, f, half_slack, face, i & 1 ? f.half_u : -f.half_u, i & 2 ? f.half_v : -f.half_v,
                            margin);
  return list;
}

/* ------------------------------------------------------------------------------------------------ edge against edge */

/* The point midway between the edge of A and the edge of B that meet along `best`, in the frame of A.
 * Each edge is the one of its four farthest towards the other box; on them the nearest points are found as for
 * capsules, without the clamping that a true axis of least penetration never needs, but bounded by their lengths. */
KERNEL vec3 edges_midpoint(relative_box b, vec3 size_a, vec3 size_b, separating_axis best) {
  vec3 direction_a = v3_zero(), direction_b = v3_zero();
  real half_a = zero(), half_b = zero();
  vec3 corner_a = v3_zero(), corner_b = b.center;
  for (int i = 0; i < 3; i++) {
    mask is_edge_a = ge(best.code, splat((scalar)(6 + 3 * i))) & lt(best.code, splat((scalar)(9 + 3 * i)));
    real half = v3_component(size_a, i);
    direction_a = v3_choose(is_edge_a, unit_axis(i), direction_a);
    half_a = choose(is_edge_a, half, half_a);
    real to_corner = choose(is_edge_a, zero(), side_of(v3_component(best.normal, i)) * half);
    corner_a = v3_madd(unit_axis(i), to_corner, corner_a);
  }
  for (int j = 0; j < 3; j++) {
    mask is_edge_b = eq(best.code, splat((scalar)(6 + j))) | eq(best.code, splat((scalar)(9 + j))) |
                     eq(best.code, splat((scalar)(12 + j)));
    real half = v3_component(size_b, j);
    direction_b = v3_choose(is_edge_b, b.axis[j], direction_b);
    half_b = choose(is_edge_b, half, half_b);
    real to_corner = choose(is_edge_b, zero(), -side_of(v3_dot(best.normal, b.axis[j])) * half);
    corner_b = v3_madd(b.axis[j], to_corner, corner_b);
  }
  vec3 apart = v3_sub(corner_a, corner_b), across = v3_cross(direction_a, direction_b);
  real cosine = v3_dot(direction_a, direction_b), u = -v3_dot(direction_a, apart), v = v3_dot(direction_b, apart);
  real sine_squared = v3_dot(across, across);
  real s = fmadd(cosine, v, u) / choose(gt(sine_squared, zero()), sine_squared, splat(1));
  s = clamp(s, -half_a, half_a);
  real t = clamp(fmadd(cosine, s, v), -half_b, half_b);
  vec3 on_a = v3_madd(direction_a, s, corner_a), on_b = v3_madd(direction_b, t, corner_b);
  return v3_scale(v3_add(on_a, on_b), splat((scalar)0.5));
}

/* ------------------------------------------------------------------------------------------------------- the pair */

/* Contacts of the lanes whose best axis is a face of one of the boxes. */
KERNEL void box_box_by_face(pose a, vec3 size_a, pose b, vec3 size_b, separating_axis best, vec3 normal, real margin,
                            contact_point *out) {
  mask of_b = gt(best.code, splat((scalar)2.5));
  pose reference, incident;
  reference.position = v3_choose(of_b, b.position, a.position);
  reference.rotation.row0 = v3_choose(of_b, b.rotation.row0, a.rotation.row0);
  reference.rotation.row1 = v3_choose(of_b, b.rotation.row1, a.rotation.row1);
  reference.rotation.row2 = v3_choose(of_b, b.rotation.row2, a.rotation.row2);
  incident.position = v3_choose(of_b, a.position, b.position);
  incident.rotation.row0 = v3_choose(of_b, a.rotation.row0, b.rotation.row0);
  incident.rotation.row1 = v3_choose(of_b, a.rotation.row1, b.rotation.row1);
  incident.rotation.row2 = v3_choose(of_b, a.rotation.row2, b.rotation.row2);
  vec3 reference_size = v3_choose(of_b, size_b, size_a), incident_size = v3_choose(of_b, size_a, size_b);
  real face = choose(of_b, best.code - splat(3), best.code);

  face_frame f = face_frame_of(reference, reference_size, face, v3_choose(of_b, v3_negate(normal), normal));
  point_list list = clip_faces(f, incident_face_of(f, incident, incident_size), margin);
  for (int slot = 0; slot < 8; slot++) {
    vec3 p = list.position[slot];
    real midway = splat((scalar)0.5) * (p.z + f.half_w);
    out[slot].distance = list.distance[slot];
    out[slot].position = v3_madd(f.u, p.x, v3_madd(f.v, p.y, v3_madd(f.w, midway, f.origin)));
    out[slot].normal = normal;
    out[slot].tangent = v3_zero();
  }
}

/* 8 slots. The distance is measured along the normal. Boxes that do not touch get their separation along the best axis,
 * which is less than the distance where two corners, or a corner and an edge, are nearest; MuJoCo does likewise. */
KERNEL void collide_box_box(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out, mask needed) {
  relative_box relative = box_relative(a, b);
  separating_axis best = box_separating_axis(relative, size_a, size_b);
  mask near = needed & le(best.separation, margin);
  if (!any_lane(near)) {
    for (int slot = 0; slot < 8; slot++) out[slot] = contact_none();
    return;
  }
  vec3 normal = m3_apply(a.rotation, best.normal);
  contact_point points[8];
  box_box_by_face(a, size_a, b, size_b, best, normal, margin, points);

  contact_point edge;
  edge.distance = best.separation;
  edge.position = v3_add(m3_apply(a.rotation, edges_midpoint(relative, size_a, size_b, best)), a.position);
  edge.normal = normal;
  edge.tangent = v3_zero();
  mask by_edge = gt(best.code, splat((scalar)5.5));
  points[0] = contact_choose(by_edge, edge, points[0]);
  for (int slot = 0; slot < 8; slot++) {
    if (slot > 0) points[slot].distance = choose(by_edge, splat(NO_CONTACT), points[slot].distance);
    contact_put(out + slot, points[slot], margin, near);
  }
}

#endif
