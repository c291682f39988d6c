/* A model file for one test. */
#ifndef MYR_TESTS_SCRATCH_FILE_H
#define MYR_TESTS_SCRATCH_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCRATCH_PATH_BYTES = 128 };

/* Writes text to a new temporary file with that suffix (".xml"). The caller unlinks path. */
static inline void scratch_write(const char *suffix, const char *text, char path[SCRATCH_PATH_BYTES]) {
  snprintf(path, SCRATCH_PATH_BYTES, "/tmp/myriad-test-XXXXXX%s", suffix);
  int descriptor = mkstemps(path, (int)strlen(suffix));
  FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
  if (!file) abort();
  fputs(text, file);
  fclose(file);
}

#endif
