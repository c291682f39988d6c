#include "sim/mujoco/guard.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/mujoco/version.h"

typedef struct guard {
  jmp_buf escape;
  char message[sizeof(((myr_error *)0)->message)];
} guard;

/* Static, so that longjmp leaves its contents defined. */
static _Thread_local guard this_guard;
static _Thread_local bool guarded;
static void (*previous_error)(const char *);
static void (*previous_warning)(const char *);
static pthread_once_t handlers_once = PTHREAD_ONCE_INIT;

/* The handlers belong to the whole process. Outside a guard, a program that uses MuJoCo itself keeps its own handler; if
 * it has none, MuJoCo ends the process, as it always does. */
static void on_error(const char *message) {
  if (guarded) {
    snprintf(this_guard.message, sizeof this_guard.message, "%s", message);
    longjmp(this_guard.escape, 1);
  }
  if (previous_error) {
    previous_error(message);
    return;
  }
  fprintf(stderr, "MuJoCo: %s\n", message);
  exit(EXIT_FAILURE);
}

static void on_warning(const char *message) {
  if (!guarded && previous_warning) previous_warning(message);
}

static void install_handlers(void) {
  previous_error = mju_user_error;
  previous_warning = mju_user_warning;
  mju_user_error = on_error;
  mju_user_warning = on_warning;
}

myr_status guard_run(void (*function)(void *context), void *context, myr_error *error) {
  pthread_once(&handlers_once, install_handlers);
  if (setjmp(this_guard.escape)) {
    guarded = false;
    return myr_fail(error, MYR_ERROR, "MuJoCo: %s", this_guard.message);
  }
  guarded = true;
  function(context);
  guarded = false;
  return MYR_OK;
}
