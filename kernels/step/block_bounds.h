/* The most constraint blocks that a model can have at once (block_bounds.c). */
#ifndef MYR_BLOCK_BOUNDS_H
#define MYR_BLOCK_BOUNDS_H

#include "kernels/model.h"

/* Sets nslot, nblock and njacobian. The other tables must exist. */
void count_blocks(myr_model *model);

#endif
