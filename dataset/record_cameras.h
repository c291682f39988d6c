/* The arrays that cameras and LiDARs add to an episode. Part of record.h. */
#ifndef MYR_DATASET_RECORD_CAMERAS_H
#define MYR_DATASET_RECORD_CAMERAS_H

#include "dataset/episode.h"
#include "render/render.h"

/* What else a frame says: labels/<camera>_<name>, in every row that shows the frame. */
enum frame_label {
  LABEL_FRAME_STEP,
  LABEL_BOX_TIGHT,
  LABEL_BOX_LOOSE,
  LABEL_VISIBLE_FRACTION,
  LABEL_VISIBLE_PIXELS,
  LABEL_COVERED_PIXELS,
  LABEL_KEYPOINTS,
  LABEL_POSE,
  LABEL_INTRINSICS,
  LABEL_COUNT,
};

/* Numbers of arrays in the schema; -1 where they are not recorded. Pictures: obs/<camera>_<myr_picture_name>. */
typedef struct camera_arrays {
  int pictures[MYR_OUTPUT_COUNT], final_pictures[MYR_OUTPUT_COUNT];
  int labels[LABEL_COUNT];
  int column_time;
} camera_arrays;

typedef struct camera_layout {
  const myr_look *look;
  const myr_look_info *info;
  camera_arrays *cameras; /* (camera_count) */
  int box_3d, keypoints;  /* labels/ that belong to no camera; -1 */
  int *rates, rate_count; /* every how many steps frames are taken: each number once, ascending; 1 where box_3d or
                              keypoints are recorded */
  size_t picture_bytes[MYR_OUTPUT_COUNT]; /* of the largest one of each output */
} camera_layout;

/* Adds the cameras' arrays to the schema; find_cameras looks them up when the schema is finished. False: too little
 * memory. */
bool add_cameras(camera_layout *layout, const myr_look *look, episode_schema *schema);
void find_cameras(camera_layout *layout, const episode_schema *schema);
void camera_layout_free(camera_layout *layout);

#endif
