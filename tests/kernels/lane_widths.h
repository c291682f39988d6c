/* The vector widths that this machine can run. */
#ifndef TESTS_LANE_WIDTHS_H
#define TESTS_LANE_WIDTHS_H

/* Calls USE(width) for every width above 1 that is compiled in and that this machine has. */
#if defined(__x86_64__) && !defined(MYR_ONE_LANE)
#define FOR_EACH_WIDTH(USE)                                                        \
  do {                                                                             \
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) USE(8);   \
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && \
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))  \
      USE(16);                                                                     \
  } while (0)
#elif defined(__aarch64__) && !defined(MYR_ONE_LANE)
#define FOR_EACH_WIDTH(USE) USE(4)
#else
#define FOR_EACH_WIDTH(USE) ((void)0)
#endif

#endif
