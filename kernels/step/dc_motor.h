/* MuJoCo's DC motor ("XML reference: actuator/dcmotor", and "MuJoCo DC Motor Model", which that page links). A voltage drives
 * a current through a resistance, against the voltage that the turning rotor induces, and the current makes the force. A
 * controller may compute the voltage from a set point. Cogging and LuGre's friction of bristles (Canudas de Wit et al.
 * 1995, doi.org/10.1109/9.376053) are forces that no bound of the current touches.
 *
 * Gain: p0 resistance (ohm) at the reference temperature; p1 motor constant (N m/A, and V s/rad); p2 its coefficient of the
 * temperature (1/K); p3 reference temperature (C); p4, p5, p6 gains of the position's error, of its integral and of the
 * velocity's error; p7 largest voltage of the controller, or 0.
 * Dynamics: p0 time constant of the current (s), or 0; p1 its largest rate (A/s), or 0; p2 thermal resistance (K/W), or 0;
 * p3 heat capacity (J/K); p4 ambient temperature (C); p5, p6 stiffness and damping of the bristles; p7 largest rate of the
 * set point, or 0; p8 largest integral, or 0.
 * Bias: p0, p1, p2 amplitude of the cogging, its periods per 2 pi of length and its phase; p3, p4 Coulomb and static
 * friction; p5 Stribeck's velocity. */
#ifndef MYR_DC_MOTOR_H
#define MYR_DC_MOTOR_H

#include "kernels/lane/elementary.h"
#include "kernels/step/setpoint.h"

/* The activations that a motor may have, in their order. */
enum motor_state { MOTOR_SETPOINT, MOTOR_INTEGRAL, MOTOR_WARMTH, MOTOR_BRISTLE, MOTOR_CURRENT, MOTOR_STATES };

typedef struct motor {
  const scalar *gain, *bias, *dynamics;
  int at[MOTOR_STATES];  /* places of its activations in act, or -1 */
  scalar cold, constant; /* resistance at the reference temperature; motor constant */
} motor;

KERNEL motor motor_of(const constants *m, int i) {
  motor x;
  x.gain = m->actuator_gainprm + MYR_ACTUATOR_PARAMETERS * i;
  x.bias = m->actuator_biasprm + MYR_ACTUATOR_PARAMETERS * i;
  x.dynamics = m->actuator_dynprm + MYR_ACTUATOR_PARAMETERS * i;
  x.cold = larger(SMALLEST, x.gain[0]);
  x.constant = x.gain[1];
  int next = m->actuator_act_start[i];
  x.at[MOTOR_SETPOINT] = x.dynamics[7] > 0 ? next++ : -1;
  x.at[MOTOR_INTEGRAL] = x.gain[5] > 0 ? next++ : -1;
  x.at[MOTOR_WARMTH] = x.dynamics[2] > 0 ? next++ : -1;
  x.at[MOTOR_BRISTLE] = x.dynamics[5] > 0 ? next++ : -1;
  x.at[MOTOR_CURRENT] = x.dynamics[0] > 0 ? next : -1;
  return x;
}

KERNEL int has_controller(const constants *m, int i) {
  return (m->actuator_input[i] & (MYR_INPUT_POSITION | MYR_INPUT_VELOCITY | MYR_INPUT_FORCE)) != 0;
}

/* ------------------------------------------------------------------------------------------------ current */
/* The resistance at the temperature of the coil, whose activation is its excess over the ambient one. */
KERNEL real motor_resistance(const fields *f, const motor *x) {
  if (x->at[MOTOR_WARMTH] < 0) return splat(x->cold);
  real excess = f->act[x->at[MOTOR_WARMTH]] + splat(x->dynamics[4] - x->gain[3]);
  return maximum(splat(x->gain[0]) * fmadd(splat(x->gain[2]), excess, splat(1)), splat(SMALLEST));
}

/* The voltage at the terminals, and its derivative by the velocity. The controller takes the coil for cold, and makes up for
 * the induced voltage. */
KERNEL real motor_voltage(const constants *m, const fields *f, int i, const motor *x, real control, real *slope) {
  int input = m->actuator_input[i];
  *slope = zero();
  if (!has_controller(m, i)) return control;
  scalar volts = x->gain[0] / x->constant; /* for a unit of force */
  real way = (input & MYR_INPUT_POSITION ? control : zero()) - f->actuator_length[i];
  real slip = (input & MYR_INPUT_VELOCITY ? control : zero()) - f->actuator_velocity[i];
  real force = fmadd(splat(x->gain[4]), way, splat(x->gain[6]) * slip);
  if (x->at[MOTOR_INTEGRAL] >= 0) force = fmadd(splat(x->gain[5]), f->act[x->at[MOTOR_INTEGRAL]], force);
  if (input & MYR_INPUT_FORCE) force = force + control;
  real voltage = fmadd(splat(volts), force, splat(x->constant) * f->actuator_velocity[i]);
  *slope = splat(x->constant - volts * x->gain[6]);
  if (!(x->gain[7] > 0)) return voltage;
  *slope = choose(lt(absolute(voltage), splat(x->gain[7])), *slope, zero());
  return clamp_within(voltage, x->gain[7]);
}

/* The current that a voltage would drive in the end. */
KERNEL real steady_current(const fields *f, int i, const motor *x, real voltage) {
  return fnmadd(splat(x->constant), f->actuator_velocity[i], voltage) / motor_resistance(f, x);
}

/* What remains of a timestep h for something that approaches its end with a time constant: tau (1 - exp(-h / tau)). */
KERNEL real approach_time(const constants *m, scalar tau) {
  real kept = splat(larger(tau, SMALLEST));
  return kept * (splat(1) - lane_exp(-splat(m->timestep) / kept));
}

/* ------------------------------------------------------------------------------------------------ friction */
/* The rate at which the bristles' bend decays, -stiffness |v| / g(v), with the curve of Stribeck g. */
KERNEL real bristle_decay(const motor *x, real velocity) {
  real ratio = velocity / splat(larger(SMALLEST, x->bias[5]));
  real friction = fmadd(splat(x->bias[4] - x->bias[3]), lane_exp(-(ratio * ratio)), splat(x->bias[3]));
  return splat(-x->dynamics[5]) * absolute(velocity) / maximum(friction, splat(SMALLEST));
}

/* (exp(x) - 1) / x for x <= 0 without the loss of digits near 0 (Higham, "Accuracy and Stability of Numerical Algorithms",
 * 1.14.1). */
KERNEL real mean_decay(real x) {
  real end = lane_exp(x);
  real log = choose(lt(x, splat(-1)), x, lane_log(maximum(end, splat((scalar)0.25))));
  return choose(eq(end, splat(1)), splat(1), (end - splat(1)) / log);
}

/* The bend after a timestep at a constant velocity. */
KERNEL real next_bristle(const constants *m, const fields *f, int i, const motor *x) {
  real way = bristle_decay(x, f->actuator_velocity[i]) * splat(m->timestep);
  real bent = splat(m->timestep) * mean_decay(way) * f->actuator_velocity[i];
  return fmadd(lane_exp(way), f->act[x->at[MOTOR_BRISTLE]], bent);
}

/* Cogging and the friction of the bristles, and the friction's derivative by the velocity without that of the decay, as in
 * MuJoCo. */
KERNEL real motor_drag(const constants *m, const fields *f, int i, real *rate) {
  motor x = motor_of(m, i);
  int bristle = x.at[MOTOR_BRISTLE];
  *rate = splat(-x.dynamics[6]);
  real force = zero();
  if (x.bias[0] != 0)
    force = splat(x.bias[0]) * lane_sin(fmadd(splat(x.bias[1]), f->actuator_length[i], splat(x.bias[2])));
  if (bristle < 0) return force;
  return force - fmadd(splat(x.dynamics[5]), f->act[bristle], splat(x.dynamics[6]) * f->act_dot[bristle]);
}

/* ------------------------------------------------------------------------------------------------ stages */
/* Writes the rates of the activations. Returns the control, or the set point that follows it. */
KERNEL real motor_rates(const constants *m, fields *f, int i, real control) {
  motor x = motor_of(m, i);
  const scalar *p = x.dynamics;
  int integral = x.at[MOTOR_INTEGRAL], warmth = x.at[MOTOR_WARMTH], bristle = x.at[MOTOR_BRISTLE];
  int current = x.at[MOTOR_CURRENT];
  if (x.at[MOTOR_SETPOINT] >= 0) control = follow_control(m, f, x.at[MOTOR_SETPOINT], control, p[7], 0);
  if (integral >= 0) f->act_dot[integral] = integral_rate(control - f->actuator_length[i], f->act[integral], p[8]);
  real slope, steady = steady_current(f, i, &x, motor_voltage(m, f, i, &x, control, &slope));
  if (warmth >= 0) {
    real flowing = current >= 0 ? f->act[current] : steady;
    real heat = motor_resistance(f, &x) * (flowing * flowing);
    f->act_dot[warmth] = (heat - f->act[warmth] / splat(p[2])) / splat(p[3]);
  }
  if (bristle >= 0)
    f->act_dot[bristle] = fmadd(bristle_decay(&x, f->actuator_velocity[i]), f->act[bristle], f->actuator_velocity[i]);
  if (current >= 0) {
    real rate = (steady - f->act[current]) / splat(p[0]);
    f->act_dot[current] = p[1] > 0 ? clamp_within(rate, p[1]) : rate;
  }
  return control;
}

/* Activation `a` of the motor one timestep from now. */
KERNEL real next_motor_state(const constants *m, const fields *f, int i, int a, real rate) {
  motor x = motor_of(m, i);
  if (a == x.at[MOTOR_BRISTLE]) return next_bristle(m, f, i, &x);
  if (a == x.at[MOTOR_CURRENT]) return fmadd(rate, approach_time(m, x.dynamics[0]), f->act[a]);
  real act = fmadd(rate, splat(m->timestep), f->act[a]);
  return a == x.at[MOTOR_INTEGRAL] && x.dynamics[8] > 0 ? clamp_within(act, x.dynamics[8]) : act;
}

/* The force of the current, and its derivative by the velocity. A current that rises as fast as it may does not depend on
 * the velocity. */
KERNEL real motor_force(const constants *m, const fields *f, int i, real control, real *rate) {
  motor x = motor_of(m, i);
  int current = x.at[MOTOR_CURRENT];
  real voltage = motor_voltage(m, f, i, &x, control, rate);
  *rate = splat(x.constant) * (*rate - splat(x.constant)) / motor_resistance(f, &x);
  if (current < 0) return splat(x.constant) * steady_current(f, i, &x, voltage);
  if (!m->actuator_actearly[i]) {
    *rate = zero();
    return splat(x.constant) * f->act[current];
  }
  *rate = *rate * (approach_time(m, x.dynamics[0]) / splat(x.dynamics[0]));
  if (x.dynamics[1] > 0) *rate = choose(lt(absolute(f->act_dot[current]), splat(x.dynamics[1])), *rate, zero());
  return splat(x.constant) * next_motor_state(m, f, i, current, f->act_dot[current]);
}

#endif
