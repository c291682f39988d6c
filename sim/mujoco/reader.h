/* Reads model files with MuJoCo's compiler. */
#ifndef MYR_MUJOCO_READER_H
#define MYR_MUJOCO_READER_H

#include "kernels/status.h"
#include "sim/mujoco/version.h"
#include "sim/sim.h"

/* Compiles one MJCF or URDF file. The caller frees with mj_deleteModel. MYR_IO when there is no such file, MYR_INVALID
 * with MuJoCo's own words when it does not compile. */
myr_status reader_load(const char *path, const myr_urdf_choices *choices, mjModel **model, myr_error *error);

#endif
