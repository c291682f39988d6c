/* Verifies a dataset: checks each byte against a checksum, and each episode against the layout's rules.
 *
 * Headers and the superblock have the format's own checksums, which libhdf5 checks when it reads them. Strings lie in
 * the heap, whose checksum is the root's heap_xxh3; reader_open checks it. The checksum of compressed frames is their
 * episode's frames_xxh3, and that of an episode's arrays and attributes is its content_xxh3. */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "dataset/children.h"
#include "dataset/hdf5_format.h"
#include "dataset/stored_array.h"
#include "dataset/verify.h"
#include "sim/regular_file.h"

/* ---------------------------------------------------------------------------------------------------- the file */

/* Checks that the file ends at the end that its superblock names. Reads the file without libhdf5, which hides any bytes
 * behind that end. */
static void verify_end(verification *check) {
  unsigned char superblock[HDF5_SUPERBLOCK_BYTES];
  int file;
  if (myr_regular_file_open(AT_FDCWD, check->file->path, check->file->path, MYR_REFUSE_LINKS, &file, NULL, NULL))
    file = -1;
  uint64_t end = 0;
  if (file >= 0 && pread(file, superblock, sizeof superblock, 0) == sizeof superblock)
    memcpy(&end, superblock + 28, sizeof end);
  if ((int64_t)end != check->file->bytes)
    verify_fault(check, "it has %lld bytes, its superblock says %llu", (long long)check->file->bytes,
                 (unsigned long long)end);
  if (file >= 0) close(file);
}

static void verify_strings(verification *check, hid_t root) {
  char *yaml = read_string(root, "config_yaml"), *digest = read_string(root, "config_xxh3"), computed[17];
  if (yaml && digest) {
    snprintf(computed, sizeof computed, "%016llx", (unsigned long long)XXH3_64bits(yaml, strlen(yaml)));
    if (strcmp(computed, digest)) verify_fault(check, "config_xxh3 is %s, of config_yaml it is %s", digest, computed);
  } else {
    verify_fault(check, "attribute config_yaml or config_xxh3 is missing");
  }
  free(yaml);
  free(digest);
}

static bool in_mask(const verification *check, const char *mask, int64_t i) {
  if (!strcmp(mask, "valid")) return episode_validates(check->file->name.first + i);
  if (!strcmp(mask, "train")) return !episode_validates(check->file->name.first + i);
  return check->successes[i] == !strcmp(mask, "success");
}

static void verify_mask(verification *check, hid_t root, const char *mask, int64_t episodes) {
  char path[32];
  snprintf(path, sizeof path, "mask/%s", mask);
  hid_t dataset = open_hard(root, path, H5I_DATASET);
  hid_t type = dataset < 0 ? -1 : H5Dget_type(dataset), space = dataset < 0 ? -1 : H5Dget_space(dataset);
  hssize_t count = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
  size_t length = type < 0 ? 0 : H5Tget_size(type);
  int64_t expected = 0, wrong = 0;
  for (int64_t i = 0; i < episodes; i++) expected += in_mask(check, mask, i);
  if (count != expected || !storage_is_plain(dataset, check->file->bytes) || H5Tget_class(type) != H5T_STRING ||
      H5Tis_variable_str(type) > 0 || length > 64) {
    verify_fault(check, "/%s does not list the %lld episodes it should", path, (long long)expected);
  } else if (count) {
    char *names = malloc((size_t)count * length);
    bool read = names && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names) >= 0;
    int64_t at = 0;
    for (int64_t i = 0; read && i < episodes; i++) {
      if (!in_mask(check, mask, i)) continue;
      char name[64 + 1] = {0};
      snprintf(name, sizeof name, "demo_%lld", (long long)i);
      wrong += strncmp(name, names + (size_t)at++ * length, length) != 0;
    }
    if (!read || wrong) verify_fault(check, "/%s lists wrong episodes, or cannot be read", path);
    free(names);
  }
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
  if (dataset >= 0) H5Dclose(dataset);
}

/* ---------------------------------------------------------------------------------------------------- one episode */

static bool starts_with(const char *string, const char *start) { return !strncmp(string, start, strlen(start)); }

static bool ends_with(const char *string, const char *end) {
  size_t length = strlen(string), end_length = strlen(end);
  return length >= end_length && !strcmp(string + length - end_length, end);
}

/* Returns the length that an array's first dimension must have; -1 if any length is right. */
static int64_t expected_rows(const char *path, int64_t steps) {
  if (starts_with(path, "final_obs/") || starts_with(path, "initial_state/")) return 1;
  if (starts_with(path, "labels/contacts/") || starts_with(path, "randomization/")) return -1;
  return ends_with(path, "_column_time") ? 1 : steps;
}

/* Checks that an observation which no robot can measure says so. */
static void verify_privilege(verification *check, const char *demo, const found_array *array) {
  static const char *const groups[] = {"obs/", "next_obs/", "final_obs/"}, *const ends[] = {"_root_pos", "_root_quat",
                                                                                            "_root_vel"};
  bool observed = false, of_root = false;
  int64_t privileged = 0;
  for (int i = 0; i < 3; i++) observed |= starts_with(array->path, groups[i]);
  for (int i = 0; i < 3; i++) of_root |= ends_with(array->path, ends[i]);
  if (observed && of_root && (!read_integer(array->dataset, "privileged", &privileged) || !privileged))
    verify_fault(check, "%s/%s is not marked as privileged", demo, array->path);
}

static void verify_shapes(verification *check, const char *demo, int64_t steps) {
  for (int i = 0; i < check->episode.count; i++) {
    const found_array *array = &check->episode.arrays[i];
    int64_t rows = expected_rows(array->path, steps);
    if (rows >= 0 && array->shape[0] != rows)
      verify_fault(check, "%s/%s has %lld rows, not %lld", demo, array->path, (long long)array->shape[0],
                   (long long)rows);
    char key[1024];
    snprintf(key, sizeof key, "\"%s\":", array->path);
    if (check->units_json && !strstr(check->units_json, key))
      verify_fault(check, "%s/%s has no unit", demo, array->path);
    verify_privilege(check, demo, array);
  }
}

int64_t count_infinite(myr_array_type type, const void *data, int64_t count) {
  int64_t infinite = 0;
  if (type == MYR_ARRAY_F32)
    for (int64_t i = 0; i < count; i++) infinite += !isfinite(((const float *)data)[i]);
  else if (type == MYR_ARRAY_F64)
    for (int64_t i = 0; i < count; i++) infinite += !isfinite(((const double *)data)[i]);
  return infinite;
}

static void verify_finite(verification *check, const char *demo) {
  for (int i = 0; i < check->episode.count; i++) {
    const found_array *array = &check->episode.arrays[i];
    if (array->same_as >= 0 || (array->type != MYR_ARRAY_F32 && array->type != MYR_ARRAY_F64)) continue;
    int64_t infinite = check->infinite[i];
    if (!array_has_large_rows(array->rank, array->shape)) {
      const void *data = read_array(array, &check->buffer);
      infinite = data ? count_infinite(array->type, data, array->count) : 0;
    }
    if (infinite)
      verify_fault(check, "%s/%s holds %lld numbers that are not finite", demo, array->path, (long long)infinite);
  }
}

/* Reads the array of that path, type and rank into the buffer. Reports a fault and returns NULL if there is none. */
static const void *demand(verification *check, const char *demo, const char *path, myr_array_type type, int rank) {
  const found_array *array = found_find(&check->episode, path);
  if (!array || array->type != type || array->rank != rank) {
    verify_fault(check, "%s/%s is missing, or of another type", demo, path);
    return NULL;
  }
  const void *data = read_array(array, &check->buffer);
  if (!data) verify_fault(check, "%s/%s cannot be read", demo, path);
  return data;
}

static int64_t rows_of(const verification *check, const char *path) {
  const found_array *array = found_find(&check->episode, path);
  return array ? array->shape[0] : 0;
}

static void verify_actions(verification *check, const char *demo) {
  const float *actions = demand(check, demo, "actions", MYR_ARRAY_F32, 2);
  if (!actions) return;
  int64_t count = found_find(&check->episode, "actions")->count, outside = 0;
  for (int64_t i = 0; i < count; i++) outside += !(actions[i] >= -1 && actions[i] <= 1);
  if (outside) verify_fault(check, "%s/actions holds %lld numbers outside -1 .. 1", demo, (long long)outside);
}

static void verify_ends(verification *check, const char *demo, int64_t success) {
  demand(check, demo, "rewards", MYR_ARRAY_F32, 1);
  const unsigned char *dones = demand(check, demo, "dones", MYR_ARRAY_U8, 1);
  int64_t rows = rows_of(check, "dones");
  for (int64_t i = 0; dones && i < rows; i++)
    if (dones[i] != (i == rows - 1)) {
      verify_fault(check, "%s/dones is not 1 in the last row and 0 before", demo);
      break;
    }
  const unsigned char *successes = demand(check, demo, "success", MYR_ARRAY_BOOL, 1);
  rows = rows_of(check, "success");
  if (successes && rows && (successes[rows - 1] != 0) != (success != 0))
    verify_fault(check, "%s/success ends otherwise than its attribute says", demo);
  demand(check, demo, "terminated", MYR_ARRAY_BOOL, 1);
  demand(check, demo, "truncated", MYR_ARRAY_BOOL, 1);
  const double *time = demand(check, demo, "time", MYR_ARRAY_F64, 1);
  rows = rows_of(check, "time");
  for (int64_t i = 1; time && i < rows; i++)
    if (!(time[i] > time[i - 1])) {
      verify_fault(check, "%s/time does not increase at row %lld", demo, (long long)i);
      break;
    }
}

static void verify_contacts(verification *check, const char *demo, int64_t steps) {
  if (!found_find(&check->episode, "labels/contact_count")) return; /* not recorded */
  int64_t contacts = rows_of(check, "labels/contacts/geom");
  int64_t *starts = malloc((size_t)(steps + 1) * sizeof *starts);
  const int32_t *counts = demand(check, demo, "labels/contact_count", MYR_ARRAY_I32, 1);
  bool good = starts && counts && rows_of(check, "labels/contact_count") == steps;
  if (good) starts[0] = 0;
  for (int64_t i = 0; good && i < steps; i++) starts[i + 1] = starts[i] + counts[i];
  good = good && starts[steps] == contacts;
  const int64_t *written = demand(check, demo, "labels/contact_start", MYR_ARRAY_I64, 1);
  good = good && written && rows_of(check, "labels/contact_start") == steps &&
         !memcmp(starts, written, (size_t)steps * sizeof *starts);
  for (int i = 0; i < check->episode.count; i++)
    if (starts_with(check->episode.arrays[i].path, "labels/contacts/"))
      good = good && check->episode.arrays[i].shape[0] == contacts;
  if (!good) verify_fault(check, "%s/labels: contact_start, contact_count and the lists of contacts disagree", demo);
  free(starts);
}

/* Checks a large row while it is in memory for the digest, because it is too large to be read twice. */
static void visit_row(void *context, const found_array *array, int64_t row, const void *data) {
  verification *check = context;
  check->infinite[array - check->episode.arrays] += count_infinite(array->type, data, array->count / array->shape[0]);
  verify_instances_row(check, array, row, data);
}

static void verify_content(verification *check, hid_t group, const char *demo) {
  char *expected = read_string(group, "content_xxh3"), computed[17];
  uint64_t value;
  row_visitor visitor = {visit_row, check};
  if (!expected) {
    verify_fault(check, "%s has no content_xxh3", demo);
  } else if (!digest_episode(group, &check->episode, &check->buffer, check->digest, &visitor, &value)) {
    char cause[256];
    reader_cause(cause);
    verify_fault(check, "%s cannot be read: %s", demo, cause);
  } else {
    snprintf(computed, sizeof computed, "%016llx", (unsigned long long)value);
    if (strcmp(computed, expected))
      verify_fault(check, "%s was changed: content_xxh3 is %s, its content gives %s", demo, expected, computed);
  }
  free(expected);
}

static void verify_arrays(verification *check, hid_t group, const char *demo, int64_t steps, int64_t success) {
  check->infinite = calloc((size_t)check->episode.count + 1, sizeof *check->infinite);
  if (!check->infinite) {
    verify_fault(check, "%s: too little memory to verify it", demo);
    return;
  }
  verify_instances_begin(check, demo);
  verify_content(check, group, demo);
  verify_instances_end(check, demo);
  verify_shapes(check, demo, steps);
  verify_finite(check, demo);
  verify_actions(check, demo);
  verify_ends(check, demo, success);
  verify_contacts(check, demo, steps);
  verify_cameras(check, demo, steps);
  free(check->infinite);
}

static void verify_episode(verification *check, hid_t data, int64_t number) {
  char demo[32];
  snprintf(demo, sizeof demo, "demo_%lld", (long long)number);
  hid_t group = data < 0 ? -1 : open_hard(data, demo, H5I_GROUP);
  int64_t steps = 0, success = 0, index = 0;
  if (group < 0 || !find_arrays(group, check->file->bytes, &check->episode)) {
    verify_fault(check, "%s cannot be read", demo);
  } else if (check->episode.fault[0]) {
    verify_fault(check, "%s: %s", demo, check->episode.fault);
  } else if (!read_integer(group, "num_samples", &steps) || !read_integer(group, "success", &success) ||
             !read_integer(group, "episode_index", &index) || steps < 1 || steps > check->file->bytes) {
    verify_fault(check, "%s lacks one of the attributes num_samples, success, episode_index", demo);
  } else {
    if (index != check->file->name.first + number)
      verify_fault(check, "%s is episode %lld, the file's name says %lld", demo, (long long)index,
                   (long long)(check->file->name.first + number));
    if (frames_are_whole(check->file->path, group))
      verify_arrays(check, group, demo, steps, success);
    else
      verify_fault(check, "%s was changed: its frames or their indices do not match frames_xxh3", demo);
  }
  check->successes[number] = success != 0;
  if (steps > 0 && steps <= check->file->bytes) check->total_steps += steps;
  found_episode_clear(&check->episode);
  if (group >= 0) H5Gclose(group);
}

/* ---------------------------------------------------------------------------------------------------- all */

static void verify_all(verification *check) {
  hid_t root;
  myr_error error;
  if (reader_open(check->file->path, &root, &error)) {
    verify_fault(check, "%s", error.message);
    return;
  }
  verify_end(check);
  verify_strings(check, root);
  int64_t episodes = check->file->name.last - check->file->name.first + 1, total;
  check->total_steps = 0;
  hid_t data = open_hard(root, "data", H5I_GROUP);
  for (int64_t i = 0; i < episodes; i++) verify_episode(check, data, i);
  if (data < 0 || !read_integer(data, "total", &total) || total != check->total_steps)
    verify_fault(check, "/data@total is not the sum of its episodes' num_samples");
  char *env_args = data < 0 ? NULL : read_string(data, "env_args");
  if (!env_args || !strstr(env_args, "\"env_name\""))
    verify_fault(check, "/data@env_args is missing or names no env_name");
  free(env_args);
  static const char *const masks[] = {"train", "valid", "success", "failure"};
  for (int i = 0; i < 4; i++) verify_mask(check, root, masks[i], episodes);
  if (data >= 0) H5Gclose(data);
  H5Fclose(root);
}

static myr_status verify_file(const myr_dataset *dataset, const dataset_file *file, FILE *found, myr_error *error) {
  verification check = {.file = file, .units_json = dataset->info.units_json, .found = found};
  int64_t episodes = file->name.last - file->name.first + 1;
  if (episodes > SHARD_EPISODE_LIMIT) {
    verify_fault(&check, "its name says more than %d episodes", SHARD_EPISODE_LIMIT);
    return MYR_OK;
  }
  check.digest = content_digest_create();
  check.successes = calloc((size_t)episodes, sizeof *check.successes);
  myr_status status = MYR_OK;
  if (check.digest && check.successes)
    verify_all(&check);
  else
    status = myr_fail(error, MYR_ERROR, "too little memory to verify %s", file->path);
  found_episode_free(&check.episode);
  read_buffer_free(&check.buffer);
  free(check.successes);
  content_digest_destroy(check.digest);
  return status;
}

myr_status myr_dataset_verify(myr_dataset *dataset, myr_fault report, void *context, int64_t *faults,
                              myr_error *error) {
  fault_report all = {report, context, 0};
  myr_status status = for_each_file(dataset, verify_file, verify_report_faults, &all, error);
  *faults = all.faults;
  return status;
}
