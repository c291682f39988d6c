/* kernels/step/start_world.h on an emulated warp. Compiled with LANES=1, MYR_DOUBLE and MYR_EMULATED_WARP. */
#include "kernels/step/start_world.h"

#include "tests/emulated/warp.h"
#include "tests/emulated/warp_kernels.h"

typedef struct work {
  const myr_start *start;
  int64_t episode;
  double *values;
  const myr_world_fields *world;
} work;

static void start_item(void *argument) {
  const work *w = argument;
  start_world(w->start, w->episode, w->values, w->world);
}

void warp_start(const myr_start *start, int64_t episode, double *values, const myr_world_fields *world, uint64_t seed) {
  work w = {start, episode, values, world};
  warp_run(32, start_item, &w, seed);
}
