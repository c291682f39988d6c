#include "dataset/shard.h"
#include "dataset/dataset.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#include "dataset/exclusive_file.h"
#include "dataset/shard_episode.h"

struct shard {
  const shard_contents *contents;
  char *part, *final, *directory;     /* paths, for messages too */
  const char *part_name, *final_name; /* in the folder */
  int folder, file;
  int64_t first;
  int episodes, added;
  int64_t total_steps;
  uint64_t end;            /* the address of the next byte */
  uint64_t *addresses;     /* (episodes) of the episodes' groups */
  uint64_t *digests;       /* (episodes) */
  bool *successes;         /* (episodes) */
  uint16_t *reason_counts; /* (reason_count) the number of episodes that ended for each reason */
  size_t heap_bytes;
  episode_encoder encoder; /* other parts use its bytes as a workspace too */
};

/* ---------------------------------------------------------------------------------------------------- files */

static myr_status io_failure(myr_error *error, const char *what, const char *path) {
  int cause = errno;
  const char *remedy = "check that the directory can be written";
  if (cause == ENOSPC || cause == EDQUOT)
    remedy = "free some space or write to another file system; finished shards are kept";
  else if (cause == EFBIG)
    remedy = "raise the limit on the size of files (ulimit -f); finished shards are kept";
  else if (cause == EEXIST)
    remedy = "nothing was replaced: remove it, or choose another directory with -o";
  else if (cause == ENOENT)
    remedy = "it was removed or replaced while it was written";
  return myr_fail(error, MYR_IO, "cannot %s %s: %s; %s", what, path, strerror(cause), remedy);
}

static myr_status write_at(const shard *shard, uint64_t address, struct iovec *pieces, int count, myr_error *error) {
  while (count) {
    ssize_t written = pwritev(shard->file, pieces, count, (off_t)address);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_failure(error, "write", shard->part);
    address += (uint64_t)written;
    for (; count && (size_t)written >= pieces->iov_len; pieces++, count--) written -= (ssize_t)pieces->iov_len;
    if (!count) break;
    pieces->iov_base = (char *)pieces->iov_base + written;
    pieces->iov_len -= (size_t)written;
  }
  return MYR_OK;
}

static myr_status sync_directory(const shard *shard, myr_error *error) {
  /* Some file systems cannot sync a directory and return EINVAL. That is no failure, because nothing more can be
   * done. */
  if (fsync(shard->folder) && errno != EINVAL) return io_failure(error, "sync", shard->directory);
  return MYR_OK;
}

static void shard_free(shard *shard) {
  if (shard->file >= 0) close(shard->file);
  if (shard->folder >= 0) close(shard->folder);
  free(shard->part);
  free(shard->final);
  free(shard->directory);
  free(shard->addresses);
  free(shard->digests);
  free(shard->successes);
  free(shard->reason_counts);
  bytes_free(&shard->encoder.bytes);
  XXH3_freeState(shard->encoder.digest);
  free(shard->encoder.chunks);
  free(shard);
}

/* Removes the unfinished file, but not another that has taken its name. */
static void remove_part(const shard *shard) {
  if (shard->file >= 0 && file_is_named(shard->folder, shard->file, shard->part_name))
    unlinkat(shard->folder, shard->part_name, 0);
}

void shard_discard(shard *shard) {
  if (!shard) return;
  remove_part(shard);
  shard_free(shard);
}

/* The first of the root's strings with the same text as number i. */
static int first_with_text(const shard_contents *contents, int i) {
  int first = 0;
  while (contents->root_strings[first].value != contents->root_strings[i].value) first++;
  return first;
}

static size_t heap_size(const shard_contents *contents, int episodes) {
  size_t objects = hdf5_heap_object_bytes(strlen(contents->env_args));
  for (int i = 0; i < contents->root_string_count; i++)
    if (first_with_text(contents, i) == i) objects += hdf5_heap_object_bytes(strlen(contents->root_strings[i].value));
  for (int i = 0; i < contents->reason_count; i++) objects += hdf5_heap_object_bytes(strlen(contents->reasons[i]));
  return hdf5_heap_bytes(objects + (size_t)episodes * hdf5_heap_object_bytes(DIGEST_LENGTH));
}

myr_status shard_create(const shard_contents *contents, const char *directory, const char *name, int64_t first_episode,
                        int episodes, shard **out, myr_error *error) {
  *out = NULL;
  shard *shard = calloc(1, sizeof *shard);
  if (!shard) return myr_fail(error, MYR_ERROR, "too little memory for a shard");
  shard->contents = contents;
  shard->file = shard->folder = -1;
  shard->first = first_episode;
  shard->episodes = episodes;
  shard->addresses = calloc((size_t)episodes, sizeof *shard->addresses);
  shard->digests = calloc((size_t)episodes, sizeof *shard->digests);
  shard->successes = calloc((size_t)episodes, sizeof *shard->successes);
  shard->reason_counts = calloc((size_t)contents->reason_count + 1, sizeof *shard->reason_counts);
  shard->encoder.digest = XXH3_createState();
  shard->directory = strdup(directory);
  if (asprintf(&shard->final, "%s/%s-%09lld-%09lld.h5", directory, name, (long long)first_episode,
               (long long)(first_episode + episodes - 1)) < 0)
    shard->final = NULL;
  if (!shard->final || asprintf(&shard->part, "%s.part", shard->final) < 0) shard->part = NULL;
  if (!shard->addresses || !shard->digests || !shard->successes || !shard->reason_counts || !shard->encoder.digest ||
      !shard->directory || !shard->part) {
    shard_free(shard);
    return myr_fail(error, MYR_ERROR, "too little memory for a shard of %d episodes", episodes);
  }
  shard->heap_bytes = heap_size(contents, episodes);
  shard->end = HEAP_ADDRESS + shard->heap_bytes;
  shard->part_name = shard->part + strlen(directory) + 1;
  shard->final_name = shard->final + strlen(directory) + 1;
  shard->folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  shard->file = shard->folder < 0 ? -1 : exclusive_file_create(shard->folder, shard->part_name);
  if (shard->file < 0) {
    myr_status status = io_failure(error, "create", shard->part);
    shard_free(shard);
    return status;
  }
  *out = shard;
  return MYR_OK;
}

int shard_missing(const shard *shard) { return shard->episodes - shard->added; }

/* ---------------------------------------------------------------------------------------------------- strings */

/* The numbers of the heap's objects, which are in this order: the root's strings, env_args, the reasons, the
 * digests. */
static uint32_t root_object(int i) { return 1 + (uint32_t)i; }
static uint32_t env_args_object(const shard *shard) { return root_object(shard->contents->root_string_count); }
static uint32_t reason_object(const shard *shard, int i) { return env_args_object(shard) + 1 + (uint32_t)i; }
static uint32_t digest_object(const shard *shard, int i) {
  return reason_object(shard, shard->contents->reason_count) + (uint32_t)i;
}

static int find_reason(const shard *shard, const char *reason) {
  for (int i = 0; i < shard->contents->reason_count; i++)
    if (!strcmp(shard->contents->reasons[i], reason)) return i;
  return -1;
}

static void encode_heap(shard *shard) {
  const shard_contents *contents = shard->contents;
  byte_buffer *bytes = &shard->encoder.bytes;
  hdf5_heap_begin(bytes, shard->heap_bytes);
  for (int i = 0; i < contents->root_string_count; i++) {
    uint16_t references = 0;
    if (first_with_text(contents, i) != i) continue;
    for (int k = i; k < contents->root_string_count; k++) references += first_with_text(contents, k) == i;
    hdf5_heap_object(bytes, (uint16_t)root_object(i), references, contents->root_strings[i].value,
                     strlen(contents->root_strings[i].value));
  }
  hdf5_heap_object(bytes, (uint16_t)env_args_object(shard), 1, contents->env_args, strlen(contents->env_args));
  for (int i = 0; i < contents->reason_count; i++)
    hdf5_heap_object(bytes, (uint16_t)reason_object(shard, i), shard->reason_counts[i], contents->reasons[i],
                     strlen(contents->reasons[i]));
  for (int i = 0; i < shard->episodes; i++) {
    char digest[DIGEST_LENGTH + 1];
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)shard->digests[i]);
    hdf5_heap_object(bytes, (uint16_t)digest_object(shard, i), 1, digest, DIGEST_LENGTH);
  }
  hdf5_heap_end(bytes, shard->heap_bytes);
}

/* ---------------------------------------------------------------------------------------------------- episodes */

myr_status shard_add(shard *shard, const episode *episode, myr_error *error) {
  const episode_schema *schema = shard->contents->schema;
  int i = shard->added, reason_attribute = schema_find_attribute(schema, "termination_reason");
  int reason = reason_attribute < 0 ? 0 : find_reason(shard, episode->attributes[reason_attribute].string);
  if (i >= shard->episodes || episode->index != shard->first + i || reason < 0)
    return myr_fail(error, MYR_ERROR, "episode %lld does not belong into %s next", (long long)episode->index,
                    shard->part);
  episode_encoder *encoder = &shard->encoder;
  episode_place where = {shard->end, reason_object(shard, reason), digest_object(shard, i)};
  if (!episode_encode(encoder, schema, episode, &where, &shard->addresses[i]))
    return myr_fail(error, MYR_ERROR, "too little memory to write episode %lld, or some of its frames are missing",
                    (long long)episode->index);
  struct iovec pieces[] = {{episode->data, episode->data_bytes},
                           {episode->frames.bytes.data, episode->frames.bytes.size},
                           {encoder->bytes.data, encoder->bytes.size}};
  myr_status status = write_at(shard, shard->end, pieces, 3, error);
  if (status) return status;
  shard->end += episode->data_bytes + episode->frames.bytes.size + encoder->bytes.size;
  shard->digests[i] = episode->digest;
  shard->successes[i] = episode->success;
  shard->reason_counts[reason]++;
  shard->total_steps += episode->steps;
  shard->added++;
  return MYR_OK;
}

/* ---------------------------------------------------------------------------------------------------- the rest */

static bool in_mask(const shard *shard, const char *mask, int i) {
  bool validates = episode_validates(shard->first + i);
  switch (mask[0]) {
  case 't': return !validates;
  case 'v': return validates;
  case 's': return shard->successes[i];
  default: return !shard->successes[i];
  }
}

/* Writes /mask, which has the names of the episodes of each subset. Returns the group's address. */
static uint64_t encode_masks(shard *shard) {
  static const char names[4][8] = {"failure", "success", "train", "valid"};
  byte_buffer *bytes = &shard->encoder.bytes;
  uint64_t addresses[4];
  size_t length = (size_t)snprintf(NULL, 0, "demo_%d", shard->episodes - 1);
  for (int m = 0; m < 4; m++) {
    uint64_t data = shard->end + bytes->size;
    int64_t count = 0;
    for (int i = 0; i < shard->episodes; i++) {
      if (!in_mask(shard, names[m], i)) continue;
      char name[32] = {0};
      snprintf(name, sizeof name, "demo_%d", i);
      bytes_put(bytes, name, length);
      count++;
    }
    addresses[m] = shard->end + bytes->size;
    size_t begin = hdf5_header_begin(bytes);
    hdf5_string_array(bytes, length, count, data);
    hdf5_header_end(bytes, begin, 0, 1);
  }
  uint64_t address = shard->end + bytes->size;
  size_t begin = hdf5_header_begin(bytes);
  hdf5_group(bytes, 4);
  for (int m = 0; m < 4; m++) hdf5_link(bytes, names[m], strlen(names[m]), addresses[m]);
  hdf5_header_end(bytes, begin, 0, 1);
  return address;
}

static uint64_t encode_data_group(shard *shard) {
  byte_buffer *bytes = &shard->encoder.bytes;
  uint64_t address = shard->end + bytes->size;
  size_t begin = hdf5_header_begin(bytes);
  hdf5_group(bytes, shard->episodes);
  for (int i = 0; i < shard->episodes; i++) {
    char name[32];
    int length = snprintf(name, sizeof name, "demo_%d", i);
    hdf5_link(bytes, name, (size_t)length, shard->addresses[i]);
  }
  hdf5_attributes(bytes);
  hdf5_attribute(bytes, "total", MYR_ARRAY_I64, &shard->total_steps);
  string_attribute(bytes, "env_args", strlen(shard->contents->env_args), env_args_object(shard));
  hdf5_header_end(bytes, begin, 0, 1);
  return address;
}

static uint64_t encode_root(shard *shard, uint64_t data, uint64_t mask, uint64_t heap_digest) {
  const shard_contents *contents = shard->contents;
  byte_buffer *bytes = &shard->encoder.bytes;
  uint64_t address = shard->end + bytes->size;
  size_t begin = hdf5_header_begin(bytes);
  hdf5_group(bytes, 2);
  hdf5_link(bytes, "data", 4, data);
  hdf5_link(bytes, "mask", 4, mask);
  int64_t format_version = MYR_FORMAT_VERSION;
  hdf5_attributes(bytes);
  hdf5_attribute(bytes, "format_version", MYR_ARRAY_I64, &format_version);
  hdf5_attribute(bytes, "heap_xxh3", MYR_ARRAY_I64, &heap_digest);
  hdf5_attribute(bytes, "episodes", MYR_ARRAY_I64, &contents->dataset_episodes);
  for (int i = 0; i < contents->root_string_count; i++)
    string_attribute(bytes, contents->root_strings[i].name, strlen(contents->root_strings[i].value),
                     root_object(first_with_text(contents, i)));
  hdf5_header_end(bytes, begin, 0, 1);
  return address;
}

static myr_status write_rest(shard *shard, myr_error *error) {
  shard->encoder.bytes.size = 0;
  encode_heap(shard);
  if (shard->encoder.bytes.failed) return myr_fail(error, MYR_ERROR, "too little memory to finish a shard");
  size_t heap_bytes = shard->encoder.bytes.size;
  uint64_t heap_digest = XXH3_64bits(shard->encoder.bytes.data, heap_bytes);
  struct iovec heap = {shard->encoder.bytes.data, heap_bytes};
  myr_status status = write_at(shard, HEAP_ADDRESS, &heap, 1, error);
  if (status) return status;

  shard->encoder.bytes.size = 0;
  uint64_t mask = encode_masks(shard);
  uint64_t data = encode_data_group(shard);
  uint64_t root = encode_root(shard, data, mask, heap_digest);
  if (shard->encoder.bytes.failed) return myr_fail(error, MYR_ERROR, "too little memory to finish a shard");
  struct iovec rest = {shard->encoder.bytes.data, shard->encoder.bytes.size};
  status = write_at(shard, shard->end, &rest, 1, error);
  if (status) return status;
  shard->end += shard->encoder.bytes.size;

  unsigned char superblock[HDF5_SUPERBLOCK_BYTES];
  hdf5_superblock(superblock, shard->end, root);
  struct iovec first = {superblock, sizeof superblock};
  return write_at(shard, 0, &first, 1, error);
}

/* Gives the file its final name. The file is synced before it gets the name, and the directory before this returns
 * success. */
static myr_status publish(shard *shard, myr_error *error) {
  if (fsync(shard->file)) return io_failure(error, "sync", shard->part);
  if (exclusive_file_publish(shard->folder, shard->file, shard->part_name, shard->final_name))
    return io_failure(error, "give its name to", shard->final);
  int closed = close(shard->file);
  shard->file = -1;
  if (closed) return io_failure(error, "close", shard->final);
  return sync_directory(shard, error);
}

myr_status shard_finish(shard *shard, int64_t *bytes, myr_error *error) {
  myr_status status = shard->added == shard->episodes
                          ? write_rest(shard, error)
                          : myr_fail(error, MYR_ERROR, "%s lacks %d episodes", shard->part, shard_missing(shard));
  if (!status) status = publish(shard, error);
  if (status) remove_part(shard);
  *bytes = (int64_t)shard->end;
  shard_free(shard);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- names */

/* Reads a number of at least nine digits that ends before `end`. *start: its first digit. */
static bool number_before(const char *file, const char *end, const char **start, int64_t *value) {
  const char *digit = end;
  while (digit > file && isdigit((unsigned char)digit[-1])) digit--;
  *start = digit;
  if (end - digit < 9 || end - digit > 18) return false;
  *value = strtoll(digit, NULL, 10);
  return true;
}

bool shard_name_parse(const char *file, shard_name *out) {
  size_t length = strlen(file);
  *out = (shard_name){0};
  if (length > 5 && !strcmp(file + length - 5, ".part")) {
    out->unfinished = true;
    length -= 5;
  }
  if (length < 3 || strncmp(file + length - 3, ".h5", 3)) return false;
  const char *last, *first;
  if (!number_before(file, file + length - 3, &last, &out->last)) return false;
  if (last == file || last[-1] != '-') return false;
  if (!number_before(file, last - 1, &first, &out->first)) return false;
  if (first - file < 2 || first[-1] != '-') return false;
  out->name_length = (int)(first - 1 - file);
  return out->first <= out->last;
}
