/* Part of supported_check. */
#ifndef MYR_MUJOCO_SUPPORTED_NUMBERS_H
#define MYR_MUJOCO_SUPPORTED_NUMBERS_H

#include "sim/mujoco/model_source.h"

/* Adds a fault for every finite number of the model that single precision cannot hold, ten at most. */
void supported_check_numbers(const mjModel *m, model_source *source, myr_findings *findings);

#endif
