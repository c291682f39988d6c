/* Tendons and actuators of one MuJoCo model, into their places in the joined model. */
#include "sim/mujoco/import.h"

#include <string.h>

#define COPY_REALS(name, from, first, width, count) \
  memcpy(model->name + (size_t)(width) * (first), m->from, (size_t)(width) * (count) * sizeof(double))

bool import_tendons(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  bool complete = true;
  for (int t = 0; t < m->ntendon; t++) {
    int to = t + part->tendon;
    model->tendon_name[to] = import_name(part, mjOBJ_TENDON, t, &complete);
    model->tendon_wrap_start[to] = m->tendon_adr[t] + part->wrap;
    model->tendon_wrap_count[to] = m->tendon_num[t];
    model->tendon_limited[to] = m->tendon_limited[t];
    for (int side = 0; side < 2; side++)
      model->tendon_lengthspring[2 * to + side] = mujoco_tendon_lengthspring(m, t, side);
  }
  for (int w = 0; w < m->nwrap; w++) model->wrap_jnt[w + part->wrap] = m->wrap_objid[w] + part->jnt;
  COPY_REALS(wrap_coef, wrap_prm, part->wrap, 1, m->nwrap);
  COPY_REALS(tendon_range, tendon_range, part->tendon, 2, m->ntendon);
  COPY_REALS(tendon_margin, tendon_margin, part->tendon, 1, m->ntendon);
  COPY_REALS(tendon_stiffness, tendon_stiffness, part->tendon, 1, m->ntendon);
  COPY_REALS(tendon_damping, tendon_damping, part->tendon, 1, m->ntendon);
  COPY_REALS(tendon_frictionloss, tendon_frictionloss, part->tendon, 1, m->ntendon);
  COPY_REALS(tendon_solref_limit, tendon_solref_lim, part->tendon, 2, m->ntendon);
  COPY_REALS(tendon_solimp_limit, tendon_solimp_lim, part->tendon, 5, m->ntendon);
  COPY_REALS(tendon_solref_friction, tendon_solref_fri, part->tendon, 2, m->ntendon);
  COPY_REALS(tendon_solimp_friction, tendon_solimp_fri, part->tendon, 5, m->ntendon);
  return complete;
}

static int dynamics_of(const mjModel *m, int a) {
  if (mujoco_is_filter_exact(m, a)) return MYR_DYNAMICS_FILTER_EXACT;
  switch (m->actuator_dyntype[a]) {
  case mjDYN_INTEGRATOR: return MYR_DYNAMICS_INTEGRATOR;
  case mjDYN_FILTER: return MYR_DYNAMICS_FILTER;
  default: return MYR_DYNAMICS_NONE;
  }
}

bool import_actuators(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  bool complete = true;
  for (int a = 0; a < m->nu; a++) {
    int to = a + part->actuator;
    bool tendon = m->actuator_trntype[a] == mjTRN_TENDON;
    int activation = mujoco_activation(m, a);
    model->actuator_name[to] = import_name(part, mjOBJ_ACTUATOR, a, &complete);
    model->actuator_transmission[to] = tendon ? MYR_TRANSMISSION_TENDON : MYR_TRANSMISSION_JOINT;
    model->actuator_target[to] = m->actuator_trnid[2 * a] + (tendon ? part->tendon : part->jnt);
    model->actuator_dynamics[to] = dynamics_of(m, a);
    model->actuator_gain[to] = m->actuator_gaintype[a] == mjGAIN_AFFINE ? MYR_GAIN_AFFINE : MYR_GAIN_FIXED;
    model->actuator_bias[to] = m->actuator_biastype[a] == mjBIAS_AFFINE ? MYR_BIAS_AFFINE : MYR_BIAS_NONE;
    model->actuator_act_start[to] = activation < 0 ? -1 : activation + part->act;
    model->actuator_ctrllimited[to] = m->actuator_ctrllimited[a];
    model->actuator_forcelimited[to] = m->actuator_forcelimited[a];
    model->actuator_actlimited[to] = m->actuator_actlimited[a];
    model->actuator_actearly[to] = mujoco_actearly(m, a);
    model->actuator_gear[to] = m->actuator_gear[6 * a]; /* the other five are of ball and free joints and of sites */
    model->actuator_dynprm[to] = m->actuator_dynprm[mjNDYN * a];
    memcpy(model->actuator_gainprm + 3 * to, m->actuator_gainprm + mjNGAIN * a, 3 * sizeof(double));
    memcpy(model->actuator_biasprm + 3 * to, m->actuator_biasprm + mjNBIAS * a, 3 * sizeof(double));
  }
  COPY_REALS(actuator_ctrlrange, actuator_ctrlrange, part->actuator, 2, m->nu);
  COPY_REALS(actuator_forcerange, actuator_forcerange, part->actuator, 2, m->nu);
  COPY_REALS(actuator_actrange, actuator_actrange, part->actuator, 2, m->nu);
  return complete;
}
