/* myriad compare: shows how far two engines differ: stage by stage (MuJoCo), bit by bit (a GPU), or episode by episode
 * (Bullet). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernels/model.h"
#include "command.h"
#include "compare_pictures.h"
#include "compare_scene.h"

typedef struct compare_options {
  const char *against, *mapping, *precision, *picture;
  int64_t states, steps, worlds, lanes, episodes, threads, seed;
  bool json;
} compare_options;

#define AT(member) offsetof(compare_options, member)
static const option options[] = {
    {"against", 0, OPTION_ENGINE, AT(against), "ENGINE",
     "mujoco; cuda for equality in every bit; bullet for a scene's episodes", 0, 0, "mujoco"},
    {"states", 0, OPTION_INTEGER, AT(states), "N", "states in which both are asked; 200 if not given", 1, 1000000,
     NULL},
    {"steps", 0, OPTION_INTEGER, AT(steps), "N", "timesteps of the trajectories; 100 if not given", 0, 1000000, NULL},
    {"worlds", 0, OPTION_INTEGER, AT(worlds), "N", "with cuda: worlds that are compared; 64 if not given", 1, 1 << 24,
     NULL},
    {"mapping", 0, OPTION_CHOICE, AT(mapping), "HOW",
     "with cuda: a warp or a thread for each world; chosen if not given", 0, 0, "warp|thread"},
    {"episodes", 0, OPTION_INTEGER, AT(episodes), "N", "with bullet: how many; 64 if not given", 1, 1000000, NULL},
    {"output", 'o', OPTION_TEXT, AT(picture), "FILE.png",
     "with cuda: compare pictures too, and show them; with bullet: draw the distances over time", 0, 0, NULL},
    {"threads", 0, OPTION_INTEGER, AT(threads), "N", "with bullet: all processors if not given", 1, 4096, NULL},
    {"lanes", 0, OPTION_LANES, AT(lanes), "N", "worlds in a tile; the widest if not given", 1, 16, NULL},
    {"precision", 0, OPTION_CHOICE, AT(precision), "P", "single, as data is made, or double", 0, 0, "single|double"},
    {"seed", 0, OPTION_INTEGER, AT(seed), "S", "of the states", 0, INT64_MAX, NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "as one JSON object", 0, 0, NULL},
};

static void print_numbers_json(const myr_comparison *result) {
  const struct {
    const char *name;
    double value;
  } numbers[] = {{"dropped_contacts", result->dropped_contacts},
                 {"mean_contacts", result->mean_contacts},
                 {"mean_rows", result->mean_rows},
                 {"trajectory_error", result->trajectory_error}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    printf(", \"%s\": ", numbers[i].name);
    print_json_number("%.4g", numbers[i].value);
  }
}

static void print_stage_json(const myr_comparison_stage *stage) {
  const struct {
    const char *name;
    double value;
  } numbers[] = {{"floor", stage->floor},
                 {"largest_absolute", stage->largest_absolute},
                 {"largest_relative", stage->largest_relative},
                 {"median_relative", stage->median_relative}};
  printf("\"%s\": {", stage->name);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    printf("\"%s\": ", numbers[i].name);
    print_json_number("%.4g", numbers[i].value);
    printf(", ");
  }
  printf("\"states\": %d}", stage->states);
}

static void print_json(const char *path, const compare_options *values, const myr_comparison *result) {
  printf("{\"model\": ");
  myr_json_string(stdout, path);
  printf(", \"against\": \"%s\", \"precision\": \"%s\", \"states\": %d, \"contacts\": %d, \"unmatched_contacts\": %d"
         ", \"rows\": %d, \"unmatched_rows\": %d, \"trajectory_steps\": %d",
         myr_reader_version(), values->precision, result->states, result->contacts, result->unmatched_contacts,
         result->rows, result->unmatched_rows, result->trajectory_steps);
  print_numbers_json(result);
  printf(", \"stages\": {");
  for (int i = 0; i < result->stage_count; i++) {
    if (i) printf(", ");
    print_stage_json(&result->stages[i]);
  }
  printf("}, \"differences\": [");
  for (int i = 0; i < result->difference_count; i++) {
    if (i) printf(", ");
    myr_json_string(stdout, result->differences[i]);
  }
  puts("]}");
}

static void print_text(const char *path, const compare_options *values, const myr_comparison *result) {
  printf("%s against %s, %s precision, %d states\n", path, myr_reader_version(), values->precision, result->states);
  printf("contacts %d (%.2f a state), unmatched %d; rows %d (%.2f a state), unmatched %d\n\n", result->contacts,
         result->mean_contacts, result->unmatched_contacts, result->rows, result->mean_rows, result->unmatched_rows);
  print_dropped_contacts((int64_t)result->dropped_contacts);
  for (int i = 0; i < result->difference_count; i++) printf("differs on purpose: %s\n", result->differences[i]);
  if (result->difference_count) putchar('\n');
  printf("%-24s %16s %16s %8s %16s %8s\n", "stage", "median relative", "largest relative", "floor", "largest absolute",
         "states");
  for (int i = 0; i < result->stage_count; i++) {
    const myr_comparison_stage *stage = &result->stages[i];
    printf("%-24s %16.2e %16.2e %8g %16.2e %8d\n", stage->name, stage->median_relative, stage->largest_relative,
           stage->floor, stage->largest_absolute, stage->states);
  }
  puts("\nrelative errors are divided by the largest number of the stage in a state, or by the floor where it is "
       "larger (SI)");
  if (result->trajectory_steps)
    printf("\nafter %d steps from the same state, positions differ by %.2e (median over the states)\n",
           result->trajectory_steps, result->trajectory_error);
}

static int compare(const compare_options *values, const char *path, const myr_scene *scene) {
  myr_comparison_description description = {.path = scene ? NULL : path,
                                            .scene = scene,
                                            .states = (int)values->states,
                                            .trajectory_steps = (int)values->steps,
                                            .lanes = strcmp(values->precision, "double") ? (int)values->lanes
                                                                                         : MYR_LANES_DOUBLE,
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

static void print_difference(const myr_engine_difference *first, const char *against) {
  printf("first difference: control step %d, world %d, %s[%d]: cpu %.9g, %s %.9g\n", first->step, first->world,
         first->field, first->element, (double)first->values[0], against, (double)first->values[1]);
}

/* pictures: NULL if no pictures were compared. */
static void print_engines_json(const char *path, const char *against, const myr_engine_comparison *result,
                               const picture_comparison *pictures) {
  printf("{\"model\": ");
  myr_json_string(stdout, path);
  printf(", \"against\": \"%s\", \"worlds\": %d, \"control_steps\": %d, \"substeps\": %d, \"contacts\": %" PRId64
         ", \"equal\": %s",
         against, result->worlds, result->steps, result->substeps, result->contacts,
         result->differs ? "false" : "true");
  if (result->differs)
    printf(", \"field\": \"%s\", \"world\": %d, \"control_step\": %d, \"element\": %d", result->first.field,
           result->first.world, result->first.step, result->first.element);
  if (pictures)
    printf(", \"pictures\": %d, \"pixels\": %" PRId64 ", \"different_pixels\": %" PRId64, pictures->pictures,
           pictures->pixels, pictures->different);
  puts("}");
}

static void print_engines(const char *path, const compare_options *values, const myr_engine_comparison *result,
                          const picture_comparison *pictures) {
  printf("%s: cpu (%s) against %s (%s), %d worlds, %d control steps of %d timesteps, %" PRId64 " contacts\n", path,
         result->sides[0].kernels, values->against, result->sides[1].kernels, result->worlds, result->steps,
         result->substeps, result->contacts);
  if (result->differs)
    print_difference(&result->first, values->against);
  else
    puts("equal in every bit of every field");
  if (pictures)
    printf("%s: %d picture%s by both, %" PRId64 " of %" PRId64 " pixels differ\n", values->picture, pictures->pictures,
           pictures->pictures == 1 ? "" : "s", pictures->different, pictures->pixels);
}

/* Compares every field of every world bit by bit and, if pictures are asked for, every pixel. The exit code is 1 if any
 * bit differs. */
static int compare_engines(const compare_options *values, const char *path, const myr_model *model) {
  const myr_engine_comparison_description description = {.model = model,
                                                         .against = values->against,
                                                         .worlds = (int)values->worlds,
                                                         .steps = (int)values->steps,
                                                         .lanes = (int)values->lanes,
                                                         .mapping = mapping_named(values->mapping),
                                                         .seed = (uint64_t)values->seed};
  myr_engine_comparison result;
  myr_error error = {0};
  myr_status status = myr_compare_engines(&description, &result, &error);
  if (status) return report_failure(&compare_command, status, &error);
  picture_comparison seen = {0}, *pictures = values->picture ? &seen : NULL;
  int code = pictures ? compare_pictures(path, values->against, values->picture, pictures) : EXIT_DONE;
  if (code) return code;
  if (values->json)
    print_engines_json(path, values->against, &result, pictures);
  else
    print_engines(path, values, &result, pictures);
  return result.differs || seen.different ? EXIT_ERROR : EXIT_DONE;
}

static int compare_engines_on_file(const compare_options *values, const char *path) {
  myr_model *model;
  myr_error error = {0};
  myr_status status = myr_model_load(path, &model, &error);
  if (status) return report_failure(&compare_command, status, &error);
  int code = compare_engines(values, path, model);
  myr_model_free(model);
  return code;
}

/* Compares whole episodes of a scenario, because Bullet's physics differs on purpose and no bit would be equal. */
static int compare_episodes(const compare_options *values, const char *path) {
  if (!is_scenario_path(path)) {
    fprintf(stderr, "myriad compare: --against bullet compares the episodes of a scenario; %s is a model\n", path);
    return EXIT_USAGE;
  }
  if (refuse_options(&compare_command, "states steps worlds lanes mapping precision", "is not for episodes"))
    return EXIT_USAGE;
  const scene_options changes = {.seed = values->seed};
  loaded_scene scene;
  int code = load_scene(path, &changes, false, &scene);
  if (code) return code;
  const compare_scene_options options = {.against = values->against,
                                         .picture = values->picture,
                                         .episodes = (int)values->episodes,
                                         .threads = (int)values->threads,
                                         .json = values->json};
  code = compare_scene(&options, path, &scene);
  free_scene(&scene);
  return code;
}

static int run(int argc, char **argv) {
  compare_options values = {.precision = "single", .states = 200, .steps = 100, .seed = -1};
  const char *path;
  int code;
  if (!parse_options(&compare_command, argc, argv, &values, &path, &code)) return code;
  if (!values.against) {
    fprintf(stderr, "myriad compare: against what? give --against mujoco, cuda or bullet\n");
    return EXIT_USAGE;
  }
  bool engines = strcmp(values.against, "mujoco") != 0;
  if (engines && !check_engine(&compare_command, values.against, 0, &code)) return code;
  if (engines && !strcmp(values.precision, "double")) {
    fprintf(stderr, "myriad compare: engines are compared in single precision; leave --precision out\n");
    return EXIT_USAGE;
  }
  if (engines && myr_engine_traits_of(values.against)->own_physics) return compare_episodes(&values, path);
  if (refuse_options(&compare_command, "episodes threads", "goes with --against bullet") ||
      (engines ? refuse_options(&compare_command, "states", "goes with --against mujoco")
               : refuse_options(&compare_command, "worlds mapping", "goes with --against cuda") ||
                     refuse_options(&compare_command, "output", "goes with --against cuda or bullet")))
    return EXIT_USAGE;
  if (values.seed < 0) values.seed = 0;
  if (values.lanes && !strcmp(values.precision, "double")) {
    fprintf(stderr, "myriad compare: --precision double has a width of its own; leave --lanes out\n");
    return EXIT_USAGE;
  }
  if (!is_scenario_path(path)) return engines ? compare_engines_on_file(&values, path) : compare(&values, path, NULL);
  scene_options unchanged = {.seed = -1};
  loaded_scene scene;
  code = load_scene(path, &unchanged, false, &scene);
  if (code) return code;
  code =
      engines ? compare_engines(&values, path, scene.plan_info->model) : compare(&values, path, scene.plan_info->scene);
  free_scene(&scene);
  return code;
}

const command compare_command = {
    .name = "compare",
    .arguments = "MODEL|SCENE",
    .summary = "how far Myriad parts from MuJoCo, from a GPU or from Bullet",
    .details =
        "Against MuJoCo stage by stage, against cuda bit by bit, and against bullet episode by episode: distances\n"
        "over time, when robots fall, who succeeds, how hard contacts push.\n"
        "With cuda, -o FILE.png also draws on both how the first episode begins, every camera and output, and shows\n"
        "the pictures beside each other and where they differ in any bit.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad compare robot.xml --against mujoco\n"
                "  myriad compare my.yaml --against bullet -o apart.png",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
