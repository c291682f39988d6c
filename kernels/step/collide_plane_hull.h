/* A plane against the convex hull of a mesh. */
#ifndef MYR_COLLIDE_PLANE_HULL_H
#define MYR_COLLIDE_PLANE_HULL_H

#include "kernels/step/collide_hull.h"

/* The hull above the plane, in coordinates across and along the plane's normal. */
typedef struct {
  const convex_hull *hull;
  patch_frame frame; /* in the hull's own */
  real height;       /* of the inner point, m */
  real margin;
} hull_above;

KERNEL vec3 vertex_above(const hull_above *h, int i, real *distance, mask *touches) {
  vec3 at = in_patch(h->frame, v3_splat(h->hull->vertex + 3 * i));
  *distance = h->height + at.z;
  *touches = le(*distance, h->margin);
  return at;
}

/* Four vertices that span what touches, chosen as by patch_reduce, which says why the deepest is not simply the first. */
STAGE void choose_vertices(const hull_above *h, real deep, real apart, patch_choice *chosen) {
  real distance;
  mask touches, spans;
  chosen[0] = patch_choose_none(splat(-NO_CONTACT));
  for (int step = 1; step < 4; step++) chosen[step] = patch_choose_none(apart);
  for (int i = 0; i < h->hull->vertices; i++) {
    vec3 at = vertex_above(h, i, &distance, &touches);
    patch_take(&chosen[0], touches & le(distance, deep), at, distance, along_fixed(at));
  }
  for (int i = 0; i < h->hull->vertices; i++) {
    vec3 at = vertex_above(h, i, &distance, &touches);
    patch_take(&chosen[1], touches, at, distance, squared_apart(at, chosen[0].at));
  }
  vec3 a = chosen[0].at, b = chosen[1].at;
  for (int i = 0; i < h->hull->vertices; i++) {
    vec3 at = vertex_above(h, i, &distance, &touches);
    patch_take(&chosen[2], touches, at, distance, absolute(area_left(a, b, at)));
  }
  vec3 c = chosen[2].at;
  spans = lt(chosen[2].distance, splat(NO_CONTACT));
  for (int i = 0; i < h->hull->vertices; i++) {
    vec3 at = vertex_above(h, i, &distance, &touches);
    patch_take(&chosen[3], touches & spans, at, distance, area_beyond(a, b, c, at));
  }
}

/* 4 slots: vertices that span the part of the hull that is nearer than the margin. MuJoCo takes up to three, of the lowest
 * vertex and its neighbours. */
STAGE void collide_plane_hull(pose a, vec3 size_a, const convex_hull *hull_a, pose b, const convex_hull *hull_b,
                              real margin, contact_point *out, mask needed) {
  (void)size_a, (void)hull_a;
  b = hull_pose(b, hull_b);
  vec3 normal = m3_column2(a.rotation);
  hull_above h;
  h.hull = hull_b;
  h.frame = patch_frame_of(m3_apply_transposed(b.rotation, normal));
  h.height = plane_height(a, normal, b.position);
  h.margin = margin;
  real lowest = h.height - hull_extent(hull_b, v3_negate(h.frame.w)), reach = splat(hull_b->reach);
  needed = needed & le(lowest, margin);
  patch_choice chosen[4];
  if (any_lane(needed))
    choose_vertices(&h, lowest + splat((scalar)1e-4) * reach, splat((scalar)1e-4) * reach * reach, chosen);
  for (int slot = 0; slot < 4; slot++) {
    if (!any_lane(needed)) {
      out[slot] = contact_none();
      continue;
    }
    vec3 at = chosen[slot].at;
    vec3 local = v3_madd(h.frame.u, at.x, v3_madd(h.frame.v, at.y, v3_scale(h.frame.w, at.z)));
    vec3 point = v3_add(m3_apply(b.rotation, local), b.position);
    contact_put(out + slot, contact_at_surface(point, chosen[slot].distance, normal), margin, needed);
  }
}

#endif
