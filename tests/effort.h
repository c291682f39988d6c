/* The number of random trials of a test. A sanitizer makes a test many times slower, so it runs an eighth of the
 * trials; that is enough to find the mistakes that sanitizers find. */
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
