/* Finds the rasterizer of a vector width, if it is compiled in and this processor runs it. */
#include "kernels/raster.h"
#include "kernels/table.h"

#include <stddef.h>

extern const myr_raster myr_raster_plain;
extern const myr_raster myr_raster_neon, myr_raster_avx2, myr_raster_avx512; /* where they are compiled in */

static const myr_raster *table_of(int lanes) {
  switch (lanes) {
  case 1: return &myr_raster_plain;
#ifdef MYR_LANES_4
  case 4: return &myr_raster_neon;
#endif
#ifdef MYR_LANES_8
  case 8: return &myr_raster_avx2;
#endif
#ifdef MYR_LANES_16
  case 16: return &myr_raster_avx512;
#endif
  default: return NULL;
  }
}

/* The rasterizer has the same widths as the kernels, whose table knows which of them the processor runs. */
myr_status myr_raster_find(int lanes, const myr_raster **raster, myr_error *error) {
  const myr_kernels *kernels;
  *raster = NULL;
  if (lanes == MYR_LANES_DOUBLE)
    return myr_fail(error, MYR_UNAVAILABLE, "images are drawn in single precision only, so choose its lanes");
  myr_status status = myr_kernels_find(lanes, &kernels, error);
  if (status == MYR_OK) *raster = table_of(kernels->lanes);
  return status;
}
