/* What reading one model may cost, so that no file takes the machine. */
#ifndef MYR_CHILD_LIMITS_H
#define MYR_CHILD_LIMITS_H

#include <stdatomic.h>

#include "kernels/status.h"

#define CHILD_MEMORY_VARIABLE "MYRIAD_MODEL_GB"
#define CHILD_TIME_VARIABLE "MYRIAD_MODEL_SECONDS"

typedef struct child_limits {
  double gigabytes;       /* 1e9 bytes of address space */
  double seconds;         /* by the clock on the wall, because a file may also wait for ever */
  const atomic_int *stop; /* when it becomes nonzero, the reading ends; or NULL */
} child_limits;

/* Reads the limits of the environment, else the usual ones, and sets no stop. MYR_INVALID names a variable that is no
 * positive number. */
myr_status child_limits_read(child_limits *limits, myr_error *error);

#endif
