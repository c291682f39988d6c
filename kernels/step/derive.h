/* Derived fields: the inverse inertias at qpos0, which scale the softness of constraints, and the mean inertia, which
 * scales the solver's tolerance (MuJoCo's body_invweight0, dof_invweight0, tendon_invweight0 and meaninertia). Each
 * world computes its own, because randomized masses would make constants of the model stale. */
#ifndef MYR_DERIVE_H
#define MYR_DERIVE_H

#include "kernels/hardest_contact.h"
#include "kernels/step/inertia.h"
#include "kernels/step/kinematics.h"

/* x' M^-1 x for the vector in f->search, which may change afterwards; overwrites f->gradient. */
KERNEL real inverse_inertia_along(const constants *m, fields *f) {
  EACH(i, m->nv) f->gradient[i] = f->search[i];
  SYNC();
  solve_in_place(tree_pattern(m), m->nv, f->qLD, f->gradient);
  real square = dot(f->search, f->gradient, m->nv);
  SYNC();
  return square;
}

/* Dof k of a chain: the ancestors of its tip in ascending order, and then the tip. */
KERNEL int ancestor_count(const constants *m, int tip) { return m->ancestor_start[tip + 1] - m->ancestor_start[tip]; }
KERNEL int dof_of_chain(const constants *m, int tip, int k) {
  return k < ancestor_count(m, tip) ? m->ancestor_dof[m->ancestor_start[tip] + k] : tip;
}

/* The same of a vector that is zero but at the dofs of a chain, each of which the item of the same number has written. Only
 * those entries of f->search and of the factors are read, so that the work grows with the depth of a tree and not with the
 * number of trees. The operations, and the order of the sum, are those of the whole vector without its zeros. */
KERNEL real inverse_inertia_of_chain(const constants *m, fields *f, int tip) {
  const pattern p = tree_pattern(m);
  const int count = ancestor_count(m, tip) + 1;
  real part[8]; /* as of dot() */
  EACH(k, count) f->gradient[dof_of_chain(m, tip, k)] = f->search[dof_of_chain(m, tip, k)];
  SYNC();
  for (int k = count - 1; k >= 0; k--) {
    const int i = dof_of_chain(m, tip, k);
    substitute_row(p, i, f->qLD, f->qLD[triangle(i, i)], f->gradient);
    SYNC();
  }
  if (LANE_OWNS_ITEM_0())
    for (int k = 0; k < count; k++) solve_row(p, dof_of_chain(m, tip, k), f->qLD, f->gradient);
  SYNC();
  for (int k = 0; k < 8; k++) part[k] = zero();
  for (int k = 0; k < count; k++) {
    const int i = dof_of_chain(m, tip, k);
    part[i % 8] = fmadd(f->search[i], f->gradient[i], part[i % 8]);
  }
  SYNC();
  return ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7]));
}

/* Bodies that only slide, along perpendicular axes, and carry no other: MuJoCo gives each of their dofs, and the body in
 * all directions, the inverse of the mass, though it cannot move along all of them. */
KERNEL int only_slides(const constants *m, int b) { return m->body_simple[b] == 2; }
KERNEL real inverse_mass(const fields *f, int b) { return splat(1) / maximum(f->body_mass[b], splat((scalar)1e-15)); }

STAGE void derive_dofs(const constants *m, fields *f) {
  for (int i = 0; i < m->nv; i++) {
    EACH(k, ancestor_count(m, i) + 1) {
      const int dof = dof_of_chain(m, i, k);
      f->search[dof] = splat((scalar)(dof == i));
    }
    real weight = inverse_inertia_of_chain(m, f, i);
    if (only_slides(m, m->dof_body[i])) weight = inverse_mass(f, m->dof_body[i]);
    if (LANE_OWNS_ITEM_0()) f->dof_invweight0[i] = weight;
  }
  SYNC();
  EACH(j, m->njnt) { /* a ball joint has one value; a free joint has one for translation and one for rotation */
    int type = m->jnt_type[j];
    if (type != MYR_JOINT_FREE && type != MYR_JOINT_BALL) continue;
    for (int part = 0; part < (type == MYR_JOINT_FREE ? 2 : 1); part++) {
      real *w = f->dof_invweight0 + m->jnt_dof_start[j] + 3 * part;
      real mean = ((w[0] + w[1]) + w[2]) * splat((scalar)(1.0 / 3.0));
      w[0] = w[1] = w[2] = mean;
    }
  }
}

/* Row e of the body's Jacobian at its centre of mass: translation along x y z, then rotation about them. Only entries
 * of dofs that move the body are written. */
KERNEL void body_jacobian_row(const constants *m, fields *f, int b, int e) {
  vec3 arm = v3_sub(v3_load(f->xipos + 3 * b), v3_load(f->subtree_com + 3 * m->body_root[b]));
  int start = m->chain_start[b], count = m->chain_start[b + 1] - start;
  EACH(k, count) {
    int dof = m->chain_dof[start + k];
    spatial axis = s6_load(f->cdof + 6 * dof);
    vec3 v = e < 3 ? s6_at(axis, arm) : axis.rotation;
    f->search[dof] = e % 3 == 0 ? v.x : e % 3 == 1 ? v.y : v.z;
  }
}

/* A body that can only turn about its centre of mass, or only slide, has no inverse weight in the other
 * kind of motion. */
STAGE void derive_bodies(const constants *m, fields *f) {
  real third = splat((scalar)(1.0 / 3.0));
  for (int b = 0; b < m->nbody; b++) {
    real part[2];
    part[0] = part[1] = zero();
    if (only_slides(m, b))
      part[0] = inverse_mass(f, b);
    else if (m->chain_start[b + 1] > m->chain_start[b]) {
      for (int e = 0; e < 6; e++) {
        body_jacobian_row(m, f, b, e);
        part[e / 3] = part[e / 3] + inverse_inertia_of_chain(m, f, m->chain_dof[m->chain_start[b + 1] - 1]);
      }
      part[0] = part[0] * third;
      part[1] = part[1] * third;
    }
    if (LANE_OWNS_ITEM_0()) {
      f->body_invweight0[2 * b] = part[0];
      f->body_invweight0[2 * b + 1] = part[1];
    }
  }
}

/* Keeps contacts of bodies that only turn as soft as single precision needs (kernels/hardest_contact.h). */
#define LEAST_SHARE_OF_TURNING BY_PRECISION(MYR_LEAST_SHARE_OF_TURNING, 0)
STAGE void soften_turning_bodies(const constants *m, fields *f) {
  if (LEAST_SHARE_OF_TURNING == 0 || !LANE_OWNS_ITEM_0()) return;
  for (int g = 0; g < m->ngeom; g++) {
    const int b = m->geom_body[g];
    vec3 offset = v3_sub(v3_splat(m->geom_pos + 3 * g), v3_load(f->body_ipos + 3 * b));
    real arm = square_root(v3_dot(offset, offset)) + splat(m->geom_bound[g]);
    real least = splat(LEAST_SHARE_OF_TURNING) * f->body_invweight0[2 * b + 1] * arm * arm;
    f->body_invweight0[2 * b] = maximum(f->body_invweight0[2 * b], least);
  }
}

STAGE void derive_tendons(const constants *m, fields *f) {
  for (int t = 0; t < m->ntendon; t++) {
    EACH(i, m->nv) f->search[i] = zero();
    SYNC();
    int first = m->tendon_moment_start[t];
    EACH(k, m->tendon_moment_start[t + 1] - first) f->search[m->moment_dof[first + k]] = f->tendon_moment[first + k];
    SYNC();
    real weight = inverse_inertia_along(m, f);
    if (LANE_OWNS_ITEM_0()) f->tendon_invweight0[t] = weight;
  }
}

STAGE void derive_fields(const constants *m, fields *f) {
  EACH(i, m->nq) f->qpos_reference[i] = splat(m->qpos0[i]);
  kinematics(m, f, f->qpos_reference, 0);
  mass_matrix(m, f);
  factorize_inertia(m, f);
  real sum = zero();
  for (int i = 0; i < m->nv; i++) sum = sum + f->qM[triangle(i, i)];
  if (LANE_OWNS_ITEM_0()) f->meaninertia[0] = sum * splat((scalar)1 / larger(1, m->nv));
  derive_dofs(m, f);
  derive_bodies(m, f);
  soften_turning_bodies(m, f);
  derive_tendons(m, f);
}

#endif
