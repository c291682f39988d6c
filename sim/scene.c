/* Makes models from files and scenes. */
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "sim/mujoco/finite.h"
#include "sim/mujoco/import.h"
#include "sim/mujoco/model_source.h"
#include "sim/child/read.h"
#include "sim/mujoco/supported.h"
#include "sim/options.h"
#include "sim/scene.h"

/* Gives the findings from number `first` on their model, in the order of its lines. */
static void finish_findings(myr_findings *findings, int first, const char *path) {
  for (int i = first; i < findings->count; i++) findings->items[i].model = path;
  findings_sort(findings, first);
}

myr_status scene_read_file(const char *path, const myr_urdf_choices *choices, import_part *part, myr_findings *findings,
                           myr_error *error) {
  myr_findings own = {0};
  if (!findings) findings = &own;
  part->path = path;
  int first = findings->count;
  part->source = calloc(1, sizeof *part->source);
  myr_status status = part->source ? child_read(path, choices, &part->mujoco, part->source, findings, error)
                                   : myr_fail(error, MYR_ERROR, "out of memory for %s", path);
  if (!status) finite_check(part->mujoco, part->source, findings);
  if (!status) supported_check(part->mujoco, part->source, findings);
  finish_findings(findings, first, path);
  if (!status) status = findings_status(findings, first, error);
  myr_findings_free(&own);
  return status;
}

void scene_release_file(import_part *part) {
  if (part->borrowed) return;
  if (part->mujoco) mj_deleteModel(part->mujoco);
  if (part->source) model_source_free(part->source);
  free(part->source);
}

myr_status myr_model_check(const char *path, myr_model **model, myr_findings *findings, myr_error *error) {
  *model = NULL;
  import_part part = {0};
  myr_status status = scene_read_file(path, &(myr_urdf_choices){0}, &part, findings, error);
  myr_options options;
  options_read(part.mujoco, &options);
  if (!status) status = import_join(&part, 1, &options, model, error);
  if (findings) finish_findings(findings, 0, path);
  if (findings && status == MYR_INVALID) findings_status(findings, 0, error); /* with the number of all */
  scene_release_file(&part);
  return status;
}

myr_status myr_model_load(const char *path, myr_model **model, myr_error *error) {
  return myr_model_check(path, model, NULL, error);
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

static myr_status read_entity(const myr_entity *entity, import_part *part, myr_findings *findings, myr_error *error) {
  part->prefix = entity->name;
  memcpy(part->friction, entity->friction, sizeof part->friction);
  if (!entity->path) return MYR_OK;
  myr_error reason = {0};
  myr_status status = scene_read_file(entity->path, &entity->urdf, part, findings, &reason);
  if (status) return myr_fail(error, status, "entity \"%s\": %.900s", entity->name, reason.message);
  return MYR_OK;
}

/* Reads the file of every entity, and goes on after a fault; the status is that of the first. */
static myr_status read_entities(const myr_scene *scene, import_part *parts, myr_findings *findings, myr_error *errors) {
  myr_status first = MYR_OK;
  for (int i = 0; i < scene->entity_count; i++) {
    myr_status status = read_entity(&scene->entities[i], &parts[i], findings, &errors[i]);
    if (!first) first = status;
  }
  return first;
}

struct myr_scene_files {
  int count;
  import_part parts[];
};

myr_status myr_scene_open(const myr_scene *scene, myr_scene_files **files, myr_findings *findings, myr_error *errors) {
  *files = NULL;
  myr_scene_files *opened = calloc(1, sizeof *opened + ((size_t)scene->entity_count + 1) * sizeof *opened->parts);
  if (!opened) return myr_fail(errors, MYR_ERROR, "out of memory for a scene of %d entities", scene->entity_count);
  opened->count = scene->entity_count;
  myr_status status = read_entities(scene, opened->parts, findings, errors);
  if (status)
    myr_scene_close(opened);
  else
    *files = opened;
  return status;
}

void myr_scene_close(myr_scene_files *files) {
  for (int i = 0; files && i < files->count; i++) scene_release_file(&files->parts[i]);
  free(files);
}

static void borrow_entity(const myr_entity *entity, const import_part *from, import_part *part) {
  *part = *from;
  part->borrowed = true;
  part->prefix = entity->name;
  memcpy(part->friction, entity->friction, sizeof part->friction);
}

myr_status scene_read(const myr_scene *scene, import_part **parts, myr_error *error) {
  *parts = NULL;
  myr_status status = check_names(scene, error);
  if (status) return status;
  import_part *read = calloc((size_t)scene->entity_count + 1, sizeof *read);
  if (!read) return myr_fail(error, MYR_ERROR, "out of memory for a scene of %d entities", scene->entity_count);
  for (int i = 0; i < scene->entity_count && !status; i++) {
    if (scene->files)
      borrow_entity(&scene->entities[i], &scene->files->parts[i], &read[i]);
    else
      status = read_entity(&scene->entities[i], &read[i], NULL, error);
  }
  if (status)
    scene_release(read, scene->entity_count);
  else
    *parts = read;
  return status;
}

void scene_release(import_part *parts, int count) {
  if (!parts) return;
  for (int i = 0; i < count; i++) scene_release_file(&parts[i]);
  free(parts);
}

const mjModel *scene_first_file(const import_part *parts, int count) {
  for (int i = 0; i < count; i++)
    if (parts[i].mujoco) return parts[i].mujoco;
  return NULL;
}

myr_status myr_scene_options(const myr_scene *scene, myr_options *options, myr_option_conflict *conflicts,
                             int *conflict_count, myr_error *error) {
  import_part *parts;
  myr_status status = scene_read(scene, &parts, error);
  if (status) return status;
  myr_option_conflict unread[MYR_OPTION_CONFLICTS];
  int count = options_join(scene, parts, options, conflicts ? conflicts : unread);
  if (conflicts) *conflict_count = count;
  scene_release(parts, scene->entity_count);
  return MYR_OK;
}

/* Fails for the first conflict that acts on bodies. */
static myr_status refuse_conflicts(const myr_scene *scene, const myr_option_conflict *conflicts, int count,
                                   myr_error *error) {
  for (int i = 0; i < count; i++) {
    const myr_option_conflict *c = &conflicts[i];
    if (c->seen) continue;
    return myr_fail(error, MYR_INVALID,
                    "entities \"%s\" and \"%s\" disagree on %s: %s and %s; let the scene state which holds",
                    scene->entities[c->entities[0]].name, scene->entities[c->entities[1]].name, c->name, c->values[0],
                    c->values[1]);
  }
  return MYR_OK;
}

/* A file's features that its own options switch off, and the scene's do not. */
static myr_status check_enabled(const myr_scene *scene, const import_part *parts, const myr_options *options,
                                myr_error *error) {
  if (options->disable & MYR_DISABLE_EQUALITY) return MYR_OK;
  myr_findings own = {0}, *findings = scene->findings ? scene->findings : &own;
  int first = findings->count;
  for (int i = 0; i < scene->entity_count; i++)
    if (parts[i].mujoco) supported_equalities(parts[i].mujoco, parts[i].source, findings);
  myr_status status = findings_status(findings, first, error);
  myr_findings_free(&own);
  return status;
}

myr_status myr_scene_build(const myr_scene *scene, myr_model **model, myr_error *error) {
  *model = NULL;
  import_part *parts;
  myr_status status = scene_read(scene, &parts, error);
  if (status) return status;
  myr_options options;
  myr_option_conflict conflicts[MYR_OPTION_CONFLICTS];
  status = refuse_conflicts(scene, conflicts, options_join(scene, parts, &options, conflicts), error);
  if (!status) status = check_enabled(scene, parts, &options, error);
  if (!status) status = import_join(parts, scene->entity_count, &options, model, error);
  scene_release(parts, scene->entity_count);
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
