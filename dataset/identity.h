/* The identity of a dataset: the keys in which its files, the claims on its folder and the runs that add to it agree. */
#ifndef MYR_DATASET_IDENTITY_H
#define MYR_DATASET_IDENTITY_H

#include "kernels/status.h"

enum identity_key {
#define IDENTITY(key, attribute, words) IDENTITY_##key,
#include "dataset/identity.def"
  IDENTITY_COUNT
};

enum { IDENTITY_BYTES = 256 };

typedef struct dataset_identity {
  char values[IDENTITY_COUNT][IDENTITY_BYTES]; /* text; cut at 255 bytes */
} dataset_identity;

typedef struct identity_definition {
  const char *key, *attribute, *words;
} identity_definition;
extern const identity_definition identity_definitions[IDENTITY_COUNT];

/* Returns the first key in which they differ; IDENTITY_COUNT if they agree. */
enum identity_key identity_difference(const dataset_identity *left, const dataset_identity *right);

/* Writes "its seed is 0, this run's seed is 7" for the first difference of another dataset and this run's. */
void identity_explain(const dataset_identity *other, const dataset_identity *own, char text[600]);

/* Reads the keys from a shard of any format version. name_length: that of the scenario's name in `file`. shown: its
 * path for messages. Returns MYR_INVALID if it is no regular file, MYR_ERROR if it is no file of episodes. */
myr_status identity_read(int folder, const char *file, int name_length, const char *shown, dataset_identity *identity,
                         myr_error *error);

#endif
