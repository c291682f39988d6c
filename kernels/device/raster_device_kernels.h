/* Private to the drivers: the arguments of the rasterizer's kernels. */
#ifndef MYR_RASTER_DEVICE_KERNELS_H
#define MYR_RASTER_DEVICE_KERNELS_H

#include <cuda_runtime.h>

#include "kernels/raster.h"

enum { RASTER_BLOCK_THREADS = 128 };

/* All pointers are addresses on the device. */
typedef struct raster_job {
  myr_frame frame;
  myr_view view;
  myr_outputs outputs;
} raster_job;

typedef struct raster_launch {
  const raster_job *job;
  int jobs;
  char *scratch; /* (warps, scratch_bytes) */
  size_t scratch_bytes;
} raster_launch;

typedef void raster_kernel(const raster_launch launch);

/* The kernel for frames of that many drawables; NULL if no kernel takes so many. */
raster_kernel *raster_view_kernel(int drawables);
/* Scratch of one warp. */
size_t raster_warp_scratch_bytes(int drawables, int lights, int instances);

#endif
