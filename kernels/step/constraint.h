/* Constraint blocks of one step: Jacobians, regularization and reference accelerations. MuJoCo's soft constraint model
 * ("Computation: Constraint model"; Todorov, "Convex and analytically-invertible dynamics with contacts and
 * constraints", ICRA 2014).
 *
 * A contact with friction keeps its 3, 4 or 6 frame dimensions instead of the edges of a pyramid: edge k of a pyramidal
 * cone is dimension 0 plus or minus friction[k] times dimension k, in its residual, its reference and its force. */
#ifndef MYR_CONSTRAINT_H
#define MYR_CONSTRAINT_H

#include "kernels/step/velocity.h"

#define SMALLEST ((scalar)1e-15) /* denominators are kept above this */
#define SMALLEST_FRICTION ((scalar)1e-5)
#define SMALLEST_IMPEDANCE ((scalar)1e-4)
#define LARGEST_IMPEDANCE ((scalar)0.9999)

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

/* How many blocks there are so far, how many reals their Jacobians have, and the lanes in which the item's own ones
 * exist. */
typedef struct tally {
  int blocks, reals;
  mask active;
} tally;

/* A block to be appended; wanted says whether it is. */
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

/* The block's rates: Jacobian times x (nv), one real for each dimension (the block's own). */
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

/* Fills what follows from a block's Jacobian: 1/R of its first row, and the reference of every dimension. approximation
 * is the row's inverse inertia; first_scale turns R of the first row into R of the block. */
KERNEL void finish_block(const constants *m, fields *f, int index, mask active, real violation, real approximation,
                         const scalar *solref, const scalar *solimp, real first_scale) {
  const block *b = f->lists->blocks + index;
  reference_gains g = gains_of(m, solref, solimp);
  int dry = b->type == MYR_ROW_FRICTION_DOF || b->type == MYR_ROW_FRICTION_TENDON;
  real d = impedance(solimp, violation);
  real R = maximum((splat(1) - d) * approximation / d, splat(SMALLEST));
  R = maximum(R * first_scale, splat(SMALLEST));
  real rate[6];
  block_times(b, f, f->qvel, b->dimension, rate);
  f->block_position[index] = violation;
  f->block_d[index] = choose(active, splat(1) / R, zero());
  for (int k = 0; k < b->dimension; k++) {
    real reference = -(splat(g.damping) * rate[k]);
    if (k == 0 && !dry) reference = fnmadd(splat(g.stiffness) * d, violation, reference);
    f->block_reference[6 * index + k] = choose(active, reference, zero());
  }
}

/* ------------------------------------------------------------------------------------------------ dry friction */
/* The entry of chain_dof that holds the joint's first dof. */
KERNEL const int32_t *joint_dofs(const constants *m, int j) {
  int b = m->jnt_body[j], last = m->body_dof_start[b] + m->body_dof_count[b] - 1;
  return m->chain_dof + m->chain_start[b + 1] - 1 - (last - m->jnt_dof_start[j]);
}

STAGE tally dof_friction(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(i, m->nv) {
    candidate c = no_candidate(MYR_ROW_FRICTION_DOF, i);
    if (i < m->nv && m->dof_frictionloss[i] > 0) {
      int j = m->dof_jnt[i];
      c.wanted = 1;
      c.active = gt(f->dof_frictionloss[i], zero());
      c.dofs = joint_dofs(m, j) + (i - m->jnt_dof_start[j]);
      c.place = OWN_PLACES * i;
    }
    int index = append_block(f, &so_far, c);
    if (!c.wanted) continue;
    f->jacobian[f->lists->blocks[index].jacobian] = mask_to_real(c.active);
    f->block_friction[5 * index] = f->dof_frictionloss[i];
    finish_block(m, f, index, c.active, zero(), f->dof_invweight0[i], m->dof_solref + 2 * i, m->dof_solimp + 5 * i,
                 splat(1));
  }
  return so_far;
}

KERNEL void tendon_jacobian(const constants *m, fields *f, const block *b, int t, real scale) {
  for (int k = 0; k < m->tendon_wrap_count[t]; k++)
    f->jacobian[b->jacobian + k] = splat(m->wrap_coef[m->tendon_wrap_start[t] + k]) * scale;
}

KERNEL candidate tendon_candidate(const constants *m, int t, int type, mask active) {
  candidate c = no_candidate(type, t);
  c.wanted = any_lane(active);
  if (!c.wanted) return c;
  c.active = active;
  c.dof_count = m->tendon_wrap_count[t];
  c.dofs = m->wrap_dof + m->tendon_wrap_start[t];
  return c;
}

STAGE tally tendon_friction(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(t, m->ntendon) {
    int wanted = t < m->ntendon && m->tendon_frictionloss[t] > 0;
    int index = append_block(f, &so_far, tendon_candidate(m, t, MYR_ROW_FRICTION_TENDON, mask_splat(wanted)));
    if (!wanted) continue;
    tendon_jacobian(m, f, f->lists->blocks + index, t, splat(1));
    f->block_friction[5 * index] = splat(m->tendon_frictionloss[t]);
    finish_block(m, f, index, mask_splat(1), zero(), f->tendon_invweight0[t], m->tendon_solref_friction + 2 * t,
                 m->tendon_solimp_friction + 5 * t, splat(1));
  }
  return so_far;
}

/* ------------------------------------------------------------------------------------------------ limits */
/* How far a coordinate is from a limit, the lanes in which that is within the margin, and what it moves along. */
typedef struct limit {
  mask active;
  real distance;
  vec3 axis; /* of a ball joint's turn */
} limit;

KERNEL limit no_limit(void) {
  limit l;
  l.active = mask_splat(0);
  l.distance = zero();
  l.axis = v3_zero();
  return l;
}

KERNEL limit limit_at(real distance, scalar margin) {
  limit l = no_limit();
  l.distance = distance;
  l.active = lt(distance, splat(margin));
  return l;
}

KERNEL limit ball_limit(const constants *m, const fields *f, int j) {
  quat q = q4_normalize(q4_load(f->qpos + m->jnt_qpos_start[j]));
  vec3 turn = quaternion_difference(q, q4(splat(1), zero(), zero(), zero()));
  scalar largest = larger(m->jnt_range[2 * j], m->jnt_range[2 * j + 1]);
  limit l = limit_at(splat(largest) - v3_length(turn), m->jnt_margin[j]);
  l.axis = v3_normalize(turn);
  return l;
}

/* The lower side (upper 0) or the upper side of a joint's range; a ball joint has the lower one only. */
KERNEL limit joint_limit(const constants *m, const fields *f, int j, int upper) {
  if (!m->jnt_limited[j]) return no_limit();
  if (m->jnt_type[j] == MYR_JOINT_BALL) return upper ? no_limit() : ball_limit(m, f, j);
  real q = f->qpos[m->jnt_qpos_start[j]];
  return limit_at(splat(upper ? 1 : -1) * (splat(m->jnt_range[2 * j + upper]) - q), m->jnt_margin[j]);
}

STAGE tally joint_limits(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(side, 2 * m->njnt) {
    int j = side / 2, upper = side % 2;
    limit l = no_limit();
    if (j < m->njnt) l = joint_limit(m, f, j, upper);
    candidate c = no_candidate(MYR_ROW_LIMIT_JOINT, j);
    if (any_lane(l.active)) {
      c.wanted = 1;
      c.active = l.active;
      c.dofs = joint_dofs(m, j);
      if (m->jnt_type[j] == MYR_JOINT_BALL)
        c.dof_count = 3;
      else
        c.place = OWN_PLACES * m->jnt_dof_start[j] + 1 + upper;
    }
    int index = append_block(f, &so_far, c);
    if (!c.wanted) continue;
    int dof = m->jnt_dof_start[j];
    real *J = f->jacobian + f->lists->blocks[index].jacobian;
    if (c.dof_count == 1)
      J[0] = choose(l.active, splat(upper ? -1 : 1), zero());
    else
      v3_store(J, v3_choose(l.active, v3_negate(l.axis), v3_zero()));
    finish_block(m, f, index, l.active, l.distance - splat(m->jnt_margin[j]), f->dof_invweight0[dof],
                 m->jnt_solref + 2 * j, m->jnt_solimp + 5 * j, splat(1));
  }
  return so_far;
}

STAGE tally tendon_limits(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(side, 2 * m->ntendon) {
    int t = side / 2, upper = side % 2;
    limit l = no_limit();
    if (t < m->ntendon && m->tendon_limited[t]) {
      real room = splat(m->tendon_range[2 * t + upper]) - f->tendon_length[t];
      l = limit_at(splat(upper ? 1 : -1) * room, m->tendon_margin[t]);
    }
    int index = append_block(f, &so_far, tendon_candidate(m, t, MYR_ROW_LIMIT_TENDON, l.active));
    if (!any_lane(l.active)) continue;
    tendon_jacobian(m, f, f->lists->blocks + index, t, choose(l.active, splat(upper ? -1 : 1), zero()));
    finish_block(m, f, index, l.active, l.distance - splat(m->tendon_margin[t]), f->tendon_invweight0[t],
                 m->tendon_solref_limit + 2 * t, m->tendon_solimp_limit + 5 * t, splat(1));
  }
  return so_far;
}

/* ------------------------------------------------------------------------------------------------ contacts */
/* The five friction coefficients of a pair: two sliding, torsional (m), two rolling (m). */
KERNEL void pair_friction(const constants *m, const fields *f, int pair, real *friction) {
  const real *one = f->geom_friction + 3 * m->pair_geom1[pair], *two = f->geom_friction + 3 * m->pair_geom2[pair];
  int rule = m->pair_friction_rule[pair];
  for (int k = 0; k < 5; k++) {
    int e = k < 2 ? 0 : k < 3 ? 1 : 2;
    real value = rule == MYR_FRICTION_OWN     ? splat(m->pair_friction[5 * pair + k])
                 : rule == MYR_FRICTION_GEOM1 ? one[e]
                 : rule == MYR_FRICTION_GEOM2 ? two[e]
                                              : maximum(one[e], two[e]);
    friction[k] = maximum(value, splat(SMALLEST_FRICTION));
  }
}

/* How the relative motion of the two geoms at the contact depends on each dof, in the contact's frame: translation along
 * the normal and the tangents, then rotation about them. */
STAGE void contact_jacobian(const constants *m, fields *f, const block *b) {
  vec3 point = v3_load(f->slot_position + 3 * b->id);
  mat3 frame = m3_load(f->slot_frame + 9 * b->id);
  int start = m->pair_chain_start[b->pair], n = b->dof_count;
  real *J = f->jacobian + b->jacobian;
  EACH(j, n) {
    int dof = m->pair_chain_dof[start + j];
    real side = splat((scalar)m->pair_chain_side[start + j]);
    spatial axis = s6_load(f->cdof + 6 * dof);
    vec3 arm = v3_sub(point, v3_load(f->subtree_com + 3 * m->body_root[m->dof_body[dof]]));
    vec3 v = v3_scale(v3_add(axis.translation, v3_cross(axis.rotation, arm)), side);
    vec3 along = m3_apply(frame, v);
    J[j] = along.x;
    if (b->dimension == 1) continue;
    J[n + j] = along.y;
    J[2 * n + j] = along.z;
    if (b->dimension == 3) continue;
    vec3 about = m3_apply(frame, v3_scale(axis.rotation, side));
    J[3 * n + j] = about.x;
    if (b->dimension == 4) continue;
    J[4 * n + j] = about.y;
    J[5 * n + j] = about.z;
  }
}

/* Distance from which on a contact of the pair pushes. */
KERNEL scalar included_distance(const constants *m, int pair) { return m->pair_margin[pair] - m->pair_gap[pair]; }

KERNEL mask pushing_lanes(const constants *m, const fields *f, int slot) {
  return lt(f->slot_distance[slot], splat(included_distance(m, f->lists->slot_pair[slot])));
}

KERNEL candidate contact_candidate(const constants *m, const fields *f, int slot) {
  candidate c = no_candidate(MYR_ROW_CONTACT_FRICTIONLESS, slot);
  if (slot >= f->lists->slot_count) return c;
  c.active = pushing_lanes(m, f, slot);
  c.wanted = any_lane(c.active);
  c.pair = f->lists->slot_pair[slot];
  c.dimension = m->pair_condim[c.pair];
  if (c.dimension > 1) c.type = m->options.cone == MYR_ELLIPTIC ? MYR_ROW_CONTACT_ELLIPTIC : MYR_ROW_CONTACT_PYRAMIDAL;
  int start = m->pair_chain_start[c.pair];
  c.dof_count = m->pair_chain_start[c.pair + 1] - start;
  c.dofs = m->pair_chain_dof + start;
  return c;
}

/* What follows from a contact's Jacobian. */
KERNEL void finish_contact(const constants *m, fields *f, int index) {
  const block *b = f->lists->blocks + index;
  int pair = b->pair;
  real *friction = f->block_friction + 5 * index;
  pair_friction(m, f, pair, friction);
  real weight = f->body_invweight0[2 * m->geom_body[m->pair_geom1[pair]]] +
                f->body_invweight0[2 * m->geom_body[m->pair_geom2[pair]]];
  scalar ratio = (scalar)1 / larger(SMALLEST, (scalar)m->options.impratio);
  real mu = friction[0] * square_root(splat(ratio)), scale = splat(1);
  if (b->type == MYR_ROW_CONTACT_PYRAMIDAL) {
    weight = fmadd(friction[0] * friction[0], weight, weight);
    scale = splat(2) * mu * mu; /* all edges share one R */
  }
  f->block_mu[index] = mu;
  mask active = real_to_mask(f->block_active[index]);
  real violation = choose(active, f->slot_distance[b->id] - splat(included_distance(m, pair)), zero());
  finish_block(m, f, index, active, violation, weight, m->pair_solref + 2 * pair, m->pair_solimp + 5 * pair, scale);
}

STAGE tally list_contacts(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(slot, f->lists->slot_count) append_block(f, &so_far, contact_candidate(m, f, slot));
  return so_far;
}

STAGE void finish_contacts(const constants *m, fields *f, int first, int end) {
  for (int i = first; i < end; i++) contact_jacobian(m, f, f->lists->blocks + i);
  SYNC();
  EACH(i, end - first) finish_contact(m, f, first + i);
}

/* Returns the lanes that are constrained at all. Blocks come in this order, whatever the lanes: sums over them are the
 * same in every company. What is written after the SYNC, the solver reads after its first. */
STAGE mask constraint(const constants *m, fields *f) {
  tally so_far;
  so_far.blocks = so_far.reals = 0;
  so_far.active = mask_splat(0);
  int off = m->options.disable, first_contact = 0;
  if (!(off & MYR_DISABLE_CONSTRAINT)) {
    if (!(off & MYR_DISABLE_FRICTIONLOSS)) {
      so_far = dof_friction(m, f, so_far);
      so_far = tendon_friction(m, f, so_far);
    }
    if (!(off & MYR_DISABLE_LIMIT)) {
      so_far = joint_limits(m, f, so_far);
      so_far = tendon_limits(m, f, so_far);
    }
    first_contact = so_far.blocks;
    so_far = list_contacts(m, f, so_far);
  }
  if (LANE_OWNS_ITEM_0()) f->lists->block_count = so_far.blocks;
  mask constrained = in_any_item(so_far.active);
  SYNC();
  finish_contacts(m, f, first_contact, so_far.blocks);
  return constrained;
}

#endif
