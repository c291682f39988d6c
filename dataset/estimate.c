/* What a run will take, before it runs. */
#include "dataset/run_shape.h"
#include "dataset/writer.h"
#include "kernels/device.h"

/* Bytes of an array in an episode that lasts so many steps; contacts are not foreseen. */
static int64_t array_bytes(const array_info *info, int64_t steps) {
  int64_t shape[MYR_ARRAY_RANK];
  if (info->same_as >= 0 || info->extent == EXTENT_CONTACTS) return 0;
  return array_shape(info, steps, 0, shape) * (int64_t)myr_array_type_bytes(info->type);
}

static void add_arrays(const record_layout *layout, myr_run_estimate *result) {
  const episode_schema *schema = &layout->schema;
  int64_t steps = layout->info->control_steps;
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    int every = info->episodes_every > 1 ? info->episodes_every : 1;
    int64_t bytes = array_bytes(info, steps), episodes = (result->episodes + every - 1) / every;
    result->episode_bytes += bytes;
    if (info->frames) result->picture_bytes += bytes * episodes;
    result->recording_bytes += bytes;
    result->dataset_bytes += bytes * episodes;
    result->records_contacts |= info->extent == EXTENT_CONTACTS;
  }
}

/* Of the worlds as they would be created, and in *host_bytes what they take of the host's memory. */
static myr_status estimate_batch(const myr_run_description *description, const run_shape *shape, myr_batch_info *batch,
                                 size_t *host_bytes, myr_error *error) {
  myr_status status = myr_batch_estimate(&shape->batch, batch, error);
  if (status) return status;
  *host_bytes = batch->host_bytes;
  if (!run_is_mixed(description)) return MYR_OK;
  const myr_batch_description bullet = run_bullet_batch(shape);
  myr_batch_info beside;
  status = myr_batch_estimate(&bullet, &beside, error);
  if (status) return status;
  *host_bytes += beside.host_bytes;
  batch->engine = MYR_MIX;
  return MYR_OK;
}

static myr_status estimate(const myr_run_description *description, const record_layout *layout,
                           myr_run_estimate *result, myr_error *error) {
  const myr_plan_info *info = layout->info;
  result->episodes = run_episodes(description);
  result->control_steps = info->control_steps;
  result->substeps = info->substeps;
  result->shards = (result->episodes + run_shard_episodes(description) - 1) / run_shard_episodes(description);
  add_arrays(layout, result);
  run_shape shape;
  size_t batch_bytes = 0;
  myr_status status = run_shape_choose(description, layout, &shape, error);
  if (!status) status = estimate_batch(description, &shape, &result->batch, &batch_bytes, error);
  if (status) return status;
  if (result->batch.traits->on_device) {
    size_t bytes = result->batch.bytes + shape.batch.picture_bytes;
    result->device_bytes = (int64_t)bytes;
    result->device_free_bytes = (int64_t)myr_device_memory_for(bytes);
  }
  int in_hand = result->batch.threads * result->batch.thread_groups;
  int engines = run_is_mixed(description) ? 2 : 1;
  int recorded =
      engines * result->batch.group_worlds * (in_hand < result->batch.groups ? in_hand : result->batch.groups);
  result->memory_bytes =
      (int64_t)(batch_bytes + shape.picture_host_bytes) + result->recording_bytes * recorded + WRITER_PENDING_BYTES;
  return MYR_OK;
}

myr_status myr_run_plan(const myr_run_description *description, myr_run_estimate *result, myr_error *error) {
  record_layout *layout = NULL;
  *result = (myr_run_estimate){0};
  myr_status status = record_layout_create(description->plan, run_is_mixed(description), &layout, error);
  if (!status) status = estimate(description, layout, result, error);
  record_layout_destroy(layout);
  return status;
}
