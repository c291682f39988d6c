/* The dofs on which equalities depend (equality_chains.c). */
#ifndef MYR_EQUALITY_CHAINS_H
#define MYR_EQUALITY_CHAINS_H

#include "kernels/model.h"

/* No fewer than the entries of equality_chain_*. The given arrays must be in range, and nmoment known. */
int bound_equality_chains(const myr_model *model);

/* Fills the tables equality_*. Those of chains and tendons must exist. */
void build_equality_chains(myr_model *model);

#endif
