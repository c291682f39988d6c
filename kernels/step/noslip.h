/* The cure for creep that models ask for by noslip_iterations: after the solver, friction forces are sought once more as
 * if friction were rigid, while the normal forces stay (MuJoCo, "Computation: Noslip solver"). Each sweep goes over the
 * blocks of dry friction and of contacts in their order. Each block minimizes x' A x / 2 + x' r over its friction forces,
 * where A = J M^-1 J' without R and r is the residual of its rows, and all other forces stand still. The forces are bounded
 * by the loss of dry friction, by an edge pair's sum for each direction of a pyramid, and by the ellipsoid of an elliptic
 * cone. */
#ifndef MYR_NOSLIP_H
#define MYR_NOSLIP_H

#include "kernels/step/path.h"

/* A step towards the minimum is held back by this share of the largest diagonal of A, because A is singular where a contact
 * moves fewer dofs than it has directions, and rounding would then choose the force. It moves no solution: a block whose
 * residual is zero stays. */
#define HELD_BACK BY_PRECISION(1e-5, 1e-12)
enum { CONE_ITERATIONS = 20, MOST_FRICTION = 5 };

/* The friction rows of a block: all of dry friction, and of a contact those behind the normal. */
typedef struct friction_rows {
  int first, count;
} friction_rows;

KERNEL friction_rows friction_rows_of(const block *b) {
  friction_rows rows;
  rows.first = b->type == MYR_ROW_CONTACT_PYRAMIDAL || b->type == MYR_ROW_CONTACT_ELLIPTIC;
  rows.count = rows.first || b->type == MYR_ROW_FRICTION_DOF || b->type == MYR_ROW_FRICTION_TENDON
                   ? b->dimension - rows.first
                   : 0;
  return rows;
}

/* ------------------------------------------------------------------------------------------------ one block */
/* search = J' force, where force has one number for each friction row. All items must call this together. */
KERNEL void spread_forces(const constants *m, fields *f, const block *b, friction_rows rows, const real *force) {
  const real *J = f->jacobian + b->jacobian + rows.first * b->dof_count;
  EACH(i, m->nv) f->search[i] = zero();
  SYNC();
  EACH(j, b->dof_count) {
    real sum = zero();
    for (int k = 0; k < rows.count; k++) sum = fmadd(J[k * b->dof_count + j], force[k], sum);
    f->search[b->dofs[j]] = sum;
  }
  SYNC();
}

/* Computes A of a block (lower triangle by rows) in block_weight, and in block_change the largest force of each friction
 * row, which of a pyramid is that of the direction's two edges. */
KERNEL void prepare_noslip(const constants *m, fields *f, int index, friction_rows rows) {
  const block *b = f->lists->blocks + index;
  const real *friction = f->block_friction + 5 * index, *residual = f->block_residual + 6 * index;
  for (int k = 0; k < rows.count; k++) {
    real unit[MOST_FRICTION], along[DIMENSIONS];
    for (int j = 0; j < rows.count; j++) unit[j] = splat(j == k);
    spread_forces(m, f, b, rows, unit);
    solve_in_place(tree_pattern(m), m->nv, f->qLD, f->search);
    block_times(b, f, f->search, b->dimension, along);
    SYNC();
    if (!LANE_OWNS_ITEM_0()) continue;
    for (int j = k; j < rows.count; j++) f->block_weight[WEIGHTS * index + triangle(j, k)] = along[rows.first + j];
    real most = friction[0] * f->block_active[index];
    if (b->type == MYR_ROW_CONTACT_ELLIPTIC) most = friction[k] * f->block_force[6 * index];
    if (b->type == MYR_ROW_CONTACT_PYRAMIDAL) {
      real plus = fmadd(friction[k], residual[k + 1], residual[0]);
      real minus = fnmadd(friction[k], residual[k + 1], residual[0]);
      most = -(friction[k] * f->block_d[index] * (minimum(plus, zero()) + minimum(minus, zero())));
    }
    f->block_change[6 * index + k] = most;
  }
}

/* Each force goes to its minimum in turn, and pushes the residuals of the others. */
KERNEL void slide_in_turn(const real *A, const real *most, int count, real *residual, real *force) {
  for (int k = 0; k < count; k++) {
    real diagonal = A[triangle(k, k)];
    real wanted = clamp(force[k] - residual[k] / maximum(diagonal, splat(SMALLEST)), -most[k], most[k]);
    wanted = choose(gt(diagonal, splat(SMALLEST)), wanted, zero());
    real change = wanted - force[k];
    for (int j = 0; j < count; j++)
      residual[j] = fmadd(A[j > k ? triangle(j, k) : triangle(k, j)], change, residual[j]);
    force[k] = wanted;
  }
}

/* Solves (A + shift) x = y by Cholesky's factors; y becomes x. L has room for the factors. */
KERNEL void solve_shifted(const real *A, int count, real shift, real *L, real *y) {
  for (int i = 0; i < count; i++) {
    for (int j = 0; j <= i; j++) {
      real sum = i == j ? A[triangle(i, i)] + shift : A[triangle(i, j)];
      for (int k = 0; k < j; k++) sum = fnmadd(L[triangle(i, k)], L[triangle(j, k)], sum);
      L[triangle(i, j)] = i == j ? square_root(maximum(sum, splat(SMALLEST))) : sum / L[triangle(j, j)];
    }
    for (int k = 0; k < i; k++) y[i] = fnmadd(L[triangle(i, k)], y[k], y[i]);
    y[i] = y[i] / L[triangle(i, i)];
  }
  for (int i = count - 1; i >= 0; i--) {
    for (int k = i + 1; k < count; k++) y[i] = fnmadd(L[triangle(k, i)], y[k], y[i]);
    y[i] = y[i] / L[triangle(i, i)];
  }
}

/* The minimum of x' A x / 2 - y' x over the unit ball, in x: on the sphere it solves (A + s) x = y, where s is the root of
 * 1 = 1 / |x(s)|. This function of s is nearly a line, so Newton's method needs few steps, and none overshoots (Hebden;
 * More and Sorensen, "Computing a trust region step", 1983). */
KERNEL void minimize_in_ball(const real *A, int count, real held_back, const real *y, real *x) {
  real L[MOST_FRICTION * (MOST_FRICTION + 1) / 2], shift = held_back;
  for (int iteration = 0;; iteration++) {
    for (int k = 0; k < count; k++) x[k] = y[k];
    solve_shifted(A, count, shift, L, x);
    real square = zero(), curvature = zero(), half[MOST_FRICTION];
    for (int k = 0; k < count; k++) square = fmadd(x[k], x[k], square);
    real length = square_root(square);
    mask outside = gt(length, splat((scalar)1 + BY_PRECISION(1e-6, 1e-14)));
    if (iteration == CONE_ITERATIONS || !any_lane(outside)) {
      real inside = splat(1) / maximum(length, splat(1)); /* rounding must not leave it outside */
      for (int k = 0; k < count; k++) x[k] = x[k] * inside;
      return;
    }
    for (int i = 0; i < count; i++) { /* half = L^-1 x */
      half[i] = x[i];
      for (int k = 0; k < i; k++) half[i] = fnmadd(L[triangle(i, k)], half[k], half[i]);
      half[i] = half[i] / L[triangle(i, i)];
      curvature = fmadd(half[i], half[i], curvature);
    }
    real further = square / maximum(curvature, splat(SMALLEST)) * (length - splat(1));
    shift = choose(outside, shift + further, shift);
  }
}

/* The forces of an elliptic cone, in units of the largest of each direction. */
KERNEL void slide_in_cone(const real *A, const real *most, int count, const real *residual, real *force) {
  real scaled[MOST_FRICTION * (MOST_FRICTION + 1) / 2], wanted[MOST_FRICTION], found[MOST_FRICTION];
  real largest = splat(SMALLEST);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j <= i; j++) scaled[triangle(i, j)] = A[triangle(i, j)] * most[i] * most[j];
    largest = maximum(largest, scaled[triangle(i, i)]);
  }
  real held_back = largest * splat(HELD_BACK);
  for (int i = 0; i < count; i++) {
    real share = choose(gt(most[i], zero()), force[i] / maximum(most[i], splat(SMALLEST)), zero());
    wanted[i] = fmadd(held_back, share, -(residual[i] * most[i]));
    for (int j = 0; j < count; j++) {
      real other = choose(gt(most[j], zero()), force[j] / maximum(most[j], splat(SMALLEST)), zero());
      wanted[i] = fmadd(scaled[j > i ? triangle(j, i) : triangle(i, j)], other, wanted[i]);
    }
  }
  minimize_in_ball(scaled, count, held_back, wanted, found);
  for (int k = 0; k < count; k++) force[k] = found[k] * most[k];
}

/* Seeks the friction forces of one block in the lanes that go on; returns how much that lowers the cost. */
KERNEL real slide_block(const constants *m, fields *f, int index, friction_rows rows, mask goes_on) {
  const block *b = f->lists->blocks + index;
  const real *A = f->block_weight + WEIGHTS * index, *most = f->block_change + 6 * index;
  real *force = f->block_force + 6 * index + rows.first;
  real all[DIMENSIONS], residual[MOST_FRICTION], pushed[MOST_FRICTION], wanted[MOST_FRICTION], change[MOST_FRICTION];
  block_times(b, f, f->qacc, b->dimension, all);
  for (int k = 0; k < rows.count; k++) {
    pushed[k] = residual[k] = all[rows.first + k] - f->block_reference[6 * index + rows.first + k];
    wanted[k] = force[k];
  }
  if (b->type == MYR_ROW_CONTACT_ELLIPTIC)
    slide_in_cone(A, most, rows.count, residual, wanted);
  else
    slide_in_turn(A, most, rows.count, pushed, wanted);
  real gain = zero();
  for (int k = 0; k < rows.count; k++) change[k] = choose(goes_on, wanted[k] - force[k], zero());
  for (int k = 0; k < rows.count; k++) {
    real slope = residual[k];
    for (int j = 0; j < rows.count; j++)
      slope = fmadd(A[j > k ? triangle(j, k) : triangle(k, j)] * splat((scalar)0.5), change[j], slope);
    gain = fnmadd(slope, change[k], gain);
  }
  SYNC(); /* all items have read the force */
  if (LANE_OWNS_ITEM_0())
    for (int k = 0; k < rows.count; k++) force[k] = force[k] + change[k];
  spread_forces(m, f, b, rows, change);
  EACH(i, m->nv) f->inertial_force[i] = f->inertial_force[i] + f->search[i];
  SYNC();
  solve_in_place(tree_pattern(m), m->nv, f->qLD, f->search);
  EACH(i, m->nv) f->qacc[i] = f->qacc[i] + f->search[i];
  SYNC();
  return gain;
}

/* ------------------------------------------------------------------------------------------------ all blocks */
/* Forces of blocks that act on only one dof, as the solver keeps them. */
KERNEL void keep_own_forces(fields *f) {
  EACH(i, f->lists->block_count) {
    const block *b = f->lists->blocks + i;
    if (b->place >= 0) f->own_force[b->place] = f->jacobian[b->jacobian] * f->block_force[6 * i];
  }
}

/* Replaces the friction forces, qacc and inertial_force in these lanes. Needs the factors of the mass matrix in qLD. */
STAGE void sweep_friction(const constants *m, fields *f, mask lanes) {
  real scale = splat(1) / (maximum(f->meaninertia[0], splat(SMALLEST)) * splat((scalar)larger(1, m->nv)));
  for (int i = 0; i < f->lists->block_count; i++) {
    friction_rows rows = friction_rows_of(f->lists->blocks + i);
    if (rows.count > 0) prepare_noslip(m, f, i, rows);
  }
  SYNC();
  for (int sweep = 0; sweep < m->options.noslip_iterations && any_lane(lanes); sweep++) {
    real gain = zero();
    for (int i = 0; i < f->lists->block_count; i++) {
      friction_rows rows = friction_rows_of(f->lists->blocks + i);
      if (rows.count > 0) gain = gain + slide_block(m, f, i, rows, lanes);
    }
    /* The first sweep also loses the cost of R, so that MuJoCo goes on behind it. */
    if (sweep > 0) lanes = lanes & mask_not(lt(gain * scale, splat((scalar)m->options.noslip_tolerance)));
  }
  keep_own_forces(f);
}

#endif
