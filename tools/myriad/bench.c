/* myriad bench: measures how fast a model is stepped, alone or in turns with another engine, or how fast it is drawn. */
#include "kernels/model.h"
#include "sim/benchmark.h"
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(bench_options, member)
static const option options[] = {
    {"vs", 0, OPTION_ENGINE, AT(versus), "WHOM", "run mujoco or another engine too, in turns, on the same threads", 0,
     0, "mujoco"},
    {"engine", 0, OPTION_ENGINE, AT(engine), "NAME", "cpu, cuda or bullet; a GPU if one answers, else cpu", 0, 0, NULL},
    {"mapping", 0, OPTION_CHOICE, AT(mapping), "HOW", "cuda: a warp or a thread for each world; chosen if not given", 0,
     0, "warp|thread"},
    {"worlds", 0, OPTION_INTEGER, AT(worlds), "N", "worlds that are stepped", 1, 1 << 24, NULL},
    {"lanes", 0, OPTION_LANES, AT(lanes), "N", "worlds in a tile; the widest if not given", 1, 16, NULL},
    {"threads", 0, OPTION_INTEGER, AT(threads), "N", "all processors if not given", 1, 4096, NULL},
    {"steps", 0, OPTION_INTEGER, AT(steps), "N", "timesteps of each world in a round", 1, 1 << 30, NULL},
    {"rounds", 0, OPTION_INTEGER, AT(rounds), "N", "how often the engines take turns", 1, 1000, NULL},
    {"settle", 0, OPTION_INTEGER, AT(settle), "S",
     "seconds simulated before steps are measured once more; 2 if not given", 0, 1000000, NULL},
    {"key", 0, OPTION_TEXT, AT(key), "NAME", "keyframe to start from; the model's zero pose if not given", 0, 0, NULL},
    {"seed", 0, OPTION_INTEGER, AT(seed), "S", "of the random controls", 0, INT64_MAX, NULL},
    {"render", 0, OPTION_FLAG, AT(render), NULL, "measure pictures instead of steps; the options below are for it", 0,
     0, NULL},
    {"camera", 0, OPTION_TEXT, AT(camera), "NAME", "the first one if not given", 0, 0, NULL},
    {"size", 0, OPTION_TEXT, AT(size), "WxH", "pixels, such as 64x64; the camera's own if not given", 0, 0, NULL},
    {"samples", 0, OPTION_INTEGER, AT(samples), "N", "of colour in a pixel: 1, 4 or 16; 1 if not given", 1, 16, NULL},
    {"outputs", 0, OPTION_TEXT, AT(outputs), "LIST", "if not given rgb,depth,instance, or those of the LiDAR", 0, 0,
     NULL},
    {"frames", 0, OPTION_INTEGER, AT(frames), "N", "drawn in a round", 1, 1 << 30, NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "as one JSON object", 0, 0, NULL},
};

/* Prints `, "PREFIXname": number`. */
static void print_pair_json(const char *prefix, const char *name, const char *format, double number) {
  printf(", \"%s%s\": ", prefix, name);
  print_json_number(format, number);
}

/* The keys of the other side begin with its name. */
static void print_side_json(const char *prefix, const myr_benchmark_side *side) {
  print_pair_json(prefix, "mean_contacts", "%.4g", side->mean_contacts);
  print_pair_json(prefix, "mean_rows", "%.4g", side->mean_rows);
  print_pair_json(prefix, "mean_iterations", "%.4g", side->mean_iterations);
}

static void print_phase_json(const myr_benchmark *result, const myr_benchmark_phase *phase) {
  printf("\"steps_per_second\": ");
  print_json_number("%.0f", phase->own.steps_per_second);
  print_side_json("", &phase->own);
  print_pair_json("", "mean_dropped_contacts", "%.4g", phase->mean_dropped_contacts);
  print_pair_json("", "union_rows", "%.4g", phase->mean_union_rows);
  printf(", \"stages\": {");
  const char *separator = "";
  for (int i = 0; i < MYR_STAGE_COUNT; i++) {
    if (!myr_timed_stages[i]) continue;
    printf("%s\"%s\": ", separator, myr_timed_stages[i]);
    print_json_number("%.4f", phase->stage_share[i]);
    separator = ", ";
  }
  putchar('}');
  print_pair_json("", "joules_per_million_steps", "%.4g", phase->joules_per_million_steps);
  if (!result->has_mujoco && !result->rival) return;
  const char *other = result->has_mujoco ? "mujoco_" : "rival_";
  print_pair_json(other, "steps_per_second", "%.0f", phase->other.steps_per_second);
  print_side_json(other, &phase->other);
  print_pair_json("", "ratio", "%.4g", phase->ratio);
  print_pair_json("", "ratio_low", "%.4g", phase->ratio_low);
  print_pair_json("", "ratio_high", "%.4g", phase->ratio_high);
}

static void print_json(const char *path, const myr_model *model, const myr_benchmark *result, double settle) {
  printf("{\"model\": ");
  myr_json_string(stdout, path);
  printf(", \"engine\": \"%s\", \"kernels\": \"%s\", \"worlds\": %d, \"threads\": %d, \"lanes\": %d, \"bytes\": %zu"
         ", \"timestep\": %.17g, \"degrees_of_freedom\": %d, ",
         result->batch.engine, result->batch.kernels, result->batch.worlds, result->batch.threads, result->batch.lanes,
         result->batch.bytes, model->options.timestep, model->nv);
  if (result->has_mujoco) printf("\"mujoco\": \"%s, mjbatch\", ", myr_reader_version());
  if (result->rival) printf("\"rival\": \"%s\", ", result->rival);
  print_phase_json(result, &result->first);
  if (result->has_settled) {
    printf(", \"settled\": {\"after_seconds\": %.9g, ", settle);
    print_phase_json(result, &result->settled);
    putchar('}');
  }
  puts("}");
}

static void print_batch(const myr_batch_info *batch) {
  if (!batch->traits->has_lanes)
    printf("%d worlds in %d group%s, %s (%s), %.1f MB\n\n", batch->worlds, batch->groups, batch->groups == 1 ? "" : "s",
           batch->engine, batch->kernels, (double)batch->bytes / 1e6);
  else
    printf("%d worlds in tiles of %d (%s), %d thread%s, %.1f MB\n\n", batch->worlds, batch->lanes, batch->kernels,
           batch->threads, batch->threads == 1 ? "" : "s", (double)batch->bytes / 1e6);
}

static void print_side(const char *name, const myr_benchmark_side *side, const char *note) {
  printf("  %-10s %14.0f %10.2f %8.2f %12.2f%s\n", name, side->steps_per_second, side->mean_contacts, side->mean_rows,
         side->mean_iterations, note);
}

static void print_phase(const myr_benchmark *result, const myr_benchmark_phase *phase) {
  print_side("myriad", &phase->own, "");
  if (phase->mean_dropped_contacts > 0)
    printf("  myriad dropped %.2f contacts a step, the shallowest, because a world may not hold more: see nconmax\n",
           phase->mean_dropped_contacts);
  if (result->has_mujoco || result->rival) {
    char note[200];
    snprintf(note, sizeof note, " (%s%s)", result->rival ? result->rival : myr_reader_version(),
             result->rival ? "" : ", mjbatch");
    print_side(result->rival ? "rival" : "mujoco", &phase->other, note);
    printf("  %-10s %14.2f (%.2f to %.2f)\n", "ratio", phase->ratio, phase->ratio_low, phase->ratio_high);
  }
  if (!result->batch.traits->has_lanes) return; /* only an engine with lanes times its stages */
  printf("  rows of a tile's lanes together: %.1f\n  share of the time:", phase->mean_union_rows);
  const char *separator = "";
  for (int i = 0; i < MYR_STAGE_COUNT; i++) {
    if (!myr_timed_stages[i]) continue;
    printf("%s %s %.1f %%", separator, myr_timed_stages[i], 100 * phase->stage_share[i]);
    separator = ",";
  }
  putchar('\n');
  if (!isnan(phase->joules_per_million_steps))
    printf("  energy of the %s: %.4g J per million steps\n", result->batch.pci_bus_id[0] ? "GPU" : "processor",
           phase->joules_per_million_steps);
}

static void print_text(const char *path, const myr_model *model, const myr_benchmark *result, double settle) {
  printf("%s: %d degrees of freedom, timestep %g s\n", path, model->nv, model->options.timestep);
  print_batch(&result->batch);
  printf("%-12s %14s %10s %8s %12s\n", "", "steps/s", "contacts", "rows", "iterations");
  puts("from the start");
  print_phase(result, &result->first);
  if (!result->has_settled) return;
  printf("settled, %g s later\n", settle);
  print_phase(result, &result->settled);
}

/* Returns the index of the keyframe of that name; -1 if name is NULL, -2 if the model has no such keyframe. */
static int find_key(const myr_model *model, const char *name) {
  if (!name) return -1;
  int key = myr_model_find(model, MYR_ELEMENT_keyframe, name);
  if (key >= 0) return key;
  fprintf(stderr, "myriad bench: the model has no keyframe %s\n", name);
  return -2;
}

static int measure(const bench_options *values, const char *path, const myr_model *model, const myr_scene *scene) {
  int key = find_key(model, values->key);
  if (key < -1) return EXIT_USAGE;
  bool versus = values->versus && !strcmp(values->versus, "mujoco");
  myr_benchmark_description description = {.model = model,
                                           .path = versus && !scene ? path : NULL,
                                           .scene = versus ? scene : NULL,
                                           .engine = values->engine,
                                           .against = versus ? NULL : values->versus,
                                           .mapping = mapping_named(values->mapping),
                                           .worlds = (int)values->worlds,
                                           .lanes = (int)values->lanes,
                                           .threads = (int)values->threads,
                                           .steps = (int)values->steps,
                                           .rounds = (int)values->rounds,
                                           .settle_seconds = (double)values->settle,
                                           .key = key,
                                           .seed = (uint64_t)values->seed};
  myr_benchmark result;
  myr_error error = {0};
  myr_status status = myr_benchmark_run(&description, &result, &error);
  if (status) return report_failure(&bench_command, status, &error);
  note_chip(&bench_command, &result.batch);
  if (values->json)
    print_json(path, model, &result, description.settle_seconds);
  else
    print_text(path, model, &result, description.settle_seconds);
  return EXIT_DONE;
}

static int measure_scene(const bench_options *values, const char *path) {
  scene_options unchanged = {.seed = -1};
  loaded_scene scene;
  int code = load_scene(path, &unchanged, false, &scene);
  if (code) return code;
  if (values->render) {
    myr_error error = {0};
    myr_status status = myr_plan_require_look(scene.plan, &error);
    code = status ? report_failure(&bench_command, status, &error)
                  : bench_render(values, path, scene.plan_info->model, scene.plan_info->look);
  } else {
    code = measure(values, path, scene.plan_info->model, scene.plan_info->scene);
  }
  free_scene(&scene);
  return code;
}

static int render_model(const bench_options *values, const char *path, const myr_model *model) {
  myr_appearance *appearance = NULL;
  myr_look *look = NULL;
  myr_error error = {0};
  myr_status status = myr_appearance_load(path, model, &appearance, &error);
  if (!status) status = myr_look_create(model, appearance, NULL, &look, &error);
  int code = status ? report_failure(&bench_command, status, &error) : bench_render(values, path, model, look);
  myr_look_free(look);
  myr_appearance_free(appearance);
  return code;
}

static int measure_model(const bench_options *values, const char *path) {
  myr_model *model;
  myr_error error = {0};
  myr_status status = myr_model_load(path, &model, &error);
  if (status) return report_failure(&bench_command, status, &error);
  int code = values->render ? render_model(values, path, model) : measure(values, path, model, NULL);
  myr_model_free(model);
  return code;
}

static int run(int argc, char **argv) {
  bench_options values = {.settle = 2};
  const char *path;
  int code;
  if (!parse_options(&bench_command, argc, argv, &values, &path, &code)) return code;
  if (values.render ? refuse_options(&bench_command, "vs mapping steps settle key", "does not go with --render")
                    : refuse_options(&bench_command, "camera size samples outputs frames", "goes with --render"))
    return EXIT_USAGE;
  bool needs_cpu = values.versus || values.lanes;
  if (!values.engine && needs_cpu) values.engine = "cpu";
  if (!check_engine(&bench_command, values.engine, values.lanes, &code)) return code;
  return is_scenario_path(path) ? measure_scene(&values, path) : measure_model(&values, path);
}

const command bench_command = {
    .name = "bench",
    .arguments = "MODEL|SCENE",
    .summary = "steps per second, alone or against MuJoCo or Bullet; or frames per second",
    .details =
        "Both engines get the same starts and random controls, which differ in every world. Steps are measured from\n"
        "the start and, unless --settle is 0, once the worlds have settled. mujoco is its own batch of\n"
        "simulations (mjbatch). Quote the ratio: machines are noisy.\n"
        "With --render one camera is drawn, in turns with diffuse light only, with soft shadows and\n"
        "textures, and with everything: highlights as well.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad bench robot.xml --vs mujoco\n"
                "  myriad bench my.yaml --render --size 64x64",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
