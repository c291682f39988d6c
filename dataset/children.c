#include "dataset/children.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_LIMIT = 64 };

/* The report of a child on one file. The bytes that the work found follow it in the pipe. */
typedef struct report {
  myr_status status;
  myr_error error;
  size_t bytes;
} report;

typedef struct child {
  pid_t process;
  int pipe; /* to read from */
} child;

static bool write_all(int pipe, const void *data, size_t size) {
  for (const char *at = data; size;) {
    ssize_t written = write(pipe, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= (size_t)written;
  }
  return true;
}

static bool read_all(int pipe, void *data, size_t size) {
  for (char *at = data; size;) {
    ssize_t count = read(pipe, at, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count;
    size -= (size_t)count;
  }
  return true;
}

/* Does the work on one file and returns the report. *found: the bytes that the work found, malloc'd. */
static report work_on(const myr_dataset *dataset, const dataset_file *file, file_work work, char **found) {
  report report = {.status = MYR_OK};
  *found = NULL;
  FILE *stream = open_memstream(found, &report.bytes);
  if (!stream) {
    report.status = myr_fail(&report.error, MYR_ERROR, "too little memory to read %s", file->path);
    return report;
  }
  report.status = work(dataset, file, stream, &report.error);
  if (fclose(stream) && !report.status)
    report.status = myr_fail(&report.error, MYR_ERROR, "too little memory to read %s", file->path);
  return report;
}

static void serve(const myr_dataset *dataset, file_work work, int number, int count, int pipe) {
  for (int i = number; i < dataset->info.shards; i += count) {
    char *found;
    report report = work_on(dataset, &dataset->files[i], work, &found);
    if (!found) report.bytes = 0;
    bool written = write_all(pipe, &report, sizeof report) && write_all(pipe, found, report.bytes);
    free(found);
    if (!written) break; /* the parent is gone or needs no more reports */
  }
}

/* Starts up to `wanted` children. If n children start, each works on every n-th file. Returns n, which may be 0. */
static int start_children(const myr_dataset *dataset, file_work work, int wanted, child children[CHILD_LIMIT]) {
  int pipes[CHILD_LIMIT][2], count = 0;
  while (count < wanted && !pipe(pipes[count])) count++;
  int started = 0;
  for (; started < count; started++) {
    pid_t process = fork();
    if (process < 0) break;
    if (process == 0) {
      signal(SIGPIPE, SIG_IGN);
      for (int i = 0; i < count; i++) { /* each pipe must close when the only child that writes to it ends */
        close(pipes[i][0]);
        if (i != started) close(pipes[i][1]);
      }
      serve(dataset, work, started, count, pipes[started][1]);
      _exit(0); /* _exit, because exit would flush the parent's buffers a second time */
    }
    children[started] = (child){process, pipes[started][0]};
  }
  for (int i = 0; i < count; i++) {
    close(pipes[i][1]);
    if (i >= started) close(pipes[i][0]);
  }
  return count;
}

static myr_status take_report(const myr_dataset *dataset, int number, const child *child, file_work work,
                              file_found take, void *context, myr_error *error) {
  const dataset_file *file = &dataset->files[number];
  report report;
  char *found = NULL;
  bool served = child && read_all(child->pipe, &report, sizeof report) && (found = malloc(report.bytes + 1)) &&
                read_all(child->pipe, found, report.bytes);
  if (!served) { /* there is no child or it was killed, so this process does the work */
    free(found);
    report = work_on(dataset, file, work, &found);
  }
  if (report.status && error)
    *error = report.error;
  else if (!report.status)
    take(context, file, found, report.bytes);
  free(found);
  return report.status;
}

myr_status for_each_file(const myr_dataset *dataset, file_work work, file_found take, void *context, myr_error *error) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  int wanted = dataset->info.shards < processors ? dataset->info.shards : (int)processors;
  if (wanted > CHILD_LIMIT) wanted = CHILD_LIMIT;
  child children[CHILD_LIMIT];
  memset(children, 0, sizeof children);
  int count = wanted > 1 ? start_children(dataset, work, wanted, children) : 0;
  myr_status status = MYR_OK;
  for (int i = 0; !status && i < dataset->info.shards; i++) {
    const child *child = count && children[i % count].process ? &children[i % count] : NULL;
    status = take_report(dataset, i, child, work, take, context, error);
  }
  for (int i = 0; i < count; i++) {
    if (!children[i].process) continue;
    close(children[i].pipe);
    waitpid(children[i].process, NULL, 0);
  }
  return status;
}
