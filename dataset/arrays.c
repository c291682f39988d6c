/* Reads single arrays of a dataset; see dataset.h. */
#include <stdlib.h>
#include <string.h>

#include "dataset/stored_array.h"

void close_episode(myr_dataset *dataset) {
  found_episode_clear(&dataset->arrays);
  if (dataset->group > 0) H5Gclose(dataset->group);
  if (dataset->file > 0) H5Fclose(dataset->file);
  dataset->group = dataset->file = 0;
}

static myr_status open_episode(myr_dataset *dataset, int64_t episode, myr_error *error) {
  const myr_dataset_info *info = &dataset->info;
  if (dataset->file > 0 && dataset->episode == episode) return MYR_OK;
  close_episode(dataset);
  const dataset_file *file = dataset->files, *last = file + info->shards - 1;
  if (episode < file->name.first || episode > last->name.last)
    return myr_fail(error, MYR_INVALID, "there is no episode %lld: the dataset holds %lld to %lld", (long long)episode,
                    (long long)file->name.first, (long long)last->name.last);
  while (file->name.last < episode) file++;
  if (file->name.first > episode)
    return myr_fail(error, MYR_INVALID, "episode %lld is missing: the dataset is unfinished", (long long)episode);
  myr_status status = reader_open(file->path, &dataset->file, error);
  if (status) {
    dataset->file = 0;
    return status;
  }
  char name[48];
  snprintf(name, sizeof name, "data/demo_%lld", (long long)(episode - file->name.first));
  dataset->group = open_hard(dataset->file, name, H5I_GROUP);
  dataset->episode = episode;
  if (dataset->group > 0 && frames_are_whole(file->path, dataset->group) &&
      find_arrays(dataset->group, file->bytes, &dataset->arrays) && !dataset->arrays.fault[0])
    return MYR_OK;
  close_episode(dataset);
  return myr_fail(error, MYR_ERROR, "%s is damaged: %s cannot be read; `myriad verify` tells more", file->path, name);
}

/* Reads `count` rows, or all rows if count < 0. */
static myr_status read_some(myr_dataset *dataset, int64_t episode, const char *path, int64_t first, int64_t count,
                            myr_array *array, myr_error *error) {
  *array = (myr_array){0};
  myr_status status = open_episode(dataset, episode, error);
  if (status) return status;
  const found_array *found = found_find(&dataset->arrays, path);
  if (!found) return myr_fail(error, MYR_INVALID, "episode %lld has no array %s", (long long)episode, path);
  int64_t rows = found->shape[0];
  if (count < 0) count = rows;
  if (first < 0 || count > rows || first > rows - count)
    return myr_fail(error, MYR_INVALID, "%s of episode %lld has %lld rows: %lld from row %lld on are not there", path,
                    (long long)episode, (long long)rows, (long long)count, (long long)first);
  read_buffer buffer = {0};
  bool read = read_rows(found, first, count, &buffer) != NULL;
  void *data = buffer.data;
  buffer.data = read ? NULL : data; /* the caller gets it, and the rest of the buffer is freed */
  read_buffer_free(&buffer);
  if (!read) {
    return myr_fail(error, MYR_ERROR, "%s of episode %lld cannot be read: too little memory, or it is damaged", path,
                    (long long)episode);
  }
  *array = (myr_array){.type = found->type, .rank = found->rank, .rows = rows, .data = data};
  memcpy(array->shape, found->shape, sizeof array->shape);
  array->shape[0] = count;
  array->count = rows ? found->count / rows * count : 0;
  return MYR_OK;
}

myr_status myr_dataset_read(myr_dataset *dataset, int64_t episode, const char *path, myr_array *array,
                            myr_error *error) {
  return read_some(dataset, episode, path, 0, -1, array, error);
}

myr_status myr_dataset_read_rows(myr_dataset *dataset, int64_t episode, const char *path, int64_t first, int64_t count,
                                 myr_array *array, myr_error *error) {
  if (count < 0) return myr_fail(error, MYR_INVALID, "%lld rows cannot be read", (long long)count);
  return read_some(dataset, episode, path, first, count, array, error);
}
