/* myriad view, between its parts: where pictures come from (a scene or model that is drawn, a dataset that is read),
 * and how a label becomes a picture. */
#ifndef MYR_TOOLS_VIEW_H
#define MYR_TOOLS_VIEW_H

#include "command.h"
#include "render/picture.h"
#include "render/render.h"

/* ---------------------------------------------------------------------------------------------------- outputs */

/* What can be shown of a camera, in the order of a sheet: outputs by the numbers of render.h. */

/* The word on the command line; NULL: it is not shown. Millimetres are shown as depth. */
const char *view_output_name(int output);
/* The outputs that show what a camera was asked for; both are bits of MYR_OUTPUT_BIT. */
unsigned shown_outputs(unsigned asked);
/* The image that stands below what is shown: boxes and keypoints lie over the colours. */
int image_of_output(int output);

/* "rgb,depth" as bits of MYR_OUTPUT_BIT. False: a name is none of them; it was told, by the command of that name. */
bool parse_view_outputs(const char *command, const char *text, unsigned *outputs);

/* Depths are coloured between the same limits over time: those of the first picture that shows any. */
typedef struct depth_limits {
  float nearest, farthest; /* m; 0: not yet known */
} depth_limits;

enum { NOTE_BYTES = 64 };
/* Colours an image of width * height pixels, of the output's type, into an RGB bitmap. note: one line that a caption
 * should add, such as the limits of depth; or empty. */
void color_view_output(int output, const void *label, depth_limits *limits, myr_bitmap *picture, char note[NOTE_BYTES]);

/* Crosses where keypoints (count, MYR_KEYPOINT) are, those that are hidden in grey. */
void mark_keypoints(const float *keypoints, int count, myr_bitmap *picture);

/* ---------------------------------------------------------------------------------------------------- sources */

typedef struct view_options {
  const command *command; /* whose messages they are */
  const char *output, *outputs, *size, *engine;
  text_list cameras;
  int64_t episode, worlds, frames, zoom; /* 0: the default */
  scene_options scene;
  bool time, animate, json;
} view_options;

/* One row of pictures over time: an output of a camera in an episode. */
typedef struct view_series {
  int64_t episode; /* -1: a model's */
  const char *camera;
  int output;
  int width, height; /* px */
  bool beams;
} view_series;

typedef struct view_source view_source;
struct view_source {
  view_series *series;
  int series_count;
  int steps;         /* that can be drawn, from 0 */
  int every;         /* steps from one frame of the fastest camera to its next */
  double period;     /* s from one step to the next */
  const void *label; /* the image that the renderer drew last, until the next one is drawn; of colours the picture */
  char title[256];
  /* The picture that stands at that step; bitmap is of the series' size. */
  myr_status (*draw)(view_source *source, int series, int step, myr_bitmap *picture, char note[NOTE_BYTES],
                     myr_error *error);
  void (*close)(view_source *source);
};

/* Each returns an exit code; what is wrong was told. */
int open_scene_view(const view_options *options, const char *path, view_source **source);
int open_model_view(const view_options *options, const char *path, view_source **source);
int open_dataset_view(const view_options *options, const char *path, view_source **source);

/* Pixels of a sheet for one of the series': zoom, or where that is 0 as many as make small pictures large enough. */
void choose_zoom(const view_series *series, int64_t zoom, int *x, int *y);

/* Whether --camera asks for that one: none given asks for all. */
bool camera_wanted(const view_options *options, const char *name);
/* Tells of the first name of --camera that is not among the cameras, and returns false; true when all are. */
bool check_camera_names(const view_options *options, const char *const *names, int count);

#endif
