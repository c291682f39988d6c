/* A C interface to BulletInverseDynamics (Bullet 3's btInverseDynamics::MultiBodyTree). It computes the mass matrix of
 * a tree of links by composite rigid bodies, and the joint forces by the recursive Newton-Euler algorithm. Matrices are
 * row major. */
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
  /* q0 to q2: the rotation Rx(q0) Ry(q1) Rz(q2) of its axes against the world's. q3 to q5: its position, on which no
   * force depends, so its parent must rest. Speeds: the angular one, then that of its origin, both in its own axes;
   * forces in the same order. */
  LINK_FREE,
  /* q: the rotation Rz(q2) Ry(q1) Rx(q0) of its axes against the parent's. Speeds: angular, in its own axes. Its origin
   * is the parent's, because the library ignores its position. */
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
/* gravity: m/s^2, in the world's axes. Returns NULL if the library refuses a link or has too little memory. */
inverse_dynamics *inverse_dynamics_create(const tree_link *links, int count, const double gravity[3]);
void inverse_dynamics_destroy(inverse_dynamics *tree); /* NULL is fine */
int inverse_dynamics_dofs(const inverse_dynamics *tree);
/* Return false if the library fails. q, speed, acceleration, force: (dofs); matrix: (dofs, dofs). */
bool inverse_dynamics_mass_matrix(inverse_dynamics *tree, const double *q, double *matrix);
bool inverse_dynamics_forces(inverse_dynamics *tree, const double *q, const double *speed, const double *acceleration,
                             double *force);

#ifdef __cplusplus
}
#endif

#endif
