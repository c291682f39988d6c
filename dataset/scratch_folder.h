/* Folders for temporary files, which vanish with the program that made them. */
#ifndef MYR_DATASET_SCRATCH_FOLDER_H
#define MYR_DATASET_SCRATCH_FOLDER_H

#include "kernels/status.h"

enum { SCRATCH_NAME_BYTES = 1024 };

typedef struct scratch_folder {
  char path[SCRATCH_NAME_BYTES];
  int lock; /* the open folder, locked while its program lives */
  int note; /* that it is unfinished (sim/unfinished.h) */
} scratch_folder;

/* Makes one, in memory if there is such a place, because every file of a run is synced. Also removes those of programs that
 * were killed. */
myr_status scratch_folder_make(scratch_folder *folder, myr_error *error);
void scratch_folder_remove(scratch_folder *folder); /* with the files in it */

#endif
