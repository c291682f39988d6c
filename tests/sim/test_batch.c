/* Tests batches: every number of a world has its own place, and the course of a world depends only on itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "sim/sim.h"
#include "tests/sim/scratch_file.h"

static const char *walker_xml =
    "<mujoco><worldbody><geom type='plane' size='0 0 1'/><body pos='0 0 .4'><freejoint/><geom size='.1'/>"
    "<body pos='.2 0 0'><joint name='knee' axis='0 1 0'/><geom type='capsule' fromto='0 0 0 .2 0 -.1' "
    "size='.05'/></body>"
    "</body></worldbody><actuator><motor joint='knee' ctrlrange='-1 1'/></actuator>"
    "<keyframe><key qpos='0 0 .15 1 0 0 0 .5' ctrl='.25'/></keyframe></mujoco>";

static myr_model *load_walker(void) {
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml", walker_xml, path);
  myr_model *model = NULL;
  myr_error error = {0};
  if (myr_model_load(path, &model, &error) != MYR_OK) fail_msg("%s", error.message);
  unlink(path);
  return model;
}

static myr_batch *create(const myr_model *model, int worlds, int lanes, int threads) {
  myr_batch *batch = NULL;
  myr_error error = {0};
  myr_batch_description description = {.model = model, .worlds = worlds, .lanes = lanes, .threads = threads};
  myr_status status = myr_batch_create(&description, &batch, &error);
  if (status == MYR_UNAVAILABLE) return NULL;
  if (status) fail_msg("%s", error.message);
  return batch;
}

/* No two elements share memory: each holds the number that was last written to it. */
static void every_element_has_its_place(void **state) {
  (void)state;
  myr_model *model = load_walker();
  enum { WORLDS = 19 };
  myr_batch *batch = create(model, WORLDS, 0, 2);
  for (int world = 0; world < WORLDS; world++)
    for (int field = 0; field < MYR_FIELD_COUNT; field++) {
      myr_span span = myr_batch_field(batch, (enum myr_field)field, world);
      if (myr_field_infos[field].kind == MYR_KIND_SCRATCH) assert_true(!span.data && !span.count);
      for (int e = 0; e < span.count; e++) span.data[e * span.stride] = (float)(world + 100 * e + 10000 * field);
    }
  for (int world = 0; world < WORLDS; world++)
    for (int field = 0; field < MYR_FIELD_COUNT; field++) {
      myr_span span = myr_batch_field(batch, (enum myr_field)field, world);
      for (int e = 0; e < span.count; e++)
        assert_true(span.data[e * span.stride] == (float)(world + 100 * e + 10000 * field));
    }
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  assert_true(info.worlds == WORLDS && info.threads == 2 && info.bytes > 0 && info.group_worlds == info.lanes);
  assert_true(info.groups == (WORLDS + info.lanes - 1) / info.lanes);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

static void reset_takes_the_keyframe(void **state) {
  (void)state;
  myr_model *model = load_walker();
  myr_batch *batch = create(model, 3, 0, 1);
  myr_batch_reset(batch, 1, 0);
  myr_span qpos = myr_batch_field(batch, MYR_FIELD_qpos, 1), ctrl = myr_batch_field(batch, MYR_FIELD_ctrl, 1);
  assert_true(qpos.count == 8 && qpos.data[7 * qpos.stride] == 0.5f && ctrl.data[0] == 0.25f);
  qpos = myr_batch_field(batch, MYR_FIELD_qpos, 2);
  assert_true(qpos.data[2 * qpos.stride] == 0.4f && qpos.data[7 * qpos.stride] == 0);
  assert_int_equal(myr_batch_commit(batch, 0, NULL), MYR_OK);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

/* Starts and controls a world depending only on its number. */
static void start_world(myr_batch *batch, int world, int number) {
  myr_batch_reset(batch, world, number % 2 - 1);
  myr_span qvel = myr_batch_field(batch, MYR_FIELD_qvel, world), ctrl = myr_batch_field(batch, MYR_FIELD_ctrl, world);
  for (int e = 0; e < qvel.count; e++) qvel.data[e * qvel.stride] = (float)((number * 7 + e * 3) % 11) * 0.2f - 1;
  ctrl.data[0] = (float)(number % 5) * 0.4f - 0.8f;
}

static void step_all(myr_batch *batch, int substeps) {
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  for (int group = 0; group < info.groups; group++) {
    assert_int_equal(myr_batch_commit(batch, group, NULL), MYR_OK);
    assert_int_equal(myr_batch_step(batch, group, group % info.threads, substeps, MYR_OBSERVE, NULL, NULL), MYR_OK);
  }
}

static void assert_same_world(myr_batch *one, int world1, myr_batch *two, int world2) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    myr_span a = myr_batch_field(one, (enum myr_field)field, world1);
    myr_span b = myr_batch_field(two, (enum myr_field)field, world2);
    for (int e = 0; e < a.count; e++)
      if (memcmp(a.data + e * a.stride, b.data + e * b.stride, sizeof(float)))
        fail_msg("%s[%d] of world %d: %.9g and %.9g", myr_field_infos[field].name, e, world1,
                 (double)a.data[e * a.stride], (double)b.data[e * b.stride]);
  }
}

/* A world has the same bits for any width, any neighbours and any place in the batch. */
static void worlds_are_independent(void **state) {
  (void)state;
  static const int widths[] = {1, 4, 8, 16};
  enum { WORLDS = 37, STEPS = 120 };
  myr_model *model = load_walker();
  myr_batch *reference = create(model, WORLDS, 1, 1);
  for (int world = 0; world < WORLDS; world++) start_world(reference, world, world);
  step_all(reference, STEPS);
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    myr_batch *batch = create(model, WORLDS, widths[i], 3);
    if (!batch) continue;
    for (int world = 0; world < WORLDS; world++) start_world(batch, world, WORLDS - 1 - world);
    step_all(batch, STEPS);
    for (int world = 0; world < WORLDS; world++) assert_same_world(batch, world, reference, WORLDS - 1 - world);
    myr_batch_destroy(batch);
  }
  myr_batch_destroy(reference);
  myr_model_free(model);
}

/* Beginning and finishing a step is the same as stepping. Until it is finished, nobody may step the group again. */
static void a_step_that_was_begun_is_finished(void **state) {
  (void)state;
  enum { WORLDS = 5, STEPS = 40 };
  myr_model *model = load_walker();
  myr_batch *reference = create(model, WORLDS, 1, 1), *batch = create(model, WORLDS, 1, 1);
  myr_error error = {0};
  for (int world = 0; world < WORLDS; world++) {
    start_world(reference, world, world);
    start_world(batch, world, world);
  }
  step_all(reference, STEPS);
  for (int group = 0; group < WORLDS; group++) {
    assert_int_equal(myr_batch_commit(batch, group, NULL), MYR_OK);
    assert_int_equal(myr_batch_begin_step(batch, group, 0, STEPS, MYR_OBSERVE, NULL), MYR_OK);
  }
  assert_int_equal(myr_batch_begin_step(batch, 2, 0, STEPS, MYR_OBSERVE, &error), MYR_INVALID);
  assert_non_null(strstr(error.message, "group 2 is still being stepped"));
  assert_int_equal(myr_batch_step(batch, 2, 0, STEPS, 0, NULL, NULL), MYR_INVALID);
  assert_int_equal(myr_batch_commit(batch, 2, NULL), MYR_INVALID);
  for (int group = 0; group < WORLDS; group++) assert_int_equal(myr_batch_finish(batch, group, NULL), MYR_OK);
  for (int world = 0; world < WORLDS; world++) assert_same_world(batch, world, reference, world);
  assert_int_equal(myr_batch_begin_step(batch, 2, 0, 1, MYR_OBSERVE, NULL), MYR_OK);
  myr_batch_destroy(batch); /* with a step under way */
  myr_batch_destroy(reference);
  myr_model_free(model);
}

static void refuses_what_is_not_there(void **state) {
  (void)state;
  myr_model *model = load_walker();
  myr_batch *batch = NULL;
  myr_error error = {0};
  static const char *const engines[] = {"cuda", "bullet", "abacus"};
  for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
    if (!myr_engine_find(engines[i], &(const char *){NULL}, NULL)) continue; /* it is there */
    myr_batch_description description = {.model = model, .worlds = 1, .engine = engines[i]};
    assert_int_equal(myr_batch_create(&description, &batch, &error), MYR_UNAVAILABLE);
    assert_non_null(strstr(error.message, engines[i]));
  }
  assert_int_equal(myr_batch_create(&(myr_batch_description){.model = model}, &batch, &error), MYR_INVALID);
  assert_int_equal(myr_batch_create(&(myr_batch_description){.model = model, .worlds = 1, .lanes = MYR_LANES_DOUBLE},
                                    &batch, &error),
                   MYR_INVALID);
  assert_null(batch);
  batch = create(model, 1, 0, 1);
  assert_int_equal(myr_batch_step(batch, 5, 0, 1, 0, NULL, &error), MYR_INVALID);
  assert_int_equal(myr_batch_step(batch, 0, 5, 1, 0, NULL, &error), MYR_INVALID);
  assert_int_equal(myr_batch_begin_step(batch, 5, 0, 1, 0, &error), MYR_INVALID);
  assert_int_equal(myr_batch_commit(batch, -1, &error), MYR_INVALID);
  assert_int_equal(myr_batch_finish(batch, 5, &error), MYR_INVALID);
  myr_batch_destroy(batch);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_element_has_its_place), cmocka_unit_test(reset_takes_the_keyframe),
      cmocka_unit_test(worlds_are_independent),      cmocka_unit_test(a_step_that_was_begun_is_finished),
      cmocka_unit_test(refuses_what_is_not_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
