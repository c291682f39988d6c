/* Rigid poses as plain scalars: position, unit quaternion w x y z, rotation matrix row major. */
#ifndef MYR_RENDER_RIGID_H
#define MYR_RENDER_RIGID_H

#include "sim/deterministic_math.h"

static inline void quaternion_multiply(const float a[4], const float b[4], float out[4]) {
  float w = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  float x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  float y = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  float z = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
  out[0] = w, out[1] = x, out[2] = y, out[3] = z;
}

static inline void rotation_of_quaternion(const float q[4], float m[9]) {
  float w = q[0], x = q[1], y = q[2], z = q[3];
  m[0] = 1 - 2 * (y * y + z * z), m[1] = 2 * (x * y - w * z), m[2] = 2 * (x * z + w * y);
  m[3] = 2 * (x * y + w * z), m[4] = 1 - 2 * (x * x + z * z), m[5] = 2 * (y * z - w * x);
  m[6] = 2 * (x * z - w * y), m[7] = 2 * (y * z + w * x), m[8] = 1 - 2 * (x * x + y * y);
}

static inline void rotate(const float m[9], const float v[3], float out[3]) {
  float x = m[0] * v[0] + m[1] * v[1] + m[2] * v[2];
  float y = m[3] * v[0] + m[4] * v[1] + m[5] * v[2];
  float z = m[6] * v[0] + m[7] * v[1] + m[8] * v[2];
  out[0] = x, out[1] = y, out[2] = z;
}

/* transpose(m) v */
static inline void rotate_back(const float m[9], const float v[3], float out[3]) {
  float x = m[0] * v[0] + m[3] * v[1] + m[6] * v[2];
  float y = m[1] * v[0] + m[4] * v[1] + m[7] * v[2];
  float z = m[2] * v[0] + m[5] * v[1] + m[8] * v[2];
  out[0] = x, out[1] = y, out[2] = z;
}

static inline void rotation_multiply(const float a[9], const float b[9], float out[9]) {
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
}

static inline float dot(const float a[3], const float b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static inline void cross(const float a[3], const float b[3], float out[3]) {
  float x = a[1] * b[2] - a[2] * b[1], y = a[2] * b[0] - a[0] * b[2], z = a[0] * b[1] - a[1] * b[0];
  out[0] = x, out[1] = y, out[2] = z;
}

static inline float length(const float v[3]) { return (float)portable_sqrt(dot(v, v)); }

/* Divides v by |v|. Returns false, and leaves v unchanged, if v is too short to have a direction. */
static inline int normalize(float v[3]) {
  float size = length(v);
  if (!(size > 1e-12f)) return 0;
  for (int i = 0; i < 3; i++) v[i] /= size;
  return 1;
}

/* Right, down, forward (as columns of m) of a view along `forward`, unit, whose right axis is horizontal. If the view
 * is straight up or down, right is the world's x. */
static inline void rotation_looking(const float forward[3], float m[9]) {
  const float up[3] = {0, 0, 1};
  float right[3], down[3];
  cross(forward, up, right);
  if (!normalize(right)) right[0] = 1, right[1] = 0, right[2] = 0;
  cross(forward, right, down);
  for (int i = 0; i < 3; i++) m[3 * i] = right[i], m[3 * i + 1] = down[i], m[3 * i + 2] = forward[i];
}

/* The unit quaternion of a rotation, w >= 0 (Shepperd, "Quaternion from rotation matrix", 1978). */
static inline void quaternion_of_rotation(const float m[9], float q[4]) {
  float trace = m[0] + m[4] + m[8], largest = trace;
  int which = 0;
  for (int i = 0; i < 3; i++)
    if (m[4 * i] > largest) largest = m[4 * i], which = i + 1;
  if (which == 0) {
    q[0] = 1 + trace, q[1] = m[7] - m[5], q[2] = m[2] - m[6], q[3] = m[3] - m[1];
  } else {
    int i = which - 1, j = (i + 1) % 3, k = (i + 2) % 3;
    q[0] = m[3 * k + j] - m[3 * j + k];
    q[1 + i] = 1 + m[4 * i] - m[4 * j] - m[4 * k];
    q[1 + j] = m[3 * j + i] + m[3 * i + j];
    q[1 + k] = m[3 * k + i] + m[3 * i + k];
  }
  float size = (float)portable_sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  if (q[0] < 0) size = -size;
  for (int i = 0; i < 4; i++) q[i] /= size;
}

#endif
