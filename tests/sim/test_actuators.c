/* Actuators with states of their own, and delayed ones, followed step by step beside MuJoCo: each activation, force and position. The parity
 * test compares all kinds from many states, but of what comes later only the positions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mujoco.h>

#include "kernels/table.h"
#include "tests/sim/bare_trees.h"
#include "tests/sim/worlds.h"

enum { STEPS = 300, STEPS_OF_A_CONTROL = 20 };

#define ARM(integrator, actuator)                                                                                \
  "<mujoco><option timestep='.003' integrator='" integrator "'/><worldbody><body><joint name='j' axis='0 1 0' "  \
  "armature='.1' damping='.3'/><geom size='.1' pos='.1 0 0'/><body pos='.2 0 0'><joint name='ball' type='ball' " \
  "armature='.05' damping='.2'/><geom type='capsule' size='.03 .05' pos='0 .02 .1'/></body></body></worldbody>"  \
  "<actuator>" actuator "</actuator></mujoco>"
#define IN_ALL_INTEGRATORS(actuator) \
  ARM("Euler", actuator), ARM("implicitfast", actuator), ARM("implicit", actuator), ARM("RK4", actuator)

#define PID "<pid joint='j' input='pos' kp='12' kv='.4' "
#define MOTOR "<dcmotor joint='j' gear='1.5' motorconst='.5' resistance='1.2' "
#define BRISTLES "lugre='50 .1 .1 .15 .1' "
#define COIL "inductance='0 .01' thermal='1.5 2 0 .004 25 20' "

static const char *const models[] = {
    IN_ALL_INTEGRATORS(PID "/>"),
    IN_ALL_INTEGRATORS(PID "ki='9' imax='.1' slewmax='1.5' posrange='-.5 .7' forcerange='-2 3'/>"),
    IN_ALL_INTEGRATORS("<pid joint='ball' gear='0 .6 .8' input='pos' kp='4' kv='.2' ki='3' slewmax='40'/>"),
    IN_ALL_INTEGRATORS("<pid joint='j' input='vel' kp='12' kv='.4'/><pid joint='j' input='ff' kp='1' kv='.1'/>"),
    IN_ALL_INTEGRATORS(MOTOR BRISTLES "cogging='.05 6 .3'/>"),
    IN_ALL_INTEGRATORS(MOTOR COIL "saturation='.4 0 30'/>"),
    IN_ALL_INTEGRATORS(MOTOR COIL BRISTLES "input='pos' controller='5 4 .2 1.5 .1 3'/>"),
    IN_ALL_INTEGRATORS(MOTOR BRISTLES "input='vel' controller='5 0 .4 2 0 3' saturation='.5'/>"),
    IN_ALL_INTEGRATORS(MOTOR COIL "input='ff' controller='1 0 .1 0 0 3'/>"),
    IN_ALL_INTEGRATORS("<motor joint='j' delay='.0071' nsample='8' interp='zoh'/>"),
    IN_ALL_INTEGRATORS(
        "<motor joint='j' ctrllimited='true' ctrlrange='-.5 .6' delay='.0113' nsample='9' interp='linear'/>"),
    IN_ALL_INTEGRATORS("<position joint='j' kp='9' kv='.2' delay='.0113' nsample='5' interp='cubic'/>"),
    IN_ALL_INTEGRATORS("<motor joint='j' delay='.05' nsample='4' interp='linear'/>"), /* as old as the samples are */
    IN_ALL_INTEGRATORS("<motor joint='j' delay='.0011' nsample='4' interp='linear'/>"),
    ARM("Euler", "<motor joint='j' delay='.012' nsample='8' interp='linear'/>"),
};

/* The model as MuJoCo and as the kernels have it. */
typedef struct both {
  const char *text;
  mjModel *model;
  mjData *data;
  reference ours;
  double worst; /* difference so far, as a share of the number where that exceeds 1 */
} both;

static mjModel *compile(const char *text) {
  char path[SCRATCH_PATH_BYTES], message[500] = "";
  scratch_write(".xml", text, path);
  mjModel *m = mj_loadXML(path, NULL, message, sizeof message);
  unlink(path);
  if (!m) fail_msg("%s", message);
  return m;
}

static double number_of(const both *b, enum myr_field field, int element) {
  const void *block = myr_field_infos[field].kind == MYR_KIND_SCRATCH ? b->ours.scratch : b->ours.tile;
  int64_t at = b->ours.layout.offset[field] + element;
  return b->ours.kernels->scalar_bytes == (int)sizeof(double) ? ((const double *)block)[at]
                                                              : (double)((const float *)block)[at];
}

static void set_number(const both *b, enum myr_field field, int element, double value) {
  int64_t at = b->ours.layout.offset[field] + element;
  if (b->ours.kernels->scalar_bytes == (int)sizeof(double))
    ((double *)b->ours.tile)[at] = value;
  else
    ((float *)b->ours.tile)[at] = (float)value;
}

static void compare_numbers(both *b, enum myr_field field, const mjtNum *theirs, int count) {
  for (int i = 0; i < count; i++) {
    double difference = fabs(number_of(b, field, i) - theirs[i]) / fmax(1, fabs(theirs[i]));
    if (!(difference <= b->worst)) b->worst = difference;
  }
}

static void step_both(both *b, int step) {
  for (int u = 0; step % STEPS_OF_A_CONTROL == 0 && u < b->model->nu; u++) {
    double control = sin(7.0 * step + 2 * u); /* beyond the ranges too */
    b->data->ctrl[u] = (double)(float)control;
    set_number(b, MYR_FIELD_ctrl, u, b->data->ctrl[u]);
  }
  mj_step(b->model, b->data);
  b->ours.kernels->control_step(b->ours.constants, b->ours.tile, b->ours.scratch, 1, 0, NULL);
  compare_numbers(b, MYR_FIELD_actuator_force, b->data->actuator_force, b->model->nu);
  compare_numbers(b, MYR_FIELD_act, b->data->act, b->model->na);
  compare_numbers(b, MYR_FIELD_qpos, b->data->qpos, b->model->nq);
  compare_numbers(b, MYR_FIELD_qvel, b->data->qvel, b->model->nv);
}

/* Returns the largest difference over all steps. */
static double follow(const char *text, int lanes) {
  both b = {.text = text, .model = compile(text)};
  myr_model *ours = model_of_text(text);
  b.data = mj_makeData(b.model);
  open_reference(ours, lanes, &b.ours);
  for (int step = 0; step < STEPS; step++) step_both(&b, step);
  close_reference(&b.ours);
  myr_model_free(ours);
  mj_deleteData(b.data);
  mj_deleteModel(b.model);
  return b.worst;
}

static void follow_all(int lanes, double bound) {
  int failures = 0;
  for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
    double worst = follow(models[i], lanes);
    if (worst <= bound) continue;
    print_error("%.2e apart: %s\n", worst, models[i]);
    failures++;
  }
  assert_int_equal(failures, 0);
}

static void double_follows_mujoco(void **state) {
  (void)state;
  follow_all(MYR_LANES_DOUBLE, 1e-9);
}

static void float_follows_mujoco(void **state) {
  (void)state;
  follow_all(1, 2e-4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(double_follows_mujoco),
      cmocka_unit_test(float_follows_mujoco),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
