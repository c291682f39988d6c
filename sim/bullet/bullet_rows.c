/* Equalities, limits and dry friction as rows of Bullet's solver, and the softness of contacts: see mapping.h. */
#include <math.h>

#include "sim/bullet/bullet_state.h"
#include "sim/bullet/mapping.h"
#include "sim/bullet/rigid_frame.h"

/* A limit, or an equality, which acts on both sides of its distance 0. */
typedef struct limit {
  bool two_sided;
  int tree, count;
  const int *velocities;      /* of the tree */
  const double *coefficients; /* by which the distance grows */
  double distance;            /* to the limit, less the margin */
  double inverse_mass;
  const double *solref, *solimp;
} limit;

static myr_status add_limit(const bullet_scene *scene, const bullet_state *state, const limit *l, myr_error *error) {
  if (!l->two_sided && !(l->distance < 0)) return MYR_OK;
  const myr_options *options = &scene->model->options;
  double step = options->timestep;
  bullet_softness soft = mapping_softness(options, l->solref, l->solimp, l->distance, l->inverse_mass);
  const bullet_row row = {.multibody = l->tree,
                          .count = l->count,
                          .velocities = l->velocities,
                          .coefficients = l->coefficients,
                          .target = -l->distance * soft.error_reduction / step,
                          .softness = soft.softness / step,
                          .lower = l->two_sided ? -INFINITY : 0,
                          .upper = INFINITY};
  return bullet_row_add(state->world, &row, error);
}

static myr_status add_friction(const bullet_scene *scene, const bullet_state *state, int tree, int count,
                               const int *velocities, const double *coefficients, double loss, myr_error *error) {
  double bound = loss * scene->model->options.timestep;
  const bullet_row row = {.multibody = tree,
                          .count = count,
                          .velocities = velocities,
                          .coefficients = coefficients,
                          .lower = -bound,
                          .upper = bound};
  return loss > 0 ? bullet_row_add(state->world, &row, error) : MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ joints */
static myr_status scalar_limit(const bullet_scene *scene, const bullet_state *state, int j, int side,
                               myr_error *error) {
  const myr_model *m = scene->model;
  int tree = scene->bodies[m->jnt_body[j]].tree, dof = m->jnt_dof_start[j];
  int velocity = dof - scene->trees[tree].dof_start;
  double sign = side ? -1 : 1, bound = m->jnt_range[2 * j + side];
  const limit l = {.tree = tree,
                   .count = 1,
                   .velocities = &velocity,
                   .coefficients = &sign,
                   .distance = sign * (state->qpos[m->jnt_qpos_start[j]] - bound) - m->jnt_margin[j],
                   .inverse_mass = (double)bullet_field(scene, state->fields, MYR_FIELD_dof_invweight0)[dof],
                   .solref = m->jnt_solref + 2 * j,
                   .solimp = m->jnt_solimp + 5 * j};
  return add_limit(scene, state, &l, error);
}

/* Limits the angle of the whole rotation about its own axis. */
static myr_status ball_limit(const bullet_scene *scene, const bullet_state *state, int j, myr_error *error) {
  const myr_model *m = scene->model;
  int tree = scene->bodies[m->jnt_body[j]].tree, dof = m->jnt_dof_start[j];
  int first = dof - scene->trees[tree].dof_start;
  const int velocities[3] = {first, first + 1, first + 2};
  const double straight[4] = {1, 0, 0, 0};
  double turn[3];
  quaternion_difference(state->qpos + m->jnt_qpos_start[j], straight, turn);
  double angle = portable_sqrt(turn[0] * turn[0] + turn[1] * turn[1] + turn[2] * turn[2]);
  for (int k = 0; k < 3; k++) turn[k] /= angle > 0 ? -angle : 1;
  const limit l = {.tree = tree,
                   .count = 3,
                   .velocities = velocities,
                   .coefficients = turn,
                   .distance = fmax(m->jnt_range[2 * j], m->jnt_range[2 * j + 1]) - angle - m->jnt_margin[j],
                   .inverse_mass = (double)bullet_field(scene, state->fields, MYR_FIELD_dof_invweight0)[dof],
                   .solref = m->jnt_solref + 2 * j,
                   .solimp = m->jnt_solimp + 5 * j};
  return add_limit(scene, state, &l, error);
}

static myr_status joint_limits(const bullet_scene *scene, const bullet_state *state, myr_error *error) {
  const myr_model *m = scene->model;
  myr_status status = MYR_OK;
  for (int j = 0; j < m->njnt && !status; j++) {
    if (!m->jnt_limited[j]) continue;
    if (m->jnt_type[j] == MYR_JOINT_BALL) {
      status = ball_limit(scene, state, j, error);
      continue;
    }
    for (int side = 0; side < 2 && !status; side++) status = scalar_limit(scene, state, j, side, error);
  }
  return status;
}

static myr_status joint_friction(const bullet_scene *scene, const bullet_state *state, myr_error *error) {
  const myr_model *m = scene->model;
  const float *loss = bullet_field(scene, state->fields, MYR_FIELD_dof_frictionloss);
  const double one = 1;
  myr_status status = MYR_OK;
  for (int i = 0; i < m->nv && !status; i++) {
    int tree = scene->bodies[m->dof_body[i]].tree, velocity = i - scene->trees[tree].dof_start;
    if (m->dof_frictionloss[i] > 0) /* a model's zero stays zero */
      status = add_friction(scene, state, tree, 1, &velocity, &one, (double)loss[i], error);
  }
  return status;
}

/* ------------------------------------------------------------------------------------------------ tendons */
static myr_status tendon_rows(const bullet_scene *scene, const bullet_state *state, int t, myr_error *error) {
  const myr_model *m = scene->model;
  uint32_t disable = m->options.disable;
  int first = m->tendon_moment_start[t], count = m->tendon_moment_start[t + 1] - first;
  double length = bullet_number(scene, state, MYR_FIELD_tendon_length)[t];
  if (!count || (!m->tendon_limited[t] && m->tendon_frictionloss[t] <= 0)) return MYR_OK; /* fixed, by check_tendon */
  int tree = scene->bodies[m->dof_body[m->moment_dof[first]]].tree, velocities[BULLET_TENDON_JOINTS];
  double coefficients[BULLET_TENDON_JOINTS], weights[BULLET_TENDON_JOINTS];
  myr_status status = MYR_OK;
  for (int k = 0; k < count; k++) {
    velocities[k] = m->moment_dof[first + k] - scene->trees[tree].dof_start;
    weights[k] = m->wrap_coef[m->moment_wrap[first + k]];
  }
  for (int side = 0; side < 2 && m->tendon_limited[t] && !(disable & MYR_DISABLE_LIMIT) && !status; side++) {
    double sign = side ? -1 : 1;
    for (int k = 0; k < count; k++) coefficients[k] = sign * weights[k];
    const limit l = {.tree = tree,
                     .count = count,
                     .velocities = velocities,
                     .coefficients = coefficients,
                     .distance = sign * (length - m->tendon_range[2 * t + side]) - m->tendon_margin[t],
                     .inverse_mass = (double)bullet_field(scene, state->fields, MYR_FIELD_tendon_invweight0)[t],
                     .solref = m->tendon_solref_limit + 2 * t,
                     .solimp = m->tendon_solimp_limit + 5 * t};
    status = add_limit(scene, state, &l, error);
  }
  if (status || (disable & MYR_DISABLE_FRICTIONLOSS)) return status;
  return add_friction(scene, state, tree, count, velocities, weights, m->tendon_frictionloss[t], error);
}

/* ------------------------------------------------------------------------------------------------ equalities */
static double displacement(const bullet_scene *scene, const bullet_state *state, int j) {
  int q = scene->model->jnt_qpos_start[j];
  return state->qpos[q] - scene->model->qpos0[q];
}

/* The row of step/constraint_equality.h. */
static myr_status equality_row(const bullet_scene *scene, const bullet_state *state, int e, myr_error *error) {
  const myr_model *m = scene->model;
  const float *weights = bullet_field(scene, state->fields, MYR_FIELD_dof_invweight0);
  const double *p = m->equality_polynomial + 5 * e;
  int one = m->equality_joint1[e], two = m->equality_joint2[e], count = two < 0 ? 1 : 2;
  int tree = scene->bodies[m->jnt_body[one]].tree, start = scene->trees[tree].dof_start;
  double y = two < 0 ? 0 : displacement(scene, state, two);
  double value = p[0] + y * (p[1] + y * (p[2] + y * (p[3] + y * p[4])));
  double slope = p[1] + y * (2 * p[2] + y * (3 * p[3] + y * 4 * p[4]));
  const int dofs[2] = {m->jnt_dof_start[one], two < 0 ? 0 : m->jnt_dof_start[two]};
  const int velocities[2] = {dofs[0] - start, dofs[1] - start};
  const double coefficients[2] = {1, -slope};
  const limit l = {.two_sided = true,
                   .tree = tree,
                   .count = count,
                   .velocities = velocities,
                   .coefficients = coefficients,
                   .distance = displacement(scene, state, one) - value,
                   .inverse_mass = (double)weights[dofs[0]] + (two < 0 ? 0 : (double)weights[dofs[1]]),
                   .solref = m->equality_solref + 2 * e,
                   .solimp = m->equality_solimp + 5 * e};
  return add_limit(scene, state, &l, error);
}

myr_status bullet_rows_add(const bullet_scene *scene, const bullet_state *state, myr_error *error) {
  const myr_model *m = scene->model;
  uint32_t disable = m->options.disable;
  myr_status status = MYR_OK;
  if (disable & MYR_DISABLE_CONSTRAINT) return MYR_OK;
  if (!(disable & MYR_DISABLE_LIMIT)) status = joint_limits(scene, state, error);
  if (!status && !(disable & MYR_DISABLE_FRICTIONLOSS)) status = joint_friction(scene, state, error);
  for (int t = 0; t < m->ntendon && !status; t++) status = tendon_rows(scene, state, t, error);
  for (int e = 0; e < m->neq && !(disable & MYR_DISABLE_EQUALITY) && !status; e++)
    if (m->equality_active[e]) status = equality_row(scene, state, e, error);
  return status;
}

/* ------------------------------------------------------------------------------------------------ contacts */
void bullet_contacts_soften(const bullet_scene *scene, bullet_state *state) {
  const myr_model *m = scene->model;
  const float *weights = bullet_field(scene, state->fields, MYR_FIELD_body_invweight0);
  for (int i = 0; i < bullet_contact_count(state->world); i++) {
    bullet_contact contact;
    bullet_contact_get(state->world, i, &contact);
    int p = contact.pair;
    double friction[3], weight = (double)weights[2 * m->geom_body[m->pair_geom1[p]]] +
                                 (double)weights[2 * m->geom_body[m->pair_geom2[p]]];
    bullet_scene_friction(scene, state->fields, p, friction);
    bullet_softness soft =
        mapping_softness(&m->options, m->pair_solref + 2 * p, m->pair_solimp + 5 * p, fmin(contact.distance, 0),
                         mapping_contact_scale(&m->options, m->pair_condim[p], friction[0], weight));
    bullet_contact_soften(state->world, i, soft.error_reduction, soft.softness);
  }
}
