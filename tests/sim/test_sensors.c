/* Tests the sensors of a model over time: after control steps of several timesteps, sensors of positions and velocities
 * show the present state, and those of forces show the last timestep before it, which is what MuJoCo's sensordata holds
 * after its steps. Each kind's formula is compared in test_parity.c, state by state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <math.h>

#include <mujoco/mujoco.h>

#include "sim/random.h"
#include "tests/sim/worlds.h"

/* A box with an arm falls onto the floor. */
static const char text[] =
    "<mujoco><option timestep='.002'/><worldbody><geom type='plane' size='0 0 1'/>"
    "<body name='box' pos='0 0 .14' euler='3 2 0'><freejoint/><geom type='box' size='.2 .15 .1' mass='3'/>"
    "<site name='imu' pos='.05 .02 .1' euler='30 40 10'/><site name='sole' type='box' size='.22 .17 .05' pos='0 0 "
    "-.1'/>"
    "<body name='arm' pos='.25 0 0'><joint name='hinge' axis='0 1 0' limited='true' range='-20 20' damping='.3' "
    "armature='.01'/><geom type='capsule' size='.03' fromto='0 0 0 .3 0 0' mass='.7'/>"
    "<site name='wrist' pos='.1 0 0'/></body></body></worldbody>"
    "<actuator><motor name='m' joint='hinge' gear='3'/></actuator>"
    "<sensor><touch site='sole'/><accelerometer site='imu'/><force site='wrist'/><torque site='wrist'/>"
    "<actuatorfrc actuator='m'/><jointlimitfrc joint='hinge'/>"
    "<gyro site='imu'/><framepos objtype='site' objname='wrist'/><jointpos joint='hinge'/><clock/></sensor></mujoco>";
enum {
  FORCE_NUMBERS = 1 + 3 + 3 + 3 + 1 + 1,
  ALL_NUMBERS = FORCE_NUMBERS + 3 + 3 + 1 + 1,
  SUBSTEPS = 4,
  CONTROL_STEPS = 60
};

typedef struct experiment {
  mjModel *m;
  mjData *d;
  myr_model *model;
  myr_batch *batch;
} experiment;

static mjModel *mujoco_of_text(const char *xml) {
  char path[SCRATCH_PATH_BYTES], message[500];
  scratch_write(".xml", xml, path);
  mjModel *m = mj_loadXML(path, NULL, message, sizeof message);
  unlink(path);
  if (!m) fail_msg("%s", message);
  return m;
}

static experiment begin(int lanes) {
  experiment e = {.m = mujoco_of_text(text)};
  e.d = mj_makeData(e.m);
  e.model = model_of_text(text);
  e.batch = batch_of(e.model, 3, lanes);
  assert_int_equal(e.m->nsensordata, ALL_NUMBERS);
  return e;
}

static void end(experiment *e) {
  mj_deleteData(e->d);
  mj_deleteModel(e->m);
  if (e->batch) myr_batch_destroy(e->batch);
  myr_model_free(e->model);
}

/* The control of a step, which changes forces by much, so that a number of another step is noticed. */
static double control_of(int step) { return step % 2 ? 1 : -1; }

static void compare(const experiment *e, int first, int last, double tolerance, int step) {
  for (int i = first; i < last; i++) {
    double ours = value_of(e->batch, MYR_FIELD_sensordata, 1, i), theirs = e->d->sensordata[i];
    if (!(fabs(ours - theirs) <= tolerance * (1 + fabs(theirs))))
      fail_msg("number %d of step %d: %g, MuJoCo %g", i, step, ours, theirs);
  }
}

static void forces_of_the_last_timestep(void **state) {
  (void)state;
  static const int widths[] = {1, 8, 16};
  for (int w = 0; w < 3; w++) {
    experiment e = begin(widths[w]);
    double touched = 0;
    for (int step = 0; e.batch && step < CONTROL_STEPS; step++) {
      for (int world = 0; world < 3; world++) set_value(e.batch, MYR_FIELD_ctrl, world, 0, control_of(step));
      commit_all(e.batch);
      step_all(e.batch, SUBSTEPS, MYR_OBSERVE);
      e.d->ctrl[0] = control_of(step);
      if (step == 0) { /* nothing came before: the forces of the first timestep */
        mj_forward(e.m, e.d);
        compare(&e, 0, FORCE_NUMBERS, 2e-3, step);
      } else {
        compare(&e, 0, FORCE_NUMBERS, 2e-2, step); /* d->sensordata is that of the last mj_step */
        mj_forward(e.m, e.d);
      }
      touched += value_of(e.batch, MYR_FIELD_sensordata, 1, 0) > 1;
      compare(&e, FORCE_NUMBERS, ALL_NUMBERS, 2e-4, step);
      for (int i = 0; i < SUBSTEPS; i++) mj_step(e.m, e.d);
    }
    if (e.batch) assert_true(touched > CONTROL_STEPS / 2);
    end(&e);
  }
}

/* Labels of a final state show the forces of the last timestep, however often they are asked for. */
static void steps_of_no_timestep_measure_nothing(void **state) {
  (void)state;
  experiment e = begin(1);
  step_all(e.batch, SUBSTEPS, MYR_OBSERVE);
  double held = value_of(e.batch, MYR_FIELD_sensor_held, 0, 3);
  step_all(e.batch, 0, MYR_OBSERVE);
  assert_true(value_of(e.batch, MYR_FIELD_sensordata, 0, 3) == held);
  step_all(e.batch, 0, MYR_OBSERVE); /* which measures nothing */
  assert_true(value_of(e.batch, MYR_FIELD_sensordata, 0, 3) == held);
  end(&e);
}

/* A weld that turns a body and shifts it, about an anchor far from its middle: all force is the weld's, so the free joint
 * passes none on. MuJoCo's torque sensor shows another torque of a weld (kernels/step/constraint_equality_bodies.h). */
static void a_free_joint_carries_nothing(void **state) {
  (void)state;
  myr_model *model =
      model_of_text("<mujoco><worldbody><body name='b' pos='0 0 1' euler='20 30 0'><freejoint/>"
                    "<geom type='box' size='.1 .2 .05' mass='2'/><site name='s' pos='.1 0 0'/></body></worldbody>"
                    "<equality><weld body1='b' anchor='.1 .2 .3' relpose='0 0 .9 .9 .2 .1 -.1' torquescale='.3' "
                    "solref='.2 1'/></equality>"
                    "<sensor><force site='s'/><torque site='s'/></sensor></mujoco>");
  myr_batch *batch = batch_of(model, 1, 1);
  step_all(batch, 1, MYR_OBSERVE);
  assert_true(value_of(batch, MYR_FIELD_constraint_rows, 0, 0) == 6);
  for (int i = 0; i < 6; i++) assert_true(fabs(value_of(batch, MYR_FIELD_sensordata, 0, i)) < 2e-4);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* A body turns about rooms of all shapes, and in front of cameras on another body. */
static const char places[] =
    "<mujoco><worldbody><camera name='angle' pos='0 0 3' fovy='50' resolution='640 480'/>"
    "<body name='far' pos='1 0 0'><freejoint/><geom size='.1'/>"
    "<camera name='lengths' pos='.2 .1 4' euler='5 -8 20' focal='.03 .02' principal='.001 .002' sensorsize='.04 .03' "
    "resolution='320 200'/></body>"
    "<body name='b'><freejoint/><geom size='.05' pos='.1 0 0'/><site name='t' pos='.2 .05 .1'/></body>"
    "<site name='sphere' size='.25'/><site name='capsule' type='capsule' size='.15 .2' euler='30 40 0'/>"
    "<site name='ellipsoid' type='ellipsoid' size='.3 .2 .15' euler='0 30 50'/>"
    "<site name='cylinder' type='cylinder' size='.2 .2' euler='10 0 50'/>"
    "<site name='box' type='box' size='.3 .15 .2' euler='60 30 50'/></worldbody><sensor>"
    "<insidesite objtype='site' objname='t' site='sphere'/><insidesite objtype='body' objname='b' site='capsule'/>"
    "<insidesite objtype='site' objname='t' site='ellipsoid'/><insidesite objtype='xbody' objname='b' site='cylinder'/>"
    "<insidesite objtype='site' objname='t' site='box'/><insidesite objtype='site' objname='t' site='cylinder'/>"
    "<insidesite objtype='site' objname='t' site='capsule'/>"
    "<camprojection site='t' camera='angle'/><camprojection site='t' camera='lengths' cutoff='300'/></sensor></mujoco>";
enum { INSIDE_SENSORS = 7, PLACE_WORLDS = 256 };

static void set_pose(mjData *d, random_stream *random) {
  for (int i = 0; i < 3; i++) d->qpos[7 + i] = random_uniform(random, -.3, .3);
  for (int i = 0; i < 4; i++) d->qpos[10 + i] = random_uniform(random, -1, 1);
  mju_normalize4(d->qpos + 10);
  for (int i = 0; i < 3; i++) d->qpos[i] = random_uniform(random, -.1, .1);
}

static void places_in_rooms_and_images(void **state) {
  (void)state;
  mjModel *m = mujoco_of_text(places);
  mjData *d = mj_makeData(m);
  myr_model *model = model_of_text(places);
  myr_batch *batch = batch_of(model, PLACE_WORLDS, 1);
  random_stream random = {.key = 5};
  static double expected[PLACE_WORLDS][INSIDE_SENSORS + 4];
  int inside[INSIDE_SENSORS] = {0};
  assert_int_equal(m->nsensordata, INSIDE_SENSORS + 4);
  for (int world = 0; world < PLACE_WORLDS; world++) {
    set_pose(d, &random);
    mj_forward(m, d);
    for (int i = 0; i < m->nq; i++) set_value(batch, MYR_FIELD_qpos, world, i, d->qpos[i]);
    memcpy(expected[world], d->sensordata, sizeof expected[world]);
  }
  commit_all(batch);
  step_all(batch, 0, MYR_OBSERVE);
  for (int world = 0; world < PLACE_WORLDS; world++)
    for (int i = 0; i < m->nsensordata; i++) {
      double ours = value_of(batch, MYR_FIELD_sensordata, world, i), theirs = expected[world][i];
      double bound = i < INSIDE_SENSORS ? 0 : 1e-5 * (300 + fabs(theirs));
      if (!(fabs(ours - theirs) <= bound)) fail_msg("number %d of world %d: %.9g, MuJoCo %.9g", i, world, ours, theirs);
      if (i < INSIDE_SENSORS) inside[i] += ours == 1;
    }
  for (int i = 0; i < INSIDE_SENSORS; i++) assert_in_range(inside[i], PLACE_WORLDS / 20, PLACE_WORLDS * 19 / 20);
  myr_batch_destroy(batch);
  myr_model_free(model);
  mj_deleteData(d);
  mj_deleteModel(m);
}

/* The time of 100000 timesteps is as exact as its float; a sum of floats would be off by 0.07 s. */
static void a_clock_does_not_drift(void **state) {
  (void)state;
  myr_model *model = model_of_text("<mujoco><option timestep='.003'/><worldbody><body><joint/><geom size='.1'/></body>"
                                   "</worldbody><sensor><clock/><clock cutoff='2'/></sensor></mujoco>");
  myr_batch *batch = batch_of(model, 1, 1);
  for (int i = 0; i < 100; i++) step_all(batch, 1000, 0);
  step_all(batch, 0, MYR_OBSERVE);
  assert_true(fabs(value_of(batch, MYR_FIELD_sensordata, 0, 0) - 300) < 3e-5);
  assert_true(value_of(batch, MYR_FIELD_sensordata, 0, 1) == 2);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* An orthographic camera has no focal length, and a mesh's hull is no room that the model holds. */
static void places_that_are_not_known(void **state) {
  (void)state;
  myr_model *model =
      model_of_text("<mujoco><asset><mesh name='m' vertex='0 0 0 1 0 0 0 1 0 0 0 1'/></asset><worldbody>"
                    "<camera name='c' projection='orthographic' fovy='2'/><site name='s' type='mesh' mesh='m'/>"
                    "<camera name='turning' mode='targetbody' target='b'/>"
                    "<body name='b'><joint/><geom size='.1'/><site name='t'/></body></worldbody><sensor>"
                    "<camprojection site='t' camera='c'/><insidesite objtype='site' objname='t' site='s'/>"
                    "<camprojection site='t' camera='turning'/></sensor></mujoco>");
  for (int s = 0; s < 3; s++) assert_int_equal(model->sensor_need[s], MYR_NEEDS_NOTHING);
  assert_int_equal(model->nclock, 0);
  myr_model_free(model);
}

/* An arrow's head with a notch, which its hull fills, far from the world's origin. */
static void rays_meet_hulls(void **state) {
  (void)state;
  myr_model *model = model_of_text(
      "<mujoco><asset><mesh name='m' inertia='shell' vertex='1 -1 1 1 1 1 -1 0 1 .5 0 1 1 -1 -1 1 1 -1 -1 0 -1 .5 0 "
      "-1' "
      "face='0 3 2 3 1 2 4 6 7 7 6 5 0 2 6 0 6 4 2 1 5 2 5 6 1 3 7 1 7 5 3 0 4 3 4 7'/></asset>"
      "<worldbody><body pos='100000 0 0'><joint/><geom type='mesh' mesh='m'/></body>"
      "<body pos='100003 0 0'><joint/><geom size='.1'/><site name='a' euler='0 -90 0'/><site name='b' euler='0 90 0'/>"
      "<site name='c'/></body><camera name='c' resolution='2 2'/></worldbody><sensor>"
      "<rangefinder site='a'/><rangefinder site='a' cutoff='1'/><rangefinder site='b'/>"
      "<rangefinder site='c' data='dist normal'/><rangefinder camera='c'/></sensor></mujoco>");
  myr_batch *batch = batch_of(model, 1, 1);
  step_all(batch, 0, MYR_OBSERVE);
  assert_true(fabs(value_of(batch, MYR_FIELD_sensordata, 0, 0) - 2) < 1e-5);
  assert_true(value_of(batch, MYR_FIELD_sensordata, 0, 1) == 1);
  assert_true(value_of(batch, MYR_FIELD_sensordata, 0, 2) == -1);
  assert_int_equal(model->sensor_need[2], MYR_NEEDS_POSITION);
  assert_int_equal(model->sensor_need[3], MYR_NEEDS_NOTHING);
  assert_int_equal(model->sensor_need[4], MYR_NEEDS_NOTHING);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_clock_does_not_drift),
      cmocka_unit_test(places_in_rooms_and_images),
      cmocka_unit_test(places_that_are_not_known),
      cmocka_unit_test(a_free_joint_carries_nothing),
      cmocka_unit_test(rays_meet_hulls),
      cmocka_unit_test(forces_of_the_last_timestep),
      cmocka_unit_test(steps_of_no_timestep_measure_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
