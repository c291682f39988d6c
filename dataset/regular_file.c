#include "dataset/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *irregular_kind(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFREG: return NULL;
  case S_IFLNK: return "a symbolic link";
  case S_IFIFO: return "a FIFO";
  case S_IFDIR: return "a directory";
  case S_IFSOCK: return "a socket";
  default: return "a device";
  }
}

/* Explains why a file could not be opened: open reports ELOOP for a link and ENXIO for a socket. */
static myr_status open_failure(int folder, const char *name, const char *shown, myr_error *error) {
  int cause = errno;
  struct stat info;
  if (!fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) && irregular_kind(info.st_mode))
    return myr_fail(error, MYR_INVALID, "%s is %s: only regular files are read", shown, irregular_kind(info.st_mode));
  return myr_fail(error, MYR_IO, "cannot read %s: %s", shown, strerror(cause));
}

myr_status regular_file_open(int folder, const char *name, const char *shown, int *file, struct stat *info,
                             myr_error *error) {
  struct stat found;
  /* O_NONBLOCK, because opening a FIFO waits for its writer otherwise. It has no effect on a regular file. */
  *file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (*file < 0) return open_failure(folder, name, shown, error);
  if (fstat(*file, &found) || !S_ISREG(found.st_mode)) {
    const char *kind = irregular_kind(found.st_mode);
    close(*file);
    *file = -1;
    return myr_fail(error, MYR_INVALID, "%s is %s: only regular files are read", shown, kind ? kind : "unreadable");
  }
  if (info) *info = found;
  return MYR_OK;
}

int exclusive_file_create(int folder, const char *name) {
  return openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

bool file_is_named(int folder, int file, const char *name) {
  struct stat open, named;
  return !fstat(file, &open) && !fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

static int fail_with(int cause) {
  errno = cause;
  return -1;
}

int exclusive_file_move(int from, const char *name, int to, const char *final) {
  if (!renameat2(from, name, to, final, RENAME_NOREPLACE)) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  struct stat taken; /* a file system that can only replace, such as NFS: claims keep others away from the name */
  if (!fstatat(to, final, &taken, AT_SYMLINK_NOFOLLOW)) return fail_with(EEXIST);
  return renameat(from, name, to, final);
}

/* For file systems without hard links. The check and the move are two steps: between them a process that ignores claims
 * could put another file in the place of `part`, which the last check finds. */
static int publish_by_name(int folder, int file, const char *part, const char *final) {
  if (!file_is_named(folder, file, part)) return fail_with(ENOENT);
  if (exclusive_file_move(folder, part, folder, final)) return -1;
  return file_is_named(folder, file, final) ? 0 : fail_with(ENOENT);
}

int exclusive_file_publish(int folder, int file, const char *part, const char *final) {
  /* A link made through the descriptor names the open file itself, and linking never replaces. On NFS it is atomic,
   * and renameat2 does not know RENAME_NOREPLACE there. */
  char descriptor[64];
  snprintf(descriptor, sizeof descriptor, "/proc/self/fd/%d", file);
  if (linkat(AT_FDCWD, descriptor, folder, final, AT_SYMLINK_FOLLOW)) {
    if (errno == EEXIST) return -1;
    return publish_by_name(folder, file, part, final);
  }
  if (file_is_named(folder, file, part)) unlinkat(folder, part, 0);
  return 0;
}
