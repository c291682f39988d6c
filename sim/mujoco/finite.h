/* Finds numbers of a model that are none: "nan" and "inf", which MuJoCo's reader takes as they are written. */
#ifndef MYR_MUJOCO_FINITE_H
#define MYR_MUJOCO_FINITE_H

#include "sim/mujoco/model_source.h"

/* Adds a fault for each place in the files that states such a number, or for the first element of the compiled model that
 * has one where none is stated. Ranges may be infinite, and so may what MuJoCo does not use. source may be NULL. */
void finite_check(const mjModel *m, model_source *source, myr_findings *findings);

#endif
