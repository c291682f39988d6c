/* The model of a file holds MuJoCo's numbers, in every array of model.def that has a source in MuJoCo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"
#include "tests/sim/mujoco_arrays.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

static void check_file(const char *path, long *numbers) {
  char message[1000] = "";
  mjModel *theirs = mj_loadXML(path, NULL, message, sizeof message);
  if (!theirs) fail_msg("%s: %s", path, message);
  myr_model *ours = NULL;
  myr_error error = {0};
  if (myr_model_load(path, &ours, &error)) fail_msg("%s", error.message);
  *numbers += compare_model_with_mujoco(ours, theirs, path);
  myr_model_free(ours);
  mj_deleteModel(theirs);
}

static void random_models_hold_mujocos_numbers(void **state) {
  (void)state;
  long numbers = 0;
  for (uint64_t seed = 900; seed < 960; seed++) {
    static random_model random;
    char path[SCRATCH_PATH_BYTES];
    random_model_write(&random, seed, RANDOM_ALL);
    scratch_write(".xml", random.text, path);
    check_file(path, &numbers);
    unlink(path);
  }
  assert_true(numbers > 50000);
}

static void shipped_models_hold_mujocos_numbers(void **state) {
  (void)state;
  static const char *const paths[] = {MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml",
                                      MYRIAD_SOURCE_DIR "/scenarios/assets/cartpole.xml",
                                      MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    long numbers = 0;
    check_file(paths[i], &numbers);
    assert_true(numbers > 100);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_models_hold_mujocos_numbers),
      cmocka_unit_test(shipped_models_hold_mujocos_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
