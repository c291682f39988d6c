/* The sensors of a model file: which of them Myriad computes, and their place in the joined model. */
#ifndef MYR_MUJOCO_SENSORS_H
#define MYR_MUJOCO_SENSORS_H

#include <stdbool.h>

#include "sim/mujoco/import.h"

/* Whether Myriad computes a sensor of a compiled model. */
bool sensor_is_read(const mjModel *m, int sensor);

/* Whether a sensor of the model that Myriad computes casts rays. */
bool casts_rays(const mjModel *m);

/* Whether rays pass through a geom, because its alpha is 0. */
bool rays_pass_geom(const mjModel *m, int geom);

/* Whether Myriad's rays meet a geom elsewhere than MuJoCo's: Myriad's models hold no meshes that touch nothing, and of
 * others the convex hull. */
bool rays_see_otherwise(const mjModel *m, int geom);

/* Fills the rows of a part's sensors that model.def does not take from MuJoCo. */
void import_sensors(const import_part *part, struct myr_model *model);

#endif
