#include "dataset/shard_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/grow.h"
#include "sim/regular_file.h"

static bool append(shard_list *list, const char *file, const shard_name *name) {
  listed_shard *items = myr_grow(list->items, list->count, &list->capacity, sizeof *items);
  if (!items) return false;
  list->items = items;
  items[list->count] = (listed_shard){strdup(file), *name};
  return items[list->count++].file != NULL;
}

static int by_first_episode(const void *left, const void *right) {
  const listed_shard *a = left, *b = right;
  if (a->name.first != b->name.first) return a->name.first < b->name.first ? -1 : 1;
  return strcmp(a->file, b->file);
}

static myr_status add(int folder, const char *shown, const char *file, shard_list *list, myr_error *error) {
  shard_name name;
  struct stat info;
  if (!shard_name_parse(file, &name)) return MYR_OK;
  if (fstatat(folder, file, &info, AT_SYMLINK_NOFOLLOW)) {
    if (errno == ENOENT) return MYR_OK; /* its run has just given it another name */
    return myr_fail(error, MYR_IO, "cannot read %s/%s: %s", shown, file, strerror(errno));
  }
  if (myr_irregular_kind(info.st_mode))
    return myr_fail(error, MYR_INVALID, "%s/%s is named like a file of episodes, but it is %s: remove it", shown, file,
                    myr_irregular_kind(info.st_mode));
  return append(list, file, &name) ? MYR_OK : myr_fail(error, MYR_ERROR, "too little memory for the list of files");
}

myr_status shard_list_read(int folder, const char *shown, shard_list *list, myr_error *error) {
  *list = (shard_list){0};
  int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir(again);
  if (!listing) {
    myr_status status = myr_fail(error, MYR_IO, "cannot read %s: %s", shown, strerror(errno));
    if (again >= 0) close(again);
    return status;
  }
  myr_status status = MYR_OK;
  for (struct dirent *entry; !status && (entry = readdir(listing));)
    status = add(folder, shown, entry->d_name, list, error);
  closedir(listing);
  if (list->count) qsort(list->items, (size_t)list->count, sizeof *list->items, by_first_episode);
  return status;
}

void shard_list_free(shard_list *list) {
  for (int i = 0; i < list->count; i++) free(list->items[i].file);
  free(list->items);
  *list = (shard_list){0};
}

myr_status shard_list_missing(const shard_list *list, const char *shown, int64_t first, int64_t last,
                              myr_episode_range **ranges, int *count, myr_error *error) {
  *count = 0;
  *ranges = calloc((size_t)list->count + 1, sizeof **ranges);
  if (!*ranges) return myr_fail(error, MYR_ERROR, "too little memory for the list of files");
  const listed_shard *before = NULL;
  for (int i = 0; i < list->count; i++) {
    const listed_shard *shard = &list->items[i];
    if (shard->name.unfinished || shard->name.last < first || shard->name.first > last) continue;
    if (before && shard->name.first <= before->name.last)
      return myr_fail(error, MYR_INVALID, "%s and %s in %s hold the same episodes: remove one", before->file,
                      shard->file, shown);
    if (shard->name.first > first) (*ranges)[(*count)++] = (myr_episode_range){first, shard->name.first - 1};
    first = shard->name.last + 1;
    before = shard;
  }
  if (first <= last) (*ranges)[(*count)++] = (myr_episode_range){first, last};
  return MYR_OK;
}
