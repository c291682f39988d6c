/* Starts of episodes on a GPU; one warp starts one world. All mathematics is in headers that the CPU compiles too. */
#define MYR_DOUBLE
#include "kernels/device/device_start.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/step/start_world.h"

extern __shared__ __align__(64) char on_chip[];

/* ------------------------------------------------------------------------------------------------ the kernel */
/* Leaves scratch fields unbound, because a start does not use them. */
KERNEL void bind_fields(const start_launch *launch, int world, myr_world_fields *fields) {
  const myr_device_layout *layout = &launch->layout;
  EACH(field, MYR_FIELD_COUNT) {
    int section = layout->section[field];
    if (section >= MYR_SECTION_OF_WORLDS) continue;
    fields->data[field] =
        launch->section[section] + (size_t)world * (size_t)layout->elements[section] + layout->offset[field];
  }
  if (LANE_OWNS_ITEM_0()) fields->stride = 1;
}

KERNEL void copy_prototype(const start_launch *launch, int world) {
  for (int section = 0; section < MYR_SECTION_OF_WORLDS; section++) {
    const float *from = launch->prototype[section];
    const int elements = from ? launch->layout.elements[section] : 0;
    float *to = launch->section[section] + (size_t)world * (size_t)launch->layout.elements[section];
    EACH(i, elements) to[i] = from[i];
  }
}

__global__ void __launch_bounds__(BLOCK_THREADS) start_by_warps(const __grid_constant__ start_launch launch) {
  const int warp_of_block = (int)threadIdx.x / WARP_THREADS, i = (int)blockIdx.x * WARPS_OF_BLOCK + warp_of_block;
  if (i >= launch.count) return;
  const int world = launch.worlds[i];
  myr_world_fields *fields = (myr_world_fields *)(on_chip + (size_t)warp_of_block * START_WARP_BYTES);
  double *values = launch.values + (size_t)world * (size_t)launch.start.value_count;
  bind_fields(&launch, world, fields);
  copy_prototype(&launch, world);
  start_world(&launch.start, launch.episodes[i], values, fields);
}

/* ------------------------------------------------------------------------------------------------ memory */
static size_t values_bytes(const myr_start *start, int worlds) {
  return (size_t)start->value_count * sizeof(double) * (size_t)worlds;
}

/* Copies an array to *at in the host's image of the device's memory; returns its address on the device. */
static const void *put(const void *from, size_t bytes, char *image, char *memory, size_t *at) {
  size_t here = *at;
  *at += myr_whole_cache_lines(bytes);
  if (image && bytes) memcpy(image + here, from, bytes);
  return memory + here;
}

/* Copies the prototype's elements of a section from the host's layout of a tile to the device's layout. */
static void put_prototype(const myr_device_description *description, const myr_device_layout *layout, int section,
                          float *row) {
  myr_layout counts;
  myr_layout_compute(description->model, &counts);
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (layout->section[field] == section)
      memcpy(row + layout->offset[field], description->prototype + counts.offset[field],
             (size_t)counts.count[field] * sizeof(float));
}

/* Fills launch with pointers into memory, and image (may be NULL) with the arrays; returns the bytes. */
static size_t lay_start(const myr_device_description *description, const myr_device_layout *layout, char *image,
                        char *memory, start_launch *launch) {
  size_t at = 0;
  launch->start = *description->start;
#define PUT(type, name)                                            \
  launch->start.name = (const type *)put(description->start->name, \
                                         (size_t)description->start->name##_count * sizeof(type), image, memory, &at);
  MYR_START_ARRAYS(PUT)
#undef PUT
  for (int section : {MYR_SECTION_RESULT, MYR_SECTION_PARAMETER}) {
    launch->prototype[section] = (const float *)(memory + at);
    if (image) put_prototype(description, layout, section, (float *)(image + at));
    at += myr_whole_cache_lines((size_t)layout->elements[section] * sizeof(float));
  }
  return at;
}

size_t device_start_bytes(const myr_device_description *description, const myr_device_layout *layout) {
  start_launch launch;
  if (!description->start) return 0;
  return lay_start(description, layout, NULL, NULL, &launch) + (size_t)description->worlds * sizeof(int64_t) +
         (size_t)description->worlds * sizeof(int32_t) + values_bytes(description->start, description->worlds) +
         4 * SPARE_BYTES;
}

cudaError_t device_start_create(device_start *start, const myr_device_description *description,
                                const myr_device_layout *layout) {
  if (!description->start) return cudaSuccess;
  start->launch.layout = *layout;
  size_t episodes = (size_t)description->worlds * sizeof(int64_t) + SPARE_BYTES;
  size_t worlds = (size_t)description->worlds * sizeof(int32_t) + SPARE_BYTES;
  size_t values = values_bytes(description->start, description->worlds) + SPARE_BYTES;
  size_t bytes = lay_start(description, layout, NULL, NULL, &start->launch);
  cudaError_t code = cudaMalloc((void **)&start->memory, bytes + SPARE_BYTES);
  if (!code) code = cudaMalloc((void **)&start->episodes, episodes);
  if (!code) code = cudaMalloc((void **)&start->worlds, worlds);
  if (!code) code = cudaMalloc((void **)&start->values, values);
  if (!code) code = cudaMallocHost((void **)&start->host_episodes, episodes);
  if (!code) code = cudaMallocHost((void **)&start->host_worlds, worlds);
  if (!code) code = cudaMallocHost((void **)&start->host_values, values);
  if (code) return code;
  char *image = (char *)calloc(1, bytes + SPARE_BYTES);
  if (!image) return cudaErrorMemoryAllocation;
  lay_start(description, layout, image, start->memory, &start->launch);
  code = cudaMemcpy(start->memory, image, bytes, cudaMemcpyHostToDevice);
  free(image);
  return code;
}

void device_start_destroy(device_start *start) {
  cudaFree(start->memory);
  cudaFree(start->episodes);
  cudaFree(start->worlds);
  cudaFree(start->values);
  cudaFreeHost(start->host_episodes);
  cudaFreeHost(start->host_worlds);
  cudaFreeHost(start->host_values);
}

/* ------------------------------------------------------------------------------------------------ work */
/* Uploads `count` numbers by way of pinned memory. */
template <typename T> static cudaError_t send(T *to, T *pinned, const T *numbers, int count, cudaStream_t stream) {
  memcpy(pinned, numbers, (size_t)count * sizeof *numbers);
  return cudaMemcpyAsync(to, pinned, (size_t)count * sizeof *numbers, cudaMemcpyHostToDevice, stream);
}

cudaError_t device_start_begin(device_start *start, float *const *section, int first, const int32_t *worlds,
                               const int64_t *episodes, int count, cudaStream_t stream) {
  start_launch launch = start->launch;
  const size_t value_count = (size_t)launch.start.value_count;
  for (int s = 0; s < MYR_SECTION_OF_WORLDS; s++)
    launch.section[s] = section[s] + (size_t)launch.layout.elements[s] * (size_t)first;
  launch.episodes = start->episodes + first;
  launch.worlds = start->worlds + first;
  launch.values = start->values + value_count * (size_t)first;
  launch.count = count;
  cudaError_t code = send(start->episodes + first, start->host_episodes + first, episodes, count, stream);
  if (!code) code = send(start->worlds + first, start->host_worlds + first, worlds, count, stream);
  if (code) return code;
  void *arguments[] = {&launch};
  int blocks = (count + WARPS_OF_BLOCK - 1) / WARPS_OF_BLOCK;
  code = cudaLaunchKernel(start_by_warps, dim3((unsigned)blocks), dim3(BLOCK_THREADS), arguments,
                          START_WARP_BYTES * WARPS_OF_BLOCK, stream);
  if (code) return code;
  int lowest = worlds[0], highest = worlds[0];
  for (int i = 1; i < count; i++) {
    lowest = worlds[i] < lowest ? worlds[i] : lowest;
    highest = worlds[i] > highest ? worlds[i] : highest;
  }
  const size_t at = value_count * (size_t)(first + lowest);
  return cudaMemcpyAsync(start->host_values + at, start->values + at, values_bytes(&launch.start, highest - lowest + 1),
                         cudaMemcpyDeviceToHost, stream);
}
