/* Every array of model.def that has a source in MuJoCo holds MuJoCo's numbers, number by number. An expansion of the list:
 * a new array is compared without another line here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

/* One file, read by both. */
typedef struct pair_of_models {
  mjModel *theirs;
  myr_model *ours;
  int *wrap;         /* (nwrap) MuJoCo's number of each of our wraps: ours are sorted by dof within a tendon */
  long numbers;      /* compared so far */
  const char *label; /* for messages */
} pair_of_models;

static int64_t row_of(const pair_of_models *p, enum myr_element element, int64_t row) {
  return element == MYR_ELEMENT_wrap ? p->wrap[row] : row;
}

static void compare(pair_of_models *p, const char *name, int64_t row, int64_t column, double ours, double theirs) {
  p->numbers++;
  if (ours != theirs)
    fail_msg("%s: %s[%d, %d] is %.17g, MuJoCo has %.17g", p->label, name, (int)row, (int)column, ours, theirs);
}

/* One array by its source: `ours` has `rows` rows of `wide` numbers for each `element`. Integers are compared as doubles,
 * which hold them exactly. */
#define COMPARE_ROWS(member, stride)       \
  for (int64_t row = 0; row < rows; row++) \
    for (int64_t k = 0; k < wide; k++)     \
      compare(p, text, row, k, (double)ours[wide * row + k], (double)m->member[(stride)*row_of(p, element, row) + k]);
#define COMPARE_OWN
#define COMPARE_MUJOCO(member) COMPARE_ROWS(member, wide)
#define COMPARE_MUJOCO_3(member) COMPARE_ROWS(member, wide)
#define COMPARE_MUJOCO_FIRST(member, stride) COMPARE_ROWS(member, stride)
#define COMPARE_MUJOCO_ROWS(member, columns) COMPARE_ROWS(member, wide)
#define COMPARE_ARRAY(name, its_element, width, source)            \
  {                                                                \
    const char *text = #name;                                      \
    const enum myr_element element = MYR_ELEMENT_##its_element;    \
    const int64_t rows = size_of_##its_element, wide = (width);    \
    const __typeof__(*model->name) *ours = model->name;            \
    (void)text, (void)element, (void)rows, (void)wide, (void)ours; \
    COMPARE_##source                                               \
  }

static void compare_arrays(pair_of_models *p) {
  const myr_model *model = p->ours;
  const mjModel *m = p->theirs;
#include "kernels/sizes.def"
#define MODEL_INT(name, element, width, refers, source, doc) COMPARE_ARRAY(name, element, width, source)
#define MODEL_REAL(name, element, width, unit, source, doc) COMPARE_ARRAY(name, element, width, source)
#define MODEL_TABLE(name, element, width, refers, doc)
#include "kernels/model.def"
}

/* MuJoCo keeps a tendon's joints in the order of the file. */
static int their_wrap(const mjModel *m, const myr_model *model, int tendon, int wrap) {
  for (int w = m->tendon_adr[tendon]; w < m->tendon_adr[tendon] + m->tendon_num[tendon]; w++)
    if (m->wrap_objid[w] == model->wrap_jnt[wrap]) return w;
  fail_msg("wrap %d of tendon %d names a joint that MuJoCo's tendon lacks", wrap, tendon);
  return -1;
}

static void check_file(const char *path, long *numbers) {
  char message[1000] = "";
  pair_of_models p = {.theirs = mj_loadXML(path, NULL, message, sizeof message), .label = path};
  myr_error error = {0};
  if (!p.theirs) fail_msg("%s: %s", path, message);
  if (myr_model_load(path, &p.ours, &error)) fail_msg("%s", error.message);
#define ELEMENT(name, size, doc)
#define ELEMENT_JOINED(name, size, doc) assert_int_equal(p.ours->size, p.theirs->size);
#include "kernels/elements.def"
  assert_int_equal(p.ours->ngeom, p.theirs->ngeom); /* none is dropped, so geoms are numbered alike */
  p.wrap = calloc((size_t)p.ours->nwrap + 1, sizeof *p.wrap);
  assert_non_null(p.wrap);
  for (int t = 0; t < p.ours->ntendon; t++)
    for (int w = p.ours->tendon_wrap_start[t]; w < p.ours->tendon_wrap_start[t] + p.ours->tendon_wrap_count[t]; w++)
      p.wrap[w] = their_wrap(p.theirs, p.ours, t, w);
  compare_arrays(&p);
  *numbers += p.numbers;
  free(p.wrap);
  myr_model_free(p.ours);
  mj_deleteModel(p.theirs);
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
