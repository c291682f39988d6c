#include "dataset/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset/output_swap.h"
#include "sim/regular_file.h"

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

/* ---------------------------------------------------------------------------------------------------- what is there */

static bool is_hdf5(int folder, const char *file) {
  static const char signature[8] = "\x89HDF\r\n\x1a\n";
  char start[8];
  int open;
  if (myr_regular_file_open(folder, file, file, MYR_REFUSE_LINKS, &open, NULL, NULL)) return false;
  bool is = read(open, start, sizeof start) == sizeof start && !memcmp(start, signature, sizeof start);
  close(open);
  return is;
}

static myr_status refuse(const output *output, const char *file, const dataset_identity *other, bool overwrite,
                         myr_error *error) {
  char difference[600];
  identity_explain(other, &output->job.identity, difference);
  bool replaceable = identity_difference(other, &output->job.identity) != IDENTITY_name && !overwrite;
  return myr_fail(error, MYR_INVALID, "%.200s holds another dataset (%.200s): %s; choose another directory with -o%s",
                  output->directory, file, difference, replaceable ? ", or replace it with --overwrite" : "");
}

/* Checks that a whole shard in the folder is of this job or, with overwrite, of the same scenario. */
static myr_status check_shard(const output *output, const listed_shard *shard, bool overwrite, myr_error *error) {
  const dataset_identity *own = &output->job.identity;
  dataset_identity other = {0};
  char path[1200];
  snprintf(path, sizeof path, "%.800s/%.255s", output->directory, shard->file);
  snprintf(other.values[IDENTITY_name], IDENTITY_BYTES, "%.*s", shard->name.name_length, shard->file);
  if (strcmp(other.values[IDENTITY_name], own->values[IDENTITY_name]))
    return refuse(output, shard->file, &other, overwrite, error);
  if (overwrite && is_hdf5(output->folder, shard->file)) return MYR_OK;
  myr_error cause = {0};
  myr_status status = identity_read(output->folder, shard->file, shard->name.name_length, path, &other, &cause);
  if (status)
    return myr_fail(error, status == MYR_ERROR ? MYR_INVALID : status,
                    "%.900s; move the file away, or choose another directory with -o", cause.message);
  if (identity_difference(&other, own) == IDENTITY_COUNT) return MYR_OK;
  return refuse(output, shard->file, &other, overwrite, error);
}

/* Lists the folder's shards and checks that this run may work among them. Touches nothing. */
static myr_status survey(const output *output, bool overwrite, shard_list *list, myr_error *error) {
  myr_status status = shard_list_read(output->folder, output->directory, list, error);
  for (int i = 0; !status && i < list->count; i++)
    if (!list->items[i].name.unfinished) status = check_shard(output, &list->items[i], overwrite, error);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- where to write */

/* Removes unfinished shards of the job's episodes: the claim says that nobody else writes them. */
static myr_status remove_parts(const output *output, int folder, const shard_list *list, myr_error *error) {
  for (int i = 0; i < list->count; i++) {
    const shard_name *name = &list->items[i].name;
    bool own = name->unfinished && name->first <= output->job.last && output->job.first <= name->last &&
               !strncmp(list->items[i].file, output->job.identity.values[IDENTITY_name], (size_t)name->name_length);
    if (own && unlinkat(folder, list->items[i].file, 0) && errno != ENOENT)
      return myr_fail(error, MYR_IO, "cannot remove %s/%s: %s", output->target, list->items[i].file, strerror(errno));
  }
  return MYR_OK;
}

/* Decides which episodes the run makes: those that no whole shard of the target holds. */
static myr_status find_missing(output *output, const shard_list *list, myr_error *error) {
  const claim_job *job = &output->job;
  myr_status status =
      shard_list_missing(list, output->target, job->first, job->last, &output->missing, &output->missing_count, error);
  for (int i = 0; i < output->missing_count; i++)
    output->missing_episodes += output->missing[i].last - output->missing[i].first + 1;
  output->kept_episodes = job->last - job->first + 1 - output->missing_episodes;
  return status;
}

/* Whether every whole shard of the subfolder is of this job, so that a run that was killed can be continued. */
static bool continues(const output *output, int folder, const shard_list *list) {
  for (int i = 0; i < list->count; i++) {
    const listed_shard *shard = &list->items[i];
    dataset_identity identity;
    if (shard->name.unfinished) continue;
    if (identity_read(folder, shard->file, shard->name.name_length, shard->file, &identity, NULL) ||
        identity_difference(&identity, &output->job.identity) != IDENTITY_COUNT)
      return false;
  }
  return true;
}

/* Writes into a subfolder, beside the dataset that is replaced later. */
static myr_status use_subfolder(output *output, const shard_list *old, myr_error *error) {
  char name[SWAP_NAME_BYTES];
  swap_name(&output->job, SWAP_NEW, name);
  for (int i = 0; i < old->count; i++) {
    if (old->items[i].name.unfinished) continue;
    output->old_files++;
    output->old_episodes += old->items[i].name.last - old->items[i].name.first + 1;
  }
  output->replaces = true;
  myr_status status = swap_clear(output, name, error);
  if (status) return status;
  free(output->target);
  output->target = NULL;
  if (asprintf(&output->target, "%s/%s", output->directory, name) < 0) output->target = NULL;
  if (!output->target) return myr_fail(error, MYR_ERROR, "too little memory");
  if (mkdirat(output->folder, name, 0777) && errno != EEXIST)
    return myr_fail(error, MYR_IO, "cannot create %s: %s", output->target, strerror(errno));
  int subfolder = swap_folder_open(output->folder, name);
  if (subfolder < 0) return myr_fail(error, MYR_INVALID, "%s is no directory: remove it", output->target);
  shard_list list;
  status = shard_list_read(subfolder, output->target, &list, error);
  if (!status) status = remove_shards(subfolder, output->target, &list, !continues(output, subfolder, &list), error);
  shard_list_free(&list);
  if (!status) status = shard_list_read(subfolder, output->target, &list, error);
  if (!status) status = find_missing(output, &list, error);
  shard_list_free(&list);
  close(subfolder);
  return status;
}

static bool holds_whole_shards(const shard_list *list) {
  for (int i = 0; i < list->count; i++)
    if (!list->items[i].name.unfinished) return true;
  return false;
}

/* With the claim in hand: looks again, because another run may have come and gone, and decides where to write. */
static myr_status prepare(output *output, bool overwrite, myr_error *error) {
  myr_status status = swap_recover(output, error);
  if (status) return status;
  shard_list list;
  status = survey(output, overwrite, &list, error);
  if (!status) status = remove_parts(output, output->folder, &list, error);
  if (!status && overwrite && holds_whole_shards(&list))
    status = use_subfolder(output, &list, error);
  else if (!status)
    status = find_missing(output, &list, error);
  shard_list_free(&list);
  return status;
}

myr_status output_open(const output_description *description, output *output, myr_error *error) {
  *output = (struct output){.job = description->job,
                            .folder = -1,
                            .directory = strdup(description->directory),
                            .target = strdup(description->directory)};
  if (!output->directory || !output->target) return myr_fail(error, MYR_ERROR, "too little memory");
  myr_status status = create_directory(output->directory, error);
  if (status) return status;
  output->folder = open(output->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (output->folder < 0) return myr_fail(error, MYR_IO, "cannot read %s: %s", output->directory, strerror(errno));
  shard_list list;
  status = survey(output, description->overwrite, &list, error); /* before anything in the folder is touched */
  shard_list_free(&list);
  if (!status) status = claim_take(output->folder, output->directory, &output->job, &output->claim, error);
  return status ? status : prepare(output, description->overwrite, error);
}

myr_status output_finish(output *output, myr_error *error) {
  if (!output->replaces) return MYR_OK;
  myr_status status = claim_check(output->claim, error);
  if (!status) status = swap_finish(output, error);
  if (status) return status;
  free(output->target);
  output->target = strdup(output->directory);
  return output->target ? MYR_OK : myr_fail(error, MYR_ERROR, "too little memory");
}

/* Whether the folder shows nothing of the dataset that it is to hold. */
static bool is_bare(const output *output) {
  shard_list list = {0};
  bool bare = !shard_list_read(output->folder, output->directory, &list, NULL) && !holds_whole_shards(&list);
  shard_list_free(&list);
  return bare;
}

void output_close(output *output, bool stopped) {
  claim_release(output->claim, stopped && output->claim && is_bare(output));
  if (output->folder >= 0) close(output->folder);
  free(output->directory);
  free(output->target);
  free(output->missing);
}
