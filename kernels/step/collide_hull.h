/* Pairs with the convex hull of a mesh. The direction of contact is found by casting rays through the difference of the
 * shapes (convex_exits.h); the points are those in which the faces overlap along it (convex_patch.h). A sphere and a capsule
 * are searched as a point and a segment, because the way out of these is exact, and inflated afterwards. */
#ifndef MYR_COLLIDE_HULL_H
#define MYR_COLLIDE_HULL_H

#include "kernels/step/collide_convex.h"
#include "kernels/step/convex_exits.h"

/* Half of the farthest reach of a shape, m: what its rounding errors are measured by. */
KERNEL real convex_scale(convex s) {
  real half = splat((scalar)0.5);
  switch (s.type) {
  case MYR_GEOM_SPHERE: return half * s.size.x;
  case MYR_GEOM_CAPSULE: return half * (s.size.x + s.size.y);
  case MYR_GEOM_CYLINDER: return half * square_root(fmadd(s.size.y, s.size.y, s.size.x * s.size.x));
  case MYR_GEOM_MESH: return splat((scalar)0.5 * s.hull->reach);
  case MYR_GEOM_HFIELD: return s.prism->scale;
  default: return half * v3_length(s.size);
  }
}

/* Takes the radius off a sphere or a capsule, and returns it. */
KERNEL real take_radius(convex *s) {
  real radius = s->type == MYR_GEOM_SPHERE || s->type == MYR_GEOM_CAPSULE ? s->size.x : zero();
  s->size.x = s->size.x - radius;
  return radius;
}

/* Takes a face's normal in place of one that is about the same and no less deep, because it is exact and steady. */
KERNEL void snap_to(const convex_pair *p, vec3 normal, real slack, way_apart *best) {
  real depth = depth_along(p, normal);
  mask alike = gt(v3_dot(normal, best->normal), splat((scalar)0.99));
  take_if(best, alike & le(depth, best->depth + slack), depth, normal);
}

/* Finds the faces that touch, and takes their normals where they show no more depth. */
STAGE void find_touching_faces(convex_pair *p, real slack, way_apart *best) {
  if (p->a.type == MYR_GEOM_MESH) {
    p->a.face = hull_touching_face(p->a.hull, best->normal);
    snap_to(p, hull_normal(p->a.hull, p->a.face), slack, best);
  }
  if (p->b.type == MYR_GEOM_MESH) {
    p->b.face = hull_touching_face(p->b.hull, v3_negate(m3_apply_transposed(p->turn, best->normal)));
    snap_to(p, v3_negate(m3_apply(p->turn, hull_normal(p->b.hull, p->b.face))), slack, best);
  }
}

/* A box has faces without a search. */
KERNEL void snap_to_axes(const convex_pair *p, real slack, way_apart *best) {
  for (int i = first_face_axis(p->a.type); i < 3; i++)
    snap_to(p, v3_scale(unit_axis(i), side_of(v3_dot(unit_axis(i), best->normal))), slack, best);
}

/* The way apart of the pair, of which B is a hull, in the lanes that come within the margin. */
STAGE way_apart hull_way_apart(convex_pair *p, real size, real margin, mask needed) {
  convex_pair core = *p;
  real radius = take_radius(&core.a), reach = margin + radius, slack = splat(BY_PRECISION(2e-6, 1e-12)) * size;
  way_apart best;
  best.normal = v3_normalize_or(core.apart, unit_axis(2));
  best.depth = depth_along(&core, best.normal);
  mask active = needed & ge(best.depth, -reach);
  if (any_lane(active)) exits_search(&core, active, slack, reach, &best);
  active = active & ge(best.depth, -reach);
  if (any_lane(active)) {
    find_touching_faces(&core, slack, &best);
    snap_to_axes(&core, slack, &best);
    if (core.a.type == MYR_GEOM_ELLIPSOID || core.a.type == MYR_GEOM_CYLINDER) best = polished(&core, best, slack);
  }
  p->a.face = core.a.face;
  p->b.face = core.b.face;
  best.depth = best.depth + radius;
  return best;
}

/* Moves the pose of a hull's geom to the hull's own frame. */
KERNEL pose hull_pose(pose geom, const convex_hull *h) {
  geom.position = v3_add(m3_apply(geom.rotation, v3_splat(h->center)), geom.position);
  return geom;
}

STAGE void collide_hull(convex shape_a, pose a, convex shape_b, pose b, real margin, int slots, contact_point *out,
                        mask needed) {
  convex_pair p = convex_pair_of(shape_a, a, shape_b, b);
  real scale_a = convex_scale(p.a), scale_b = convex_scale(p.b), size = scale_a + scale_b;
  way_apart best = hull_way_apart(&p, size, margin, needed);
  needed = needed & ge(best.depth, -margin);
  if (any_lane(needed)) {
    patch_choice chosen[4];
    real spacing = splat(2) * minimum(scale_a, scale_b);
    convex_points(&p, best, size, spacing, margin, slots, chosen);
    for (int slot = 0; slot < slots; slot++) put_chosen(out + slot, a, best.normal, chosen[slot], margin, needed);
  } else {
    for (int slot = 0; slot < slots; slot++) out[slot] = contact_none();
  }
}

#define COLLIDE_WITH_HULL(name, first, slots)                                                                      \
  KERNEL void name(pose a, vec3 size_a, const convex_hull *hull_a, pose b, const convex_hull *hull_b, real margin, \
                   contact_point *out, mask needed) {                                                              \
    if (MYR_GEOM_##first == MYR_GEOM_MESH) a = hull_pose(a, hull_a);                                               \
    collide_hull(convex_of(MYR_GEOM_##first, size_a, hull_a), a, convex_of(MYR_GEOM_MESH, v3_zero(), hull_b),      \
                 hull_pose(b, hull_b), margin, slots, out, needed);                                                \
  }
COLLIDE_WITH_HULL(collide_sphere_hull, SPHERE, 1)
COLLIDE_WITH_HULL(collide_capsule_hull, CAPSULE, 2)
COLLIDE_WITH_HULL(collide_ellipsoid_hull, ELLIPSOID, 1)
COLLIDE_WITH_HULL(collide_cylinder_hull, CYLINDER, 4)
COLLIDE_WITH_HULL(collide_box_hull, BOX, 4)
COLLIDE_WITH_HULL(collide_hull_hull, MESH, 4)
#undef COLLIDE_WITH_HULL

#endif
