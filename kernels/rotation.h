/* Floor 1, public: rotations of one world in double precision. Quaternions are w x y z and of unit length, a the outer
 * rotation of a product; a matrix is row major and its rows are the outer frame's axes. Results may lie where an argument
 * does. The lanes have their own, with fused multiply-adds: lane/algebra.h. */
#ifndef MYR_ROTATION_H
#define MYR_ROTATION_H

#include "kernels/lane/lane_function.h"

HOST_DEVICE void myr_quaternion_multiply(const double a[4], const double b[4], double out[4]) {
  double w = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  double x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  double y = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  double z = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
  out[0] = w, out[1] = x, out[2] = y, out[3] = z;
}

HOST_DEVICE void myr_quaternion_matrix(const double q[4], double m[9]) {
  double w = q[0], x = q[1], y = q[2], z = q[3];
  m[0] = 1 - 2 * (y * y + z * z), m[1] = 2 * (x * y - w * z), m[2] = 2 * (x * z + w * y);
  m[3] = 2 * (x * y + w * z), m[4] = 1 - 2 * (x * x + z * z), m[5] = 2 * (y * z - w * x);
  m[6] = 2 * (x * z - w * y), m[7] = 2 * (y * z + w * x), m[8] = 1 - 2 * (x * x + y * y);
}

/* v, given in the axes of a frame turned by q, in the outer frame's. */
HOST_DEVICE void myr_quaternion_rotate(const double q[4], const double v[3], double out[3]) {
  double m[9];
  myr_quaternion_matrix(q, m);
  double x = m[0] * v[0] + m[1] * v[1] + m[2] * v[2];
  double y = m[3] * v[0] + m[4] * v[1] + m[5] * v[2];
  double z = m[6] * v[0] + m[7] * v[1] + m[8] * v[2];
  out[0] = x, out[1] = y, out[2] = z;
}

/* The inverse of myr_quaternion_rotate. */
HOST_DEVICE void myr_quaternion_rotate_back(const double q[4], const double v[3], double out[3]) {
  double m[9];
  myr_quaternion_matrix(q, m);
  double x = m[0] * v[0] + m[3] * v[1] + m[6] * v[2];
  double y = m[1] * v[0] + m[4] * v[1] + m[7] * v[2];
  double z = m[2] * v[0] + m[5] * v[1] + m[8] * v[2];
  out[0] = x, out[1] = y, out[2] = z;
}

#endif
