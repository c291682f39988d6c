#include "dataset/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the first line of a file of /proc; "" if it cannot be read. */
static void read_line(const char *path, char *text, size_t bytes) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t count = file < 0 ? 0 : read(file, text, bytes - 1);
  text[count > 0 ? count : 0] = 0;
  text[strcspn(text, "\n")] = 0;
  if (file >= 0) close(file);
}

/* Reads the state and the time of the start of a process. Returns false if /proc does not tell. */
static bool read_stat(int64_t pid, char *state, int64_t *start) {
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
  read_line(path, line, sizeof line);
  /* The second field is the name of the program in parentheses, which may hold spaces and parentheses itself. */
  const char *at = strrchr(line, ')');
  if (!at || sscanf(at + 1, " %c", state) != 1) return false;
  for (int field = 2; field < 22 && at; field++) at = strchr(at + 1, ' ');
  if (!at) return false;
  *start = strtoll(at, NULL, 10);
  return *start > 0;
}

void process_describe_self(process_identity *self) {
  *self = (process_identity){.pid = getpid()};
  char state;
  if (gethostname(self->host, sizeof self->host - 1)) self->host[0] = 0;
  read_line("/proc/sys/kernel/random/boot_id", self->boot, sizeof self->boot);
  ssize_t length = readlink("/proc/self/ns/pid", self->space, sizeof self->space - 1);
  self->space[length > 0 ? length : 0] = 0;
  if (!read_stat(self->pid, &state, &self->start)) self->start = 0;
}

process_life process_state(const process_identity *process) {
  process_identity self;
  process_describe_self(&self);
  if (!self.boot[0] || !self.space[0] || !self.start || strcmp(self.boot, process->boot) ||
      strcmp(self.space, process->space) || process->pid <= 0)
    return PROCESS_UNKNOWN;
  char state;
  int64_t start;
  if (read_stat(process->pid, &state, &start))
    return start == process->start && state != 'Z' && state != 'X' ? PROCESS_ALIVE : PROCESS_DEAD;
  if (kill((pid_t)process->pid, 0) && errno == ESRCH) return PROCESS_DEAD;
  return PROCESS_UNKNOWN; /* /proc hides the processes of other users */
}
