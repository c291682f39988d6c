/* myriad compare SCENE|MODEL --against cuda -o FILE.png. */
#ifndef MYR_TOOLS_COMPARE_PICTURES_H
#define MYR_TOOLS_COMPARE_PICTURES_H

#include "command.h"

typedef struct picture_comparison {
  int pictures;
  int64_t pixels, different; /* different: in any bit that the renderer wrote */
} picture_comparison;

/* Draws the start of a scene's first episode, or a model's first keyframe, with the cpu and with the other engine:
 * every output of every camera. Writes a PNG file that shows both pictures and their differences side by side. Returns
 * an exit code; a difference is no error. */
int compare_pictures(const char *path, const char *against, const char *file, picture_comparison *result);

#endif
