#include "sim/child/ask.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sim/child/process.h"
#include "sim/child/program.h"
#include "sim/urdf/package.h"

void child_request(message *request, enum child_job job) {
  message_put_int(request, job);
  message_put_text(request, package_path_stated());
}

/* ------------------------------------------------------------------------------------------------ memory */
bool child_tells_shortage(const char *text) {
  static const char *const shortages[] = {"llocate memory", "ut of memory", "bad_alloc", "oo little memory",
                                          "failed to map"};
  for (size_t i = 0; i < sizeof shortages / sizeof *shortages; i++)
    if (strstr(text, shortages[i])) return true;
  return false;
}

/* The limit that the child met: its own, which is the file's fault, or a lower one of this process. */
static myr_status tell_shortage(const char *subject, const child_limits *limits, myr_error *error) {
  struct rlimit own;
  if (!getrlimit(RLIMIT_AS, &own) && own.rlim_cur != RLIM_INFINITY && (double)own.rlim_cur < limits->gigabytes * 1e9)
    return myr_fail(error, MYR_ERROR, "%.500s: too little memory to read it: this process may use %.3g GB (ulimit -v)",
                    subject, (double)own.rlim_cur * 1e-9);
  return myr_fail(
      error, MYR_INVALID,
      "%.500s: reading it needs more than %g GB of memory: make its meshes, textures, height fields or sizes smaller, "
      "or raise the limit: %s=%g",
      subject, limits->gigabytes, CHILD_MEMORY_VARIABLE, 2 * limits->gigabytes);
}

/* ------------------------------------------------------------------------------------------------ improper ends */
static const char remedy[] = "the file meets a fault in MuJoCo 4.0.1: leave parts of it out until it loads";

static myr_status tell_end(const char *subject, const child_limits *limits, const child_end *end, myr_error *error) {
  const char *colon = end->words[0] ? ": " : "";
  if (end->too_late)
    return myr_fail(error, MYR_INVALID,
                    "%.500s: reading it took longer than %g s: make the model smaller, or raise the limit: %s=%g",
                    subject, limits->seconds, CHILD_TIME_VARIABLE, 10 * limits->seconds);
  if (end->stopped)
    return myr_fail(error, MYR_STOPPED, "stopped while %.500s was read: the same command goes on", subject);
  if (end->no_memory) return myr_fail(error, MYR_ERROR, "%.500s: too little memory for the compiled model", subject);
  int code = end->status != -1 && WIFEXITED(end->status) ? WEXITSTATUS(end->status) : -1;
  if (end->too_large || child_tells_shortage(end->words)) return tell_shortage(subject, limits, error);
  if (end->status != -1 && WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGKILL)
    return myr_fail(
        error, MYR_INVALID,
        "%.500s: its reader was killed by somebody else, or by the system for want of memory: try again, with "
        "more memory",
        subject);
  bool signalled = end->status != -1 && WIFSIGNALED(end->status);
  if (signalled || strstr(end->words, "Sanitizer")) /* which ends a process with an exit code */
    return myr_fail(error, MYR_INVALID, "%.500s: MuJoCo's compiler crashed on it (%s%s%.200s): %s", subject,
                    signalled ? strsignal(WTERMSIG(end->status)) : "found by a sanitizer", colon, end->words, remedy);
  if (code == CHILD_UNFIT || code == CHILD_NOT_LOADED)
    return myr_fail(error, MYR_ERROR, "%.500s: its reader did not start%s%.200s", subject, colon, end->words);
  return myr_fail(error, MYR_INVALID, "%.500s: its reader ended with exit code %d and no model%s%.200s: %s", subject,
                  code, colon, end->words, remedy);
}

/* ------------------------------------------------------------------------------------------------ asking */
static myr_status take_status(const char *subject, const child_limits *limits, message *answer, myr_error *error) {
  uint64_t head[CHILD_ANSWER_HEAD] = {0};
  answer->at = 0;
  message_copy(answer, head, sizeof head);
  size_t found = answer->at;
  answer->at = head[CHILD_STATUS_PLACE] < answer->size ? head[CHILD_STATUS_PLACE] : answer->size;
  myr_status status = (myr_status)message_take_int(answer, MYR_OK, MYR_BUSY);
  const char *text = message_take_text(answer);
  answer->at = found;
  if (answer->failed) return child_tell_damage(subject, answer, error);
  if (status == MYR_ERROR && text && child_tells_shortage(text)) return tell_shortage(subject, limits, error);
  return status ? myr_fail(error, status, "%s", text ? text : "") : MYR_OK;
}

myr_status child_tell_damage(const char *subject, const message *answer, myr_error *error) {
  if (answer->no_memory) return myr_fail(error, MYR_ERROR, "%.500s: too little memory for the compiled model", subject);
  return myr_fail(error, MYR_INVALID, "%.500s: its reader handed back a damaged model: %s", subject, remedy);
}

#ifdef MYRIAD_READS_IN_PROCESS
/* For the fuzzer, which counts the branches of one process. */
static myr_status answer_request(const char *subject, const child_limits *limits, const message *request,
                                 message *answer, myr_error *error) {
  (void)subject, (void)limits, (void)error, (void)tell_end;
  message copy = *request;
  child_serve(&copy, answer);
  return MYR_OK;
}
#else
static myr_status answer_request(const char *subject, const child_limits *limits, const message *request,
                                 message *answer, myr_error *error) {
  char program[CHILD_PATH_BYTES];
  child_end end = {0};
  myr_status status = child_program_find(program, error);
  if (!status) status = child_run(program, limits, request, answer, &end, error);
  return !status && !end.whole ? tell_end(subject, limits, &end, error) : status;
}
#endif

myr_status child_ask(const char *subject, const message *request, const atomic_int *stop, message *answer,
                     myr_error *error) {
  *answer = (message){0};
  if (request->failed) return myr_fail(error, MYR_ERROR, "%.500s: too little memory to ask for it", subject);
  child_limits limits;
  myr_status status = child_limits_read(&limits, error);
  limits.stop = stop;
  if (!status) status = answer_request(subject, &limits, request, answer, error);
  if (!status) return take_status(subject, &limits, answer, error);
  message_free(answer);
  answer->failed = true; /* nothing is to be taken from it */
  return status;
}
