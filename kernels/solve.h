/* The constrained acceleration: Newton's method on MuJoCo's convex cost ("Computation: Constraint solver"),
 *
 *   cost(a) = 1/2 (a - a_smooth)' M (a - a_smooth) + sum over blocks of s(J a - reference),
 *
 * s being quadratic where a constraint pushes, flat where it lets go, linear where dry friction slides. Its minimum is
 * unique, so any solver that converges agrees with MuJoCo's.
 *
 * A lane is finished when a full step moved no row across a boundary of its pieces (the cost was exactly quadratic along
 * the way, so this is the minimum), or when the predicted improvement is below the tolerance. Finished lanes take zero
 * steps until the others are done. Sums over blocks start at zero and run in the order of blocks; a block that a lane
 * does not have adds an exact zero. */
#ifndef MYR_SOLVE_H
#define MYR_SOLVE_H

#include "kernels/constraint.h"
#include "kernels/sparse.h"

enum { DIMENSIONS = 6, WEIGHTS = 21 };

/* A block's share of the cost at one residual: its value, minus its gradient, and its second derivative (lower triangle
 * by rows). */
typedef struct response {
  real cost, force[DIMENSIONS], weight[WEIGHTS];
} response;

KERNEL int weights_of(int dimension) { return dimension * (dimension + 1) / 2; }

/* ------------------------------------------------------------------------------------------------ one block */
KERNEL void respond_dry_friction(real D, real largest, const real *residual, response *out) {
  real force = -(D * residual[0]);
  mask slides = gt(absolute(force), largest);
  real half = splat((scalar)0.5);
  real inside = half * D * residual[0] * residual[0];
  real outside = largest * (absolute(residual[0]) - half * largest / choose(slides, D, splat(1)));
  out->cost = choose(slides, outside, inside);
  out->force[0] = clamp(force, -largest, largest);
  out->weight[0] = choose(slides, zero(), D);
}

KERNEL void respond_one_sided(real D, const real *residual, response *out) {
  mask pushes = lt(residual[0], zero());
  real force = choose(pushes, -(D * residual[0]), zero());
  out->cost = splat((scalar)-0.5) * force * residual[0];
  out->force[0] = force;
  out->weight[0] = choose(pushes, D, zero());
}

/* Each friction dimension k gives two edges, residual[0] +- friction[k] residual[k], which push one-sidedly. */
KERNEL void respond_pyramidal(int dimension, real D, const real *friction, const real *residual, response *out) {
  real cost = zero(), normal = zero(), stiffness = zero();
  for (int e = 0; e < weights_of(dimension); e++) out->weight[e] = zero();
  for (int k = 1; k < dimension; k++) {
    real mu = friction[k - 1];
    real plus = fmadd(mu, residual[k], residual[0]), minus = fnmadd(mu, residual[k], residual[0]);
    real d_plus = choose(lt(plus, zero()), D, zero()), d_minus = choose(lt(minus, zero()), D, zero());
    real f_plus = d_plus * plus, f_minus = d_minus * minus;
    cost = fmadd(f_plus, plus, fmadd(f_minus, minus, cost));
    normal = normal + (f_plus + f_minus);
    out->force[k] = mu * (f_minus - f_plus);
    real both = d_plus + d_minus;
    stiffness = stiffness + both;
    out->weight[triangle(k, 0)] = mu * (d_plus - d_minus);
    out->weight[triangle(k, k)] = mu * mu * both;
  }
  out->cost = cost * splat((scalar)0.5);
  out->force[0] = -normal;
  out->weight[0] = stiffness;
}

/* The regularized elliptic cone: with N = mu residual[0] and U_k = friction[k] residual[k], T = |U|, the contact lets go
 * above the cone (N >= mu T), is quadratic below its dual (mu N + T <= 0), and pushes along the cone between. */
KERNEL void respond_elliptic(int dimension, real D, real mu, scalar impratio, const real *friction,
                             const real *residual, response *out) {
  real N = mu * residual[0], U[DIMENSIONS], squared = zero();
  for (int k = 1; k < dimension; k++) {
    U[k] = friction[k - 1] * residual[k];
    squared = fmadd(U[k], U[k], squared);
  }
  real T = square_root(squared);
  mask above = ge(N, mu * T), below = le(fmadd(mu, N, T), zero()) & mask_not(above);
  mask between = mask_not(above) & mask_not(below);
  real safe_T = choose(between, T, splat(1)), gap = fnmadd(mu, T, N);
  real Dm = D / (mu * mu * fmadd(mu, mu, splat(1)));
  real first = splat(impratio) * D / (friction[0] * friction[0]); /* 1/R of a friction dimension is this by friction^2 */
  real cost_below = D * residual[0] * residual[0];
  for (int k = 1; k < dimension; k++) cost_below = fmadd(first * U[k], U[k], cost_below);
  real half = splat((scalar)0.5);
  out->cost = choose(between, half * Dm * gap * gap, choose(below, half * cost_below, zero()));
  out->force[0] = choose(between, -(Dm * gap * mu), choose(below, -(D * residual[0]), zero()));
  out->weight[0] = choose(between, Dm * mu * mu, choose(below, D, zero()));
  real slope = Dm * gap * mu / safe_T;
  real across = mu * N / (safe_T * safe_T * safe_T), along = fnmadd(mu, N / safe_T, mu * mu);
  for (int k = 1; k < dimension; k++) {
    real own = friction[k - 1], stiff = first * own * own;
    out->force[k] = choose(between, slope * U[k] * own, choose(below, -(stiff * residual[k]), zero()));
    out->weight[triangle(k, 0)] = choose(between, -(Dm * mu * mu * U[k] / safe_T * own), zero());
    for (int l = 1; l <= k; l++) {
      real value = across * U[k] * U[l];
      if (l == k) value = value + along;
      value = Dm * own * friction[l - 1] * value;
      out->weight[triangle(k, l)] = choose(between, value, l == k ? choose(below, stiff, zero()) : zero());
    }
  }
}

STAGE void respond(const constants *m, const fields *f, int index, const real *residual, response *out) {
  const block *b = f->lists->blocks + index;
  real D = f->block_d[index];
  const real *friction = f->block_friction + 5 * index;
  switch (b->type) {
    case MYR_ROW_FRICTION_DOF:
    case MYR_ROW_FRICTION_TENDON: respond_dry_friction(D, friction[0] * f->block_active[index], residual, out); break;
    case MYR_ROW_CONTACT_PYRAMIDAL:
      if (b->dimension == 3) respond_pyramidal(3, D, friction, residual, out);
      else respond_pyramidal(b->dimension, D, friction, residual, out);
      break;
    case MYR_ROW_CONTACT_ELLIPTIC:
      respond_elliptic(b->dimension, D, f->block_mu[index], (scalar)m->options.impratio, friction, residual, out);
      break;
    default: respond_one_sided(D, residual, out);
  }
}

/* ------------------------------------------------------------------------------------------------ all blocks */
/* out (nblock, 6) = J x - block_reference, or J x. */
STAGE void blocks_times(const fields *f, const real *x, int minus_reference, real *out) {
  EACH(i, f->lists->block_count) {
    const block *b = f->lists->blocks + i;
    block_times(b, f, x, out + 6 * i);
    if (minus_reference)
      for (int k = 0; k < b->dimension; k++) out[6 * i + k] = out[6 * i + k] - f->block_reference[6 * i + k];
  }
  SYNC();
}

/* Cost of the acceleration whose residuals and inertial force (M a) are given. */
STAGE real total_cost(const constants *m, const fields *f, const real *acceleration, const real *inertial_force,
                       const real *residual) {
  real sum = zero();
  for (int i = 0; i < m->nv; i++)
    sum = fmadd(acceleration[i] - f->qacc_smooth[i], inertial_force[i] - f->qfrc_smooth[i], sum);
  sum = sum * splat((scalar)0.5);
  for (int i = 0; i < f->lists->block_count; i++) {
    response r;
    respond(m, f, i, residual + 6 * i, &r);
    sum = sum + r.cost;
  }
  return sum;
}

/* Forces and weights at the present residuals. Returns the lanes in which some weight is another than before. */
STAGE mask update_blocks(const constants *m, fields *f) {
  mask changed = mask_splat(0);
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    response r;
    respond(m, f, i, f->block_residual + 6 * i, &r);
    for (int e = 0; e < weights_of(b->dimension); e++) {
      changed = changed | mask_not(eq(r.weight[e], f->block_weight[WEIGHTS * i + e]));
      f->block_weight[WEIGHTS * i + e] = r.weight[e];
    }
    for (int k = 0; k < b->dimension; k++) f->block_force[6 * i + k] = r.force[k];
  }
  SYNC();
  return changed;
}

/* qfrc_constraint = J' force, and the gradient of the cost. */
STAGE void update_gradient(const constants *m, fields *f) {
  EACH(i, m->nv) f->qfrc_constraint[i] = zero();
  SYNC();
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    const real *J = f->jacobian + b->jacobian, *force = f->block_force + 6 * i;
    EACH(j, b->dof_count) {
      real sum = f->qfrc_constraint[b->dofs[j]];
      for (int k = 0; k < b->dimension; k++) sum = fmadd(J[k * b->dof_count + j], force[k], sum);
      f->qfrc_constraint[b->dofs[j]] = sum;
    }
    SYNC();
  }
  EACH(i, m->nv) f->gradient[i] = (f->inertial_force[i] - f->qfrc_smooth[i]) - f->qfrc_constraint[i];
  SYNC();
}

/* ------------------------------------------------------------------------------------------------ the Hessian */
/* hessian += J' W J of one block; dimension is a constant where it is called, so that its loops unroll. */
KERNEL void add_block(fields *f, const block *b, const real *W, int dimension) {
  const real *J = f->jacobian + b->jacobian;
  int n = b->dof_count;
  EACH(a, n) {
    real scaled[DIMENSIONS];
    for (int k = 0; k < dimension; k++) {
      scaled[k] = W[triangle(k, k)] * J[k * n + a];
      for (int l = 0; l < dimension; l++)
        if (l != k) scaled[k] = fmadd(W[l < k ? triangle(k, l) : triangle(l, k)], J[l * n + a], scaled[k]);
    }
    real *row = f->hessian + triangle(b->dofs[a], 0);
    for (int c = 0; c <= a; c++) {
      real sum = row[b->dofs[c]];
      for (int k = 0; k < dimension; k++) sum = fmadd(scaled[k], J[k * n + c], sum);
      row[b->dofs[c]] = sum;
    }
  }
  SYNC();
}

KERNEL int weighs_anything(const real *W, int dimension, mask unfinished) {
  mask some = mask_splat(0);
  for (int k = 0; k < dimension; k++) some = some | mask_not(eq(W[triangle(k, k)], zero()));
  return any_lane(some & unfinished);
}

/* The sparsity of the Hessian: the tree's, and where a contact or tendon couples two branches, what that fills in. The
 * rule of elimination: a row's columns are also columns of the row of its last column (Liu 1990, "The role of
 * elimination trees in sparse factorization"). */
STAGE pattern close_pattern(const constants *m, fields *f) {
  tile_lists *lists = f->lists;
  int coupled = 0;
  for (int i = 0; i < lists->block_count; i++) {
    const block *b = lists->blocks + i;
    coupled |= b->pair >= 0 ? m->pair_branches[b->pair] : b->dof_count > 1;
  }
  if (!coupled) return tree_pattern(m);
  int words = (m->nv + 63) / 64;
  if (LANE_OWNS_ITEM_0()) {
    for (int i = 0; i < m->nv * words; i++) lists->row_bits[i] = 0;
    for (int i = 0; i < m->nv; i++)
      for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++)
        lists->row_bits[i * words + m->ancestor_dof[a] / 64] |= (uint64_t)1 << (m->ancestor_dof[a] % 64);
    for (int i = 0; i < lists->block_count; i++) {
      const block *b = lists->blocks + i;
      for (int a = 1; a < b->dof_count; a++)
        for (int c = 0; c < a; c++)
          lists->row_bits[b->dofs[a] * words + b->dofs[c] / 64] |= (uint64_t)1 << (b->dofs[c] % 64);
    }
    for (int i = m->nv - 1; i > 0; i--) {
      int last = -1;
      for (int j = 0; j < i; j++)
        if (lists->row_bits[i * words + j / 64] >> (j % 64) & 1) last = j;
      for (int j = 0; j < last; j++)
        if (lists->row_bits[i * words + j / 64] >> (j % 64) & 1)
          lists->row_bits[last * words + j / 64] |= (uint64_t)1 << (j % 64);
    }
    int at = 0;
    for (int i = 0; i < m->nv; i++) {
      lists->row_start[i] = at;
      for (int j = 0; j < i; j++)
        if (lists->row_bits[i * words + j / 64] >> (j % 64) & 1) lists->row_dof[at++] = j;
    }
    lists->row_start[m->nv] = at;
  }
  SYNC();
  pattern p;
  p.start = lists->row_start;
  p.column = lists->row_dof;
  return p;
}

STAGE void assemble_hessian(const constants *m, fields *f, pattern p, mask unfinished) {
  EACH(i, m->nv) { /* what is not in the tree starts at zero */
    real *row = f->hessian + triangle(i, 0);
    for (int a = p.start[i]; a < p.start[i + 1]; a++) row[p.column[a]] = zero();
    for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++)
      row[m->ancestor_dof[a]] = f->qM[triangle(i, m->ancestor_dof[a])];
    row[i] = f->qM[triangle(i, i)];
  }
  SYNC();
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    const real *W = f->block_weight + WEIGHTS * i;
    if (!weighs_anything(W, b->dimension, unfinished)) continue;
    if (b->dimension == 1) add_block(f, b, W, 1);
    else if (b->dimension == 3) add_block(f, b, W, 3);
    else if (b->dimension == 4) add_block(f, b, W, 4);
    else add_block(f, b, W, 6);
  }
}

/* ------------------------------------------------------------------------------------------------ line search */
typedef struct slope_at {
  real slope, curvature;
} slope_at;

/* First and second derivative of the cost along the search direction, alpha steps from the present acceleration. */
KERNEL slope_at evaluate_slope(const constants *m, const fields *f, real alpha, real slope, real curvature) {
  slope_at s;
  s.slope = fmadd(alpha, curvature, slope);
  s.curvature = curvature;
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    const real *change = f->block_change + 6 * i;
    real residual[DIMENSIONS];
    response r;
    for (int k = 0; k < b->dimension; k++) residual[k] = fmadd(alpha, change[k], f->block_residual[6 * i + k]);
    respond(m, f, i, residual, &r);
    for (int k = 0; k < b->dimension; k++) {
      s.slope = fnmadd(r.force[k], change[k], s.slope);
      real cross = zero();
      for (int l = 0; l < k; l++) cross = fmadd(r.weight[triangle(k, l)], change[l], cross);
      s.curvature = fmadd(fmadd(r.weight[triangle(k, k)], change[k], cross + cross), change[k], s.curvature);
    }
  }
  return s;
}

/* The step length in each lane. The slope along a convex piecewise quadratic is piecewise linear and rises, so Newton's
 * method on it, kept inside a shrinking bracket, ends after finitely many pieces. */
STAGE real line_search(const constants *m, const fields *f, mask active, real start_slope) {
  real slope = zero(), curvature = dot(f->search, f->search_force, m->nv);
  for (int i = 0; i < m->nv; i++) slope = fmadd(f->search[i], f->inertial_force[i] - f->qfrc_smooth[i], slope);
  real tolerance = splat((scalar)m->options.ls_tolerance) * absolute(start_slope);
  real alpha = choose(active, splat(1), zero()), low = zero(), high = splat((scalar)1e10);
  for (int iteration = 0; iteration < m->options.ls_iterations; iteration++) {
    slope_at s = evaluate_slope(m, f, alpha, slope, curvature);
    active = active & gt(absolute(s.slope), tolerance);
    if (!any_lane(active)) break;
    mask rising = gt(s.slope, zero());
    high = choose(rising, alpha, high);
    low = choose(rising, low, alpha);
    real next = alpha - s.slope / maximum(s.curvature, splat(SMALLEST));
    mask outside = le(next, low) | ge(next, high);
    real bisected = choose(lt(high, splat((scalar)1e10)), (low + high) * splat((scalar)0.5), alpha + alpha);
    next = choose(outside, bisected, next);
    alpha = choose(active & is_finite(next), next, alpha);
  }
  return alpha;
}

/* ------------------------------------------------------------------------------------------------ Newton's method */
/* Chooses where each lane starts: last step's acceleration or the unconstrained one, whichever costs less. */
STAGE void start_solver(const constants *m, fields *f) {
  multiply(tree_pattern(m), m->nv, f->qM, f->qacc_warmstart, f->inertial_force);
  blocks_times(f, f->qacc_warmstart, 1, f->block_residual);
  blocks_times(f, f->qacc_smooth, 1, f->block_change);
  real warm = total_cost(m, f, f->qacc_warmstart, f->inertial_force, f->block_residual);
  real cold = total_cost(m, f, f->qacc_smooth, f->qfrc_smooth, f->block_change);
  mask use_warm = lt(warm, cold) & mask_splat(!(m->options.disable & MYR_DISABLE_WARMSTART));
  EACH(i, m->nv) {
    f->qacc[i] = choose(use_warm, f->qacc_warmstart[i], f->qacc_smooth[i]);
    f->inertial_force[i] = choose(use_warm, f->inertial_force[i], f->qfrc_smooth[i]);
  }
  EACH(i, f->lists->block_count)
    for (int k = 0; k < f->lists->blocks[i].dimension; k++)
      f->block_residual[6 * i + k] = choose(use_warm, f->block_residual[6 * i + k], f->block_change[6 * i + k]);
  SYNC();
}

KERNEL void take_step(const constants *m, fields *f, real alpha) {
  EACH(i, m->nv) {
    f->qacc[i] = fmadd(alpha, f->search[i], f->qacc[i]);
    f->inertial_force[i] = fmadd(alpha, f->search_force[i], f->inertial_force[i]);
  }
  EACH(i, f->lists->block_count)
    for (int k = 0; k < f->lists->blocks[i].dimension; k++)
      f->block_residual[6 * i + k] = fmadd(alpha, f->block_change[6 * i + k], f->block_residual[6 * i + k]);
  SYNC();
}

KERNEL void unconstrained(const constants *m, fields *f) {
  EACH(i, m->nv) {
    f->qacc[i] = f->qacc_smooth[i];
    f->qfrc_constraint[i] = zero();
  }
  SYNC();
}

/* Lanes without any block keep the unconstrained acceleration to the last bit, as if they had been alone. */
KERNEL mask constrained_lanes(const fields *f) {
  mask some = mask_splat(0);
  for (int i = 0; i < f->lists->block_count; i++) some = some | real_to_mask(f->block_active[i]);
  return some;
}

/* Minimizes the cost in the lanes of unfinished; returns how many iterations each lane took. */
STAGE real newton(const constants *m, fields *f, mask unfinished) {
  real iterations = zero();
  real scale = splat(1) / (maximum(f->meaninertia[0], splat(SMALLEST)) * splat((scalar)larger(1, m->nv)));
  pattern p = close_pattern(m, f);
  update_blocks(m, f);
  update_gradient(m, f);
  for (int iteration = 0; iteration < m->options.iterations && any_lane(unfinished); iteration++) {
    assemble_hessian(m, f, p, unfinished);
    factorize(p, m->nv, f->hessian);
    EACH(i, m->nv) f->search[i] = -f->gradient[i];
    SYNC();
    solve_in_place(p, m->nv, f->hessian, f->search);
    real slope = dot(f->gradient, f->search, m->nv);
    unfinished = unfinished & gt(splat((scalar)-0.5) * slope * scale, splat((scalar)m->options.tolerance));
    if (!any_lane(unfinished)) break;
    EACH(i, m->nv) f->search[i] = choose(unfinished, f->search[i], zero());
    SYNC();
    iterations = iterations + mask_to_real(unfinished);
    multiply(tree_pattern(m), m->nv, f->qM, f->search, f->search_force);
    blocks_times(f, f->search, 0, f->block_change);
    real alpha = line_search(m, f, unfinished, slope);
    take_step(m, f, alpha);
    mask changed = update_blocks(m, f);
    update_gradient(m, f);
    unfinished = unfinished & (changed | mask_not(eq(alpha, splat(1))));
  }
  return iterations;
}

STAGE void solve(const constants *m, fields *f) {
  mask constrained = constrained_lanes(f);
  if (!any_lane(constrained)) {
    unconstrained(m, f);
    if (LANE_OWNS_ITEM_0()) f->solver_iterations[0] = zero();
    SYNC();
    return;
  }
  start_solver(m, f);
  real iterations = newton(m, f, constrained);
  if (LANE_OWNS_ITEM_0()) f->solver_iterations[0] = iterations;
  EACH(i, m->nv) {
    f->qacc[i] = choose(constrained, f->qacc[i], f->qacc_smooth[i]);
    f->qfrc_constraint[i] = choose(constrained, f->qfrc_constraint[i], zero());
  }
  SYNC();
}

#endif
