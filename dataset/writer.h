/* Writes episodes, which threads finish in any order, into shards. The writer's own thread puts them in order and
 * writes them, so the simulation never waits for a disk, and the same dataset always has the same bytes. */
#ifndef MYR_DATASET_WRITER_H
#define MYR_DATASET_WRITER_H

#include "dataset/claim.h"
#include "dataset/shard_list.h"

/* The bytes of finished episodes that may wait for the writer, so that the simulation goes on while the writer syncs a
 * file to a slow disk. */
enum { WRITER_PENDING_BYTES = 256 << 20 };

typedef struct writer_description {
  shard_contents contents;
  const char *directory, *name;
  const myr_episode_range
      *ranges; /* (range_count) the episodes to write, ascending; they are submitted and no others */
  int range_count;
  int shard_episodes;          /* episodes in a file, whose first is a multiple of it or of a range */
  claim *claim;                /* no file gets its name unless the claim stands; or NULL */
  int64_t pending_bytes;       /* writer_wait blocks if more bytes of episodes wait */
  void (*tick)(void *context); /* called by the writer's thread ten times a second, or NULL */
  void *context;
} writer_description;

/* The content of the files with final names. */
typedef struct writer_totals {
  int64_t episodes, steps, successes, bytes;
  int shards;
  uint64_t digest; /* XXH3-64 of the episodes' digests in order */
} writer_totals;

typedef struct writer writer;

/* The description's strings must live until writer_finish. */
myr_status writer_create(const writer_description *description, writer **out, myr_error *error);
/* Returns an episode to fill; its buffers may be those of an earlier episode. writer_submit or writer_return must give
 * it back. Returns NULL if memory is short. */
episode *writer_borrow(writer *writer);
void writer_return(writer *writer, episode *episode);
void writer_submit(writer *writer, episode *episode);
/* Blocks while too many episodes wait. Call it before you begin later episodes, and never while you still have
 * unfinished episodes that come before the waiting ones. Returns false if writing has failed, so that no more episodes
 * are needed. */
bool writer_wait(writer *writer);
/* Whether writer_wait would return at once. Threads with unfinished episodes ask this instead of waiting. */
bool writer_has_room(writer *writer);
bool writer_failed(const writer *writer);
/* Writes the waiting episodes whose turn has come, removes an incomplete shard and frees the writer. totals are right
 * even if the status is a failure. */
myr_status writer_finish(writer *writer, writer_totals *totals, myr_error *error);

#endif
