/* Tests the controllers and events that act on worlds during an episode. */
#include "tests/scenarios/stage.h"

/* ------------------------------------------------------------------------------------------------ control, events */

static void hold_and_noise(void **state) {
  (void)state;
  const char *overrides[] = {"controllers.robot={hold: stand, noise: 0.1}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 1, 1, 1);
  begin(s, 0);
  double squares = 0;
  int free_actions = 0;
  for (int k = 0; k < 200; k++) {
    myr_plan_control(s->plan, s->batch, 0, &s->states[0], k, s->actions);
    for (int a = 0; a < s->model->nu; a++) {
      double ctrl = field(s, MYR_FIELD_ctrl, 0, a);
      assert_true(s->actions[a] >= -1 && s->actions[a] <= 1);
      near(s->info->action_center[a] + s->info->action_scale[a] * s->actions[a], ctrl, 1e-6);
      double middle = (s->model->key_ctrl[a] - s->info->action_center[a]) / s->info->action_scale[a];
      if (fabs(middle) > 0.5) continue; /* clamped at the end of the range now and then */
      squares += (s->actions[a] - middle) * (s->actions[a] - middle);
      free_actions++;
    }
  }
  assert_true(free_actions > 1000);
  near(sqrt(squares / free_actions), 0.1, 0.01);
  stage_end(s);
}

static void random_controls(void **state) {
  (void)state;
  const char *overrides[] = {"controllers.cart.random={every: 60 ms, amplitude: 0.5}"};
  stage *s = stage_make("cartpole", overrides, 1, 2, 1);
  begin_all(s, (const int64_t[]){4, 5});
  double last = NAN;
  int changes = 0, equal = 0;
  for (int k = 0; k < 250; k++) {
    float other;
    myr_plan_control(s->plan, s->batch, 0, &s->states[0], k, s->actions);
    myr_plan_control(s->plan, s->batch, 1, &s->states[1], k, &other);
    assert_true(fabsf(s->actions[0]) <= 0.5f);
    assert_true(k % 3 == 0 || s->actions[0] == last);
    changes += s->actions[0] != last;
    equal += s->actions[0] == other;
    last = s->actions[0];
  }
  assert_int_equal(changes, 84);
  assert_int_equal(equal, 0);
  stage_end(s);
}

/* The first error of the plan of ten_thousand_falls with this override. */
static const char *first_error(const char *override) {
  static char text[400];
  myr_scenario *scenario = load_good(SCENARIOS "ten_thousand_falls.yaml", &override, 1);
  myr_diagnostics diagnostics = {0};
  myr_plan *plan;
  assert_int_equal(myr_plan_create(scenario, 0, &plan, &diagnostics), MYR_INVALID);
  snprintf(text, sizeof text, "%s", diagnostics.items[0].message);
  myr_diagnostics_free(&diagnostics);
  myr_scenario_free(scenario);
  return text;
}

/* A controller of some actuators overrides that of its entity, wherever it stands, and later ones override earlier
 * ones. */
static void controllers_of_actuators(void **state) {
  (void)state;
  const char *overrides[] = {
      "controllers={robot.elbow_*: {hold: stand}, robot.elbow_left: {random: {every: 20 ms,"
      " amplitude: 0}}, robot: {random: {every: 20 ms, amplitude: 0.1}, strength: 2}, robot.*_pitch_right:"
      " {random: {every: 20 ms, amplitude: 0}, strength: 0.5}}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 1, 1, 1);
  begin(s, 0);
  myr_plan_control(s->plan, s->batch, 0, &s->states[0], 0, s->actions);
  char *const *names = myr_model_names(s->model, MYR_ELEMENT_actuator);
  for (int a = 0; a < s->model->nu; a++) {
    bool pitch = strstr(names[a], "_pitch_right") != NULL;
    near(field(s, MYR_FIELD_actuator_strength, 0, a), pitch ? 1 : 2, 1e-6);
    if (!strcmp(names[a], "robot.elbow_left")) {
      assert_true(fabsf(s->actions[a]) < 1e-6f);
    } else if (strstr(names[a], "elbow")) {
      near(field(s, MYR_FIELD_ctrl, 0, a), s->model->key_ctrl[a], 1e-6);
    } else {
      assert_true(fabsf(s->actions[a]) < 0.101f && pitch == (fabsf(s->actions[a]) < 1e-6f));
    }
  }
  stage_end(s);
  assert_string_equal(first_error("controllers={robot.elbw_left: {hold: stand}}"),
                      "`robot` has no actuator `elbw_left`");
  assert_string_equal(first_error("controllers={robot.wing_*: {hold: stand}}"), "`robot` has no actuator `wing_*`");
}

/* The forces of the steps that an impulse covers add up to it, whenever it begins. */
static void impulses_are_exact(void **state) {
  (void)state;
  static const char *const durations[] = {"1 ms", "20 ms", "35 ms"};
  for (int d = 0; d < 3; d++) {
    char first[200], second[200];
    snprintf(first, sizeof first,
             "events.push={at: {uniform: [0.1, 0.2]}, body: robot.torso, impulse: [3, -2, 1], duration: %s}",
             durations[d]);
    snprintf(second, sizeof second, "events.lift={at: 0.15, body: robot.torso, force: [0, 0, 10 N], duration: %s}",
             durations[d]);
    const char *overrides[] = {first, second};
    stage *s = stage_make("ten_thousand_falls", overrides, 2, 1, 1);
    int torso = myr_model_find(s->model, MYR_ELEMENT_body, "robot.torso");
    for (int64_t episode = 0; episode < 20; episode++) {
      begin(s, episode);
      double sum[3] = {0}, at = draw_of(s, 0, "events.push.at", 0);
      for (int k = 0; k < 50; k++) {
        myr_plan_control(s->plan, s->batch, 0, &s->states[0], k, NULL);
        for (int i = 0; i < 3; i++)
          sum[i] += field(s, MYR_FIELD_xfrc_applied, 0, 6 * torso + i) * s->info->control_period;
        if (k * 0.02 > at + 0.04 || (k + 1) * 0.02 < at)
          assert_true(field(s, MYR_FIELD_xfrc_applied, 0, 6 * torso) == 0);
      }
      double lift = 10 * atof(durations[d]) / 1000;
      near(sum[0], 3, 1e-6);
      near(sum[1], -2, 1e-6);
      near(sum[2], 1 + lift, 1e-6);
    }
    stage_end(s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hold_and_noise),
      cmocka_unit_test(random_controls),
      cmocka_unit_test(controllers_of_actuators),
      cmocka_unit_test(impulses_are_exact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
