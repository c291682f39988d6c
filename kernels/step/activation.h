/* Activations: their rates, and where they are a timestep later (MuJoCo, "Computation: Actuation model"). An actuator has
 * one, none, or as many as its dynamics need. */
#ifndef MYR_ACTIVATION_H
#define MYR_ACTIVATION_H

#include "kernels/step/dc_motor.h"
#include "kernels/step/muscle.h"

/* Those of an actuator are actuator_act_start up to here; an actuator without any has -1 and -1. */
KERNEL int end_of_activations(const constants *m, int i) { return m->actuator_act_start[i] + m->actuator_actnum[i]; }

/* Activation `a` one timestep from now, given its rate. */
KERNEL real next_activation(const constants *m, const fields *f, int i, int a, real rate) {
  real step = splat(m->timestep);
  if (m->actuator_dynamics[i] == MYR_DYNAMICS_DC_MOTOR) return next_motor_state(m, f, i, a, rate);
  if (m->actuator_dynamics[i] == MYR_DYNAMICS_FILTER_EXACT)
    step = approach_time(m, m->actuator_dynprm[MYR_ACTUATOR_PARAMETERS * i]);
  real act = fmadd(rate, step, f->act[a]);
  return m->actuator_actlimited[i] ? clamp_to(act, m->actuator_actrange + 2 * i) : act;
}

/* The rate of the one activation of an actuator that has no controller. */
KERNEL real activation_rate(const constants *m, int i, real control, real act) {
  const scalar *p = m->actuator_dynprm + MYR_ACTUATOR_PARAMETERS * i;
  int dynamics = m->actuator_dynamics[i];
  if (dynamics == MYR_DYNAMICS_INTEGRATOR) return control;
  if (dynamics == MYR_DYNAMICS_MUSCLE) return muscle_rate(p, control, act);
  return (control - act) / maximum(splat(p[0]), splat(SMALLEST));
}

#endif
