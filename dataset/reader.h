/* The reader: shards as libhdf5 sees them. Only one thread of a process may use it at a time, because libhdf5 requires
 * that. */
#ifndef MYR_DATASET_READER_H
#define MYR_DATASET_READER_H

/* Later versions of the library changed the meaning of some names. This keeps the meaning of 1.10. */
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

/* One array of an episode in a file. */
typedef struct found_array {
  char *path; /* below the episode's group */
  myr_array_type type;
  int rank;
  int64_t shape[MYR_ARRAY_RANK];
  int64_t count;
  bool chunked, shuffled; /* as in stored_array.h */
  int filters;            /* of a chunk */
  uint64_t object;        /* equal for two names of one array */
  int same_as;            /* the number of the array's earlier name, or -1 */
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
  myr_episode_range *missing;
  bool is_directory; /* not a single file */
  /* The open episode, from which the last array was read; none if file is 0. */
  hid_t file, group;
  int64_t episode;
  found_episode arrays;
};
void close_episode(myr_dataset *dataset);

/* Computes the digest of a dataset from the digests that its episodes state, without reading their arrays. */
myr_status dataset_stated_digest(const myr_dataset *dataset, uint64_t *digest, myr_error *error);

/* Opens a shard and checks that it is one of ours, a regular file of this format version. Never prints. */
myr_status reader_open(const char *path, hid_t *file, myr_error *error);
/* As reader_open, but relative to a folder, and of any format version. shown: its path for messages. */
myr_status reader_open_any(int folder, const char *name, const char *shown, hid_t *file, myr_error *error);
/* Writes libhdf5's own description of its latest failure into text. */
void reader_cause(char text[256]);

/* Read an attribute. Return false (read_string: NULL) if there is none of that name and type. Strings are malloc'd. */
bool read_integer(hid_t object, const char *name, int64_t *value);
bool read_real(hid_t object, const char *name, double *value);
char *read_string(hid_t object, const char *name);

/* Lists the arrays below an episode's group and opens them. If an object is not a plain numeric array whose bytes are in
 * the file, if a group is reached twice, or if groups lie too deep in each other, `fault` describes it. Returns false if
 * memory is short. */
bool find_arrays(hid_t group, int64_t file_bytes, found_episode *episode);
void found_episode_clear(found_episode *episode);
void found_episode_free(found_episode *episode);
found_array *found_find(const found_episode *episode, const char *path);

/* Whether an episode's compressed frames and their indices, if it has any, are undamaged. libhdf5 trusts an index
 * blindly, so this must be checked before any array of frames is read. */
bool frames_are_whole(const char *path, hid_t group);

/* read_rows and read_array read rows of an array, or all of it, into a buffer that they use again. They return NULL on
 * failure. */
struct libdeflate_decompressor;
typedef struct read_buffer {
  void *data;
  size_t capacity;
  unsigned char *packed; /* chunks as they are stored */
  size_t packed_capacity;
  struct libdeflate_decompressor *inflate;
} read_buffer;
void read_buffer_free(read_buffer *buffer);
void *read_rows(const found_array *array, int64_t first, int64_t count, read_buffer *buffer);
void *read_array(const found_array *array, read_buffer *buffer);

/* A function to call for each large row (see episode.h) while the row is in memory. */
typedef struct row_visitor {
  void (*visit)(void *context, const found_array *array, int64_t row, const void *data);
  void *context;
} row_visitor;

/* Computes the digest of one episode only from its attributes and arrays. visitor may be NULL. Returns false if
 * anything cannot be read. */
bool digest_episode(hid_t group, found_episode *episode, read_buffer *buffer, content_digest *digest,
                    const row_visitor *visitor, uint64_t *value);

#endif
