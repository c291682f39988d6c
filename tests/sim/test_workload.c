/* The worlds of a benchmark: no two of them begin alike, whatever joints they have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#include "kernels/model.h"
#include "sim/workload.h"
#include "tests/sim/scratch_file.h"

enum { WORLDS = 40, MOST = 16 };

/* A model whose only joint is this one. */
static myr_model *load_joint(const char *joint) {
  char text[400], path[SCRATCH_PATH_BYTES];
  snprintf(text, sizeof text, "<mujoco><worldbody><body pos='0 0 .5'>%s<geom size='.1'/></body></worldbody></mujoco>",
           joint);
  scratch_write(".xml", text, path);
  myr_model *model = NULL;
  myr_error error = {0};
  if (myr_model_load(path, &model, &error)) fail_msg("%s", error.message);
  unlink(path);
  return model;
}

static void check_starts(const char *joint) {
  myr_model *m = load_joint(joint);
  const workload work = {.model = m, .key = -1, .seed = 3};
  static double qpos[WORLDS][MOST], qvel[MOST], act[1];
  for (int world = 0; world < WORLDS; world++) workload_start(&work, world, qpos[world], qvel, act);
  bool has_rotation = m->jnt_type[0] == MYR_JOINT_FREE || m->jnt_type[0] == MYR_JOINT_BALL;
  for (int world = 0; world < WORLDS; world++) {
    for (int other = 0; other < world; other++)
      if (!memcmp(qpos[world], qpos[other], (size_t)m->nq * sizeof(double)))
        fail_msg("%s: worlds %d and %d are equal", joint, world, other);
    for (int i = 0; i < m->nq; i++) assert_true(fabs(qpos[world][i] - m->qpos0[i]) <= 0.02);
    const double *q = qpos[world] + m->nq - 4;
    if (has_rotation) assert_true(fabs(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3] - 1) < 1e-12);
    if (m->jnt_type[0] == MYR_JOINT_FREE) assert_true(qpos[world][2] == m->qpos0[2] && q[1] == 0 && q[2] == 0);
  }
  myr_model_free(m);
}

static void every_world_begins_elsewhere(void **state) {
  (void)state;
  check_starts("<freejoint/>");
  check_starts("<joint type='ball'/>");
  check_starts("<joint type='hinge'/>");
  check_starts("<joint type='slide'/>");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_world_begins_elsewhere)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
