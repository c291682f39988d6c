/* The contents of a renderer. See render.h. */
#ifndef MYR_RENDER_RENDERER_H
#define MYR_RENDER_RENDERER_H

#include "render/look.h"

typedef struct camera_poses {
  look_pose now, next; /* from the origin of the placed scene */
  double origin[3];    /* m, in the world: from which the scene is placed for this camera (scene_origin.h) */
  float fov;           /* rad */
  float distance;      /* m: how far the free camera must see; 0: its limits are the view's */
} camera_poses;

typedef struct renderer_thread {
  void *block; /* all below */
  myr_drawable *drawables;
  myr_surface *surfaces; /* (visual_count) room for those of far planes (far_plane.h) and the others */
  myr_light *lights;
  camera_poses *cameras;
  float *keypoints;  /* (keypoint_count, 3) m, from the origin of the placed scene */
  float *turns;      /* (nbody, 9) rotations of the bodies, */
  float *next_turns; /* and at the time of the next frame */
  float *depth;      /* outputs that keypoints need and the caller did not request; for the largest camera with
                          * keypoints */
  int32_t *part;
  void *scratch;
  const myr_world_look *world; /* that is placed */
  myr_poses now, next;         /* its bodies, from the world's origin; without positions: unknown */
  myr_poses placed;            /* those of `now` from `origin`, as all that is placed */
  double origin[3];            /* m, in the world; that of the last drawn camera */
  myr_aim aim, next_aim;       /* of the free camera */
  float *positions;            /* (2, nbody, 3) room for the positions of `placed`, and of the next frame */
  float *scan_poses;           /* (nbody, 7) at the time of a scan's column: positions, then quaternions w x y z */
  bool *moves;                 /* (nbody) during the scan */
  myr_frame frame;
  int headlight; /* index of the light that follows the camera, or -1 */
} renderer_thread;

typedef struct device_queues device_queues;

struct myr_renderer {
  device_queues *device; /* NULL: the cpu draws */
  const myr_look *look;
  const myr_raster *raster;
  myr_view *views; /* (camera_count, and the free camera) without the poses */
  bool free_camera;
  int thread_count;
  renderer_thread threads[];
};

/* Places the posed world from an origin, m in the world (place.c). */
void place_scene(const myr_renderer *renderer, renderer_thread *thread, const double origin[3]);
/* m; of a keypoint in the world. */
void locate_keypoint(const myr_renderer *renderer, const renderer_thread *thread, int keypoint, double position[3]);
/* m; of a drawable's visual from an origin. */
void locate_drawable(const myr_renderer *renderer, const renderer_thread *thread, const myr_drawable *drawable,
                     const double origin[3], float position[3]);
/* Puts a drawable, whose visual is drawable->surface, where its body is. */
void place_drawable(const myr_look *look, const float *values, const placed_bodies *bodies, myr_drawable *drawable);
/* A camera's view at its pose. unplaced: of renderer->views. */
void build_view(const myr_view *unplaced, const camera_poses *poses, myr_view *view);

/* Scans whose columns are taken one after the other (scan.c): begin, place each column, end. Between begin and end the
 * thread's frame is that of one column's time. */
/* Whether anything moves during the camera's scan. If not, it is drawn at once, and nothing has begun. */
bool scan_begin(myr_renderer *renderer, renderer_thread *thread, int camera);
/* Moves the frame to the time of a column. view: a window of this column. */
void scan_place(myr_renderer *renderer, renderer_thread *thread, int camera, int column, myr_view *view);
/* Moves the frame back to the time of the placed world. */
void scan_end(myr_renderer *renderer, renderer_thread *thread);

/* Fills image->keypoints after the view was drawn with depth and part (labels.c). keypoints: (keypoint_count, 3) m. */
void project_keypoints(const myr_renderer *renderer, const float *keypoints, const myr_view *view,
                       const myr_image *image);

#endif
