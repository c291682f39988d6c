/* What a run will take, before it runs. */
#include <stdio.h>

#include "dataset/memory.h"
#include "dataset/run_shape.h"
#include "dataset/writer.h"
#include "kernels/device.h"

/* Bytes of an array in an episode that lasts so many steps; contacts are not foreseen. A frame is stored once, though
 * several rows show it, or next_obs/ too. */
static int64_t array_bytes(const array_info *info, int64_t steps) {
  int64_t shape[MYR_ARRAY_RANK];
  if (info->same_as >= 0 || info->extent == EXTENT_CONTACTS || (info->frames && info->shifted)) return 0;
  if (info->frames && info->frame_rows > 1) steps = (steps + info->frame_rows - 1) / info->frame_rows;
  return array_shape(info, steps, 0, shape) * (int64_t)myr_array_type_bytes(info->type);
}

static int episodes_every(const array_info *info) { return info->episodes_every > 1 ? info->episodes_every : 1; }

int64_t run_picture_bytes(const record_layout *layout, int64_t episode) {
  int64_t bytes = 0;
  for (int i = 0; i < layout->schema.array_count; i++) {
    const array_info *info = &layout->schema.arrays[i];
    if (info->frames && episode % episodes_every(info) == 0) bytes += array_bytes(info, layout->info->control_steps);
  }
  return bytes;
}

static void add_arrays(const record_layout *layout, myr_run_estimate *result) {
  const episode_schema *schema = &layout->schema;
  int64_t steps = layout->info->control_steps;
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    int every = episodes_every(info);
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

/* The worlds whose episodes a run records at once. */
static int64_t recorded_worlds(const myr_run_description *description, const myr_batch_info *batch) {
  int in_hand = batch->threads * batch->thread_groups, engines = run_is_mixed(description) ? 2 : 1;
  return (int64_t)engines * batch->group_worlds * (in_hand < batch->groups ? in_hand : batch->groups);
}

/* Memory on the host for worlds, recordings and the renderer, without the pictures of recordings, whose compressed size
 * nobody knows before. */
static myr_status needed_memory(const myr_run_description *description, const record_layout *layout, int64_t *bytes,
                                myr_error *error) {
  run_shape shape;
  myr_batch_info batch;
  size_t batch_bytes = 0;
  int64_t rows = 0;
  myr_status status = run_shape_choose(description, layout, &shape, error);
  if (!status) status = estimate_batch(description, &shape, &batch, &batch_bytes, error);
  if (status) return status;
  for (int i = 0; i < layout->schema.array_count; i++)
    if (!layout->schema.arrays[i].frames) rows += array_bytes(&layout->schema.arrays[i], layout->info->control_steps);
  *bytes = (int64_t)(batch_bytes + shape.picture_host_bytes) + rows * recorded_worlds(description, &batch);
  return MYR_OK;
}

/* The most worlds that need no more memory than there is; 0 if not even one fits. */
static int fitting_worlds(const myr_run_description *description, const record_layout *layout, int worlds,
                          int64_t room) {
  int fitting = 0, too_many = worlds;
  while (too_many - fitting > 1) {
    myr_run_description fewer = *description;
    fewer.worlds = fitting + (too_many - fitting) / 2;
    int64_t bytes;
    if (!needed_memory(&fewer, layout, &bytes, NULL) && bytes <= room)
      fitting = fewer.worlds;
    else
      too_many = fewer.worlds;
  }
  return fitting;
}

static myr_status estimate_memory(const myr_run_description *description, const record_layout *layout, int worlds,
                                  myr_run_memory *memory, myr_error *error) {
  memory_room room = memory_room_of("");
  *memory = (myr_run_memory){.available_bytes = room.bytes, .available_of = room.of};
  myr_status status = needed_memory(description, layout, &memory->needed_bytes, error);
  if (!status && memory->needed_bytes > room.bytes)
    memory->fitting_worlds = fitting_worlds(description, layout, worlds, room.bytes);
  return status;
}

myr_status run_memory_check(const myr_run_description *description, const record_layout *layout, int worlds,
                            myr_error *error) {
  myr_run_memory memory;
  myr_status status = estimate_memory(description, layout, worlds, &memory, error);
  if (status || memory.needed_bytes <= memory.available_bytes) return status;
  char advice[96] = "not one world fits: shorten `duration`, lower control_rate, or record less";
  if (memory.fitting_worlds)
    snprintf(advice, sizeof advice, "at most %d fit (--worlds %d)", memory.fitting_worlds, memory.fitting_worlds);
  return myr_fail(error, MYR_ERROR, "%d world%s %.3g GB of memory, and %s has %.3g GB free: %s", worlds,
                  worlds == 1 ? " needs" : "s need", (double)memory.needed_bytes / 1e9, memory.available_of,
                  (double)memory.available_bytes / 1e9, advice);
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
  if (!status) status = estimate_memory(description, layout, shape.batch.worlds, &result->memory, error);
  if (status) return status;
  if (result->batch.traits->on_device) {
    size_t bytes = result->batch.bytes + shape.batch.picture_bytes;
    result->device_bytes = (int64_t)bytes;
    result->device_free_bytes = (int64_t)myr_device_memory_for(bytes);
  }
  result->memory_bytes = (int64_t)(batch_bytes + shape.picture_host_bytes) +
                         result->recording_bytes * recorded_worlds(description, &result->batch) + WRITER_PENDING_BYTES;
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
