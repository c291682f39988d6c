/* Tests engine bullet: without contacts bodies move as in our engine, with contacts they come to the same rest. Bits
 * are equal for any number of threads and worlds, and an error names each missing feature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <omp.h>
#include <string.h>

#include "kernels/model.h"
#include "sim/bullet/bullet_c.h"
#include "tests/effort.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

static const char *const engine_names[2] = {"cpu", "bullet"};

/* ------------------------------------------------------------------------------------------------ free motion */
/* Writes a model with the trees of random_model.h and without margins of geoms. Balls have no growing damping, because it
 * stays explicit in Bullet. */
static void write_trees(random_model *r, uint64_t seed, const char *options) {
  *r = (random_model){.random = seed, .plain_balls = 1};
  random_write(r, "<mujoco>%s" RANDOM_ASSETS "<worldbody>\n", options);
  for (int i = 0, trees = 1 + random_below(r, 3); i < trees; i++) random_body(r, 0);
  random_write(r, "</worldbody>\n");
  if (r->scalar_joints) {
    random_write(r, "<actuator>");
    for (int i = 0; i < 3; i++) random_actuator(r);
    random_write(r, "</actuator>");
  }
  random_write(r, "</mujoco>\n");
}

static double largest_difference(myr_batch *batches[2], enum myr_field field) {
  double largest = 0;
  int count = myr_batch_field(batches[0], field, 0).count;
  for (int e = 0; e < count; e++)
    largest = fmax(largest, fabs(value_of(batches[0], field, 0, e) - value_of(batches[1], field, 0, e)));
  return largest;
}

/* Returns the largest difference of all coordinates but the positions of free bodies. */
static double largest_turn(const myr_model *model, myr_batch *batches[2]) {
  double largest = 0;
  for (int j = 0; j < model->njnt; j++) {
    int first = model->jnt_qpos_start[j], end = j + 1 < model->njnt ? model->jnt_qpos_start[j + 1] : model->nq;
    for (int e = first + (model->jnt_type[j] == MYR_JOINT_FREE ? 3 : 0); e < end; e++)
      largest =
          fmax(largest, fabs(value_of(batches[0], MYR_FIELD_qpos, 0, e) - value_of(batches[1], MYR_FIELD_qpos, 0, e)));
  }
  return largest;
}

/* Moves the mass of each free body, and of all bodies that are rigidly attached to it, to the origin of its frame. To
 * Bullet they are one body, whose centre of mass is then that origin. */
static void centre_free_bodies(myr_model *model) {
  for (int b = 1; b < model->nbody; b++) {
    int to = model->body_weld[b];
    if (to == 0 || model->jnt_type[model->body_jnt_start[to]] != MYR_JOINT_FREE) continue;
    if (b == to) {
      memset(model->body_ipos + 3 * b, 0, 3 * sizeof *model->body_ipos);
      continue;
    }
    model->body_mass[to] += model->body_mass[b];
    model->body_mass[b] = 0;
    memset(model->body_inertia + 3 * b, 0, 3 * sizeof *model->body_inertia);
  }
}

/* Compares free bodies, hinges, slides, balls, several joints on a body, armature, damping, springs, actuators and
 * pushes. After one second at 1 ms, joints must be at most 1e-4 rad or m apart, and free bodies at most `allowed` m,
 * with ten times that in their velocities. */
static void expect_same_motion(bool centred, double allowed) {
  enum { STEPS = 1000 };
  int seen_dofs = 0;
  int models = effort(24);
  for (int seed = 0; seed < models; seed++) {
    static random_model r;
    write_trees(&r, (uint64_t)seed, "<option timestep='.001' integrator='Euler'><flag constraint='disable'/></option>");
    myr_model *model = model_of_text(r.text);
    if (centred) centre_free_bodies(model);
    myr_batch *batches[2];
    random_model draws;
    for (int s = 0; s < 2; s++) {
      draws.random = (uint64_t)seed;
      batches[s] = engine_batch(model, engine_names[s], 1, 1);
      for (int i = 0; i < model->nv; i++) set_value(batches[s], MYR_FIELD_qvel, 0, i, random_between(&draws, -.5, .5));
      for (int i = 0; i < model->nu; i++) set_value(batches[s], MYR_FIELD_ctrl, 0, i, random_between(&draws, -.5, .5));
      for (int e = 6; e < 6 * model->nbody; e++)
        set_value(batches[s], MYR_FIELD_xfrc_applied, 0, e, random_between(&draws, -1, 1) * (e % 6 < 3 ? .3 : .02));
      commit_all(batches[s]);
      step_all(batches[s], STEPS, 0);
      step_all(batches[s], 0, MYR_OBSERVE);
    }
    double joints = largest_turn(model, batches), bodies = largest_difference(batches, MYR_FIELD_body_position);
    double velocities = largest_difference(batches, MYR_FIELD_qvel),
           turns = largest_difference(batches, MYR_FIELD_body_rotation);
    if (joints > 1e-4 || bodies > allowed || turns > 1e-4 || velocities > 10 * allowed)
      fail_msg("seed %d: joints %.1e, bodies %.1e m, %.1e, qvel %.1e", seed, joints, bodies, turns, velocities);
    for (int k = 0; k < 2; k++) {
      double ours = value_of(batches[0], MYR_FIELD_energy, 0, k), its = value_of(batches[1], MYR_FIELD_energy, 0, k);
      assert_true(fabs(ours - its) < 1e-3 * (1 + fabs(ours)));
    }
    seen_dofs += model->nv;
    for (int s = 0; s < 2; s++) myr_batch_destroy(batches[s]);
    myr_model_free(model);
  }
  assert_true(seen_dofs > 6 * models);
}

/* If the origin of a free body's frame is its centre of mass, both engines move the same point. */
static void free_motion_is_the_same(void **state) {
  (void)state;
  expect_same_motion(true, 1e-4);
}

/* Otherwise they move different points, and part by half a timestep: at most 4.7e-4 m here. See the next test. */
static void free_motion_parts_by_half_a_step(void **state) {
  (void)state;
  expect_same_motion(false, 6e-4);
}

/* A body turns about its centre of mass, which is not the origin of its frame. Bullet moves the centre, so it rightly
 * stays at rest. MuJoCo and Myriad move the origin, so the body drifts by at most (w^2 r dt / 2) t, and by half of that
 * with half the timestep. */
static void free_bodies_part_by_the_timestep(void **state) {
  (void)state;
  const double rate = 1, arm = .2;
  double drifts[2];
  for (int half = 0; half < 2; half++) {
    double step = half ? 5e-4 : 1e-3;
    char text[400];
    snprintf(
        text, sizeof text,
        "<mujoco><option timestep='%g' gravity='0 0 0'/><worldbody><body><freejoint/><inertial pos='%g 0 0' mass='1' "
        "diaginertia='.1 .1 .1'/></body></worldbody></mujoco>",
        step, arm);
    myr_model *model = model_of_text(text);
    for (int s = 0; s < 2; s++) {
      myr_batch *batch = engine_batch(model, engine_names[s], 1, 1);
      set_value(batch, MYR_FIELD_qvel, 0, 5, rate);
      set_value(batch, MYR_FIELD_qvel, 0, 1, -rate * arm); /* so that the centre rests */
      commit_all(batch);
      step_all(batch, (int)lround(1 / step), 0);
      double x = value_of(batch, MYR_FIELD_qpos, 0, 0), y = value_of(batch, MYR_FIELD_qpos, 0, 1);
      double c = value_of(batch, MYR_FIELD_qpos, 0, 3), w = value_of(batch, MYR_FIELD_qpos, 0, 6);
      double drift = hypot(x + arm * (c * c - w * w) - arm, y + arm * 2 * c * w);
      if (s)
        assert_true(drift < 1e-6);
      else
        drifts[half] = drift;
      myr_batch_destroy(batch);
    }
    assert_true(drifts[half] > 1e-5 && drifts[half] < 1.1 * rate * rate * arm * step / 2);
    myr_model_free(model);
  }
  assert_true(fabs(drifts[0] / drifts[1] - 2) < .1);
}

/* Limits of hinges, slides, balls and tendons, and the dry friction of tendons lead to the same rest. */
static void constraints_hold_alike(void **state) {
  (void)state;
  static const char *const texts[] = {
      "<mujoco><compiler angle='radian'/><worldbody><body><joint axis='0 1 0' limited='true' range='-1 .3'/><geom "
      "size='.05' pos='.3 0 0'/></body></worldbody></mujoco>",
      "<mujoco><worldbody><body><joint type='slide' axis='0 0 1' limited='true' range='-.2 .3' margin='.02' "
      "solreflimit='.05 1'/>"
      "<geom size='.05'/></body></worldbody></mujoco>",
      "<mujoco><compiler angle='radian'/><worldbody><body><joint type='ball' limited='true' range='0 .7' "
      "damping='.1'/><geom size='.05' pos='.3 .1 0'/></body>"
      "</worldbody></mujoco>",
      "<mujoco><worldbody><body><joint name='a' type='slide' axis='0 0 1'/><geom size='.05'/></body></worldbody>"
      "<tendon><fixed limited='true' range='-.3 .3'><joint joint='a' coef='.5'/></fixed></tendon></mujoco>",
      "<mujoco><worldbody><body><joint name='a' type='slide' axis='0 0 1' damping='30'/><geom size='.05'/>"
      "<body><joint name='b' type='slide' axis='0 0 1' stiffness='300'/><geom size='.05'/></body></body></worldbody>"
      "<tendon><fixed frictionloss='9'><joint joint='a' coef='.5'/><joint joint='b' "
      "coef='1'/></fixed></tendon></mujoco>",
      "<mujoco><worldbody><body><joint name='a' type='slide' axis='0 0 1' damping='9' stiffness='30'/><geom "
      "size='.05'/>"
      "<body><joint name='b' type='slide' axis='0 0 1' damping='1'/><geom size='.05'/></body></body></worldbody>"
      "<equality><joint joint1='b' joint2='a' polycoef='.1 -.5 .2 0 0'/></equality></mujoco>",
      "<mujoco><worldbody><body><joint name='a' type='slide' axis='0 0 1'/><geom size='.05'/></body></worldbody>"
      "<equality><joint joint1='a' polycoef='.2 0 0 0 0'/></equality></mujoco>",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    myr_model *model = model_of_text(texts[i]);
    myr_batch *batches[2];
    for (int s = 0; s < 2; s++) {
      batches[s] = engine_batch(model, engine_names[s], 1, 1);
      step_all(batches[s], 1500, 0);
    }
    double apart = largest_difference(batches, MYR_FIELD_qpos), moved = 0;
    for (int e = 0; e < model->nq; e++)
      moved = fmax(moved, fabs(value_of(batches[0], MYR_FIELD_qpos, 0, e) - model->qpos0[e]));
    if (apart > 5e-3) fail_msg("model %zu rests %g apart", i, apart);
    if (moved < .1) fail_msg("model %zu moved by %g only", i, moved);
    for (int s = 0; s < 2; s++) myr_batch_destroy(batches[s]);
    myr_model_free(model);
  }
}

/* The servo would diverge with explicit damping, because the timestep is more than twice its time constant. */
static void servos_are_implicit(void **state) {
  (void)state;
  myr_model *model = model_of_text(
      "<mujoco><option timestep='.01' integrator='implicitfast'/><worldbody><body><joint name='j' axis='0 1 0'/>"
      "<inertial pos='0 0 -.1' mass='1' diaginertia='.01 .01 .01'/></body></worldbody>"
      "<actuator><position joint='j' kp='8' kv='3' gear='2'/></actuator></mujoco>");
  myr_batch *batches[2];
  for (int s = 0; s < 2; s++) {
    batches[s] = engine_batch(model, engine_names[s], 1, 1);
    set_value(batches[s], MYR_FIELD_ctrl, 0, 0, 1);
    set_value(batches[s], MYR_FIELD_actuator_strength, 0, 0, .5);
    commit_all(batches[s]);
  }
  for (int i = 0; i < 100; i++) {
    for (int s = 0; s < 2; s++) step_all(batches[s], 1, 0);
    assert_true(largest_difference(batches, MYR_FIELD_qpos) < 1e-5);
    assert_true(largest_difference(batches, MYR_FIELD_qvel) < 1e-4);
  }
  assert_true(value_of(batches[0], MYR_FIELD_qpos, 0, 0) > .1);
  for (int s = 0; s < 2; s++) myr_batch_destroy(batches[s]);
  myr_model_free(model);
}

/* By Coulomb's law a torque below the friction loss moves nothing. MuJoCo's regularized friction creeps at a rate of
 * torque R / b, here 0.09 rad/s. A larger torque acts with the friction loss subtracted. */
static void dry_friction_holds(void **state) {
  (void)state;
  const double mass = 2, arm = 0.1, torque = mass * 9.81 * arm, inertia = mass * arm * arm + 1;
  for (int i = 0; i < 2; i++) {
    double loss = i ? torque / 2 : torque * 1.01;
    char text[400];
    snprintf(text, sizeof text,
             "<mujoco><option timestep='.001'/><worldbody><body><joint axis='0 1 0' frictionloss='%.9g'/><inertial "
             "pos='%g 0 0' "
             "mass='%g' diaginertia='1 1 1'/></body></worldbody></mujoco>",
             loss, arm, mass);
    myr_model *model = model_of_text(text);
    myr_batch *batch = engine_batch(model, "bullet", 1, 1);
    step_all(batch, 100, 0);
    double speed = value_of(batch, MYR_FIELD_qvel, 0, 0), expected = i ? .1 * torque / 2 / inertia : 0;
    assert_true(fabs(speed - expected) < 1e-4 * torque);
    myr_batch_destroy(batch);
    myr_model_free(model);
  }
}

/* ------------------------------------------------------------------------------------------------ determinism */
/* Labels describe the state at the beginning of a control step, and a step of 0 substeps changes nothing later. */
static void labels_come_first(void **state) {
  (void)state;
  myr_model *model = model_of_robot("scenarios/assets/biped.xml");
  myr_batch *batch = engine_batch(model, "bullet", 2, 1);
  int key = myr_model_find(model, MYR_ELEMENT_keyframe, "robot.stand");
  for (int world = 0; world < 2; world++) myr_batch_reset(batch, world, key);
  commit_all(batch);
  for (int i = 0; i < 40; i++) {
    double before = value_of(batch, MYR_FIELD_qpos, 0, 2);
    assert_int_equal(myr_batch_step(batch, 0, 0, 4, MYR_OBSERVE, NULL, NULL), MYR_OK);
    assert_true(value_of(batch, MYR_FIELD_body_position, 0, 5) == before);
    if (i % 5 == 0) assert_int_equal(myr_batch_step(batch, 1, 0, 0, MYR_OBSERVE, NULL, NULL), MYR_OK);
    assert_int_equal(myr_batch_step(batch, 1, 0, 4, 0, NULL, NULL), MYR_OK);
  }
  for (int e = 0; e < model->nq; e++)
    assert_true(value_of(batch, MYR_FIELD_qpos, 0, e) == value_of(batch, MYR_FIELD_qpos, 1, e));
  myr_batch_destroy(batch);
  myr_model_free(model);
}

enum { FATES = 12, FATE_STEPS = 60 };

/* Begins a world that depends only on its number. */
static void begin(myr_batch *batch, int world, int number, int key) {
  random_model draws = {.random = (uint64_t)number};
  myr_batch_reset(batch, world, key);
  set_value(batch, MYR_FIELD_qpos, world, 2,
            value_of(batch, MYR_FIELD_qpos, world, 2) + (number % 2 ? random_between(&draws, 0, .2) : 0));
  for (int i = 0; i < 6; i++) set_value(batch, MYR_FIELD_qvel, world, i, random_between(&draws, -1, 1));
  for (int i = 0; i < 5; i++) set_value(batch, MYR_FIELD_actuator_strength, world, i, random_between(&draws, 0, 1));
  set_value(batch, MYR_FIELD_body_mass, world, 2, random_between(&draws, 5, 20));
}

/* Records the numbers of worlds. They must be the same in batches of other sizes, on other threads and after other
 * worlds. */
static void fates_of(const myr_model *model, int worlds, int threads, double *out) {
  myr_batch *batch = engine_batch(model, "bullet", worlds, threads);
  int key = myr_model_find(model, MYR_ELEMENT_keyframe, "robot.stand");
  for (int first = 0; first < FATES; first += worlds) {
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int world = 0; world < worlds; world++) {
      begin(batch, world, first + world, key);
      myr_batch_commit(batch, world, NULL);
      for (int step = 0; step < FATE_STEPS; step++)
        myr_batch_step(batch, world, omp_get_thread_num(), 4, MYR_OBSERVE, NULL, NULL);
    }
    for (int world = 0; world < worlds && first + world < FATES; world++)
      for (int field = 0, at = 0; field < MYR_FIELD_COUNT; field++) {
        myr_span span = myr_batch_field(batch, (enum myr_field)field, world);
        for (int e = 0; e < span.count; e++, at++)
          out[(first + world) * 4096 + at % 4096] += (double)span.data[e * span.stride] * (1 + at / 4096);
      }
  }
  myr_batch_destroy(batch);
}

static void threads_and_worlds_change_nothing(void **state) {
  (void)state;
  static const int shapes[][2] = {{1, 1}, {FATES, 4}, {5, 3}};
  static double fates[3][FATES * 4096];
  myr_model *model = model_of_robot("scenarios/assets/biped.xml");
  for (int i = 0; i < 3; i++) fates_of(model, shapes[i][0], shapes[i][1], fates[i]);
  assert_memory_equal(fates[0], fates[1], sizeof fates[0]);
  assert_memory_equal(fates[0], fates[2], sizeof fates[0]);
  assert_true(memcmp(fates[0], fates[0] + 4096, 4096 * sizeof(double)) != 0);
  myr_model_free(model);
}

/* ------------------------------------------------------------------------------------------------ bad input */
static void lacking_features_are_named(void **state) {
  (void)state;
  static const struct {
    const char *text, *word;
  } cases[] = {
      {"<mujoco><worldbody><body name='float'><joint type='free' damping='1'/><geom "
       "size='.1'/></body></worldbody></mujoco>",
       "float"},
      {"<mujoco><worldbody><geom name='floor' type='plane' size='0 0 1'/><body><freejoint/><geom name='ball' size='.1' "
       "margin='.01'/>"
       "</body></worldbody></mujoco>",
       "margin"},
      {"<mujoco><worldbody><geom name='floor' type='plane' size='0 0 1'/><body><freejoint/><geom name='ball' "
       "size='.1'/></body>"
       "</worldbody><contact><pair geom1='floor' geom2='ball' friction='1 .5 .01 .001 .001'/></contact></mujoco>",
       "direction"},
      {"<mujoco><worldbody><body><joint name='a'/><geom size='.1'/></body><body><joint name='b'/><geom "
       "size='.1'/></body></worldbody>"
       "<tendon><fixed name='rope' limited='true' range='-1 1'><joint joint='a' coef='1'/><joint joint='b' "
       "coef='1'/></fixed></tendon></mujoco>",
       "rope"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    myr_model *model = model_of_text(cases[i].text);
    myr_batch *batch;
    myr_batch_info info;
    myr_error error = {0};
    const myr_batch_description description = {.model = model, .engine = "bullet", .worlds = 1, .threads = 1};
    assert_int_equal(myr_batch_create(&description, &batch, &error), MYR_INVALID);
    if (!strstr(error.message, cases[i].word) || !strstr(error.message, "engine cpu")) fail_msg("%s", error.message);
    assert_int_equal(myr_batch_estimate(&description, &info, &error), MYR_INVALID);
    myr_model_free(model);
  }
}

/* Parameters that randomization changes take effect at the commit, and act like those of a model built with them. */
static void parameters_take_effect(void **state) {
  (void)state;
  static const struct {
    enum myr_field field;
    int element;
    double value;
  } changes[] = {{MYR_FIELD_gravity, 2, -3},       {MYR_FIELD_body_mass, 2, 7},
                 {MYR_FIELD_body_inertia, 4, .9},  {MYR_FIELD_body_ipos, 3, .1},
                 {MYR_FIELD_jnt_stiffness, 1, 90}, {MYR_FIELD_dof_armature, 6, .5},
                 {MYR_FIELD_dof_damping, 6, 5},    {MYR_FIELD_dof_frictionloss, 6, 9},
                 {MYR_FIELD_geom_friction, 0, 2},  {MYR_FIELD_actuator_strength, 0, .2}};
  myr_model *model = model_of_text(
      "<mujoco><worldbody><geom type='plane' size='0 0 1' friction='.1'/><body pos='0 0 .1'><freejoint/><geom "
      "type='box' "
      "size='.2 .1 .1' friction='.1'/><body pos='.3 0 0'><joint name='arm' axis='0 1 0' stiffness='2' damping='.1' "
      "armature='.01' frictionloss='.1'/><geom type='capsule' size='.03 .1' mass='1' contype='0' "
      "conaffinity='0'/></body>"
      "</body></worldbody><actuator><motor joint='arm'/></actuator></mujoco>");
  enum { COUNT = sizeof changes / sizeof *changes };
  myr_batch *batches[2];
  for (int s = 0; s < 2; s++) {
    batches[s] = engine_batch(model, engine_names[s], COUNT + 1, 1);
    for (int world = 0; world <= COUNT; world++) {
      set_value(batches[s], MYR_FIELD_qvel, world, 0, .5);
      set_value(batches[s], MYR_FIELD_qvel, world, 6, 1);
      set_value(batches[s], MYR_FIELD_ctrl, world, 0, 5);
      if (world < COUNT)
        set_value(batches[s], changes[world].field, world, changes[world].element, changes[world].value);
    }
    commit_all(batches[s]);
    step_all(batches[s], 100, 0);
  }
  for (int world = 0; world < COUNT; world++) {
    double effect = 0, apart = 0;
    for (int e = 0; e < model->nq; e++) {
      double ours = value_of(batches[0], MYR_FIELD_qpos, world, e),
             its = value_of(batches[1], MYR_FIELD_qpos, world, e);
      effect = fmax(effect, fabs(its - value_of(batches[1], MYR_FIELD_qpos, COUNT, e)));
      apart = fmax(apart, fabs(its - ours));
    }
    if (effect < 1e-4 || apart > .3 * effect + 2e-3)
      fail_msg("%s: changes the pose by %g, and by %g otherwise in Bullet", myr_field_infos[changes[world].field].name,
               effect, apart);
  }
  for (int s = 0; s < 2; s++) myr_batch_destroy(batches[s]);
  myr_model_free(model);
}

/* With absurd mass ratios, speeds and poses, a world may diverge. It is then marked, and its neighbours do not
 * change. */
static void divergence_is_marked(void **state) {
  (void)state;
  myr_model *model = model_of_robot("scenarios/assets/biped.xml");
  enum { WORLDS = 5 };
  myr_batch *batch = engine_batch(model, "bullet", WORLDS, 1);
  int key = myr_model_find(model, MYR_ELEMENT_keyframe, "robot.stand");
  for (int world = 0; world < WORLDS; world++) myr_batch_reset(batch, world, key);
  set_value(batch, MYR_FIELD_qvel, 1, 8, 1e9);
  set_value(batch, MYR_FIELD_qvel, 2, 2, NAN);
  set_value(batch, MYR_FIELD_body_mass, 3, 3, 1e12);
  set_value(batch, MYR_FIELD_xfrc_applied, 4, 6, 3e38);
  commit_all(batch);
  for (int i = 0; i < 50; i++) step_all(batch, 4, MYR_OBSERVE);
  for (int world = 0; world < WORLDS; world++) {
    bool marked = (int)value_of(batch, MYR_FIELD_status, world, 0) & MYR_WORLD_DIVERGED;
    if (world != 3) assert_true(marked == (world > 0));
    for (int e = 0; e < model->nq; e++) assert_true(isfinite(value_of(batch, MYR_FIELD_qpos, world, e)));
    for (int e = 0; e < 3 * model->nbody; e++)
      assert_true(isfinite(value_of(batch, MYR_FIELD_body_position, world, e)));
    if (marked)
      for (int e = 0; e < model->nq; e++)
        assert_true(value_of(batch, MYR_FIELD_qpos, world, e) == (double)(float)model->qpos0[e]);
  }
  myr_batch_reset(batch, 2, key);
  commit_all(batch);
  step_all(batch, 4, 0);
  assert_false((int)value_of(batch, MYR_FIELD_status, 2, 0) & MYR_WORLD_DIVERGED);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(free_motion_is_the_same),
      cmocka_unit_test(free_motion_parts_by_half_a_step),
      cmocka_unit_test(free_bodies_part_by_the_timestep),
      cmocka_unit_test(constraints_hold_alike),
      cmocka_unit_test(servos_are_implicit),
      cmocka_unit_test(dry_friction_holds),
      cmocka_unit_test(labels_come_first),
      cmocka_unit_test(threads_and_worlds_change_nothing),
      cmocka_unit_test(parameters_take_effect),
      cmocka_unit_test(lacking_features_are_named),
      cmocka_unit_test(divergence_is_marked),
  };
  if (!strstr(bullet_version(), "double")) return 77; /* tolerances are those of double precision */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
