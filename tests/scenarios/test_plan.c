/* Tests scenarios in worlds: their entities, the start of episodes and its draws; and that an episode is the same anywhere. */
#include "tests/scenarios/stage.h"

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

/* A mocap body stands where its keyframe says, the start and `randomize`. */
static void mocap_starts(void **state) {
  (void)state;
  const char *overrides[] = {"entities.hand={model: " MYRIAD_SOURCE_DIR "/tests/scenarios/models/hand.xml,"
                             " start: {keyframe: raised, lift: {uniform: [0, 1]}, yaw: 90 deg}}",
                             "randomize.hand.body.target.position={add: [{uniform: [1, 2]}, 0, 0]}"};
  stage *s = stage_make("ten_thousand_falls", overrides, 2, 1, 1);
  begin(s, 5);
  advance(s, 0);
  const double position[] = {.3 + draw_of(s, 0, "randomize.hand.body.target.position.x", 0), .2,
                             .5 + draw_of(s, 0, "entities.hand.start.lift", 0)},
               orientation[] = {sqrt(.5), 0, 0, sqrt(.5)};
  int body = myr_model_find(s->model, MYR_ELEMENT_body, "hand.target");
  for (int i = 0; i < 3; i++) near(field(s, MYR_FIELD_body_position, 0, 3 * body + i), position[i], 1e-6);
  for (int i = 0; i < 4; i++) near(field(s, MYR_FIELD_body_rotation, 0, 4 * body + i), orientation[i], 1e-6);
  for (int i = 0; i < 6; i++) near(field(s, MYR_FIELD_body_velocity, 0, 6 * body + i), 0, 0);
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
      cmocka_unit_test(mocap_starts),
      cmocka_unit_test(parameters),
      cmocka_unit_test(same_episodes_anywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
