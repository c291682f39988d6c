/* Private to the drivers: the kernels that the driver launches. */
#ifndef MYR_DEVICE_KERNELS_H
#define MYR_DEVICE_KERNELS_H

#include "kernels/device/device_start.h"
#include "kernels/device/device_world.h"

typedef void device_kernel(const device_launch launch);

/* Each warp steps a world, or computes its derived fields, and then goes on with another world. Dynamic shared memory:
 * WARP_HEAD_BYTES and the layout's on-chip scratch for each warp. */
__global__ void step_by_warps(const __grid_constant__ device_launch launch);
__global__ void derive_by_warps(const __grid_constant__ device_launch launch);

/* Each thread steps a world, or computes its derived fields if substeps is below 0. Its scratch is local memory, which
 * the hardware interleaves so that neighbouring threads read neighbouring words. NULL if scratch_bytes is more than the
 * largest compiled size. */
device_kernel *thread_kernel(size_t scratch_bytes);

#endif
