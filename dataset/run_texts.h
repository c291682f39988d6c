/* The texts that every shard of a run carries. */
#ifndef MYR_DATASET_RUN_TEXTS_H
#define MYR_DATASET_RUN_TEXTS_H

#include "dataset/record.h"
#include "dataset/shard.h"

/* What the contents point into; filled by run_texts_create. */
typedef struct run_texts {
  char *units, *names, *conventions, *env_args;
  char generator[128], config_digest[17], identity[17], seed[24];
  named_string root[9];
  const char *reasons[MYR_REASON_DIVERGED + 1];
} run_texts;

/* physics_version: of the engine with physics of its own that took part in stepping, because the bytes depend on it;
 * NULL if none did. texts must stay where it is while contents is used, and be freed in any case. False: too little
 * memory. */
bool run_texts_create(const record_layout *layout, const char *physics_version, run_texts *texts,
                      shard_contents *contents);
void run_texts_free(run_texts *texts);

#endif
