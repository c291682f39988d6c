/* Loading a scenario: tree, overrides, table, checks, canonical form. */
#include "scenarios/scenario.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static uint64_t identity_of(const char *resolved) {
  XXH3_state_t *state = XXH3_createState();
  if (!state) return 0;
  XXH3_64bits_reset(state);
  for (const char *line = resolved, *next; *line; line = next) {
    const char *line_break = strchr(line, '\n');
    next = line_break ? line_break + 1 : line + strlen(line);
    if (!strncmp(line, "episodes:", 9) || !strncmp(line, "seed:", 5)) continue;
    XXH3_64bits_update(state, line, (size_t)(next - line));
  }
  uint64_t identity = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return identity;
}

static bool describe(myr_scenario *scenario) {
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return false;
  schema_write(&schema_scenario, scenario, stream);
  bool good = !fclose(stream) && text;
  myr_scenario_info *info = &scenario->info;
  if (good) {
    info->path = scenario->path;
    info->name = scenario->name.text;
    info->episodes = scenario->episodes.value;
    info->duration = scenario->duration.a;
    info->seed = (uint64_t)scenario->seed.value;
    info->record = scenario->record.bits;
    info->has_success = scenario->success.tree != NULL;
    info->has_terminate = scenario->terminate.tree != NULL;
    info->has_reward = scenario->reward.tree != NULL;
    info->resolved = arena_text(&scenario->arena, text, size);
    good = info->resolved != NULL;
    if (good) info->identity = identity_of(info->resolved);
  }
  free(text);
  return good;
}

static myr_status load(myr_scenario *scenario, const char *path, const char *const *overrides, int override_count,
                       myr_diagnostics *diagnostics) {
  arena *arena = &scenario->arena;
  const char *slash = strrchr(path, '/');
  scenario->path = arena_text(arena, path, strlen(path));
  scenario->folder = slash ? arena_text(arena, path, (size_t)(slash - path) + 1) : "";
  node *root;
  myr_status status = document_load(arena, path, &root, diagnostics);
  if (status) return status;
  for (int i = 0; i < override_count; i++) {
    myr_status overridden = document_override(arena, root, overrides[i], diagnostics);
    if (overridden == MYR_ERROR) return overridden;
  }
  if (root->kind != NODE_MAP) {
    char text[64];
    diagnose_hint(
        diagnose(diagnostics, root->where, "expected a mapping, got %s", node_describe(root, text, sizeof text)),
        "a scenario begins `version: 1`");
    return MYR_INVALID;
  }
  scenario->root = root;
  schema_read(arena, &schema_scenario, root, scenario, diagnostics);
  for (int i = 0; i < scenario->randomize.count; i++)
    scenario_read_randomize(scenario, (randomize_section *)scenario_randomize(scenario, i), diagnostics);
  scenario_check(scenario, diagnostics);
  if (scenario->short_of_memory) return MYR_ERROR;
  if (diagnostics->count) return MYR_INVALID;
  return describe(scenario) ? MYR_OK : MYR_ERROR;
}

myr_status myr_scenario_load(const char *path, const char *const *overrides, int override_count, myr_scenario **result,
                             myr_diagnostics *diagnostics) {
  *result = NULL;
  myr_diagnostics found = {0};
  myr_scenario *scenario = calloc(1, sizeof *scenario);
  myr_status status = scenario ? load(scenario, path, overrides, override_count, &found) : MYR_ERROR;
  if (status == MYR_ERROR && !found.count) diagnose(&found, (position){0}, "out of memory");
  diagnostics_sort(&found);
  if (status)
    myr_scenario_free(scenario);
  else
    *result = scenario;
  myr_diagnostics_free(diagnostics);
  *diagnostics = found;
  return status;
}

void myr_scenario_free(myr_scenario *scenario) {
  if (!scenario) return;
  myr_scene_close(scenario->files);
  myr_findings_free(&scenario->findings);
  arena_release(&scenario->arena);
  free(scenario);
}

const myr_scenario_info *myr_scenario_describe(const myr_scenario *scenario) { return &scenario->info; }

void myr_scenario_print_resolved(const myr_scenario *scenario, FILE *stream) { fputs(scenario->info.resolved, stream); }
