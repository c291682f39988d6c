/* The subfolder of a run that replaces a dataset, and its states; see output.h. */
#ifndef MYR_DATASET_OUTPUT_SWAP_H
#define MYR_DATASET_OUTPUT_SWAP_H

#include "dataset/output.h"

enum { SWAP_NAME_BYTES = 256 + 64 };

/* The states of the subfolder, which are the ends of its name. */
typedef enum swap_state { SWAP_NEW, SWAP_WHOLE, SWAP_MOVING, SWAP_STATES } swap_state;

void swap_name(const claim_job *job, swap_state state, char name[SWAP_NAME_BYTES]);

/* Opens a subfolder, without following a link. Returns -1 with errno on failure. */
int swap_folder_open(int folder, const char *name);

/* Goes on with every replacement in the folder that became whole, for episodes of the job, before its run was killed. */
myr_status swap_recover(const output *output, myr_error *error);

/* Removes the subfolders of replacements of some of the job's episodes that never became whole; but not `except`. */
myr_status swap_clear(const output *output, const char *except, myr_error *error);

/* Replaces the old shards of the output's folder by those of its subfolder, which are whole. */
myr_status swap_finish(const output *output, myr_error *error);

/* Removes the shards of a folder, whole and unfinished ones or only the latter. */
myr_status remove_shards(int folder, const char *shown, const shard_list *list, bool whole, myr_error *error);

#endif
