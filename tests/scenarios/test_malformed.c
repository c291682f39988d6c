/* Tests that every mistake in a scenario is found at its line and column. The files in malformed/ begin with a line
 * `# expect: line:column message` for each error, in order. Those named plan_* contradict only their model. */
#include <dirent.h>
#include <limits.h>

#include "tests/scenarios/scenario_files.h"

#define FIXTURES MYRIAD_SOURCE_DIR "/tests/scenarios/malformed"

static int check_fixture(const char *name) {
  char path[512];
  size_t length;
  snprintf(path, sizeof path, FIXTURES "/%s", name);
  char *text = read_whole(path, &length);
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  myr_plan *plan = NULL;
  myr_status status = myr_scenario_load(path, NULL, 0, &scenario, &diagnostics);
  bool with_model = !strncmp(name, "plan_", 5);
  if (with_model && !status) status = myr_plan_create(scenario, 0, &plan, &diagnostics);
  int wrong = status == MYR_INVALID && !plan && (with_model ? scenario != NULL : scenario == NULL) ? 0 : 1;
  if (wrong) fprintf(stderr, "%s: status %d\n", name, status);
  int expected = 0;
  for (const char *line = text; !strncmp(line, "# expect: ", 10); line = strchr(line, '\n') + 1, expected++) {
    int row, column, used;
    assert_int_equal(sscanf(line, "# expect: %d:%d %n", &row, &column, &used), 2);
    char message[600];
    snprintf(message, sizeof message, "%.*s", (int)strcspn(line + used, "\n"), line + used);
    const myr_diagnostic *d = expected < diagnostics.count ? &diagnostics.items[expected] : NULL;
    if (d && d->line == row && d->column == column && strstr(d->message, message) && !strcmp(d->file, path)) continue;
    fprintf(stderr, "%s: expected %d:%d %s\n", name, row, column, message);
    if (d) fprintf(stderr, "  got %s:%d:%d %s\n", d->file, d->line, d->column, d->message);
    wrong++;
  }
  if (expected != diagnostics.count || !expected) {
    fprintf(stderr, "%s: expected %d errors, got %d\n", name, expected, diagnostics.count);
    wrong++;
  }
  myr_diagnostics_free(&diagnostics);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
  free(text);
  return wrong;
}

static void fixtures(void **state) {
  (void)state;
  DIR *folder = opendir(FIXTURES);
  assert_non_null(folder);
  int count = 0, wrong = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (!strstr(entry->d_name, ".yaml")) continue;
    count++;
    wrong += check_fixture(entry->d_name);
  }
  closedir(folder);
  assert_int_equal(wrong, 0);
  assert_true(count >= 45);
}

static void expect_bytes(const void *bytes, size_t length, const char *expected) {
  scratch_write(bytes, length);
  const char *got = load_bad(scratch_path, NULL, 0);
  if (strncmp(got, expected, strlen(expected))) fprintf(stderr, "expected %s\ngot      %s\n", expected, got);
  assert_int_equal(strncmp(got, expected, strlen(expected)), 0);
  assert_true(strlen(got) < 300);
}
#define EXPECT_BYTES(bytes, expected) expect_bytes(bytes, sizeof(bytes) - 1, expected)

static void odd_bytes(void **state) {
  (void)state;
  EXPECT_BYTES("", "1:1 the scenario is empty");
  EXPECT_BYTES("\n\n# nothing\n", "1:1 the scenario is empty");
  EXPECT_BYTES("version: 1\nname: \xff\n", "2:7 byte 0xff is not UTF-8");
  EXPECT_BYTES("version: 1\nname: \xc3", "2:7 byte 0xc3 is not UTF-8");
  EXPECT_BYTES("name: \xc0\xaf\n", "1:7 byte 0xc0 is not UTF-8");     /* an overlong slash */
  EXPECT_BYTES("name: \xed\xa0\x80\n", "1:7 byte 0xed is not UTF-8"); /* half a surrogate pair */
  EXPECT_BYTES("\xff\xfev\0e\0r\0", "1:1 byte 0xff is not UTF-8");    /* UTF-16 */
  EXPECT_BYTES("version: 1\nna\0me: x\n", "2:3 control character 0x00");
  EXPECT_BYTES("name: \"a\\0b\"\n", "1:7 a value holds a zero character");
  EXPECT_BYTES("a\rb\n", "1:2 an unusual line break");
  EXPECT_BYTES("a\xe2\x80\xa8"
               "b\n",
               "1:2 an unusual line break");
  EXPECT_BYTES("\xef\xbb\xbf"
               "version: 2\n",
               "1:1 missing key");                              /* a byte order mark does no harm */
  EXPECT_BYTES("version: 2\r\nname: x\r\n", "1:1 missing key"); /* nor do line ends of Windows */
}

static void large_inputs(void **state) {
  (void)state;
  size_t size = 10 << 20;
  char *bytes = malloc(size + (8 << 20));
  memset(bytes, 'a', size);
  static const char head[] = "version: 1\nname: ";
  memcpy(bytes, head, sizeof head - 1); /* in place of as many of the letters */
  expect_bytes(bytes, size, "2:1 line is longer than 65536 bytes");
  memset(bytes, '#', size);
  expect_bytes(bytes, size, "1:1 line is longer");
  memset(bytes, '\n', size + (8 << 20));
  expect_bytes(bytes, size + (8 << 20), "0:0 the file is larger than 16 MB");
  memset(bytes, '[', 60000);
  expect_bytes(bytes, 60000, "1:33 nested deeper than 32 levels");
  memset(bytes, '-', 60000);
  for (int i = 1; i < 60000; i += 2) bytes[i] = ' ';
  expect_bytes(bytes, 60000, "1:65 nested deeper than 32 levels");
  size_t used = 0;
  for (int i = 0; i < 2000; i++) used += (size_t)sprintf(bytes + used, "k%d: 1\n", i);
  expect_bytes(bytes, used, "1001:1 more than 1000 keys");
  used = (size_t)sprintf(bytes, "a:\n");
  for (int i = 0; i < 200000; i++) used += (size_t)sprintf(bytes + used, "- 1\n");
  expect_bytes(bytes, used, "99999:3 more than 100000 values");
  free(bytes);
}

static void missing_files(void **state) {
  (void)state;
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  assert_int_equal(myr_scenario_load("/nonexistent/x.yaml", NULL, 0, &scenario, &diagnostics), MYR_INVALID);
  assert_string_equal(diagnostics.items[0].file, "/nonexistent/x.yaml");
  assert_int_equal(diagnostics.items[0].line, 0);
  assert_int_equal(myr_scenario_load("/tmp", NULL, 0, &scenario, &diagnostics), MYR_INVALID);
  assert_int_equal(diagnostics.count, 1);
  myr_diagnostics_free(&diagnostics);
}

static void overrides(void **state) {
  (void)state;
  static const struct {
    const char *override, *expected;
  } cases[] = {
      {"duration", "1:1 expected path=value"},
      {"=3", "1:1 expected path=value"},
      {"duration=", "1:9 no value after `duration=`"},
      {"x= ", "1:2 no value after `x=`"},
      {"duration=4 kg", "1:12 expected time, got mass"},
      {"duraton=4", "1:1 unknown key `duraton`"},
      {"world.timestep=[", "1:17 YAML"},
      {"name.first=x", "1:6 `name` is not a mapping"},
      {"randomize.robot.body.mass.scale=-1", "1:33 must be at least 0"},
      {"randomize.robot.geom.friction={scale: 1 m}", "1:41 expected a number without unit, got length"},
      {"events.push.at=&a 1", "1:16 anchors and aliases"},
      {"world..timestep=1", "1:7 an empty name"},
      {"cameras.front=1", "1:15 expected a mapping, got `1`"},
      {"sweep.x=1", "1:1 `sweep` is not supported yet"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *got = load_bad(SCENARIOS "ten_thousand_falls.yaml", &cases[i].override, 1);
    if (strncmp(got, cases[i].expected, strlen(cases[i].expected))) fprintf(stderr, "%s: %s\n", cases[i].override, got);
    assert_int_equal(strncmp(got, cases[i].expected, strlen(cases[i].expected)), 0);
  }
}

/* A parameter's value is read even if its name is wrong, so that one run reports both mistakes. */
static void parameter_of_an_unknown_entity(void **state) {
  (void)state;
  const char *override = "randomize.robt.body.mass={add: 1 m}";
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  assert_int_equal(myr_scenario_load(SCENARIOS "ten_thousand_falls.yaml", &override, 1, &scenario, &diagnostics),
                   MYR_INVALID);
  assert_int_equal(diagnostics.count, 2);
  assert_string_equal(diagnostics.items[0].message, "unknown entity `robt`");
  assert_string_equal(diagnostics.items[1].message, "expected mass, got length");
  myr_diagnostics_free(&diagnostics);
}

static char *print(void (*function)(const myr_diagnostics *, FILE *), const myr_diagnostics *diagnostics) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  function(diagnostics, stream);
  fclose(stream);
  return text;
}

static void formats(void **state) {
  (void)state;
  const char bytes[] = "version: 1\nname: \"\xc3\xa4\"\nduratoin: 4 s\n";
  scratch_write(bytes, sizeof bytes - 1);
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  myr_scenario_load(scratch_path, NULL, 0, &scenario, &diagnostics);
  char *text = print(myr_diagnostics_print, &diagnostics);
  char expected[300];
  snprintf(expected, sizeof expected,
           "%s:3:1: error: unknown key `duratoin`\n  duratoin: 4 s\n  ^\n  hint: did you mean `duration`?\n",
           scratch_path);
  assert_non_null(strstr(text, expected));
  free(text);
  text = print(myr_diagnostics_print_json, &diagnostics);
  snprintf(
      expected, sizeof expected,
      "{\"file\": \"%s\", \"line\": 2, \"column\": 7, \"severity\": \"error\", \"message\": \"expected a word, got "
      "`\xc3\xa4`\", "
      "\"hint\": \"a letter, then letters, digits, _ and -; at most 64\", \"source\": \"name: \\\"\xc3\xa4\\\"\"}\n",
      scratch_path);
  assert_non_null(strstr(text, expected));
  free(text);
  myr_diagnostics_free(&diagnostics);
}

/* Only the first 100 errors are kept; the others are only counted. */
static void flood(void **state) {
  (void)state;
  char bytes[8000] = "version: 1\n";
  for (int i = 0; i < 500; i++) sprintf(bytes + strlen(bytes), "zz%d: 1\n", i);
  scratch_write(bytes, strlen(bytes));
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  assert_int_equal(myr_scenario_load(scratch_path, NULL, 0, &scenario, &diagnostics), MYR_INVALID);
  assert_int_equal(diagnostics.count, 100);
  assert_true(diagnostics.omitted >= 400);
  char *text = print(myr_diagnostics_print, &diagnostics);
  assert_non_null(strstr(text, " more errors\n"));
  free(text);
  myr_diagnostics_free(&diagnostics);
}

static void edit_distances(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    int distance;
  } pairs[] = {{"", "", 0},
               {"", "abc", 3},
               {"robot", "robot", 0},
               {"robt", "robot", 1},
               {"rbot", "robot", 1},
               {"rebot", "robot", 1},
               {"duratoin", "duration", 1},
               {"ca", "abc", 3},
               {"kitten", "sitting", 3}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    assert_int_equal(myr_edit_distance(pairs[i].a, pairs[i].b), pairs[i].distance);
    assert_int_equal(myr_edit_distance(pairs[i].b, pairs[i].a), pairs[i].distance);
  }
  char longest[MYR_EDIT_LENGTH + 2];
  memset(longest, 'x', sizeof longest);
  longest[MYR_EDIT_LENGTH + 1] = 0;
  assert_int_equal(myr_edit_distance(longest, "x"), INT_MAX);
  longest[MYR_EDIT_LENGTH] = 0;
  assert_int_equal(myr_edit_distance(longest, "x"), MYR_EDIT_LENGTH - 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fixtures),
      cmocka_unit_test(odd_bytes),
      cmocka_unit_test(large_inputs),
      cmocka_unit_test(missing_files),
      cmocka_unit_test(overrides),
      cmocka_unit_test(formats),
      cmocka_unit_test(flood),
      cmocka_unit_test(edit_distances),
      cmocka_unit_test(parameter_of_an_unknown_entity),
  };
  scratch_make();
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  scratch_remove();
  return failed;
}
