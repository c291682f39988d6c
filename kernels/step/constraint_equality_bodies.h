/* Equalities of two bodies. Connect: an anchor of the first meets an anchor of the second. Weld: also a frame of the first
 * has the orientation of a frame of the second.
 *
 * With the unit quaternions p and q of the first and the second frame, the violation of a weld's rotation is the vector part
 * of e = q* p, times torquescale: half a small angle. Where w is the angular velocity of the first body from the second's
 * and w' the same in the second frame's axes, e' = (0, w') e / 2, so that the vector part v of e = (s, v) changes by
 * (s w' + w' x v) / 2.
 *
 * As MuJoCo, the reference acceleration of these rows leaves out J' qvel, the acceleration that the present velocities alone
 * give the violation (mj_Jdotv). It is the difference of the two points' accelerations with qacc = 0. */
#ifndef MYR_CONSTRAINT_EQUALITY_BODIES_H
#define MYR_CONSTRAINT_EQUALITY_BODIES_H

#include "kernels/step/block.h"
#include "kernels/step/origin.h"

/* An anchor of a body. */
typedef struct tied_point {
  int body;
  vec3 arm; /* from the centre of mass of the body's tree, about which motion axes and velocities are given */
  vec3 position, origin; /* of the tree; the position counts from the origin */
} tied_point;

KERNEL tied_point tied_point_of(const constants *m, const fields *f, int e, int side) {
  tied_point p;
  p.body = side ? m->equality_body2[e] : m->equality_body1[e];
  vec3 anchor = v3_splat(m->equality_anchor + 6 * e + 3 * side);
  p.position = v3_add(v3_load(f->xpos + 3 * p.body), q4_rotate(q4_load(f->xquat + 4 * p.body), anchor));
  p.origin = body_origin(m, f, p.body);
  p.arm = v3_sub(p.position, v3_load(f->subtree_com + 3 * m->body_root[p.body]));
  return p;
}

/* The way from the second anchor to the first. */
KERNEL vec3 tied_way(const fields *f, tied_point one, tied_point two) {
  vec3 way = v3_sub(one.position, two.position);
  return f->lists->far ? v3_shifted(way, v3_sub(one.origin, two.origin)) : way;
}

/* The acceleration of an anchor with qacc = 0, but for gravity, which is the same everywhere. */
KERNEL vec3 tied_acceleration(const fields *f, tied_point p) {
  spatial a = s6_load(f->cacc + 6 * p.body), v = s6_load(f->cvel + 6 * p.body);
  return v3_add(s6_at(a, p.arm), v3_cross(v.rotation, s6_at(v, p.arm)));
}

/* ------------------------------------------------------------------------------------------------ rotation */
/* A weld's rotation: its violation, and the matrix that takes the angular velocity of the first body from the second's, in
 * world axes, to the rate of the violation. */
typedef struct tied_rotation {
  vec3 violation;
  mat3 rate;
} tied_rotation;

KERNEL scalar torque_scale(const constants *m, int e) { return m->equality_torquescale[e]; }

KERNEL quat tied_frame(const constants *m, const fields *f, int e, int side) {
  int body = side ? m->equality_body2[e] : m->equality_body1[e];
  return q4_multiply(q4_load(f->xquat + 4 * body), q4_splat(m->equality_frame + 8 * e + 4 * side));
}

KERNEL tied_rotation tied_rotation_of(const constants *m, const fields *f, int e) {
  quat second = tied_frame(m, f, e, 1);
  quat error = q4_multiply(q4_conjugate(second), tied_frame(m, f, e, 0));
  mat3 axes = m3_from_quat(second);
  vec3 x = m3_column0(axes), y = m3_column1(axes), z = m3_column2(axes);
  real half = splat((scalar)0.5 * torque_scale(m, e)), s = half * error.w;
  vec3 v = v3(half * error.x, half * error.y, half * error.z);
  tied_rotation r;
  r.violation = v3_add(v, v);
  r.rate.row0 = v3_madd(z, -v.y, v3_madd(y, v.z, v3_scale(x, s)));
  r.rate.row1 = v3_madd(x, -v.z, v3_madd(z, v.x, v3_scale(y, s)));
  r.rate.row2 = v3_madd(y, -v.x, v3_madd(x, v.y, v3_scale(z, s)));
  return r;
}

/* The second derivative of the violation with qacc = 0. The rate of w' is that of w less the turn of the second body, and
 * (0, w') (0, w') e / 4 is the share of the rate of e. */
KERNEL vec3 tied_rotation_acceleration(const constants *m, const fields *f, int e, tied_rotation r) {
  int one = m->equality_body1[e], two = m->equality_body2[e];
  vec3 turn = v3_load(f->cvel + 6 * two), w = v3_sub(v3_load(f->cvel + 6 * one), turn);
  vec3 rate = v3_sub(v3_load(f->cacc + 6 * one), v3_load(f->cacc + 6 * two));
  vec3 bent = m3_apply(r.rate, v3_sub(rate, v3_cross(turn, w)));
  return v3_madd(r.violation, splat((scalar)-0.25) * v3_dot(w, w), bent);
}

/* ------------------------------------------------------------------------------------------------ blocks */
KERNEL void store_column(real *J, int n, int j, vec3 column) {
  J[j] = column.x;
  J[n + j] = column.y;
  J[2 * n + j] = column.z;
}

/* A dof that moves both bodies moves both anchors, which may be apart, and turns both frames alike. */
KERNEL void anchor_jacobian(const constants *m, fields *f, const block *b, int e) {
  tied_point one = tied_point_of(m, f, e, 0), two = tied_point_of(m, f, e, 1);
  vec3 way = tied_way(f, one, two);
  const int32_t *number = m->equality_chain_number + 2 * m->equality_chain_start[e];
  EACH(j, b->dof_count) {
    spatial axis = s6_load(f->cdof + 6 * b->dofs[j]);
    int first = number[2 * j] >= 0, second = number[2 * j + 1] >= 0;
    vec3 column = v3_cross(axis.rotation, first && second ? way : first ? one.arm : two.arm);
    if (!(first && second)) column = v3_add(axis.translation, column);
    if (!first) column = v3_negate(column);
    store_column(f->jacobian + b->jacobian, b->dof_count, j, column);
  }
}

KERNEL void rotation_jacobian(const constants *m, fields *f, const block *b, int e) {
  tied_rotation r = tied_rotation_of(m, f, e);
  const int32_t *number = m->equality_chain_number + 2 * m->equality_chain_start[e];
  EACH(j, b->dof_count) {
    scalar side = (scalar)((number[2 * j] >= 0) - (number[2 * j + 1] >= 0));
    vec3 axis = v3_scale(s6_load(f->cdof + 6 * b->dofs[j]).rotation, splat(side));
    store_column(f->jacobian + b->jacobian, b->dof_count, j, m3_apply(r.rate, axis));
  }
}

KERNEL void body_tie_jacobian(const constants *m, fields *f, const block *b) {
  if (b->id % 2)
    rotation_jacobian(m, f, b, b->id / 2);
  else
    anchor_jacobian(m, f, b, b->id / 2);
}

/* The impedance of all rows follows from the length of the whole violation. */
KERNEL void finish_body_tie(const constants *m, fields *f, int index) {
  int id = f->lists->blocks[index].id, e = id / 2, turns = id % 2;
  tied_point one = tied_point_of(m, f, e, 0), two = tied_point_of(m, f, e, 1);
  vec3 violation = tied_way(f, one, two), bias = v3_sub(tied_acceleration(f, one), tied_acceleration(f, two));
  real squared = v3_dot(violation, violation);
  if (m->equality_type[e] == MYR_EQUALITY_WELD) {
    tied_rotation r = tied_rotation_of(m, f, e);
    squared = squared + v3_dot(r.violation, r.violation);
    if (turns) {
      violation = r.violation;
      bias = tied_rotation_acceleration(m, f, e, r);
    }
  }
  real weight = f->body_invweight0[2 * one.body + turns] + f->body_invweight0[2 * two.body + turns];
  finish_three_rows(m, f, index, violation, bias, square_root(squared), weight, m->equality_solref + 2 * e,
                    m->equality_solimp + 5 * e);
}

/* The force and torque of a tie's block on one of its two bodies, about the centre of mass of the body's tree. MuJoCo 4.0.1
 * takes the forces of a weld's rotation rows for a torque in world axes (mj_rnePostConstraint); ours is the torque that
 * moves the body. */
KERNEL spatial tie_wrench(const constants *m, const fields *f, int index, int side) {
  int id = f->lists->blocks[index].id, e = id / 2;
  vec3 force = v3_load(f->block_force + 6 * index);
  if (side) force = v3_negate(force);
  if (id % 2) return s6(m3_apply_transposed(tied_rotation_of(m, f, e).rate, force), v3_zero());
  return s6(v3_cross(tied_point_of(m, f, e, side).arm, force), force);
}

#endif
