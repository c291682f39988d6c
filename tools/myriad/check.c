/* myriad check: says whether a scenario or a model can be simulated, and lists all mistakes in it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/model.h"
#include "command.h"

typedef struct check_options {
  scene_options scene;
  bool json, resolved;
} check_options;

enum { MOST_DOUBTS = 8 };

#define AT(member) offsetof(check_options, member)
static const option options[] = {
    {"set", 0, OPTION_TEXTS, AT(scene.set), "PATH=VALUE", "change the scenario; may be repeated", 0, 0, NULL},
    {"resolved", 0, OPTION_FLAG, AT(resolved), NULL, "print the scenario in full: defaults filled, SI units", 0, 0,
     NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "errors, or a summary, as JSON: one object a line", 0, 0, NULL},
};

/* A number and its noun, for "%d %s". */
#define COUNTED(count, one, many) count, (count) == 1 ? one : many

static void print_scene(const char *path, const loaded_scene *scene, bool json) {
  const myr_model *model = scene->plan_info->model;
  const myr_scenario_info *info = scene->info;
  if (!json) {
    printf("%s: %s is good: %" PRId64 " %s of %g s, %d %s, %d %s of freedom, %d %s an episode\n", path, info->name,
           info->episodes, info->episodes == 1 ? "episode" : "episodes", info->duration,
           COUNTED(model->nbody - 1, "body", "bodies"), COUNTED(model->nv, "degree", "degrees"),
           COUNTED(scene->plan_info->value_count, "draw", "draws"));
    return;
  }
  printf("{\"file\": ");
  myr_json_string(stdout, path);
  printf(", \"severity\": \"ok\", \"name\": ");
  myr_json_string(stdout, info->name);
  printf(", \"episodes\": %" PRId64 ", \"duration\": %.17g, \"timestep\": %.17g, \"control_steps\": %d, \"bodies\": %d"
         ", \"degrees_of_freedom\": %d, \"actuators\": %d, \"values\": %d, \"scenario_xxh3\": \"%016" PRIx64 "\"}\n",
         info->episodes, info->duration, info->timestep, info->control_steps, model->nbody - 1, model->nv, model->nu,
         scene->plan_info->value_count, info->identity);
}

/* Warns of a timestep that no scenario may have, and of keyframes outside their ranges. */
static void print_doubts(const char *path, const myr_model *model) {
  if (model->options.timestep > MYR_LONGEST_TIMESTEP)
    fprintf(stderr, "%s: warning: a timestep of %g s: a scenario may state 50 ms at most\n", path,
            model->options.timestep);
  for (int key = 0; key < model->nkey; key++) {
    myr_key_doubt doubts[MOST_DOUBTS];
    int count = myr_model_doubt_key(model, key, doubts, MOST_DOUBTS);
    for (int i = 0; i < count && i < MOST_DOUBTS; i++) {
      const char *name = myr_model_names(model, doubts[i].element)[doubts[i].index], *key_name = model->key_name[key];
      fprintf(stderr, "%s: warning: keyframe `%s`: %s `%s` is at %g, outside its range of %g to %g%s\n", path,
              key_name ? key_name : "without name", myr_element_names[doubts[i].element], name ? name : "without name",
              doubts[i].value, doubts[i].low, doubts[i].high, doubts[i].degrees ? "; keyframes are in radians" : "");
    }
  }
}

static void print_model_json(const char *path, myr_status status, const myr_model *model, const myr_error *error) {
  printf("{\"file\": ");
  myr_json_string(stdout, path);
  printf(", \"severity\": \"%s\"", status ? "error" : "ok");
  if (status) {
    printf(", \"message\": ");
    myr_json_string(stdout, error->message);
  } else {
    printf(", \"bodies\": %d, \"degrees_of_freedom\": %d, \"actuators\": %d", model->nbody - 1, model->nv, model->nu);
  }
  puts("}");
}

static void print_model(const char *path, const myr_model *model) {
  print_doubts(path, model);
  printf("%s is good: %d %s, %d %s of freedom, %d %s\n", path, COUNTED(model->nbody - 1, "body", "bodies"),
         COUNTED(model->nv, "degree", "degrees"), COUNTED(model->nu, "actuator", "actuators"));
}

static int check_model(const char *path, bool json) {
  myr_model *model;
  myr_error error = {0};
  myr_findings findings = {0};
  myr_diagnostics listed = {0};
  myr_status status = myr_model_check(path, &model, &findings, &error);
  myr_diagnostics_add_findings(&listed, &findings, path);
  bool told = false; /* whether the error is one of the findings */
  for (int i = 0; i < listed.count; i++) told |= !listed.items[i].notice;
  if (json)
    myr_diagnostics_print_json(&listed, stdout);
  else
    myr_diagnostics_print(&listed, stderr);
  if (json && !told)
    print_model_json(path, status, model, &error);
  else if (status && !told)
    report_failure(&check_command, status, &error);
  else if (!status)
    print_model(path, model);
  if (!status) myr_model_free(model);
  myr_diagnostics_free(&listed);
  myr_findings_free(&findings);
  return exit_code_of(status);
}

/* Warns of geoms that overlap when an episode starts. A scene too large to be tried is not checked, and that is said. */
static void check_starts(const loaded_scene *scene, bool json) {
  myr_diagnostics diagnostics = {0};
  myr_error error = {0};
  if (myr_plan_check_starts(scene->plan, &diagnostics, &error))
    fprintf(stderr, "myriad check: starts were not checked: %s\n", error.message);
  if (json)
    myr_diagnostics_print_json(&diagnostics, stdout);
  else
    myr_diagnostics_print(&diagnostics, stderr);
  myr_diagnostics_free(&diagnostics);
}

static int run(int argc, char **argv) {
  check_options values = {.scene.seed = -1};
  const char *path;
  int code;
  if (!parse_options(&check_command, argc, argv, &values, &path, &code)) return code;
  if (!is_scenario_path(path))
    return refuse_options(&check_command, "set resolved", "is for scenarios") ? EXIT_USAGE
                                                                              : check_model(path, values.json);
  if (values.resolved && refuse_options(&check_command, "json", "does not go with --resolved, which prints YAML"))
    return EXIT_USAGE;
  loaded_scene scene;
  code = load_scene(path, &values.scene, values.json, &scene);
  if (code) return code;
  print_notices(scene.plan_info->notices, scene.plan_info->look, values.json);
  note_own_floors(&check_command, &scene);
  check_starts(&scene, values.json);
  if (values.resolved)
    myr_scenario_print_resolved(scene.scenario, stdout);
  else
    print_scene(path, &scene, values.json);
  free_scene(&scene);
  return EXIT_DONE;
}

const command check_command = {
    .name = "check",
    .arguments = "SCENE|MODEL",
    .summary = "say whether a scenario or a model is good, and all that is not",
    .details =
        "Errors end with exit code 2. Warnings do not: they name keyframes outside the ranges of their joints and\n"
        "actuators, events and conditions beyond the episode's end, and geoms that overlap by more than 1 cm, or by\n"
        "more than half of the smaller one, when one of the first 4 episodes starts. Notices name what a scenario or\n"
        "a model says and nothing uses, such as a light that no camera sees.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad check my.yaml\n"
                "  myriad check robot.urdf\n"
                "  myriad check my.yaml --set duration=\"2 s\" --resolved",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
