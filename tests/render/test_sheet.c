/* Tests false colours, marks and sheets. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/render/noisy_bitmap.h"

/* ---------------------------------------------------------------------------------------------------- colours */

/* Returns an approximate luminance (weights of Rec. 709), good enough to order colours. */
static double lightness(const uint8_t *rgb) { return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]; }

static void depth_colors(void **state) {
  (void)state;
  enum { COUNT = 200 };
  float depth[COUNT], nearest, farthest;
  uint8_t rgb[COUNT * 3];
  for (int i = 0; i < COUNT; i++) depth[i] = 0.3f * powf(1.03f, (float)i);
  assert_true(myr_depth_range(depth, COUNT, &nearest, &farthest));
  assert_true(nearest == depth[0] && farthest == depth[COUNT - 1]);
  myr_color_depth(depth, COUNT, nearest, farthest, rgb);
  for (int i = 1; i < COUNT; i++) assert_true(lightness(rgb + 3 * i) <= lightness(rgb + 3 * i - 3) + 1);
  assert_true(lightness(rgb) > 230 && lightness(rgb + 3 * COUNT - 3) < 20);
  assert_true(lightness(rgb + 3 * COUNT - 3) > 0); /* far is not nothing */
  float odd[] = {0, -1, NAN, INFINITY, 1e-30f, 1e30f};
  myr_color_depth(odd, 6, 0.5f, 0.5f, rgb);
  for (int i = 0; i < 12; i++) assert_int_equal(rgb[i], 0);
  assert_false(myr_depth_range(odd, 4, &nearest, &farthest));
  assert_true(myr_depth_range(odd, 6, &nearest, &farthest) && nearest == 1e-30f && farthest == 1e30f);
}

static void id_colors(void **state) {
  (void)state;
  enum { COUNT = 24 };
  int32_t ids[COUNT];
  uint8_t rgb[COUNT * 3], one[3];
  for (int i = 0; i < COUNT; i++) ids[i] = i;
  myr_color_ids(ids, COUNT, rgb);
  assert_true(lightness(rgb) < 25);
  for (int i = 0; i < COUNT; i++) {
    myr_color_of_id(i, one);
    assert_memory_equal(one, rgb + 3 * i, 3);
    for (int j = 0; j < i; j++) {
      int difference = 0;
      for (int c = 0; c < 3; c++) difference += abs(rgb[3 * i + c] - rgb[3 * j + c]);
      if (difference < 40) fail_msg("ids %d and %d look alike", i, j);
    }
  }
  int32_t odd[] = {-1, INT32_MIN, INT32_MAX, 0, 0};
  myr_color_ids(odd, 5, rgb);
  assert_memory_equal(rgb + 9, rgb + 12, 3);
}

static void vector_colors(void **state) {
  (void)state;
  float normals[] = {0, 0, -1, 1, 0, 0, 0, -1, 0, 0, 0, 0, NAN, 2, -2};
  uint8_t rgb[15];
  myr_color_normals(normals, 5, rgb);
  const uint8_t expected[] = {128, 128, 0, 255, 128, 128, 128, 0, 128, 0, 0, 0, 0, 255, 0};
  assert_memory_equal(rgb, expected, 15);
  float flow[] = {0, 0, 3, 0, -3, 0, 1e30f, 0, NAN, 1};
  myr_color_flow(flow, 5, 3, rgb);
  const uint8_t wheel[] = {255, 255, 255, 255, 159, 159, 128, 223, 223};
  for (int i = 0; i < 9; i++) assert_true(abs(rgb[i] - wheel[i]) <= 1);
  for (int i = 12; i < 15; i++) assert_int_equal(rgb[i], 255);
  float intensity[] = {-1, 0, 0.25f, 1, 7};
  myr_color_intensity(intensity, 5, rgb);
  const uint8_t greys[] = {0, 0, 128, 255, 255};
  for (int i = 0; i < 15; i++) assert_int_equal(rgb[i], greys[i / 3]);
}

static int marked(const myr_bitmap *bitmap) {
  int count = 0;
  for (int i = 0; i < bitmap->width * bitmap->height; i++) count += bitmap->pixels[3 * i] == 200;
  return count;
}

static void marks(void **state) {
  (void)state;
  static const uint8_t ink[3] = {200, 10, 20};
  struct {
    int32_t box[4];
    bool dashed;
    int pixels;
  } boxes[] = {
      {{2, 3, 12, 8}, false, 2 * 10 + 2 * 3},
      {{2, 3, 3, 4}, false, 1},
      {{0, 0, 0, 0}, false, 0},
      {{5, 5, 4, 9}, false, 0},
      {{-100, -100, 1000, 1000}, false, 0},
      {{-5, 4, 1000000000, 6}, false, 40},
      {{0, 0, 12, 1}, true, 7},
      {{INT32_MIN + 1, 0, INT32_MAX, 1}, false, 20},
  };
  for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
    myr_bitmap bitmap;
    assert_int_equal(myr_bitmap_create(20, 10, 3, &bitmap, NULL), MYR_OK);
    myr_mark_box(&bitmap, boxes[i].box, boxes[i].dashed, ink);
    if (marked(&bitmap) != boxes[i].pixels) fail_msg("box %zu: %d pixels", i, marked(&bitmap));
    myr_bitmap_free(&bitmap);
  }
  struct {
    float u, v;
    int pixels;
  } crosses[] = {{10.5f, 5, 9}, {0, 0, 5}, {-1.5f, 5, 1}, {-50, 5, 0}, {NAN, 5, 0}, {5, INFINITY, 0}, {19.9f, 9.9f, 5}};
  for (size_t i = 0; i < sizeof crosses / sizeof *crosses; i++) {
    myr_bitmap bitmap;
    assert_int_equal(myr_bitmap_create(20, 10, 3, &bitmap, NULL), MYR_OK);
    myr_mark_cross(&bitmap, crosses[i].u, crosses[i].v, 2, ink);
    if (marked(&bitmap) != crosses[i].pixels) fail_msg("cross %zu: %d pixels", i, marked(&bitmap));
    myr_bitmap_free(&bitmap);
  }
}

static void lines_and_text(void **state) {
  (void)state;
  static const uint8_t ink[3] = {200, 10, 20};
  struct {
    int ends[4], pixels;
  } lines[] = {{{2, 3, 11, 3}, 10}, {{4, 8, 4, 1}, 8},    {{0, 0, 9, 9}, 10},    {{9, 4, 0, 9}, 10},
               {{5, 5, 5, 5}, 1},   {{-7, 2, 40, 2}, 20}, {{-9, -9, -1, -1}, 0}, {{INT32_MIN, 0, INT32_MAX, 0}, 0}};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    myr_bitmap bitmap;
    assert_int_equal(myr_bitmap_create(20, 10, 3, &bitmap, NULL), MYR_OK);
    myr_mark_line(&bitmap, lines[i].ends[0], lines[i].ends[1], lines[i].ends[2], lines[i].ends[3], ink);
    if (marked(&bitmap) != lines[i].pixels) fail_msg("line %zu: %d pixels", i, marked(&bitmap));
    myr_bitmap_free(&bitmap);
  }
  myr_bitmap bitmap;
  assert_int_equal(myr_bitmap_create(20, 10, 3, &bitmap, NULL), MYR_OK);
  myr_mark_text(&bitmap, 1, 0, "-", ink);
  assert_int_equal(marked(&bitmap), 5); /* a dash is as wide as a letter */
  myr_mark_text(&bitmap, 7, 0, " -\x01", ink);
  assert_true(marked(&bitmap) > 10); /* another dash, and a question mark that lies partly outside */
  myr_mark_text(&bitmap, -100, 300, "outside", ink);
  myr_bitmap_free(&bitmap);
}

/* ---------------------------------------------------------------------------------------------------- sheets */

/* Whether the enlarged picture stands in the sheet at (x, y), with no pixel covered. */
static bool contains(const myr_bitmap *sheet, const myr_bitmap *picture, int enlarge_x, int enlarge_y, int x, int y) {
  for (int j = 0; j < picture->height * enlarge_y; j++)
    for (int i = 0; i < picture->width * enlarge_x; i++)
      if (memcmp(sheet->pixels + ((y + j) * sheet->width + x + i) * 3,
                 picture->pixels + (j / enlarge_y * picture->width + i / enlarge_x) * 3, 3) != 0)
        return false;
  return true;
}

static void sheets(void **state) {
  (void)state;
  enum { MARGIN = 8, NARROWEST = 132 };
  myr_bitmap wide = noisy(200, 10, 3), small = noisy(30, 20, 3), sheet;
  myr_sheet_cell cells[] = {{&wide, NULL, 1, 1}, {&small, NULL, 2, 3}, {NULL, NULL, 0, 0}, {&small, NULL, 1, 1}};
  int width, height;
  myr_bitmap without_pixels = {200, 10, 3, NULL};
  cells[0].picture = &without_pixels;
  assert_int_equal(myr_sheet_measure(cells, 4, 2, NULL, &width, &height, NULL), MYR_OK);
  cells[0].picture = &wide;
  assert_int_equal(myr_sheet_compose(cells, 4, 2, NULL, &sheet, NULL), MYR_OK);
  assert_true(width == sheet.width && height == sheet.height);
  assert_int_equal(sheet.width, MARGIN + 200 + MARGIN + NARROWEST + MARGIN);
  assert_int_equal(sheet.height, MARGIN + 60 + MARGIN + 20 + MARGIN);
  assert_true(contains(&sheet, &wide, 1, 1, MARGIN, MARGIN));
  assert_true(contains(&sheet, &small, 2, 3, 2 * MARGIN + 200, MARGIN));
  assert_true(contains(&sheet, &small, 1, 1, 2 * MARGIN + 200, 2 * MARGIN + 60));
  myr_bitmap_free(&sheet);

  /* Captions make their row higher by whole lines, and cover no picture. */
  int previous = height;
  const char *captions[] = {"one line", "two lines, for it is longer than its picture is wide", "three\nlines\nby hand",
                            ("awordthatislongerthanthewholecolumnandhastobecutsomewhereorother"
                             "awordthatislongerthanthewholecolumnandhastobecutsomewhereorother")};
  for (int i = 0; i < 4; i++) {
    cells[0].caption = captions[i];
    assert_int_equal(myr_sheet_compose(cells, 4, 2, NULL, &sheet, NULL), MYR_OK);
    if (i < 3)
      assert_true(sheet.height > previous);
    else
      assert_true(sheet.height >= previous);
    assert_true(contains(&sheet, &wide, 1, 1, MARGIN, MARGIN));
    assert_true(contains(&sheet, &small, 1, 1, 2 * MARGIN + 200, sheet.height - MARGIN - 20));
    previous = sheet.height;
    myr_bitmap_free(&sheet);
  }
  cells[0].caption = "";
  assert_int_equal(myr_sheet_compose(cells, 4, 2, "a title \xc3\xa9", &sheet, NULL), MYR_OK);
  myr_bitmap_free(&sheet);
  assert_int_equal(myr_sheet_compose(cells, 0, 2, NULL, &sheet, NULL), MYR_INVALID);
  assert_int_equal(myr_sheet_compose(cells, 4, 0, NULL, &sheet, NULL), MYR_INVALID);
  cells[1].enlarge_x = 1000;
  assert_int_equal(myr_sheet_measure(cells, 4, 2, NULL, &width, &height, NULL), MYR_INVALID);
  assert_int_equal(myr_sheet_compose(cells, 4, 2, NULL, &sheet, NULL), MYR_INVALID);
  assert_null(sheet.pixels);
  myr_bitmap_free(&wide);
  myr_bitmap_free(&small);
}

/* Different letters look different, and every letter has ink. */
static void letters(void **state) {
  (void)state;
  myr_bitmap dot = noisy(1, 1, 3), sheets[95];
  for (int i = 0; i < 95; i++) {
    char caption[2] = {(char)(' ' + i), 0};
    myr_sheet_cell cell = {&dot, caption, 1, 1};
    assert_int_equal(myr_sheet_compose(&cell, 1, 1, NULL, &sheets[i], NULL), MYR_OK);
    size_t bytes = (size_t)(sheets[i].width * sheets[i].height * 3);
    for (int j = 0; j < i; j++)
      if (!memcmp(sheets[i].pixels, sheets[j].pixels, bytes)) fail_msg("'%c' looks like '%c'", ' ' + i, ' ' + j);
  }
  for (int i = 0; i < 95; i++) myr_bitmap_free(&sheets[i]);
  myr_bitmap_free(&dot);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(depth_colors), cmocka_unit_test(id_colors),      cmocka_unit_test(vector_colors),
      cmocka_unit_test(marks),        cmocka_unit_test(lines_and_text), cmocka_unit_test(sheets),
      cmocka_unit_test(letters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
