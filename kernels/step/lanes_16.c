/* Worlds in tiles of 16: see tile.h. */
#define LANES 16
#define TABLE myr_kernels_avx512
#define TABLE_NAME "avx512"
#include "kernels/step/tile.h"
