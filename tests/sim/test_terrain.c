/* Tests bodies on height fields: the contacts of kernels/step/collide_field.h in closed loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

static const char *const shapes[] = {
    "type='box' size='.1 .08 .05'",        "type='sphere' size='.1'",
    "type='cylinder' size='.09 .05'",      "type='capsule' size='.04 .08' euler='90 0 0'",
    "type='ellipsoid' size='.09 .08 .05'", "type='mesh' mesh='brick'"};
static const double heights[] = {.05, .1, .05, .04, .05, .05};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* A shape of each kind, at rest on ground whose surface is z = 0. */
static myr_model *row_of_shapes(const char *ground) {
  static random_model r;
  r = (random_model){0};
  random_write(
      &r,
      "<mujoco><option timestep='.002'/><asset><hfield name='flat' nrow='31' ncol='41' size='2 1.5 1 .5'/>"
      "<mesh name='brick' vertex='-.1 -.08 -.05 .1 -.08 -.05 -.1 .08 -.05 .1 .08 -.05 -.1 -.08 .05 .1 -.08 .05 "
      "-.1 .08 .05 .1 .08 .05'/></asset><worldbody><geom %s/>",
      ground);
  for (int i = 0; i < SHAPES; i++)
    random_write(&r, "<body pos='%g .013 %g' euler='0 0 %d'><freejoint/><geom %s mass='1'/></body>", -1.2 + .42 * i,
                 heights[i], 23 * i, shapes[i]);
  random_write(&r, "</worldbody></mujoco>");
  myr_model *model = model_of_text(r.text);
  return model;
}

/* On a flat height field everything rests as on a plane, although it lies on seams between cells. */
static void a_flat_field_is_a_plane(void **state) {
  (void)state;
  myr_model *models[2] = {row_of_shapes("type='plane' size='3 3 1'"), row_of_shapes("type='hfield' hfield='flat'")};
  double poses[2][3 * SHAPES];
  for (int g = 0; g < 2; g++) {
    myr_batch *batch = batch_of(models[g], 1, 1);
    step_all(batch, 1000, 0);
    for (int i = 0; i < 3 * SHAPES; i++) poses[g][i] = value_of(batch, MYR_FIELD_qpos, 0, 7 * (i / 3) + i % 3);
    for (int i = 0; i < models[g]->nv; i++)
      if (fabs(value_of(batch, MYR_FIELD_qvel, 0, i)) > 2e-2) /* a capsule wobbles when it touches by other points */
        fail_msg("%s moves by %g", shapes[i / 6], value_of(batch, MYR_FIELD_qvel, 0, i));
    myr_batch_destroy(batch);
    myr_model_free(models[g]);
  }
  for (int i = 0; i < 3 * SHAPES; i++)
    if (fabs(poses[0][i] - poses[1][i]) > 1e-4)
      fail_msg("%s rests at %g on a plane, at %g on a field", shapes[i / 3], poses[0][i], poses[1][i]);
}

/* A ball rolls down a slope of 1 in 5 with 5/7 of the slope's share of gravity, over all seams. */
static void a_ball_rolls_down_a_slope(void **state) {
  (void)state;
  char text[4096] = "<mujoco><option timestep='.001'/><asset><hfield name='slope' nrow='3' ncol='21' size='2 .3 .8 .2' "
                    "elevation='";
  for (int row = 0; row < 3; row++)
    for (int column = 0; column < 21; column++)
      snprintf(text + strlen(text), sizeof text - strlen(text), "%g ", 1 - column / 20.0);
  strcat(text, "'/></asset><worldbody><geom type='hfield' hfield='slope' friction='1 0 0'/>"
               "<body pos='-1.5 .03 .802'><freejoint/><geom size='.1' friction='1 0 0'/></body></worldbody></mujoco>");
  myr_model *model = model_of_text(text);
  myr_batch *batch = batch_of(model, 1, 1);
  step_all(batch, 200, 0);
  double before = value_of(batch, MYR_FIELD_qvel, 0, 0);
  step_all(batch, 600, 0);
  double sine = .2 / sqrt(1.04), cosine = 1 / sqrt(1.04);
  double along = (value_of(batch, MYR_FIELD_qvel, 0, 0) - before) / cosine / .6, expected = 5.0 / 7 * 9.81 * sine;
  if (fabs(along - expected) > .01 * expected) fail_msg("rolls at %g m/s2, not %g", along, expected);
  assert_true(fabs(value_of(batch, MYR_FIELD_qvel, 0, 1)) < 1e-3);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* Shapes of every kind fall on bumps, are thrown about, and stay above the base. Widths agree to the bit. */
static void nothing_falls_through(void **state) {
  (void)state;
  static random_model r;
  r = (random_model){0};
  random_write(
      &r, "<mujoco><option timestep='.002'/><asset>"
          "<mesh name='brick' vertex='-.1 -.08 -.05 .1 -.08 -.05 -.1 .08 -.05 .1 .08 -.05 -.1 -.08 .05 .1 -.08 .05 "
          "-.1 .08 .05 .1 .08 .05'/><hfield name='bumps' nrow='25' ncol='25' size='1.5 1.5 .2 .1' elevation='");
  for (int i = 0; i < 25 * 25; i++)
    random_write(&r, "%.3f ", .5 + .3 * sin(1.1 * (i % 25)) * cos(.9 * (i / 25)) + .2 * sin(5.3 * i));
  random_write(&r, "'/></asset><worldbody><geom type='hfield' hfield='bumps' pos='0 0 -.1'/>");
  for (int i = 0; i < SHAPES; i++)
    random_write(&r, "<body pos='%g %g .5' euler='%d 20 0'><freejoint/><geom %s mass='1'/></body>", -.5 + .35 * (i % 3),
                 -.3 + .5 * (i / 3), 40 * i, shapes[i]);
  random_write(&r, "</worldbody></mujoco>");
  myr_model *model = model_of_text(r.text);
  myr_batch *one = batch_of(model, 3, 1), *wide = batch_of(model, 3, 0);
  for (int world = 0; world < 3; world++)
    for (int i = 0; i < SHAPES; i++) {
      set_value(one, MYR_FIELD_qvel, world, 6 * i + 2, -2.0 * world);
      set_value(wide, MYR_FIELD_qvel, world, 6 * i + 2, -2.0 * world);
    }
  step_all(one, 1500, 0);
  step_all(wide, 1500, 0);
  for (int world = 0; world < 3; world++)
    for (int i = 0; i < SHAPES; i++) {
      double x = value_of(one, MYR_FIELD_qpos, world, 7 * i), y = value_of(one, MYR_FIELD_qpos, world, 7 * i + 1);
      double z = value_of(one, MYR_FIELD_qpos, world, 7 * i + 2);
      if (fabs(x) < 1.4 && fabs(y) < 1.4 && !(z > -.1)) fail_msg("world %d: %s lies at %g", world, shapes[i], z);
      for (int k = 0; k < 7; k++)
        assert_true(value_of(one, MYR_FIELD_qpos, world, 7 * i + k) ==
                    value_of(wide, MYR_FIELD_qpos, world, 7 * i + k));
    }
  myr_batch_destroy(one);
  myr_batch_destroy(wide);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_flat_field_is_a_plane),
      cmocka_unit_test(a_ball_rolls_down_a_slope),
      cmocka_unit_test(nothing_falls_through),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
