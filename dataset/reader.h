/* The reading side: shards as libhdf5 sees them. Used by one thread of a process at a time, as libhdf5 demands. */
#ifndef MYR_DATASET_READER_H
#define MYR_DATASET_READER_H

/* Later libraries changed the meaning of some names; this keeps those of 1.10. */
#define H5_USE_110_API
#include <hdf5.h>

#include "dataset/dataset.h"
#include "dataset/episode.h"
#include "dataset/shard.h"

typedef struct dataset_file {
  char *path;
  shard_name name;
  int64_t bytes;
} dataset_file;

/* One array of an episode as found in a file. */
typedef struct found_array {
  char *path; /* below the episode's group */
  myr_array_type type;
  int rank;
  int64_t shape[MYR_ARRAY_RANK];
  int64_t count;
  uint64_t object; /* equal for two names of one array */
  int same_as;     /* number of the earlier name, or -1 */
  hid_t dataset;
} found_array;

typedef struct found_episode {
  found_array *arrays; /* sorted by path */
  int count;
  int64_t capacity;
  char fault[256]; /* the fault of the group, or "" */
} found_episode;

struct myr_dataset {
  myr_dataset_info info;
  dataset_file *files; /* ascending by first episode */
  myr_reason_count *reasons;
  myr_dataset_camera *cameras;
  /* The episode that was last read from, if file is not 0. */
  hid_t file, group;
  int64_t episode;
  found_episode arrays;
};
void close_episode(myr_dataset *dataset);

/* Opens a shard and checks that it is one of ours. Never prints. */
myr_status reader_open(const char *path, hid_t *file, myr_error *error);
/* The library's own words for its latest failure. */
void reader_cause(char text[256]);

/* Attributes; false where there is none of that name and kind. Strings are malloc'd. */
bool read_integer(hid_t object, const char *name, int64_t *value);
bool read_real(hid_t object, const char *name, double *value);
char *read_string(hid_t object, const char *name);

/* Lists the arrays below an episode's group and opens them. What is not a plain numeric array is described in fault.
 * False when memory is short. */
bool find_arrays(hid_t group, int64_t file_bytes, found_episode *episode);
void found_episode_clear(found_episode *episode);
void found_episode_free(found_episode *episode);
found_array *found_find(const found_episode *episode, const char *path);

/* Whether the compressed frames of an episode and their indices are as they were written, if it has any. libhdf5 trusts
 * an index blindly, so no array of frames may be read before. */
bool frames_are_whole(const char *path, hid_t group);

/* Rows of an array, or all of it, in a buffer that is reused; NULL where they cannot be read. */
typedef struct read_buffer {
  void *data;
  size_t capacity;
} read_buffer;
void *read_rows(const found_array *array, int64_t first, int64_t count, read_buffer *buffer);
void *read_array(const found_array *array, read_buffer *buffer);

/* What else is to be done with each large row (see episode.h) while it is in memory. */
typedef struct row_visitor {
  void (*visit)(void *context, const found_array *array, int64_t row, const void *data);
  void *context;
} row_visitor;

/* The digest of one episode, from its attributes and arrays alone. visitor may be NULL. False where something cannot be
 * read. */
bool digest_episode(hid_t group, found_episode *episode, read_buffer *buffer, content_digest *digest,
                    const row_visitor *visitor, uint64_t *value);

#endif
