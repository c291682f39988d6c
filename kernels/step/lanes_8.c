/* Worlds in tiles of 8: see tile.h. */
#define LANES 8
#define TABLE myr_kernels_avx2
#define TABLE_NAME "avx2"
#include "kernels/step/tile.h"
