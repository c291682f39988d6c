#include "command.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kernels/model.h"

static const int codes_of_statuses[] = {
#define EXIT_CODE(name, number, words)
#define EXIT_STATUS(status, name) [MYR_##status] = EXIT_##name,
#include "exit_codes.def"
};

static const struct {
  int number;
  const char *words;
} exit_codes[] = {
#define EXIT_CODE(name, number, words) {number, words},
#define EXIT_STATUS(status, name)
#include "exit_codes.def"
};

int exit_code_of(myr_status status) { return codes_of_statuses[status]; }

void print_exit_codes(FILE *stream) {
  fputs("exit codes:\n", stream);
  for (size_t i = 0; i < sizeof exit_codes / sizeof *exit_codes; i++)
    fprintf(stream, "  %-8d %s\n", exit_codes[i].number, exit_codes[i].words);
}

int report_failure(const command *command, myr_status status, const myr_error *error) {
  fprintf(stderr, "myriad %s: %s\n", command->name, error->message);
  return exit_code_of(status);
}

/* Checks that the engine is in this build and works here. For MYR_MIX, checks both of its engines. */
static myr_status find_engine(const char *engine, myr_error *error) {
  const char *found;
  if (strcmp(engine, MYR_MIX)) return myr_engine_find(engine, &found, error);
  myr_status status = myr_engine_find(myr_mixed_engines[0], &found, error);
  return status ? status : myr_engine_find(myr_mixed_engines[1], &found, error);
}

/* Whether the engine takes --lanes. A mix does if its first engine does. */
static bool has_lanes(const char *engine) {
  return myr_engine_traits_of(strcmp(engine, MYR_MIX) ? engine : myr_mixed_engines[0])->has_lanes;
}

bool check_engine(const command *command, const char *engine, int64_t lanes, int *code) {
  myr_error error = {0};
  myr_status status = engine ? find_engine(engine, &error) : MYR_OK;
  if (!status && lanes && engine && !has_lanes(engine))
    status = myr_fail(&error, MYR_INVALID, "--lanes is for the cpu; leave it out with --engine %s", engine);
  if (status) *code = report_failure(command, status, &error);
  return !status;
}

const char *engine_or_cpu(const char *engine, int64_t lanes) { return engine || !lanes ? engine : "cpu"; }

void note_chip(const command *command, const myr_batch_info *batch) {
  if (batch->chip_bytes >= batch->chip_wish) return;
  fprintf(stderr, "myriad %s: %.1f of %.1f kB that a world is computed in fit on the GPU's chip; the rest is slower\n",
          command->name, (double)batch->chip_bytes / 1e3, (double)batch->chip_wish / 1e3);
}

enum myr_world_mapping mapping_named(const char *name) {
  if (!name) return MYR_WORLDS_CHOSEN;
  return strcmp(name, "warp") ? MYR_WORLDS_BY_THREAD : MYR_WORLDS_BY_WARP;
}

bool is_scenario_path(const char *path) {
  size_t length = strlen(path);
  return (length > 5 && !strcmp(path + length - 5, ".yaml")) || (length > 4 && !strcmp(path + length - 4, ".yml"));
}

/* Whether a file argument is a model's file, by its name. */
static bool is_model_path(const char *path) {
  static const char *const endings[] = {".xml", ".mjcf", ".urdf"};
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
    if (!strcasecmp(dot, endings[i])) return true;
  return false;
}

/* Whether no key is set by two of the overrides "path=value". Otherwise one of them would be dropped. */
static bool set_once(const char *const *overrides, int count) {
  for (int i = 0; i < count; i++) {
    size_t length = strcspn(overrides[i], "=");
    for (int k = 0; k < i; k++) {
      if (strcspn(overrides[k], "=") != length || strncmp(overrides[k], overrides[i], length)) continue;
      fprintf(stderr, "myriad: the command line sets %.*s twice: %.100s and %.100s; keep one\n", (int)length,
              overrides[i], overrides[k], overrides[i]);
      return false;
    }
  }
  return true;
}

int load_scene(const char *path, const scene_options *options, bool json, loaded_scene *scene) {
  if (is_model_path(path)) {
    fprintf(
        stderr,
        "myriad: %s is a model, and this command wants a scenario, a .yaml file\n"
        "hint: a scenario names the model: `entities: {robot: {model: %s}}`; `myriad schema --markdown` has the rest\n",
        path, path);
    return EXIT_USAGE;
  }
  const char *overrides[TEXT_LIST_LIMIT + 2];
  char seed[32], episodes[32];
  int count = 0;
  for (; count < options->set.count; count++) overrides[count] = options->set.items[count];
  snprintf(seed, sizeof seed, "seed=%lld", (long long)options->seed);
  snprintf(episodes, sizeof episodes, "episodes=%lld", (long long)options->episodes);
  if (options->seed >= 0) overrides[count++] = seed;
  if (options->episodes > 0) overrides[count++] = episodes;
  if (!set_once(overrides, count)) return EXIT_USAGE;

  myr_diagnostics diagnostics = {0};
  *scene = (loaded_scene){0};
  myr_status status = myr_scenario_load(path, overrides, count, &scene->scenario, &diagnostics);
  if (!status) {
    scene->info = myr_scenario_describe(scene->scenario);
    status = myr_plan_create(scene->scenario, scene->info->seed, &scene->plan, &diagnostics);
  }
  if (!status) scene->plan_info = myr_plan_describe(scene->plan);
  if (json)
    myr_diagnostics_print_json(&diagnostics, stdout);
  else
    myr_diagnostics_print(&diagnostics, stderr);
  myr_diagnostics_free(&diagnostics);
  if (status) free_scene(scene);
  return exit_code_of(status);
}

bool expect_episode(const command *command, const char *path, const loaded_scene *scene, int64_t episode, int *code) {
  int64_t episodes = scene->info->episodes;
  if (episode < episodes) return true;
  fprintf(stderr,
          "myriad %s: %s has %" PRId64 " episode%s, the last is %" PRId64 "; --episode %" PRId64 " is none\n"
          "hint: a run of more episodes has it: --set episodes=%" PRId64 "\n",
          command->name, path, episodes, episodes == 1 ? "" : "s", episodes - 1, episode, episode + 1);
  *code = EXIT_USAGE;
  return false;
}

void print_json_number(const char *format, double number) {
  if (isfinite(number))
    printf(format, number);
  else
    printf("null");
}

void print_notices(const myr_diagnostics *notices, bool pictures, bool json) {
  myr_diagnostics one = {.count = 1};
  for (int i = 0; i < notices->count; i++) {
    one.items = &notices->items[i];
    if (one.items->of_looks && !pictures) continue;
    if (json)
      myr_diagnostics_print_json(&one, stdout);
    else
      myr_diagnostics_print(&one, stderr);
  }
}

void print_dropped_contacts(int64_t count) {
  if (count)
    printf("%" PRId64 " contacts were dropped, the shallowest, because a world may not hold more: see nconmax\n",
           count);
}

void format_time(char text[32], double seconds) {
  long long whole = (long long)(seconds + 0.5);
  if (whole >= 360000)
    snprintf(text, 32, "%lld days %lld h", whole / 86400, whole / 3600 % 24);
  else if (whole >= 3600)
    snprintf(text, 32, "%lld h %02lld min", whole / 3600, whole / 60 % 60);
  else if (whole >= 60)
    snprintf(text, 32, "%lld min %02lld s", whole / 60, whole % 60);
  else
    snprintf(text, 32, "%lld s", whole);
}

const char *format_bytes(char text[32], double bytes) {
  static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  int unit = 0;
  for (; bytes >= 1000 && unit < 5; unit++) bytes /= 1000;
  snprintf(text, 32, unit ? "%.2f %s" : "%.0f %s", bytes, units[unit]);
  return text;
}

/* Whether a geom is a plane of the world that can touch anything. */
static bool is_floor(const myr_model *model, int geom) {
  if (model->geom_type[geom] != MYR_GEOM_PLANE || model->geom_body[geom] != 0) return false;
  for (int p = 0; p < model->npair; p++)
    if (model->pair_geom1[p] == geom) return true;
  return false;
}

void note_own_floors(const command *command, const loaded_scene *scene) {
  const myr_plan_info *plan = scene->plan_info;
  const myr_model *model = plan->model;
  const char *ground = NULL;
  for (int e = 0; e < plan->entity_count; e++)
    if (plan->entities[e].ground) ground = plan->entities[e].name;
  for (int g = 0; g < model->ngeom && ground; g++) {
    bool own = is_floor(model, g);
    for (int e = 0; e < plan->entity_count && own; e++)
      own = !plan->entities[e].ground || plan->entities[e].geom_start != g;
    if (!own) continue;
    const char *name = model->geom_name[g];
    fprintf(stderr, "myriad %s: besides the ground `%s` stands a floor of a model, %s%s%s: bodies touch both\n",
            command->name, ground, name && name[0] ? "`" : "", name && name[0] ? name : "a plane without name",
            name && name[0] ? "`" : "");
  }
}

void free_scene(loaded_scene *scene) {
  myr_plan_destroy(scene->plan);
  myr_scenario_free(scene->scenario);
  *scene = (loaded_scene){0};
}
