/* A child process that reads one model: starting it, taking its answer, ending it. */
#ifndef MYR_CHILD_PROCESS_H
#define MYR_CHILD_PROCESS_H

#include "kernels/status.h"
#include "sim/child/limits.h"
#include "sim/child/message.h"

/* The files of the child: its request, its words, and the pipe for its answer. All else is closed. */
enum { CHILD_REQUEST_FILE = 0, CHILD_ANSWER_FILE = 3 };

/* Both programs must be of one version, because their messages hold structures. Raise the number with a message's form. */
#define CHILD_PROTOCOL MYRIAD_VERSION "/1"

/* Exit codes of a child that is of another version, and of one whose libraries the system did not find. */
enum { CHILD_UNFIT = 120, CHILD_NOT_LOADED = 127 };

/* How a child came to its end. */
typedef struct child_end {
  bool whole;      /* it has handed back as many bytes as it has promised */
  bool too_late;   /* it was ended because its time was over */
  bool stopped;    /* it was ended because *limits->stop became nonzero */
  bool too_large;  /* its answer is larger than the memory it may use */
  bool no_memory;  /* this process has no memory for the answer */
  int status;      /* as of waitpid; -1: unknown */
  char words[300]; /* the beginning of its output, in one line of plain letters */
} child_end;

/* Runs the program on the request, and takes its answer. MYR_ERROR: it cannot be started. All that happens later is in
 * *end. */
myr_status child_run(const char *program, const child_limits *limits, const message *request, message *answer,
                     child_end *end, myr_error *error);

#endif
