#include "sim/child/limits.h"

#include <math.h>
#include <stdlib.h>

/* The largest robots of public collections take 1 GB and 5 s. */
static const child_limits usual = {.gigabytes = 4, .seconds = 30};

/* The largest values keep bytes and milliseconds in 64 bits. */
static myr_status read_one(const char *variable, double most, double *limit, myr_error *error) {
  const char *text = getenv(variable);
  if (!text || !*text) return MYR_OK;
  char *end;
  double value = strtod(text, &end);
  if (*end || !(value > 0) || !isfinite(value) || value > most)
    return myr_fail(error, MYR_INVALID, "%s=%.60s: a limit is a number above 0 and up to %g, such as %s=%g", variable,
                    text, most, variable, *limit);
  *limit = value;
  return MYR_OK;
}

myr_status child_limits_read(child_limits *limits, myr_error *error) {
  *limits = usual;
  myr_status status = read_one(CHILD_MEMORY_VARIABLE, 1e6, &limits->gigabytes, error);
  return status ? status : read_one(CHILD_TIME_VARIABLE, 1e6, &limits->seconds, error);
}
