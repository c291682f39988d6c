/* A hand: the worlds that one thread works on at a time. It has a group of the run's batch and, in a mixed run, as many
 * worlds of the other engine, each of which is its own group. Episodes that the thread took wait here for a free world
 * of their engine. */
#ifndef MYR_DATASET_RUN_HAND_H
#define MYR_DATASET_RUN_HAND_H

#include "dataset/run_group.h"

enum { RUN_ENGINES = 2 }; /* in a mixed run; other runs have one */

/* The groups of one engine, and the episodes that wait for their worlds, in their order. */
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

/* batches (side_count): the run's batch, and that of the other engine or NULL. number: the group's number in the first
 * batch. Returns false if memory is short; the hand must be destroyed then too. */
bool run_hand_create(run_hand *hand, run_thread *thread, myr_batch *const *batches, int side_count, int number);
void run_hand_destroy(run_hand *hand); /* accepts a hand of zeros; steps may be under way */

/* Returns how many more episodes the hand can take now: as many as the engine with the most free worlds can begin at
 * once, but no more than can wait for either engine. */
int run_hand_room(const run_hand *hand);
/* Whether a world runs an episode or an episode waits. */
bool run_hand_is_busy(const run_hand *hand);
/* Adds an episode to those that wait for a side. There must be room. */
void run_hand_take(run_hand *hand, int side, int64_t episode);
/* Begins waiting episodes in free worlds. */
myr_status run_hand_start(run_hand *hand, myr_error *error);
/* Begins a step of every group with a world that runs an episode. Sets hand->stepping to whether there is such a
 * group. */
myr_status run_hand_begin_step(run_hand *hand, myr_error *error);
myr_status run_hand_finish_step(run_hand *hand, myr_error *error);

#endif
