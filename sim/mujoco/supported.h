/* Finds the features of a model file that Myriad lacks, by the list in supported.def. */
#ifndef MYR_MUJOCO_SUPPORTED_H
#define MYR_MUJOCO_SUPPORTED_H

#include "sim/mujoco/model_source.h"

/* Adds a finding for every feature of the model that is refused, and for every kind of feature that is not used; those
 * that cannot be drawn are notices here. source may be NULL: findings then have no place. */
void supported_check(const mjModel *m, model_source *source, myr_findings *findings);

/* Adds a fault for every equality that the file's own options switch off, for a scene that does not. */
void supported_equalities(const mjModel *m, model_source *source, myr_findings *findings);

/* Adds a fault for every element that would be drawn wrong. */
void supported_check_looks(const mjModel *m, model_source *source, myr_findings *findings);

/* True for geoms that Myriad's models hold. Others (height fields and meshes that touch nothing, signed distance
 * fields) are dropped, and supported_check has made sure that they touch nothing. */
bool supported_geom(const mjModel *m, int geom);

#endif
