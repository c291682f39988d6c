/* The family of contacts.
 *
 * A contact with friction keeps its 3, 4 or 6 frame dimensions instead of the edges of a pyramid: edge k of a pyramidal
 * cone is dimension 0 plus or minus friction[k] times dimension k, in its residual, its reference and its force. */
#ifndef MYR_CONSTRAINT_CONTACT_H
#define MYR_CONSTRAINT_CONTACT_H

#include "kernels/step/block.h"
#include "kernels/step/origin.h"
#include "kernels/step/surface.h"

/* The five friction coefficients of a pair: two sliding, torsional (m), two rolling (m). */
KERNEL void pair_friction(const constants *m, const fields *f, int pair, real *friction) {
  const real *one = f->geom_friction + 3 * m->pair_geom1[pair], *two = f->geom_friction + 3 * m->pair_geom2[pair];
  int rule = m->pair_friction_rule[pair];
  for (int k = 0; k < 5; k++) {
    int e = k < 2 ? 0 : k < 3 ? 1 : 2;
    int of_one = rule == MYR_FRICTION_GEOM1 || (rule == MYR_FRICTION_GROUND && e == 0);
    real value = rule == MYR_FRICTION_OWN     ? splat(m->pair_friction[5 * pair + k])
                 : of_one                     ? one[e]
                 : rule == MYR_FRICTION_GEOM2 ? two[e]
                                              : maximum(one[e], two[e]);
    friction[k] = maximum(value, splat(SMALLEST_FRICTION));
  }
}

/* The Jacobian of the two geoms' relative motion at the contact, in the contact's frame: translation along the normal
 * and the tangents, then rotation about them. */
STAGE void contact_jacobian(const constants *m, fields *f, const block *b) {
  vec3 point = v3_load(f->slot_position + 3 * b->id);
  mat3 frame = m3_load(f->slot_frame + 9 * b->id);
  int start = m->pair_chain_start[b->pair], n = b->dof_count;
  real *J = f->jacobian + b->jacobian;
  EACH(j, n) {
    int dof = m->pair_chain_dof[start + j];
    real side = splat((scalar)m->pair_chain_side[start + j]);
    spatial axis = s6_load(f->cdof + 6 * dof);
    int root = m->body_root[m->dof_body[dof]];
    vec3 arm = v3_sub(point, v3_load(f->subtree_com + 3 * root));
    if (f->lists->far) arm = v3_shifted(arm, v3_sub(contact_origin(m, f, b->pair), v3_load(f->origin + 3 * root)));
    vec3 v = v3_scale(s6_at(axis, arm), side);
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

KERNEL mask pushing_lanes(const constants *m, const fields *f, int slot) {
  return lt(f->slot_distance[slot], splat(m->pair_margin[f->lists->slot_pair[slot]]));
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

/* Computes the numbers that follow from a contact's Jacobian. */
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
    real steep = maximum(friction[0], splat(STEEPEST_PYRAMID)) * square_root(splat(ratio));
    scale = splat(2) * steep * steep; /* all edges share one R */
  }
  f->block_mu[index] = mu;
  mask active = real_to_mask(f->block_active[index]);
  real violation = choose(active, f->slot_distance[b->id] - splat(m->pair_margin[pair]), zero());
  finish_block(m, f, index, active, violation, weight, m->pair_solref + 2 * pair, m->pair_solimp + 5 * pair, scale);
  if (m->has_moving_surface || m->has_friction_reference) apply_surfaces(m, f, index);
}

STAGE tally list_contact_blocks(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(slot, f->lists->slot_count) append_block(f, &so_far, contact_candidate(m, f, slot));
  return so_far;
}

STAGE void finish_contact_blocks(const constants *m, fields *f, int first, int end) {
  for (int i = first; i < end; i++) contact_jacobian(m, f, f->lists->blocks + i);
  SYNC();
  EACH(i, end - first) finish_contact(m, f, first + i);
}

enum { FLAT_PIECES_pyramidal = 1 };
/* Each friction dimension k gives two edges, residual[0] +- friction[k] residual[k], which push one-sidedly. */
KERNEL void respond_pyramidal(const constants *m, const fields *f, int index, int dimension, const real *residual,
                              response *out) {
  (void)m;
  real D = f->block_d[index];
  const real *friction = f->block_friction + 5 * index;
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

enum { FLAT_PIECES_elliptic = 1 };
/* The regularized elliptic cone, with N = mu residual[0], U_k = friction[k] residual[k] and T = |U|. Above the cone
 * (N >= mu T) the contact has no force; below the dual cone (mu N + T <= 0) its cost is quadratic; between the two its
 * force lies on the cone. */
KERNEL void respond_elliptic(const constants *m, const fields *f, int index, int dimension, const real *residual,
                             response *out) {
  real D = f->block_d[index], mu = f->block_mu[index];
  const real *friction = f->block_friction + 5 * index;
  const scalar impratio = (scalar)m->options.impratio;
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
  /* 1/R of friction dimension k is this times friction[k]^2 */
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

#endif
