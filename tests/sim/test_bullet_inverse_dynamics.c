/* Compares our mass matrix and bias force with BulletInverseDynamics. It shares no code with Bullet's articulated
 * bodies, which test_bullet_oracle.c uses, and it computes the same quantities as our kernels. No matrix is inverted,
 * so a wrong number appears at its own place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/effort.h"
#include "tests/sim/bare_trees.h"
#include "tests/sim/bullet_inverse_dynamics.h"

enum { MOST_LINKS = 128, MOST_DOFS = 64 };

/* ------------------------------------------------------------------------------------------------ links */
/* The first link is the world. A body is one link for each of its joints; the link's frame is the body's frame, moved
 * to the joint's anchor, and the last link carries the mass. The library's degrees of freedom are then in our order. */
typedef struct link_list {
  tree_link links[MOST_LINKS];
  int count;
  int last[MOST_LINKS];              /* of each body: its last link */
  const double *anchors[MOST_LINKS]; /* and where that one's origin is, in the body's frame */
} link_list;

static const double no_turn[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, nowhere[3] = {0, 0, 0};

static tree_link *add_link(link_list *list, int parent, int joint, const double position[3], const double rotation[9]) {
  assert_true(list->count < MOST_LINKS);
  tree_link *link = &list->links[list->count++];
  *link = (tree_link){.parent = parent, .joint = joint};
  memcpy(link->position, position, sizeof link->position);
  memcpy(link->rotation, rotation, sizeof link->rotation);
  return link;
}

/* Adds the body's mass to its last link, whose origin is the last anchor. */
static void add_mass(const myr_model *m, int body, const double anchor[3], tree_link *link) {
  const double *moments = m->body_inertia + 3 * body;
  double axes[9], *c = link->center, square = 0;
  myr_quaternion_matrix(m->body_iquat + 4 * body, axes);
  link->mass = m->body_mass[body];
  for (int k = 0; k < 3; k++) c[k] = m->body_ipos[3 * body + k] - anchor[k], square += c[k] * c[k];
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) {
      double sum = link->mass * ((i == k) * square - c[i] * c[k]); /* Huygens and Steiner */
      for (int a = 0; a < 3; a++) sum += axes[3 * i + a] * moments[a] * axes[3 * k + a];
      link->inertia[3 * i + k] = sum;
    }
}

/* Adds the link of one joint. The library keeps a ball joint at the parent's origin, so a link without mass moves that
 * origin to the anchor. */
static void add_joint(const myr_model *m, int joint, int parent, const double position[3], const double rotation[9],
                      link_list *list) {
  static const int kinds[] = {[MYR_JOINT_FREE] = LINK_FREE,
                              [MYR_JOINT_BALL] = LINK_BALL,
                              [MYR_JOINT_SLIDE] = LINK_SLIDE,
                              [MYR_JOINT_HINGE] = LINK_HINGE};
  if (m->jnt_type[joint] == MYR_JOINT_BALL) {
    add_link(list, parent, LINK_FIXED, position, rotation);
    parent = list->count - 1, position = nowhere, rotation = no_turn;
  }
  tree_link *link = add_link(list, parent, kinds[m->jnt_type[joint]], position, rotation);
  memcpy(link->axis, m->jnt_axis + 3 * joint, sizeof link->axis);
}

static void add_body(const myr_model *m, int b, link_list *list) {
  int parent = list->last[m->body_parent[b]], first = m->body_jnt_start[b];
  const double *from = list->anchors[m->body_parent[b]], *anchor = nowhere;
  double rotation[9], way[3], turned[3];
  myr_quaternion_matrix(m->body_quat + 4 * b, rotation);
  for (int k = 0; k < 3; k++) way[k] = m->body_pos[3 * b + k] - from[k];
  if (!m->body_jnt_count[b]) add_link(list, parent, LINK_FIXED, way, rotation);
  for (int j = first; j < first + m->body_jnt_count[b]; j++) {
    const double *next = m->jnt_type[j] == MYR_JOINT_FREE ? nowhere : m->jnt_pos + 3 * j;
    myr_quaternion_rotate(m->body_quat + 4 * b, next, turned);
    for (int k = 0; k < 3; k++) way[k] = j == first ? way[k] + turned[k] : next[k] - anchor[k];
    add_joint(m, j, parent, way, j == first ? rotation : no_turn, list);
    parent = list->count - 1, anchor = next;
  }
  list->last[b] = list->count - 1, list->anchors[b] = anchor;
  add_mass(m, b, anchor, &list->links[list->count - 1]);
}

static void list_links(const myr_model *m, link_list *list) {
  assert_true(m->nbody <= MOST_LINKS);
  list->count = 0, list->last[0] = 0, list->anchors[0] = nowhere;
  add_link(list, -1, LINK_FIXED, nowhere, no_turn);
  for (int b = 1; b < m->nbody; b++) add_body(m, b, list);
}

/* ------------------------------------------------------------------------------------------------ coordinates */
/* Computes the angles about x, y and z whose rotations have the product q, in the order of free links or of balls. */
static void angles_of(const double q[4], bool free, double angles[3]) {
  double m[9];
  myr_quaternion_matrix(q, m);
  if (free) {
    angles[0] = atan2(-m[5], m[8]);
    angles[1] = atan2(m[2], hypot(m[5], m[8]));
    angles[2] = atan2(-m[1], m[0]);
  } else {
    angles[0] = atan2(m[7], m[8]);
    angles[1] = atan2(-m[6], hypot(m[7], m[8]));
    angles[2] = atan2(m[3], m[0]);
  }
}

static void its_positions(const myr_model *m, const double *qpos, double *out) {
  for (int j = 0; j < m->njnt; j++) {
    const double *q = qpos + m->jnt_qpos_start[j];
    double *its = out + m->jnt_dof_start[j];
    switch (m->jnt_type[j]) {
    case MYR_JOINT_FREE:
      angles_of(q + 3, true, its);
      memcpy(its + 3, q, 3 * sizeof *its);
      break;
    case MYR_JOINT_BALL: angles_of(q, false, its); break;
    default: *its = *q - m->qpos0[m->jnt_qpos_start[j]];
    }
  }
}

/* Converts speeds, accelerations or forces to the library's order. For a free body, ours are the linear ones in the
 * world's axes, then the angular ones in its own. */
static void its_vector(const myr_model *m, const double *qpos, const double *ours, double *out) {
  memcpy(out, ours, (size_t)m->nv * sizeof *out);
  for (int j = 0; j < m->njnt; j++) {
    if (m->jnt_type[j] != MYR_JOINT_FREE) continue;
    const double *q = qpos + m->jnt_qpos_start[j] + 3, back[4] = {q[0], -q[1], -q[2], -q[3]};
    int first = m->jnt_dof_start[j];
    memcpy(out + first, ours + first + 3, 3 * sizeof *out);
    myr_quaternion_rotate(back, ours + first, out + first + 3);
  }
}

static void our_vector(const myr_model *m, const double *qpos, const double *its, double *out) {
  memcpy(out, its, (size_t)m->nv * sizeof *out);
  for (int j = 0; j < m->njnt; j++) {
    if (m->jnt_type[j] != MYR_JOINT_FREE) continue;
    int first = m->jnt_dof_start[j];
    memcpy(out + first + 3, its + first, 3 * sizeof *out);
    myr_quaternion_rotate(qpos + m->jnt_qpos_start[j] + 3, its + first + 3, out + first);
  }
}

/* ------------------------------------------------------------------------------------------------ the two sides */
/* The compared quantities, in our coordinates. */
typedef struct dynamics {
  double mass_matrix[MOST_DOFS * MOST_DOFS]; /* (nv, nv) */
  double bias[MOST_DOFS];                    /* (nv) gravity and inertial forces at this speed, without acceleration */
  double force[MOST_DOFS];                   /* (nv) the force for the given acceleration */
} dynamics;

typedef struct motion {
  double qpos[2 * MOST_DOFS], qvel[MOST_DOFS], qacc[MOST_DOFS];
} motion;

static double scratch_value(const reference *r, enum myr_field field, int element) {
  int64_t at = r->layout.offset[field] + element;
  return r->kernels->scalar_bytes == (int)sizeof(double) ? ((double *)r->scratch)[at] : ((float *)r->scratch)[at];
}

static void put_values(reference *r, enum myr_field field, const double *values, int count) {
  for (int i = 0; i < count; i++) {
    int64_t at = r->layout.offset[field] + i;
    if (r->kernels->scalar_bytes == (int)sizeof(double))
      ((double *)r->tile)[at] = values[i];
    else
      ((float *)r->tile)[at] = (float)values[i];
  }
}

static void our_dynamics(reference *r, const motion *motion, dynamics *out) {
  const myr_model *m = r->model;
  int nv = m->nv;
  *out = (dynamics){0};
  put_values(r, MYR_FIELD_qpos, motion->qpos, m->nq);
  put_values(r, MYR_FIELD_qvel, motion->qvel, nv);
  r->kernels->control_step(r->constants, r->tile, r->scratch, 0, 0, NULL);
  for (int i = 0; i < nv; i++) {
    for (int k = i; k >= 0; k = m->dof_parent[k]) { /* only ancestors: the other entries were never written */
      double entry = scratch_value(r, MYR_FIELD_qM, i * (i + 1) / 2 + k);
      out->mass_matrix[i * nv + k] = out->mass_matrix[k * nv + i] = entry;
    }
    out->bias[i] = scratch_value(r, MYR_FIELD_qfrc_bias, i);
  }
  for (int i = 0; i < nv; i++) {
    out->force[i] = out->bias[i];
    for (int k = 0; k < nv; k++) out->force[i] += out->mass_matrix[i * nv + k] * motion->qacc[k];
  }
}

static void its_forces(inverse_dynamics *tree, const myr_model *m, const motion *motion, const double *acceleration,
                       double *out) {
  double q[MOST_DOFS], speed[MOST_DOFS], its_acceleration[MOST_DOFS], force[MOST_DOFS];
  its_positions(m, motion->qpos, q);
  its_vector(m, motion->qpos, motion->qvel, speed);
  its_vector(m, motion->qpos, acceleration, its_acceleration);
  assert_true(inverse_dynamics_forces(tree, q, speed, its_acceleration, force));
  our_vector(m, motion->qpos, force, out);
}

/* Computes the library's dynamics. It has no rotors, so their inertia is added as in section 9.6 of Featherstone's
 * "Rigid Body Dynamics Algorithms". */
static void its_dynamics(inverse_dynamics *tree, const myr_model *m, const motion *motion, dynamics *out) {
  static const double rest[MOST_DOFS];
  double q[MOST_DOFS], matrix[MOST_DOFS * MOST_DOFS], unit[MOST_DOFS], turned[MOST_DOFS], column[MOST_DOFS];
  int nv = m->nv;
  its_positions(m, motion->qpos, q);
  assert_true(inverse_dynamics_mass_matrix(tree, q, matrix));
  for (int k = 0; k < nv; k++) {
    for (int i = 0; i < nv; i++) unit[i] = i == k;
    its_vector(m, motion->qpos, unit, turned);
    for (int i = 0; i < nv; i++) {
      column[i] = 0;
      for (int l = 0; l < nv; l++) column[i] += matrix[i * nv + l] * turned[l];
    }
    our_vector(m, motion->qpos, column, turned);
    for (int i = 0; i < nv; i++) out->mass_matrix[i * nv + k] = turned[i] + (i == k ? m->dof_armature[k] : 0);
  }
  its_forces(tree, m, motion, rest, out->bias);
  its_forces(tree, m, motion, motion->qacc, out->force);
  for (int i = 0; i < nv; i++) out->force[i] += m->dof_armature[i] * motion->qacc[i];
}

/* ------------------------------------------------------------------------------------------------ tests */
static void draw_motion(const myr_model *m, random_model *r, motion *motion) {
  for (int e = 0; e < m->nq; e++) motion->qpos[e] = (float)(m->qpos0[e] + random_between(r, -1, 1));
  for (int j = 0; j < m->njnt; j++) {
    int first = m->jnt_qpos_start[j];
    if (m->jnt_type[j] == MYR_JOINT_FREE) random_rotation(r, motion->qpos + first + 3);
    if (m->jnt_type[j] == MYR_JOINT_BALL) random_rotation(r, motion->qpos + first);
  }
  for (int i = 0; i < m->nv; i++) {
    motion->qvel[i] = (float)random_between(r, -2, 2);
    motion->qacc[i] = random_between(r, -20, 20);
  }
}

static void expect_equal(const double *ours, const double *its, int count, double tolerance, const char *what,
                         int seed) {
  double largest = 1, apart = 0;
  for (int i = 0; i < count; i++) largest = fmax(largest, fabs(its[i])), apart = fmax(apart, fabs(ours[i] - its[i]));
  if (!(apart <= tolerance * largest)) fail_msg("model %d: %s differ by %.1e of %.1e", seed, what, apart, largest);
}

/* Counts the drawn joints of each type, the bodies with several joints, and those without any. */
static void count_features(const myr_model *m, int seen[6]) {
  for (int j = 0; j < m->njnt; j++) seen[m->jnt_type[j]]++;
  for (int b = 1; b < m->nbody; b++) seen[4] += m->body_jnt_count[b] > 1, seen[5] += m->body_jnt_count[b] == 0;
}

/* Compares random models. tolerance: relative to the largest number of each kind. */
static void dynamics_agree(int lanes, double tolerance, int models) {
  static link_list links;
  static dynamics ours, its;
  static motion motion;
  int seen[6] = {0};
  for (int seed = 0; seed < models; seed++) {
    random_model draws = {.random = (uint64_t)seed};
    myr_model *model = bare_trees(500 + (uint64_t)seed);
    int nv = model->nv;
    assert_true(nv <= MOST_DOFS && model->nq <= 2 * MOST_DOFS);
    for (int k = 0; k < 3; k++) model->options.gravity[k] = (float)random_between(&draws, -12, 12);
    count_features(model, seen);
    reference r;
    open_reference(model, lanes, &r);
    list_links(model, &links);
    inverse_dynamics *tree = inverse_dynamics_create(links.links, links.count, model->options.gravity);
    assert_non_null(tree);
    assert_int_equal(inverse_dynamics_dofs(tree), nv);
    for (int round = 0; round < 8; round++) {
      draw_motion(model, &draws, &motion);
      our_dynamics(&r, &motion, &ours);
      its_dynamics(tree, model, &motion, &its);
      expect_equal(ours.mass_matrix, its.mass_matrix, nv * nv, tolerance, "mass matrices", seed);
      expect_equal(ours.bias, its.bias, nv, tolerance, "bias forces", seed);
      expect_equal(ours.force, its.force, nv, tolerance, "joint forces", seed);
    }
    inverse_dynamics_destroy(tree);
    close_reference(&r);
    myr_model_free(model);
  }
  for (int i = 0; i < 6; i++)
    if (seen[i] < models / 4) fail_msg("feature %d was drawn %d times only", i, seen[i]);
}

/* The tolerance allows a few dozen roundings on either side. The largest error seen was 1e-14. */
static void in_double_precision(void **state) {
  (void)state;
  dynamics_agree(MYR_LANES_DOUBLE, 1e-13, effort(200));
}

/* The largest error seen was 3e-6, in a small force whose terms cancel. */
static void in_single_precision(void **state) {
  (void)state;
  dynamics_agree(1, 1e-5, effort(200));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(in_double_precision), cmocka_unit_test(in_single_precision)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
