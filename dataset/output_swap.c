#include "dataset/output_swap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset/exclusive_file.h"

static const char *const state_ends[SWAP_STATES] = {".new", ".whole", ".moving"};

static void name_of(const char *scenario, int64_t first, int64_t last, swap_state state, char name[SWAP_NAME_BYTES]) {
  snprintf(name, SWAP_NAME_BYTES, "%.255s-%09lld-%09lld%s", scenario, (long long)first, (long long)last,
           state_ends[state]);
}

void swap_name(const claim_job *job, swap_state state, char name[SWAP_NAME_BYTES]) {
  name_of(job->identity.values[IDENTITY_name], job->first, job->last, state, name);
}

/* Whether a name is that of a subfolder for some episodes of the job. */
static bool parse(const char *file, const claim_job *job, myr_episode_range *range, swap_state *state) {
  const char *scenario = job->identity.values[IDENTITY_name];
  size_t length = strlen(scenario);
  long long first, last;
  int end = 0;
  if (strncmp(file, scenario, length) || sscanf(file + length, "-%18lld-%18lld%n", &first, &last, &end) != 2)
    return false;
  int found = 0;
  while (found < SWAP_STATES && strcmp(file + length + end, state_ends[found])) found++;
  *range = (myr_episode_range){first, last};
  *state = (swap_state)found;
  return found < SWAP_STATES && first <= job->last && job->first <= last;
}

int swap_folder_open(int folder, const char *name) {
  return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static myr_status failure(const output *output, const char *verb, const char *name, myr_error *error) {
  return myr_fail(error, MYR_IO, "cannot %s %s/%s: %s", verb, output->directory, name, strerror(errno));
}

myr_status remove_shards(int folder, const char *shown, const shard_list *list, bool whole, myr_error *error) {
  for (int i = 0; i < list->count; i++) {
    const listed_shard *shard = &list->items[i];
    if ((whole || shard->name.unfinished) && unlinkat(folder, shard->file, 0) && errno != ENOENT)
      return myr_fail(error, MYR_IO, "cannot remove %s/%s: %s", shown, shard->file, strerror(errno));
  }
  return MYR_OK;
}

/* Removes the old dataset's shards: those with episodes of the job, and those beyond the new dataset's last episode. */
static myr_status remove_old(const output *output, myr_error *error) {
  shard_list list;
  myr_status status = shard_list_read(output->folder, output->directory, &list, error);
  bool to_the_end = output->job.first == 0;
  for (int i = 0; !status && i < list.count; i++) {
    const listed_shard *shard = &list.items[i];
    bool old = shard->name.last >= output->job.first && (to_the_end || shard->name.first <= output->job.last);
    if (old && unlinkat(output->folder, shard->file, 0) && errno != ENOENT)
      status = failure(output, "remove", shard->file, error);
  }
  shard_list_free(&list);
  return status;
}

static myr_status move_up(const output *output, const char *name, myr_error *error) {
  int subfolder = swap_folder_open(output->folder, name);
  if (subfolder < 0) return failure(output, "open", name, error);
  shard_list list;
  myr_status status = shard_list_read(subfolder, name, &list, error);
  for (int i = 0; !status && i < list.count; i++) {
    const char *file = list.items[i].file;
    if (!list.items[i].name.unfinished && exclusive_file_move(subfolder, file, output->folder, file))
      status = failure(output, "put into place", file, error);
  }
  if (!status) {
    fsync(output->folder);
    status = remove_shards(subfolder, name, &list, false, error);
  }
  shard_list_free(&list);
  close(subfolder);
  if (!status && unlinkat(output->folder, name, AT_REMOVEDIR)) status = failure(output, "remove", name, error);
  return status;
}

/* Takes a subfolder from its state to the end. */
static myr_status go_on(const output *output, myr_episode_range range, swap_state state, myr_error *error) {
  char names[SWAP_STATES][SWAP_NAME_BYTES];
  for (int i = 0; i < SWAP_STATES; i++)
    name_of(output->job.identity.values[IDENTITY_name], range.first, range.last, (swap_state)i, names[i]);
  myr_status status = MYR_OK;
  for (; !status && state < SWAP_MOVING; state++) {
    if (state == SWAP_WHOLE) status = remove_old(output, error);
    if (!status && renameat(output->folder, names[state], output->folder, names[state + 1]))
      status = failure(output, "rename", names[state], error);
    fsync(output->folder);
  }
  return status ? status : move_up(output, names[SWAP_MOVING], error);
}

myr_status swap_finish(const output *output, myr_error *error) {
  return go_on(output, (myr_episode_range){output->job.first, output->job.last}, SWAP_NEW, error);
}

typedef myr_status (*visit_subfolder)(const output *output, const char *name, myr_episode_range range, swap_state state,
                                      const char *except, myr_error *error);

static myr_status for_each_subfolder(const output *output, visit_subfolder visit, const char *except,
                                     myr_error *error) {
  int again = openat(output->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir(again);
  if (!listing) return failure(output, "read", ".", error);
  myr_status status = MYR_OK;
  for (struct dirent *entry; !status && (entry = readdir(listing));) {
    myr_episode_range range;
    swap_state state;
    if (parse(entry->d_name, &output->job, &range, &state))
      status = visit(output, entry->d_name, range, state, except, error);
  }
  closedir(listing);
  return status;
}

static myr_status recover(const output *output, const char *name, myr_episode_range range, swap_state state,
                          const char *except, myr_error *error) {
  (void)name, (void)except;
  return state == SWAP_NEW ? MYR_OK : go_on(output, range, state, error);
}

myr_status swap_recover(const output *output, myr_error *error) {
  return for_each_subfolder(output, recover, NULL, error);
}

static myr_status clear(const output *output, const char *name, myr_episode_range range, swap_state state,
                        const char *except, myr_error *error) {
  (void)range;
  if (state != SWAP_NEW || !strcmp(name, except)) return MYR_OK;
  int subfolder = swap_folder_open(output->folder, name);
  if (subfolder < 0) return failure(output, "open", name, error);
  shard_list list;
  myr_status status = shard_list_read(subfolder, name, &list, error);
  if (!status) status = remove_shards(subfolder, name, &list, true, error);
  shard_list_free(&list);
  close(subfolder);
  /* It may hold other files, which are not ours to remove. */
  if (!status && unlinkat(output->folder, name, AT_REMOVEDIR) && errno != ENOTEMPTY && errno != EEXIST)
    status = failure(output, "remove", name, error);
  return status;
}

myr_status swap_clear(const output *output, const char *except, myr_error *error) {
  return for_each_subfolder(output, clear, except, error);
}
