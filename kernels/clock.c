#include "kernels/clock.h"

#include <time.h>

uint64_t myr_clock_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double myr_clock_seconds(void) { return 1e-9 * (double)myr_clock_nanoseconds(); }

void myr_clock_charge(uint64_t *total, uint64_t *since) {
  uint64_t now = myr_clock_nanoseconds();
  *total += now - *since;
  *since = now;
}
