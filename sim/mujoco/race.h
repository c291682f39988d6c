/* MuJoCo's side of a benchmark: its own batch of simulations on its own pool of threads (mujoco/mjbatch.h), as its users
 * run many worlds. */
#ifndef MYR_MUJOCO_RACE_H
#define MYR_MUJOCO_RACE_H

#include "sim/workload.h"

typedef struct race race;

typedef struct race_totals {
  double seconds;                             /* in MuJoCo's steps; drawing the controls is not counted */
  uint64_t steps, contacts, rows, iterations; /* of all worlds and steps; the last three only where they are counted */
} race_totals;

/* Takes enough of the workload's worlds for a stable mean, evenly from all. Solver settings are the file's own. */
myr_status race_create(const workload *work, const char *path, const myr_scene *scene, int worlds, int threads,
                       race **result, myr_error *error);
void race_destroy(race *race);

/* Sets every sampled world to its start. */
myr_status race_start(race *race, myr_error *error);

/* Steps every sampled world on, with the controls from first_step on, a multiple of WORKLOAD_HOLD. count: the totals are
 * counted too, which takes longer. */
myr_status race_run(race *race, int first_step, int steps, bool count, race_totals *totals, myr_error *error);

#endif
