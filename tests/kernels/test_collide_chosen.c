/* Tests the contacts of configurations whose answer is known: shapes that rest on each other, and shapes at the same
 * place. */
#include "collide_contacts.h"

static configuration upright(double size1, double size2, double size3, double other1, double other2, double other3) {
  configuration c = {{{{0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}, {size1, size2, size3}, NULL},
                      {{0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}, {other1, other2, other3}, NULL}},
                     0};
  return c;
}

static contacts collide_one(int kind, const configuration *c) {
  configuration batch[BATCH];
  contacts ours[BATCH];
  for (int i = 0; i < BATCH; i++) batch[i] = *c;
  collide_batch_float(kind, batch, ours);
  return ours[0];
}

static void turn(geom *g, double w, double x, double y, double z) {
  double q[4] = {w, x, y, z};
  mju_normalize4(q);
  mju_quat2Mat(g->rotation, q);
}

/* Whether some contact lies at (x, y, z) with that distance. */
static int has_contact(const contacts *list, double x, double y, double z, double distance) {
  for (int i = 0; i < list->count; i++)
    if (apart(list->contacts[i].position, (double[3]){x, y, z}) < 1e-5 &&
        fabs(list->contacts[i].distance - distance) < 1e-5)
      return 1;
  return 0;
}

static void equal_boxes_stack_on_four_corners(void **state) {
  (void)state;
  configuration c = upright(0.3, 0.2, 0.1, 0.3, 0.2, 0.1);
  const double shifts[4] = {0, 1e-7, -3e-6, 1e-2};
  for (int i = 0; i < 4; i++) {
    c.geoms[1].position[0] = round_to_float(shifts[i]);
    c.geoms[1].position[2] = round_to_float(0.199);
    contacts ours = collide_one(MYR_PAIR_BOX_BOX, &c);
    assert_int_equal(ours.count, 4);
    double left = fmax(-0.3, shifts[i] - 0.3), right = fmin(0.3, shifts[i] + 0.3);
    for (int corner = 0; corner < 4; corner++)
      assert_true(has_contact(&ours, corner & 1 ? left : right, corner & 2 ? 0.2 : -0.2, 0.0995, -0.001));
  }
}

/* Turns a whole configuration; has_turned_contact looks for a contact at a turned place. */
static configuration turned(const configuration *c, const double rotation[9]) {
  configuration result = *c;
  for (int g = 0; g < 2; g++) {
    mju_mulMatVec3(result.geoms[g].position, rotation, c->geoms[g].position);
    mju_mulMatMat(result.geoms[g].rotation, rotation, c->geoms[g].rotation, 3, 3, 3);
  }
  return result;
}
static int has_turned_contact(const contacts *list, const double rotation[9], double x, double y, double z,
                              double distance) {
  double place[3];
  mju_mulMatVec3(place, rotation, (double[3]){x, y, z});
  return has_contact(list, place[0], place[1], place[2], distance);
}

/* Shapes that rest on each other keep their contacts in any attitude of the whole: rounding must neither lose nor
 * double a contact. */
static void resting_does_not_depend_on_attitude(void **state) {
  (void)state;
  random_state = 5;
  configuration stacks[4] = {upright(0.3, 0.2, 0.1, 0.3, 0.2, 0.1), upright(0.3, 0.2, 0.1, 0.4, 0.3, 0.1),
                             upright(0.3, 0.2, 0.1, 0.4, 0.2, 0.1), upright(0.3, 0.2, 0.1, 0.3, 0.3, 0.1)};
  for (int i = 0; i < 4; i++) stacks[i].geoms[1].position[2] = 0.199;
  configuration along_x = upright(0.1, 0.5, 0, 0.4, 0.3, 0.5), along_y = along_x;
  turn(along_x.geoms, 0.70710678118654752, 0, 0.70710678118654752, 0);
  turn(along_y.geoms, 0.70710678118654752, 0.70710678118654752, 0, 0);
  along_x.geoms[0].position[2] = along_y.geoms[0].position[2] = 0.59;
  for (int attempt = 0; attempt < 500; attempt++) {
    double rotation[9];
    random_rotation(ANY_ATTITUDE, rotation);
    for (int i = 0; i < 4; i++) {
      configuration c = turned(stacks + i, rotation);
      contacts ours = collide_one(MYR_PAIR_BOX_BOX, &c);
      assert_int_equal(ours.count, 4);
      for (int corner = 0; corner < 4; corner++) {
        double x = corner & 1 ? 0.3 : -0.3, y = corner & 2 ? 0.2 : -0.2;
        assert_true(has_turned_contact(&ours, rotation, x, y, 0.0995, -0.001));
      }
    }
    configuration turned_x = turned(&along_x, rotation), turned_y = turned(&along_y, rotation);
    contacts lying_x = collide_one(MYR_PAIR_CAPSULE_BOX, &turned_x);
    contacts lying_y = collide_one(MYR_PAIR_CAPSULE_BOX, &turned_y);
    assert_int_equal(lying_x.count, 2);
    assert_int_equal(lying_y.count, 2);
    for (int end = -1; end < 2; end += 2) {
      assert_true(has_turned_contact(&lying_x, rotation, 0.4 * end, 0, 0.495, -0.01));
      assert_true(has_turned_contact(&lying_y, rotation, 0, 0.3 * end, 0.495, -0.01));
    }
  }
}

static void octagon_of_boxes_has_eight_corners(void **state) {
  (void)state;
  configuration c = upright(0.2, 0.2, 0.1, 0.2, 0.2, 0.1);
  turn(c.geoms + 1, 0.92387953, 0, 0, 0.38268343);
  c.geoms[1].position[2] = round_to_float(0.19);
  contacts ours = collide_one(MYR_PAIR_BOX_BOX, &c);
  assert_int_equal(ours.count, 8);
  for (int i = 0; i < 8; i++)
    assert_true(fabs(ours.contacts[i].distance + 0.01) < 1e-6 && ours.contacts[i].normal[2] > 0.999999);
}

static void a_lying_capsule_rests_on_both_ends(void **state) {
  (void)state;
  configuration c = upright(0.1, 0.5, 0, 0.4, 0.4, 0.5);
  turn(c.geoms, 0.70710678, 0, 0.70710678, 0);
  c.geoms[0].position[2] = round_to_float(0.59);
  contacts ours = collide_one(MYR_PAIR_CAPSULE_BOX, &c); /* overhangs on both sides */
  assert_int_equal(ours.count, 2);
  assert_true(has_contact(&ours, 0.4, 0, 0.495, -0.01) && has_contact(&ours, -0.4, 0, 0.495, -0.01));
  c.geoms[0].position[0] = round_to_float(0.5); /* one end on the box, the other out in the air */
  ours = collide_one(MYR_PAIR_CAPSULE_BOX, &c);
  assert_int_equal(ours.count, 2);
  assert_true(has_contact(&ours, 0.4, 0, 0.495, -0.01) && has_contact(&ours, 0, 0, 0.495, -0.01));
  c = upright(0.1, 0.3, 0, 0.4, 0.4, 0.5); /* along an edge, half way between two faces */
  turn(c.geoms, 0.70710678, 0, 0.70710678, 0);
  c.geoms[0].position[1] = round_to_float(0.45);
  c.geoms[0].position[2] = round_to_float(0.55);
  ours = collide_one(MYR_PAIR_CAPSULE_BOX, &c);
  assert_int_equal(ours.count, 2);
  assert_true(fabs(fabs(ours.contacts[0].position[0]) - 0.3) < 1e-5);
  assert_true(fabs(ours.contacts[0].position[0] + ours.contacts[1].position[0]) < 1e-5);
}

static void a_capsule_through_a_box_leaves_sideways(void **state) {
  (void)state;
  configuration c = upright(0.03, 1, 0, 0.3, 0.2, 0.4);
  c.geoms[0].position[1] = round_to_float(0.15);
  contacts ours = collide_one(MYR_PAIR_CAPSULE_BOX, &c);
  assert_int_equal(ours.count, 2);
  for (int i = 0; i < 2; i++) {
    assert_true(fabs(ours.contacts[i].distance + 0.08) < 1e-6);
    assert_true(ours.contacts[i].normal[1] < -0.999999);
    assert_true(fabs(ours.contacts[i].position[1] - 0.16) < 1e-6);
    assert_true(fabs(fabs(ours.contacts[i].position[2]) - 0.4) < 1e-6);
  }
}

static void parallel_capsules_have_two_contacts(void **state) {
  (void)state;
  configuration c = upright(0.1, 0.5, 0, 0.1, 0.3, 0);
  c.geoms[1].position[0] = round_to_float(0.19);
  c.geoms[1].position[2] = round_to_float(0.1);
  contacts ours = collide_one(MYR_PAIR_CAPSULE_CAPSULE, &c);
  assert_int_equal(ours.count, 2);
  assert_true(has_contact(&ours, 0.095, 0, 0.4, -0.01) && has_contact(&ours, 0.095, 0, -0.2, -0.01));
}

static void coincident_centres_have_a_normal(void **state) {
  (void)state;
  for (int kind = 0; kind < MYR_PAIR_KIND_COUNT; kind++) {
    if (kinds[kind].type1 == mjGEOM_PLANE) continue; /* which has no centre */
    configuration c = upright(0.1, 0.2, 0.3, 0.25, 0.15, 0.2);
    if (kinds[kind].type1 == mjGEOM_MESH) c.geoms[0].hull = test_hull_of(HULL_BOX);
    if (kinds[kind].type2 == mjGEOM_MESH) c.geoms[1].hull = test_hull_of(HULL_ROCK_16);
    contacts ours = collide_one(kind, &c);
    assert_true(ours.count > 0);
    for (int k = 0; k < ours.count; k++) {
      assert_true(ours.contacts[k].distance < 0);
      assert_true(fabs(mju_norm3(ours.contacts[k].normal) - 1) < 1e-6);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_boxes_stack_on_four_corners),       cmocka_unit_test(resting_does_not_depend_on_attitude),
      cmocka_unit_test(octagon_of_boxes_has_eight_corners),      cmocka_unit_test(a_lying_capsule_rests_on_both_ends),
      cmocka_unit_test(a_capsule_through_a_box_leaves_sideways), cmocka_unit_test(parallel_capsules_have_two_contacts),
      cmocka_unit_test(coincident_centres_have_a_normal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
