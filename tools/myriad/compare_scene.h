/* myriad compare SCENE --against bullet. */
#ifndef MYR_TOOLS_COMPARE_SCENE_H
#define MYR_TOOLS_COMPARE_SCENE_H

#include "command.h"

typedef struct compare_scene_options {
  const char *against, *picture; /* picture: a PNG file, or NULL */
  int episodes, threads;
  bool json;
} compare_scene_options;

/* Returns the exit code; a difference is no error. */
int compare_scene(const compare_scene_options *options, const char *path, const loaded_scene *scene);

#endif
