/* Tests that scenes with every feature have the CPU's bits on an emulated GPU, whose drivers place a world's numbers in
 * chip, device and scratch memory, for both mappings of worlds to threads. Under AddressSanitizer this is the test of that
 * memory; kernels/test_warp.c tests more models, and more orders of a warp's items, in the memory of one lane. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/kernels/drawn_worlds.h"
#include "tests/kernels/warp_scenes.h"

enum { WORLDS = 2 };

static myr_batch *open_batch(const myr_model *model, const char *engine, int lanes, enum myr_world_mapping mapping) {
  const myr_batch_description description = {
      .model = model, .engine = engine, .worlds = WORLDS, .lanes = lanes, .threads = 1, .mapping = mapping};
  myr_batch *batch = NULL;
  myr_error error = {0};
  if (myr_batch_create(&description, &batch, &error)) fail_msg("%s", error.message);
  for (int world = 0; world < WORLDS; world++) start_world(batch, model, world, world);
  commit_all(batch);
  return batch;
}

static void assert_equal(myr_batch *cpu, myr_batch *cuda, const char *name) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    for (int world = 0; world < WORLDS; world++) {
      myr_span a = myr_batch_field(cpu, (enum myr_field)field, world);
      myr_span b = myr_batch_field(cuda, (enum myr_field)field, world);
      assert_int_equal(a.count, b.count);
      for (int e = 0; e < a.count; e++) {
        float x = a.data[e * a.stride], y = b.data[e * b.stride];
        if (memcmp(&x, &y, sizeof x) && !(isnan(x) && isnan(y)))
          fail_msg("%s, world %d: %s[%d] is %.9g on the CPU, else %.9g", name, world, myr_field_infos[field].name, e,
                   (double)x, (double)y);
      }
    }
}

/* Steps both some way, then compares a step that only writes labels, and steps with and without labels. Returns
 * how many contacts there were. */
static int check_scene(const char *text, const char *name, enum myr_world_mapping last_mapping, int substeps_before) {
  static const struct {
    int substeps;
    unsigned flags;
  } steps[] = {{0, MYR_OBSERVE}, {2, MYR_OBSERVE}, {1, 0}};
  myr_model *model = model_of_text(text);
  int contacts = 0;
  for (int mapping = MYR_WORLDS_BY_WARP; mapping <= (int)last_mapping; mapping++) {
    myr_batch *cpu = open_batch(model, "cpu", 1, MYR_WORLDS_CHOSEN);
    step_all(cpu, substeps_before, 0);
    myr_batch *cuda = open_batch(model, "cuda", 0, (enum myr_world_mapping)mapping);
    step_all(cuda, substeps_before, 0);
    for (int i = 0; i < 3; i++) {
      step_all(cpu, steps[i].substeps, steps[i].flags);
      step_all(cuda, steps[i].substeps, steps[i].flags);
      assert_equal(cpu, cuda, name);
    }
    for (int world = 0; world < WORLDS; world++) contacts += (int)value_of(cpu, MYR_FIELD_contact_count, world, 0);
    myr_batch_destroy(cpu);
    myr_batch_destroy(cuda);
  }
  myr_model_free(model);
  return contacts;
}

static void heaps(void **state) {
  (void)state;
  int contacts = check_scene(HEAP("<option timestep='.002'/>"), "pyramidal heap", MYR_WORLDS_BY_THREAD, 25) +
                 check_scene(HEAP("<option timestep='.002' cone='elliptic' impratio='3'/>"), "elliptic heap",
                             MYR_WORLDS_BY_THREAD, 25);
  assert_in_range(contacts, 31, 10000);
}

static void more_of_everything_than_a_warp(void **state) {
  (void)state;
  static random_model text; /* too much for a thread's own memory */
  write_centipede(&text);
  assert_in_range(check_scene(text.text, "centipede", MYR_WORLDS_BY_WARP, 2), 33, 10000);
  write_balls(&text);
  assert_in_range(check_scene(text.text, "balls", MYR_WORLDS_BY_WARP, 8), 5, 10000);
}

static void random_models(void **state) {
  (void)state;
  static random_model random;
  for (int seed = 0; seed < 4; seed++) {
    random_model_write(&random, (uint64_t)(900 + seed), RANDOM_ALL);
    check_scene(random.text, "random model", MYR_WORLDS_BY_THREAD, 5);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heaps),
      cmocka_unit_test(more_of_everything_than_a_warp),
      cmocka_unit_test(random_models),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
