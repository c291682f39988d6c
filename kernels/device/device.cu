/* The driver of a GPU: memory, copies and launches. The headers of kernels/step/ do the computing; sim/cuda_engine.c
 * decides the order of the calls. */
#include "kernels/device/device_kernels.h"

#include <stdlib.h>
#include <string.h>

enum { STAGES_OF_INPUT = 2 }; /* staging copies of the inputs: one is filled while the other is being uploaded */

struct myr_device {
  myr_device_description description;
  myr_device_layout layout;
  device_kernel *step, *derive;
  int blocks;          /* of a group's launch */
  size_t shared_bytes; /* of a block */
  constants model;     /* with pointers into model_memory */
  char *model_memory;
  float *section[MYR_SECTION_OF_WORLDS], *host[MYR_SECTION_TRAVELLING];
  float *staging[STAGES_OF_INPUT]; /* pinned, like the host's copy of INPUT */
  char *scratch;                   /* (groups, workers of a launch) */
  size_t scratch_bytes;            /* of one warp or thread */
  cudaStream_t *streams;           /* (groups) */
  cudaEvent_t *staged;             /* (groups, STAGES_OF_INPUT) the upload of a staging copy is done */
  unsigned char *next_stage;       /* (groups) */
  device_start start;
};

static myr_status refused(cudaError_t code, const char *what, myr_error *error) {
  return myr_fail(error, MYR_ERROR, "the GPU refused %s: %s", what, cudaGetErrorString(code));
}

static myr_status lost(cudaError_t code, const char *what, myr_error *error) {
  return myr_fail(error, MYR_STOPPED, "the GPU failed during %s: %s; whole files stay; run again, or use --engine cpu",
                  what, cudaGetErrorString(code));
}

/* ------------------------------------------------------------------------------------------------ the device */
static int attribute(cudaDeviceAttr which) {
  int value = 0;
  cudaDeviceGetAttribute(&value, which, 0);
  return value;
}

static myr_status no_device(cudaError_t code, int driver, myr_error *error) {
  const char *visible = getenv("CUDA_VISIBLE_DEVICES"), *reason = cudaGetErrorString(code);
  if (driver == 0)
    return myr_fail(error, MYR_UNAVAILABLE,
                    "engine cuda needs NVIDIA's driver (libcuda.so.1), which was not found; use --engine cpu");
  if (visible)
    return myr_fail(error, MYR_UNAVAILABLE,
                    "engine cuda found no GPU among CUDA_VISIBLE_DEVICES=%s (%s); use --engine cpu", visible, reason);
  return myr_fail(error, MYR_UNAVAILABLE, "engine cuda found no GPU (%s); use --engine cpu", reason);
}

myr_status myr_device_find(myr_device_info *info, myr_error *error) {
  memset(info, 0, sizeof *info);
  int count = 0;
  cudaError_t code = cudaDriverGetVersion(&info->driver);
  if (!code) code = cudaGetDeviceCount(&count);
  if (code || count == 0) return no_device(code ? code : cudaErrorNoDevice, info->driver, error);
  cudaDeviceProp properties;
  code = cudaGetDeviceProperties(&properties, 0);
  if (!code) code = cudaSetDevice(0);
  if (!code) code = cudaMemGetInfo(&info->free_memory, &info->memory);
  if (code) return no_device(code, info->driver, error);
  cudaRuntimeGetVersion(&info->runtime);
  memcpy(info->name, properties.name, sizeof info->name);
  cudaDeviceGetPCIBusId(info->bus, (int)sizeof info->bus, 0);
  info->major = properties.major;
  info->minor = properties.minor;
  info->multiprocessors = properties.multiProcessorCount;
  info->shared_per_block = (size_t)attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin);
  info->shared_per_multiprocessor = (size_t)attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor);
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ the launch's shape */
/* WARPS_OF_MULTIPROCESSOR warps share a multiprocessor's memory. They work at once, so that some compute while others
 * wait for memory. */
enum { WARPS_OF_MULTIPROCESSOR = 16, WARPS_AT_MOST = 32 };
/* The system reserves this part of a block's on-chip memory (CUDA C Programming Guide, "Shared memory", since 8.0). */
enum { RESERVED_SHARED_BYTES = 1024 };

static size_t fewer_bytes(size_t a, size_t b) { return a < b ? a : b; }

/* On-chip scratch of a warp. */
static size_t shared_of_warp(const myr_model *model, const myr_device_info *info) {
  size_t of_block =
      fewer_bytes(info->shared_per_block,
                  info->shared_per_multiprocessor / (WARPS_OF_MULTIPROCESSOR / WARPS_OF_BLOCK) - RESERVED_SHARED_BYTES);
  size_t of_warp = of_block / WARPS_OF_BLOCK / MYR_CACHE_LINE * MYR_CACHE_LINE;
  return of_warp > WARP_HEAD_BYTES ? fewer_bytes(of_warp - WARP_HEAD_BYTES, myr_device_shared_wish(model)) : 0;
}

static void shape(const myr_device_description *d, const myr_device_info *info, myr_device *out) {
  int by_warps = d->mapping == MYR_WORLDS_BY_WARP;
  myr_device_layout_compute(d->model, d->unread, by_warps ? shared_of_warp(d->model, info) : 0, &out->layout);
  out->scratch_bytes = myr_whole_cache_lines((size_t)out->layout.lists_bytes) +
                       myr_whole_cache_lines((size_t)out->layout.elements[MYR_SECTION_CACHED] * sizeof(float));
  size_t of_warp =
      WARP_HEAD_BYTES + myr_whole_cache_lines((size_t)out->layout.elements[MYR_SECTION_SHARED] * sizeof(float));
  out->shared_bytes = by_warps ? of_warp * WARPS_OF_BLOCK : 0;
  int workers_of_block = by_warps ? WARPS_OF_BLOCK : BLOCK_THREADS;
  int needed = (d->group_worlds + workers_of_block - 1) / workers_of_block;
  int most = info->multiprocessors * (WARPS_AT_MOST / WARPS_OF_BLOCK);
  out->blocks = needed < most ? needed : most;
}

/* Scratch of all groups in device memory. A thread's scratch is not counted: it is local memory, which the driver
 * allocates itself. */
static size_t all_scratch_bytes(const myr_device_description *d, const myr_device *shaped) {
  if (d->mapping != MYR_WORLDS_BY_WARP) return 0;
  return shaped->scratch_bytes * (size_t)shaped->blocks * WARPS_OF_BLOCK * (size_t)d->groups;
}

static size_t section_bytes(const myr_device *device, int section, int worlds) {
  return (size_t)device->layout.elements[section] * sizeof(float) * (size_t)worlds;
}

size_t myr_device_chip_bytes(const myr_device_description *description, const myr_device_info *info) {
  myr_device shaped;
  shape(description, info, &shaped);
  return (size_t)shaped.layout.elements[MYR_SECTION_SHARED] * sizeof(float);
}

/* ------------------------------------------------------------------------------------------------ the model */
/* Copies an array to *at in the host's image of the device's memory; returns its address on the device. */
static const int32_t *put_integers(const int32_t *from, int64_t count, char *image, char *memory, size_t *at) {
  size_t here = *at;
  *at += myr_whole_cache_lines((size_t)count * sizeof(int32_t));
  if (image) memcpy(image + here, from, (size_t)count * sizeof(int32_t));
  return (const int32_t *)(memory + here);
}

static const float *put_reals(const double *from, int64_t count, char *image, char *memory, size_t *at) {
  size_t here = *at;
  *at += myr_whole_cache_lines((size_t)count * sizeof(float));
  if (image)
    for (int64_t i = 0; i < count; i++) ((float *)(image + here))[i] = (float)from[i];
  return (const float *)(memory + here);
}

/* Fills c with pointers into memory, and image (may be NULL) with the arrays; returns the bytes. */
static size_t lay_model(const myr_model *model, char *image, char *memory, constants *c) {
  size_t at = 0;
  const myr_model bounded = myr_device_model(model); /* the arrays have the same sizes */
  *c = constants_without_arrays(&bounded);
#define MODEL_INTEGERS(name, element, width) \
  c->name = put_integers(model->name, myr_model_count(model, MYR_MODEL_##name), image, memory, &at);
#define MODEL_REAL(name, element, width, unit, source, doc) \
  c->name = put_reals(model->name, myr_model_count(model, MYR_MODEL_##name), image, memory, &at);
#include "kernels/model.def"
  return at;
}

size_t myr_device_bytes(const myr_device_description *description, const myr_device_info *info) {
  myr_device shaped;
  shape(description, info, &shaped);
  size_t bytes = lay_model(description->model, NULL, NULL, &shaped.model) + SPARE_BYTES;
  bytes += all_scratch_bytes(description, &shaped) + SPARE_BYTES;
  bytes += device_start_bytes(description, &shaped.layout);
  for (int s = 0; s < MYR_SECTION_OF_WORLDS; s++) bytes += section_bytes(&shaped, s, description->worlds) + SPARE_BYTES;
  return bytes;
}

static myr_status upload_model(myr_device *device, myr_error *error) {
  const myr_model *model = device->description.model;
  size_t bytes = lay_model(model, NULL, NULL, &device->model);
  cudaError_t code = cudaMalloc((void **)&device->model_memory, bytes + SPARE_BYTES);
  if (code) return refused(code, "memory for the model", error);
  char *image = (char *)malloc(bytes + SPARE_BYTES);
  if (!image) return myr_fail(error, MYR_ERROR, "out of memory for a model's constants");
  lay_model(model, image, device->model_memory, &device->model);
  code = cudaMemcpy(device->model_memory, image, bytes, cudaMemcpyHostToDevice);
  free(image);
  return code ? refused(code, "the model", error) : MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ creation */
static myr_status choose_kernels(myr_device *device, myr_error *error) {
  if (device->description.mapping == MYR_WORLDS_BY_WARP) {
    device->step = step_by_warps;
    device->derive = derive_by_warps;
    for (device_kernel *kernel : {device->step, device->derive}) {
      cudaError_t code = cudaFuncSetAttribute((const void *)kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              (int)device->shared_bytes);
      if (code) return refused(code, "on-chip memory", error);
    }
    return MYR_OK;
  }
  device->step = device->derive = thread_kernel(device->scratch_bytes);
  if (device->step) return MYR_OK;
  return myr_fail(error, MYR_INVALID, "one world's scratch of %zu bytes is too much for a thread; use --mapping warp",
                  device->scratch_bytes);
}

static myr_status allocate(myr_device *device, myr_error *error) {
  const myr_device_description *d = &device->description;
  cudaError_t code = cudaSuccess;
  for (int s = 0; s < MYR_SECTION_OF_WORLDS && !code; s++) {
    size_t bytes = section_bytes(device, s, d->worlds) + SPARE_BYTES;
    code = cudaMalloc((void **)&device->section[s], bytes);
    if (!code) code = cudaMemset(device->section[s], 0, bytes);
    if (code || s >= MYR_SECTION_TRAVELLING) continue;
    code = cudaMallocHost((void **)&device->host[s], bytes);
    if (!code) memset(device->host[s], 0, bytes);
  }
  for (int i = 0; i < STAGES_OF_INPUT && !code; i++)
    code =
        cudaMallocHost((void **)&device->staging[i], section_bytes(device, MYR_SECTION_INPUT, d->worlds) + SPARE_BYTES);
  if (!code) code = cudaMalloc((void **)&device->scratch, all_scratch_bytes(d, device) + SPARE_BYTES);
  if (!code) code = device_start_create(&device->start, d, &device->layout);
  return code ? refused(code, "memory for the worlds", error) : MYR_OK;
}

static myr_status create_streams(myr_device *device, myr_error *error) {
  size_t groups = (size_t)device->description.groups;
  device->streams = (cudaStream_t *)calloc(groups, sizeof *device->streams);
  device->staged = (cudaEvent_t *)calloc(groups * STAGES_OF_INPUT, sizeof *device->staged);
  device->next_stage = (unsigned char *)calloc(groups, 1);
  if (!device->streams || !device->staged || !device->next_stage)
    return myr_fail(error, MYR_ERROR, "out of memory for %zu groups of worlds", groups);
  cudaError_t code = cudaSuccess;
  for (size_t g = 0; g < groups && !code; g++) {
    code = cudaStreamCreateWithFlags(&device->streams[g], cudaStreamNonBlocking);
    for (size_t i = 0; i < STAGES_OF_INPUT && !code; i++)
      code = cudaEventCreateWithFlags(&device->staged[g * STAGES_OF_INPUT + i], cudaEventDisableTiming);
  }
  return code ? refused(code, "a stream", error) : MYR_OK;
}

void myr_device_destroy(myr_device *device) {
  if (!device) return;
  cudaDeviceSynchronize(); /* unfinished work still uses the memory */
  for (int g = 0; device->streams && g < device->description.groups; g++)
    if (device->streams[g]) cudaStreamDestroy(device->streams[g]);
  for (int i = 0; device->staged && i < device->description.groups * STAGES_OF_INPUT; i++)
    if (device->staged[i]) cudaEventDestroy(device->staged[i]);
  for (int s = 0; s < MYR_SECTION_OF_WORLDS; s++) cudaFree(device->section[s]);
  for (int s = 0; s < MYR_SECTION_TRAVELLING; s++) cudaFreeHost(device->host[s]);
  for (int i = 0; i < STAGES_OF_INPUT; i++) cudaFreeHost(device->staging[i]);
  cudaFree(device->scratch);
  device_start_destroy(&device->start);
  cudaFree(device->model_memory);
  free(device->streams);
  free(device->staged);
  free(device->next_stage);
  free(device);
}

myr_status myr_device_create(const myr_device_description *description, const myr_device_info *info, myr_device **out,
                             myr_error *error) {
  *out = NULL;
  myr_device *device = (myr_device *)calloc(1, sizeof *device);
  if (!device) return myr_fail(error, MYR_ERROR, "out of memory for a device");
  device->description = *description;
  shape(description, info, device);
  myr_status status = choose_kernels(device, error);
  if (!status) status = create_streams(device, error);
  if (!status) status = upload_model(device, error);
  if (!status) status = allocate(device, error);
  if (status)
    myr_device_destroy(device);
  else
    *out = device;
  return status;
}

const myr_device_layout *myr_device_layout_of(const myr_device *device) { return &device->layout; }
float *myr_device_host(myr_device *device, enum myr_section section) { return device->host[section]; }

/* ------------------------------------------------------------------------------------------------ work of a group */
static int worlds_of(const myr_device *device, int group) {
  int left = device->description.worlds - group * device->description.group_worlds;
  return left < device->description.group_worlds ? left : device->description.group_worlds;
}

/* The first element of a group's part of a section. */
static size_t group_start(const myr_device *device, int group, int section) {
  return (size_t)device->layout.elements[section] * (size_t)group * (size_t)device->description.group_worlds;
}

/* Uploads the inputs from a staging copy, so that the caller may write the next inputs meanwhile. */
static cudaError_t upload_input(myr_device *device, int group, size_t start, size_t bytes) {
  int stage = device->next_stage[group];
  cudaEvent_t staged = device->staged[group * STAGES_OF_INPUT + stage];
  float *from = device->staging[stage] + start;
  device->next_stage[group] = (unsigned char)((stage + 1) % STAGES_OF_INPUT);
  cudaError_t code = cudaEventSynchronize(staged);
  if (code) return code;
  memcpy(from, device->host[MYR_SECTION_INPUT] + start, bytes);
  code = cudaMemcpyAsync(device->section[MYR_SECTION_INPUT] + start, from, bytes, cudaMemcpyHostToDevice,
                         device->streams[group]);
  return code ? code : cudaEventRecord(staged, device->streams[group]);
}

myr_status myr_device_upload(myr_device *device, int group, enum myr_section section, myr_error *error) {
  size_t start = group_start(device, group, section), bytes = section_bytes(device, section, worlds_of(device, group));
  cudaError_t code = section == MYR_SECTION_INPUT
                         ? upload_input(device, group, start, bytes)
                         : cudaMemcpyAsync(device->section[section] + start, device->host[section] + start, bytes,
                                           cudaMemcpyHostToDevice, device->streams[group]);
  return code ? lost(code, "a copy to it", error) : MYR_OK;
}

myr_status myr_device_download(myr_device *device, int group, enum myr_section section, myr_error *error) {
  size_t start = group_start(device, group, section), bytes = section_bytes(device, section, worlds_of(device, group));
  cudaError_t code = cudaMemcpyAsync(device->host[section] + start, device->section[section] + start, bytes,
                                     cudaMemcpyDeviceToHost, device->streams[group]);
  return code ? lost(code, "a copy from it", error) : MYR_OK;
}

/* list: see device_launch. */
static myr_status launch(myr_device *device, device_kernel *kernel, int group, const int32_t *list, int worlds,
                         int substeps, unsigned flags, myr_error *error) {
  device_launch what;
  memset(&what, 0, sizeof what);
  what.model = device->model;
  what.layout = device->layout;
  for (int s = 0; s < MYR_SECTION_OF_WORLDS; s++) what.section[s] = device->section[s] + group_start(device, group, s);
  what.scratch_bytes = device->scratch_bytes;
  what.scratch = device->scratch +
                 all_scratch_bytes(&device->description, device) / (size_t)device->description.groups * (size_t)group;
  what.worlds = worlds;
  what.list = list;
  what.substeps = substeps;
  what.flags = flags;
  void *arguments[] = {&what};
  cudaError_t code = cudaLaunchKernel(kernel, dim3((unsigned)device->blocks), dim3(BLOCK_THREADS), arguments,
                                      device->shared_bytes, device->streams[group]);
  return code ? lost(code, "a launch", error) : MYR_OK;
}

myr_status myr_device_derive(myr_device *device, int group, myr_error *error) {
  return launch(device, device->derive, group, NULL, worlds_of(device, group), -1, 0, error);
}

myr_status myr_device_step(myr_device *device, int group, int substeps, unsigned flags, myr_error *error) {
  return launch(device, device->step, group, NULL, worlds_of(device, group), substeps, flags, error);
}

myr_status myr_device_start(myr_device *device, int group, const int32_t *worlds, const int64_t *episodes, int count,
                            myr_error *error) {
  int first = group * device->description.group_worlds;
  cudaError_t code =
      device_start_begin(&device->start, device->section, first, worlds, episodes, count, device->streams[group]);
  if (code) return lost(code, "the start of episodes", error);
  return launch(device, device->derive, group, device->start.worlds + first, count, -1, 0, error);
}

const double *myr_device_values(const myr_device *device, int group) {
  size_t first = (size_t)group * (size_t)device->description.group_worlds;
  return device->start.host_values + first * (size_t)device->start.launch.start.value_count;
}

myr_status myr_device_wait(myr_device *device, int group, myr_error *error) {
  cudaError_t code = cudaStreamSynchronize(device->streams[group]);
  return code ? lost(code, "a step", error) : MYR_OK;
}
