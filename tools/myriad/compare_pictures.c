#include "compare_pictures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

enum { CPU, OTHER, SIDES };
enum { COLUMNS = SIDES + 1, CAPTION_BYTES = 128 }; /* the last column marks the differences */

typedef struct picture_pairs {
  view_source *sides[SIDES];
  const char *names[SIDES];
  myr_sheet_cell *cells; /* (series, COLUMNS); pictures and captions, too */
  myr_bitmap *pictures;
  char (*captions)[CAPTION_BYTES];
} picture_pairs;

static int open_side(const char *path, const char *engine, const char *file, view_source **source) {
  const view_options options = {
      .command = &compare_command, .output = file, .engine = engine, .worlds = 1, .scene.seed = -1};
  return is_scenario_path(path) ? open_scene_view(&options, path, source) : open_model_view(&options, path, source);
}

static bool allocate_cells(picture_pairs *pairs) {
  size_t count = (size_t)pairs->sides[CPU]->series_count * COLUMNS;
  pairs->cells = calloc(count, sizeof *pairs->cells);
  pairs->pictures = calloc(count, sizeof *pairs->pictures);
  pairs->captions = calloc(count, sizeof *pairs->captions);
  return pairs->cells && pairs->pictures && pairs->captions;
}

static void free_pairs(picture_pairs *pairs) {
  int count = pairs->pictures ? pairs->sides[CPU]->series_count * COLUMNS : 0;
  for (int i = 0; i < count; i++) myr_bitmap_free(&pairs->pictures[i]);
  free(pairs->cells);
  free(pairs->pictures);
  free(pairs->captions);
  for (int s = 0; s < SIDES; s++)
    if (pairs->sides[s]) pairs->sides[s]->close(pairs->sides[s]);
}

/* Marks the pixels whose labels differ in any bit. Returns their number. */
static int64_t mark_differences(const picture_pairs *pairs, int series, myr_bitmap *picture) {
  static const uint8_t marked[3] = {255, 64, 64};
  const unsigned char *a = pairs->sides[CPU]->label, *b = pairs->sides[OTHER]->label;
  size_t bytes = myr_output_infos[image_of_output(pairs->sides[CPU]->series[series].output)].pixel_bytes;
  int64_t pixels = (int64_t)picture->width * picture->height, different = 0;
  for (int64_t i = 0; i < pixels; i++, a += bytes, b += bytes) {
    if (!memcmp(a, b, bytes)) continue;
    memcpy(picture->pixels + 3 * i, marked, sizeof marked);
    different++;
  }
  return different;
}

static myr_status draw_pair(picture_pairs *pairs, int series, picture_comparison *result, myr_error *error) {
  const view_series *what = &pairs->sides[CPU]->series[series];
  myr_sheet_cell *cells = &pairs->cells[series * COLUMNS];
  myr_bitmap *pictures = &pairs->pictures[series * COLUMNS];
  char(*captions)[CAPTION_BYTES] = &pairs->captions[series * COLUMNS];
  myr_status status = MYR_OK;
  for (int i = 0; i < COLUMNS && !status; i++) {
    cells[i] = (myr_sheet_cell){.picture = &pictures[i], .caption = captions[i]};
    choose_zoom(what, 0, &cells[i].enlarge_x, &cells[i].enlarge_y);
    status = myr_bitmap_create(what->width, what->height, 3, &pictures[i], error);
  }
  for (int s = 0; s < SIDES && !status; s++) {
    char note[NOTE_BYTES];
    status = pairs->sides[s]->draw(pairs->sides[s], series, 0, &pictures[s], note, error);
    snprintf(captions[s], CAPTION_BYTES, "%s %s, %s%s%s", what->camera, view_output_name(what->output), pairs->names[s],
             *note ? "\n" : "", note);
  }
  if (status) return status;
  int64_t pixels = (int64_t)what->width * what->height, different = mark_differences(pairs, series, &pictures[SIDES]);
  snprintf(captions[SIDES], CAPTION_BYTES, "%" PRId64 " of %" PRId64 " pixels differ", different, pixels);
  result->pictures++;
  result->pixels += pixels;
  result->different += different;
  return MYR_OK;
}

static myr_status write_pairs(picture_pairs *pairs, const char *file, picture_comparison *result, myr_error *error) {
  int count = pairs->sides[CPU]->series_count;
  myr_bitmap sheet = {0};
  myr_status status =
      allocate_cells(pairs) ? MYR_OK : myr_fail(error, MYR_ERROR, "too little memory for %d pictures", count * COLUMNS);
  for (int i = 0; i < count && !status; i++) status = draw_pair(pairs, i, result, error);
  if (!status)
    status = myr_sheet_compose(pairs->cells, count * COLUMNS, COLUMNS, pairs->sides[CPU]->title, &sheet, error);
  if (!status) status = myr_png_write(file, &sheet, error);
  myr_bitmap_free(&sheet);
  return status;
}

int compare_pictures(const char *path, const char *against, const char *file, picture_comparison *result) {
  picture_pairs pairs = {.names = {[CPU] = "cpu", [OTHER] = against}};
  *result = (picture_comparison){0};
  int code = EXIT_DONE;
  for (int s = 0; s < SIDES && !code; s++) code = open_side(path, pairs.names[s], file, &pairs.sides[s]);
  if (!code) {
    myr_error error = {0};
    myr_status status = write_pairs(&pairs, file, result, &error);
    if (status) code = report_failure(&compare_command, status, &error);
  }
  free_pairs(&pairs);
  return code;
}
