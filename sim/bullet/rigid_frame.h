/* Frames and rotations in double precision; quaternions are w x y z. */
#ifndef MYR_BULLET_RIGID_FRAME_H
#define MYR_BULLET_RIGID_FRAME_H

#include <string.h>

#include "kernels/rotation.h"
#include "sim/bullet/bullet_c.h"
#include "sim/deterministic_math.h"

static inline void quaternion_normalize(double q[4]) {
  double length = portable_sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  for (int k = 0; k < 4; k++) q[k] = length > 0 ? q[k] / length : k == 0;
}

/* The rotation vector (rad) that takes orientation b to orientation a, in b's axes. */
static inline void quaternion_difference(const double a[4], const double b[4], double out[3]) {
  const double pi = 3.14159265358979323846, inverse[4] = {b[0], -b[1], -b[2], -b[3]};
  double d[4];
  myr_quaternion_multiply(inverse, a, d);
  double s = portable_sqrt(d[1] * d[1] + d[2] * d[2] + d[3] * d[3]), angle = 2 * portable_atan2(s, d[0]);
  if (angle > pi) angle -= 2 * pi;
  for (int k = 0; k < 3; k++) out[k] = s < 1e-15 ? 0 : d[1 + k] * (angle / s);
}

static inline bullet_frame frame_identity(void) { return (bullet_frame){.rotation = {1}}; }

static inline bullet_frame frame_at(const double position[3], const double rotation[4]) {
  bullet_frame frame;
  memcpy(frame.position, position, sizeof frame.position);
  memcpy(frame.rotation, rotation, sizeof frame.rotation);
  return frame;
}

static inline void frame_point(const bullet_frame *frame, const double point[3], double out[3]) {
  double turned[3];
  myr_quaternion_rotate(frame->rotation, point, turned);
  for (int k = 0; k < 3; k++) out[k] = frame->position[k] + turned[k];
}

/* a times b: b is given in a's frame; the result is in the frame in which a is given. */
static inline bullet_frame frame_compose(const bullet_frame *a, const bullet_frame *b) {
  bullet_frame out;
  frame_point(a, b->position, out.position);
  myr_quaternion_multiply(a->rotation, b->rotation, out.rotation);
  quaternion_normalize(out.rotation);
  return out;
}

#endif
