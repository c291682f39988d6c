/* Tests the contacts of shapes with faces by their geometry.
 *
 * MuJoCo 4.0.1 and Myriad choose other axes and other points where two boxes overlap deeply or meet edge to edge. The
 * contacts of two boxes are therefore checked by the geometry of the boxes, and only a share of them is compared with
 * mj_collision. */
#include "collide_oracle.h"

/* Returns how far a capsule or a box extends from its centre in a direction, m. */
static double extent(int type, const geom *g, const double direction[3]) {
  double d[3];
  mju_mulMatTVec(d, g->rotation, direction, 3, 3);
  if (type == mjGEOM_CAPSULE) return g->size[0] + g->size[1] * fabs(d[2]);
  return g->size[0] * fabs(d[0]) + g->size[1] * fabs(d[1]) + g->size[2] * fabs(d[2]);
}

/* Returns the gap between the two geoms along a direction, m; negative if they overlap. */
static double gap_along(int kind, const configuration *c, const double normal[3]) {
  double d[3];
  mju_sub3(d, c->geoms[1].position, c->geoms[0].position);
  return mju_dot3(d, normal) - extent(kinds[kind].type1, c->geoms, normal) -
         extent(kinds[kind].type2, c->geoms + 1, normal);
}

/* Returns the largest gap along any direction: it tries the axes that can separate faces and edges, and random ones. */
static double widest_gap(int kind, const configuration *c) {
  double best = -INFINITY, axis[3], first[3], second[3];
  for (int i = 0; i < 15 + 30; i++) {
    if (i < 6)
      column(c->geoms[i / 3].rotation, i % 3, axis);
    else if (i < 15) {
      column(c->geoms[0].rotation, i % 3, first);
      column(c->geoms[1].rotation, (i - 6) / 3, second);
      mju_cross(axis, first, second);
    } else
      for (int k = 0; k < 3; k++) axis[k] = random_between(-1, 1);
    if (mju_normalize3(axis) < 1e-6) continue;
    best = fmax(best, gap_along(kind, c, axis));
    mju_scl3(axis, axis, -1);
    best = fmax(best, gap_along(kind, c, axis));
  }
  return best;
}

/* Whether the surface of geom 1 lies half the distance behind the contact, and that of geom 2 half the distance before
 * it. The second contact of a capsule belongs to a sphere inside it, so its surface may lie deeper. */
static int touches_both_surfaces(int kind, const configuration *c, const contact *k, int second, double tolerance) {
  double on1[3], on2[3];
  mju_addScl3(on1, k->position, k->normal, -0.5 * k->distance);
  mju_addScl3(on2, k->position, k->normal, 0.5 * k->distance);
  double from1 = surface_distance(kinds[kind].type1, c->geoms, on1);
  int inside1 = kind == MYR_PAIR_CAPSULE_BOX && second;
  return (inside1 ? from1 : fabs(from1)) <= tolerance &&
         fabs(surface_distance(kinds[kind].type2, c->geoms + 1, on2)) <= tolerance;
}

/* Returns the first fault of the contacts of two shapes with faces, or NULL. Contacts must lie within the margin and be
 * no deeper than the geoms overlap along the normal. The normal must be the shortest way out, and each contact must
 * join two points of the surfaces. */
static const char *fault_of(int kind, const configuration *c, const contacts *ours, double tolerance) {
  double widest = widest_gap(kind, c);
  double axis = kind == MYR_PAIR_CAPSULE_BOX ? axis_distance(c) : 0;
  int by_distance = axis > AXIS_ACCURACY; /* the shortest way is then judged by MuJoCo */
  int by_axes = kind == MYR_PAIR_BOX_BOX || axis < -AXIS_ACCURACY;
  if (widest > c->margin + tolerance && ours->count) return "a contact beyond the margin";
  if (widest < -tolerance && by_axes && !ours->count) return "no contact of geoms that penetrate";
  for (int k = 0; k < ours->count; k++) {
    const contact *point = ours->contacts + k;
    if (fabs(mju_norm3(point->normal) - 1) > tolerance) return "a normal that is not a unit vector";
    if (point->distance > c->margin) return "a contact beyond the margin";
    if (point->distance < gap_along(kind, c, point->normal) - tolerance) return "a contact deeper than the overlap";
    if ((kind == MYR_PAIR_BOX_BOX || by_distance) && !touches_both_surfaces(kind, c, point, k, tolerance))
      return "a contact off the surfaces";
  }
  if (widest < -tolerance && by_axes) {
    double gap = gap_along(kind, c, deepest(ours)->normal);
    /* faces are preferred to edges by these shares of the depth */
    double slack = tolerance + (kind == MYR_PAIR_CAPSULE_BOX ? 1.1e-3 : 10 * tolerance) * fabs(widest);
    if (gap < widest - slack) return "a normal that is not the shortest way out";
    if (kind == MYR_PAIR_BOX_BOX && fabs(deepest(ours)->distance - gap) > slack) return "no contact at full depth";
  }
  return NULL;
}

/* Whether MuJoCo's deepest contact equals ours. */
static int deepest_as_in_mujoco(const contacts *theirs, const contacts *ours, double tolerance) {
  if (!theirs->count || !ours->count) return theirs->count == ours->count;
  double a = deepest(theirs)->distance, b = deepest(ours)->distance;
  return apart(deepest(theirs)->normal, deepest(ours)->normal) < 1e-3 && fabs(a - b) < tolerance;
}

static void judge_geometry(int kind, int in_double, enum attitude attitude) {
  oracle o = oracle_create(kind);
  double tolerance = in_double ? 1e-9 : 2e-5;
  int in_contact = 0, like_mujoco = 0;
  random_state = 77 + 1000 * (uint64_t)kind + (uint64_t)attitude;
  for (int round = 0; round < ROUNDS; round++) {
    configuration batch[BATCH];
    contacts ours[BATCH];
    collide_random_batch(kind, in_double, attitude, batch, ours);
    for (int i = 0; i < BATCH; i++) {
      contacts theirs = oracle_collide(o, batch + i);
      in_contact += ours[i].count > 0;
      like_mujoco += deepest_as_in_mujoco(&theirs, ours + i, 2 * tolerance);
      const char *fault = fault_of(kind, batch + i, ours + i, tolerance);
      if (!fault) continue;
      print_configuration(batch + i);
      print_contacts("ours", ours + i);
      oracle_destroy(o);
      fail_msg("%s: %s", kinds[kind].name, fault);
    }
  }
  oracle_destroy(o);
  print_message("  %-16s %s %s: %d of %d in contact, %d as mj_collision\n", kinds[kind].name,
                in_double ? "double" : "float ", attitude_names[attitude], in_contact, BATCH * ROUNDS, like_mujoco);
  assert_true(in_contact * 3 > BATCH * ROUNDS);
  const double shares[] = {[ANY_ATTITUDE] = 0.9, [NEARLY_ALIGNED] = 0.7, [ALIGNED] = 0.999};
  if (kind == MYR_PAIR_BOX_BOX) assert_true(like_mujoco > shares[attitude] * BATCH * ROUNDS);
}

static void faces_meet_by_their_geometry(void **state) {
  (void)state;
  const int judged[] = {MYR_PAIR_CAPSULE_BOX, MYR_PAIR_BOX_BOX};
  for (int i = 0; i < 2; i++)
    for (int attitude = ANY_ATTITUDE; attitude <= ALIGNED; attitude++)
      for (int in_double = 1; in_double >= 0; in_double--)
        judge_geometry(judged[i], in_double, (enum attitude)attitude);
}

/* If the boxes are swapped, the polygon in which their faces meet stays the same and the normal turns around. */
static void swapping_the_boxes_turns_the_normal(void **state) {
  (void)state;
  random_state = 6;
  for (int round = 0; round < ROUNDS; round++) {
    configuration batch[BATCH], swapped[BATCH];
    contacts ours[BATCH], others[BATCH];
    for (int i = 0; i < BATCH; i++) {
      batch[i] = swapped[i] = random_configuration(MYR_PAIR_BOX_BOX, round % 2 ? NEARLY_ALIGNED : ANY_ATTITUDE);
      swapped[i].geoms[0] = batch[i].geoms[1];
      swapped[i].geoms[1] = batch[i].geoms[0];
    }
    collide_batch_double(MYR_PAIR_BOX_BOX, batch, ours);
    collide_batch_double(MYR_PAIR_BOX_BOX, swapped, others);
    for (int i = 0; i < BATCH; i++) {
      assert_int_equal(ours[i].count, others[i].count);
      for (int k = 0; k < others[i].count; k++) {
        mju_scl3(others[i].contacts[k].normal, others[i].contacts[k].normal, -1);
        mju_copy3(others[i].contacts[k].tangent, ours[i].contacts[k].tangent);
      }
      assert_true(lists_agree(ours + i, others + i, batch[i].margin, 1e-9, 1e-7));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(faces_meet_by_their_geometry),
      cmocka_unit_test(swapping_the_boxes_turns_the_normal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
