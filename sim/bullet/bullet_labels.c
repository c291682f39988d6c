/* The labels of a control step, from Bullet's state at its beginning. */
#include <math.h>
#include <stdlib.h>

#include "sim/bullet/bullet_state.h"
#include "sim/bullet/mapping.h"
#include "sim/bullet/rigid_frame.h"

static float *label(const bullet_scene *scene, bullet_state *state, enum myr_field field) {
  return state->fields + scene->layout.offset[field];
}

/* x + 0 makes every zero positive. */
static void write(const double *from, float *to, int count) {
  for (int i = 0; i < count; i++) to[i] = (float)from[i] + 0.0f;
}

/* ------------------------------------------------------------------------------------------------ energy */
static double joint_spring_energy(const bullet_scene *scene, const bullet_state *state, int j) {
  const myr_model *m = scene->model;
  const double *q = state->qpos + m->jnt_qpos_start[j], *rest = m->qpos_spring + m->jnt_qpos_start[j];
  double stiffness = (double)bullet_field(scene, state->fields, MYR_FIELD_jnt_stiffness)[j], turn[3];
  if (stiffness == 0) return 0;
  if (m->jnt_type[j] != MYR_JOINT_BALL) return stiffness * (q[0] - rest[0]) * (q[0] - rest[0]) / 2;
  quaternion_difference(q, rest, turn);
  return stiffness * (turn[0] * turn[0] + turn[1] * turn[1] + turn[2] * turn[2]) / 2;
}

static double tendon_spring_energy(const bullet_scene *scene, const bullet_state *state, int t) {
  const myr_model *m = scene->model;
  double length = 0;
  for (int w = m->tendon_wrap_start[t]; w < m->tendon_wrap_start[t] + m->tendon_wrap_count[t]; w++)
    length += m->wrap_coef[w] * state->qpos[m->jnt_qpos_start[m->wrap_jnt[w]]];
  double below = fmax(m->tendon_lengthspring[2 * t] - length, 0);
  double above = fmax(length - m->tendon_lengthspring[2 * t + 1], 0);
  return m->tendon_stiffness[t] * (below * below + above * above) / 2;
}

static double potential_energy(const bullet_scene *scene, const bullet_state *state) {
  const myr_model *m = scene->model;
  const float *gravity = bullet_field(scene, state->fields, MYR_FIELD_gravity);
  const float *mass = bullet_field(scene, state->fields, MYR_FIELD_body_mass);
  double sum = 0;
  for (int b = 1; b < m->nbody && !(m->options.disable & MYR_DISABLE_GRAVITY); b++) {
    double center[3];
    bullet_state_center(scene, state, b, center);
    for (int k = 0; k < 3; k++) sum -= (double)mass[b] * (double)gravity[k] * center[k];
  }
  if (m->options.disable & MYR_DISABLE_SPRING) return sum;
  for (int j = 0; j < m->njnt; j++) sum += joint_spring_energy(scene, state, j);
  for (int t = 0; t < m->ntendon; t++) sum += tendon_spring_energy(scene, state, t);
  return sum;
}

static double kinetic_energy(const bullet_scene *scene, const bullet_state *state) {
  const float *armature = bullet_field(scene, state->fields, MYR_FIELD_dof_armature);
  for (int i = 0; i < scene->model->nv; i++) state->rotors[i] = (double)armature[i];
  double sum = 0;
  for (int t = 0; t < scene->tree_count; t++)
    sum += bullet_multibody_kinetic_energy(state->world, t, state->rotors + scene->trees[t].dof_start);
  return sum;
}

/* ------------------------------------------------------------------------------------------------ bodies */
void bullet_labels_state(const bullet_scene *scene, bullet_state *state) {
  float *position = label(scene, state, MYR_FIELD_body_position);
  float *rotation = label(scene, state, MYR_FIELD_body_rotation);
  for (int b = 0; b < scene->model->nbody; b++) {
    bullet_frame frame = bullet_state_body(scene, state, b);
    write(frame.position, position + 3 * b, 3);
    write(frame.rotation, rotation + 4 * b, 4);
  }
  const double energy[2] = {kinetic_energy(scene, state), potential_energy(scene, state)};
  write(energy, label(scene, state, MYR_FIELD_energy), 2);
}

/* ------------------------------------------------------------------------------------------------ contacts */
/* Points that touch, or that already push. */
static bool is_contact(const bullet_contact *c) {
  return c->distance <= 0 || c->force[0] != 0 || c->force[1] != 0 || c->force[2] != 0;
}

static void add_force(const bullet_scene *scene, const bullet_contact *c, float *forces) {
  const myr_model *m = scene->model;
  float *one = forces + 3 * m->geom_body[m->pair_geom1[c->pair]],
        *two = forces + 3 * m->geom_body[m->pair_geom2[c->pair]];
  for (int k = 0; k < 3; k++) {
    one[k] -= (float)c->force[k];
    two[k] += (float)c->force[k];
  }
}

static void write_contact(const bullet_scene *scene, bullet_state *state, const bullet_contact *c, int at) {
  label(scene, state, MYR_FIELD_contact_pair)[at] = (float)c->pair;
  write(&c->distance, label(scene, state, MYR_FIELD_contact_distance) + at, 1);
  write(c->position, label(scene, state, MYR_FIELD_contact_position) + 3 * at, 3);
  write(c->normal, label(scene, state, MYR_FIELD_contact_normal) + 3 * at, 3);
  write(c->force, label(scene, state, MYR_FIELD_contact_force) + 3 * at, 3);
}

/* How many contacts are deeper than this one; among equals the earlier counts as deeper. */
static int rank_of(const bullet_state *state, const bullet_contact *contact, int index) {
  int rank = 0;
  for (int i = 0; i < bullet_contact_count(state->world); i++) {
    bullet_contact other;
    bullet_contact_get(state->world, i, &other);
    if (i == index || !is_contact(&other)) continue;
    rank += other.distance < contact->distance || (other.distance == contact->distance && i < index);
  }
  return rank;
}

void bullet_labels_no_contacts(const bullet_scene *scene, bullet_state *state) {
  memset(label(scene, state, MYR_FIELD_body_contact_force), 0, (size_t)(3 * scene->model->nbody) * sizeof(float));
  *label(scene, state, MYR_FIELD_contact_count) = 0;
  *label(scene, state, MYR_FIELD_constraint_rows) = 0;
  *label(scene, state, MYR_FIELD_solver_iterations) = 0;
}

/* The forces act in any case; of more contacts than the model has room for, the deepest are told. */
void bullet_labels_contacts(const bullet_scene *scene, bullet_state *state) {
  int touching = 0, listed = 0, count = bullet_contact_count(state->world), room = scene->model->ncon;
  bullet_contact contact;
  bullet_labels_no_contacts(scene, state);
  for (int i = 0; i < count; i++) {
    bullet_contact_get(state->world, i, &contact);
    touching += is_contact(&contact);
  }
  for (int i = 0; i < count; i++) {
    bullet_contact_get(state->world, i, &contact);
    if (!is_contact(&contact)) continue;
    add_force(scene, &contact, label(scene, state, MYR_FIELD_body_contact_force));
    if (touching > room && rank_of(state, &contact, i) >= room) continue;
    write_contact(scene, state, &contact, listed++);
  }
  *label(scene, state, MYR_FIELD_contact_count) = (float)listed;
  const int rows_of_contact = 3; /* the normal and two tangents */
  int rows = rows_of_contact * count + bullet_row_count(state->world);
  *label(scene, state, MYR_FIELD_constraint_rows) = (float)rows;
  *label(scene, state, MYR_FIELD_solver_iterations) = rows ? BULLET_ITERATIONS : 0;
  if (touching > room) {
    float *status = label(scene, state, MYR_FIELD_status);
    *status = (float)((int)*status | MYR_WORLD_DROPPED_CONTACTS);
    *label(scene, state, MYR_FIELD_dropped_contacts) += (float)(touching - room);
  }
}
