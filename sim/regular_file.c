#include "sim/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *myr_irregular_kind(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFREG: return NULL;
  case S_IFLNK: return "a symbolic link";
  case S_IFIFO: return "a FIFO";
  case S_IFDIR: return "a directory";
  case S_IFSOCK: return "a socket";
  default: return "a device";
  }
}

bool myr_is_regular_file(const char *path) {
  struct stat about;
  return !stat(path, &about) && S_ISREG(about.st_mode);
}

static myr_status fail_irregular(const char *shown, mode_t mode, myr_error *error) {
  return myr_fail(error, MYR_INVALID, "%s is %s: only regular files are read", shown, myr_irregular_kind(mode));
}

/* Explains why a file could not be opened: open reports ELOOP for a link that it does not follow, and ENXIO for a
 * socket. errno stays. */
static myr_status open_failure(int folder, const char *name, const char *shown, enum myr_links links,
                               myr_error *error) {
  int cause = errno;
  struct stat info;
  bool told = !fstatat(folder, name, &info, links == MYR_FOLLOW_LINKS ? 0 : AT_SYMLINK_NOFOLLOW);
  if (told && myr_irregular_kind(info.st_mode)) return fail_irregular(shown, info.st_mode, error);
  myr_status status = myr_fail(error, MYR_IO, "cannot read %s: %s", shown, strerror(cause));
  errno = cause;
  return status;
}

myr_status myr_regular_file_open(int folder, const char *name, const char *shown, enum myr_links links, int *file,
                                 struct stat *info, myr_error *error) {
  struct stat found;
  /* O_NONBLOCK, because opening a FIFO waits for its writer otherwise. It has no effect on a regular file. */
  int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  *file = openat(folder, name, links == MYR_FOLLOW_LINKS ? flags : flags | O_NOFOLLOW);
  if (*file < 0) return open_failure(folder, name, shown, links, error);
  myr_status status = MYR_OK;
  if (fstat(*file, &found))
    status = myr_fail(error, MYR_IO, "cannot read %s: %s", shown, strerror(errno));
  else if (!S_ISREG(found.st_mode))
    status = fail_irregular(shown, found.st_mode, error);
  if (status) {
    close(*file);
    *file = -1;
  } else if (info) {
    *info = found;
  }
  return status;
}

/* *bytes: the size of the file. */
static myr_status open_stream(const char *path, FILE **stream, size_t *bytes, myr_error *error) {
  int file;
  struct stat info;
  *stream = NULL;
  myr_status status = myr_regular_file_open(AT_FDCWD, path, path, MYR_FOLLOW_LINKS, &file, &info, error);
  if (status) return status;
  *bytes = (size_t)info.st_size;
  *stream = fdopen(file, "rb");
  if (*stream) return MYR_OK;
  close(file);
  return myr_fail(error, MYR_ERROR, "too little memory to read %s", path);
}

myr_status myr_regular_file_stream(const char *path, FILE **stream, myr_error *error) {
  size_t bytes;
  return open_stream(path, stream, &bytes, error);
}

myr_status myr_regular_file_read(const char *path, size_t most, char **text, size_t *length, myr_error *error) {
  FILE *stream;
  size_t bytes;
  *text = NULL;
  myr_status status = open_stream(path, &stream, &bytes, error);
  if (status) return status;
  if (bytes > most)
    status = myr_fail(error, MYR_INVALID, "%s is larger than %zu MiB", path, most >> 20);
  else if (!(*text = malloc(bytes + 1)))
    status = myr_fail(error, MYR_ERROR, "too little memory to read %s", path);
  else {
    *length = fread(*text, 1, bytes, stream);
    (*text)[*length] = 0;
    if (ferror(stream)) status = myr_fail(error, MYR_IO, "cannot read %s: %s", path, strerror(errno));
  }
  fclose(stream);
  if (!status) return MYR_OK;
  free(*text);
  *text = NULL;
  return status;
}
