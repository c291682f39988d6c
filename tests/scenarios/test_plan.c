/* Tests scenarios in worlds: the start of episodes, the controllers and events that act on them, and their
 * judgement. */
#include <math.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "tests/scenarios/scenario_files.h"

#define DEGREE (3.14159265358979323846 / 180)

/* A plan, and a batch of worlds that run it. */
typedef struct stage {
  myr_scenario *scenario;
  myr_plan *plan;
  const myr_plan_info *info;
  const myr_model *model;
  myr_batch *batch;
  myr_batch_info batch_info;
  double *values;            /* (worlds, value_count) */
  myr_episode_state *states; /* (worlds) */
  float actions[64];
} stage;

static stage *stage_make(const char *name, const char *const *overrides, int count, int worlds, int lanes) {
  stage *s = calloc(1, sizeof *s);
  char path[512];
  snprintf(path, sizeof path, SCENARIOS "%s.yaml", name);
  s->scenario = load_good(path, overrides, count);
  s->plan = plan_good(s->scenario, 7);
  s->info = myr_plan_describe(s->plan);
  s->model = s->info->model;
  const myr_batch_description description = {
      .model = s->model, .worlds = worlds, .lanes = lanes, .threads = 1, .start = s->info->start};
  assert_int_equal(myr_batch_create(&description, &s->batch, NULL), MYR_OK);
  myr_batch_describe(s->batch, &s->batch_info);
  s->values = calloc((size_t)worlds * (size_t)(s->info->value_count + 1), sizeof *s->values);
  s->states = myr_plan_states(s->plan, worlds);
  assert_true(s->model->nu <= 64);
  return s;
}

static void stage_end(stage *s) {
  myr_batch_destroy(s->batch);
  myr_plan_destroy(s->plan);
  myr_scenario_free(s->scenario);
  free(s->values);
  free(s->states);
  free(s);
}

static double *values_of(stage *s, int world) { return s->values + (size_t)world * (size_t)s->info->value_count; }

/* Begins the episodes (worlds) in all worlds. */
static void begin_all(stage *s, const int64_t *episodes) {
  for (int g = 0; g < s->batch_info.groups; g++) {
    int first = g * s->batch_info.group_worlds, left = s->batch_info.worlds - first;
    int count = left < s->batch_info.group_worlds ? left : s->batch_info.group_worlds;
    assert_int_equal(myr_plan_begin(s->plan, s->batch, g, NULL, episodes + first, count, values_of(s, first),
                                    &s->states[first], NULL),
                     MYR_OK);
  }
}

static void advance(stage *s, int substeps) {
  for (int g = 0; g < s->batch_info.groups; g++) {
    assert_int_equal(myr_batch_step(s->batch, g, 0, substeps, MYR_OBSERVE, NULL, NULL), MYR_OK);
  }
}

/* Begins an episode in world 0. */
static void begin(stage *s, int64_t episode) {
  assert_int_equal(myr_plan_begin(s->plan, s->batch, 0, NULL, &episode, 1, s->values, s->states, NULL), MYR_OK);
}

/* Takes control step k. Returns the judgement of world 0. */
static myr_judgement take_step(stage *s, int k, int substeps) {
  myr_judgement judgement;
  myr_plan_control(s->plan, s->batch, 0, &s->states[0], k, s->actions);
  advance(s, substeps);
  myr_plan_judge(s->plan, s->batch, 0, &s->states[0], k, &judgement);
  return judgement;
}

static double field(stage *s, enum myr_field which, int world, int element) {
  myr_span span = myr_batch_field(s->batch, which, world);
  assert_true(element >= 0 && element < span.count);
  return span.data[(ptrdiff_t)element * span.stride];
}
static void set_field(stage *s, enum myr_field which, int element, double value) {
  myr_span span = myr_batch_field(s->batch, which, 0);
  span.data[(ptrdiff_t)element * span.stride] = (float)value;
}

static double draw_of(stage *s, int world, const char *path, int element) {
  for (int i = 0; i < s->info->draw_count; i++) {
    if (!strcmp(s->info->draws[i].path, path)) return values_of(s, world)[s->info->draws[i].offset + element];
  }
  fail_msg("no draw %s", path);
  return NAN;
}

static void near(double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance)) fprintf(stderr, "%.9g instead of %.9g\n", value, expected);
  assert_true(fabs(value - expected) <= tolerance);
}

/* ------------------------------------------------------------------------------------------------ entities */

static void entities(void **state) {
  (void)state;
  stage *s = stage_make("ten_thousand_falls", NULL, 0, 1, 1);
  const myr_entity_info *floor = &s->info->entities[0], *robot = &s->info->entities[1];
  assert_int_equal(s->info->entity_count, 2);
  assert_true(floor->ground && floor->geom_count == 1 && floor->body_count == 0 && floor->joint_start == -1);
  assert_true(!robot->ground && robot->floating && robot->root_body == robot->body_start);
  assert_int_equal(robot->body_count, s->model->nbody - 1);
  assert_int_equal(robot->qpos_count, s->model->nq);
  assert_int_equal(robot->dof_count, s->model->nv);
  assert_int_equal(robot->actuator_count, s->model->nu);
  assert_int_equal(robot->geom_count, s->model->ngeom - 1);
  near(robot->start_height, s->model->key_qpos[2], 1e-5);
  stage_end(s);
}

static void two_robots(void **state) {
  (void)state;
  const char *overrides[] = {"entities.cart={model: assets/cartpole.xml, start: {keyframe: hanging}}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 1, 1, 1);
  const myr_entity_info *robot = &s->info->entities[1], *cart = &s->info->entities[2];
  assert_int_equal(cart->qpos_start, robot->qpos_start + robot->qpos_count);
  assert_int_equal(cart->joint_count, 2);
  assert_int_equal(cart->actuator_start, robot->actuator_count);
  assert_true(!cart->floating);
  begin(s, 0);
  near(field(s, MYR_FIELD_qpos, 0, cart->qpos_start + 1), 180 * DEGREE, 1e-6);
  near(field(s, MYR_FIELD_qpos, 0, robot->qpos_start + 7 + 4), s->model->key_qpos[7 + 4], 1e-6);
  stage_end(s);
}

/* ------------------------------------------------------------------------------------------------ start */

static void starts_in_the_keyframe(void **state) {
  (void)state;
  const char *overrides[] = {"entities.robot.start={keyframe: stand}", "controllers.robot.strength=1"};
  stage *s = stage_make("ten_thousand_falls", overrides, 2, 1, 1);
  begin(s, 3);
  for (int i = 0; i < s->model->nq; i++) near(field(s, MYR_FIELD_qpos, 0, i), s->model->key_qpos[i], 1e-6);
  for (int i = 0; i < s->model->nv; i++) assert_true(field(s, MYR_FIELD_qvel, 0, i) == 0);
  for (int i = 0; i < s->model->nu; i++) near(field(s, MYR_FIELD_ctrl, 0, i), s->model->key_ctrl[i], 1e-6);
  stage_end(s);
}

/* For any tilt, the robot's lowest point keeps its height, so no foot starts inside the ground. */
static void tilted_starts_touch(void **state) {
  (void)state;
  const char *overrides[] = {"entities.robot.start={keyframe: stand, tilt: {cone: 100 deg}, yaw: {uniform: [-3, 3]}}"};
  enum { WORLDS = 64 };
  stage *s = stage_make("ten_thousand_falls", overrides, 1, WORLDS, 0);
  int64_t episodes[WORLDS];
  for (int w = 0; w < WORLDS; w++) episodes[w] = w;
  begin_all(s, episodes);
  advance(s, 0);
  double leaning = 0;
  for (int w = 0; w < WORLDS; w++) {
    double nearest = 1;
    int count = (int)field(s, MYR_FIELD_contact_count, w, 0);
    for (int c = 0; c < count; c++) {
      int pair = (int)field(s, MYR_FIELD_contact_pair, w, c);
      if (s->model->geom_body[s->model->pair_geom1[pair]]) continue; /* not with the ground */
      nearest = fmin(nearest, field(s, MYR_FIELD_contact_distance, w, c));
    }
    assert_true(count == 0 || nearest > -1e-4);
    double x = draw_of(s, w, "entities.robot.start.tilt", 0), y = draw_of(s, w, "entities.robot.start.tilt", 1);
    double q[4];
    for (int i = 0; i < 4; i++) q[i] = field(s, MYR_FIELD_qpos, w, 3 + i);
    double up = 1 - 2 * (q[1] * q[1] + q[2] * q[2]);
    near(up, cos(sqrt(x * x + y * y)), 1e-5);
    leaning = fmax(leaning, sqrt(x * x + y * y));
  }
  assert_true(leaning > 80 * DEGREE);
  stage_end(s);
}

static void start_keys(void **state) {
  (void)state;
  const char *overrides[] = {
      "entities.robot.start={keyframe: stand, height: 2, lift: {uniform: [0, 1]}, velocity: [1, {uniform: [2, 3]}, 0],"
      " angular_velocity: {sphere: 4}, joint_noise: {uniform: [-1, 1]}, joint_velocity_noise: {normal: [0, 1]}}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 1, 1, 1);
  begin(s, 5);
  near(field(s, MYR_FIELD_qpos, 0, 2), 2 + draw_of(s, 0, "entities.robot.start.lift", 0), 1e-6);
  near(field(s, MYR_FIELD_qvel, 0, 0), 1, 0);
  near(field(s, MYR_FIELD_qvel, 0, 1), draw_of(s, 0, "entities.robot.start.velocity.y", 0), 1e-6);
  for (int i = 0; i < 3; i++) {
    near(field(s, MYR_FIELD_qvel, 0, 3 + i), draw_of(s, 0, "entities.robot.start.angular_velocity", i), 1e-6);
  }
  for (int j = 1; j < s->model->njnt; j++) {
    int q = s->model->jnt_qpos_start[j];
    const double *range = s->model->jnt_range + 2 * j;
    double wanted = s->model->key_qpos[q] + draw_of(s, 0, "entities.robot.start.joint_noise", j - 1);
    near(field(s, MYR_FIELD_qpos, 0, q), fmin(fmax(wanted, range[0]), range[1]), 1e-6);
    near(field(s, MYR_FIELD_qvel, 0, s->model->jnt_dof_start[j]),
         draw_of(s, 0, "entities.robot.start.joint_velocity_noise", j - 1), 1e-6);
  }
  stage_end(s);
}

/* ------------------------------------------------------------------------------------------------ parameters */

static void parameters(void **state) {
  (void)state;
  const char *overrides[] = {"randomize.robot.joint.damping={scale: {uniform: [0.5, 2]}, per: joint}",
                             "randomize.robot.geom.friction={set: {uniform: [0.1, 0.2]}, per: geom}",
                             "randomize.robot.body.head.mass={add: 1 kg}",
                             "randomize.robot.body.torso.com={add: {uniform: [-1 cm, 1 cm]}}",
                             "randomize.robot.actuator.strength={scale: {uniform: [0.5, 0.6]}, per: actuator}",
                             "randomize.world.gravity={add: [0, 0, {uniform: [1, 2]}]}",
                             "randomize.robot.joint.armature={add: 0.01}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 7, 1, 1);
  begin(s, 11);
  const myr_model *m = s->model;
  int head = myr_model_find(m, MYR_ELEMENT_body, "robot.head"),
      torso = myr_model_find(m, MYR_ELEMENT_body, "robot.torso");
  for (int b = 1; b < m->nbody; b++) {
    double mass = m->body_mass[b] * draw_of(s, 0, "randomize.robot.body.mass", b - 1) + (b == head ? 1 : 0);
    near(field(s, MYR_FIELD_body_mass, 0, b), mass, 1e-5 * mass);
    for (int i = 0; i < 3; i++) {
      double inertia = m->body_inertia[3 * b + i] * mass / m->body_mass[b];
      near(field(s, MYR_FIELD_body_inertia, 0, 3 * b + i), inertia, 1e-5 * inertia);
    }
  }
  near(field(s, MYR_FIELD_body_ipos, 0, 3 * torso + 1),
       m->body_ipos[3 * torso + 1] + draw_of(s, 0, "randomize.robot.body.torso.com.y", 0), 1e-7);
  for (int d = 6; d < m->nv; d++) {
    near(field(s, MYR_FIELD_dof_damping, 0, d),
         m->dof_damping[d] * draw_of(s, 0, "randomize.robot.joint.damping", d - 6), 1e-6);
    near(field(s, MYR_FIELD_dof_armature, 0, d), m->dof_armature[d] + 0.01, 1e-7);
  }
  for (int d = 0; d < 6; d++)
    near(field(s, MYR_FIELD_dof_armature, 0, d), m->dof_armature[d], 0); /* not the free joint */
  for (int g = 1; g < m->ngeom; g++) {
    near(field(s, MYR_FIELD_geom_friction, 0, 3 * g), draw_of(s, 0, "randomize.robot.geom.friction", g - 1), 1e-6);
    near(field(s, MYR_FIELD_geom_friction, 0, 3 * g + 1), m->geom_friction[3 * g + 1], 1e-9);
  }
  near(field(s, MYR_FIELD_geom_friction, 0, 0), draw_of(s, 0, "entities.floor.ground.friction", 0), 1e-6);
  near(field(s, MYR_FIELD_gravity, 0, 2), -9.81 + draw_of(s, 0, "randomize.world.gravity.z", 0), 1e-5);
  for (int a = 0; a < m->nu; a++) {
    double strength =
        draw_of(s, 0, "randomize.robot.actuator.strength", a) * draw_of(s, 0, "controllers.robot.strength", 0);
    near(field(s, MYR_FIELD_actuator_strength, 0, a), strength, 1e-6);
  }
  begin(s, 12); /* nothing of the earlier episode stays */
  near(field(s, MYR_FIELD_body_mass, 0, head),
       m->body_mass[head] * draw_of(s, 0, "randomize.robot.body.mass", head - 1) + 1, 1e-5);
  stage_end(s);
}

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

/* ------------------------------------------------------------------------------------------------ determinism */

/* Records all positions, velocities and judgements of episodes 0 to 7, ordered by episode, not by world. */
static void record_episodes(const char *name, int worlds, int lanes, bool backwards, float *record, int capacity) {
  stage *s = stage_make(name, NULL, 0, worlds, lanes);
  int episodes = 8, used = 0, spare = worlds - episodes;
  int64_t *of_worlds = calloc((size_t)worlds, sizeof *of_worlds);
  for (int w = 0; w < worlds; w++) of_worlds[w] = 1000 + w; /* the neighbours run other episodes */
  for (int e = 0; e < episodes; e++) of_worlds[backwards ? spare + episodes - 1 - e : e] = e;
  begin_all(s, of_worlds);
  free(of_worlds);
  for (int k = 0; k < 60; k++) {
    for (int e = 0; e < episodes; e++) {
      int w = backwards ? spare + episodes - 1 - e : e;
      myr_plan_control(s->plan, s->batch, w, &s->states[w], k, s->actions);
      for (int a = 0; a < s->model->nu && used < capacity; a++) record[used++] = s->actions[a];
    }
    advance(s, s->info->substeps);
    for (int e = 0; e < episodes; e++) {
      int w = backwards ? spare + episodes - 1 - e : e;
      myr_judgement judgement;
      myr_plan_judge(s->plan, s->batch, w, &s->states[w], k, &judgement);
      for (int i = 0; i < s->model->nq && used < capacity; i++) record[used++] = (float)field(s, MYR_FIELD_qpos, w, i);
      for (int i = 0; i < s->model->nv && used < capacity; i++) record[used++] = (float)field(s, MYR_FIELD_qvel, w, i);
      if (used + 3 <= capacity) {
        record[used++] = judgement.reward;
        record[used++] = (float)(judgement.success + 2 * judgement.terminated + 4 * judgement.fallen);
        record[used++] = (float)s->states[w].first_nonfoot_contact_time[s->info->entity_count - 1];
      }
    }
  }
  stage_end(s);
}

static void same_episodes_anywhere(void **state) {
  (void)state;
  enum { CAPACITY = 60000 };
  static const char *const names[] = {"ten_thousand_falls", "cartpole", "quadruped"};
  float *a = calloc(CAPACITY, sizeof *a), *b = calloc(CAPACITY, sizeof *b);
  for (int i = 0; i < 3; i++) {
    record_episodes(names[i], 8, 1, false, a, CAPACITY);
    record_episodes(names[i], 37, 0, true, b, CAPACITY);
    assert_memory_equal(a, b, CAPACITY * sizeof *a);
    record_episodes(names[i], 8, 0, false, b, CAPACITY);
    assert_memory_equal(a, b, CAPACITY * sizeof *a);
  }
  free(a);
  free(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(entities),
      cmocka_unit_test(two_robots),
      cmocka_unit_test(starts_in_the_keyframe),
      cmocka_unit_test(tilted_starts_touch),
      cmocka_unit_test(start_keys),
      cmocka_unit_test(parameters),
      cmocka_unit_test(hold_and_noise),
      cmocka_unit_test(random_controls),
      cmocka_unit_test(controllers_of_actuators),
      cmocka_unit_test(impulses_are_exact),
      cmocka_unit_test(expressions),
      cmocka_unit_test(long_expressions),
      cmocka_unit_test(long_choices),
      cmocka_unit_test(expressions_see_the_state),
      cmocka_unit_test(falls),
      cmocka_unit_test(timeout_and_final_state),
      cmocka_unit_test(divergence),
      cmocka_unit_test(no_end_without_an_action),
      cmocka_unit_test(conditions_remember),
      cmocka_unit_test(given_feet),
      cmocka_unit_test(same_episodes_anywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
