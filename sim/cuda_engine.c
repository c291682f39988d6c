/* The engine on a GPU: a group is a part of the batch with a CUDA stream of its own. The caller works on the host's
 * copy of a group's worlds (kernels/device.h). A step returns as soon as it is queued, so a thread with two groups
 * writes, judges and records one of them while the GPU steps the other and copies its results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/device.h"
#include "kernels/stages.h"
#include "sim/engine.h"
#include "sim/threads.h"

typedef struct cuda_engine {
  myr_device *device;
  myr_device_info info;
  enum myr_world_mapping mapping;
  const myr_device_layout *layout;
  const bool *unread; /* of the batch's description; valid only during creation */
  myr_layout counts;  /* of fields, and the layout of prototypes */
  int worlds, groups, group_worlds, threads, keys;
  float *prototypes; /* (keys + 1, tile_elements) worlds just reset; the first to keyframe -1 */
  const myr_start *start;
  float *beginning; /* (tile_elements) the first prototype with the start's constants; NULL without a start */
  size_t bytes, chip_bytes, chip_wish;
  size_t picture_bytes; /* memory of the GPU that must stay free for pictures */
  int thread_groups;
  unsigned char *stale;     /* (groups) bit s: the device's section s is newer than the host's copy */
  unsigned char *returning; /* (groups) bit s: a copy of section s to the host is under way */
  myr_status *failed;       /* (groups) error of a copy in a function without a status; the next call reports it */
} cuda_engine;

/* ------------------------------------------------------------------------------------------------ mapping */
/* A model of few degrees of freedom without contacts gives the threads of a warp nothing to share. A thread for each
 * world is then faster, if there are enough worlds to fill the device with threads. This rule is reasoned, not yet
 * measured: `bench --mapping` compares the two mappings. */
enum { FEW_DOFS = 4, WORLDS_TO_FILL = 1024 /* of a multiprocessor */ };

static enum myr_world_mapping choose_mapping(const myr_batch_description *d, const myr_device_info *info) {
  if (d->mapping != MYR_WORLDS_CHOSEN) return d->mapping;
  bool small = d->model->nv <= FEW_DOFS && d->model->npair == 0;
  return small && d->worlds / info->multiprocessors >= WORLDS_TO_FILL ? MYR_WORLDS_BY_THREAD : MYR_WORLDS_BY_WARP;
}

/* ------------------------------------------------------------------------------------------------ memory */
static myr_device_description device_description(const cuda_engine *engine, const myr_model *model, int worlds) {
  return (myr_device_description){.model = model,
                                  .groups = engine->groups,
                                  .group_worlds = (worlds + engine->groups - 1) / engine->groups,
                                  .worlds = worlds,
                                  .unread = engine->unread,
                                  .mapping = engine->mapping,
                                  .start = engine->start,
                                  .prototype = engine->beginning};
}

static bool fits(const cuda_engine *engine, const myr_model *model, int worlds) {
  const myr_device_description d = device_description(engine, model, worlds);
  size_t bytes = myr_device_bytes(&d, &engine->info) + engine->picture_bytes;
  return myr_device_memory_for(bytes) <= engine->info.free_memory;
}

static int most_worlds(const cuda_engine *engine, const myr_model *model) {
  int fitting = 0, too_many = engine->worlds;
  while (too_many - fitting > 1) {
    int middle = fitting + (too_many - fitting) / 2;
    if (fits(engine, model, middle))
      fitting = middle;
    else
      too_many = middle;
  }
  return fitting;
}

static myr_status too_many_worlds(const cuda_engine *engine, const myr_model *model, myr_error *error) {
  int most = most_worlds(engine, model);
  char pictures[64] = "", advice[64];
  if (engine->picture_bytes)
    snprintf(pictures, sizeof pictures, " beside %.2f GB for pictures", (double)engine->picture_bytes / 1e9);
  if (most)
    snprintf(advice, sizeof advice, "at most %d fit (--worlds %d)", most, most);
  else
    snprintf(advice, sizeof advice, "not one fits; fewer --threads take less");
  return myr_fail(error, MYR_ERROR, "%d world%s %.2f GB of memory%s, and %s has %.2f GB free: %s", engine->worlds,
                  engine->worlds == 1 ? " needs" : "s need", (double)engine->bytes / 1e9, pictures, engine->info.name,
                  (double)engine->info.free_memory / 1e9, advice);
}

static void measure_memory(cuda_engine *engine, const myr_model *model) {
  const myr_device_description d = device_description(engine, model, engine->worlds);
  engine->bytes = myr_device_bytes(&d, &engine->info);
  engine->chip_bytes = myr_device_chip_bytes(&d, &engine->info);
  engine->chip_wish = engine->mapping == MYR_WORLDS_BY_WARP ? myr_device_shared_wish(model) : 0;
}

/* The part of a start that is equal in all episodes. */
static myr_status make_beginning(cuda_engine *engine, myr_error *error) {
  size_t elements = (size_t)engine->counts.tile_elements;
  engine->beginning = malloc((elements + 1) * sizeof *engine->beginning);
  if (!engine->beginning) return myr_fail(error, MYR_ERROR, "out of memory for the start of episodes");
  memcpy(engine->beginning, engine->prototypes, elements * sizeof *engine->beginning);
  myr_world_fields fields = {.stride = 1};
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (myr_field_infos[field].kind != MYR_KIND_SCRATCH)
      fields.data[field] = engine->beginning + engine->counts.offset[field];
  myr_start_prepare(engine->start, &fields);
  return MYR_OK;
}

/* A reset copies a prototype, which the CPU's reset function computes once. */
static myr_status make_prototypes(cuda_engine *engine, const myr_model *model, myr_error *error) {
  const myr_kernels *plain;
  void *constants = NULL;
  size_t elements = (size_t)engine->counts.tile_elements;
  myr_status status = myr_kernels_find(1, &plain, error);
  if (!status) status = plain->constants_create(model, &constants, error);
  if (status) return status;
  engine->keys = model->nkey;
  engine->prototypes = calloc(elements * (size_t)(engine->keys + 1) + 1, sizeof(float));
  for (int key = -1; engine->prototypes && key < engine->keys; key++)
    plain->reset(constants, engine->prototypes + elements * (size_t)(key + 1), 0, key);
  plain->constants_destroy(constants);
  if (!engine->prototypes) return myr_fail(error, MYR_ERROR, "out of memory for a model's keyframes");
  return engine->start ? make_beginning(engine, error) : MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ the host's copy */
static int group_of(const cuda_engine *engine, int world) { return world / engine->group_worlds; }

static myr_status download(cuda_engine *engine, int group, enum myr_section section, myr_error *error) {
  myr_status status = myr_device_download(engine->device, group, section, error);
  if (!status) engine->returning[group] |= (unsigned char)(1u << section);
  return status;
}

/* Waits for everything queued for the group; its copies to the host have then arrived. */
static myr_status wait_for(cuda_engine *engine, int group, myr_error *error) {
  myr_status status = myr_device_wait(engine->device, group, error);
  if (!status) engine->stale[group] &= (unsigned char)~engine->returning[group];
  engine->returning[group] = 0;
  return status;
}

static void refresh(cuda_engine *engine, int group, enum myr_section section) {
  if (!(engine->stale[group] >> section & 1)) return;
  if (download(engine, group, section, NULL) || wait_for(engine, group, NULL)) engine->failed[group] = MYR_STOPPED;
}

static float *host_field(const cuda_engine *engine, int field, int world) {
  int section = engine->layout->section[field];
  return myr_device_host(engine->device, (enum myr_section)section) +
         (size_t)world * (size_t)engine->layout->elements[section] + engine->layout->offset[field];
}

static myr_span cuda_field(void *state, int field, int world) {
  cuda_engine *engine = state;
  refresh(engine, group_of(engine, world), (enum myr_section)engine->layout->section[field]);
  return (myr_span){.data = host_field(engine, field, world), .stride = 1, .count = (int)engine->counts.count[field]};
}

/* Brings both sections that commit uploads up to date, because it uploads whole groups: without this, worlds that the
 * caller does not write would get old values. */
static void refresh_committed(cuda_engine *engine, int group) {
  refresh(engine, group, MYR_SECTION_RESULT);
  refresh(engine, group, MYR_SECTION_PARAMETER);
}

/* Copies the prototype's fields of a section into the host's copy of a world. */
static void copy_fields(const cuda_engine *engine, const float *prototype, enum myr_section section, int world) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (engine->layout->section[field] == section)
      memcpy(host_field(engine, (enum myr_field)field, world), prototype + engine->counts.offset[field],
             (size_t)engine->counts.count[field] * sizeof(float));
}

static void cuda_reset(void *state, int world, int key) {
  cuda_engine *engine = state;
  const float *prototype = engine->prototypes + (size_t)engine->counts.tile_elements * (size_t)(key + 1);
  refresh_committed(engine, group_of(engine, world));
  for (int section = 0; section < MYR_SECTION_TRAVELLING; section++)
    copy_fields(engine, prototype, (enum myr_section)section, world);
}

/* ------------------------------------------------------------------------------------------------ work */
static myr_status check_group(const cuda_engine *engine, int group, myr_error *error) {
  if (engine->failed[group]) return myr_fail(error, engine->failed[group], "the GPU failed during a copy from it");
  return MYR_OK;
}

static myr_status cuda_commit(void *state, int group, myr_error *error) {
  cuda_engine *engine = state;
  refresh_committed(engine, group);
  myr_status status = check_group(engine, group, error);
  if (!status) status = myr_device_upload(engine->device, group, MYR_SECTION_RESULT, error);
  if (!status) status = myr_device_upload(engine->device, group, MYR_SECTION_PARAMETER, error);
  if (!status) status = myr_device_derive(engine->device, group, error);
  if (!status) status = wait_for(engine, group, error);
  engine->stale[group] |= 1u << MYR_SECTION_PARAMETER;
  return status;
}

/* The state is copied back with the drawn values, because the caller records it at once; parameters are copied back on
 * request. Inputs are uploaded with the next step. */
static myr_status cuda_start(void *state, int group, const int32_t *worlds, const int64_t *episodes, int count,
                             double *values, myr_error *error) {
  cuda_engine *engine = state;
  const size_t value_count = (size_t)engine->start->value_count;
  myr_status status = check_group(engine, group, error);
  if (!status) status = myr_device_start(engine->device, group, worlds, episodes, count, error);
  if (status) return status;
  engine->stale[group] |= 1u << MYR_SECTION_RESULT | 1u << MYR_SECTION_PARAMETER;
  for (int i = 0; i < count; i++)
    copy_fields(engine, engine->beginning, MYR_SECTION_INPUT, group * engine->group_worlds + worlds[i]);
  status = download(engine, group, MYR_SECTION_RESULT, error);
  if (!status) status = wait_for(engine, group, error);
  const double *drawn = myr_device_values(engine->device, group);
  for (int i = 0; !status && i < count && value_count; i++)
    memcpy(values + value_count * (size_t)worlds[i], drawn + value_count * (size_t)worlds[i],
           value_count * sizeof *values);
  return status;
}

static int worlds_of(const cuda_engine *engine, int group) {
  int left = engine->worlds - group * engine->group_worlds;
  return left < engine->group_worlds ? left : engine->group_worlds;
}

/* Counts from the labels, which describe the first of the step's substeps, as if all substeps were like it. */
static void count_work(cuda_engine *engine, int group, int substeps, myr_profile *profile) {
  unsigned weight = (unsigned)(substeps > 0 ? substeps : 1);
  for (int i = 0; i < worlds_of(engine, group); i++) {
    int world = group * engine->group_worlds + i;
    unsigned rows = (unsigned)*host_field(engine, MYR_FIELD_constraint_rows, world);
    unsigned iterations = (unsigned)*host_field(engine, MYR_FIELD_solver_iterations, world);
    profile->contacts += weight * (unsigned)*host_field(engine, MYR_FIELD_contact_count, world);
    profile->rows += weight * rows;
    profile->union_rows += weight * rows; /* a world has no neighbours */
    profile->iterations += weight * iterations;
    profile->tile_iterations += weight * iterations;
    profile->steps += weight;
    profile->tile_steps += weight;
  }
}

static myr_status cuda_step(void *state, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                            myr_error *error) {
  cuda_engine *engine = state;
  (void)thread;
  if (profile) flags |= MYR_OBSERVE;
  myr_status status = check_group(engine, group, error);
  if (!status) status = myr_device_upload(engine->device, group, MYR_SECTION_INPUT, error);
  if (!status) status = myr_device_step(engine->device, group, substeps, flags, error);
  if (status) return status;
  engine->stale[group] |= 1u << MYR_SECTION_RESULT;
  if (flags & MYR_OBSERVE) status = download(engine, group, MYR_SECTION_RESULT, error);
  if (status || !profile) return status;
  status = wait_for(engine, group, error);
  if (!status) count_work(engine, group, substeps, profile);
  return status;
}

static myr_status cuda_finish(void *state, int group, myr_error *error) {
  cuda_engine *engine = state;
  myr_status status = check_group(engine, group, error);
  return status ? status : wait_for(engine, group, error);
}

/* ------------------------------------------------------------------------------------------------ creation */
static void cuda_destroy(void *state) {
  cuda_engine *engine = state;
  myr_device_destroy(engine->device);
  free(engine->prototypes);
  free(engine->beginning);
  free(engine->stale);
  free(engine->returning);
  free(engine->failed);
  free(engine);
}

static myr_status reset_all(cuda_engine *engine, myr_error *error) {
  myr_status status = MYR_OK;
  for (int world = 0; world < engine->worlds; world++) cuda_reset(engine, world, -1);
  for (int group = 0; group < engine->groups && !status; group++) status = cuda_commit(engine, group, error);
  return status;
}

/* Sets every member that needs no allocation. */
static myr_status measure(cuda_engine *engine, const myr_batch_description *d, myr_error *error) {
  myr_status status = myr_device_find(&engine->info, error);
  if (status) return status;
  engine->threads = myr_thread_count(d->threads);
  engine->worlds = d->worlds;
  engine->picture_bytes = d->picture_bytes;
  engine->unread = d->unread;
  engine->start = d->start;
  engine->thread_groups = d->thread_groups > 0 ? d->thread_groups : 1;
  int wanted = engine->threads * engine->thread_groups;
  engine->group_worlds = (d->worlds + wanted - 1) / wanted;
  engine->groups = (d->worlds + engine->group_worlds - 1) / engine->group_worlds;
  engine->mapping = choose_mapping(d, &engine->info);
  myr_layout_compute(d->model, &engine->counts);
  measure_memory(engine, d->model);
  return MYR_OK;
}

static myr_status prepare(cuda_engine *engine, const myr_batch_description *d, myr_error *error) {
  myr_status status = measure(engine, d, error);
  if (!status && !fits(engine, d->model, engine->worlds)) status = too_many_worlds(engine, d->model, error);
  if (!status) status = make_prototypes(engine, d->model, error);
  if (status) return status;
  engine->stale = calloc((size_t)engine->groups, sizeof *engine->stale);
  engine->returning = calloc((size_t)engine->groups, sizeof *engine->returning);
  engine->failed = calloc((size_t)engine->groups, sizeof *engine->failed);
  if (!engine->stale || !engine->returning || !engine->failed)
    return myr_fail(error, MYR_ERROR, "out of memory for groups of worlds");
  const myr_device_description device = device_description(engine, d->model, engine->worlds);
  status = myr_device_create(&device, &engine->info, &engine->device, error);
  if (status) return status;
  engine->layout = myr_device_layout_of(engine->device);
  return reset_all(engine, error);
}

static myr_status cuda_create(const myr_batch_description *description, void **state, myr_error *error) {
  cuda_engine *engine = calloc(1, sizeof *engine);
  if (!engine) return myr_fail(error, MYR_ERROR, "out of memory for a batch");
  myr_status status = prepare(engine, description, error);
  if (status)
    cuda_destroy(engine);
  else
    *state = engine;
  return status;
}

static void fill_info(const cuda_engine *engine, const myr_device_layout *layout, myr_batch_info *info) {
  size_t sent = (size_t)layout->elements[MYR_SECTION_INPUT] * sizeof(float);
  size_t returned = (size_t)layout->elements[MYR_SECTION_RESULT] * sizeof(float);
  size_t parameters = (size_t)layout->elements[MYR_SECTION_PARAMETER] * sizeof(float);
  size_t start =
      engine->start ? sizeof(int64_t) + sizeof(int32_t) + (size_t)engine->start->value_count * sizeof(double) : 0;
  *info = (myr_batch_info){.kernels = engine->mapping == MYR_WORLDS_BY_WARP ? "a warp per world" : "a thread per world",
                           .worlds = engine->worlds,
                           .groups = engine->groups,
                           .group_worlds = engine->group_worlds,
                           .lanes = 1,
                           .threads = engine->threads,
                           .thread_groups = engine->thread_groups,
                           .bytes = engine->bytes,
                           .host_bytes = (3 * sent + returned + parameters + start) * (size_t)engine->worlds,
                           .chip_bytes = engine->chip_bytes,
                           .chip_wish = engine->chip_wish,
                           .sent_bytes = sent,
                           .returned_bytes = returned};
  snprintf(info->device, sizeof info->device, "%.90s", engine->info.name);
  snprintf(info->pci_bus_id, sizeof info->pci_bus_id, "%s", engine->info.bus);
}

static void cuda_describe(const void *state, myr_batch_info *info) {
  const cuda_engine *engine = state;
  fill_info(engine, engine->layout, info);
}

static myr_status cuda_estimate(const myr_batch_description *description, myr_batch_info *info, myr_error *error) {
  cuda_engine engine = {0};
  myr_device_layout layout;
  myr_status status = measure(&engine, description, error);
  if (status) return status;
  myr_device_layout_compute(description->model, description->unread, 0, &layout);
  fill_info(&engine, &layout, info);
  info->device_free_bytes = engine.info.free_memory;
  info->fitting_worlds =
      fits(&engine, description->model, engine.worlds) ? engine.worlds : most_worlds(&engine, description->model);
  return MYR_OK;
}

static myr_status cuda_find(myr_error *error) {
  myr_device_info info;
  return myr_device_find(&info, error);
}

const myr_engine myr_cuda_engine = {
    .find = cuda_find,
    .create = cuda_create,
    .estimate = cuda_estimate,
    .destroy = cuda_destroy,
    .describe = cuda_describe,
    .field = cuda_field,
    .reset = cuda_reset,
    .commit = cuda_commit,
    .start = cuda_start,
    .step = cuda_step,
    .finish = cuda_finish,
};
