/* Feeds any bytes as a scenario: it must be refused with lines and columns, or load, and then it must plan or be
 * refused. */
#include "tests/fuzz/fuzz_file.h"

#include "scenarios/scenarios.h"

static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  fuzz_make("scenario.yaml");
  nowhere = fopen("/dev/null", "w");
  return nowhere ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  fuzz_write(bytes, size);
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario = NULL;
  myr_status status = myr_scenario_load(fuzz_path, NULL, 0, &scenario, &diagnostics);
  EXPECT(status == MYR_OK || status == MYR_INVALID);
  EXPECT((status == MYR_OK) == (scenario != NULL));
  EXPECT((status == MYR_OK) == (diagnostics.count == 0));
  if (scenario) {
    myr_scenario_print_resolved(scenario, nowhere);
    myr_plan *plan = NULL;
    status = myr_plan_create(scenario, 0, &plan, &diagnostics);
    EXPECT((status == MYR_OK) == (plan != NULL));
    EXPECT((status == MYR_OK) == (diagnostics.count == 0));
    myr_plan_destroy(plan);
  }
  myr_diagnostics_print(&diagnostics, nowhere);
  myr_diagnostics_print_json(&diagnostics, nowhere);
  myr_diagnostics_free(&diagnostics);
  myr_scenario_free(scenario);
  return 0;
}
