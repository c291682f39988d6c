/* MuJoCo's muscle ("Modeling: Muscles"): a force that falls from the optimal length on both sides and rises in stretching,
 * and an activation that rises faster than it falls (Millard et al. 2013, doi.org/10.1115/1.4023390).
 *
 * Parameters of gain and bias: normalized lengths 0 and 1 of lengthrange; peak force, or -1: scale over the acceleration
 * that a unit force makes; scale; lengths where the active force begins and ends; velocity at which it is zero; passive force
 * at the longest length; active force at the highest velocity. Of the dynamics: time constants of rising and falling (s), and
 * the width over which one replaces the other. */
#ifndef MYR_MUSCLE_H
#define MYR_MUSCLE_H

#include "kernels/step/world.h"

KERNEL real square_of(real x) { return x * x; }

/* The numbers that follow from a muscle's parameters alone. */
typedef struct muscle {
  scalar peak, length, start; /* N; m for a normalized length of 1; normalized length of lengthrange's beginning */
  scalar shortest, longest, fastest, passive, stretched;
} muscle;

KERNEL muscle muscle_of(const constants *m, int i, const scalar *p) {
  muscle x;
  const scalar *range = m->actuator_lengthrange + 2 * i;
  x.peak = p[2] < 0 ? p[3] / larger(SMALLEST, m->actuator_acc0[i]) : p[2];
  x.length = (range[1] - range[0]) / larger(SMALLEST, p[1] - p[0]);
  x.start = p[0];
  x.shortest = p[4];
  x.longest = p[5];
  x.fastest = larger(SMALLEST, x.length * p[6]);
  x.passive = p[7];
  x.stretched = p[8];
  return x;
}

KERNEL real normalized_length(const constants *m, int i, const muscle *x, real length) {
  real way = length - splat(m->actuator_lengthrange[2 * i]);
  return splat(x->start) + way / splat(larger(SMALLEST, x->length));
}

/* The share of a length: four parabolas that meet at the middle of either side, 1 at the length 1. */
KERNEL real share_of_length(const muscle *x, real length) {
  scalar low = (scalar)0.5 * (x->shortest + 1), high = (scalar)0.5 * (1 + x->longest);
  real half = splat((scalar)0.5);
  real rising = square_of((length - splat(x->shortest)) / splat(larger(SMALLEST, low - x->shortest)));
  real left = square_of((splat(1) - length) / splat(larger(SMALLEST, 1 - low)));
  real right = square_of((length - splat(1)) / splat(larger(SMALLEST, high - 1)));
  real falling = square_of((splat(x->longest) - length) / splat(larger(SMALLEST, x->longest - high)));
  real below = choose(le(length, splat(low)), half * rising, fnmadd(half, left, splat(1)));
  real above = choose(le(length, splat(high)), fnmadd(half, right, splat(1)), half * falling);
  mask within = le(splat(x->shortest), length) & le(length, splat(x->longest));
  return choose(within, choose(le(length, splat(1)), below, above), zero());
}

/* The share of a velocity, and its derivative. */
KERNEL real share_of_velocity(const muscle *x, real velocity, real *slope) {
  real v = velocity / splat(x->fastest), y = splat(x->stretched - 1), most = splat(x->stretched);
  real inverse = splat(1 / larger(SMALLEST, x->stretched - 1));
  mask gone = le(v, splat(-1)), shortening = le(v, zero()), stretching = le(v, y);
  real rise = v + splat(1), rest = y - v;
  real share = choose(shortening, rise * rise, choose(stretching, fnmadd(rest * rest, inverse, most), most));
  real change = choose(shortening, rise + rise, choose(stretching, (rest + rest) * inverse, zero()));
  *slope = choose(gone, zero(), change / splat(x->fastest));
  return choose(gone, zero(), share);
}

/* The gain, and its derivative by the velocity. A muscle pulls: its force is negative. */
KERNEL real muscle_gain(const constants *m, int i, real length, real velocity, real *slope) {
  muscle x = muscle_of(m, i, m->actuator_gainprm + MYR_ACTUATOR_PARAMETERS * i);
  real most = splat(-x.peak) * share_of_length(&x, normalized_length(m, i, &x, length));
  real share = share_of_velocity(&x, velocity, slope);
  *slope = most * *slope;
  return most * share;
}

/* The passive force: a parabola up to the middle between the lengths 1 and longest, and straight beyond. */
KERNEL real muscle_bias(const constants *m, int i, real length) {
  muscle x = muscle_of(m, i, m->actuator_biasprm + MYR_ACTUATOR_PARAMETERS * i);
  real l = normalized_length(m, i, &x, length);
  scalar high = (scalar)0.5 * (1 + x.longest);
  real inverse = splat(1 / larger(SMALLEST, high - 1));
  real bent = (l - splat(1)) * inverse, straight = (l - splat(high)) * inverse, half = splat((scalar)0.5);
  real share = choose(le(l, splat(high)), half * (bent * bent), half + straight);
  return choose(le(l, splat(1)), zero(), splat(-(x.peak * x.passive)) * share);
}

/* 0 below 0, 1 above 1, and between a polynomial with two vanishing derivatives at both ends. */
KERNEL real smooth_step(real x) {
  real t = minimum(maximum(x, zero()), splat(1));
  return (t * t) * t * fmadd(splat(3) * t, fmadd(splat(2), t, splat(-5)), splat(10));
}

KERNEL real muscle_rate(const scalar *p, real control, real act) {
  real effort = fmadd(splat((scalar)1.5), minimum(maximum(act, zero()), splat(1)), splat((scalar)0.5));
  real rising = splat(p[0]) * effort, falling = splat(p[1]) / effort;
  real excess = minimum(maximum(control, zero()), splat(1)) - act;
  real time = choose(gt(excess, zero()), rising, falling);
  if (p[2] >= SMALLEST) time = fmadd(rising - falling, smooth_step(excess / splat(p[2]) + splat((scalar)0.5)), falling);
  return excess / maximum(time, splat(SMALLEST));
}

#endif
