#include "dataset/claim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "dataset/claim_file.h"
#include "dataset/dataset.h"
#include "dataset/exclusive_file.h"

/* A heartbeat is late only after twenty of them, because a file server may be away for a while. */
enum { HEARTBEAT_SECONDS = 15 };
_Static_assert(MYR_CLAIM_SECONDS >= 20 * HEARTBEAT_SECONDS, "a claim outlives many lost heartbeats");

/* A wanted claim becomes held, or is withdrawn, within milliseconds. */
enum { POLL_NANOSECONDS = 20000000, WANTED_POLLS = 500 };

struct claim {
  claim_job job;
  uint64_t token;
  char name[CLAIM_NAME_BYTES];
  char *shown; /* the folder's path */
  int folder, file;
  pthread_t heart;
  bool beats;
  pthread_mutex_t mutex; /* guards `ending` */
  pthread_cond_t changed;
  bool ending;
  atomic_bool lost;
};

/* ---------------------------------------------------------------------------------------------------- others */

/* now: the file server's time. */
static bool lives(const claim_record *record, const struct stat *info, time_t now) {
  if (record->ended) return false;
  process_life life = record->whole ? process_state(&record->process) : PROCESS_UNKNOWN;
  return life == PROCESS_UNKNOWN ? now - info->st_mtime <= MYR_CLAIM_SECONDS : life == PROCESS_ALIVE;
}

/* Whether the claim of another run is in the way of this job. */
static bool conflicts(const claim_record *other, const claim_job *job) {
  if (!other->whole) return true;
  if (identity_difference(&other->job.identity, &job->identity) != IDENTITY_COUNT) return true;
  return other->job.first <= job->last && job->first <= other->job.last;
}

/* Opens the listing of a folder without changing the position of its descriptor. */
static DIR *open_listing(int folder) {
  int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir(again);
  if (!listing && again >= 0) close(again);
  return listing;
}

typedef struct other_claim {
  char name[CLAIM_NAME_BYTES];
  uint64_t token;
  claim_record record;
  time_t age; /* s since its last heartbeat */
} other_claim;

/* Removes the file of a run that was killed before its claim was whole. */
static void remove_if_abandoned(int folder, const char *name, time_t now) {
  struct stat info;
  if (!fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) && S_ISREG(info.st_mode) &&
      now - info.st_mtime > MYR_CLAIM_SECONDS)
    unlinkat(folder, name, 0);
}

/* Looks at one entry of the folder: removes a dead claim. *found: whether it is a living one of another run. */
static myr_status look_at(const claim *claim, const char *name, time_t now, other_claim *other, bool *found,
                          myr_error *error) {
  *found = false;
  if (claim_name_is_new(name) && strncmp(name, claim->name, strlen(claim->name)))
    remove_if_abandoned(claim->folder, name, now);
  if (!claim_name_parse(name, &other->token) || !strcmp(name, claim->name)) return MYR_OK;
  struct stat info;
  myr_status status = claim_read(claim->folder, name, claim->shown, found, &other->record, &info, error);
  if (status || !*found) return status;
  *found = lives(&other->record, &info, now);
  if (!*found) unlinkat(claim->folder, name, 0); /* a name is used once, so this cannot be a living claim */
  snprintf(other->name, sizeof other->name, "%.95s", name);
  other->age = now > info.st_mtime ? now - info.st_mtime : 0;
  return MYR_OK;
}

/* Finds a claim in the way of this one: a held one, or else the wanted one with the lowest token. *found: whether there
 * is one. */
static myr_status find_rival(claim *claim, other_claim *rival, bool *found, myr_error *error) {
  struct stat own;
  *found = false;
  if (futimens(claim->file, NULL) || fstat(claim->file, &own))
    return myr_fail(error, MYR_IO, "cannot refresh %s/%s: %s", claim->shown, claim->name, strerror(errno));
  DIR *listing = open_listing(claim->folder);
  if (!listing) return myr_fail(error, MYR_IO, "cannot read %s: %s", claim->shown, strerror(errno));
  myr_status status = MYR_OK;
  for (struct dirent *entry; !status && (entry = readdir(listing));) {
    other_claim other;
    bool living;
    status = look_at(claim, entry->d_name, own.st_mtime, &other, &living, error);
    if (status || !living || !conflicts(&other.record, &claim->job)) continue;
    bool stronger = !*found || other.record.held > rival->record.held ||
                    (other.record.held == rival->record.held && other.token < rival->token);
    if (stronger) *rival = other;
    *found = true;
  }
  closedir(listing);
  return status;
}

static myr_status refuse(const claim *claim, const other_claim *rival, myr_error *error) {
  const claim_record *record = &rival->record;
  if (!record->whole)
    return myr_fail(error, MYR_BUSY,
                    "%.200s is claimed by another run, whose claim %s cannot be read: wait, or remove it if no run "
                    "works there",
                    claim->shown, rival->name);
  char holder[400], difference[600];
  snprintf(holder, sizeof holder, "process %lld on %s, since %s, last heartbeat %lld s ago",
           (long long)record->process.pid, record->process.host, record->since, (long long)rival->age);
  if (identity_difference(&record->job.identity, &claim->job.identity) != IDENTITY_COUNT) {
    identity_explain(&record->job.identity, &claim->job.identity, difference);
    return myr_fail(error, MYR_INVALID, "another run writes into %.200s: %s (%s); choose another directory with -o",
                    claim->shown, difference, holder);
  }
  return myr_fail(error, MYR_BUSY,
                  "episodes %lld to %lld of %s in %.200s are being made by another run: %s; wait for it, or choose "
                  "another directory with -o. Its claim %s ends with its process, on another host %d s after its last "
                  "heartbeat",
                  (long long)record->job.first, (long long)record->job.last, record->job.identity.values[IDENTITY_name],
                  claim->shown, holder, rival->name, MYR_CLAIM_SECONDS);
}

/* Waits until no claim is in the way. Returns a failure if one stays. */
static myr_status contend(claim *claim, myr_error *error) {
  for (int poll = 0;; poll++) {
    other_claim rival;
    bool found;
    myr_status status = find_rival(claim, &rival, &found, error);
    if (status || !found) return status;
    if (!rival.record.whole ? poll > 5 : rival.record.held || rival.token < claim->token || poll > WANTED_POLLS)
      return refuse(claim, &rival, error);
    nanosleep(&(struct timespec){.tv_nsec = POLL_NANOSECONDS}, NULL);
  }
}

bool claim_find(int folder, claim_job *job, bool *living) {
  DIR *listing = open_listing(folder);
  bool found = *living = false;
  for (struct dirent *entry; listing && !*living && (entry = readdir(listing));) {
    claim_record record;
    struct stat info;
    bool there = claim_name_parse(entry->d_name, &(uint64_t){0}) &&
                 !claim_read(folder, entry->d_name, "", &there, &record, &info, NULL) && there && record.whole;
    if (!there) continue;
    found = true;
    *living = lives(&record, &info, time(NULL));
    *job = record.job;
  }
  if (listing) closedir(listing);
  return found;
}

/* ---------------------------------------------------------------------------------------------------- our own */

static bool stands(const claim *claim) {
  if (file_is_named(claim->folder, claim->file, claim->name)) return true;
  /* Only a name that is gone or means another file ends a claim. A file server that does not answer does not. */
  struct stat info;
  return fstatat(claim->folder, claim->name, &info, AT_SYMLINK_NOFOLLOW) && errno != ENOENT && errno != ESTALE;
}

static void *beat(void *argument) {
  claim *claim = argument;
  pthread_mutex_lock(&claim->mutex);
  while (!claim->ending) {
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += HEARTBEAT_SECONDS;
    if (pthread_cond_timedwait(&claim->changed, &claim->mutex, &deadline) != ETIMEDOUT) continue;
    pthread_mutex_unlock(&claim->mutex);
    if (stands(claim))
      futimens(claim->file, NULL);
    else
      claim->lost = true;
    pthread_mutex_lock(&claim->mutex);
  }
  pthread_mutex_unlock(&claim->mutex);
  return NULL;
}

static bool start_heart(claim *claim) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&claim->mutex, NULL);
  pthread_cond_init(&claim->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  claim->beats = !pthread_create(&claim->heart, NULL, beat, claim);
  return claim->beats;
}

/* Puts the whole claim, marked as wanted, into the folder. */
static myr_status post(claim *claim, myr_error *error) {
  claim_record record = {.job = claim->job};
  process_describe_self(&record.process);
  time_t now = time(NULL);
  struct tm utc;
  strftime(record.since, sizeof record.since, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&now, &utc));
  if (getrandom(&claim->token, sizeof claim->token, 0) != sizeof claim->token)
    return myr_fail(error, MYR_ERROR, "this machine gives no random numbers for a claim: %s", strerror(errno));
  char new[CLAIM_NAME_BYTES + 8];
  claim_name(&claim->job, claim->token, claim->name);
  snprintf(new, sizeof new, "%s.new", claim->name);
  claim->file = exclusive_file_create(claim->folder, new);
  if (claim->file >= 0 && !claim_write(claim->file, &record) &&
      !exclusive_file_publish(claim->folder, claim->file, new, claim->name))
    return MYR_OK;
  int cause = errno;
  if (claim->file >= 0) unlinkat(claim->folder, new, 0);
  return myr_fail(error, MYR_IO, "cannot write the claim of this run into %s: %s; choose another directory with -o",
                  claim->shown, strerror(cause));
}

myr_status claim_take(int folder, const char *shown, const claim_job *job, claim **out, myr_error *error) {
  *out = NULL;
  claim *claim = calloc(1, sizeof *claim);
  if (!claim) return myr_fail(error, MYR_ERROR, "too little memory for a claim");
  *claim = (struct claim){.job = *job, .file = -1, .shown = strdup(shown)};
  claim->folder = fcntl(folder, F_DUPFD_CLOEXEC, 3);
  myr_status status = claim->shown && claim->folder >= 0
                          ? post(claim, error)
                          : myr_fail(error, MYR_ERROR, "too little memory, or too many open files, for a claim");
  if (!status) status = contend(claim, error);
  if (!status && claim_write_held(claim->file))
    status = myr_fail(error, MYR_IO, "cannot write %s/%s: %s", shown, claim->name, strerror(errno));
  if (!status && !start_heart(claim)) status = myr_fail(error, MYR_ERROR, "no thread is to be had for a claim");
  if (status)
    claim_release(claim, false);
  else
    *out = claim;
  return status;
}

myr_status claim_check(claim *claim, myr_error *error) {
  if (!claim->lost && stands(claim)) return MYR_OK;
  claim->lost = true;
  return myr_fail(error, MYR_STOPPED,
                  "the claim %s/%s of this run was removed, or another run took its place because it was silent for "
                  "%d s: this run ends; its whole files stay",
                  claim->shown, claim->name, MYR_CLAIM_SECONDS);
}

void claim_release(claim *claim, bool keep) {
  if (!claim) return;
  if (claim->beats) {
    pthread_mutex_lock(&claim->mutex);
    claim->ending = true;
    pthread_cond_signal(&claim->changed);
    pthread_mutex_unlock(&claim->mutex);
    pthread_join(claim->heart, NULL);
    pthread_cond_destroy(&claim->changed);
    pthread_mutex_destroy(&claim->mutex);
  }
  if (claim->file >= 0) {
    bool kept = keep && !claim_write_ended(claim->file);
    if (!kept && file_is_named(claim->folder, claim->file, claim->name)) unlinkat(claim->folder, claim->name, 0);
    close(claim->file);
  }
  if (claim->folder >= 0) close(claim->folder);
  free(claim->shown);
  free(claim);
}
