/* MuJoCo's springs, dampers and actuators ("Computation: Passive forces, Actuation model") as forces on Bullet's
 * joints. */
#include <math.h>

#include "sim/bullet/bullet_state.h"
#include "sim/bullet/rigid_frame.h"

typedef struct view {
  const bullet_scene *scene;
  const myr_model *m;
  bullet_state *state;
  uint32_t disable;
} view;

static const float *field(const view *v, enum myr_field f) { return bullet_field(v->scene, v->state->fields, f); }

static double clamp(double x, const double range[2]) { return fmin(fmax(x, range[0]), range[1]); }

/* ------------------------------------------------------------------------------------------------ passive forces */
static void joint_spring(const view *v, int j) {
  const myr_model *m = v->m;
  double stiffness = (double)field(v, MYR_FIELD_jnt_stiffness)[j];
  const double *q = v->state->qpos + m->jnt_qpos_start[j], *rest = m->qpos_spring + m->jnt_qpos_start[j];
  double *force = v->state->force + m->jnt_dof_start[j], turn[3];
  if (stiffness == 0) return;
  if (m->jnt_type[j] != MYR_JOINT_BALL) { /* free joints have none: bullet_scene.c */
    force[0] -= stiffness * (q[0] - rest[0]);
    return;
  }
  quaternion_difference(q, rest, turn);
  for (int k = 0; k < 3; k++) force[k] -= stiffness * turn[k];
}

static void measure_tendon(const view *v, int t) {
  const myr_model *m = v->m;
  double length = 0, velocity = 0;
  for (int w = m->tendon_wrap_start[t]; w < m->tendon_wrap_start[t] + m->tendon_wrap_count[t]; w++) {
    length += m->wrap_coef[w] * v->state->qpos[m->jnt_qpos_start[m->wrap_jnt[w]]];
    velocity += m->wrap_coef[w] * v->state->qvel[m->wrap_dof[w]];
  }
  v->state->tendon_length[t] = length;
  v->state->tendon_velocity[t] = velocity;
}

static void pull_tendon(const view *v, int t, double force) {
  const myr_model *m = v->m;
  for (int w = m->tendon_wrap_start[t]; w < m->tendon_wrap_start[t] + m->tendon_wrap_count[t]; w++)
    v->state->force[m->wrap_dof[w]] += m->wrap_coef[w] * force;
}

static void tendon_passive(const view *v, int t) {
  const myr_model *m = v->m;
  double force = 0, length = v->state->tendon_length[t];
  const double *slack = m->tendon_lengthspring + 2 * t;
  if (!(v->disable & MYR_DISABLE_SPRING)) {
    double stretch = length < slack[0] ? slack[0] - length : length > slack[1] ? slack[1] - length : 0;
    force = m->tendon_stiffness[t] * stretch;
  }
  if (!(v->disable & MYR_DISABLE_DAMPER)) force -= m->tendon_damping[t] * v->state->tendon_velocity[t];
  if (force != 0) pull_tendon(v, t, force);
}

/* Damping as a force, and implicit where the integrator has it so. */
static void damping(const view *v) {
  const myr_options *options = &v->m->options;
  bool implicit = options->integrator == MYR_IMPLICITFAST || !(v->disable & MYR_DISABLE_EULERDAMP);
  if (v->disable & MYR_DISABLE_DAMPER) return;
  const float *coefficient = field(v, MYR_FIELD_dof_damping);
  for (int i = 0; i < v->m->nv; i++) {
    v->state->force[i] -= (double)coefficient[i] * v->state->qvel[i];
    if (implicit) v->state->added[i] += options->timestep * (double)coefficient[i];
  }
}

/* ------------------------------------------------------------------------------------------------ actuators */
static double next_activation(const view *v, int i, double act, double rate) {
  const myr_model *m = v->m;
  double step = m->options.timestep;
  if (m->actuator_dynamics[i] == MYR_DYNAMICS_FILTER_EXACT) {
    double tau = fmax(m->actuator_dynprm[i], 1e-15);
    step = tau * (1 - portable_exp(-step / tau));
  }
  act += rate * step;
  return m->actuator_actlimited[i] ? clamp(act, m->actuator_actrange + 2 * i) : act;
}

/* The control, or the activation it drives; writes the activation's rate. */
static double actuator_input(const view *v, int i) {
  const myr_model *m = v->m;
  double control = (double)field(v, MYR_FIELD_ctrl)[i];
  if (m->actuator_ctrllimited[i] && !(v->disable & MYR_DISABLE_CLAMPCTRL))
    control = clamp(control, m->actuator_ctrlrange + 2 * i);
  int a = m->actuator_act_start[i];
  if (a < 0) return control;
  double act = v->state->act[a], rate = control;
  if (m->actuator_dynamics[i] != MYR_DYNAMICS_INTEGRATOR) rate = (control - act) / fmax(m->actuator_dynprm[i], 1e-15);
  v->state->act_dot[a] = rate;
  return m->actuator_actearly[i] ? next_activation(v, i, act, rate) : act;
}

static double affine(const double p[3], double length, double velocity) {
  return p[0] + p[1] * length + p[2] * velocity;
}

static void actuator(const view *v, int i) {
  const myr_model *m = v->m;
  bullet_state *s = v->state;
  int target = m->actuator_target[i], a = m->actuator_act_start[i];
  bool tendon = m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON;
  double gear = m->actuator_gear[i], strength = (double)field(v, MYR_FIELD_actuator_strength)[i];
  double length = gear * (tendon ? s->tendon_length[target] : s->qpos[m->jnt_qpos_start[target]]);
  double velocity = gear * (tendon ? s->tendon_velocity[target] : s->qvel[m->jnt_dof_start[target]]);
  double input = actuator_input(v, i), gain = m->actuator_gainprm[3 * i], rate = 0;
  if (m->actuator_gain[i] == MYR_GAIN_AFFINE) {
    gain = affine(m->actuator_gainprm + 3 * i, length, velocity);
    rate = m->actuator_gainprm[3 * i + 2] * (a < 0 ? (double)field(v, MYR_FIELD_ctrl)[i] : s->act[a]);
  }
  double force = gain * input;
  if (m->actuator_bias[i] == MYR_BIAS_AFFINE) {
    force += affine(m->actuator_biasprm + 3 * i, length, velocity);
    rate += m->actuator_biasprm[3 * i + 2];
  }
  if (m->actuator_forcelimited[i]) force = clamp(force, m->actuator_forcerange + 2 * i);
  force *= strength * gear;
  if (tendon) {
    pull_tendon(v, target, force);
    return;
  }
  s->force[m->jnt_dof_start[target]] += force;
  /* negative damping is left explicit, for inertia cannot be taken away */
  if (m->options.integrator == MYR_IMPLICITFAST && rate < 0)
    s->added[m->jnt_dof_start[target]] -= m->options.timestep * rate * strength * gear * gear;
}

/* Joints that limit what their actuators can do together: the sum so far is theirs alone. */
static void actuators(const view *v) {
  const myr_model *m = v->m;
  if (v->disable & MYR_DISABLE_ACTUATION) return;
  for (int i = 0; i < m->nu; i++) actuator(v, i);
  for (int j = 0; j < m->njnt; j++)
    if (m->jnt_actfrclimited[j]) {
      double *sum = v->state->force + m->jnt_dof_start[j];
      *sum = clamp(*sum, m->jnt_actfrcrange + 2 * j);
    }
}

/* ------------------------------------------------------------------------------------------------ the caller's
 * forces */
static void applied_forces(const view *v) {
  for (int b = 1; b < v->m->nbody; b++) {
    const float *wrench = field(v, MYR_FIELD_xfrc_applied) + 6 * b;
    const bullet_place *place = &v->scene->bodies[b];
    bool used = false;
    double force[6], center[3];
    for (int k = 0; k < 6; k++) used |= wrench[k] != 0, force[k] = (double)wrench[k];
    if (!used || place->tree < 0) continue;
    bullet_state_center(v->scene, v->state, b, center);
    bullet_link_add_wrench(v->state->world, place->tree, place->link, center, force, force + 3);
  }
}

/* ------------------------------------------------------------------------------------------------ together */
static void sum_forces(const view *v) {
  const myr_model *m = v->m;
  const float *armature = field(v, MYR_FIELD_dof_armature);
  for (int i = 0; i < m->nv; i++) {
    v->state->force[i] = 0;
    v->state->rotors[i] = v->state->added[i] = (double)armature[i];
  }
  for (int t = 0; t < m->ntendon; t++) measure_tendon(v, t);
  actuators(v); /* first: their sum may be limited */
  for (int j = 0; j < m->njnt && !(v->disable & MYR_DISABLE_SPRING); j++) joint_spring(v, j);
  for (int t = 0; t < m->ntendon; t++) tendon_passive(v, t);
  damping(v);
}

myr_status bullet_forces_prepare(const bullet_scene *scene, bullet_state *state, myr_error *error) {
  const view v = {scene, scene->model, state, scene->model->options.disable};
  sum_forces(&v);
  myr_status status = MYR_OK;
  for (int t = 0; t < scene->tree_count && !status; t++) {
    int dof = scene->trees[t].dof_start;
    bullet_multibody_add_force(state->world, t, state->force + dof);
    status = bullet_multibody_set_added_inertia(state->world, t, state->added + dof, error);
  }
  applied_forces(&v);
  bullet_contacts_soften(scene, state);
  return status ? status : bullet_rows_add(scene, state, error);
}

void bullet_forces_activate(const bullet_scene *scene, bullet_state *state) {
  const view v = {scene, scene->model, state, scene->model->options.disable};
  for (int i = 0; i < scene->model->nu; i++) {
    int a = scene->model->actuator_act_start[i];
    if (a >= 0) state->act[a] = next_activation(&v, i, state->act[a], state->act_dot[a]);
  }
}
