/* Makes, describes and frees a look. */
#include "render/color.h"
#include "render/look.h"
#include "kernels/far_out.h"
#include "kernels/model.h"

#include <stdlib.h>
#include <string.h>

#include "render/mesh.h"
#include "render/rigid.h"
#include "render/texture.h"

const myr_look_field_info myr_look_field_infos[MYR_LOOK_FIELD_COUNT] = {
#define LOOK(name, count, components, unit, doc) {#name, unit, doc, components, false},
#define LOOK_POSITION(name, count, doc) \
  {#name, "m", doc, 3, true},           \
      {#name "_rest", "m", "rest of the position, which its floats have lost far out", 3, false},
#include "render/look.def"
};

/* ------------------------------------------------------------------------------------------------ memory */
typedef struct look_block {
  struct look_block *next;
} look_block;

void *look_allocate(myr_look *look, size_t count, size_t size) {
  if (size && count > (SIZE_MAX - sizeof(look_block)) / size) return NULL;
  look_block *block = calloc(1, sizeof *block + count * size);
  if (!block) return NULL;
  block->next = look->blocks;
  look->blocks = block;
  return block + 1;
}

char *look_string(myr_look *look, const char *string) {
  size_t size = strlen(string) + 1;
  char *copy = look_allocate(look, size, 1);
  return copy ? memcpy(copy, string, size) : NULL;
}

void myr_look_free(myr_look *look) {
  if (!look) return;
  for (int i = 0; i < look->mesh_count; i++) mesh_free(&look->meshes[i]);
  for (int i = 0; i < look->bitmap_count; i++) texture_free(&look->bitmaps[i]);
  for (look_block *block = look->blocks, *next; block; block = next) {
    next = block->next;
    free(block);
  }
  free(look);
}

/* ------------------------------------------------------------------------------------------------ values */
static bool lay_out_values(myr_look *look) {
  const int visual_count = look->info.visual_count, material_count = look->info.material_count;
  const int texture_count = look->info.texture_count, light_count = look->info.light_count;
  const int camera_count = look->info.camera_count;
  int field = 0, total = 0;
#define LOOK(name, count, components, unit, doc) \
  look->info.offset[field++] = total;            \
  total += (count) * (components);
#include "render/look.def"
  look->info.value_count = total;
  look->info.defaults = look->defaults = look_allocate(look, (size_t)total, sizeof(float));
  return look->defaults != NULL;
}

void myr_look_set_position(const myr_look *look, float *values, enum myr_look_field field, int element,
                           const double position[3]) {
  float *at = look_value(look, values, field, element), *rest = look_value(look, values, field + 1, element);
  for (int k = 0; k < 3; k++) at[k] = (float)position[k], rest[k] = (float)myr_stated_rest(position[k]);
}

void myr_look_get_position(const myr_look *look, const float *values, enum myr_look_field field, int element,
                           double position[3]) {
  const look_point at = look_read_point(look, values, field, element);
  for (int k = 0; k < 3; k++) position[k] = (double)at.position[k] + (double)at.rest[k];
}

static void put_color(float value[3], const float *stated, const float fallback[3]) {
  memcpy(value, stated ? stated : fallback, 3 * sizeof(float));
}

/* ------------------------------------------------------------------------------------------------ environment */
/* A clear day; the ground has the colour that the eye expects below a floor's edge. */
static const float day_zenith[3] = {0.33f, 0.52f, 0.80f}, day_horizon[3] = {0.80f, 0.87f, 0.94f},
                   day_ground[3] = {0.42f, 0.41f, 0.40f}, fog_grey[3] = {0.80f, 0.85f, 0.90f};

/* The mean colour of some faces of a skybox, so that surfaces are lit as the picture suggests. */
static void mean_of_faces(const myr_visual_texture *sky, const int *faces, int count, float mean[3]) {
  size_t pixels = (size_t)sky->width * (size_t)sky->height, channels = (size_t)sky->channels;
  double sum[3] = {0, 0, 0};
  for (int f = 0; f < count; f++)
    for (size_t i = 0; i < pixels; i++)
      for (size_t k = 0; k < 3; k++)
        sum[k] += sky->pixels[((size_t)faces[f] * pixels + i) * channels + (channels < 3 ? 0 : k)];
  for (int k = 0; k < 3; k++) mean[k] = (float)(sum[k] / (255.0 * (double)count * (double)pixels));
}

/* MuJoCo's skyboxes have y up. */
static void sky_of_file(myr_look *look, const myr_visual_texture *sky) {
  static const int up[] = {2}, down[] = {3}, around[] = {0, 1, 4, 5};
  mean_of_faces(sky, up, 1, look_value(look, look->defaults, MYR_LOOK_sky_zenith, 0));
  mean_of_faces(sky, down, 1, look_value(look, look->defaults, MYR_LOOK_sky_ground, 0));
  mean_of_faces(sky, around, 4, look_value(look, look->defaults, MYR_LOOK_sky_horizon, 0));
}

static const myr_visual_texture *skybox(const myr_appearance *a) {
  for (int i = 0; i < a->texture_count; i++)
    if (a->textures[i].kind == MYR_TEXTURE_SKYBOX) return &a->textures[i];
  return NULL;
}

void look_fill_environment(myr_look *look, const look_sources *sources) {
  const myr_look_description *d = sources->description;
  const myr_appearance *a = sources->appearance;
  float *values = look->defaults;
  bool stated = d->sky_zenith || d->sky_horizon || d->sky_ground;
  if (stated) look->sky_bitmap = -1;
  put_color(look_value(look, values, MYR_LOOK_sky_zenith, 0), d->sky_zenith, day_zenith);
  put_color(look_value(look, values, MYR_LOOK_sky_horizon, 0), d->sky_horizon, day_horizon);
  put_color(look_value(look, values, MYR_LOOK_sky_ground, 0), d->sky_ground, day_ground);
  if (!stated && skybox(a)) sky_of_file(look, skybox(a));
  put_color(look_value(look, values, MYR_LOOK_fog_color, 0), d->fog_color, fog_grey);
  *look_value(look, values, MYR_LOOK_fog_density, 0) = d->fog_density ? *d->fog_density : 0;
  *look_value(look, values, MYR_LOOK_sky_light, 0) = d->sky_light ? *d->sky_light : 0.35f;
  *look_value(look, values, MYR_LOOK_exposure, 0) = d->exposure ? *d->exposure : 1;
  float *ambient = look_value(look, values, MYR_LOOK_ambient, 0);
  if (d->ambient) {
    memcpy(ambient, d->ambient, 3 * sizeof(float));
    return;
  }
  if (d->replace_lights) return;
  for (int k = 0; k < 3; k++) {
    if (a->headlight) ambient[k] += srgb_decode(a->headlight_ambient[k]);
    for (int i = 0; i < a->light_count; i++)
      if (a->lights[i].active) ambient[k] += srgb_decode(a->lights[i].ambient[k]);
  }
}

/* ------------------------------------------------------------------------------------------------ creation */
static bool allocate_elements(myr_look *look) {
  look->visuals = look_allocate(look, (size_t)look->info.visual_count, sizeof *look->visuals);
  look->materials = look_allocate(look, (size_t)look->info.material_count, sizeof *look->materials);
  look->textures = look_allocate(look, (size_t)look->info.texture_count, sizeof *look->textures);
  look->lights = look_allocate(look, (size_t)look->info.light_count, sizeof *look->lights);
  look->cameras = look_allocate(look, (size_t)look->info.camera_count, sizeof *look->cameras);
  return look->visuals && look->materials && look->textures && look->lights && look->cameras && lay_out_values(look);
}

static myr_status build(myr_look *look, const look_sources *sources, myr_error *error) {
  look->sky_bitmap = -1;
  look_count_visuals(look, sources);
  look_count_materials(look, sources);
  look_count_lights(look, sources);
  look_count_cameras(look, sources);
  if (!allocate_elements(look)) return myr_fail(error, MYR_ERROR, "out of memory");
  myr_status status = look_fill_materials(look, sources, error);
  if (!status) status = look_fill_visuals(look, sources, error);
  if (!status) status = look_fill_lights(look, sources, error);
  if (!status) look_fill_environment(look, sources);
  if (!status) status = look_fill_cameras(look, sources, error);
  return status;
}

myr_status myr_look_create(const myr_model *model, const myr_appearance *appearance,
                           const myr_look_description *description, myr_look **look, myr_error *error) {
  static const myr_look_description nothing;
  look_sources sources = {appearance, description ? description : &nothing};
  *look = NULL;
  myr_look *made = calloc(1, sizeof *made);
  if (!made) return myr_fail(error, MYR_ERROR, "out of memory");
  made->model = model;
  myr_status status = build(made, &sources, error);
  if (status) {
    myr_look_free(made);
    return status;
  }
  *look = made;
  return MYR_OK;
}

const myr_look_info *myr_look_describe(const myr_look *look) { return &look->info; }

int myr_look_find(const myr_look *look, enum myr_look_object kind, const char *name) {
  const myr_look_info *info = &look->info;
  const char *const *names = NULL;
  int count = 0;
  switch (kind) {
  case MYR_LOOK_VISUAL: names = info->visual_names, count = info->visual_count; break;
  case MYR_LOOK_MATERIAL: names = info->material_names, count = info->material_count; break;
  case MYR_LOOK_TEXTURE: names = info->texture_names, count = info->texture_count; break;
  case MYR_LOOK_LIGHT: names = info->light_names, count = info->light_count; break;
  case MYR_LOOK_CAMERA:
    for (int i = 0; i < info->camera_count; i++)
      if (strcmp(info->cameras[i].name, name) == 0) return i;
    return -1;
  }
  for (int i = 0; i < count; i++)
    if (names[i] && strcmp(names[i], name) == 0) return i;
  return -1;
}

myr_status look_check_body(const myr_look *look, int body, const char *kind, const char *name, myr_error *error) {
  if (body >= 0 && body < look->model->nbody) return MYR_OK;
  return myr_fail(error, MYR_INVALID, "%s \"%s\": body %d does not exist", kind, name, body);
}

void look_zero_poses(const myr_model *model, float *position, float *quaternion) {
  for (int i = 0; i < 3; i++) position[i] = 0;
  for (int i = 0; i < 4; i++) quaternion[i] = i == 0;
  for (int b = 1; b < model->nbody; b++) {
    int parent = model->body_parent[b];
    float local[3], turn[4], m[9], moved[3];
    for (int i = 0; i < 3; i++) local[i] = (float)model->body_pos[3 * b + i];
    for (int i = 0; i < 4; i++) turn[i] = (float)model->body_quat[4 * b + i];
    rotation_of_quaternion(quaternion + 4 * parent, m);
    rotate(m, local, moved);
    for (int i = 0; i < 3; i++) position[3 * b + i] = position[3 * parent + i] + moved[i];
    quaternion_multiply(quaternion + 4 * parent, turn, quaternion + 4 * b);
  }
}
