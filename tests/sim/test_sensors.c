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
    "<gyro site='imu'/><framepos objtype='site' objname='wrist'/><jointpos joint='hinge'/></sensor></mujoco>";
enum {
  FORCE_NUMBERS = 1 + 3 + 3 + 3 + 1 + 1,
  ALL_NUMBERS = FORCE_NUMBERS + 3 + 3 + 1,
  SUBSTEPS = 4,
  CONTROL_STEPS = 60
};

typedef struct experiment {
  mjModel *m;
  mjData *d;
  myr_model *model;
  myr_batch *batch;
} experiment;

static experiment begin(int lanes) {
  experiment e = {0};
  char path[SCRATCH_PATH_BYTES], message[500];
  scratch_write(".xml", text, path);
  e.m = mj_loadXML(path, NULL, message, sizeof message);
  unlink(path);
  if (!e.m) fail_msg("%s", message);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_free_joint_carries_nothing),
      cmocka_unit_test(forces_of_the_last_timestep),
      cmocka_unit_test(steps_of_no_timestep_measure_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
