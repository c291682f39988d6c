/* How a run is cut: how many episodes, in which files, in how many worlds of which engine. The same for a run and for
 * its estimate. */
#ifndef MYR_DATASET_RUN_SHAPE_H
#define MYR_DATASET_RUN_SHAPE_H

#include "kernels/fields.h"
#include "dataset/dataset.h"
#include "dataset/record.h"

int64_t run_episodes(const myr_run_description *description);
int run_shard_episodes(const myr_run_description *description);
bool run_is_mixed(const myr_run_description *description); /* over the engines cpu and bullet */

/* Groups that a thread has in hand where another device steps them: while it works on one, the other is stepped. */
enum { RUN_THREAD_GROUPS = 2 };

/* batch.unread points into the struct. */
typedef struct run_shape {
  myr_batch_description batch;
  bool unread[MYR_FIELD_COUNT];
  myr_renderer_description renderer; /* who draws what the run's cameras see; look NULL: nothing sees */
  size_t picture_host_bytes;         /* the renderer's memory of the host; of a GPU's, batch.picture_bytes */
} run_shape;
myr_status run_shape_choose(const myr_run_description *description, const record_layout *layout, run_shape *shape,
                            myr_error *error);

/* Of a mixed run, Bullet's batch beside the cpu's of this shape: as many worlds. */
myr_batch_description run_bullet_batch(const run_shape *shape);

#endif
