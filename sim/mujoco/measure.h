/* Measures how far one world of Myriad and one mjData are apart, stage by stage. */
#ifndef MYR_MUJOCO_MEASURE_H
#define MYR_MUJOCO_MEASURE_H

#include "kernels/fields.h"
#include "sim/mujoco/oracle.h"

/* One lane of a tile and of the scratch it was stepped with. */
typedef struct lane_view {
  const myr_model *model;
  const myr_layout *layout;
  const void *tile, *scratch;
  int lanes, lane, scalar_bytes;
} lane_view;

double lane_value(const lane_view *view, enum myr_field field, int64_t element);

/* The largest difference and the largest magnitude so far. */
typedef struct stage_error {
  double absolute, magnitude;
} stage_error;

static inline void stage_compare(stage_error *stage, double ours, double theirs) {
  double difference = ours - theirs, size = theirs < 0 ? -theirs : theirs;
  if (difference < 0) difference = -difference;
  if (!(difference <= stage->absolute)) stage->absolute = difference; /* a NaN stays visible */
  if (size > stage->magnitude) stage->magnitude = size;
}

/* Differences of the stage cannot be smaller than the rounding of a magnitude that cancels in its numbers. */
static inline void stage_enlarge(stage_error *stage, double magnitude) {
  if (magnitude > stage->magnitude) stage->magnitude = magnitude;
}

/* The stages that are arrays on both sides. match.h has those of contacts and rows. */
typedef struct measured_stage {
  const char *name;
  double floor; /* see myr_comparison_stage; about the rounding error of floats in the stage */
  void (*measure)(const lane_view *view, const oracle *oracle, const mjData *d, stage_error *error);
} measured_stage;

enum { MEASURED_STAGES = 12 };
extern const measured_stage measured_stages[MEASURED_STAGES];

#endif
