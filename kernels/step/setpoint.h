/* Set points of controllers: where they stand, how they follow a control, and what their error adds up to. */
#ifndef MYR_SETPOINT_H
#define MYR_SETPOINT_H

#include "kernels/step/world.h"

/* NaN stays NaN, so that a world with such a control is marked as diverged. */
KERNEL real clamp_to(real x, const scalar *range) { return minimum(maximum(x, splat(range[0])), splat(range[1])); }
KERNEL real clamp_within(real x, scalar most) { return minimum(maximum(x, splat(-most)), splat(most)); }

/* The set point that is nearest to the length, of those a period apart; the set point itself where the period is 0. */
KERNEL real nearest_setpoint(real x, real length, scalar period) {
  return period > 0 ? fnmadd(splat(period), nearest_integer((x - length) / splat(period)), x) : x;
}

/* Lets activation `a`, a set point, follow the control by at most `fastest` per second, and writes its rate. Returns the set
 * point at the end of the timestep. */
KERNEL real follow_control(const constants *m, fields *f, int a, real control, scalar fastest, scalar period) {
  real last = f->act[a];
  real way = clamp_within(nearest_setpoint(control, last, period) - last, fastest * m->timestep);
  f->act_dot[a] = way / splat(m->timestep);
  return last + way;
}

/* The rate of an integral of the error, which does not grow beyond its bound. A bound of 0 is none. */
KERNEL real integral_rate(real error, real integral, scalar bound) {
  if (!(bound > 0)) return error;
  real falling = minimum(error, zero()), rising = maximum(error, zero());
  real below = choose(le(integral, splat(-bound)), rising, error);
  return choose(le(splat(bound), integral), falling, below);
}

#endif
