#include "dataset/run_texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dataset/dataset.h"

static char *env_args_json(const myr_scenario_info *scenario) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fputs("{\"env_name\": ", stream);
  myr_json_string(stream, scenario->name);
  fputs(", \"env_version\": \"" MYRIAD_VERSION "\", \"type\": 2, \"env_kwargs\": {}}", stream);
  return fclose(stream) ? NULL : text;
}

static void write_generator(const char *physics_version, char *text, size_t bytes) {
  snprintf(text, bytes, "myriad " MYRIAD_VERSION ", %s%s%s", myr_reader_version(), physics_version ? ", " : "",
           physics_version ? physics_version : "");
}

static void name_reasons(const myr_plan *plan, const char *reasons[MYR_REASON_DIVERGED + 1]) {
  for (int i = 0; i <= MYR_REASON_DIVERGED; i++) {
    const char *reason = myr_plan_reason(plan, i);
    reasons[i] = reason ? reason : "";
  }
}

/* Makes the list of the root's attributes: those of every file, then the model of each entity that has one. */
static bool list_root(const myr_scenario_info *scenario, run_texts *texts, int *count) {
  const named_string common[] = {{"schema", "myriad.episodes"},
                                 {"generator", texts->generator},
                                 {"config_yaml", scenario->resolved},
                                 {"config_xxh3", texts->config_digest},
                                 {"scenario_xxh3", texts->identity},
                                 {"seed", texts->seed},
                                 {"units_json", texts->units},
                                 {"frames_json", texts->frames},
                                 {"names_json", texts->names},
                                 {"model_json", texts->model},
                                 {"conventions_json", texts->conventions}};
  enum { COMMON = sizeof common / sizeof *common };
  texts->root = malloc((COMMON + (size_t)texts->info->entity_count) * sizeof *texts->root);
  if (!texts->root) return false;
  memcpy(texts->root, common, sizeof common);
  *count = COMMON;
  for (int i = 0; i < texts->info->entity_count; i++) {
    const entity_source *source = &texts->sources[i];
    if (source->attribute)
      texts->root[(*count)++] = (named_string){source->attribute, texts->sources[source->same_as].source.xml};
  }
  return true;
}

myr_status run_texts_create(const record_layout *layout, const char *physics_version, const atomic_int *stop,
                            run_texts *texts, shard_contents *contents, myr_error *error) {
  const myr_scenario_info *scenario = myr_scenario_describe(layout->info->scenario);
  *texts = (run_texts){.info = layout->info};
  myr_status status = run_sources_create(layout->info, stop, &texts->sources, error);
  if (status) return status;
  texts->units = record_units_json(layout);
  texts->frames = record_frames_json(layout);
  texts->names = record_names_json(layout);
  texts->model = record_model_json(layout, texts->sources);
  texts->conventions = record_conventions_json(layout);
  texts->env_args = env_args_json(scenario);
  write_generator(physics_version, texts->generator, sizeof texts->generator);
  snprintf(texts->config_digest, sizeof texts->config_digest, "%016llx",
           (unsigned long long)XXH3_64bits(scenario->resolved, strlen(scenario->resolved)));
  snprintf(texts->identity, sizeof texts->identity, "%016llx", (unsigned long long)scenario->identity);
  snprintf(texts->seed, sizeof texts->seed, "%llu", (unsigned long long)layout->info->seed);
  name_reasons(layout->plan, texts->reasons);
  *contents = (shard_contents){.schema = &layout->schema,
                               .env_args = texts->env_args,
                               .reasons = texts->reasons,
                               .reason_count = MYR_REASON_DIVERGED + 1};
  if (!texts->units || !texts->frames || !texts->names || !texts->model || !texts->conventions || !texts->env_args ||
      !list_root(scenario, texts, &contents->root_string_count))
    return myr_fail(error, MYR_ERROR, "too little memory for the dataset's description");
  contents->root_strings = texts->root;
  return MYR_OK;
}

void run_texts_free(run_texts *texts) {
  free(texts->units);
  free(texts->frames);
  free(texts->names);
  free(texts->model);
  free(texts->conventions);
  free(texts->env_args);
  free(texts->root);
  run_sources_free(texts->info, texts->sources);
}
