/* What the parts of verify share: one file under examination. */
#ifndef MYR_DATASET_VERIFY_H
#define MYR_DATASET_VERIFY_H

#include "dataset/reader.h"

typedef struct instance_check instance_check;

typedef struct verification {
  const dataset_file *file;
  const char *units_json;
  FILE *found; /* each fault as a string, its final zero included */
  int64_t total_steps;
  found_episode episode;
  read_buffer buffer;
  content_digest *digest;
  bool *successes;           /* of the file's episodes */
  instance_check *instances; /* a list, one for each camera that recorded boxes */
  int64_t *infinite;         /* (episode.count) numbers in large rows that are not finite */
} verification;

/* Describes one fault. */
void verify_fault(verification *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Who is told of all faults, and how many there were. */
typedef struct fault_report {
  myr_fault report;
  void *context;
  int64_t faults;
} fault_report;

/* Reports the faults found in one file; a file_found, its context a fault_report. */
void verify_report_faults(void *context, const dataset_file *file, const char *found, size_t bytes);

int64_t count_infinite(myr_array_type type, const void *data, int64_t count); /* numbers that are not finite */

/* The rules of what cameras record. begin reads the boxes of the episode and checks them; a visitor of rows compares
 * them with what the ids of each picture say; end reports what did not agree. */
void verify_instances_begin(verification *check, const char *demo);
void verify_instances_row(verification *check, const found_array *array, int64_t row, const void *data);
void verify_instances_end(verification *check, const char *demo);
void verify_cameras(verification *check, const char *demo, int64_t steps); /* poses and times of frames */

#endif
