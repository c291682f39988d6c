/* The numbers of a model's sensors, after MuJoCo's definitions ("Modeling: sensor"); sensor.def is their list.
 *
 * A sensor of positions or velocities shows the state at the beginning of a control step. A sensor of forces or
 * accelerations shows the last timestep before that state (sensor_held), because forces depend on controls, and those of
 * the next action are not known to whoever reads the sensor. In the first row there is no timestep before, and it shows
 * the first. */
#ifndef MYR_SENSE_H
#define MYR_SENSE_H

#include "kernels/step/ray.h"
#include "kernels/step/sense_force.h"
#include "kernels/step/sense_frame.h"
#include "kernels/step/sense_limit.h"
#include "kernels/step/sense_subtree.h"
#include "kernels/step/sense_zone.h"

/* ------------------------------------------------------------------------------------------------ devices */
KERNEL void sense_touch(const constants *m, const fields *f, int s, real *out) { out[0] = force_in_zone(m, f, s); }

KERNEL void sense_accelerometer(const constants *m, const fields *f, int s, real *out) {
  sensor_frame a = object_frame(m, f, s);
  v3_store(out, m3_apply_transposed(a.axes, frame_acceleration(m, f, a).translation));
}
KERNEL void sense_velocimeter(const constants *m, const fields *f, int s, real *out) {
  sensor_frame a = object_frame(m, f, s);
  v3_store(out, m3_apply_transposed(a.axes, frame_velocity(m, f, a).translation));
}
KERNEL void sense_gyro(const constants *m, const fields *f, int s, real *out) {
  sensor_frame a = object_frame(m, f, s);
  v3_store(out, m3_apply_transposed(a.axes, frame_velocity(m, f, a).rotation));
}

/* Between the frame's body and its parent, at the frame. */
KERNEL void sense_force(const constants *m, const fields *f, int s, real *out) {
  sensor_frame a = object_frame(m, f, s);
  v3_store(out, m3_apply_transposed(a.axes, v3_load(f->body_wrench + 6 * a.body + 3)));
}
KERNEL void sense_torque(const constants *m, const fields *f, int s, real *out) {
  sensor_frame a = object_frame(m, f, s);
  vec3 about = v3_sub(v3_load(f->body_wrench + 6 * a.body),
                      v3_cross(frame_arm(m, f, a), v3_load(f->body_wrench + 6 * a.body + 3)));
  v3_store(out, m3_apply_transposed(a.axes, about));
}

KERNEL void sense_magnetometer(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, m3_apply_transposed(object_frame(m, f, s).axes, v3_splat(m->sensor_magnetic + 3 * s)));
}

/* Along the site's z axis; -1 where it meets nothing. */
KERNEL void sense_rangefinder(const constants *m, const fields *f, int s, real *out) {
  sensor_frame a = object_frame(m, f, s);
  real distance = distance_along_ray(m, f, a.body, a.position, m3_column2(a.axes));
  out[0] = choose(lt(distance, splat(NO_DISTANCE)), distance, splat(-1));
}

/* The site's place in the camera's image, from its upper left corner, x right and y down; so is a place behind the
 * camera, mirrored. As in MuJoCo, the image's middle is on the optical axis, whatever the camera's principal point. A
 * camera looks along its -z. */
KERNEL void sense_camprojection(const constants *m, const fields *f, int s, real *out) {
  sensor_frame camera = reference_frame(m, f, s);
  vec3 way = m3_apply_transposed(camera.axes, way_between(camera, object_frame(m, f, s)));
  real least = choose(lt(way.z, zero()), splat(-SMALLEST), splat(SMALLEST));
  real depth = choose(lt(absolute(way.z), splat(SMALLEST)), least, way.z);
  real inverse = splat(1) / depth;
  out[0] = splat(m->sensor_image_middle[2 * s]) - splat(m->sensor_focal[2 * s]) * way.x * inverse;
  out[1] = splat(m->sensor_image_middle[2 * s + 1]) + splat(m->sensor_focal[2 * s + 1]) * way.y * inverse;
}

/* 1 or 0. */
KERNEL void sense_insidesite(const constants *m, const fields *f, int s, real *out) {
  sensor_frame site = reference_frame(m, f, s);
  vec3 way = m3_apply_transposed(site.axes, way_between(site, object_frame(m, f, s)));
  mask inside = room_holds(m->sensor_zone[s], m->sensor_zone_size + 3 * s, way);
  out[0] = choose(inside, splat(1), zero());
}

/* ------------------------------------------------------------------------------------------------ joints, tendons */
KERNEL int sensed_dof(const constants *m, int s) { return m->jnt_dof_start[m->sensor_joint[s]]; }

KERNEL void sense_jointpos(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->qpos[m->jnt_qpos_start[m->sensor_joint[s]]];
}
KERNEL void sense_jointvel(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->qvel[sensed_dof(m, s)];
}
KERNEL void sense_jointactuatorfrc(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->qfrc_actuator[sensed_dof(m, s)];
}
KERNEL void sense_ballquat(const constants *m, const fields *f, int s, real *out) {
  q4_store(out, q4_normalize(q4_load(f->qpos + m->jnt_qpos_start[m->sensor_joint[s]])));
}
KERNEL void sense_ballangvel(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, v3_load(f->qvel + sensed_dof(m, s)));
}
KERNEL void sense_tendonpos(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->tendon_length[m->sensor_tendon[s]];
}
KERNEL void sense_tendonvel(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->tendon_velocity[m->sensor_tendon[s]];
}
KERNEL void sense_tendonactuatorfrc(const constants *m, const fields *f, int s, real *out) {
  real sum = zero();
  for (int i = 0; i < m->nu; i++)
    if (m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON && m->actuator_target[i] == m->sensor_tendon[s])
      sum = sum + f->actuator_force[i];
  out[0] = sum;
}
KERNEL void sense_actuatorpos(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->actuator_length[m->sensor_actuator[s]];
}
KERNEL void sense_actuatorvel(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->actuator_velocity[m->sensor_actuator[s]];
}
KERNEL void sense_actuatorfrc(const constants *m, const fields *f, int s, real *out) {
  out[0] = f->actuator_force[m->sensor_actuator[s]];
}

KERNEL void sense_jointlimitpos(const constants *m, const fields *f, int s, real *out) {
  out[0] = limit_of(f, MYR_ROW_LIMIT_JOINT, m->sensor_joint[s]).violation;
}
KERNEL void sense_jointlimitvel(const constants *m, const fields *f, int s, real *out) {
  out[0] = limit_of(f, MYR_ROW_LIMIT_JOINT, m->sensor_joint[s]).rate;
}
KERNEL void sense_jointlimitfrc(const constants *m, const fields *f, int s, real *out) {
  out[0] = limit_of(f, MYR_ROW_LIMIT_JOINT, m->sensor_joint[s]).force;
}
KERNEL void sense_tendonlimitpos(const constants *m, const fields *f, int s, real *out) {
  out[0] = limit_of(f, MYR_ROW_LIMIT_TENDON, m->sensor_tendon[s]).violation;
}
KERNEL void sense_tendonlimitvel(const constants *m, const fields *f, int s, real *out) {
  out[0] = limit_of(f, MYR_ROW_LIMIT_TENDON, m->sensor_tendon[s]).rate;
}
KERNEL void sense_tendonlimitfrc(const constants *m, const fields *f, int s, real *out) {
  out[0] = limit_of(f, MYR_ROW_LIMIT_TENDON, m->sensor_tendon[s]).force;
}

/* ------------------------------------------------------------------------------------------------ frames */
KERNEL void sense_framepos(const constants *m, const fields *f, int s, real *out) {
  sensor_frame a = object_frame(m, f, s);
  if (m->sensor_reference_body[s] < 0) {
    v3_store(out, in_world(a.position, a.origin));
    return;
  }
  sensor_frame b = reference_frame(m, f, s);
  v3_store(out, m3_apply_transposed(b.axes, way_between(b, a)));
}

KERNEL void sense_framequat(const constants *m, const fields *f, int s, real *out) {
  quat a = object_frame(m, f, s).orientation;
  if (m->sensor_reference_body[s] >= 0) a = q4_multiply(q4_conjugate(reference_frame(m, f, s).orientation), a);
  q4_store(out, a);
}

KERNEL vec3 in_reference(const constants *m, const fields *f, int s, vec3 in_world_axes) {
  if (m->sensor_reference_body[s] < 0) return in_world_axes;
  return m3_apply_transposed(reference_frame(m, f, s).axes, in_world_axes);
}
KERNEL void sense_framexaxis(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, in_reference(m, f, s, m3_column0(object_frame(m, f, s).axes)));
}
KERNEL void sense_frameyaxis(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, in_reference(m, f, s, m3_column1(object_frame(m, f, s).axes)));
}
KERNEL void sense_framezaxis(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, in_reference(m, f, s, m3_column2(object_frame(m, f, s).axes)));
}
KERNEL void sense_framelinvel(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, in_reference(m, f, s, velocity_in_reference(m, f, s).translation));
}
KERNEL void sense_frameangvel(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, in_reference(m, f, s, velocity_in_reference(m, f, s).rotation));
}
KERNEL void sense_framelinacc(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, frame_acceleration(m, f, object_frame(m, f, s)).translation);
}
KERNEL void sense_frameangacc(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, frame_acceleration(m, f, object_frame(m, f, s)).rotation);
}

/* ------------------------------------------------------------------------------------------------ the world */
KERNEL void sense_subtreecom(const constants *m, const fields *f, int s, real *out) {
  int b = m->sensor_body[s];
  v3_store(out, in_world(v3_load(f->subtree_com + 3 * b), body_origin(m, f, b)));
}
KERNEL void sense_subtreelinvel(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, subtree_motion(m, f, m->sensor_body[s]).translation);
}
KERNEL void sense_subtreeangmom(const constants *m, const fields *f, int s, real *out) {
  v3_store(out, subtree_motion(m, f, m->sensor_body[s]).rotation);
}
KERNEL void sense_e_potential(const constants *m, const fields *f, int s, real *out) {
  (void)m, (void)s;
  out[0] = f->energy[1];
}
KERNEL void sense_e_kinetic(const constants *m, const fields *f, int s, real *out) {
  (void)m, (void)s;
  out[0] = f->energy[0];
}
KERNEL void sense_clock(const constants *m, const fields *f, int s, real *out) {
  (void)m, (void)s;
  out[0] = f->time[0];
}

/* ------------------------------------------------------------------------------------------------ all */
KERNEL int needs_force(const constants *m, int s) { return m->sensor_need[s] >= MYR_NEEDS_FORCE; }

/* Writes the numbers of a sensor. */
STAGE void sense_one(const constants *m, const fields *f, int s, real *out) {
  switch (m->sensor_type[s]) {
#define SENSOR(name, word, needs, of, unit, frame, columns, group) \
  case MYR_SENSOR_##name:                                          \
    sense_##word(m, f, s, out);                                    \
    break;
#include "kernels/sensor.def"
  default: break;
  }
}

/* x + 0 makes every zero positive, because a zero's sign may depend on the neighbours' rows. */
KERNEL void bound_sensor(const constants *m, int s, real *out) {
  real most = splat(m->sensor_cutoff[s]);
  for (int k = 0; k < m->sensor_dim[s]; k++) {
    if (m->sensor_cutoff_rule[s] != MYR_CUTOFF_NONE) out[k] = minimum(out[k], most);
    if (m->sensor_cutoff_rule[s] == MYR_CUTOFF_BOTH) out[k] = maximum(out[k], -most);
    out[k] = out[k] + zero();
  }
}

KERNEL void sense(const constants *m, const fields *f, int s, real *out) {
  sense_one(m, f, s, out);
  bound_sensor(m, s, out);
}

KERNEL mask has_measured(const constants *m, const fields *f, int s) {
  return mask_not(eq(f->sensor_held[m->sensor_start[s]], splat(MYR_NOT_MEASURED)));
}

KERNEL int some_have_not_measured(const constants *m, const fields *f) {
  for (int s = 0; s < m->nsensor; s++)
    if (needs_force(m, s)) return !all_lanes(has_measured(m, f, s)); /* all measure together */
  return 0;
}

/* Shows the held numbers, and the present ones where nothing was held yet. */
KERNEL void show_held(const constants *m, fields *f, int s) {
  int start = m->sensor_start[s];
  real *shown = f->sensordata + start, *held = f->sensor_held + start;
  mask measured = has_measured(m, f, s);
  if (!all_lanes(measured)) sense(m, f, s, shown);
  for (int k = 0; k < m->sensor_dim[s]; k++) shown[k] = choose(measured, held[k], shown[k]);
}

/* Of a position in the world: the position is the number and this. */
KERNEL void show_rest(const constants *m, fields *f, int s) {
  real *rest = f->sensordata_rest + m->sensor_start[s];
  for (int k = 0; k < m->sensor_dim[s]; k++) rest[k] = zero();
  if (m->sensor_cutoff_rule[s] != MYR_CUTOFF_NONE) return;
  int b = m->sensor_body[s];
  if (m->sensor_type[s] == MYR_SENSOR_SUBTREECOM)
    v3_store(rest, rest_of_position(m, f, b, v3_load(f->subtree_com + 3 * b)));
  else if (m->sensor_type[s] == MYR_SENSOR_FRAMEPOS && m->sensor_reference_body[s] < 0)
    v3_store(rest, rest_of_position(m, f, b, object_frame(m, f, s).position));
}

/* Writes the labels of all sensors. Energies must have been observed. */
STAGE void observe_sensors(const constants *m, fields *f) {
  if (some_have_not_measured(m, f)) body_accelerations(m, f);
  EACH(s, m->nsensor) {
    if (m->sensor_need[s] == MYR_NEEDS_NOTHING) continue;
    if (needs_force(m, s))
      show_held(m, f, s);
    else
      sense(m, f, s, f->sensordata + m->sensor_start[s]);
    show_rest(m, f, s);
  }
}

/* Keeps the numbers of the sensors that need forces, for the labels of the next control step. */
STAGE void hold_sensors(const constants *m, fields *f) {
  body_accelerations(m, f);
  EACH(s, m->nsensor) if (needs_force(m, s)) sense(m, f, s, f->sensor_held + m->sensor_start[s]);
}

#endif
