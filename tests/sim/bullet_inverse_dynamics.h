/* BulletInverseDynamics (Bullet 3's btInverseDynamics::MultiBodyTree) behind C: the mass matrix of a tree of links by
 * composite rigid bodies, its joint forces by the recursive Newton-Euler algorithm. Matrices are row major. */
#ifndef MYR_TESTS_BULLET_INVERSE_DYNAMICS_H
#define MYR_TESTS_BULLET_INVERSE_DYNAMICS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum link_joint {
  LINK_FIXED,
  LINK_HINGE,
  LINK_SLIDE,
  /* Rx(q0) Ry(q1) Rz(q2) of its axes against the world's, then q3 to q5, its position, which no force depends on; so
   * its parent must rest. Speeds: angular, then its origin's, both in its own axes; forces alike. */
  LINK_FREE,
  /* Rz(q2) Ry(q1) Rx(q0) of its axes against the parent's; speeds: angular, in its own axes. Its origin is the
   * parent's: the library ignores its position. */
  LINK_BALL,
};

typedef struct tree_link {
  int parent;                      /* an earlier link; -1 of the first, and of no other */
  int joint;                       /* enum link_joint, to the parent */
  double position[3], rotation[9]; /* of its frame in the parent's where q is 0; the joint is at the frame's origin */
  double axis[3];                  /* of unit length, in the link's frame */
  double mass, center[3];          /* kg; centre of mass in its frame, m */
  double inertia[9];               /* about its frame's origin, kg m^2 */
} tree_link;

typedef struct inverse_dynamics inverse_dynamics;
/* gravity: m/s^2, in the world. NULL where the library refuses a link, or has too little memory. */
inverse_dynamics *inverse_dynamics_create(const tree_link *links, int count, const double gravity[3]);
void inverse_dynamics_destroy(inverse_dynamics *tree); /* NULL is fine */
int inverse_dynamics_dofs(const inverse_dynamics *tree);
/* False where the library fails. q, speed, acceleration, force: (dofs); matrix: (dofs, dofs). */
bool inverse_dynamics_mass_matrix(inverse_dynamics *tree, const double *q, double *matrix);
bool inverse_dynamics_forces(inverse_dynamics *tree, const double *q, const double *speed, const double *acceleration,
                             double *force);

#ifdef __cplusplus
}
#endif

#endif
