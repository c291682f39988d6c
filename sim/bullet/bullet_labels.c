/* The labels of a control step: the kernels' labels of the state at its beginning, and Bullet's contacts. */
#include <string.h>

#include "sim/bullet/bullet_state.h"
#include "sim/bullet/mapping.h"

static float *label(const bullet_scene *scene, bullet_state *state, enum myr_field field) {
  return state->fields + scene->layout.offset[field];
}

/* x + 0 makes every zero positive. */
static void write(const double *from, float *to, int count) {
  for (int i = 0; i < count; i++) to[i] = (float)from[i] + 0.0f;
}

/* The same, and what rounding leaves. */
static void write_position(const double *from, float *to, float *rest, int count) {
  write(from, to, count);
  for (int i = 0; i < count; i++) rest[i] = (float)(from[i] - (double)to[i]) + 0.0f;
}

/* ------------------------------------------------------------------------------------------------ bodies */
void bullet_labels_state(const bullet_scene *scene, bullet_state *state) {
  write_position(state->tile + scene->layout.offset[MYR_FIELD_body_position],
                 label(scene, state, MYR_FIELD_body_position), label(scene, state, MYR_FIELD_body_position_rest),
                 (int)scene->layout.count[MYR_FIELD_body_position]);
  bullet_state_show(scene, state, MYR_FIELD_body_rotation);
  bullet_state_show(scene, state, MYR_FIELD_body_velocity);
  bullet_state_show(scene, state, MYR_FIELD_energy);
}

/* ------------------------------------------------------------------------------------------------ contacts */
/* Whether a point touches, or already pushes. */
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
  write_position(c->position, label(scene, state, MYR_FIELD_contact_position) + 3 * at,
                 label(scene, state, MYR_FIELD_contact_position_rest) + 3 * at, 3);
  write(c->normal, label(scene, state, MYR_FIELD_contact_normal) + 3 * at, 3);
  write(c->force, label(scene, state, MYR_FIELD_contact_force) + 3 * at, 3);
}

/* The number of contacts that are deeper than this one. Of equally deep ones the earlier counts as deeper. */
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

/* If there are more contacts than the model has room for, only the deepest become labels; the forces of all act. */
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
