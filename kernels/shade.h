/* From what a pixel sees to its colour.
 *
 * The order of calls: shade_begin_view for every view; shade_begin_region before the fragments of a region of pixels,
 * where shade_needs_regions; shade_fragment and shade_background for blocks of pixels; encode_srgb on what they give.
 *
 * Values are linear. Whatever is uniform (a surface without highlights, patterns or shadows that are off, a light that
 * no lane faces) is skipped by decisions that hold for a whole drawable or leave the skipped lanes' values as they are:
 * a pixel's colour depends on nothing but the pixel. */
#ifndef MYR_SHADE_H
#define MYR_SHADE_H

#include "kernels/elementary.h"
#include "kernels/shade_light.h"
#include "kernels/shade_pattern.h"
#include "kernels/shade_shadow.h"

typedef struct shading {
  const myr_frame *frame;
  const myr_view *view;
  surroundings surroundings;
  shadows shadows;
  scalar sharpness;      /* a sample's footprint in pixels */
  scalar pixel_angle;    /* rad, in the middle of the view */
  scalar exposure;
} shading;

#define SHADING_HEAD_BYTES ((sizeof(shading) + 63) & ~(size_t)63)

/* Of the memory at whose beginning a `shading` lies, aligned to 64. */
static inline size_t shading_bytes(int drawables, int lights) {
  return SHADING_HEAD_BYTES + shadows_bytes(drawables, lights);
}

/* ------------------------------------------------------------------------------------------------ views and regions */

/* The mean colour of a cube map's face: its last level, one texel. */
KERNEL void face_color(const myr_texture *texture, int face, scalar out[3]) {
  uint32_t texel = texture->texels[face * texture->face_stride + texture->level_offset[texture->levels - 1]];
  vec3 color = decode_texel(isplat((int32_t)texel));
  out[0] = lane_get(&color.x, 0);
  out[1] = lane_get(&color.y, 0);
  out[2] = lane_get(&color.z, 0);
}

/* What lights surfaces from around: the environment's gradient, or of a cube map the means of its faces. */
KERNEL void begin_surroundings(surroundings *s, const myr_environment *e, const myr_texture *textures, int patterns) {
  for (int i = 0; i < 3; i++) {
    s->zenith[i] = e->zenith[i];
    s->horizon[i] = e->horizon[i];
    s->ground[i] = e->ground[i];
  }
  if (patterns && e->sky_texture >= 0) { /* faces 2 and 3, +y and -y, are overhead and below: sky_map_direction */
    const myr_texture *map = &textures[e->sky_texture];
    scalar side[4][3];
    face_color(map, 2, s->zenith);
    face_color(map, 3, s->ground);
    face_color(map, 0, side[0]);
    face_color(map, 1, side[1]);
    face_color(map, 4, side[2]);
    face_color(map, 5, side[3]);
    for (int i = 0; i < 3; i++) s->horizon[i] = 0.25f * ((side[0][i] + side[1][i]) + (side[2][i] + side[3][i]));
  }
  surroundings_light(s, e->ambient, e->sky_light);
}

/* s: the beginning of shading_bytes of the frame's drawables and lights, or more */
STAGE void shade_begin_view(shading *s, const myr_frame *frame, const myr_view *view) {
  s->frame = frame;
  s->view = view;
  s->sharpness = view->samples >= 16 ? 0.25f : view->samples >= 4 ? 0.5f : 1.0f;
  s->pixel_angle = view->projection == MYR_BEAMS ? 0 : 1 / view->focal[0];
  s->exposure = frame->environment->exposure;
  begin_surroundings(&s->surroundings, frame->environment, frame->textures, view->patterns);
  place_shadows(&s->shadows, frame->drawable_count, frame->light_count, (char *)s + SHADING_HEAD_BYTES);
  if (view->shadows) begin_shadows(&s->shadows, frame, view->position, s->pixel_angle);
}

/* Whether there are shadows at all. */
KERNEL int shade_needs_regions(const shading *s) {
  if (!s->view->shadows) return 0;
  for (int i = 0; i < s->frame->light_count; i++)
    if (s->frame->lights[i].shadows) return 1;
  return 0;
}

/* The sphere (m, world) holds every point that will be shaded until the next call. */
STAGE void shade_begin_region(shading *s, const float center[3], float radius) {
  sphere lit;
  for (int i = 0; i < 3; i++) lit.center[i] = center[i];
  lit.radius = radius;
  begin_shadow_region(&s->shadows, &lit);
}

/* ------------------------------------------------------------------------------------------------ fragments */

/* The share of light that fog lets through. */
KERNEL real fog_transmission(scalar density, real distance) { return lane_exp(splat(-density) * distance); }

/* One light on the lanes of a drawable; adds to sum. points: NULL until a light that casts shadows needs it. */
KERNEL void add_light(const shading *s, int index, const finish *surface, const fragment *f, vec3 view,
                      const lit_points *points, received *sum) {
  const myr_light *light = &s->frame->lights[index];
  light_sample from = sample_light(light, f->position);
  real nl = v3_dot(f->normal, from.direction);
  mask lit = f->on & lt(zero(), nl) & lt(zero(), from.strength);
  if (!any_lane(lit)) return;
  real strength = from.strength;
  if (points && light->shadows)
    strength = strength * visible_share(&s->shadows, index, points, from.direction, from.length, from.spread, lit);
  /* 0 where unlit: a sum must not depend on whether the lanes beside made this light count */
  received sum_with = *sum;
  receive(&sum_with, surface, light->color, f->normal, view, from.direction, nl, strength);
  sum->diffuse = v3_choose(lit, sum_with.diffuse, sum->diffuse);
  if (!surface->shiny) return;
  sum->facing = v3_choose(lit, sum_with.facing, sum->facing);
  sum->grazing = v3_choose(lit, sum_with.grazing, sum->grazing);
}

/* The linear colour of the lanes of `f` that are on, all of one drawable: fog included, exposure not. */
KERNEL vec3 shade_fragment(const shading *s, int drawable, const fragment *f) {
  const myr_surface *surface = &s->frame->surfaces[s->frame->drawables[drawable].surface];
  const myr_environment *environment = s->frame->environment;
  vec3 color = base_color(s->frame->textures, surface, f, s->view->patterns, s->sharpness);
  const finish look = finish_of(surface);
  vec3 view = look.shiny ? v3_scale(f->ray, splat(-1) / f->ray_length) : v3_zero();
  real distance = f->depth * f->ray_length;

  lit_points points;
  int shadowed = s->view->shadows;
  if (shadowed) {
    points.position = f->position;
    points.normal = f->normal;
    points.viewer_distance = distance;
    points.drawable = drawable;
    points.around = sphere_of_lanes(f->position, f->on);
  }
  received sum = received_nothing();
  for (int i = 0; i < s->frame->light_count; i++)
    add_light(s, i, &look, f, view, shadowed ? &points : (const lit_points *)0, &sum);

  vec3 radiance = reflect_received(&sum, &look, color);
  radiance = v3_add(radiance, reflect_surroundings(&s->surroundings, &look, color, f->normal, view));
  if (surface->emission > 0) radiance = v3_madd(color, splat(surface->emission), radiance);
  if (environment->fog_density > 0)
    radiance = v3_mix(v3_splat(environment->fog_color), radiance, fog_transmission(environment->fog_density, distance));
  return radiance;
}

/* Fog before the sky is taken to reach up to this height, m: then it is thick towards the horizon, thin overhead. */
#define FOG_HEIGHT 100.0f

/* The linear colour seen in a direction (world, unit) in which there is nothing: the sky. */
STAGE vec3 shade_background(const shading *s, vec3 direction) {
  const myr_environment *environment = s->frame->environment;
  vec3 color;
  if (s->view->patterns && environment->sky_texture >= 0) {
    color = sample_cube(&s->frame->textures[environment->sky_texture], sky_map_direction(direction),
                        splat(s->pixel_angle * s->sharpness));
  } else {
    color = sky_gradient(&s->surroundings, direction.z, splat(HORIZON_SOFTNESS));
  }
  if (environment->fog_density > 0) {
    const real level = splat(1e-6f); /* this low, and below the horizon, fog is all there is */
    real distance = splat(FOG_HEIGHT) / maximum(direction.z, level);
    real through = fog_transmission(environment->fog_density, distance);
    color = v3_mix(v3_splat(environment->fog_color), color, choose(lt(level, direction.z), through, zero()));
  }
  return color;
}

/* sRGB bytes of a linear colour, red, green and blue. */
KERNEL void encode_srgb(const shading *s, vec3 linear, integer out[3]) {
  real exposure = splat(s->exposure);
  out[0] = encode_srgb_channel(linear.x * exposure);
  out[1] = encode_srgb_channel(linear.y * exposure);
  out[2] = encode_srgb_channel(linear.z * exposure);
}

/* What a LiDAR gets back: the luminance of the base colour times the cosine of incidence. */
STAGE real shade_intensity(const shading *s, int drawable, const fragment *f) {
  const myr_surface *surface = &s->frame->surfaces[s->frame->drawables[drawable].surface];
  vec3 color = base_color(s->frame->textures, surface, f, s->view->patterns, 1.0f);
  real cosine = absolute(v3_dot(f->normal, f->ray)) / f->ray_length;
  return luminance(color) * minimum(cosine, splat(1));
}

#endif
