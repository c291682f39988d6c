#include "sim/threads.h"

#include <ctype.h>
#include <omp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int myr_thread_count(int wanted) {
  omp_set_dynamic(0); /* or OpenMP may start fewer than it is asked for */
  int count = wanted > 0 ? wanted : omp_get_max_threads(), limit = omp_get_thread_limit();
  if (count > MYR_MOST_THREADS) count = MYR_MOST_THREADS;
  if (limit > 0 && count > limit) count = limit;
  return count > 0 ? count : 1;
}

/* ------------------------------------------------------------------------------------------------ starting threads */

/* A size such as 4M, in bytes; kibibytes unless it names a unit, 0 for nonsense. */
static size_t size_of_text(const char *text) {
  static const char units[] = "bkmgt";
  char *end;
  unsigned long long number = strtoull(text, &end, 10);
  while (isspace((unsigned char)*end)) end++;
  const int letter = tolower((unsigned char)*end);
  const char *unit = letter ? strchr(units, letter) : units + 1;
  if (end == text || !unit || number > (1ull << 62) >> 10 * (unit - units)) return 0;
  return (size_t)(number << 10 * (unit - units));
}

/* The bytes that OMP_STACKSIZE asks for; 0 where it says nothing or nonsense, which OpenMP ignores. */
static size_t stack_bytes(void) {
  static const char *const names[] = {"OMP_STACKSIZE", "GOMP_STACKSIZE"};
  size_t bytes = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names && !bytes; i++) {
    const char *text = getenv(names[i]);
    if (text) bytes = size_of_text(text);
  }
  return bytes;
}

typedef struct gate {
  pthread_mutex_t mutex;
  pthread_cond_t opened;
  bool open;
} gate;

static void *wait_at(void *argument) {
  gate *gate = argument;
  pthread_mutex_lock(&gate->mutex);
  while (!gate->open) pthread_cond_wait(&gate->opened, &gate->mutex);
  pthread_mutex_unlock(&gate->mutex);
  return NULL;
}

static void open_gate(gate *gate) {
  pthread_mutex_lock(&gate->mutex);
  gate->open = true;
  pthread_cond_broadcast(&gate->opened);
  pthread_mutex_unlock(&gate->mutex);
}

/* Starts threads that wait for each other and returns the number that started. *cause: why no more did, or 0. */
static int start_and_join(int threads, pthread_t *started, int *cause) {
  gate gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  size_t stack = stack_bytes();
  if (stack) pthread_attr_setstacksize(&attributes, stack); /* it refuses one that is too small, as OpenMP does */
  int count = 0;
  *cause = 0;
  while (count < threads && !*cause) {
    *cause = pthread_create(&started[count], &attributes, wait_at, &gate);
    count += !*cause;
  }
  open_gate(&gate);
  for (int i = 0; i < count; i++) pthread_join(started[i], NULL);
  pthread_attr_destroy(&attributes);
  return count;
}

myr_status myr_threads_check(int threads, myr_error *error) {
  if (threads < 2) return MYR_OK;
  pthread_t *started = calloc((size_t)threads, sizeof *started);
  if (!started) return myr_fail(error, MYR_ERROR, "too little memory for %d threads", threads);
  int cause, count = 1 + start_and_join(threads - 1, started, &cause);
  free(started);
  if (count == threads) return MYR_OK;
  return myr_fail(
      error, MYR_ERROR,
      "only %d of %d threads can be started (%s): ask for fewer by --threads or OMP_NUM_THREADS, allow more "
      "processes (ulimit -u), or set OMP_STACKSIZE to some megabytes",
      count, threads, strerror(cause));
}
