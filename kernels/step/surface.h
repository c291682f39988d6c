/* The properties of surfaces, beside their shape, that contacts depend on: the velocity of a geom's surface, as of a
 * conveyor belt or a turntable (MuJoCo's surfacevel), and a reference of their own for friction (solreffriction). */
#ifndef MYR_SURFACE_H
#define MYR_SURFACE_H

#include "kernels/step/block.h"
#include "kernels/step/origin.h"

KERNEL int surface_moves(const constants *m, int geom) {
  const scalar *v = m->geom_surfacevel + 6 * geom;
  return v[0] != 0 || v[1] != 0 || v[2] != 0 || v[3] != 0 || v[4] != 0 || v[5] != 0;
}

/* The velocity of a geom's surface at a point of a contact, beside that of its body. */
KERNEL spatial surface_velocity(const constants *m, const fields *f, int pair, int geom, vec3 point) {
  if (!surface_moves(m, geom)) return s6_zero();
  mat3 axes = m3_load(f->geom_xmat + 9 * geom);
  vec3 arm = v3_sub(point, v3_load(f->geom_xpos + 3 * geom));
  if (f->lists->far) arm = v3_shifted(arm, v3_sub(contact_origin(m, f, pair), geom_origin(m, f, geom)));
  vec3 turning = m3_apply(axes, v3_load(f->geom_surfacevel + 6 * geom + 3));
  vec3 moving = m3_apply(axes, v3_load(f->geom_surfacevel + 6 * geom));
  return s6(turning, v3_add(moving, v3_cross(turning, arm)));
}

/* Friction seeks the rate at which surfaces do not slip. A moving surface neither pushes along the normal nor rolls. */
KERNEL void add_surface_velocity(const constants *m, const fields *f, const block *b, real *reference, scalar damping) {
  vec3 point = v3_load(f->slot_position + 3 * b->id);
  mat3 frame = m3_load(f->slot_frame + 9 * b->id);
  spatial one = surface_velocity(m, f, b->pair, m->pair_geom1[b->pair], point);
  spatial two = surface_velocity(m, f, b->pair, m->pair_geom2[b->pair], point);
  vec3 along = m3_apply(frame, v3_sub(two.translation, one.translation));
  const real slip[3] = {along.y, along.z, v3_dot(frame.row0, v3_sub(two.rotation, one.rotation))};
  for (int k = 1; k < b->dimension && k < 4; k++) reference[k] = fnmadd(splat(damping), slip[k - 1], reference[k]);
}

/* Changes a contact's reference, which finish_block() has computed. MuJoCo's friction has a reference of its own only
 * where the cone is elliptic. */
KERNEL void apply_surfaces(const constants *m, fields *f, int index) {
  const block *b = f->lists->blocks + index;
  const scalar *own = m->pair_solreffriction + 2 * b->pair, *solimp = m->pair_solimp + 5 * b->pair;
  int has_own = b->type == MYR_ROW_CONTACT_ELLIPTIC && (own[0] != 0 || own[1] != 0);
  scalar damping = gains_of(m, has_own ? own : m->pair_solref + 2 * b->pair, solimp).damping;
  real reference[DIMENSIONS], rate[DIMENSIONS];
  for (int k = 0; k < b->dimension; k++) reference[k] = f->block_reference[6 * index + k];
  if (has_own) {
    block_times(b, f, f->qvel, b->dimension, rate);
    for (int k = 1; k < b->dimension; k++) reference[k] = -(splat(damping) * rate[k]);
  }
  if (m->has_moving_surface) add_surface_velocity(m, f, b, reference, damping);
  mask active = real_to_mask(f->block_active[index]);
  for (int k = 1; k < b->dimension; k++) f->block_reference[6 * index + k] = choose(active, reference[k], zero());
}

#endif
