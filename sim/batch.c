/* Batches of worlds: checks every call and passes it to the batch's engine. */
#include <stdlib.h>

#include "kernels/fields.h"
#include "kernels/start.h"
#include "sim/engine.h"
#include "sim/threads.h"

struct myr_batch {
  const myr_engine *engine;
  const myr_engine_traits *traits;
  void *state;
  bool hidden[MYR_FIELD_COUNT]; /* from myr_batch_field */
  const myr_start *start;
  int worlds, groups, group_worlds;
  bool *begun;           /* (groups) a step was begun and not finished */
  int32_t *first_worlds; /* (group_worlds) 0, 1, ...: the worlds of a start that names none */
};

static myr_status check(const myr_batch_description *description, const myr_engine **engine,
                        const myr_engine_traits **traits, myr_error *error) {
  *engine = NULL;
  if (!description->model) return myr_fail(error, MYR_INVALID, "a batch needs a model");
  if (description->worlds < 1)
    return myr_fail(error, MYR_INVALID, "a batch of %d worlds: at least 1 is needed", description->worlds);
  return myr_engine_choose(description->engine, engine, traits, error);
}

static void name_engine(const myr_engine_traits *traits, myr_batch_info *info) {
  info->engine = traits->name;
  info->traits = traits;
}

myr_status myr_batch_estimate(const myr_batch_description *description, myr_batch_info *info, myr_error *error) {
  const myr_engine *engine;
  const myr_engine_traits *traits;
  myr_status status = check(description, &engine, &traits, error);
  if (!status) status = engine->estimate(description, info, error);
  if (!status) name_engine(traits, info);
  return status;
}

myr_status myr_batch_create(const myr_batch_description *description, myr_batch **batch, myr_error *error) {
  const myr_engine *engine;
  const myr_engine_traits *traits;
  *batch = NULL;
  myr_status status = check(description, &engine, &traits, error);
  if (!status) status = myr_threads_check(myr_thread_count(description->threads), error);
  if (status) return status;
  myr_batch *created = calloc(1, sizeof *created);
  if (!created) return myr_fail(error, MYR_ERROR, "out of memory for a batch");
  created->engine = engine;
  created->traits = traits;
  created->start = description->start;
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    int kind = myr_field_infos[field].kind;
    created->hidden[field] =
        kind == MYR_KIND_SCRATCH || (kind == MYR_KIND_LABEL && description->unread && description->unread[field]);
  }
  status = engine->create(description, &created->state, error);
  if (status) {
    free(created);
    return status;
  }
  myr_batch_info info;
  engine->describe(created->state, &info);
  created->worlds = info.worlds;
  created->groups = info.groups;
  created->group_worlds = info.group_worlds;
  created->begun = calloc((size_t)info.groups, sizeof *created->begun);
  created->first_worlds = calloc((size_t)info.group_worlds, sizeof *created->first_worlds);
  if (!created->begun || !created->first_worlds) {
    myr_batch_destroy(created);
    return myr_fail(error, MYR_ERROR, "out of memory for %d groups of worlds", info.groups);
  }
  for (int i = 0; i < info.group_worlds; i++) created->first_worlds[i] = i;
  *batch = created;
  return MYR_OK;
}

void myr_batch_destroy(myr_batch *batch) {
  if (!batch) return;
  batch->engine->destroy(batch->state);
  free(batch->begun);
  free(batch->first_worlds);
  free(batch);
}

void myr_batch_describe(const myr_batch *batch, myr_batch_info *info) {
  batch->engine->describe(batch->state, info);
  name_engine(batch->traits, info);
}

myr_span myr_batch_field(myr_batch *batch, int field, int world) {
  return batch->hidden[field] ? (myr_span){0} : batch->engine->field(batch->state, field, world);
}

void myr_batch_reset(myr_batch *batch, int world, int key) { batch->engine->reset(batch->state, world, key); }

static myr_status check_group(const myr_batch *batch, int group, myr_error *error) {
  if (group >= 0 && group < batch->groups) return MYR_OK;
  return myr_fail(error, MYR_INVALID, "group %d of %d", group, batch->groups);
}

static myr_status finish(myr_batch *batch, int group, myr_error *error) {
  return batch->engine->finish ? batch->engine->finish(batch->state, group, error) : MYR_OK;
}

static myr_status check_idle(const myr_batch *batch, int group, myr_error *error) {
  myr_status status = check_group(batch, group, error);
  if (status || !batch->begun[group]) return status;
  return myr_fail(error, MYR_INVALID, "group %d is still being stepped: finish that first", group);
}

myr_status myr_batch_commit(myr_batch *batch, int group, myr_error *error) {
  myr_status status = check_idle(batch, group, error);
  return status ? status : batch->engine->commit(batch->state, group, error);
}

/* A world's fields that an episode's start may write. */
static myr_world_fields fields_of(myr_batch *batch, int world) {
  myr_world_fields fields = {0};
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    int kind = myr_field_infos[field].kind;
    if (kind != MYR_KIND_STATE && kind != MYR_KIND_INPUT && kind != MYR_KIND_PARAMETER) continue;
    myr_span span = batch->engine->field(batch->state, (enum myr_field)field, world);
    fields.data[field] = span.data;
    fields.stride = span.stride;
  }
  return fields;
}

static myr_status start_on_host(myr_batch *batch, int group, const int32_t *worlds, const int64_t *episodes, int count,
                                double *values, myr_error *error) {
  const myr_start *start = batch->start;
  for (int i = 0; i < count; i++) {
    int world = group * batch->group_worlds + worlds[i];
    double *own = values + (size_t)worlds[i] * (size_t)start->value_count;
    batch->engine->reset(batch->state, world, -1);
    const myr_world_fields fields = fields_of(batch, world);
    myr_start_draw(start, episodes[i], own);
    myr_start_prepare(start, &fields);
    myr_start_write(start, own, &fields);
  }
  return batch->engine->commit(batch->state, group, error);
}

static int group_size(const myr_batch *batch, int group) {
  int left = batch->worlds - group * batch->group_worlds;
  return left < batch->group_worlds ? left : batch->group_worlds;
}

static myr_status check_start(const myr_batch *batch, int group, const int32_t *worlds, int count, myr_error *error) {
  int size = group_size(batch, group);
  if (!batch->start) return myr_fail(error, MYR_INVALID, "episodes need a start, and the batch was made without one");
  if (count < 1 || count > size)
    return myr_fail(error, MYR_INVALID, "%d episodes in a group of %d worlds", count, size);
  for (int i = 0; i < count; i++)
    if (worlds && (worlds[i] < 0 || worlds[i] >= size))
      return myr_fail(error, MYR_INVALID, "an episode in world %d of a group of %d worlds", (int)worlds[i], size);
  return MYR_OK;
}

myr_status myr_batch_start(myr_batch *batch, int group, const int32_t *worlds, const int64_t *episodes, int count,
                           double *values, myr_error *error) {
  myr_status status = check_idle(batch, group, error);
  if (!status) status = check_start(batch, group, worlds, count, error);
  if (status) return status;
  if (!worlds) worlds = batch->first_worlds;
  return batch->engine->start ? batch->engine->start(batch->state, group, worlds, episodes, count, values, error)
                              : start_on_host(batch, group, worlds, episodes, count, values, error);
}

myr_status myr_batch_step(myr_batch *batch, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                          myr_error *error) {
  myr_status status = check_idle(batch, group, error);
  if (!status) status = batch->engine->step(batch->state, group, thread, substeps, flags, profile, error);
  return status || !(flags & MYR_OBSERVE) ? status : finish(batch, group, error);
}

myr_status myr_batch_begin_step(myr_batch *batch, int group, int thread, int substeps, unsigned flags,
                                myr_error *error) {
  myr_status status = check_idle(batch, group, error);
  if (!status) status = batch->engine->step(batch->state, group, thread, substeps, flags, NULL, error);
  if (!status) batch->begun[group] = true;
  return status;
}

myr_status myr_batch_finish(myr_batch *batch, int group, myr_error *error) {
  myr_status status = check_group(batch, group, error);
  if (status) return status;
  batch->begun[group] = false;
  return finish(batch, group, error);
}
