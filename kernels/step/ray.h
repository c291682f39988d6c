/* The distance along a ray to the nearest geom. As in MuJoCo ("mj_ray"), a ray that starts in a geom meets it from inside,
 * a plane is met only from its front and within its drawn rectangle, and geoms of alpha 0 are not met. A ray meets the
 * convex hull of a mesh, because the hull collides here. MuJoCo's ray meets the mesh's triangles. */
#ifndef MYR_RAY_H
#define MYR_RAY_H

#include "kernels/step/contact.h"
#include "kernels/step/stretch.h"

#define NO_DISTANCE ((scalar)1e30) /* m; of a ray that meets nothing */

/* A hull is the room below all its faces. p is from the hull's inner point. */
KERNEL stretch within_hull(const convex_hull *h, vec3 p, vec3 d) {
  stretch inside = whole_ray();
  for (int i = 0; i < h->faces; i++) {
    vec3 normal = v3_splat(h->normal + 3 * i);
    real height = v3_dot(normal, v3_sub(v3_splat(h->vertex + 3 * h->corner[MYR_HULL_CORNERS * i]), p));
    real rate = v3_dot(normal, d);
    mask parallel = lt(absolute(rate), splat(SMALLEST));
    real t = height / choose(parallel, splat(1), rate);
    mask leaves = gt(rate, zero()) & mask_not(parallel), enters = lt(rate, zero()) & mask_not(parallel);
    inside.last = choose(leaves, minimum(inside.last, t), inside.last);
    inside.first = choose(enters, maximum(inside.first, t), inside.first);
    inside = choose_stretch(parallel & lt(height, zero()), no_stretch(), inside);
  }
  return inside;
}

KERNEL real distance_to_plane(const scalar *size, vec3 p, vec3 d) {
  mask towards = lt(d.z, splat(-SMALLEST));
  real t = -p.z / choose(towards, d.z, splat(-1));
  mask met = towards & ge(t, zero());
  if (size[0] > 0) met = met & le(absolute(fmadd(t, d.x, p.x)), splat(size[0]));
  if (size[1] > 0) met = met & le(absolute(fmadd(t, d.y, p.y)), splat(size[1]));
  return choose(met, t, splat(NO_DISTANCE));
}

/* To a geom (m), from p along the unit vector d, both in the geom's axes; NO_DISTANCE where the ray passes it. Of a convex
 * shape, the distance is measured from the point of the ray that is nearest to its middle, because from far away the
 * squares of its equation would lose the shape's digits. */
STAGE real distance_to_geom(const constants *m, int g, vec3 p, vec3 d) {
  const scalar *size = m->geom_size + 3 * g;
  if (m->geom_type[g] == MYR_GEOM_PLANE) return distance_to_plane(size, p, d);
  real middle = -v3_dot(p, d), bound = splat(m->geom_bound[g]);
  vec3 nearest = v3_madd(d, middle, p);
  mask near = le(v3_dot(nearest, nearest), bound * bound);
  if (!any_lane(near)) return splat(NO_DISTANCE);
  stretch s;
  if (m->geom_type[g] == MYR_GEOM_MESH) {
    convex_hull h = hull_of(m, g);
    s = within_hull(&h, v3_sub(nearest, v3_splat(h.center)), d);
  } else {
    s = stretch_in_room(m->geom_type[g], size, nearest, d);
  }
  real first = s.first + middle, last = s.last + middle;
  mask met = near & mask_not(is_empty(s)) & ge(last, zero());
  return choose(met, choose(ge(first, zero()), first, last), splat(NO_DISTANCE));
}

/* To the nearest geom that is not the body's own, from a position in the body's tree along a unit vector of the world. */
STAGE real distance_along_ray(const constants *m, const fields *f, int body, vec3 position, vec3 direction) {
  real nearest = splat(NO_DISTANCE);
  for (int g = 0; g < m->ngeom; g++) {
    if (m->geom_body[g] == body || m->geom_unseen[g]) continue;
    vec3 way = v3_sub(position, v3_load(f->geom_xpos + 3 * g));
    way = v3_shifted(way, v3_sub(body_origin(m, f, body), geom_origin(m, f, g)));
    mat3 axes = m3_load(f->geom_xmat + 9 * g);
    nearest =
        minimum(nearest, distance_to_geom(m, g, m3_apply_transposed(axes, way), m3_apply_transposed(axes, direction)));
  }
  return nearest;
}

#endif
