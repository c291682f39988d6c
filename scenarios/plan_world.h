/* Reading and writing one world of a batch on behalf of a plan. */
#ifndef MYR_SCENARIOS_PLAN_WORLD_H
#define MYR_SCENARIOS_PLAN_WORLD_H

#include "kernels/far_out.h"
#include "scenarios/plan.h"

static inline double span_get(myr_span span, int element) { return span.data[(ptrdiff_t)element * span.stride]; }
static inline void span_set(myr_span span, int element, double value) {
  span.data[(ptrdiff_t)element * span.stride] = (float)value;
}
static inline void span_read(myr_span span, int element, int count, double *values) {
  for (int i = 0; i < count; i++) values[i] = span_get(span, element + i);
}

/* The positions of bodies in the world: the labels body_position and body_position_rest. */
typedef struct position_spans {
  myr_span position, rest;
} position_spans;
static inline position_spans positions_of_world(myr_batch *batch, int world) {
  return (position_spans){myr_batch_field(batch, MYR_FIELD_body_position, world),
                          myr_batch_field(batch, MYR_FIELD_body_position_rest, world)};
}
static inline double position_get(const position_spans *spans, int element) {
  return myr_labelled_position(span_get(spans->position, element), span_get(spans->rest, element));
}
static inline void position_read(const position_spans *spans, int body, double position[3]) {
  for (int i = 0; i < 3; i++) position[i] = position_get(spans, 3 * body + i);
}

/* Copies the joint coordinates that expressions need. */
void plan_capture(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state);

#endif
