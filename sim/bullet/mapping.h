/* How MuJoCo's parameters, in which models are written, become Bullet's.
 *
 * Coordinates      They mean the same for hinge, slide and ball; a free joint is a floating base. A body without a
 *                  joint of its own is part of its parent's link, and their masses add up. A body of several joints is
 *                  a chain of links, of which only the last has mass. Each tree is a multibody.
 * Mass, inertia    Unchanged. Armature is inertia added to the diagonal of the mass matrix. Bullet's algorithm has no
 *                  such inertia, so bullet_multibody_set_added_inertia corrects every response for it, exactly.
 * Timestep         The model's timestep and substeps. Both integrate semi-implicitly (velocities, then positions by the
 *                  exponential map). Bullet moves a floating base's centre of mass; Myriad and MuJoCo move its frame's
 *                  origin. If these are r apart and the body turns at w, the paths diverge by at most w^2 r dt / 2 per
 *                  second, which halves with dt. The centre of mass of a free body is right in Bullet.
 * Damping          Implicit where MuJoCo's integrator makes it so: timestep times damping is added inertia. Tendon
 *                  damping and the velocity terms of actuators on tendons are explicit, because they are not diagonal.
 * Actuators        Explicit generalized forces of our kernels (gain, bias, activation, ranges, strength), not Bullet's
 *                  motors, because a servo is a spring with a limited force, and a motor constraint has no such gains.
 *                  With implicitfast their velocity terms are added inertia.
 * Springs, tendons Explicit forces of our kernels, like the forces that the caller applies to bodies. Limits and dry
 *                  friction of tendons are rows like those of joints.
 * Dry friction     A row with target 0, bounded by the loss times the timestep. It is rigid, as in Coulomb's law;
 *                  MuJoCo's regularized friction creeps at (force) R / b, with R and b as below.
 * Friction         One coefficient per pair by the model's rule (maximum, priority or the pair's own), not Bullet's
 *                  product. The cone is round, like MuJoCo's elliptic one. Pyramidal cones carry up to 1.41 times more
 *                  along their edges' bisectors. Torsional and rolling friction are lengths in both.
 * Restitution      None, as in MuJoCo.
 * Softness         MuJoCo pulls a violation r < 0 back by the acceleration -b v - k d(r) r against the regularization
 *                  R = (1 - d) / d times the inverse mass. As a spring and damper in newtons, that is stiffness
 *                  K = k d / R and damping B = b / R, for which the usual relation (Bullet's own for stiff contacts) is
 *                      ERP = dt K / (dt K + B),   CFM = 1 / (dt K + B).
 *                  At rest the penetration is MuJoCo's. A violation decays with the time constant dt / ERP, about twice
 *                  that of MuJoCo's critically damped constraint. A pyramid of e edges has R / e along its normal.
 * Limits           The same relation. A limit acts when it is violated, as in MuJoCo.
 * Equalities       The same relation, in both directions. Both joints must be of one tree.
 * Margins          A model with contact margins is refused, because Bullet's contacts act on touch. Joints' margins are
 *                  kept.
 * Solver           Projected Gauss-Seidel with 50 iterations, like PyBullet, and no warm start. MuJoCo's tolerances
 *                  have no counterpart.
 * Bits             Equal for any number of threads and worlds. Bullet calls the C library's sine and arctangent, whose
 *                  last bit may differ between machines, so Bullet's data may too; no other engine's does. */
#ifndef MYR_BULLET_MAPPING_H
#define MYR_BULLET_MAPPING_H

#include "kernels/kernels.h"

enum { BULLET_ITERATIONS = 50 };

typedef struct bullet_softness {
  double error_reduction; /* ERP */
  double softness;        /* CFM: m/s or rad/s of give for each newton or newton metre */
} bullet_softness;

/* solref (2), solimp (5) and the violation are MuJoCo's; (1 - d) / d is multiplied by regularization_scale. */
bullet_softness mapping_softness(const myr_options *options, const double *solref, const double *solimp,
                                 double violation, double regularization_scale);

/* The regularization scale of a contact's normal: weight is the sum of both bodies' inverse masses. */
double mapping_contact_scale(const myr_options *options, int condim, double friction, double weight);

#endif
