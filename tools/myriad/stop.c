#include "stop.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler sets it and the run's threads read it: C17 allows both only for an atomic object free of locks.
 * `volatile sig_atomic_t` may be shared between a handler and its own thread, not between threads. */
static atomic_int stop;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may set lock-free atomic objects only");

static void request_stop(int number) {
  stop = 1;
  signal(number, SIG_DFL); /* a second signal ends the program at once */
}

const atomic_int *stop_on_signals(void) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART};
    sigaction(signals[i], &action, NULL);
  }
  return &stop;
}
