#include "dataset/run_texts.h"

#include <assert.h>
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

bool run_texts_create(const record_layout *layout, const char *physics_version, run_texts *texts,
                      shard_contents *contents) {
  const myr_scenario_info *scenario = myr_scenario_describe(layout->info->scenario);
  *texts = (run_texts){.units = record_units_json(layout),
                       .names = record_names_json(layout),
                       .conventions = record_conventions_json(layout),
                       .env_args = env_args_json(scenario)};
  write_generator(physics_version, texts->generator, sizeof texts->generator);
  snprintf(texts->config_digest, sizeof texts->config_digest, "%016llx",
           (unsigned long long)XXH3_64bits(scenario->resolved, strlen(scenario->resolved)));
  snprintf(texts->identity, sizeof texts->identity, "%016llx", (unsigned long long)scenario->identity);
  snprintf(texts->seed, sizeof texts->seed, "%llu", (unsigned long long)layout->info->seed);
  const named_string root[] = {{"schema", "myriad.episodes"},
                               {"generator", texts->generator},
                               {"config_yaml", scenario->resolved},
                               {"config_xxh3", texts->config_digest},
                               {"scenario_xxh3", texts->identity},
                               {"seed", texts->seed},
                               {"units_json", texts->units},
                               {"names_json", texts->names},
                               {"conventions_json", texts->conventions}};
  static_assert(sizeof root == sizeof texts->root, "room for each text");
  memcpy(texts->root, root, sizeof root);
  name_reasons(layout->plan, texts->reasons);
  *contents = (shard_contents){.schema = &layout->schema,
                               .root_strings = texts->root,
                               .root_string_count = (int)(sizeof root / sizeof *root),
                               .env_args = texts->env_args,
                               .reasons = texts->reasons,
                               .reason_count = MYR_REASON_DIVERGED + 1};
  return texts->units && texts->names && texts->conventions && texts->env_args;
}

void run_texts_free(run_texts *texts) {
  free(texts->units);
  free(texts->names);
  free(texts->conventions);
  free(texts->env_args);
}
