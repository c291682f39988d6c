/* Where bodies are between two recorded states, and before the first. */
#include <string.h>

#include "render/motion.h"
#include "render/scene_origin.h"
#include "sim/deterministic_math.h"

static const double pi = 3.14159265358979323846;

/* ------------------------------------------------------------------------------------------------ turns */
/* Quaternions are w x y z here. */

static void multiply(const double a[4], const double b[4], double out[4]) {
  out[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  out[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  out[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  out[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
}

static double length(const double v[3]) { return portable_sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

/* The quaternion of a turn about the vector by its length, rad. */
static void quaternion_of_turn(const double turn[3], double out[4]) {
  double angle = length(turn), share = angle > 0 ? portable_sin(0.5 * angle) / angle : 0.5;
  out[0] = portable_cos(0.5 * angle);
  for (int k = 0; k < 3; k++) out[1 + k] = share * turn[k];
}

/* The turn of a unit quaternion. Of all turns that differ by whole revolutions it is the one closest to `likely`, rad. */
static void turn_of_quaternion(const double q[4], const double likely[3], double turn[3]) {
  double sine = length(q + 1), angle = 2 * portable_atan2(sine, q[0]), along = 0;
  const double *direction = sine > 1e-9 ? q + 1 : likely;
  double size = length(direction);
  if (!(size > 0)) size = 1;
  for (int k = 0; k < 3; k++) along += likely[k] * direction[k] / size;
  double revolutions = (along - angle) / (2 * pi);
  const bool known = revolutions > -1e9 && revolutions < 1e9; /* not in a world that diverges */
  revolutions = known ? (double)(long long)(revolutions + (revolutions < 0 ? -0.5 : 0.5)) : 0;
  for (int k = 0; k < 3; k++) turn[k] = (angle + 2 * pi * revolutions) * direction[k] / size;
}

/* ------------------------------------------------------------------------------------------------ one body */
/* A body's state in double precision, its position from an origin. */
typedef struct body_state {
  double position[3], quaternion[4], angular[3], linear[3];
} body_state;

static body_state state_of(const myr_poses *poses, int body, const double origin[3]) {
  body_state state = {0};
  float position[3];
  position_from_origin(poses, body, origin, position);
  for (int k = 0; k < 3; k++) state.position[k] = (double)position[k];
  for (int k = 0; k < 4; k++) state.quaternion[k] = (double)poses->quaternion[4 * body + k];
  for (int k = 0; k < 3 && poses->velocity; k++) {
    state.angular[k] = (double)poses->velocity[6 * body + k];
    state.linear[k] = (double)poses->velocity[6 * body + 3 + k];
  }
  return state;
}

static void give(const double position[3], const double quaternion[4], float out_position[3], float out_quaternion[4]) {
  double size = 0;
  for (int k = 0; k < 4; k++) size += quaternion[k] * quaternion[k];
  size = portable_sqrt(size);
  for (int k = 0; k < 3; k++) out_position[k] = (float)position[k];
  for (int k = 0; k < 4; k++) out_quaternion[k] = (float)(quaternion[k] / size);
}

/* `time` seconds after the state, in which the body keeps its velocity. */
static void go_on(const body_state *state, double time, float position[3], float quaternion[4]) {
  double moved[3], turn[3], turned[4], rotation[4];
  for (int k = 0; k < 3; k++)
    moved[k] = state->position[k] + time * state->linear[k], turn[k] = time * state->angular[k];
  quaternion_of_turn(turn, rotation);
  multiply(rotation, state->quaternion, turned);
  give(moved, turned, position, quaternion);
}

/* At share s of the time from a to b. A chord is run through at constant speed; the rest, which begins with the first
 * velocity minus the chord's and vanishes at both ends, is proportional to s - s^2. */
static void between(const body_state *a, const body_state *b, double time, double s, float position[3],
                    float quaternion[4]) {
  const double bend = s - s * s, back[4] = {a->quaternion[0], -a->quaternion[1], -a->quaternion[2], -a->quaternion[3]};
  double moved[3], whole[4], likely[3], turn[3], rest[3], first[4], second[4], both[4], turned[4];
  for (int k = 0; k < 3; k++) {
    double chord = b->position[k] - a->position[k];
    moved[k] = a->position[k] + s * chord + bend * (time * a->linear[k] - chord);
    likely[k] = time * a->angular[k];
  }
  multiply(b->quaternion, back, whole);
  turn_of_quaternion(whole, likely, turn);
  for (int k = 0; k < 3; k++) rest[k] = bend * (likely[k] - turn[k]), turn[k] *= s;
  quaternion_of_turn(turn, first);
  quaternion_of_turn(rest, second);
  multiply(second, first, both);
  multiply(both, a->quaternion, turned);
  give(moved, turned, position, quaternion);
}

static bool same_numbers(const double *a, const double *b, int count) {
  for (int i = 0; i < count; i++)
    if (a[i] != b[i]) return false;
  return true;
}

static bool same_pose(const body_state *a, const body_state *b) {
  return same_numbers(a->position, b->position, 3) && same_numbers(a->quaternion, b->quaternion, 4);
}

static void copy(const body_state *state, float position[3], float quaternion[4]) {
  for (int k = 0; k < 3; k++) position[k] = (float)state->position[k];
  for (int k = 0; k < 4; k++) quaternion[k] = (float)state->quaternion[k];
}

void pose_before(const myr_poses *now, int body, double before, const double origin[3], float position[3],
                 float quaternion[4]) {
  const myr_poses *later = now;
  for (; later->earlier && before >= later->since; later = later->earlier) before -= later->since;
  const body_state state = state_of(later, body, origin);
  if (!(before > 0)) {
    copy(&state, position, quaternion);
    return;
  }
  if (!later->earlier) {
    go_on(&state, -before, position, quaternion);
    return;
  }
  const body_state first = state_of(later->earlier, body, origin);
  if (same_pose(&state, &first))
    copy(&state, position, quaternion);
  else
    between(&first, &state, later->since, 1 - before / later->since, position, quaternion);
}

void myr_pose_before(const myr_poses *now, int body, double before, float position[3], float quaternion[4]) {
  static const double world[3] = {0, 0, 0};
  pose_before(now, body, before, world, position, quaternion);
}

bool pose_moves_before(const myr_poses *now, int body, double before, const double origin[3]) {
  const myr_poses *later = now;
  body_state state = state_of(later, body, origin);
  for (; later->earlier && before > 0; before -= later->since, later = later->earlier) {
    const body_state first = state_of(later->earlier, body, origin);
    if (!same_pose(&state, &first)) return true;
    state = first;
  }
  return before > 0 && (length(state.angular) > 0 || length(state.linear) > 0);
}
