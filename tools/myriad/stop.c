#include "stop.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "sim/unfinished.h"

/* A signal handler sets it and the run's threads read it: C17 allows both only for an atomic object free of locks.
 * `volatile sig_atomic_t` may be shared between a handler and its own thread, not between threads. */
static atomic_int stop;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may set lock-free atomic objects only");

static unsigned long long page_bytes;

/* A large picture, the memory of millions of worlds or a slow disk may hold a run up for minutes. Schedulers kill a
 * program half a minute after the signal, many after 10 s. A run that is killed leaves whole files and goes on later, so
 * this ends it as a kill would, but with its exit code and a word. The system then frees the memory, which was seen to take
 * 0.8 s for a gigabyte on a busy machine: 16 million worlds have ten. The memory may still grow after the signal, so this
 * is asked each second. */
static unsigned seconds_to_stop(void) {
  enum { MOST_SECONDS = 6, FREED_IN_A_SECOND = 1000 }; /* MB */
  char text[64] = "";
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC); /* its size in pages, and what is in memory of it */
  ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  unsigned long long pages = 0;
  for (const char *at = memchr(text, ' ', length > 0 ? (size_t)length : 0); at && *++at >= '0' && *at <= '9';)
    pages = 10 * pages + (unsigned)(*at - '0');
  unsigned long long seconds = pages * page_bytes / 1000000 / FREED_IN_A_SECOND;
  return seconds < MOST_SECONDS ? MOST_SECONDS - (unsigned)seconds : 1;
}

static void handle_signals(void (*handler)(int), int flags) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;
    if (signals[i] == SIGHUP && !sigaction(SIGHUP, NULL, &before) && before.sa_handler == SIG_IGN) continue;
    sigaction(signals[i], &action, NULL);
  }
}

/* ------------------------------------------------------------------------------------------------ by the signal */
static void end(int number) {
  myr_unfinished_remove(); /* NOLINT(bugprone-signal-handler): made for them */
  signal(number, SIG_DFL);
  raise(number); /* it comes when this handler returns */
}

void end_on_signals(void) { handle_signals(end, SA_RESTART); }

/* ------------------------------------------------------------------------------------------------ at once */
static _Noreturn void leave(const char *words) {
  myr_unfinished_remove(); /* NOLINT(bugprone-signal-handler): made for them */
  if (write(STDERR_FILENO, words, strlen(words)) < 0) _exit(EXIT_STOPPED);
  _exit(EXIT_STOPPED);
}

static void leave_before(int number) {
  (void)number;
  leave("\nmyriad: stopped before anything was made; the same command begins anew\n");
}

void stop_at_once_on_signals(void) { handle_signals(leave_before, SA_RESTART); }

/* ------------------------------------------------------------------------------------------------ in order */
static void look_at_the_time(int number) {
  static unsigned seconds;
  (void)number;
  alarm(1);
  if (++seconds < seconds_to_stop()) return;
  leave("\nmyriad: stopped at once, because the work at hand takes long; the same command goes on\n");
}

static void request_stop(int number) {
  stop = 1;
  signal(number, end); /* a second signal ends the program at once */
  alarm(1);
}

const atomic_int *stop_on_signals(bool ends_waits) {
  page_bytes = (unsigned long long)sysconf(_SC_PAGESIZE);
  signal(SIGALRM, look_at_the_time);
  handle_signals(request_stop, ends_waits ? 0 : SA_RESTART);
  return &stop;
}
