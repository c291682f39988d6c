/* myriad run: makes a dataset of a scenario. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "stop.h"

typedef struct run_options {
  const char *directory, *engine, *progress;
  int64_t worlds, lanes, threads, shard_episodes;
  scene_options scene;
  bool overwrite, json;
} run_options;

#define AT(member) offsetof(run_options, member)
static const option options[] = {
    {"output", 'o', OPTION_TEXT, AT(directory), "DIR", "directory of the dataset; created if missing", 0, 0, NULL},
    {"episodes", 0, OPTION_INTEGER, AT(scene.episodes), "N", "how many; the scenario's number if not given", 1,
     999999999, NULL},
    {"seed", 0, OPTION_INTEGER, AT(scene.seed), "S", "the scenario's seed if not given", 0, INT64_MAX, NULL},
    {"set", 0, OPTION_TEXTS, AT(scene.set), "PATH=VALUE", "change the scenario; may be repeated", 0, 0, NULL},
    {"engine", 0, OPTION_ENGINE, AT(engine), "NAME",
     "cpu, cuda, bullet, or mix of cpu and bullet; a GPU if one answers, else cpu, if not given", 0, 0, MYR_MIX},
    {"worlds", 0, OPTION_INTEGER, AT(worlds), "N",
     "worlds alive at once; a tile for each thread, or 4096 on a GPU, if not given", 1, 1 << 24, NULL},
    {"lanes", 0, OPTION_LANES, AT(lanes), "N", "cpu: worlds in a tile; the widest if not given", 1, 16, NULL},
    {"threads", 0, OPTION_INTEGER, AT(threads), "N", "all processors if not given", 1, 4096, NULL},
    {"shard-episodes", 0, OPTION_INTEGER, AT(shard_episodes), "N", "episodes in a file; 256 if not given", 1, 32768,
     NULL},
    {"overwrite", 0, OPTION_FLAG, AT(overwrite), NULL,
     "replace a dataset of the same scenario that is in DIR, once the new one is whole", 0, 0, NULL},
    {"progress", 0, OPTION_CHOICE, AT(progress), "HOW", "auto, json or none, on stderr", 0, 0, "auto|json|none"},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "the summary as one JSON object", 0, 0, NULL},
};

/* ---------------------------------------------------------------------------------------------------- progress */

typedef enum progress_style { PROGRESS_NONE, PROGRESS_BAR, PROGRESS_LINES, PROGRESS_JSON } progress_style;

typedef struct progress_display {
  progress_style style;
  double last; /* s, the time of the last line */
} progress_display;

static progress_style choose_style(const char *how) {
  if (!strcmp(how, "json")) return PROGRESS_JSON;
  if (!strcmp(how, "none")) return PROGRESS_NONE;
  return isatty(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_LINES;
}

static void show_progress(void *context, const myr_progress *progress) {
  progress_display *display = context;
  double period = display->style == PROGRESS_BAR ? 0.1 : display->style == PROGRESS_JSON ? 1 : 30;
  if (progress->seconds - display->last < period) return;
  display->last = progress->seconds;
  double rate = progress->seconds > 0 ? (double)progress->steps / progress->seconds : 0;
  double left = progress->episodes > 0 ? progress->seconds / (double)progress->episodes *
                                             (double)(progress->episodes_total - progress->episodes)
                                       : -1;
  if (display->style == PROGRESS_JSON) {
    fprintf(stderr,
            "{\"episodes\": %" PRId64 ", \"episodes_total\": %" PRId64 ", \"steps\": %" PRId64
            ", \"seconds\": %.3f, \"steps_per_second\": %.0f, \"seconds_left\": ",
            progress->episodes, progress->episodes_total, progress->steps, progress->seconds, rate);
    fprintf(stderr, left < 0 ? "null}\n" : "%.1f}\n", left);
    return;
  }
  char left_text[32] = "?", bar[31];
  if (left >= 0) format_time(left_text, left);
  int filled = (int)(30 * progress->episodes / progress->episodes_total);
  for (int i = 0; i < 30; i++) bar[i] = i < filled ? '#' : '.';
  bar[30] = 0;
  if (display->style == PROGRESS_BAR) fprintf(stderr, "\r[%s] ", bar);
  fprintf(stderr, "%" PRId64 " of %" PRId64 " episodes, %.2f M steps/s, %s left%s", progress->episodes,
          progress->episodes_total, rate / 1e6, left_text, display->style == PROGRESS_BAR ? "   \033[K" : "\n");
  fflush(stderr);
}

/* ---------------------------------------------------------------------------------------------------- the command */

static const char *const stages[MYR_RUN_STAGE_COUNT] = {[MYR_RUN_STEP] = "step",
                                                        [MYR_RUN_DRAW] = "draw",
                                                        [MYR_RUN_COMPRESS] = "compress",
                                                        [MYR_RUN_RECORD] = "record",
                                                        [MYR_RUN_WAIT] = "wait_for_writer"};

/* On a GPU, the shares of the stages step and draw are the time that the processors wait for the GPU. */
static void print_stages(const myr_run_result *result) {
  fputs("time: ", stdout);
  for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++)
    if (result->stage_share[i] >= 0.005 || i == MYR_RUN_STEP)
      printf("%s%s %.0f %%", i ? ", " : "", i == MYR_RUN_WAIT ? "wait for the writer" : stages[i],
             100 * result->stage_share[i]);
  if (result->batch.device[0])
    printf("; the processors wait for the GPU %.0f %% of it",
           100 * (result->stage_share[MYR_RUN_STEP] + result->stage_share[MYR_RUN_DRAW]));
  putchar('\n');
}

/* The share of the timesteps of all worlds and lanes that belong to an episode. */
static double recorded_share(const myr_run_result *result) {
  return result->stepped ? (double)result->steps / (double)result->stepped : 0;
}

static void print_speed(const myr_run_result *result) {
  double seconds = result->seconds > 0 ? result->seconds : 1e-9;
  printf("%.2f s, %.2f M steps/s, %.0f episodes/s on %d thread%s (%s%s%s)\n", result->seconds,
         (double)result->steps / seconds / 1e6, (double)(result->episodes - result->kept_episodes) / seconds,
         result->batch.threads, result->batch.threads == 1 ? "" : "s", result->batch.device,
         result->batch.device[0] ? ", " : "", result->batch.kernels ? result->batch.kernels : "");
  printf("%.1f %% of the computed timesteps belong to an episode\n", 100 * recorded_share(result));
  if (result->frames)
    printf("%" PRId64 " frames drawn, %.0f frames/s\n", result->frames, (double)result->frames / seconds);
  print_stages(result);
}

static void print_summary(const run_options *values, const char *directory, const myr_run_result *result, bool complete,
                          bool has_success) {
  double seconds = result->seconds > 0 ? result->seconds : 1e-9;
  if (values->json) {
    printf("{\"directory\": ");
    myr_json_string(stdout, directory);
    printf(", \"kept_episodes\": %" PRId64 ", \"replaced_files\": %d, \"frames\": %" PRId64 ", \"stages\": {",
           result->kept_episodes, result->replaced_files, result->frames);
    for (int i = 0; i < MYR_RUN_STAGE_COUNT; i++)
      printf("%s\"%s\": %.4f", i ? ", " : "", stages[i], result->stage_share[i]);
    printf("}, \"complete\": %s, \"episodes\": %" PRId64 ", \"failed_episodes\": %" PRId64 ", \"successes\": %" PRId64
           ", \"dropped_contacts\": %" PRId64 ", \"steps\": %" PRId64
           ", \"recorded_share\": %.4f, \"seconds\": %.3f, \"steps_per_second\": %.0f, \"episodes_per_second\": %.1f"
           ", \"bytes\": %" PRId64 ", \"shards\": %d, \"digest\": \"%016" PRIx64
           "\", \"engine\": \"%s\", \"kernels\": \"%s\", \"device\": \"%s\", \"worlds\": %d, \"lanes\": %d, "
           "\"threads\": %d}\n",
           complete ? "true" : "false", result->episodes, result->failed_episodes, result->successes,
           result->dropped_contacts, result->steps, recorded_share(result), result->seconds,
           (double)result->steps / seconds, (double)(result->episodes - result->kept_episodes) / seconds, result->bytes,
           result->shards, result->digest, result->batch.engine ? result->batch.engine : "",
           result->batch.kernels ? result->batch.kernels : "", result->batch.device, result->batch.worlds,
           result->batch.lanes, result->batch.threads);
    return;
  }
  printf("%" PRId64 " episode%s in %d file%s, %.1f MB, in %s\n", result->episodes, result->episodes == 1 ? "" : "s",
         result->shards, result->shards == 1 ? "" : "s", (double)result->bytes / 1e6, directory);
  if (result->replaced_files)
    printf("replaced the old dataset, %d file%s\n", result->replaced_files, result->replaced_files == 1 ? "" : "s");
  if (result->kept_episodes)
    printf("%" PRId64 " of them were there already, from an earlier run\n", result->kept_episodes);
  if (has_success)
    printf("%" PRId64 " succeeded (%.1f %%), %" PRId64 " diverged\n", result->successes,
           100 * (double)result->successes / (double)(result->episodes ? result->episodes : 1),
           result->failed_episodes);
  else
    printf("%" PRId64 " diverged; the scenario states no `success`\n", result->failed_episodes);
  print_dropped_contacts(result->dropped_contacts);
  if (result->steps) print_speed(result);
  if (complete) printf("look at it with `myriad info %s`\n", directory);
  printf("digest %016" PRIx64 "\n", result->digest);
}

static void show_note(void *context, const char *message) {
  (void)context;
  fprintf(stderr, "myriad run: %s\n", message);
}

static int run_scene(const run_options *values, const loaded_scene *scene) {
  progress_display display = {choose_style(values->progress), 0};
  myr_run_description description = {.plan = scene->plan,
                                     .directory = values->directory,
                                     .shard_episodes = (int)values->shard_episodes,
                                     .engine = engine_or_cpu(values->engine, values->lanes),
                                     .worlds = (int)values->worlds,
                                     .lanes = (int)values->lanes,
                                     .threads = (int)values->threads,
                                     .overwrite = values->overwrite,
                                     .progress = display.style ? show_progress : NULL,
                                     .note = show_note,
                                     .context = &display,
                                     .stop = stop_on_signals(false)};
  myr_run_result result;
  myr_error error = {0};
  myr_status status = myr_run(&description, &result, &error);
  if (display.style == PROGRESS_BAR) fputs("\r\033[K", stderr);
  int code = status ? report_failure(&run_command, status, &error) : EXIT_DONE;
  note_chip(&run_command, &result.batch);
  if (!status || status == MYR_STOPPED || (status == MYR_IO && result.episodes > 0))
    print_summary(values, values->directory, &result, status == MYR_OK, scene->info->has_success);
  if (!status && result.failed_episodes * 10 > result.episodes) {
    fprintf(
        stderr,
        "myriad run: more than one episode in ten diverged: its state, a label or the reward left single precision; "
        "a smaller timestep, softer contacts, or a reward that divides by nothing near 0 may help\n");
    code = EXIT_FAILED;
  }
  return code;
}

static int run(int argc, char **argv) {
  run_options values = {.progress = "auto", .scene.seed = -1};
  const char *scene_path;
  int code;
  if (!parse_options(&run_command, argc, argv, &values, &scene_path, &code)) return code;
  if (!values.directory) {
    fprintf(stderr, "myriad run: where to? give a directory with -o DIR\n");
    return EXIT_USAGE;
  }
  if (!check_engine(&run_command, values.engine, values.lanes, &code)) return code;
  loaded_scene scene;
  stop_at_once_on_signals();
  code = load_scene(scene_path, &values.scene, false, &scene);
  if (code) return code;
  print_notices(scene.plan_info->notices, scene.plan_info->look, false);
  note_own_floors(&run_command, &scene);
  code = run_scene(&values, &scene);
  free_scene(&scene);
  return code;
}

const command run_command = {
    .name = "run",
    .arguments = "SCENE -o DIR",
    .summary = "simulate a scenario's episodes into a dataset",
    .details =
        "The same scenario, seed and version give the same bytes, whatever the threads, lanes and worlds.\n"
        "An interrupted run keeps the files that were whole and ends with exit code 75. The same command makes the\n"
        "rest, after an interruption or a crash.\n"
        "DIR is one dataset, and a run claims its episodes there. Another scenario, seed or version in DIR ends with\n"
        "exit code 2, a run that is already at work on the same episodes with 75. The claim, DIR/run-*.claim, ends\n"
        "with its process; that of a process on another host counts until its last heartbeat is 300 s old.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad run my.yaml -o out/mine\n"
                "  myriad run my.yaml -o out/few --episodes 100 --set world.timestep=\"1 ms\"",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
