/* myriad view of a scene or a model, between its parts: episodes are simulated (view_scene_episodes.c), and drawn when
 * they are looked at (view_scene_draw.c). */
#ifndef MYR_TOOLS_VIEW_SCENE_H
#define MYR_TOOLS_VIEW_SCENE_H

#include "view.h"

/* Where the bodies of one world were at each step: its state when the step began. */
typedef struct trajectory {
  float *position, *quaternion; /* (steps + 1, nbody, 3 or 4); the last one is the state after the last step */
  int steps;                    /* that the episode has */
} trajectory;

typedef struct scene_view {
  view_source source;
  loaded_scene scene;   /* of a scene */
  myr_model *own_model; /* of a model, and */
  myr_look *own_look;
  const myr_model *model;
  const myr_look *look;
  myr_renderer *renderer;
  int worlds;
  int64_t first_episode;
  trajectory *trajectories; /* (worlds) */
  char *world_looks;        /* (worlds) of world_look_bytes */
  size_t world_look_bytes;
  depth_limits *limits;              /* (series) */
  int *series_world, *series_camera; /* (series) */
  /* One frame of the largest camera. */
  myr_outputs planes; /* of the outputs that the series show, but for colours, which go into the picture */
  float *keypoints;
} scene_view;

/* Simulates the first `steps` steps of each world's episode. */
myr_status simulate_episodes(scene_view *view, int steps, myr_error *error);
/* Poses a model in its first keyframe, or in qpos0 where there is none. */
myr_status pose_model(scene_view *view, myr_error *error);
void free_episodes(scene_view *view);

/* Memory to draw the series. */
myr_status allocate_planes(scene_view *view, myr_error *error);
void free_planes(scene_view *view);
/* The source's function. */
myr_status draw_scene_view(view_source *source, int series, int step, myr_bitmap *picture, char note[NOTE_BYTES],
                           myr_error *error);

#endif
