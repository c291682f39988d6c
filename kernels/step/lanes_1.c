/* Worlds in tiles of 1: see tile.h. */
#define LANES 1
#define TABLE myr_kernels_plain
#define TABLE_NAME "plain"
#include "kernels/step/tile.h"
