/* Pairs with a height field. The cells below the bounds of the other shape are visited one by one, and each of their prisms
 * collides with it as one convex shape with another.
 *
 * A prism alone would push out of its upright sides and over edges that its neighbours hide, so that a body which slides over
 * the seams of a flat field is hit by them. Therefore a direction counts only where it leads out of the whole field:
 *   first the normal of the triangle, of the base, or of a side at the border, whichever shows least depth;
 *   if the faces do not show that depth, and a crest is near, the normal of the other shape's face, or the way that a search
 *     finds, where no neighbour reaches farther along it (is_outermost);
 *   else the first again, without its points on crests, because there the neighbours' normals are as good.
 * Where a prism overlaps the other shape, or holds its centre or its lowest point, and the pair has no point by these rules,
 * the first way counts all the same, so that nothing falls through.
 *
 * Of the points of all prisms a pair keeps the deepest and those that lie farthest in fixed directions of the field, which
 * needs no list of all, holds a body at rest by the outermost points, and does not follow rounding. */
#ifndef MYR_COLLIDE_FIELD_H
#define MYR_COLLIDE_FIELD_H

#include "kernels/step/collide_hull.h"

enum { FIELD_SLOTS = 8 };

/* The points that are kept: slot 0 has the deepest. */
typedef struct {
  int slots; /* 4 or 8 */
  real score[FIELD_SLOTS], distance[FIELD_SLOTS];
  vec3 at[FIELD_SLOTS]; /* from the other shape's centre, in the field's axes, m */
  vec3 normal[FIELD_SLOTS];
  way_apart up; /* out of a prism that overlaps the other shape, for lanes with no other point */
  vec3 up_at;
} field_points;

/* Another shape over a height field. */
typedef struct {
  const height_field *field;
  convex_pair pair; /* A is the field, whose prism is yet to be chosen */
  real low, high;   /* the other shape's bounds along z, m */
  real margin, scale;
} over_field;

/* ---------------------------------------------------------------------------------------------- which points */

KERNEL void field_points_clear(field_points *kept, int slots) {
  kept->slots = slots;
  for (int i = 0; i < slots; i++) {
    kept->score[i] = splat(-NO_CONTACT);
    kept->distance[i] = splat(NO_CONTACT);
    kept->at[i] = kept->normal[i] = v3_zero();
  }
  kept->up.depth = splat(NO_CONTACT);
  kept->up.normal = kept->up_at = v3_zero();
}

KERNEL void keep_point(field_points *kept, mask valid, vec3 at, real distance, vec3 normal) {
  /* an odd number of directions, none along the grid, by turns up and down to span what leans against a side */
  scalar x = (scalar)0.94, y = (scalar)0.34;
  scalar cosine = (scalar)(kept->slots == 4 ? -0.5 : 0.62348980185873353);
  scalar sine = (scalar)(kept->slots == 4 ? 0.86602540378443865 : 0.78183148246802981);
  for (int i = 0; i < kept->slots; i++) {
    real along = fmadd(splat(y), at.y, fmadd(splat(x), at.x, at.z * splat((scalar)(i % 2 ? 0.3 : -0.3))));
    real score = i ? along : -distance;
    mask better = valid & gt(score, kept->score[i]);
    kept->score[i] = choose(better, score, kept->score[i]);
    kept->distance[i] = choose(better, distance, kept->distance[i]);
    kept->at[i] = v3_choose(better, at, kept->at[i]);
    kept->normal[i] = v3_choose(better, normal, kept->normal[i]);
    if (!i) continue;
    scalar turned = x * cosine - y * sine;
    y = x * sine + y * cosine;
    x = turned;
  }
}

/* The lanes in which two slots hold about the same contact. */
KERNEL mask are_alike(const field_points *kept, int i, int k, real near) {
  vec3 apart = v3_sub(kept->at[i], kept->at[k]);
  return lt(maximum(kept->distance[i], kept->distance[k]), splat(NO_CONTACT)) & lt(v3_dot(apart, apart), near) &
         gt(v3_dot(kept->normal[i], kept->normal[k]), splat((scalar)0.98));
}

/* Empties slot i in those lanes, and leaves the deeper of both contacts in slot k. */
KERNEL void merge_slots(field_points *kept, int i, int k, mask alike) {
  mask deeper = alike & lt(kept->distance[i], kept->distance[k]);
  kept->at[k] = v3_choose(deeper, kept->at[i], kept->at[k]);
  kept->normal[k] = v3_choose(deeper, kept->normal[i], kept->normal[k]);
  kept->distance[k] = choose(deeper, kept->distance[i], kept->distance[k]);
  kept->distance[i] = choose(alike, splat(NO_CONTACT), kept->distance[i]);
}

/* Keeps the way up from a prism, halfway between its surface and the other shape's tip. */
KERNEL void keep_way_up(field_points *kept, const convex_pair *p, mask overlap, way_apart way) {
  mask better = overlap & lt(way.depth, kept->up.depth);
  if (!any_lane(better)) return;
  vec3 tip = v3_sub(support_of_b(p, way.normal), p->apart);
  vec3 at = v3_madd(way.normal, splat((scalar)0.5) * way.depth, tip);
  kept->up_at = v3_choose(better, at, kept->up_at);
  take_if(&kept->up, better, way.depth, way.normal);
}

/* Takes the way up in the lanes without a point. */
KERNEL void take_way_up(field_points *kept) {
  real least = splat(NO_CONTACT);
  for (int i = 0; i < kept->slots; i++) least = minimum(least, kept->distance[i]);
  mask lost = ge(least, splat(NO_CONTACT)) & lt(kept->up.depth, splat(NO_CONTACT));
  kept->distance[0] = choose(lost, -kept->up.depth, kept->distance[0]);
  kept->at[0] = v3_choose(lost, kept->up_at, kept->at[0]);
  kept->normal[0] = v3_choose(lost, kept->up.normal, kept->normal[0]);
}

/* Merges slots that hold about the same contact, and empties that of the deepest if another is about as deep, because
 * rounding would move it about a face that lies flat. */
KERNEL void merge_alike(field_points *kept, real scale) {
  real near = splat((scalar)4e-4) * scale * scale, least = splat(NO_CONTACT);
  for (int i = kept->slots - 1; i > 0; i--)
    for (int k = i - 1; k >= 0; k--) merge_slots(kept, i, k, are_alike(kept, i, k, near));
  for (int i = 1; i < kept->slots; i++) least = minimum(least, kept->distance[i]);
  mask beside = gt(kept->distance[0], least - splat((scalar)1e-4) * scale);
  kept->distance[0] = choose(beside, splat(NO_CONTACT), kept->distance[0]);
}

/* ---------------------------------------------------------------------------------------------- one prism */

/* The normal of the field's own faces that shows least depth. */
KERNEL way_apart way_out_of_faces(const convex_pair *p, mask needed) {
  const field_prism *prism = p->a.prism;
  way_apart best;
  best.normal = prism->normal;
  best.depth = depth_along(p, best.normal);
  for (int k = 0; k < 3; k++) {
    mask border = needed & prism->border[k];
    if (!any_lane(border)) continue;
    real depth = depth_along(p, prism->outward[k]);
    take_if(&best, border & lt(depth, best.depth), depth, prism->outward[k]);
  }
  mask below = needed & lt(p->apart.z, prism->bottom);
  if (any_lane(below)) {
    vec3 down = v3(zero(), zero(), splat(-1));
    real depth = depth_along(p, down);
    take_if(&best, below & lt(depth, best.depth), depth, down);
  }
  return best;
}

KERNEL mask is_in_prism(const field_prism *p, vec3 at) {
  mask within = lt(v3_dot(v3_sub(at, p->corner[0]), p->normal), zero()) & ge(at.z, p->bottom);
  for (int k = 0; k < 3; k++) within = within & le(v3_dot(v3_sub(at, p->corner[k]), p->outward[k]), zero());
  return within;
}

/* Whether the other shape's centre or its lowest point lies in the prism. */
KERNEL mask has_sunk(const convex_pair *p) {
  return is_in_prism(p->a.prism, p->apart) | is_in_prism(p->a.prism, support_of_b(p, unit_axis(2)));
}

/* The normal of the face that the other shape turns against n, from A to B; n itself for a shape without faces. */
KERNEL vec3 facing_normal(convex_pair *p, vec3 n) {
  if (p->b.type == MYR_GEOM_MESH) return v3_negate(m3_apply(p->turn, hull_normal(p->b.hull, p->b.face)));
  vec3 best = n;
  real most = zero();
  for (int i = first_face_axis(p->b.type); i < 3; i++) {
    vec3 axis = axis_of_b(p, i);
    real along = v3_dot(axis, n);
    mask better = gt(absolute(along), most);
    most = choose(better, absolute(along), most);
    best = v3_choose(better, v3_scale(axis, side_of(along)), best);
  }
  return best;
}

KERNEL void note_faces(convex_pair *p, vec3 n) {
  p->a.face = prism_touching_face(p->a.prism, n);
  if (p->b.type == MYR_GEOM_MESH) p->b.face = hull_touching_face(p->b.hull, v3_negate(m3_apply_transposed(p->turn, n)));
}

/* Takes the normal of the other shape's face where it shows less depth and leads out of the field. Returns these lanes. */
KERNEL mask take_facing(const over_field *o, convex_pair *p, mask open, real slack, way_apart *best) {
  vec3 normal = facing_normal(p, best->normal);
  real depth = depth_along(p, normal);
  mask better = open & lt(depth, best->depth - slack);
  if (any_lane(better)) better = better & is_outermost(o->field, p->a.prism, normal);
  take_if(best, better, depth, normal);
  return better;
}

/* Takes the way that a search finds where it leads out of the field; if none has less depth, the one so far is it. Returns
 * the lanes whose way is now the least of all; *overlap: the lanes in which the shapes overlap. A sphere and a capsule are
 * searched as a point and a segment, as with hulls. */
STAGE mask take_searched(const over_field *o, const convex_pair *p, mask open, mask whole, real slack, way_apart *best,
                         mask *overlap) {
  convex_pair core = *p;
  real radius = take_radius(&core.b);
  way_apart found = *best;
  found.depth = found.depth - radius;
  exits_search(&core, open, slack, o->margin + radius, &found);
  if (core.b.type == MYR_GEOM_ELLIPSOID || core.b.type == MYR_GEOM_CYLINDER) found = polished(&core, found, slack);
  found.depth = found.depth + radius;
  *overlap = open & gt(found.depth, slack);
  mask better = lt(found.depth, best->depth - slack);
  take_if(&found, mask_not(better), best->depth, best->normal);
  open = open & ((whole & mask_not(better)) | is_outermost(o->field, p->a.prism, found.normal));
  take_if(best, open, found.depth, found.normal);
  return open;
}

/* Forgets points on crests. */
KERNEL void leave_crests(const field_prism *prism, patch_frame f, mask lanes, patch_points *points) {
  for (int i = 0; i < points->count; i++) {
    vec3 at = points->at[i];
    vec3 local = v3_madd(f.u, at.x, v3_madd(f.v, at.y, v3_scale(f.w, at.z)));
    for (int k = 0; k < 3; k++) {
      real beyond = v3_dot(v3_sub(local, prism->corner[k]), prism->outward[k]);
      mask on_crest = lanes & prism->crest[k] & gt(beyond, splat((scalar)-2e-3) * prism->scale);
      points->valid[i] = points->valid[i] & mask_not(on_crest);
    }
  }
}

/* A point of the other shape, from its centre, where the shape is round. The face of a capsule is a strip, of an ellipsoid a
 * small square, and corners to one side of them would let it roll away. */
KERNEL vec3 beneath_round_shape(const convex_pair *p, vec3 normal, real distance, vec3 at) {
  if (p->b.type == MYR_GEOM_CAPSULE) {
    vec3 aside = v3_normalize_or(v3_cross(axis_of_b(p, 2), normal), v3_zero());
    return v3_madd(aside, -v3_dot(at, aside), at);
  }
  if (p->b.type != MYR_GEOM_ELLIPSOID) return at;
  return v3_madd(normal, splat((scalar)-0.5) * distance, v3_sub(support_of_b(p, normal), p->apart));
}

KERNEL void keep_points(const convex_pair *p, vec3 normal, const patch_points *points, mask needed,
                        field_points *kept) {
  patch_frame f = patch_frame_of(normal);
  for (int i = 0; i < points->count; i++) {
    mask valid = needed & points->valid[i];
    if (!any_lane(valid)) continue;
    vec3 at = points->at[i];
    real middle = fmadd(splat((scalar)0.5), points->distance[i], at.z);
    vec3 local = v3_madd(f.u, at.x, v3_madd(f.v, at.y, v3_scale(f.w, middle)));
    vec3 below = beneath_round_shape(p, normal, points->distance[i], v3_sub(local, p->apart));
    keep_point(kept, valid, below, points->distance[i], normal);
  }
}

/* Whether the other shape reaches through the prism, past the base or past the surface: the way out is then another one. */
KERNEL mask is_pierced(const convex_pair *p, vec3 n) {
  const field_prism *prism = p->a.prism;
  vec3 tip = support_of_b(p, n);
  real top = maximum(prism->corner[0].z, maximum(prism->corner[1].z, prism->corner[2].z));
  mask upwards = gt(n.z, splat((scalar)0.01)), downwards = lt(n.z, splat((scalar)-0.01));
  return (upwards & lt(tip.z, prism->bottom)) | (downwards & gt(tip.z, top));
}

/* Adds the points of a prism in the lanes that need it. */
STAGE void touch_prism(const over_field *o, const field_prism *prism, mask needed, field_points *kept) {
  convex_pair p = o->pair;
  p.a.prism = prism;
  p.apart = v3_sub(p.apart, prism->origin);
  way_apart best = way_out_of_faces(&p, needed);
  needed = needed & ge(best.depth, -o->margin);
  if (!any_lane(needed)) return;
  real scale = minimum(prism->scale, o->scale), size = splat(2) * scale;
  real slack = splat(BY_PRECISION(2e-6, 1e-12)) * (prism->scale + o->scale);
  patch_points points;
  note_faces(&p, best.normal);
  keep_way_up(kept, &p, needed & has_sunk(&p), best);
  mask none = mask_splat(0), whole = convex_candidates(&p, best, size, o->margin, none, &points);
  mask pierced = is_pierced(&p, best.normal), sharp = prism->crest[0] | prism->crest[1] | prism->crest[2];
  sharp = sharp | prism->border[0] | prism->border[1] | prism->border[2];
  mask open = needed & (pierced | (sharp & mask_not(whole)));
  if (any_lane(open)) {
    mask turned = take_facing(o, &p, open, slack, &best);
    note_faces(&p, best.normal);
    whole = convex_candidates(&p, best, size, o->margin, none, &points);
    mask seek = open & mask_not(turned & whole);
    if (any_lane(seek)) {
      mask overlap;
      turned = turned | take_searched(o, &p, seek, whole, slack, &best, &overlap);
      keep_way_up(kept, &p, overlap & mask_not(turned), best);
      note_faces(&p, best.normal);
      convex_candidates(&p, best, size, o->margin, turned, &points);
    }
    needed = needed & ge(best.depth, -o->margin) & (turned | mask_not(pierced));
    leave_crests(prism, patch_frame_of(best.normal), open & mask_not(turned), &points);
  }
  keep_points(&p, best.normal, &points, needed, kept);
}

/* ---------------------------------------------------------------------------------------------- the cells */

/* A range of cells along one axis, in every lane. */
typedef struct {
  integer first;
  real count;
} cell_range;

/* The cells below an interval, of `points - 1` of this width from -half on. */
KERNEL cell_range cells_between(real low, real high, scalar half, scalar width, int points) {
  real last = splat((scalar)(points - 2)), beyond = splat((scalar)points);
  real from = floor_of(clamp((low + splat(half)) / splat(width), splat(-1), beyond));
  real to = floor_of(clamp((high + splat(half)) / splat(width), splat(-1), beyond));
  from = clamp(from, zero(), last);
  cell_range r;
  r.first = to_integer(from);
  r.count = clamp(to, zero(), last) - from + splat(1);
  return r;
}

/* The other shape's bounds along an axis of the field, widened by the margin, m. */
KERNEL void bounds_along(const convex_pair *p, int axis, real margin, real *low, real *high) {
  vec3 d = axis == 0 ? p->turn.row0 : axis == 1 ? p->turn.row1 : p->turn.row2; /* in the other's frame */
  real at = axis == 0 ? p->apart.x : axis == 1 ? p->apart.y : p->apart.z;
  *high = at + convex_extent(p->b, d) + margin;
  *low = at - convex_extent(p->b, v3_negate(d)) - margin;
}

/* Visits the cells, of each lane its own; lanes with fewer wait. */
STAGE void touch_cells(const over_field *o, cell_range columns, cell_range rows, mask needed, field_points *kept) {
  int most_columns = (int)largest_lane(choose(needed, columns.count, zero()));
  int most_rows = (int)largest_lane(choose(needed, rows.count, zero()));
  for (int row = 0; row < most_rows; row++)
    for (int column = 0; column < most_columns; column++) {
      mask here = needed & gt(rows.count, splat((scalar)row)) & gt(columns.count, splat((scalar)column));
      for (int upper = 0; upper < 2 && any_lane(here); upper++) {
        field_prism prism;
        prism_of_cell(o->field, columns.first + isplat(column), rows.first + isplat(row), upper, &prism);
        real top = maximum(prism.corner[0].z, maximum(prism.corner[1].z, prism.corner[2].z)) + prism.origin.z;
        mask near = here & le(o->low, top);
        if (any_lane(near)) touch_prism(o, &prism, near, kept);
      }
    }
}

STAGE void collide_field(pose a, const height_field *field, convex other, pose b, real margin, int slots,
                         contact_point *out, mask needed) {
  over_field o;
  o.field = field;
  o.pair = convex_pair_of(convex_of(MYR_GEOM_HFIELD, v3_zero(), NULL), a, other, b);
  o.margin = margin;
  o.scale = convex_scale(other);
  real low[3], high[3];
  for (int i = 0; i < 3; i++) bounds_along(&o.pair, i, margin, &low[i], &high[i]);
  o.low = low[2];
  o.high = high[2];
  needed = needed & le(low[0], splat(field->half_x)) & ge(high[0], splat(-field->half_x)) &
           le(low[1], splat(field->half_y)) & ge(high[1], splat(-field->half_y)) & ge(high[2], splat(-field->base)) &
           le(low[2], splat(field->height));
  field_points kept;
  field_points_clear(&kept, slots);
  if (any_lane(needed)) {
    cell_range columns = cells_between(low[0], high[0], field->half_x, field->cell_x, field->columns);
    cell_range rows = cells_between(low[1], high[1], field->half_y, field->cell_y, field->rows);
    touch_cells(&o, columns, rows, needed, &kept);
    merge_alike(&kept, o.scale);
    take_way_up(&kept);
  }
  for (int i = 0; i < slots; i++) {
    contact_point c;
    c.distance = kept.distance[i];
    c.position = v3_add(m3_apply(a.rotation, v3_add(kept.at[i], o.pair.apart)), a.position);
    c.normal = m3_apply(a.rotation, kept.normal[i]);
    c.tangent = v3_zero();
    contact_put(out + i, c, margin, needed);
  }
}

#define COLLIDE_WITH_FIELD(name, second, slots)                                                                    \
  KERNEL void name(pose a, const height_field *field, pose b, vec3 size_b, const convex_hull *hull_b, real margin, \
                   contact_point *out, mask needed) {                                                              \
    if (MYR_GEOM_##second == MYR_GEOM_MESH) b = hull_pose(b, hull_b);                                              \
    collide_field(a, field, convex_of(MYR_GEOM_##second, size_b, hull_b), b, margin, slots, out, needed);          \
  }
COLLIDE_WITH_FIELD(collide_field_sphere, SPHERE, 4)
COLLIDE_WITH_FIELD(collide_field_capsule, CAPSULE, 8)
COLLIDE_WITH_FIELD(collide_field_ellipsoid, ELLIPSOID, 8)
COLLIDE_WITH_FIELD(collide_field_cylinder, CYLINDER, 8)
COLLIDE_WITH_FIELD(collide_field_box, BOX, 8)
COLLIDE_WITH_FIELD(collide_field_hull, MESH, 8)
#undef COLLIDE_WITH_FIELD

#endif
