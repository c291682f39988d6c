#include "sim/workload.h"
#include "kernels/far_out.h"
#include "kernels/fields.h"
#include "kernels/model.h"

#include <string.h>

#include "sim/deterministic_math.h"
#include "sim/random.h"

static uint64_t world_key(const workload *work, int world) { return random_mix(work->seed) ^ (uint64_t)world; }

/* Uniform in -1..1. */
static double either_side(const workload *work, int world, uint64_t which) {
  return 2 * random_unit(world_key(work, world), 0, which) - 1;
}

/* Turns a quaternion about an axis of the world. */
static void turn(double q[4], int axis, double angle) {
  double c = portable_cos(angle / 2), s = portable_sin(angle / 2);
  const double old[4] = {q[0], q[1], q[2], q[3]};
  int next = (axis + 1) % 3, last = (axis + 2) % 3;
  q[0] = c * old[0] - s * old[1 + axis];
  q[1 + axis] = c * old[1 + axis] + s * old[0];
  q[1 + next] = c * old[1 + next] - s * old[1 + last];
  q[1 + last] = c * old[1 + last] + s * old[1 + next];
}

/* Moves every joint a little. A free body is shifted along the ground and turned about z, so that feet stay on it. */
static void move_joints(const workload *work, int world, double *qpos) {
  const myr_model *m = work->model;
  for (int j = 0; j < m->njnt; j++) {
    double *q = qpos + m->jnt_qpos_start[j];
    double amount[3];
    for (int k = 0; k < 3; k++) amount[k] = 0.01 * either_side(work, world, (uint64_t)j + (uint64_t)(k * m->njnt));
    switch (m->jnt_type[j]) {
    case MYR_JOINT_FREE:
      q[0] += amount[0], q[1] += amount[1];
      turn(q + 3, 2, amount[2]);
      break;
    case MYR_JOINT_BALL:
      for (int axis = 0; axis < 3; axis++) turn(q, axis, amount[axis]);
      break;
    default: q[0] += amount[0];
    }
  }
}

void workload_start(const workload *work, int world, double *qpos, double *qvel, double *act) {
  const myr_model *m = work->model;
  size_t key = (size_t)(work->key < 0 ? 0 : work->key);
  memcpy(qpos, work->key < 0 ? m->qpos0 : m->key_qpos + key * (size_t)m->nq, (size_t)m->nq * sizeof(double));
  memset(qvel, 0, (size_t)m->nv * sizeof(double));
  memset(act, 0, (size_t)m->na * sizeof(double));
  if (work->key >= 0) {
    memcpy(qvel, m->key_qvel + key * (size_t)m->nv, (size_t)m->nv * sizeof(double));
    memcpy(act, m->key_act + key * (size_t)m->na, (size_t)m->na * sizeof(double));
  }
  move_joints(work, world, qpos);
}

void workload_controls(const workload *work, int world, int control_step, double *ctrl) {
  const myr_model *m = work->model;
  for (int a = 0; a < m->nu; a++) {
    double low = m->actuator_ctrllimited[a] ? m->actuator_ctrlrange[2 * a] : -1;
    double high = m->actuator_ctrllimited[a] ? m->actuator_ctrlrange[2 * a + 1] : 1;
    ctrl[a] = low + (high - low) * random_unit(world_key(work, world), 1 + (uint64_t)control_step, (uint64_t)a);
  }
}

static void write_span(myr_span span, const double *values) {
  for (int e = 0; e < span.count; e++) span.data[e * span.stride] = (float)values[e];
}

static void write_rests(myr_span span, const double *positions) {
  for (int e = 0; e < span.count; e++) span.data[e * span.stride] = (float)myr_stated_rest(positions[e]);
}

size_t workload_doubles(const myr_model *m) {
  int state = m->nq + m->nv + m->na;
  return (size_t)(state > m->nu ? state : m->nu);
}

void workload_begin(const workload *work, myr_batch *batch, int world, double *room) {
  const myr_model *m = work->model;
  double *qpos = room, *qvel = qpos + m->nq, *act = qvel + m->nv;
  myr_batch_reset(batch, world, work->key);
  workload_start(work, world, qpos, qvel, act);
  write_span(myr_batch_field(batch, MYR_FIELD_qpos, world), qpos);
  write_rests(myr_batch_field(batch, MYR_FIELD_qpos_rest, world), qpos);
  write_span(myr_batch_field(batch, MYR_FIELD_qvel, world), qvel);
  write_span(myr_batch_field(batch, MYR_FIELD_act, world), act);
}

void workload_control(const workload *work, myr_batch *batch, int world, int control_step, double *room) {
  workload_controls(work, world, control_step, room);
  write_span(myr_batch_field(batch, MYR_FIELD_ctrl, world), room);
}
