/* Floor 1, public: the rasterizer on a GPU. It draws the same pictures as myr_raster.draw, bit for bit; a warp draws a
 * view.
 *
 * A queue collects frames and views, and draws them all with one copy to the device, one launch and one copy back.
 * Queues are independent: each belongs to one thread at a time.
 *
 *   frame = myr_raster_queue_frame(device, queue, &frame_of_a_world);
 *   myr_raster_queue_view(device, queue, frame, &view, &wanted, &images);   ... more views, more frames
 *   myr_raster_queue_draw(device, queue, &error);                           now `images` are filled
 *
 * Compiled in only where nvcc is found. */
#ifndef MYR_RASTER_DEVICE_H
#define MYR_RASTER_DEVICE_H

#include <stdbool.h>

#include "kernels/gpu.h"
#include "kernels/raster.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct myr_raster_device myr_raster_device;

typedef struct myr_raster_device_description {
  const myr_texture *textures; /* those that frames refer to; create copies them */
  const myr_mesh *meshes;
  int texture_count, mesh_count;
  int drawables, lights, instances; /* of a frame, at most */
  int queues;
  int views;          /* of a queue, at most */
  size_t frame_bytes; /* memory of a queue for frames and tables of beams: see myr_raster_frame_bytes */
  size_t image_bytes; /* memory of a queue for images: see myr_raster_image_bytes */
} myr_raster_device_description;

/* The bytes of a queue's memory that one frame, or the images of one view, take. In wanted, any pointer that is not
 * NULL requests an output. */
size_t myr_raster_frame_bytes(const myr_frame *frame);
size_t myr_raster_image_bytes(const myr_view *view, int instances, const myr_outputs *wanted);

/* Bytes that create will allocate on the device. */
size_t myr_raster_device_bytes(const myr_raster_device_description *description, const myr_device_info *info);

/* MYR_INVALID: more drawables than the kernels are compiled for. MYR_ERROR: the device refuses the memory. */
myr_status myr_raster_device_create(const myr_raster_device_description *description, const myr_device_info *info,
                                    myr_raster_device **device, myr_error *error);
void myr_raster_device_destroy(myr_raster_device *device);

/* Copies a frame into the queue and returns its number, or -1 when the queue is full. The textures and meshes are the
 * description's. The first frame after a draw empties the queue and so discards its images. */
int myr_raster_queue_frame(myr_raster_device *device, int queue, const myr_frame *frame);
/* Adds a view of a frame. images: receives the places where the host will find the requested outputs. False: the queue
 * is full. */
bool myr_raster_queue_view(myr_raster_device *device, int queue, int frame, const myr_view *view,
                           const myr_outputs *wanted, myr_outputs *images);
/* Adds a window (view->column_count) of another frame into the images of the view that was added last, which was a window
 * too. The windows of a view must not overlap. False: the queue is full. */
bool myr_raster_queue_window(myr_raster_device *device, int queue, int frame, const myr_view *view);
/* Draws the queue's views and returns when the images are on the host. MYR_STOPPED: the device failed. */
myr_status myr_raster_queue_draw(myr_raster_device *device, int queue, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
