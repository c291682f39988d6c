/* Pixels in blocks of 1: see raster_draw.h. */
#define LANES 1
#define TABLE myr_raster_plain
#define TABLE_NAME "plain"
#include "kernels/raster/raster_draw.h"
