/* Prepares the directory into which a dataset is written; see writer.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset/writer.h"

static myr_status create_directory(const char *path, myr_error *error) {
  char *partial = strdup(path);
  if (!partial) return myr_fail(error, MYR_ERROR, "too little memory");
  int failure = 0;
  for (char *at = partial + 1; !failure; at++) {
    if (*at && *at != '/') continue;
    char end = *at;
    *at = 0;
    if (mkdir(partial, 0777) && errno != EEXIST) failure = errno;
    *at = end;
    if (!end) break;
  }
  free(partial);
  struct stat info;
  if (!failure && stat(path, &info)) failure = errno;
  if (!failure && !S_ISDIR(info.st_mode)) failure = ENOTDIR;
  if (!failure && access(path, W_OK | X_OK)) failure = errno;
  if (failure)
    return myr_fail(error, MYR_IO, "cannot write into %s: %s; choose another directory with -o", path,
                    strerror(failure));
  return MYR_OK;
}

/* Whether a file is a shard of ours, by its first bytes. An unfinished shard may lack them. */
static bool is_our_file(int directory, const char *name, bool unfinished) {
  static const char signature[8] = "\x89HDF\r\n\x1a\n";
  char start[8] = {0};
  int file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return false;
  struct stat info;
  bool regular = !fstat(file, &info) && S_ISREG(info.st_mode);
  bool signed_file = read(file, start, sizeof start) == sizeof start && !memcmp(start, signature, sizeof start);
  close(file);
  return regular && (signed_file || unfinished);
}

typedef myr_status (*visit_shard)(int directory, const char *path, const char *file, bool unfinished, myr_error *error);

static myr_status for_each_shard(const char *path, visit_shard visit, myr_error *error) {
  DIR *directory = opendir(path);
  if (!directory) return myr_fail(error, MYR_IO, "cannot read %s: %s", path, strerror(errno));
  myr_status status = MYR_OK;
  for (struct dirent *entry; !status && (entry = readdir(directory));) {
    shard_name name;
    if (shard_name_parse(entry->d_name, &name) && is_our_file(dirfd(directory), entry->d_name, name.unfinished))
      status = visit(dirfd(directory), path, entry->d_name, name.unfinished, error);
  }
  closedir(directory);
  return status;
}

static myr_status refuse_finished(int directory, const char *path, const char *file, bool unfinished,
                                  myr_error *error) {
  (void)directory;
  if (unfinished) return MYR_OK;
  return myr_fail(error, MYR_INVALID,
                  "%s holds a dataset already (%s): choose another directory, or replace it with --overwrite", path,
                  file);
}

static myr_status remove_shard(int directory, const char *path, const char *file, bool unfinished, myr_error *error) {
  (void)unfinished;
  if (!unlinkat(directory, file, 0)) return MYR_OK;
  return myr_fail(error, MYR_IO, "cannot remove %s/%s: %s", path, file, strerror(errno));
}

myr_status output_prepare(const char *path, bool overwrite, myr_error *error) {
  myr_status status = create_directory(path, error);
  if (!status && !overwrite) status = for_each_shard(path, refuse_finished, error);
  /* Without overwrite, the only shards here are unfinished ones of a killed run. */
  if (!status) status = for_each_shard(path, remove_shard, error);
  return status;
}
