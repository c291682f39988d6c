/* Turns episodes that are finished in any order, by any thread, into shards: one thread of its own puts them in order
 * and writes them, so that simulation never waits for a disk and the same dataset always has the same bytes. */
#ifndef MYR_DATASET_WRITER_H
#define MYR_DATASET_WRITER_H

#include "dataset/shard.h"

/* Finished episodes that may wait for the writer: while it syncs a file to a slow disk the simulation goes on. */
enum { WRITER_PENDING_BYTES = 256 << 20 };

typedef struct writer_description {
  shard_contents contents;
  const char *directory, *name;
  int64_t episodes;            /* of the dataset: indices 0 .. episodes-1 */
  int shard_episodes;          /* in a file */
  int64_t pending_bytes;       /* of episodes that may wait to be written before writer_wait blocks */
  void (*tick)(void *context); /* called by the writer's thread ten times a second, or NULL */
  void *context;
} writer_description;

/* What stands under final names. */
typedef struct writer_totals {
  int64_t episodes, steps, successes, bytes;
  int shards;
  uint64_t digest; /* XXH3-64 of the episodes' digests in order */
} writer_totals;

typedef struct writer writer;

/* The description's strings must live until writer_finish. */
myr_status writer_create(const writer_description *description, writer **out, myr_error *error);
/* An episode to fill, its buffers perhaps from an earlier one; to be given back by writer_submit or writer_return.
 * NULL: too little memory. */
episode *writer_borrow(writer *writer);
void writer_return(writer *writer, episode *episode);
void writer_submit(writer *writer, episode *episode);
/* Blocks while too many episodes wait. To be called before work on later episodes is begun, never with episodes in
 * progress that come before those that wait. Returns false when writing failed and no more is wanted. */
bool writer_wait(writer *writer);
/* Whether writer_wait would return at once: for whoever has episodes in progress. */
bool writer_has_room(writer *writer);
bool writer_failed(const writer *writer);
/* Writes what can be written, removes an incomplete shard, frees the writer. totals tell what was written even where
 * the status is a failure. */
myr_status writer_finish(writer *writer, writer_totals *totals, myr_error *error);

/* Creates the directory and makes sure that it holds no dataset yet. With overwrite its shards are removed, and only
 * files that are shards: by their names, and by their first bytes. */
myr_status output_prepare(const char *directory, bool overwrite, myr_error *error);

#endif
