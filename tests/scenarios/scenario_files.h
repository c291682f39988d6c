/* What the tests of floor 4 share: temporary files, and functions that load a scenario and check its errors. */
#ifndef MYR_TESTS_SCENARIO_FILES_H
#define MYR_TESTS_SCENARIO_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "scenarios/scenarios.h"

#define SCENARIOS MYRIAD_SOURCE_DIR "/scenarios/"

/* A folder of this process with a link to the shipped assets. scratch_remove removes it. */
static char scratch_folder[64], scratch_path[96];

static inline void scratch_make(void) {
  char link[96];
  snprintf(scratch_folder, sizeof scratch_folder, "/tmp/myriad-scenarios-XXXXXX");
  assert_non_null(mkdtemp(scratch_folder));
  snprintf(scratch_path, sizeof scratch_path, "%s/scenario.yaml", scratch_folder);
  snprintf(link, sizeof link, "%s/assets", scratch_folder);
  assert_int_equal(symlink(SCENARIOS "assets", link), 0);
}

static inline void scratch_remove(void) {
  char link[96];
  snprintf(link, sizeof link, "%s/assets", scratch_folder);
  unlink(link);
  unlink(scratch_path);
  rmdir(scratch_folder);
}

static inline void scratch_write(const void *bytes, size_t length) {
  FILE *stream = fopen(scratch_path, "wb");
  assert_non_null(stream);
  assert_int_equal(fwrite(bytes, 1, length, stream), length);
  assert_int_equal(fclose(stream), 0);
}

static inline char *read_whole(const char *path, size_t *length) {
  FILE *stream = fopen(path, "rb");
  assert_non_null(stream);
  char *text = calloc(1, 1 << 16);
  *length = fread(text, 1, (1 << 16) - 1, stream);
  fclose(stream);
  return text;
}

/* Loads a scenario that must be right. */
static inline myr_scenario *load_good(const char *path, const char *const *overrides, int count) {
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  myr_status status = myr_scenario_load(path, overrides, count, &scenario, &diagnostics);
  if (status) myr_diagnostics_print(&diagnostics, stderr);
  assert_int_equal(status, MYR_OK);
  myr_diagnostics_free(&diagnostics);
  return scenario;
}

static inline myr_plan *plan_good(const myr_scenario *scenario, uint64_t seed) {
  myr_diagnostics diagnostics = {0};
  myr_plan *plan;
  myr_status status = myr_plan_create(scenario, seed, &plan, &diagnostics);
  if (status) myr_diagnostics_print(&diagnostics, stderr);
  assert_int_equal(status, MYR_OK);
  myr_diagnostics_free(&diagnostics);
  return plan;
}

/* Loads a scenario that must be wrong. Returns its first error: "line:column message". */
static inline const char *load_bad(const char *path, const char *const *overrides, int count) {
  static char text[600];
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  assert_int_not_equal(myr_scenario_load(path, overrides, count, &scenario, &diagnostics), MYR_OK);
  assert_null(scenario);
  assert_true(diagnostics.count > 0);
  snprintf(text, sizeof text, "%d:%d %s", diagnostics.items[0].line, diagnostics.items[0].column,
           diagnostics.items[0].message);
  myr_diagnostics_free(&diagnostics);
  return text;
}

#endif
