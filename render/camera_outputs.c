/* The words that request outputs of cameras and LiDARs. */
#include <string.h>

#include "render/render.h"

_Static_assert(MYR_CAMERA_OUTPUT_COUNT <= 32, "a set of outputs is the bits of an unsigned int");

const char *myr_output_word(int output, bool beams) {
#define LIST(name) #name,
  static const char *const lists[] = {MYR_CAMERA_LISTS(LIST)};
#undef LIST
  if (output < MYR_OUTPUT_COUNT) return beams ? myr_output_infos[output].beams : myr_output_infos[output].camera;
  return beams ? NULL : lists[output - MYR_OUTPUT_COUNT];
}

int myr_output_find(const char *word, bool beams) {
  for (int i = 0; i < MYR_CAMERA_OUTPUT_COUNT; i++) {
    const char *known = myr_output_word(i, beams);
    if (known && !strcmp(known, word)) return i;
  }
  return -1;
}
