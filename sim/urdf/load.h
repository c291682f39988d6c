/* Reads URDF files for the rest of this floor. */
#ifndef MYR_URDF_LOAD_H
#define MYR_URDF_LOAD_H

#include "sim/findings.h"
#include "sim/mujoco/version.h"
#include "sim/sim.h"
#include "sim/xml_tree.h"

/* Compiles a URDF file from its XML, which must be whole. All that was found is added to the findings; the status is that
 * of the first fault. The caller frees the model with mj_deleteModel. */
myr_status urdf_load(const char *path, xml_tree *xml, const myr_urdf_choices *choices, mjModel **model,
                     myr_findings *findings, myr_error *error);

/* MuJoCo's specification of the file, for the oracle; NULL with a message of message_bytes. Call it inside guard_run. The
 * caller frees with mj_deleteSpec. */
mjSpec *urdf_parse(const char *path, const myr_urdf_choices *choices, char *message, int message_bytes);

#endif
