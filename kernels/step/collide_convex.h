/* Pairs of convex shapes that have no formula: cylinders and ellipsoids against each other and against capsules, boxes
 * and spheres. The direction of contact is the best of those with a formula (convex_axes.h) and of a search
 * (convex_portal.h); the points are those in which the faces overlap along it (convex_patch.h). */
#ifndef MYR_COLLIDE_CONVEX_H
#define MYR_COLLIDE_CONVEX_H

#include "kernels/step/convex_axes.h"
#include "kernels/step/convex_gap.h"
#include "kernels/step/convex_patch.h"
#include "kernels/step/convex_polish.h"
#include "kernels/step/convex_portal.h"

/* The points of contact along a direction, by the size of the shapes. Where the faces show none, the farthest points are one
 * in the lanes `tips`. Returns the lanes in which the faces show the whole depth, so that no small turn makes it less. */
STAGE mask convex_candidates(const convex_pair *p, way_apart way, real size, real margin, mask tips,
                             patch_points *points) {
  patch_frame f = patch_frame_of(way.normal);
  patch_face face_a, face_b;
  face_of_a(p, f, &face_a);
  face_of_b(p, f, &face_b);
  patch_overlap(&face_a, &face_b, size, points);
  for (int k = 0; k < points->count; k++) {
    points->distance[k] = maximum(points->distance[k], -way.depth); /* a tip beside a face is seen on its plane */
    points->valid[k] = points->valid[k] & le(points->distance[k], margin);
  }
  real shown = deepest_distance(points);
  mask hidden = gt(shown, splat(BY_PRECISION(1e-5, 1e-9)) * size - way.depth);
  mask alone = hidden & (tips_meet(&face_a, &face_b, size) | ge(shown, splat(NO_CONTACT)));
  if (p->b.type == MYR_GEOM_MESH && !face_a.count) alone = hidden; /* a round shape beside an edge of the face */
  add_tips(points, &face_a, &face_b, way.depth, alone & tips);
  return mask_not(hidden);
}

/* A few of these points, which lie apart by the size of the smaller shape. */
STAGE mask convex_points(const convex_pair *p, way_apart way, real size, real spacing, real margin, int slots,
                         patch_choice *chosen) {
  patch_points points;
  mask whole = convex_candidates(p, way, size, margin, mask_splat(1), &points);
  patch_reduce(&points, spacing, slots, chosen);
  return whole;
}

/* Fills a slot with a chosen point, brought back to the world. */
KERNEL void put_chosen(contact_point *slot, pose a, vec3 normal, patch_choice chosen, real margin, mask needed) {
  patch_frame f = patch_frame_of(normal);
  real middle = fmadd(splat((scalar)0.5), chosen.distance, chosen.at.z);
  vec3 local = v3_madd(f.u, chosen.at.x, v3_madd(f.v, chosen.at.y, v3_scale(f.w, middle)));
  contact_point c;
  c.distance = chosen.distance;
  c.position = v3_add(m3_apply(a.rotation, local), a.position);
  c.normal = m3_apply(a.rotation, normal);
  c.tangent = v3_zero();
  contact_put(slot, c, margin, needed);
}

/* The best direction that the search finds in the open lanes; another lane's stays. Of equal depths a whole one with a
 * formula is taken, because it is steady. */
KERNEL way_apart convex_search(const convex_pair *p, way_apart axes, mask whole, mask open, real size, real margin) {
  real slack = splat(BY_PRECISION(2e-6, 1e-12)) * size;
  way_apart found = axes;
  portal_search(p, open, size, margin, &found);
  mask apart = open & lt(found.depth, zero()) & ge(found.depth, -margin);
  if (any_lane(apart)) gap_search(p, apart, splat((scalar)1e-5) * size, &found);
  found = polished(p, found, slack);
  way_apart best = axes;
  mask steady = whole & le(axes.depth, found.depth + slack);
  take_if(&best, open & mask_not(steady), found.depth, found.normal);
  return best;
}

/* A contact that is this shallow by its size, and as deep as a direction with a formula says, is taken without a search.
 * Bodies at rest are such, and the search is most of the time. */
#define SHALLOW ((scalar)5e-3)

STAGE void collide_convex(int type_a, pose a, vec3 size_a, int type_b, pose b, vec3 size_b, real margin, int slots,
                          contact_point *out, mask needed) {
  convex_pair p = convex_pair_of(convex_of(type_a, size_a, NULL), a, convex_of(type_b, size_b, NULL), b);
  real size = convex_inradius(p.a) + convex_inradius(p.b);
  way_apart best = convex_axes(&p, splat(BY_PRECISION(2e-6, 1e-12)) * size);
  patch_choice chosen[4];
  needed = needed & ge(best.depth, -margin);
  if (any_lane(needed)) {
    mask whole = convex_points(&p, best, size, size, margin, slots, chosen);
    mask open = needed & mask_not(whole & le(absolute(best.depth), splat(SHALLOW) * size));
    if (any_lane(open)) {
      best = convex_search(&p, best, whole, open, size, margin);
      convex_points(&p, best, size, size, margin, slots, chosen);
      needed = needed & ge(best.depth, -margin);
    }
  }
  if (any_lane(needed))
    for (int slot = 0; slot < slots; slot++) put_chosen(out + slot, a, best.normal, chosen[slot], margin, needed);
  else
    for (int slot = 0; slot < slots; slot++) out[slot] = contact_none();
}

#define CONVEX_PAIR(name, first, second, slots)                                                              \
  KERNEL void name(pose a, vec3 size_a, pose b, vec3 size_b, real margin, contact_point *out, mask needed) { \
    collide_convex(MYR_GEOM_##first, a, size_a, MYR_GEOM_##second, b, size_b, margin, slots, out, needed);   \
  }
CONVEX_PAIR(collide_sphere_ellipsoid, SPHERE, ELLIPSOID, 1)
CONVEX_PAIR(collide_capsule_ellipsoid, CAPSULE, ELLIPSOID, 1)
CONVEX_PAIR(collide_capsule_cylinder, CAPSULE, CYLINDER, 2)
CONVEX_PAIR(collide_ellipsoid_ellipsoid, ELLIPSOID, ELLIPSOID, 1)
CONVEX_PAIR(collide_ellipsoid_cylinder, ELLIPSOID, CYLINDER, 1)
CONVEX_PAIR(collide_ellipsoid_box, ELLIPSOID, BOX, 1)
CONVEX_PAIR(collide_cylinder_cylinder, CYLINDER, CYLINDER, 4)
CONVEX_PAIR(collide_cylinder_box, CYLINDER, BOX, 4)
#undef CONVEX_PAIR

#endif
