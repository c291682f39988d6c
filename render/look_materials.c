/* Textures and materials: first those of files, then the scenario's. */
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "render/look.h"
#include "render/picture.h"
#include "render/texture.h"
#include "sim/deterministic_math.h"

void look_count_materials(myr_look *look, const look_sources *sources) {
  look->info.texture_count = sources->appearance->texture_count + sources->description->texture_count;
  look->info.material_count = sources->appearance->material_count + sources->description->material_count;
}

/* ------------------------------------------------------------------------------------------------ textures */
/* If the picture shows a formula, draws it as that formula; otherwise returns false. */
static bool add_formula(myr_look *look, const texture_source *source, int i) {
  texture_formula formula = texture_recognize(source);
  if (formula.pattern == MYR_PATTERN_BITMAP) return false;
  memcpy(look_value(look, look->defaults, MYR_LOOK_texture_color, i), formula.color, sizeof formula.color);
  memcpy(look_value(look, look->defaults, MYR_LOOK_texture_color2, i), formula.color2, sizeof formula.color2);
  look->textures[i] = (look_texture){.pattern = formula.pattern,
                                     .cube = formula.pattern == MYR_PATTERN_CROSS,
                                     .bitmap = -1,
                                     .period = 2,
                                     .line = 1.0f / (float)source->width};
  return true;
}

static myr_status add_bitmap(myr_look *look, const texture_source *source, int i, const char *name, myr_error *error) {
  myr_status status = texture_build(source, &look->bitmaps[look->bitmap_count], error);
  if (status) {
    char message[sizeof error->message];
    memcpy(message, error->message, sizeof message);
    return myr_fail(error, status, "texture \"%s\": %s", name, message);
  }
  look->textures[i] = (look_texture){
      .pattern = MYR_PATTERN_BITMAP, .cube = source->faces == 6, .bitmap = look->bitmap_count++, .period = 1};
  return MYR_OK;
}

static myr_status add_file(myr_look *look, const myr_texture_description *d, int i, myr_error *error) {
  myr_bitmap bitmap;
  myr_status status = myr_png_read(d->file, &bitmap, error);
  if (status) return status;
  texture_source source = {.pixels = bitmap.pixels,
                           .width = bitmap.width,
                           .height = bitmap.height,
                           .channels = bitmap.channels,
                           .faces = 1,
                           .srgb = true};
  status = add_formula(look, &source, i) ? MYR_OK : add_bitmap(look, &source, i, d->name, error);
  free(bitmap.pixels);
  return status;
}

/* A sky is always drawn as a bitmap, even if it shows a formula. */
static myr_status add_file_texture(myr_look *look, const myr_visual_texture *t, int i, const char *name,
                                   myr_error *error) {
  texture_source source = {.pixels = t->pixels,
                           .width = t->width,
                           .height = t->height,
                           .channels = t->channels,
                           .faces = t->kind == MYR_TEXTURE_PLANE ? 1 : 6,
                           .srgb = true};
  bool sky = t->kind == MYR_TEXTURE_SKYBOX;
  if (!sky && add_formula(look, &source, i)) return MYR_OK;
  myr_status status = add_bitmap(look, &source, i, name, error);
  if (!status && sky && look->sky_bitmap < 0) look->sky_bitmap = look->textures[i].bitmap;
  return status;
}

static myr_status fill_texture(myr_look *look, const look_sources *sources, int i, const char **name,
                               myr_error *error) {
  int from_files = sources->appearance->texture_count;
  if (i < from_files) {
    const myr_visual_texture *t = &sources->appearance->textures[i];
    *name = t->name ? t->name : "";
    return add_file_texture(look, t, i, *name, error);
  }
  const myr_texture_description *d = &sources->description->textures[i - from_files];
  *name = d->name;
  if (d->file) return add_file(look, d, i, error);
  look->textures[i] = (look_texture){.pattern = d->pattern, .bitmap = -1, .period = 1};
  memcpy(look_value(look, look->defaults, MYR_LOOK_texture_color, i), d->color, sizeof d->color);
  memcpy(look_value(look, look->defaults, MYR_LOOK_texture_color2, i), d->color2, sizeof d->color2);
  return MYR_OK;
}

static myr_status fill_textures(myr_look *look, const look_sources *sources, myr_error *error) {
  int count = look->info.texture_count;
  const char **names = look_allocate(look, (size_t)count, sizeof *names);
  look->bitmaps = look_allocate(look, (size_t)count, sizeof *look->bitmaps);
  if (!names || !look->bitmaps) return myr_fail(error, MYR_ERROR, "out of memory");
  look->info.texture_names = names;
  for (int i = 0; i < count; i++) {
    const char *name = "";
    myr_status status = fill_texture(look, sources, i, &name, error);
    if (status) return status;
    names[i] = look_string(look, name);
    if (!names[i]) return myr_fail(error, MYR_ERROR, "out of memory");
  }
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ materials */
/* The roughness. If the file states none, it gives the highlight the width that follows from the file's shininess.
 * MuJoCo's renderer uses the exponent 128 shininess, and a Blinn-Phong lobe of exponent n resembles the GGX alpha
 * sqrt(2 / (n + 2)). */
static float roughness_of(const myr_visual_material *m) {
  if (m->roughness >= 0) return m->roughness;
  double alpha = portable_sqrt(2 / (128.0 * m->shininess + 2));
  return (float)portable_sqrt(alpha);
}

/* The reflectance at normal incidence of a specular level of 1 (Burley, "Physically based shading at Disney", 2012). */
static const float full_specular = 0.08f;

static void fill_file_material(myr_look *look, int i, const myr_visual_material *m) {
  float *values = look->defaults;
  memcpy(look_value(look, values, MYR_LOOK_material_color, i), m->color, 3 * sizeof(float));
  *look_value(look, values, MYR_LOOK_material_metallic, i) = m->metallic > 0 ? m->metallic : 0;
  *look_value(look, values, MYR_LOOK_material_roughness, i) = roughness_of(m);
  *look_value(look, values, MYR_LOOK_material_reflectance, i) = full_specular * m->specular;
  *look_value(look, values, MYR_LOOK_material_emission, i) = m->emission;
  *look_value(look, values, MYR_LOOK_material_texture, i) = (float)m->texture;
  memcpy(look_value(look, values, MYR_LOOK_material_repeat, i), m->repeat, 2 * sizeof(float));
  look->materials[i].of_file = true;
  look->materials[i].uniform = m->uniform;
  look->materials[i].mapping = MYR_MAPPING_UV; /* a mesh's own coordinates; other shapes have none and take the plane */
}

static myr_status fill_described_material(myr_look *look, int i, const myr_material_description *m, myr_error *error) {
  float *values = look->defaults;
  int texture = m->texture ? myr_look_find(look, MYR_LOOK_TEXTURE, m->texture) : -1;
  if (m->texture && texture < 0)
    return myr_fail(error, MYR_INVALID, "material \"%s\": there is no texture \"%s\"", m->name, m->texture);
  memcpy(look_value(look, values, MYR_LOOK_material_color, i), m->color, 3 * sizeof(float));
  *look_value(look, values, MYR_LOOK_material_metallic, i) = m->metallic;
  *look_value(look, values, MYR_LOOK_material_roughness, i) = m->roughness;
  *look_value(look, values, MYR_LOOK_material_reflectance, i) = m->reflectance;
  *look_value(look, values, MYR_LOOK_material_emission, i) = m->emission;
  *look_value(look, values, MYR_LOOK_material_texture, i) = (float)texture;
  memcpy(look_value(look, values, MYR_LOOK_material_repeat, i), m->repeat, 2 * sizeof(float));
  look->materials[i].mapping = m->mapping;
  return MYR_OK;
}

myr_status look_fill_materials(myr_look *look, const look_sources *sources, myr_error *error) {
  myr_status status = fill_textures(look, sources, error);
  if (status) return status;
  int count = look->info.material_count, from_files = sources->appearance->material_count;
  const char **names = look_allocate(look, (size_t)count, sizeof *names);
  if (!names) return myr_fail(error, MYR_ERROR, "out of memory");
  look->info.material_names = names;
  for (int i = 0; i < count && !status; i++) {
    const char *name;
    if (i < from_files) {
      name = sources->appearance->materials[i].name;
      fill_file_material(look, i, &sources->appearance->materials[i]);
    } else {
      name = sources->description->materials[i - from_files].name;
      status = fill_described_material(look, i, &sources->description->materials[i - from_files], error);
    }
    names[i] = look_string(look, name ? name : "");
    if (!names[i] && !status) status = myr_fail(error, MYR_ERROR, "out of memory");
  }
  return status;
}
