/* The latest states of one world's bodies, as pictures need them: poses, and where scans look back in time also
 * velocities. */
#ifndef MYR_DATASET_POSE_HISTORY_H
#define MYR_DATASET_POSE_HISTORY_H

#include "render/render.h"
#include "sim/sim.h"

/* The fields of the world that hold its bodies. */
typedef struct pose_source {
  myr_span position, rest, rotation, velocity;
} pose_source;
/* with_velocity: else the states have none. */
void pose_source_open(pose_source *source, myr_batch *batch, int world, bool with_velocity);

typedef struct pose_history pose_history;
/* Room for so many states, `period` seconds apart. NULL: too little memory. */
pose_history *pose_history_create(int bodies, int states, double period);
void pose_history_destroy(pose_history *history); /* NULL is fine */
void pose_history_clear(pose_history *history);
/* Adds the source's state. Where there is no room, the oldest one gives way. */
void pose_history_add(pose_history *history, const pose_source *source);
/* Makes the other's latest state the only one. */
void pose_history_begin_with_last(pose_history *history, const pose_history *other);
/* The latest state, with all others behind it. Valid until the history changes; there must be a state. */
const myr_poses *pose_history_latest(const pose_history *history);

#endif
