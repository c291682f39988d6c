/* myriad view of a scene or a model: draws the pictures of an episode at one of its steps. */
#include <stdlib.h>

#include "kernels/model.h"
#include "view_scene.h"

/* Returns the images that the series need, as bits of MYR_OUTPUT_BIT. */
static unsigned needed_images(const view_source *source) {
  unsigned needed = 0;
  for (int i = 0; i < source->series_count; i++) {
    needed |= 1u << image_of_output(source->series[i].output);
    if (source->series[i].output == MYR_OUTPUT_keypoints) needed |= MYR_OUTPUT_BIT(depth) | MYR_OUTPUT_BIT(part);
  }
  return needed;
}

myr_status allocate_planes(scene_view *view, myr_error *error) {
  const myr_look_info *info = myr_look_describe(view->look);
  size_t pixels = 0;
  for (int i = 0; i < view->source.series_count; i++) {
    size_t own = (size_t)view->source.series[i].width * (size_t)view->source.series[i].height;
    if (own > pixels) pixels = own;
  }
  unsigned needed = needed_images(&view->source) & ~MYR_OUTPUT_BIT(rgb);
  bool good = true;
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) {
    if (!(needed >> i & 1)) continue;
    myr_outputs_want(&view->planes, i, malloc(pixels * myr_output_infos[i].pixel_bytes));
    good = good && myr_outputs_plane(&view->planes, i);
  }
  view->planes.instances = calloc((size_t)info->instance_count + 1, sizeof *view->planes.instances);
  view->keypoints = calloc((size_t)info->keypoint_count * MYR_KEYPOINT + 1, sizeof *view->keypoints);
  if (good && view->planes.instances && view->keypoints) return MYR_OK;
  return myr_fail(error, MYR_ERROR, "too little memory for a frame of %zu pixels", pixels);
}

void free_planes(scene_view *view) {
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) free(myr_outputs_plane(&view->planes, i));
  free(view->planes.instances);
  free(view->keypoints);
}

/* Copies the address of an output's plane into the image, so that the renderer fills the plane. */
static void want(myr_image *image, const myr_outputs *planes, int output) {
  myr_outputs_want(&image->pixels, output, myr_outputs_plane(planes, output));
}

/* Returns the image that the renderer must fill for an output. */
static myr_image wanted_image(const scene_view *view, int output, myr_bitmap *picture) {
  myr_image image = {0};
  if (image_of_output(output) == MYR_OUTPUT_rgb)
    image.pixels.rgb = picture->pixels;
  else
    want(&image, &view->planes, output);
  if (output == MYR_OUTPUT_boxes) image.pixels.instances = view->planes.instances;
  if (output == MYR_OUTPUT_keypoints) { /* depth and part decide which are hidden, even if they are not recorded */
    image.keypoints = view->keypoints;
    want(&image, &view->planes, MYR_OUTPUT_depth);
    want(&image, &view->planes, MYR_OUTPUT_part);
  }
  return image;
}

/* Draws the world that was placed before. On a GPU, image->pixels then points to memory that the renderer owns. */
static myr_status draw_placed(const scene_view *view, int camera, myr_image *image, myr_error *error) {
  if (!myr_renderer_submit(view->renderer, 0, camera, image))
    return myr_fail(error, MYR_ERROR, "a picture of camera %s is too large for a GPU", camera_of(view, camera)->name);
  return myr_renderer_collect(view->renderer, 0, error);
}

static void mark_instances(const scene_view *view, const myr_instance_view *instances, myr_bitmap *picture) {
  int count = myr_look_describe(view->look)->instance_count;
  for (int i = 1; i <= count; i++) {
    uint8_t color[3];
    myr_color_of_id(i, color);
    myr_mark_box(picture, instances[i].loose, true, color);
    myr_mark_box(picture, instances[i].tight, false, color);
  }
}

myr_status draw_scene_view(view_source *source, int series, int step, myr_bitmap *picture, char note[NOTE_BYTES],
                           myr_error *error) {
  scene_view *view = (scene_view *)source;
  int world = view->series_world[series], camera = view->series_camera[series];
  const trajectory *trajectory = &view->trajectories[world];
  int every = camera_of(view, camera)->every;
  int last = trajectory->steps - 1, frame = (step < last ? step : last) / every * every;
  int next = frame + every < trajectory->steps ? frame + every : trajectory->steps;
  const myr_world_look *look = (const myr_world_look *)(view->world_looks + (size_t)world * view->world_look_bytes);
  int output = source->series[series].output;
  myr_image image = wanted_image(view, output, picture);
  myr_renderer_pose(view->renderer, 0, look, &trajectory->states[frame], &trajectory->states[next]);
  aim_own_camera(view, world, frame, next);
  myr_status status = draw_placed(view, camera, &image, error);
  if (status) return status;
  const void *label = myr_outputs_plane(&image.pixels, image_of_output(output));
  note[0] = 0;
  if (label != picture->pixels) color_view_output(output, label, &view->limits[series], picture, note);
  source->label = image.pixels.rgb ? picture->pixels : label;
  if (output == MYR_OUTPUT_boxes) mark_instances(view, image.pixels.instances, picture);
  if (output == MYR_OUTPUT_keypoints)
    mark_keypoints(view->keypoints, myr_look_describe(view->look)->keypoint_count, picture);
  return MYR_OK;
}
