/* Labels that are not pixels: keypoints in the image, boxes in space. */
#include <math.h>
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

void myr_renderer_bounds(const myr_renderer *renderer, int thread_index, int root, double low[3], double high[3]) {
  static const float axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, middle[3] = {0, 0, 0};
  const renderer_thread *thread = &renderer->threads[thread_index];
  const int *body_root = renderer->look->model->body_root;
  for (int i = 0; i < thread->frame.drawable_count; i++) {
    const myr_drawable *d = &thread->drawables[i];
    if (d->shape == MYR_GEOM_PLANE || (root && body_root[d->part] != root)) continue;
    for (int k = 0; k < 3; k++) {
      float lowest = 3e38f, highest = -3e38f;
      interval(renderer->look, d, axes[k], middle, &lowest, &highest);
      low[k] = fmin(low[k], (double)lowest + thread->origin[k]);
      high[k] = fmax(high[k], (double)highest + thread->origin[k]);
    }
  }
}

/* The first drawable of an instance; NULL: it has none. */
static const myr_drawable *first_drawable(const renderer_thread *thread, int instance) {
  for (int i = 0; i < thread->frame.drawable_count; i++)
    if (thread->drawables[i].instance == instance) return &thread->drawables[i];
  return NULL;
}

/* The drawable from the origin of its box. Far planes are drawn at other positions than their own (far_plane.h). */
static myr_drawable moved(const myr_renderer *renderer, const renderer_thread *thread, const myr_drawable *drawable,
                          const double origin[3]) {
  myr_drawable d = *drawable;
  if (d.shape == MYR_GEOM_PLANE || !scene_origins_are_equal(origin, thread->origin))
    locate_drawable(renderer, thread, drawable, origin, d.position);
  return d;
}

/* The frame of an instance's box. */
typedef struct box_frame {
  double origin[3]; /* m, in the world: the grid point from which positions are counted */
  float position[3], turn[9], quaternion[4];
} box_frame;

/* first: a drawable of the instance. A prop's axes are its own, others are those of the root body. The root of a model with
 * fixed geoms is the world, from which far things have rounded ways, so far out boxes are measured from the first geom. */
static void find_frame(const myr_renderer *renderer, const renderer_thread *thread, int body, const myr_drawable *first,
                       box_frame *frame) {
  static const double world[3] = {0, 0, 0};
  float place[3];
  locate_drawable(renderer, thread, first, world, place);
  if (body > 0) position_from_origin(&thread->now, body, world, place);
  scene_origin_near(place, frame->origin);
  const myr_drawable d = moved(renderer, thread, first, frame->origin);
  if (body < 0 || !scene_origin_is_world(frame->origin))
    memcpy(frame->position, d.position, sizeof frame->position);
  else
    memcpy(frame->position, thread->now.position + 3 * body, sizeof frame->position);
  if (body < 0) {
    memcpy(frame->turn, d.rotation, sizeof frame->turn);
    quaternion_of_rotation(frame->turn, frame->quaternion);
  } else {
    memcpy(frame->quaternion, thread->now.quaternion + 4 * body, sizeof frame->quaternion);
    rotation_of_quaternion(frame->quaternion, frame->turn);
  }
}

static void instance_box(const myr_renderer *renderer, const renderer_thread *thread, int instance, double *box) {
  const myr_look *look = renderer->look;
  const myr_drawable *first = first_drawable(thread, instance);
  float low[3] = {3e38f, 3e38f, 3e38f}, high[3] = {-3e38f, -3e38f, -3e38f}, middle[3], offset[3];
  box_frame frame;
  memset(box, 0, MYR_BOX_3D * sizeof *box);
  if (!first) return;
  find_frame(renderer, thread, look->instance_body[instance], first, &frame);
  for (const myr_drawable *of = first; of < thread->drawables + thread->frame.drawable_count; of++) {
    if (of->instance != instance) continue;
    const myr_drawable d = moved(renderer, thread, of, frame.origin);
    for (int k = 0; k < 3; k++) {
      const float axis[3] = {frame.turn[k], frame.turn[3 + k], frame.turn[6 + k]};
      interval(look, &d, axis, frame.position, &low[k], &high[k]);
    }
  }
  for (int k = 0; k < 3; k++) middle[k] = 0.5f * (low[k] + high[k]), box[3 + k] = (double)(high[k] - low[k]);
  rotate(frame.turn, middle, offset);
  for (int k = 0; k < 3; k++) box[k] = (double)(offset[k] + frame.position[k]) + frame.origin[k];
  for (int k = 0; k < 4; k++) box[6 + k] = (double)frame.quaternion[(k + 1) % 4];
}

void myr_renderer_labels(myr_renderer *renderer, int thread_index, double *boxes, double *keypoints) {
  const renderer_thread *thread = &renderer->threads[thread_index];
  const myr_look_info *info = &renderer->look->info;
  if (boxes)
    for (int i = 1; i <= info->instance_count; i++) instance_box(renderer, thread, i, boxes + MYR_BOX_3D * (i - 1));
  for (int i = 0; keypoints && i < info->keypoint_count; i++) locate_keypoint(renderer, thread, i, keypoints + 3 * i);
}
