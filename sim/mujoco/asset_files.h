/* The files that a model names: meshes, textures, height fields, other models. */
#ifndef MYR_MUJOCO_ASSET_FILES_H
#define MYR_MUJOCO_ASSET_FILES_H

#include "sim/mujoco/xml_source.h"

/* Adds a fault for each that exists and is no regular file, because MuJoCo would wait for a pipe for ever. */
void asset_files_check(const xml_source *source, myr_findings *findings);
/* Adds a fault for each that does not exist, where MuJoCo would stop at the first. Returns their number. */
int asset_files_missing(const xml_source *source, myr_findings *findings);

#endif
