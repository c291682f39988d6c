/* MuJoCo's own model of a file or scene that Myriad has read. It serves comparisons and races and never makes data. */
#ifndef MYR_MUJOCO_ORACLE_H
#define MYR_MUJOCO_ORACLE_H

#include "sim/mujoco/version.h"
#include "sim/sim.h"

typedef struct oracle {
  mjModel *model;
  int *geom; /* (model->ngeom) number of each geom in Myriad's model, -1 for one that Myriad dropped */
} oracle;

/* Reads the file at path or, when path is NULL, joins the scene. model is Myriad's import of the same; an error if the
 * elements stand in another order there. */
myr_status oracle_load(const myr_model *model, const char *path, const myr_scene *scene, oracle *result,
                       myr_error *error);
void oracle_release(oracle *oracle);

/* Sets Newton's method with a tolerance at the limit of double precision, so that the optimum is beyond doubt. */
void oracle_tighten(oracle *oracle);

#endif
