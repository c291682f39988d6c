#include "sim/mujoco/appearance.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"

/* ------------------------------------------------------------------------------------------------ numbering */
static bool is_mesh(const mjModel *m, int geom) {
  /* A signed distance field is compiled with the mesh of its zero level. */
  return m->geom_type[geom] == mjGEOM_MESH || m->geom_type[geom] == mjGEOM_SDF;
}

static int *unused(int count) {
  int *numbers = malloc(((size_t)count + 1) * sizeof *numbers);
  for (int i = 0; numbers && i < count; i++) numbers[i] = -1;
  return numbers;
}

/* Gives the used ones, marked 0, their numbers. */
static void number(int *numbers, int count, int *next) {
  for (int i = 0; i < count; i++)
    if (numbers[i] >= 0) numbers[i] = (*next)++;
}

static void mark_used(appearance_part *part) {
  const mjModel *m = part->import->mujoco;
  for (int g = 0; g < m->ngeom; g++) {
    if (m->geom_matid[g] >= 0) part->material[m->geom_matid[g]] = 0;
    if (m->geom_dataid[g] < 0) continue;
    if (is_mesh(m, g)) part->mesh[m->geom_dataid[g]] = 0;
    if (m->geom_type[g] == mjGEOM_HFIELD) part->height_field[m->geom_dataid[g]] = 0;
  }
  for (int i = 0; i < m->nmat; i++) {
    int texture = mujoco_material_texture(m, i);
    if (part->material[i] >= 0 && texture >= 0) part->texture[texture] = 0;
  }
  for (int i = 0; i < m->ntex; i++)
    if (m->tex_type[i] == mjTEXTURE_SKYBOX) part->texture[i] = 0;
}

/* Numbers the part's elements after those of earlier parts. false: out of memory. */
static bool place_part(appearance_part *part, myr_appearance *appearance) {
  part->visual = appearance->visual_count;
  part->light = appearance->light_count;
  part->camera = appearance->camera_count;
  part->site = appearance->site_count;
  const mjModel *m = part->import->mujoco;
  if (!m) {
    appearance->visual_count++;
    return true;
  }
  part->mesh = unused(m->nmesh);
  part->height_field = unused(m->nhfield);
  part->texture = unused(m->ntex);
  part->material = unused(m->nmat);
  if (!part->mesh || !part->height_field || !part->texture || !part->material) return false;
  mark_used(part);
  number(part->mesh, m->nmesh, &appearance->mesh_count);
  number(part->height_field, m->nhfield, &appearance->mesh_count);
  number(part->texture, m->ntex, &appearance->texture_count);
  number(part->material, m->nmat, &appearance->material_count);
  appearance->visual_count += m->ngeom;
  appearance->light_count += m->nlight;
  appearance->camera_count += m->ncam;
  appearance->site_count += m->nsite;
  return true;
}

static void release(appearance_part *parts, int count) {
  for (int i = 0; parts && i < count; i++) {
    free(parts[i].mesh);
    free(parts[i].height_field);
    free(parts[i].texture);
    free(parts[i].material);
  }
  free(parts);
}

static bool allocate(myr_appearance *a) {
#define ALLOCATE(elements, count) ((a->elements = calloc((size_t)(count) + 1, sizeof *a->elements)) != NULL)
  return ALLOCATE(visuals, a->visual_count) && ALLOCATE(meshes, a->mesh_count) &&
         ALLOCATE(textures, a->texture_count) && ALLOCATE(materials, a->material_count) &&
         ALLOCATE(lights, a->light_count) && ALLOCATE(cameras, a->camera_count) && ALLOCATE(sites, a->site_count);
#undef ALLOCATE
}

/* ------------------------------------------------------------------------------------------------ contents */
static void set_headlight(myr_appearance *appearance, const mjModel *from) {
  mjVisual defaults;
  mj_defaultVisual(&defaults);
  const mjVisual *visual = from ? &from->vis : &defaults;
  appearance->headlight = visual->headlight.active;
  memcpy(appearance->headlight_ambient, visual->headlight.ambient, sizeof appearance->headlight_ambient);
  memcpy(appearance->headlight_diffuse, visual->headlight.diffuse, sizeof appearance->headlight_diffuse);
}

static bool set_part(const appearance_part *part, myr_appearance *appearance) {
  if (!part->import->mujoco) return appearance_ground(part, appearance);
  return appearance_visuals(part, appearance) && appearance_materials(part, appearance) &&
         appearance_sites(part, appearance) && appearance_meshes(part, appearance) &&
         appearance_textures(part, appearance) && appearance_lights(part, appearance) &&
         appearance_cameras(part, appearance);
}

static bool fill(myr_appearance *appearance, const import_part *imports, int count) {
  appearance_part *parts = calloc((size_t)count + 1, sizeof *parts);
  bool complete = parts != NULL;
  for (int i = 0; i < count && complete; i++) {
    parts[i] = (appearance_part){.import = &imports[i], .entity = i};
    complete = place_part(&parts[i], appearance);
  }
  complete = complete && allocate(appearance);
  for (int i = 0; i < count && complete; i++) complete = set_part(&parts[i], appearance);
  release(parts, count);
  return complete;
}

/* Gives the parts' bodies and geoms their numbers in the model. Fails if the model was not built from these parts. */
static myr_status number_imports(import_part *parts, int count, const myr_model *model, myr_error *error) {
  myr_model counts = {0};
  if (!import_number(parts, count, &counts)) return myr_fail(error, MYR_ERROR, "out of memory for a model's geoms");
  if (counts.nbody == model->nbody && counts.ngeom == model->ngeom) return MYR_OK;
  return myr_fail(error, MYR_INVALID,
                  "looks of %d bodies and %d geoms do not belong to a model of %d and %d: read them from the files the "
                  "model was built from",
                  counts.nbody, counts.ngeom, model->nbody, model->ngeom);
}

myr_status appearance_join(import_part *parts, int count, const mjModel *headlight_from, const myr_model *model,
                           myr_appearance **appearance, myr_error *error) {
  *appearance = NULL;
  for (int i = 0; i < count; i++) {
    myr_status status = parts[i].mujoco ? appearance_check(&parts[i], error) : MYR_OK;
    if (status) return status;
  }
  myr_appearance *joined = calloc(1, sizeof *joined);
  if (!joined) return myr_fail(error, MYR_ERROR, "out of memory for the looks of a model");
  set_headlight(joined, headlight_from);
  myr_status status = number_imports(parts, count, model, error);
  if (!status && !fill(joined, parts, count))
    status = myr_fail(error, MYR_ERROR, "out of memory for the looks of %d entities", count);
  import_release(parts, count);
  if (status)
    myr_appearance_free(joined);
  else
    *appearance = joined;
  return status;
}
