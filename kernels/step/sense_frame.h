/* The frames that sensors are attached to, and their motion. */
#ifndef MYR_SENSE_FRAME_H
#define MYR_SENSE_FRAME_H

#include "kernels/step/origin.h"
#include "kernels/step/velocity.h"

typedef struct sensor_frame {
  int body;
  vec3 position; /* m, from the origin of the body's tree */
  vec3 origin;   /* m, of the tree, in the world */
  quat orientation;
  mat3 axes; /* the same: from the frame's axes to the world's */
} sensor_frame;

KERNEL sensor_frame frame_of_body(const constants *m, const fields *f, int body, int inertial, const scalar *pos,
                                  const scalar *turn) {
  sensor_frame a;
  quat q = q4_load(f->xquat + 4 * body);
  a.body = body;
  a.position =
      inertial ? v3_load(f->xipos + 3 * body) : v3_add(v3_load(f->xpos + 3 * body), q4_rotate(q, v3_splat(pos)));
  a.origin = body_origin(m, f, body);
  a.orientation = q4_multiply(q, q4_splat(turn));
  a.axes = m3_from_quat(a.orientation);
  return a;
}

KERNEL sensor_frame object_frame(const constants *m, const fields *f, int s) {
  return frame_of_body(m, f, m->sensor_body[s], m->sensor_inertial[s], m->sensor_pos + 3 * s, m->sensor_quat + 4 * s);
}
KERNEL sensor_frame reference_frame(const constants *m, const fields *f, int s) {
  return frame_of_body(m, f, m->sensor_reference_body[s], m->sensor_reference_inertial[s],
                       m->sensor_reference_pos + 3 * s, m->sensor_reference_quat + 4 * s);
}

/* From a frame's position to another's, which may belong to another tree. */
KERNEL vec3 way_between(sensor_frame from, sensor_frame to) {
  return v3_shifted(v3_sub(to.position, from.position), v3_sub(to.origin, from.origin));
}

/* From the tree's centre of mass, about which spatial vectors are. */
KERNEL vec3 frame_arm(const constants *m, const fields *f, sensor_frame a) {
  return v3_sub(a.position, v3_load(f->subtree_com + 3 * m->body_root[a.body]));
}

/* A spatial motion about the tree's centre of mass, moved to the frame. */
KERNEL spatial motion_at(const constants *m, const fields *f, sensor_frame a, spatial motion) {
  return s6(motion.rotation, s6_at(motion, frame_arm(m, f, a)));
}

/* World axes. */
KERNEL spatial frame_velocity(const constants *m, const fields *f, sensor_frame a) {
  return motion_at(m, f, a, s6_load(f->cvel + 6 * a.body));
}

/* World axes, minus gravity. */
KERNEL spatial frame_acceleration(const constants *m, const fields *f, sensor_frame a) {
  spatial v = frame_velocity(m, f, a), acceleration = motion_at(m, f, a, s6_load(f->body_acceleration + 6 * a.body));
  acceleration.translation = v3_add(acceleration.translation, v3_cross(v.rotation, v.translation));
  return acceleration;
}

/* The object's velocity as somebody sees it who moves along with the reference; world axes. */
KERNEL spatial velocity_in_reference(const constants *m, const fields *f, int s) {
  sensor_frame a = object_frame(m, f, s);
  spatial v = frame_velocity(m, f, a);
  if (m->sensor_reference_body[s] < 0) return v;
  sensor_frame b = reference_frame(m, f, s);
  spatial w = frame_velocity(m, f, b);
  return s6(v3_sub(v.rotation, w.rotation), v3_sub(v.translation, s6_at(w, way_between(b, a))));
}

#endif
