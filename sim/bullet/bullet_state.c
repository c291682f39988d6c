#include "sim/bullet/bullet_state.h"

#include "kernels/far_out.h"
#include "sim/bullet/rigid_frame.h"

size_t bullet_state_doubles(const myr_model *m) {
  myr_layout layout;
  myr_layout_compute(m, &layout);
  return (size_t)layout.tile_elements + (size_t)m->nq + (size_t)m->nv;
}

void bullet_state_place(const myr_model *m, bullet_state *state, double *block) {
  myr_layout layout;
  myr_layout_compute(m, &layout);
  state->tile = block;
  state->qpos = block + layout.offset[MYR_FIELD_qpos];
  state->qvel = block + layout.offset[MYR_FIELD_qvel];
  state->act = block + layout.offset[MYR_FIELD_act];
  state->coordinates = block + layout.tile_elements;
  state->added = state->coordinates + m->nq;
}

/* x + 0 makes every zero positive. */
void bullet_state_show(const bullet_scene *scene, bullet_state *state, enum myr_field field) {
  int64_t start = scene->layout.offset[field], end = start + scene->layout.count[field];
  for (int64_t i = start; i < end; i++) state->fields[i] = (float)state->tile[i] + 0.0f;
}

/* Bullet's positions are doubles. Their floats are shown with what they leave far out, and taken back as sums. */
void bullet_state_show_positions(const bullet_scene *scene, bullet_state *state) {
  float *rest = state->fields + scene->layout.offset[MYR_FIELD_qpos_rest];
  bullet_state_show(scene, state, MYR_FIELD_qpos);
  for (int i = 0; i < scene->model->nq; i++) rest[i] = (float)myr_stated_rest(state->qpos[i]);
}

void bullet_state_take_positions(const bullet_scene *scene, bullet_state *state) {
  double *rest = state->tile + scene->layout.offset[MYR_FIELD_qpos_rest];
  for (int i = 0; i < scene->model->nq; i++) {
    state->qpos[i] += rest[i];
    rest[i] = 0; /* the kernels of labels add it */
  }
}

void bullet_state_take_all(const bullet_scene *scene, bullet_state *state, enum myr_field_kind kind) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    int64_t start = scene->layout.offset[field], end = start + scene->layout.count[field];
    for (int64_t i = start; i < end && myr_field_infos[field].kind == (int)kind; i++)
      state->tile[i] = (double)state->fields[i];
  }
}

void bullet_state_show_all(const bullet_scene *scene, bullet_state *state, enum myr_field_kind kind) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (myr_field_infos[field].kind == (int)kind) bullet_state_show(scene, state, (enum myr_field)field);
}

/* In the pose in which the model was written, MuJoCo's hinges and slides are at qpos0, those of bullet_c.h at 0. */
static double reference(const myr_model *m, int j, int k) {
  bool scalar = m->jnt_type[j] == MYR_JOINT_HINGE || m->jnt_type[j] == MYR_JOINT_SLIDE;
  return scalar ? m->qpos0[m->jnt_qpos_start[j] + k] : 0;
}

static int coordinates_of(int type) { return type == MYR_JOINT_FREE ? 7 : type == MYR_JOINT_BALL ? 4 : 1; }

void bullet_state_apply(const bullet_scene *scene, bullet_state *state) {
  const myr_model *m = scene->model;
  for (int j = 0; j < m->njnt; j++) {
    double *q = state->qpos + m->jnt_qpos_start[j], *to = state->coordinates + m->jnt_qpos_start[j];
    if (m->jnt_type[j] == MYR_JOINT_FREE) quaternion_normalize(q + 3);
    if (m->jnt_type[j] == MYR_JOINT_BALL) quaternion_normalize(q);
    for (int k = 0; k < coordinates_of(m->jnt_type[j]); k++) to[k] = q[k] - reference(m, j, k);
  }
  for (int t = 0; t < scene->tree_count; t++)
    bullet_multibody_set_state(state->world, t, state->coordinates + scene->trees[t].qpos_start,
                               state->qvel + scene->trees[t].dof_start);
}

void bullet_state_fetch(const bullet_scene *scene, bullet_state *state) {
  const myr_model *m = scene->model;
  for (int t = 0; t < scene->tree_count; t++)
    bullet_multibody_get_state(state->world, t, state->coordinates + scene->trees[t].qpos_start,
                               state->qvel + scene->trees[t].dof_start);
  for (int j = 0; j < m->njnt; j++) {
    double *q = state->qpos + m->jnt_qpos_start[j];
    const double *from = state->coordinates + m->jnt_qpos_start[j];
    for (int k = 0; k < coordinates_of(m->jnt_type[j]); k++) q[k] = from[k] + reference(m, j, k);
  }
}
