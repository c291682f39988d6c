#include "sim/bullet/bullet_state.h"

#include "sim/bullet/rigid_frame.h"

size_t bullet_state_doubles(const myr_model *m) { return (size_t)(2 * m->nq + 4 * m->nv + 2 * m->na + 2 * m->ntendon); }

void bullet_state_place(const myr_model *m, bullet_state *state, double *block) {
  const struct {
    double **array;
    int count;
  } parts[] = {{&state->qpos, m->nq},
               {&state->qvel, m->nv},
               {&state->act, m->na},
               {&state->force, m->nv},
               {&state->added, m->nv},
               {&state->rotors, m->nv},
               {&state->coordinates, m->nq},
               {&state->act_dot, m->na},
               {&state->tendon_length, m->ntendon},
               {&state->tendon_velocity, m->ntendon}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; block += parts[i].count, i++) *parts[i].array = block;
}

static void widen(const float *from, double *to, int count) {
  for (int i = 0; i < count; i++) to[i] = (double)from[i];
}

/* x + 0 makes every zero positive. */
static void narrow(const double *from, float *to, int count) {
  for (int i = 0; i < count; i++) to[i] = (float)from[i] + 0.0f;
}

void bullet_state_load(const bullet_scene *scene, bullet_state *state) {
  const myr_model *m = scene->model;
  widen(bullet_field(scene, state->fields, MYR_FIELD_qpos), state->qpos, m->nq);
  widen(bullet_field(scene, state->fields, MYR_FIELD_qvel), state->qvel, m->nv);
  widen(bullet_field(scene, state->fields, MYR_FIELD_act), state->act, m->na);
  bullet_state_apply(scene, state);
}

/* MuJoCo's hinges and slides count from where the model was written, the API's from zero. */
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

void bullet_state_store(const bullet_scene *scene, bullet_state *state) {
  const myr_model *m = scene->model;
  narrow(state->qpos, state->fields + scene->layout.offset[MYR_FIELD_qpos], m->nq);
  narrow(state->qvel, state->fields + scene->layout.offset[MYR_FIELD_qvel], m->nv);
  narrow(state->act, state->fields + scene->layout.offset[MYR_FIELD_act], m->na);
}

bullet_frame bullet_state_body(const bullet_scene *scene, const bullet_state *state, int body) {
  const bullet_place *place = &scene->bodies[body];
  if (place->tree < 0) return place->frame;
  bullet_frame link;
  bullet_link_frame(state->world, place->tree, place->link, &link);
  return frame_compose(&link, &place->frame);
}

void bullet_state_center(const bullet_scene *scene, const bullet_state *state, int body, double center[3]) {
  bullet_frame frame = bullet_state_body(scene, state, body);
  const float *ipos = bullet_field(scene, state->fields, MYR_FIELD_body_ipos) + 3 * body;
  frame_point(&frame, (const double[]){(double)ipos[0], (double)ipos[1], (double)ipos[2]}, center);
}
