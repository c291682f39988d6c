/* The constrained acceleration: Newton's method on MuJoCo's convex cost ("Computation: Constraint solver"),
 *
 *   cost(a) = 1/2 (a - a_smooth)' M (a - a_smooth) + sum over blocks of s(J a - reference),
 *
 * where s is quadratic while a constraint pushes, constant while it does not, and linear while dry friction slides. The
 * cost has one minimum, so any solver that converges agrees with MuJoCo's.
 *
 * A lane is finished when a full step moved no row to another piece of its cost (the cost was exactly quadratic along
 * the step, so this is the minimum, unless the gradient is still STEEP), or with the step whose predicted improvement is
 * below the tolerance or below its rounding error. That step has been computed, so it is taken: in double precision the elliptic humanoid's positions
 * after one second come ten thousand times closer to the converged ones. Finished lanes take zero steps until the others
 * are done. Sums over blocks first add the blocks that act on only one dof, then the others in their order; a block that
 * a lane does not have adds an exact zero. */
#ifndef MYR_SOLVE_H
#define MYR_SOLVE_H

#include "kernels/step/hessian.h"
#include "kernels/step/inertia.h"
#include "kernels/step/noslip.h"

/* The line search does little at first. Newton's full step is exact unless a row moves to another piece of its cost,
 * and then the next step corrects it as well as a line search would. Measured on the falling humanoid, in iterations
 * per world: 3.27 with a search to 0.01 of the first slope, as in MuJoCo; 3.13 with one correction of every missed
 * step; 2.88 with the first three steps taken in full, which also evaluates nothing twice. */
#define FULL_STEPS 3                 /* first iterations, which always take the full step */
#define CORRECTED_STEPS 8            /* iterations before the first with a complete line search; one correction each */
#define ENOUGH_DESCENT ((scalar)0.5) /* a step missed if the slope at its end is above this share of the first slope */

/* A model that allows fewer iterations than this may be stopped short of the minimum, so that each has to come as far as
 * it can: the start is the best point between the last acceleration and the unconstrained one, and every line is
 * searched to its end. Models tuned for MJX allow 1 to 4. */
#define FEW_ITERATIONS 16
#define EXACT_DESCENT ((scalar)0.001)

/* A slope below this share of the terms that cancel in it is rounding error. Measured in units in the last place of the
 * terms (biped, elliptic, tolerance 1e-16, single precision): 0.06 to 2.2 where iterations no longer improve anything, 9
 * to 1600 in the iteration before. */
#define ROUNDING ((scalar)(4 * (sizeof(scalar) == 4 ? 1.0 / (1 << 24) : 1.0 / (1 << 24) / (1 << 29))))

/* A full step that moves no row ends at the minimum, but for the rounding error of the forces before it. Where those are
 * 1e14 times the forces at the minimum (a box on a ball joint in its centre, whose corners are pressed into the floor),
 * that error is left in the gradient: the acceleration was wrong by 200 rad/s^2 of 34 000 in double precision. A gradient
 * above this share of its terms takes further full steps, as long as each makes the slope four times smaller. */
#define STEEP ((scalar)BY_PRECISION(1e-2, 1e-10))
#define LEAST_GAIN ((scalar)0.25)
#define HUGE_SLOPE ((scalar)BY_PRECISION(1e38, 1e300))

/* ------------------------------------------------------------------------------------------------ the gradient */
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

/* ------------------------------------------------------------------------------------------------ line search */
/* The full step has been taken. Returns the further way of each lane along it, in steps: 0 to stay, never below -1. p
 * is the path at the end of the full step; slope and curvature are those without blocks. The slope along a convex
 * piecewise quadratic is piecewise linear and rises, so Newton's method on it, kept inside a shrinking bracket, ends
 * after finitely many pieces. */
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
 * MuJoCo takes the one with the lower cost; here that comparison took a tenth of the solver's time and saved 2 % of its
 * iterations. A model with few iterations takes the best point between the two (lean_to_smooth). */
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
  solve_system(tree_pattern(m), m->nv, f->qM, f->qLD, f->qacc_smooth);
}

/* Sets the search direction to zero in all other lanes. */
KERNEL void keep_lanes(const constants *m, fields *f, mask lanes) {
  if (LANES > 1) EACH(i, m->nv) f->search[i] = choose(lanes, f->search[i], zero());
}

/* The slope that rounding may give a search direction along which the cost no longer falls. */
KERNEL real slope_of_rounding(const constants *m, fields *f) {
  real sum = zero();
  EACH(i, m->nv) {
    real terms = absolute(f->inertial_force[i]) + absolute(f->qfrc_smooth[i]) + absolute(f->qfrc_constraint[i]);
    give_share(f->search_force, i, absolute(f->search[i]) * terms, &sum); /* which descend() has yet to compute */
  }
  SYNC();
  sum = sum_of_shares(f->search_force, m->nv, sum);
  SYNC();
  return splat(ROUNDING) * sum;
}

/* The lanes in which the gradient is more than the rounding error of its present terms. */
KERNEL mask is_steep(const constants *m, fields *f) {
  real sum = zero();
  EACH(i, m->nv) {
    real terms = absolute(f->inertial_force[i]) + absolute(f->qfrc_smooth[i]) + absolute(f->qfrc_constraint[i]);
    give_share(f->search_force, i, absolute(f->gradient[i]) - splat(STEEP) * terms, &sum);
  }
  SYNC();
  sum = sum_of_shares(f->search_force, m->nv, sum);
  SYNC();
  return gt(sum, zero());
}

/* The Newton direction in the unfinished lanes, zero in the others; returns the cost's slope along it. */
KERNEL real find_direction(const constants *m, fields *f, pattern p, mask unfinished) {
  EACH(i, m->nv) f->search[i] = -f->gradient[i];
  assemble_hessian(m, f, p, unfinished);
  solve_system(p, m->nv, f->qM, f->hessian, f->search);
  SYNC();
  keep_lanes(m, f, unfinished);
  return dot(f->gradient, f->search, m->nv);
}

/* How thoroughly the steps of an iteration are corrected: in which lanes, by how many evaluations of the path at most,
 * and the share of the first slope that is good enough. */
typedef struct correction {
  mask lanes;
  int evaluations;
  scalar enough;
} correction;

KERNEL int has_few_iterations(const constants *m) { return m->options.iterations < FEW_ITERATIONS; }

KERNEL correction search_to_the_end(const constants *m) {
  correction c;
  c.lanes = mask_splat(1);
  c.evaluations = m->options.ls_iterations;
  c.enough = EXACT_DESCENT;
  return c;
}

/* A lane's last step is always corrected, because no other will mend it. */
KERNEL correction correction_of(const constants *m, int iteration, mask last) {
  correction c = search_to_the_end(m);
  if (has_few_iterations(m)) return c;
  c.lanes = last | mask_splat(iteration >= FULL_STEPS);
  if (iteration < CORRECTED_STEPS) c.evaluations = 1;
  c.enough = ENOUGH_DESCENT;
  return c;
}

/* Takes the full step, and corrects it in lanes where it missed the minimum along the path. Returns the lanes that are
 * not at the minimum of the cost: those that were corrected, or whose step moved a row to another piece. */
KERNEL mask descend(const constants *m, fields *f, mask unfinished, real first_slope, correction c) {
  multiply_by_inertia(m, f, f->search, f->search_force);
  blocks_times(f, f->search, f->block_change);
  SYNC();
  real curvature = dot(f->search, f->search_force, m->nv);
  real slope = dot(f->search, f->excess_force, m->nv) + curvature;
  take_step(m, f, splat(1));
  path_point p = update_blocks(m, f, slope, curvature);
  real tolerance = splat(c.enough) * absolute(first_slope);
  mask missed = unfinished & gt(absolute(p.slope), tolerance) & c.lanes;
  if (any_lane(missed)) {
    real further = line_search(m, f, p, slope, curvature, missed, tolerance, c.evaluations);
    narrow_live_blocks(f, missed); /* the other lanes do not move, and their blocks do not change */
    take_step(m, f, further);
    SYNC();
    update_blocks(m, f, slope, curvature);
    narrow_live_blocks(f, unfinished);
  }
  return p.changed | missed;
}

/* Goes from the start to the best point on the line through it and the unconstrained acceleration. */
KERNEL void lean_to_smooth(const constants *m, fields *f, mask lanes) {
  EACH(i, m->nv) f->search[i] = f->qacc_smooth[i] - f->qacc[i];
  SYNC();
  keep_lanes(m, f, lanes);
  real slope = dot(f->gradient, f->search, m->nv);
  descend(m, f, lanes, slope, search_to_the_end(m));
  update_gradient(m, f, lanes);
}

/* Minimizes the cost in the lanes of unfinished; returns the number of iterations of each lane. */
STAGE real newton(const constants *m, fields *f, mask unfinished) {
  real iterations = zero();
  real scale = splat(1) / (maximum(f->meaninertia[0], splat(SMALLEST)) * splat((scalar)larger(1, m->nv)));
  pattern p = close_pattern(m, f);
  update_blocks(m, f, zero(), zero());
  update_gradient(m, f, unfinished);
  if (has_few_iterations(m)) lean_to_smooth(m, f, unfinished);
  real exact_slope = splat(-HUGE_SLOPE); /* of the last step that moved no row */
  for (int iteration = 0; iteration < m->options.iterations; iteration++) {
    real slope = find_direction(m, f, p, unfinished);
    unfinished = unfinished & mask_not(gt(slope, zero()));
    if (!any_lane(unfinished)) break;
    mask goes_on = gt(splat((scalar)-0.5) * slope * scale, splat((scalar)m->options.tolerance)) &
                   gt(-slope, slope_of_rounding(m, f)) & gt(slope, splat(LEAST_GAIN) * exact_slope);
    mask last = mask_not(goes_on); /* also where the slope is no number: the step tells whoever looks at qacc */
    keep_lanes(m, f, unfinished);
    iterations = iterations + mask_to_real(unfinished);
    mask changed = descend(m, f, unfinished, slope, correction_of(m, iteration, last));
    update_gradient(m, f, unfinished);
    unfinished = unfinished & mask_not(last);
    if (!any_lane(unfinished)) break;
    exact_slope = choose(changed, exact_slope, slope);
    if (any_lane(unfinished & mask_not(changed))) unfinished = unfinished & (changed | is_steep(m, f));
    if (!any_lane(unfinished)) break;
    narrow_live_blocks(f, unfinished);
  }
  return iterations;
}

/* Makes the friction of the solution rigid. */
STAGE void stop_sliding(const constants *m, fields *f, mask constrained) {
  sweep_friction(m, f, constrained);
  list_live_blocks(f, constrained);
  SYNC();
  update_gradient(m, f, constrained);
}

/* Lanes without constraints get exactly the unconstrained acceleration, so that their bits do not depend on the
 * neighbours. all: compute qacc_smooth even if no lane needs it, because a caller reads it. */
STAGE void solve(const constants *m, fields *f, mask constrained, int all) {
  real iterations = zero();
  const int slides = m->options.noslip_iterations > 0;
  if (all || !all_lanes(constrained) || has_few_iterations(m) || (m->options.disable & MYR_DISABLE_WARMSTART) || slides)
    smooth_acceleration(m, f);
  if (any_lane(constrained)) {
    list_live_blocks(f, constrained);
    start_solver(m, f);
    iterations = newton(m, f, constrained);
    if (slides) stop_sliding(m, f, constrained);
  }
  if (LANE_OWNS_ITEM_0()) f->solver_iterations[0] = iterations;
  EACH(i, m->nv) {
    f->qacc[i] = choose(constrained, f->qacc[i], f->qacc_smooth[i]);
    f->qfrc_constraint[i] = choose(constrained, f->qfrc_constraint[i], zero());
    f->inertial_force[i] = choose(constrained, f->inertial_force[i], f->qfrc_smooth[i]);
  }
}

#endif
