#include "sim/bullet/mapping.h"

#include <math.h>

#include "sim/deterministic_math.h"

/* MuJoCo's bounds ("Computation: Constraint model"). */
#define SMALLEST_IMPEDANCE 1e-4
#define LARGEST_IMPEDANCE 0.9999
#define TINY 1e-15

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

static double impedance(const double *solimp, double violation) {
  double at_zero = clamp(solimp[0], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE);
  double at_width = clamp(solimp[1], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE);
  double middle = clamp(solimp[3], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE), power = fmax(solimp[4], 1);
  if (at_zero == at_width || solimp[2] <= TINY) return (at_zero + at_width) / 2;
  double x = fmin(fabs(violation) / solimp[2], 1), y = x;
  if (power != 1 && x < 1)
    y = x <= middle ? portable_pow(x, power) / portable_pow(middle, power - 1)
                    : 1 - portable_pow(1 - x, power) / portable_pow(1 - middle, power - 1);
  return at_zero + y * (at_width - at_zero);
}

bullet_softness mapping_softness(const myr_options *options, const double *solref, const double *solimp,
                                 double violation, double regularization_scale) {
  double dmax = clamp(solimp[1], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE), d = impedance(solimp, violation);
  double stiffness, damping;
  if (solref[0] > 0) {
    double time = options->disable & MYR_DISABLE_REFSAFE ? solref[0] : fmax(solref[0], 2 * options->timestep);
    stiffness = 1 / fmax(TINY, dmax * dmax * time * time * solref[1] * solref[1]);
    damping = 2 / fmax(TINY, dmax * time);
  } else {
    stiffness = -solref[0] / (dmax * dmax);
    damping = -solref[1] / dmax;
  }
  double spring = options->timestep * stiffness * d, sum = fmax(spring + damping, TINY);
  return (bullet_softness){.error_reduction = spring / sum, .softness = (1 - d) / d * regularization_scale / sum};
}

double mapping_contact_scale(const myr_options *options, int condim, double friction, double weight) {
  if (condim == 1 || options->cone == MYR_ELLIPTIC) return weight;
  double edges = 2 * (condim - 1), mu = friction / portable_sqrt(fmax(TINY, options->impratio));
  return weight * (1 + friction * friction) * 2 * mu * mu / edges;
}
