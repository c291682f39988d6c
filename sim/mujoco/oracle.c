#include "sim/mujoco/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "sim/mujoco/guard.h"
#include "sim/mujoco/reader.h"
#include "sim/mujoco/supported.h"
#include "sim/options.h"
#include "sim/urdf/load.h"

/* ------------------------------------------------------------------------------------------------ joining a scene */
typedef struct scene_build {
  const myr_scene *scene;
  const myr_model *joined; /* the scene as Myriad joined it */
  mjSpec *spec;
  mjSpec **children; /* (entity_count) */
  mjModel *model;
  char message[800]; /* empty: all went well */
} scene_build;

static void add_ground(mjsBody *world, const myr_entity *entity) {
  char name[256];
  snprintf(name, sizeof name, "%s.ground", entity->name);
  mjsGeom *geom = mjs_addGeom(world, NULL);
  mjs_setName(geom->element, name);
  geom->type = mjGEOM_PLANE;
  geom->size[0] = geom->size[1] = 0;
  geom->size[2] = 0.05;
  memcpy(geom->friction, entity->friction, sizeof geom->friction);
}

/* All that the file's world body holds, under a prefix. */
static bool attach_file(scene_build *build, int index) {
  const myr_entity *entity = &build->scene->entities[index];
  mjSpec *child = myr_is_urdf(entity->path)
                      ? urdf_parse(entity->path, &entity->urdf, build->message, sizeof build->message)
                      : mj_parseXML(entity->path, NULL, build->message, sizeof build->message);
  build->children[index] = child;
  if (!child) return false;
  char prefix[256];
  snprintf(prefix, sizeof prefix, "%s.", entity->name);
  mjsFrame *place = mjs_addFrame(mjs_findBody(build->spec, "world"), NULL);
  if (place && mjs_attach(place->element, child->element, prefix, "")) return true;
  snprintf(build->message, sizeof build->message, "%s: cannot attach: %s", entity->path, mjs_getError(build->spec));
  return false;
}

/* The name of the geom with a number, in the compiled model; a nameless one gets a name. */
static const char *name_geom(const scene_build *build, int number) {
  for (mjsElement *e = mjs_firstElement(build->spec, mjOBJ_GEOM); e; e = mjs_nextElement(build->spec, e)) {
    if (mjs_getId(e) != number) continue;
    const char *name = mjs_getString(mjs_getName(e));
    if (name && name[0]) return name;
    char made[32];
    snprintf(made, sizeof made, "nameless %d", number);
    mjs_setName(e, made);
    return mjs_getString(mjs_getName(e));
  }
  return "";
}

/* MuJoCo has no rule for a geom whose sliding friction alone counts, so the ground's pairs are stated. */
static void state_ground_pair(const scene_build *build, const myr_model *joined, int pair, const int *numbers) {
  int one = joined->pair_geom1[pair], two = joined->pair_geom2[pair];
  const double *ground = joined->geom_friction + 3 * one, *other = joined->geom_friction + 3 * two;
  mjsPair *stated = mjs_addPair(build->spec, NULL);
  mjs_setString(stated->geomname1, name_geom(build, numbers[one]));
  mjs_setString(stated->geomname2, name_geom(build, numbers[two]));
  stated->condim = joined->pair_condim[pair];
  stated->margin = joined->pair_margin[pair];
  stated->gap = joined->pair_gap[pair];
  mju_copy(stated->solref, joined->pair_solref + 2 * pair, 2);
  mju_copy(stated->solimp, joined->pair_solimp + 5 * pair, 5);
  for (int k = 0; k < 5; k++) {
    int e = k < 2 ? 0 : k < 3 ? 1 : 2;
    stated->friction[k] = e == 0 ? ground[0] : mju_max(ground[e], other[e]);
  }
}

/* Compiles again with the ground's pairs, where the scene has a ground. */
static void state_ground_pairs(scene_build *build) {
  const myr_model *joined = build->joined;
  int *numbers = calloc((size_t)joined->ngeom + 1, sizeof *numbers), count = 0, stated = 0;
  for (int g = 0; numbers && g < build->model->ngeom; g++)
    if (supported_geom(build->model, g) && count < joined->ngeom) numbers[count++] = g;
  for (int p = 0; numbers && p < joined->npair; p++)
    if (joined->pair_friction_rule[p] == MYR_FRICTION_GROUND) {
      state_ground_pair(build, joined, p, numbers);
      stated++;
    }
  free(numbers);
  if (!stated) return;
  mj_deleteModel(build->model);
  build->model = mj_compile(build->spec, NULL);
}

static void build_scene(void *context) {
  scene_build *build = context;
  build->spec = mj_makeSpec();
  for (int i = 0; i < build->scene->entity_count; i++) {
    if (!build->scene->entities[i].path) {
      add_ground(mjs_findBody(build->spec, "world"), &build->scene->entities[i]);
      continue;
    }
    if (!attach_file(build, i)) return;
  }
  options_write(&build->joined->options, &build->spec->option);
  build->message[0] = 0; /* parsing may have left warnings */
  build->model = mj_compile(build->spec, NULL);
  if (build->model) state_ground_pairs(build);
  if (!build->model) snprintf(build->message, sizeof build->message, "%s", mjs_getError(build->spec));
}

static myr_status load_scene(const myr_scene *scene, const myr_model *joined, mjModel **model, myr_error *error) {
  scene_build build = {
      .scene = scene, .joined = joined, .children = calloc((size_t)scene->entity_count + 1, sizeof(mjSpec *))};
  if (!build.children) return myr_fail(error, MYR_ERROR, "out of memory for a scene");
  myr_status status = guard_run(build_scene, &build, error);
  if (!status && !build.model) status = myr_fail(error, MYR_ERROR, "MuJoCo cannot join the scene: %s", build.message);
  if (build.spec) mj_deleteSpec(build.spec);
  for (int i = 0; i < scene->entity_count; i++)
    if (build.children[i]) mj_deleteSpec(build.children[i]);
  free(build.children);
  *model = build.model;
  return status;
}

/* ------------------------------------------------------------------------------------------------ same order */
static myr_status map_geoms(const myr_model *model, oracle *o, myr_error *error) {
  const mjModel *m = o->model;
  o->geom = calloc((size_t)m->ngeom + 1, sizeof(int));
  if (!o->geom) return myr_fail(error, MYR_ERROR, "out of memory for %d geoms", (int)m->ngeom);
  int next = 0;
  for (int g = 0; g < m->ngeom; g++) {
    o->geom[g] = supported_geom(m, g) ? next++ : -1;
    if (o->geom[g] < 0) continue;
    if (next > model->ngeom || model->geom_type[next - 1] != m->geom_type[g] ||
        model->geom_body[next - 1] != m->geom_bodyid[g])
      return myr_fail(error, MYR_ERROR, "MuJoCo orders the scene's geoms otherwise, from geom %d on", g);
  }
  return next == model->ngeom ? MYR_OK
                              : myr_fail(error, MYR_ERROR, "MuJoCo has %d geoms, Myriad %d", next, model->ngeom);
}

static myr_status check_order(const myr_model *model, const mjModel *m, myr_error *error) {
  if (m->nq != model->nq || m->nv != model->nv || m->nu != model->nu || m->na != model->na ||
      m->nbody != model->nbody || m->njnt != model->njnt || m->ntendon != model->ntendon)
    return myr_fail(error, MYR_ERROR,
                    "MuJoCo's model has other sizes than Myriad's: nq %d and %d, nv %d and %d, nu %d and "
                    "%d, nbody %d and %d",
                    (int)m->nq, model->nq, (int)m->nv, model->nv, (int)m->nu, model->nu, (int)m->nbody, model->nbody);
  for (int b = 1; b < m->nbody; b++)
    if (model->body_parent[b] != m->body_parentid[b] || model->body_mass[b] != m->body_mass[b])
      return myr_fail(error, MYR_ERROR, "MuJoCo orders the scene's bodies otherwise, from body %d on", b);
  for (int j = 0; j < m->njnt; j++)
    if (model->jnt_body[j] != m->jnt_bodyid[j] || model->jnt_type[j] != m->jnt_type[j])
      return myr_fail(error, MYR_ERROR, "MuJoCo orders the scene's joints otherwise, from joint %d on", j);
  for (int a = 0; a < m->nu; a++)
    if (model->actuator_target[a] != m->actuator_trnid[2 * a] || model->actuator_act_start[a] != m->actuator_actadr[a])
      return myr_fail(error, MYR_ERROR, "MuJoCo orders the scene's actuators otherwise, from actuator %d on", a);
  return MYR_OK;
}

myr_status oracle_load(const myr_model *model, const char *path, const myr_scene *scene, oracle *result,
                       myr_error *error) {
  *result = (oracle){0};
  if (!path && !scene) return myr_fail(error, MYR_INVALID, "nothing for MuJoCo to load: give a file or a scene");
  myr_status status = path ? reader_load(path, &(myr_urdf_choices){0}, &result->model, error)
                           : load_scene(scene, model, &result->model, error);
  if (!status) status = check_order(model, result->model, error);
  if (!status) status = map_geoms(model, result, error);
  if (status) oracle_release(result);
  return status;
}

void oracle_release(oracle *o) {
  if (o->model) mj_deleteModel(o->model);
  free(o->geom);
  *o = (oracle){0};
}

void oracle_tighten(oracle *o) {
  o->model->opt.solver = mjSOL_NEWTON;
  o->model->opt.iterations = 200;
  o->model->opt.tolerance = 1e-12;
  o->model->opt.ls_iterations = 100;
  o->model->opt.ls_tolerance = 1e-4;
}
