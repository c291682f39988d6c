/* On what an actuator acts, and how far: its length, and the derivative of the length by each dof. One dof or a tendon
 * needs no numbers of its own. Sites, cranks, balls, free joints and contacts have levers, whose moments change with the
 * pose ("Computation: Transmission"). */
#ifndef MYR_TRANSMISSION_H
#define MYR_TRANSMISSION_H

#include "kernels/step/constraint_contact.h"
#include "kernels/step/velocity.h"

/* ------------------------------------------------------------------------------------------------ joints */
/* The gear of a ball joint turns with the body, or stays with the parent. */
KERNEL vec3 gear_about(const constants *m, int i, const scalar *gear, quat q) {
  vec3 axis = v3_splat(gear);
  return m->actuator_transmission[i] == MYR_TRANSMISSION_JOINT_IN_PARENT ? q4_rotate(q4_conjugate(q), axis) : axis;
}

KERNEL real joint_levers(const constants *m, fields *f, int i) {
  int j = m->actuator_target[i], is_free = m->jnt_type[j] == MYR_JOINT_FREE;
  const scalar *gear = m->actuator_wrench + 6 * i;
  real *moment = f->lever_moment + m->lever_start[i];
  quat q = q4_normalize(q4_load(f->qpos + m->jnt_qpos_start[j] + (is_free ? 3 : 0)));
  vec3 axis = gear_about(m, i, is_free ? gear + 3 : gear, q);
  if (is_free) {
    v3_store(moment, v3_splat(gear));
    v3_store(moment + 3, axis);
    return zero();
  }
  v3_store(moment, axis);
  return v3_dot(quaternion_difference(q, q4(splat(1), zero(), zero(), zero())), axis);
}

/* ------------------------------------------------------------------------------------------------ sites */
/* The velocity of a point of the dof's tree for a unit velocity of the dof. */
KERNEL vec3 point_rate(const constants *m, const fields *f, int dof, vec3 point) {
  vec3 arm = v3_sub(point, v3_load(f->subtree_com + 3 * m->body_root[m->dof_body[dof]]));
  spatial axis = s6_load(f->cdof + 6 * dof);
  return s6_at(axis, arm);
}

KERNEL quat site_orientation(const constants *m, const fields *f, int site) {
  return q4_multiply(q4_load(f->xquat + 4 * m->site_body[site]), q4_splat(m->site_quat + 4 * site));
}

/* The length of a site's way from its reference, along and about the gear's axes in the reference's frame. */
KERNEL real length_from_reference(const constants *m, const fields *f, int i, quat frame) {
  int site = m->actuator_target[i], reference = m->actuator_reference[i];
  const scalar *gear = m->actuator_wrench + 6 * i;
  vec3 way = v3_sub(site_from(m, f, site, m->site_body[reference]), site_position(m, f, reference));
  vec3 turn = quaternion_difference(site_orientation(m, f, site), frame);
  return v3_dot(q4_rotate(q4_conjugate(frame), way), v3_splat(gear)) + v3_dot(turn, v3_splat(gear + 3));
}

KERNEL real site_levers(const constants *m, fields *f, int i) {
  int site = m->actuator_target[i], reference = m->actuator_reference[i];
  const scalar *gear = m->actuator_wrench + 6 * i;
  quat frame = site_orientation(m, f, reference < 0 ? site : reference);
  vec3 force = q4_rotate(frame, v3_splat(gear)), torque = q4_rotate(frame, v3_splat(gear + 3));
  vec3 point = site_position(m, f, site), other = reference < 0 ? point : site_position(m, f, reference);
  for (int k = m->lever_start[i]; k < m->lever_start[i + 1]; k++) {
    int dof = m->lever_dof[k], side = m->lever_side[k];
    real moment =
        v3_dot(force, point_rate(m, f, dof, side > 0 ? point : other)) + v3_dot(torque, v3_load(f->cdof + 6 * dof));
    f->lever_moment[k] = side > 0 ? moment : -moment;
  }
  return reference < 0 ? zero() : length_from_reference(m, f, i, frame);
}

/* A rod leads from the crank, a site, to a slider on the axis z of another site: the length is the slider's place on the
 * axis. Where the rod is too short, it is that of the crank's foot. */
KERNEL real crank_levers(const constants *m, fields *f, int i) {
  int crank = m->actuator_target[i], slider = m->actuator_reference[i];
  scalar gear = m->actuator_gear[i], rod = m->actuator_crank[i];
  vec3 axis = q4_rotate(site_orientation(m, f, slider), v3(zero(), zero(), splat(1)));
  vec3 start = site_position(m, f, slider), end = site_position(m, f, crank);
  vec3 way = v3_sub(seen_from(m, f, end, m->site_body[crank], m->site_body[slider]), start);
  real along = v3_dot(way, axis), square = fmadd(along, along, splat(rod * rod)) - v3_dot(way, way);
  mask reaches = gt(square, zero());
  real root = square_root(choose(reaches, square, splat(1)));
  real share = choose(reaches, splat(1) - along / root, splat(1)), pull = choose(reaches, splat(1) / root, zero());
  vec3 by_way = v3_madd(way, pull, v3_scale(axis, share)), by_axis = v3_scale(way, share);
  for (int k = m->lever_start[i]; k < m->lever_start[i + 1]; k++) {
    int dof = m->lever_dof[k];
    real moment = v3_dot(by_way, point_rate(m, f, dof, m->lever_side[k] > 0 ? end : start));
    if (m->lever_side[k] < 0) moment = v3_dot(by_axis, v3_cross(v3_load(f->cdof + 6 * dof), axis)) - moment;
    f->lever_moment[k] = moment * splat(gear);
  }
  return choose(reaches, along - root, along) * splat(gear);
}

/* ------------------------------------------------------------------------------------------------ contacts */
/* The rate of a contact's distance for a unit velocity of entry c of its pair's dofs. */
KERNEL real normal_rate(const constants *m, const fields *f, int slot, int c) {
  int pair = f->lists->slot_pair[slot], dof = m->pair_chain_dof[c];
  vec3 point = v3_load(f->slot_position + 3 * slot), origin = contact_origin(m, f, pair);
  if (f->lists->far) point = v3_shifted(point, v3_sub(origin, v3_load(f->origin + 3 * m->body_root[m->dof_body[dof]])));
  return v3_dot(v3_load(f->slot_frame + 9 * slot), point_rate(m, f, dof, point)) * splat((scalar)m->pair_chain_side[c]);
}

/* Subtracts the rates of a contact, in the lanes that have it, from the levers of actuator i. */
KERNEL void add_contact(const constants *m, fields *f, int i, int slot, mask has) {
  int pair = f->lists->slot_pair[slot], k = m->lever_start[i];
  for (int c = m->pair_chain_start[pair]; c < m->pair_chain_start[pair + 1]; c++) {
    while (m->lever_dof[k] != m->pair_chain_dof[c]) k++; /* both ascend, and the levers have all dofs of the pair */
    f->lever_moment[k] = f->lever_moment[k] - choose(has, normal_rate(m, f, slot, c), zero());
  }
}

/* The mean over the body's contacts, near ones included. A positive force draws the geoms together. */
KERNEL real contact_levers(const constants *m, fields *f, int i) {
  int body = m->actuator_target[i], first = m->lever_start[i], end = m->lever_start[i + 1];
  real count = zero();
  for (int k = first; k < end; k++) f->lever_moment[k] = zero();
  for (int slot = 0; slot < f->lists->slot_count; slot++) {
    int p = f->lists->slot_pair[slot];
    if (m->geom_body[m->pair_geom1[p]] != body && m->geom_body[m->pair_geom2[p]] != body) continue;
    mask has = lt(f->slot_distance[slot], splat(m->pair_margin[p] + m->pair_gap[p]));
    count = count + mask_to_real(has);
    add_contact(m, f, i, slot, has);
  }
  real share = splat(1) / maximum(count, splat(1));
  for (int k = first; k < end; k++) f->lever_moment[k] = f->lever_moment[k] * share;
  return zero();
}

/* ------------------------------------------------------------------------------------------------ actuators */
/* A ball's or a free joint's actuator always has levers; one on a site that cannot move has none. */
KERNEL int is_on_tendon(const constants *m, int i) { return m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON; }
KERNEL int has_levers(const constants *m, int i) { return m->lever_start[i] < m->lever_start[i + 1]; }

KERNEL void measure_levers(const constants *m, fields *f, int i) {
  real length, velocity = zero();
  switch (m->actuator_transmission[i]) {
  case MYR_TRANSMISSION_SITE: length = site_levers(m, f, i); break;
  case MYR_TRANSMISSION_SLIDER_CRANK: length = crank_levers(m, f, i); break;
  case MYR_TRANSMISSION_BODY: length = contact_levers(m, f, i); break;
  default: length = joint_levers(m, f, i);
  }
  for (int k = m->lever_start[i]; k < m->lever_start[i + 1]; k++)
    velocity = fmadd(f->lever_moment[k], f->qvel[m->lever_dof[k]], velocity);
  f->actuator_length[i] = length;
  f->actuator_velocity[i] = velocity;
}

KERNEL void measure_actuator(const constants *m, fields *f, int i) {
  int target = m->actuator_target[i];
  real gear = splat(m->actuator_gear[i]);
  if (is_on_tendon(m, i)) {
    f->actuator_length[i] = gear * f->tendon_length[target];
    f->actuator_velocity[i] = gear * f->tendon_velocity[target];
  } else if (m->actuator_transmission[i] > MYR_TRANSMISSION_JOINT_IN_PARENT || has_levers(m, i)) {
    measure_levers(m, f, i);
  } else {
    f->actuator_length[i] = gear * f->qpos[m->jnt_qpos_start[target]];
    f->actuator_velocity[i] = gear * f->qvel[m->jnt_dof_start[target]];
  }
}

#endif
