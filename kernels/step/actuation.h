/* Actuators and applied forces. They complete the smooth force, which is the sum of all forces but those of
 * constraints. MuJoCo's actuator model ("Computation: Actuation model"): force = gain(length, velocity) * (control or
 * activation) + bias(length, velocity), clamped; the strength of the world multiplies the clamped force. */
#ifndef MYR_ACTUATION_H
#define MYR_ACTUATION_H

#include "kernels/step/activation.h"
#include "kernels/step/delay.h"
#include "kernels/step/pid.h"
#include "kernels/step/sparse.h"
#include "kernels/step/transmission.h"

/* The control that acts, clamped to its range. passed: see delay.h. */
KERNEL real acting_control(const constants *m, const fields *f, int i, scalar passed) {
  int line = m->actuator_delay_line[i];
  real control = line < 0 ? f->ctrl[i] : read_delay_line(m, f, line, passed);
  if (!m->actuator_ctrllimited[i] || (m->options.disable & MYR_DISABLE_CLAMPCTRL)) return control;
  return clamp_to(control, m->actuator_ctrlrange + 2 * i);
}

/* The input of an actuator without a controller: its control or, if it has one, its activation. Writes the activation's
 * rate. */
KERNEL real actuator_input(const constants *m, fields *f, int i, real control) {
  int a = m->actuator_act_start[i];
  if (a < 0) return control;
  real act = f->act[a];
  real rate = activation_rate(m, i, control, act);
  f->act_dot[a] = rate;
  return m->actuator_actearly[i] ? next_activation(m, f, i, a, rate) : act;
}

KERNEL real affine(const scalar *p, real length, real velocity) {
  return fmadd(splat(p[2]), velocity, fmadd(splat(p[1]), length, splat(p[0])));
}

KERNEL int tendon_limits_actuator(const constants *m, int i) {
  return m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON && m->tendon_actfrclimited[m->actuator_target[i]];
}

/* Stores an actuator's force and its rate, clamped to the actuator's own range. The drag of a motor is not clamped, and does
 * not depend on the actuator's strength. */
KERNEL void store_actuator_force(const constants *m, fields *f, int i, real force, real rate) {
  if (m->actuator_forcelimited[i]) {
    real low = splat(m->actuator_forcerange[2 * i]), high = splat(m->actuator_forcerange[2 * i + 1]);
    force = clamp_to(force, m->actuator_forcerange + 2 * i);
    rate = choose(le(force, low) | le(high, force), zero(), rate);
  }
  f->actuator_force[i] = force * f->actuator_strength[i];
  f->actuator_force_rate[i] = rate * f->actuator_strength[i];
  if (m->actuator_bias[i] != MYR_BIAS_DC_MOTOR) return;
  real by_velocity, drag = motor_drag(m, f, i, &by_velocity);
  f->actuator_force[i] = f->actuator_force[i] + drag;
  f->actuator_force_rate[i] = f->actuator_force_rate[i] + by_velocity;
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

/* The force of gain and input, without the bias, of an actuator without a controller. The rate follows MuJoCo: it takes the
 * unclamped control even where the force uses the clamped one. */
KERNEL real gain_force(const constants *m, fields *f, int i, real control, real *rate) {
  real input = actuator_input(m, f, i, control);
  real length = f->actuator_length[i], velocity = f->actuator_velocity[i];
  const scalar *p = m->actuator_gainprm + MYR_ACTUATOR_PARAMETERS * i;
  real gain = splat(p[0]), given = m->actuator_act_start[i] < 0 ? f->ctrl[i] : input;
  if (m->actuator_gain[i] == MYR_GAIN_AFFINE) {
    gain = affine(p, length, velocity);
    *rate = splat(p[2]) * given;
  } else if (m->actuator_gain[i] == MYR_GAIN_MUSCLE) {
    gain = muscle_gain(m, i, length, velocity, rate);
    *rate = *rate * given;
  }
  return gain * nearest_setpoint(input, length, m->actuator_period[i]);
}

KERNEL real force_without_bias(const constants *m, fields *f, int i, scalar passed, real *rate) {
  real control = acting_control(m, f, i, passed);
  switch (m->actuator_gain[i]) {
  case MYR_GAIN_PID: return pid_force(m, f, i, pid_rates(m, f, i, control));
  case MYR_GAIN_DC_MOTOR: return motor_force(m, f, i, motor_rates(m, f, i, control), rate);
  default: return gain_force(m, f, i, control, rate);
  }
}

/* The rate is the derivative of the force by the velocity, 0 where the force is clamped. An actuator of a tendon with a range
 * stores what limit_tendon_forces() reads. */
KERNEL void actuator_force(const constants *m, fields *f, int i, scalar passed) {
  measure_actuator(m, f, i);
  const scalar *p = m->actuator_biasprm + MYR_ACTUATOR_PARAMETERS * i;
  real rate = zero(), force = force_without_bias(m, f, i, passed, &rate);
  if (m->actuator_bias[i] == MYR_BIAS_AFFINE) {
    force = force + affine(p, f->actuator_length[i], f->actuator_velocity[i]);
    rate = rate + splat(p[2]);
  } else if (m->actuator_bias[i] == MYR_BIAS_MUSCLE) {
    force = force + muscle_bias(m, i, f->actuator_length[i]);
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

/* passed: the share of the timestep that has passed, in a method of several stages. */
STAGE void actuation(const constants *m, fields *f, scalar passed) {
  int off = (m->options.disable & MYR_DISABLE_ACTUATION) != 0;
  EACH(i, m->nu) {
    actuator_force(m, f, i, passed);
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
