/* myriad plan: predicts the episodes, bytes on disk, time and memory of a run from a few of its episodes. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "command.h"
#include "stop.h"

typedef struct plan_options {
  const char *engine;
  int64_t worlds, lanes, threads, shard_episodes, sample;
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
    {"sample", 0, OPTION_INTEGER, AT(sample), "N",
     "simulate at most so many episodes for the estimate, fewer if they are slow; 64 if not given", 0, 4096, NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "as one JSON object", 0, 0, NULL},
};

/* JSON has no infinity and no NAN. */
static void print_number(const char *name, double number) {
  if (isfinite(number))
    printf(", \"%s\": %.6g", name, number);
  else
    printf(", \"%s\": null", name);
}

/* Whether the GPU has too little memory for the run's worlds. */
static bool exceeds_device(const myr_run_estimate *e) {
  return e->batch.traits->on_device && e->batch.fitting_worlds < e->batch.worlds;
}

static bool fits(const myr_run_estimate *e) {
  return e->memory.needed_bytes <= e->memory.available_bytes && !exceeds_device(e);
}

/* If the run does not fit: the worlds that do, on the machine and on its GPU; 0 if not one does. */
static int fitting_worlds(const myr_run_estimate *e) {
  const myr_run_memory *m = &e->memory;
  int host = m->needed_bytes > m->available_bytes ? m->fitting_worlds : e->batch.worlds;
  return exceeds_device(e) && e->batch.fitting_worlds < host ? e->batch.fitting_worlds : host;
}

static void print_json(const char *path, const myr_run_estimate *e, const myr_run_trial *t) {
  const myr_run_memory *m = &e->memory;
  bool tried = t->episodes > 0;
  printf("{\"scenario\": ");
  myr_json_string(stdout, path);
  printf(", \"episodes\": %" PRId64 ", \"control_steps\": %" PRId64 ", \"substeps\": %d, \"shards\": %" PRId64
         ", \"episode_bytes\": %" PRId64 ", \"dataset_bytes\": %" PRId64 ", \"picture_bytes\": %" PRId64
         ", \"records_contacts\": %s, \"engine\": \"%s\", \"kernels\": \"%s\", \"worlds\": %d, \"threads\": %d"
         ", \"memory_bytes\": %" PRId64 ", \"device_bytes\": %" PRId64 ", \"device_free_bytes\": %" PRId64
         ", \"sent_bytes\": %zu, \"returned_bytes\": %zu",
         e->episodes, e->control_steps, e->substeps, e->shards, e->episode_bytes, e->dataset_bytes, e->picture_bytes,
         e->records_contacts ? "true" : "false", e->batch.engine, e->batch.kernels, e->batch.worlds, e->batch.threads,
         e->memory_bytes, e->device_bytes, e->device_free_bytes, e->batch.sent_bytes, e->batch.returned_bytes);
  printf(", \"needed_bytes\": %" PRId64 ", \"fits\": %s", m->needed_bytes, fits(e) ? "true" : "false");
  print_number("available_bytes", m->available_bytes == INT64_MAX ? NAN : (double)m->available_bytes);
  if (!fits(e)) printf(", \"fitting_worlds\": %d", fitting_worlds(e));
  printf(", \"sampled_episodes\": %d", t->episodes);
  print_number("likely_bytes", tried ? t->bytes : NAN);
  print_number("likely_bytes_low", tried ? t->bytes_low : NAN);
  print_number("likely_bytes_high", tried ? t->bytes_high : NAN);
  print_number("likely_episode_bytes", tried ? t->episode_bytes : NAN);
  print_number("likely_rows", tried ? t->rows : NAN);
  print_number("likely_seconds", tried ? t->seconds : NAN);
  puts("}");
}

static void print_dataset(const myr_run_estimate *e, const myr_run_trial *t) {
  char a[32], b[32], c[32];
  const char *files = e->shards == 1 ? "" : "s";
  if (t->episodes) {
    printf("dataset   about %s", format_bytes(a, t->bytes));
    if (t->bytes_high > t->bytes_low)
      printf(" (%s to %s)", format_bytes(b, t->bytes_low), format_bytes(c, t->bytes_high));
    printf(", %s an episode of %.0f rows, in %" PRId64 " file%s\n", format_bytes(a, t->episode_bytes), t->rows,
           e->shards, files);
    return;
  }
  printf("dataset   %s, if no episode ends early%s%s, in %" PRId64 " file%s\n",
         format_bytes(a, (double)e->dataset_bytes), e->records_contacts ? ", without contacts" : "",
         e->picture_bytes ? ", before compression" : "", e->shards, files);
  if (e->picture_bytes) printf("          %s of it pictures\n", format_bytes(a, (double)e->picture_bytes));
}

/* remedy: where not even one world fits */
static void print_refusal(const myr_run_estimate *e, const char *remedy) {
  int fitting = fitting_worlds(e);
  if (fitting)
    printf(": at most %d world%s (--worlds %d)\n", fitting, fitting == 1 ? " fits" : "s fit", fitting);
  else
    printf(": not one world fits; %s\n", remedy);
}

static void print_memory(const myr_run_estimate *e) {
  char a[32], b[32];
  const myr_run_memory *m = &e->memory;
  if (m->needed_bytes <= m->available_bytes) {
    printf("memory    %s at most", format_bytes(a, (double)e->memory_bytes));
    if (m->available_bytes < INT64_MAX)
      printf(", of %s that %s has free", format_bytes(a, (double)m->available_bytes), m->available_of);
    putchar('\n');
    return;
  }
  printf("memory    TOO MUCH: %s, and %s has %s free. A run here is refused", format_bytes(a, (double)m->needed_bytes),
         m->available_of, format_bytes(b, (double)m->available_bytes));
  print_refusal(e, "shorten `duration`, lower control_rate, or record less");
}

static void print_device(const myr_run_estimate *e) {
  char a[32], b[32];
  const myr_batch_info *batch = &e->batch;
  if (exceeds_device(e)) {
    printf("GPU       TOO MUCH: %s, and %s has %s free. A run here is refused",
           format_bytes(a, (double)e->device_free_bytes), batch->device,
           format_bytes(b, (double)batch->device_free_bytes));
    print_refusal(e, "let cameras take smaller pictures, or take fewer --threads");
  } else
    printf("GPU       %s, on one with %s free\n", format_bytes(a, (double)e->device_bytes),
           format_bytes(b, (double)e->device_free_bytes));
  printf("transfers %s to it and %s back in each control step of a world\n", format_bytes(a, (double)batch->sent_bytes),
         format_bytes(b, (double)batch->returned_bytes));
}

static void print_text(const myr_run_estimate *e, const myr_run_trial *t) {
  char a[32];
  printf("episodes  %" PRId64 ", each of %" PRId64 " control steps at most, of %d timestep%s\n", e->episodes,
         e->control_steps, e->substeps, e->substeps == 1 ? "" : "s");
  print_dataset(e, t);
  if (t->episodes && isfinite(t->seconds)) {
    format_time(a, t->seconds);
    printf("time      %s%s on %d thread%s of this machine, if the disk keeps up\n",
           t->seconds < 1 ? "less than " : "about ", t->seconds < 1 ? "1 s" : a, e->batch.threads,
           e->batch.threads == 1 ? "" : "s");
  }
  printf("worlds    %d at once, engine %s (%s), %d thread%s\n", e->batch.worlds, e->batch.engine, e->batch.kernels,
         e->batch.threads, e->batch.threads == 1 ? "" : "s");
  print_memory(e);
  if (t->episodes)
    printf("sampled   %d episode%s, simulated for this estimate; --sample 0 simulates none\n", t->episodes,
           t->episodes == 1 ? "" : "s");
  if (e->batch.traits->on_device) print_device(e);
}

static int run(int argc, char **argv) {
  plan_options values = {.sample = 64, .scene.seed = -1};
  const char *path;
  int code;
  if (!parse_options(&plan_command, argc, argv, &values, &path, &code)) return code;
  if (!check_engine(&plan_command, values.engine, values.lanes, &code)) return code;
  loaded_scene scene;
  stop_at_once_on_signals();
  code = load_scene(path, &values.scene, false, &scene);
  if (code) return code;
  const myr_run_description description = {.plan = scene.plan,
                                           .shard_episodes = (int)values.shard_episodes,
                                           .engine = engine_or_cpu(values.engine, values.lanes),
                                           .worlds = (int)values.worlds,
                                           .lanes = (int)values.lanes,
                                           .threads = (int)values.threads,
                                           .stop = stop_on_signals(false)};
  myr_run_estimate estimate;
  myr_run_trial trial = {0};
  myr_error error = {0};
  myr_status status = myr_run_plan(&description, &estimate, &error);
  if (!status && values.sample) {
    status = myr_run_try(&description, (int)values.sample, &trial, &error);
    /* Where not even the sample has enough memory, the estimate without it says so. */
    if (status == MYR_ERROR && !fits(&estimate)) status = MYR_OK;
  }
  if (status)
    code = report_failure(&plan_command, status, &error);
  else if (values.json)
    print_json(path, &estimate, &trial);
  else
    print_text(&estimate, &trial);
  free_scene(&scene);
  return code;
}

const command plan_command = {
    .name = "plan",
    .arguments = "SCENE",
    .summary = "what a run will take: bytes on disk, time, memory",
    .details =
        "Simulates a few of the run's episodes, for a few seconds at most. The size of the dataset is a mean and, in\n"
        "brackets, the limits within which it lies for 19 runs in 20. The time holds for this machine.\n"
        "A run that needs more memory than the machine has free, or than the control group leaves (Slurm, Docker),\n"
        "is refused, and the number of worlds that fit is told.\n"
        "In JSON, likely_bytes, likely_seconds and their kin come from the sample, dataset_bytes is the size before\n"
        "compression if no episode ends early, without contacts, and needed_bytes is the memory without pictures.\n"
        " device_bytes is what a run allocates on a GPU, and device_free_bytes what must be free there:\n"
        "a run that needs more than there is does not begin, and says how many worlds fit. Both are 0 for the\n"
        "cpu.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad plan my.yaml\n"
                "  myriad plan my.yaml --episodes 100000 --json",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
