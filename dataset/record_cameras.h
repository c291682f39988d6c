/* The arrays that cameras and LiDARs add to an episode. Part of record.h. */
#ifndef MYR_DATASET_RECORD_CAMERAS_H
#define MYR_DATASET_RECORD_CAMERAS_H

#include "dataset/episode.h"
#include "render/render.h"

/* The labels of a camera's frame, beside its pictures: labels/<camera>_<name>. */
enum camera_row {
#define CAMERA_ROW(name, ...) CAMERA_ROW_##name,
#include "dataset/rows.def"
  CAMERA_ROW_COUNT
};

/* The labels of the world that all cameras share: labels/<name>. */
enum sight_row {
#define SIGHT_ROW(name, ...) SIGHT_ROW_##name,
#include "dataset/rows.def"
  SIGHT_ROW_COUNT
};

/* Numbers of arrays in the schema; -1 where they are not recorded. Pictures: obs/ or labels/<camera>_<myr_picture_name>,
 * by their roles; only those in obs/ are in final_obs/ too. */
typedef struct camera_arrays {
  int pictures[MYR_OUTPUT_COUNT], final_pictures[MYR_OUTPUT_COUNT], next_pictures[MYR_OUTPUT_COUNT];
  int labels[CAMERA_ROW_COUNT];
} camera_arrays;

typedef struct camera_layout {
  const myr_look *look;
  const myr_look_info *info;
  camera_arrays *cameras;      /* (camera_count) */
  int sights[SIGHT_ROW_COUNT]; /* numbers of arrays in the schema; -1 */
  bool scans;                  /* whether any camera takes its columns one after the other */
  int *rates, rate_count;      /* every how many steps frames are taken: each number once, ascending; 1 where sights are
                                  recorded */
  size_t picture_bytes[MYR_OUTPUT_COUNT]; /* of the largest one of each output */
} camera_layout;

/* Whether a label is one row an episode, and not one for each frame. */
bool camera_row_is_fixed(enum camera_row label);

/* Adds the cameras' arrays to the schema, with_next those of next_obs/ too; their numbers are set when the schema is
 * finished. False: too little memory. */
bool add_cameras(camera_layout *layout, const myr_look *look, bool with_next, episode_schema *schema);
void camera_layout_free(camera_layout *layout);

#endif
