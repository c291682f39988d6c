/* The functions that every kind of lane stands on: the bits of integers, and the threads of a warp on targets that have
 * warps. */
#ifndef MYR_LANE_TARGET_H
#define MYR_LANE_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/lane/lane_function.h"

/* lowest_bit and highest_bit give the position of the lowest and of the highest set bit of x, which must not be 0. */
#ifdef __CUDACC__
KERNEL int lowest_bit(uint64_t x) { return __ffsll((long long)x) - 1; }
KERNEL int highest_bit(uint64_t x) { return 63 - __clzll((long long)x); }
KERNEL int count_bits(uint64_t x) { return __popcll(x); }
#else
KERNEL int lowest_bit(uint64_t x) { return __builtin_ctzll(x); }
KERNEL int highest_bit(uint64_t x) { return 63 - __builtin_clzll(x); }
KERNEL int count_bits(uint64_t x) { return __builtin_popcountll(x); }
#endif

#if defined(MYR_WARP_OF_LANES) || \
    (!defined(MYR_WORLD_PER_THREAD) && (defined(__CUDACC__) || defined(MYR_EMULATED_WARP)))
/* ------------------------------------------------------------------------------------------------ threads of a warp */
/*   thread_of_warp()            the number of this thread, 0 .. 31
 *   threads_that(condition)     the threads in which the condition holds: bit i for thread i
 *   take_from_thread(x, other)  the value that the other thread passes as x
 * All threads must vote and take together. */
#define ON_A_WARP
#ifdef __CUDACC__
#define SYNC() __syncwarp()
KERNEL int thread_of_warp(void) { return (int)(threadIdx.x & 31u); }
KERNEL uint32_t threads_that(int condition) { return __ballot_sync(0xffffffffu, condition); }
KERNEL int32_t take_from_thread(int32_t x, int other) { return __shfl_sync(0xffffffffu, x, other); }
#else /* played by a CPU, for tests: tests/emulated/warp.h */
#ifdef __cplusplus
extern "C" {
#endif
int warp_item(void);
void warp_sync(void);
uint32_t warp_ballot(int wanted);
uint32_t warp_shuffle(uint32_t value, int from);
#ifdef __cplusplus
}
#endif
#define SYNC() warp_sync()
KERNEL int thread_of_warp(void) { return warp_item(); }
KERNEL uint32_t threads_that(int condition) { return warp_ballot(condition); }
KERNEL int32_t take_from_thread(int32_t x, int other) { return (int32_t)warp_shuffle((uint32_t)x, other); }
#endif
#else
#define SYNC() ((void)0)
#endif

#endif
