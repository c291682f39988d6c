/* Tests mip pyramids: the texels of every level, for bitmaps of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "render/texture.h"

static uint8_t pixels[6 * 128 * 128 * 4];
static uint32_t random_state = 12345;
static uint8_t random_byte(void) {
  random_state = random_state * 1664525u + 1013904223u;
  return (uint8_t)(random_state >> 24);
}

static int level_size(int size, int level) { return size >> level > 0 ? size >> level : 1; }

static double texel_value(const myr_texture *t, int face, int level, int x, int y, int channel) {
  int32_t i = face * t->face_stride + t->level_offset[level] + y * level_size(t->width, level) + x;
  double root = (t->texels[i] >> (10 * channel) & 1023) / 1023.0;
  return root * root;
}

static double decode(double x) { return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4); }

/* One channel of one face, level by level, in double precision. */
typedef struct reference_level {
  double value[128 * 128];
  int width, height;
} reference_level;

static void read_reference(const texture_source *s, int face, int channel, reference_level *out) {
  out->width = s->width;
  out->height = s->height;
  for (int i = 0; i < s->width * s->height; i++) {
    const uint8_t *p = s->pixels + ((size_t)face * s->height * s->width + i) * s->channels;
    double value = p[s->channels == 1 ? 0 : channel] / 255.0;
    out->value[i] = s->srgb ? decode(value) : value;
  }
}

/* Computes every texel as the mean of the finer level's texels, weighted by the share of its area that they cover. */
static void halve_reference(const reference_level *from, reference_level *to) {
  to->width = level_size(from->width, 1);
  to->height = level_size(from->height, 1);
  double step_x = (double)from->width / to->width, step_y = (double)from->height / to->height;
  for (int i = 0; i < to->width * to->height; i++) {
    double x0 = i % to->width * step_x, y0 = i / to->width * step_y, sum = 0;
    for (int k = 0; k < from->width * from->height; k++) {
      int x = k % from->width, y = k / from->width;
      double w = fmin(x0 + step_x, x + 1) - fmax(x0, x), h = fmin(y0 + step_y, y + 1) - fmax(y0, y);
      if (w > 0 && h > 0) sum += w * h * from->value[k];
    }
    to->value[i] = sum / (step_x * step_y);
  }
}

static double mean_of(const reference_level *level) {
  double sum = 0;
  for (int i = 0; i < level->width * level->height; i++) sum += level->value[i];
  return sum / (level->width * level->height);
}

/* Returns the error that the encoding of a linear value may have: half a step of a square root in 1023 steps. */
static double step_at(double linear) { return sqrt(linear) / 1023 + 1e-6; }

static void assert_pyramid(const texture_source *source, const myr_texture *t, int face, int channel) {
  static reference_level levels[2];
  read_reference(source, face, channel, &levels[0]);
  double mean = mean_of(&levels[0]);
  for (int l = 0; l < t->levels; l++) {
    const reference_level *level = &levels[l & 1];
    assert_int_equal(level->width, level_size(t->width, l));
    assert_int_equal(level->height, level_size(t->height, l));
    assert_true(fabs(mean_of(level) - mean) < 1e-9);
    for (int y = 0; y < level->height; y++)
      for (int x = 0; x < level->width; x++) {
        double expected = level->value[y * level->width + x];
        assert_true(fabs(texel_value(t, face, l, x, y, channel) - expected) <= step_at(expected));
      }
    halve_reference(level, &levels[(l + 1) & 1]);
  }
}

static void test_levels(void **state) {
  const texture_source sources[6] = {{pixels, 64, 64, 3, 1, true},  {pixels, 37, 21, 4, 1, true},
                                     {pixels, 5, 128, 1, 1, false}, {pixels, 1, 1, 3, 1, false},
                                     {pixels, 24, 24, 3, 6, true},  {pixels, 1, 7, 3, 1, true}};
  (void)state;
  for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = random_byte();
  for (int s = 0; s < 6; s++) {
    myr_texture t;
    assert_int_equal(texture_build(&sources[s], &t, NULL), MYR_OK);
    int last = t.levels - 1;
    assert_int_equal(level_size(t.width, last), 1);
    assert_int_equal(level_size(t.height, last), 1);
    assert_true(last == 0 || level_size(t.width, last - 1) > 1 || level_size(t.height, last - 1) > 1);
    for (int face = 0; face < t.faces; face++)
      for (int channel = 0; channel < 3; channel++) assert_pyramid(&sources[s], &t, face, channel);
    texture_free(&t);
    assert_null(t.texels);
  }
}

/* A bitmap of one colour has this colour on every level, and the colour's bytes come back unchanged. */
static void test_one_color(void **state) {
  (void)state;
  for (int value = 0; value < 256; value++) {
    memset(pixels, value, 27 * 13 * 3);
    const texture_source source = {pixels, 27, 13, 3, 1, true};
    myr_texture t;
    assert_int_equal(texture_build(&source, &t, NULL), MYR_OK);
    for (int i = 1; i < t.face_stride; i++) assert_int_equal(t.texels[i], t.texels[0]);
    double linear = texel_value(&t, 0, 0, 0, 0, 1);
    double encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
    assert_int_equal((int)floor(encoded * 255 + 0.5), value);
    texture_free(&t);
  }
}

static void test_refusals(void **state) {
  const texture_source wrong[7] = {{NULL, 1, 1, 3, 1, true},
                                   {pixels, 0, 4, 3, 1, true},
                                   {pixels, 4, -1, 3, 1, true},
                                   {pixels, 4, 4, 2, 1, true},
                                   {pixels, 4, 4, 3, 2, true},
                                   {pixels, 4, 5, 3, 6, true},
                                   {pixels, TEXTURE_LIMIT + 1, 1, 3, 1, true}};
  (void)state;
  for (int i = 0; i < 7; i++) {
    myr_texture t;
    myr_error error = {""};
    assert_int_equal(texture_build(&wrong[i], &t, &error), MYR_INVALID);
    assert_true(error.message[0] != '\0');
    texture_free(&t); /* nothing is left behind */
  }
  texture_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_levels),
      cmocka_unit_test(test_one_color),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
