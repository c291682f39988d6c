/* Positions far from the world's origin. A float has steps of 1 mm at 10 km, so every tree of bodies counts its positions
 * from an origin of its own: the point of a wide grid next to the tree's root. Grid points, their differences and a
 * root's way from its grid point are exact, so velocities, inertias and contacts far out are as good as near. Within
 * ORIGIN_GRID / 2 of the world's origin a tree's origin is the world's, and every number is that of plain coordinates.
 *
 * f->origin has a row for each body; only those of roots are used (the world's is zero). f->lists->far says that some
 * tree of the tile has another origin. Where it is 0, nobody needs to look at origins; where it is 1, lanes near the
 * world's origin add exact zeros. */
#ifndef MYR_ORIGIN_H
#define MYR_ORIGIN_H

#include "kernels/far_out.h"
#include "kernels/lane/algebra.h"
#include "kernels/step/collide_contact.h"
#include "kernels/step/world.h"

#define ORIGIN_GRID ((scalar)MYR_ORIGIN_GRID) /* m */

/* The nearest multiples of the grid's width. */
KERNEL real on_grid(real x) { return nearest_integer(x * splat((scalar)1 / ORIGIN_GRID)) * splat(ORIGIN_GRID); }
KERNEL vec3 v3_on_grid(vec3 p) { return v3(on_grid(p.x), on_grid(p.y), on_grid(p.z)); }

KERNEL vec3 body_origin(const constants *m, const fields *f, int b) { return v3_load(f->origin + 3 * m->body_root[b]); }

/* The difference between a position of the model and its float; 0 in the double precision reference, which has none. */
KERNEL vec3 v3_rest(const scalar *rest) {
  const scalar on = BY_PRECISION(1, 0);
  return v3(splat(on * rest[0]), splat(on * rest[1]), splat(on * rest[2]));
}

KERNEL mask is_apart(vec3 way) { return real_to_mask(way.x) | real_to_mask(way.y) | real_to_mask(way.z); }

/* a + b, and a itself where b is a zero, because -0 + 0 is another number than -0. */
KERNEL real shifted(real a, real b) { return choose(eq(b, zero()), a, a + b); }
KERNEL vec3 v3_shifted(vec3 a, vec3 b) { return v3(shifted(a.x, b.x), shifted(a.y, b.y), shifted(a.z, b.z)); }

KERNEL vec3 geom_origin(const constants *m, const fields *f, int g) { return body_origin(m, f, m->geom_body[g]); }

/* The origin of the pair's contacts: that of a tree that can move, the second geom's if both can. */
KERNEL vec3 contact_origin(const constants *m, const fields *f, int pair) {
  int g1 = m->pair_geom1[pair], g2 = m->pair_geom2[pair];
  return geom_origin(m, f, m->body_weld[m->geom_body[g2]] == 0 ? g1 : g2);
}

/* What rounding leaves of a + b (Knuth's sum of two, "The Art of Computer Programming", volume 2, section 4.2.2). */
KERNEL real rest_of_sum(real a, real b) {
  real sum = a + b, added = sum - a;
  return (a - (sum - added)) + (b - added);
}

/* A position of the tree in the world, and what rounding leaves of it. */
KERNEL vec3 in_world(vec3 position, vec3 origin) { return v3_shifted(position, origin); }
KERNEL vec3 rest_in_world(vec3 position, vec3 origin) {
  return v3(rest_of_sum(origin.x, position.x), rest_of_sum(origin.y, position.y), rest_of_sum(origin.z, position.z));
}

/* The rounding error of the position of a root that floats, from its tree's origin: it moves the whole tree. */
KERNEL vec3 rest_of_root(const constants *m, const fields *f, int b) {
  int root = m->body_root[b], joint = m->body_jnt_start[root];
  if (m->body_jnt_count[root] == 0 || m->jnt_type[joint] != MYR_JOINT_FREE) return v3_zero();
  int start = m->jnt_qpos_start[joint];
  return rest_in_world(v3_sub(v3_load(f->qpos + start), v3_load(f->origin + 3 * root)), v3_load(f->qpos_rest + start));
}
/* The rounding error of a position of the body's tree in the world. */
KERNEL vec3 rest_of_position(const constants *m, const fields *f, int b, vec3 position) {
  return v3_add(rest_in_world(position, body_origin(m, f, b)), rest_of_root(m, f, b));
}

/* a . b, with what rounding leaves of the products and sums added back (Ogita, Rump and Oishi 2005, Dot2). */
KERNEL real precise_dot(vec3 a, vec3 b) {
  real x = a.x * b.x, y = a.y * b.y, z = a.z * b.z;
  real rest = (fmsub(a.x, b.x, x) + fmsub(a.y, b.y, y)) + fmsub(a.z, b.z, z);
  real sum = x + y;
  rest = rest + rest_of_sum(x, y) + rest_of_sum(sum, z);
  return (sum + z) + rest;
}

#endif
