#include "sim/child/program.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "myriad-reader"
/* From the folder of this code. */
static const char *const places[] = {"/" PROGRAM, "/../lib/myriad/" PROGRAM};
enum { PLACES = sizeof places / sizeof *places };

/* The folder of the file that this code was loaded from: a shared library, or the program. The kernel's list of mappings is
 * the only one that names it where a bundle's loader or Python has started the process. false: /proc does not tell. */
static bool find_own_folder(char folder[CHILD_PATH_BYTES]) {
  FILE *maps = fopen("/proc/self/maps", "re");
  if (!maps) return false;
  uintptr_t here = (uintptr_t)places;
  char line[CHILD_PATH_BYTES + 128];
  bool found = false;
  while (!found && fgets(line, sizeof line, maps)) {
    char *dash, *path = strchr(line, '/');
    uintptr_t first = strtoumax(line, &dash, 16), end = *dash == '-' ? strtoumax(dash + 1, NULL, 16) : 0;
    if (!path || here < first || here >= end) continue;
    *strrchr(path, '/') = 0;
    found = snprintf(folder, CHILD_PATH_BYTES, "%s", path) < CHILD_PATH_BYTES;
  }
  fclose(maps);
  return found;
}

static myr_status tell_missing(const char *folder, myr_error *error) {
  return myr_fail(
      error, MYR_ERROR,
      "the program %s, which reads models, is neither %.300s%s nor %.300s%s: put it beside this program, or "
      "name it in MYRIAD_READER",
      PROGRAM, folder, places[0], folder, places[1]);
}

myr_status child_program_find(char path[CHILD_PATH_BYTES], myr_error *error) {
  const char *named = getenv("MYRIAD_READER");
  if (named && *named) {
    if (snprintf(path, CHILD_PATH_BYTES, "%s", named) < CHILD_PATH_BYTES && !access(path, X_OK)) return MYR_OK;
    return myr_fail(error, MYR_ERROR, "MYRIAD_READER=%.600s: there is no program of this name", named);
  }
  char folder[CHILD_PATH_BYTES];
  if (!find_own_folder(folder))
    return myr_fail(error, MYR_ERROR, "cannot find %s, which reads models: name it in MYRIAD_READER", PROGRAM);
  for (int i = 0; i < PLACES; i++)
    if (snprintf(path, CHILD_PATH_BYTES, "%s%s", folder, places[i]) < CHILD_PATH_BYTES && !access(path, X_OK))
      return MYR_OK;
  return tell_missing(folder, error);
}
