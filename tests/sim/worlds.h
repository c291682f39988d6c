/* Worlds for a test: a model from a text, a batch of it, and simple access to one world's numbers. Include it after
 * cmocka.h. */
#ifndef MYR_TESTS_WORLDS_H
#define MYR_TESTS_WORLDS_H

#include <math.h>
#include <stdarg.h>

#include "kernels/fields.h"
#include "sim/sim.h"
#include "tests/sim/scratch_file.h"

static inline myr_model *model_of_text(const char *text) {
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml", text, path);
  myr_model *model = NULL;
  myr_error error = {0};
  myr_status status = myr_model_load(path, &model, &error);
  unlink(path);
  if (status) fail_msg("%s", error.message);
  return model;
}

/* Makes a model of a robot of scenarios/assets on a ground plane. */
static inline myr_model *model_of_robot(const char *path) {
  const myr_entity entities[] = {{.name = "floor", .friction = {0.9, 0.01, 0.001}}, {.name = "robot", .path = path}};
  const myr_scene scene = {.entities = entities, .entity_count = 2};
  myr_model *model = NULL;
  myr_error error = {0};
  if (myr_scene_build(&scene, &model, &error)) fail_msg("%s", error.message);
  return model;
}

/* Creates a batch. Returns NULL if this machine or build lacks the width. */
static inline myr_batch *batch_of(const myr_model *model, int worlds, int lanes) {
  myr_batch *batch = NULL;
  myr_error error = {0};
  const myr_batch_description description = {.model = model, .worlds = worlds, .lanes = lanes, .threads = 1};
  myr_status status = myr_batch_create(&description, &batch, &error);
  if (status && status != MYR_UNAVAILABLE) fail_msg("%s", error.message);
  return batch;
}

static inline myr_batch *engine_batch(const myr_model *model, const char *engine, int worlds, int threads) {
  myr_batch *batch = NULL;
  myr_error error = {0};
  const myr_batch_description description = {.model = model, .engine = engine, .worlds = worlds, .threads = threads};
  if (myr_batch_create(&description, &batch, &error)) fail_msg("%s", error.message);
  return batch;
}

static inline double value_of(myr_batch *batch, enum myr_field field, int world, int element) {
  myr_span span = myr_batch_field(batch, field, world);
  assert_true(element < span.count);
  return (double)span.data[element * span.stride];
}

static inline void set_value(myr_batch *batch, enum myr_field field, int world, int element, double value) {
  myr_span span = myr_batch_field(batch, field, world);
  assert_true(element < span.count);
  span.data[element * span.stride] = (float)value;
}

static inline void commit_all(myr_batch *batch) {
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  for (int group = 0; group < info.groups; group++) assert_int_equal(myr_batch_commit(batch, group, NULL), MYR_OK);
}

static inline void step_all(myr_batch *batch, int substeps, unsigned flags) {
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  for (int group = 0; group < info.groups; group++)
    assert_int_equal(myr_batch_step(batch, group, 0, substeps, flags, NULL, NULL), MYR_OK);
}

#endif
