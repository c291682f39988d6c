/* Drawing numbers. A draw is keyed by (seed, path) and counted by (episode, element, step), so that no draw depends on
 * which others there are, or on the order in which they are made.
 *
 *   key     = XXH3-64 of the path, seeded with the seed; low word, high word
 *   counter = episode's low word, its high word, element, step
 *
 * `step` counts the tries of a limited normal in draws made once per episode, and control steps in draws made for
 * each. */
#ifndef MYR_SCENARIOS_DRAW_H
#define MYR_SCENARIOS_DRAW_H

#include "scenarios/distribution.h"
#include "scenarios/philox.h"

typedef struct draw_key {
  uint32_t low, high;
} draw_key;
draw_key draw_key_make(uint64_t seed, const char *path);

philox_words draw_words(draw_key key, int64_t episode, uint32_t element, uint32_t step);
/* A standard normal from four words. */
double draw_normal(philox_words words);
/* One value of a quantity. */
double draw_quantity(const quantity *quantity, draw_key key, int64_t episode, uint32_t element);
/* magnitude in a direction uniform on the sphere. */
void draw_sphere(double magnitude, draw_key key, int64_t episode, uint32_t element, double vector[3]);
/* The horizontal rotation vector (rad) that tilts the vertical to a direction uniform on the cap of half angle
 * `angle`. */
void draw_cone(double angle, draw_key key, int64_t episode, double rotation[2]);

#endif
