/* The narrow phase: contacts of one pair of geoms, in all worlds of a tile at once.
 *
 * Every function collide_X_Y(a, size_a, b, size_b, margin, out, needed) takes the poses of both geoms in the world and
 * their sizes: sphere (radius, -, -), capsule (radius, half length, -), cylinder (radius, half height, -), ellipsoid
 * and box their half-extents, plane and mesh none. collide_X_hull takes hulls beside the poses, collide_field_X a height field. Sizes are in metres and may differ between lanes. The function writes exactly
 * the number of slots in collide.def: a contact if the distance is at most `margin`, else NO_CONTACT and zero vectors.
 * Lanes outside `needed` get no contact; if no lane needs a branch, it is skipped. A lane's result depends only on that
 * lane.
 *
 * The results are MuJoCo's (geometry, normals, number and order of contacts), except
 *   capsule-box   the second contact is the farther end of the part of the axis above the face that is turned most
 *                 towards it; an axis that pierces the box leaves it by the shortest way (collide_box.h)
 *   box-box       contacts are all corners of the overlap of the two faces that meet, at their full distance
 *                 (collide_box_box.h); MuJoCo 4.0.1 omits some, and weighs edges against faces otherwise
 *   capsule-capsule  in float, two contacts already below an angle of 3e-4 (collide_round.h)
 *   pairs of an ellipsoid, and of a cylinder with a capsule, cylinder or box: MuJoCo iterates and stops early; these find the
 *                 least depth, and the points that span flat contacts (collide_convex.h)
 *   pairs of a height field   the surface pushes outwards only, and up to 8 points span all of its prisms (collide_field.h)
 *   pairs of a mesh   the same, of its convex hull (collide_hull.h); on a plane up to four vertices, which span what touches
 * No index depends on data, and no loop's length without a bound, so NaN and huge numbers are harmless: they give no contact or, at
 * worst, a senseless one. */
#ifndef MYR_COLLIDE_H
#define MYR_COLLIDE_H

#include "kernels/pair_kind.h"
#include "kernels/step/collide_box.h"
#include "kernels/step/collide_box_box.h"
#include "kernels/step/collide_contact.h"
#include "kernels/step/collide_convex.h"
#include "kernels/step/collide_field.h"
#include "kernels/step/collide_hull.h"
#include "kernels/step/collide_plane.h"
#include "kernels/step/collide_plane_hull.h"
#include "kernels/step/collide_round.h"

/* The hulls of both geoms, and the height field of the first; only those of the pair's shapes are read, so NULL will do for
 * other pairs. */
typedef struct {
  convex_hull a, b;
  height_field field;
} pair_assets;

KERNEL void collide_pair(int kind, pose a, vec3 size_a, pose b, vec3 size_b, const pair_assets *assets, real margin,
                         contact_point *out, mask needed) {
  switch (kind) {
#define HULL_PAIR(first, second, function, contacts)                     \
  case MYR_PAIR_##first##_##second:                                      \
    function(a, size_a, &assets->a, b, &assets->b, margin, out, needed); \
    break;
#define FIELD_PAIR(first, second, function, contacts)                        \
  case MYR_PAIR_##first##_##second:                                          \
    function(a, &assets->field, b, size_b, &assets->b, margin, out, needed); \
    break;
#define GEOM_PAIR(first, second, function, contacts)     \
  case MYR_PAIR_##first##_##second:                      \
    function(a, size_a, b, size_b, margin, out, needed); \
    break;
#include "kernels/collide.def"
  default: break;
  }
}

#endif
