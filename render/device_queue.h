/* Pictures drawn on a GPU: the views of one thread wait in a queue and are drawn together. See render.h, submit and
 * collect. */
#ifndef MYR_RENDER_DEVICE_QUEUE_H
#define MYR_RENDER_DEVICE_QUEUE_H

#include "render/renderer.h"

/* Memory that the queues of a renderer take on a GPU, and on the host. MYR_ERROR: more than the GPU has free.
 * MYR_UNAVAILABLE: no GPU, or none in this build. */
myr_status device_queues_measure(const myr_renderer *renderer, size_t *device_bytes, size_t *host_bytes,
                                 myr_error *error);
myr_status device_queues_create(const myr_renderer *renderer, device_queues **queues, myr_error *error);
void device_queues_destroy(device_queues *queues);

/* Tells the queue that the thread's frame changes: the next views belong to another frame. */
void device_queue_moved(device_queues *queues, int thread);
/* Adds a view of the placed world; image->pixels says which outputs are requested. False: collect first. */
bool device_queue_add(device_queues *queues, myr_renderer *renderer, int thread, int camera, const myr_view *view,
                      myr_image *image);
myr_status device_queue_collect(device_queues *queues, const myr_renderer *renderer, int thread, myr_error *error);

#endif
