#include "sim/mujoco/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

FILE *asset_file_open(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* opening a pipe would wait otherwise */
  if (file < 0) return NULL;
  struct stat about;
  bool regular = fstat(file, &about) == 0 && S_ISREG(about.st_mode);
  FILE *stream = regular ? fdopen(file, "rb") : NULL;
  if (stream) return stream;
  close(file);
  if (!regular) errno = 0;
  return NULL;
}

const char *regular_file_kind(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}
