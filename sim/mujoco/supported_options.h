/* Part of supported_check. */
#ifndef MYR_MUJOCO_SUPPORTED_OPTIONS_H
#define MYR_MUJOCO_SUPPORTED_OPTIONS_H

#include "sim/mujoco/model_source.h"

/* Adds a fault for every option of the model that the language of scenarios would refuse in `world`. */
void supported_check_options(const mjModel *m, model_source *source, myr_findings *findings);

#endif
