/* Worlds in tiles of 4: see tile.h. */
#define LANES 4
#define TABLE myr_kernels_neon
#define TABLE_NAME "neon"
#include "kernels/step/tile.h"
