/* The tables of tendons: the legs of their paths and the entries of their Jacobians. Part of myr_model_finish. */
#ifndef MYR_TENDON_TABLES_H
#define MYR_TENDON_TABLES_H

#include "kernels/model.h"

/* Checks every tendon's path (MYR_INVALID if it is none), and counts its legs, the entries of its
 * Jacobian and, on top of ndrive, those of its actuators. */
myr_status count_tendons(myr_model *model, myr_error *error);
/* Fills the tables, which are allocated. */
myr_status build_tendons(myr_model *model, myr_error *error);

#endif
