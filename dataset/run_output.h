/* Where a run writes: from its description to its claim and the episodes that it still has to make, and the totals of a
 * dataset of which an earlier run made a part. */
#ifndef MYR_DATASET_RUN_OUTPUT_H
#define MYR_DATASET_RUN_OUTPUT_H

#include "dataset/output.h"
#include "dataset/writer.h"

/* Opens the output of a run whose files have these contents, and notes what the folder holds already. Close the output
 * in any case. */
myr_status run_output_open(const myr_run_description *description, const shard_contents *contents, output *output,
                           myr_error *error);

/* Fills the result with what all whole files of the output hold, as they and the digests in them state. */
myr_status run_output_totals(const myr_run_description *description, const output *output, myr_run_result *result,
                             myr_error *error);

/* Calls the run's note, if it has one. */
void run_note(const myr_run_description *description, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
