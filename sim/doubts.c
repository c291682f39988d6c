/* Finds keyframes that lie outside the ranges of their joints and actuators. */
#include <math.h>

#include "sim/sim.h"

static const double degree = 0.017453292519943295;

typedef struct doubt_list {
  myr_key_doubt *doubts;
  int most, count;
} doubt_list;

static bool outside(double value, const double range[2]) {
  double slack = 0.01 * (range[1] - range[0]);
  return !(value >= range[0] - slack && value <= range[1] + slack);
}

static void add_doubt(doubt_list *list, myr_key_doubt doubt, const double range[2]) {
  doubt.low = range[0];
  doubt.high = range[1];
  if (list->count < list->most) list->doubts[list->count] = doubt;
  list->count++;
}

/* The angle of a unit quaternion w x y z, rad. */
static double angle_of(const double q[4]) {
  double sine = sqrt(q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  return 2 * atan2(sine, fabs(q[0]));
}

static void doubt_joint(const myr_model *m, int keyframe, int joint, const double *qpos, doubt_list *list) {
  const double *q = qpos + m->jnt_qpos_start[joint], *range = m->jnt_range + 2 * joint;
  int type = m->jnt_type[joint];
  if (!m->jnt_limited[joint] || type == MYR_JOINT_FREE) return;
  bool ball = type == MYR_JOINT_BALL;
  const double angles[2] = {0, range[1]};
  double value = ball ? angle_of(q) : q[0];
  if (!outside(value, ball ? angles : range)) return;
  bool hinge = type == MYR_JOINT_HINGE, turns = fabs(value) > 360 * degree;
  add_doubt(list,
            (myr_key_doubt){.keyframe = keyframe,
                            .element = MYR_ELEMENT_joint,
                            .index = joint,
                            .value = value,
                            .unit = type == MYR_JOINT_SLIDE ? "m" : "rad",
                            .degrees = hinge && turns && !outside(value * degree, range)},
            ball ? angles : range);
}

static void doubt_control(const myr_model *m, int keyframe, int actuator, doubt_list *list) {
  double value = m->key_ctrl[(size_t)keyframe * m->nu + actuator];
  const double *range = m->actuator_ctrlrange + 2 * actuator;
  if (!m->actuator_ctrllimited[actuator] || !outside(value, range)) return;
  add_doubt(list,
            (myr_key_doubt){.keyframe = keyframe,
                            .element = MYR_ELEMENT_actuator,
                            .index = actuator,
                            .value = value,
                            .unit = "",
                            .degrees = fabs(value) > 360 * degree && !outside(value * degree, range)},
            range);
}

int myr_model_doubt_key(const myr_model *m, int keyframe, myr_key_doubt *doubts, int most) {
  doubt_list list = {doubts, most, 0};
  const double *qpos = keyframe < 0 ? m->qpos0 : m->key_qpos + (size_t)keyframe * m->nq;
  for (int j = 0; j < m->njnt; j++) doubt_joint(m, keyframe, j, qpos, &list);
  for (int a = 0; a < m->nu && keyframe >= 0; a++) doubt_control(m, keyframe, a, &list);
  return list.count;
}
