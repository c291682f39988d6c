#include "sim/child/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_BYTES = 1 << 16, PIPE_BYTES = 1 << 20, CHUNK_BYTES = 1 << 16, FIRST_FREE_FILE = 10, LAST_WORDS_MS = 2000 };

typedef struct child {
  pid_t process;
  int request, words, answer[2]; /* -1: not open */
  int64_t deadline;              /* ms of the monotonic clock */
  double most;                   /* bytes of an answer */
  const atomic_int *stop;        /* or NULL */
} child;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------------------------------ files */
/* The same file under a number that is none of the child's own, so that giving it those overwrites none of them. */
static int move_up(int file) {
  if (file < 0 || file >= FIRST_FREE_FILE) return file;
  int moved = fcntl(file, F_DUPFD_CLOEXEC, FIRST_FREE_FILE);
  int failure = errno == EINVAL ? EMFILE : errno; /* EINVAL: the limit on files lies below */
  close(file);
  errno = failure;
  return moved;
}

static bool write_all(int file, const char *bytes, size_t size) {
  while (size) {
    ssize_t written = write(file, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= (size_t)written;
  }
  return true;
}

/* A file of a size that nobody can change, so that a child that never stops talking takes no memory. */
static bool fix_size(int file, off_t bytes) {
  return !ftruncate(file, bytes) && !fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
}

/* Requests and words are files in memory, so that nobody waits for anybody who reads them. */
static bool open_files(child *c, const message *request) {
  c->request = move_up(memfd_create("request", MFD_CLOEXEC));
  c->words = move_up(memfd_create("words", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (c->request < 0 || c->words < 0 || !fix_size(c->words, WORDS_BYTES) || pipe2(c->answer, O_CLOEXEC)) return false;
  c->answer[0] = move_up(c->answer[0]);
  c->answer[1] = move_up(c->answer[1]);
  if (c->answer[0] < 0 || c->answer[1] < 0) return false;
  fcntl(c->answer[1], F_SETPIPE_SZ, PIPE_BYTES); /* it is only slower where this is refused */
  return write_all(c->request, request->bytes, request->size) && lseek(c->request, 0, SEEK_SET) == 0;
}

static void close_file(int *file) {
  if (*file >= 0) close(*file);
  *file = -1;
}

static void close_files(child *c) {
  close_file(&c->request);
  close_file(&c->words);
  close_file(&c->answer[0]);
  close_file(&c->answer[1]);
}

/* ------------------------------------------------------------------------------------------------ starting */
extern char **environ;

static int start_with(child *c, const char *program, char *const arguments[], posix_spawn_file_actions_t *files,
                      posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int failure = posix_spawn_file_actions_adddup2(files, c->request, CHILD_REQUEST_FILE);
  if (!failure) failure = posix_spawn_file_actions_adddup2(files, c->words, STDOUT_FILENO);
  if (!failure) failure = posix_spawn_file_actions_adddup2(files, c->words, STDERR_FILENO);
  if (!failure) failure = posix_spawn_file_actions_adddup2(files, c->answer[1], CHILD_ANSWER_FILE);
  if (!failure) failure = posix_spawnattr_setsigmask(attributes, &none);
  if (!failure) failure = posix_spawnattr_setsigdefault(attributes, &all);
  if (!failure) failure = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  return failure ? failure : posix_spawn(&c->process, program, files, attributes, arguments, environ);
}

/* An error number, or 0. */
static int start(child *c, const char *program, const child_limits *limits) {
  char memory[32], parent[32], protocol[] = CHILD_PROTOCOL, name[] = "myriad-reader";
  snprintf(memory, sizeof memory, "%.0f", limits->gigabytes * 1e9);
  snprintf(parent, sizeof parent, "%ld", (long)getpid());
  char *arguments[] = {name, protocol, memory, parent, NULL};
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int failure = posix_spawn_file_actions_init(&files);
  if (failure) return failure;
  failure = posix_spawnattr_init(&attributes);
  if (!failure) {
    failure = start_with(c, program, arguments, &files, &attributes);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return failure;
}

static myr_status tell_no_start(const char *program, int failure, myr_error *error) {
  const char *remedy = "";
  if (failure == EAGAIN) remedy = ": the limit on processes is too low (ulimit -u)";
  if (failure == EMFILE || failure == ENFILE) remedy = ": the limit on open files is too low (ulimit -n)";
  return myr_fail(error, MYR_ERROR, "cannot start %.600s, which reads models: %s%s", program, strerror(failure),
                  remedy);
}

/* ------------------------------------------------------------------------------------------------ its answer */
/* Whether the number of bytes that the answer begins with have come. */
static bool is_whole(const message *answer) {
  uint64_t promised;
  if (answer->size < sizeof promised) return false;
  memcpy(&promised, answer->bytes, sizeof promised);
  return answer->size == promised;
}

/* Whether the child is to be ended before its answer. */
static bool was_ended(const child_end *end) {
  return end->too_late || end->stopped || end->too_large || end->no_memory;
}

/* Takes bytes until the child closes its end, or a limit is reached. A signal ends poll only in the thread that it meets,
 * so the stop is looked at each second. */
static void receive(child *c, message *answer, child_end *end) {
  for (;;) {
    int64_t left = c->deadline - now_ms();
    struct pollfd pipe = {.fd = c->answer[0], .events = POLLIN};
    int ready = left > 0 ? poll(&pipe, 1, left < 1000 ? (int)left : 1000) : 0;
    end->too_late = left <= 0;
    end->too_large = (double)answer->size > c->most;
    end->no_memory = !message_reserve(answer, CHUNK_BYTES);
    end->stopped = c->stop && *c->stop;
    if (was_ended(end)) return;
    if (ready <= 0) continue;
    ssize_t count = read(c->answer[0], answer->bytes + answer->size, answer->room - answer->size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    answer->size += (size_t)count;
  }
}

/* Waits for the end of a child that has closed its answer; one that does not end, or that gave all, is killed. */
static int reap(const child *c, bool at_once) {
  int status = -1;
  for (int64_t until = now_ms() + LAST_WORDS_MS; !at_once && now_ms() < until;) {
    pid_t ended = waitpid(c->process, &status, WNOHANG);
    if (ended == c->process) return status;
    if (ended < 0 && errno != EINTR) return -1; /* somebody else has waited for it */
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
  }
  kill(c->process, SIGKILL);
  pid_t ended;
  do ended = waitpid(c->process, &status, 0);
  while (ended < 0 && errno == EINTR);
  return ended == c->process ? status : -1;
}

/* Letters of control would reach the user's terminal. */
static void read_words(const child *c, char *words, size_t room) {
  ssize_t length = pread(c->words, words, room - 1, 0);
  words[length > 0 ? length : 0] = 0;
  for (char *at = words; *at; at++)
    if ((unsigned char)*at < ' ' || (unsigned char)*at > '~') *at = *at == '\n' || *at == '\t' ? ' ' : '?';
  for (size_t last = strlen(words); last && words[last - 1] == ' ';) words[--last] = 0;
}

myr_status child_run(const char *program, const child_limits *limits, const message *request, message *answer,
                     child_end *end, myr_error *error) {
  *end = (child_end){.status = -1};
  child c = {.request = -1, .words = -1, .answer = {-1, -1}, .most = limits->gigabytes * 1e9, .stop = limits->stop};
  int failure = open_files(&c, request) ? start(&c, program, limits) : errno;
  c.deadline = now_ms() + (int64_t)(limits->seconds * 1000) + 1;
  close_file(&c.answer[1]); /* or the answer would never end */
  if (!failure) {
    receive(&c, answer, end);
    end->whole = is_whole(answer);
    end->status = reap(&c, end->whole || was_ended(end));
    read_words(&c, end->words, sizeof end->words);
  }
  close_files(&c);
  return failure ? tell_no_start(program, failure, error) : MYR_OK;
}
