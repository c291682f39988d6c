/* Work on many files at once. libhdf5 serves one thread of a process at a time, and reading a dataset is bound by it
 * (some 25 us for each array that is opened), so child processes share the files. */
#ifndef MYR_DATASET_CHILDREN_H
#define MYR_DATASET_CHILDREN_H

#include "dataset/reader.h"

/* Reads one file and writes what it found to `found`. Runs in a child: what it changes in memory is lost. */
typedef myr_status (*file_work)(const myr_dataset *dataset, const dataset_file *file, FILE *found, myr_error *error);
/* Takes what was found in one file; called in the order of the files, in this process. */
typedef void (*file_found)(void *context, const dataset_file *file, const char *found, size_t bytes);

/* Does the work for every file, on all processors. The first failure ends it. */
myr_status for_each_file(const myr_dataset *dataset, file_work work, file_found take, void *context, myr_error *error);

#endif
