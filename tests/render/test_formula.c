/* Tests pictures that a formula can replace: which pictures are recognized, and that a formula looks like its
 * bitmap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "kernels/model.h"
#include "render/render.h"
#include "render/texture.h"
#include "tests/sim/scratch_file.h"

/* ------------------------------------------------------------------------------------------------ recognition */
static uint8_t pixels[6 * 64 * 64 * 4];

/* Makes a checker. Its alpha, which nobody reads, differs from pixel to pixel. */
static texture_source checker(int width, int height, int channels, int faces) {
  for (int i = 0; i < width * height * faces; i++) {
    int x = i % width, y = i / width % height, second = (x < width / 2) != (y < height / 2);
    for (int c = 0; c < channels; c++) pixels[i * channels + c] = (uint8_t)(c == 3 ? i : 51 * (1 + c) + 17 * second);
  }
  return (texture_source){pixels, width, height, channels, faces, true};
}

static void recognizes_checkers(void **state) {
  (void)state;
  const int channels[] = {1, 3, 4};
  for (int k = 0; k < 3; k++) {
    texture_source source = checker(64, 64, channels[k], 1);
    texture_formula formula = texture_recognize(&source);
    assert_int_equal(formula.pattern, MYR_PATTERN_CHECKER);
    for (int c = 0; c < 3; c++) {
      int stored = channels[k] == 1 ? 0 : c;
      assert_float_equal(formula.color[c], (float)(51 * (1 + stored)) / 255, 1e-6);
      assert_float_equal(formula.color2[c], (float)(51 * (1 + stored) + 17) / 255, 1e-6);
    }
    for (int i = 0; i < 64 * 64; i += 63) { /* any pixel may spoil it */
      pixels[i * channels[k]] ^= 1;
      assert_int_equal(texture_recognize(&source).pattern, MYR_PATTERN_BITMAP);
      pixels[i * channels[k]] ^= 1;
    }
  }
}

static texture_source cross(int size) {
  for (int i = 0; i < size * size * 6; i++) {
    int x = i % size, y = i / size % size, line = x == size / 2 || y == size / 2;
    for (int c = 0; c < 3; c++) pixels[i * 3 + c] = (uint8_t)(line ? 255 : 51 * (1 + c));
  }
  return (texture_source){pixels, size, size, 3, 6, true};
}

static void recognizes_crosses(void **state) {
  (void)state;
  for (int size = 32; size <= 37; size++) {
    texture_source source = cross(size);
    texture_formula formula = texture_recognize(&source);
    assert_int_equal(formula.pattern, MYR_PATTERN_CROSS);
    for (int c = 0; c < 3; c++) {
      assert_float_equal(formula.color[c], 0.2f * (float)(1 + c), 1e-6);
      assert_float_equal(formula.color2[c], 1, 1e-6);
    }
    for (int i = 0; i < size * size * 6; i += 31) {
      pixels[i * 3 + 1] ^= 1;
      assert_int_equal(texture_recognize(&source).pattern, MYR_PATTERN_BITMAP);
      pixels[i * 3 + 1] ^= 1;
    }
  }
  texture_source plane = cross(36), small = cross(31);
  plane.faces = 1;
  assert_int_equal(texture_recognize(&small).pattern, MYR_PATTERN_BITMAP);
  assert_int_equal(texture_recognize(&plane).pattern, MYR_PATTERN_BITMAP);
}

static void leaves_bitmaps(void **state) {
  (void)state;
  const int sizes[][3] = {{62, 64, 1}, {64, 62, 1}, {63, 64, 1}, {64, 63, 1}, {8, 8, 1}, {64, 64, 6}};
  for (int i = 0; i < 6; i++) {
    texture_source source = checker(sizes[i][0], sizes[i][1], 3, sizes[i][2]);
    assert_int_equal(texture_recognize(&source).pattern, MYR_PATTERN_BITMAP);
  }
}

static void recognizes_one_color(void **state) {
  (void)state;
  const texture_source sources[] = {{pixels, 5, 3, 3, 1, true}, {pixels, 8, 8, 3, 6, true}, {pixels, 1, 1, 1, 1, true}};
  for (int i = 0; i < 3; i++) {
    const texture_source *s = &sources[i];
    memset(pixels, 102, sizeof pixels);
    texture_formula formula = texture_recognize(s);
    assert_int_equal(formula.pattern, MYR_PATTERN_NONE);
    for (int c = 0; c < 3; c++) assert_float_equal(formula.color[c], 0.4f, 1e-6);
    int count = s->width * s->height * s->faces;
    pixels[count * s->channels - 1] = 103;
    if (count > 1) assert_int_equal(texture_recognize(s).pattern, MYR_PATTERN_BITMAP);
  }
}

/* ------------------------------------------------------------------------------------------------ drawing */
enum { SIDE = 96 };

static void draw(const char *text, uint8_t rgb[SIDE * SIDE * 3]) {
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml", text, path);
  myr_error error = {0};
  myr_model *model = NULL;
  myr_appearance *appearance = NULL;
  myr_look *look = NULL;
  myr_renderer *renderer = NULL;
  if (myr_model_load(path, &model, &error) || myr_appearance_load(path, model, &appearance, &error) ||
      myr_look_create(model, appearance, NULL, &look, &error))
    fail_msg("%s", error.message);
  unlink(path);
  const myr_renderer_description description = {
      .look = look, .width = SIDE, .height = SIDE, .samples = 1, .matt = true};
  assert_int_equal(myr_renderer_create(&description, &renderer, &error), MYR_OK);
  myr_world_look *world = aligned_alloc(64, myr_look_world_bytes(look));
  float *position = calloc((size_t)model->nbody * 3, sizeof *position);
  float *quaternion = calloc((size_t)model->nbody * 4, sizeof *quaternion);
  assert_true(world && position && quaternion);
  for (int b = 0; b < model->nbody; b++) quaternion[4 * b] = 1;
  myr_look_resolve(look, myr_look_describe(look)->defaults, world);
  const myr_poses poses = {.position = position, .quaternion = quaternion};
  const myr_image image = {.pixels = {.rgb = rgb}};
  myr_renderer_pose(renderer, 0, world, &poses, NULL);
  myr_renderer_draw(renderer, 0, 0, &image, NULL);
  free(quaternion);
  free(position);
  free(world);
  myr_renderer_destroy(renderer);
  myr_look_free(look);
  myr_appearance_free(appearance);
  myr_model_free(model);
}

/* Draws a tinted floor from above, so close that a square is about 20 pixels wide. */
static void draw_floor(const char *texture, const char *material, uint8_t rgb[SIDE * SIDE * 3]) {
  char text[1024];
  snprintf(
      text, sizeof text,
      "<mujoco><asset><texture name='t' type='2d' %s/><material name='m' texture='t' rgba='.9 .7 .8 1' %s/></asset>"
      "<worldbody><geom name='floor' type='plane' size='2 1 .1' material='m'/><body pos='9 9 9'><freejoint/>"
      "<geom size='.1'/></body><camera name='c' pos='.3 .2 2' xyaxes='.96 .28 0 -.28 .96 0' fovy='50'/></worldbody>"
      "</mujoco>",
      texture, material);
  draw(text, rgb);
}

/* Draws three faces of a tinted cube, seen from one corner or from the opposite one. A face is about 40 pixels wide. */
static void draw_cube(const char *texture, bool opposite, uint8_t rgb[SIDE * SIDE * 3]) {
  char text[1024];
  snprintf(
      text, sizeof text,
      "<mujoco><asset><texture name='t' type='cube' builtin='flat' rgb1='.7 .5 .3' rgb2='.7 .5 .3' %s/>"
      "<material name='m' texture='t' rgba='.9 .7 .8 1'/></asset><visual><headlight ambient='.9 .9 .9'/></visual>"
      "<worldbody><geom type='box' size='1 1 1' material='m'/><body pos='9 9 -9'><freejoint/><geom size='.1'/></body>"
      "<camera name='c' pos='%s' xyaxes='%s' fovy='40'/></worldbody></mujoco>",
      texture, opposite ? "-3 -2.4 -3.4" : "3 2.4 3.4", opposite ? "2.4 -3 0 -3 -2.4 4.34" : "-2.4 3 0 -3 -2.4 4.34");
  draw(text, rgb);
}

/* Returns the number of pixels that differ by more than rounding. There are some, because the squares of a small bitmap
 * blend into each other along their edges. */
static int different_pixels(const uint8_t *a, const uint8_t *b) {
  int different = 0;
  for (int i = 0; i < SIDE * SIDE; i++) {
    int apart = 0;
    for (int c = 0; c < 3; c++) apart |= abs(a[3 * i + c] - b[3 * i + c]) > 2;
    different += apart;
  }
  return different;
}

/* A bitmap of 64 x 64 pixels is drawn as the formula, one of 62 x 62 as a bitmap. */
static void draws_checkers_like_bitmaps(void **state) {
  (void)state;
  static const char *const materials[] = {"texuniform='true' texrepeat='2 3'", "texrepeat='7 3'"};
  static uint8_t formula[SIDE * SIDE * 3], bitmap[SIDE * SIDE * 3], flat[SIDE * SIDE * 3];
  for (int i = 0; i < 2; i++) {
    draw_floor("builtin='checker' rgb1='.9 .5 .2' rgb2='.2 .3 .6' width='64' height='64'", materials[i], formula);
    draw_floor("builtin='checker' rgb1='.9 .5 .2' rgb2='.2 .3 .6' width='62' height='62'", materials[i], bitmap);
    draw_floor("builtin='flat' rgb1='.9 .5 .2' width='64' height='64'", materials[i], flat);
    assert_true(different_pixels(formula, bitmap) < SIDE * SIDE / 4);
    int others = different_pixels(formula, flat); /* half of the squares are of the first colour */
    assert_true(others > SIDE * SIDE / 3 && others < SIDE * SIDE * 2 / 3);
  }
}

/* By how much the marks make a picture lighter, and where. */
typedef struct marks {
  double light, x, y;
} marks;
static marks marks_of(const uint8_t *marked, const uint8_t *flat) {
  marks m = {0, 0, 0};
  for (int i = 0; i < SIDE * SIDE * 3; i++) {
    double more = marked[i] - flat[i];
    m.light += more;
    m.x += more * (i / 3 % SIDE);
    m.y += more * (i / 3 / SIDE);
  }
  m.x /= m.light;
  m.y /= m.light;
  return m;
}

/* A bitmap of 32 x 32 pixels is drawn as the formula, one of 30 x 30 as a bitmap, so its lines are blurred and a little
 * wider. */
static void draws_crosses_like_bitmaps(void **state) {
  (void)state;
  static uint8_t formula[SIDE * SIDE * 3], bitmap[SIDE * SIDE * 3], flat[SIDE * SIDE * 3];
  for (int i = 0; i < 2; i++) {
    draw_cube("mark='cross' markrgb='.8 .7 .6' width='32' height='32'", i, formula);
    draw_cube("mark='cross' markrgb='.8 .7 .6' width='30' height='30'", i, bitmap);
    draw_cube("width='32' height='32'", i, flat);
    const marks a = marks_of(formula, flat), b = marks_of(bitmap, flat);
    print_message("light %g and %g, at %.2f %.2f and %.2f %.2f\n", a.light, b.light, a.x, a.y, b.x, b.y);
    assert_true(a.light > 5000);
    assert_float_equal(a.light * 32 / 30, b.light, 0.05 * b.light);
    assert_float_equal(a.x, b.x, 0.2);
    assert_float_equal(a.y, b.y, 0.2);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(recognizes_checkers),
      cmocka_unit_test(recognizes_crosses),
      cmocka_unit_test(leaves_bitmaps),
      cmocka_unit_test(recognizes_one_color),
      cmocka_unit_test(draws_checkers_like_bitmaps),
      cmocka_unit_test(draws_crosses_like_bitmaps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
