/* How often a test tries at random: under a sanitizer, which is many times slower, an eighth of it is enough to find what
 * sanitizers find. */
#ifndef TESTS_EFFORT_H
#define TESTS_EFFORT_H

static inline int effort(int rounds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return rounds > 8 ? rounds / 8 : 1;
#else
  return rounds;
#endif
}

#endif
