/* Floor 1, public: the stages of a step (stages.def), and their cost. */
#ifndef MYR_STAGES_H
#define MYR_STAGES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* MYR_STAGE_kinematics, and so on, in the order of stages.def. */
enum myr_stage {
#define STEP_STAGE(name, doc) MYR_STAGE_##name,
#include "kernels/stages.def"
  MYR_STAGE_COUNT
};
/* The stage's name if a profile has its time, else NULL. */
extern const char *const myr_timed_stages[MYR_STAGE_COUNT];

/* Cumulative cost of each stage, for `bench`. Control steps without a profile do not measure. */
typedef struct myr_profile {
  uint64_t nanoseconds[MYR_STAGE_COUNT];
  uint64_t steps; /* world steps */
  uint64_t tile_steps;
  uint64_t union_rows;                 /* rows of the lanes' union, summed over tile steps */
  uint64_t rows, contacts, iterations; /* each world's own, summed over world steps */
  uint64_t tile_iterations;            /* Newton iterations of the slowest lane, summed over tile steps */
} myr_profile;

#ifdef __cplusplus
}
#endif
#endif
