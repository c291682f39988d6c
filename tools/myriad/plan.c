/* myriad plan: predicts the episodes, bytes on disk and memory of a run without running it. */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"

typedef struct plan_options {
  const char *engine;
  int64_t worlds, lanes, threads, shard_episodes;
  scene_options scene;
  bool json;
} plan_options;

#define AT(member) offsetof(plan_options, member)
static const option options[] = {
    {"episodes", 0, OPTION_INTEGER, AT(scene.episodes), "N", "how many; the scenario's number if not given", 1,
     999999999, NULL},
    {"set", 0, OPTION_TEXTS, AT(scene.set), "PATH=VALUE", "change the scenario; may be repeated", 0, 0, NULL},
    {"engine", 0, OPTION_ENGINE, AT(engine), "NAME", "as for run", 0, 0, MYR_MIX},
    {"worlds", 0, OPTION_INTEGER, AT(worlds), "N", "as for run", 1, 1 << 24, NULL},
    {"lanes", 0, OPTION_LANES, AT(lanes), "N", "as for run", 1, 16, NULL},
    {"threads", 0, OPTION_INTEGER, AT(threads), "N", "as for run", 1, 4096, NULL},
    {"shard-episodes", 0, OPTION_INTEGER, AT(shard_episodes), "N", "as for run", 1, 32768, NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "as one JSON object", 0, 0, NULL},
};

static void print_json(const char *path, const myr_run_estimate *e) {
  printf("{\"scenario\": ");
  myr_json_string(stdout, path);
  printf(", \"episodes\": %" PRId64 ", \"control_steps\": %" PRId64 ", \"substeps\": %d, \"shards\": %" PRId64
         ", \"episode_bytes\": %" PRId64 ", \"dataset_bytes\": %" PRId64 ", \"picture_bytes\": %" PRId64
         ", \"records_contacts\": %s, \"engine\": \"%s\", \"kernels\": \"%s\", \"worlds\": %d, \"threads\": %d"
         ", \"memory_bytes\": %" PRId64 ", \"device_bytes\": %" PRId64 ", \"device_free_bytes\": %" PRId64
         ", \"sent_bytes\": %zu, \"returned_bytes\": %zu}\n",
         e->episodes, e->control_steps, e->substeps, e->shards, e->episode_bytes, e->dataset_bytes, e->picture_bytes,
         e->records_contacts ? "true" : "false", e->batch.engine, e->batch.kernels, e->batch.worlds, e->batch.threads,
         e->memory_bytes, e->device_bytes, e->device_free_bytes, e->batch.sent_bytes, e->batch.returned_bytes);
}

/* Writes an amount such as "1.50 GB" into text and returns text. */
static const char *amount(char text[32], double bytes) {
  static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  for (; bytes >= 1000 && unit < 4; unit++) bytes /= 1000;
  snprintf(text, 32, unit ? "%.2f %s" : "%.0f %s", bytes, units[unit]);
  return text;
}

static void print_text(const myr_run_estimate *e) {
  char a[32], b[32];
  printf("episodes  %" PRId64 ", each of %" PRId64 " control steps at most, of %d timestep%s\n", e->episodes,
         e->control_steps, e->substeps, e->substeps == 1 ? "" : "s");
  printf("dataset   %s at most, %s an episode, in %" PRId64 " file%s%s\n", amount(a, (double)e->dataset_bytes),
         amount(b, (double)e->episode_bytes), e->shards, e->shards == 1 ? "" : "s",
         e->records_contacts ? "; contacts not counted" : "");
  if (e->picture_bytes)
    printf("          %s of it pictures, before compression\n", amount(a, (double)e->picture_bytes));
  printf("worlds    %d at once, engine %s (%s), %d thread%s\n", e->batch.worlds, e->batch.engine, e->batch.kernels,
         e->batch.threads, e->batch.threads == 1 ? "" : "s");
  printf("memory    %s at most\n", amount(a, (double)e->memory_bytes));
  if (!e->batch.returned_bytes) return;
  printf("GPU       %s, on one with %s free\n", amount(a, (double)e->device_bytes),
         amount(b, (double)e->device_free_bytes));
  printf("transfers %s to it and %s back in each control step of a world\n", amount(a, (double)e->batch.sent_bytes),
         amount(b, (double)e->batch.returned_bytes));
}

static int run(int argc, char **argv) {
  plan_options values = {.scene.seed = -1};
  const char *path;
  int code;
  if (!parse_options(&plan_command, argc, argv, &values, &path, &code)) return code;
  if (!check_engine(&plan_command, values.engine, values.lanes, &code)) return code;
  loaded_scene scene;
  code = load_scene(path, &values.scene, false, &scene);
  if (code) return code;
  const myr_run_description description = {.plan = scene.plan,
                                           .shard_episodes = (int)values.shard_episodes,
                                           .engine = engine_or_cpu(values.engine, values.lanes),
                                           .worlds = (int)values.worlds,
                                           .lanes = (int)values.lanes,
                                           .threads = (int)values.threads};
  myr_run_estimate estimate;
  myr_error error = {0};
  myr_status status = myr_run_plan(&description, &estimate, &error);
  if (status)
    code = report_failure(&plan_command, status, &error);
  else if (values.json)
    print_json(path, &estimate);
  else
    print_text(&estimate);
  free_scene(&scene);
  return code;
}

const command plan_command = {
    .name = "plan",
    .arguments = "SCENE",
    .summary = "what a run will take: episodes, bytes on disk, memory",
    .details =
        "In JSON, device_bytes is what a run allocates on a GPU, and device_free_bytes what must be free there:\n"
        "a run that needs more than there is does not begin, and says how many worlds fit. Both are 0 for the\n"
        "cpu.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad plan my.yaml\n"
                "  myriad plan my.yaml --episodes 100000 --json",
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
