#include "dataset/run_output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dataset/dataset.h"
#include "dataset/reader.h"
#include "dataset/run_shape.h"

void run_note(const myr_run_description *description, const char *format, ...) {
  if (!description->note) return;
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  description->note(description->context, text);
}

/* Writes the keys as identity_read finds them in the files that the run makes. */
static void identify(const char *name, const shard_contents *contents, dataset_identity *identity) {
  *identity = (dataset_identity){0};
  snprintf(identity->values[IDENTITY_name], IDENTITY_BYTES, "%s", name);
  snprintf(identity->values[IDENTITY_format], IDENTITY_BYTES, "%d", MYR_FORMAT_VERSION);
  snprintf(identity->values[IDENTITY_episodes], IDENTITY_BYTES, "%lld", (long long)contents->dataset_episodes);
  for (int key = 0; key < IDENTITY_COUNT; key++)
    for (int i = 0; i < contents->root_string_count && identity_definitions[key].attribute; i++)
      if (!strcmp(contents->root_strings[i].name, identity_definitions[key].attribute))
        snprintf(identity->values[key], IDENTITY_BYTES, "%s", contents->root_strings[i].value);
}

static void note_what_is_there(const myr_run_description *description, const output *output) {
  long long all = (long long)(output->job.last - output->job.first + 1), kept = (long long)output->kept_episodes;
  if (output->replaces)
    run_note(description,
             "%s holds %lld episode%s in %d file%s, which stay until the new ones are whole; those are written into %s",
             output->directory, (long long)output->old_episodes, output->old_episodes == 1 ? "" : "s",
             output->old_files, output->old_files == 1 ? "" : "s", output->target);
  if (kept && kept < all)
    run_note(description, "%s holds %lld of the %lld episodes already; this run makes the others", output->target, kept,
             all);
  else if (kept && !output->replaces)
    run_note(description, "%s holds all %lld episode%s already, so nothing is simulated; --overwrite makes them again",
             output->target, all, all == 1 ? "" : "s");
}

myr_status run_output_open(const myr_run_description *description, const shard_contents *contents, output *output,
                           myr_error *error) {
  output_description wanted = {.directory = description->directory,
                               .job = {.first = 0, .last = contents->dataset_episodes - 1},
                               .overwrite = description->overwrite};
  const char *name = myr_scenario_describe(myr_plan_describe(description->plan)->scenario)->name;
  identify(name, contents, &wanted.job.identity);
  myr_status status = output_open(&wanted, output, error);
  if (!status) note_what_is_there(description, output);
  return status;
}

myr_status run_output_totals(const myr_run_description *description, const output *output, myr_run_result *result,
                             myr_error *error) {
  myr_dataset *dataset;
  myr_status status = myr_dataset_open(output->target, &dataset, error);
  if (status) return status;
  const myr_dataset_info *info = myr_dataset_describe(dataset);
  const char *diverged = myr_plan_reason(description->plan, MYR_REASON_DIVERGED);
  result->episodes = info->episodes;
  result->successes = info->successes;
  result->dropped_contacts = info->dropped_contacts;
  result->bytes = info->bytes;
  result->shards = info->shards;
  result->failed_episodes = 0;
  for (int i = 0; i < info->reason_count; i++)
    if (!strcmp(info->reasons[i].reason, diverged)) result->failed_episodes += info->reasons[i].episodes;
  status = dataset_stated_digest(dataset, &result->digest, error);
  myr_dataset_close(dataset);
  return status;
}
