/* The functions of jobs.def. */
#ifndef MYR_CHILD_JOBS_H
#define MYR_CHILD_JOBS_H

#include "kernels/status.h"
#include "sim/child/message.h"

#define CHILD_JOB(name, serve) myr_status serve(message *request, message *found, myr_error *error);
#include "sim/child/jobs.def"

#endif
