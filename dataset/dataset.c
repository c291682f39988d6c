/* A dataset as a whole: finds its files, reads the attributes that describe them, and computes its digest. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "dataset/children.h"
#include "dataset/claim.h"
#include "dataset/reader.h"
#include "dataset/shard_episode.h"
#include "dataset/shard_list.h"
#include "dataset/stored_array.h"
#include "sim/regular_file.h"

/* ---------------------------------------------------------------------------------------------------- files */

/* Adds a file, and its size; a path that is no regular file is refused. */
static myr_status add_file(myr_dataset *dataset, const char *directory, const char *file, const shard_name *name,
                           myr_error *error) {
  dataset_file *files = realloc(dataset->files, (size_t)(dataset->info.shards + 1) * sizeof *files);
  if (!files) return myr_fail(error, MYR_ERROR, "too little memory for the list of files");
  dataset->files = files;
  dataset_file *added = &files[dataset->info.shards];
  *added = (dataset_file){.name = *name};
  if (asprintf(&added->path, "%s%s%s", directory, *directory ? "/" : "", file) < 0)
    return myr_fail(error, MYR_ERROR, "too little memory for the list of files");
  dataset->info.shards++;
  int descriptor;
  struct stat info;
  myr_status status =
      myr_regular_file_open(AT_FDCWD, added->path, added->path, MYR_REFUSE_LINKS, &descriptor, &info, error);
  if (status) return status;
  close(descriptor);
  added->bytes = info.st_size;
  dataset->info.bytes += info.st_size;
  return MYR_OK;
}

static bool find_promise(int folder, myr_promise *promise) {
  claim_job job;
  if (!claim_find(folder, &job, &promise->running)) return false;
  snprintf(promise->name, sizeof promise->name, "%s", job.identity.values[IDENTITY_name]);
  promise->seed = strtoull(job.identity.values[IDENTITY_seed], NULL, 10);
  promise->episodes_total = strtoll(job.identity.values[IDENTITY_episodes], NULL, 10);
  return true;
}

static myr_status refuse_empty(const char *path, int folder, int part_files, myr_error *error) {
  myr_promise promise;
  if (find_promise(folder, &promise))
    return myr_fail(error, MYR_STOPPED, "%s is unfinished, 0 of %lld: no file of %s is whole yet; %s", path,
                    (long long)promise.episodes_total, promise.name,
                    promise.running ? "its run goes on"
                                    : "its run was stopped, and its command, given again, makes it");
  if (part_files)
    return myr_fail(error, MYR_STOPPED, "%s is unfinished: no file is whole yet; its run was killed", path);
  return myr_fail(error, MYR_INVALID, "%s holds no dataset: no file is named like NAME-000000000-000000255.h5", path);
}

bool myr_dataset_promised(const char *path, myr_promise *promise) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool found = folder >= 0 && find_promise(folder, promise);
  if (folder >= 0) close(folder);
  return found;
}

static myr_status list_directory(myr_dataset *dataset, const char *path, int folder, myr_error *error) {
  shard_list list;
  myr_status status = shard_list_read(folder, path, &list, error);
  for (int i = 0; !status && i < list.count; i++)
    if (list.items[i].name.unfinished)
      dataset->info.part_files++;
    else
      status = add_file(dataset, path, list.items[i].file, &list.items[i].name, error);
  if (!status && !dataset->info.shards) status = refuse_empty(path, folder, dataset->info.part_files, error);
  shard_list_free(&list);
  return status;
}

static myr_status list_files(myr_dataset *dataset, const char *path, myr_error *error) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    dataset->is_directory = true;
    myr_status status = list_directory(dataset, path, folder, error);
    close(folder);
    return status;
  }
  int cause = errno;
  struct stat info;
  bool link = !lstat(path, &info) && S_ISLNK(info.st_mode); /* a link to nothing is still not a missing path */
  if (cause != ENOTDIR && !link) return myr_fail(error, MYR_IO, "cannot read %s: %s", path, strerror(cause));
  const char *slash = strrchr(path, '/');
  shard_name name;
  if (!shard_name_parse(slash ? slash + 1 : path, &name) || name.unfinished)
    return myr_fail(error, MYR_INVALID,
                    "%s is not named like a finished file of a dataset, NAME-000000000-000000255.h5", path);
  return add_file(dataset, "", path, &name, error);
}

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static myr_status check_ranges(const myr_dataset *dataset, myr_error *error) {
  for (int i = 1; i < dataset->info.shards; i++) {
    const dataset_file *before = &dataset->files[i - 1], *file = &dataset->files[i];
    const char *name = file_name(file->path), *other = file_name(before->path);
    if (file->name.name_length != before->name.name_length || strncmp(name, other, (size_t)file->name.name_length))
      return myr_fail(error, MYR_INVALID, "two datasets in one directory: %s and %s", other, name);
    if (file->name.first <= before->name.last)
      return myr_fail(error, MYR_INVALID, "%s and %s hold the same episodes", other, name);
  }
  return MYR_OK;
}

/* Lists the episodes of the whole dataset that no file holds. */
static myr_status find_missing(myr_dataset *dataset, myr_error *error) {
  myr_dataset_info *info = &dataset->info;
  if (!dataset->is_directory) return MYR_OK;
  dataset->missing = calloc((size_t)info->shards + 1, sizeof *dataset->missing);
  if (!dataset->missing) return myr_fail(error, MYR_ERROR, "too little memory for the list of files");
  int64_t next = 0;
  for (int i = 0; i <= info->shards; i++) {
    int64_t first = i < info->shards ? dataset->files[i].name.first : info->episodes_total;
    if (first > next) dataset->missing[info->missing_count++] = (myr_episode_range){next, first - 1};
    if (i < info->shards) next = dataset->files[i].name.last + 1;
  }
  info->missing = dataset->missing;
  return MYR_OK;
}

/* ---------------------------------------------------------------------------------------------------- what they say */

static myr_status count_reason(myr_dataset *dataset, char *reason, myr_error *error) {
  for (int i = 0; i < dataset->info.reason_count; i++)
    if (!strcmp(dataset->reasons[i].reason, reason)) {
      dataset->reasons[i].episodes++;
      free(reason);
      return MYR_OK;
    }
  myr_reason_count *reasons =
      realloc(dataset->reasons, (size_t)(dataset->info.reason_count + 1) * sizeof *dataset->reasons);
  if (!reasons) {
    free(reason);
    return myr_fail(error, MYR_ERROR, "too little memory for the reasons of termination");
  }
  dataset->reasons = reasons;
  reasons[dataset->info.reason_count++] = (myr_reason_count){reason, 1};
  return MYR_OK;
}

static myr_status read_episode(myr_dataset *dataset, const dataset_file *file, hid_t data, int64_t number,
                               myr_error *error) {
  char name[32];
  snprintf(name, sizeof name, "demo_%lld", (long long)number);
  hid_t group = open_hard(data, name, H5I_GROUP);
  int64_t steps, success, index, dropped;
  bool good = group >= 0 && read_integer(group, "num_samples", &steps) && steps > 0 && steps <= file->bytes &&
              read_integer(group, "success", &success) && read_integer(group, "episode_index", &index) &&
              read_integer(group, "dropped_contacts", &dropped) && dropped >= 0;
  char *reason = good ? read_string(group, "termination_reason") : NULL;
  if (group >= 0) H5Gclose(group);
  if (!reason)
    return myr_fail(error, MYR_ERROR, "%s is damaged: the attributes of %s cannot be read", file->path, name);
  if (index != file->name.first + number) {
    free(reason);
    return myr_fail(error, MYR_ERROR, "%s is misnamed: its %s is episode %lld of the dataset", file->path, name,
                    (long long)index);
  }
  dataset->info.steps += steps;
  dataset->info.successes += success != 0;
  if (__builtin_add_overflow(dataset->info.dropped_contacts, dropped, &dataset->info.dropped_contacts))
    dataset->info.dropped_contacts = INT64_MAX;
  return count_reason(dataset, reason, error);
}

static bool same(const char *left, const char *right) { return left && right && !strcmp(left, right); }

/* Takes the descriptive strings from the first file. Checks that all other files have the same. */
static myr_status read_strings(myr_dataset *dataset, const dataset_file *file, hid_t root, myr_error *error) {
  myr_dataset_info *info = &dataset->info;
  struct {
    const char *attribute, **kept;
  } strings[] = {{"generator", &info->generator},     {"config_yaml", &info->config_yaml},
                 {"config_xxh3", &info->config_xxh3}, {"units_json", &info->units_json},
                 {"names_json", &info->names_json},   {"conventions_json", &info->conventions_json}};
  char *seed = read_string(root, "seed");
  uint64_t number = seed ? strtoull(seed, NULL, 10) : 0;
  bool first = file == dataset->files, has_seed = seed != NULL;
  free(seed);
  if (!has_seed) return myr_fail(error, MYR_ERROR, "%s is damaged: it has no attribute seed", file->path);
  if (first) info->seed = number;
  bool differs = info->seed != number;
  int64_t total;
  if (!read_integer(root, "episodes", &total))
    return myr_fail(error, MYR_ERROR, "%s is damaged: it has no attribute episodes", file->path);
  if (first) info->episodes_total = total;
  differs |= info->episodes_total != total;
  if (file->name.last >= total)
    return myr_fail(error, MYR_ERROR, "%s is misnamed: its dataset has %lld episodes", file->path, (long long)total);
  for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
    char *value = read_string(root, strings[i].attribute);
    if (!value)
      return myr_fail(error, MYR_ERROR, "%s is damaged: it has no attribute %s", file->path, strings[i].attribute);
    differs |= !first && !same(value, *strings[i].kept);
    if (first)
      *strings[i].kept = value;
    else
      free(value);
  }
  if (differs)
    return myr_fail(error, MYR_ERROR, "%s and %s come from different runs", dataset->files[0].path, file->path);
  return MYR_OK;
}

static myr_status read_file(myr_dataset *dataset, const dataset_file *file, myr_error *error) {
  hid_t root;
  myr_status status = reader_open(file->path, &root, error);
  if (status) return status;
  status = read_strings(dataset, file, root, error);
  hid_t data = status ? -1 : open_hard(root, "data", H5I_GROUP);
  if (!status && data < 0) status = myr_fail(error, MYR_ERROR, "%s is damaged: no group /data", file->path);
  H5G_info_t group = {0};
  int64_t episodes = file->name.last - file->name.first + 1;
  if (!status && (H5Gget_info(data, &group) < 0 || (int64_t)group.nlinks != episodes))
    status = myr_fail(error, MYR_ERROR, "%s is damaged or misnamed: it holds %lld episodes, its name says %lld",
                      file->path, (long long)group.nlinks, (long long)episodes);
  for (int64_t i = 0; !status && i < episodes; i++) status = read_episode(dataset, file, data, i, error);
  if (data >= 0) H5Gclose(data);
  H5Fclose(root);
  dataset->info.episodes += episodes;
  return status;
}

const char *myr_picture_name(int output, bool beams) {
  const char *word = myr_output_word(output, beams), *array = myr_output_infos[output].array;
  return word && array ? array : word;
}

const char *myr_picture_group(int output) {
  return myr_output_infos[output].role == MYR_ROLE_MEASUREMENT ? "obs" : "labels";
}

/* Returns the part of a path after the camera's name, which names the kind of picture, such as "depth"; NULL if no camera
 * recorded the array. *camera: where that name begins. */
static const char *picture_end(const char *path, const char **camera) {
  for (int i = 0; i < 2 * MYR_OUTPUT_COUNT; i++) {
    const char *end = myr_picture_name(i / 2, i % 2), *group = myr_picture_group(i / 2);
    size_t before = strlen(group);
    if (!end || strncmp(path, group, before) || path[before] != '/') continue;
    const char *name = *camera = path + before + 1;
    size_t length = strlen(name), bytes = strlen(end);
    if (length > bytes + 1 && name[length - bytes - 1] == '_' && !strcmp(name + length - bytes, end))
      return name + length - bytes;
  }
  return NULL;
}

static bool add_picture(myr_dataset *dataset, const found_array *array, const char *name, const char *kind) {
  size_t length = (size_t)(kind - name) - 1;
  myr_dataset_camera *camera = NULL;
  for (int i = 0; i < dataset->info.camera_count && !camera; i++)
    if (strlen(dataset->cameras[i].name) == length && !strncmp(dataset->cameras[i].name, name, length))
      camera = &dataset->cameras[i];
  if (!camera) {
    size_t count = (size_t)dataset->info.camera_count + 1;
    myr_dataset_camera *cameras = realloc(dataset->cameras, count * sizeof *cameras);
    if (!cameras) return false;
    dataset->cameras = cameras;
    camera = &cameras[dataset->info.camera_count++];
    *camera = (myr_dataset_camera){
        .name = strndup(name, length), .height = (int)array->shape[1], .width = (int)array->shape[2]};
  }
  char *pictures = NULL;
  if (!camera->name ||
      asprintf(&pictures, "%s%s%s", camera->pictures ? camera->pictures : "", camera->pictures ? " " : "", kind) < 0)
    return false;
  free((char *)camera->pictures);
  camera->pictures = pictures;
  return true;
}

/* Describes the arrays and cameras by those of the first episode. */
static myr_status describe_arrays(myr_dataset *dataset, myr_error *error) {
  hid_t root;
  myr_status status = reader_open(dataset->files[0].path, &root, error);
  if (status) return status;
  hid_t group = open_hard(root, "data/demo_0", H5I_GROUP);
  found_episode episode = {0};
  bool good = true;
  if (group >= 0 && find_arrays(group, dataset->files[0].bytes, &episode)) dataset->info.array_count = episode.count;
  for (int i = 0; good && i < episode.count; i++) {
    const found_array *array = &episode.arrays[i];
    const char *camera, *kind = array->rank < 3 ? NULL : picture_end(array->path, &camera);
    if (kind) good = add_picture(dataset, array, camera, kind);
  }
  found_episode_free(&episode);
  if (group >= 0) H5Gclose(group);
  H5Fclose(root);
  return good ? MYR_OK : myr_fail(error, MYR_ERROR, "too little memory for the list of cameras");
}

myr_status myr_dataset_open(const char *path, myr_dataset **out, myr_error *error) {
  *out = NULL;
  myr_dataset *dataset = calloc(1, sizeof *dataset);
  if (!dataset) return myr_fail(error, MYR_ERROR, "too little memory for a dataset");
  myr_status status = list_files(dataset, path, error);
  if (!status) status = check_ranges(dataset, error);
  for (int i = 0; !status && i < dataset->info.shards; i++) status = read_file(dataset, &dataset->files[i], error);
  if (!status) status = find_missing(dataset, error);
  if (!status) status = describe_arrays(dataset, error);
  if (status) {
    myr_dataset_close(dataset);
    return status;
  }
  const dataset_file *first = &dataset->files[0];
  dataset->info.name = strndup(file_name(first->path), (size_t)first->name.name_length);
  dataset->info.first_episode = first->name.first;
  dataset->info.last_episode = dataset->files[dataset->info.shards - 1].name.last;
  dataset->info.reasons = dataset->reasons;
  dataset->info.cameras = dataset->cameras;
  *out = dataset;
  return MYR_OK;
}

void myr_dataset_close(myr_dataset *dataset) {
  if (!dataset) return;
  const myr_dataset_info *info = &dataset->info;
  const char *strings[] = {info->name,       info->generator,  info->config_yaml,     info->config_xxh3,
                           info->units_json, info->names_json, info->conventions_json};
  for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) free((char *)strings[i]);
  for (int i = 0; i < info->shards; i++) free(dataset->files[i].path);
  for (int i = 0; i < info->reason_count; i++) free((char *)dataset->reasons[i].reason);
  for (int i = 0; i < info->camera_count; i++) {
    free((char *)dataset->cameras[i].name);
    free((char *)dataset->cameras[i].pictures);
  }
  close_episode(dataset);
  found_episode_free(&dataset->arrays);
  free(dataset->missing);
  free(dataset->cameras);
  free(dataset->reasons);
  free(dataset->files);
  free(dataset);
}

const myr_dataset_info *myr_dataset_describe(const myr_dataset *dataset) { return &dataset->info; }

/* ---------------------------------------------------------------------------------------------------- digest */

/* Writes the digests of a file's episodes, eight bytes each. */
static myr_status digest_file(const myr_dataset *dataset, const dataset_file *file, FILE *found, myr_error *error) {
  (void)dataset;
  hid_t root;
  myr_status status = reader_open(file->path, &root, error);
  if (status) return status;
  found_episode episode = {0};
  read_buffer buffer = {0};
  content_digest *content = content_digest_create();
  if (!content) status = myr_fail(error, MYR_ERROR, "too little memory for a digest");
  for (int64_t i = 0; !status && i <= file->name.last - file->name.first; i++) {
    char name[48];
    snprintf(name, sizeof name, "data/demo_%lld", (long long)i);
    hid_t group = open_hard(root, name, H5I_GROUP);
    uint64_t value = 0;
    char computed[17], *stated = group < 0 ? NULL : read_string(group, "content_xxh3");
    if (group < 0 || !find_arrays(group, file->bytes, &episode) || episode.fault[0] ||
        !frames_are_whole(file->path, group) || !digest_episode(group, &episode, &buffer, content, NULL, &value))
      status =
          myr_fail(error, MYR_ERROR, "%s is damaged: %s cannot be read; `myriad verify` tells more", file->path, name);
    snprintf(computed, sizeof computed, "%016llx", (unsigned long long)value);
    if (!status && !same(stated, computed))
      status = myr_fail(error, MYR_ERROR, "%s is damaged: %s was changed, because its content gives %s and not %s",
                        file->path, name, computed, stated ? stated : "what it states");
    if (!status) fwrite(&value, sizeof value, 1, found);
    free(stated);
    found_episode_clear(&episode);
    if (group >= 0) H5Gclose(group);
  }
  found_episode_free(&episode);
  read_buffer_free(&buffer);
  content_digest_destroy(content);
  H5Fclose(root);
  return status;
}

static void add_digests(void *all, const dataset_file *file, const char *found, size_t bytes) {
  (void)file;
  XXH3_64bits_update(all, found, bytes);
}

myr_status myr_dataset_digest(myr_dataset *dataset, uint64_t *digest, myr_error *error) {
  XXH3_state_t *all = XXH3_createState();
  if (!all) return myr_fail(error, MYR_ERROR, "too little memory for a digest");
  XXH3_64bits_reset(all);
  myr_status status = for_each_file(dataset, digest_file, add_digests, all, error);
  if (!status) *digest = XXH3_64bits_digest(all);
  XXH3_freeState(all);
  return status;
}

/* Adds the digest that every episode of a file states. */
static myr_status add_stated(const dataset_file *file, XXH3_state_t *all, myr_error *error) {
  hid_t root;
  myr_status status = reader_open(file->path, &root, error);
  if (status) return status;
  for (int64_t i = 0; !status && i <= file->name.last - file->name.first; i++) {
    char name[48], *end = NULL;
    snprintf(name, sizeof name, "data/demo_%lld", (long long)i);
    hid_t group = open_hard(root, name, H5I_GROUP);
    char *text = group >= 0 ? read_string(group, "content_xxh3") : NULL;
    uint64_t value = text ? strtoull(text, &end, 16) : 0;
    if (!text || end - text != DIGEST_LENGTH || *end)
      status = myr_fail(error, MYR_ERROR, "%s is damaged: %s states no digest", file->path, name);
    else
      XXH3_64bits_update(all, &value, sizeof value);
    free(text);
    if (group >= 0) H5Gclose(group);
  }
  H5Fclose(root);
  return status;
}

myr_status dataset_stated_digest(const myr_dataset *dataset, uint64_t *digest, myr_error *error) {
  XXH3_state_t *all = XXH3_createState();
  if (!all) return myr_fail(error, MYR_ERROR, "too little memory for a digest");
  XXH3_64bits_reset(all);
  myr_status status = MYR_OK;
  for (int i = 0; !status && i < dataset->info.shards; i++) status = add_stated(&dataset->files[i], all, error);
  if (!status) *digest = XXH3_64bits_digest(all);
  XXH3_freeState(all);
  return status;
}
