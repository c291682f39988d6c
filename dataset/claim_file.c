#include "dataset/claim_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/regular_file.h"

enum { CLAIM_BYTES = 8192 };
static const char state_wanted[] = "state: wanted\n", state_held[] = "state: held  \n",
                  state_ended[] = "state: ended \n";

void claim_name(const claim_job *job, uint64_t token, char name[CLAIM_NAME_BYTES]) {
  snprintf(name, CLAIM_NAME_BYTES, "run-%09lld-%09lld.%016llx.claim", (long long)job->first, (long long)job->last,
           (unsigned long long)token);
}

static bool parse_name(const char *name, const char *end, uint64_t *token) {
  long long first, last;
  unsigned long long read;
  int length = 0;
  if (sscanf(name, "run-%18lld-%18lld.%16llx%n", &first, &last, &read, &length) != 3) return false;
  if (token) *token = read;
  return !strcmp(name + length, end);
}

bool claim_name_parse(const char *name, uint64_t *token) { return parse_name(name, ".claim", token); }

bool claim_name_is_new(const char *name) { return parse_name(name, ".claim.new", NULL); }

/* ---------------------------------------------------------------------------------------------------- writing */

static int write_whole(int file, const char *text, size_t bytes, off_t at) {
  while (bytes) {
    ssize_t written = pwrite(file, text, bytes, at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    text += written, bytes -= (size_t)written, at += written;
  }
  return fsync(file);
}

int claim_write(int file, const claim_record *record) {
  char text[CLAIM_BYTES];
  const process_identity *process = &record->process;
  size_t size = (size_t)snprintf(text, sizeof text, "%s", state_wanted);
  for (int key = 0; key < IDENTITY_COUNT; key++)
    size += (size_t)snprintf(text + size, sizeof text - size, "%s: %s\n", identity_definitions[key].key,
                             record->job.identity.values[key]);
  size +=
      (size_t)snprintf(text + size, sizeof text - size,
                       "first: %lld\nlast: %lld\nhost: %s\nboot: %s\nspace: %s\npid: %lld\nstart: %lld\nsince: %s\n",
                       (long long)record->job.first, (long long)record->job.last, process->host, process->boot,
                       process->space, (long long)process->pid, (long long)process->start, record->since);
  return write_whole(file, text, size, 0);
}

int claim_write_held(int file) { return write_whole(file, state_held, sizeof state_held - 1, 0); }
int claim_write_ended(int file) { return write_whole(file, state_ended, sizeof state_ended - 1, 0); }

/* ---------------------------------------------------------------------------------------------------- reading */

static bool find_text(const char *text, const char *key, char *value, size_t bytes) {
  size_t length = strlen(key);
  for (const char *line = text; line; line = strchr(line, '\n'), line += line != NULL) {
    if (strncmp(line, key, length) || strncmp(line + length, ": ", 2)) continue;
    const char *start = line + length + 2;
    snprintf(value, bytes, "%.*s", (int)strcspn(start, "\n"), start);
    return true;
  }
  return false;
}

static bool find_number(const char *text, const char *key, int64_t *value) {
  char digits[32], *end = digits;
  if (!find_text(text, key, digits, sizeof digits)) return false;
  *value = strtoll(digits, &end, 10);
  return end != digits && !*end;
}

static void parse(const char *text, claim_record *record) {
  process_identity *process = &record->process;
  *record = (claim_record){.held = !strncmp(text, state_held, sizeof state_held - 1),
                           .ended = !strncmp(text, state_ended, sizeof state_ended - 1)};
  bool whole = record->held || record->ended || !strncmp(text, state_wanted, sizeof state_wanted - 1);
  for (int key = 0; key < IDENTITY_COUNT; key++)
    whole &= find_text(text, identity_definitions[key].key, record->job.identity.values[key], IDENTITY_BYTES);
  whole &= find_number(text, "first", &record->job.first) && find_number(text, "last", &record->job.last);
  whole &= find_text(text, "host", process->host, sizeof process->host);
  whole &= find_text(text, "boot", process->boot, sizeof process->boot);
  whole &= find_text(text, "space", process->space, sizeof process->space);
  whole &= find_number(text, "pid", &process->pid) && find_number(text, "start", &process->start);
  record->whole = whole && find_text(text, "since", record->since, sizeof record->since);
}

myr_status claim_read(int folder, const char *name, const char *shown, bool *there, claim_record *record,
                      struct stat *info, myr_error *error) {
  char path[1200], text[CLAIM_BYTES];
  int file;
  snprintf(path, sizeof path, "%.1000s/%s", shown, name);
  *there = false;
  myr_status status = myr_regular_file_open(folder, name, path, MYR_REFUSE_LINKS, &file, info, error);
  if (status) {
    struct stat gone;
    bool missing = fstatat(folder, name, &gone, AT_SYMLINK_NOFOLLOW) && errno == ENOENT;
    return missing ? MYR_OK : status;
  }
  ssize_t size = pread(file, text, sizeof text - 1, 0);
  text[size > 0 ? size : 0] = 0;
  close(file);
  *there = true;
  parse(text, record);
  return MYR_OK;
}
