/* myriad view: writes pictures of a scene, a model or a dataset, as a contact sheet or an animation. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "view.h"

#define AT(member) offsetof(view_options, member)
static const option options[] = {
    {"output", 'o', OPTION_TEXT, AT(output), "FILE.png", "view.png if not given; a file of that name is replaced", 0, 0,
     NULL},
    {"episode", 0, OPTION_INTEGER, AT(episode), "N", "the first one shown; 0, or a dataset's first, if not given", 0,
     INT64_MAX - 64, NULL},
    {"worlds", 0, OPTION_INTEGER, AT(worlds), "N", "so many episodes; 4 if not given, 1 over time", 1, 64, NULL},
    {"camera", 0, OPTION_TEXTS, AT(cameras), "NAME", "only this camera; may be repeated", 0, 0, NULL},
    {"outputs", 0, OPTION_TEXT, AT(outputs), "LIST", "such as rgb,depth; what each camera records if not given", 0, 0,
     NULL},
    {"time", 0, OPTION_FLAG, AT(time), NULL, "a sheet over the episode's time; a dataset's is always", 0, 0, NULL},
    {"animate", 0, OPTION_FLAG, AT(animate), NULL, "an animated PNG, for browsers, at the speed of the episode", 0, 0,
     NULL},
    {"frames", 0, OPTION_INTEGER, AT(frames), "N", "moments of the sheet, 8 if not given; of the animation, all", 1,
     100000, NULL},
    {"zoom", 0, OPTION_INTEGER, AT(zoom), "N", "pixels of the sheet for one of a camera; small pictures grow", 1, 16,
     NULL},
    {"size", 0, OPTION_TEXT, AT(size), "WxH",
     "pixels of every camera but LiDARs, such as 640x480; their own if not given", 0, 0, NULL},
    {"engine", 0, OPTION_CHOICE, AT(engine), "NAME",
     "who draws a scene or model: cpu, or cuda for a GPU; cpu if not given", 0, 0, "cpu|cuda"},
    {"seed", 0, OPTION_INTEGER, AT(scene.seed), "S", "the scenario's seed if not given", 0, INT64_MAX, NULL},
    {"set", 0, OPTION_TEXTS, AT(scene.set), "PATH=VALUE", "change the scenario; may be repeated", 0, 0, NULL},
    {"json", 0, OPTION_FLAG, AT(json), NULL, "what was written, as one JSON object", 0, 0, NULL},
};

/* ---------------------------------------------------------------------------------------------------- cameras */

bool camera_wanted(const view_options *options, const char *name) {
  for (int i = 0; i < options->cameras.count; i++)
    if (!strcmp(options->cameras.items[i], name)) return true;
  return options->cameras.count == 0;
}

bool check_camera_names(const view_options *options, const char *const *names, int count) {
  for (int i = 0; i < options->cameras.count; i++) {
    const char *wanted = options->cameras.items[i];
    int at = 0;
    while (at < count && strcmp(names[at], wanted)) at++;
    if (at < count) continue;
    const char *near = suggest(wanted, names, count);
    fprintf(stderr, "myriad view: there is no camera \"%s\"", wanted);
    if (near) fprintf(stderr, "; did you mean %s?", near);
    fputs("\nhint: the cameras are", stderr);
    for (int k = 0; k < count; k++) fprintf(stderr, "%s %s", k ? "," : "", names[k]);
    fputc('\n', stderr);
    return false;
  }
  return true;
}

/* ---------------------------------------------------------------------------------------------------- the sheet */

/* The series and the step that each cell of a sheet shows. */
typedef struct arrangement {
  int *series; /* (count); -1: the cell stays empty */
  int *steps;  /* (count) */
  int count, columns;
} arrangement;

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

static void free_cells(arrangement *cells) {
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
static int arrange_series(const view_source *source, int step, arrangement *cells) {
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
static int arrange_time(const view_source *source, int64_t frames, arrangement *cells) {
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

static myr_status draw_cells(view_source *source, const view_options *values, const arrangement *arrangement,
                             myr_sheet_cell *cells, myr_bitmap *pictures, char (*captions)[CAPTION_BYTES],
                             myr_bitmap *sheet, myr_error *error) {
  for (int i = 0; i < arrangement->count; i++)
    if (arrangement->series[i] >= 0)
      choose_zoom(&source->series[arrangement->series[i]], values->zoom, &cells[i].enlarge_x, &cells[i].enlarge_y);
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

static myr_status compose(view_source *source, const view_options *values, const arrangement *arrangement,
                          myr_bitmap *sheet, myr_error *error) {
  size_t count = (size_t)arrangement->count;
  myr_sheet_cell *cells = calloc(count, sizeof *cells);
  myr_bitmap *pictures = calloc(count, sizeof *pictures);
  char(*captions)[CAPTION_BYTES] = calloc(count, sizeof *captions);
  *sheet = (myr_bitmap){0};
  myr_status status = cells && pictures && captions
                          ? draw_cells(source, values, arrangement, cells, pictures, captions, sheet, error)
                          : myr_fail(error, MYR_ERROR, "too little memory for a sheet of %zu pictures", count);
  for (size_t i = 0; pictures && i < count; i++) myr_bitmap_free(&pictures[i]);
  free(cells);
  free(pictures);
  free(captions);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- writing */

/* The summary of what was written. */
typedef struct result {
  int width, height, pictures, frames; /* pictures: those in one frame */
  double seconds;                      /* the length of the animation */
} result;

static myr_status write_sheet(view_source *source, const view_options *values, const arrangement *cells, result *result,
                              myr_error *error) {
  myr_bitmap sheet;
  myr_status status = compose(source, values, cells, &sheet, error);
  if (!status) status = myr_png_write(values->output, &sheet, error);
  for (int i = 0; i < cells->count; i++) result->pictures += cells->series[i] >= 0;
  result->width = sheet.width;
  result->height = sheet.height;
  result->frames = 1;
  myr_bitmap_free(&sheet);
  return status;
}

/* Returns the steps from one frame of the animation to the next: those between two frames of the fastest camera, or a
 * multiple of them, because browsers show no more than 50 frames a second. */
static int animation_stride(const view_source *source, int64_t frames) {
  enum { SHORTEST_DELAY = 20 }; /* ms */
  int stride = source->every;
  while (stride * source->period * 1000 < SHORTEST_DELAY - 0.5) stride += source->every;
  if (frames)
    while ((source->steps - 1) / stride + 1 > frames) stride += source->every;
  return stride;
}

static myr_status write_animation(view_source *source, const view_options *values, arrangement *cells, result *result,
                                  myr_error *error) {
  myr_animation *animation = NULL;
  myr_status status = MYR_OK;
  int stride = animation_stride(source, values->frames);
  int delay = (int)(stride * source->period * 1000 + 0.5);
  for (int step = 0; step < source->steps && !status; step += stride) {
    myr_bitmap sheet;
    for (int i = 0; i < cells->count; i++) cells->steps[i] = step;
    status = compose(source, values, cells, &sheet, error);
    if (!status && !animation) {
      *result = (struct result){.width = sheet.width, .height = sheet.height};
      status = myr_animation_create(values->output, sheet.width, sheet.height, delay, &animation, error);
    }
    if (!status && (sheet.width != result->width || sheet.height != result->height))
      status = myr_fail(error, MYR_ERROR, "frame %d of the animation has another size", result->frames);
    if (!status) status = myr_animation_add(animation, sheet.pixels, error);
    result->frames++;
    myr_bitmap_free(&sheet);
  }
  if (!status) status = myr_animation_finish(animation, error);
  myr_animation_destroy(animation);
  result->pictures = source->series_count;
  result->seconds = result->frames * delay * 1e-3;
  return status;
}

static void print_result(const view_options *values, const view_source *source, const result *result) {
  if (values->json) {
    printf("{\"file\": ");
    myr_json_string(stdout, values->output);
    printf(", \"width\": %d, \"height\": %d, \"pictures\": %d, \"frames\": %d, \"seconds\": %.3f}\n", result->width,
           result->height, result->pictures, result->frames, result->seconds);
    return;
  }
  printf("%s: %s, %d picture%s, %d x %d pixels", values->output, source->title, result->pictures,
         result->pictures == 1 ? "" : "s", result->width, result->height);
  if (result->seconds > 0) printf(", %d frames, %.3g s", result->frames, result->seconds);
  putchar('\n');
}

static int show(view_source *source, const view_options *values) {
  arrangement cells;
  bool over_time = values->time && !values->animate && source->steps > 1;
  int code = over_time ? arrange_time(source, values->frames, &cells) : arrange_series(source, 0, &cells);
  if (!code) {
    result result = {0};
    myr_error error = {0};
    myr_status status = values->animate ? write_animation(source, values, &cells, &result, &error)
                                        : write_sheet(source, values, &cells, &result, &error);
    if (status)
      code = report_failure(&view_command, status, &error);
    else
      print_result(values, source, &result);
  }
  free_cells(&cells);
  return code;
}

/* ---------------------------------------------------------------------------------------------------- the command */

static bool has_suffix(const char *path, const char *suffix) {
  size_t length = strlen(path), end = strlen(suffix);
  return length > end && !strcmp(path + length - end, suffix);
}

static int usage(const char *message) {
  fprintf(stderr, "myriad view: %s\n", message);
  return EXIT_USAGE;
}

/* Opens the scene, model or dataset at path. Options that do not apply to it are mistakes. */
static int open_source(view_options *values, const char *path, view_source **source) {
  struct stat there;
  bool scene_option = values->scene.set.count || values->scene.seed >= 0;
  if (is_scenario_path(path)) return open_scene_view(values, path, source);
  if (scene_option) return usage("--set and --seed are for scenes");
  if (has_suffix(path, ".xml") || has_suffix(path, ".mjcf") || has_suffix(path, ".urdf")) {
    if (values->time || values->animate) return usage("a model alone does not move: --time and --animate need a scene");
    if (values->episode >= 0 || values->worlds) return usage("a model has no episodes; give a scene");
    return open_model_view(values, path, source);
  }
  if (has_suffix(path, ".h5") || (!stat(path, &there) && S_ISDIR(there.st_mode))) {
    if (values->engine) return usage("a dataset's pictures are drawn already: leave --engine out");
    if (values->size) return usage("a dataset's pictures have the size that was recorded; see --zoom");
    values->time = true;
    return open_dataset_view(values, path, source);
  }
  fprintf(stderr, "myriad view: %s is no scene (.yaml), no model (.xml, .mjcf, .urdf) and no dataset\n", path);
  return EXIT_USAGE;
}

static int run(int argc, char **argv) {
  view_options values = {.command = &view_command, .output = "view.png", .scene.seed = -1, .episode = -1};
  const char *path;
  int code;
  if (!parse_options(&view_command, argc, argv, &values, &path, &code)) return code;
  if (values.engine && !check_engine(&view_command, values.engine, 0, &code)) return code;
  if (!has_suffix(values.output, ".png")) return usage("the output is a PNG file: give -o a name that ends in .png");
  if (values.frames && !values.animate) values.time = true;
  view_source *source = NULL;
  code = open_source(&values, path, &source);
  if (!code) code = show(source, &values);
  if (source) source->close(source);
  return code;
}

const command view_command = {
    .name = "view",
    .arguments = "SCENE|MODEL|DATASET",
    .summary = "pictures of what cameras see: a sheet or an animation",
    .details =
        "SCENE: how episodes begin, of every camera and output; with --time or --animate, how they go on.\n"
        "MODEL: its first keyframe, seen by the file's cameras, or by one that sees all of it.\n"
        "DATASET: the pictures that were recorded of an episode, over time.\n"
        "Outputs: the words of a scenario's cameras and LiDARs, such as rgb, depth, instance, flow, boxes. Depth is\n"
        "bright when near; flow has its direction as hue; solid boxes hold what is visible of an object, dashed\n"
        "ones all of it.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad view my.yaml -o starts.png\n"
                "  myriad view robot.xml\n"
                "  myriad view my.yaml --episode 7 --time -o course.png",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
