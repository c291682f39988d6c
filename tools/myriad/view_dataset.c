/* myriad view of a dataset: shows the pictures that an episode recorded. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

enum { PATH_BYTES = 256 };

typedef struct dataset_view {
  view_source source;
  myr_dataset *dataset;
  depth_limits *limits; /* (series) */
  int64_t *rows;        /* (series) rows of the series' array in its episode */
} dataset_view;

/* ---------------------------------------------------------------------------------------------------- reading */

static void array_path(const char *folder, const char *camera, const char *suffix, char path[PATH_BYTES]) {
  snprintf(path, PATH_BYTES, "%s/%s_%s", folder, camera, suffix);
}

static void picture_path(const view_series *series, char path[PATH_BYTES]) {
  int image = series->millimetres ? (int)MYR_OUTPUT_millimetres : image_of_output(series->output);
  const char *name = myr_picture_name(image, series->beams);
  array_path(myr_picture_group(image), series->camera, name ? name : myr_picture_name(image, !series->beams), path);
}

/* Reads one row of an array below labels/. */
static myr_status read_label(dataset_view *view, const view_series *series, const char *suffix, int64_t row,
                             enum myr_array_type type, myr_array *array, myr_error *error) {
  char path[PATH_BYTES];
  array_path("labels", series->camera, suffix, path);
  myr_status status = myr_dataset_read_rows(view->dataset, series->episode, path, row, 1, array, error);
  if (status || array->type == type) return status;
  myr_array_free(array);
  return myr_fail(error, MYR_ERROR, "%s of episode %" PRId64 " is not of the expected type", path, series->episode);
}

static myr_status mark_boxes(dataset_view *view, const view_series *series, int64_t row, myr_bitmap *picture,
                             myr_error *error) {
  static const char *const suffixes[] = {"box_loose", "box_tight"};
  for (int k = 0; k < 2; k++) {
    myr_array boxes;
    myr_status status = read_label(view, series, suffixes[k], row, MYR_ARRAY_I32, &boxes, error);
    if (status) return status;
    for (int64_t i = 0; 4 * i + 3 < boxes.count; i++) {
      uint8_t color[3];
      myr_color_of_id((int32_t)i + 1, color);
      myr_mark_box(picture, (const int32_t *)boxes.data + 4 * i, k == 0, color);
    }
    myr_array_free(&boxes);
  }
  return MYR_OK;
}

static myr_status mark_recorded_keypoints(dataset_view *view, const view_series *series, int64_t row,
                                          myr_bitmap *picture, myr_error *error) {
  myr_array keypoints;
  myr_status status = read_label(view, series, "keypoints", row, MYR_ARRAY_F32, &keypoints, error);
  if (status) return status;
  mark_keypoints(keypoints.data, (int)(keypoints.count / MYR_KEYPOINT), picture);
  myr_array_free(&keypoints);
  return MYR_OK;
}

/* Converts depth in millimetres to metres, which color_view_output needs. */
static bool to_metres(myr_array *array) {
  if (array->type != MYR_ARRAY_U16) return true;
  float *metres = malloc((size_t)array->count * sizeof *metres);
  if (!metres) return false;
  for (int64_t i = 0; i < array->count; i++) metres[i] = (float)((const uint16_t *)array->data)[i] * 1e-3f;
  free(array->data);
  array->data = metres;
  array->type = MYR_ARRAY_F32;
  return true;
}

/* Whether the array can be a row of the series' output: it has the right type and count of numbers in each pixel. */
static bool has_expected_form(const view_series *series, const myr_array *array) {
  static const enum myr_array_type types[MYR_OUTPUT_COUNT] = {
#define OUTPUT(name, type, ...) MYR_ARRAY_##type,
#include "kernels/output.def"
  };
  int image = image_of_output(series->output);
  return array->type == types[image] &&
         array->count == (int64_t)series->width * series->height * myr_output_infos[image].channels;
}

static myr_status draw(view_source *source, int index, int step, myr_bitmap *picture, char note[NOTE_BYTES],
                       myr_error *error) {
  dataset_view *view = (dataset_view *)source;
  const view_series *series = &source->series[index];
  int64_t row = step < view->rows[index] ? step : view->rows[index] - 1;
  char path[PATH_BYTES];
  myr_array array;
  picture_path(series, path);
  myr_status status = myr_dataset_read_rows(view->dataset, series->episode, path, row, 1, &array, error);
  if (status) return status;
  if (!to_metres(&array))
    status = myr_fail(error, MYR_ERROR, "too little memory for a picture of %s", path);
  else if (!has_expected_form(series, &array))
    status = myr_fail(error, MYR_ERROR, "%s of episode %" PRId64 " is not %d x %d pixels of the expected type", path,
                      series->episode, series->width, series->height);
  else
    color_view_output(series->output, array.data, &view->limits[index], picture, note);
  myr_array_free(&array);
  if (!status && series->output == MYR_OUTPUT_boxes) status = mark_boxes(view, series, row, picture, error);
  if (!status && series->output == MYR_OUTPUT_keypoints)
    status = mark_recorded_keypoints(view, series, row, picture, error);
  return status;
}

static void close_view(view_source *source) {
  dataset_view *view = (dataset_view *)source;
  free(view->limits);
  free(view->rows);
  free(view->source.series);
  myr_dataset_close(view->dataset);
  free(view);
}

/* ---------------------------------------------------------------------------------------------------- series */

/* Returns the number of rows of an array, or 0 if the episode has no array of that path. */
static int64_t rows_of(dataset_view *view, int64_t episode, const char *path) {
  myr_array array;
  if (myr_dataset_read_rows(view->dataset, episode, path, 0, 1, &array, NULL)) return 0;
  int64_t rows = array.rows;
  myr_array_free(&array);
  return rows;
}

/* Whether a list of words such as "depth image seg" contains the word. */
static bool has_word(const char *words, const char *word) {
  size_t length = strlen(word);
  for (const char *at = words; (at = strstr(at, word)); at += length)
    if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' ')) return true;
  return false;
}

/* Returns the name of the label array for an output that is drawn over the colours; NULL for other outputs. */
static const char *label_of(int output) {
  return output == MYR_OUTPUT_boxes ? "box_tight" : output == MYR_OUTPUT_keypoints ? "keypoints" : NULL;
}

/* Adds a series for an output of a camera if the episode recorded it. */
static void add_series(dataset_view *view, const myr_dataset_camera *camera, int64_t episode, int output) {
  view_source *source = &view->source;
  view_series series = {.episode = episode,
                        .camera = camera->name,
                        .output = output,
                        .width = camera->width,
                        .height = camera->height,
                        .beams = has_word(camera->pictures, "range") || has_word(camera->pictures, "range_mm")};
  series.millimetres = output == MYR_OUTPUT_depth &&
                       !has_word(camera->pictures, myr_picture_name(MYR_OUTPUT_depth, series.beams)) &&
                       has_word(camera->pictures, myr_picture_name(MYR_OUTPUT_millimetres, series.beams));
  char path[PATH_BYTES];
  picture_path(&series, path);
  int64_t rows = rows_of(view, episode, path);
  if (rows && label_of(output)) {
    array_path("labels", camera->name, label_of(output), path);
    if (!rows_of(view, episode, path)) return;
  }
  if (!rows) return;
  view->rows[source->series_count] = rows;
  source->series[source->series_count++] = series;
  if (rows > source->steps) source->steps = (int)rows;
}

/* Returns the number of rows between two frames of the series' camera. */
static int frame_rows(dataset_view *view, const view_series *series) {
  char path[PATH_BYTES];
  myr_array taken;
  array_path("labels", series->camera, "frame_step", path);
  /* A camera without this label has a frame in every row. */
  if (myr_dataset_read(view->dataset, series->episode, path, &taken, NULL)) return 1;
  int row = 1;
  if (taken.type == MYR_ARRAY_I32)
    while (row < taken.count && ((const int32_t *)taken.data)[row] == 0) row++;
  myr_array_free(&taken);
  return row;
}

static void find_rates(dataset_view *view) {
  view_source *source = &view->source;
  for (int i = 0; i < source->series_count; i++) {
    int rows = frame_rows(view, &source->series[i]);
    if (!source->every || rows < source->every) source->every = rows;
  }
  myr_array time;
  if (myr_dataset_read(view->dataset, source->series[0].episode, "time", &time, NULL)) return;
  const double *seconds = time.data;
  if (time.type == MYR_ARRAY_F64 && time.count > 1) source->period = seconds[1] - seconds[0];
  myr_array_free(&time);
}

static bool list_series(dataset_view *view, const view_options *options, unsigned outputs, int64_t first, int worlds) {
  const myr_dataset_info *info = myr_dataset_describe(view->dataset);
  size_t capacity = (size_t)worlds * (size_t)info->camera_count * MYR_CAMERA_OUTPUT_COUNT;
  view->source.series = calloc(capacity, sizeof *view->source.series);
  view->limits = calloc(capacity, sizeof *view->limits);
  view->rows = calloc(capacity, sizeof *view->rows);
  if (!view->source.series || !view->limits || !view->rows) return false;
  for (int64_t episode = first; episode < first + worlds; episode++)
    for (int c = 0; c < info->camera_count; c++) {
      if (!camera_wanted(options, info->cameras[c].name)) continue;
      for (int output = 0; output < MYR_CAMERA_OUTPUT_COUNT; output++)
        if (view_output_name(output) && (!outputs || outputs >> output & 1))
          add_series(view, &info->cameras[c], episode, output);
    }
  return true;
}

/* ---------------------------------------------------------------------------------------------------- opening */

static bool known_cameras(const myr_dataset_info *info, const view_options *options) {
  const char **names = calloc((size_t)info->camera_count, sizeof *names);
  if (!names) return false;
  for (int i = 0; i < info->camera_count; i++) names[i] = info->cameras[i].name;
  bool known = check_camera_names(options, names, info->camera_count);
  free(names);
  return known;
}

static int fill_view(dataset_view *view, const view_options *options, const char *path) {
  const myr_dataset_info *info = myr_dataset_describe(view->dataset);
  int64_t last = info->last_episode;
  int64_t first = options->episode >= 0 ? options->episode : info->first_episode;
  unsigned outputs = 0;
  if (options->outputs && !parse_view_outputs("view", options->outputs, &outputs)) return EXIT_USAGE;
  if (first < info->first_episode || first > last) {
    fprintf(stderr, "myriad view: %s has the episodes %" PRId64 " to %" PRId64 "; --episode %" PRId64 " is none\n",
            path, info->first_episode, last, first);
    return EXIT_USAGE;
  }
  myr_array array;
  myr_error error = {0};
  if (myr_dataset_read_rows(view->dataset, first, "actions", 0, 0, &array, &error))
    return report_failure(&view_command, MYR_ERROR, &error);
  myr_array_free(&array);
  if (!info->camera_count) {
    fprintf(stderr,
            "myriad view: %s has no pictures: its scenario has no cameras\n"
            "hint: `myriad view SCENE --episode %" PRId64 " --time` simulates the same episode again and draws it\n",
            path, first);
    return EXIT_USAGE;
  }
  if (!known_cameras(info, options)) return EXIT_USAGE;
  int64_t worlds = options->worlds ? options->worlds : 1;
  if (worlds > last - first + 1) worlds = last - first + 1;
  if (!list_series(view, options, outputs, first, (int)worlds)) {
    fputs("myriad view: too little memory\n", stderr);
    return EXIT_ERROR;
  }
  if (!view->source.series_count) {
    fprintf(stderr,
            "myriad view: nothing that is asked for was recorded in episode %" PRId64 " of %s\n"
            "hint: cameras may look at every n-th episode only; choose others with --episode, --camera or --outputs\n",
            first, path);
    return EXIT_USAGE;
  }
  find_rates(view);
  snprintf(view->source.title, sizeof view->source.title, "%s, seed %" PRIu64, info->name, info->seed);
  return EXIT_DONE;
}

int open_dataset_view(const view_options *options, const char *path, view_source **source) {
  dataset_view *view = calloc(1, sizeof *view);
  if (!view) {
    fputs("myriad view: too little memory\n", stderr);
    return EXIT_ERROR;
  }
  view->source = (view_source){.draw = draw, .close = close_view};
  myr_error error = {0};
  myr_status status = myr_dataset_open(path, &view->dataset, &error);
  if (status) {
    free(view);
    return report_failure(&view_command, status, &error);
  }
  *source = &view->source;
  return fill_view(view, options, path);
}
