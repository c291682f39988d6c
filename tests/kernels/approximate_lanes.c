/* See approximate_lanes.h. */
#ifdef MYR_DOUBLE
typedef int approximations_have_no_double_build;
#else
#include "kernels/approximate.h"

#include "approximate_lanes.h"
#include "lane_arrays.h"

#define OVER_LANES(name, function)                                                                                     \
  static void name(const float *x, int count, float *out) {                                                            \
    for (int i = 0; i < count; i += LANES) write_field(function(read_field(x + i, 1, 0)), out + i);                    \
  }
OVER_LANES(inverse_roots, inverse_square_root)
OVER_LANES(roots, approximate_square_root)
OVER_LANES(reciprocals, reciprocal)

const approximate_table JOIN_EXPANDED(approximate_table_, LANES) = {inverse_roots, roots, reciprocals};
#endif
