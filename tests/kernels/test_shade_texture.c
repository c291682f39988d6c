/* Tests bitmaps and patterns: lookups against the same in double precision, filters against the mean of many
 * samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lane_widths.h"
#include "shade_scene.h"
#include "shade_texture_lanes.h"

enum { COUNT = 4096, MOST_TEXELS = 1 << 17 };
static float at[COUNT][6], colors[COUNT][3], wide_colors[COUNT][3], shares[COUNT], wide_shares[COUNT];
static uint32_t texels[MOST_TEXELS];

static int level_size(int size, int level) { return size >> level > 0 ? size >> level : 1; }

/* Makes a texture with independent random texels on every level, so that a lookup in a wrong level is noticed. */
static myr_texture random_texture(int width, int height, int faces) {
  myr_texture t = {.texels = texels, .width = width, .height = height, .faces = faces};
  int levels = 0;
  for (;; levels++) {
    t.level_offset[levels] = t.face_stride;
    t.face_stride += level_size(width, levels) * level_size(height, levels);
    if (level_size(width, levels) == 1 && level_size(height, levels) == 1) break;
  }
  t.levels = levels + 1;
  assert_true(t.face_stride * faces <= MOST_TEXELS);
  for (int i = 0; i < t.face_stride * faces; i++) texels[i] = (uint32_t)scene_random(0, 1073741824.0);
  return t;
}

static double texel_value(const myr_texture *t, int face, int level, int x, int y, int channel) {
  int width = level_size(t->width, level);
  uint32_t texel = t->texels[face * t->face_stride + t->level_offset[level] + y * width + x];
  double root = (texel >> (10 * channel) & 1023) / 1023.0;
  return root * root;
}

static int wrap(int i, int n, int repeats) {
  if (repeats) return (i % n + n) % n;
  return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static double bilinear(const myr_texture *t, int face, int level, double u, double v, int channel, int repeats) {
  int width = level_size(t->width, level), height = level_size(t->height, level);
  double x = u * width - 0.5, y = v * height - 0.5, fx = x - floor(x), fy = y - floor(y), sum = 0;
  for (int j = 0; j < 2; j++)
    for (int i = 0; i < 2; i++)
      sum += (i ? fx : 1 - fx) * (j ? fy : 1 - fy) *
             texel_value(t, face, level, wrap((int)floor(x) + i, width, repeats),
                         wrap((int)floor(y) + j, height, repeats), channel);
  return sum;
}

static double trilinear(const myr_texture *t, int face, double level, double u, double v, int channel, int repeats) {
  level = fmin(fmax(level, 0), t->levels - 1);
  int fine = (int)level, coarse = fine + 1 < t->levels ? fine + 1 : fine;
  double a = bilinear(t, face, fine, u, v, channel, repeats), b = bilinear(t, face, coarse, u, v, channel, repeats);
  return a + (b - a) * (level - fine);
}

#define ASSERT_WIDTHS_AGREE(width)                                                  \
  do {                                                                              \
    texture_table_##width.bitmap(&t, (const float(*)[6])at, COUNT, wide_colors[0]); \
    assert_memory_equal(colors, wide_colors, sizeof colors);                        \
  } while (0)

/* For a round footprint, one lookup is made, at the level of the footprint's size in texels. */
static void test_trilinear(void **state) {
  const int sizes[6][2] = {{1, 1}, {2, 2}, {64, 64}, {100, 37}, {5, 128}, {1, 9}};
  (void)state;
  for (int s = 0; s < 6; s++) {
    myr_texture t = random_texture(sizes[s][0], sizes[s][1], 1);
    for (int i = 0; i < COUNT; i++) {
      double texels_wide = pow(2, scene_random(-2, t.levels + 1));
      at[i][0] = (float)scene_random(-3, 3);
      at[i][1] = (float)scene_random(-3, 3);
      at[i][2] = (float)(texels_wide / t.width);
      at[i][3] = at[i][4] = 0;
      at[i][5] = (float)(texels_wide / t.height);
    }
    const float corners[4][2] = {{0, 0}, {1, 1}, {-1e-9f, 0.5f}, {0.5f, -1e-9f}};
    for (int i = 0; i < 4; i++) at[i][0] = corners[i][0], at[i][1] = corners[i][1];
    texture_table_1.bitmap(&t, (const float(*)[6])at, COUNT, colors[0]);
    for (int i = 0; i < COUNT; i++) {
      double level = log2((double)at[i][2] * t.width);
      for (int c = 0; c < 3; c++) {
        double expected = trilinear(&t, 0, level, at[i][0], at[i][1], c, 1);
        assert_true(fabs((double)colors[i][c] - expected) < 1e-3);
      }
    }
    FOR_EACH_WIDTH(ASSERT_WIDTHS_AGREE);
  }
}

/* For a long footprint, several lookups are made along it, at the level of its shorter side. */
static void test_anisotropic(void **state) {
  (void)state;
  myr_texture t = random_texture(64, 64, 1);
  const double ratios[4] = {1.2, 2, 4, 16};
  const int taps[4] = {1, 2, 2, 2};
  for (int r = 0; r < 4; r++) {
    for (int i = 0; i < COUNT; i++) {
      double width = pow(2, scene_random(0.5, 4)) / 64;
      int down = i & 1;
      at[i][0] = (float)scene_random(0, 1);
      at[i][1] = (float)scene_random(0, 1);
      at[i][2] = (float)(width * (down ? 1 : ratios[r]));
      at[i][3] = at[i][4] = 0;
      at[i][5] = (float)(width * (down ? ratios[r] : 1));
    }
    texture_table_1.bitmap(&t, (const float(*)[6])at, COUNT, colors[0]);
    for (int i = 0; i < COUNT; i++) {
      int down = i & 1;
      double longer = at[i][down ? 5 : 2], shorter = at[i][down ? 2 : 5];
      double level = log2(fmax(shorter, longer / taps[r]) * 64), expected = 0;
      for (int k = 0; k < taps[r]; k++) {
        double along = ((k + 0.5) / taps[r] - 0.5) * longer;
        double u = at[i][0] + (down ? 0 : along), v = at[i][1] + (down ? along : 0);
        expected += trilinear(&t, 0, level, u, v, 1, 1) / taps[r];
      }
      assert_true(fabs((double)colors[i][1] - expected) < 1e-3);
    }
    FOR_EACH_WIDTH(ASSERT_WIDTHS_AGREE);
  }
}

static void test_constant(void **state) {
  (void)state;
  myr_texture t = random_texture(33, 20, 1);
  for (int i = 0; i < t.face_stride; i++) texels[i] = 512u | 100u << 10 | 1023u << 20;
  for (int i = 0; i < COUNT; i++)
    for (int k = 0; k < 6; k++) at[i][k] = (float)scene_random(-1, 1);
  texture_table_1.bitmap(&t, (const float(*)[6])at, COUNT, colors[0]);
  for (int i = 0; i < COUNT; i++) {
    assert_true(fabs(sqrt((double)colors[i][0]) * 1023 - 512) < 1e-3);
    assert_true(fabs(sqrt((double)colors[i][1]) * 1023 - 100) < 1e-3);
    assert_true(fabs((double)colors[i][2] - 1) < 1e-6);
  }
}

/* The face of a direction is that of the table in the OpenGL specification. */
static void test_cube(void **state) {
  static float directions[COUNT][3];
  (void)state;
  myr_texture t = random_texture(32, 32, 6);
  for (int i = 0; i < COUNT; i++) {
    double d[3];
    scene_random_direction(d);
    for (int k = 0; k < 3; k++) directions[i][k] = (float)d[k];
    if (i < 6)
      for (int k = 0; k < 3; k++) directions[i][k] = k == i / 2 ? (i & 1 ? -1.0f : 1.0f) : 0;
  }
  const float angle = 0.11f;
  texture_table_1.cube(&t, (const float(*)[3])directions, angle, COUNT, colors[0]);
  for (int i = 0; i < COUNT; i++) {
    double x = directions[i][0], y = directions[i][1], z = directions[i][2], s, down, major;
    int face;
    if (fabs(x) >= fabs(y) && fabs(x) >= fabs(z))
      face = x < 0, s = x < 0 ? z : -z, down = -y, major = fabs(x);
    else if (fabs(y) >= fabs(z))
      face = 2 + (y < 0), s = x, down = y < 0 ? -z : z, major = fabs(y);
    else
      face = 4 + (z < 0), s = z < 0 ? -x : x, down = -y, major = fabs(z);
    for (int c = 0; c < 3; c++) {
      double u = (s / major + 1) / 2, v = (down / major + 1) / 2;
      double expected = trilinear(&t, face, log2((double)angle * 16), u, v, c, 0);
      assert_true(fabs((double)colors[i][c] - expected) < 1e-3);
    }
  }
#define USE(width)                                                                               \
  do {                                                                                           \
    texture_table_##width.cube(&t, (const float(*)[3])directions, angle, COUNT, wide_colors[0]); \
    assert_memory_equal(colors, wide_colors, sizeof colors);                                     \
  } while (0)
  FOR_EACH_WIDTH(USE);
#undef USE
}

/* ------------------------------------------------------------------------------------------------ formulas */

static double checker_mean(const float m[6]) {
  enum { SAMPLES = 400 };
  double width = fabs((double)m[2]) + fabs((double)m[4]), height = fabs((double)m[3]) + fabs((double)m[5]), sum = 0;
  for (int j = 0; j < SAMPLES; j++)
    for (int i = 0; i < SAMPLES; i++) {
      double u = m[0] + ((i + 0.5) / SAMPLES - 0.5) * width, v = m[1] + ((j + 0.5) / SAMPLES - 0.5) * height;
      sum += ((long)floor(u) + (long)floor(v)) & 1;
    }
  return sum / (SAMPLES * SAMPLES);
}

static void test_checker(void **state) {
  enum { JUDGED = 128 };
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    double size = pow(10, scene_random(-2, 1));
    for (int k = 0; k < 2; k++) at[i][k] = (float)scene_random(-20, 20);
    for (int k = 2; k < 6; k++) at[i][k] = (float)scene_random(-size, size);
  }
  texture_table_1.checker((const float(*)[6])at, COUNT, shares);
  for (int i = 0; i < JUDGED; i++) assert_true(fabs((double)shares[i] - checker_mean(at[i])) < 6e-3);
  for (int i = 0; i < COUNT; i++) assert_true(shares[i] >= 0 && shares[i] <= 1);
#define USE(width)                                                            \
  do {                                                                        \
    texture_table_##width.checker((const float(*)[6])at, COUNT, wide_shares); \
    assert_memory_equal(shares, wide_shares, sizeof shares);                  \
  } while (0)
  FOR_EACH_WIDTH(USE);
#undef USE
  for (int i = 0; i < COUNT; i++) { /* without a footprint the first square has `color`, its neighbours color2 */
    at[i][0] = (float)(i % 7) - 2.5f;
    at[i][1] = (float)(i % 5) - 1.5f;
    for (int k = 2; k < 6; k++) at[i][k] = 0;
  }
  texture_table_1.checker((const float(*)[6])at, COUNT, shares);
  for (int i = 0; i < COUNT; i++) {
    int odd = ((int)floorf(at[i][0]) + (int)floorf(at[i][1])) & 1;
    assert_true(fabsf(shares[i] - (float)odd) < 1e-3f);
  }
}

static void test_noise(void **state) {
  static float cells[COUNT][3];
  (void)state;
  double sum = 0, squares = 0;
  for (int i = 0; i < COUNT; i++)
    for (int k = 0; k < 3; k++) cells[i][k] = (float)scene_random(-300, 300);
  texture_table_1.noise((const float(*)[3])cells, 0.01f, COUNT, shares);
  for (int i = 0; i < COUNT; i++) {
    assert_true(shares[i] >= 0 && shares[i] <= 1);
    sum += (double)shares[i];
    squares += (double)shares[i] * (double)shares[i];
  }
  double mean = sum / COUNT, deviation = sqrt(squares / COUNT - mean * mean);
  print_message("noise: mean %.3f, standard deviation %.3f\n", mean, deviation);
  assert_true(fabs(mean - 0.5) < 0.015);
  assert_true(deviation > 0.12 && deviation < 0.25);
#define USE(width)                                                                    \
  do {                                                                                \
    texture_table_##width.noise((const float(*)[3])cells, 0.01f, COUNT, wide_shares); \
    assert_memory_equal(shares, wide_shares, sizeof shares);                          \
  } while (0)
  FOR_EACH_WIDTH(USE);
#undef USE
  texture_table_1.noise((const float(*)[3])cells, 1, COUNT, wide_shares); /* finer than pixels: the mean */
  for (int i = 0; i < COUNT; i++) assert_true(wide_shares[i] == 0.5f);

  for (int axis = 0; axis < 3; axis++) { /* continuous, across cells and the origin too, and not constant */
    float lowest = 1, highest = 0;
    for (int i = 0; i < COUNT; i++)
      for (int k = 0; k < 3; k++) cells[i][k] = k == axis ? (float)(i - COUNT / 2) / 1000 : 0.3f;
    texture_table_1.noise((const float(*)[3])cells, 0.01f, COUNT, shares);
    for (int i = 1; i < COUNT; i++) {
      assert_true(fabsf(shares[i] - shares[i - 1]) < 0.02f);
      lowest = fminf(lowest, shares[i]);
      highest = fmaxf(highest, shares[i]);
    }
    assert_true(highest - lowest > 0.2f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_trilinear), cmocka_unit_test(test_anisotropic), cmocka_unit_test(test_constant),
      cmocka_unit_test(test_cube),      cmocka_unit_test(test_checker),     cmocka_unit_test(test_noise),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
