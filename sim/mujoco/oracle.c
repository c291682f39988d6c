#include "sim/mujoco/oracle.h"

#include <stdlib.h>

#include "kernels/model.h"
#include "sim/child/read.h"
#include "sim/mujoco/join.h"
#include "sim/mujoco/supported.h"

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
  myr_status status = path ? child_load(path, &(myr_urdf_choices){0}, &result->model, error)
                           : join_scene(scene, model, &result->model, error);
  if (!status) status = check_order(model, result->model, error);
  if (!status) status = map_geoms(model, result, error);
  if (status)
    oracle_release(result);
  else
    result->model->opt.enableflags &= ~mjENBL_SLEEP; /* Myriad's bodies do not sleep */
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
