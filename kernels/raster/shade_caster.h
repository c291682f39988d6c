/* The shapes of a view that cast shadows, and its lights as these shapes see them. A map (shade_caster_map.h) tells
 * which of them could hide a light from a point. */
#ifndef MYR_SHADE_CASTER_H
#define MYR_SHADE_CASTER_H

#include "kernels/memory.h"
#include "kernels/raster/shade_occlusion.h"

typedef struct sphere {
  scalar center[3], radius;
} sphere;

/* Bounding capsules of shapes that cast shadows; padded to whole vectors. */
typedef struct caster_list {
  scalar *x, *y, *z;                /* the centre */
  scalar *axis_x, *axis_y, *axis_z; /* unit */
  scalar *half_length, *radius;
  scalar *cones; /* cone radii beyond the capsule beyond which it hides nothing */
  int32_t *drawable;
  int32_t count;
  sphere around; /* holds all of them */
} caster_list;
enum { CASTER_ARRAYS = 10, COVER_ARRAYS = 9 };

/* A picture of the casters from a light: shade_caster_map.h. (x, y, z) is the vector from a caster to the origin, along
 * right, up and back; its place in the map is (u, v): (x, y) / z for a positional light and (x, y) for a directional
 * one. */
enum { MAP_SIZE = 32, MAP_CELLS = MAP_SIZE * MAP_SIZE };
enum { MAP_SLABS = 16, SLAB_STRIDE = 32 /* the widest vector */ };
#define MAP_WORDS(drawables) (((drawables) + 31) / 32)
typedef struct caster_map {
  scalar origin[3]; /* a positional light, or the middle of all casters */
  scalar right[3], up[3], back[3];
  scalar scale_u, offset_u, scale_v, offset_v; /* cells from (u, v) */
  scalar column[3], row[3]; /* cells times z, for a directional light less the offset, from a point */
  scalar far_depth;         /* m, directional: points further than this behind the origin are not in the map */
  int32_t *cells;           /* (words, MAP_SIZE, MAP_SIZE): a bit for each drawable */
  scalar scale_slab,
      offset_slab; /* slabs from the depth: the squared distance from a positional light, else m behind */
  int32_t *slabs;  /* (words, SLAB_STRIDE): of those that could hide the light from a point so deep */
} caster_map;

/* The part of a map that each caster covers while the map is drawn, padded to whole vectors. */
typedef struct cover_list {
  scalar *low_u, *high_u, *low_v, *high_v;        /* a box; infinite unless the caster is seen in the map */
  scalar *normal_x, *normal_y, *normal_z, *width; /* and in it |normal . (u, v, 1)| <= width */
  scalar *depth;                                  /* the least depth at which it hides anything; in the map's unit */
} cover_list;

/* A light as the casters of one view need it. */
typedef struct shadow_light {
  scalar light[3]; /* position; directional: unit, towards the light */
  scalar radius;   /* m; directional: the tangent of half its angle */
  int32_t directional;
  caster_map map;
  scalar *local;       /* (drawables, 3) `light` in each caster's frame */
  int32_t *plane;      /* infinite planes that hide some of the light from everything above them */
  scalar *plane_share; /* the share of the light that each of them leaves */
  int32_t plane_count;
} shadow_light;

typedef struct shadows {
  const myr_frame *frame;
  caster_list casters;      /* of the view */
  bounding_capsule *bounds; /* (drawables) */
  int32_t *level;           /* (drawables) of a mesh: the level of detail that casts */
  int32_t words;            /* that hold a bit for each drawable */
  int32_t *casting;         /* (words) those that cast shadows */
  int32_t *convex;          /* (words) those that cast none on themselves */
  shadow_light *lights;     /* (lights) */
  cover_list covers;        /* of the map that is being drawn */
} shadows;

#define CASTER_PADDING 32 /* the widest vector */
#define CASTER_CAPACITY(drawables) (((drawables) + CASTER_PADDING - 1) / CASTER_PADDING * CASTER_PADDING)

/* ------------------------------------------------------------------------------------------------ memory */

/* Bytes of one array of `count` 4-byte values, rounded up so that the next is aligned for vectors. */
static inline size_t shadow_array_bytes(int count) { return myr_whole_cache_lines((size_t)count * 4); }
static inline size_t shadows_bytes(int drawables, int lights) {
  int capacity = CASTER_CAPACITY(drawables);
  size_t lists = (CASTER_ARRAYS + COVER_ARRAYS) * shadow_array_bytes(capacity);
  size_t light = shadow_array_bytes(MAP_WORDS(drawables) * MAP_CELLS) +
                 shadow_array_bytes(MAP_WORDS(drawables) * SLAB_STRIDE) + shadow_array_bytes(3 * capacity) +
                 2 * shadow_array_bytes(capacity);
  size_t table = myr_whole_cache_lines((size_t)lights * sizeof(shadow_light));
  size_t bounds = myr_whole_cache_lines((size_t)capacity * sizeof(bounding_capsule));
  size_t bits = 2 * shadow_array_bytes(MAP_WORDS(drawables));
  return lists + bounds + bits + shadow_array_bytes(capacity) + table + (size_t)lights * light;
}

KERNEL void place_caster_list(caster_list *list, int capacity, char **memory) {
  size_t bytes = (size_t)capacity * 4;
  scalar **arrays[9] = {&list->x,      &list->y,           &list->z,      &list->axis_x, &list->axis_y,
                        &list->axis_z, &list->half_length, &list->radius, &list->cones};
  for (int i = 0; i < 9; i++) *arrays[i] = (scalar *)myr_take_cache_lines(memory, bytes);
  list->drawable = (int32_t *)myr_take_cache_lines(memory, bytes);
  list->count = 0;
}
KERNEL void place_cover_list(cover_list *list, int capacity, char **memory) {
  scalar **arrays[COVER_ARRAYS] = {&list->low_u,    &list->high_u,   &list->low_v, &list->high_v, &list->normal_x,
                                   &list->normal_y, &list->normal_z, &list->width, &list->depth};
  for (int i = 0; i < COVER_ARRAYS; i++) *arrays[i] = (scalar *)myr_take_cache_lines(memory, (size_t)capacity * 4);
}
/* memory: shadows_bytes, aligned to 64. */
KERNEL void place_shadows(shadows *s, int drawables, int lights, char *memory) {
  int capacity = CASTER_CAPACITY(drawables);
  size_t bytes = (size_t)capacity * 4;
  place_caster_list(&s->casters, capacity, &memory);
  place_cover_list(&s->covers, capacity, &memory);
  s->bounds = (bounding_capsule *)myr_take_cache_lines(&memory, (size_t)capacity * sizeof(bounding_capsule));
  s->level = (int32_t *)myr_take_cache_lines(&memory, bytes);
  s->words = MAP_WORDS(drawables);
  s->casting = (int32_t *)myr_take_cache_lines(&memory, (size_t)s->words * 4);
  s->convex = (int32_t *)myr_take_cache_lines(&memory, (size_t)s->words * 4);
  s->lights = (shadow_light *)myr_take_cache_lines(&memory, (size_t)lights * sizeof(shadow_light));
  for (int i = 0; i < lights; i++) {
    shadow_light *light = &s->lights[i];
    light->map.cells = (int32_t *)myr_take_cache_lines(&memory, (size_t)MAP_WORDS(drawables) * MAP_CELLS * 4);
    light->map.slabs = (int32_t *)myr_take_cache_lines(&memory, (size_t)MAP_WORDS(drawables) * SLAB_STRIDE * 4);
    light->local = (scalar *)myr_take_cache_lines(&memory, 3 * bytes);
    light->plane = (int32_t *)myr_take_cache_lines(&memory, bytes);
    light->plane_share = (scalar *)myr_take_cache_lines(&memory, bytes);
    light->plane_count = 0;
  }
}

/* ------------------------------------------------------------------------------------------------ once per view */

/* A plane counts as endless when it has no extent along either axis; without extent along only one it is treated the
 * same. */
KERNEL int is_endless_plane(const myr_drawable *d) {
  return d->shape == MYR_GEOM_PLANE && !(d->size[0] > 0) && !(d->size[1] > 0);
}
#define ALONG_WITHOUT_END 1e6f

/* The capsule lies along the longest axis of a shape that is longer than wide, so that a limb does not count as the
 * ball around it. */
KERNEL bounding_capsule bound_of_box(const scalar half_extents[3]) {
  bounding_capsule b;
  const scalar *h = half_extents;
  b.axis = h[0] >= h[1] && h[0] >= h[2] ? 0 : h[1] >= h[2] ? 1 : 2;
  scalar across1 = h[(b.axis + 1) % 3], across2 = h[(b.axis + 2) % 3];
  real radius = square_root(splat(across1 * across1 + across2 * across2));
  b.half_length = h[b.axis];
  b.radius = lane_get(&radius, 0);
  return b;
}

KERNEL void plane_extents(const myr_drawable *d, scalar half_extents[3]) {
  half_extents[0] = d->size[0] > 0 ? d->size[0] : ALONG_WITHOUT_END;
  half_extents[1] = d->size[1] > 0 ? d->size[1] : ALONG_WITHOUT_END;
  half_extents[2] = 0;
}

KERNEL bounding_capsule bound_of_drawable(const myr_drawable *d) {
  bounding_capsule b;
  scalar sheet[3];
  b.axis = 2;
  b.half_length = 0;
  b.radius = d->size[0];
  switch (d->shape) {
  case MYR_GEOM_SPHERE: break;
  case MYR_GEOM_CAPSULE:
  case MYR_GEOM_CYLINDER: b.half_length = d->size[1]; break;
  case MYR_GEOM_ELLIPSOID:
    b.axis = d->size[0] >= d->size[1] && d->size[0] >= d->size[2] ? 0 : d->size[1] >= d->size[2] ? 1 : 2;
    b.half_length = d->size[b.axis];
    b.radius = d->size[(b.axis + 1) % 3];
    if (d->size[(b.axis + 2) % 3] > b.radius) b.radius = d->size[(b.axis + 2) % 3];
    break;
  case MYR_GEOM_BOX: return bound_of_box(d->size);
  case MYR_GEOM_PLANE: plane_extents(d, sheet); return bound_of_box(sheet);
  default: b.radius = d->bound;
  }
  return b;
}

KERNEL void add_caster(shadows *s, const myr_drawable *d, int32_t drawable) {
  caster_list *list = &s->casters;
  const bounding_capsule bound = bound_of_drawable(d);
  int i = list->count++;
  list->x[i] = d->position[0];
  list->y[i] = d->position[1];
  list->z[i] = d->position[2];
  list->axis_x[i] = d->rotation[bound.axis];
  list->axis_y[i] = d->rotation[3 + bound.axis];
  list->axis_z[i] = d->rotation[6 + bound.axis];
  list->half_length[i] = bound.half_length;
  list->radius[i] = bound.radius;
  list->cones[i] = d->shape == MYR_GEOM_SPHERE || d->shape == MYR_GEOM_CAPSULE ? 1 : BOUND_CONES;
  list->drawable[i] = drawable;
  s->bounds[drawable] = bound;
  int32_t bit = (int32_t)(1u << drawable % 32);
  if (!LANE_OWNS_ITEM_0()) return;
  s->casting[drawable / 32] |= bit;
  if (d->shape != MYR_SHAPE_MESH) s->convex[drawable / 32] |= bit;
}

/* The sphere about the box about all casters' spheres. */
KERNEL void enclose_casters(caster_list *list) {
  scalar low[3] = {NO_END, NO_END, NO_END}, high[3] = {-NO_END, -NO_END, -NO_END}, squared = 0;
  const scalar *centers[3] = {list->x, list->y, list->z};
  for (int i = 0; i < list->count; i++) {
    scalar size = list->half_length[i] + list->radius[i];
    for (int k = 0; k < 3; k++) {
      scalar from = centers[k][i] - size, to = centers[k][i] + size;
      low[k] = from < low[k] ? from : low[k];
      high[k] = to > high[k] ? to : high[k];
    }
  }
  for (int k = 0; k < 3 && list->count; k++) {
    scalar half = 0.5f * (high[k] - low[k]);
    list->around.center[k] = low[k] + half;
    squared += half * half;
  }
  real radius = square_root(splat(squared));
  list->around.radius = lane_get(&radius, 0);
}

/* transpose(rotation) v, row major, in plain scalars: one light and one caster at a time. */
KERNEL void turn_into_frame(const scalar rotation[9], const scalar v[3], scalar out[3]) {
  for (int i = 0; i < 3; i++) out[i] = rotation[i] * v[0] + rotation[3 + i] * v[1] + rotation[6 + i] * v[2];
}

/* The coarsest level whose error is less than a pixel's width at the mesh's distance. */
KERNEL int32_t caster_level(const myr_mesh *mesh, scalar distance_squared, scalar pixel_angle) {
  int32_t level = 0;
  scalar allowed_squared = distance_squared * (pixel_angle * pixel_angle);
  while (level + 1 < mesh->level_count &&
         mesh->levels[level + 1].error * mesh->levels[level + 1].error < allowed_squared)
    level++;
  return level;
}

/* The share of the light that the endless plane leaves for points above it. It depends on the light's height, so it is
 * the same for all of them. count: how many planes were added. */
KERNEL void add_dark_plane(shadow_light *light, const myr_drawable *plane, int32_t drawable, int32_t *count) {
  scalar height = 0;
  for (int i = 0; i < 3; i++)
    height += plane->rotation[3 * i + 2] * (light->light[i] - (light->directional ? 0 : plane->position[i]));
  scalar radius = light->radius > HARD_EDGE ? light->radius : HARD_EDGE;
  real share = disk_share(splat(height), splat(0.5f / radius));
  if (lane_get(&share, 0) >= 1) return;
  light->plane[*count] = drawable;
  light->plane_share[(*count)++] = lane_get(&share, 0);
}

KERNEL void begin_shadow_light(shadows *s, shadow_light *out, const myr_light *light) {
  const myr_frame *frame = s->frame;
  out->directional = light->kind == MYR_LIGHT_DIRECTIONAL;
  out->radius = light->radius;
  int32_t planes = 0;
  for (int i = 0; i < 3; i++) out->light[i] = out->directional ? -light->direction[i] : light->position[i];
  for (int d = 0; d < frame->drawable_count; d++) {
    const myr_drawable *drawable = &frame->drawables[d];
    if (is_endless_plane(drawable)) {
      add_dark_plane(out, drawable, d, &planes);
      continue;
    }
    scalar from[3];
    for (int i = 0; i < 3; i++) from[i] = out->directional ? out->light[i] : out->light[i] - drawable->position[i];
    turn_into_frame(drawable->rotation, from, &out->local[3 * d]);
  }
  out->plane_count = planes;
}

/* viewpoint: of the view, m; pixel_angle: rad */
KERNEL void list_casters(shadows *s, const myr_frame *frame, const scalar viewpoint[3], scalar pixel_angle) {
  s->frame = frame;
  s->casters.count = 0;
  for (int i = 0; i < s->words && LANE_OWNS_ITEM_0(); i++) s->casting[i] = s->convex[i] = 0;
  for (int d = 0; d < frame->drawable_count; d++) {
    const myr_drawable *drawable = &frame->drawables[d];
    if (is_endless_plane(drawable)) continue;
    add_caster(s, drawable, d);
    if (drawable->shape != MYR_SHAPE_MESH) continue;
    scalar squared = 0;
    for (int i = 0; i < 3; i++) {
      scalar apart = drawable->position[i] - viewpoint[i];
      squared += apart * apart;
    }
    s->level[d] = caster_level(&frame->meshes[drawable->mesh], squared, pixel_angle);
  }
  enclose_casters(&s->casters);
  SYNC();
}

/* The lanes whose light some caster of the list could hide, judged by the sphere around all of them. This is wider than
 * the bound of passes_bound for any single one. */
KERNEL mask passes_casters(const caster_list *list, vec3 position, vec3 direction, real length, real spread) {
  real radius = splat(list->around.radius);
  vec3 from = v3_sub(v3_splat(list->around.center), position);
  real t = v3_dot(from, direction);
  vec3 off = v3_madd(direction, -t, from);
  real reach = fmadd(splat(2) * spread, fmadd(splat(2), radius, maximum(t, zero())), radius);
  reach = fmadd(reach, splat(1.001f), splat(1e-4f));
  real end = reach + radius;
  return lt(v3_dot(off, off), reach * reach) & lt(-end, t) & lt(t - end, length);
}

#endif
