/* One episode as it will stand in a file: a list of arrays that is the same for every episode of a run (the schema),
 * and the packed data and attributes of one of them. */
#ifndef MYR_DATASET_EPISODE_H
#define MYR_DATASET_EPISODE_H

#include "dataset/hdf5_format.h"
#include "kernels/status.h"

/* How long the first dimension of an array is. */
typedef enum array_extent {
  EXTENT_FIXED,    /* shape[0] rows, 1 where the rank is 0 */
  EXTENT_STEPS,    /* a row for each control step */
  EXTENT_CONTACTS, /* a row for each contact of the episode */
} array_extent;

typedef struct array_info {
  char *path;                     /* below the episode's group: "obs/joint_pos" */
  const char *unit;               /* SI; "1" without dimension */
  hdf5_type type;
  array_extent extent;
  int rank;
  int64_t shape[HDF5_RANK_LIMIT]; /* shape[0] counts only where the extent is FIXED */
  char *target;                   /* path of the array of which this is a second name (a hard link), or NULL */
  int same_as;                    /* its number, set by schema_finish; -1 */
} array_info;

typedef struct attribute_info {
  const char *name;
  hdf5_type type;
} attribute_info;

enum { ATTRIBUTE_LIMIT = 64 };

/* Arrays sorted by path once schema_finish ran, attributes by name; the digest goes through both in this order. */
typedef struct episode_schema {
  array_info *arrays;
  int array_count, array_capacity;
  attribute_info attributes[ATTRIBUTE_LIMIT];
  int attribute_count;
} episode_schema;

/* Adds an array, or second name of the array at target, and returns false when memory is short. path may be formatted.
 * */
bool schema_add(episode_schema *schema, array_info info, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool schema_link(episode_schema *schema, const char *target, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void schema_attribute(episode_schema *schema, const char *name, hdf5_type type);
myr_status schema_finish(episode_schema *schema, myr_error *error);
int schema_find(const episode_schema *schema, const char *path);           /* after finish; -1 */
int schema_find_attribute(const episode_schema *schema, const char *name); /* likewise */
void schema_free(episode_schema *schema);

typedef union attribute_value {
  int64_t integer;    /* HDF5_I64, HDF5_BOOL */
  double real;        /* HDF5_F64 */
  const char *string; /* HDF5_STRING; must outlive the episode */
} attribute_value;

typedef struct episode {
  int64_t index;    /* in the dataset */
  int64_t steps, contacts;
  bool success;
  uint64_t digest;
  attribute_value attributes[ATTRIBUTE_LIMIT]; /* by the schema's numbers; the digest is not among them */
  size_t *offsets;  /* of each array in data, by the schema's numbers */
  unsigned char *data;
  size_t data_bytes, data_capacity;
  struct episode *next; /* for whoever holds it */
} episode;

/* The shape of an array in an episode of that many steps and contacts; returns its elements. */
int64_t array_shape(const array_info *info, int64_t steps, int64_t contacts, int64_t shape[HDF5_RANK_LIMIT]);

/* Makes room for the arrays of an episode of episode->steps and episode->contacts: sets offsets and data_bytes. Arrays
 * whose elements have 8 bytes come first, then 4, then 1, so that all are aligned and no byte lies between them. */
myr_status episode_layout(const episode_schema *schema, episode *episode, myr_error *error);

/* Makes every -0 a +0, so that equal numbers are equal bytes; where finite is set, infinities and NaN become 0. Then
 * computes the digest, with the caller's workspace. All arrays and attributes must be filled. */
typedef struct content_digest content_digest;
void episode_seal(const episode_schema *schema, episode *episode, bool finite, content_digest *digest);

/* ---- the digest, shared with the side that reads. Of an array: type, shape and bytes. Of an episode: every attribute
 * but content_xxh3 by name, then every path with its array's digest. Hard links count as the array they name, so that
 * copying tools that turn them into copies keep the digest. */
uint64_t array_digest(hdf5_type type, int rank, const int64_t *shape, const void *data);

content_digest *content_digest_create(void); /* NULL: too little memory */
void content_digest_destroy(content_digest *digest);
void content_digest_reset(content_digest *digest);
void content_digest_attribute(content_digest *digest, const char *name, hdf5_type type, const attribute_value *value);
void content_digest_array(content_digest *digest, const char *path, uint64_t array);
uint64_t content_digest_value(const content_digest *digest);

void episode_free(episode *episode);

#endif
