/* What the subcommands have in common: their list, exit codes, how failures are told. */
#ifndef MYR_TOOLS_COMMAND_H
#define MYR_TOOLS_COMMAND_H

#include "dataset/dataset.h"
#include "options.h"

enum exit_code {
  EXIT_DONE = 0,
  EXIT_ERROR = 1,
  EXIT_USAGE = 2,        /* bad usage or an invalid scenario: never worth a retry */
  EXIT_FAILED = 3,       /* too many failed episodes */
  EXIT_UNAVAILABLE = 69, /* an engine is not there */
  EXIT_IO = 74,          /* disk full, quota, unreadable */
  EXIT_STOPPED = 75,     /* stopped early; what stands is whole */
};

extern const command run_command, check_command, plan_command, sample_command, info_command, verify_command,
    digest_command, bench_command, compare_command, view_command, schema_command, version_command;

int exit_code_of(myr_status status);
/* Prints "myriad NAME: message" to stderr and returns the status's exit code. */
int report_failure(const command *command, myr_status status, const myr_error *error);

/* Whether the engine (NULL: any) is there, and goes with --lanes (0: not given), which are the cpu's also in a mix. If
 * not, says so on stderr and sets the exit code. */
bool check_engine(const command *command, const char *engine, int64_t lanes, int *code);

/* The engine for --engine and --lanes: only the cpu has lanes. */
const char *engine_or_cpu(const char *engine, int64_t lanes);

/* Says on stderr where a GPU's worlds do not fit on its chip, and so are slower than they might be. */
void note_chip(const command *command, const myr_batch_info *batch);

/* "warp", "thread", or NULL for the engine's choice. */
enum myr_world_mapping mapping_named(const char *name);

/* Whether a file argument is a scenario (.yaml, .yml) and not a model. */
bool is_scenario_path(const char *path);

/* What a command line changes of a scenario; it is written into the dataset as if the file had said so. */
typedef struct scene_options {
  text_list set;
  int64_t seed;     /* -1: the scenario's own */
  int64_t episodes; /* 0: likewise */
} scene_options;

/* A scenario and its plan, from the command line. On failure everything wrong is printed to stderr (json: as JSON to
 * stdout), and the exit code returned. */
typedef struct loaded_scene {
  myr_scenario *scenario;
  myr_plan *plan;
  const myr_scenario_info *info;
  const myr_plan_info *plan_info;
} loaded_scene;
int load_scene(const char *path, const scene_options *options, bool json, loaded_scene *scene);
void free_scene(loaded_scene *scene);

#endif
