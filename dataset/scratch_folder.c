#include "dataset/scratch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/unfinished.h"

#define PREFIX "myriad-plan-"

static void remove_files(int folder) {
  int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = copy < 0 ? NULL : fdopendir(copy);
  for (const struct dirent *entry; stream && (entry = readdir(stream));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) unlinkat(folder, entry->d_name, 0);
  if (stream) closedir(stream);
}

/* ------------------------------------------------------------------------------------------------ left behind */
/* Whether a folder is ours and nobody's any more. A program locks its folder at once after it has made it, so a folder
 * without a lock that is older than a minute belongs to a program that was killed. */
static bool is_left(int folder) {
  enum { LEAST_AGE = 60 }; /* s */
  struct stat about;
  return !fstat(folder, &about) && about.st_uid == geteuid() && time(NULL) - about.st_mtime > LEAST_AGE &&
         !flock(folder, LOCK_EX | LOCK_NB);
}

static void remove_left(const char *place) {
  DIR *stream = opendir(place);
  for (const struct dirent *entry; stream && (entry = readdir(stream));) {
    if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0) continue;
    int folder = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) continue;
    if (is_left(folder)) {
      remove_files(folder);
      unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR);
    }
    close(folder);
  }
  if (stream) closedir(stream);
}

/* ------------------------------------------------------------------------------------------------ making */
myr_status scratch_folder_make(scratch_folder *folder, myr_error *error) {
  const char *named = getenv("TMPDIR");
  const char *const places[] = {"/dev/shm", named && *named ? named : "/tmp", "/tmp"};
  *folder = (scratch_folder){.lock = -1, .note = -1};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    remove_left(places[i]);
    snprintf(folder->path, sizeof folder->path, "%s/" PREFIX "%ld-XXXXXX", places[i], (long)getpid());
    if (!mkdtemp(folder->path)) continue;
    folder->note = myr_unfinished_note(folder->path);
    folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder->lock >= 0) flock(folder->lock, LOCK_EX | LOCK_NB);
    return MYR_OK;
  }
  return myr_fail(error, MYR_IO, "cannot make a folder for temporary files: %s; set TMPDIR", strerror(errno));
}

void scratch_folder_remove(scratch_folder *folder) {
  if (folder->lock >= 0) remove_files(folder->lock);
  rmdir(folder->path);
  if (folder->lock >= 0) close(folder->lock);
  myr_unfinished_forget(folder->note);
}
