/* Reads the looks of files and scenes. */
#include "sim/appearance.h"

#include <stdlib.h>

#include "sim/mujoco/appearance.h"
#include "sim/scene.h"

myr_status myr_appearance_read(const myr_scene *scene, const myr_model *model, myr_appearance **appearance,
                               myr_error *error) {
  *appearance = NULL;
  import_part *parts;
  myr_status status = scene_read(scene, &parts, error);
  if (status) return status;
  status = appearance_join(parts, scene->entity_count, scene_first_file(parts, scene->entity_count), model, appearance,
                           error);
  scene_release(parts, scene->entity_count);
  return status;
}

myr_status myr_appearance_load(const char *path, const myr_model *model, myr_appearance **appearance,
                               myr_error *error) {
  *appearance = NULL;
  import_part part = {0};
  myr_status status = scene_read_file(path, &(myr_urdf_choices){0}, &part, NULL, error);
  if (!status) status = appearance_join(&part, 1, part.mujoco, model, appearance, error);
  scene_release_file(&part);
  return status;
}

/* ------------------------------------------------------------------------------------------------ freeing */
static void free_meshes(myr_visual_mesh *meshes, int count) {
  for (int i = 0; meshes && i < count; i++) {
    free(meshes[i].name);
    free(meshes[i].positions);
    free(meshes[i].normals);
    free(meshes[i].uv);
    free(meshes[i].triangles);
    free(meshes[i].triangle_normals);
    free(meshes[i].triangle_uv);
  }
  free(meshes);
}

static void free_textures(myr_visual_texture *textures, int count) {
  for (int i = 0; textures && i < count; i++) {
    free(textures[i].name);
    free(textures[i].pixels);
  }
  free(textures);
}

/* Frees an array of elements that own only their name. */
#define FREE_NAMED(elements, count)                                           \
  do {                                                                        \
    for (int i = 0; (elements) && i < (count); i++) free((elements)[i].name); \
    free(elements);                                                           \
  } while (0)

void myr_appearance_free(myr_appearance *appearance) {
  if (!appearance) return;
  free_meshes(appearance->meshes, appearance->mesh_count);
  free_textures(appearance->textures, appearance->texture_count);
  FREE_NAMED(appearance->visuals, appearance->visual_count);
  FREE_NAMED(appearance->materials, appearance->material_count);
  FREE_NAMED(appearance->lights, appearance->light_count);
  FREE_NAMED(appearance->cameras, appearance->camera_count);
  FREE_NAMED(appearance->sites, appearance->site_count);
  free(appearance);
}
