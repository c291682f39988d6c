/* Tests that nothing which a scenario says is dropped without a word: what no camera sees, and what cannot happen within an
 * episode, is told at its place; and what has an effect is not. */
#include "tests/scenarios/scenario_files.h"

#define MODELS MYRIAD_SOURCE_DIR "/tests/scenarios/models/"

static void expect_lines(const char *text, const char *const *expected, const myr_diagnostics *found, bool notices) {
  int count = 0;
  for (; expected[count]; count++) {
    if (count >= found->count) fail_msg("nothing tells \"%s\" of\n%s", expected[count], text);
    const myr_diagnostic *d = &found->items[count];
    char got[600];
    snprintf(got, sizeof got, "%d:%d %s (%s)", d->line, d->column, d->message, d->hint);
    if (d->notice != notices || d->warning == notices || !d->hint || !strstr(got, expected[count]))
      fail_msg("%s\nhas not\n%s", got, expected[count]);
  }
  if (found->count != count) fail_msg("of\n%salso told: %s", text, found->items[count].message);
}

static void expect_told(const char *world, const char *entities, const char *more, const char *const *expected,
                        bool notices) {
  char text[1024];
  snprintf(text, sizeof text, "version: 1\nname: x\nduration: 1 s\nepisodes: 2\nworld: {%s}\nentities:\n%s%s", world,
           entities, more);
  scratch_write(text, strlen(text));
  myr_scenario *scenario = load_good(scratch_path, NULL, 0);
  myr_diagnostics warnings = {0};
  myr_plan *plan;
  if (myr_plan_create(scenario, 0, &plan, &warnings)) fail_msg("%s\n%s", text, warnings.items[0].message);
  expect_lines(text, expected, notices ? myr_plan_describe(plan)->notices : &warnings, notices);
  expect_lines(text, (const char *const[]){NULL}, notices ? &warnings : myr_plan_describe(plan)->notices, !notices);
  myr_diagnostics_free(&warnings);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
}
#define NOTICES(world, entities, more, ...) \
  expect_told(world, entities, more, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, true)
#define WARNINGS(entities, more, ...) \
  expect_told("", entities, more, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, false)

#define ROBOT(more) "  r: {model: " MODELS "post.xml" more "}\n"
#define BOX(more) "  r: {model: " MODELS "box.xml" more "}\n"
#define GROUND(keys) "  floor: {ground: {" keys "}}\n"
#define PROP(more) "  p: {shape: sphere, size: [1]" more "}\n"
#define CAMERA(more) "cameras: {c: {position: [3, 0, 1], look_at: [0, 0, 1]" more "}}\n"
#define LIDAR(more) "sensors: {l: {type: lidar, position: [3, 0, 1]" more "}}\n"
#define DEPTH ", outputs: [depth]"
#define NOBODY "is not seen: no camera or sensor is in the scenario (add one to `cameras`"
#define NO_RGB "is not seen: no camera has the output `rgb` (add the output"
#define NO_SURFACE "is not seen: no camera has the output `rgb`, and no sensor `intensity`"

static void nobody_sees(void **state) {
  (void)state;
  NOTICES("sky: {light: 1}", ROBOT(""), "", "5:9 `sky` " NOBODY);
  NOTICES("ambient: [1, 1, 1], fog: {density: 1}, exposure: 2", ROBOT(""), "", "5:9 `ambient` " NOBODY,
          "5:29 `fog` " NOBODY, "5:48 `exposure` " NOBODY);
  NOTICES("lights: {sun: {intensity: {uniform: [0, 1]}}}", ROBOT(""), "", "5:9 `lights` " NOBODY);
  NOTICES("textures: {t: {type: checker}}, materials: {m: {texture: t}}", ROBOT(""), "", "`textures` " NOBODY,
          "`materials` " NOBODY);
  NOTICES("", ROBOT(", color: [1, 0, 0], class: dog"), "", "`color` " NOBODY, "`class` " NOBODY);
  NOTICES("", ROBOT("") PROP(", color: [1, 0, 0]"), "", "8:3 prop `p` " NOBODY);
  NOTICES("", ROBOT(""), "randomize: {r.geom.color: {set: {uniform: [\"#000000\", \"#ffffff\"]}}}\n",
          "8:13 `r.geom.color` " NOBODY);
}

/* By first order in time, only where no axis of the body stands out. */
static void tumbles_too_fast(void **state) {
  (void)state;
#define BRICK(spin) "  r: {model: " MODELS "brick.xml, start: {angular_velocity: " spin "}}\n"
  NOTICES("", BRICK("[0, 12, 16]"), "",
          "`r` turns at up to 20 rad/s: integrator Euler can change its energy by 16 % (write `integrator: RK4`");
  NOTICES("integrator: implicit", BRICK("{sphere: {uniform: [1, 20]}}"), "", "integrator implicit can change");
  NOTICES("integrator: RK4", BRICK("[0, 12, 16]"), "");
  NOTICES("", BRICK("[0, 1, 2]"), "");
  NOTICES("", BOX(", start: {angular_velocity: [0, 12, 16]}"), "");
}

static void no_camera_sees(void **state) {
  (void)state;
  NOTICES("sky: {light: 1}, exposure: 2", ROBOT(""), CAMERA(DEPTH), "`sky` " NO_RGB, "`exposure` " NO_RGB);
  NOTICES("lights: {sun: {intensity: 1}}", ROBOT(""), LIDAR(", outputs: [intensity]"), "`lights` " NO_RGB);
  NOTICES("", ROBOT(", color: [1, 0, 0]"), CAMERA(DEPTH), "`color` " NO_SURFACE);
  NOTICES("", ROBOT(", color: [1, 0, 0]"), LIDAR(""), "`color` " NO_SURFACE);
  NOTICES("", ROBOT(", class: dog") PROP(", label: false"), CAMERA(DEPTH),
          "`class` is not seen: no camera or sensor has",
          "`label` is not seen: no camera or sensor has an output such as `instance`");
  NOTICES("", ROBOT(""), CAMERA(DEPTH ", samples: 4, shadows: false, textures: false"),
          "`samples` has no effect: the camera has no output `rgb`", "`shadows` has", "`textures` has");
  NOTICES("", ROBOT(""), LIDAR(", columns: 1, spinning: true"), "`spinning` has no effect: there is one column");
}

static void nothing_uses(void **state) {
  (void)state;
  NOTICES("textures: {t: {type: checker}}, materials: {m: {metallic: 1}}", ROBOT(""), CAMERA(""),
          "5:20 no material has the texture `t` (give it to one by `texture: t`",
          "5:53 no entity has the material `m` (give it to one by `material: m`");
  NOTICES("materials: {m: {mapping: plane, repeat: [2, 2], metallic: 1, reflectance: 0.1}}", ROBOT(", material: m"),
          CAMERA(""), "`repeat` has no effect: it places a texture", "`mapping` has no effect: it places a texture",
          "`reflectance` has no effect: it is that of a dielectric");
  NOTICES("lights: {sun: {angle: 1 deg, shadows: false}}", ROBOT(""), CAMERA(""), "`angle` has no effect: it makes");
  NOTICES("lights: {sun: {angle: 1 deg}}", ROBOT(""), CAMERA(", shadows: false"), "no camera sees them");
  NOTICES("", ROBOT("") GROUND("friction: 0.5"), "", "8:30 `friction` can affect no contact: nothing can touch it");
  NOTICES("", ROBOT(", feet: [arm]") GROUND(""), "", "`feet` have no effect: only a floating robot falls");
  NOTICES("", BOX(", feet: [b]"), "", "`feet` have no effect: the scene has no `ground`");
  NOTICES("", ROBOT(""), "record: [joints, contacts]\n", "8:9 `contacts` has nothing to record: nothing in the scene");
  NOTICES("", BOX(""), "record: [joints, next_obs]\n", "8:9 `joints` has nothing to record: no entity has a joint",
          "`next_obs` has nothing to record: nothing is observed");
  NOTICES("", ROBOT(""), "record: [joints, sensors]\n", "8:9 `sensors` has nothing to record: no model names a sensor");
}

static void cannot_happen(void **state) {
  (void)state;
#define PUSH(at, more) "events: {e: {at: " at ", body: r.arm, " more "}}\n"
#define IMPULSE "impulse: [1, 0, 0]"
  WARNINGS(ROBOT(""), PUSH("0.98 s", IMPULSE));
  WARNINGS(ROBOT(""), PUSH("0.99 s", IMPULSE),
           "8:18 the event can last until 1.01 s, and an episode ends at 1 s: the rest is cut off (let `at` stay below "
           "0.98 s");
  WARNINGS(ROBOT(""), PUSH("{uniform: [0.5, 2]}", IMPULSE),
           "8:18 the event can begin at 2 s, and an episode ends at 1 s: it then never happens");
  WARNINGS(ROBOT(""), PUSH("{normal: [0.5, 0.1]}", IMPULSE));
  WARNINGS(ROBOT(""), PUSH("{normal: [0.5, 0.2]}", IMPULSE), "the event can begin at 1.1 s");
  WARNINGS(ROBOT(""), PUSH("0.5 s", "force: [1, 0, 0], duration: 0.5 s"));
  WARNINGS(ROBOT(""), PUSH("0.5 s", "force: [1, 0, 0], duration: 2 s"), "until 2.5 s");
  WARNINGS(ROBOT(""), "success: ever(held(tilt(r) < 1, 1 s))\n");
  WARNINGS(ROBOT(""), "success: ever(held(tilt(r) < 1, 1.5 s))\n",
           "8:15 the condition must be held for 1.5 s, and an episode ends at 1 s");
  WARNINGS(ROBOT(""), "terminate: tilt(r) > 1 and time > 3 s\n", "8:33 `time` is compared with 3 s");
  WARNINGS(ROBOT(""), "controllers: {r: {hold: home}, r.motor: {random: {every: 0.1 s}}}\n",
           "8:15 `r` moves nothing: controllers after it move all its actuators");
  WARNINGS(ROBOT(""), "controllers: {r: {hold: home, strength: 0.5}, r.motor: {random: {every: 0.1 s}}}\n");
}

static void uneven_duration(void **state) {
  (void)state;
  static const char text[] = "version: 1\nname: x\nduration: 0.05 s\nentities:\n" ROBOT("");
  scratch_write(text, sizeof text - 1);
  myr_scenario *scenario = load_good(scratch_path, NULL, 0);
  myr_diagnostics warnings = {0};
  myr_plan *plan;
  assert_int_equal(myr_plan_create(scenario, 0, &plan, &warnings), MYR_OK);
  expect_lines(text, (const char *const[]){"3:11 an episode lasts 0.06 s, because 0.05 s are not a whole number", NULL},
               &warnings, false);
  myr_diagnostics_free(&warnings);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
}

/* The canonical form states every default, and says nothing new. */
static void shipped_scenarios(void **state) {
  (void)state;
  static const char *const names[] = {"cartpole", "quadruped", "falls_seen", "ten_thousand_falls"};
  for (int i = 0; i < 4; i++) {
    char path[256];
    snprintf(path, sizeof path, SCENARIOS "%s.yaml", names[i]);
    myr_scenario *scenario = load_good(path, NULL, 0);
    FILE *stream = fopen(scratch_path, "wb");
    assert_non_null(stream);
    myr_scenario_print_resolved(scenario, stream);
    fclose(stream);
    myr_scenario_free(scenario);
    for (int form = 0; form < 2; form++) {
      myr_diagnostics warnings = {0};
      myr_plan *plan;
      scenario = load_good(form ? scratch_path : path, NULL, 0);
      assert_int_equal(myr_plan_create(scenario, 0, &plan, &warnings), MYR_OK);
      expect_lines(path, (const char *const[]){NULL}, &warnings, false);
      expect_lines(path, (const char *const[]){NULL}, myr_plan_describe(plan)->notices, true);
      myr_diagnostics_free(&warnings);
      myr_plan_destroy(plan);
      myr_scenario_free(scenario);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_sees),      cmocka_unit_test(tumbles_too_fast),
                                     cmocka_unit_test(no_camera_sees),   cmocka_unit_test(nothing_uses),
                                     cmocka_unit_test(cannot_happen),    cmocka_unit_test(uneven_duration),
                                     cmocka_unit_test(shipped_scenarios)};
  scratch_make();
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  scratch_remove();
  return failed;
}
