/* Floor 1, public: how much of a thread's scratch steps can touch on a CPU.
 *
 * Scratch has room for contacts of all pairs at once and for dense matrices, so that every array has one place. A scene
 * of many bodies uses a small part: of pages from the system, only those that are touched take memory. */
#ifndef MYR_SCRATCH_USE_H
#define MYR_SCRATCH_USE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct myr_model;

/* Bytes of pages, at most, of steps and of derive(), which a tile of so many lanes can touch. Worlds hold as many contacts
 * as they may. Before the shallowest of more are dropped, a tile may list FOUND_FOR_EACH_KEPT times as many: more is
 * possible only where bodies overlap in heaps, and takes its memory then. */
typedef struct myr_scratch_use {
  size_t step, derive;
} myr_scratch_use;
myr_scratch_use myr_scratch_use_of(const struct myr_model *model, int lanes, int scalar_bytes);

/* The most blocks, and reals of their Jacobians, that exist at once in a tile of so many lanes. Only contacts that a world
 * keeps, at most ncon, become blocks. A GPU, where memory is not taken by use, gives a world only so many. */
void myr_bound_blocks(const struct myr_model *model, int lanes, int *blocks, int *reals);

#ifdef __cplusplus
}
#endif
#endif
