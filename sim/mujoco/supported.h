/* Refuses models with features that Myriad does not simulate. */
#ifndef MYR_MUJOCO_SUPPORTED_H
#define MYR_MUJOCO_SUPPORTED_H

#include "kernels/status.h"
#include "sim/mujoco/version.h"

enum { ELEMENT_NAME_BYTES = 160 };

/* "knee", or for a nameless element its number and body, ready to stand in a message behind the element's kind. */
const char *element_name(const mjModel *m, int object, int id, char text[ELEMENT_NAME_BYTES]);

/* MYR_INVALID, with the path, the element and a remedy, when the file holds a feature that changes the motion and that
 * Myriad does not simulate. */
myr_status supported_check(const mjModel *m, const char *path, myr_error *error);

/* The same for equalities that the file disables and the scene does not. */
myr_status supported_equalities(const mjModel *m, const char *path, myr_error *error);

/* True for shapes that Myriad's models hold. Others (meshes, height fields) are dropped, and supported_check has made
 * sure that they touch nothing. */
bool supported_geom(const mjModel *m, int geom);

#endif
