#include "dataset/run_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether two entities read one file in one way. */
static bool is_same(const myr_entity *one, const myr_entity *other) {
  return one->path && !strcmp(one->path, other->path) && one->urdf.floating == other->urdf.floating &&
         one->urdf.collision_meshes == other->urdf.collision_meshes;
}

static int first_with_file(const myr_scene *scene, int entity) {
  for (int i = 0; i < entity; i++)
    if (is_same(&scene->entities[i], &scene->entities[entity])) return i;
  return entity;
}

static myr_status read_entity(const myr_scene *scene, int entity, const atomic_int *stop, entity_source *source,
                              myr_error *error) {
  const myr_entity *read = &scene->entities[entity];
  source->same_as = entity;
  if (!read->path) return MYR_OK;
  if (asprintf(&source->attribute, "%s_model_xml", read->name) < 0) {
    source->attribute = NULL;
    return myr_fail(error, MYR_ERROR, "too little memory to describe the models");
  }
  source->same_as = first_with_file(scene, entity);
  return source->same_as < entity ? MYR_OK : myr_source_load(read, stop, &source->source, error);
}

myr_status run_sources_create(const myr_plan_info *info, const atomic_int *stop, entity_source **out,
                              myr_error *error) {
  entity_source *sources = *out = calloc((size_t)info->entity_count + 1, sizeof *sources);
  if (!sources) return myr_fail(error, MYR_ERROR, "too little memory to describe the models");
  myr_status status = MYR_OK;
  for (int i = 0; i < info->entity_count && !status; i++)
    status = read_entity(info->scene, i, stop, &sources[i], error);
  return status;
}

void run_sources_free(const myr_plan_info *info, entity_source *sources) {
  for (int i = 0; sources && i < info->entity_count; i++) {
    free(sources[i].attribute);
    myr_source_free(&sources[i].source);
  }
  free(sources);
}
