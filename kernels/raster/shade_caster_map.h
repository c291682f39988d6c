/* Finds the shapes that could hide a light from a point, in a small map of the view from the light.
 *
 * The map is a picture of the casters' bounding capsules, MAP_SIZE cells square, drawn once per light and view: for a
 * positional light in perspective, for a directional one in parallel projection, with the casters' projections in its
 * middle. A cell holds a bit for every caster that could hide the light from some point that is seen there. Cells on
 * the rim stand for everything beyond them. Most casters in a cell of a body's lit side are behind the points on it.
 * Points are therefore also looked up by their depth, in slabs that hold a bit for every caster that begins in them or
 * nearer.
 *
 * A caster hides exactly nothing beyond `cones` cone radii of its capsule (passes_bound, hidden_by_ball), so the map
 * changes no bit of a result.
 *
 * Measured on a humanoid under two lights, 64 x 64 pixels, one thread: shadows take 15 us a view. Drawing the maps
 * takes 2 to 3 of them, looking up 7 and meeting the shapes 5. Blocks find a shape 266 times (361 times without the
 * slabs), and the shape hides something 103 times, because the bound of a penumbra assumes that it falls on a surface
 * infinitely far away. Meeting shapes in pairs, and meeting spheres and capsules without a branch between the two,
 * gained nothing. A map of 64 x 64 cells took 2.5 us more, one of 16 x 16 cells 1.2 more, and spheres around regions
 * and blocks of pixels, tested against all casters, twice the whole. */
#ifndef MYR_SHADE_CASTER_MAP_H
#define MYR_SHADE_CASTER_MAP_H

#include "kernels/raster/shade_caster.h"
#include "kernels/raster/shade_light.h"

/* ------------------------------------------------------------------------------------------------ projection */

/* For points from which a positional light looks larger than this, radius over distance, no caster is left out. */
#define WIDEST_SPREAD 0.25f
/* Casters further from the middle of the map than this, a tangent, are in all cells. */
#define WIDEST_VIEW 3.0f
/* More than all rounding, here and where points are looked up: of a size, in metres and of a distance. */
#define MAP_SLACK 1.001f
#define MAP_SLACK_METRES 1e-4f
#define MAP_SLACK_DISTANCE 1e-5f

/* Seen from the light a ball covers, along one axis of the map, the tangents between low and high. */
KERNEL void cover_ball(real x, real z, real radius, real *low, real *high) {
  real tangent = square_root(maximum(fmadd(x, x, fmsub(z, z, radius * radius)), zero())) * radius;
  real inverse = splat(1) / maximum(fmsub(z, z, radius * radius), splat(1e-12f));
  *low = minimum(*low, fmsub(x, z, tangent) * inverse);
  *high = maximum(*high, fmadd(x, z, tangent) * inverse);
}

/* A caster's capsule in the frame of the map. */
typedef struct projected_capsule {
  vec3 center, axis; /* the centre is counted from the caster to the map's origin */
  real half_length, radius, cones;
} projected_capsule;

KERNEL projected_capsule capsule_in_map(const caster_map *map, const caster_list *list, int start) {
  vec3 right = v3_splat(map->right), up = v3_splat(map->up), back = v3_splat(map->back);
  vec3 at = v3(load_reals(list->x + start), load_reals(list->y + start), load_reals(list->z + start));
  vec3 center = v3_sub(v3_splat(map->origin), at);
  vec3 axis = v3(load_reals(list->axis_x + start), load_reals(list->axis_y + start), load_reals(list->axis_z + start));
  projected_capsule c;
  c.center = v3(v3_dot(center, right), v3_dot(center, up), v3_dot(center, back));
  c.axis = v3(v3_dot(axis, right), v3_dot(axis, up), v3_dot(axis, back));
  c.half_length = load_reals(list->half_length + start);
  c.radius = load_reals(list->radius + start);
  c.cones = load_reals(list->cones + start);
  return c;
}

/* The part of the map that a caster covers: a box, and in it the strip |normal . (u, v, 1)| <= width. It hides nothing
 * from points less deep than `depth`. */
typedef struct map_cover {
  real low_u, high_u, low_v, high_v;
  vec3 normal;
  real width, depth;
} map_cover;

/* A shape hides the light only from points beyond some place of its axis, seen from the light along the ray: t > 0
 * where the shape is the capsule, and t > -size otherwise, because of passes_bound. */
KERNEL real depth_slack(const projected_capsule *c) {
  return choose(lt(splat(1), c->cones), c->half_length + c->radius, zero());
}

/* The least distance L from the light. A place of the axis, within t = L + slack along the ray and within `reach`, or
 * for the bound reach + size, beside it, is at most sqrt((L + slack)^2 + reach^2) from the light. */
KERNEL real depth_in_perspective(const projected_capsule *c, real reach) {
  real slack = depth_slack(c), beside = reach + slack;
  vec3 nearest = v3_madd(c->axis, -clamp(v3_dot(c->center, c->axis), -c->half_length, c->half_length), c->center);
  real along = square_root(maximum(fnmadd(beside, beside, v3_dot(nearest, nearest)), zero()));
  return maximum(fmsub(along, splat(2 - MAP_SLACK), slack), zero());
}

/* The cover as a positional light of radius R sees it. Take a point at the distance L with R / L <= WIDEST_SPREAD from
 * which the caster hides something. On the half line from the light through the point take the foot of the caster's
 * axis, at the distance l from the light. passes_bound holds: l > -size, and the axis is within radius + cones R / L (L
 * - l + size) of the foot, which is at most radius + cones R + size. If the caster is as far away as `ahead` requires,
 * l > size follows, and the distance is at most `reach`. */
KERNEL map_cover cover_in_perspective(const projected_capsule *c, scalar light_radius) {
  vec3 end = v3_scale(c->axis, c->half_length), a = v3_add(c->center, end), b = v3_sub(c->center, end);
  real distance = square_root(v3_dot(c->center, c->center)), size = c->half_length + c->radius;
  real reach = fmadd(fmadd(c->cones, splat(light_radius), c->radius), splat(MAP_SLACK),
                     fmadd(distance, splat(MAP_SLACK_DISTANCE), splat(MAP_SLACK_METRES)));
  mask ahead = lt(splat(2) * reach, minimum(a.z, b.z)) & lt(c->half_length + reach + size + size, distance);
  map_cover m;
  m.low_u = m.low_v = splat(NO_END);
  m.high_u = m.high_v = splat(-NO_END);
  cover_ball(a.x, a.z, reach, &m.low_u, &m.high_u);
  cover_ball(b.x, b.z, reach, &m.low_u, &m.high_u);
  cover_ball(a.y, a.z, reach, &m.low_v, &m.high_v);
  cover_ball(b.y, b.z, reach, &m.low_v, &m.high_v);
  real most_u = maximum(-m.low_u, m.high_u), most_v = maximum(-m.low_v, m.high_v);
  mask seen = ahead & lt(most_u, splat(WIDEST_VIEW)) & lt(most_v, splat(WIDEST_VIEW));
  m.low_u = choose(seen, m.low_u, splat(-NO_END));
  m.low_v = choose(seen, m.low_v, splat(-NO_END));
  m.high_u = choose(seen, m.high_u, splat(NO_END));
  m.high_v = choose(seen, m.high_v, splat(NO_END));
  /* The plane of the light and the axis; none where the axis nearly points at the light. The half line is within reach
   * of it where it passes the axis, at least so far from the light. */
  real nearest = depth_in_perspective(c, reach);
  vec3 normal = v3_cross(c->center, c->axis);
  real length = square_root(v3_dot(normal, normal));
  mask clear = seen & lt(splat(0.05f) * distance, length);
  m.normal = v3_scale(normal, choose(clear, splat(1) / length, zero()));
  real stretch = square_root(fmadd(most_u, most_u, fmadd(most_v, most_v, splat(1))));
  m.width = choose(clear, reach * stretch / maximum(nearest, reach), splat(NO_END));
  m.depth = nearest * nearest;
  return m;
}

/* From a directional light, to points at most far_depth behind the map's origin. */
KERNEL map_cover cover_in_parallel(const projected_capsule *c, scalar light_radius, scalar far_depth) {
  vec3 end = v3_scale(c->axis, c->half_length);
  real size = c->half_length + c->radius;
  real behind = maximum(splat(far_depth) - c->center.z + size, zero()) + size;
  real from_origin = absolute(c->center.x) + absolute(c->center.y) + absolute(c->center.z);
  real rounding = fmadd(from_origin, splat(MAP_SLACK_DISTANCE), splat(MAP_SLACK_METRES));
  real reach = fmadd(fmadd(c->cones * splat(light_radius), behind, c->radius), splat(MAP_SLACK), rounding);
  real half_u = absolute(end.x) + reach, half_v = absolute(end.y) + reach;
  map_cover m;
  m.low_u = c->center.x - half_u;
  m.high_u = c->center.x + half_u;
  m.low_v = c->center.y - half_v;
  m.high_v = c->center.y + half_v;
  real length = square_root(fmadd(c->axis.x, c->axis.x, c->axis.y * c->axis.y));
  mask clear = lt(splat(0.05f), length);
  real inverse = choose(clear, splat(1) / length, zero());
  m.normal.x = -c->axis.y * inverse;
  m.normal.y = c->axis.x * inverse;
  m.normal.z = -fmadd(m.normal.x, c->center.x, m.normal.y * c->center.y);
  m.width = choose(clear, reach, splat(NO_END));
  m.depth = c->center.z - absolute(end.z) - depth_slack(c) - rounding;
  return m;
}

KERNEL void cover_casters(const shadow_light *light, const caster_list *list, const cover_list *out) {
  for (int start = 0; start < list->count; start += LANES) {
    const projected_capsule capsule = capsule_in_map(&light->map, list, start);
    const map_cover m = light->directional ? cover_in_parallel(&capsule, light->radius, light->map.far_depth)
                                           : cover_in_perspective(&capsule, light->radius);
    store_lanes(out->low_u + start, m.low_u);
    store_lanes(out->high_u + start, m.high_u);
    store_lanes(out->low_v + start, m.low_v);
    store_lanes(out->high_v + start, m.high_v);
    store_lanes(out->normal_x + start, m.normal.x);
    store_lanes(out->normal_y + start, m.normal.y);
    store_lanes(out->normal_z + start, m.normal.z);
    store_lanes(out->width + start, m.width);
    store_lanes(out->depth + start, m.depth);
  }
}

/* ------------------------------------------------------------------------------------------------ the map's place */

/* The box about all covers that are seen and not larger than the given size. False: there is none. */
typedef struct map_box {
  scalar low_u, high_u, low_v, high_v, low_depth, high_depth;
} map_box;
KERNEL int enclose_covers(const cover_list *covers, int count, scalar largest_u, scalar largest_v, map_box *out) {
  map_box b = {NO_END, -NO_END, NO_END, -NO_END, NO_END, -NO_END};
  for (int i = 0; i < count; i++) {
    scalar low_u = covers->low_u[i], high_u = covers->high_u[i], low_v = covers->low_v[i], high_v = covers->high_v[i];
    if (!(high_u - low_u <= largest_u) || !(high_v - low_v <= largest_v)) continue;
    b.low_u = low_u < b.low_u ? low_u : b.low_u;
    b.high_u = high_u > b.high_u ? high_u : b.high_u;
    b.low_v = low_v < b.low_v ? low_v : b.low_v;
    b.high_v = high_v > b.high_v ? high_v : b.high_v;
    b.low_depth = covers->depth[i] < b.low_depth ? covers->depth[i] : b.low_depth;
    b.high_depth = covers->depth[i] > b.high_depth ? covers->depth[i] : b.high_depth;
  }
  if (!(b.low_u <= b.high_u)) return 0;
  *out = b;
  return 1;
}

/* Of a cell; against rounding where points are looked up. */
#define CELL_SLACK 0.02f

/* The map is scaled for the small casters. A caster nearly as large as all together, such as a floor or a wall, reaches
 * over the rim; otherwise it would make the cells too large for the others. */
#define LARGE_CASTER 0.7f /* of the width or height of all */
KERNEL void place_map(caster_map *map, const cover_list *covers, int count, int directional) {
  map_box b = {0, 0, 0, 0, 0, 0};
  scalar largest = 0.5f * NO_END;
  int any = enclose_covers(covers, count, largest, largest, &b);
  for (int i = 0; any && i < 2; i++)
    any = enclose_covers(covers, count, LARGE_CASTER * (b.high_u - b.low_u), LARGE_CASTER * (b.high_v - b.low_v), &b);
  scalar width = b.high_u - b.low_u, height = b.high_v - b.low_v, depth = b.high_depth - b.low_depth;
  map->scale_u = (MAP_SIZE - 2 - 4 * CELL_SLACK) / (width > 1e-5f ? width : 1e-5f);
  map->scale_v = (MAP_SIZE - 2 - 4 * CELL_SLACK) / (height > 1e-5f ? height : 1e-5f);
  map->offset_u = 1 + 2 * CELL_SLACK - b.low_u * map->scale_u;
  map->offset_v = 1 + 2 * CELL_SLACK - b.low_v * map->scale_v;
  for (int i = 0; i < 3; i++) {
    map->column[i] = map->right[i] * map->scale_u + (directional ? 0 : map->back[i] * map->offset_u);
    map->row[i] = map->up[i] * map->scale_v + (directional ? 0 : map->back[i] * map->offset_v);
  }
  map->scale_slab = (MAP_SLABS - 2) / (depth > 1e-5f ? depth : 1e-5f);
  map->offset_slab = 1 - b.low_depth * map->scale_slab;
}

/* Right and up across `back`, a unit vector (Duff et al., "Building an orthonormal basis, revisited", 2017). */
KERNEL void turn_map(caster_map *map, const scalar back[3]) {
  const scalar x = back[0], y = back[1], z = back[2], sign = z < 0 ? -1.0f : 1.0f, a = -1 / (sign + z), b = x * y * a;
  const scalar right[3] = {1 + sign * x * x * a, sign * b, -sign * x}, up[3] = {b, sign + y * y * a, -y};
  for (int i = 0; i < 3; i++) {
    map->right[i] = right[i];
    map->up[i] = up[i];
    map->back[i] = back[i];
  }
}

/* In the parallel projection the map holds points up to this distance behind the casters' middle, in radii of the
 * sphere around all casters. */
#define FAR_DEPTH 2.0f
KERNEL void aim_map(caster_map *map, const shadow_light *light, const sphere *casters) {
  scalar back[3], squared = 0;
  for (int i = 0; i < 3; i++) {
    back[i] = light->directional ? light->light[i] : light->light[i] - casters->center[i];
    map->origin[i] = light->directional ? casters->center[i] : light->light[i];
    squared += back[i] * back[i];
  }
  real inverse = splat(1) / square_root(splat(squared > 1e-12f ? squared : 1));
  for (int i = 0; i < 3; i++) back[i] *= lane_get(&inverse, 0);
  if (!(squared > 1e-12f)) back[2] = 1; /* the light is among them, so any direction will do: downwards */
  map->far_depth = FAR_DEPTH * casters->radius;
  turn_map(map, back);
}

/* ------------------------------------------------------------------------------------------------ drawing */

KERNEL int map_index(scalar coordinate, int size) {
  return coordinate > 0 ? coordinate < (scalar)(size - 1) ? (int)coordinate : size - 1 : 0;
}
KERNEL int map_cell(scalar coordinate) { return map_index(coordinate, MAP_SIZE); }

KERNEL void draw_caster(const caster_map *map, const cover_list *covers, int i, int32_t *cells, int32_t bit) {
  const scalar low_u = covers->low_u[i] * map->scale_u + map->offset_u - CELL_SLACK;
  const scalar high_u = covers->high_u[i] * map->scale_u + map->offset_u + CELL_SLACK;
  const scalar low_v = covers->low_v[i] * map->scale_v + map->offset_v - CELL_SLACK;
  const scalar high_v = covers->high_v[i] * map->scale_v + map->offset_v + CELL_SLACK;
  const int column0 = map_cell(low_u), column1 = map_cell(high_u), row0 = map_cell(low_v), row1 = map_cell(high_v);
  const int on_rim = column0 == 0 || column1 == MAP_SIZE - 1 || row0 == 0 || row1 == MAP_SIZE - 1;
  /* normal . (u, v, 1) in cells, at the centre of cell (0, 0) */
  const scalar by_column = covers->normal_x[i] / map->scale_u, by_row = covers->normal_y[i] / map->scale_v;
  const scalar first = covers->normal_z[i] + by_column * (0.5f - map->offset_u) + by_row * (0.5f - map->offset_v);
  const scalar across = (by_column < 0 ? -by_column : by_column) + (by_row < 0 ? -by_row : by_row);
  const real width = splat(on_rim ? NO_END : covers->width[i] + (0.5f + CELL_SLACK) * across);
  const integer bits = isplat(bit);
  for (int start = column0 / LANES * LANES; start <= column1; start += LANES) {
    const integer column = lane_index() + isplat(start);
    const mask between = mask_not(ilt(column, isplat(column0)) | ilt(isplat(column1), column));
    const integer drawn = ichoose(between, bits, isplat(0));
    real off = fmadd(to_real(column), splat(by_column), splat(first + (scalar)row0 * by_row));
    int32_t *at = cells + row0 * MAP_SIZE + start;
    for (int row = row0; row <= row1; row++, at += MAP_SIZE) {
      store_lane_integers(at, load_integers(at) | ichoose(le(absolute(off), width), drawn, isplat(0)));
      off = off + splat(by_row);
    }
  }
}

/* A caster is in the slab where its shadow begins, and in all slabs beyond. */
KERNEL void add_to_slabs(const caster_map *map, const cover_list *covers, int i, int32_t *slabs, int32_t bit) {
  const integer first =
      isplat(map_index(covers->depth[i] * map->scale_slab + map->offset_slab - CELL_SLACK, MAP_SLABS));
  for (int start = 0; start < MAP_SLABS; start += LANES) {
    const mask hiding = mask_not(ilt(lane_index() + isplat(start), first));
    store_lane_integers(slabs + start, load_integers(slabs + start) | ichoose(hiding, isplat(bit), isplat(0)));
  }
}

KERNEL void draw_caster_map(shadow_light *light, const shadows *s) {
  const caster_list *list = &s->casters;
  const cover_list *covers = &s->covers;
  aim_map(&light->map, light, &list->around);
  cover_casters(light, list, covers);
  SYNC();
  place_map(&light->map, covers, list->count, light->directional);
  for (int i = 0; i < s->words * MAP_CELLS; i += LANES) store_lane_integers(light->map.cells + i, isplat(0));
  for (int i = 0; i < s->words * SLAB_STRIDE; i += LANES) store_lane_integers(light->map.slabs + i, isplat(0));
  for (int i = 0; i < list->count; i++) {
    const int32_t word = list->drawable[i] / 32, bit = (int32_t)(1u << list->drawable[i] % 32);
    draw_caster(&light->map, covers, i, light->map.cells + word * MAP_CELLS, bit);
    add_to_slabs(&light->map, covers, i, light->map.slabs + word * SLAB_STRIDE, bit);
  }
  SYNC();
}

/* Once per view. viewpoint: of the view, m; pixel_angle: rad */
KERNEL void begin_shadows(shadows *s, const myr_frame *frame, const scalar viewpoint[3], scalar pixel_angle) {
  list_casters(s, frame, viewpoint, pixel_angle);
  for (int i = 0; i < frame->light_count; i++) {
    if (!frame->lights[i].shadows) continue;
    begin_shadow_light(s, &s->lights[i], &frame->lights[i]);
    draw_caster_map(&s->lights[i], s);
  }
}

/* ------------------------------------------------------------------------------------------------ looking up */

/* The places of points in the map, and the lanes that the map does not cover: for them no caster is left out. */
typedef struct map_place {
  integer cell, slab;
  mask beyond;
} map_place;

/* from: the light as the points at `position` see it */
KERNEL map_place place_in_map(const shadow_light *light, vec3 position, const light_sample *from) {
  const caster_map *map = &light->map;
  const real last = splat(MAP_SIZE - 1);
  const vec3 column_axis = v3_splat(map->column), row_axis = v3_splat(map->row), back = v3_splat(map->back);
  map_place p;
  real column, row, depth;
  if (light->directional) {
    vec3 towards = v3_sub(v3_splat(map->origin), position);
    depth = v3_dot(towards, back);
    column = v3_dot(towards, column_axis) + splat(map->offset_u);
    row = v3_dot(towards, row_axis) + splat(map->offset_v);
    p.beyond = lt(splat(map->far_depth), depth);
  } else { /* behind the light any cell will do, because casters that matter there are in all cells */
    real inverse = splat(1) / maximum(v3_dot(from->towards, back), splat(1e-6f));
    depth = from->squared;
    column = v3_dot(from->towards, column_axis) * inverse;
    row = v3_dot(from->towards, row_axis) * inverse;
    p.beyond = lt(depth, splat(light->radius * light->radius / (WIDEST_SPREAD * WIDEST_SPREAD)));
  }
  integer whole_row = to_integer(clamp(row, zero(), last));
  p.cell = to_integer(clamp(column, zero(), last)) + imultiply(whole_row, isplat(MAP_SIZE));
  real slab = fmadd(depth, splat(map->scale_slab), splat(map->offset_slab));
  p.slab = to_integer(clamp(slab, zero(), splat(MAP_SLABS - 1)));
  return p;
}

/* The drawables [32 word, 32 word + 32) that could hide the light from each lane: a bit each, 0 where not needed.
 * drawable: whose the lanes are; own: bit_of(drawable), or 0 where it is none. A convex shape cannot hide from itself a
 * light that it faces. */
KERNEL integer casters_of_word(const shadows *s, const shadow_light *light, int word, const map_place *place,
                               integer drawable, integer own, mask needed) {
  integer bits = igather(light->map.cells + word * MAP_CELLS, place->cell) &
                 ilookup16(light->map.slabs + word * SLAB_STRIDE, place->slab);
  bits = ichoose(place->beyond, isplat(s->casting[word]), bits);
  integer itself = own & isplat(s->convex[word]);
  if (s->words > 1) itself = ichoose(ieq(drawable >> 5, isplat(word)), itself, isplat(0));
  return ichoose(needed, bits & ~itself, isplat(0));
}

#endif
