/* Free bodies from which no joint hangs, in MuJoCo's implicitfast: their bias force depends on velocity so strongly that a
 * fast spin, stepped explicitly, gains energy. So its derivative by velocity, which is not symmetric, joins their six
 * equations ("Computation: Gyroscopic derivatives for free bodies"). No other equation has their unknowns.
 *
 * With w the angular velocity, s from the body's frame to the centre of mass of all that is fixed to it, I the inertia
 * about that, all in world axes, the bias is f = m w x (w x s) and R' (s x f + w x I w). Turning faster about an axis e changes it by -m K e and
 * R' (-m s x K e + w x I e - (I w) x e), K e = s (w.e) - (w.s) e + (w x s) x e. */
#ifndef MYR_FREE_BODY_H
#define MYR_FREE_BODY_H

#include "kernels/step/polynomial.h"
#include "kernels/step/sparse.h"
#include "kernels/step/spatial.h"

/* The columns of a 3 x 3 matrix. */
typedef struct columns {
  vec3 column[3];
} columns;

/* What a free body's equations are made of: unknowns and forces are 3 linear ones, then 3 about the body's axes. */
typedef struct free_body {
  real linear[3];  /* diagonal of the linear equations; they have no other entries among themselves */
  columns coupled; /* linear equations by angular unknowns */
  columns turned;  /* angular equations by linear unknowns */
  columns angular; /* angular equations by angular unknowns */
} free_body;

KERNEL vec3 inertia_apply(const real *I, vec3 v) {
  return v3(fmadd(I[4], v.z, fmadd(I[3], v.y, I[0] * v.x)), fmadd(I[5], v.z, fmadd(I[1], v.y, I[3] * v.x)),
            fmadd(I[2], v.z, fmadd(I[5], v.y, I[4] * v.x)));
}

/* The entries of the mass matrix and of damping. */
KERNEL free_body free_body_inertia(const constants *m, const fields *f, int dof) {
  free_body b;
  real step = splat(m->options.disable & MYR_DISABLE_DAMPER ? 0 : m->timestep);
  for (int k = 0; k < 3; k++) {
    b.linear[k] = fmadd(damping_slope(m, f, dof + k), step, f->qM[triangle(dof + k, dof + k)]);
    b.coupled.column[k] = v3_load(f->qM + triangle(dof + 3 + k, dof));
    b.turned.column[k] =
        v3(f->qM[triangle(dof + 3, dof + k)], f->qM[triangle(dof + 4, dof + k)], f->qM[triangle(dof + 5, dof + k)]);
  }
  const real *row0 = f->qM + triangle(dof + 3, dof + 3), *row1 = f->qM + triangle(dof + 4, dof + 3),
             *row2 = f->qM + triangle(dof + 5, dof + 3);
  b.angular.column[0] = v3(fmadd(damping_slope(m, f, dof + 3), step, row0[0]), row1[0], row2[0]);
  b.angular.column[1] = v3(row1[0], fmadd(damping_slope(m, f, dof + 4), step, row1[1]), row2[1]);
  b.angular.column[2] = v3(row2[0], row2[1], fmadd(damping_slope(m, f, dof + 5), step, row2[2]));
  return b;
}

/* Adds the timestep times the derivative of the bias force. */
KERNEL void add_bias_rate(const constants *m, const fields *f, int body, int dof, free_body *b) {
  mat3 R = m3_from_quat(q4_load(f->xquat + 4 * body));
  real step = splat(m->timestep), mass = f->subtree_mass[body] * step;
  const real *I = f->crb + 10 * body; /* about the tree's centre of mass */
  vec3 s = v3_sub(v3_load(f->subtree_com + 3 * body), v3_load(f->xpos + 3 * body));
  vec3 w = m3_apply(R, v3_load(f->qvel + dof + 3));
  vec3 turning = v3_cross(w, s), momentum = inertia_apply(I, w);
  real along = v3_dot(w, s);
  const vec3 axes[3] = {m3_column0(R), m3_column1(R), m3_column2(R)};
  for (int k = 0; k < 3; k++) {
    vec3 e = axes[k];
    vec3 K = v3_add(v3_sub(v3_scale(s, v3_dot(w, e)), v3_scale(e, along)), v3_cross(turning, e));
    vec3 torque = v3_sub(v3_cross(w, inertia_apply(I, e)), v3_cross(momentum, e));
    torque = v3_sub(v3_scale(torque, step), v3_scale(v3_cross(s, K), mass));
    b->coupled.column[k] = v3_sub(b->coupled.column[k], v3_scale(K, mass));
    b->angular.column[k] = v3_add(b->angular.column[k], m3_apply_transposed(R, torque));
  }
}

/* The x with A x = b, by determinants, which need no pivots. Rows are scaled, or those of a small body in float would
 * leave the range. */
KERNEL vec3 columns_solve(columns A, vec3 b) {
  vec3 scale = v3(splat(1) / A.column[0].x, splat(1) / A.column[1].y, splat(1) / A.column[2].z);
  vec3 c[3];
  for (int k = 0; k < 3; k++) c[k] = v3(A.column[k].x * scale.x, A.column[k].y * scale.y, A.column[k].z * scale.z);
  b = v3(b.x * scale.x, b.y * scale.y, b.z * scale.z);
  vec3 across = v3_cross(c[1], c[2]);
  real inverse = splat(1) / v3_dot(c[0], across);
  return v3_scale(v3(v3_dot(b, across), v3_dot(b, v3_cross(c[2], c[0])), v3_dot(b, v3_cross(c[0], c[1]))), inverse);
}

/* Writes the accelerations of a free body to x[dof .. dof+5]. */
KERNEL void solve_free_body(const constants *m, const fields *f, int joint, real *x) {
  int dof = m->jnt_dof_start[joint];
  free_body b = free_body_inertia(m, f, dof);
  add_bias_rate(m, f, m->jnt_body[joint], dof, &b);
  columns left = b.angular; /* once the linear unknowns are eliminated */
  real force[3], inverse[3];
  vec3 torque = v3_load(f->inertial_force + dof + 3);
  for (int k = 0; k < 3; k++) {
    force[k] = f->inertial_force[dof + k];
    inverse[k] = splat(1) / b.linear[k];
    vec3 share = v3_scale(b.turned.column[k], inverse[k]);
    torque = v3_madd(share, -force[k], torque);
    for (int c = 0; c < 3; c++) {
      vec3 column = b.coupled.column[c];
      real entry = k == 0 ? column.x : k == 1 ? column.y : column.z;
      left.column[c] = v3_madd(share, -entry, left.column[c]);
    }
  }
  vec3 turn = columns_solve(left, torque);
  vec3 pull =
      v3_madd(b.coupled.column[0], turn.x, v3_madd(b.coupled.column[1], turn.y, v3_scale(b.coupled.column[2], turn.z)));
  x[dof] = (force[0] - pull.x) * inverse[0];
  x[dof + 1] = (force[1] - pull.y) * inverse[1];
  x[dof + 2] = (force[2] - pull.z) * inverse[2];
  v3_store(x + dof + 3, turn);
}

#endif
