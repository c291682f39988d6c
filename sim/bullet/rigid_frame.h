/* Frames and rotations in double, w x y z. */
#ifndef MYR_BULLET_RIGID_FRAME_H
#define MYR_BULLET_RIGID_FRAME_H

#include <string.h>

#include "sim/bullet/bullet_c.h"
#include "sim/deterministic_math.h"

static inline void quaternion_multiply(const double a[4], const double b[4], double out[4]) {
  double w = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  double x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  double y = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  double z = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
  out[0] = w, out[1] = x, out[2] = y, out[3] = z;
}

/* Rows of the rotation matrix. */
static inline void quaternion_matrix(const double q[4], double m[9]) {
  double w = q[0], x = q[1], y = q[2], z = q[3];
  m[0] = 1 - 2 * (y * y + z * z), m[1] = 2 * (x * y - w * z), m[2] = 2 * (x * z + w * y);
  m[3] = 2 * (x * y + w * z), m[4] = 1 - 2 * (x * x + z * z), m[5] = 2 * (y * z - w * x);
  m[6] = 2 * (x * z - w * y), m[7] = 2 * (y * z + w * x), m[8] = 1 - 2 * (x * x + y * y);
}

static inline void quaternion_rotate(const double q[4], const double v[3], double out[3]) {
  double m[9], r[3];
  quaternion_matrix(q, m);
  for (int k = 0; k < 3; k++) r[k] = m[3 * k] * v[0] + m[3 * k + 1] * v[1] + m[3 * k + 2] * v[2];
  memcpy(out, r, sizeof r);
}

static inline void quaternion_normalize(double q[4]) {
  double length = portable_sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  for (int k = 0; k < 4; k++) q[k] = length > 0 ? q[k] / length : k == 0;
}

/* The rotation vector (rad) that takes orientation b to orientation a, in b's axes. */
static inline void quaternion_difference(const double a[4], const double b[4], double out[3]) {
  const double pi = 3.14159265358979323846, inverse[4] = {b[0], -b[1], -b[2], -b[3]};
  double d[4];
  quaternion_multiply(inverse, a, d);
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
  quaternion_rotate(frame->rotation, point, turned);
  for (int k = 0; k < 3; k++) out[k] = frame->position[k] + turned[k];
}

/* b, given in a's frame, in the frame that a is given in. */
static inline bullet_frame frame_compose(const bullet_frame *a, const bullet_frame *b) {
  bullet_frame out;
  frame_point(a, b->position, out.position);
  quaternion_multiply(a->rotation, b->rotation, out.rotation);
  quaternion_normalize(out.rotation);
  return out;
}

#endif
