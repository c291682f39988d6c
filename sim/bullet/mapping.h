/* How MuJoCo's parameters, which models are written in, become Bullet's.
 *
 * Coordinates      Equal in meaning: hinge, slide and ball as they are; a free joint is a floating base. Bodies without
 *                  a joint of their own are part of their parent's link: masses add up. A body of several joints is a
 *                  chain of links of which only the last has mass. Trees are multibodies of their own.
 * Mass, inertia    As they are. Armature is inertia added to the diagonal of the mass matrix, which Bullet's algorithm
 *                  does not know: bullet_multibody_set_added_inertia corrects every response for it, exactly.
 * Timestep         The model's, substeps likewise. Both integrate semi-implicitly (velocities, then positions by the
 *                  exponential map). Bullet moves a floating base's centre of mass, Myriad its frame's origin, as
 *                  MuJoCo: where the two differ by r and the body turns at w, the paths part by w^2 r dt / 2 a second
 *                  at most, which halves with dt. The centre of mass of a free body is right in Bullet.
 * Damping          Implicit where MuJoCo's integrator makes it so: timestep times damping is added inertia. Tendon
 *                  damping and the velocity terms of actuators on tendons are explicit, for they are not diagonal.
 * Actuators        Explicit generalized forces of our kernels (gain, bias, activation, ranges, strength), not Bullet's
 *                  motors: a servo is a spring with a limited force, and a motor constraint has no such gains. With
 *                  implicitfast their velocity terms are added inertia.
 * Springs, tendons Explicit forces of our kernels, as are those that the caller applies to bodies. Limits and dry
 *                  friction of tendons are rows like those of joints.
 * Dry friction     A row with target 0, bounded by the loss times the timestep, and rigid, as Coulomb's law is: MuJoCo's
 *                  regularized one creeps at (force) R / b, with R and b as below.
 * Friction         One coefficient per pair by the model's rule (maximum, priority or the pair's own), not Bullet's
 *                  product; a round cone, as MuJoCo's elliptic one. Pyramidal cones carry up to 1.41 times more along
 *                  their edges' bisectors. Torsional and rolling friction are MuJoCo's lengths: Bullet's mean the same.
 * Restitution      None, as in MuJoCo.
 * Softness         MuJoCo pulls a violation r < 0 back by the acceleration -b v - k d(r) r against the regularization
 *                  R = (1 - d) / d times the inverse mass. As a spring and damper in newtons, that is stiffness
 *                  K = k d / R and damping B = b / R, for which the usual relation (Bullet's own for stiff contacts) is
 *                      ERP = dt K / (dt K + B),   CFM = 1 / (dt K + B).
 *                  At rest the penetration is MuJoCo's; a violation decays with the time constant dt / ERP, about twice
 *                  that of MuJoCo's critically damped one. A pyramid of e edges has R / e along its normal.
 * Limits           The same relation; a limit acts when it is violated, as MuJoCo's.
 * Margins          Bullet contacts act on touch: a model with contact margins is refused. Joints' margins are kept.
 * Solver           Projected Gauss-Seidel, 50 iterations as PyBullet, no warm start; MuJoCo's tolerances have no
 *                  counterpart.
 * Bits             Equal for any number of threads and worlds. Bullet calls the C library's sine and arctangent, whose
 *                  last bit may differ between machines: so may its data, as that of no other engine. */
#ifndef MYR_BULLET_MAPPING_H
#define MYR_BULLET_MAPPING_H

#include "kernels/kernels.h"

enum { BULLET_ITERATIONS = 50 };

typedef struct bullet_softness {
  double error_reduction; /* ERP */
  double softness;        /* CFM: m/s or rad/s of give for each newton or newton metre */
} bullet_softness;

/* solref (2), solimp (5) and the violation as MuJoCo has them; (1 - d) / d is multiplied by regularization_scale. */
bullet_softness mapping_softness(const myr_options *options, const double *solref, const double *solimp,
                                 double violation, double regularization_scale);

/* The regularization scale of a contact's normal: weight is the sum of both bodies' inverse masses. */
double mapping_contact_scale(const myr_options *options, int condim, double friction, double weight);

#endif
