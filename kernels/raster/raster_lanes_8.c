/* Pixels in blocks of 8: see raster_draw.h. */
#define LANES 8
#define TABLE myr_raster_avx2
#define TABLE_NAME "avx2"
#include "kernels/raster/raster_draw.h"
