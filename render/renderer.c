/* Makes images of placed worlds (place.c) through the rasterizer. */
#include "render/renderer.h"
#include "kernels/memory.h"
#include "kernels/model.h"

#include <stdlib.h>
#include <string.h>

#include "render/device_queue.h"
#include "render/free_camera.h"
#include "render/rigid.h"
#include "render/scene_origin.h"

/* ------------------------------------------------------------------------------------------------ creation */

/* Pixels of the largest camera that has keypoints. */
static size_t keypoint_pixels(const myr_renderer *renderer) {
  size_t most = 0;
  for (int i = 0; i < renderer->look->info.camera_count; i++) {
    size_t pixels = (size_t)renderer->views[i].width * (size_t)renderer->views[i].height;
    if ((renderer->look->info.cameras[i].outputs & MYR_OUTPUT_BIT(keypoints)) && pixels > most) most = pixels;
  }
  return most;
}

/* Bytes of one thread's memory: the placed world, and the rasterizer's scratch. */
typedef struct thread_parts {
  size_t drawables, surfaces, lights, cameras, keypoints, turns, hidden, scan, moves, positions, scratch;
} thread_parts;

static int camera_count(const myr_renderer *renderer) {
  return renderer->look->info.camera_count + renderer->free_camera;
}

static size_t measure_thread(const myr_renderer *renderer, thread_parts *p) {
  const myr_look_info *info = &renderer->look->info;
  p->drawables = myr_whole_cache_lines((size_t)info->visual_count * sizeof(myr_drawable));
  p->surfaces = myr_whole_cache_lines((size_t)info->visual_count * sizeof(myr_surface));
  p->lights = myr_whole_cache_lines((size_t)info->light_count * sizeof(myr_light));
  p->cameras = myr_whole_cache_lines((size_t)camera_count(renderer) * sizeof(camera_poses));
  p->keypoints = myr_whole_cache_lines((size_t)info->keypoint_count * 3 * sizeof(float));
  p->turns = myr_whole_cache_lines((size_t)renderer->look->model->nbody * 9 * sizeof(float));
  p->hidden = myr_whole_cache_lines(keypoint_pixels(renderer) * sizeof(float));
  p->scan = myr_whole_cache_lines((size_t)renderer->look->model->nbody * 7 * sizeof(float));
  p->moves = myr_whole_cache_lines((size_t)renderer->look->model->nbody * sizeof(bool));
  p->positions = myr_whole_cache_lines((size_t)renderer->look->model->nbody * 6 * sizeof(float));
  p->scratch = myr_whole_cache_lines(
      renderer->raster->scratch_bytes(info->visual_count, info->light_count, info->instance_count));
  return p->drawables + p->surfaces + p->lights + p->cameras + p->keypoints + 2 * p->turns + 2 * p->hidden + p->scan +
         p->moves + p->positions + p->scratch;
}

/* Places a thread's arrays in one block of memory. */
static myr_status create_thread(myr_renderer *renderer, renderer_thread *thread, myr_error *error) {
  thread_parts p;
  size_t bytes = measure_thread(renderer, &p);
  char *block = thread->block = aligned_alloc(64, bytes);
  if (!block) return myr_fail(error, MYR_ERROR, "out of memory: a renderer asked for %zu bytes", bytes);
  memset(block, 0, bytes);
  thread->drawables = (myr_drawable *)block, block += p.drawables;
  thread->surfaces = (myr_surface *)block, block += p.surfaces;
  thread->lights = (myr_light *)block, block += p.lights;
  thread->cameras = (camera_poses *)block, block += p.cameras;
  thread->keypoints = (float *)block, block += p.keypoints;
  thread->turns = (float *)block, block += p.turns;
  thread->next_turns = (float *)block, block += p.turns;
  thread->depth = (float *)block, block += p.hidden;
  thread->part = (int32_t *)block, block += p.hidden;
  thread->scan_poses = (float *)block, block += p.scan;
  thread->moves = (bool *)block, block += p.moves;
  thread->positions = (float *)block, block += p.positions;
  thread->scratch = block;
  return MYR_OK;
}

static myr_status check(const myr_renderer_description *d, myr_error *error) {
  if (d->width < 0 || d->height < 0 || d->width > MYR_VIEW_LIMIT || d->height > MYR_VIEW_LIMIT ||
      (d->width == 0) != (d->height == 0))
    return myr_fail(error, MYR_INVALID, "images of %d x %d pixels; choose 1 to %d in each direction", d->width,
                    d->height, MYR_VIEW_LIMIT);
  if (d->samples != 0 && d->samples != 1 && d->samples != 4 && d->samples != 16)
    return myr_fail(error, MYR_INVALID, "%d samples; choose 1, 4 or 16", d->samples);
  if (d->threads < 0) return myr_fail(error, MYR_INVALID, "%d threads; choose 1 or more", d->threads);
  return MYR_OK;
}

/* A camera's view with the description's changes. A stated focal length keeps its angle over the height. */
static myr_view changed_view(const myr_view *view, const myr_renderer_description *d) {
  myr_view changed = *view;
  if (d->plain || d->matt) changed.highlights = 0;
  if (d->plain) changed.shadows = changed.patterns = 0;
  if (view->projection == MYR_BEAMS) return changed;
  if (d->samples) changed.samples = d->samples;
  if (d->width == 0) return changed;
  float scale = (float)d->height / (float)view->height;
  changed.width = d->width, changed.height = d->height;
  for (int k = 0; k < 2; k++) changed.focal[k] = view->focal[k] * scale;
  changed.center[0] = 0.5f * (float)d->width + (view->center[0] - 0.5f * (float)view->width) * scale;
  changed.center[1] = view->center[1] * scale;
  return changed;
}

static bool draws_on_device(const myr_renderer_description *description) {
  const myr_engine_traits *traits = description->engine ? myr_engine_traits_of(description->engine) : NULL;
  return traits && traits->on_device;
}

myr_status myr_renderer_create(const myr_renderer_description *description, myr_renderer **renderer, myr_error *error) {
  const myr_raster *raster;
  const myr_look *look = description->look;
  *renderer = NULL;
  myr_status status = check(description, error);
  if (!status) status = myr_raster_find(description->lanes, &raster, error);
  if (status) return status;
  int count = description->threads > 0 ? description->threads : 1;
  myr_renderer *made = calloc(1, sizeof *made + (size_t)count * sizeof made->threads[0]);
  if (made) made->views = calloc((size_t)look->info.camera_count + 1, sizeof *made->views);
  if (!made || !made->views) {
    free(made);
    return myr_fail(error, MYR_ERROR, "out of memory");
  }
  made->look = look;
  made->raster = raster;
  made->thread_count = count;
  made->free_camera = description->free_camera;
  for (int i = 0; i < look->info.camera_count; i++) made->views[i] = changed_view(&look->cameras[i].view, description);
  if (made->free_camera) made->views[look->info.camera_count] = changed_view(&free_camera_view, description);
  for (int i = 0; i < count && !status; i++) status = create_thread(made, &made->threads[i], error);
  if (!status && draws_on_device(description)) status = device_queues_create(made, &made->device, error);
  if (status) {
    myr_renderer_destroy(made);
    return status;
  }
  *renderer = made;
  return MYR_OK;
}

void myr_renderer_destroy(myr_renderer *renderer) {
  if (!renderer) return;
  device_queues_destroy(renderer->device);
  for (int i = 0; i < renderer->thread_count; i++) free(renderer->threads[i].block);
  free(renderer->views);
  free(renderer);
}

const myr_raster *myr_renderer_raster(const myr_renderer *renderer) { return renderer->raster; }

static size_t thread_bytes(const myr_renderer *renderer) {
  thread_parts parts;
  return measure_thread(renderer, &parts);
}

myr_status myr_renderer_measure(const myr_renderer_description *description, size_t *device_bytes, size_t *host_bytes,
                                myr_error *error) {
  myr_renderer *renderer;
  myr_renderer_description on_cpu = *description;
  on_cpu.engine = NULL;
  *device_bytes = *host_bytes = 0;
  myr_status status = myr_renderer_create(&on_cpu, &renderer, error);
  if (status) return status;
  if (draws_on_device(description)) status = device_queues_measure(renderer, device_bytes, host_bytes, error);
  *host_bytes += thread_bytes(renderer) * (size_t)renderer->thread_count;
  myr_renderer_destroy(renderer);
  return status;
}

bool myr_renderer_waits(const myr_renderer *renderer) { return renderer->device != NULL; }

void myr_renderer_size(const myr_renderer *renderer, int camera, int *width, int *height) {
  *width = renderer->views[camera].width;
  *height = renderer->views[camera].height;
}

/* ------------------------------------------------------------------------------------------------ drawing */
/* The focal length that spans an angle over the image's height: a pinhole's by its tangent, a fisheye's by the
 * angle. */
static float focal_length(int projection, int height, double fov) {
  if (projection == MYR_FISHEYE) return (float)(height / fov);
  return (float)(0.5 * height * portable_cos(0.5 * fov) / portable_sin(0.5 * fov));
}

void build_view(const myr_view *unplaced, const camera_poses *poses, myr_view *view) {
  *view = *unplaced;
  memcpy(view->position, poses->now.position, sizeof view->position);
  memcpy(view->rotation, poses->now.rotation, sizeof view->rotation);
  memcpy(view->next_position, poses->next.position, sizeof view->next_position);
  memcpy(view->next_rotation, poses->next.rotation, sizeof view->next_rotation);
  if (poses->distance > 0) free_camera_limits(poses->distance, view);
  if (view->focal[1] > 0 || view->projection == MYR_BEAMS) return;
  view->focal[0] = view->focal[1] = focal_length(view->projection, view->height, poses->fov);
}

/* The camera's view of the world, placed from the camera's origin; a headlight turns with it. */
static void turn_to_camera(myr_renderer *renderer, int thread_index, int camera, myr_view *view) {
  renderer_thread *thread = &renderer->threads[thread_index];
  if (!scene_origins_are_equal(thread->cameras[camera].origin, thread->origin)) {
    place_scene(renderer, thread, thread->cameras[camera].origin);
    if (renderer->device) device_queue_moved(renderer->device, thread_index);
  }
  build_view(&renderer->views[camera], &thread->cameras[camera], view);
  if (thread->headlight >= 0)
    for (int k = 0; k < 3; k++) thread->lights[thread->headlight].direction[k] = view->rotation[3 * k + 2];
}

static void tell_camera(const renderer_thread *thread, const myr_view *view, const myr_image *image) {
  if (image->pose) {
    float quaternion[4];
    quaternion_of_rotation(view->rotation, quaternion);
    for (int k = 0; k < 3; k++) image->pose[k] = (double)view->position[k] + thread->origin[k];
    for (int k = 0; k < 4; k++) image->pose[3 + k] = (double)quaternion[(k + 1) % 4]; /* x y z w */
  }
  if (image->intrinsics)
    for (int k = 0; k < 2; k++) image->intrinsics[k] = view->focal[k], image->intrinsics[2 + k] = view->center[k];
}

/* Draws a scan column by column. */
static void draw_scan(myr_renderer *renderer, renderer_thread *thread, int camera, const myr_outputs *pixels,
                      myr_raster_profile *profile) {
  for (int column = 0; column < renderer->views[camera].width; column++) {
    myr_view window;
    scan_place(renderer, thread, camera, column, &window);
    renderer->raster->draw(&thread->frame, &window, pixels, thread->scratch, profile);
  }
  scan_end(renderer, thread);
}

void myr_renderer_draw(myr_renderer *renderer, int thread_index, int camera, const myr_image *image,
                       myr_raster_profile *profile) {
  renderer_thread *thread = &renderer->threads[thread_index];
  myr_view view;
  turn_to_camera(renderer, thread_index, camera, &view);
  if (scan_begin(renderer, thread, camera)) {
    draw_scan(renderer, thread, camera, &image->pixels, profile);
    tell_camera(thread, &view, image);
    return;
  }
  myr_image drawn = *image;
  if (image->keypoints && !drawn.pixels.depth) drawn.pixels.depth = thread->depth;
  if (image->keypoints && !drawn.pixels.part) drawn.pixels.part = thread->part;
  renderer->raster->draw(&thread->frame, &view, &drawn.pixels, thread->scratch, profile);
  if (image->keypoints) project_keypoints(renderer, thread->keypoints, &view, &drawn);
  tell_camera(thread, &view, image);
}

bool myr_renderer_submit(myr_renderer *renderer, int thread_index, int camera, myr_image *image) {
  if (!renderer->device) {
    myr_renderer_draw(renderer, thread_index, camera, image, NULL);
    return true;
  }
  myr_view view;
  turn_to_camera(renderer, thread_index, camera, &view);
  if (renderer->threads[thread_index].headlight >= 0) device_queue_moved(renderer->device, thread_index);
  tell_camera(&renderer->threads[thread_index], &view, image);
  return device_queue_add(renderer->device, renderer, thread_index, camera, &view, image);
}

myr_status myr_renderer_collect(myr_renderer *renderer, int thread, myr_error *error) {
  return renderer->device ? device_queue_collect(renderer->device, renderer, thread, error) : MYR_OK;
}
