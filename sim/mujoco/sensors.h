/* The sensors of a model file: which of them Myriad computes, and their place in the joined model. */
#ifndef MYR_MUJOCO_SENSORS_H
#define MYR_MUJOCO_SENSORS_H

#include <stdbool.h>

#include "sim/mujoco/import.h"

/* Whether Myriad computes a sensor of a compiled model. */
bool sensor_is_read(const mjModel *m, int sensor);

/* Fills the rows of a part's sensors that model.def does not take from MuJoCo. */
void import_sensors(const import_part *part, struct myr_model *model);

#endif
