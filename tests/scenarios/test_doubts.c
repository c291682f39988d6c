/* Tests that keyframes outside their ranges, and starts that overlap, are told before a run; and what is fine is not. */
#include "kernels/model.h"
#include "tests/scenarios/scenario_files.h"

#define MODELS MYRIAD_SOURCE_DIR "/tests/scenarios/models/"

/* Loads the text, and returns its plan with the warnings. */
static myr_plan *plan_with_warnings(const char *text, myr_scenario **scenario, myr_diagnostics *warnings) {
  scratch_write(text, strlen(text));
  *scenario = load_good(scratch_path, NULL, 0);
  myr_plan *plan;
  myr_error error = {0};
  *warnings = (myr_diagnostics){0};
  if (myr_plan_create(*scenario, 0, &plan, warnings)) fail_msg("%s", warnings->items[0].message);
  if (myr_plan_check_starts(plan, warnings, &error)) fail_msg("%s", error.message);
  return plan;
}

static void expect_warnings(const char *entity, const char *more, const char *const *expected) {
  char text[1024];
  snprintf(text, sizeof text, "version: 1\nname: x\nduration: 1\nepisodes: 2\nentities:\n%s%s", entity, more);
  myr_scenario *scenario;
  myr_diagnostics warnings;
  myr_plan *plan = plan_with_warnings(text, &scenario, &warnings);
  int count = 0;
  for (; expected[count]; count++) {
    if (count >= warnings.count) fail_msg("no warning of %s", expected[count]);
    const myr_diagnostic *w = &warnings.items[count];
    char got[600];
    snprintf(got, sizeof got, "%d:%d %s (%s)", w->line, w->column, w->message, w->hint);
    if (!w->warning || !strstr(got, expected[count])) fail_msg("%s\nhas not\n%s", got, expected[count]);
  }
  if (warnings.count != count) fail_msg("also %s", warnings.items[count].message);
  myr_diagnostics_free(&warnings);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
}
#define EXPECT(entity, more, ...) expect_warnings(entity, more, (const char *const[]){__VA_ARGS__})

#define KNEE(start) "  r: {model: " MODELS "knee.xml" start "}\n"
#define UNUSED_DEGREES "keyframe `degrees` of `r`: joint `knee` is at 30 rad, outside its range of -1.0472 to 1.0472"
#define UNUSED_POSE "keyframe `beyond` of `r`: joint `knee` is at 1.2 rad"
#define CONTROL "keyframe `beyond` of `r`: actuator `motor` has the control 3, outside its range of -1 to 1"

static void keyframes(void **state) {
  (void)state;
  EXPECT(KNEE(""), "", UNUSED_DEGREES, UNUSED_POSE, CONTROL " (nothing here uses this keyframe)", NULL);
  EXPECT(KNEE(", start: {keyframe: edge}"), "", UNUSED_DEGREES, UNUSED_POSE, CONTROL, NULL);
  EXPECT(KNEE(", start: {keyframe: beyond}"), "", UNUSED_DEGREES, UNUSED_POSE, CONTROL " (the control is clamped",
         NULL);
  EXPECT(KNEE(""), "controllers: {r: {hold: beyond}}\n", UNUSED_DEGREES, UNUSED_POSE, "7:25 " CONTROL, NULL);
  EXPECT(KNEE(""), "controllers: {r: {random: {every: 0.1, around: beyond}}}\n", UNUSED_DEGREES, UNUSED_POSE,
         "7:48 " CONTROL, NULL);
}

#define BOX(start) "  floor: {ground: {}}\n  r: {model: " MODELS "box.xml, start: {" start "}}\n"

static void overlaps(void **state) {
  (void)state;
  EXPECT(BOX(""), "", NULL);
  EXPECT(BOX("height: 0.0905"), "", NULL);
  EXPECT(BOX("height: 0.08"), "", "`floor.ground` and `r.g` overlap by 2.0 cm at the start of episode 0", NULL);
  EXPECT(BOX("height: {choice: [0.08, 0.08]}"), "", "overlap by 2.0 cm", NULL);
  EXPECT("  a: {model: " MODELS "box.xml}\n  b: {model: " MODELS "box.xml}\n", "", "`a.g` and `b.g` overlap by", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(keyframes), cmocka_unit_test(overlaps)};
  scratch_make();
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  scratch_remove();
  return failed;
}
