/* MuJoCo's own joining of a scene's files, as the oracle of ours. */
#ifndef MYR_MUJOCO_JOIN_H
#define MYR_MUJOCO_JOIN_H

#include "sim/mujoco/version.h"
#include "sim/sim.h"

/* The scene as MuJoCo joins it, made in a child process. joined is the scene as Myriad joined it. The caller frees the model
 * with mj_deleteModel. */
myr_status join_scene(const myr_scene *scene, const struct myr_model *joined, mjModel **model, myr_error *error);

#endif
