/* What libFuzzer's targets share: they write the bytes into a file, because every reader takes a path. */
#ifndef MYR_TESTS_FUZZ_FILE_H
#define MYR_TESTS_FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* libFuzzer's entry points. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char fuzz_folder[64], fuzz_path[128];

/* Hides two kinds of leaks that are not ours: MuJoCo's when it leaves by its error handler, and the memory that libhdf5
 * keeps until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libmujoco\nleak:libhdf5\n"; }

static void fuzz_remove(void) {
  unlink(fuzz_path);
  char link[96];
  snprintf(link, sizeof link, "%s/assets", fuzz_folder);
  unlink(link);
  rmdir(fuzz_folder);
}

/* Makes a folder of this process for a file of that name, with a link to the shipped assets. */
static void fuzz_make(const char *name) {
  char link[96];
  snprintf(fuzz_folder, sizeof fuzz_folder, "/tmp/myriad-fuzz-XXXXXX");
  if (!mkdtemp(fuzz_folder)) abort();
  snprintf(fuzz_path, sizeof fuzz_path, "%s/%s", fuzz_folder, name);
  snprintf(link, sizeof link, "%s/assets", fuzz_folder);
  if (symlink(MYRIAD_SOURCE_DIR "/scenarios/assets", link)) abort();
  atexit(fuzz_remove);
}

static void fuzz_write(const uint8_t *bytes, size_t size) {
  FILE *stream = fopen(fuzz_path, "wb");
  if (!stream || fwrite(bytes, 1, size, stream) != size || fclose(stream)) abort();
}

/* Ends the program with a message unless a statement holds that must hold for any bytes. */
static inline void fuzz_expect(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "does not hold: %s\n", what);
  abort();
}
#define EXPECT(condition) fuzz_expect(condition, #condition)

#endif
