/* Tests the pairs of kernels/step/collide_convex.h and test_hull.h by geometry alone: the depth that they find is the least of all
 * directions, their points lie on both shapes, span the patch, and stay where they are when the shapes move a little. */
#include <stdio.h>

#include "convex_oracle.h"

/* A kind of pair, with the hulls of its meshes. */
typedef struct {
  int kind, hulls[2];
} subject;
static const subject subjects[] = {
    {MYR_PAIR_SPHERE_ELLIPSOID, {0}},
    {MYR_PAIR_CAPSULE_ELLIPSOID, {0}},
    {MYR_PAIR_CAPSULE_CYLINDER, {0}},
    {MYR_PAIR_ELLIPSOID_ELLIPSOID, {0}},
    {MYR_PAIR_ELLIPSOID_CYLINDER, {0}},
    {MYR_PAIR_ELLIPSOID_BOX, {0}},
    {MYR_PAIR_CYLINDER_CYLINDER, {0}},
    {MYR_PAIR_CYLINDER_BOX, {0}},
    {MYR_PAIR_SPHERE_MESH, {0, HULL_ROCK_16}},
    {MYR_PAIR_CAPSULE_MESH, {0, HULL_FINGER}},
    {MYR_PAIR_ELLIPSOID_MESH, {0, HULL_PRISM}},
    {MYR_PAIR_CYLINDER_MESH, {0, HULL_ROCK_16}},
    {MYR_PAIR_BOX_MESH, {0, HULL_ROCK_32}},
    {MYR_PAIR_MESH_MESH, {HULL_BOX, HULL_BOX}},
    {MYR_PAIR_MESH_MESH, {HULL_BOX, HULL_FINGER}},
    {MYR_PAIR_MESH_MESH, {HULL_ROCK_8, HULL_ROCK_8}},
    {MYR_PAIR_MESH_MESH, {HULL_ROCK_16, HULL_PRISM}},
    {MYR_PAIR_MESH_MESH, {HULL_FINGER, HULL_ROCK_32}},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

static const char *name_of(const subject *s) {
  static char text[80];
  int with = kinds[s->kind].type2 == mjGEOM_MESH, both = kinds[s->kind].type1 == mjGEOM_MESH;
  snprintf(text, sizeof text, "%s%s%s%s%s", kinds[s->kind].name, with ? ": " : "",
           both ? test_hull_of(s->hulls[0])->name : "", both ? ", " : "", with ? test_hull_of(s->hulls[1])->name : "");
  return text;
}

enum closeness { APART, SHALLOW, DEEP, RESTING, CLOSENESSES };
/* The share of poses in which the direction may be another than the best: where a deep overlap has several features that are
 * about equally deep, the search may stop at one that is a little deeper. */
static const struct {
  const char *name;
  double low, high; /* overlap that is aimed at, m */
  double margin, wrong;
} closenesses[CLOSENESSES] = {{"apart", -0.02, -0.001, 0.03, 0.005},
                              {"shallow", 0, 0.008, 0, 0.005},
                              {"deep", 0.01, 0.1, 0, 0.06},
                              {"resting", 1e-5, 1e-3, 0, 0}};

static void random_direction(double n[3]) {
  do {
    for (int i = 0; i < 3; i++) n[i] = random_between(-1, 1);
  } while (mju_dot3(n, n) > 1 || mju_dot3(n, n) < 0.01);
  mju_normalize3(n);
}

/* Turns a mesh until one of its faces looks against the direction. */
static void turn_face_to(geom *g, const double n[3]) {
  const myr_hull *hull = &g->hull->hull;
  double back[3], normal[3], axis[3], turn[4], own[9], before[9];
  mju_mulMatVec(normal, g->rotation, hull->normal + 3 * random_below(hull->face_count), 3, 3);
  mju_scl3(back, n, -1);
  mju_cross(axis, normal, back);
  double sine = mju_normalize3(axis), angle = atan2(sine, mju_dot3(normal, back));
  mju_axisAngle2Quat(turn, axis, angle);
  mju_quat2Mat(own, turn);
  mju_copy(before, g->rotation, 9);
  mju_mulMatMat(g->rotation, own, before, 3, 3, 3);
}

/* Turns the second geom until a face of it meets one of the first, up to 5e-4 rad in half of the poses. */
static void lay_face_on_face(int kind, configuration *c, double n[3]) {
  int axis2 = kinds[kind].type2 == mjGEOM_BOX ? random_below(3) : 2;
  double axes[3][3], other[3], faces[4 * MYR_HULL_VERTICES][3];
  int caps = kinds[kind].type1 == mjGEOM_CYLINDER, first = caps ? 4 : 0;
  int count = face_directions(kinds[kind].type1, c->geoms, faces) - first;
  mju_copy3(n, faces[first + random_below(count)]);
  mju_copy3(axes[axis2], n);
  if (random_below(2))
    for (int i = 0; i < 3; i++) axes[axis2][i] += random_between(-5e-4, 5e-4);
  mju_normalize3(axes[axis2]);
  random_direction(other);
  mju_cross(axes[(axis2 + 1) % 3], axes[axis2], other);
  mju_normalize3(axes[(axis2 + 1) % 3]);
  mju_cross(axes[(axis2 + 2) % 3], axes[axis2], axes[(axis2 + 1) % 3]);
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) c->geoms[1].rotation[3 * i + k] = axes[k][i];
  if (kinds[kind].type2 == mjGEOM_MESH) turn_face_to(c->geoms + 1, axes[axis2]);
}

/* Two shapes whose farthest points meet, or whose faces do, and overlap there by so much. Another direction may have less
 * overlap. */
static configuration close_configuration(int kind, enum closeness closeness) {
  configuration c = random_configuration(kind, ANY_ATTITUDE);
  double n[3], tip1[3], tip2[3], aside[3];
  random_direction(n);
  if (closeness == RESTING) lay_face_on_face(kind, &c, n);
  double overlap = random_between(closenesses[closeness].low, closenesses[closeness].high);
  const double back[3] = {-n[0], -n[1], -n[2]};
  if (closeness == RESTING) {
    mju_scl3(tip1, n, reach_along(kinds[kind].type1, c.geoms, n));
    mju_scl3(tip2, n, reach_along(kinds[kind].type2, c.geoms + 1, back));
  } else {
    farthest_point(kinds[kind].type1, c.geoms, n, tip1);
    farthest_point(kinds[kind].type2, c.geoms + 1, back, tip2);
    mju_scl3(tip2, tip2, -1);
  }
  mju_add3(c.geoms[1].position, c.geoms[0].position, tip1);
  mju_addTo3(c.geoms[1].position, tip2);
  mju_addToScl3(c.geoms[1].position, n, -overlap);
  random_direction(aside);
  mju_addToScl3(aside, n, -mju_dot3(n, aside));
  mju_addToScl3(c.geoms[1].position, aside, closeness == RESTING ? 0.05 : 0.01);
  c.margin = round_to_float(closenesses[closeness].margin);
  for (int g = 0; g < 2; g++) {
    for (int i = 0; i < 3; i++) c.geoms[g].position[i] = round_to_float(c.geoms[g].position[i]);
    for (int i = 0; i < 9; i++) c.geoms[g].rotation[i] = round_to_float(c.geoms[g].rotation[i]);
  }
  return c;
}

/* Returns the first fault of the contacts, or NULL; counts those along a wrong direction, with points beside a surface or
 * with more depth than need be. Shapes are about half a metre, so 1e-5 of that is the tolerance. */
static const char *fault_of(int kind, const configuration *c, const contacts *ours, double least, int *wrong) {
  const double tolerance = 1e-5;
  if (least < -c->margin - tolerance) return ours->count ? "a contact beyond the margin" : NULL;
  if (least < -c->margin + tolerance) return NULL;
  if (!ours->count) return "no contact of shapes that touch";
  const double *n = deepest(ours)->normal;
  double along = overlap_along(kind, c, n);
  *wrong += along > least + 0.01 * fabs(least) + tolerance;
  if (fabs(mju_norm3(n) - 1) > 1e-5) return "a normal that is not a unit vector";
  if (deepest(ours)->distance < -along - tolerance) return "a contact deeper than the overlap";
  /* of nearly equal depths the first in a fixed direction is taken */
  int shallow = deepest(ours)->distance > -along + 1e-4 + 0.01 * fabs(along), strict = least < 0.01;
  if (shallow && strict) return "no contact at full depth";
  *wrong += shallow;
  for (int k = 0; k < ours->count; k++) {
    const contact *point = ours->contacts + k;
    double on1[3], on2[3];
    mju_addScl3(on1, point->position, point->normal, -0.5 * point->distance);
    mju_addScl3(on2, point->position, point->normal, 0.5 * point->distance);
    double off = fmax(outside_by(kinds[kind].type1, c->geoms, on1), outside_by(kinds[kind].type2, c->geoms + 1, on2));
    if (off > (strict ? 5e-3 : 3e-2)) return "a contact off the surfaces";
    *wrong += off > 2e-4;
  }
  return NULL;
}

static void judge(const subject *s, enum closeness closeness, int in_double) {
  int kind = s->kind;
  memcpy(hulls_drawn, s->hulls, sizeof hulls_drawn);
  int touching = 0, points = 0, wrong = 0;
  const int rounds = kinds[kind].type2 == mjGEOM_MESH ? 1 : 3; /* whose oracle is slow */
  random_state = 31 + 1000 * (uint64_t)kind + (uint64_t)closeness;
  for (int round = 0; round < rounds; round++) {
    configuration batch[BATCH];
    contacts ours[BATCH];
    for (int i = 0; i < BATCH; i++) batch[i] = close_configuration(kind, closeness);
    (in_double ? collide_batch_double : collide_batch_float)(kind, batch, ours);
    for (int i = 0; i < BATCH; i++) {
      touching += ours[i].count > 0;
      points += ours[i].count;
      const char *fault = fault_of(kind, batch + i, ours + i, least_overlap(kind, batch + i), &wrong);
      if (!fault) continue;
      print_configuration(batch + i);
      print_contacts("ours", ours + i);
      fail_msg("%s %s: %s", name_of(s), closenesses[closeness].name, fault);
    }
  }
  print_message("  %-27s %s %-7s: %d of %d touch in %d points, %d wrong\n", name_of(s), in_double ? "double" : "float ",
                closenesses[closeness].name, touching, rounds * BATCH, points, wrong);
  assert_true(touching * 5 > BATCH);
  assert_true(wrong <= closenesses[closeness].wrong * rounds * BATCH + 1e-9 || wrong <= (closeness != RESTING));
}

static void depths_are_the_least(void **state) {
  (void)state;
  for (int i = 0; i < SUBJECTS; i++)
    for (int closeness = APART; closeness <= DEEP; closeness++)
      for (int in_double = 1; in_double >= 0; in_double--) judge(&subjects[i], (enum closeness)closeness, in_double);
}

static void resting_faces_meet(void **state) {
  (void)state;
  for (int i = 0; i < SUBJECTS; i++)
    for (int in_double = 1; in_double >= 0; in_double--)
      if (myr_pair_kind_contacts(subjects[i].kind) == 4) judge(&subjects[i], RESTING, in_double);
}

static contacts collide_one_in_float(int kind, const configuration *c) {
  configuration batch[BATCH];
  contacts ours[BATCH];
  for (int i = 0; i < BATCH; i++) batch[i] = *c;
  collide_batch_float(kind, batch, ours);
  return ours[0];
}

/* A cylinder that stands on a box, or on a cylinder that is as wide, stands on four points of its rim, in whatever way both
 * are turned about its axis. */
static void a_cylinder_stands_on_its_rim(void **state) {
  (void)state;
  random_state = 5;
  const int under[] = {MYR_PAIR_CYLINDER_CYLINDER, MYR_PAIR_CYLINDER_BOX};
  for (int round = 0; round < 200; round++) {
    int kind = under[round % 2];
    configuration c = {.margin = 0};
    for (int g = 0; g < 2; g++) {
      double turn[4] = {0, 0, 0, 0}, angle = random_between(0, 6.28);
      turn[0] = cos(angle / 2);
      turn[3] = sin(angle / 2);
      mju_quat2Mat(c.geoms[g].rotation, turn);
      c.geoms[g].size[0] = c.geoms[g].size[1] = c.geoms[g].size[2] = g ? 0.3 : 0.1;
    }
    c.geoms[0].position[2] = 0.3999;
    contacts ours = collide_one_in_float(kind, &c);
    assert_int_equal(ours.count, 4);
    double middle[2] = {0, 0};
    for (int k = 0; k < 4; k++) {
      const contact *point = ours.contacts + k;
      assert_true(point->normal[2] == -1);
      assert_true(fabs(point->distance + 1e-4) < 1e-6);
      assert_true(fabs(hypot(point->position[0], point->position[1]) - 0.1) < 1e-4);
      for (int i = 0; i < 2; i++) middle[i] += point->position[i] / 4;
    }
    assert_true(hypot(middle[0], middle[1]) < 0.03);
  }
}

/* Whether every point has one of the other list within a distance, and the numbers are equal. */
static int points_agree(const contacts *a, const contacts *b, double distance) {
  for (int i = 0; i < a->count; i++) {
    int found = 0;
    for (int k = 0; k < b->count && !found; k++)
      found = apart(a->contacts[i].position, b->contacts[k].position) < distance;
    if (!found) return 0;
  }
  return a->count == b->count;
}

/* The points of a resting contact stay when a shape turns by 1e-5 rad, but for the deepest point of a tilted rim, which
 * follows the tilt. */
static void points_stay_in_small_motion(void **state) {
  (void)state;
  random_state = 77;
  int changed = 0, tried = 0;
  for (int round = 0; round < 400; round++) {
    int kind = round % 2 ? MYR_PAIR_CYLINDER_CYLINDER : MYR_PAIR_CYLINDER_BOX;
    configuration c = close_configuration(kind, RESTING), moved = c;
    for (int i = 0; i < 9; i++) moved.geoms[1].rotation[i] += random_between(-1e-5, 1e-5);
    contacts before = collide_one_in_float(kind, &c), after = collide_one_in_float(kind, &moved);
    if (!before.count) continue;
    tried++;
    changed += !points_agree(&before, &after, 0.02);
  }
  print_message("  the points of %d of %d resting contacts changed\n", changed, tried);
  assert_true(tried > 300);
  assert_true(changed * 25 <= tried);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(depths_are_the_least),
      cmocka_unit_test(resting_faces_meet),
      cmocka_unit_test(a_cylinder_stands_on_its_rim),
      cmocka_unit_test(points_stay_in_small_motion),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
