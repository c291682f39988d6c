/* How hard a contact may be in single precision. Where 1 / R is too large, single precision loses the masses beside it. */
#ifndef MYR_HARDEST_CONTACT_H
#define MYR_HARDEST_CONTACT_H

/* Sliding friction. All edges of a friction pyramid share one R, 2 mu^2 times that of the normal (MuJoCo, "Computation:
 * Constraint model"). Where mu is small, R is too: a box on a floor with mu = 0.01 had accelerations that were 9.8 times too
 * large, with mu = 1e-4 they were NaN. So R is at least that of this mu. The friction force still ends at mu times the
 * normal force, but a contact with a smaller mu creeps faster before it slides. */
#define MYR_STEEPEST_PYRAMID 0.02

/* A body that turns about its centre of mass, and cannot move otherwise, has almost no inverse weight for translation, to
 * which R is proportional: 1 / R is 1e14 times the mass. A box on a ball joint in its centre had accelerations of 1e17
 * rad/s^2. The ends of its geoms do move when it turns; so the inverse weight is at least this share of the inverse inertia
 * there: that of turning times the square of the arm. */
#define MYR_LEAST_SHARE_OF_TURNING 1e-4

#endif
