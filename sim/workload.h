/* What both engines of a benchmark simulate: worlds that start almost alike and get random controls. */
#ifndef MYR_SIM_WORKLOAD_H
#define MYR_SIM_WORKLOAD_H

#include "sim/sim.h"

/* Steps for which a control is held: one control step of the batch. */
enum { WORKLOAD_HOLD = 10 };

typedef struct workload {
  const myr_model *model;
  int key; /* keyframe, -1: qpos0 */
  uint64_t seed;
} workload;

/* Where a world starts: qpos (nq), qvel (nv), act (na). The keyframe, a little moved: no two worlds are equal. */
void workload_start(const workload *work, int world, double *qpos, double *qvel, double *act);

/* The controls (nu) that a world gets in its control step of that number: uniform in ctrlrange, or in -1..1. */
void workload_controls(const workload *work, int world, int control_step, double *ctrl);

#endif
