/* Writes the labels of one control step, from the forward pass at its beginning. */
#ifndef MYR_OBSERVE_H
#define MYR_OBSERVE_H

#include "kernels/step/potential.h"
#include "kernels/step/sense.h"
#include "kernels/step/solve.h"

KERNEL void store_positive_zero(real *p, vec3 v) { v3_store(p, v3_add(v, v3_zero())); }

/* Spatial velocities are about the centre of mass of the body's tree. */
KERNEL void observe_velocity(const constants *m, fields *f, int b) {
  vec3 angular = v3_load(f->cvel + 6 * b), linear = v3_load(f->cvel + 6 * b + 3);
  vec3 arm = v3_sub(v3_load(f->xpos + 3 * b), v3_load(f->subtree_com + 3 * m->body_root[b]));
  store_positive_zero(f->body_velocity + 6 * b, angular);
  store_positive_zero(f->body_velocity + 6 * b + 3, v3_add(linear, v3_cross(angular, arm)));
}

STAGE void observe_bodies(const constants *m, fields *f) {
  EACH(b, m->nbody) {
    observe_velocity(m, f, b);
    vec3 position = v3_load(f->xpos + 3 * b);
    store_positive_zero(f->body_position + 3 * b, in_world(position, body_origin(m, f, b)));
    store_positive_zero(f->body_position_rest + 3 * b, rest_of_position(m, f, b, position));
    for (int k = 0; k < 4; k++) f->body_rotation[4 * b + k] = f->xquat[4 * b + k] + zero();
    v3_store(f->body_contact_force + 3 * b, v3_zero());
  }
}

/* Kinetic energy is v' (M v) / 2. search_force holds M v, because the solver no longer needs that field. */
STAGE void observe_energy(const constants *m, fields *f) {
  multiply_by_inertia(m, f, f->qvel, f->search_force);
  SYNC();
  real kinetic = splat((scalar)0.5) * dot(f->qvel, f->search_force, m->nv);
  if (LANE_OWNS_ITEM_0()) {
    f->energy[0] = kinetic + zero();
    f->energy[1] = potential_energy(m, f) + zero();
  }
}

/* MuJoCo's number of rows: a pyramidal contact has two for each friction dimension. */
KERNEL int rows_of(const block *b) {
  return b->type == MYR_ROW_CONTACT_PYRAMIDAL ? 2 * (b->dimension - 1) : b->dimension;
}

KERNEL void observe_rows(fields *f) {
  real rows = zero();
  for (int i = 0; i < f->lists->block_count; i++)
    rows = fmadd(f->block_active[i], splat((scalar)rows_of(f->lists->blocks + i)), rows);
  f->constraint_rows[0] = rows;
}

/* Force of the slot's contact on the pair's second geom, world axes; zero when the slot has no block. */
KERNEL vec3 slot_force(const fields *f, int slot, int *next_block) {
  while (*next_block < f->lists->block_count &&
         (f->lists->blocks[*next_block].pair < 0 || f->lists->blocks[*next_block].id < slot))
    (*next_block)++;
  if (*next_block >= f->lists->block_count || f->lists->blocks[*next_block].id != slot) return v3_zero();
  const real *force = f->block_force + 6 * *next_block;
  mat3 frame = m3_load(f->slot_frame + 9 * slot);
  vec3 along = v3_scale(frame.row0, force[0]);
  if (f->lists->blocks[*next_block].dimension == 1) return along;
  return v3_madd(frame.row2, force[2], v3_madd(frame.row1, force[1], along));
}

KERNEL void set_lane_of_vector(real *to, int lane, vec3 from) {
  lane_set(to, lane, lane_get(&from.x, lane));
  lane_set(to + 1, lane, lane_get(&from.y, lane));
  lane_set(to + 2, lane, lane_get(&from.z, lane));
}

/* Writes a contact behind each lane's former ones. This part is scalar, because the lanes' lists differ. */
KERNEL void store_contact(const constants *m, fields *f, int slot, vec3 force, mask present, real *count) {
  vec3 local = v3_load(f->slot_position + 3 * slot), origin = contact_origin(m, f, f->lists->slot_pair[slot]);
  vec3 position = in_world(local, origin), rest = v3_add(rest_in_world(local, origin), v3_zero());
  for (int lane = 0; lane < LANES; lane++) {
    if (!mask_lane(present, lane)) continue;
    int at = (int)lane_get(count, lane);
    lane_set(count, lane, (scalar)(at + 1));
    lane_set(f->contact_pair + at, lane, (scalar)f->lists->slot_pair[slot]);
    lane_set(f->contact_distance + at, lane, lane_get(f->slot_distance + slot, lane));
    set_lane_of_vector(f->contact_position + 3 * at, lane, position);
    set_lane_of_vector(f->contact_position_rest + 3 * at, lane, rest);
    set_lane_of_vector(f->contact_normal + 3 * at, lane, v3_load(f->slot_frame + 9 * slot));
    set_lane_of_vector(f->contact_force + 3 * at, lane, force);
  }
}

STAGE void observe_contacts(const constants *m, fields *f) {
  real count = zero();
  int next_block = 0;
  for (int slot = 0; slot < f->lists->slot_count; slot++) {
    mask present = lt(f->slot_distance[slot], splat(NO_CONTACT));
    vec3 force = v3_add(slot_force(f, slot, &next_block), v3_zero());
    int pair = f->lists->slot_pair[slot];
    real *one = f->body_contact_force + 3 * m->geom_body[m->pair_geom1[pair]];
    real *two = f->body_contact_force + 3 * m->geom_body[m->pair_geom2[pair]];
    v3_store(one, v3_sub(v3_load(one), force));
    v3_store(two, v3_add(v3_load(two), force));
    store_contact(m, f, slot, force, present, &count);
  }
  f->contact_count[0] = count;
}

STAGE void observe(const constants *m, fields *f) {
  observe_bodies(m, f);
  observe_energy(m, f);
  if (LANE_OWNS_ITEM_0()) {
    observe_rows(f);
    observe_contacts(m, f);
  }
  if (m->nsensor > 0) {
    SYNC();
    observe_sensors(m, f);
  }
  SYNC(); /* qvel may change now */
}

#endif
