/* Constraint blocks of one step: Jacobians, regularization and reference accelerations. MuJoCo's soft constraint model
 * ("Computation: Constraint model"; Todorov, "Convex and analytically-invertible dynamics with contacts and
 * constraints", ICRA 2014).
 *
 * A contact with friction keeps its 3, 4 or 6 frame dimensions instead of the edges of a pyramid: edge k of a pyramidal
 * cone is dimension 0 plus or minus friction[k] times dimension k, in its residual, its reference and its force. */
#ifndef MYR_CONSTRAINT_H
#define MYR_CONSTRAINT_H

#include "kernels/velocity.h"

#define SMALLEST ((scalar)1e-15)      /* denominators are kept above this */
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
typedef struct { scalar stiffness, damping; } reference_gains;

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

KERNEL block *append_block(fields *f, int type, int dimension, int dof_count, const int32_t *dofs, int id, int pair) {
  tile_lists *lists = f->lists;
  int index = lists->block_count;
  block *b = lists->blocks + index;
  if (LANE_OWNS_ITEM_0()) {
    const block *last = index > 0 ? b - 1 : b;
    int used = index > 0 ? last->jacobian + last->dimension * last->dof_count : 0;
    b->type = type;
    b->dimension = dimension;
    b->dof_count = dof_count;
    b->dofs = dofs;
    b->id = id;
    b->pair = pair;
    b->jacobian = used;
    lists->block_count = index + 1;
  }
  SYNC();
  return b;
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
  f->lists->blocks[index].lanes = mask_bits(active);
  f->block_active[index] = mask_to_real(active);
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

STAGE void dof_friction(const constants *m, fields *f) {
  for (int i = 0; i < m->nv; i++) {
    if (m->dof_frictionloss[i] <= 0) continue;
    mask active = gt(f->dof_frictionloss[i], zero());
    int index = f->lists->block_count;
    const block *b = append_block(f, MYR_ROW_FRICTION_DOF, 1, 1, joint_dofs(m, m->dof_jnt[i]) +
                                  (i - m->jnt_dof_start[m->dof_jnt[i]]), i, -1);
    if (LANE_OWNS_ITEM_0()) {
      f->jacobian[b->jacobian] = mask_to_real(active);
      f->block_friction[5 * index] = f->dof_frictionloss[i];
      finish_block(m, f, index, active, zero(), f->dof_invweight0[i], m->dof_solref + 2 * i, m->dof_solimp + 5 * i,
                   splat(1));
    }
    SYNC();
  }
}

KERNEL void tendon_jacobian(const constants *m, fields *f, const block *b, int t, real scale) {
  for (int k = 0; k < m->tendon_wrap_count[t]; k++)
    f->jacobian[b->jacobian + k] = splat(m->wrap_coef[m->tendon_wrap_start[t] + k]) * scale;
}

STAGE void tendon_friction(const constants *m, fields *f) {
  for (int t = 0; t < m->ntendon; t++) {
    if (m->tendon_frictionloss[t] <= 0) continue;
    int index = f->lists->block_count;
    const block *b = append_block(f, MYR_ROW_FRICTION_TENDON, 1, m->tendon_wrap_count[t],
                                  m->wrap_dof + m->tendon_wrap_start[t], t, -1);
    if (LANE_OWNS_ITEM_0()) {
      tendon_jacobian(m, f, b, t, splat(1));
      f->block_friction[5 * index] = splat(m->tendon_frictionloss[t]);
      finish_block(m, f, index, mask_splat(1), zero(), f->tendon_invweight0[t], m->tendon_solref_friction + 2 * t,
                   m->tendon_solimp_friction + 5 * t, splat(1));
    }
    SYNC();
  }
}

/* ------------------------------------------------------------------------------------------------ limits */
/* The lower side (side -1) or the upper side (side 1) of a hinge's or slide's range. */
STAGE void joint_limit_side(const constants *m, fields *f, int j, scalar side) {
  real q = f->qpos[m->jnt_qpos_start[j]];
  scalar margin = m->jnt_margin[j];
  real distance = splat(side) * (splat(m->jnt_range[2 * j + (side > 0)]) - q);
  mask active = lt(distance, splat(margin));
  if (!any_lane(active)) return;
  int index = f->lists->block_count, dof = m->jnt_dof_start[j];
  const block *b = append_block(f, MYR_ROW_LIMIT_JOINT, 1, 1, joint_dofs(m, j), j, -1);
  if (LANE_OWNS_ITEM_0()) {
    f->jacobian[b->jacobian] = choose(active, splat(-side), zero());
    finish_block(m, f, index, active, distance - splat(margin), f->dof_invweight0[dof], m->jnt_solref + 2 * j,
                 m->jnt_solimp + 5 * j, splat(1));
  }
  SYNC();
}

STAGE void ball_limit(const constants *m, fields *f, int j) {
  quat q = q4_normalize(q4_load(f->qpos + m->jnt_qpos_start[j]));
  vec3 turn = quaternion_difference(q, q4(splat(1), zero(), zero(), zero()));
  real angle = v3_length(turn);
  vec3 axis = v3_normalize(turn);
  scalar largest = larger(m->jnt_range[2 * j], m->jnt_range[2 * j + 1]), margin = m->jnt_margin[j];
  real distance = splat(largest) - angle;
  mask active = lt(distance, splat(margin));
  if (!any_lane(active)) return;
  int index = f->lists->block_count, dof = m->jnt_dof_start[j];
  const block *b = append_block(f, MYR_ROW_LIMIT_JOINT, 1, 3, joint_dofs(m, j), j, -1);
  if (LANE_OWNS_ITEM_0()) {
    v3_store(f->jacobian + b->jacobian, v3_choose(active, v3_negate(axis), v3_zero()));
    finish_block(m, f, index, active, distance - splat(margin), f->dof_invweight0[dof], m->jnt_solref + 2 * j,
                 m->jnt_solimp + 5 * j, splat(1));
  }
  SYNC();
}

STAGE void tendon_limit_side(const constants *m, fields *f, int t, scalar side) {
  scalar margin = m->tendon_margin[t];
  real distance = splat(side) * (splat(m->tendon_range[2 * t + (side > 0)]) - f->tendon_length[t]);
  mask active = lt(distance, splat(margin));
  if (!any_lane(active)) return;
  int index = f->lists->block_count;
  const block *b = append_block(f, MYR_ROW_LIMIT_TENDON, 1, m->tendon_wrap_count[t],
                                m->wrap_dof + m->tendon_wrap_start[t], t, -1);
  if (LANE_OWNS_ITEM_0()) {
    tendon_jacobian(m, f, b, t, choose(active, splat(-side), zero()));
    finish_block(m, f, index, active, distance - splat(margin), f->tendon_invweight0[t],
                 m->tendon_solref_limit + 2 * t, m->tendon_solimp_limit + 5 * t, splat(1));
  }
  SYNC();
}

KERNEL void limits(const constants *m, fields *f) {
  for (int j = 0; j < m->njnt; j++) {
    if (!m->jnt_limited[j]) continue;
    if (m->jnt_type[j] == MYR_JOINT_BALL) {
      ball_limit(m, f, j);
    } else {
      joint_limit_side(m, f, j, -1);
      joint_limit_side(m, f, j, 1);
    }
  }
  for (int t = 0; t < m->ntendon; t++)
    if (m->tendon_limited[t]) {
      tendon_limit_side(m, f, t, -1);
      tendon_limit_side(m, f, t, 1);
    }
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
STAGE void contact_jacobian(const constants *m, fields *f, const block *b, int slot) {
  vec3 point = v3_load(f->slot_position + 3 * slot);
  mat3 frame = m3_load(f->slot_frame + 9 * slot);
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
  SYNC();
}

STAGE void contact_block(const constants *m, fields *f, int slot) {
  int pair = f->lists->slot_pair[slot], dimension = m->pair_condim[pair];
  scalar included = m->pair_margin[pair] - m->pair_gap[pair];
  mask active = lt(f->slot_distance[slot], splat(included));
  if (!any_lane(active)) return;
  int type = dimension == 1                       ? MYR_ROW_CONTACT_FRICTIONLESS
             : m->options.cone == MYR_ELLIPTIC ? MYR_ROW_CONTACT_ELLIPTIC
                                                  : MYR_ROW_CONTACT_PYRAMIDAL;
  int start = m->pair_chain_start[pair], index = f->lists->block_count;
  const block *b = append_block(f, type, dimension, m->pair_chain_start[pair + 1] - start, m->pair_chain_dof + start,
                                slot, pair);
  contact_jacobian(m, f, b, slot);
  if (LANE_OWNS_ITEM_0()) {
    real *friction = f->block_friction + 5 * index;
    pair_friction(m, f, pair, friction);
    real weight = f->body_invweight0[2 * m->geom_body[m->pair_geom1[pair]]] +
                  f->body_invweight0[2 * m->geom_body[m->pair_geom2[pair]]];
    scalar ratio = (scalar)1 / larger(SMALLEST, (scalar)m->options.impratio);
    real mu = friction[0] * square_root(splat(ratio)), scale = splat(1);
    if (type == MYR_ROW_CONTACT_PYRAMIDAL) {
      weight = fmadd(friction[0] * friction[0], weight, weight);
      scale = splat(2) * mu * mu; /* all edges share one R */
    }
    f->block_mu[index] = mu;
    real violation = choose(active, f->slot_distance[slot] - splat(included), zero());
    finish_block(m, f, index, active, violation, weight, m->pair_solref + 2 * pair, m->pair_solimp + 5 * pair, scale);
  }
  SYNC();
}

STAGE void constraint(const constants *m, fields *f) {
  if (LANE_OWNS_ITEM_0()) f->lists->block_count = 0;
  SYNC();
  if (m->options.disable & MYR_DISABLE_CONSTRAINT) return;
  if (!(m->options.disable & MYR_DISABLE_FRICTIONLOSS)) {
    dof_friction(m, f);
    tendon_friction(m, f);
  }
  if (!(m->options.disable & MYR_DISABLE_LIMIT)) limits(m, f);
  for (int slot = 0; slot < f->lists->slot_count; slot++) contact_block(m, f, slot);
}

#endif
