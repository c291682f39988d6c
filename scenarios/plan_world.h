/* Reading and writing one world of a batch on behalf of a plan. */
#ifndef MYR_SCENARIOS_PLAN_WORLD_H
#define MYR_SCENARIOS_PLAN_WORLD_H

#include "scenarios/plan.h"

static inline double span_get(myr_span span, int element) { return span.data[(ptrdiff_t)element * span.stride]; }
static inline void span_set(myr_span span, int element, double value) {
  span.data[(ptrdiff_t)element * span.stride] = (float)value;
}
static inline void span_read(myr_span span, int element, int count, double *values) {
  for (int i = 0; i < count; i++) values[i] = span_get(span, element + i);
}

/* Copies the joint coordinates that expressions need. */
void plan_capture(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state);

#endif
