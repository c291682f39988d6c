/* Names the kind of a file that is given as a model and is none, by its first bytes. */
#ifndef MYR_MUJOCO_NOT_A_MODEL_H
#define MYR_MUJOCO_NOT_A_MODEL_H

#include "sim/findings.h"
#include "sim/mujoco/xml_source.h"

/* Adds a fault where the file is no XML, or XML of another kind than MJCF and URDF; source is its tree. Returns whether it
 * did. */
bool not_a_model(const char *path, const xml_source *source, myr_findings *findings);

#endif
