#include "render/free_camera.h"

#include "render/rigid.h"
#include "render/scene_origin.h"

const float free_camera_fov = 0.785398f;

enum { WIDTH = 320, HEIGHT = 240 };

const myr_view free_camera_view = {.width = WIDTH,
                                   .height = HEIGHT,
                                   .projection = MYR_PINHOLE,
                                   .samples = 4,
                                   .shadows = 1,
                                   .patterns = 1,
                                   .highlights = 1,
                                   .center = {0.5f * WIDTH, 0.5f * HEIGHT},
                                   .near_limit = 0.01f,
                                   .far_limit = 1000};

const myr_camera_info myr_free_camera_info = {.name = "overview",
                                              .projection = MYR_PINHOLE,
                                              .width = WIDTH,
                                              .height = HEIGHT,
                                              .outputs = MYR_OUTPUT_BIT(rgb) | MYR_OUTPUT_BIT(depth) |
                                                         MYR_OUTPUT_BIT(instance),
                                              .every = 1,
                                              .episodes_every = 1,
                                              .near_limit = 0.01f,
                                              .far_limit = 1000};

void free_camera_limits(float distance, myr_view *view) {
  if (view->near_limit > 0.01f * distance) view->near_limit = 0.01f * distance;
  if (view->far_limit < 4 * distance) view->far_limit = 4 * distance;
}

/* Right, down, forward of a camera at the eye that looks at the target, and its position from the scene's origin. */
static void point(const myr_aim *aim, const double origin[3], look_pose *pose) {
  float forward[3];
  for (int k = 0; k < 3; k++) {
    pose->position[k] = (float)(aim->eye[k] - origin[k]);
    forward[k] = (float)(aim->target[k] - aim->eye[k]);
  }
  if (!normalize(forward)) forward[1] = 1;
  rotation_looking(forward, pose->rotation);
}

void place_free_camera(const myr_renderer *renderer, renderer_thread *thread) {
  camera_poses *poses = &thread->cameras[renderer->look->info.camera_count];
  float apart[3];
  for (int k = 0; k < 3; k++) apart[k] = (float)(thread->aim.target[k] - thread->aim.eye[k]);
  point(&thread->aim, thread->origin, &poses->now);
  point(&thread->next_aim, thread->origin, &poses->next);
  poses->fov = free_camera_fov;
  poses->distance = length(apart);
}

void myr_renderer_aim(myr_renderer *renderer, int thread_index, const myr_aim *now, const myr_aim *next) {
  renderer_thread *thread = &renderer->threads[thread_index];
  float eye[3];
  for (int k = 0; k < 3; k++) eye[k] = (float)now->eye[k];
  thread->aim = *now;
  thread->next_aim = *next;
  scene_origin_near(eye, thread->cameras[renderer->look->info.camera_count].origin);
  place_free_camera(renderer, thread);
}

void myr_aim_at_box(const double low[3], const double high[3], const float forward[3], float aspect, myr_aim *aim) {
  enum { CORNERS = 8 };
  const float margin = 1.1f; /* the picture is so much larger than the box in it */
  float rotation[9], distance = 1e-3f;
  const double half = 0.5 * (double)free_camera_fov;
  const float tangent = (float)(portable_sin(half) / portable_cos(half));
  rotation_looking(forward, rotation);
  for (int k = 0; k < 3; k++) aim->target[k] = 0.5 * (low[k] + high[k]);
  for (int corner = 0; corner < CORNERS; corner++) {
    float offset[3], seen[3];
    for (int k = 0; k < 3; k++) offset[k] = (float)((corner >> k & 1 ? high[k] : low[k]) - aim->target[k]);
    rotate_back(rotation, offset, seen); /* right, down, forward */
    const float across = seen[0] < 0 ? -seen[0] : seen[0], along = seen[1] < 0 ? -seen[1] : seen[1];
    const float needed = margin * (across / aspect > along ? across / aspect : along) / tangent - seen[2];
    if (needed > distance) distance = needed;
  }
  for (int k = 0; k < 3; k++) aim->eye[k] = aim->target[k] - (double)(distance * forward[k]);
}
