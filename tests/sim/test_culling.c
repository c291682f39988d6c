/* Tests that culling geoms that cannot move changes no bit: the same worlds are stepped with and without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "sim/sim.h"
#include "tests/sim/scratch_file.h"

enum { WORLDS = 11, STEPS = 60 };

/* A field of fixed boxes, spheres and capsules, with a plane if asked for, and a robot and a ball that cross it. */
static myr_model *field_of_obstacles(int plane, double margin) {
  static char text[1 << 15];
  int used = snprintf(text, sizeof text, "<mujoco><default><geom margin='%g'/></default><worldbody>%s", margin,
                      plane ? "<geom type='plane' size='0 0 1'/>" : "<geom type='box' size='20 20 .1' pos='0 0 -.1'/>");
  static const char *const shapes[] = {"box' size='.2 .15 .1", "sphere' size='.2", "capsule' size='.1 .2"};
  for (int i = 0; i < 60; i++)
    used += snprintf(text + used, sizeof text - (size_t)used, "<geom type='%s' pos='%d %d .1'/>", shapes[i % 3],
                     i % 10 - 4, i / 10 - 3);
  snprintf(text + used, sizeof text - (size_t)used,
           "<body pos='5 2 .2'><geom size='.2'/></body>"
           "<body pos='0 .5 .5'><freejoint/><geom type='capsule' size='.1 .3'/><body pos='.4 0 0'><joint axis='0 1 0'/>"
           "<geom size='.12'/></body></body><body pos='-3 0 .6'><freejoint/><geom size='.15'/></body>"
           "</worldbody></mujoco>");
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml", text, path);
  myr_model *model;
  myr_error error = {0};
  if (myr_model_load(path, &model, &error)) fail_msg("%s", error.message);
  unlink(path);
  return model;
}

static myr_batch *make_batch(const myr_model *model, int lanes) {
  const myr_batch_description description = {
      .model = model, .engine = "cpu", .worlds = WORLDS, .lanes = lanes, .threads = 1};
  myr_batch *batch;
  myr_error error = {0};
  if (myr_batch_create(&description, &batch, &error)) fail_msg("%s", error.message);
  for (int w = 0; w < WORLDS; w++) {
    myr_batch_reset(batch, w, -1);
    myr_span qvel = myr_batch_field(batch, MYR_FIELD_qvel, w);
    for (int i = 0; i < qvel.count; i++)
      qvel.data[i * qvel.stride] = (float)((w * 7 + i * 5) % 13 - 6) / (i < 2 ? 1 : 3);
  }
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  for (int g = 0; g < info.groups; g++) assert_int_equal(myr_batch_commit(batch, g, &error), MYR_OK);
  return batch;
}

static void step(myr_batch *batch) {
  myr_batch_info info;
  myr_error error = {0};
  myr_batch_describe(batch, &info);
  for (int g = 0; g < info.groups; g++)
    assert_int_equal(myr_batch_step(batch, g, 0, 5, MYR_OBSERVE, NULL, &error), MYR_OK);
}

static int compare_batches(myr_batch *one, myr_batch *two) {
  int contacts = 0;
  for (int w = 0; w < WORLDS; w++) {
    contacts += (int)myr_batch_field(one, MYR_FIELD_contact_count, w).data[0];
    for (int field = 0; field < MYR_FIELD_COUNT; field++) {
      myr_span a = myr_batch_field(one, field, w), b = myr_batch_field(two, field, w);
      for (int i = 0; i < a.count; i++)
        if (memcmp(&a.data[i * a.stride], &b.data[i * b.stride], sizeof(float)))
          fail_msg("%s[%d] of world %d: %.9g and %.9g", myr_field_infos[field].name, i, w, (double)a.data[i * a.stride],
                   (double)b.data[i * b.stride]);
    }
  }
  return contacts;
}

static void check(int plane, double margin, int lanes) {
  myr_model *culled = field_of_obstacles(plane, margin), *plain = field_of_obstacles(plane, margin);
  assert_int_equal(culled->nfixed, 62);
  assert_int_equal(culled->ncluster, 8);
  plain->nfixed = plain->ncluster = 0;
  myr_batch *one = make_batch(culled, lanes), *two = make_batch(plain, lanes);
  int contacts = 0;
  for (int s = 0; s < STEPS; s++) {
    step(one), step(two);
    contacts += compare_batches(one, two);
  }
  assert_true(contacts > 5 * STEPS);
  myr_batch_destroy(one), myr_batch_destroy(two);
  myr_model_free(culled), myr_model_free(plain);
}

static void no_bit_differs(void **state) {
  (void)state;
  for (int variant = 0; variant < 8; variant++) check(variant & 1, variant & 2 ? 0.4 : 0, variant & 4 ? 1 : 0);
}

/* Few fixed geoms are not worth it, and a plane that moves has no bound. */
static void only_many_fixed_geoms_are_culled(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml",
                "<mujoco><worldbody><geom size='1'/><geom pos='3 0 0' size='1'/><body pos='0 0 5'><freejoint/>"
                "<geom size='1'/></body></worldbody></mujoco>",
                path);
  myr_model *model;
  myr_error error = {0};
  if (myr_model_load(path, &model, &error)) fail_msg("%s", error.message);
  unlink(path);
  assert_int_equal(model->nfixed, 2);
  assert_int_equal(model->ncluster, 0);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(no_bit_differs),
                                     cmocka_unit_test(only_many_fixed_geoms_are_culled)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
