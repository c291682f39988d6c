/* myriad compare: how far Myriad and another engine part, stage by stage. */
#include <stdio.h>
#include <string.h>

#include "command.h"

typedef struct compare_options {
  const char *against, *precision;
  int64_t states, steps, lanes, seed;
  bool json;
} compare_options;

#define AT(member) offsetof(compare_options, member)
static const option options[] = {
    {"against", 0, OPTION_CHOICE, AT(against), "ENGINE", "mujoco; bullet and cuda are not in this build", 0, 0,
     "mujoco|bullet|cuda"},
    {"states", 0, OPTION_INTEGER, AT(states), "N", "states in which both are asked; 200 if not given", 1, 1000000,
     NULL},
    {"steps", 0, OPTION_INTEGER, AT(steps), "N", "timesteps of the trajectories; 100 if not given", 0, 1000000, NULL},
    {"lanes", 0, OPTION_INTEGER, AT(lanes), "N", "worlds in a tile: 1, 4, 8 or 16; the widest if not given", 1, 16,
     NULL},
    {"precision", 0, OPTION_CHOICE, AT(precision), "P", "single, as data is made, or double", 0, 0, "single|double"},
    {"seed", 0, OPTION_INTEGER, AT(seed), "S", "of the states", 0, INT64_MAX, NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "as one JSON object", 0, 0, NULL},
};

static void print_json(const char *path, const compare_options *values, const myr_comparison *result) {
  printf("{\"model\": ");
  myr_json_string(stdout, path);
  printf(", \"against\": \"%s\", \"precision\": \"%s\", \"states\": %d, \"contacts\": %d, \"unmatched_contacts\": %d"
         ", \"rows\": %d, \"unmatched_rows\": %d, \"mean_contacts\": %.4g, \"mean_rows\": %.4g"
         ", \"trajectory_steps\": %d, \"trajectory_error\": %.4g, \"stages\": {",
         myr_reader_version(), values->precision, result->states, result->contacts, result->unmatched_contacts,
         result->rows, result->unmatched_rows, result->mean_contacts, result->mean_rows, result->trajectory_steps,
         result->trajectory_error);
  for (int i = 0; i < result->stage_count; i++) {
    const myr_comparison_stage *stage = &result->stages[i];
    printf(
        "%s\"%s\": {\"largest_absolute\": %.4g, \"largest_relative\": %.4g, \"median_relative\": %.4g, \"states\": %d}",
        i ? ", " : "", stage->name, stage->largest_absolute, stage->largest_relative, stage->median_relative,
        stage->states);
  }
  puts("}}");
}

static void print_text(const char *path, const compare_options *values, const myr_comparison *result) {
  printf("%s against %s, %s precision, %d states\n", path, myr_reader_version(), values->precision, result->states);
  printf("contacts %d (%.2f a state), unmatched %d; rows %d (%.2f a state), unmatched %d\n\n", result->contacts,
         result->mean_contacts, result->unmatched_contacts, result->rows, result->mean_rows, result->unmatched_rows);
  printf("%-24s %16s %16s %16s %8s\n", "stage", "median relative", "largest relative", "largest absolute", "states");
  for (int i = 0; i < result->stage_count; i++) {
    const myr_comparison_stage *stage = &result->stages[i];
    printf("%-24s %16.2e %16.2e %16.2e %8d\n", stage->name, stage->median_relative, stage->largest_relative,
           stage->largest_absolute, stage->states);
  }
  if (result->trajectory_steps)
    printf("\nafter %d steps from the same state, positions differ by %.2e (median over the states)\n",
           result->trajectory_steps, result->trajectory_error);
}

static int compare(const compare_options *values, const char *path, const myr_scene *scene) {
  myr_comparison_description description = {
      .path = scene ? NULL : path,
      .scene = scene,
      .states = (int)values->states,
      .trajectory_steps = (int)values->steps,
      .lanes = strcmp(values->precision, "double") ? (int)values->lanes : MYR_LANES_DOUBLE,
      .seed = (uint64_t)values->seed};
  myr_comparison result;
  myr_error error = {0};
  myr_status status = myr_compare_mujoco(&description, &result, &error);
  if (status) return report_failure(&compare_command, status, &error);
  if (values->json)
    print_json(path, values, &result);
  else
    print_text(path, values, &result);
  return EXIT_DONE;
}

static int run(int argc, char **argv) {
  compare_options values = {.precision = "single", .states = 200, .steps = 100};
  const char *path;
  int code;
  if (!parse_options(&compare_command, argc, argv, &values, &path, &code)) return code;
  if (!values.against) {
    fprintf(stderr, "myriad compare: against what? give --against mujoco\n");
    return EXIT_USAGE;
  }
  if (strcmp(values.against, "mujoco")) {
    fprintf(stderr, "myriad compare: engine %s is unavailable: this build compares against mujoco only\n",
            values.against);
    return EXIT_UNAVAILABLE;
  }
  if (values.lanes && !strcmp(values.precision, "double")) {
    fprintf(stderr, "myriad compare: --precision double has a width of its own; leave --lanes out\n");
    return EXIT_USAGE;
  }
  if (!is_scenario_path(path)) return compare(&values, path, NULL);
  scene_options unchanged = {.seed = -1};
  loaded_scene scene;
  code = load_scene(path, &unchanged, false, &scene);
  if (code) return code;
  code = compare(&values, path, scene.plan_info->scene);
  free_scene(&scene);
  return code;
}

const command compare_command = {
    .name = "compare",
    .arguments = "MODEL|SCENE",
    .summary = "how far Myriad and MuJoCo part, stage by stage",
    .positional_count = 1,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
