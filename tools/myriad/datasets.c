/* myriad info, verify and digest: the commands that read datasets. */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"

typedef struct reading_options {
  bool json, partial;
} reading_options;

#define JSON_OPTION \
  { "json", 0, OPTION_FLAG, offsetof(reading_options, json), NULL, "as JSON, one object a line", 0, 0, NULL }
static const option options[] = {JSON_OPTION};
static const option verify_options[] = {
    JSON_OPTION,
    {"partial", 0, OPTION_FLAG, offsetof(reading_options, partial), NULL,
     "an unfinished dataset is good if its files are", 0, 0, NULL},
};

/* Writes a number with a space between groups of three digits: 10 000. */
static const char *grouped(int64_t number, char text[32]) {
  char digits[24];
  int count = snprintf(digits, sizeof digits, "%" PRId64, number), length = 0;
  for (int i = 0; i < count; i++) {
    if (i && count > 4 && (count - i) % 3 == 0) text[length++] = ' ';
    text[length++] = digits[i];
  }
  text[length] = 0;
  return text;
}

/* Says how far an unfinished dataset is: "unfinished, 768 of 10 000". */
static void print_unfinished(FILE *stream, int64_t episodes, int64_t total) {
  char here[32], all[32];
  fprintf(stream, "unfinished, %s of %s", grouped(episodes, here), grouped(total, all));
}

/* Tells of a dataset none of whose files is whole. Returns the exit code. */
static int report_promise(const command *command, const reading_options *values, const char *path,
                          const myr_promise *promise) {
  bool done = command == &info_command || values->partial;
  if (values->json) {
    printf("{\"path\": ");
    myr_json_string(stdout, path);
    printf(", \"name\": ");
    myr_json_string(stdout, promise->name);
    printf(", \"seed\": %" PRIu64 ", \"episodes\": 0, \"episodes_total\": %" PRId64
           ", \"shards\": 0, \"unfinished\": true, \"running\": %s}\n",
           promise->seed, promise->episodes_total, promise->running ? "true" : "false");
    return done ? EXIT_DONE : EXIT_STOPPED;
  }
  FILE *stream = done ? stdout : stderr;
  if (!done) fprintf(stream, "myriad %s: ", command->name);
  fprintf(stream, "%s: %s, seed %" PRIu64 "\n", path, promise->name, promise->seed);
  print_unfinished(stream, 0, promise->episodes_total);
  fprintf(stream, ": no file is whole yet; %s\n",
          promise->running ? "its run goes on" : "its run was stopped, and its command, given again, makes it");
  return done ? EXIT_DONE : EXIT_STOPPED;
}

/* Parses the one argument and opens the dataset. On failure returns NULL and sets the exit code. */
static myr_dataset *open_dataset(const command *command, int argc, char **argv, reading_options *values,
                                 const char **path, int *code) {
  if (!parse_options(command, argc, argv, values, path, code)) return NULL;
  myr_dataset *dataset;
  myr_error error = {0};
  myr_status status = myr_dataset_open(*path, &dataset, &error);
  if (!status) return dataset;
  myr_promise promise;
  if (status == MYR_STOPPED && myr_dataset_promised(*path, &promise))
    *code = report_promise(command, values, *path, &promise);
  else
    *code = report_failure(command, status, &error);
  return NULL;
}

static bool is_finished(const myr_dataset_info *info) { return !info->missing_count; }

/* ---------------------------------------------------------------------------------------------------- info */

static void print_info_json(const char *path, const myr_dataset_info *info) {
  printf("{\"path\": ");
  myr_json_string(stdout, path);
  printf(", \"name\": ");
  myr_json_string(stdout, info->name);
  printf(", \"generator\": ");
  myr_json_string(stdout, info->generator);
  printf(", \"config_xxh3\": ");
  myr_json_string(stdout, info->config_xxh3);
  printf(", \"seed\": %" PRIu64 ", \"first_episode\": %" PRId64 ", \"episodes\": %" PRId64 ", \"steps\": %" PRId64
         ", \"successes\": %" PRId64 ", \"success_rate\": %.6g, \"bytes\": %" PRId64 ", \"dropped_contacts\": %" PRId64
         ", \"shards\": %d, \"episodes_total\": %" PRId64 ", \"unfinished\": %s, \"part_files\": %d, \"arrays\": %d"
         ", \"missing\": [",
         info->seed, info->first_episode, info->episodes, info->steps, info->successes,
         (double)info->successes / (double)info->episodes, info->bytes, info->dropped_contacts, info->shards,
         info->episodes_total, is_finished(info) ? "false" : "true", info->part_files, info->array_count);
  for (int i = 0; i < info->missing_count; i++)
    printf("%s[%" PRId64 ", %" PRId64 "]", i ? ", " : "", info->missing[i].first, info->missing[i].last);
  printf("], \"reasons\": {");
  for (int i = 0; i < info->reason_count; i++) {
    if (i) printf(", ");
    myr_json_string(stdout, info->reasons[i].reason);
    printf(": %" PRId64, info->reasons[i].episodes);
  }
  printf("}, \"cameras\": {");
  for (int i = 0; i < info->camera_count; i++) {
    const myr_dataset_camera *camera = &info->cameras[i];
    if (i) printf(", ");
    myr_json_string(stdout, camera->name);
    printf(": {\"width\": %d, \"height\": %d, \"pictures\": \"%s\"}", camera->width, camera->height, camera->pictures);
  }
  printf("}, \"units\": %s, \"names\": %s}\n", info->units_json, info->names_json);
}

static void print_missing(const myr_dataset_info *info) {
  enum { SHOWN = 8 };
  print_unfinished(stdout, info->episodes, info->episodes_total);
  for (int i = 0; i < info->missing_count && i < SHOWN; i++)
    printf("%s%" PRId64 " to %" PRId64, i ? ", " : ": missing are episodes ", info->missing[i].first,
           info->missing[i].last);
  printf("%s; the run's command, given again, makes them\n", info->missing_count > SHOWN ? " and others" : "");
}

static void print_info(const char *path, const myr_dataset_info *info) {
  printf("%s: %s, written by %s\n", path, info->name, info->generator);
  printf("episodes  %" PRId64 " (%" PRId64 " to %" PRId64 "), seed %" PRIu64 "\n", info->episodes, info->first_episode,
         info->last_episode, info->seed);
  if (!is_finished(info)) print_missing(info);
  printf("rows      %" PRId64 ", %.1f an episode\n", info->steps, (double)info->steps / (double)info->episodes);
  printf("success   %" PRId64 " (%.1f %%)\n", info->successes,
         100.0 * (double)info->successes / (double)info->episodes);
  for (int i = 0; i < info->reason_count; i++)
    printf("%-9s %" PRId64 " ended by %s\n", i ? "" : "ends", info->reasons[i].episodes, info->reasons[i].reason);
  printf("size      %.1f MB in %d file%s, %.1f kB an episode, %d arrays each\n", (double)info->bytes / 1e6,
         info->shards, info->shards == 1 ? "" : "s", (double)info->bytes / 1e3 / (double)info->episodes,
         info->array_count);
  for (int i = 0; i < info->camera_count; i++)
    printf("%-9s %s, %d x %d: %s\n", i ? "" : "cameras", info->cameras[i].name, info->cameras[i].width,
           info->cameras[i].height, info->cameras[i].pictures);
  print_dropped_contacts(info->dropped_contacts);
  if (info->part_files)
    printf("parts     %d file%s of a run that goes on or was killed\n", info->part_files,
           info->part_files == 1 ? "" : "s");
}

static int run_info(int argc, char **argv) {
  reading_options values = {0};
  const char *path;
  int code;
  myr_dataset *dataset = open_dataset(&info_command, argc, argv, &values, &path, &code);
  if (!dataset) return code;
  const myr_dataset_info *info = myr_dataset_describe(dataset);
  myr_array array;
  myr_error error = {0};
  /* info describes the arrays and cameras of the first episode, which must be readable. */
  if (myr_dataset_read_rows(dataset, info->first_episode, "actions", 0, 0, &array, &error)) {
    code = report_failure(&info_command, MYR_ERROR, &error);
  } else {
    myr_array_free(&array);
    code = EXIT_DONE;
    if (values.json)
      print_info_json(path, info);
    else
      print_info(path, info);
  }
  myr_dataset_close(dataset);
  return code;
}

/* ---------------------------------------------------------------------------------------------------- verify */

static void print_fault(void *context, const char *file, const char *message) {
  const reading_options *values = context;
  if (!values->json) {
    fprintf(stderr, "%s: %s\n", file, message);
    return;
  }
  printf("{\"file\": ");
  myr_json_string(stdout, file);
  printf(", \"fault\": ");
  myr_json_string(stdout, message);
  puts("}");
}

/* The exit code of a dataset that could be read: faults are worse than missing files. */
static int judge(const reading_options *values, const myr_dataset_info *info, int64_t faults) {
  if (faults) return EXIT_ERROR;
  return is_finished(info) || values->partial ? EXIT_DONE : EXIT_STOPPED;
}

static void print_judgement(const reading_options *values, const char *path, const myr_dataset_info *info,
                            int64_t faults) {
  if (values->json) {
    printf("{\"episodes\": %" PRId64 ", \"episodes_total\": %" PRId64 ", \"shards\": %d, \"dropped_contacts\": %" PRId64
           ", \"faults\": %" PRId64 ", \"unfinished\": %s, \"good\": %s}\n",
           info->episodes, info->episodes_total, info->shards, info->dropped_contacts, faults,
           is_finished(info) ? "false" : "true", judge(values, info, faults) ? "false" : "true");
    return;
  }
  if (faults) {
    fprintf(stderr, "myriad verify: %" PRId64 " fault%s in %s\n", faults, faults == 1 ? "" : "s", path);
  } else if (is_finished(info)) {
    printf("%s is good: %" PRId64 " episode%s in %d file%s\n", path, info->episodes, info->episodes == 1 ? "" : "s",
           info->shards, info->shards == 1 ? "" : "s");
  } else {
    FILE *stream = values->partial ? stdout : stderr;
    fprintf(stream, "%s%s is ", values->partial ? "" : "myriad verify: ", path);
    print_unfinished(stream, info->episodes, info->episodes_total);
    fprintf(stream, ": its %d file%s good%s\n", info->shards, info->shards == 1 ? " is" : "s are",
            values->partial ? ""
                            : "; the run's command, given again, makes the rest, and --partial accepts it as it is");
  }
  print_dropped_contacts(info->dropped_contacts);
}

static int run_verify(int argc, char **argv) {
  reading_options values = {0};
  const char *path;
  int code;
  myr_dataset *dataset = open_dataset(&verify_command, argc, argv, &values, &path, &code);
  if (!dataset) return code;
  int64_t faults = 0;
  myr_error error = {0};
  myr_status status = myr_dataset_verify(dataset, print_fault, &values, &faults, &error);
  const myr_dataset_info *info = myr_dataset_describe(dataset);
  code = status ? report_failure(&verify_command, status, &error) : judge(&values, info, faults);
  if (!status) print_judgement(&values, path, info, faults);
  myr_dataset_close(dataset);
  return code;
}

/* ---------------------------------------------------------------------------------------------------- digest */

static int run_digest(int argc, char **argv) {
  reading_options values = {0};
  const char *path;
  int code;
  myr_dataset *dataset = open_dataset(&digest_command, argc, argv, &values, &path, &code);
  if (!dataset) return code;
  uint64_t digest;
  myr_error error = {0};
  myr_status status = myr_dataset_digest(dataset, &digest, &error);
  const myr_dataset_info *info = myr_dataset_describe(dataset);
  if (status)
    code = report_failure(&digest_command, status, &error);
  else if (values.json)
    printf("{\"digest\": \"%016" PRIx64 "\", \"episodes\": %" PRId64 ", \"episodes_total\": %" PRId64
           ", \"unfinished\": %s}\n",
           digest, info->episodes, info->episodes_total, is_finished(info) ? "false" : "true");
  else
    printf("%016" PRIx64 "\n", digest);
  if (!status && !is_finished(info)) {
    fprintf(stderr, "myriad digest: %s is ", path);
    print_unfinished(stderr, info->episodes, info->episodes_total);
    fputs(": this is the digest of the episodes that are there\n", stderr);
  }
  myr_dataset_close(dataset);
  return status ? code : EXIT_DONE;
}

#define READING(command_name, command_options, command_summary, command_details)                            \
  const command command_name##_command = {.name = #command_name,                                            \
                                          .arguments = "DATASET",                                           \
                                          .summary = command_summary,                                       \
                                          .details = command_details,                                       \
                                          .examples = "  myriad " #command_name " out/mine",                \
                                          .positional_count = 1,                                            \
                                          .options = command_options,                                       \
                                          .option_count = sizeof command_options / sizeof *command_options, \
                                          .run = run_##command_name}
READING(info, options, "what a dataset holds", "DATASET is a directory, or one of its files.");
READING(
    verify, verify_options, "check every byte and every rule of a dataset",
    "DATASET is a directory, or one of its files.\n"
    "Exit code 1 when something is wrong with it; each fault is one line. Exit code 75 when its files are good but\n"
    "some are missing: it is unfinished.");
READING(digest, options, "one number for a dataset's content",
        "Computed from the arrays: the same for any number of files, threads, lanes and worlds.");
