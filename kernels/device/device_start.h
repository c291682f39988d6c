/* Private to the drivers: the start of episodes on a device. Its kernel computes in double precision, so it does not
 * include device_world.h, whose model has floats. */
#ifndef MYR_DEVICE_START_H
#define MYR_DEVICE_START_H

#include <cuda_runtime.h>

#include "kernels/device.h"
#include "kernels/memory.h"

enum { WARP_THREADS = 32, WARPS_OF_BLOCK = 4, BLOCK_THREADS = WARP_THREADS * WARPS_OF_BLOCK };
enum { SPARE_BYTES = 64 }; /* added to every allocation, so that none is empty */

typedef struct start_launch {
  myr_start start; /* its arrays lie in device memory */
  myr_device_layout layout;
  const float *prototype[MYR_SECTION_OF_WORLDS]; /* a world just reset, with the constants; NULL: leave the section */
  float *section[MYR_SECTION_OF_WORLDS];         /* sections and values begin at the group's first world */
  double *values;                                /* (worlds of the group, value_count) */
  const int64_t *episodes;                       /* (count) */
  const int32_t *worlds;                         /* (count) worlds that begin an episode, counted in the group */
  int count;
} start_launch;

/* Each warp begins a world's episode, but leaves out the derived fields. Dynamic shared memory: START_WARP_BYTES for
 * each warp. */
#define START_WARP_BYTES myr_whole_cache_lines(sizeof(myr_world_fields))
__global__ void start_by_warps(const __grid_constant__ start_launch launch);

/* The data of all groups' starts. */
typedef struct device_start {
  start_launch launch;               /* without the members that depend on the group */
  char *memory;                      /* the start's arrays and the prototype; NULL: there is no start */
  int64_t *episodes, *host_episodes; /* (worlds) on the device; pinned. A group's part begins at its first world */
  int32_t *worlds, *host_worlds;     /* (worlds) the same */
  double *values, *host_values;      /* (worlds, value_count) the same */
} device_start;

/* Bytes that create will allocate on the device. */
size_t device_start_bytes(const myr_device_description *description, const myr_device_layout *layout);
/* start must be zeroed, and destroyed also after an error. A description without start is no error. */
cudaError_t device_start_create(device_start *start, const myr_device_description *description,
                                const myr_device_layout *layout);
void device_start_destroy(device_start *start);
/* Uploads the numbers, begins episodes[i] in world first + worlds[i], and copies back the values of all worlds between
 * the lowest and the highest of these. section: of all worlds. first: the group's first world. */
cudaError_t device_start_begin(device_start *start, float *const *section, int first, const int32_t *worlds,
                               const int64_t *episodes, int count, cudaStream_t stream);

#endif
