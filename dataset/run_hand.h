/* The worlds in a thread's hand: a group of the run's batch and, in a mixed run, as many worlds of the other engine,
 * each a group of its own. Episodes that the thread took wait here for a free world of their engine. */
#ifndef MYR_DATASET_RUN_HAND_H
#define MYR_DATASET_RUN_HAND_H

#include "dataset/run_group.h"

enum { RUN_ENGINES = 2 }; /* of a mixed run; others have one */

/* The groups of one engine, and the episodes that wait for their worlds, in order. */
typedef struct run_side {
  run_group **groups; /* (group_count) */
  int group_count, worlds;
  int64_t *waiting; /* (capacity) */
  int waiting_count, capacity;
} run_side;

typedef struct run_hand {
  run_side sides[RUN_ENGINES]; /* (side_count) */
  int side_count;
  bool stepping; /* steps are under way */
} run_hand;

/* batches (side_count): the run's, and that of the other engine or NULL. number: of the group in the first. false: too
 * little memory; destroy then too. */
bool run_hand_create(run_hand *hand, run_thread *thread, myr_batch *const *batches, int side_count, int number);
void run_hand_destroy(run_hand *hand); /* of zeroes is fine; steps may be under way */

/* How many episodes more the hand can take now: there is a free world of some engine for each, were it that engine's,
 * and room for it to wait. */
int run_hand_room(const run_hand *hand);
/* Whether some world is in an episode, or an episode waits. */
bool run_hand_is_busy(const run_hand *hand);
/* Takes an episode for a side. There must be room. */
void run_hand_take(run_hand *hand, int side, int64_t episode);
/* Begins episodes that wait in worlds that are free. */
myr_status run_hand_start(run_hand *hand, myr_error *error);
/* Begins a step of every group that has a world in an episode; hand->stepping tells whether there is one. */
myr_status run_hand_begin_step(run_hand *hand, myr_error *error);
myr_status run_hand_finish_step(run_hand *hand, myr_error *error);

#endif
