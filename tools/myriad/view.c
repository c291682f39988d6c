/* myriad view: writes pictures of a scene, a model or a dataset, as a contact sheet or an animation. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "stop.h"
#include "view_sheet.h"

#define AT(member) offsetof(view_options, member)
static const option options[] = {
    {"output", 'o', OPTION_TEXT, AT(output), "FILE", "view.png if not given; an .mp4, .webm or .gif is a video", 0, 0,
     NULL},
    {"episode", 0, OPTION_INTEGER, AT(episode), "N", "the first one shown; 0, or a dataset's first, if not given", 0,
     INT64_MAX - 64, NULL},
    {"worlds", 0, OPTION_INTEGER, AT(worlds), "N", "so many episodes; 4 if not given, 1 over time", 1, 64, NULL},
    {"camera", 0, OPTION_TEXTS, AT(cameras), "NAME", "only this camera; may be repeated", 0, 0, NULL},
    {"follow", 0, OPTION_TEXT, AT(follow), "ENTITY", "by a camera of view's own that stays beside this entity", 0, 0,
     NULL},
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

/* ---------------------------------------------------------------------------------------------------- writing */

static myr_status write_sheet(view_source *source, const view_options *values, const arrangement *cells,
                              written *result, myr_error *error) {
  myr_bitmap sheet;
  myr_status status = compose_sheet(source, values->zoom, cells, &sheet, error);
  if (!status) status = myr_png_write(values->output, &sheet, error);
  for (int i = 0; i < cells->count; i++) result->pictures += cells->series[i] >= 0;
  result->width = sheet.width;
  result->height = sheet.height;
  result->frames = 1;
  myr_bitmap_free(&sheet);
  return status;
}

static void print_result(const view_options *values, const view_source *source, const written *result) {
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
    written result = {0};
    myr_error error = {0};
    myr_status status = values->animate ? write_film(source, values, &cells, &result, &error)
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

/* Checks the name of the output before anything is simulated. That of a video asks for a film. */
static bool check_output(view_options *values, int *code) {
  myr_error error = {0};
  *code = EXIT_DONE;
  if (has_suffix(values->output, ".png")) return true;
  if (!(myr_video_rate(values->output) > 0)) {
    fprintf(stderr, "myriad view: %s is no picture and no video: give -o a name that ends in .png, or in one of %s\n",
            values->output, myr_video_endings());
    *code = EXIT_USAGE;
    return false;
  }
  values->animate = true;
  myr_status status = myr_video_check(values->output, &error);
  if (status) *code = report_failure(&view_command, status, &error);
  return !status;
}

/* Opens the scene, model or dataset at path. Options that do not apply to it are mistakes. */
static int open_source(view_options *values, const char *path, view_source **source) {
  struct stat there;
  bool scene_option = values->scene.set.count || values->scene.seed >= 0;
  if (is_scenario_path(path)) return open_scene_view(values, path, source);
  if (scene_option) return usage("--set and --seed are for scenes");
  if (values->follow) return usage("--follow is for scenes: it draws an episode anew");
  if (has_suffix(path, ".xml") || has_suffix(path, ".mjcf") || has_suffix(path, ".urdf")) {
    if (values->time || values->animate)
      return usage("a model alone does not move: --time, --animate and videos need a scene");
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
  if (!check_output(&values, &code)) return code;
  if (values.frames && !values.animate) values.time = true;
  view_source *source = NULL;
  stop_at_once_on_signals();
  code = open_source(&values, path, &source);
  if (!code) code = show(source, &values);
  if (source) source->close(source);
  return code;
}

const command view_command = {
    .name = "view",
    .arguments = "SCENE|MODEL|DATASET",
    .summary = "pictures of what cameras see: a sheet, an animation or a video",
    .details =
        "SCENE: how episodes begin, of every camera and output; with --time or --animate, how they go on.\n"
        "MODEL: its first keyframe.\n"
        "DATASET: the pictures that were recorded of an episode, over time.\n"
        "Outputs: the words of a scenario's cameras and LiDARs, such as rgb, depth, instance, flow, boxes. Depth is\n"
        "bright when near; flow has its direction as hue; solid boxes hold what is visible of an object, dashed\n"
        "ones all of it.\n"
        "A file of the output's name is replaced. Videos (.mp4 .mov .mkv .webm .gif) show the episode at its speed; "
        "the\n"
        "program ffmpeg makes them, which must be in PATH.\n"
        "If neither the scene nor a model has a camera, one sees all that is shown, from the first picture to the "
        "last.",
    .positional_count = 1,
    .options = options,
    .examples = "  myriad view my.yaml -o starts.png\n"
                "  myriad view robot.xml\n"
                "  myriad view my.yaml --episode 7 --time -o course.png",
    .option_count = sizeof options / sizeof *options,
    .reads_models = true,
    .run = run,
};
