/* Tests, in every width, what the kernels compute for an engine with its own physics: forces, labels and activations
 * are those of a whole step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/fields.h"
#include "kernels/memory.h"
#include "kernels/model.h"
#include "tests/effort.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

typedef struct worlds {
  const myr_kernels *kernels;
  void *constants;
  const myr_layout *layout;
  char *tile, *scratch;
} worlds;

static char *zeros(size_t bytes) {
  char *memory = aligned_alloc(MYR_CACHE_LINE, myr_whole_cache_lines(bytes));
  assert_non_null(memory);
  memset(memory, 0, myr_whole_cache_lines(bytes));
  return memory;
}

static worlds open_worlds(const myr_model *model, const myr_kernels *kernels, const myr_layout *layout) {
  worlds w = {.kernels = kernels, .layout = layout};
  assert_int_equal(kernels->constants_create(model, &w.constants, NULL), MYR_OK);
  w.tile = zeros(kernels->tile_bytes(model));
  w.scratch = zeros(kernels->scratch_bytes(model));
  return w;
}

static void close_worlds(worlds *w) {
  w->kernels->constants_destroy(w->constants);
  free(w->tile);
  free(w->scratch);
}

static size_t field_bytes(const worlds *w, int field) {
  return (size_t)w->layout->count[field] * (size_t)w->kernels->lanes * (size_t)w->kernels->scalar_bytes;
}

static char *place(const worlds *w, int field) {
  size_t before = (size_t)w->layout->offset[field] * (size_t)w->kernels->lanes * (size_t)w->kernels->scalar_bytes;
  return (myr_field_infos[field].kind == MYR_KIND_SCRATCH ? w->scratch : w->tile) + before;
}

static double number(const worlds *w, int field, int64_t i) {
  return w->kernels->scalar_bytes == 8 ? ((double *)place(w, field))[i] : (double)((float *)place(w, field))[i];
}

/* Moves each element of a field in each lane by a random amount. */
static void move(worlds *w, int field, random_model *r, double range) {
  for (int64_t i = 0, n = w->layout->count[field] * w->kernels->lanes; i < n; i++) {
    double value = number(w, field, i) + random_between(r, -range, range);
    if (w->kernels->scalar_bytes == 8)
      ((double *)place(w, field))[i] = value;
    else
      ((float *)place(w, field))[i] = (float)value;
  }
}

static void begin(worlds *w, uint64_t seed, bool pushed) {
  random_model r = {.random = seed};
  for (int lane = 0; lane < w->kernels->lanes; lane++) w->kernels->reset(w->constants, w->tile, lane, -1);
  move(w, MYR_FIELD_qpos, &r, .3);
  move(w, MYR_FIELD_qvel, &r, 1);
  move(w, MYR_FIELD_act, &r, .5);
  move(w, MYR_FIELD_ctrl, &r, 1);
  move(w, MYR_FIELD_delayed, &r, 1);
  if (pushed) move(w, MYR_FIELD_xfrc_applied, &r, 3);
  w->kernels->derive(w->constants, w->tile, w->scratch);
}

static void expect_equal(const worlds *a, const worlds *b, int field, uint64_t seed) {
  if (memcmp(place(a, field), place(b, field), field_bytes(a, field)))
    fail_msg("seed %d, %s: %s differs", (int)seed, a->kernels->name, myr_field_infos[field].name);
}

/* Compares the smooth forces. Those of `asked` leave out the bias force, which is zero in these worlds. */
static void expect_smooth(const worlds *stepped, const worlds *asked, uint64_t seed) {
  double allowed = asked->kernels->scalar_bytes == 8 ? 1e-13 : 1e-5;
  for (int64_t i = 0, n = asked->layout->count[MYR_FIELD_qfrc_smooth] * asked->kernels->lanes; i < n; i++) {
    double bias = number(stepped, MYR_FIELD_qfrc_bias, i), all = number(stepped, MYR_FIELD_qfrc_smooth, i);
    double ours = number(asked, MYR_FIELD_qfrc_smooth, i);
    assert_true(number(asked, MYR_FIELD_qfrc_bias, i) == 0);
    if (!(fabs(ours - bias - all) <= allowed * (1 + fabs(ours) + fabs(bias))))
      fail_msg("seed %d, %s: force %g - %g instead of %g", (int)seed, asked->kernels->name, ours, bias, all);
  }
}

/* advanced: activations and delay lines may differ. */
static void expect_unchanged(const worlds *before, const worlds *after, uint64_t seed, bool advanced) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (!(advanced && (field == MYR_FIELD_act || field == MYR_FIELD_delayed)) &&
        myr_field_infos[field].kind <= MYR_KIND_DERIVED)
      expect_equal(before, after, field, seed);
}

/* The features that occurred in the compared worlds. */
typedef struct seen {
  int activations, delays, tendons, pushed;
} seen;

static void check(const myr_model *model, const myr_kernels *kernels, uint64_t seed, seen *seen) {
  static const int from_the_step[] = {MYR_FIELD_qfrc_passive,  MYR_FIELD_actuator_force,      MYR_FIELD_qfrc_actuator,
                                      MYR_FIELD_act_dot,       MYR_FIELD_actuator_force_rate, MYR_FIELD_tendon_length,
                                      MYR_FIELD_body_position, MYR_FIELD_body_rotation,       MYR_FIELD_energy};
  myr_layout layout;
  myr_layout_compute(model, &layout);
  bool pushed = seed & 1;
  worlds stepped = open_worlds(model, kernels, &layout), asked = open_worlds(model, kernels, &layout),
         begun = open_worlds(model, kernels, &layout);
  begin(&stepped, seed, pushed);
  begin(&asked, seed, pushed);
  begin(&begun, seed, pushed);
  kernels->control_step(stepped.constants, stepped.tile, stepped.scratch, 0, MYR_OBSERVE, NULL);
  kernels->smooth_forces(asked.constants, asked.tile, asked.scratch, MYR_OBSERVE);
  for (size_t i = 0; i < sizeof from_the_step / sizeof *from_the_step; i++)
    expect_equal(&stepped, &asked, from_the_step[i], seed);
  expect_smooth(&stepped, &asked, seed);
  expect_unchanged(&begun, &asked, seed, false);
  kernels->smooth_forces(begun.constants, begun.tile, begun.scratch, 0);
  expect_equal(&asked, &begun, MYR_FIELD_qfrc_smooth, seed);
  kernels->integrate_activations(begun.constants, begun.tile, begun.scratch);
  expect_unchanged(&asked, &begun, seed, true);
  kernels->control_step(stepped.constants, stepped.tile, stepped.scratch, 1, 0, NULL);
  expect_equal(&stepped, &begun, MYR_FIELD_act, seed);
  expect_equal(&stepped, &begun, MYR_FIELD_delayed, seed);
  seen->activations += model->na > 0, seen->delays += model->ndelayline > 0, seen->tendons += model->ntendon > 0,
      seen->pushed += pushed;
  close_worlds(&stepped);
  close_worlds(&asked);
  close_worlds(&begun);
}

static void forces_are_those_of_a_step(void **state) {
  (void)state;
  static const int widths[] = {1, 4, 8, 16, MYR_LANES_DOUBLE};
  seen seen = {0};
  for (int seed = 0, models = effort(24); seed < models; seed++) {
    static random_model r;
    random_model_write(&r, (uint64_t)seed, RANDOM_ALL);
    myr_model *model = model_of_text(r.text);
    if (model->options.integrator == MYR_RK4) model->options.integrator = MYR_EULER; /* other engines step once */
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
      const myr_kernels *kernels;
      if (!myr_kernels_find(widths[i], &kernels, NULL)) check(model, kernels, (uint64_t)seed, &seen);
    }
    myr_model_free(model);
  }
  assert_true(seen.activations && seen.delays && seen.tendons && seen.pushed);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(forces_are_those_of_a_step)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
