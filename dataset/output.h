/* The folder of a run: its claim, the whole shards that are there already, and where new ones are written. One folder is
 * one dataset.
 *
 * A run that finds whole shards of its own job makes only the episodes that are missing. With `overwrite` and an older
 * dataset of the same scenario in the folder, new shards are written into the subfolder NAME-<first>-<last>.new; the
 * old ones stay until the last new one is whole. Then the subfolder becomes .whole, the old shards are removed, it
 * becomes .moving, and its shards move up. A run that is killed in between leaves a subfolder that tells how far it
 * came, and the next run goes on from there. */
#ifndef MYR_DATASET_OUTPUT_H
#define MYR_DATASET_OUTPUT_H

#include "dataset/claim.h"
#include "dataset/shard_list.h"

typedef struct output_description {
  const char *directory; /* created if missing */
  claim_job job;
  bool overwrite;
} output_description;

typedef struct output {
  claim_job job;
  claim *claim;
  int folder;                 /* the directory, open */
  char *directory;            /* its path */
  char *target;               /* the path of the folder into which shards are written: the directory or a subfolder */
  bool replaces;              /* an older dataset when all shards are whole */
  myr_episode_range *missing; /* (missing_count) the episodes to make, ascending */
  int missing_count;
  int64_t missing_episodes, kept_episodes; /* kept: in whole shards of this job in the target */
  int64_t old_episodes;                    /* in shards that are replaced */
  int old_files;
} output;

/* Claims the job. Returns MYR_INVALID, and touches nothing, if the folder holds another dataset, which `overwrite`
 * permits only for the same scenario's name, or anything that is no regular file in the place of a file; MYR_BUSY if
 * another run makes some of the episodes; MYR_IO if it cannot be read or written. Close the output in any case. */
myr_status output_open(const output_description *description, output *output, myr_error *error);

/* Puts the new dataset in the place of the old one, if it replaces one. Call it when all episodes are whole. */
myr_status output_finish(output *output, myr_error *error);

/* Gives the claim back. Where the run was stopped before a file was whole, it stays, marked as ended. */
void output_close(output *output, bool stopped);

#endif
