/* Tests contacts of engine bullet: falling, rest, sliding and rolling against closed forms and our own engine, and the
 * labels of contacts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "kernels/model.h"
#include "sim/bullet/bullet_c.h"
#include "tests/sim/worlds.h"

static const char *const engine_names[2] = {"cpu", "bullet"};

typedef struct landing {
  double height, first, travelled, force; /* m; s, first contact; m along x; N, at rest */
} landing;

static landing drop(const char *geom, double height, double speed, const char *engine) {
  char text[800];
  snprintf(text, sizeof text,
           "<mujoco><option timestep='.002' cone='elliptic'/><worldbody><geom type='plane' size='0 0 1' friction='.5'/>"
           "<body pos='0 0 %g'><freejoint/><geom mass='2' friction='.5 .005 .0001' %s/></body></worldbody></mujoco>",
           height, geom);
  myr_model *model = model_of_text(text);
  myr_batch *batch = engine_batch(model, engine, 1, 1);
  set_value(batch, MYR_FIELD_qvel, 0, 0, speed);
  commit_all(batch);
  landing result = {.first = -1};
  for (int step = 0; step < 1500; step++) {
    step_all(batch, 1, MYR_OBSERVE);
    if (result.first < 0 && value_of(batch, MYR_FIELD_body_contact_force, 0, 5) > 0) result.first = step * .002;
  }
  result.height = value_of(batch, MYR_FIELD_qpos, 0, 2);
  result.travelled = value_of(batch, MYR_FIELD_qpos, 0, 0);
  result.force = value_of(batch, MYR_FIELD_body_contact_force, 0, 5);
  myr_batch_destroy(batch);
  myr_model_free(model);
  return result;
}

static void falls_and_rests_agree(void **state) {
  (void)state;
  static const struct {
    const char *geom;
    double rest; /* height of the centre */
  } cases[] = {{"type='sphere' size='.1'", .1},
               {"type='capsule' size='.1 .2'", .3},
               {"type='capsule' size='.1 .2' euler='0 90 0'", .1},
               {"type='box' size='.1 .2 .15'", .15},
               {"type='cylinder' size='.2 .1'", .1},
               {"type='ellipsoid' size='.2 .15 .1'", .1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const double fall = 0.5;
    landing ours = drop(cases[i].geom, cases[i].rest + fall, 0, "cpu"),
            its = drop(cases[i].geom, cases[i].rest + fall, 0, "bullet");
    double analytic = sqrt(2 * fall / 9.81);
    if (fabs(its.first - analytic) > .05 * analytic || fabs(ours.first - its.first) > .05 * analytic)
      fail_msg("%s: falls for %g and %g s instead of %g", cases[i].geom, ours.first, its.first, analytic);
    if (fabs(its.height - cases[i].rest) > 1e-3 || fabs(ours.height - its.height) > 2e-4)
      fail_msg("%s: rests at %g and %g m instead of %g", cases[i].geom, ours.height, its.height, cases[i].rest);
    assert_true(fabs(its.force - 2 * 9.81) < .01 * 2 * 9.81);
  }
}

/* Balls sink in as deep as in our engine, for every cone, reference and impedance. */
static void balls_sink_as_deep(void **state) {
  (void)state;
  static const char *const cones[] = {"elliptic", "pyramidal"};
  static const char *const materials[] = {
      "",          "solref='.05 1.2'", "solref='-2000 -60'", "solimp='.6 .95 .01 .4 3'", "friction='1.5' condim='4'",
      "condim='1'"};
  for (size_t i = 0; i < 12; i++) {
    char text[600];
    double depths[2];
    snprintf(text, sizeof text,
             "<mujoco><option timestep='.002' cone='%s'/><default><geom friction='.4'/></default><worldbody><geom "
             "type='plane' size='0 0 1' %s/>"
             "<body pos='0 0 .1'><freejoint/><geom mass='9' size='.1' %s/></body></worldbody></mujoco>",
             cones[i % 2], materials[i / 2], materials[i / 2]);
    myr_model *model = model_of_text(text);
    for (int s = 0; s < 2; s++) {
      myr_batch *batch = engine_batch(model, engine_names[s], 1, 1);
      step_all(batch, 2500, 0);
      depths[s] = .1 - value_of(batch, MYR_FIELD_qpos, 0, 2);
      myr_batch_destroy(batch);
    }
    if (fabs(depths[0] - depths[1]) > .01 * depths[0] + 1e-7)
      fail_msg("%s, %s: %g instead of %g m", cones[i % 2], materials[i / 2], depths[1], depths[0]);
    myr_model_free(model);
  }
}

/* A box slides for v^2 / (2 mu g). It stops only at the end of a step, so the distances may differ by v dt / 2. */
static void boxes_slide_as_far(void **state) {
  (void)state;
  const double speed = 2, analytic = speed * speed / (2 * .5 * 9.81);
  landing ours = drop("type='box' size='.2 .2 .05'", .05, speed, "cpu"),
          its = drop("type='box' size='.2 .2 .05'", .05, speed, "bullet");
  if (fabs(its.travelled - analytic) > .05 * analytic || fabs(ours.travelled - its.travelled) > .05 * analytic)
    fail_msg("slides %g and %g m instead of %g", ours.travelled, its.travelled, analytic);
}

/* A ball that spins in place loses mu_t m g / I of its rate each second; a rolling one loses mu_r g / (1.4 r) of its
 * speed. */
static void balls_lose_their_spin(void **state) {
  (void)state;
  const double radius = .1, torsional = .01, rolling = .005, seconds = .2;
  char text[400];
  snprintf(text, sizeof text,
           "<mujoco><option timestep='.001' cone='elliptic'/><default><geom friction='.8 %g %g' "
           "condim='6'/></default><worldbody>"
           "<geom type='plane' size='0 0 1'/><body pos='0 0 %g'><freejoint/><geom mass='2' "
           "size='%g'/></body></worldbody></mujoco>",
           torsional, rolling, radius, radius);
  myr_model *model = model_of_text(text);
  myr_batch *batch = engine_batch(model, "bullet", 2, 1);
  step_all(batch, 500, 0); /* until they lie still */
  for (int world = 0; world < 2; world++) {
    set_value(batch, MYR_FIELD_qvel, world, world ? 0 : 5, world ? 1 : 20);
    if (world) set_value(batch, MYR_FIELD_qvel, world, 4, 1 / radius);
  }
  commit_all(batch);
  step_all(batch, (int)lround(seconds / .001), 0);
  double spin = 20 - seconds * torsional * 9.81 / (.4 * radius * radius);
  double speed = 1 - seconds * rolling * 9.81 / (1.4 * radius);
  assert_true(fabs(value_of(batch, MYR_FIELD_qvel, 0, 5) - spin) < .03 * (20 - spin));
  assert_true(fabs(value_of(batch, MYR_FIELD_qvel, 1, 0) - speed) < .03 * (1 - speed));
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* Contacts are labelled with their geoms, position and force: a box on the ground, and a ball on the box. */
static void contacts_are_labelled(void **state) {
  (void)state;
  myr_model *model =
      model_of_text("<mujoco><worldbody><geom name='floor' type='plane' size='0 0 1'/>"
                    "<body pos='0 0 .1'><freejoint/><geom name='box' type='box' size='.2 .2 .1' mass='3'/></body>"
                    "<body pos='.05 0 .25'><freejoint/><geom name='ball' size='.05' mass='1'/></body>"
                    "</worldbody></mujoco>");
  myr_batch *batch = engine_batch(model, "bullet", 1, 1);
  step_all(batch, 100, 0);
  step_all(batch, 0, MYR_OBSERVE);
  int count = (int)value_of(batch, MYR_FIELD_contact_count, 0, 0), floors = 0, balls = 0;
  double weight[2] = {0};
  for (int c = 0; c < count; c++) {
    int pair = (int)value_of(batch, MYR_FIELD_contact_pair, 0, c);
    const char *one = model->geom_name[model->pair_geom1[pair]], *two = model->geom_name[model->pair_geom2[pair]];
    double up = value_of(batch, MYR_FIELD_contact_normal, 0, 3 * c + 2),
           z = value_of(batch, MYR_FIELD_contact_position, 0, 3 * c + 2);
    double force = value_of(batch, MYR_FIELD_contact_force, 0, 3 * c + 2);
    assert_true(force * up >= 0 && value_of(batch, MYR_FIELD_contact_distance, 0, c) <= 0);
    if (!strcmp(one, "floor")) {
      assert_true(!strcmp(two, "box") && up > .99 && fabs(z) < 1e-3);
      weight[0] += force, floors++;
    } else {
      double sign = !strcmp(two, "ball") ? 1 : -1; /* the pair's order is the model's */
      assert_true(sign * up > .99 && fabs(z - .2) < 1e-2);
      weight[1] += sign * force, balls++;
    }
  }
  assert_true(floors == 4 && balls == 1);
  assert_true(fabs(weight[0] - 4 * 9.81) < .4 && fabs(weight[1] - 9.81) < .1);
  assert_true(fabs(value_of(batch, MYR_FIELD_body_contact_force, 0, 5) - 3 * 9.81) < .4);
  assert_true(fabs(value_of(batch, MYR_FIELD_body_contact_force, 0, 8) - 9.81) < .1);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* If there are more contacts than a world may hold, the deepest are recorded, and the world's status says so. */
static void too_many_contacts_are_counted(void **state) {
  (void)state;
  myr_model *model = model_of_text("<mujoco><worldbody><geom type='plane' size='0 0 1'/><body pos='0 0 .1'><freejoint/>"
                                   "<geom type='box' size='.2 .2 .1'/></body></worldbody></mujoco>");
  model->ncon = 2;
  myr_batch *batch = engine_batch(model, "bullet", 1, 1);
  step_all(batch, 50, 0);
  step_all(batch, 4, MYR_OBSERVE);
  assert_true(value_of(batch, MYR_FIELD_contact_count, 0, 0) == 2 &&
              value_of(batch, MYR_FIELD_dropped_contacts, 0, 0) == 2);
  assert_true((int)value_of(batch, MYR_FIELD_status, 0, 0) == MYR_WORLD_DROPPED_CONTACTS);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(falls_and_rests_agree), cmocka_unit_test(balls_sink_as_deep),
      cmocka_unit_test(boxes_slide_as_far),    cmocka_unit_test(balls_lose_their_spin),
      cmocka_unit_test(contacts_are_labelled), cmocka_unit_test(too_many_contacts_are_counted),
  };
  if (!strstr(bullet_version(), "double")) return 77; /* tolerances are those of double precision */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
