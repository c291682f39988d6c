/* Works on many files at once. libhdf5 serves only one thread of a process at a time, and it limits how fast a dataset
 * is read (opening an array takes about 25 us). Child processes therefore share the files. */
#ifndef MYR_DATASET_CHILDREN_H
#define MYR_DATASET_CHILDREN_H

#include "dataset/reader.h"

/* Reads one file and writes its results to `found`. It runs in a child, so its changes in memory are lost. */
typedef myr_status (*file_work)(const myr_dataset *dataset, const dataset_file *file, FILE *found, myr_error *error);
/* Takes the results of one file. It is called in this process, in the order of the files. */
typedef void (*file_found)(void *context, const dataset_file *file, const char *found, size_t bytes);

/* Does the work for every file, on all processors. Ends at the first failure. */
myr_status for_each_file(const myr_dataset *dataset, file_work work, file_found take, void *context, myr_error *error);

#endif
