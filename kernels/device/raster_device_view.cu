/* One warp draws one view: its threads are the lanes of the rasterizer's vectors (lane_warp.h). The headers are those
 * of the CPU; this file only binds them to a warp's memory. */
#define MYR_WARP_OF_LANES
#include "kernels/device/raster_device_kernels.h"
#include "kernels/raster/raster_tiles.h"

/* The lists and tables of one view, which the threads of a warp share. They are in device memory. */
size_t raster_warp_scratch_bytes(int drawables, int lights, int instances) {
  size_t entries = (size_t)instances + 1;
  return myr_whole_cache_lines((size_t)drawables * sizeof(int32_t)) +
         myr_whole_cache_lines(entries * sizeof(coverage)) + myr_whole_cache_lines(entries) +
         myr_whole_cache_lines(shading_bytes(drawables, lights));
}

/* groups: room for the frame's drawables in groups of 32. */
STAGE void draw_job(const raster_job *job, char *scratch, drawable_group *groups) {
  workspace work;
  shading shade;
  drawing d;
  const size_t entries = (size_t)job->frame.instance_count + 1;
  memset(&d, 0, sizeof d);
  d.subject.frame = &job->frame;
  d.subject.view = &job->view;
  d.subject.groups = d.groups = groups;
  d.outputs = &job->outputs;
  d.work = &work;
  d.shade = &shade;
  d.candidates = (int32_t *)myr_take_cache_lines(&scratch, (size_t)job->frame.drawable_count * sizeof(int32_t));
  d.covered = (coverage *)myr_take_cache_lines(&scratch, entries * sizeof(coverage));
  d.touched = (uint8_t *)myr_take_cache_lines(&scratch, entries);
  draw_view(&d, scratch);
  SYNC(); /* the next view uses the scratch again */
}

template <int GROUPS>
__global__ void __launch_bounds__(RASTER_BLOCK_THREADS) draw_views(const __grid_constant__ raster_launch launch) {
  const int warps = (int)(gridDim.x * blockDim.x) / 32;
  const int warp = (int)(blockIdx.x * blockDim.x) / 32 + (int)threadIdx.x / 32;
  drawable_group groups[GROUPS];
  for (int job = warp; job < launch.jobs; job += warps)
    draw_job(launch.job + job, launch.scratch + (size_t)warp * launch.scratch_bytes, groups);
}

raster_kernel *raster_view_kernel(int drawables) {
  if (drawables <= 4 * LANES) return draw_views<4>;
  if (drawables <= 64 * LANES) return draw_views<64>;
  return NULL;
}
