/* One warp steps one world. All mathematics is in headers that the CPU compiles too; this file only binds them to the
 * place of a world's data. */
#include "kernels/device/device_kernels.h"
#include "kernels/step/step.h"

extern __shared__ __align__(64) char on_chip[];

/* The calling warp's fields, bound to its scratch. */
KERNEL fields *bind_warp(const device_launch *launch, int warp_of_block, int warp) {
  size_t bytes =
      WARP_HEAD_BYTES + myr_whole_cache_lines((size_t)launch->layout.elements[MYR_SECTION_SHARED] * sizeof(float));
  char *own = on_chip + (size_t)warp_of_block * bytes;
  fields *f = (fields *)own;
  if (LANE_OWNS_ITEM_0()) {
    f->lists = (tile_lists *)(own + sizeof(fields));
    bind_scratch(launch, (float *)(own + WARP_HEAD_BYTES), launch->scratch + (size_t)warp * launch->scratch_bytes, f);
  }
  SYNC();
  return f;
}

KERNEL void turn_to_world(const device_launch *launch, int world, fields *f) {
  SYNC(); /* until here the former world uses f */
  if (LANE_OWNS_ITEM_0()) bind_world(launch, world, f);
  SYNC();
}

#define FOR_WORLDS_OF_WARP(launch, world, f)                                                                       \
  const int warp_of_block = (int)threadIdx.x / WARP_THREADS, warps = (int)(gridDim.x * blockDim.x) / WARP_THREADS; \
  const int warp = (int)(blockIdx.x * blockDim.x) / WARP_THREADS + warp_of_block;                                  \
  fields *f = bind_warp(&launch, warp_of_block, warp);                                                             \
  for (int world = warp; world < launch.worlds; world += warps)

__global__ void __launch_bounds__(BLOCK_THREADS) step_by_warps(const __grid_constant__ device_launch launch) {
  FOR_WORLDS_OF_WARP(launch, world, f) {
    turn_to_world(&launch, world, f);
    step_world(&launch.model, f, launch.substeps, launch.flags, (myr_profile *)0);
  }
}

__global__ void __launch_bounds__(BLOCK_THREADS) derive_by_warps(const __grid_constant__ device_launch launch) {
  FOR_WORLDS_OF_WARP(launch, world, f) {
    turn_to_world(&launch, world, f);
    derive_fields(&launch.model, f);
  }
}
