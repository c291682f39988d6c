/* MuJoCo's side of a benchmark: one mjData per thread, each stepping its worlds one after the other. */
#ifndef MYR_MUJOCO_RACE_H
#define MYR_MUJOCO_RACE_H

#include "sim/workload.h"

typedef struct race race;

typedef struct race_totals {
  double seconds;
  uint64_t steps, contacts, rows, iterations; /* of all worlds and steps */
} race_totals;

/* Takes enough of the workload's worlds for a stable mean, evenly from all. Solver settings are the file's own. */
myr_status race_create(const workload *work, const char *path, const myr_scene *scene, int worlds, int threads,
                       race **result, myr_error *error);
void race_destroy(race *race);

/* Steps every sampled world from its start through that many steps. */
myr_status race_run(race *race, int steps, race_totals *totals, myr_error *error);

#endif
