/* The interface between the parts of verify: the state of the verification of one file. */
#ifndef MYR_DATASET_VERIFY_H
#define MYR_DATASET_VERIFY_H

#include "dataset/reader.h"

typedef struct instance_check instance_check;

typedef struct verification {
  const dataset_file *file;
  const char *units_json;
  FILE *found; /* takes each fault as a string with its final zero */
  int64_t total_steps;
  found_episode episode;
  read_buffer buffer;
  content_digest *digest;
  bool *successes;           /* one for each of the file's episodes */
  instance_check *instances; /* a list, one for each camera that recorded boxes */
  int64_t *infinite;         /* (episode.count) how many numbers in large rows are not finite */
} verification;

/* Describes one fault. */
void verify_fault(verification *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The function that gets all faults, and their number. */
typedef struct fault_report {
  myr_fault report;
  void *context;
  int64_t faults;
} fault_report;

/* Reports the faults of one file. It is a file_found (children.h) whose context is a fault_report. */
void verify_report_faults(void *context, const dataset_file *file, const char *found, size_t bytes);

int64_t count_infinite(myr_array_type type, const void *data, int64_t count); /* returns how many are not finite */

/* The rules for the labels of cameras. begin reads the boxes of the episode and checks them. row compares them with the
 * ids of one image. end reports the rows that do not agree. */
void verify_instances_begin(verification *check, const char *demo);
void verify_instances_row(verification *check, const found_array *array, int64_t row, const void *data);
void verify_instances_end(verification *check, const char *demo);
void verify_cameras(verification *check, const char *demo, int64_t steps); /* checks the poses and times of frames */

#endif
