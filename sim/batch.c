/* Batches of worlds: choosing the engine. */
#include <stdlib.h>
#include <string.h>

#include "sim/engine.h"

struct myr_batch {
  const myr_engine *engine;
  void *state;
};

static const myr_engine *const engines[] = {&myr_cpu_engine};
static const char *const engines_not_built[] = {"cuda", "bullet"};

static myr_status find_engine(const char *name, const myr_engine **engine, myr_error *error) {
  if (!name) name = engines[0]->name;
  for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
    if (!strcmp(name, engines[i]->name)) {
      *engine = engines[i];
      return MYR_OK;
    }
  for (size_t i = 0; i < sizeof engines_not_built / sizeof *engines_not_built; i++)
    if (!strcmp(name, engines_not_built[i]))
      return myr_fail(error, MYR_UNAVAILABLE, "engine \"%s\" is not in this build; use \"cpu\"", name);
  return myr_fail(error, MYR_UNAVAILABLE, "there is no engine \"%s\"; use \"cpu\"", name);
}

myr_status myr_batch_create(const myr_batch_description *description, myr_batch **batch, myr_error *error) {
  *batch = NULL;
  if (!description->model) return myr_fail(error, MYR_INVALID, "a batch needs a model");
  if (description->worlds < 1)
    return myr_fail(error, MYR_INVALID, "a batch of %d worlds: at least 1 is needed", description->worlds);
  const myr_engine *engine;
  myr_status status = find_engine(description->engine, &engine, error);
  if (status) return status;
  myr_batch *created = calloc(1, sizeof *created);
  if (!created) return myr_fail(error, MYR_ERROR, "out of memory for a batch");
  created->engine = engine;
  status = engine->create(description, &created->state, error);
  if (status)
    free(created);
  else
    *batch = created;
  return status;
}

void myr_batch_destroy(myr_batch *batch) {
  if (!batch) return;
  batch->engine->destroy(batch->state);
  free(batch);
}

void myr_batch_describe(const myr_batch *batch, myr_batch_info *info) { batch->engine->describe(batch->state, info); }

myr_span myr_batch_field(myr_batch *batch, enum myr_field field, int world) {
  return batch->engine->field(batch->state, field, world);
}

void myr_batch_reset(myr_batch *batch, int world, int key) { batch->engine->reset(batch->state, world, key); }

myr_status myr_batch_commit(myr_batch *batch, int group, myr_error *error) {
  return batch->engine->commit(batch->state, group, error);
}

myr_status myr_batch_step(myr_batch *batch, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                          myr_error *error) {
  return batch->engine->step(batch->state, group, thread, substeps, flags, profile, error);
}
