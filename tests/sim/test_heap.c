/* Tests that a heap in a box stays in it: no contact is missing where there is room for all, and where a model states less
 * room, the world says how many were dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "tests/sim/worlds.h"

enum { SIDE = 23, COUNT = 500 };
static const double apart = 0.115, radius = 0.05, half = 0.5 * SIDE * 0.115;

/* COUNT spheres above the floor of a box, a little irregular, which hold `contacts` contacts at most (0: all). */
static myr_model *box_of_spheres(int contacts) {
  char *text = NULL, size[64] = "";
  size_t length;
  FILE *out = open_memstream(&text, &length);
  if (contacts) snprintf(size, sizeof size, "<size nconmax='%d'/>", contacts);
  fprintf(out, "<mujoco><option timestep='.004'/>%s<worldbody><geom type='plane' size='5 5 .1'/>", size);
  for (int wall = 0; wall < 4; wall++) {
    const double way = (wall % 2 ? -1 : 1) * (half + 0.1);
    fprintf(out, "<geom type='box' size='%g %g 1' pos='%g %g 1'/>", wall < 2 ? 0.1 : half + 0.2,
            wall < 2 ? half + 0.2 : 0.1, wall < 2 ? way : 0, wall < 2 ? 0 : way);
  }
  for (int i = 0; i < COUNT; i++)
    fprintf(out, "<body pos='%g %g %g'><freejoint/><geom size='%g' mass='.1'/></body>",
            apart * (i % SIDE - 0.5 * (SIDE - 1)) + 0.004 * sin(i),
            apart * (i / SIDE - 0.5 * (SIDE - 1)) + 0.004 * cos(3 * i), 0.06, radius);
  fprintf(out, "</worldbody></mujoco>");
  fclose(out);
  myr_model *model = model_of_text(text);
  free(text);
  return model;
}

/* The spheres outside of the box, or sunk into its floor by half their radius. */
static int escaped(myr_batch *batch) {
  int count = 0;
  for (int i = 0; i < COUNT; i++) {
    const double x = value_of(batch, MYR_FIELD_qpos, 0, 7 * i), y = value_of(batch, MYR_FIELD_qpos, 0, 7 * i + 1),
                 z = value_of(batch, MYR_FIELD_qpos, 0, 7 * i + 2);
    count += !(fabs(x) < half && fabs(y) < half && z > 0.5 * radius);
  }
  return count;
}

static myr_batch *settled(const myr_model *model) {
  myr_batch *batch = batch_of(model, 1, 1);
  for (int i = 0; i < COUNT; i++) set_value(batch, MYR_FIELD_qvel, 0, 6 * i, 0.5 * sin(5 * i));
  step_all(batch, 60, 0);
  step_all(batch, 0, MYR_OBSERVE);
  return batch;
}

static void a_box_holds_its_spheres(void **state) {
  (void)state;
  myr_model *model = box_of_spheres(0);
  myr_batch *batch = settled(model);
  assert_true(value_of(batch, MYR_FIELD_contact_count, 0, 0) >= COUNT);
  assert_true(value_of(batch, MYR_FIELD_dropped_contacts, 0, 0) == 0);
  assert_int_equal(escaped(batch), 0);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* The deepest contacts are kept, so a sphere that lost its floor in one step gets it back in the next. */
static void few_contacts_are_told(void **state) {
  (void)state;
  myr_model *model = box_of_spheres(400);
  myr_batch *batch = settled(model);
  assert_true(value_of(batch, MYR_FIELD_contact_count, 0, 0) == 400);
  assert_true(value_of(batch, MYR_FIELD_dropped_contacts, 0, 0) > COUNT - 400);
  assert_true(value_of(batch, MYR_FIELD_status, 0, 0) == MYR_WORLD_DROPPED_CONTACTS);
  assert_int_equal(escaped(batch), 0);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* The inverse inertias of a tree are computed from the tree alone, in time that grows with its own depth: they stay the same
 * bits where another tree's mass is NaN. (With all dofs in each solution, a heap of 2000 balls took 16 s for each start.) */
static void weights_are_of_one_tree(void **state) {
  (void)state;
  enum { ARM = 3, BALL = 6 };
  myr_model *model = model_of_text(
      "<mujoco><worldbody><body pos='0 0 1'><freejoint/><geom size='.1'/></body>"
      "<body name='arm' pos='1 0 1'><joint axis='0 1 0'/><geom type='capsule' size='.05' fromto='0 0 0 .4 0 0'/>"
      "<body pos='.4 0 0'><joint type='ball'/><geom type='capsule' size='.05' fromto='0 0 0 0 .3 0'/></body>"
      "<body pos='.4 0 .1'><joint type='slide' axis='0 0 1'/><geom type='box' size='.1 .1 .1'/></body></body>"
      "</worldbody></mujoco>");
  myr_batch *batch = batch_of(model, 1, 1);
  double before[2 * ARM + 5];
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 2 * ARM + 5; i++) {
      const double weight = i < 2 * ARM ? value_of(batch, MYR_FIELD_body_invweight0, 0, 4 + i)
                                        : value_of(batch, MYR_FIELD_dof_invweight0, 0, BALL + i - 2 * ARM);
      if (round == 0) before[i] = weight;
      assert_true(weight > 0 && weight == before[i]);
    }
    set_value(batch, MYR_FIELD_body_mass, 0, 1, NAN);
    commit_all(batch);
  }
  assert_true(isnan(value_of(batch, MYR_FIELD_dof_invweight0, 0, 0)));
  myr_batch_destroy(batch);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_box_holds_its_spheres),
      cmocka_unit_test(few_contacts_are_told),
      cmocka_unit_test(weights_are_of_one_tree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
