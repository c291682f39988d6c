/* Tests the rule for names that become parts of HDF5 paths: nothing that HDF5 takes for something else is left, names
 * that differ stay different, and ordinary names stay as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset/names.h"

static void known_names(void **state) {
  (void)state;
  static const struct {
    const char *name, *escaped;
  } cases[] = {{"robot.body.mass", "robot.body.mass"},
               {"", "%"},
               {".", "%2E"},
               {"..", "%2E%2E"},
               {"...", "..."},
               {"a/./y", "a%2F.%2Fy"},
               {"/", "%2F"},
               {"50%", "50%25"},
               {"%2F", "%252F"},
               {"a\nb", "a%0Ab"},
               {"a\x7f", "a%7F"},
               {"f\xc3\xbc\xc3\x9f", "f\xc3\xbc\xc3\x9f"},
               {"\xff\xfe", "%FF%FE"},
               {"\xc0\xaf", "%C0%AF"},        /* a slash in too many bytes */
               {"\xed\xa0\x80", "%ED%A0%80"}, /* half of a surrogate pair */
               {"a b", "a b"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *escaped = name_escape(cases[i].name);
    assert_string_equal(escaped, cases[i].escaped);
    assert_true(path_is_safe(escaped));
    free(escaped);
  }
}

static void long_names(void **state) {
  (void)state;
  enum { LONG = 100000 };
  char *name = malloc(LONG + 1);
  for (int kind = 0; kind < 4; kind++) {
    const char *piece = (const char *[]){"x", "/", "\xe2\x82\xac", "%"}[kind];
    size_t length = strlen(piece);
    for (size_t i = 0; i < LONG; i++) name[i] = piece[i % length];
    name[LONG / length * length] = 0;
    char *escaped = name_escape(name);
    name[3 * length] = 'y';
    char *other = name_escape(name);
    name[3 * length] = piece[0];
    name[LONG / length * length - length] = 'z';
    name[LONG / length * length - length + 1] = 0;
    char *last = name_escape(name);
    assert_true(strlen(escaped) <= NAME_BYTES && path_is_safe(escaped));
    assert_true(strcmp(escaped, other) && strcmp(escaped, last) && strcmp(other, last));
    free(escaped);
    free(other);
    free(last);
  }
  free(name);
}

/* Every name of two bytes, and random longer ones. */
static void any_bytes(void **state) {
  (void)state;
  uint32_t random = 1;
  for (int i = 0; i < 200000; i++) {
    char name[16] = {0};
    int length = i < 65536 ? 2 : 1 + i % 14;
    for (int k = 0; k < length; k++) {
      random = random * 1664525u + 1013904223u;
      name[k] = i < 65536 ? (char)(i >> 8 * k) : (char)(random >> 24);
    }
    char *escaped = name_escape(name);
    assert_true(path_is_safe(escaped) && !strchr(escaped, '/'));
    free(escaped);
  }
}

static void unsafe_paths(void **state) {
  (void)state;
  static const char *const paths[] = {"", "/", "a//b", "a/", "/a", "a/./b", "..", "a/..", "a\tb", "\xff"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) assert_false(path_is_safe(paths[i]));
  assert_true(path_is_safe("labels/contacts/force"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(known_names), cmocka_unit_test(long_names),
                                     cmocka_unit_test(any_bytes), cmocka_unit_test(unsafe_paths)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
