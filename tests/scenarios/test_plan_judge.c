/* Tests how states are judged: expressions, falls, and the ends of episodes. */
#include "tests/scenarios/stage.h"

/* ------------------------------------------------------------------------------------------------ judging */

static double reward_of(const char *text, stage **keep) {
  char override[16000];
  snprintf(override, sizeof override, "reward=%s", text);
  const char *overrides[] = {
      override, "entities.robot.start={keyframe: stand, velocity: [3, 4, 12], angular_velocity: [0, 2, 0]}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 2, 1, 1);
  begin(s, 0);
  take_step(s, 0, s->info->substeps);
  double height = field(s, MYR_FIELD_qpos, 0, 2);
  myr_judgement judgement = take_step(s, 1, s->info->substeps);
  assert_true(height != field(s, MYR_FIELD_qpos, 0, 2));
  if (keep)
    *keep = s;
  else
    stage_end(s);
  return judgement.reward;
}

static void expressions(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double value;
  } constants[] = {
      {"1 + 2 * 3 - 4 / 2", 5},
      {"-(1 - 3) * 2", 4},
      {"2 - 1 - 1", 0},
      {"8 / 4 / 2", 1},
      {"abs(-2)", 2},
      {"min(3, 2) + max(3, 2)", 5},
      {"true", 1},
      {"not true", 0},
      {"not 1 < 2 or 2 >= 2", 1},
      {"1 < 2 and 2 < 1", 0},
      {"true or true and false", 1},
      {"3 != 3", 0},
      {"time / 1 s", 0.02},
      {"time > 10 ms", 1},
      {"100 cm == 1 m", 1},
      {"36 km/h / 1 m/s", 10},
      {"2 - - 2", 4},
      {"50 %", 0.5},
      {"time == 20 ms", 1},
      {"not not (true)", 1},
  };
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
    double value = reward_of(constants[i].text, NULL);
    if (fabs(value - constants[i].value) > 1e-6) fprintf(stderr, "%s gave %g\n", constants[i].text, value);
    assert_true(fabs(value - constants[i].value) <= 1e-6);
  }
}

/* Returns "reward=1 + 1 + ...", with `terms` terms. */
static const char *long_sum(int terms) {
  static char text[60000];
  size_t used = (size_t)snprintf(text, sizeof text, "reward=1");
  for (int i = 1; i < terms; i++) used += (size_t)snprintf(text + used, sizeof text - used, " + 1");
  assert_true(used < sizeof text);
  return text;
}

/* A sum over every joint of many robots is accepted. A longer one is refused with a message that states the limit. */
static void long_expressions(void **state) {
  (void)state;
  assert_true(reward_of(strchr(long_sum(2500), '=') + 1, NULL) == 2500);
  const char *overrides[] = {long_sum(2501)};
  assert_non_null(strstr(load_bad(SCENARIOS "ten_thousand_falls.yaml", overrides, 1), "more than 5000 numbers"));
}

/* A choice may have more numbers than anybody writes by hand. */
static void long_choices(void **state) {
  (void)state;
  enum { CHOICES = 3000 };
  static char override[CHOICES * 6 + 100];
  size_t used = (size_t)snprintf(override, sizeof override, "entities.robot.start.lift={choice: [1.0001");
  for (int i = 1; i < CHOICES; i++)
    used += (size_t)snprintf(override + used, sizeof override - used, ", %d", i < CHOICES - 1 ? 2 : 3);
  snprintf(override + used, sizeof override - used, "]}");
  const char *overrides[] = {override};
  stage *s = stage_make("ten_thousand_falls", overrides, 1, 1, 1);
  int twos = 0;
  for (int episode = 0; episode < 100; episode++) {
    begin(s, episode);
    twos += draw_of(s, 0, "entities.robot.start.lift", 0) == 2;
  }
  assert_true(twos > 95);
  stage_end(s);
}

/* Expressions are evaluated on the state at the beginning of the step, which the labels describe. */
static void expressions_see_the_state(void **state) {
  (void)state;
  stage *s;
  double value = reward_of("height(robot)", &s);
  int torso = s->info->entities[1].root_body, foot = myr_model_find(s->model, MYR_ELEMENT_body, "robot.foot_left");
  near(value, field(s, MYR_FIELD_body_position, 0, 3 * torso + 2), 0);
  stage_end(s);
  value = reward_of("x(robot.foot_left)", &s);
  near(value, field(s, MYR_FIELD_body_position, 0, 3 * foot), 0);
  stage_end(s);
  value = reward_of("distance(robot, robot.foot_left)", &s);
  double squares = 0;
  for (int i = 0; i < 3; i++) {
    double d = field(s, MYR_FIELD_body_position, 0, 3 * torso + i) - field(s, MYR_FIELD_body_position, 0, 3 * foot + i);
    squares += d * d;
  }
  near(value, sqrt(squares), 1e-6);
  stage_end(s);
  value = reward_of("tilt(robot)", &s);
  double x = field(s, MYR_FIELD_body_rotation, 0, 4 * torso + 1),
         y = field(s, MYR_FIELD_body_rotation, 0, 4 * torso + 2);
  near(value, acos(1 - 2 * (x * x + y * y)), 1e-4);
  assert_true(value > 0.5 * DEGREE);
  stage_end(s);

  /* At time 0, the velocities are those of the start. */
  static const struct {
    const char *text;
    double value;
  } starts[] = {{"speed(robot)", 13},
                {"velocity_x(robot)", 3},
                {"velocity_y(robot)", 4},
                {"velocity_z(robot)", 12},
                {"angular_speed(robot)", 2},
                {"joint(robot.knee_left)", 0.36},
                {"joint_speed(robot.knee_left)", 0},
                {"height(robot) / height(robot)", 1},
                {"upright(robot)", 1},
                {"fallen(robot)", 0},
                {"upright(robot.head, 1 deg)", 1},
                {"fallen(robot, 1 deg, 0.99)", 0},
                {"contact_force(robot.head)", 0}};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
    char override[200];
    snprintf(override, sizeof override, "reward=%s", starts[i].text);
    const char *overrides[] = {
        override, "entities.robot.start={keyframe: stand, velocity: [3, 4, 12], angular_velocity: [0, 2, 0]}"};
    s = stage_make("ten_thousand_falls", overrides, 2, 1, 1);
    begin(s, 0);
    near(take_step(s, 0, s->info->substeps).reward, starts[i].value, 1e-6);
    stage_end(s);
  }
}

static void lay_down(stage *s) {
  set_field(s, MYR_FIELD_qpos, 2, 0.1);
  set_field(s, MYR_FIELD_qpos, 3, sqrt(0.5));
  set_field(s, MYR_FIELD_qpos, 5, sqrt(0.5)); /* face down */
}

static void falls(void **state) {
  (void)state;
  const char *overrides[] = {"entities.robot.start={keyframe: stand}", "terminate=fallen(robot)",
                             "controllers.robot.strength=1", "events.push.at=3.9 s"};
  stage *s = stage_make("ten_thousand_falls", overrides, 4, 1, 1);
  begin(s, 0);
  for (int k = 0; k < 10; k++) {
    myr_judgement judgement = take_step(s, k, s->info->substeps);
    assert_true(!judgement.fallen && !judgement.terminated && !judgement.truncated && judgement.success);
    assert_int_equal(judgement.reason, MYR_REASON_NONE);
  }
  assert_true(s->states[0].fall_time[1] == -1 && s->states[0].first_nonfoot_contact_time[1] == -1);
  lay_down(s);
  myr_judgement judgement = take_step(s, 10, s->info->substeps);
  assert_true(judgement.fallen && judgement.terminated && !judgement.truncated && !judgement.success);
  near(judgement.time, 0.2, 1e-12);
  assert_int_equal(judgement.reason, MYR_REASON_TERMINATE);
  assert_string_equal(myr_plan_reason(s->plan, judgement.reason), "terminate: fallen(robot)");
  near(s->states[0].fall_time[1], 0.2, 1e-12);
  near(s->states[0].first_nonfoot_contact_time[1], 0.2, 1e-12);
  take_step(s, 11, s->info->substeps);
  near(s->states[0].fall_time[1], 0.2, 1e-12); /* the first time stays */
  stage_end(s);
}

static void timeout_and_final_state(void **state) {
  (void)state;
  const char *overrides[] = {"duration=0.1 s", "entities.robot.start={keyframe: stand}", "events.push.at=0.05",
                             "reward=time / 1 s"};
  stage *s = stage_make("ten_thousand_falls", overrides, 4, 1, 1);
  begin(s, 0);
  for (int k = 0; k < 5; k++) {
    myr_judgement judgement = take_step(s, k, s->info->substeps);
    assert_false(judgement.truncated);
    near(judgement.reward, 0.02 * k, 1e-6); /* of the state before the step */
  }
  myr_judgement judgement = take_step(s, 5, 0);
  assert_true(judgement.truncated && !judgement.terminated);
  assert_string_equal(myr_plan_reason(s->plan, judgement.reason), "timeout");
  near(judgement.reward, 0.1, 1e-6);
  stage_end(s);
}

/* The state at the start may already satisfy `terminate`: the episode still has its first action. */
static void no_end_without_an_action(void **state) {
  (void)state;
  const char *overrides[] = {"terminate=true"};
  stage *s = stage_make("ten_thousand_falls", overrides, 1, 1, 1);
  begin(s, 0);
  assert_false(take_step(s, 0, s->info->substeps).terminated);
  assert_true(take_step(s, 1, s->info->substeps).terminated);
  stage_end(s);
}

/* A condition that holds in the states at 0.04, 0.06, 0.08 s, not at 0.10, and again from 0.12 s on. */
static void conditions_remember(void **state) {
  (void)state;
#define PULSE "(time > 0.03 s and time < 0.09 s or time > 0.11 s)"
  static const struct {
    const char *text;
    int holds[9]; /* at 0, 0.02 .. 0.16 s */
  } cases[] = {
      {PULSE, {0, 0, 1, 1, 1, 0, 1, 1, 1}},
      {"ever" PULSE, {0, 0, 1, 1, 1, 1, 1, 1, 1}},
      {"held(" PULSE ", 40 ms)", {0, 0, 0, 0, 1, 0, 0, 0, 1}},
      {"held(" PULSE ", 0 s)", {0, 0, 1, 1, 1, 0, 1, 1, 1}},
      {"ever(held(" PULSE ", 0.04))", {0, 0, 0, 0, 1, 1, 1, 1, 1}},
      {"held(not ever" PULSE ", 0.02 s)", {0, 1, 0, 0, 0, 0, 0, 0, 0}},
      {"held(" PULSE ", 40 ms) or ever(time > 0.09 s)", {0, 0, 0, 0, 1, 1, 1, 1, 1}},
  };
#undef PULSE
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char override[300];
    snprintf(override, sizeof override, "success=%s", cases[i].text);
    const char *overrides[] = {override};
    stage *s = stage_make("cartpole", overrides, 1, 1, 1);
    for (int episode = 0; episode < 2; episode++) { /* the second begins without memories of the first */
      begin(s, episode);
      for (int k = 0; k < 9; k++)
        if (take_step(s, k, s->info->substeps).success != cases[i].holds[k])
          fail_msg("%s is wrong at %.2f s of episode %d", cases[i].text, 0.02 * k, episode);
    }
    stage_end(s);
  }
}

static void divergence(void **state) {
  (void)state;
  const char *overrides[] = {"reward=1", "success=true"};
  stage *s = stage_make("ten_thousand_falls", overrides, 2, 1, 1);
  begin(s, 0);
  take_step(s, 0, s->info->substeps);
  set_field(s, MYR_FIELD_qvel, 3, NAN);
  myr_judgement judgement = take_step(s, 1, s->info->substeps);
  assert_false(judgement.terminated); /* the state before the step still counts */
  assert_true(myr_plan_diverged(s->batch, 0));
  myr_plan_divergence(s->plan, 1, &judgement);
  assert_true(judgement.terminated && !judgement.success && judgement.reward == 0);
  near(judgement.time, 0.04, 1e-12);
  assert_string_equal(myr_plan_reason(s->plan, judgement.reason), "diverged");
  begin(s, 1); /* and the world serves again */
  take_step(s, 0, s->info->substeps);
  assert_false(myr_plan_diverged(s->batch, 0));
  stage_end(s);
}

static void given_feet(void **state) {
  (void)state;
  const char *overrides[] = {"entities.robot.feet=[head, hand_left]", "entities.robot.start={keyframe: stand}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 2, 1, 1);
  begin(s, 0);
  for (int k = 0; k < 10; k++) take_step(s, k, s->info->substeps);
  assert_true(s->states[0].first_nonfoot_contact_time[1] >= 0); /* its feet do not count as feet now */
  stage_end(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(expressions),
      cmocka_unit_test(long_expressions),
      cmocka_unit_test(long_choices),
      cmocka_unit_test(expressions_see_the_state),
      cmocka_unit_test(falls),
      cmocka_unit_test(timeout_and_final_state),
      cmocka_unit_test(no_end_without_an_action),
      cmocka_unit_test(conditions_remember),
      cmocka_unit_test(divergence),
      cmocka_unit_test(given_feet),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
