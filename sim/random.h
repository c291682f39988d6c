/* Random numbers for tests of the physics: `compare` and `bench`. A number is a function of its key and counters,
 * so it does not depend on the order of work. Episodes use Philox instead (kernels/README.md, "Determinism"). */
#ifndef MYR_SIM_RANDOM_H
#define MYR_SIM_RANDOM_H

#include <stdint.h>

/* splitmix64's finalizer (Steele, Lea, Flood 2014): every input bit changes every output bit with probability 1/2. */
static inline uint64_t random_mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/* Uniform in [0, 1), a multiple of 2^-24 and so exact in float. */
static inline double random_unit(uint64_t key, uint64_t a, uint64_t b) {
  return (double)(random_mix(random_mix(random_mix(key) ^ a) ^ b) >> 40) * 0x1p-24;
}

/* A sequence of draws under one key. */
typedef struct random_stream {
  uint64_t key, next;
} random_stream;

static inline double random_uniform(random_stream *stream, double low, double high) {
  return low + (high - low) * random_unit(stream->key, stream->next++, 0);
}

#endif
