/* The share of a light that the shapes in its way leave. Shadow rays meet the exact shapes (shade_occlusion.h) that
 * remain after culling (shade_caster.h).
 *
 * Several shapes are combined as if they hid independent parts of the light: the shares that they leave are multiplied.
 * The true hidden share lies between the largest single one (one shape behind the other) and the sum (side by side). */
#ifndef MYR_SHADE_SHADOW_H
#define MYR_SHADE_SHADOW_H

#include "kernels/raster/raster_mesh_ray.h"
#include "kernels/raster/shade_caster_map.h"

/* The lit points: the lanes of a block. */
typedef struct lit_points {
  vec3 position, normal; /* world */
  real viewer_distance;  /* m */
  integer drawable;
} lit_points;

/* The way from lit points to a light. */
typedef struct light_path {
  vec3 direction;      /* unit, towards the light */
  real length, spread; /* light_sample */
  map_place place;
  mask in_reach;   /* the lanes from which any caster could hide the light */
  integer casters; /* bits of casters_of_word, of all words together */
  real visible;    /* share that endless planes leave */
} light_path;

/* A mesh may shadow itself, and its facets stand out from the surface that they approximate. Rays against meshes
 * therefore start off the surface, by a share of the distance to the viewer, which is the error of depths, and by the
 * level's error. */
#define MESH_BIAS_PER_METRE 5e-4f

/* v in the frame of the rotation: transpose(rotation) v */
KERNEL vec3 into_frame(const scalar rotation[9], vec3 v) {
  const scalar *r = rotation;
  return v3(fmadd(splat(r[6]), v.z, fmadd(splat(r[3]), v.y, splat(r[0]) * v.x)),
            fmadd(splat(r[7]), v.z, fmadd(splat(r[4]), v.y, splat(r[1]) * v.x)),
            fmadd(splat(r[8]), v.z, fmadd(splat(r[5]), v.y, splat(r[2]) * v.x)));
}

/* One hard ray meets a mesh; for a light with a size four rays do, one to each of four points of its disk (Vogel's
 * spiral: equal areas, turned by the golden angle). */
enum { MESH_SAMPLES = 4 };
KERNEL real hidden_by_mesh(const light_ray *ray, const myr_mesh *mesh, int32_t level, mask near) {
  static const scalar disk[MESH_SAMPLES][2] = {{0.3535534f, 0.0f},        /* sqrt((i + 1/2) / 4), */
                                               {-0.4515444f, 0.4136516f}, /* i times 2.399963 rad */
                                               {0.0691161f, -0.7875424f},
                                               {0.5691424f, 0.7423455f}};
  if (!(ray->radius > HARD_EDGE))
    return mask_to_real(mesh_shadow(mesh, level, ray->origin, ray->direction, ray->length, near) & near);
  /* Two axes across the ray (Duff et al., "Building an orthonormal basis, revisited", 2017) */
  vec3 l = ray->direction;
  real sign = choose(lt(l.z, zero()), splat(-1), splat(1));
  real a = splat(-1) / (sign + l.z), b = l.x * l.y * a;
  vec3 right = v3(fmadd(sign * l.x * l.x, a, splat(1)), sign * b, -sign * l.x);
  vec3 up = v3(b, fmadd(l.y * l.y, a, sign), -l.y);
  real hidden = zero();
  for (int i = 0; i < MESH_SAMPLES; i++) {
    vec3 aim = v3_madd(right, ray->spread * splat(disk[i][0]), v3_madd(up, ray->spread * splat(disk[i][1]), l));
    vec3 direction = v3_scale(aim, splat(1) / v3_length(aim));
    mask hit = mesh_shadow(mesh, level, ray->origin, direction, ray->length, near) & near;
    hidden = hidden + choose(hit, splat(1.0f / MESH_SAMPLES), zero());
  }
  return hidden;
}

/* For shapes that rays meet in the shape's own frame. */
STAGE real hidden_in_frame(const shadows *s, const shadow_light *light, int32_t caster, const lit_points *lit,
                           vec3 direction, real length, real spread, mask needed) {
  const myr_drawable *d = &s->frame->drawables[caster];
  const bounding_capsule *bound = &s->bounds[caster];
  vec3 from = v3_sub(lit->position, v3_splat(d->position));
  light_ray ray;
  ray.origin = into_frame(d->rotation, from);
  ray.light = v3_splat(&light->local[3 * caster]);
  ray.directional = light->directional;
  ray.radius = light->radius;
  ray.length = length;
  ray.spread = spread;
  ray.direction = light->directional ? ray.light : into_frame(d->rotation, direction);
  switch (d->shape) {
  case MYR_GEOM_ELLIPSOID: return hidden_by_ellipsoid(&ray, d->size, bound, needed);
  case MYR_GEOM_CYLINDER: return hidden_by_cylinder(&ray, d->size[0], d->size[1], bound, needed);
  case MYR_GEOM_BOX: return hidden_by_box(&ray, d->size, bound, needed);
  case MYR_GEOM_PLANE: {
    scalar sheet[3];
    plane_extents(d, sheet);
    return hidden_by_box(&ray, sheet, bound, needed);
  }
  default: {
    mask near = passes_bound(&ray, bound) & needed;
    if (!any_lane(near)) return zero();
    const myr_mesh *mesh = &s->frame->meshes[d->mesh];
    real bias = fmadd(lit->viewer_distance, splat(MESH_BIAS_PER_METRE), splat(mesh->levels[s->level[caster]].error));
    ray.origin = v3_madd(into_frame(d->rotation, lit->normal), bias, ray.origin);
    return hidden_by_mesh(&ray, mesh, s->level[caster], near);
  }
  }
}

/* The share of the light that the caster hides. direction, length and spread: of the light as the lit points see it. */
KERNEL real hidden_by_caster(const shadows *s, const shadow_light *light, int32_t caster, const lit_points *lit,
                             vec3 direction, real length, real spread, mask needed) {
  const myr_drawable *d = &s->frame->drawables[caster];
  if (d->shape != MYR_GEOM_SPHERE && d->shape != MYR_GEOM_CAPSULE)
    return hidden_in_frame(s, light, caster, lit, direction, length, spread, needed);
  vec3 from = v3_sub(lit->position, v3_splat(d->position));
  if (d->shape == MYR_GEOM_SPHERE) return hidden_by_sphere(from, direction, d->size[0], length, spread, needed);
  vec3 axis = v3(splat(d->rotation[2]), splat(d->rotation[5]), splat(d->rotation[8]));
  return hidden_by_capsule(from, direction, axis, d->size[0], d->size[1], length, spread, needed);
}

/* The share of the light that endless planes leave for the points above them. */
KERNEL real visible_over_planes(const shadows *s, const shadow_light *light, vec3 position) {
  real visible = splat(1);
  for (int i = 0; i < light->plane_count; i++) {
    const myr_drawable *plane = &s->frame->drawables[light->plane[i]];
    const scalar *r = plane->rotation;
    vec3 from = v3_sub(position, v3_splat(plane->position));
    real height = fmadd(splat(r[8]), from.z, fmadd(splat(r[5]), from.y, splat(r[2]) * from.x)); /* along its z */
    visible = choose(lt(zero(), height), visible * splat(light->plane_share[i]), visible);
  }
  return visible;
}

/* Looks up the casters that could hide light `index` from points of a drawable; own: bit_of(drawable). Returns whether
 * there are any. If not, path->visible is the share of the light that the lanes of `needed` see. */
KERNEL int find_casters(const shadows *s, int index, vec3 position, integer drawable, integer own,
                        const light_sample *from, mask needed, light_path *path) {
  const shadow_light *light = &s->lights[index];
  path->visible = visible_over_planes(s, light, position);
  if (s->casters.count == 0) return 0;
  path->direction = from->direction;
  path->length = from->length;
  path->spread = from->spread;
  path->place = place_in_map(light, position, from);
  path->in_reach = needed;
  if (any_lane(path->place.beyond & needed)) /* the bits of all casters, needed only without a map, because the map
                                              * costs more */
    path->in_reach = needed & (mask_not(path->place.beyond) |
                               passes_casters(&s->casters, position, from->direction, from->length, from->spread));
  path->casters = isplat(0);
  for (int word = 0; word < s->words; word++)
    path->casters = path->casters | casters_of_word(s, light, word, &path->place, drawable, own, path->in_reach);
  return any_lane(mask_not(ieq(path->casters, isplat(0))));
}

/* The share of light `index` that the lit points see past the casters, 0..1. Two of three casters that are found hide
 * nothing, because others hide the light already, or because they are not near. Testing the first case before each
 * caster, and the second before the penumbra (hidden_by_ball), saves 3 of the 18 us that shadows take in a humanoid's
 * view. */
STAGE real visible_share(const shadows *s, int index, const lit_points *lit, const light_path *path) {
  const shadow_light *light = &s->lights[index];
  const integer own = bit_of(lit->drawable);
  const vec3 direction = path->direction;
  const real length = path->length, spread = path->spread;
  real visible = path->visible;
  for (int word = 0; word < s->words; word++) {
    integer casters = path->casters;
    if (s->words > 1) casters = casters_of_word(s, light, word, &path->place, lit->drawable, own, path->in_reach);
    for (uint32_t bits = (uint32_t)union_of_lanes(casters); bits; bits &= bits - 1) {
      mask near = mask_not(ieq(casters & isplat((int32_t)(bits & -bits)), isplat(0))) & lt(zero(), visible);
      if (!any_lane(near)) continue;
      real hidden = hidden_by_caster(s, light, 32 * word + lowest_bit(bits), lit, direction, length, spread, near);
      visible = choose(near, visible * (splat(1) - hidden), visible);
    }
  }
  return visible;
}

#endif
