/* The tables of actuators: the dofs on which they act. Part of myr_model_finish. */
#ifndef MYR_ACTUATOR_TABLES_H
#define MYR_ACTUATOR_TABLES_H

#include "kernels/model.h"

/* Counts the levers and, on top of ndrive, the actions of actuators on dofs but those through tendons. */
myr_status count_levers(myr_model *model, myr_error *error);
/* Fills the tables of levers; those of pairs exist. */
myr_status build_levers(myr_model *model, myr_error *error);
/* Lists the actuators by dof; all other tables exist. */
void build_drives(myr_model *model);

#endif
