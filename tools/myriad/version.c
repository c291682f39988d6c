/* myriad version: prints the versions of this program and of its libraries. */
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
#include <yaml.h>

#include "command.h"

typedef struct version_options {
  bool json;
} version_options;

static const option options[] = {
    {"json", 0, OPTION_FLAG, offsetof(version_options, json), NULL, "as one JSON object", 0, 0, NULL},
};

static int run(int argc, char **argv) {
  version_options values = {0};
  int code;
  if (!parse_options(&version_command, argc, argv, &values, NULL, &code)) return code;
  unsigned major, minor, release;
  H5get_libversion(&major, &minor, &release);
  const myr_kernels *kernels = NULL;
  myr_kernels_find(0, &kernels, NULL);
  const char *widest = kernels ? kernels->name : "none";
  int lanes = kernels ? kernels->lanes : 0;
  unsigned xxhash = XXH_versionNumber();
  char engines[64] = "";
  for (int i = 0; myr_engine_at(i); i++) {
    size_t used = strlen(engines);
    if (!myr_engine_at(i)->in_build) continue;
    snprintf(engines + used, sizeof engines - used, "%s%s", used ? " " : "", myr_engine_at(i)->name);
  }
  printf(values.json
             ? "{\"myriad\": \"%s\", \"reader\": \"%s\", \"hdf5\": \"%u.%u.%u\", \"libyaml\": \"%s\", "
               "\"xxhash\": \"%u.%u.%u\", \"kernels\": \"%s\", \"lanes\": %d, \"engines\": \"%s\"}\n"
             : "myriad %s\nreader %s\nHDF5 %u.%u.%u\nlibyaml %s\nxxHash %u.%u.%u\nkernels %s, %d lanes\nengines: %s\n",
         MYRIAD_VERSION, myr_reader_version(), major, minor, release, yaml_get_version_string(), xxhash / 10000,
         xxhash / 100 % 100, xxhash % 100, widest, lanes, engines);
  return EXIT_DONE;
}

const command version_command = {
    .name = "version",
    .arguments = "",
    .summary = "versions of the program and of what it is built on",
    .options = options,
    .examples = "  myriad --version",
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
