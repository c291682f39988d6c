/* The list of the rasterizer's outputs as data. */
#include "kernels/raster.h"

#define WORD(text) text
#define NO_WORD NULL
const myr_output_info myr_output_infos[MYR_OUTPUT_COUNT] = {
#define OUTPUT(name, type, channels, stage, role, kind, camera, beams, array, unit, doc)                              \
  {#name,          camera, beams, array, unit, doc, channels, (channels) * sizeof(MYR_TYPE_##type), MYR_SHOWS_##kind, \
   MYR_ROLE_##role},
#include "kernels/output.def"
};

void *myr_outputs_plane(const myr_outputs *outputs, int output) {
#define OUTPUT(name, ...) \
  if (output == MYR_OUTPUT_##name) return outputs->name;
#include "kernels/output.def"
  return NULL;
}

void myr_outputs_want(myr_outputs *outputs, int output, void *plane) {
#define OUTPUT(name, ...) \
  if (output == MYR_OUTPUT_##name) outputs->name = plane;
#include "kernels/output.def"
}
