/* Has a job done on files of strangers by a child process (main.c), so that nothing in them can harm this one. */
#ifndef MYR_CHILD_ASK_H
#define MYR_CHILD_ASK_H

#include <stdatomic.h>

#include "kernels/status.h"
#include "sim/child/message.h"

/* Begins a request for one of the jobs of jobs.def. */
enum child_job {
#define CHILD_JOB(name, serve) CHILD_##name,
#include "sim/child/jobs.def"
  CHILD_JOBS
};
void child_request(message *request, enum child_job job);

/* Lets the job be done, within limits on time and memory. subject is the file that messages name. The status and error are
 * those of the job; behind them answer holds what else it handed back, nothing where the child came to no proper end.
 * That is MYR_INVALID, because it is the file's doing, or MYR_ERROR where this process may use too little memory or cannot
 * start the child, or MYR_STOPPED where *stop became nonzero; stop may be NULL. The caller frees both messages. */
myr_status child_ask(const char *subject, const message *request, const atomic_int *stop, message *answer,
                     myr_error *error);

/* The error of an answer that came whole and cannot be taken apart. MYR_ERROR: this process has too little memory for it.
 * MYR_INVALID: it is damaged, because the file made the reader write where it should not. */
myr_status child_tell_damage(const char *subject, const message *answer, myr_error *error);

/* Whether a failure is one of memory. MuJoCo and the C++ library tell only by their messages. */
bool child_tells_shortage(const char *text);

/* The numbers that an answer begins with: its bytes, and where the status and the message of the job stand in it. */
enum { CHILD_ANSWER_SIZE = 0, CHILD_STATUS_PLACE, CHILD_ANSWER_HEAD };

/* Does the job of a request in this process; the child calls it. */
void child_serve(message *request, message *answer);

#endif
