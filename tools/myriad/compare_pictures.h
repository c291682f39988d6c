/* myriad compare SCENE|MODEL --against cuda -o FILE.png. */
#ifndef MYR_TOOLS_COMPARE_PICTURES_H
#define MYR_TOOLS_COMPARE_PICTURES_H

#include "command.h"

typedef struct picture_comparison {
  int pictures;
  int64_t pixels, different; /* in any bit of what the renderer gave */
} picture_comparison;

/* Draws how a scene's first episode begins, or a model's first keyframe: every camera and output, by the cpu and by the
 * other engine. The PNG file shows both beside each other, and where they differ. Returns an exit code; a difference is
 * no error. */
int compare_pictures(const char *path, const char *against, const char *file, picture_comparison *result);

#endif
