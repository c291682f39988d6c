/* Makes one world's values ready to draw. */
#include <string.h>

#include "render/color.h"
#include "render/look.h"
#include "render/rigid.h"

size_t myr_look_world_bytes(const myr_look *look) {
  size_t bytes = world_surfaces_offset() + (size_t)look->info.visual_count * sizeof(myr_surface) +
                 ((size_t)look->info.value_count + 3 * (size_t)look->info.light_count) * sizeof(float);
  return myr_whole_cache_lines(bytes);
}

static void decode(const float encoded[3], float linear[3]) {
  for (int k = 0; k < 3; k++) linear[k] = srgb_decode(encoded[k]);
}

static float unit(float x) { return x > 0 ? x < 1 ? x : 1 : 0; }

/* A value that is an index; -1 when it is out of range. */
static int index_of(float value, int count) { return value >= 0 && value < (float)count ? (int)value : -1; }

/* The surface of a visual without material: matt plastic, and grey if the visual has no colour either. */
static const myr_surface plain = {
    .color = {0.214f, 0.214f, 0.214f}, .roughness = 0.6f, .reflectance = 0.04f, .scale = {1, 1}, .texture = -1};

/* Maps a texture by MuJoCo's rules for its files. On a mesh it uses the mesh's own coordinates. Otherwise it maps from
 * -1 to 1 over the object or, if the mapping is uniform or the object infinite, over 2 m, with the first row of the
 * bitmap at the largest y. */
static void map_file_texture(const float *repeat, const float *size, bool uniform, myr_surface *surface) {
  for (int k = 0; k < 2; k++) {
    float half = !uniform && size[k] > 0 ? size[k] : 1;
    float sign = k == 0 ? 1.0f : -1.0f;
    surface->scale[k] = surface->mapping == MYR_MAPPING_UV ? 1 : sign * 0.5f * repeat[k] / half;
    surface->offset[k] = surface->mapping == MYR_MAPPING_UV ? 0 : -0.5f;
  }
}

/* Primitives have no coordinates of their own, so a mapping by coordinates becomes the plane of the local x and y. */
static void map_texture(const myr_look *look, const float *values, int visual, int material, myr_surface *surface) {
  const look_texture *texture = &look->textures[surface->texture];
  const look_material *how = &look->materials[material];
  const float *repeat = look_read(look, values, MYR_LOOK_material_repeat, material);
  const myr_mesh *mesh = look->visuals[visual].mesh >= 0 ? &look->meshes[look->visuals[visual].mesh] : NULL;
  surface->mapping = texture->cube ? MYR_MAPPING_CUBE : how->mapping;
  if (surface->mapping == MYR_MAPPING_UV && !(mesh && mesh->uv)) surface->mapping = MYR_MAPPING_PLANE;
  memcpy(surface->scale, repeat, sizeof surface->scale);
  if (how->of_file)
    map_file_texture(repeat, look_read(look, values, MYR_LOOK_visual_size, visual), how->uniform, surface);
  for (int k = 0; k < 2; k++) {
    surface->scale[k] *= (float)texture->period;
    surface->offset[k] *= (float)texture->period;
  }
  if (texture->pattern == MYR_PATTERN_CROSS) surface->scale[0] = texture->line;
  surface->pattern = texture->pattern;
  surface->texture = texture->bitmap;
}

static void resolve_surface(const myr_look *look, const float *values, int visual, myr_surface *surface) {
  const float *color = look_read(look, values, MYR_LOOK_visual_color, visual);
  int material = index_of(*look_read(look, values, MYR_LOOK_visual_material, visual), look->info.material_count);
  *surface = plain;
  if (material >= 0) {
    decode(look_read(look, values, MYR_LOOK_material_color, material), surface->color);
    surface->metallic = unit(*look_read(look, values, MYR_LOOK_material_metallic, material));
    surface->roughness = unit(*look_read(look, values, MYR_LOOK_material_roughness, material));
    surface->reflectance = unit(*look_read(look, values, MYR_LOOK_material_reflectance, material));
    surface->emission = *look_read(look, values, MYR_LOOK_material_emission, material);
    surface->texture =
        index_of(*look_read(look, values, MYR_LOOK_material_texture, material), look->info.texture_count);
  }
  if (color[0] >= 0) decode(color, surface->color);
  if (surface->texture < 0) return;
  const int texture = surface->texture;
  map_texture(look, values, visual, material, surface);
  if (surface->pattern == MYR_PATTERN_BITMAP) return;
  /* A procedural texture's colours are tinted like a bitmap's. */
  float tint[3];
  memcpy(tint, surface->color, sizeof tint);
  decode(look_read(look, values, MYR_LOOK_texture_color, texture), surface->color);
  decode(look_read(look, values, MYR_LOOK_texture_color2, texture), surface->color2);
  for (int k = 0; k < 3; k++) surface->color[k] *= tint[k], surface->color2[k] *= tint[k];
}

static void resolve_environment(const myr_look *look, const float *values, myr_environment *environment) {
  *environment = (myr_environment){.sky_texture = look->sky_bitmap};
  decode(look_read(look, values, MYR_LOOK_sky_zenith, 0), environment->zenith);
  decode(look_read(look, values, MYR_LOOK_sky_horizon, 0), environment->horizon);
  decode(look_read(look, values, MYR_LOOK_sky_ground, 0), environment->ground);
  decode(look_read(look, values, MYR_LOOK_fog_color, 0), environment->fog_color);
  memcpy(environment->ambient, look_read(look, values, MYR_LOOK_ambient, 0), sizeof environment->ambient);
  environment->sky_light = unit(*look_read(look, values, MYR_LOOK_sky_light, 0));
  environment->fog_density = *look_read(look, values, MYR_LOOK_fog_density, 0);
  environment->exposure = *look_read(look, values, MYR_LOOK_exposure, 0);
}

static void resolve_light(const myr_look *look, const float *values, int i, float color[3]) {
  float intensity = *look_read(look, values, MYR_LOOK_light_intensity, i);
  decode(look_read(look, values, MYR_LOOK_light_color, i), color);
  for (int k = 0; k < 3; k++) color[k] *= intensity;
}

void myr_look_resolve(const myr_look *look, const float *values, myr_world_look *world) {
  resolve_environment(look, values, &world->environment);
  myr_surface *surfaces = (myr_surface *)world_surfaces(world);
  for (int i = 0; i < look->info.visual_count; i++) resolve_surface(look, values, i, &surfaces[i]);
  float *colors = (float *)world_light_colors(look, world);
  for (int i = 0; i < look->info.light_count; i++) resolve_light(look, values, i, colors + 3 * i);
  memcpy((float *)world_values(look, world), values, (size_t)look->info.value_count * sizeof(float));
}
