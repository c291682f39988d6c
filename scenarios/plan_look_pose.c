/* Positions and orientations, in doubles that are equal on every machine. */
#include <math.h>
#include <string.h>

#include "kernels/rotation.h"
#include "scenarios/plan_look.h"
#include "sim/deterministic_math.h"

static void cross(const double a[3], const double b[3], double out[3]) {
  const double r[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
  memcpy(out, r, sizeof r);
}

/* False when the vector is too short to give a direction. */
static bool normalize(double v[3]) {
  double length = portable_sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  if (!(length > 1e-9)) return false;
  for (int i = 0; i < 3; i++) v[i] /= length;
  return true;
}

/* Rotates about x first, then y, then z, which are all axes of the outer frame. */
static void angles_quaternion(const draw_site angles[3], const double *values, double q[4]) {
  q[0] = 1;
  q[1] = q[2] = q[3] = 0;
  for (int axis = 0; axis < 3; axis++) {
    double half = 0.5 * look_number(&angles[axis], values, 0), turn[4] = {portable_cos(half), 0, 0, 0};
    turn[1 + axis] = portable_sin(half);
    myr_quaternion_multiply(turn, q, q);
  }
}

/* The quaternion of the matrix whose columns are the axes, computed from its largest component (Shepperd, "Quaternion
 * from rotation matrix", 1978). */
static void axes_quaternion(const double x[3], const double y[3], const double z[3], double q[4]) {
  double trace = x[0] + y[1] + z[2];
  const double r[4] = {1 + trace, 1 + 2 * x[0] - trace, 1 + 2 * y[1] - trace, 1 + 2 * z[2] - trace};
  const double a[3] = {y[2] - z[1], z[0] - x[2], x[1] - y[0]}, b[3] = {z[1] + y[2], x[2] + z[0], y[0] + x[1]};
  int largest = 0;
  for (int i = 1; i < 4; i++) {
    if (r[i] > r[largest]) largest = i;
  }
  double root = portable_sqrt(r[largest]), scale = 0.5 / root;
  q[largest] = 0.5 * root;
  if (largest == 0) {
    for (int i = 0; i < 3; i++) q[1 + i] = scale * a[i];
    return;
  }
  int i = largest - 1, j = (i + 1) % 3, k = (i + 2) % 3;
  q[0] = scale * a[i];
  q[1 + j] = scale * b[k];
  q[1 + k] = scale * b[j];
}

/* Axes with x along forward and z as close to up as possible. If forward is vertical, the x axis replaces up. If
 * forward is zero, the x axis replaces forward. */
static void aim_quaternion(double forward[3], const double wanted_up[3], double q[4]) {
  static const double x_axis[3] = {1, 0, 0}, y_axis[3] = {0, 1, 0};
  double left[3], up[3];
  if (!normalize(forward)) memcpy(forward, x_axis, sizeof x_axis);
  cross(wanted_up, forward, left);
  if (!normalize(left)) {
    cross(x_axis, forward, left);
    if (!normalize(left)) memcpy(left, y_axis, sizeof y_axis);
  }
  cross(forward, left, up);
  axes_quaternion(forward, left, up, q);
}

void pose_value(const pose_plan *pose, const double *values, double position[3], double quaternion[4]) {
  /* Convert (forward, left, up) to (right, down, forward), and back. */
  static const double to_optical[4] = {0.5, -0.5, 0.5, -0.5}, from_optical[4] = {0.5, 0.5, -0.5, 0.5};
  double q[4], shift[3], turn[4];
  look_vector(&pose->position, values, 0, position);
  look_vector(&pose->shift, values, 0, shift);
  if (pose->aim == AIM_KEPT) {
    memcpy(position, pose->kept_position, sizeof pose->kept_position);
    myr_quaternion_multiply(pose->kept_quaternion, from_optical, q);
  } else if (pose->aim == AIM_ANGLES) {
    angles_quaternion(pose->angles, values, q);
  } else {
    double forward[3], up[3] = {0, 0, 1};
    look_vector(&pose->target, values, 0, forward);
    for (int i = 0; i < 3 && pose->aim == AIM_POINT; i++) forward[i] -= position[i];
    if (pose->up.given) look_vector(&pose->up, values, 0, up);
    aim_quaternion(forward, up, q);
  }
  angles_quaternion(pose->turn, values, turn);
  myr_quaternion_multiply(q, turn, q);
  if (pose->optical) myr_quaternion_multiply(q, to_optical, q);
  memcpy(quaternion, q, sizeof q);
  for (int i = 0; i < 3; i++) position[i] += shift[i];
}

void pose_bind_angles(plan_builder *builder, draw_site angles[3], const orientation_section *section,
                      const char *path) {
  const quantity *parts[] = {&section->roll, &section->pitch, &section->yaw};
  static const char *const names[] = {"roll", "pitch", "yaw"};
  for (int i = 0; i < 3; i++) {
    plan_add_quantity(builder, &angles[i], parts[i], arena_format(&builder->plan->arena, "%s.%s", path, names[i]), 0,
                      NULL);
  }
}

void pose_bind(plan_builder *builder, pose_plan *pose, const vector_quantity *position,
               const orientation_section *orientation, const char *path) {
  arena *arena = &builder->plan->arena;
  pose->aim = AIM_ANGLES;
  plan_add_vector(builder, &pose->position, position, NULL, arena_format(arena, "%s.position", path), 0, NULL);
  pose_bind_angles(builder, pose->angles, orientation, arena_format(arena, "%s.orientation", path));
  static const orientation_section straight;
  pose_bind_angles(builder, pose->turn, &straight, path);
}

bool vector_draws(const vector_site *site) {
  if (!site->given) return false;
  return site->together || site->parts[0].offset >= 0 || site->parts[1].offset >= 0 || site->parts[2].offset >= 0;
}

bool pose_draws(const pose_plan *pose) {
  bool draws = vector_draws(&pose->position) || vector_draws(&pose->target) || vector_draws(&pose->up) ||
               vector_draws(&pose->shift);
  for (int i = 0; i < 3; i++) draws |= pose->angles[i].offset >= 0 || pose->turn[i].offset >= 0;
  return draws;
}
