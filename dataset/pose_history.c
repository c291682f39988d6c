#include "dataset/pose_history.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/fields.h"

enum { POSITION = 3, QUATERNION = 4, VELOCITY = 6, FLOATS = 2 * POSITION + QUATERNION + VELOCITY }; /* of a body */

struct pose_history {
  int bodies, room, count;
  double period;
  float *numbers; /* (room, bodies, FLOATS) from the oldest state: positions, rests, quaternions w x y z, velocities */
  myr_poses states[]; /* (room) */
};

void pose_source_open(pose_source *source, myr_batch *batch, int world, bool with_velocity) {
  *source = (pose_source){.position = myr_batch_field(batch, MYR_FIELD_body_position, world),
                          .rest = myr_batch_field(batch, MYR_FIELD_body_position_rest, world),
                          .rotation = myr_batch_field(batch, MYR_FIELD_body_rotation, world)};
  if (with_velocity) source->velocity = myr_batch_field(batch, MYR_FIELD_body_velocity, world);
}

static float *state_of(const pose_history *history, int state) {
  return history->numbers + (size_t)state * (size_t)history->bodies * FLOATS;
}

pose_history *pose_history_create(int bodies, int states, double period) {
  pose_history *history = calloc(1, sizeof *history + (size_t)states * sizeof history->states[0]);
  if (!history) return NULL;
  history->bodies = bodies;
  history->room = states;
  history->period = period;
  history->numbers = calloc((size_t)states * (size_t)bodies * FLOATS, sizeof(float));
  for (int i = 0; i < states && history->numbers; i++) {
    const float *numbers = state_of(history, i);
    history->states[i] = (myr_poses){.position = numbers,
                                     .rest = numbers + POSITION * bodies,
                                     .quaternion = numbers + 2 * POSITION * bodies,
                                     .since = period};
  }
  if (history->numbers) return history;
  pose_history_destroy(history);
  return NULL;
}

void pose_history_destroy(pose_history *history) {
  if (history) free(history->numbers);
  free(history);
}

void pose_history_clear(pose_history *history) { history->count = 0; }

/* Makes room for one more state, and links it to the one before. */
static float *next_state(pose_history *history, bool with_velocity) {
  const size_t numbers = (size_t)history->bodies * FLOATS;
  if (history->count == history->room)
    memmove(history->numbers, history->numbers + numbers, (size_t)(--history->count) * numbers * sizeof(float));
  myr_poses *state = &history->states[history->count];
  state->velocity = with_velocity ? state->quaternion + QUATERNION * history->bodies : NULL;
  state->earlier = history->count ? state - 1 : NULL;
  return state_of(history, history->count++);
}

static float *gather(float *out, myr_span span) {
  for (int i = 0; i < span.count; i++) out[i] = span.data[(ptrdiff_t)i * span.stride];
  return out + span.count;
}

void pose_history_add(pose_history *history, const pose_source *source) {
  float *out = next_state(history, source->velocity.data != NULL);
  out = gather(out, source->position);
  out = gather(out, source->rest);
  out = gather(out, source->rotation);
  if (source->velocity.data) gather(out, source->velocity);
}

void pose_history_begin_with_last(pose_history *history, const pose_history *other) {
  const myr_poses *last = pose_history_latest(other);
  pose_history_clear(history);
  memcpy(next_state(history, last->velocity != NULL), last->position, (size_t)history->bodies * FLOATS * sizeof(float));
}

const myr_poses *pose_history_latest(const pose_history *history) { return &history->states[history->count - 1]; }
