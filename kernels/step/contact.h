/* Contacts of one step: a bounding test per candidate pair, the narrow phase of the pairs that some lane needs, and the
 * list of slots that hold a contact in some lane. Slots are in the order of pairs, so the order of a world's contacts
 * does not depend on its neighbours. */
#ifndef MYR_CONTACT_H
#define MYR_CONTACT_H

#include "kernels/step/collide.h"
#include "kernels/step/kinematics.h"

KERNEL pose geom_pose(const fields *f, int g) {
  pose p;
  p.position = v3_load(f->geom_xpos + 3 * g);
  p.rotation = m3_load(f->geom_xmat + 9 * g);
  return p;
}

/* The height of `apart` above the plane through its start, with little rounding where that is long. */
KERNEL real height_along(vec3 normal, vec3 apart, mask far) {
  return choose(far, precise_dot(normal, apart), v3_dot(apart, normal));
}

/* The geom's pose from another origin. Of a plane, whose position may be any of its points, the one next to that origin. */
KERNEL pose pose_from(const constants *m, const fields *f, int g, vec3 origin) {
  pose p = geom_pose(f, g);
  vec3 apart = v3_sub(geom_origin(m, f, g), origin);
  mask far = is_apart(apart); /* other lanes must get the numbers that they get without far neighbours */
  if (!any_lane(far)) return p;
  vec3 moved = v3_add(p.position, apart);
  if (m->geom_body[g] == 0) moved = v3_add(moved, v3_rest(m->geom_pos_rest + 3 * g));
  if (m->geom_type[g] == MYR_GEOM_PLANE) {
    vec3 normal = m3_column2(p.rotation);
    moved = v3_scale(normal, precise_dot(normal, moved));
  }
  p.position = v3_choose(far, moved, p.position);
  return p;
}

/* The distance below which a contact of the pair is detected. */
KERNEL scalar detection_distance(const constants *m, int pair) { return m->pair_margin[pair] + m->pair_gap[pair]; }

/* The lanes in which the geoms' bounding spheres, or a sphere and a plane, come within that distance. */
KERNEL mask may_touch(const constants *m, const fields *f, int pair) {
  int g1 = m->pair_geom1[pair], g2 = m->pair_geom2[pair];
  vec3 apart = v3_sub(v3_load(f->geom_xpos + 3 * g2), v3_load(f->geom_xpos + 3 * g1));
  mask far = mask_splat(0);
  if (f->lists->far) {
    vec3 between = v3_sub(geom_origin(m, f, g2), geom_origin(m, f, g1));
    far = is_apart(between);
    apart = v3_shifted(apart, between);
  }
  scalar reach = m->geom_bound[g2] + detection_distance(m, pair);
  if (m->geom_type[g1] == MYR_GEOM_PLANE) {
    const real *R = f->geom_xmat + 9 * g1; /* the plane's normal is its frame's third axis */
    vec3 normal = v3(R[2], R[5], R[8]);
    real height = f->lists->far ? height_along(normal, apart, far) : v3_dot(apart, normal);
    return le(height, splat(reach));
  }
  reach += m->geom_bound[g1];
  return le(v3_dot(apart, apart), splat(reach * reach));
}

/* The contact frame from a normal and a hint: x is the normal, and y is as near the hint as possible. Without a hint, y
 * is near the world's y axis (z axis if the normal is steep in y), as in MuJoCo. */
KERNEL mat3 contact_frame(vec3 normal, vec3 hint) {
  mask hinted = gt(v3_dot(hint, hint), splat((scalar)0.25));
  mask flat = lt(absolute(normal.y), splat((scalar)0.5));
  vec3 fallback = v3(zero(), mask_to_real(flat), mask_to_real(mask_not(flat)));
  vec3 tangent = v3_choose(hinted, hint, fallback);
  tangent = v3_sub(tangent, v3_scale(normal, v3_dot(tangent, normal)));
  mat3 frame;
  frame.row0 = normal;
  frame.row1 = v3_normalize(tangent);
  frame.row2 = v3_cross(frame.row0, frame.row1);
  return frame;
}

KERNEL mat3 m3_choose_or_zero(mask on, mat3 a) {
  a.row0 = v3_choose(on, a.row0, v3_zero());
  a.row1 = v3_choose(on, a.row1, v3_zero());
  a.row2 = v3_choose(on, a.row2, v3_zero());
  return a;
}

/* Marks the clusters of fixed geoms that the bound of all other geoms comes near in some lane, so that pairs with a geom
 * far away cost next to nothing. The bounds are wider than rounding, so that no pair is lost that may_touch would find. */
STAGE void mark_near_clusters(const constants *m, fields *f) {
  vec3 middle = geom_in_world(m, f, m->nfixed);
  real bound = zero(), rounding = v3_length(middle) * splat((scalar)1e-6);
  for (int g = m->nfixed; g < m->ngeom; g++)
    bound = maximum(bound, v3_length(v3_sub(geom_in_world(m, f, g), middle)) + splat(m->geom_bound[g]));
  EACH(k, m->ncluster) {
    vec3 apart = v3_sub(v3_load(f->cluster_position + 3 * k), middle);
    real reach = (bound + f->cluster_bound[k] + splat(m->most_detection)) * splat((scalar)1.001) + rounding;
    f->lists->near_cluster[k] = any_lane(mask_not(gt(v3_dot(apart, apart), reach * reach))); /* a NaN is near */
  }
  SYNC();
}

/* Whether a pair is of geoms that no lane brings near each other. */
KERNEL int is_culled(const constants *m, const fields *f, int pair) {
  int g1 = m->pair_geom1[pair], g2 = m->pair_geom2[pair], fixed = g1 < g2 ? g1 : g2;
  return m->ncluster && fixed < m->nfixed && !f->lists->near_cluster[fixed / MYR_CLUSTER_GEOMS];
}

/* Lists the pairs that may touch in some lane, in their order; returns their number. */
STAGE int list_near_pairs(const constants *m, fields *f) {
  tile_lists *lists = f->lists;
  int count = 0;
  if (m->ncluster) mark_near_clusters(m, f);
  EACH_TOGETHER(pair, m->npair) {
    mask near = mask_splat(0);
    if (pair < m->npair && !is_culled(m, f, pair)) near = may_touch(m, f, pair);
    int place = claim_in_order(any_lane(near), &count);
    if (!any_lane(near)) continue;
    lists->near_pair[place] = pair;
    lists->near_lanes[place] = mask_bits(near);
  }
  SYNC();
  return count;
}

/* The hull of a mesh; for any other geom a hull that nothing reads. */
KERNEL convex_hull hull_of(const constants *m, int g) {
  int i = m->geom_hull[g] < 0 ? 0 : m->geom_hull[g], face = m->hull_face_start[i];
  convex_hull h;
  h.center = m->hull_center + 3 * i;
  h.vertex = m->hull_vertex + 3 * m->hull_vertex_start[i];
  h.normal = m->hull_normal + 3 * face;
  h.corner = m->hull_corner + MYR_HULL_CORNERS * face;
  h.count = m->hull_corner_count + face;
  h.vertices = m->hull_vertex_count[i];
  h.faces = m->hull_face_count[i];
  h.corners = m->hull_corners[i];
  h.inradius = m->hull_inradius[i];
  h.reach = m->hull_reach[i];
  return h;
}

/* A geom's height field; for any other geom one that nothing reads. */
KERNEL height_field height_field_of(const constants *m, int g) {
  int i = m->geom_hfield[g] < 0 ? 0 : m->geom_hfield[g];
  return height_field_from(m->hfield_elevation + m->hfield_start[i], m->hfield_rows[i], m->hfield_columns[i],
                           m->hfield_size + 4 * i);
}

/* The narrow phase of one pair. Returns a bit for each contact that some lane has. */
KERNEL unsigned find_contacts(const constants *m, const fields *f, int pair, mask needed, contact_point *found) {
  int g1 = m->pair_geom1[pair], g2 = m->pair_geom2[pair];
  real margin = splat(detection_distance(m, pair));
  pose a, b;
  if (f->lists->far) {
    vec3 origin = contact_origin(m, f, pair);
    a = pose_from(m, f, g1, origin);
    b = pose_from(m, f, g2, origin);
  } else {
    a = geom_pose(f, g1);
    b = geom_pose(f, g2);
  }
  pair_assets both;
  const pair_assets *assets = NULL;
  if (m->nhull) {
    both.a = hull_of(m, g1);
    both.b = hull_of(m, g2);
    assets = &both;
  }
  if (m->nhfield) {
    both.field = height_field_of(m, g1);
    assets = &both;
  }
  collide_pair(m->pair_kind[pair], a, v3_splat(m->geom_size + 3 * g1), b, v3_splat(m->geom_size + 3 * g2), assets,
               margin, found, needed);
  unsigned some = 0;
  for (int k = 0; k < m->pair_slots[pair]; k++) some |= (unsigned)any_lane(le(found[k].distance, margin) & needed) << k;
  return some;
}

/* Lanes without the contact get zeros, so that everything computed from them is zero. */
KERNEL void fill_slot(const constants *m, fields *f, int slot, int pair, mask needed, const contact_point *found) {
  mask on = le(found->distance, splat(detection_distance(m, pair))) & needed;
  f->lists->slot_pair[slot] = pair;
  f->slot_distance[slot] = choose(on, found->distance, splat(NO_CONTACT));
  v3_store(f->slot_position + 3 * slot, v3_choose(on, found->position, v3_zero()));
  m3_store(f->slot_frame + 9 * slot, m3_choose_or_zero(on, contact_frame(found->normal, found->tangent)));
}

/* Fills the slots of all near pairs, in the order of pairs. */
STAGE void fill_slots(const constants *m, fields *f, int near_count) {
  tile_lists *lists = f->lists;
  int count = 0;
  EACH_TOGETHER(n, near_count) {
    contact_point found[MYR_PAIR_MOST_CONTACTS];
    int pair = 0;
    unsigned some = 0;
    mask needed = mask_splat(0);
    if (n < near_count) {
      pair = lists->near_pair[n];
      needed = mask_of_bits(lists->near_lanes[n]);
      some = find_contacts(m, f, pair, needed, found);
    }
    int slot = claim_several_in_order(count_bits(some), &count);
    for (int k = 0; some >> k != 0; k++)
      if (some >> k & 1) fill_slot(m, f, slot++, pair, needed, found + k);
  }
  if (LANE_OWNS_ITEM_0()) lists->slot_count = count;
  SYNC();
}

/* How many contacts each lane has of a distance up to the limit, or below it. */
KERNEL real contacts_up_to(const fields *f, real limit) {
  real count = zero();
  for (int s = 0; s < f->lists->slot_count; s++) count = count + mask_to_real(le(f->slot_distance[s], limit));
  return count;
}
KERNEL real contacts_below(const fields *f, real limit) {
  real count = zero();
  for (int s = 0; s < f->lists->slot_count; s++) count = count + mask_to_real(lt(f->slot_distance[s], limit));
  return count;
}

/* The least distance up to which a lane has as many contacts as it may hold, by bisection: a few passes over the slots
 * in all lanes at once, so that choosing costs far less than solving with all contacts would. */
KERNEL real distance_to_keep(const fields *f, mask over, real most) {
  real low = zero(), high = splat(-NO_CONTACT);
  for (int s = 0; s < f->lists->slot_count; s++) {
    real distance = f->slot_distance[s];
    low = minimum(low, distance);
    high = choose(lt(distance, splat(NO_CONTACT)), maximum(high, distance), high);
  }
  low = low - splat(1);
  for (mask open = over;;) {
    real middle = (low + high) * splat((scalar)0.5);
    open = open & gt(middle, low) & lt(middle, high); /* else no number lies between */
    if (!any_lane(open)) return high;
    real count = contacts_up_to(f, middle);
    high = choose(open & ge(count, most), middle, high);
    low = choose(open & lt(count, most), middle, low);
    open = open & mask_not(eq(count, most));
  }
}

/* Forgets the contacts of the given lanes beyond the limit, and those at it beyond their quota: the earlier slots
 * stay. */
KERNEL void drop_shallow_contacts(fields *f, mask lanes, real limit, real quota) {
  real at_limit = zero();
  for (int s = 0; s < f->lists->slot_count; s++) {
    real distance = f->slot_distance[s];
    mask equal = eq(distance, limit);
    at_limit = at_limit + mask_to_real(equal);
    mask stays = mask_not(lanes) | lt(distance, limit) | (equal & le(at_limit, quota));
    f->slot_distance[s] = choose(stays, distance, splat(NO_CONTACT));
    v3_store(f->slot_position + 3 * s, v3_choose(stays, v3_load(f->slot_position + 3 * s), v3_zero()));
    m3_store(f->slot_frame + 9 * s, m3_choose_or_zero(stays, m3_load(f->slot_frame + 9 * s)));
  }
}

/* If a lane has more contacts than a world may have, the shallowest are removed and its status says so. */
KERNEL void drop_excess(const constants *m, fields *f) {
  real most = splat((scalar)m->ncon);
  real count = contacts_below(f, splat(NO_CONTACT));
  mask over = gt(count, most);
  if (!any_lane(over)) return;
  real limit = distance_to_keep(f, over, most);
  drop_shallow_contacts(f, over, limit, most - contacts_below(f, limit));
  f->dropped_contacts[0] = f->dropped_contacts[0] + choose(over, count - most, zero());
  for (int lane = 0; lane < LANES; lane++)
    if (mask_lane(over, lane))
      lane_set(f->status, lane, (scalar)((int)lane_get(f->status, lane) | MYR_WORLD_DROPPED_CONTACTS));
}

STAGE void collide(const constants *m, fields *f) {
  int near_count = 0;
  if (!(m->options.disable & (MYR_DISABLE_CONTACT | MYR_DISABLE_CONSTRAINT))) near_count = list_near_pairs(m, f);
  fill_slots(m, f, near_count);
  if (f->lists->slot_count > m->ncon && LANE_OWNS_ITEM_0()) drop_excess(m, f); /* long before they are read */
}

#endif
