/* The softness of nearly frictionless contacts. All edges of a friction pyramid share one R, 2 mu^2 times that of the normal
 * (MuJoCo, "Computation: Constraint model"). Where mu is small, single precision loses the masses beside 1 / R: a box on a
 * floor with mu = 0.01 had accelerations that were 9.8 times too large, with mu = 1e-4 they were NaN. So R is at least that
 * of this mu in single precision. The friction force still ends at mu times the normal force, but a contact with a smaller
 * mu creeps faster before it slides. */
#ifndef MYR_STEEPEST_PYRAMID_H
#define MYR_STEEPEST_PYRAMID_H

#define MYR_STEEPEST_PYRAMID 0.02 /* sliding friction */

#endif
