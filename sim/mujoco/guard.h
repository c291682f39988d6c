/* Calls into MuJoCo that may fail. MuJoCo reports a fatal error by a handler that must not return, and exits the
 * process where there is none; a warning goes to standard output and to a log file. Inside guard_run neither happens:
 * the error comes back as a status, and warnings are dropped. */
#ifndef MYR_MUJOCO_GUARD_H
#define MYR_MUJOCO_GUARD_H

#include "kernels/status.h"

/* Runs function(context) on this thread. After a fatal error of MuJoCo it returns MYR_ERROR with MuJoCo's message. The
 * error leaves the function by longjmp, so the function must keep everything that it owns in context. Guards do not
 * nest. */
myr_status guard_run(void (*function)(void *context), void *context, myr_error *error);

#endif
