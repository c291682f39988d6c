/* MuJoCo's PID controller ("XML reference: actuator/pid"): force = kp (set point - length) + kv (set velocity - velocity) +
 * given force + ki integral. kp and kv stand in the affine bias, which adds what depends on length and velocity.
 *
 * Gain: p0 ki. Dynamics: p0 largest integral, or 0; p1 largest rate of the set point, or 0. The set point that follows the
 * control, and then the integral, are activations where there are such. */
#ifndef MYR_PID_H
#define MYR_PID_H

#include "kernels/step/activation.h"

/* Writes the rates of the activations. Returns the control, or the set point that follows it. */
KERNEL real pid_rates(const constants *m, fields *f, int i, real control) {
  const scalar *p = m->actuator_dynprm + MYR_ACTUATOR_PARAMETERS * i;
  int a = m->actuator_act_start[i];
  if (a < 0) return control;
  if (p[1] > 0) control = follow_control(m, f, a++, control, p[1], m->actuator_period[i]);
  if (a == end_of_activations(m, i)) return control;
  real length = f->actuator_length[i], setpoint = nearest_setpoint(control, length, m->actuator_period[i]);
  f->act_dot[a] = integral_rate(setpoint - length, f->act[a], p[0]);
  return control;
}

/* The force without the bias. */
KERNEL real pid_force(const constants *m, const fields *f, int i, real control) {
  const scalar *bias = m->actuator_biasprm + MYR_ACTUATOR_PARAMETERS * i;
  scalar integral_gain = m->actuator_gainprm[MYR_ACTUATOR_PARAMETERS * i];
  int last = end_of_activations(m, i) - 1;
  real force = control;
  if (m->actuator_input[i] == MYR_INPUT_POSITION)
    force = splat(-bias[1]) * nearest_setpoint(control, f->actuator_length[i], m->actuator_period[i]);
  else if (m->actuator_input[i] == MYR_INPUT_VELOCITY)
    force = splat(-bias[2]) * control;
  if (m->actuator_act_start[i] < 0 || !(integral_gain > 0)) return force;
  real integral = m->actuator_actearly[i] ? next_activation(m, f, i, last, f->act_dot[last]) : f->act[last];
  return fmadd(splat(integral_gain), integral, force);
}

#endif
