/* The kernels as a GPU runs them, one world on a warp of 32 items, which tests/emulated/warp.h emulates. */
#ifndef TESTS_EMULATED_WARP_KERNELS_H
#define TESTS_EMULATED_WARP_KERNELS_H

#include "kernels/start.h"
#include "kernels/table.h"
#include "kernels/fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Only for memory, constants and reset(), which the items do not share. derive() and control_step() have warp functions
 * below. */
extern const myr_kernels warp_kernels;

/* Do the same as the functions of myr_kernels. The order of the items is drawn from seed. */
void warp_derive(const void *constants, void *tile, void *scratch, uint64_t seed);
void warp_control_step(const void *constants, void *tile, void *scratch, int substeps, unsigned flags, uint64_t seed);
/* Draws an episode's values and writes them into a world that already has the start's constants. */
void warp_start(const myr_start *start, int64_t episode, double *values, const myr_world_fields *world, uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
