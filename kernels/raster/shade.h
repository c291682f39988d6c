/* The colour of a pixel, computed from the surface that it sees.
 *
 * The order of calls: shade_begin_view for every view; for a block shade_begin_block with the first drawable it sees,
 * shade_gather with each further one, and shade_look_up, or shade_begin_plane where all of it is one mapped plane; then
 * shade_block; shade_background for the sky; encode_srgb on the resulting colours.
 *
 * A block goes through all these steps at once. We tried to take many blocks through one step after the other, for all
 * light and for the shadows alone. It is no faster: the stored intermediates cost as much as the shorter loops save.
 *
 * Values are linear. Uniform cases (a surface without highlights, patterns or shadows that are off, a light that no
 * lane faces) are skipped. Each such decision either holds for a whole drawable or does not change the values of the
 * skipped lanes, so a pixel's colour depends only on the pixel. */
#ifndef MYR_SHADE_H
#define MYR_SHADE_H

#include "kernels/lane/elementary.h"
#include "kernels/memory.h"
#include "kernels/raster/shade_light.h"
#include "kernels/raster/shade_pattern.h"
#include "kernels/raster/shade_shadow.h"

typedef struct shading {
  const myr_frame *frame;
  const myr_view *view;
  surroundings around;
  shadows shadow;
  view_light *lights;     /* (lights) */
  view_surface *surfaces; /* (drawables) */
  view_plane *planes;     /* (drawables) */
  scalar sharpness;       /* a sample's footprint in pixels */
  scalar pixel_angle;     /* rad, in the middle of the view */
  scalar exposure;
  int32_t measures; /* fog, or meshes that cast shadows, need distances to the viewer */
} shading;

/* Of the tables that a `shading` points to. */
static inline size_t shading_bytes(int drawables, int lights) {
  return myr_whole_cache_lines((size_t)lights * sizeof(view_light)) +
         myr_whole_cache_lines((size_t)drawables * sizeof(view_surface)) +
         myr_whole_cache_lines((size_t)drawables * sizeof(view_plane)) + shadows_bytes(drawables, lights);
}

/* ------------------------------------------------------------------------------------------------ views */

/* The mean colour of a cube map's face: its last level, one texel. */
KERNEL void face_color(const myr_texture *texture, int face, scalar out[3]) {
  uint32_t texel = texture->texels[face * texture->face_stride + texture->level_offset[texture->levels - 1]];
  vec3 color = decode_texel(isplat((int32_t)texel));
  out[0] = lane_get(&color.x, 0);
  out[1] = lane_get(&color.y, 0);
  out[2] = lane_get(&color.z, 0);
}

/* The light from around: the environment's gradient, or the means of a cube map's faces. */
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

KERNEL int measures_distances(const myr_frame *frame, const myr_view *view) {
  int meshes = 0;
  for (int i = 0; i < frame->drawable_count; i++) meshes |= frame->drawables[i].shape == MYR_SHAPE_MESH;
  return frame->environment->fog_density > 0 || (view->shadows && meshes);
}

/* tables: shading_bytes of the frame's drawables and lights, or more, aligned to 64 */
STAGE void shade_begin_view(shading *s, void *tables, const myr_frame *frame, const myr_view *view) {
  char *memory = (char *)tables;
  s->frame = frame;
  s->view = view;
  s->sharpness = view->samples >= 16 ? 0.25f : view->samples >= 4 ? 0.5f : 1.0f;
  s->pixel_angle = view->projection == MYR_BEAMS ? 0 : 1 / view->focal[0];
  s->exposure = frame->environment->exposure;
  s->measures = measures_distances(frame, view);
  begin_surroundings(&s->around, frame->environment, frame->textures, view->patterns);
  s->lights = (view_light *)myr_take_cache_lines(&memory, (size_t)frame->light_count * sizeof(view_light));
  s->surfaces = (view_surface *)myr_take_cache_lines(&memory, (size_t)frame->drawable_count * sizeof(view_surface));
  s->planes = (view_plane *)myr_take_cache_lines(&memory, (size_t)frame->drawable_count * sizeof(view_plane));
  for (int i = 0; i < frame->light_count; i++) prepare_light(&frame->lights[i], &s->lights[i]);
  for (int i = 0; i < frame->drawable_count; i++) {
    const myr_drawable *drawable = &frame->drawables[i];
    const myr_surface *surface = &frame->surfaces[drawable->surface];
    prepare_surface(surface, view, &s->surfaces[i]);
    prepare_plane(view, drawable, surface, frame->textures, s->sharpness, &s->planes[i]);
  }
  place_shadows(&s->shadow, frame->drawable_count, frame->light_count, memory);
  if (view->shadows) begin_shadows(&s->shadow, frame, view->position, s->pixel_angle);
}

/* ------------------------------------------------------------------------------------------------ fragments */

/* The share of light that passes the fog. */
KERNEL real fog_transmission(scalar density, real distance) { return lane_exp(splat(-density) * distance); }

/* The surfaces that the pixels of a block see. They are gathered drawable by drawable and lit all at once. Lanes that
 * are off hold values that mean nothing but are finite. */
typedef struct lit_block {
  mask on;
  vec3 position; /* world */
  vec3 view;     /* unit, towards the viewer */
  real distance; /* m, to the viewer */
  vec3 normal;   /* world, unit */
  integer drawable;
  material made_of;
  vec3 glow; /* the light that surfaces emit themselves */
  int glows;
  cube_lookup lookup; /* the diffuse colour must still be multiplied by this */
} lit_block;

/* `features` is a constant where these functions are called: the features that the views drawn with them may have.
 * Leaving out the others saves most of the code and of the registers. */
enum { SHADE_SHADOWS = 1, SHADE_PATTERNS = 2, SHADE_HIGHLIGHTS = 4 };
#define SHADE_EVERYTHING (SHADE_SHADOWS | SHADE_PATTERNS | SHADE_HIGHLIGHTS)

/* The features of a view. */
KERNEL int shade_features(const myr_view *view) {
  return (view->shadows ? SHADE_SHADOWS : 0) | (view->patterns ? SHADE_PATTERNS : 0) |
         (view->highlights ? SHADE_HIGHLIGHTS : 0);
}

/* The drawable's plane map, or NULL where it has none. */
KERNEL const view_plane *mapped_plane(const shading *s, int drawable) {
  const view_plane *plane = &s->planes[drawable];
  return plane->mapped ? plane : NULL;
}

/* Whether the drawable is a plane for shade_begin_plane. */
KERNEL int shade_is_mapped(const shading *s, int drawable, int features) {
  return features & SHADE_PATTERNS && s->planes[drawable].mapped;
}
/* Whether the fragments of a drawable need their place in its own frame. */
KERNEL int shade_needs_local(const shading *s, int drawable, int features) {
  return features & SHADE_PATTERNS && !s->planes[drawable].mapped;
}

KERNEL vec3 surface_color(const shading *s, int drawable, const fragment *f, int features) {
  return base_color(s->frame->textures, &s->surfaces[drawable], mapped_plane(s, drawable), f, features & SHADE_PATTERNS,
                    s->sharpness);
}

/* The cube map that is looked up for all drawables of a block at once. NULL: the surface has none, or more than diffuse
 * light needs its colour. */
KERNEL const myr_texture *map_of_surface(const shading *s, int drawable, int features) {
  if (!(features & SHADE_PATTERNS) || s->surfaces[drawable].pattern != MYR_PATTERN_BITMAP) return NULL;
  const myr_surface *surface = s->surfaces[drawable].surface;
  const myr_texture *texture = &s->frame->textures[surface->texture];
  return texture->faces == 6 && !(surface->metallic > 0) && !(surface->emission > 0) ? texture : NULL;
}

/* The colour of a drawable of the block, without the factor that will be looked up in the block's cube map. */
KERNEL vec3 color_in_block(const shading *s, int drawable, const fragment *f, int features, lit_block *b) {
  const myr_texture *map = map_of_surface(s, drawable, features);
  if (!map || (b->lookup.map && b->lookup.map != map)) return surface_color(s, drawable, f, features);
  add_lookup(&b->lookup, map, f);
  return v3_splat(s->surfaces[drawable].color);
}

/* Whether shading reads the length of rays. If not, `view` and `distance` of a block need not be right. */
KERNEL int shade_needs_length(const shading *s, int features) { return features & SHADE_HIGHLIGHTS || s->measures; }

/* Fills the whole block with its first drawable; `there` is its colour, without the factor that is looked up. */
KERNEL void begin_lit_block(const shading *s, int drawable, vec3 color, const fragment *f, vec3 view, real distance,
                            int features, lit_block *b) {
  const view_surface *surface = &s->surfaces[drawable];
  b->on = f->on;
  b->position = f->position;
  b->view = view;
  b->distance = distance;
  b->normal = f->normal;
  b->drawable = isplat(drawable);
  b->made_of = material_of(surface, color, features & SHADE_HIGHLIGHTS);
  b->glows = surface->emission > 0;
  b->glow = v3_scale(color, splat(surface->emission));
}

/* Begins a block with the first drawable that it sees; its values fill all lanes. */
KERNEL void shade_begin_block(const shading *s, int drawable, const fragment *f, vec3 view, real distance, int features,
                              lit_block *b) {
  b->lookup = no_lookup();
  vec3 color = color_in_block(s, drawable, f, features, b);
  begin_lit_block(s, drawable, color, f, view, distance, features, b);
}

/* The same for a plane whose pattern is mapped. f: as fragment_of_ray leaves it. */
KERNEL void shade_begin_plane(const shading *s, int drawable, const fragment *f, vec3 view, real distance, int features,
                              lit_block *b) {
  b->lookup = no_lookup();
  vec3 color =
      color_of_pattern(s->frame->textures, &s->surfaces[drawable], map_plane(&s->planes[drawable], f->ray, f->depth));
  begin_lit_block(s, drawable, color, f, view, distance, features, b);
}

/* Adds the lanes of `f` that are on; all of them see one further drawable. */
KERNEL void shade_gather(const shading *s, int drawable, const fragment *f, int features, lit_block *b) {
  const view_surface *surface = &s->surfaces[drawable];
  vec3 color = color_in_block(s, drawable, f, features, b);
  material own = material_of(surface, color, features & SHADE_HIGHLIGHTS);
  b->normal = v3_choose(f->on, f->normal, b->normal);
  b->made_of = material_choose(f->on, &own, &b->made_of);
  b->drawable = ichoose(f->on, isplat(drawable), b->drawable);
  b->on = b->on | f->on;
  b->glows |= surface->emission > 0;
  if (b->glows) b->glow = v3_choose(f->on, v3_scale(color, splat(surface->emission)), b->glow);
}

/* After the last drawable. */
KERNEL void shade_look_up(const shading *s, lit_block *b) {
  if (!b->lookup.map) return;
  vec3 diffuse = v3_multiply(b->made_of.diffuse, look_up(&b->lookup, s->sharpness));
  b->made_of.diffuse = v3_choose(b->lookup.on, diffuse, b->made_of.diffuse);
}

/* The share of light `index` that reaches the block's pixels past the shapes in its way. */
KERNEL real visible_from_block(const shading *s, int index, const lit_block *b, const light_path *path) {
  lit_points points;
  points.position = b->position;
  points.normal = b->normal;
  points.viewer_distance = b->distance;
  points.drawable = b->drawable;
  const light_path found = *path; /* a copy, so that only this call keeps it in memory, and not every search for
                                   * casters */
  return visible_share(&s->shadow, index, &points, &found);
}

/* One light on a block; adds to sum. own: bit_of(b->drawable). shadowed: whether shadows are drawn. */
KERNEL void add_light(const shading *s, int index, const lit_block *b, const lit_point *p, integer own, int shadowed,
                      received *sum) {
  const view_light *light = &s->lights[index];
  light_sample from = sample_light(light, b->position);
  real nl = v3_dot(b->normal, from.direction);
  mask lit = b->on & lt(zero(), nl) & lt(zero(), from.strength);
  if (!any_lane(lit)) return;
  real strength = from.strength;
  if (shadowed && light->shadows) {
    light_path path;
    if (find_casters(&s->shadow, index, b->position, b->drawable, own, &from, lit, &path))
      path.visible = visible_from_block(s, index, b, &path);
    strength = strength * path.visible;
  }
  /* an unlit lane adds 0, because its sum must not depend on whether a neighbouring lane is lit */
  receive(sum, &b->made_of, p, light->color, from.direction, nl, choose(lit, nl * strength, zero()));
}

/* The linear colour of a block's lanes that are on: fog included, exposure not. */
KERNEL vec3 shade_block(const shading *s, const lit_block *b, int features) {
  const myr_environment *environment = s->frame->environment;
  lit_point p;
  p.normal = b->normal;
  p.view = b->view;
  p.nv = maximum(v3_dot(b->normal, b->view), splat(LEAST_FACING));
  p.shiny = features & SHADE_HIGHLIGHTS && any_lane(b->made_of.shiny & b->on);
  const int shadowed = features & SHADE_SHADOWS && s->view->shadows;
  const integer own = bit_of(b->drawable);
  received sum = receive_surroundings(&s->around, &b->made_of, &p);
  for (int i = 0; i < s->frame->light_count; i++) add_light(s, i, b, &p, own, shadowed, &sum);
  vec3 radiance = v3_multiply(b->made_of.diffuse, sum.entering);
  if (p.shiny) radiance = v3_add(radiance, sum.mirrored);
  if (b->glows) radiance = v3_add(radiance, b->glow);
  if (environment->fog_density > 0)
    radiance =
        v3_mix(v3_splat(environment->fog_color), radiance, fog_transmission(environment->fog_density, b->distance));
  return radiance;
}

/* Fog in front of the sky reaches up to this height, m. It is therefore thick towards the horizon and thin overhead. */
#define FOG_HEIGHT 100.0f

/* The linear colour of the sky, in a direction (world, unit) where no surface is seen. */
STAGE vec3 shade_background(const shading *s, vec3 direction) {
  const myr_environment *environment = s->frame->environment;
  vec3 color;
  if (s->view->patterns && environment->sky_texture >= 0) {
    color = sample_cube(&s->frame->textures[environment->sky_texture], sky_map_direction(direction),
                        splat(s->pixel_angle * s->sharpness));
  } else {
    color = sky_gradient(&s->around, direction.z, splat(1 / HORIZON_SOFTNESS));
  }
  if (environment->fog_density > 0) {
    const real level = splat(1e-6f); /* from this low down to below the horizon only fog is seen */
    real distance = splat(FOG_HEIGHT) / maximum(direction.z, level);
    real through = fog_transmission(environment->fog_density, distance);
    color = v3_mix(v3_splat(environment->fog_color), color, choose(lt(level, direction.z), through, zero()));
  }
  return color;
}

/* sRGB bytes of a linear colour, red, green and blue. */
KERNEL void encode_srgb(vec3 linear, integer out[3]) {
  out[0] = encode_srgb_channel(linear.x);
  out[1] = encode_srgb_channel(linear.y);
  out[2] = encode_srgb_channel(linear.z);
}

/* The intensity that a LiDAR receives: the luminance of the base colour times the cosine of incidence. */
STAGE real shade_intensity(const shading *s, int drawable, const fragment *f) {
  vec3 color = base_color(s->frame->textures, &s->surfaces[drawable], NULL, f, 1, 1.0f);
  real cosine = absolute(v3_dot(f->normal, f->ray)) / f->ray_length;
  return luminance(color) * minimum(cosine, splat(1));
}

#endif
