/* The worlds that both engines of a benchmark simulate. They start almost alike and get random controls. */
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

/* The start of a world: qpos (nq), qvel (nv), act (na). It is the keyframe with every joint moved a little, those of free
 * bodies too, so that no two worlds are equal. */
void workload_start(const workload *work, int world, double *qpos, double *qvel, double *act);

/* The controls (nu) of a world in one control step: uniform in ctrlrange or, without a range, in -1..1. */
void workload_controls(const workload *work, int world, int control_step, double *ctrl);

/* The same two, written to a world of a batch. room: workload_doubles(model) doubles of scratch. The caller commits the
 * start. */
size_t workload_doubles(const myr_model *model);
void workload_begin(const workload *work, myr_batch *batch, int world, double *room);
void workload_control(const workload *work, myr_batch *batch, int world, int control_step, double *room);

#endif
