/* One plain C function around kernels/lane/elementary.h, compiled once for each number of lanes and once in double, so
 * that test_elementary.c can compare the widths. `count` must be a multiple of 16. */
#include "kernels/lane/elementary.h"

#include "elementary_lanes.h"

#include <string.h>

#define JOIN(a, b) a##b
#define JOIN_EXPANDED(a, b) JOIN(a, b)
#ifdef MYR_DOUBLE
#define EVALUATE elementary_double
#else
#define EVALUATE JOIN_EXPANDED(elementary_, LANES)
#endif

static real evaluate(enum elementary_function function, real x, real y) {
  real s, c;
  switch (function) {
  case ELEMENTARY_SIN: return lane_sin(x);
  case ELEMENTARY_COS: return lane_cos(x);
  case ELEMENTARY_SINCOS: lane_sincos(x, &s, &c); return s + c;
  case ELEMENTARY_ATAN2: return lane_atan2(x, y);
  case ELEMENTARY_ASIN: return lane_asin(x);
  case ELEMENTARY_ACOS: return lane_acos(x);
  case ELEMENTARY_EXP: return lane_exp(x);
  case ELEMENTARY_LOG: return lane_log(x);
  case ELEMENTARY_POW: return lane_pow(x, y);
  case ELEMENTARY_COUNT: break;
  }
  return x;
}

void EVALUATE(enum elementary_function function, int count, const scalar *x, const scalar *y, scalar *result) {
  for (int i = 0; i < count; i += LANES) {
    real a, b, r;
    memcpy(&a, x + i, sizeof a);
    memcpy(&b, y + i, sizeof b);
    r = evaluate(function, a, b);
    memcpy(result + i, &r, sizeof r);
  }
}
