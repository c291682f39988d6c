/* A warp of a GPU, emulated by one thread of a CPU. Its items take turns, and each runs until it meets the others at a
 * sync.
 *
 * Between two syncs the items run one after the other without interruption, in an order that is drawn anew from the
 * seed at every sync. If one item reads a number that another item writes between the same two syncs, the result is
 * therefore different for some seed, unless both orders give the same bits. Under ThreadSanitizer every item counts as
 * a thread, and every such pair of accesses is reported.
 *
 * All items must end, sync or vote together; otherwise the program is aborted with a message. Several threads may each
 * run a warp at the same time. */
#ifndef TESTS_EMULATED_WARP_H
#define TESTS_EMULATED_WARP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { WARP_MOST_ITEMS = 1024 };

/* Runs body(argument) once for each item, 1 <= items <= WARP_MOST_ITEMS. A body must not call it. */
void warp_run(int items, void (*body)(void *argument), void *argument, uint64_t seed);

/* Called by a body: returns the number of its item, from 0. */
int warp_item(void);

/* Called by a body: returns when every item has called it. Items may then read what others wrote before. */
void warp_sync(void);

/* The votes of the first 32 items, bit i for item i; and the value that another item gives. All items must call them
 * together, and they wait for each other. But as on a GPU, only warp_sync() lets items read memory that others wrote
 * before; ThreadSanitizer enforces this. */
uint32_t warp_ballot(int wanted);
uint32_t warp_shuffle(uint32_t value, int from);

/* Returns the number of syncs in the last run of this thread. */
long warp_syncs(void);

#ifdef __cplusplus
}
#endif
#endif
