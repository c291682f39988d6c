/* The files of a folder that are named like shards, and the episodes that are missing between them. */
#ifndef MYR_DATASET_SHARD_LIST_H
#define MYR_DATASET_SHARD_LIST_H

#include "dataset/dataset.h"
#include "dataset/shard.h"

typedef struct listed_shard {
  char *file; /* its name in the folder */
  shard_name name;
} listed_shard;

typedef struct shard_list {
  listed_shard *items; /* ascending by first episode */
  int count;
  int64_t capacity;
} shard_list;

/* Lists the whole and the unfinished shards of a folder (an open directory). shown: its path for messages. Returns
 * MYR_INVALID if anything with such a name is not a regular file: it is neither followed nor opened. Free the list in
 * any case. */
myr_status shard_list_read(int folder, const char *shown, shard_list *list, myr_error *error);
void shard_list_free(shard_list *list);

/* Lists the episodes between first and last that no whole shard of the list holds, ascending. *ranges: malloc'd.
 * Returns MYR_INVALID if two whole shards hold the same episode. */
myr_status shard_list_missing(const shard_list *list, const char *shown, int64_t first, int64_t last,
                              myr_episode_range **ranges, int *count, myr_error *error);

#endif
