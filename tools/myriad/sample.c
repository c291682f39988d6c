/* myriad sample: prints the random draws of one episode without simulating it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"

typedef struct sample_options {
  int64_t episode;
  scene_options scene;
  bool json;
} sample_options;

#define AT(member) offsetof(sample_options, member)
static const option options[] = {
    {"episode", 0, OPTION_INTEGER, AT(episode), "N", "which, from 0; 0 if not given", 0, INT64_MAX, NULL},
    {"seed", 0, OPTION_INTEGER, AT(scene.seed), "S", "the scenario's seed if not given", 0, INT64_MAX, NULL},
    {"set", 0, OPTION_TEXTS, AT(scene.set), "PATH=VALUE", "change the scenario; may be repeated", 0, 0, NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "one JSON object a line, for each parameter that is drawn", 0, 0, NULL},
};

static void print_json(const myr_draw_info *draw, const double *values, int64_t episode) {
  printf("{\"episode\": %" PRId64 ", \"path\": ", episode);
  myr_json_string(stdout, draw->path);
  printf(", \"unit\": ");
  myr_json_string(stdout, draw->unit);
  printf(", \"distribution\": ");
  myr_json_string(stdout, draw->distribution);
  printf(", \"elements\": [");
  for (int i = 0; draw->elements && i < draw->count; i++) {
    if (i) printf(", ");
    myr_json_string(stdout, draw->elements[i]);
  }
  printf("], \"values\": [");
  for (int i = 0; i < draw->count; i++) printf("%s%.17g", i ? ", " : "", values[draw->offset + i]);
  puts("]}");
}

static void print_text(const myr_draw_info *draw, const double *values) {
  for (int i = 0; i < draw->count; i++) {
    char name[256];
    snprintf(name, sizeof name, "%s%s%s%s", draw->path, draw->elements ? " [" : "",
             draw->elements ? draw->elements[i] : "", draw->elements ? "]" : "");
    printf("%-48s %14.7g %-8s %s\n", name, values[draw->offset + i], draw->unit, i ? "" : draw->distribution);
  }
}

static int run(int argc, char **argv) {
  sample_options values = {.scene.seed = -1};
  const char *path;
  int code;
  if (!parse_options(&sample_command, argc, argv, &values, &path, &code)) return code;
  loaded_scene scene;
  code = load_scene(path, &values.scene, false, &scene);
  if (code) return code;
  if (!expect_episode(&sample_command, path, &scene, values.episode, &code)) {
    free_scene(&scene);
    return code;
  }
  double *drawn = calloc((size_t)scene.plan_info->value_count + 1, sizeof *drawn);
  if (drawn && !scene.plan_info->draw_count)
    fprintf(stderr, "myriad sample: %s draws nothing: its episodes are all equal\n", path);
  if (drawn) {
    myr_plan_draw(scene.plan, values.episode, drawn);
    for (int i = 0; i < scene.plan_info->draw_count; i++) {
      const myr_draw_info *draw = &scene.plan_info->draws[i];
      if (values.json)
        print_json(draw, drawn, values.episode);
      else
        print_text(draw, drawn);
    }
  }
  free(drawn);
  free_scene(&scene);
  return drawn ? EXIT_DONE : EXIT_ERROR;
}

const command sample_command = {
    .name = "sample",
    .arguments = "SCENE",
    .summary = "the draws of one episode, nothing simulated",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad sample my.yaml --episode 7",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
