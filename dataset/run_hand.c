#include "dataset/run_hand.h"

#include <stdlib.h>
#include <string.h>

/* In a mixed run, the number of episodes that may wait for each world of a side. The engine of an episode is random, so
 * one side would often have no work if only few episodes could wait. */
enum { WAITING_FOR_A_WORLD = 4 };

static bool side_create(run_side *side, run_thread *thread, myr_batch *batch, int first_group, int group_count) {
  side->groups = calloc((size_t)group_count, sizeof *side->groups);
  if (!side->groups) return false;
  for (; side->group_count < group_count; side->group_count++) {
    run_group *group = run_group_create(thread, batch, first_group + side->group_count);
    if (!group) return false;
    side->groups[side->group_count] = group;
    side->worlds += run_group_free_worlds(group);
  }
  side->capacity = WAITING_FOR_A_WORLD * side->worlds;
  side->waiting = calloc((size_t)side->capacity, sizeof *side->waiting);
  return side->waiting != NULL;
}

bool run_hand_create(run_hand *hand, run_thread *thread, myr_batch *const *batches, int side_count, int number) {
  hand->side_count = side_count;
  if (!side_create(&hand->sides[0], thread, batches[0], number, 1)) return false;
  if (side_count == 1) return true;
  myr_batch_info info;
  myr_batch_describe(batches[0], &info);
  return side_create(&hand->sides[1], thread, batches[1], number * info.group_worlds, hand->sides[0].worlds);
}

void run_hand_destroy(run_hand *hand) {
  for (int s = 0; s < RUN_ENGINES; s++) {
    for (int g = 0; g < hand->sides[s].group_count; g++) run_group_destroy(hand->sides[s].groups[g]);
    free(hand->sides[s].groups);
    free(hand->sides[s].waiting);
  }
}

static int free_worlds(const run_side *side) {
  int count = 0;
  for (int g = 0; g < side->group_count; g++) count += run_group_free_worlds(side->groups[g]);
  return count;
}

int run_hand_room(const run_hand *hand) {
  int room = 0, least = INT32_MAX;
  for (int s = 0; s < hand->side_count; s++) {
    const run_side *side = &hand->sides[s];
    int free = free_worlds(side) - side->waiting_count, places = side->capacity - side->waiting_count;
    if (free > room) room = free;
    if (places < least) least = places;
  }
  return room < least ? room : least;
}

bool run_hand_is_busy(const run_hand *hand) {
  for (int s = 0; s < hand->side_count; s++)
    if (hand->sides[s].waiting_count || free_worlds(&hand->sides[s]) < hand->sides[s].worlds) return true;
  return false;
}

void run_hand_take(run_hand *hand, int side, int64_t episode) {
  run_side *own = &hand->sides[side];
  own->waiting[own->waiting_count++] = episode;
}

static myr_status start_side(run_side *side, myr_error *error) {
  int started = 0;
  myr_status status = MYR_OK;
  for (int g = 0; g < side->group_count && !status && started < side->waiting_count; g++) {
    int free = run_group_free_worlds(side->groups[g]), left = side->waiting_count - started;
    int count = free < left ? free : left;
    if (count) status = run_group_start(side->groups[g], side->waiting + started, count, error);
    started += count;
  }
  side->waiting_count -= started;
  memmove(side->waiting, side->waiting + started, (size_t)side->waiting_count * sizeof *side->waiting);
  return status;
}

myr_status run_hand_start(run_hand *hand, myr_error *error) {
  myr_status status = MYR_OK;
  for (int s = 0; s < hand->side_count && !status; s++) status = start_side(&hand->sides[s], error);
  return status;
}

myr_status run_hand_begin_step(run_hand *hand, myr_error *error) {
  for (int s = 0; s < hand->side_count; s++)
    for (int g = 0; g < hand->sides[s].group_count; g++) {
      run_group *group = hand->sides[s].groups[g];
      if (!run_group_busy_worlds(group)) continue;
      myr_status status = run_group_begin_step(group, error);
      if (status) return status;
      hand->stepping = true;
    }
  return MYR_OK;
}

myr_status run_hand_finish_step(run_hand *hand, myr_error *error) {
  hand->stepping = false;
  for (int s = 0; s < hand->side_count; s++)
    for (int g = 0; g < hand->sides[s].group_count; g++) {
      run_group *group = hand->sides[s].groups[g];
      if (!run_group_busy_worlds(group)) continue;
      myr_status status = run_group_finish_step(group, error);
      if (status) return status;
    }
  return MYR_OK;
}
