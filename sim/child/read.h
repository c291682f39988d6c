/* Reads model files by a child process. */
#ifndef MYR_CHILD_READ_H
#define MYR_CHILD_READ_H

#include "sim/mujoco/model_source.h"

/* Compiles one MJCF or URDF file, and adds its faults and MuJoCo's warnings to the findings. The caller
 * frees both results, after an error too: mj_deleteModel, model_source_free. MYR_IO when there is no such file,
 * MYR_INVALID with MuJoCo's own words when it does not compile, or when reading it comes to a bad end. */
myr_status child_read(const char *path, const myr_urdf_choices *choices, mjModel **model, model_source *source,
                      myr_findings *findings, myr_error *error);

/* The same for callers that need neither places nor notices. */
myr_status child_load(const char *path, const myr_urdf_choices *choices, mjModel **model, myr_error *error);

#endif
