/* The texts that every shard of a run contains. */
#ifndef MYR_DATASET_RUN_TEXTS_H
#define MYR_DATASET_RUN_TEXTS_H

#include "dataset/record.h"
#include "dataset/run_sources.h"
#include "dataset/shard.h"

/* The memory to which the contents point. run_texts_create fills it. */
typedef struct run_texts {
  char *units, *frames, *names, *model, *conventions, *env_args;
  char generator[192], config_digest[17], identity[17], seed[24];
  const myr_plan_info *info;
  entity_source *sources;
  named_string *root;
  const char *reasons[MYR_REASON_DIVERGED + 1];
} run_texts;

/* physics_version: the version of the engine with its own physics that steps worlds in the run, because the bytes
 * depend on it; NULL if there is none. texts must keep its address while contents is used, and must be freed in any
 * case. The number of the dataset's episodes is left to the caller. The errors are those of myr_source_load,
 * which reads the files of the models once more until *stop becomes nonzero. */
myr_status run_texts_create(const record_layout *layout, const char *physics_version, const atomic_int *stop,
                            run_texts *texts, shard_contents *contents, myr_error *error);
void run_texts_free(run_texts *texts);

#endif
