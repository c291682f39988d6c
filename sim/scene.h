/* Reads the files of a scene, for the code that joins them. */
#ifndef MYR_SCENE_H
#define MYR_SCENE_H

#include "sim/findings.h"
#include "sim/mujoco/import.h"
#include "sim/sim.h"

/* Reads a file and refuses features that Myriad does not simulate. Adds all that it finds to the findings, which may be
 * NULL. The caller frees with scene_release_file, after an error too. */
myr_status scene_read_file(const char *path, const myr_urdf_choices *choices, import_part *part, myr_findings *findings,
                           myr_error *error);
void scene_release_file(import_part *part);

/* The files of the entities, one part each, in their order: read now, or borrowed from scene->files. The caller frees with
 * scene_release. */
myr_status scene_read(const myr_scene *scene, import_part **parts, myr_error *error);
void scene_release(import_part *parts, int count); /* NULL is fine */

/* The model of the first part with a file, which gives the values that a scene has once. NULL: all parts are grounds. */
const mjModel *scene_first_file(const import_part *parts, int count);

#endif
