/* A block of constraint rows: its place in the lists, its Jacobian, and the numbers that follow from it. MuJoCo's soft
 * constraint model ("Computation: Constraint model"; Todorov, "Convex and analytically-invertible dynamics with
 * contacts and constraints", ICRA 2014). */
#ifndef MYR_BLOCK_H
#define MYR_BLOCK_H

#include "kernels/hardest_contact.h"
#include "kernels/step/velocity.h"

#define SMALLEST_FRICTION ((scalar)1e-5)
#define STEEPEST_PYRAMID BY_PRECISION(MYR_STEEPEST_PYRAMID, 1e-5)
#define SMALLEST_IMPEDANCE ((scalar)1e-4)
#define LARGEST_IMPEDANCE ((scalar)0.9999)

enum { DIMENSIONS = 6, WEIGHTS = 21 };

/* The impedance d(r) of a violation r, between 0 and 1; solimp is (at zero, at width, width, midpoint, power). */
STAGE real impedance(const scalar *solimp, real violation) {
  scalar at_zero = clip(solimp[0], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE);
  scalar at_width = clip(solimp[1], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE);
  scalar width = larger(solimp[2], 0), middle = clip(solimp[3], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE);
  scalar power = larger(solimp[4], 1);
  if (at_zero == at_width || width <= SMALLEST) return splat((at_zero + at_width) * (scalar)0.5);
  real x = minimum(absolute(violation) / splat(width), splat(1));
  real y = x;
  if (power == 2) {
    real rest = splat(1) - x;
    y = choose(le(x, splat(middle)), x * x * splat(1 / middle), fnmadd(rest * rest, splat(1 / (1 - middle)), splat(1)));
  } else if (power != 1) {
    real p = splat(power), below = splat(power - 1);
    real low = lane_pow(x, p) / lane_pow(splat(middle), below);
    real high = splat(1) - lane_pow(splat(1) - x, p) / lane_pow(splat(1 - middle), below);
    y = choose(le(x, splat(middle)), low, high);
  }
  y = choose(ge(x, splat(1)), splat(1), y);
  return fmadd(y, splat(at_width - at_zero), splat(at_zero));
}

/* Stiffness and damping of the reference acceleration: -damping * velocity - stiffness * impedance * violation. */
typedef struct {
  scalar stiffness, damping;
} reference_gains;

KERNEL reference_gains gains_of(const constants *m, const scalar *solref, const scalar *solimp) {
  scalar at_width = clip(solimp[1], SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE);
  reference_gains g;
  if (solref[0] > 0) { /* time constant and damping ratio */
    scalar time = solref[0], ratio = solref[1];
    if (!(m->options.disable & MYR_DISABLE_REFSAFE)) time = larger(time, 2 * m->timestep);
    g.stiffness = 1 / larger(SMALLEST, at_width * at_width * time * time * ratio * ratio);
    g.damping = 2 / larger(SMALLEST, at_width * time);
  } else { /* stiffness and damping themselves, negated */
    g.stiffness = -solref[0] / larger(SMALLEST, at_width * at_width);
    g.damping = -solref[1] / larger(SMALLEST, at_width);
  }
  return g;
}

enum { OWN_PLACES = 3 }; /* of a dof, for blocks that act on it alone: dry friction, lower and upper limit */

/* The number of blocks so far, the number of reals in their Jacobians, and the lanes in which the item's own blocks
 * exist. */
typedef struct tally {
  int blocks, reals;
  mask active;
} tally;

/* A block that may be appended; it is appended if wanted is 1. */
typedef struct candidate {
  int wanted, type, dimension, dof_count, id, pair, place;
  const int32_t *dofs;
  mask active; /* lanes in which it exists */
} candidate;

KERNEL candidate no_candidate(int type, int id) {
  candidate c;
  c.wanted = 0;
  c.type = type;
  c.dimension = 1;
  c.dof_count = 1;
  c.id = id;
  c.pair = -1;
  c.place = -1;
  c.dofs = (const int32_t *)0;
  c.active = mask_splat(0);
  return c;
}

/* Appends each item's candidate, in the order of items; returns its index. All items must call this together. */
KERNEL int append_block(fields *f, tally *so_far, candidate c) {
  int index = claim_in_order(c.wanted, &so_far->blocks);
  int jacobian = claim_several_in_order(c.wanted ? c.dimension * c.dof_count : 0, &so_far->reals);
  if (!c.wanted) return index;
  block *b = f->lists->blocks + index;
  b->type = c.type;
  b->dimension = c.dimension;
  b->dof_count = c.dof_count;
  b->jacobian = jacobian;
  b->id = c.id;
  b->pair = c.pair;
  b->place = c.place;
  b->dofs = c.dofs;
  b->lanes = mask_bits(c.active);
  f->block_active[index] = mask_to_real(c.active);
  so_far->active = so_far->active | c.active;
  return index;
}

/* Jacobian times x (nv), one real for each dimension of the block. */
KERNEL void block_times(const block *b, const fields *f, const real *x, int dimension, real *out) {
  const real *J = f->jacobian + b->jacobian;
  for (int k = 0; k < dimension; k++) {
    real even = zero(), odd = zero();
    int j = 0;
    for (; j + 1 < b->dof_count; j += 2) {
      even = fmadd(J[j], x[b->dofs[j]], even);
      odd = fmadd(J[j + 1], x[b->dofs[j + 1]], odd);
    }
    if (j < b->dof_count) even = fmadd(J[j], x[b->dofs[j]], even);
    out[k] = even + odd;
    J += b->dof_count;
  }
}

/* Whether a row of this type pulls against its violation; else it pushes against velocity alone. */
enum {
#define CONSTRAINT_FAMILY(name, disable, stiffness) STIFFNESS_##name = stiffness,
#include "kernels/constraint.def"
};
KERNEL int has_stiffness(int type) {
#define CONSTRAINT_ROW(name, family, response) \
  if (type == MYR_ROW_##name) return STIFFNESS_##family;
#include "kernels/constraint.def"
  return 0;
}

/* R of a row of impedance d: how much it gives. approximation is the row's inverse inertia. */
KERNEL real regularization(real d, real approximation) {
  return maximum((splat(1) - d) * approximation / d, splat(SMALLEST));
}

/* Computes from a block's Jacobian 1/R of its first row and the reference of every dimension. approximation is the
 * row's inverse inertia; first_scale turns R of the first row into R of the block. */
KERNEL void finish_block(const constants *m, fields *f, int index, mask active, real violation, real approximation,
                         const scalar *solref, const scalar *solimp, real first_scale) {
  const block *b = f->lists->blocks + index;
  reference_gains g = gains_of(m, solref, solimp);
  real d = impedance(solimp, violation);
  real R = maximum(regularization(d, approximation) * first_scale, splat(SMALLEST));
  real rate[6];
  block_times(b, f, f->qvel, b->dimension, rate);
  f->block_position[index] = violation;
  f->block_d[index] = choose(active, splat(1) / R, zero());
  for (int k = 0; k < b->dimension; k++) {
    real reference = -(splat(g.damping) * rate[k]);
    if (k == 0 && has_stiffness(b->type)) reference = fnmadd(splat(g.stiffness) * d, violation, reference);
    f->block_reference[6 * index + k] = choose(active, reference, zero());
  }
}

/* The same of a block of three rows alike, which exists in all lanes. size is the violation of which the impedance follows,
 * bias the second derivative of the violation with qacc = 0. */
KERNEL void finish_three_rows(const constants *m, fields *f, int index, vec3 violation, vec3 bias, real size,
                              real approximation, const scalar *solref, const scalar *solimp) {
  reference_gains g = gains_of(m, solref, solimp);
  real d = impedance(solimp, size), rate[3];
  block_times(f->lists->blocks + index, f, f->qvel, 3, rate);
  f->block_position[index] = size;
  f->block_d[index] = splat(1) / regularization(d, approximation);
  v3_store(f->block_friction + 5 * index, violation);
  vec3 damped = v3_scale(v3_load(rate), splat(g.damping)), pulled = v3_scale(violation, splat(g.stiffness) * d);
  v3_store(f->block_reference + 6 * index, v3_negate(v3_add(v3_add(damped, pulled), bias)));
}

/* ------------------------------------------------------------------------------------------------ responses */
/* A block's share of the cost at one residual: minus its gradient, and its second derivative (lower triangle by
 * rows). */
typedef struct response {
  real force[DIMENSIONS], weight[WEIGHTS];
} response;

KERNEL int weights_of(int dimension) { return dimension * (dimension + 1) / 2; }

#endif
