/* Bodies, joints, dofs, geoms and keyframes of one MuJoCo model, into their places in the joined model. */
#include "sim/mujoco/import.h"

#include <string.h>

/* Most arrays have one name, width and meaning on both sides; first is the part's first element in the joined model. */
#define COPY_REALS(name, first, width, count) \
  memcpy(model->name + (size_t)(width) * (first), m->name, (size_t)(width) * (count) * sizeof(double))

static int shifted(int number, int shift) { return number < 0 ? -1 : number + shift; }

/* From body 1: the world body is shared. */
static bool import_bodies(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  bool complete = true;
  for (int b = 1; b < m->nbody; b++) {
    int to = b + part->body;
    model->body_name[to] = import_name(part, mjOBJ_BODY, b, &complete);
    model->body_parent[to] = import_body(part, m->body_parentid[b]);
    model->body_root[to] = import_body(part, m->body_rootid[b]);
    model->body_weld[to] = import_body(part, m->body_weldid[b]);
    model->body_jnt_start[to] = shifted(m->body_jntadr[b], part->jnt);
    model->body_jnt_count[to] = m->body_jntnum[b];
    model->body_dof_start[to] = shifted(m->body_dofadr[b], part->dof);
    model->body_dof_count[to] = m->body_dofnum[b];
    model->body_mass[to] = m->body_mass[b];
    memcpy(model->body_pos + 3 * to, m->body_pos + 3 * b, 3 * sizeof(double));
    memcpy(model->body_quat + 4 * to, m->body_quat + 4 * b, 4 * sizeof(double));
    memcpy(model->body_ipos + 3 * to, m->body_ipos + 3 * b, 3 * sizeof(double));
    memcpy(model->body_iquat + 4 * to, m->body_iquat + 4 * b, 4 * sizeof(double));
    memcpy(model->body_inertia + 3 * to, m->body_inertia + 3 * b, 3 * sizeof(double));
  }
  return complete;
}

static bool import_joints(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  bool complete = true;
  for (int j = 0; j < m->njnt; j++) {
    int to = j + part->jnt;
    model->jnt_name[to] = import_name(part, mjOBJ_JOINT, j, &complete);
    model->jnt_type[to] = m->jnt_type[j]; /* both enumerations are free, ball, slide, hinge */
    model->jnt_body[to] = import_body(part, m->jnt_bodyid[j]);
    model->jnt_qpos_start[to] = m->jnt_qposadr[j] + part->qpos;
    model->jnt_dof_start[to] = m->jnt_dofadr[j] + part->dof;
    model->jnt_limited[to] = m->jnt_limited[j];
    model->jnt_actfrclimited[to] = mujoco_jnt_actfrclimited(m, j);
    for (int side = 0; side < 2; side++) model->jnt_actfrcrange[2 * to + side] = mujoco_jnt_actfrcrange(m, j, side);
  }
  COPY_REALS(jnt_pos, part->jnt, 3, m->njnt);
  COPY_REALS(jnt_axis, part->jnt, 3, m->njnt);
  COPY_REALS(jnt_range, part->jnt, 2, m->njnt);
  COPY_REALS(jnt_margin, part->jnt, 1, m->njnt);
  COPY_REALS(jnt_stiffness, part->jnt, 1, m->njnt);
  COPY_REALS(jnt_solref, part->jnt, 2, m->njnt);
  COPY_REALS(jnt_solimp, part->jnt, 5, m->njnt);
  COPY_REALS(qpos0, part->qpos, 1, m->nq);
  COPY_REALS(qpos_spring, part->qpos, 1, m->nq);
  return complete;
}

static void import_dofs(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  for (int i = 0; i < m->nv; i++) {
    int to = i + part->dof;
    model->dof_body[to] = import_body(part, m->dof_bodyid[i]);
    model->dof_jnt[to] = m->dof_jntid[i] + part->jnt;
    model->dof_parent[to] = shifted(m->dof_parentid[i], part->dof);
  }
  COPY_REALS(dof_armature, part->dof, 1, m->nv);
  COPY_REALS(dof_damping, part->dof, 1, m->nv);
  COPY_REALS(dof_frictionloss, part->dof, 1, m->nv);
  COPY_REALS(dof_solref, part->dof, 2, m->nv);
  COPY_REALS(dof_solimp, part->dof, 5, m->nv);
}

static bool import_geoms(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  bool complete = true;
  for (int g = 0; g < m->ngeom; g++) {
    int to = part->geom[g];
    if (to < 0) continue;
    model->geom_name[to] = import_name(part, mjOBJ_GEOM, g, &complete);
    model->geom_type[to] = m->geom_type[g]; /* numbered as MuJoCo numbers them */
    model->geom_body[to] = import_body(part, m->geom_bodyid[g]);
    model->geom_bound[to] = m->geom_rbound[g];
    memcpy(model->geom_size + 3 * to, m->geom_size + 3 * g, 3 * sizeof(double));
    memcpy(model->geom_pos + 3 * to, m->geom_pos + 3 * g, 3 * sizeof(double));
    memcpy(model->geom_quat + 4 * to, m->geom_quat + 4 * g, 4 * sizeof(double));
    memcpy(model->geom_friction + 3 * to, m->geom_friction + 3 * g, 3 * sizeof(double));
  }
  return complete;
}

bool import_elements(const import_part *part, myr_model *model) {
  bool bodies = import_bodies(part, model), joints = import_joints(part, model), geoms = import_geoms(part, model);
  import_dofs(part, model);
  return bodies && joints && geoms;
}

/* A keyframe of one part says nothing of the others: they stand at qpos0, at rest. */
bool import_keyframes(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  bool complete = true;
  for (int k = 0; k < m->nkey; k++) {
    int to = k + part->key;
    model->key_name[to] = import_name(part, mjOBJ_KEY, k, &complete);
    double *qpos = model->key_qpos + (size_t)model->nq * to;
    memcpy(qpos, model->qpos0, (size_t)model->nq * sizeof(double));
    memcpy(qpos + part->qpos, m->key_qpos + (size_t)m->nq * k, (size_t)m->nq * sizeof(double));
    memcpy(model->key_qvel + (size_t)model->nv * to + part->dof, m->key_qvel + (size_t)m->nv * k,
           (size_t)m->nv * sizeof(double));
    memcpy(model->key_act + (size_t)model->na * to + part->act, m->key_act + (size_t)m->na * k,
           (size_t)m->na * sizeof(double));
    memcpy(model->key_ctrl + (size_t)model->nu * to + part->actuator, m->key_ctrl + (size_t)m->nu * k,
           (size_t)m->nu * sizeof(double));
  }
  return complete;
}
