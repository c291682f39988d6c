/* Philox 4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), section 3.3.
 * A function from (counter, key) to 128 random bits: no state, so any draw can be made alone, in any order. */
#ifndef MYR_SCENARIOS_PHILOX_H
#define MYR_SCENARIOS_PHILOX_H

#include <stdint.h>

typedef struct philox_words {
  uint32_t word[4];
} philox_words;

static inline philox_words philox4x32(philox_words counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    uint64_t product0 = (uint64_t)0xD2511F53u * counter.word[0];
    uint64_t product1 = (uint64_t)0xCD9E8D57u * counter.word[2];
    counter = (philox_words){{(uint32_t)(product1 >> 32) ^ counter.word[1] ^ key0, (uint32_t)product1,
                              (uint32_t)(product0 >> 32) ^ counter.word[3] ^ key1, (uint32_t)product0}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/* 53 bits of two words: uniform on [0, 1), every value exactly representable. */
static inline double philox_uniform(uint32_t high, uint32_t low) {
  return ((double)(high >> 5) * 67108864.0 + (double)(low >> 6)) * 0x1p-53;
}

#endif
