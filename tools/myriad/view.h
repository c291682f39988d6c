/* The interface between the parts of myriad view: the sources of pictures (a scene or model, which is drawn, or a
 * dataset, which is read), and the functions that make a picture of a label. */
#ifndef MYR_TOOLS_VIEW_H
#define MYR_TOOLS_VIEW_H

#include "command.h"
#include "render/picture.h"
#include "render/render.h"

/* ---------------------------------------------------------------------------------------------------- outputs */

/* Outputs have the numbers of render/render.h, and a sheet shows them in this order. */

/* Returns the word for the output on the command line, or NULL if view does not show it: view shows depth in
 * millimetres as depth. */
const char *view_output_name(int output);
/* Returns the outputs to show of a camera that records the outputs `asked`. Both are bits of MYR_OUTPUT_BIT. */
unsigned shown_outputs(unsigned asked);
/* Returns the image that an output is shown on: the colours for boxes and keypoints, else the output itself. */
int image_of_output(int output);

/* Parses a text such as "rgb,depth" into bits of MYR_OUTPUT_BIT. If a word is no output, prints a message that begins
 * with the command's name and returns false. */
bool parse_view_outputs(const char *command, const char *text, unsigned *outputs);

/* All depth pictures of a series are coloured between the same limits: those of the first picture with any depth. */
typedef struct depth_limits {
  float nearest, farthest; /* m; 0 until they are known */
} depth_limits;

enum { NOTE_BYTES = 64 };
/* Colours a label image of the output, which has the size of picture, into picture. note: set to a line for the
 * caption, such as the limits of depth, or to an empty text. */
void color_view_output(int output, const void *label, depth_limits *limits, myr_bitmap *picture, char note[NOTE_BYTES]);

/* Draws a cross at each of the keypoints (count, MYR_KEYPOINT), in grey if the keypoint is hidden. */
void mark_keypoints(const float *keypoints, int count, myr_bitmap *picture);

/* ---------------------------------------------------------------------------------------------------- sources */

typedef struct view_options {
  const command *command; /* its name begins the messages */
  const char *output, *outputs, *size, *engine, *follow;
  text_list cameras;
  int64_t episode, worlds, frames, zoom; /* 0: the default */
  scene_options scene;
  bool time, animate, json;
} view_options;

/* The pictures of one output of one camera in one episode, over time. */
typedef struct view_series {
  int64_t episode; /* -1: the picture of a model */
  const char *camera;
  int output;
  int width, height; /* px */
  bool beams;
  bool millimetres; /* of a dataset: its depths are recorded in millimetres only */
} view_series;

typedef struct view_source view_source;
struct view_source {
  view_series *series;
  int series_count;
  int steps;         /* the steps 0 to steps - 1 can be drawn */
  int every;         /* steps between two frames of the fastest camera */
  double period;     /* s, one step */
  const void *label; /* the label image of the last draw, for colours the picture; valid until the next draw */
  char title[256];
  /* Draws the picture of a series at a step into a bitmap of the series' size. */
  myr_status (*draw)(view_source *source, int series, int step, myr_bitmap *picture, char note[NOTE_BYTES],
                     myr_error *error);
  void (*close)(view_source *source);
};

/* Each returns an exit code. On failure it has printed a message. */
int open_scene_view(const view_options *options, const char *path, view_source **source);
int open_model_view(const view_options *options, const char *path, view_source **source);
int open_dataset_view(const view_options *options, const char *path, view_source **source);

/* Chooses how many pixels of a sheet show one pixel of the series, along x and y: zoom or, if that is 0, enough to make
 * small pictures large enough to see. */
void choose_zoom(const view_series *series, int64_t zoom, int *x, int *y);

/* Whether --camera asks for this camera. Without --camera, all cameras are shown. */
bool camera_wanted(const view_options *options, const char *name);
/* Returns whether all names of --camera are names of cameras. Prints a message about the first that is not. */
bool check_camera_names(const view_options *options, const char *const *names, int count);

#endif
