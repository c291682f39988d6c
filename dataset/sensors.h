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
#include "dataset/stopwatch.h"

/* Pictures on their way into episodes, of one thread. */
typedef struct sensor_thread sensor_thread;
sensor_thread *sensor_thread_create(const record_layout *layout, myr_renderer *renderer, int number,
                                    stopwatch *watch); /* NULL: memory */
void sensor_thread_destroy(sensor_thread *thread);     /* NULL is fine */
int64_t sensor_frames(const sensor_thread *thread);    /* drawn so far */

/* One world's episode in the making. Rows that are not compressed go into recorder, which must outlive it. */
typedef struct sensor_recorder sensor_recorder;
sensor_recorder *sensor_recorder_create(const record_layout *layout, recorder *recorder); /* NULL: memory */
void sensor_recorder_destroy(sensor_recorder *sensors);

/* The world was reset for that episode, which drew those values. False: too little memory. */
bool sensor_begin(sensor_recorder *sensors, sensor_thread *thread, myr_batch *batch, int world, int64_t episode,
                  const double *values);
/* After row `step` was stepped with MYR_OBSERVE.
 * MYR_ERROR: too little memory. MYR_STOPPED: the GPU that draws failed. */
myr_status sensor_step(sensor_recorder *sensors, sensor_thread *thread, int step, myr_error *error);
/* The episode has `steps` rows. Unless it diverged, the labels of the world must show the state after the last of them:
 * whatever step the world's group makes next shows it, with 0 substeps too. */
myr_status sensor_end(sensor_recorder *sensors, sensor_thread *thread, int steps, bool diverged, myr_error *error);
/* Pictures may be on their way until now, those of all worlds of the thread. */
myr_status sensor_collect(sensor_thread *thread, myr_error *error);
/* After sensor_end and sensor_collect. False: too little memory. */
/* Hands the frames over to the episode that recorder_pack made, and gives it its attribute camera_info. */
bool sensor_pack(sensor_recorder *sensors, episode *episode);

#endif
