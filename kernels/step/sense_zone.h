/* The rooms that sites fill: which points are in them, and touch, the forces of contacts in them. */
#ifndef MYR_SENSE_ZONE_H
#define MYR_SENSE_ZONE_H

#include "kernels/step/constraint.h"
#include "kernels/step/sense_frame.h"
#include "kernels/step/stretch.h"

/* Whether the point, in the room's axes, is in the room. */
KERNEL mask room_holds(int type, const scalar *size, vec3 p) {
  real squared = splat(size[0] * size[0]);
  switch (type) {
  case MYR_GEOM_SPHERE: return le(v3_dot(p, p), squared);
  case MYR_GEOM_ELLIPSOID: return le(v3_dot(divided(p, size), divided(p, size)), splat(1));
  case MYR_GEOM_CYLINDER: return le(p.x * p.x + p.y * p.y, squared) & le(absolute(p.z), splat(size[1]));
  case MYR_GEOM_BOX:
    return le(absolute(p.x), splat(size[0])) & le(absolute(p.y), splat(size[1])) & le(absolute(p.z), splat(size[2]));
  case MYR_GEOM_CAPSULE: {
    vec3 way = v3(p.x, p.y, maximum(absolute(p.z) - splat(size[1]), zero()));
    return le(v3_dot(way, way), squared);
  }
  default: return mask_splat(0);
  }
}

/* Sum of the normal forces (N) of the contacts of the site's body whose force, followed back from the contact into the
 * body, meets the site's room. */
KERNEL real force_in_zone(const constants *m, const fields *f, int s) {
  sensor_frame a = object_frame(m, f, s);
  real sum = zero();
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    if (b->pair < 0) continue;
    int one = m->geom_body[m->pair_geom1[b->pair]] == a.body, two = m->geom_body[m->pair_geom2[b->pair]] == a.body;
    if (!one && !two) continue;
    vec3 point = v3_sub(v3_load(f->slot_position + 3 * b->id), a.position);
    if (f->lists->far) point = v3_shifted(point, v3_sub(contact_origin(m, f, b->pair), a.origin));
    vec3 normal = v3_scale(v3_load(f->slot_frame + 9 * b->id), splat(two ? -1 : 1));
    real force = f->block_force[6 * i];
    mask felt = is_ahead(stretch_in_room(m->sensor_zone[s], m->sensor_zone_size + 3 * s,
                                         m3_apply_transposed(a.axes, point), m3_apply_transposed(a.axes, normal)));
    felt = felt & gt(force, zero()) & real_to_mask(f->block_active[i]);
    sum = sum + choose(felt, force, zero());
  }
  return sum;
}

#endif
