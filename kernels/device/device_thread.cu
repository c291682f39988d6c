/* One thread steps one world, with the same headers; EACH is then a plain loop. This is for models that are too small
 * for a warp's threads to share work. */
#define MYR_WORLD_PER_THREAD
#include "kernels/device/device_kernels.h"
#include "kernels/step/step.h"

/* Not part of the template below, so that it is compiled once for all sizes of scratch. */
STAGE void step_own_world(const device_launch *launch, char *scratch, int world) {
  fields f;
  tile_lists lists;
  f.lists = &lists;
  bind_scratch(launch, (float *)0, scratch, &f);
  bind_world(launch, world, &f);
  if (launch->substeps < 0)
    derive_fields(&launch->model, &f);
  else
    step_world(&launch->model, &f, launch->substeps, launch->flags, (myr_profile *)0);
}

#define FOR_WORLDS_OF_THREAD(launch, world)                                             \
  for (int world = (int)(blockIdx.x * blockDim.x + threadIdx.x); world < launch.worlds; \
       world += (int)(gridDim.x * blockDim.x))

/* substeps below 0: computes derived fields instead of a step. */
template <int BYTES>
__global__ void __launch_bounds__(BLOCK_THREADS) step_by_threads(const __grid_constant__ device_launch launch) {
  alignas(64) char scratch[BYTES];
  FOR_WORLDS_OF_THREAD(launch, world) step_own_world(&launch, scratch, world);
}

device_kernel *thread_kernel(size_t scratch_bytes) {
  if (scratch_bytes <= 4 << 10) return step_by_threads<4 << 10>;
  if (scratch_bytes <= 24 << 10) return step_by_threads<24 << 10>;
  if (scratch_bytes <= 144 << 10) return step_by_threads<144 << 10>;
  return NULL;
}
