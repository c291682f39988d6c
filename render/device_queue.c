#include "render/device_queue.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/raster_device.h"

/* The limits of a thread's waiting pictures. More views make a larger launch, but the drawn pictures must fit the
 * caches of the thread that compresses them. */
enum { IMAGE_BYTES = 96 << 20, MOST_VIEWS = 4096 };

/* A view whose picture is not ready yet. */
typedef struct waiting_view {
  myr_image *image; /* the caller's */
  myr_outputs drawn;
  myr_view view;
  float *keypoints; /* (keypoint_count, 3) in the world at that time; NULL: not requested */
} waiting_view;

typedef struct device_queue {
  waiting_view *waiting; /* (MOST_VIEWS) */
  int count, frame;      /* frame: the number of the placed frame in the queue; -1: it is not in the queue */
  float *keypoints;      /* (MOST_VIEWS, keypoint_count, 3); NULL: there are none */
} device_queue;

struct device_queues {
  myr_raster_device *device;
  int threads;
  device_queue queue[];
};

/* Memory of all views of one world, if every described output and colour is requested. */
static size_t world_bytes(const myr_renderer *renderer) {
  const myr_look_info *info = &renderer->look->info;
  size_t bytes = 0;
  char some;
  for (int i = 0; i < info->camera_count + renderer->free_camera; i++) {
    const myr_camera_info *camera = i < info->camera_count ? &info->cameras[i] : &myr_free_camera_info;
    unsigned outputs = camera->outputs | MYR_OUTPUT_BIT(rgb) | MYR_OUTPUT_BIT(depth) | MYR_OUTPUT_BIT(part);
    myr_outputs wanted = {0};
    for (int k = 0; k < MYR_OUTPUT_COUNT; k++) myr_outputs_want(&wanted, k, outputs >> k & 1 ? &some : NULL);
    if (outputs & MYR_OUTPUT_BIT(boxes)) wanted.instances = (void *)&some;
    bytes += myr_raster_image_bytes(&renderer->views[i], info->instance_count, &wanted);
  }
  return bytes;
}

/* Memory of a frame with every visual shown, and of the tables of its beams. */
static size_t frame_bytes(const myr_renderer *renderer) {
  enum { LINES = 16 * 256 }; /* the bytes that rounding adds */
  const myr_look_info *info = &renderer->look->info;
  size_t bytes = LINES + (size_t)info->visual_count * (sizeof(myr_drawable) + sizeof(myr_surface)) +
                 (size_t)info->light_count * sizeof(myr_light) + sizeof(myr_environment);
  for (int i = 0; i < info->camera_count; i++)
    if (renderer->views[i].projection == MYR_BEAMS)
      bytes += 512 + ((size_t)renderer->views[i].width + (size_t)renderer->views[i].height) * 2 * sizeof(float);
  return bytes;
}

/* The most frames that one scan needs beside the others: one for each of its columns. */
static size_t scan_frames(const myr_renderer *renderer) {
  const myr_look_info *info = &renderer->look->info;
  int most = 0;
  for (int i = 0; i < info->camera_count; i++)
    if (info->cameras[i].column_time && info->cameras[i].width > most) most = info->cameras[i].width;
  return (size_t)most;
}

static myr_raster_device_description describe(const myr_renderer *renderer) {
  const myr_look *look = renderer->look;
  const myr_look_info *info = &look->info;
  const size_t columns = scan_frames(renderer);
  size_t world = world_bytes(renderer), images = world > IMAGE_BYTES ? world : IMAGE_BYTES;
  size_t worlds = images / (world ? world : 1), cameras = (size_t)(info->camera_count ? info->camera_count : 1);
  if (worlds > MOST_VIEWS / cameras + 1) worlds = MOST_VIEWS / cameras + 1;
  return (myr_raster_device_description){.textures = look->bitmaps,
                                         .meshes = look->meshes,
                                         .texture_count = look->bitmap_count,
                                         .mesh_count = look->mesh_count,
                                         .drawables = info->visual_count,
                                         .lights = info->light_count,
                                         .instances = info->instance_count,
                                         .queues = renderer->thread_count,
                                         .views = MOST_VIEWS + (int)columns,
                                         /* with a headlight every view needs a frame of its own */
                                         .frame_bytes = frame_bytes(renderer) * ((worlds + 1) * cameras + columns),
                                         .image_bytes = images};
}

myr_status device_queues_measure(const myr_renderer *renderer, size_t *device_bytes, size_t *host_bytes,
                                 myr_error *error) {
  myr_device_info device;
  myr_status status = myr_device_find(&device, error);
  if (status) return status;
  const myr_raster_device_description d = describe(renderer);
  *device_bytes = myr_raster_device_bytes(&d, &device);
  *host_bytes = (size_t)d.queues * (d.frame_bytes + d.image_bytes);
  if (myr_device_memory_for(*device_bytes) <= device.free_memory) return MYR_OK;
  return myr_fail(error, MYR_ERROR,
                  "pictures need %.2f GB on %s, which has %.2f GB free: smaller textures or images, or fewer threads",
                  (double)*device_bytes / 1e9, device.name, (double)device.free_memory / 1e9);
}

static myr_status create_device(const myr_renderer *renderer, device_queues *queues, myr_error *error) {
  myr_device_info device;
  size_t device_bytes, host_bytes;
  myr_status status = device_queues_measure(renderer, &device_bytes, &host_bytes, error);
  if (!status) status = myr_device_find(&device, error);
  const myr_raster_device_description description = describe(renderer);
  return status ? status : myr_raster_device_create(&description, &device, &queues->device, error);
}

static bool create_queue(const myr_renderer *renderer, device_queue *queue) {
  size_t keypoints = (size_t)renderer->look->info.keypoint_count;
  queue->frame = -1;
  queue->waiting = calloc(MOST_VIEWS, sizeof *queue->waiting);
  if (keypoints) queue->keypoints = calloc((size_t)MOST_VIEWS * keypoints, 3 * sizeof(float));
  return queue->waiting && (queue->keypoints || !keypoints);
}

myr_status device_queues_create(const myr_renderer *renderer, device_queues **out, myr_error *error) {
  device_queues *queues = calloc(1, sizeof *queues + (size_t)renderer->thread_count * sizeof queues->queue[0]);
  bool good = queues != NULL;
  if (queues) queues->threads = renderer->thread_count;
  for (int i = 0; good && i < queues->threads; i++) good = create_queue(renderer, &queues->queue[i]);
  myr_status status = good ? create_device(renderer, queues, error)
                           : myr_fail(error, MYR_ERROR, "out of memory for pictures that wait");
  if (status) {
    device_queues_destroy(queues);
    return status;
  }
  *out = queues;
  return MYR_OK;
}

void device_queues_destroy(device_queues *queues) {
  if (!queues) return;
  for (int i = 0; i < queues->threads; i++) {
    free(queues->queue[i].waiting);
    free(queues->queue[i].keypoints);
  }
  myr_raster_device_destroy(queues->device);
  free(queues);
}

void device_queue_moved(device_queues *queues, int thread) { queues->queue[thread].frame = -1; }

/* Adds a scan whose columns are taken one after the other: a window of a frame of its own for each. False: the queue is
 * full, and what was added of the scan is drawn in vain. */
static bool add_scan(device_queues *queues, myr_renderer *renderer, int thread, int camera, const myr_outputs *wanted,
                     myr_outputs *drawn) {
  renderer_thread *placed = &renderer->threads[thread];
  bool added = true;
  for (int column = 0; added && column < renderer->views[camera].width; column++) {
    myr_view window;
    scan_place(renderer, placed, camera, column, &window);
    int frame = myr_raster_queue_frame(queues->device, thread, &placed->frame);
    if (frame < 0)
      added = false;
    else
      added = column ? myr_raster_queue_window(queues->device, thread, frame, &window)
                     : myr_raster_queue_view(queues->device, thread, frame, &window, wanted, drawn);
  }
  scan_end(renderer, placed);
  return added;
}

bool device_queue_add(device_queues *queues, myr_renderer *renderer, int thread, int camera, const myr_view *view,
                      myr_image *image) {
  device_queue *queue = &queues->queue[thread];
  renderer_thread *placed = &renderer->threads[thread];
  if (queue->count == MOST_VIEWS) return false;
  waiting_view *waiting = &queue->waiting[queue->count];
  myr_outputs wanted = image->pixels;
  if (image->keypoints && !wanted.depth) wanted.depth = placed->depth; /* any pointer */
  if (image->keypoints && !wanted.part) wanted.part = placed->part;
  if (scan_begin(renderer, placed, camera)) {
    if (!add_scan(queues, renderer, thread, camera, &wanted, &waiting->drawn)) return false;
  } else {
    if (queue->frame < 0) queue->frame = myr_raster_queue_frame(queues->device, thread, &placed->frame);
    if (queue->frame < 0) return false;
    if (!myr_raster_queue_view(queues->device, thread, queue->frame, view, &wanted, &waiting->drawn)) return false;
  }
  waiting->image = image;
  waiting->view = *view;
  waiting->keypoints = NULL;
  if (image->keypoints) {
    size_t values = 3 * (size_t)renderer->look->info.keypoint_count;
    waiting->keypoints = queue->keypoints + values * (size_t)queue->count;
    memcpy(waiting->keypoints, placed->keypoints, values * sizeof(float));
  }
  queue->count++;
  return true;
}

myr_status device_queue_collect(device_queues *queues, const myr_renderer *renderer, int thread, myr_error *error) {
  device_queue *queue = &queues->queue[thread];
  myr_status status = myr_raster_queue_draw(queues->device, thread, error);
  for (int i = 0; i < queue->count && !status; i++) {
    waiting_view *waiting = &queue->waiting[i];
    myr_image drawn = *waiting->image;
    drawn.pixels = waiting->drawn;
    if (waiting->keypoints) project_keypoints(renderer, waiting->keypoints, &waiting->view, &drawn);
    waiting->image->pixels = waiting->drawn;
  }
  queue->count = 0;
  queue->frame = -1;
  return status;
}
