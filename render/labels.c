/* Labels that are not pixels: keypoints in the image, boxes in space. */
#include <string.h>

#include "kernels/model.h"
#include "render/renderer.h"
#include "render/rigid.h"
#include "render/scene_origin.h"

/* ------------------------------------------------------------------------------------------------ keypoints */
/* Pixel coordinates and depth of a point in the world; false where the camera has none. */
static bool project(const myr_view *view, const float point[3], float pixel[2], float *depth) {
  float offset[3], p[3];
  for (int k = 0; k < 3; k++) offset[k] = point[k] - view->position[k];
  rotate_back(view->rotation, offset, p);
  float scale;
  if (view->projection == MYR_PINHOLE) {
    if (!(p[2] > 0)) return false;
    *depth = p[2];
    scale = 1 / p[2];
  } else {
    float across = (float)portable_sqrt(p[0] * p[0] + p[1] * p[1]);
    *depth = length(p);
    if (!(*depth > 0)) return false;
    scale = across > 0 ? (float)portable_atan2(across, p[2]) / across : 0;
  }
  for (int k = 0; k < 2; k++) pixel[k] = view->focal[k] * p[k] * scale + view->center[k];
  return *depth >= view->near_limit && *depth <= view->far_limit;
}

void project_keypoints(const myr_renderer *renderer, const float *keypoints, const myr_view *view,
                       const myr_image *image) {
  const myr_look_info *info = &renderer->look->info;
  memset(image->keypoints, 0, (size_t)info->keypoint_count * MYR_KEYPOINT * sizeof(float));
  if (view->projection == MYR_BEAMS) return;
  for (int i = 0; i < info->keypoint_count; i++) {
    float *out = image->keypoints + MYR_KEYPOINT * i, depth;
    if (!project(view, keypoints + 3 * i, out, &depth)) {
      out[0] = out[1] = 0;
      continue;
    }
    bool inside = out[0] >= 0 && out[1] >= 0 && out[0] < (float)view->width && out[1] < (float)view->height;
    if (!inside) continue;
    size_t pixel = (size_t)out[1] * (size_t)view->width + (size_t)out[0];
    float seen = image->pixels.depth[pixel];
    bool own = image->pixels.part[pixel] == info->keypoint_body[i] && info->keypoint_body[i] > 0;
    out[2] = own || seen == 0 || seen >= depth ? 2 : 1;
  }
}

/* ------------------------------------------------------------------------------------------------ boxes */
static float absolute(float x) { return x < 0 ? -x : x; }

static float across(const float size[3], const float row[3]) { /* half extent of an ellipsoid */
  float sum = 0;
  for (int k = 0; k < 3; k++) sum += size[k] * row[k] * size[k] * row[k];
  return (float)portable_sqrt(sum);
}

/* Half the extent of a shape along an axis; row: the axis in the shape's frame. */
static float half_extent(int shape, const float size[3], const float row[3]) {
  float tilt = 1 - row[2] * row[2];
  switch (shape) {
  case MYR_GEOM_SPHERE: return size[0];
  case MYR_GEOM_CAPSULE: return size[0] + absolute(row[2]) * size[1];
  case MYR_GEOM_ELLIPSOID: return across(size, row);
  case MYR_GEOM_CYLINDER: return absolute(row[2]) * size[1] + size[0] * (float)portable_sqrt(tilt > 0 ? tilt : 0);
  case MYR_GEOM_PLANE: return absolute(row[0]) * size[0] + absolute(row[1]) * size[1];
  default: return absolute(row[0]) * size[0] + absolute(row[1]) * size[1] + absolute(row[2]) * size[2]; /* a box */
  }
}

/* The interval that a drawable covers along an axis in the world, from the origin of the box's frame. */
static void interval(const myr_look *look, const myr_drawable *d, const float axis[3], const float origin[3],
                     float *low, float *high) {
  float row[3], offset[3], size[3];
  rotate_back(d->rotation, axis, row);
  for (int k = 0; k < 3; k++) offset[k] = d->position[k] - origin[k], size[k] = d->size[k];
  float center = dot(offset, axis);
  int shape = d->shape;
  if (shape == MYR_SHAPE_MESH) {
    const float *box = look->mesh_boxes[d->mesh]; /* center, half extents */
    center += dot(box, row);
    memcpy(size, box + 3, sizeof size);
    shape = MYR_GEOM_BOX;
  }
  float half = half_extent(shape, size, row);
  if (center - half < *low) *low = center - half;
  if (center + half > *high) *high = center + half;
}

void myr_renderer_bounds(const myr_renderer *renderer, int thread_index, int root, float low[3], float high[3]) {
  static const float axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  const renderer_thread *thread = &renderer->threads[thread_index];
  float origin[3]; /* of the world, in the frame that drawables are placed in */
  for (int k = 0; k < 3; k++) origin[k] = (float)-thread->origin[k];
  const int *body_root = renderer->look->model->body_root;
  for (int i = 0; i < thread->frame.drawable_count; i++) {
    const myr_drawable *d = &thread->drawables[i];
    if (d->shape == MYR_GEOM_PLANE || (root && body_root[d->part] != root)) continue;
    for (int k = 0; k < 3; k++) interval(renderer->look, d, axes[k], origin, &low[k], &high[k]);
  }
}

static void instance_box(const myr_renderer *renderer, const renderer_thread *thread, int instance, double *box) {
  const myr_look *look = renderer->look;
  const float *pose = thread->instance_poses + 7 * instance;
  float turn[9], quaternion[4], origin[3], low[3], high[3], offset[3];
  bool found = false;
  memcpy(origin, pose, sizeof origin);
  memcpy(quaternion, pose + 3, sizeof quaternion);
  rotation_of_quaternion(quaternion, turn);
  for (int i = 0; i < thread->frame.drawable_count; i++) {
    const myr_drawable *d = &thread->drawables[i];
    if (d->instance != instance) continue;
    const bool is_prop = look->instance_body[instance] < 0;
    /* The root of a model with fixed geoms is the world, from which far things have rounded ways. */
    if (!found && (is_prop || !scene_origin_is_world(thread->origin))) memcpy(origin, d->position, sizeof origin);
    if (!found && is_prop) { /* its own axes */
      memcpy(turn, d->rotation, sizeof turn);
      quaternion_of_rotation(turn, quaternion);
    }
    for (int k = 0; k < 3; k++) {
      const float axis[3] = {turn[k], turn[3 + k], turn[6 + k]};
      if (!found) low[k] = 3e38f, high[k] = -3e38f;
      interval(look, d, axis, origin, &low[k], &high[k]);
    }
    found = true;
  }
  memset(box, 0, MYR_BOX_3D * sizeof *box);
  if (!found) return;
  float middle[3];
  for (int k = 0; k < 3; k++) middle[k] = 0.5f * (low[k] + high[k]), box[3 + k] = (double)(high[k] - low[k]);
  rotate(turn, middle, offset);
  for (int k = 0; k < 3; k++) box[k] = (double)(offset[k] + origin[k]) + thread->origin[k];
  for (int k = 0; k < 4; k++) box[6 + k] = (double)quaternion[(k + 1) % 4];
}

void myr_renderer_labels(myr_renderer *renderer, int thread_index, double *boxes, double *keypoints) {
  const renderer_thread *thread = &renderer->threads[thread_index];
  const myr_look_info *info = &renderer->look->info;
  if (boxes)
    for (int i = 1; i <= info->instance_count; i++) instance_box(renderer, thread, i, boxes + MYR_BOX_3D * (i - 1));
  for (int i = 0; keypoints && i < 3 * info->keypoint_count; i++)
    keypoints[i] = (double)thread->keypoints[i] + thread->origin[i % 3];
}
