/* Delay lines. A line keeps the last numbers of a signal, one for each timestep, and a stage reads the signal as it was a
 * delay ago. In f->delayed the newest number of a line comes first; it is one timestep old. A delay beyond the line's end
 * reads the oldest number, and a delay of less than a timestep the newest (MuJoCo, "Modeling: Delays"). */
#ifndef MYR_DELAY_H
#define MYR_DELAY_H

#include "kernels/step/world.h"

/* How far behind the newest number of a line the delay leads, in timesteps. passed: the share of the present timestep that
 * has passed, in a method of several stages. A delay of whole timesteps stays so in spite of rounding. */
KERNEL scalar age_in_line(const constants *m, int line, scalar passed) {
  scalar last = (scalar)(m->delay_line_count[line] - 1);
  scalar age = m->delay_line_delay[line] / m->timestep - (passed + 1);
  if (!(age > 0)) return 0;
  if (age > last) return last;
  scalar whole = (scalar)(int)(age + (scalar)0.5), off = age - whole;
  scalar rounding = BY_PRECISION((scalar)1e-6, (scalar)1e-12) * (age + 2);
  return -rounding < off && off < rounding ? whole : age;
}

/* Between two numbers, at share t of the way from the older to the newer one: Hermite's cubic with the slopes of Catmull and
 * Rom, which are 0 at the ends of the line. */
KERNEL real read_cubic(const real *number, int newer, int count, scalar t) {
  real from = number[newer + 1], to = number[newer], half = splat((scalar)0.5);
  real slope_from = newer + 2 < count ? half * (to - number[newer + 2]) : zero();
  real slope_to = newer > 0 ? half * (number[newer - 1] - from) : zero();
  scalar rest = t - 1, weight = t * t * (3 - 2 * t);
  real turn = fmadd(splat(t * rest * rest), slope_from, splat(t * t * rest) * slope_to);
  return fmadd(splat(weight), to - from, from) + turn;
}

KERNEL real read_delay_line(const constants *m, const fields *f, int line, scalar passed) {
  const real *number = f->delayed + m->delay_line_start[line];
  scalar age = age_in_line(m, line, passed);
  int newer = (int)age;
  scalar t = (scalar)(newer + 1) - age;
  if (t == 1) return number[newer];
  switch (m->delay_line_interpolation[line]) {
  case MYR_DELAY_HOLD: return number[newer + 1];
  case MYR_DELAY_LINEAR: return fmadd(splat(t), number[newer] - number[newer + 1], number[newer + 1]);
  default: return read_cubic(number, newer, m->delay_line_count[line], t);
  }
}

/* Adds the number of the timestep that ends, and drops the oldest. */
KERNEL void write_delay_line(const constants *m, fields *f, int line, real newest) {
  real *number = f->delayed + m->delay_line_start[line];
  for (int k = m->delay_line_count[line] - 1; k > 0; k--) number[k] = number[k - 1];
  number[0] = newest;
}

#endif
