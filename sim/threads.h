/* How many threads work, and whether they can. OpenMP takes its own numbers from the environment and ends the program
 * where threads cannot be started, so both are judged before it starts any. */
#ifndef MYR_THREADS_H
#define MYR_THREADS_H

#include "kernels/status.h"

enum { MYR_MOST_THREADS = 4096 };

/* The threads that work where `wanted` are asked for, or as many as OpenMP has where wanted is not above 0; at least one,
 * at most MYR_MOST_THREADS and OMP_THREAD_LIMIT. */
int myr_thread_count(int wanted);

/* MYR_ERROR if so many threads cannot run at the same time. */
myr_status myr_threads_check(int threads, myr_error *error);

#endif
