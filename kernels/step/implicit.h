/* Derivatives of forces by velocity, for the implicit integrators (MuJoCo, "Computation: Numerical integration"): those of
 * the medium, and in MuJoCo's `implicit` those of the bias force, which are not symmetric.
 *
 * The bias force on a body is f = I a + v x* I v with the acceleration a without qacc. Where a dof k moves the body, a
 * change of its velocity changes v by its axis s, and a by s' + s x (v - w), with s' the axis' rate and w the velocity
 * just after its joint. So f changes by B s + I (s' + w x s), where B s = I (s x v) + s x* I v + v x* I s. With angular
 * velocity w, linear velocity v, inertia J, first moment h and momentum p, all about one point, B takes an angular
 * velocity to the torque [w]J - J[w] - [Jw] - 2[h][v] and the force -2[p], and a linear velocity to nothing. A derivative
 * between two dofs needs these only summed over the bodies that the deeper dof moves, hence the sums to the root.
 *
 * The lower triangle of the matrix is in qLD, the upper one in `hessian`, because the solver no longer needs that field:
 * place triangle(i, k) holds row k, column i. Both have the tree's pattern, which elimination from the last row keeps. */
#ifndef MYR_IMPLICIT_H
#define MYR_IMPLICIT_H

#include "kernels/step/fluid.h"
#include "kernels/step/polynomial.h"
#include "kernels/step/sparse.h"

/* 1 when the body belongs to a free body from which no joint hangs; see free_body.h. */
KERNEL int is_lone_body(const constants *m, int b) {
  int root = m->body_root[b];
  return root > 0 && m->body_jnt_count[root] > 0 && m->jnt_alone[m->body_jnt_start[root]];
}

/* ------------------------------------------------------------------------------------------------ bodies */
/* B of the first comment. */
KERNEL rates bias_rates_of_body(const fields *f, int b) {
  const real *I = f->cinert + 10 * b;
  spatial v = s6_load(f->cvel + 6 * b);
  mat3 J = m3(v3(I[0], I[3], I[4]), v3(I[3], I[1], I[5]), v3(I[4], I[5], I[2]));
  mat3 turning = m3_cross(v.rotation);
  vec3 moment = v3_load(I + 6), spin = m3_apply(J, v.rotation);
  vec3 momentum = v3_madd(v.translation, I[9], v3_cross(v.rotation, moment));
  mat3 moved = m3_multiply(m3_cross(moment), m3_cross(v.translation));
  rates r = rates_zero();
  r.torque_turning = m3_sub(m3_multiply(turning, J), m3_multiply(J, turning));
  r.torque_turning = m3_sub(m3_sub(r.torque_turning, m3_cross(spin)), m3_scale(moved, splat(2)));
  r.force_turning = m3_cross(v3_scale(momentum, splat(-2)));
  return r;
}

/* MuJoCo's implicitfast takes the symmetric part, but for lone free bodies. */
KERNEL rates rates_of_body(const constants *m, const fields *f, const medium *fluid, int b) {
  rates r = fluid ? fluid_rates_of_body(m, f, *fluid, b) : rates_zero();
  if (m->options.integrator != MYR_IMPLICIT && !is_lone_body(m, b)) return rates_symmetric(r);
  return rates_add(r, rates_scale(bias_rates_of_body(f, b), splat(-1)));
}

KERNEL void sum_rates_to_root(const constants *m, fields *f) {
  for (int level = m->nlevel - 2; level >= 1; level--) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      int b = m->level_body[start + i];
      real *sum = f->body_rates + RATE_NUMBERS * b;
      for (int k = m->child_start[b]; k < m->child_start[b + 1]; k++)
        for (int e = 0; e < RATE_NUMBERS; e++) sum[e] = sum[e] + f->body_rates[RATE_NUMBERS * m->child_body[k] + e];
    }
    SYNC();
  }
}

/* s' + w x s for the dofs from `first` on, which move along with the velocity w. */
KERNEL void axis_rates(fields *f, int first, int count, spatial w) {
  for (int k = first; k < first + count; k++) {
    spatial turned = s6_cross_motion(w, s6_load(f->cdof + 6 * k));
    s6_store(f->cdof_rate + 6 * k, s6_add(s6_load(f->cdof_dot + 6 * k), turned));
  }
}

/* The velocity v without the motion of the dofs from `first` on. */
KERNEL spatial without_dofs(const fields *f, int first, int end, spatial v) {
  for (int k = first; k < end; k++) v = s6_madd(s6_load(f->cdof + 6 * k), -f->qvel[k], v);
  return v;
}

KERNEL void axis_rates_of_joint(const constants *m, fields *f, int j) {
  int b = m->jnt_body[j], first = m->jnt_dof_start[j], end = m->body_dof_start[b] + m->body_dof_count[b];
  spatial v = s6_load(f->cvel + 6 * b);
  if (m->jnt_type[j] == MYR_JOINT_FREE) {
    axis_rates(f, first, 3, without_dofs(f, first + 3, end, v));
    axis_rates(f, first + 3, 3, v);
    return;
  }
  int count = m->jnt_type[j] == MYR_JOINT_BALL ? 3 : 1;
  axis_rates(f, first, count, without_dofs(f, first + count, end, v));
}

/* Computes body_rates, summed over subtrees, and cdof_rate. */
KERNEL void prepare_rates(const constants *m, fields *f, const medium *fluid) {
  EACH(b, m->nbody) rates_store(f->body_rates + RATE_NUMBERS * b, b ? rates_of_body(m, f, fluid, b) : rates_zero());
  EACH(j, m->njnt) axis_rates_of_joint(m, f, j);
  SYNC();
  sum_rates_to_root(m, f);
}

/* ------------------------------------------------------------------------------------------------ rows */
/* Subtracts the timestep times the medium's derivatives from a row of qLD. */
KERNEL void add_symmetric_rates(const constants *m, fields *f, int i) {
  real step = splat(-m->timestep), *row = f->qLD + triangle(i, 0);
  spatial force =
      rates_apply_transposed(rates_load(f->body_rates + RATE_NUMBERS * m->dof_body[i]), s6_load(f->cdof + 6 * i));
  row[i] = fmadd(step, s6_dot(s6_load(f->cdof + 6 * i), force), row[i]);
  for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++) {
    int k = m->ancestor_dof[a];
    row[k] = fmadd(step, s6_dot(s6_load(f->cdof + 6 * k), force), row[k]);
  }
}

/* Copies a row of qLD to the upper triangle, and subtracts the timestep times all derivatives from both. */
KERNEL void add_rates(const constants *m, fields *f, int i) {
  const real *I = f->crb + 10 * m->dof_body[i];
  real step = splat(-m->timestep), *row = f->qLD + triangle(i, 0), *column = f->hessian + triangle(i, 0);
  rates sum = rates_load(f->body_rates + RATE_NUMBERS * m->dof_body[i]);
  spatial axis = s6_load(f->cdof + 6 * i), momentum = s6_momentum(I, axis);
  spatial by_others = rates_apply_transposed(sum, axis);
  spatial carried = s6_momentum(I, s6_load(f->cdof_rate + 6 * i)), by_own = rates_apply(sum, axis);
  by_own = s6(v3_sub(by_own.rotation, carried.rotation), v3_sub(by_own.translation, carried.translation));
  for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++) {
    int k = m->ancestor_dof[a];
    spatial other = s6_load(f->cdof + 6 * k);
    column[k] = fmadd(step, s6_dot(other, by_own), row[k]);
    real rate = s6_dot(other, by_others) - s6_dot(s6_load(f->cdof_rate + 6 * k), momentum);
    row[k] = fmadd(step, rate, row[k]);
  }
  row[i] = fmadd(step, s6_dot(axis, by_own), row[i]);
}

/* ------------------------------------------------------------------------------------------------ elimination */
/* Eliminates unknown r from the row of one of its ancestors, and from x. */
KERNEL void eliminate_unknown(const constants *m, fields *f, int r, int ancestor, real *x) {
  int k = m->ancestor_dof[m->ancestor_start[r] + ancestor];
  const real *pivots = f->qLD + triangle(r, 0);
  real share = f->hessian[triangle(r, k)] / pivots[r];
  for (int a = m->ancestor_start[r]; a < m->ancestor_start[r + 1]; a++) {
    int c = m->ancestor_dof[a];
    real *entry = c <= k ? f->qLD + triangle(k, c) : f->hessian + triangle(c, k);
    *entry = fnmadd(share, pivots[c], *entry);
  }
  x[k] = fnmadd(share, x[r], x[k]);
}

/* The rest of solving: x[r] once its ancestors' are known. */
KERNEL void solve_unknown(const constants *m, const fields *f, int r, real *x) {
  const real *row = f->qLD + triangle(r, 0);
  real sum = x[r];
  for (int a = m->ancestor_start[r]; a < m->ancestor_start[r + 1]; a++)
    sum = fnmadd(row[m->ancestor_dof[a]], x[m->ancestor_dof[a]], sum);
  x[r] = sum / row[r];
}

KERNEL int count_ancestors(const constants *m, int dof) { return m->ancestor_start[dof + 1] - m->ancestor_start[dof]; }

/* Replaces the forces x by the accelerations. qLD holds the symmetric part, which others have written. */
STAGE void solve_implicit(const constants *m, fields *f, real *x) {
  int immersed = has_medium(m, f);
  medium fluid = medium_load(f);
  prepare_rates(m, f, immersed ? &fluid : (const medium *)0);
  EACH(i, m->nv) add_rates(m, f, i);
  SYNC();
  for (int r = m->nv - 1; r >= 0; r--) {
    EACH(a, count_ancestors(m, r)) eliminate_unknown(m, f, r, a, x);
    SYNC();
  }
  if (LANE_OWNS_ITEM_0())
    for (int r = 0; r < m->nv; r++) solve_unknown(m, f, r, x);
  SYNC();
}

/* ------------------------------------------------------------------------------------------------ implicitfast */
/* Subtracts the timestep times the medium's derivatives from qLD, but for lone bodies. */
STAGE void add_medium_rates(const constants *m, fields *f) {
  medium fluid = medium_load(f);
  prepare_rates(m, f, &fluid);
  EACH(i, m->nv) if (!is_lone_body(m, m->dof_body[i])) add_symmetric_rates(m, f, i);
}

/* Writes the accelerations of a lone body in the medium to x[dof .. dof+5]. */
KERNEL void solve_immersed_body(const constants *m, fields *f, int joint, real *x) {
  int first = m->jnt_dof_start[joint];
  real step = splat(m->options.disable & MYR_DISABLE_DAMPER ? 0 : m->timestep);
  for (int i = first; i < first + 6; i++) {
    for (int k = first; k <= i; k++) f->qLD[triangle(i, k)] = f->qM[triangle(i, k)];
    f->qLD[triangle(i, i)] = fmadd(damping_slope(m, f, i), step, f->qLD[triangle(i, i)]);
    x[i] = f->inertial_force[i];
    add_rates(m, f, i);
  }
  for (int r = first + 5; r >= first; r--)
    for (int a = 0; a < count_ancestors(m, r); a++) eliminate_unknown(m, f, r, a, x);
  for (int r = first; r < first + 6; r++) solve_unknown(m, f, r, x);
}

#endif
