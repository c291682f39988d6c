/* myriad-reader: reads one model for the program that started it, in a process of its own, and hands back the results.
 * A file that crashes MuJoCo's compiler, or that makes it take all time or memory, ends this process only.
 *
 *   myriad-reader PROTOCOL MEMORY PARENT    the request is file 0, the answer goes to file 3
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef MYRIAD_COVERAGE
#include <gcov.h>
#endif

#include "sim/child/ask.h"
#include "sim/child/process.h"

enum { MOST_WRITTEN_BYTES = 1 << 16 };

/* Whatever reads this limits memory by itself: a sanitizer reserves more addresses than any limit allows. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define HAS_SANITIZER 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

static void lower_limit(int resource, rlim_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit)) return;
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > value) limit.rlim_cur = value;
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value) limit.rlim_max = value;
  setrlimit(resource, &limit);
}

/* Ends with its parent, and at no other signal that a terminal or a scheduler sends to both: the parent decides. */
static bool follow_parent(long parent) {
  static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ};
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return getppid() == parent;
}

/* Keeps the files of the parent out of reach: those it has opened, those it could fill, and its core file. */
static void limit_self(double memory) {
  syscall(SYS_close_range, CHILD_ANSWER_FILE + 1, ~0U, 0);
  lower_limit(RLIMIT_CORE, 0);
  lower_limit(RLIMIT_FSIZE, MOST_WRITTEN_BYTES); /* of words, and of the log that MuJoCo may write */
  if (!HAS_SANITIZER) lower_limit(RLIMIT_AS, (rlim_t)memory);
  int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score < 0) return;
  if (write(score, "1000", 4) != 4) errno = 0; /* the system may then end the parent in its place */
  close(score);
}

static bool read_request(message *request) {
  struct stat about;
  if (fstat(CHILD_REQUEST_FILE, &about) || !S_ISREG(about.st_mode)) return false;
  for (size_t size = (size_t)about.st_size; request->size < size;) {
    if (!message_reserve(request, size - request->size)) return false;
    ssize_t count = read(CHILD_REQUEST_FILE, request->bytes + request->size, size - request->size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    request->size += (size_t)count;
  }
  return true;
}

static bool write_answer(const message *answer) {
  const char *at = answer->bytes;
  for (size_t left = answer->size; left;) {
    ssize_t count = write(CHILD_ANSWER_FILE, at, left);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count;
    left -= (size_t)count;
  }
  return !answer->failed;
}

int main(int argc, char **argv) {
  if (argc != 4 || strcmp(argv[1], CHILD_PROTOCOL) != 0) {
    fprintf(stderr, "myriad-reader %s serves the myriad of the same version, and nobody else\n", CHILD_PROTOCOL);
    return CHILD_UNFIT;
  }
  if (!follow_parent(strtol(argv[3], NULL, 10))) return 1;
  limit_self(strtod(argv[2], NULL));
  message request = {0}, answer;
  if (!read_request(&request)) {
    fputs("too little memory for the request\n", stderr);
    return 1;
  }
  child_serve(&request, &answer);
  if (answer.failed) fputs("out of memory for the answer\n", stderr);
#ifdef MYRIAD_COVERAGE
  __gcov_dump(); /* now, because the parent ends this process as soon as it has the answer */
#endif
  _exit(write_answer(&answer) ? 0 : 1); /* _exit, because nothing is to be freed */
}
