/* A warp of a GPU, played by one thread of a CPU: items that take turns, each until it meets the others at a sync.
 *
 * Between two syncs the items run one after the other, whole, in an order drawn anew at every sync from the seed. So
 * whatever an item reads that another writes in the same interval comes out differently for some seed, unless both
 * orders give the same bits. Under ThreadSanitizer every item is a thread of its own, and every such pair is reported.
 *
 * Items that end, or sync, or vote while others do something else are an error of the program: it is aborted with a
 * message. Several threads may each run a warp at once. */
#ifndef TESTS_EMULATED_WARP_H
#define TESTS_EMULATED_WARP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { WARP_MOST_ITEMS = 1024 };

/* Runs body(argument) once for each item, 1 <= items <= WARP_MOST_ITEMS. Not to be called by a body. */
void warp_run(int items, void (*body)(void *argument), void *argument, uint64_t seed);

/* For a body: which item it is, from 0. */
int warp_item(void);

/* For a body: returns when every item has come here; what was written before may then be read. */
void warp_sync(void);

/* Which of the first 32 items want something, bit i for item i; and the value that another item gives. All items must
 * ask together. They wait for each other, but as on a GPU only warp_sync() lets them read what others wrote before:
 * ThreadSanitizer holds them to it. */
uint32_t warp_ballot(int wanted);
uint32_t warp_shuffle(uint32_t value, int from);

/* How many syncs the last run of this thread took. */
long warp_syncs(void);

#ifdef __cplusplus
}
#endif
#endif
