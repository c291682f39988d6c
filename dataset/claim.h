/* The claim of a run on its job: these episodes of this dataset, in this folder.
 *
 * A claim is a small text file in the folder, NAME-<first>-<last>.<token>.claim, that says which dataset and which
 * episodes its run makes, and which process runs. It stands while the run lives. A run that finds a claim of another
 * dataset, or of some of its own episodes, does not begin.
 *
 * How two runs that begin at once agree, on local disks and on NFS: a run first puts a whole claim, marked as wanted,
 * into the folder, and only then reads the others' claims. Of two runs at least one therefore sees the other. A wanted
 * claim becomes held when its run sees no claim in its way. Between two wanted claims the lower token wins: the other
 * run withdraws. A claim keeps its file name all the time, so that no listing of the folder misses it, and no other
 * claim ever has that name, so that removing a dead one cannot hit a living one. Only O_EXCL, link or rename, and write
 * are used; locks are not, because not every file system has them.
 *
 * When a claim ends: its run removes it, or marks it as ended where it has made no whole file, so that readers know how
 * many episodes were asked for; the next run in the folder removes that. On the same host, the claim of a dead process
 * counts no more; there a process is known by its number and the time of its start. Elsewhere, a claim whose last
 * heartbeat is older than MYR_CLAIM_SECONDS counts no more. Heartbeats are modification times that the file server sets,
 * so clocks of hosts may differ. */
#ifndef MYR_DATASET_CLAIM_H
#define MYR_DATASET_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "dataset/identity.h"

typedef struct claim claim;

typedef struct claim_job {
  dataset_identity identity;
  int64_t first, last; /* the episodes that the run makes */
} claim_job;

/* Claims a job in a folder (an open directory). shown: the folder's path for messages. Returns MYR_INVALID if a living
 * run makes another dataset there, or if something that is no regular file has the name of a claim; MYR_BUSY if a
 * living run makes some of the episodes; MYR_IO if the folder cannot be written. */
myr_status claim_take(int folder, const char *shown, const claim_job *job, claim **out, myr_error *error);

/* Returns MYR_OK while the claim stands; MYR_STOPPED if it was removed, or counts no more because its run was suspended
 * for so long that another run took its place. */
myr_status claim_check(claim *claim, myr_error *error);

/* Ends the claim: removes it, or leaves it in the folder, marked as ended, if `keep`. Accepts NULL. */
void claim_release(claim *claim, bool keep);

/* Looks for a claim in a folder, for readers: a living run's, else that of a run that is over. Returns whether there is
 * one. *living: whether its run lives. */
bool claim_find(int folder, claim_job *job, bool *living);

#endif
