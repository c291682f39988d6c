/* Floor 1, public: a clock that never goes back, for measuring how long something takes. No result depends on it. */
#ifndef MYR_CLOCK_H
#define MYR_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Time since a moment that stays the same while the machine runs. */
uint64_t myr_clock_nanoseconds(void);
double myr_clock_seconds(void);

/* Adds the nanoseconds since *since to *total, and makes *since now. */
void myr_clock_charge(uint64_t *total, uint64_t *since);

#ifdef __cplusplus
}
#endif
#endif
