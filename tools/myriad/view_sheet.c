/* myriad view: the sheet of pictures, and which picture each of its cells shows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view_sheet.h"

static int allocate_cells(arrangement *cells, size_t count, int columns) {
  *cells = (arrangement){0};
  if (count > MYR_PICTURE_SIDE) {
    fprintf(stderr, "myriad view: a sheet of %zu pictures is too large: show fewer\n", count);
    return EXIT_USAGE;
  }
  *cells = (arrangement){calloc(count, sizeof(int)), calloc(count, sizeof(int)), (int)count, columns};
  if (cells->series && cells->steps) return EXIT_DONE;
  fprintf(stderr, "myriad view: too little memory for a sheet of %zu pictures\n", count);
  return EXIT_ERROR;
}

void free_cells(arrangement *cells) {
  free(cells->series);
  free(cells->steps);
}

static bool same_camera(const view_series *a, const view_series *b) {
  return a->episode == b->episode && !strcmp(a->camera, b->camera);
}

/* Returns the number of columns that makes a sheet of square cells about as wide as high. */
static int square_columns(int count) {
  int columns = 1;
  while (columns * columns < count) columns++;
  return columns;
}

/* Arranges all series at one step. If each camera has one output, the cameras of an episode share a row; otherwise the
 * outputs of a camera share a row. If each episode has a single series, or a single camera has many outputs, the cells
 * fill a square. */
int arrange_series(const view_source *source, int step, arrangement *cells) {
  int outputs = 0, cameras = 0, longest = 0, per_episode = 0;
  for (int i = 0; i < source->series_count; i++) {
    bool first = i == 0 || !same_camera(&source->series[i], &source->series[i - 1]);
    outputs = first ? 1 : outputs + 1;
    cameras += first;
    longest = outputs > longest ? outputs : longest;
    per_episode += source->series[i].episode == source->series[0].episode;
  }
  enum { WIDEST_ROW = 5 };
  bool rows_of_outputs = longest > 1 && (cameras > 1 || longest <= WIDEST_ROW);
  int columns = rows_of_outputs                  ? longest
                : cameras > 1 && per_episode > 1 ? per_episode
                                                 : square_columns(source->series_count);
  int count = rows_of_outputs ? cameras * longest : source->series_count;
  int code = allocate_cells(cells, (size_t)count, columns);
  if (code) return code;
  for (int i = 0; i < count; i++) cells->series[i] = -1;
  for (int i = 0, at = 0; i < source->series_count; i++, at++) {
    if (rows_of_outputs && i && !same_camera(&source->series[i], &source->series[i - 1]))
      at = (at + longest - 1) / longest * longest;
    cells->series[at] = i;
    cells->steps[at] = step;
  }
  return EXIT_DONE;
}

/* Returns the step of the k-th of n moments, evenly spread from the first step to the last. Every moment is a frame of
 * the fastest camera. */
static int moment(const view_source *source, int k, int n) {
  if (n < 2) return 0;
  int last = (source->steps - 1) / source->every;
  return (int)((int64_t)k * last / (n - 1)) * source->every;
}

static int moments_of(const view_source *source, int64_t wanted) {
  int all = (source->steps - 1) / source->every + 1;
  return wanted < all ? (int)wanted : all;
}

/* Arranges each series in a row of moments. A single series is wrapped into several rows. */
int arrange_time(const view_source *source, int64_t frames, arrangement *cells) {
  enum { SHEET_FRAMES = 8, WRAPPED = 4 };
  int moments = moments_of(source, frames ? frames : SHEET_FRAMES);
  int columns = source->series_count == 1 && moments > WRAPPED ? square_columns(moments) : moments;
  if (source->series_count == 1 && columns < WRAPPED && moments > WRAPPED) columns = WRAPPED;
  int code = allocate_cells(cells, (size_t)source->series_count * (size_t)moments, columns);
  if (code) return code;
  for (int i = 0; i < cells->count; i++) {
    cells->series[i] = i / moments;
    cells->steps[i] = moment(source, i % moments, moments);
  }
  return EXIT_DONE;
}

enum { CAPTION_BYTES = 256 };

static void write_caption(const view_source *source, int series, int step, const char *note,
                          char caption[CAPTION_BYTES]) {
  const view_series *of = &source->series[series];
  char episode[32] = "", time[32] = "";
  if (of->episode >= 0) snprintf(episode, sizeof episode, "%" PRId64 " ", of->episode);
  if (source->steps > 1) {
    /* The time is as wide as that of the last frame, so that the captions of all frames break at the same place. */
    int width = snprintf(NULL, 0, "%.2f", (source->steps - 1) * source->period);
    snprintf(time, sizeof time, " %*.2f s", width, step * source->period);
  }
  snprintf(caption, CAPTION_BYTES, "%s%s %s%s%s%s", episode, of->camera, view_output_name(of->output), time,
           *note ? "\n" : "", note);
}

void choose_zoom(const view_series *series, int64_t zoom, int *x, int *y) {
  enum { WIDE = 160, HIGH = 96, LARGEST = 16 }; /* px */
  if (zoom) {
    *x = *y = (int)zoom;
    return;
  }
  *x = (WIDE + series->width - 1) / series->width;
  *y = ((series->beams ? HIGH : WIDE) + series->height - 1) / series->height;
  if (!series->beams) *x = *y = *x < *y ? *x : *y; /* a camera's pixels must stay square, beams need not */
  if (*x > LARGEST) *x = LARGEST;
  if (*y > LARGEST) *y = LARGEST;
}

/* Checks that the sheet has a possible size, before anything is drawn. */
static myr_status check_size(const view_source *source, const arrangement *arrangement, myr_sheet_cell *cells,
                             myr_bitmap *pictures, myr_error *error) {
  for (int i = 0; i < arrangement->count; i++) {
    if (arrangement->series[i] < 0) continue;
    const view_series *series = &source->series[arrangement->series[i]];
    pictures[i] = (myr_bitmap){.width = series->width, .height = series->height, .channels = 3};
    cells[i].picture = &pictures[i];
  }
  int width, height;
  return myr_sheet_measure(cells, arrangement->count, arrangement->columns, source->title, &width, &height, error);
}

static myr_status draw_cells(view_source *source, int64_t zoom, const arrangement *arrangement, myr_sheet_cell *cells,
                             myr_bitmap *pictures, char (*captions)[CAPTION_BYTES], myr_bitmap *sheet,
                             myr_error *error) {
  for (int i = 0; i < arrangement->count; i++)
    if (arrangement->series[i] >= 0)
      choose_zoom(&source->series[arrangement->series[i]], zoom, &cells[i].enlarge_x, &cells[i].enlarge_y);
  myr_status status = check_size(source, arrangement, cells, pictures, error);
  for (int i = 0; i < arrangement->count && !status; i++) {
    int index = arrangement->series[i];
    if (index < 0) continue;
    char note[NOTE_BYTES] = "";
    status = myr_bitmap_create(source->series[index].width, source->series[index].height, 3, &pictures[i], error);
    if (!status) status = source->draw(source, index, arrangement->steps[i], &pictures[i], note, error);
    write_caption(source, index, arrangement->steps[i], note, captions[i]);
    cells[i].caption = captions[i];
  }
  if (!status) status = myr_sheet_compose(cells, arrangement->count, arrangement->columns, source->title, sheet, error);
  return status;
}

myr_status compose_sheet(view_source *source, int64_t zoom, const arrangement *arrangement, myr_bitmap *sheet,
                         myr_error *error) {
  size_t count = (size_t)arrangement->count;
  myr_sheet_cell *cells = calloc(count, sizeof *cells);
  myr_bitmap *pictures = calloc(count, sizeof *pictures);
  char(*captions)[CAPTION_BYTES] = calloc(count, sizeof *captions);
  *sheet = (myr_bitmap){0};
  myr_status status = cells && pictures && captions
                          ? draw_cells(source, zoom, arrangement, cells, pictures, captions, sheet, error)
                          : myr_fail(error, MYR_ERROR, "too little memory for a sheet of %zu pictures", count);
  for (size_t i = 0; pictures && i < count; i++) myr_bitmap_free(&pictures[i]);
  free(cells);
  free(pictures);
  free(captions);
  return status;
}
