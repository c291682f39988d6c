#include "scenarios/draw.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

#include "sim/deterministic_math.h"

#define PI 3.14159265358979323846

enum { NORMAL_TRIES = 1000 };

draw_key draw_key_make(uint64_t seed, const char *path) {
  uint64_t hash = XXH3_64bits_withSeed(path, strlen(path), seed);
  return (draw_key){(uint32_t)hash, (uint32_t)(hash >> 32)};
}

philox_words draw_words(draw_key key, int64_t episode, uint32_t element, uint32_t step) {
  uint64_t e = (uint64_t)episode;
  return philox4x32((philox_words){{(uint32_t)e, (uint32_t)(e >> 32), element, step}}, key.low, key.high);
}

/* Box and Muller (1958); only the cosine is used, so that one draw needs one block of words. */
double draw_normal(philox_words words) {
  double u = 1 - philox_uniform(words.word[0], words.word[1]); /* (0, 1] */
  double turn = philox_uniform(words.word[2], words.word[3]);
  return portable_sqrt(-2 * portable_log(u)) * portable_cos(2 * PI * turn);
}

static double draw_limited_normal(const quantity *quantity, draw_key key, int64_t episode, uint32_t element) {
  double value = quantity->a;
  for (uint32_t i = 0; i < NORMAL_TRIES; i++) {
    value = quantity->a + quantity->b * draw_normal(draw_words(key, episode, element, i));
    if (value >= quantity->low && value <= quantity->high) return value;
  }
  return fmin(fmax(value, quantity->low), quantity->high);
}

static double draw_choice(const quantity *quantity, double uniform) {
  if (!quantity->weights) {
    int index = (int)(uniform * quantity->choice_count);
    return quantity->choices[index < quantity->choice_count ? index : quantity->choice_count - 1];
  }
  double sum = 0, reached = 0;
  int last = 0;
  for (int i = 0; i < quantity->choice_count; i++) sum += quantity->weights[i];
  for (int i = 0; i < quantity->choice_count; i++) {
    if (quantity->weights[i] > 0) last = i;
    reached += quantity->weights[i];
    if (uniform * sum < reached) return quantity->choices[i];
  }
  return quantity->choices[last];
}

double draw_quantity(const quantity *quantity, draw_key key, int64_t episode, uint32_t element) {
  double a = quantity->a, b = quantity->b;
  if (quantity->kind == DISTRIBUTION_CONSTANT) return a;
  if (quantity->kind == DISTRIBUTION_NORMAL) return draw_limited_normal(quantity, key, episode, element);
  philox_words words = draw_words(key, episode, element, 0);
  double u = philox_uniform(words.word[0], words.word[1]);
  switch (quantity->kind) {
  case DISTRIBUTION_UNIFORM:
    return fmin(a + (b - a) * u, b);
  case DISTRIBUTION_LOG_UNIFORM: {
    double low = portable_log(a), high = portable_log(b);
    return fmin(fmax(portable_exp(low + (high - low) * u), a), b);
  }
  case DISTRIBUTION_CHOICE:
    return draw_choice(quantity, u);
  case DISTRIBUTION_INTEGER:
    return fmin(a + floor((b - a + 1) * u), b);
  default:
    return a;
  }
}

/* Archimedes: the height of a point uniform on the sphere is itself uniform. */
void draw_sphere(double magnitude, draw_key key, int64_t episode, uint32_t element, double vector[3]) {
  philox_words words = draw_words(key, episode, element, 0);
  double z = 2 * philox_uniform(words.word[0], words.word[1]) - 1;
  double azimuth = 2 * PI * philox_uniform(words.word[2], words.word[3]);
  double radius = portable_sqrt(1 - z * z);
  vector[0] = magnitude * radius * portable_cos(azimuth);
  vector[1] = magnitude * radius * portable_sin(azimuth);
  vector[2] = magnitude * z;
}

/* 1 - cos of the angle is uniform on the cap; it is 2 sin^2 of half the angle, which keeps precision for small ones. */
void draw_cone(double angle, draw_key key, int64_t episode, double rotation[2]) {
  philox_words words = draw_words(key, episode, 0, 0);
  double half_sine = portable_sin(0.5 * angle);
  double half = half_sine * half_sine * philox_uniform(words.word[0], words.word[1]);
  double azimuth = 2 * PI * philox_uniform(words.word[2], words.word[3]);
  double lean = 2 * portable_atan2(portable_sqrt(half), portable_sqrt(fmax(1 - half, 0)));
  rotation[0] = lean * portable_cos(azimuth);
  rotation[1] = lean * portable_sin(azimuth);
}
