/* Pixels in blocks of 4: see raster_draw.h. */
#define LANES 4
#define TABLE myr_raster_neon
#define TABLE_NAME "neon"
#include "kernels/raster/raster_draw.h"
