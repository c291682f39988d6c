/* One episode as it will stand in a file: a list of arrays that is the same for every episode of a run (the schema),
 * and the packed data and attributes of one of them. What cameras see is compressed frame by frame, before the length
 * of the episode is known; it lies in a store of its own. */
#ifndef MYR_DATASET_EPISODE_H
#define MYR_DATASET_EPISODE_H

#include "dataset/array.h"
#include "dataset/bytes.h"
#include "kernels/status.h"

/* How long the first dimension of an array is. */
typedef enum array_extent {
  EXTENT_FIXED,    /* shape[0] rows, 1 where the rank is 0 */
  EXTENT_STEPS,    /* a row for each control step */
  EXTENT_CONTACTS, /* a row for each contact of the episode */
} array_extent;

typedef struct array_info {
  char *path;       /* below the episode's group: "obs/robot_joint_pos" */
  const char *unit; /* SI; "1" without dimension; a list with ", " between its entries: of each column */
  myr_array_type type;
  array_extent extent;
  int rank;
  int64_t shape[MYR_ARRAY_RANK]; /* shape[0] counts only where the extent is FIXED */
  char *target;                  /* path of the array of which this is a second name (a hard link), or NULL */
  int same_as;                   /* its number, set by schema_finish; -1 */
  bool frames;                   /* its rows are in the episode's frame store, not in data */
  int episodes_every;            /* only every n-th episode has it, from 0 on; 0: all have */
  int *number;                   /* where schema_finish writes the array's number; NULL */
  const char *frame;             /* that of its vectors; NULL or "": it has none */
  const char *columns;           /* JSON list of the names of its last dimension's entries; NULL or "": it has none */
  bool privileged;               /* in obs/, though no robot can measure it */
  bool shifted;   /* row t is row t + 1 of the array of obs/ with the same name; the last row is that of final_obs/ */
  int frame_rows; /* of an array of frames: the camera takes one in so many rows, and the others repeat it; 0: 1 */
  int names;      /* how many arrays are other names of this one, set by schema_finish */
} array_info;

typedef enum attribute_type {
  ATTRIBUTE_FLAG,
  ATTRIBUTE_INTEGER,
  ATTRIBUTE_REAL,
  ATTRIBUTE_REASON, /* one of the few strings that tell why episodes end */
  ATTRIBUTE_TEXT,   /* a string of this episode alone, which not every episode has */
} attribute_type;

typedef struct attribute_info {
  char *name;
  attribute_type type;
  int *number; /* where schema_finish writes the attribute's number; NULL */
} attribute_info;

/* Arrays sorted by path once schema_finish ran, attributes by name; the digest goes through both in this order. */
typedef struct episode_schema {
  array_info *arrays;
  int array_count;
  int64_t array_capacity;
  attribute_info *attributes;
  int attribute_count;
  int64_t attribute_capacity;
} episode_schema;

/* Adds an array, a second name of the array at target, or an attribute. Texts of info are copied, except its target.
 * False: too little memory. */
bool schema_add(episode_schema *schema, array_info info, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool schema_link(episode_schema *schema, const char *target, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool schema_attribute(episode_schema *schema, attribute_type type, int *number, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
myr_status schema_finish(episode_schema *schema, myr_error *error);
int schema_find(const episode_schema *schema, const char *path);           /* after finish; -1 */
int schema_find_attribute(const episode_schema *schema, const char *name); /* after finish; -1 */
void schema_free(episode_schema *schema);

static inline bool in_every(int every, int64_t episode) { return every <= 1 || episode % every == 0; }
static inline bool array_present(const array_info *info, int64_t episode) {
  return in_every(info->episodes_every, episode);
}

typedef union attribute_value {
  int64_t integer;    /* INTEGER; FLAG: 0 or 1 */
  double real;        /* REAL */
  const char *string; /* REASON; TEXT, NULL where the episode has none. Must outlive the episode */
} attribute_value;

/* One row of an array of frames, as it is stored. */
typedef struct stored_frame {
  size_t offset; /* in the store */
  uint32_t bytes;
  bool plain; /* without filters */
  uint64_t digest;
} stored_frame;

typedef struct frame_list {
  stored_frame *frames;
  int64_t count, capacity;
  uint64_t digest; /* of the rows so far; see rows_digest */
} frame_list;

/* The frames of an episode, in the order in which they were taken. */
typedef struct frame_store {
  frame_list *lists; /* (array_count), of the arrays of frames; NULL: nothing was ever stored */
  byte_buffer bytes;
} frame_store;
bool frame_store_begin(frame_store *store, const episode_schema *schema); /* false: too little memory */
void frame_store_free(frame_store *store, const episode_schema *schema);

typedef struct episode {
  int64_t index; /* in the dataset */
  int64_t steps, contacts;
  bool success;
  uint64_t digest;
  attribute_value *attributes; /* by the schema's numbers; the digest is not among them */
  size_t *offsets;             /* of each array in data, by the schema's numbers */
  unsigned char *data;
  size_t data_bytes, data_capacity;
  frame_store frames;
  char *text;           /* of an attribute of type TEXT, if it belongs to the episode */
  struct episode *next; /* for whoever holds it */
} episode;

/* The shape of an array in an episode of that many steps and contacts; returns its elements. */
int64_t array_shape(const array_info *info, int64_t steps, int64_t contacts, int64_t shape[MYR_ARRAY_RANK]);
size_t array_row_bytes(const array_info *info); /* of a row, or of all where the rank is 0 */

/* Makes room for the attributes and arrays of an episode of that index, steps and contacts: sets offsets and data_bytes. Arrays whose
 * elements have 8 bytes come first, then 4, 2 and 1, so that all are aligned and no byte lies between them. */
myr_status episode_layout(const episode_schema *schema, episode *episode, myr_error *error);

/* Makes every -0 a +0, so that equal numbers are equal bytes; where finite is set, infinities and NaN become 0. */
void canonical_numbers(myr_array_type type, void *data, int64_t count, bool finite);
/* Whether none is infinite or NaN; true for integers. */
bool numbers_are_finite(myr_array_type type, const void *data, int64_t count);

/* Makes the numbers canonical, those of frames aside, which are already. Then computes the digest, with the caller's
 * workspace. All arrays and attributes must be filled. False: too little memory. */
typedef struct content_digest content_digest;
bool episode_seal(const episode_schema *schema, episode *episode, bool finite, content_digest *digest);

/* ---- the digest, shared with the side that reads. Of an array: type, shape and bytes; where rows are as large as a
 * picture's, their digests instead of their bytes, so that no row is needed twice and none with the others. Of an
 * episode: name, type and value of every attribute but content_xxh3 and where frames lie, by name, then every path with
 * its array's digest.
 * Hard links count as the array they name, so that copying tools that turn them into copies keep the digest. */
uint64_t array_digest(myr_array_type type, int rank, const int64_t *shape, const void *data);

enum { LARGE_ROW = 1024 }; /* elements from which on rows count by their digests */
bool array_has_large_rows(int rank, const int64_t *shape);
uint64_t row_digest(const void *row, size_t bytes);
uint64_t rows_digest(uint64_t rows, uint64_t row); /* of the rows so far, 0 at first, and one more */
uint64_t array_digest_of_rows(myr_array_type type, int rank, const int64_t *shape, uint64_t rows);

content_digest *content_digest_create(void); /* NULL: too little memory */
void content_digest_destroy(content_digest *digest);
void content_digest_reset(content_digest *digest);
uint64_t *content_digest_room(content_digest *digest, int64_t arrays); /* for digests of arrays; NULL: memory */
const char *attribute_type_name(attribute_type type);                  /* numpy's, "b1", "i8", "f8"; "s" for a string */
void content_digest_attribute(content_digest *digest, const char *name, attribute_type type,
                              const attribute_value *value);
void content_digest_array(content_digest *digest, const char *path, uint64_t array);
uint64_t content_digest_value(const content_digest *digest);

void episode_free(episode *episode, const episode_schema *schema);

#endif
