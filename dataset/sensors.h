/* What the cameras and LiDARs of one world see, from its reset to its end, as rows of its episode.
 *
 * A frame of step t is drawn when the bodies' poses of the next frame are known, because optical flow leads there; the
 * last frame's leads to the state after the last step, which final_obs shows. A camera that takes a frame at every n-th
 * step repeats it in the rows between. Pictures are compressed as soon as they are drawn: an episode's would not fit
 * into memory. */
#ifndef MYR_DATASET_SENSORS_H
#define MYR_DATASET_SENSORS_H

#include "dataset/frames.h"
#include "dataset/record.h"

/* Pictures on their way into episodes, of one thread. */
typedef struct sensor_thread sensor_thread;
sensor_thread *sensor_thread_create(const record_layout *layout, myr_renderer *renderer, int number); /* NULL: memory */
void sensor_thread_destroy(sensor_thread *thread); /* NULL is fine */

/* One world's episode in the making. Rows that are not compressed go into recorder, which must outlive it. */
typedef struct sensor_recorder sensor_recorder;
sensor_recorder *sensor_recorder_create(const record_layout *layout, recorder *recorder); /* NULL: memory */
void sensor_recorder_destroy(sensor_recorder *sensors);

/* All of these are false when memory is short. */

/* The world was reset for that episode, which drew those values. */
bool sensor_begin(sensor_recorder *sensors, sensor_thread *thread, myr_batch *batch, int world, int64_t episode,
                  const double *values);
/* After row `step` was stepped with MYR_OBSERVE. diverged: the world was reset since, and the row is the last. */
bool sensor_step(sensor_recorder *sensors, sensor_thread *thread, int step, bool diverged);
/* The episode has `steps` rows. Unless it diverged, the labels of the world must show the state after the last of them:
 * whatever step the world's group makes next shows it, with 0 substeps too. */
bool sensor_end(sensor_recorder *sensors, sensor_thread *thread, int steps, bool diverged);
/* Hands the frames over to the episode that recorder_pack made, and gives it its attribute camera_info. */
bool sensor_pack(sensor_recorder *sensors, episode *episode);

#endif
