/* One file of a dataset: NAME-<first>-<last>.h5, written under the name with .part and renamed when it is whole.
 *
 *   superblock | heap of strings | for each episode: arrays, frames, indices of frames, headers | masks | /data | /
 *
 * Every byte is vouched for: headers and the superblock by the format's checksums, arrays by the episode's
 * content_xxh3, compressed frames and their indices by its frames_xxh3 (XXH3-64 of the frames_bytes from frames_address
 * on), the heap by the root's attribute heap_xxh3; there are no gaps. */
#ifndef MYR_DATASET_SHARD_H
#define MYR_DATASET_SHARD_H

#include "dataset/episode.h"

enum { SHARD_EPISODE_LIMIT = 32768 };

/* The split into train and valid: every tenth episode of the dataset validates. */
static inline bool episode_validates(int64_t index) { return index % 10 == 9; }

typedef struct named_string {
  const char *name, *value;
} named_string;

/* What all shards of a dataset have in common. */
typedef struct shard_contents {
  const episode_schema *schema;
  const named_string *root_strings; /* attributes of / */
  int root_string_count;
  const char *env_args;       /* JSON, attribute of /data */
  const char *const *reasons; /* every string that an episode's termination_reason may be */
  int reason_count;
} shard_contents;

typedef struct shard shard;

/* Starts the file in directory. episodes: exactly as many must be added. */
myr_status shard_create(const shard_contents *contents, const char *directory, const char *name, int64_t first_episode,
                        int episodes, shard **out, myr_error *error);
/* Appends the next episode, which must be sealed. After a failure only shard_discard may follow. */
myr_status shard_add(shard *shard, const episode *episode, myr_error *error);
int shard_missing(const shard *shard); /* episodes still to be added */
/* Completes the file, makes it durable and gives it its final name; *bytes: its size. Frees the shard in any case;
 * after a failure nothing of it is left on disk. */
myr_status shard_finish(shard *shard, int64_t *bytes, myr_error *error);
/* Removes the unfinished file and frees the shard. NULL is fine. */
void shard_discard(shard *shard);

/* Whether a file's name is that of a shard (or of an unfinished one), and of which. name_length: of NAME. */
typedef struct shard_name {
  int name_length;
  int64_t first, last;
  bool unfinished;
} shard_name;
bool shard_name_parse(const char *file, shard_name *out);

#endif
