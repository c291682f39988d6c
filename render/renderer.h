/* The contents of a renderer. See render.h. */
#ifndef MYR_RENDER_RENDERER_H
#define MYR_RENDER_RENDERER_H

#include "render/look.h"

typedef struct camera_poses {
  look_pose now, next;
  float fov; /* rad */
} camera_poses;

typedef struct renderer_thread {
  void *block; /* all below */
  myr_drawable *drawables;
  myr_light *lights;
  camera_poses *cameras;
  float *keypoints;      /* (keypoint_count, 3) m */
  float *turns;          /* (nbody, 9) rotations of the bodies, */
  float *next_turns;     /* and at the time of the next frame */
  float *instance_poses; /* (instance_count + 1, 7) of the root bodies: position, quaternion w x y z */
  float *depth;          /* outputs that keypoints need and the caller did not request; for the largest camera with
                          * keypoints */
  int32_t *part;
  void *scratch;
  myr_frame frame;
  int headlight; /* index of the light that follows the camera, or -1 */
} renderer_thread;

typedef struct device_queues device_queues;

struct myr_renderer {
  device_queues *device; /* NULL: the cpu draws */
  const myr_look *look;
  const myr_raster *raster;
  myr_view *views; /* (camera_count) without the poses */
  int thread_count;
  renderer_thread threads[];
};

/* Fills image->keypoints after the view was drawn with depth and part (labels.c). keypoints: (keypoint_count, 3) m. */
void project_keypoints(const myr_renderer *renderer, const float *keypoints, const myr_view *view,
                       const myr_image *image);

#endif
