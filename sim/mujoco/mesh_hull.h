/* The hulls with which meshes collide. */
#ifndef MYR_MUJOCO_MESH_HULL_H
#define MYR_MUJOCO_MESH_HULL_H

#include "sim/hull.h"
#include "sim/mujoco/import.h"
#include "sim/mujoco/model_source.h"

/* The hull of a compiled mesh, in its own frame; see myr_hull_create. *corners: how many a hull of all its points has, as far
 * as MuJoCo knows it. */
myr_status mesh_hull(const mjModel *m, int mesh, myr_hull *hull, int *corners, myr_error *error);

/* Part of supported_check. Adds a fault for every mesh that touches and has no hull, and a notice for every one whose hull is
 * simplified. */
void supported_check_hulls(const mjModel *m, model_source *source, myr_findings *findings);

/* The hulls of a scene: one for each mesh of each file that a geom touches with. */
typedef struct import_hulls {
  myr_hull *hulls;
  int count;
  int *of_geom; /* (ngeom of the joined model) or -1 */
} import_hulls;

/* Makes them, and gives the model their numbers; its geoms are numbered already. The caller frees in every case. */
myr_status import_hulls_create(const import_part *parts, int count, struct myr_model *model, import_hulls *hulls,
                               myr_error *error);
/* Copies them into the model's arrays. */
void import_hulls_fill(const import_hulls *hulls, struct myr_model *model);
void import_hulls_free(import_hulls *hulls);

#endif
