/* Calls into MuJoCo that may fail. MuJoCo reports a fatal error by a handler that must not return, and exits the
 * process where there is none; a warning goes to standard output and to a log file. Inside guard_run neither happens:
 * the error comes back as a status, warnings are dropped. */
#ifndef MYR_MUJOCO_GUARD_H
#define MYR_MUJOCO_GUARD_H

#include "kernels/status.h"

/* Runs function(context) on this thread. A fatal error of MuJoCo leaves the function by longjmp, so that it must own
 * nothing but what context holds, and returns MYR_ERROR with MuJoCo's message. Guards do not nest. */
myr_status guard_run(void (*function)(void *context), void *context, myr_error *error);

#endif
