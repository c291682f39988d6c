/* Tests right scenarios: values, units, defaults, overrides, the canonical form and its hash. */
#include <math.h>

#include "scenarios/bounds.h"
#include "scenarios/scenario.h"
#include "tests/scenarios/scenario_files.h"

/* The first example of the language, which must always load. */
static const char example[] = "version: 1\n"
                              "name: ten_thousand_falls\n"
                              "episodes: 10000\n"
                              "duration: 4 s\n"
                              "world: {timestep: 5 ms, control_rate: 50 Hz}\n"
                              "entities:\n"
                              "  floor: {ground: {friction: {uniform: [0.4, 1.2]}}}\n"
                              "  robot:\n"
                              "    model: assets/biped.xml\n"
                              "    start: {keyframe: stand, lift: {uniform: [0 cm, 30 cm]}, tilt: {cone: 20 deg}}\n"
                              "randomize:\n"
                              "  robot.body.mass: {scale: {uniform: [0.9, 1.1]}, per: body}\n"
                              "controllers:\n"
                              "  robot: {hold: stand, strength: {uniform: [0, 1]}}\n"
                              "events:\n"
                              "  push: {at: {uniform: [0.5 s, 1.5 s]}, body: robot.torso, impulse: {sphere: 30 N s}}\n"
                              "success: upright(robot)\n"
                              "record: [joints, root, contacts, energy]\n";

static myr_scenario *load_text(const char *text) {
  scratch_write(text, strlen(text));
  return load_good(scratch_path, NULL, 0);
}

static void the_example(void **state) {
  (void)state;
  myr_scenario *scenario = load_text(example);
  const myr_scenario_info *info = myr_scenario_describe(scenario);
  assert_string_equal(info->name, "ten_thousand_falls");
  assert_int_equal(info->episodes, 10000);
  assert_true(info->duration == 4 && info->timestep == 0.005 && info->control_period == 0.02);
  assert_int_equal(info->substeps, 4);
  assert_int_equal(info->control_steps, 200);
  assert_int_equal(info->seed, 0);
  assert_int_equal(info->record, MYR_RECORD_JOINTS | MYR_RECORD_ROOT | MYR_RECORD_CONTACTS | MYR_RECORD_ENERGY);
  assert_true(info->has_success && !info->has_terminate && !info->has_reward);
  const event_section *push = scenario_event(scenario, 0);
  assert_true(push->at.a == 0.5 && push->at.b == 1.5 && push->impulse.sphere && push->impulse.magnitude.a == 30);
  const start_section *start = &scenario_entity(scenario, 1)->start;
  assert_true(start->lift.b == 0.3 && fabs(start->tilt.a - 20 * 3.14159265358979323846 / 180) < 1e-15);
  myr_scenario_free(scenario);
}

/* The canonical form is a scenario, and its canonical form is itself. */
static void canonical_form(void **state) {
  (void)state;
  static const char *const names[] = {"ten_thousand_falls", "cartpole", "quadruped", "falls_seen"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[512];
    snprintf(path, sizeof path, SCENARIOS "%s.yaml", names[i]);
    myr_scenario *scenario = load_good(path, NULL, 0);
    const myr_scenario_info *info = myr_scenario_describe(scenario);
    myr_scenario *again = load_text(info->resolved);
    assert_string_equal(myr_scenario_describe(again)->resolved, info->resolved);
    assert_true(myr_scenario_describe(again)->identity == info->identity);
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    myr_scenario_print_resolved(scenario, stream);
    fclose(stream);
    assert_string_equal(text, info->resolved);
    free(text);
    myr_scenario_free(again);
    myr_scenario_free(scenario);
  }
}

static uint64_t identity_with(const char *override) {
  myr_scenario *scenario = load_good(SCENARIOS "ten_thousand_falls.yaml", &override, override != NULL);
  uint64_t identity = myr_scenario_describe(scenario)->identity;
  myr_scenario_free(scenario);
  return identity;
}

static void identity(void **state) {
  (void)state;
  uint64_t plain = identity_with(NULL);
  static const char *const same[] = {"episodes=3",
                                     "seed=9",
                                     "duration=4000 ms",
                                     "world.control_rate=0.05 kHz",
                                     "events.push.impulse={sphere: {uniform: [5 kg m/s, 35 kg m/s]}}",
                                     "success='upright(robot)'"};
  static const char *const other[] = {"duration=4.02",
                                      "name=falls",
                                      "entities.robot.start.lift=1 cm",
                                      "record=[joints]",
                                      "entities.robot.model=assets/quadruped.xml",
                                      "world.gravity=[0, 0, -9.8]",
                                      "randomize.robot.body.mass.per=all",
                                      "success=not upright(robot)"};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) assert_true(identity_with(same[i]) == plain);
  for (size_t i = 0; i < sizeof other / sizeof *other; i++) assert_true(identity_with(other[i]) != plain);
}

static void overrides(void **state) {
  (void)state;
  const char *values[] = {"duration=2 s",
                          "randomize.robot.body.mass.scale=1.5",
                          "randomize.robot.body.torso.com={add: [1 cm, 0, 0]}",
                          "events.push.at=1",
                          "entities.robot.start.velocity=[1, 0, 0]",
                          "duration=3 s",
                          "terminate=time > 1",
                          "controllers.robot.strength=1",
                          "controllers.robot.knee_*={hold: stand}",
                          "controllers.robot.knee_*.strength=0.5"};
  myr_scenario *scenario = load_good(SCENARIOS "ten_thousand_falls.yaml", values, 10);
  assert_int_equal(scenario->controllers.count, 4); /* robot, shoulder_* and elbow_* stand in the file */
  assert_true(myr_scenario_describe(scenario)->duration == 3);
  assert_int_equal(scenario->randomize.count, 2);
  assert_true(scenario_randomize(scenario, 0)->scale.a == 1.5 &&
              scenario_randomize(scenario, 0)->per.index == PER_BODY);
  assert_string_equal(scenario_randomize(scenario, 1)->element, "torso");
  assert_true(scenario_randomize(scenario, 1)->vector.parts[0].a == 0.01);
  assert_true(scenario_event(scenario, 0)->at.a == 1);
  assert_true(scenario_entity(scenario, 1)->start.velocity.parts[0].a == 1);
  assert_true(myr_scenario_describe(scenario)->has_terminate);
  myr_scenario_free(scenario);
}

static void defaults(void **state) {
  (void)state;
  myr_scenario *scenario = load_text("version: 1\nname: x\nduration: 1\nentities: {floor: {ground: {}}}\n");
  const myr_scenario_info *info = myr_scenario_describe(scenario);
  assert_true(info->episodes == 1 && info->timestep == 0.002 && info->substeps == 10 && info->control_steps == 50);
  assert_int_equal(info->record, MYR_RECORD_JOINTS);
  assert_true(scenario->world.gravity.parts[2].a == -9.81);
  assert_true(scenario_entity(scenario, 0)->ground.friction.a == 1);
  myr_scenario_free(scenario);
}

/* The options of a world without a medium. */
#define STILL_VACUUM "  density: 0\n  viscosity: 0\n  wind: [0, 0, 0]\n"

/* The canonical form states the options that hold, and is itself a scenario of the same identity. */
static void states_options(void **state) {
  (void)state;
  static const struct {
    const char *model, *world, *expected;
  } cases[] = {
      {"moon", "",
       "  timestep: 0.001\n  gravity: [0, 0, -1.62]\n" STILL_VACUUM
       "  integrator: Euler\n  cone: elliptic\n  impratio: 10\n"},
      {"moon", "cone: pyramidal, impratio: 2, timestep: 4 ms",
       "  timestep: 0.004\n  gravity: [0, 0, -1.62]\n" STILL_VACUUM
       "  integrator: Euler\n  cone: pyramidal\n  impratio: 2\n"},
      {"moon", "integrator: implicitfast, solver: Newton, iterations: 3, tolerance: 1e-6, disable: [limit]",
       "  integrator: implicitfast\n  cone: elliptic\n  impratio: 10\n  solver: Newton\n  iterations: 3\n"
       "  ls_iterations: 50\n  tolerance: 1e-06\n  noslip_iterations: 0\n  noslip_tolerance: 1e-06\n  disable: "
       "[limit]\n"},
      {"weightless", "", "  timestep: 0.002\n  gravity: [0, 0, 0]\n"},
      {"weightless", "gravity: [0, 0, -3]", "  gravity: [0, 0, -3]\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[1024];
    snprintf(text, sizeof text,
             "version: 1\nname: x\nduration: 1\nworld: {%s}\nentities: {a: {model: " MYRIAD_SOURCE_DIR
             "/tests/scenarios/models/%s.xml}}\n",
             cases[i].world, cases[i].model);
    myr_scenario *scenario = load_text(text);
    const myr_scenario_info *info = myr_scenario_describe(scenario);
    if (!strstr(info->resolved, cases[i].expected)) fail_msg("%s\nlacks\n%s", info->resolved, cases[i].expected);
    myr_scenario *again = load_text(info->resolved);
    assert_true(myr_scenario_describe(again)->identity == info->identity);
    myr_diagnostics diagnostics = {0};
    myr_plan *plan;
    assert_int_equal(myr_plan_create(scenario, 0, &plan, &diagnostics), MYR_OK);
    assert_memory_equal(&myr_plan_describe(plan)->model->options, &scenario->options, sizeof scenario->options);
    myr_plan_destroy(plan);
    myr_scenario_free(again);
    myr_scenario_free(scenario);
  }
}

/* JSON is valid, because it is YAML. A duration that is not a whole number of control steps is rounded up. */
static void json_and_rounding(void **state) {
  (void)state;
  myr_scenario *scenario = load_text("{\"version\": 1, \"name\": \"no\", \"duration\": \"1.01 s\", \"episodes\": 7,\n"
                                     " \"entities\": {\"yes\": {\"ground\": {\"friction\": 1e-3}}}}\n");
  const myr_scenario_info *info = myr_scenario_describe(scenario);
  assert_string_equal(info->name, "no");
  assert_int_equal(info->control_steps, 51);
  assert_true(scenario_entity(scenario, 0)->ground.friction.a == 1e-3);
  myr_scenario_free(scenario);
}

/* ------------------------------------------------------------------------------------------------ units */

static double parse(const char *text, const char *unit) {
  node scalar = {.kind = NODE_SCALAR, .text = text, .length = strlen(text)};
  myr_diagnostics diagnostics = {0};
  double value = NAN;
  if (!quantity_parse(&scalar, unit_dimension(unit), &value, &diagnostics)) value = NAN;
  assert_int_equal(diagnostics.count, isnan(value) ? 1 : 0);
  myr_diagnostics_free(&diagnostics);
  return value;
}

static void units(void **state) {
  (void)state;
  static const struct {
    const char *text, *unit;
    double value;
  } good[] = {
      {"5", "m", 5},
      {"+5", "1", 5},
      {"-.5e1", "m", -5},
      {"5.", "s", 5},
      {"20 ms", "s", 0.02},
      {"20ms", "s", 0.02},
      {"36 km/h", "m/s", 10},
      {"2 cm", "m", 0.02},
      {"50 %", "1", 0.5},
      {"50%", "1", 0.5},
      {"30 N s", "N s", 30},
      {"30 N*s", "kg m/s", 30},
      {"1 g", "m/s^2", 9.80665},
      {"1 g", "kg", 0.001},
      {"2 kN m", "J", 2000},
      {"3 m/s^2", "m/s^2", 3},
      {"3 m/s2", "m/s^2", 3},
      {"3 m s^-2", "m/s^2", 3},
      {"1 h", "s", 3600},
      {"2 kHz", "Hz", 2000},
      {"1e-3", "m", 0.001},
      {"4 s^-1", "Hz", 4},
      {"1 N m s/rad", "N m s/rad", 1},
      {"0", "kg", 0},
      {"1 t", "kg", 1000},
      {"60 rpm", "rad/s", 2 * 3.14159265358979323846},
      {"1 rad/s", "rad/s", 1},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    double value = parse(good[i].text, good[i].unit);
    if (!(fabs(value - good[i].value) <= 1e-15 * fabs(good[i].value)))
      fprintf(stderr, "%s: %.17g\n", good[i].text, value);
    assert_true(fabs(value - good[i].value) <= 1e-15 * fabs(good[i].value));
  }
  static const struct {
    const char *text, *unit;
  } bad[] = {
      {"5 s", "m"},           {"5 Hz", "rad/s"}, {"5 deg", "1"}, {"", "m"},       {"m", "m"},     {"5 5", "m"},
      {"5 m m", "m"},         {"1e", "m"},       {"0x1p3", "m"}, {"1__0", "m"},   {"inf", "m"},   {"-nan", "m"},
      {"5 m/", "m"},          {"5 /m", "m"},     {"5 m^", "m"},  {"5 m^99", "m"}, {"5 g", "m/s"}, {"1e308 km", "m"},
      {"5 m/s/s/s", "m/s^2"}, {"- 5", "m"},      {"5,0", "m"},   {"1e400", "1"},  {"five", "m"},  {"5 M", "m"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double value = parse(bad[i].text, bad[i].unit);
    if (!isnan(value)) fprintf(stderr, "`%s` read as %g %s\n", bad[i].text, value, bad[i].unit);
    assert_true(isnan(value));
  }
}

static void numbers_print_exactly(void **state) {
  (void)state;
  static const double values[] = {
      0, -0.0, 1, 50, 0.1, 1.0 / 3, 1e-300, 123456789.125, 1e22, -2.5e-7, 0.3490658503988659};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char text[32];
    double back;
    number_format(values[i], text, sizeof text);
    assert_int_equal(number_parse(text, strlen(text), &back), strlen(text));
    assert_true(back == values[i]);
  }
  char text[32];
  assert_string_equal(number_format(50, text, sizeof text), "50");
  assert_string_equal(number_format(0.1, text, sizeof text), "0.1");
  assert_string_equal(number_format(-0.0, text, sizeof text), "0");
}

/* ------------------------------------------------------------------------------------------------ the schema */

static void check_documented(const schema_object *object, const char *schema, const char *reference) {
  assert_true(object->doc && object->doc[0]);
  for (const schema_key *key = object->keys; key->name; key++) {
    char quoted[80];
    assert_true(key->doc && strlen(key->doc) > 8 && key->doc[strlen(key->doc) - 1] == '.');
    snprintf(quoted, sizeof quoted, "\"%s\": {\"description\"", key->name);
    assert_true((strstr(schema, quoted) != NULL) == (key->type != SCHEMA_UNSUPPORTED));
    snprintf(quoted, sizeof quoted, "| `%s` |", key->name);
    assert_non_null(strstr(reference, quoted));
    if (key->object) check_documented(key->object, schema, reference);
  }
}

static void everything_is_documented(void **state) {
  (void)state;
  char *texts[2];
  size_t size;
  for (int i = 0; i < 2; i++) {
    FILE *stream = open_memstream(&texts[i], &size);
    if (i)
      myr_schema_print_reference(stream);
    else
      myr_schema_print(stream);
    fclose(stream);
  }
  check_documented(&schema_scenario, texts[0], texts[1]);
  for (int i = 0; i < property_count; i++) assert_true(properties[i].doc[0]);
  free(texts[0]);
  free(texts[1]);
}

/* A file that a model names is part of the scenario's hash. */
static void assets_are_hashed(void **state) {
  (void)state;
  char main_path[128], part_path[128];
  snprintf(main_path, sizeof main_path, "%s/m.xml", scratch_folder);
  snprintf(part_path, sizeof part_path, "%s/part.xml", scratch_folder);
  const char *hashes[3], *parts[] = {"<a/>", "<b/>", "<a/>"};
  arena arena = {0};
  for (int i = 0; i < 3; i++) {
    FILE *stream = fopen(main_path, "w");
    fputs("<mujoco><include file=\"part.xml\"/></mujoco>", stream);
    fclose(stream);
    stream = fopen(part_path, "w");
    fputs(parts[i], stream);
    fclose(stream);
    assert_int_equal(asset_hash(&arena, main_path, &hashes[i], NULL), MYR_OK);
  }
  assert_string_not_equal(hashes[0], hashes[1]);
  assert_string_equal(hashes[0], hashes[2]);
  assert_int_equal(asset_hash(&arena, "/nonexistent", &hashes[0], NULL), MYR_INVALID);
  unlink(main_path);
  unlink(part_path);
  arena_release(&arena);
}

/* Walks the table of the language: a number without a bound would end in infinities somewhere. */
static void check_bounds(const schema_object *object) {
  for (const schema_key *key = object->keys; key->name; key++) {
    if (key->object) check_bounds(key->object);
    bool number = key->type == SCHEMA_QUANTITY || key->type == SCHEMA_VECTOR || key->type == SCHEMA_NUMBERS ||
                  key->type == SCHEMA_INTEGER || key->type == SCHEMA_CONE;
    if (number && !(isfinite(key->low) && isfinite(key->high) && key->low < key->high + !strcmp(key->name, "version")))
      fail_msg("%s.%s has no bounds: %g to %g", object->name, key->name, key->low, key->high);
    if (number && key->unit && !strcmp(key->unit, "m") && key->high > LARGEST_LENGTH)
      fail_msg("%s.%s may be %g m long", object->name, key->name, key->high);
  }
}

static void numbers_have_bounds(void **state) {
  (void)state;
  check_bounds(&schema_scenario);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_have_bounds),
      cmocka_unit_test(the_example),
      cmocka_unit_test(canonical_form),
      cmocka_unit_test(identity),
      cmocka_unit_test(overrides),
      cmocka_unit_test(defaults),
      cmocka_unit_test(states_options),
      cmocka_unit_test(json_and_rounding),
      cmocka_unit_test(units),
      cmocka_unit_test(numbers_print_exactly),
      cmocka_unit_test(everything_is_documented),
      cmocka_unit_test(assets_are_hashed),
  };
  scratch_make();
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  scratch_remove();
  return failed;
}
