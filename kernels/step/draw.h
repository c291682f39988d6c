/* Draws random numbers: Philox and the distributions of start.h, in double precision only. */
#ifndef MYR_DRAW_H
#define MYR_DRAW_H

#include "kernels/lane/elementary.h"
#include "kernels/fields.h"
#include "kernels/start.h"

typedef char draws_are_of_doubles[sizeof(scalar) == sizeof(double) ? 1 : -1];

enum { NORMAL_TRIES = 1000 };
#define TURN (2 * 3.14159265358979323846) /* rad */

/* Clamps x to the bounds. Returns the bound itself if x equals it (even a zero of the other sign) or is NaN. */
KERNEL double within(double x, double low, double high) { return minimum(high, maximum(low, x)); }

/* ------------------------------------------------------------------------------------------------ random words */
typedef struct philox_words {
  uint32_t word[4];
} philox_words;

/* Philox 4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), section 3.3.
 * It maps (counter, key) to 128 random bits. It has no state, so draws can be made singly and in any order. */
KERNEL philox_words philox4x32(philox_words counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    uint64_t product0 = (uint64_t)0xD2511F53u * counter.word[0];
    uint64_t product1 = (uint64_t)0xCD9E8D57u * counter.word[2];
    counter.word[0] = (uint32_t)(product1 >> 32) ^ counter.word[1] ^ key0;
    counter.word[1] = (uint32_t)product1;
    counter.word[2] = (uint32_t)(product0 >> 32) ^ counter.word[3] ^ key1;
    counter.word[3] = (uint32_t)product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/* 53 bits of two words: uniform on [0, 1), every value exactly representable. */
KERNEL double philox_uniform(uint32_t high, uint32_t low) {
  return ((double)(high >> 5) * 67108864.0 + (double)(low >> 6)) * 0x1p-53;
}

KERNEL philox_words draw_words(myr_draw_key key, int64_t episode, uint32_t element, uint32_t step) {
  philox_words counter;
  counter.word[0] = (uint32_t)(uint64_t)episode;
  counter.word[1] = (uint32_t)((uint64_t)episode >> 32);
  counter.word[2] = element;
  counter.word[3] = step;
  return philox4x32(counter, key.low, key.high);
}

KERNEL double first_uniform(philox_words words) { return philox_uniform(words.word[0], words.word[1]); }
KERNEL double second_uniform(philox_words words) { return philox_uniform(words.word[2], words.word[3]); }

/* A standard normal. Box and Muller (1958); only the cosine is used, so that one draw needs one block of words. */
KERNEL double normal_of_words(philox_words words) {
  double u = 1 - first_uniform(words); /* (0, 1] */
  return square_root(-2 * lane_log(u)) * lane_cos(TURN * second_uniform(words));
}

/* ------------------------------------------------------------------------------------------------ distributions */
KERNEL double draw_limited_normal(const myr_distribution *from, myr_draw_key key, int64_t episode, uint32_t element) {
  double value = from->a;
  for (uint32_t i = 0; i < NORMAL_TRIES; i++) {
    value = from->a + from->b * normal_of_words(draw_words(key, episode, element, i));
    if (value >= from->low && value <= from->high) return value;
  }
  return within(value, from->low, from->high);
}

KERNEL double draw_choice(const myr_distribution *from, const double *numbers, double uniform) {
  const double *choices = numbers + from->choices;
  if (from->weights < 0) {
    int index = (int)(uniform * from->choice_count);
    return choices[index < from->choice_count ? index : from->choice_count - 1];
  }
  const double *weights = numbers + from->weights;
  double sum = 0, reached = 0;
  int last = 0;
  for (int i = 0; i < from->choice_count; i++) sum += weights[i];
  for (int i = 0; i < from->choice_count; i++) {
    if (weights[i] > 0) last = i;
    reached += weights[i];
    if (uniform * sum < reached) return choices[i];
  }
  return choices[last];
}

KERNEL double draw_log_uniform(double a, double b, double uniform) {
  double low = lane_log(a), high = lane_log(b);
  return within(lane_exp(low + (high - low) * uniform), a, b);
}

/* numbers: the start's array with the distribution's choices and weights. */
STAGE double draw_number(const myr_distribution *from, const double *numbers, myr_draw_key key, int64_t episode,
                         uint32_t element) {
  double a = from->a, b = from->b;
  if (from->kind == MYR_DISTRIBUTION_CONSTANT) return a;
  if (from->kind == MYR_DISTRIBUTION_NORMAL) return draw_limited_normal(from, key, episode, element);
  double u = first_uniform(draw_words(key, episode, element, 0));
  switch (from->kind) {
  case MYR_DISTRIBUTION_UNIFORM: return minimum(b, a + (b - a) * u);
  case MYR_DISTRIBUTION_LOG_UNIFORM: return draw_log_uniform(a, b, u);
  case MYR_DISTRIBUTION_CHOICE: return draw_choice(from, numbers, u);
  case MYR_DISTRIBUTION_INTEGER: return minimum(b, a + floor_of((b - a + 1) * u));
  default: return a;
  }
}

/* ------------------------------------------------------------------------------------------------ directions */
/* Archimedes: the height of a point uniform on the sphere is itself uniform. */
KERNEL void draw_sphere(double magnitude, philox_words words, double vector[3]) {
  double z = 2 * first_uniform(words) - 1, azimuth = TURN * second_uniform(words);
  double radius = square_root(1 - z * z);
  vector[0] = magnitude * radius * lane_cos(azimuth);
  vector[1] = magnitude * radius * lane_sin(azimuth);
  vector[2] = magnitude * z;
}

/* 1 - cos of the angle is uniform on the cap. It is computed as 2 sin^2 of half the angle, which is precise for small
 * angles too. */
KERNEL void draw_cone(double angle, philox_words words, double rotation[2]) {
  double half_sine = lane_sin(0.5 * angle);
  double half = half_sine * half_sine * first_uniform(words), azimuth = TURN * second_uniform(words);
  double lean = 2 * lane_atan2(square_root(half), square_root(maximum(0, 1 - half)));
  rotation[0] = lean * lane_cos(azimuth);
  rotation[1] = lean * lane_sin(azimuth);
}

/* Makes one of a start's draws. */
KERNEL void draw_element(const myr_start *start, const myr_draw *draw, int64_t episode, double *values) {
  const myr_distribution *from = start->distributions + draw->distribution;
  int inner = draw->kind == MYR_DRAW_SPHERE || draw->kind == MYR_DRAW_CONE;
  double number = draw_number(from, start->numbers, inner ? draw->inner_key : draw->key, episode, draw->element);
  double *out = values + draw->value;
  if (draw->kind == MYR_DRAW_NUMBER) out[0] = number;
  if (draw->kind == MYR_DRAW_TRIPLE)
    for (int i = 0; i < 3; i++) out[i] = start->numbers[draw->triples + 3 * (int)number + i];
  if (!inner) return;
  philox_words words = draw_words(draw->key, episode, draw->element, 0);
  if (draw->kind == MYR_DRAW_SPHERE)
    draw_sphere(number, words, out);
  else
    draw_cone(number, words, out);
}

#endif
