/* The interface between the parts of myriad view of a scene or a model: view_scene_episodes.c simulates the episodes
 * first, view_scene_camera.c points the camera of view's own, and view_scene_draw.c draws the pictures later, when they
 * are asked for. */
#ifndef MYR_TOOLS_VIEW_SCENE_H
#define MYR_TOOLS_VIEW_SCENE_H

#include "view.h"

/* The bodies of one world at the start of each step. */
typedef struct trajectory {
  float *position, *rest, *quaternion,
      *velocity;     /* (steps + 1, nbody, 3, 3, 4 or 6); the last row is the state after the last
                                            * step */
  myr_poses *states; /* (steps + 1) the same, each linked to the one before */
  int steps;         /* the number of steps of the episode */
} trajectory;

typedef struct scene_view {
  view_source source;
  loaded_scene scene;   /* only for a scene */
  myr_model *own_model; /* only for a model, and so is own_look */
  myr_look *own_look;
  const myr_model *model;
  const myr_look *look;
  myr_renderer *renderer;
  int worlds;
  int64_t first_episode;
  trajectory *trajectories; /* (worlds) */
  char *world_looks;        /* (worlds) of world_look_bytes */
  size_t world_look_bytes;
  /* view's own camera, where the scene has none or --follow asks for one; its number is the look's camera_count. */
  bool own_camera;
  myr_camera_info own_camera_info;
  int followed_body;                 /* root body of the entity that it follows; 0: it stands still */
  myr_aim *aims;                     /* (worlds) of a camera that follows: from the followed body's position */
  depth_limits *limits;              /* (series) */
  int *series_world, *series_camera; /* (series) */
  /* One frame of the largest camera: the outputs that the series show, except colours, which go into the picture. */
  myr_outputs planes;
  float *keypoints;
} scene_view;

/* Simulates the first `steps` steps of each world's episode. */
myr_status simulate_episodes(scene_view *view, int steps, myr_error *error);
/* Poses a model in its first keyframe, or in qpos0 if it has none. */
myr_status pose_model(scene_view *view, myr_error *error);
void free_episodes(scene_view *view);

/* Decides whether view's own camera is used. name: of the entity to follow; NULL: none. Returns an exit code. */
int choose_own_camera(scene_view *view, const char *name);
/* Points view's own camera in each world so that it sees what the steps before `steps` show. */
myr_status point_own_camera(scene_view *view, int steps, myr_error *error);
/* Points it at the placed world of these steps. */
void aim_own_camera(scene_view *view, int world, int step, int next);
/* The description of a camera by its number in the renderer. */
const myr_camera_info *camera_of(const scene_view *view, int camera);
/* The number of the first camera and the one past the last that can be shown. */
int first_camera(const scene_view *view);
int end_of_cameras(const scene_view *view);

/* Allocates the memory to draw the series. */
myr_status allocate_planes(scene_view *view, myr_error *error);
void free_planes(scene_view *view);
/* The function `draw` of the view_source. */
myr_status draw_scene_view(view_source *source, int series, int step, myr_bitmap *picture, char note[NOTE_BYTES],
                           myr_error *error);

#endif
