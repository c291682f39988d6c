/* One file of a dataset: NAME-<first>-<last>.h5. While it is written its name ends in .part; it is renamed when it is
 * whole.
 *
 *   superblock | heap of strings | for each episode: arrays, frames, indices of frames, headers | masks | /data | /
 *
 * A checksum guards every byte: the format's checksums guard headers and the superblock, an episode's content_xxh3 its
 * arrays, its frames_xxh3 the compressed frames and their indices (XXH3-64 of frames_bytes bytes from frames_address
 * on), and the root's attribute heap_xxh3 the heap. There are no gaps. */
#ifndef MYR_DATASET_SHARD_H
#define MYR_DATASET_SHARD_H

#include "dataset/episode.h"

enum { SHARD_EPISODE_LIMIT = 32768 };

/* The split into train and valid: every tenth episode of the dataset is for validation. */
static inline bool episode_validates(int64_t index) { return index % 10 == 9; }

typedef struct named_string {
  const char *name, *value;
} named_string;

/* What all shards of a dataset share. */
typedef struct shard_contents {
  const episode_schema *schema;
  const named_string *root_strings; /* the attributes of /; texts at one address are stored once */
  int root_string_count;
  int64_t dataset_episodes;   /* of the whole dataset, which the root's attribute `episodes` states */
  const char *env_args;       /* JSON, an attribute of /data */
  const char *const *reasons; /* all possible strings of an episode's termination_reason */
  int reason_count;
} shard_contents;

typedef struct shard shard;

/* Starts the file in directory; MYR_IO if anything has the name of its .part. episodes: the exact number that must be
 * added. */
myr_status shard_create(const shard_contents *contents, const char *directory, const char *name, int64_t first_episode,
                        int episodes, shard **out, myr_error *error);
/* Appends the next episode, which must be sealed. After a failure only shard_discard may be called. */
myr_status shard_add(shard *shard, const episode *episode, myr_error *error);
int shard_missing(const shard *shard); /* returns how many episodes must still be added */
/* Completes the file, syncs it to disk and gives it its final name; MYR_IO if anything has that name. *bytes: its size.
 * Frees the shard in any case; after a failure no part of it stays on disk. */
myr_status shard_finish(shard *shard, int64_t *bytes, myr_error *error);
/* Removes the unfinished file and frees the shard. Accepts NULL. */
void shard_discard(shard *shard);

/* The parts of the name of a shard, or of an unfinished one. name_length: that of NAME. */
typedef struct shard_name {
  int name_length;
  int64_t first, last;
  bool unfinished;
} shard_name;
bool shard_name_parse(const char *file, shard_name *out);

#endif
