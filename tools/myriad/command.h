/* What all subcommands share: their list, the exit codes, messages about failures, loading a scenario. */
#ifndef MYR_TOOLS_COMMAND_H
#define MYR_TOOLS_COMMAND_H

#include <stdio.h>

#include "dataset/dataset.h"
#include "options.h"

enum exit_code {
#define EXIT_CODE(name, number, words) EXIT_##name = (number),
#define EXIT_STATUS(status, name)
#include "exit_codes.def"
};

extern const command run_command, check_command, plan_command, sample_command, info_command, verify_command,
    digest_command, bench_command, compare_command, view_command, schema_command, version_command;

int exit_code_of(myr_status status);
/* Prints the list of exit codes. */
void print_exit_codes(FILE *stream);
/* Prints "myriad NAME: message" to stderr and returns the status's exit code. */
int report_failure(const command *command, myr_status status, const myr_error *error);

/* Returns whether the engine (NULL: any) works here and takes --lanes (0: not given). Only the cpu has lanes; in a mix
 * they apply to its cpu worlds. If not, prints a message to stderr and sets the exit code. */
bool check_engine(const command *command, const char *engine, int64_t lanes, int *code);

/* Returns the engine to use: "cpu" if no engine but --lanes was given, because only the cpu has lanes; else engine. */
const char *engine_or_cpu(const char *engine, int64_t lanes);

/* Prints a note to stderr if the scratch of a GPU's worlds does not fit on its chip, because they are then slower. */
void note_chip(const command *command, const myr_batch_info *batch);

/* Returns the mapping for "warp" or "thread"; for NULL, the one that leaves the choice to the engine. */
enum myr_world_mapping mapping_named(const char *name);

/* Whether a file argument is a scenario (.yaml or .yml). */
bool is_scenario_path(const char *path);

/* Changes of a scenario from the command line. The dataset records the changed scenario, as if it stood in the file. */
typedef struct scene_options {
  text_list set;
  int64_t seed;     /* -1: the scenario's */
  int64_t episodes; /* 0: the scenario's */
} scene_options;

/* Prints a number as JSON, or null for one that is not finite, which JSON cannot write. format: for a double. */
void print_json_number(const char *format, double number) __attribute__((format(printf, 1, 0)));

/* A scenario and its plan. load_scene returns an exit code; on failure it prints all mistakes to stderr (with json: as
 * JSON to stdout). */
typedef struct loaded_scene {
  myr_scenario *scenario;
  myr_plan *plan;
  const myr_scenario_info *info;
  const myr_plan_info *plan_info;
} loaded_scene;
/* Writes a duration such as "3 min 07 s". */
void format_time(char text[32], double seconds);
/* Writes an amount such as "1.50 GB", and returns text. */
const char *format_bytes(char text[32], double bytes);

/* Says on stdout how many contacts were dropped, where any was. */
void print_dropped_contacts(int64_t count);
/* Prints notices about parts of the scenario and its models that have no effect, to stderr (with json: as JSON to
 * stdout). pictures: also notices about looks. */
void print_notices(const myr_diagnostics *notices, bool pictures, bool json);
/* Says on stderr which models bring a floor although the scene has a ground. */
void note_own_floors(const command *command, const loaded_scene *scene);
/* Whether the scenario has that episode. If not, it says so on stderr, and *code is the exit code. */
bool expect_episode(const command *command, const char *path, const loaded_scene *scene, int64_t episode, int *code);
int load_scene(const char *path, const scene_options *options, bool json, loaded_scene *scene);
void free_scene(loaded_scene *scene);

#endif
