/* Finds the kernel table of a vector width, if it is compiled in and this processor runs it. */
#include "kernels/stages.h"
#include "kernels/table.h"

#include <stddef.h>

extern const myr_kernels myr_kernels_plain, myr_kernels_double;
extern const myr_kernels myr_kernels_neon, myr_kernels_avx2, myr_kernels_avx512; /* where they are compiled in */

const char *const myr_timed_stages[MYR_STAGE_COUNT] = {
#define TIMED_STAGE(name, doc) [MYR_STAGE_##name] = #name,
#include "kernels/stages.def"
};

/* The table of a width, or NULL when it is not compiled in or the processor lacks its instructions. */
static const myr_kernels *table_of(int lanes) {
  switch (lanes) {
  case 1: return &myr_kernels_plain;
  case MYR_LANES_DOUBLE: return &myr_kernels_double;
#ifdef MYR_LANES_4
  case 4: return &myr_kernels_neon;
#endif
#ifdef MYR_LANES_8
  case 8: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &myr_kernels_avx2 : NULL;
#endif
#ifdef MYR_LANES_16
  case 16:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
               ? &myr_kernels_avx512
               : NULL;
#endif
  default: return NULL;
  }
}

static char *append(char *at, const char *text) {
  while (*text) *at++ = *text++;
  return at;
}

/* Writes the widths that run here: "1, 8 or 16". */
static void list_widths(char text[32]) {
  static const char *const names[17] = {[1] = "1", [4] = "4", [8] = "8", [16] = "16"};
  int last = 16;
  while (!table_of(last)) last--;
  for (int lanes = 1; lanes <= last; lanes++)
    if (table_of(lanes)) text = append(append(text, lanes == 1 ? "" : lanes < last ? ", " : " or "), names[lanes]);
  *text = 0;
}

myr_status myr_kernels_find(int lanes, const myr_kernels **kernels, myr_error *error) {
  static const int widest_first[] = {16, 8, 4, 1};
  *kernels = lanes != 0 ? table_of(lanes) : NULL;
  for (int i = 0; lanes == 0 && !*kernels; i++) *kernels = table_of(widest_first[i]);
  if (*kernels) return MYR_OK;
  char here[32];
  list_widths(here);
  return myr_fail(error, lanes == 4 || lanes == 8 || lanes == 16 ? MYR_UNAVAILABLE : MYR_INVALID,
                  "worlds cannot be stepped in %d lanes here: choose %s, or leave --lanes out to get the widest", lanes,
                  here);
}
