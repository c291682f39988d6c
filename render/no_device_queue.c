/* The queues of a build without CUDA: there are none, so only the first two functions below are ever called. */
#include "render/device_queue.h"

myr_status device_queues_measure(const myr_renderer *renderer, size_t *device_bytes, size_t *host_bytes,
                                 myr_error *error) {
  (void)renderer, (void)device_bytes, (void)host_bytes;
  return myr_fail(error, MYR_UNAVAILABLE, "this build draws on the cpu only");
}
myr_status device_queues_create(const myr_renderer *renderer, device_queues **queues, myr_error *error) {
  (void)renderer, (void)queues;
  return myr_fail(error, MYR_UNAVAILABLE, "this build draws on the cpu only");
}
void device_queues_destroy(device_queues *queues) { (void)queues; }
void device_queue_moved(device_queues *queues, int thread) { (void)queues, (void)thread; }
bool device_queue_add(device_queues *queues, myr_renderer *renderer, int thread, int camera, const myr_view *view,
                      myr_image *image) {
  (void)queues, (void)renderer, (void)thread, (void)camera, (void)view, (void)image;
  return false;
}
myr_status device_queue_collect(device_queues *queues, const myr_renderer *renderer, int thread, myr_error *error) {
  (void)queues, (void)renderer, (void)thread;
  return myr_fail(error, MYR_UNAVAILABLE, "this build draws on the cpu only");
}
