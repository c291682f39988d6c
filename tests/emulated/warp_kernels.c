/* kernels/step/step.h on an emulated warp. Compiled with LANES=1 and MYR_EMULATED_WARP. */
#include "tests/emulated/warp_kernels.h"

#include "tests/emulated/warp.h"

#define TABLE warp_kernels
#define TABLE_NAME "emulated warp"
#include "kernels/step/tile.h"

typedef struct work {
  const constants *model;
  const fields *tile;
  int substeps;
  unsigned flags;
} work;

static void derive_item(void *argument) {
  const work *w = argument;
  fields own = *w->tile;
  derive_fields(w->model, &own);
}

static void step_item(void *argument) {
  const work *w = argument;
  fields own = *w->tile;
  step_world(w->model, &own, w->substeps, w->flags, NULL);
}

void warp_derive(const void *memory, void *tile, void *scratch, uint64_t seed) {
  const fields f = bind(memory, tile, scratch);
  work w = {.model = memory, .tile = &f};
  warp_run(32, derive_item, &w, seed);
}

void warp_control_step(const void *memory, void *tile, void *scratch, int substeps, unsigned flags, uint64_t seed) {
  const fields f = bind(memory, tile, scratch);
  work w = {.model = memory, .tile = &f, .substeps = substeps, .flags = flags};
  warp_run(32, step_item, &w, seed);
}
