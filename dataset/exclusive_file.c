#include "dataset/exclusive_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
