/* Pixels in blocks of 16: see raster_draw.h. */
#define LANES 16
#define TABLE myr_raster_avx512
#define TABLE_NAME "avx512"
#include "kernels/raster/raster_draw.h"
