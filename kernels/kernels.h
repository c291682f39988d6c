/* Floor 1, public: the data of Myriad and the functions that step it.
 *
 * A model (myr_model) is one immutable description of a scene. A world is one independent copy of its changing data.
 * Worlds live in tiles of LANES worlds, one world per vector lane; a tile is one block of scalars, laid out by
 * myr_layout from the list in fields.def. A kernel table (myr_kernels) steps one tile at a time; there is one table per
 * vector width, all compiled from the same headers. Nothing here allocates while stepping, reads a file or prints.
 *
 *   myr_model *model;                                  built by sim/
 *   const myr_kernels *kernels;  myr_kernels_find(0, &kernels, &error);     the widest this machine has
 *   void *constants; kernels->constants_create(model, &constants, &error);
 *   tile = aligned_alloc(64, kernels->tile_bytes(model));
 *   scratch = aligned_alloc(64, kernels->scratch_bytes(model));             one per thread
 *   kernels->reset(constants, tile, lane, key); ... kernels->derive(constants, tile, scratch);
 *   kernels->control_step(constants, tile, scratch, substeps, MYR_OBSERVE);
 */
#ifndef MYR_KERNELS_H
#define MYR_KERNELS_H

#include "kernels/fields.h"
#include "kernels/inspection.h"
#include "kernels/model.h"
#include "kernels/stages.h"
#include "kernels/table.h"

#endif
