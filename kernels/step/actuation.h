/* Actuators and applied forces. They complete the smooth force, which is the sum of all forces but those of
 * constraints. MuJoCo's actuator model ("Computation: Actuation model"): force = gain(length, velocity) * (control or
 * activation) + bias(length, velocity), clamped; the strength of the world multiplies the clamped force. */
#ifndef MYR_ACTUATION_H
#define MYR_ACTUATION_H

#include "kernels/step/muscle.h"
#include "kernels/step/sparse.h"
#include "kernels/step/transmission.h"

/* NaN stays NaN, so that a world with such a control is marked as diverged. */
KERNEL real clamp_to(real x, const scalar *range) { return minimum(maximum(x, splat(range[0])), splat(range[1])); }

/* The activation one timestep from now, given its present value and rate. */
KERNEL real next_activation(const constants *m, int actuator, real act, real rate) {
  real step = splat(m->timestep);
  if (m->actuator_dynamics[actuator] == MYR_DYNAMICS_FILTER_EXACT) {
    real tau = maximum(splat(m->actuator_dynprm[MYR_ACTUATOR_PARAMETERS * actuator]), splat((scalar)1e-15));
    step = tau * (splat(1) - lane_exp(-step / tau));
  }
  act = fmadd(rate, step, act);
  return m->actuator_actlimited[actuator] ? clamp_to(act, m->actuator_actrange + 2 * actuator) : act;
}

KERNEL real activation_rate(const constants *m, int i, real control, real act) {
  const scalar *p = m->actuator_dynprm + MYR_ACTUATOR_PARAMETERS * i;
  int dynamics = m->actuator_dynamics[i];
  if (dynamics == MYR_DYNAMICS_INTEGRATOR) return control;
  if (dynamics == MYR_DYNAMICS_MUSCLE) return muscle_rate(p, control, act);
  return (control - act) / maximum(splat(p[0]), splat((scalar)1e-15));
}

/* The actuator's input: its control or, if it has one, its activation. Writes the activation's rate. */
KERNEL real actuator_input(const constants *m, fields *f, int i) {
  real control = f->ctrl[i];
  if (m->actuator_ctrllimited[i] && !(m->options.disable & MYR_DISABLE_CLAMPCTRL))
    control = clamp_to(control, m->actuator_ctrlrange + 2 * i);
  int a = m->actuator_act_start[i];
  if (a < 0) return control;
  real act = f->act[a];
  real rate = activation_rate(m, i, control, act);
  f->act_dot[a] = rate;
  return m->actuator_actearly[i] ? next_activation(m, i, act, rate) : act;
}

/* The set point that is nearest to the length, of those a period apart. */
KERNEL real nearest_setpoint(real x, real length, scalar period) {
  return fnmadd(splat(period), nearest_integer((x - length) / splat(period)), x);
}

KERNEL real affine(const scalar *p, real length, real velocity) {
  return fmadd(splat(p[2]), velocity, fmadd(splat(p[1]), length, splat(p[0])));
}

KERNEL int tendon_limits_actuator(const constants *m, int i) {
  return m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON && m->tendon_actfrclimited[m->actuator_target[i]];
}

/* Stores an actuator's force and its rate, clamped to the actuator's own range. */
KERNEL void store_actuator_force(const constants *m, fields *f, int i, real force, real rate) {
  if (m->actuator_forcelimited[i]) {
    real low = splat(m->actuator_forcerange[2 * i]), high = splat(m->actuator_forcerange[2 * i + 1]);
    force = clamp_to(force, m->actuator_forcerange + 2 * i);
    rate = choose(le(force, low) | le(high, force), zero(), rate);
  }
  f->actuator_force[i] = force * f->actuator_strength[i];
  f->actuator_force_rate[i] = rate * f->actuator_strength[i];
}

/* Scales the forces of a tendon's actuators so that their sum is within the tendon's range, then clamps each to its
 * own. A sum beyond the range does not depend on velocity. */
KERNEL void limit_tendon_forces(const constants *m, fields *f, int t) {
  if (!m->tendon_actfrclimited[t]) return;
  real sum = zero(), share = splat(1);
  for (int i = 0; i < m->nu; i++)
    if (tendon_limits_actuator(m, i) && m->actuator_target[i] == t) sum = sum + f->actuator_force[i];
  real low = splat(m->tendon_actfrcrange[2 * t]), high = splat(m->tendon_actfrcrange[2 * t + 1]);
  mask beyond = lt(sum, low) | lt(high, sum);
  share = choose(beyond, choose(lt(sum, low), low, high) / choose(beyond, sum, splat(1)), share);
  for (int i = 0; i < m->nu; i++)
    if (tendon_limits_actuator(m, i) && m->actuator_target[i] == t)
      store_actuator_force(m, f, i, f->actuator_force[i] * share, choose(beyond, zero(), f->actuator_force_rate[i]));
}

/* The rate follows MuJoCo: it is the derivative of the force, 0 where that is clamped, computed with the unclamped control
 * even where the force uses the clamped one. An actuator of a tendon with a range stores what limit_tendon_forces()
 * reads. */
KERNEL void actuator_force(const constants *m, fields *f, int i) {
  measure_actuator(m, f, i);
  real input = actuator_input(m, f, i);
  real length = f->actuator_length[i], velocity = f->actuator_velocity[i];
  const scalar *gainprm = m->actuator_gainprm + MYR_ACTUATOR_PARAMETERS * i;
  const scalar *biasprm = m->actuator_biasprm + MYR_ACTUATOR_PARAMETERS * i;
  real gain = splat(gainprm[0]), rate = zero(), given = m->actuator_act_start[i] < 0 ? f->ctrl[i] : input;
  if (m->actuator_gain[i] == MYR_GAIN_AFFINE) {
    gain = affine(gainprm, length, velocity);
    rate = splat(gainprm[2]) * given;
  } else if (m->actuator_gain[i] == MYR_GAIN_MUSCLE) {
    gain = muscle_gain(m, i, length, velocity, &rate);
    rate = rate * given;
  }
  if (m->actuator_period[i] > 0) input = nearest_setpoint(input, length, m->actuator_period[i]);
  real force = gain * input;
  if (m->actuator_bias[i] == MYR_BIAS_AFFINE) {
    force = force + affine(biasprm, length, velocity);
    rate = rate + splat(biasprm[2]);
  } else if (m->actuator_bias[i] == MYR_BIAS_MUSCLE) {
    force = force + muscle_bias(m, i, length);
  }
  if (tendon_limits_actuator(m, i))
    f->actuator_force[i] = force, f->actuator_force_rate[i] = rate;
  else
    store_actuator_force(m, f, i, force, rate);
}

/* The actuators' force on a dof; several may share it. compensated: with the dof's gravity compensation. */
KERNEL real driving_force(const constants *m, const fields *f, int dof, int compensated) {
  real sum = zero();
  for (int k = m->drive_start[dof]; k < m->drive_start[dof + 1]; k++) {
    int i = m->drive_actuator[k], moment = m->drive_moment[k], lever = m->drive_lever[k];
    if (lever >= 0) {
      sum = fmadd(f->lever_moment[lever], f->actuator_force[i], sum);
      continue;
    }
    real force = f->actuator_force[i] * splat(m->actuator_gear[i]);
    sum = moment < 0 ? sum + force : fmadd(f->tendon_moment[moment], force, sum);
  }
  int j = m->dof_jnt[dof];
  if (compensated && m->jnt_actgravcomp[j]) sum = sum + f->qfrc_gravcomp[dof];
  return m->jnt_actfrclimited[j] && m->jnt_dof_start[j] == dof ? clamp_to(sum, m->jnt_actfrcrange + 2 * j) : sum;
}

STAGE void actuation(const constants *m, fields *f) {
  int off = (m->options.disable & MYR_DISABLE_ACTUATION) != 0;
  EACH(i, m->nu) {
    actuator_force(m, f, i);
    if (off || m->actuator_disabled[i]) f->actuator_force[i] = zero(), f->actuator_force_rate[i] = zero();
  }
  if (m->has_tendon_range) {
    SYNC();
    EACH(t, m->ntendon) limit_tendon_forces(m, f, t);
  }
  int compensated = m->has_driven_compensation && m->nu && !off && has_gravity_compensation(m, f);
  SYNC();
  EACH(i, m->nv) f->qfrc_actuator[i] = driving_force(m, f, i, compensated);
}

KERNEL int has_applied_force(const constants *m, const fields *f) {
  mask used = mask_splat(0);
  EACH(e, 6 * (m->nbody - 1)) used = used | mask_not(eq(f->xfrc_applied[6 + e], zero()));
  return any_lane(in_any_item(used));
}

/* Adds xfrc_applied, mapped to joint space, to qfrc_smooth. Most steps apply no force, so the whole tile skips this. */
KERNEL void applied_force(const constants *m, fields *f) {
  if (!has_applied_force(m, f)) return;
  EACH(b, m->nbody) {
    const real *wrench = f->xfrc_applied + 6 * b;
    s6_store(f->body_force + 6 * b, force_at(m, f, b, v3_load(f->xipos + 3 * b), v3_load(wrench), v3_load(wrench + 3)));
  }
  SYNC();
  sum_to_root(m, f->body_force);
  EACH(i, m->nv) f->qfrc_smooth[i] = f->qfrc_smooth[i] + force_on_dof(m, f, f->body_force, i);
}

STAGE void smooth_force(const constants *m, fields *f) {
  EACH(i, m->nv) f->qfrc_smooth[i] = (f->qfrc_passive[i] - f->qfrc_bias[i]) + f->qfrc_actuator[i];
  applied_force(m, f);
}

#endif
