#include "stop.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "command.h"

/* A signal handler sets it and the run's threads read it: C17 allows both only for an atomic object free of locks.
 * `volatile sig_atomic_t` may be shared between a handler and its own thread, not between threads. */
static atomic_int stop;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may set lock-free atomic objects only");

/* A large picture, the memory of millions of worlds or a slow disk may hold a run up for minutes. Schedulers kill a
 * program half a minute after the signal, many sooner. A run that is killed leaves whole files and goes on later, so this
 * ends it as a kill would, but with its exit code and a word. */
enum { SECONDS_TO_STOP = 8 };

static void end_now(int number) {
  static const char words[] =
      "\nmyriad: stopped at once, because the work at hand takes long; the same command goes on\n";
  (void)number;
  if (write(STDERR_FILENO, words, sizeof words - 1) < 0) _exit(EXIT_STOPPED);
  _exit(EXIT_STOPPED);
}

static void request_stop(int number) {
  stop = 1;
  signal(number, SIG_DFL); /* a second signal ends the program at once */
  alarm(SECONDS_TO_STOP);
}

const atomic_int *stop_on_signals(void) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
  signal(SIGALRM, end_now);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART};
    sigaction(signals[i], &action, NULL);
  }
  return &stop;
}
