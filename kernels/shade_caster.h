/* Which shapes could cast shadows where: a view's casters are culled for a region of pixels, and the region's for a
 * block, a caster a lane.
 *
 * Culling is conservative, and a shape out of reach hides exactly 0 (passes_bound): it changes no bit of a result. */
#ifndef MYR_SHADE_CASTER_H
#define MYR_SHADE_CASTER_H

#include "kernels/shade_occlusion.h"

typedef struct sphere { scalar center[3], radius; } sphere;

/* Bounding capsules of shapes that cast shadows; padded to whole vectors. */
typedef struct caster_list {
  scalar *x, *y, *z;                 /* the centre */
  scalar *axis_x, *axis_y, *axis_z;  /* unit */
  scalar *half_length, *radius;
  int32_t *drawable;
  int32_t count;
  sphere around;                     /* holds all of them */
} caster_list;
enum { CASTER_ARRAYS = 9 };

/* A light as the casters of one view need it. */
typedef struct shadow_light {
  scalar light[3];        /* position; directional: unit, towards the light */
  scalar radius;          /* m; directional: the tangent of half its angle */
  int32_t directional;
  caster_list near;       /* the casters that could hide it from a point of the region */
  scalar *local;          /* (drawables, 3) `light` in each caster's frame */
  int32_t *plane;         /* endless planes that hide some of the light from all that is above them, */
  scalar *plane_share;    /* and the share that each leaves */
  int32_t plane_count;
} shadow_light;

typedef struct shadows {
  const myr_frame *frame;
  caster_list casters;    /* of the view */
  bounding_capsule *bounds; /* (drawables) */
  int32_t *level;         /* (drawables) of a mesh: the level of detail that casts */
  shadow_light *lights;   /* (lights) */
} shadows;

#define CASTER_PADDING 16 /* the widest vector */
#define CASTER_CAPACITY(drawables) (((drawables) + CASTER_PADDING - 1) / CASTER_PADDING * CASTER_PADDING)

/* ------------------------------------------------------------------------------------------------ memory */

/* Bytes of one array of `count` 4-byte values, rounded up so that the next is aligned for vectors. */
static inline size_t shadow_array_bytes(int count) { return ((size_t)count * 4 + 63) & ~(size_t)63; }
static inline size_t shadows_bytes(int drawables, int lights) {
  int capacity = CASTER_CAPACITY(drawables);
  size_t list = CASTER_ARRAYS * shadow_array_bytes(capacity);
  size_t light = list + shadow_array_bytes(3 * capacity) + 2 * shadow_array_bytes(capacity);
  size_t table = ((size_t)lights * sizeof(shadow_light) + 63) & ~(size_t)63;
  size_t bounds = ((size_t)capacity * sizeof(bounding_capsule) + 63) & ~(size_t)63;
  return list + bounds + shadow_array_bytes(capacity) + table + (size_t)lights * light;
}

KERNEL void *take_bytes(char **memory, size_t bytes) {
  void *block = *memory;
  *memory += (bytes + 63) & ~(size_t)63;
  return block;
}
KERNEL void place_caster_list(caster_list *list, int capacity, char **memory) {
  size_t bytes = (size_t)capacity * 4;
  scalar **arrays[8] = {&list->x,      &list->y,      &list->z,           &list->axis_x,
                        &list->axis_y, &list->axis_z, &list->half_length, &list->radius};
  for (int i = 0; i < 8; i++) *arrays[i] = (scalar *)take_bytes(memory, bytes);
  list->drawable = (int32_t *)take_bytes(memory, bytes);
  list->count = 0;
}
/* memory: shadows_bytes, aligned to 64. */
KERNEL void place_shadows(shadows *s, int drawables, int lights, char *memory) {
  int capacity = CASTER_CAPACITY(drawables);
  size_t bytes = (size_t)capacity * 4;
  place_caster_list(&s->casters, capacity, &memory);
  s->bounds = (bounding_capsule *)take_bytes(&memory, (size_t)capacity * sizeof(bounding_capsule));
  s->level = (int32_t *)take_bytes(&memory, bytes);
  s->lights = (shadow_light *)take_bytes(&memory, (size_t)lights * sizeof(shadow_light));
  for (int i = 0; i < lights; i++) {
    shadow_light *light = &s->lights[i];
    place_caster_list(&light->near, capacity, &memory);
    light->local = (scalar *)take_bytes(&memory, 3 * bytes);
    light->plane = (int32_t *)take_bytes(&memory, bytes);
    light->plane_share = (scalar *)take_bytes(&memory, bytes);
    light->plane_count = 0;
  }
}

/* ------------------------------------------------------------------------------------------------ once per view */

/* A plane counts as endless when it has no extent along either axis. Along one alone it is as good as endless. */
KERNEL int is_endless_plane(const myr_drawable *d) {
  return d->shape == MYR_GEOM_PLANE && !(d->size[0] > 0) && !(d->size[1] > 0);
}
#define ALONG_WITHOUT_END 1e6f

/* Along the longest axis of what is longer than wide, so that a limb does not count as the ball around it. */
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
  list->drawable[i] = drawable;
  s->bounds[drawable] = bound;
}

KERNEL void copy_caster(const caster_list *from, int i, caster_list *to) {
  int k = to->count++;
  to->x[k] = from->x[i];
  to->y[k] = from->y[i];
  to->z[k] = from->z[i];
  to->axis_x[k] = from->axis_x[i];
  to->axis_y[k] = from->axis_y[i];
  to->axis_z[k] = from->axis_z[i];
  to->half_length[k] = from->half_length[i];
  to->radius[k] = from->radius[i];
  to->drawable[k] = from->drawable[i];
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

/* What the endless plane leaves of the light for points above it: by the light's height, the same for all of them. */
KERNEL void add_dark_plane(shadow_light *light, const myr_drawable *plane, int32_t drawable) {
  scalar height = 0;
  for (int i = 0; i < 3; i++)
    height += plane->rotation[3 * i + 2] * (light->light[i] - (light->directional ? 0 : plane->position[i]));
  scalar radius = light->radius > HARD_EDGE ? light->radius : HARD_EDGE;
  real share = disk_share(splat(height), splat(0.5f / radius));
  if (lane_get(&share, 0) >= 1) return;
  light->plane[light->plane_count] = drawable;
  light->plane_share[light->plane_count++] = lane_get(&share, 0);
}

KERNEL void begin_shadow_light(shadows *s, shadow_light *out, const myr_light *light) {
  const myr_frame *frame = s->frame;
  out->directional = light->kind == MYR_LIGHT_DIRECTIONAL;
  out->radius = light->radius;
  out->plane_count = 0;
  for (int i = 0; i < 3; i++) out->light[i] = out->directional ? -light->direction[i] : light->position[i];
  for (int d = 0; d < frame->drawable_count; d++) {
    const myr_drawable *drawable = &frame->drawables[d];
    if (is_endless_plane(drawable)) {
      add_dark_plane(out, drawable, d);
      continue;
    }
    scalar from[3];
    for (int i = 0; i < 3; i++) from[i] = out->directional ? out->light[i] : out->light[i] - drawable->position[i];
    turn_into_frame(drawable->rotation, from, &out->local[3 * d]);
  }
}

/* viewpoint: of the view, m; pixel_angle: rad */
KERNEL void begin_shadows(shadows *s, const myr_frame *frame, const scalar viewpoint[3], scalar pixel_angle) {
  s->frame = frame;
  s->casters.count = 0;
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
  for (int i = 0; i < frame->light_count; i++)
    if (frame->lights[i].shadows) begin_shadow_light(s, &s->lights[i], &frame->lights[i]);
}

/* ------------------------------------------------------------------------------------------------ culling */

/* Where a light stands for a whole sphere of lit points. */
typedef struct sphere_light {
  scalar center[3], radius;
  scalar direction[3];   /* unit, from the sphere's centre to the light */
  scalar length;         /* to the light */
  scalar spread;         /* at most, seen from any point of the sphere */
  scalar divergence;     /* 1/m: 1 over the least distance to the light; 0 for a directional light */
  int everything;        /* the light touches the sphere: no caster can be left out */
} sphere_light;

KERNEL sphere_light light_of_sphere(const shadow_light *light, const sphere *lit) {
  sphere_light s;
  s.radius = lit->radius;
  s.everything = 0;
  s.length = NO_END;
  s.spread = light->radius;
  s.divergence = 0;
  scalar squared = 0;
  for (int i = 0; i < 3; i++) {
    s.center[i] = lit->center[i];
    s.direction[i] = light->directional ? light->light[i] : light->light[i] - lit->center[i];
    squared += s.direction[i] * s.direction[i];
  }
  if (light->directional) return s;
  real distance = square_root(splat(squared));
  s.length = lane_get(&distance, 0);
  scalar nearest = s.length - s.radius;
  s.everything = nearest <= light->radius || nearest <= 1e-3f * s.length;
  if (s.everything) return s;
  s.divergence = 1 / nearest;
  scalar inverse = 1 / s.length;
  s.spread = light->radius * s.divergence;
  for (int i = 0; i < 3; i++) s.direction[i] *= inverse;
  return s;
}

/* The casters [start, start + LANES) of the list, a lane each, that could hide some of the light from a point of the
 * sphere. Seen along the ray from its centre, a caster's capsule lies in a disk and in a strip: about its centre, half
 * its length and its radius wide, and along its axis, as wide as it. The rays from the sphere's other points run within
 * `apart` of that one, also as far behind the point and beyond the light as a caster may reach. A caster hides nothing
 * beyond two cone radii of its capsule. */
KERNEL unsigned casters_that_may_hide(const sphere_light *s, const caster_list *list, int start) {
  mask inside = ilt(lane_index() + isplat(start), isplat(list->count));
  if (s->everything) return mask_bits(inside);
  const real half = splat(0.5f), one = splat(1);
  vec3 from = v3(load_reals(list->x + start) - splat(s->center[0]), load_reals(list->y + start) - splat(s->center[1]),
                 load_reals(list->z + start) - splat(s->center[2]));
  vec3 axis = v3(load_reals(list->axis_x + start), load_reals(list->axis_y + start), load_reals(list->axis_z + start));
  real half_length = load_reals(list->half_length + start), radius = load_reals(list->radius + start);
  vec3 direction = v3_splat(s->direction);
  real t = v3_dot(from, direction), cosine = v3_dot(axis, direction);
  vec3 off = v3_madd(direction, -t, from);
  real off_squared = v3_dot(off, off), off_axis = v3_dot(off, axis), sine_squared = fnmadd(cosine, cosine, one);
  real size = half_length + radius, sizes = size + splat(s->radius);
  real apart = splat(s->radius) * fmadd(sizes, splat(s->divergence), one);
  real cone_radius = splat(s->spread) * (maximum(t, zero()) + (size + sizes));
  real reach = fmadd(splat(2), cone_radius, radius + apart);
  reach = fmadd(reach, splat(1.001f), splat(1e-4f)); /* more than all rounding, here and there */
  real disk = fmadd(half_length, fmadd(half, sine_squared, half), reach); /* sqrt(x) <= (1 + x) / 2 */
  /* |off x axis|^2 <= reach^2 sin^2, both sides across the ray */
  real across = fnmadd(off_axis, off_axis, off_squared * sine_squared);
  real strip = fmadd(reach * reach, maximum(sine_squared, zero()), splat(1e-5f) * off_squared);
  return mask_bits(inside & le(off_squared, disk * disk) & le(across, strip) & le(-(reach + size), t) &
                   le(t - (reach + size), splat(s->length)));
}

/* Keeps, of all casters of the view, those that could matter to some point of the sphere. */
KERNEL void gather_casters(const caster_list *all, shadow_light *light, const sphere *lit) {
  sphere_light s = light_of_sphere(light, lit);
  light->near.count = 0;
  for (int start = 0; start < all->count; start += LANES)
    for (unsigned bits = casters_that_may_hide(&s, all, start); bits; bits &= bits - 1)
      copy_caster(all, start + lowest_bit(bits), &light->near);
  if (light->near.count == all->count) light->near.around = all->around;
  else enclose_casters(&light->near);
}

KERNEL void begin_shadow_region(shadows *s, const sphere *lit) {
  for (int i = 0; i < s->frame->light_count; i++)
    if (s->frame->lights[i].shadows) gather_casters(&s->casters, &s->lights[i], lit);
}

/* The lanes whose light some caster of the list could hide, by the sphere around all of them: wider than what
 * passes_bound makes of any single one. */
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

/* A sphere around the lanes that are on, of which there is one: about the middle between the first and the last. */
KERNEL sphere sphere_of_lanes(vec3 position, mask on) {
  sphere s;
  unsigned bits = mask_bits(on);
  int first = lowest_bit(bits), last = highest_bit(bits);
  s.center[0] = 0.5f * (lane_get(&position.x, first) + lane_get(&position.x, last));
  s.center[1] = 0.5f * (lane_get(&position.y, first) + lane_get(&position.y, last));
  s.center[2] = 0.5f * (lane_get(&position.z, first) + lane_get(&position.z, last));
  vec3 apart = v3_sub(position, v3_splat(s.center));
  real radius = square_root(splat(largest_lane(choose(on, v3_dot(apart, apart), zero()))));
  s.radius = lane_get(&radius, 0) * 1.0001f;
  return s;
}

#endif
