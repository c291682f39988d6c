/* The model of a file holds MuJoCo's numbers, in every array of model.def that has a source in MuJoCo. Every array that
 * MuJoCo has is imported by name, or mujoco_members.h says what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>

#include "kernels/model.h"
#include "tests/sim/mujoco_arrays.h"
#include "tests/sim/mujoco_members.h"
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

/* ------------------------------------------------------------------------------------------------ every member */
#define MEMBER_OWN NULL
#define MEMBER_MUJOCO(member) #member
#define MEMBER_MUJOCO_FIRST(member, stride) #member
#define MEMBER_MUJOCO_ROWS(member, columns) #member
static const char *const imported[] = {
#define MODEL_INT(name, element, width, refers, source, doc) MEMBER_##source,
#define MODEL_REAL(name, element, width, unit, source, doc) MEMBER_##source,
#define MODEL_TABLE(name, element, width, refers, doc)
#include "kernels/model.def"
};

static const char *const arrays[] = {
#define X(type, name, rows, columns) #name,
#define XNV X
    MJMODEL_POINTERS
#undef X
#undef XNV
};
static const char *const options[] = {
#define X(type, name, size) #name,
#define XVEC X
    MJOPTION_FIELDS
#undef X
#undef XVEC
};

/* Whether the pattern, which has the length, stands for the name; a * may be its first or its last character. */
static int stands_for(const char *pattern, size_t length, const char *name) {
  size_t all = strlen(name);
  if (pattern[0] == '*') return all >= length - 1 && !strncmp(name + all - (length - 1), pattern + 1, length - 1);
  if (pattern[length - 1] == '*') return !strncmp(name, pattern, length - 1);
  return all == length && !strncmp(name, pattern, length);
}

/* How many names of the list, or patterns with *, stand for the name. */
static int times_judged(const mujoco_members *list, size_t rows, const char *name, int by_pattern) {
  int times = 0;
  for (size_t row = 0; row < rows; row++)
    for (const char *at = list[row].names; *at;) {
      size_t length = strcspn(at, " ");
      if ((memchr(at, '*', length) != NULL) == by_pattern) times += stands_for(at, length, name);
      at += length + strspn(at + length, " ");
    }
  return times;
}

static int is_imported(const char *name) {
  for (size_t i = 0; i < sizeof imported / sizeof *imported; i++)
    if (imported[i] && !strcmp(imported[i], name)) return 1;
  return 0;
}

static int is_among(const char *const *names, size_t count, const char *pattern, size_t length) {
  for (size_t i = 0; i < count; i++)
    if (stands_for(pattern, length, names[i])) return 1;
  return 0;
}

/* Every name is judged once, singly or by patterns, and no other name is. */
static void judge(const char *const *names, size_t count, const mujoco_members *list, size_t rows) {
  int failures = 0;
  for (size_t i = 0; i < count; i++) {
    int singly = is_imported(names[i]) + times_judged(list, rows, names[i], 0);
    if (singly == 1 || (singly == 0 && times_judged(list, rows, names[i], 1) > 0)) continue;
    print_error("MuJoCo's %s is judged %d times: see tests/sim/mujoco_members.h\n", names[i], singly);
    failures++;
  }
  for (size_t row = 0; row < rows; row++)
    for (const char *at = list[row].names; *at;) {
      size_t length = strcspn(at, " ");
      if (!is_among(names, count, at, length)) {
        print_error("MuJoCo has no %.*s\n", (int)length, at);
        failures++;
      }
      at += length + strspn(at + length, " ");
    }
  assert_int_equal(failures, 0);
}

static void every_member_is_imported_or_judged(void **state) {
  (void)state;
  assert_true(sizeof arrays / sizeof *arrays > 400);
  judge(arrays, sizeof arrays / sizeof *arrays, judged_arrays, sizeof judged_arrays / sizeof *judged_arrays);
  judge(options, sizeof options / sizeof *options, judged_options, sizeof judged_options / sizeof *judged_options);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_models_hold_mujocos_numbers),
      cmocka_unit_test(shipped_models_hold_mujocos_numbers),
      cmocka_unit_test(every_member_is_imported_or_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
