/* The constrained acceleration: Newton's method on MuJoCo's convex cost ("Computation: Constraint solver"),
 *
 *   cost(a) = 1/2 (a - a_smooth)' M (a - a_smooth) + sum over blocks of s(J a - reference),
 *
 * s being quadratic where a constraint pushes, flat where it lets go, linear where dry friction slides. Its minimum is
 * unique, so any solver that converges agrees with MuJoCo's.
 *
 * A lane is finished when a full step moved no row across a boundary of its pieces (the cost was exactly quadratic along
 * the way, so this is the minimum), or when the predicted improvement is below the tolerance. Finished lanes take zero
 * steps until the others are done. Sums over blocks run in the order of blocks, after those that act on one dof alone; a
 * block that a lane does not have adds an exact zero. */
#ifndef MYR_SOLVE_H
#define MYR_SOLVE_H

#include "kernels/step/constraint.h"
#include "kernels/step/coupling.h"
#include "kernels/step/inertia.h"

enum { DIMENSIONS = 6, WEIGHTS = 21 };

/* How eagerly steps are corrected. Newton's full step is exact unless a row moves to another piece of its cost, and then
 * the next step mends it as well as a line search would: on the falling humanoid, searching to 0.01 of the first slope as
 * MuJoCo does takes 3.27 iterations a world, correcting every missed step once 3.13, and taking the first three steps
 * as they are 2.88, for which nothing is evaluated twice. */
#define FULL_STEPS 3                 /* iterations that take the full step whatever it does */
#define CORRECTED_STEPS 8            /* iterations before the first that searches the line to its end */
#define ENOUGH_DESCENT ((scalar)0.5) /* a step missed when the slope at its end is above this share of the first */

/* A block's share of the cost at one residual: minus its gradient, and its second derivative (lower triangle by rows). */
typedef struct response {
  real force[DIMENSIONS], weight[WEIGHTS];
} response;

KERNEL int weights_of(int dimension) { return dimension * (dimension + 1) / 2; }

/* ------------------------------------------------------------------------------------------------ one block */
KERNEL void respond_dry_friction(real D, real largest, const real *residual, response *out) {
  real force = -(D * residual[0]);
  out->force[0] = clamp(force, -largest, largest);
  out->weight[0] = choose(gt(absolute(force), largest), zero(), D); /* sliding, the force does not change */
}

KERNEL void respond_one_sided(real D, const real *residual, response *out) {
  mask pushes = lt(residual[0], zero());
  out->force[0] = choose(pushes, -(D * residual[0]), zero());
  out->weight[0] = choose(pushes, D, zero());
}

/* Each friction dimension k gives two edges, residual[0] +- friction[k] residual[k], which push one-sidedly. */
KERNEL void respond_pyramidal(int dimension, real D, const real *friction, const real *residual, response *out) {
  real normal = zero(), stiffness = zero();
  for (int e = 0; e < weights_of(dimension); e++) out->weight[e] = zero();
  for (int k = 1; k < dimension; k++) {
    real mu = friction[k - 1];
    real plus = fmadd(mu, residual[k], residual[0]), minus = fnmadd(mu, residual[k], residual[0]);
    real d_plus = choose(lt(plus, zero()), D, zero()), d_minus = choose(lt(minus, zero()), D, zero());
    real f_plus = d_plus * plus, f_minus = d_minus * minus;
    normal = normal + (f_plus + f_minus);
    out->force[k] = mu * (f_minus - f_plus);
    real both = d_plus + d_minus;
    stiffness = stiffness + both;
    out->weight[triangle(k, 0)] = mu * (d_plus - d_minus);
    out->weight[triangle(k, k)] = mu * mu * both;
  }
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
  /* 1/R of a friction dimension is this by friction^2 */
  real first = splat(impratio) * D / (friction[0] * friction[0]);
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

/* type and dimension are the block's own, passed so that a caller who knows them has the loops unrolled. */
KERNEL void respond(const constants *m, const fields *f, int index, int type, int dimension, const real *residual,
                    response *out) {
  real D = f->block_d[index];
  const real *friction = f->block_friction + 5 * index;
  switch (type) {
  case MYR_ROW_FRICTION_DOF:
  case MYR_ROW_FRICTION_TENDON: respond_dry_friction(D, friction[0] * f->block_active[index], residual, out); break;
  case MYR_ROW_CONTACT_PYRAMIDAL: respond_pyramidal(dimension, D, friction, residual, out); break;
  case MYR_ROW_CONTACT_ELLIPTIC:
    respond_elliptic(dimension, D, f->block_mu[index], (scalar)m->options.impratio, friction, residual, out);
    break;
  default: respond_one_sided(D, residual, out);
  }
}

/* Calls action(..., type, dimension) with constants for the two commonest kinds of block. */
#define FOR_KIND_OF_BLOCK(b, action)                                   \
  do {                                                                 \
    if ((b)->type == MYR_ROW_CONTACT_PYRAMIDAL && (b)->dimension == 3) \
      action(MYR_ROW_CONTACT_PYRAMIDAL, 3);                            \
    else if ((b)->type == MYR_ROW_LIMIT_JOINT)                         \
      action(MYR_ROW_LIMIT_JOINT, 1);                                  \
    else                                                               \
      action((b)->type, (b)->dimension);                               \
  } while (0)

/* ------------------------------------------------------------------------------------------------ all blocks */
/* Lists the blocks that some unfinished lane has, to be read after a SYNC. The others cannot move it, and finished lanes
 * keep what they have. */
STAGE void list_live_blocks(fields *f, mask unfinished) {
  tile_lists *lists = f->lists;
  uint32_t lanes = mask_bits(unfinished);
  int live = 0, joining = 0;
  EACH_TOGETHER(i, lists->block_count) {
    int lives = i < lists->block_count && (lists->blocks[i].lanes & lanes) != 0;
    int joins = lives && lists->blocks[i].place < 0;
    int place = claim_in_order(lives, &live), place_joining = claim_in_order(joins, &joining);
    if (lives) lists->live[place] = i;
    if (joins) lists->joining[place_joining] = i;
  }
  if (LANE_OWNS_ITEM_0()) {
    lists->live_count = live;
    lists->joining_count = joining;
  }
}

/* Lists them anew for other lanes. A single lane that still has something to do is always the same one. */
KERNEL void narrow_live_blocks(fields *f, mask lanes) {
  if (LANES > 1) list_live_blocks(f, lanes);
}

/* out (nblock, 6) = J x. */
STAGE void blocks_times(const fields *f, const real *x, real *out) {
  EACH(l, f->lists->live_count) {
    int i = f->lists->live[l];
    const block *b = f->lists->blocks + i;
#define TIMES(type, dimension) block_times(b, f, x, dimension, out + 6 * i)
    FOR_KIND_OF_BLOCK(b, TIMES);
#undef TIMES
  }
}

/* First and second derivative of the cost along the search direction, and the lanes in which some row moved to another
 * piece of its cost. */
typedef struct path_point {
  real slope, curvature;
  mask changed;
} path_point;

/* A response's share of slope and curvature, and the given lanes. */
KERNEL path_point share_of(const response *r, const real *change, int dimension, mask changed) {
  path_point p;
  p.slope = p.curvature = zero();
  p.changed = changed;
  for (int k = 0; k < dimension; k++) {
    p.slope = fnmadd(r->force[k], change[k], p.slope);
    real cross = zero();
    for (int l = 0; l < k; l++) cross = fmadd(r->weight[triangle(k, l)], change[l], cross);
    p.curvature = fmadd(fmadd(r->weight[triangle(k, k)], change[k], cross + cross), change[k], p.curvature);
  }
  return p;
}

/* Gives the share of the l-th live block. */
KERNEL void give_path(fields *f, int l, path_point share, path_point *sum) {
  give_share(f->block_slope, l, share.slope, &sum->slope);
  give_share(f->block_curvature, l, share.curvature, &sum->curvature);
  sum->changed = sum->changed | share.changed;
}

KERNEL path_point sum_of_paths(const fields *f, path_point sum) {
  int count = f->lists->live_count;
  sum.changed = in_any_item(sum.changed);
  sum.slope = sum_of_shares(f->block_slope, count, sum.slope);
  sum.curvature = sum_of_shares(f->block_curvature, count, sum.curvature);
  return sum;
}

/* The path's slope and curvature without blocks. */
KERNEL path_point path_without_blocks(real slope, real curvature) {
  path_point p;
  p.slope = slope;
  p.curvature = curvature;
  p.changed = mask_splat(0);
  return p;
}

/* New force and weight of one block; returns its share of the path. */
KERNEL path_point update_block(const constants *m, fields *f, int i, int type, int dimension) {
  const block *b = f->lists->blocks + i;
  real *weight = f->block_weight + WEIGHTS * i, *force = f->block_force + 6 * i;
  response r;
  mask changed = mask_splat(0);
  respond(m, f, i, type, dimension, f->block_residual + 6 * i, &r);
  for (int e = 0; e < weights_of(dimension); e++) {
    changed = changed | mask_not(eq(r.weight[e], weight[e]));
    weight[e] = r.weight[e];
  }
  if (type == MYR_ROW_FRICTION_DOF || type == MYR_ROW_FRICTION_TENDON) /* sliding the other way weighs nothing too */
    changed = changed | (eq(r.weight[0], zero()) & mask_not(eq(r.force[0], force[0])));
  for (int k = 0; k < dimension; k++) force[k] = r.force[k];
  if (b->place >= 0) { /* its Jacobian is 1 or -1, or 0 in lanes without it, which have no weight */
    f->own_force[b->place] = f->jacobian[b->jacobian] * r.force[0];
    f->own_weight[b->place] = r.weight[0];
  }
  return share_of(&r, f->block_change + 6 * i, dimension, changed);
}

/* Forces and weights at the present residuals. */
STAGE path_point update_blocks(const constants *m, fields *f, real slope, real curvature) {
  path_point p = path_without_blocks(slope, curvature);
  EACH(l, f->lists->live_count) {
    int i = f->lists->live[l];
#define UPDATE(type, dimension) give_path(f, l, update_block(m, f, i, type, dimension), &p)
    FOR_KIND_OF_BLOCK(f->lists->blocks + i, UPDATE);
#undef UPDATE
  }
  SYNC();
  return sum_of_paths(f, p);
}

/* gradient += J' force of one block. */
KERNEL void add_block_force(fields *f, const block *b, const real *force, int dimension) {
  const real *J = f->jacobian + b->jacobian;
  int n = b->dof_count;
  EACH(j, n) {
    real sum = f->gradient[b->dofs[j]];
    for (int k = 0; k < dimension; k++) sum = fmadd(J[k * n + j], force[k], sum);
    f->gradient[b->dofs[j]] = sum;
  }
}

/* What the blocks that act on one dof alone sum up to there. */
KERNEL real sum_of_places(const real *own, int dof) {
  return (own[OWN_PLACES * dof] + own[OWN_PLACES * dof + 1]) + own[OWN_PLACES * dof + 2];
}

/* In the unfinished lanes, qfrc_constraint = J' force and the gradient of the cost. */
STAGE void update_gradient(const constants *m, fields *f, mask unfinished) {
  EACH(i, m->nv) f->gradient[i] = sum_of_places(f->own_force, i);
  for (int l = 0; l < f->lists->joining_count; l++) {
    int i = f->lists->joining[l];
    const block *b = f->lists->blocks + i;
    SYNC();
#define ADD_FORCE(type, dimension) add_block_force(f, b, f->block_force + 6 * i, dimension)
    FOR_KIND_OF_BLOCK(b, ADD_FORCE);
#undef ADD_FORCE
  }
  SYNC();
  EACH(i, m->nv) {
    f->qfrc_constraint[i] = choose(unfinished, f->gradient[i], f->qfrc_constraint[i]);
    f->excess_force[i] = f->inertial_force[i] - f->qfrc_smooth[i];
    f->gradient[i] = f->excess_force[i] - f->qfrc_constraint[i];
  }
}

/* ------------------------------------------------------------------------------------------------ the Hessian */
/* hessian += J' W J of one block; dimension and pyramidal are constants where it is called, so that its loops unroll.
 * Attempts that did not pay: walking the triangle as one flat loop, to avoid mispredicted row ends (half as long again);
 * two rows at a time, to share the loads of J (no difference). */
KERNEL void add_block(fields *f, const block *b, const real *W, int dimension, int pyramidal) {
  const real *J = f->jacobian + b->jacobian;
  int n = b->dof_count;
  EACH_ROW(a, n) {
    real weighed[DIMENSIONS];
    for (int k = 0; k < dimension; k++) {
      weighed[k] = W[triangle(k, k)] * J[k * n + a];
      for (int l = 0; l < dimension; l++)
        if (l != k && (k == 0 || l == 0 || !pyramidal)) /* a pyramid's tangents do not couple */
          weighed[k] = fmadd(W[l < k ? triangle(k, l) : triangle(l, k)], J[l * n + a], weighed[k]);
    }
    real *row = f->hessian + triangle(b->dofs[a], 0);
    EACH_COLUMN(c, a + 1) {
      real sum = row[b->dofs[c]];
      for (int k = 0; k < dimension; k++) sum = fmadd(weighed[k], J[k * n + c], sum);
      row[b->dofs[c]] = sum;
    }
  }
}

KERNEL int weighs_anything(const real *W, int dimension, mask unfinished) {
  mask some = mask_splat(0);
  for (int k = 0; k < dimension; k++) some = some | mask_not(eq(W[triangle(k, k)], zero()));
  return any_lane(some & unfinished);
}

/* The mass matrix, zero where only a coupling has an entry, and on the diagonal what acts on single dofs. */
KERNEL void begin_hessian(const constants *m, fields *f, pattern p) {
  EACH(i, m->nv) {
    real *row = f->hessian + triangle(i, 0);
    const real *mass = f->qM + triangle(i, 0);
    int next = m->ancestor_start[i], end = m->ancestor_start[i + 1];
    for (int a = p.start[i]; a < p.start[i + 1]; a++) {
      int j = p.column[a];
      int in_tree = next < end && m->ancestor_dof[next] == j;
      row[j] = in_tree ? mass[j] : zero();
      next += in_tree;
    }
    row[i] = mass[i] + sum_of_places(f->own_weight, i);
  }
}

STAGE void assemble_hessian(const constants *m, fields *f, pattern p, mask unfinished) {
  begin_hessian(m, f, p);
  for (int l = 0; l < f->lists->joining_count; l++) {
    int i = f->lists->joining[l];
    const block *b = f->lists->blocks + i;
    const real *W = f->block_weight + WEIGHTS * i;
    if (!weighs_anything(W, b->dimension, unfinished)) continue;
    int pyramidal = b->type == MYR_ROW_CONTACT_PYRAMIDAL;
    SYNC();
    if (b->dimension == 1)
      add_block(f, b, W, 1, 0);
    else if (b->dimension == 3 && pyramidal)
      add_block(f, b, W, 3, 1);
    else if (b->dimension == 3)
      add_block(f, b, W, 3, 0);
    else if (b->dimension == 4)
      add_block(f, b, W, 4, pyramidal);
    else
      add_block(f, b, W, 6, pyramidal);
  }
  SYNC();
}

/* ------------------------------------------------------------------------------------------------ line search */
/* A block's share of the path at `further` steps beyond the present acceleration. */
KERNEL path_point evaluate_block(const constants *m, const fields *f, int i, real further) {
  const block *b = f->lists->blocks + i;
  const real *change = f->block_change + 6 * i;
  real residual[DIMENSIONS];
  response r;
  for (int k = 0; k < b->dimension; k++) residual[k] = fmadd(further, change[k], f->block_residual[6 * i + k]);
  respond(m, f, i, b->type, b->dimension, residual, &r);
  return share_of(&r, change, b->dimension, mask_splat(0));
}

/* The path there, given its slope and curvature without blocks here. */
KERNEL path_point evaluate_path(const constants *m, fields *f, real further, real slope, real curvature) {
  path_point p = path_without_blocks(fmadd(further, curvature, slope), curvature);
  SYNC(); /* the shares of the point before have been summed */
  EACH(l, f->lists->live_count) give_path(f, l, evaluate_block(m, f, f->lists->live[l], further), &p);
  SYNC();
  return sum_of_paths(f, p);
}

/* How much further than the full step, already taken, each lane should go (zero where it should stay; never below -1).
 * p is the path there; slope and curvature those without blocks. The slope along a convex piecewise quadratic is
 * piecewise linear and rises, so Newton's method on it, kept inside a shrinking bracket, ends after finitely many
 * pieces. */
STAGE real line_search(const constants *m, fields *f, path_point p, real slope, real curvature, mask active,
                       real tolerance, int evaluations) {
  real further = zero(), low = splat(-1), high = splat((scalar)1e10);
  for (int evaluation = 0; any_lane(active); evaluation++) {
    mask rising = gt(p.slope, zero());
    high = choose(rising, further, high);
    low = choose(rising, low, further);
    real next = further - p.slope / maximum(p.curvature, splat(SMALLEST));
    real inside =
        choose(lt(high, splat((scalar)1e10)), (low + high) * splat((scalar)0.5), further + further + splat(1));
    next = choose(le(next, low) | ge(next, high), inside, next);
    further = choose(active & is_finite(next), next, further);
    if (evaluation + 1 >= evaluations) break;
    p = evaluate_path(m, f, further, slope, curvature);
    active = active & gt(absolute(p.slope), tolerance);
  }
  return further;
}

/* ------------------------------------------------------------------------------------------------ Newton's method */
/* Every lane starts from its last acceleration, or from the unconstrained one when the model switches warm starts off.
 * MuJoCo takes whichever of the two costs less; here that comparison took a tenth of the solver's time and saved 2 % of
 * its iterations. */
STAGE void start_solver(const constants *m, fields *f) {
  const real *start = m->options.disable & MYR_DISABLE_WARMSTART ? f->qacc_smooth : f->qacc_warmstart;
  EACH(i, m->nv) f->qacc[i] = start[i];
  EACH(e, OWN_PLACES * m->nv) f->own_force[e] = f->own_weight[e] = zero();
  SYNC();
  multiply_by_inertia(m, f, f->qacc, f->inertial_force);
  EACH(l, f->lists->live_count) {
    int i = f->lists->live[l];
    const block *b = f->lists->blocks + i;
    block_times(b, f, f->qacc, b->dimension, f->block_residual + 6 * i);
    for (int k = 0; k < b->dimension; k++) {
      f->block_residual[6 * i + k] = f->block_residual[6 * i + k] - f->block_reference[6 * i + k];
      f->block_change[6 * i + k] = zero();
    }
  }
}

/* Moves alpha steps along the search direction. */
KERNEL void take_step(const constants *m, fields *f, real alpha) {
  EACH(i, m->nv) {
    f->qacc[i] = fmadd(alpha, f->search[i], f->qacc[i]);
    f->inertial_force[i] = fmadd(alpha, f->search_force[i], f->inertial_force[i]);
  }
  EACH(l, f->lists->live_count) {
    int i = f->lists->live[l];
    for (int k = 0; k < f->lists->blocks[i].dimension; k++)
      f->block_residual[6 * i + k] = fmadd(alpha, f->block_change[6 * i + k], f->block_residual[6 * i + k]);
  }
}

/* qacc_smooth, the acceleration without constraints. */
STAGE void smooth_acceleration(const constants *m, fields *f) {
  copy_entries(tree_pattern(m), m->nv, f->qM, f->qLD);
  EACH(i, m->nv) f->qacc_smooth[i] = f->qfrc_smooth[i];
  SYNC();
  solve_system(tree_pattern(m), m->nv, f->qLD, f->qacc_smooth);
}

/* Clears the search direction of the other lanes. */
KERNEL void keep_lanes(const constants *m, fields *f, mask lanes) {
  if (LANES > 1) EACH(i, m->nv) f->search[i] = choose(lanes, f->search[i], zero());
}

/* The Newton direction in the unfinished lanes, zero in the others; returns the cost's slope along it. */
KERNEL real find_direction(const constants *m, fields *f, pattern p, mask unfinished) {
  EACH(i, m->nv) f->search[i] = -f->gradient[i];
  assemble_hessian(m, f, p, unfinished);
  solve_system(p, m->nv, f->hessian, f->search);
  SYNC();
  keep_lanes(m, f, unfinished);
  return dot(f->gradient, f->search, m->nv);
}

/* Takes the full step, and where that missed the minimum along the way corrects it, evaluating the path so many times (0:
 * never). Returns the lanes that did not come to the minimum of the whole cost: a full step did, unless it moved a row
 * to another piece. */
KERNEL mask descend(const constants *m, fields *f, mask unfinished, real first_slope, int evaluations) {
  multiply_by_inertia(m, f, f->search, f->search_force);
  blocks_times(f, f->search, f->block_change);
  SYNC();
  real curvature = dot(f->search, f->search_force, m->nv);
  real slope = dot(f->search, f->excess_force, m->nv) + curvature;
  take_step(m, f, splat(1));
  path_point p = update_blocks(m, f, slope, curvature);
  real tolerance = splat(ENOUGH_DESCENT) * absolute(first_slope);
  mask missed = unfinished & gt(absolute(p.slope), tolerance) & mask_splat(evaluations > 0);
  if (any_lane(missed)) {
    real further = line_search(m, f, p, slope, curvature, missed, tolerance, evaluations);
    narrow_live_blocks(f, missed); /* the other lanes stay where they are, and so do blocks that only they have */
    take_step(m, f, further);
    SYNC();
    update_blocks(m, f, slope, curvature);
    narrow_live_blocks(f, unfinished);
  }
  return p.changed | missed;
}

/* Minimizes the cost in the lanes of unfinished; returns how many iterations each lane took. */
STAGE real newton(const constants *m, fields *f, mask unfinished) {
  real iterations = zero();
  real scale = splat(1) / (maximum(f->meaninertia[0], splat(SMALLEST)) * splat((scalar)larger(1, m->nv)));
  pattern p = close_pattern(m, f);
  update_blocks(m, f, zero(), zero());
  update_gradient(m, f, unfinished);
  for (int iteration = 0; iteration < m->options.iterations; iteration++) {
    real slope = find_direction(m, f, p, unfinished);
    unfinished = unfinished & gt(splat((scalar)-0.5) * slope * scale, splat((scalar)m->options.tolerance));
    if (!any_lane(unfinished)) break;
    keep_lanes(m, f, unfinished);
    iterations = iterations + mask_to_real(unfinished);
    int evaluations = iteration < FULL_STEPS ? 0 : iteration < CORRECTED_STEPS ? 1 : m->options.ls_iterations;
    mask changed = descend(m, f, unfinished, slope, evaluations);
    update_gradient(m, f, unfinished);
    unfinished = unfinished & changed;
    if (!any_lane(unfinished)) break;
    narrow_live_blocks(f, unfinished);
  }
  return iterations;
}

/* Lanes that are not constrained keep the unconstrained acceleration to the last bit, as if they had been alone. all:
 * compute qacc_smooth even if no lane needs it, for whoever looks at it. */
STAGE void solve(const constants *m, fields *f, mask constrained, int all) {
  real iterations = zero();
  if (all || !all_lanes(constrained) || (m->options.disable & MYR_DISABLE_WARMSTART)) smooth_acceleration(m, f);
  if (any_lane(constrained)) {
    list_live_blocks(f, constrained);
    start_solver(m, f);
    iterations = newton(m, f, constrained);
  }
  if (LANE_OWNS_ITEM_0()) f->solver_iterations[0] = iterations;
  EACH(i, m->nv) {
    f->qacc[i] = choose(constrained, f->qacc[i], f->qacc_smooth[i]);
    f->qfrc_constraint[i] = choose(constrained, f->qfrc_constraint[i], zero());
  }
}

#endif
