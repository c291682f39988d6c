/* The shape of a run: the number of its episodes, of those in a file, and of its worlds, and its engine. A run and its
 * estimate have the same shape. */
#ifndef MYR_DATASET_RUN_SHAPE_H
#define MYR_DATASET_RUN_SHAPE_H

#include "kernels/fields.h"
#include "dataset/dataset.h"
#include "dataset/record.h"

int64_t run_episodes(const myr_run_description *description);
int run_shard_episodes(const myr_run_description *description);
bool run_is_mixed(const myr_run_description *description); /* of the engines cpu and bullet */

/* The number of groups of a thread if a GPU steps them: the thread works on one while the GPU steps the other. */
enum { RUN_THREAD_GROUPS = 2 };

/* batch.unread points to `unread`, so the struct must not move. */
typedef struct run_shape {
  myr_batch_description batch;
  bool unread[MYR_FIELD_COUNT];
  myr_renderer_description renderer; /* of the renderer of the run's cameras; look is NULL if there are none */
  size_t picture_host_bytes;         /* the renderer's memory on the host; that on a GPU is batch.picture_bytes */
} run_shape;
myr_status run_shape_choose(const myr_run_description *description, const record_layout *layout, run_shape *shape,
                            myr_error *error);

/* The bytes of an episode's pictures before compression, if it does not end early. Some cameras see only every n-th
 * episode. */
int64_t run_picture_bytes(const record_layout *layout, int64_t episode);

/* Returns MYR_ERROR, with the number of worlds that fit, if this many need more memory than there is here. */
myr_status run_memory_check(const myr_run_description *description, const record_layout *layout, int worlds,
                            myr_error *error);

/* Returns the description of Bullet's batch in a mixed run, which has as many worlds as the cpu's batch of this
 * shape. */
myr_batch_description run_bullet_batch(const run_shape *shape);

#endif
