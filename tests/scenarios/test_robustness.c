/* Tests that a scenario of any bytes either loads or is refused with a line and column, without a crash or a leak. The
 * address sanitizer finds most. */
#include "tests/scenarios/scenario_files.h"

static const char *const shipped[] = {"ten_thousand_falls", "cartpole", "quadruped", "falls_seen"};
enum { SHIPPED = sizeof shipped / sizeof *shipped };

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
  uint64_t z = *state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

static int count_lines(const char *bytes, size_t length) {
  int lines = 1;
  for (size_t i = 0; i < length; i++) lines += bytes[i] == '\n';
  return lines;
}

static bool try_bytes(const char *bytes, size_t length, bool with_model) {
  scratch_write(bytes, length);
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario = NULL;
  myr_status status = myr_scenario_load(scratch_path, NULL, 0, &scenario, &diagnostics);
  assert_true(status == MYR_OK || status == MYR_INVALID);
  assert_int_equal(status == MYR_OK, scenario != NULL);
  assert_int_equal(status == MYR_OK, diagnostics.count == 0);
  int lines = count_lines(bytes, length);
  for (int i = 0; i < diagnostics.count; i++) {
    const myr_diagnostic *d = &diagnostics.items[i];
    if (d->line < 1 || d->column < 1 || d->line > lines) fprintf(stderr, "%d:%d %s\n", d->line, d->column, d->message);
    assert_true(d->line >= 1 && d->column >= 1 && d->line <= lines);
    assert_true(strlen(d->message) < 1000);
  }
  FILE *stream = fopen("/dev/null", "w");
  myr_diagnostics_print(&diagnostics, stream);
  myr_diagnostics_print_json(&diagnostics, stream);
  fclose(stream);
  if (scenario && with_model) {
    myr_plan *plan;
    status = myr_plan_create(scenario, 0, &plan, &diagnostics);
    assert_int_equal(status == MYR_OK, plan != NULL);
    assert_int_equal(status == MYR_OK, diagnostics.count == 0);
    myr_plan_destroy(plan);
  }
  myr_diagnostics_free(&diagnostics);
  bool good = scenario != NULL;
  myr_scenario_free(scenario);
  return good;
}

static char *shipped_bytes(int index, size_t *length) {
  char path[512];
  snprintf(path, sizeof path, SCENARIOS "%s.yaml", shipped[index]);
  return read_whole(path, length);
}

static void truncations(void **state) {
  (void)state;
  for (int i = 0; i < SHIPPED; i++) {
    size_t length;
    char *bytes = shipped_bytes(i, &length);
    for (size_t n = (size_t)i; n < length; n += 7) try_bytes(bytes, n, false); /* some start readers of models */
    assert_true(try_bytes(bytes, length, true));
    free(bytes);
  }
}

/* Changes, inserts or removes one to four bytes. Half of the new bytes mean something to YAML or to us. Few rounds, because
 * each that is good starts a reader for each model; the fuzzer's target of scenarios goes on from here. */
static void mutations(void **state) {
  (void)state;
  static const char telling[] = ":{}[],&*!|>'\"%@`#-?\n\t .0123456789eNsm()<=/\\\x80\xc3\xff";
  uint64_t random = 1;
  int good = 0;
  for (int round = 0; round < 420; round++) {
    size_t length;
    char *bytes = shipped_bytes(round % SHIPPED, &length);
    for (int changes = 1 + (int)(next_random(&random) % 4); changes > 0; changes--) {
      size_t at = next_random(&random) % length;
      char byte =
          next_random(&random) % 2 ? telling[next_random(&random) % (sizeof telling - 1)] : (char)next_random(&random);
      switch (next_random(&random) % 3) {
      case 0: bytes[at] = byte; break;
      case 1:
        memmove(bytes + at + 1, bytes + at, length - at);
        bytes[at] = byte;
        length++;
        break;
      default: memmove(bytes + at, bytes + at + 1, length - at - 1); length--;
      }
    }
    good += try_bytes(bytes, length, true);
    free(bytes);
  }
  assert_true(good > 4 && good < 200); /* a change of comments and digits is harmless, most others are not */
}

/* Puts random text in the place of a number, because numbers are the texts in which readers differ most. */
static void number_texts(void **state) {
  (void)state;
  static const char alphabet[] = "0123456789+-.eE_ xmskgN/^*%Hz,";
  uint64_t random = 2;
  for (int round = 0; round < 2000; round++) {
    char bytes[200], number[16] = "";
    size_t length = 1 + next_random(&random) % 12;
    for (size_t i = 0; i < length; i++) number[i] = alphabet[next_random(&random) % (sizeof alphabet - 1)];
    int size =
        snprintf(bytes, sizeof bytes, "version: 1\nname: x\nduration: '%s'\nentities: {floor: {ground: {}}}\n", number);
    try_bytes(bytes, (size_t)size, false);
  }
}

static void expression_texts(void **state) {
  (void)state;
  static const char *const words[] = {"upright", "(",  ")",     "floor", "time",  "<",   "2 s", "and",
                                      "not",     "-",  "1e999", ",",     "joint", "3 m", "or",  "+",
                                      "/",       "==", "abs",   ".",     "\\",    "é",   "((",  "max"};
  uint64_t random = 3;
  for (int round = 0; round < 3000; round++) {
    char bytes[1000] = "version: 1\nname: x\nduration: 1\nentities: {floor: {ground: {}}}\nsuccess: '";
    for (int n = (int)(next_random(&random) % 12); n >= 0; n--) {
      strcat(bytes, words[next_random(&random) % (sizeof words / sizeof *words)]);
      if (next_random(&random) % 3) strcat(bytes, " ");
    }
    strcat(bytes, "'\n");
    try_bytes(bytes, strlen(bytes), false);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(truncations),
      cmocka_unit_test(mutations),
      cmocka_unit_test(number_texts),
      cmocka_unit_test(expression_texts),
  };
  scratch_make();
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  scratch_remove();
  return failed;
}
