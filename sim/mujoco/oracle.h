/* The same file or scene as Myriad's model, in MuJoCo: to compare with and to race against, never to make data. */
#ifndef MYR_MUJOCO_ORACLE_H
#define MYR_MUJOCO_ORACLE_H

#include "sim/mujoco/version.h"
#include "sim/sim.h"

typedef struct oracle {
  mjModel *model;
  int *geom; /* (model->ngeom) number of each geom in Myriad's model, -1 for one that Myriad dropped */
} oracle;

/* The file at path, or else the scene. Fails unless elements stand in the same order as in model, Myriad's import of
 * the same. A scene needs MuJoCo 3: MYR_UNAVAILABLE without. */
myr_status oracle_load(const myr_model *model, const char *path, const myr_scene *scene, oracle *result,
                       myr_error *error);
void oracle_release(oracle *oracle);

/* Solver settings that leave no doubt about the optimum: Newton, as far as double precision goes. */
void oracle_tighten(oracle *oracle);

#endif
