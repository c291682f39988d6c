/* Lengths and Jacobians of tendons. A fixed tendon is a weighted sum of joint coordinates. A spatial one is a path of
 * straight legs between sites and around geoms, in branches behind pulleys ("Modeling: Tendons"); a leg changes its length
 * by the motion of its ends along it. */
#ifndef MYR_TENDON_H
#define MYR_TENDON_H

#include "kernels/step/origin.h"
#include "kernels/step/spatial.h"
#include "kernels/step/wrap.h"

/* ------------------------------------------------------------------------------------------------ places */
/* A position of body b's tree from the origin of another body's. */
KERNEL vec3 seen_from(const constants *m, const fields *f, vec3 position, int b, int other) {
  if (!f->lists->far || m->body_root[b] == m->body_root[other]) return position;
  return v3_shifted(position, v3_sub(body_origin(m, f, b), body_origin(m, f, other)));
}

/* From the origin of its body's tree. */
KERNEL vec3 site_position(const constants *m, const fields *f, int site) {
  int b = m->site_body[site];
  vec3 arm = q4_rotate(q4_load(f->xquat + 4 * b), v3_splat(m->site_pos + 3 * site));
  return v3_add(v3_load(f->xpos + 3 * b), arm);
}

KERNEL vec3 site_from(const constants *m, const fields *f, int site, int other) {
  return seen_from(m, f, site_position(m, f, site), m->site_body[site], other);
}

/* ------------------------------------------------------------------------------------------------ legs */
KERNEL scalar leg_scale(const constants *m, int leg) {
  int pulley = m->leg_divisor_wrap[leg];
  return pulley < 0 ? 1 : 1 / m->wrap_coef[pulley];
}

KERNEL void store_leg(const constants *m, fields *f, int leg, vec3 start, vec3 end, vec3 direction, mask touches) {
  v3_store(f->leg_ends + 6 * leg, start);
  v3_store(f->leg_ends + 6 * leg + 3, end);
  v3_store(f->leg_direction + 3 * leg, v3_scale(direction, splat(leg_scale(m, leg))));
  f->leg_touches[leg] = mask_to_real(touches);
}

/* A leg from site to site; returns its length. */
KERNEL real straight_leg(const constants *m, fields *f, int leg) {
  int w = m->leg_wrap[leg], one = m->wrap_target[w], two = m->wrap_target[w + 1];
  vec3 start = site_position(m, f, one), end = site_position(m, f, two);
  vec3 way = v3_sub(seen_from(m, f, end, m->site_body[two], m->site_body[one]), start);
  store_leg(m, f, leg, start, end, v3_normalize(way), mask_splat(1));
  return v3_length(way);
}

/* The way around the geom at object w, in the geom's frame. */
KERNEL wrapping wrap_geom(const constants *m, const fields *f, int w, vec3 start, vec3 end, vec3 position, mat3 axes) {
  int g = m->wrap_target[w], side = m->wrap_side[w];
  vec3 at_side = v3_zero();
  if (side >= 0) at_side = m3_apply_transposed(axes, v3_sub(site_from(m, f, side, m->geom_body[g]), position));
  return wrap_around(m3_apply_transposed(axes, v3_sub(start, position)),
                     m3_apply_transposed(axes, v3_sub(end, position)), m->wrap_type[w] == MYR_WRAP_SPHERE,
                     m->geom_size[3 * g], side >= 0, at_side);
}

/* The two legs before and behind a geom, and the length of both and of the way around it. Where the tendon does not touch
 * the geom, the legs meet midway. */
KERNEL real legs_around(const constants *m, fields *f, int leg) {
  int w = m->leg_wrap[leg], g = m->wrap_target[w + 1], b = m->geom_body[g];
  int one = m->wrap_target[w], two = m->wrap_target[w + 2];
  vec3 start = site_from(m, f, one, b), end = site_from(m, f, two, b);
  vec3 position = v3_load(f->geom_xpos + 3 * g);
  mat3 axes = m3_load(f->geom_xmat + 9 * g);
  wrapping around = wrap_geom(m, f, w + 1, start, end, position, axes);
  vec3 straight = v3_sub(end, start), middle = v3_madd(straight, splat((scalar)0.5), start);
  vec3 first = v3_choose(around.touches, v3_add(position, m3_apply(axes, around.start)), middle);
  vec3 last = v3_choose(around.touches, v3_add(position, m3_apply(axes, around.end)), middle);
  vec3 before = v3_sub(first, start), after = v3_sub(end, last);
  vec3 direct = v3_normalize(straight);
  store_leg(m, f, leg, site_position(m, f, one), first, v3_choose(around.touches, v3_normalize(before), direct),
            around.touches);
  store_leg(m, f, leg + 1, last, site_position(m, f, two), v3_choose(around.touches, v3_normalize(after), direct),
            around.touches);
  real wrapped = (v3_length(before) + around.length) + v3_length(after);
  return choose(around.touches, wrapped, v3_length(straight));
}

KERNEL int ends_at_geom(const constants *m, int leg) { return m->wrap_type[m->leg_wrap[leg] + 1] != MYR_WRAP_SITE; }

KERNEL void measure_path(const constants *m, fields *f, int t) {
  real length = zero();
  for (int leg = m->tendon_leg_start[t]; leg < m->tendon_leg_start[t + 1];) {
    int around = ends_at_geom(m, leg);
    real piece = around ? legs_around(m, f, leg) : straight_leg(m, f, leg);
    length = fmadd(piece, splat(leg_scale(m, leg)), length);
    leg += around ? 2 : 1;
  }
  f->tendon_length[t] = length;
}

/* ------------------------------------------------------------------------------------------------ Jacobians */
/* The rate of a leg's length for a unit velocity of the dof, which moves its end (side 1) or its start (side -1). */
KERNEL real leg_rate(const constants *m, const fields *f, int leg, int dof, int side) {
  vec3 end = v3_load(f->leg_ends + 6 * leg + (side > 0 ? 3 : 0));
  vec3 arm = v3_sub(end, v3_load(f->subtree_com + 3 * m->body_root[m->dof_body[dof]]));
  spatial axis = s6_load(f->cdof + 6 * dof);
  real along = v3_dot(v3_load(f->leg_direction + 3 * leg), s6_at(axis, arm));
  return side > 0 ? along : -along;
}

KERNEL real path_moment(const constants *m, const fields *f, int e) {
  real sum = zero();
  for (int k = m->moment_leg_start[e]; k < m->moment_leg_start[e + 1]; k++) {
    int leg = m->moment_leg[k];
    real rate = leg_rate(m, f, leg, m->moment_dof[e], m->moment_leg_side[k]);
    if (m->moment_leg_loose[k]) rate = choose(real_to_mask(f->leg_touches[leg]), rate, zero());
    sum = sum + rate;
  }
  return sum;
}

KERNEL void measure_joints(const constants *m, fields *f, const real *qpos, int t) {
  real length = zero();
  for (int e = m->tendon_moment_start[t]; e < m->tendon_moment_start[t + 1]; e++) {
    int w = m->moment_wrap[e];
    f->tendon_moment[e] = splat(m->wrap_coef[w]);
    length = fmadd(f->tendon_moment[e], qpos[m->jnt_qpos_start[m->wrap_target[w]]], length);
  }
  f->tendon_length[t] = length;
}

/* Spatial tendons need the bodies' places and the dofs' axes. */
KERNEL void measure_tendons(const constants *m, fields *f, const real *qpos) {
  EACH(t, m->ntendon) {
    if (m->tendon_leg_start[t] < m->tendon_leg_start[t + 1])
      measure_path(m, f, t);
    else
      measure_joints(m, f, qpos, t);
  }
  if (m->nleg == 0) return;
  SYNC(); /* moments read the legs, and the axes that kinematics() placed */
  EACH(e, m->nmoment)
  if (m->moment_wrap[e] < 0) f->tendon_moment[e] = path_moment(m, f, e);
}

#endif
