/* Makes models from files and scenes. */
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "sim/mujoco/import.h"
#include "sim/mujoco/reader.h"
#include "sim/mujoco/supported.h"
#include "sim/scene.h"

myr_status scene_read_file(const char *path, import_part *part, myr_error *error) {
  part->path = path;
  myr_status status = reader_load(path, &part->mujoco, error);
  return status ? status : supported_check(part->mujoco, path, error);
}

myr_status myr_model_load(const char *path, myr_model **model, myr_error *error) {
  *model = NULL;
  import_part part = {0};
  myr_status status = scene_read_file(path, &part, error);
  if (!status) status = import_join(&part, 1, part.mujoco, NULL, NULL, model, error);
  mj_deleteModel(part.mujoco);
  return status;
}

/* ------------------------------------------------------------------------------------------------ scenes */
static myr_status check_names(const myr_scene *scene, myr_error *error) {
  for (int i = 0; i < scene->entity_count; i++) {
    const char *name = scene->entities[i].name;
    if (!name || !name[0]) return myr_fail(error, MYR_INVALID, "entity %d of the scene has no name", i);
    for (int j = 0; j < i; j++)
      if (!strcmp(name, scene->entities[j].name))
        return myr_fail(error, MYR_INVALID, "entity \"%s\": two entities have this name; rename one", name);
  }
  return MYR_OK;
}

static myr_status read_entity(const myr_entity *entity, import_part *part, myr_error *error) {
  part->prefix = entity->name;
  memcpy(part->friction, entity->friction, sizeof part->friction);
  if (!entity->path) return MYR_OK;
  myr_error reason = {0};
  myr_status status = scene_read_file(entity->path, part, &reason);
  if (status) return myr_fail(error, status, "entity \"%s\": %.900s", entity->name, reason.message);
  return MYR_OK;
}

myr_status scene_read(const myr_scene *scene, import_part **parts, myr_error *error) {
  *parts = NULL;
  myr_status status = check_names(scene, error);
  if (status) return status;
  import_part *read = calloc((size_t)scene->entity_count + 1, sizeof *read);
  if (!read) return myr_fail(error, MYR_ERROR, "out of memory for a scene of %d entities", scene->entity_count);
  for (int i = 0; i < scene->entity_count && !status; i++) status = read_entity(&scene->entities[i], &read[i], error);
  if (status)
    scene_release(read, scene->entity_count);
  else
    *parts = read;
  return status;
}

void scene_release(import_part *parts, int count) {
  if (!parts) return;
  for (int i = 0; i < count; i++)
    if (parts[i].mujoco) mj_deleteModel(parts[i].mujoco);
  free(parts);
}

const mjModel *scene_first_file(const import_part *parts, int count) {
  for (int i = 0; i < count; i++)
    if (parts[i].mujoco) return parts[i].mujoco;
  return NULL;
}

myr_status myr_scene_build(const myr_scene *scene, myr_model **model, myr_error *error) {
  *model = NULL;
  int count = scene->entity_count;
  import_part *parts;
  myr_status status = scene_read(scene, &parts, error);
  if (status) return status;
  status = import_join(parts, count, scene_first_file(parts, count), scene->timestep, scene->gravity, model, error);
  scene_release(parts, count);
  return status;
}

/* ------------------------------------------------------------------------------------------------ names */
int myr_model_find(const myr_model *model, int element, const char *name) {
  char *const *names = myr_model_names(model, element);
  int count = names && name && name[0] ? myr_model_size(model, element) : 0;
  for (int i = 0; i < count; i++)
    if (names[i] && !strcmp(names[i], name)) return i;
  return -1;
}
