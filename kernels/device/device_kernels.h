/* Private to the drivers: the kernels that the driver launches. */
#ifndef MYR_DEVICE_KERNELS_H
#define MYR_DEVICE_KERNELS_H

#include "kernels/device/device_start.h"
#include "kernels/device/device_world.h"

typedef void device_kernel(const device_launch launch);

/* A warp steps a world, or derives what follows from its parameters; warps take worlds in turns. Dynamic shared memory:
 * for each warp WARP_HEAD_BYTES and the layout's on-chip scratch. */
__global__ void step_by_warps(const __grid_constant__ device_launch launch);
__global__ void derive_by_warps(const __grid_constant__ device_launch launch);

/* A thread steps a world, or derives where substeps is below 0. Its scratch is local memory, which the hardware
 * interleaves so that threads side by side read side by side. NULL when scratch_bytes is more than the largest size that
 * is compiled. */
device_kernel *thread_kernel(size_t scratch_bytes);

#endif
