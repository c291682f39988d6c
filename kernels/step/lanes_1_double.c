/* The reference build: one world at a time in double precision, to distinguish rounding from mistakes. */
#define LANES 1
#define MYR_DOUBLE
#define TABLE myr_kernels_double
#define TABLE_NAME "double"
#include "kernels/step/tile.h"
