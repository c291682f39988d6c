#include "sim/mujoco/states.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "sim/mujoco/guard.h"
#include "sim/random.h"

typedef struct state_builder {
  const myr_model *model;
  const mjModel *m;
  mjData *d;
  compared_states *out;
  random_stream random;
} state_builder;

static double pick(state_builder *b, double low, double high) { return random_uniform(&b->random, low, high); }
static int pick_integer(state_builder *b, int n) { return (int)pick(b, 0, n); }

/* ------------------------------------------------------------------------------------------------ inputs */
/* Controls reach a little beyond their range, so that clamping is compared too. */
static void draw_controls(state_builder *b, mjtNum *ctrl) {
  for (int a = 0; a < b->m->nu; a++) {
    bool limited = b->m->actuator_ctrllimited[a];
    double low = limited ? b->m->actuator_ctrlrange[2 * a] : -1,
           high = limited ? b->m->actuator_ctrlrange[2 * a + 1] : 1;
    double middle = (low + high) / 2, half = (high - low) / 2 * 1.2;
    ctrl[a] = middle + half * pick(b, -1, 1);
  }
}

/* The bristles of a DC motor, its last activation but for the current, bend as far as static friction bends them. */
static double bend_of_bristles(const mjModel *m, int a, int activation) {
  const mjtNum *dynamics = m->actuator_dynprm + mjNDYN * a;
  bool bristles = m->actuator_dyntype[a] == mjDYN_DCMOTOR && dynamics[5] > 0;
  if (!bristles || activation != m->actuator_actnum[a] - 1 - (dynamics[0] > 0)) return 1;
  return m->actuator_biasprm[mjNBIAS * a + 4] / dynamics[5];
}

static void draw_activations(state_builder *b, mjtNum *act) {
  for (int a = 0; a < b->m->nactuator; a++)
    for (int k = 0; k < b->m->actuator_actnum[a]; k++) {
      bool limited = b->m->actuator_actlimited[a];
      const mjtNum *range = b->m->actuator_actrange + 2 * a;
      double drawn = limited ? pick(b, range[0], range[1]) : pick(b, -1, 1);
      act[b->m->actuator_actadr[a] + k] = drawn * bend_of_bristles(b->m, a, k);
    }
}

/* One state of four has an applied force on one body, about as strong as gravity. */
static void draw_wrench(state_builder *b, mjtNum *wrench) {
  mju_zero(wrench, 6 * b->m->nbody);
  if (b->m->nbody < 2 || pick_integer(b, 4)) return;
  int body = 1 + pick_integer(b, b->m->nbody - 1);
  double scale = 10 * b->m->body_mass[body];
  for (int k = 0; k < 6; k++) wrench[6 * body + k] = scale * pick(b, -1, 1) * (k < 3 ? 1 : 0.1);
}

static void draw_rotation(state_builder *b, mjtNum quat[4]) {
  for (int k = 0; k < 4; k++) quat[k] = pick(b, -1, 1);
  mju_normalize4(quat);
}

/* Moves mocap bodies by up to 5 cm along each axis, and turns each third one. */
static void draw_mocaps(state_builder *b) {
  for (int i = 0; i < 3 * b->m->nmocap; i++) b->d->mocap_pos[i] += pick(b, -0.05, 0.05);
  for (int i = 0; i < b->m->nmocap; i++)
    if (!pick_integer(b, 3)) draw_rotation(b, b->d->mocap_quat + 4 * i);
}

/* ------------------------------------------------------------------------------------------------ histories */
/* The histories of delayed controls, in the order of MYR_FIELD_delayed: actuator by actuator, the newest first. MuJoCo's
 * buffer has a number, the place of the newest sample, the times and the samples, in a ring. */
static int count_samples(const mjModel *m, int a) { return m->actuator_delay[a] != 0 ? m->actuator_history[2 * a] : 0; }

static int count_all_samples(const mjModel *m) {
  int sum = 0;
  for (int a = 0; a < m->nactuator; a++) sum += count_samples(m, a);
  return sum;
}

static void keep_histories(const mjModel *m, const mjData *d, double *to) {
  for (int a = 0; a < m->nactuator; a++) {
    int count = count_samples(m, a);
    const mjtNum *buffer = count ? d->history + m->actuator_historyadr[a] : NULL;
    for (int k = 0; k < count; k++) *to++ = (double)(float)buffer[2 + count + ((int)buffer[1] + count - k) % count];
  }
}

/* After a reset, whose times end one timestep before 0; here they end one before the state's time. */
static void apply_histories(const mjModel *m, mjData *d, const double *from) {
  for (int a = 0; a < m->nactuator; a++) {
    int count = count_samples(m, a);
    mjtNum *buffer = count ? d->history + m->actuator_historyadr[a] : NULL;
    for (int k = 0; k < count; k++) {
      buffer[2 + k] += d->time;
      buffer[2 + count + ((int)buffer[1] + count - k) % count] = *from++;
    }
  }
}

static void draw_histories(state_builder *b) {
  for (int a = 0; a < b->m->nactuator; a++) {
    int count = count_samples(b->m, a);
    mjtNum *buffer = count ? b->d->history + b->m->actuator_historyadr[a] : NULL;
    for (int k = 0; k < count; k++) buffer[2 + count + k] = pick(b, -1, 1);
  }
}

/* ------------------------------------------------------------------------------------------------ states */
static void copy_rounded(double *to, const mjtNum *from, int count) {
  for (int i = 0; i < count; i++) to[i] = (double)(float)from[i];
}

/* Copies d into the state. */
static void keep_state(const state_builder *b, int index) {
  const compared_state *state = &b->out->states[index];
  copy_rounded(state->qpos, b->d->qpos, b->m->nq);
  copy_rounded(state->qvel, b->d->qvel, b->m->nv);
  copy_rounded(state->act, b->d->act, b->m->na);
  copy_rounded(state->ctrl, b->d->ctrl, b->m->nu);
  keep_histories(b->m, b->d, state->delayed);
  copy_rounded(state->warmstart, b->d->qacc_warmstart, b->m->nv);
  copy_rounded(state->wrench, b->d->xfrc_applied, 6 * b->m->nbody);
  copy_rounded(state->mocap_pos, b->d->mocap_pos, 3 * b->m->nmocap);
  copy_rounded(state->mocap_quat, b->d->mocap_quat, 4 * b->m->nmocap);
  copy_rounded(state->time, &b->d->time, 1);
}

static void start_anywhere(state_builder *b) {
  mj_resetData(b->m, b->d);
  int key = pick_integer(b, b->model->nkey + 1) - 1;
  if (key >= 0) mju_copy(b->d->qpos, b->model->key_qpos + (size_t)key * b->model->nq, b->m->nq);
}

static bool is_finite(const mjData *d, const mjModel *m) {
  for (int i = 0; i < m->nq; i++)
    if (!isfinite(d->qpos[i]) || fabs(d->qpos[i]) > 1e6) return false;
  return true;
}

static void simulate(state_builder *b, int steps) {
  for (int i = 0; i < steps; i++) {
    if (i % 10 == 0) draw_controls(b, b->d->ctrl);
    mj_step(b->m, b->d);
  }
}

static void reach_state(state_builder *b, int index) {
  start_anywhere(b);
  draw_mocaps(b);
  simulate(b, 1 + pick_integer(b, 400));
  if (!is_finite(b->d, b->m)) start_anywhere(b);
  draw_wrench(b, b->d->xfrc_applied);
  keep_state(b, index);
}

static void draw_pose(state_builder *b) {
  const mjModel *m = b->m;
  for (int j = 0; j < m->njnt; j++) {
    mjtNum *q = b->d->qpos + m->jnt_qposadr[j];
    double range = 1.5;
    switch (m->jnt_type[j]) {
    case mjJNT_FREE:
      for (int k = 0; k < 3; k++) q[k] = m->qpos0[m->jnt_qposadr[j] + k] + pick(b, -0.1, 0.1);
      draw_rotation(b, q + 3);
      break;
    case mjJNT_BALL: draw_rotation(b, q); break;
    default:
      if (m->jnt_limited[j]) { /* a tenth beyond, so that limits act */
        double low = m->jnt_range[2 * j], high = m->jnt_range[2 * j + 1];
        *q = (low + high) / 2 + 0.6 * (high - low) * pick(b, -1, 1);
      } else
        *q = m->qpos0[m->jnt_qposadr[j]] + (m->jnt_type[j] == mjJNT_SLIDE ? 0.3 : range) * pick(b, -1, 1);
    }
  }
  for (int i = 0; i < m->nv; i++) b->d->qvel[i] = 2 * pick(b, -1, 1);
  for (int i = 0; i < m->nv; i++) b->d->qacc_warmstart[i] = 10 * pick(b, -1, 1);
}

static double mesh_reach(const mjModel *m, int mesh, const mjtNum direction[3]) {
  const float *vertices = m->mesh_vert + (ptrdiff_t)3 * m->mesh_vertadr[mesh];
  double most = -INFINITY;
  for (int i = 0; i < m->mesh_vertnum[mesh]; i++) {
    double height = 0;
    for (int k = 0; k < 3; k++) height -= direction[k] * (double)vertices[3 * i + k];
    most = fmax(most, height);
  }
  return most;
}

/* How far the geom reaches from its centre, opposite to the direction. */
static double geom_reach(const mjModel *m, const mjData *d, int g, const mjtNum direction[3]) {
  const mjtNum *size = m->geom_size + 3 * g;
  mjtNum local[3];
  mju_mulMatTVec(local, d->geom_xmat + 9 * g, direction, 3, 3);
  switch (m->geom_type[g]) {
  case mjGEOM_SPHERE: return size[0];
  case mjGEOM_CAPSULE: return size[0] + size[1] * fabs(local[2]);
  case mjGEOM_CYLINDER: /* hypot would be the one function that needs a C library newer than 2.34 */
    return size[0] * sqrt(local[0] * local[0] + local[1] * local[1]) + size[1] * fabs(local[2]);
  case mjGEOM_BOX: return size[0] * fabs(local[0]) + size[1] * fabs(local[1]) + size[2] * fabs(local[2]);
  case mjGEOM_ELLIPSOID:
    return sqrt(pow(size[0] * local[0], 2) + pow(size[1] * local[1], 2) + pow(size[2] * local[2], 2));
  case mjGEOM_MESH: return mesh_reach(m, m->geom_dataid[g], local);
  default: return 0;
  }
}

static int find_plane(const mjModel *m) {
  for (int g = 0; g < m->ngeom; g++)
    if (m->geom_type[g] == mjGEOM_PLANE && (m->geom_contype[g] || m->geom_conaffinity[g])) return g;
  return -1;
}

/* Distance from the plane to the lowest point of the tree of bodies below root. */
static double clearance(const mjModel *m, const mjData *d, int plane, int root, const mjtNum normal[3]) {
  double least = INFINITY;
  for (int g = 0; g < m->ngeom; g++) {
    if (m->body_rootid[m->geom_bodyid[g]] != root || !(m->geom_contype[g] || m->geom_conaffinity[g])) continue;
    mjtNum offset[3];
    mju_sub3(offset, d->geom_xpos + 3 * g, d->geom_xpos + 3 * plane);
    least = fmin(least, mju_dot3(offset, normal) - geom_reach(m, d, g, normal));
  }
  return least;
}

/* Moves every free body up or down until its lowest geom lies up to `deepest` deep in the first plane. */
static void press_into_ground(state_builder *b, double deepest) {
  const mjModel *m = b->m;
  int plane = find_plane(m);
  if (plane < 0) return;
  mj_kinematics(m, b->d);
  const mjtNum *frame = b->d->geom_xmat + 9 * plane;
  const mjtNum normal[3] = {frame[2], frame[5], frame[8]};
  for (int j = 0; j < m->njnt; j++) {
    if (m->jnt_type[j] != mjJNT_FREE) continue;
    double down = clearance(m, b->d, plane, m->jnt_bodyid[j], normal) + pick(b, 0, deepest);
    if (isfinite(down)) mju_addToScl3(b->d->qpos + m->jnt_qposadr[j], normal, -down);
  }
}

static void invent_state(state_builder *b, int index) {
  mj_resetData(b->m, b->d);
  draw_pose(b);
  draw_mocaps(b);
  press_into_ground(b, index % 2 ? 0.1 : 0.02); /* the shallow ones are plausible, the deep ones have many contacts */
  draw_controls(b, b->d->ctrl);
  draw_activations(b, b->d->act);
  draw_histories(b);
  draw_wrench(b, b->d->xfrc_applied);
  keep_state(b, index);
}

static void build_states(void *context) {
  state_builder *b = context;
  b->d = mj_makeData(b->m);
  for (int i = 0; i < b->out->count; i++) {
    if (i < b->out->count / 2)
      reach_state(b, i);
    else
      invent_state(b, i);
  }
}

/* ------------------------------------------------------------------------------------------------ memory */
static bool allocate(const mjModel *m, int count, compared_states *result) {
  size_t each = (size_t)(m->nq + 2 * m->nv + m->na + m->nu + 6 * m->nbody + 7 * m->nmocap + count_all_samples(m) + 1);
  result->states = calloc((size_t)count, sizeof *result->states);
  result->numbers = calloc((size_t)count * each, sizeof(double));
  if (!result->states || !result->numbers) return false;
  result->count = count;
  for (int i = 0; i < count; i++) {
    double *at = result->numbers + each * (size_t)i;
    compared_state *state = &result->states[i];
    state->qpos = at;
    state->qvel = state->qpos + m->nq;
    state->warmstart = state->qvel + m->nv;
    state->act = state->warmstart + m->nv;
    state->ctrl = state->act + m->na;
    state->wrench = state->ctrl + m->nu;
    state->mocap_pos = state->wrench + 6 * m->nbody;
    state->mocap_quat = state->mocap_pos + 3 * m->nmocap;
    state->delayed = state->mocap_quat + 4 * m->nmocap;
    state->time = state->delayed + count_all_samples(m);
  }
  return true;
}

myr_status states_create(const myr_model *model, const oracle *oracle, int count, uint64_t seed,
                         compared_states *result, myr_error *error) {
  *result = (compared_states){0};
  if (!allocate(oracle->model, count, result)) return myr_fail(error, MYR_ERROR, "out of memory for %d states", count);
  state_builder builder = {.model = model, .m = oracle->model, .out = result, .random = {.key = seed}};
  myr_status status = guard_run(build_states, &builder, error);
  if (builder.d) mj_deleteData(builder.d);
  return status;
}

void states_release(compared_states *states) {
  free(states->states);
  free(states->numbers);
  *states = (compared_states){0};
}

void states_apply(const mjModel *m, mjData *d, const compared_state *state) {
  mj_resetData(m, d);
  mju_copy(d->qpos, state->qpos, m->nq);
  mju_copy(d->qvel, state->qvel, m->nv);
  mju_copy(d->act, state->act, m->na);
  mju_copy(d->ctrl, state->ctrl, m->nu);
  d->time = *state->time;
  apply_histories(m, d, state->delayed);
  mju_copy(d->qacc_warmstart, state->warmstart, m->nv);
  mju_copy(d->xfrc_applied, state->wrench, 6 * m->nbody);
  mju_copy(d->mocap_pos, state->mocap_pos, 3 * m->nmocap);
  mju_copy(d->mocap_quat, state->mocap_quat, 4 * m->nmocap);
}
