/* Private to the drivers: how a device begins episodes. Its kernel reckons in double precision, and so has no part in
 * device_world.h, whose model is of floats. */
#ifndef MYR_DEVICE_START_H
#define MYR_DEVICE_START_H

#include <cuda_runtime.h>

#include "kernels/device.h"
#include "kernels/memory.h"

enum { WARP_THREADS = 32, WARPS_OF_BLOCK = 4, BLOCK_THREADS = WARP_THREADS * WARPS_OF_BLOCK };
enum { SPARE_BYTES = 64 }; /* of every allocation, so that none is empty */

typedef struct start_launch {
  myr_start start; /* its arrays lie in device memory */
  myr_device_layout layout;
  const float *prototype[MYR_SECTION_OF_WORLDS]; /* a world just reset, with the constants; NULL: stays as it is */
  float *section[MYR_SECTION_OF_WORLDS];         /* each from the group's first world on, as is values */
  double *values;                                /* (worlds of the group, value_count) */
  const int64_t *episodes;                       /* (count) */
  const int32_t *worlds;                         /* (count) numbers in the group: those that begin an episode */
  int count;
} start_launch;

/* A warp begins a world's episode, but for what derives from its parameters. Dynamic shared memory: for each warp
 * START_WARP_BYTES. */
#define START_WARP_BYTES myr_whole_cache_lines(sizeof(myr_world_fields))
__global__ void start_by_warps(const __grid_constant__ start_launch launch);

/* What all groups' starts have in common. */
typedef struct device_start {
  start_launch launch;               /* but for what is a group's */
  char *memory;                      /* the start's arrays and the prototype; NULL: there is no start */
  int64_t *episodes, *host_episodes; /* (worlds) on the device; pinned. A group's lie from its first world on */
  int32_t *worlds, *host_worlds;     /* (worlds) the same */
  double *values, *host_values;      /* (worlds, value_count) the same */
} device_start;

/* Bytes that create will allocate on the device. */
size_t device_start_bytes(const myr_device_description *description, const myr_device_layout *layout);
/* Of a zeroed struct; destroy also what a failure leaves. A description without start is no failure. */
cudaError_t device_start_create(device_start *start, const myr_device_description *description,
                                const myr_device_layout *layout);
void device_start_destroy(device_start *start);
/* Sends the numbers, begins episodes[i] in world first + worlds[i], and fetches the values of the worlds from the first of
 * those to the last. section: of all worlds. first: the group's first world. */
cudaError_t device_start_begin(device_start *start, float *const *section, int first, const int32_t *worlds,
                               const int64_t *episodes, int count, cudaStream_t stream);

#endif
