/* Reads model files with MuJoCo's compiler, in the process that child/ starts for it. */
#ifndef MYR_MUJOCO_READER_H
#define MYR_MUJOCO_READER_H

#include "sim/mujoco/model_source.h"

/* As child_read, in this process, which a bad file may crash; the source has the spec, and not yet what child_read makes of
 * it. */
myr_status reader_read(const char *path, const myr_urdf_choices *choices, mjModel **model, model_source *source,
                       myr_findings *findings, myr_error *error);

#endif
