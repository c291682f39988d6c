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

#define AT(member) offsetof(check_options, member)
static const option options[] = {
    {"set", 0, OPTION_TEXTS, AT(scene.set), "PATH=VALUE", "change the scenario; may be repeated", 0, 0, NULL},
    {"resolved", 0, OPTION_FLAG, AT(resolved), NULL, "print the scenario in full: defaults filled, SI units", 0, 0,
     NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "errors, or a summary, as JSON: one object a line", 0, 0, NULL},
};

static void print_scene(const char *path, const loaded_scene *scene, bool json) {
  const myr_model *model = scene->plan_info->model;
  const myr_scenario_info *info = scene->info;
  if (!json) {
    printf("%s: %s is good: %" PRId64 " episodes of %g s, %d bodies, %d degrees of freedom, %d draws an episode\n",
           path, info->name, info->episodes, info->duration, model->nbody - 1, model->nv,
           scene->plan_info->value_count);
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

static int check_model(const char *path, bool json) {
  myr_model *model;
  myr_error error = {0};
  myr_status status = myr_model_load(path, &model, &error);
  if (json) {
    printf("{\"file\": ");
    myr_json_string(stdout, path);
    printf(", \"severity\": \"%s\"", status ? "error" : "ok");
    if (status) {
      printf(", \"message\": ");
      myr_json_string(stdout, error.message);
    } else {
      printf(", \"bodies\": %d, \"degrees_of_freedom\": %d, \"actuators\": %d", model->nbody - 1, model->nv, model->nu);
    }
    puts("}");
  } else if (status) {
    report_failure(&check_command, status, &error);
  } else {
    printf("%s is good: %d bodies, %d degrees of freedom, %d actuators\n", path, model->nbody - 1, model->nv,
           model->nu);
  }
  if (!status) myr_model_free(model);
  return exit_code_of(status);
}

static int run(int argc, char **argv) {
  check_options values = {.scene.seed = -1};
  const char *path;
  int code;
  if (!parse_options(&check_command, argc, argv, &values, &path, &code)) return code;
  if (!is_scenario_path(path)) return check_model(path, values.json);
  loaded_scene scene;
  code = load_scene(path, &values.scene, values.json, &scene);
  if (code) return code;
  note_own_floors(&check_command, &scene);
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
    .positional_count = 1,
    .options = options,
    .examples = "  myriad check my.yaml\n"
                "  myriad check robot.urdf\n"
                "  myriad check my.yaml --set duration=\"2 s\" --resolved",
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
