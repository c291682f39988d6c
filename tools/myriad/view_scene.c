/* myriad view of a scene or a model: opens it, and lists the series to show. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "view_scene.h"

static void close_view(view_source *source) {
  scene_view *view = (scene_view *)source;
  free_episodes(view);
  free_planes(view);
  free(view->aims);
  free(view->limits);
  free(view->series_world);
  free(view->series_camera);
  free(view->source.series);
  myr_renderer_destroy(view->renderer);
  myr_look_free(view->own_look);
  if (view->own_model) myr_model_free(view->own_model);
  free_scene(&view->scene);
  free(view);
}

/* ---------------------------------------------------------------------------------------------------- series */

/* Returns the outputs to show of one camera: the wanted ones, or if wanted is 0 those that the camera records. */
static unsigned outputs_of_camera(const myr_look_info *look, const myr_camera_info *camera, unsigned wanted) {
  if (wanted) return wanted;
  unsigned shown = shown_outputs(camera->outputs);
  if (!look->instance_count) shown &= ~MYR_OUTPUT_BIT(boxes);
  if (!look->keypoint_count) shown &= ~MYR_OUTPUT_BIT(keypoints);
  return shown ? shown : MYR_OUTPUT_BIT(rgb); /* a camera that records no output that can be shown */
}

/* Fills source.series, ordered by episode, then by camera, then by output. */
static myr_status list_series(scene_view *view, const view_options *options, unsigned outputs, myr_error *error) {
  const myr_look_info *info = myr_look_describe(view->look);
  size_t capacity = (size_t)view->worlds * (size_t)(info->camera_count + 1) * MYR_CAMERA_OUTPUT_COUNT;
  view->source.series = calloc(capacity, sizeof *view->source.series);
  view->series_world = calloc(capacity, sizeof *view->series_world);
  view->series_camera = calloc(capacity, sizeof *view->series_camera);
  view->limits = calloc(capacity, sizeof *view->limits);
  if (!view->source.series || !view->series_world || !view->series_camera || !view->limits)
    return myr_fail(error, MYR_ERROR, "too little memory for %zu pictures", capacity);
  int count = 0, every = 0;
  for (int world = 0; world < view->worlds; world++)
    for (int c = first_camera(view); c < end_of_cameras(view); c++) {
      const myr_camera_info *camera = camera_of(view, c);
      if (!camera_wanted(options, camera->name)) continue;
      unsigned shown = outputs_of_camera(info, camera, outputs);
      if (!every || camera->every < every) every = camera->every;
      int width, height;
      myr_renderer_size(view->renderer, c, &width, &height);
      for (int output = 0; output < MYR_CAMERA_OUTPUT_COUNT; output++) {
        if (!(shown >> output & 1)) continue;
        view->series_world[count] = world;
        view->series_camera[count] = c;
        view->source.series[count++] = (view_series){.episode = view->own_model ? -1 : view->first_episode + world,
                                                     .camera = camera->name,
                                                     .output = output,
                                                     .width = width,
                                                     .height = height,
                                                     .beams = camera->projection == MYR_BEAMS};
      }
    }
  view->source.series_count = count;
  view->source.every = every;
  return MYR_OK;
}

static bool known_cameras(const scene_view *view, const view_options *options) {
  const int first = first_camera(view), count = end_of_cameras(view) - first;
  const char **names = calloc((size_t)count, sizeof *names);
  if (!names) return false;
  for (int i = 0; i < count; i++) names[i] = camera_of(view, first + i)->name;
  bool known = check_camera_names(options, names, count);
  free(names);
  return known;
}

static myr_status create_renderer(scene_view *view, const view_options *options, myr_error *error) {
  myr_renderer_description description = {
      .look = view->look, .engine = options->engine, .free_camera = view->own_camera};
  if (options->size && !parse_pixel_size(options->size, &description.width, &description.height))
    return myr_fail(error, MYR_INVALID, "--size is WxH, such as 640x480, not %s", options->size);
  return myr_renderer_create(&description, &view->renderer, error);
}

/* ---------------------------------------------------------------------------------------------------- a scene */

/* Returns the number of control steps to simulate: the whole episode if it is drawn over time; otherwise one, or as
 * many as the optical flow of the first frame looks ahead. */
static int steps_needed(const scene_view *view, bool over_time) {
  if (over_time) return view->scene.plan_info->control_steps;
  int steps = 1;
  for (int i = 0; i < view->source.series_count; i++) {
    int every = camera_of(view, view->series_camera[i])->every;
    if (view->source.series[i].output == MYR_OUTPUT_flow && every > steps) steps = every;
  }
  return steps < view->scene.plan_info->control_steps ? steps : view->scene.plan_info->control_steps;
}

static myr_status prepare_scene(scene_view *view, const view_options *options, unsigned outputs, myr_error *error) {
  bool over_time = options->time || options->animate;
  myr_status status = create_renderer(view, options, error);
  if (!status) status = list_series(view, options, outputs, error);
  if (!status) status = allocate_planes(view, error);
  if (!status) status = simulate_episodes(view, steps_needed(view, over_time), error);
  if (status) return status;
  view->source.period = view->scene.plan_info->control_period;
  view->source.steps = 1;
  for (int i = 0; over_time && i < view->worlds; i++)
    if (view->trajectories[i].steps > view->source.steps) view->source.steps = view->trajectories[i].steps;
  return point_own_camera(view, view->source.steps, error);
}

static scene_view *create_view(void) {
  scene_view *view = calloc(1, sizeof *view);
  if (view)
    view->source = (view_source){.draw = draw_scene_view, .close = close_view};
  else
    fputs("myriad view: too little memory\n", stderr);
  return view;
}

int open_scene_view(const view_options *options, const char *path, view_source **source) {
  unsigned outputs = 0;
  if (options->outputs && !parse_view_outputs("view", options->outputs, &outputs)) return EXIT_USAGE;
  scene_view *view = create_view();
  if (!view) return EXIT_ERROR;
  *source = &view->source;
  int code = load_scene(path, &options->scene, false, &view->scene);
  if (code) return code;
  myr_error error = {0};
  myr_status status = myr_plan_require_look(view->scene.plan, &error);
  if (status) return report_failure(options->command, status, &error);
  print_notices(view->scene.plan_info->notices, true, false);
  view->model = view->scene.plan_info->model;
  view->look = view->scene.plan_info->look;
  view->first_episode = options->episode > 0 ? options->episode : 0;
  view->worlds = options->worlds ? (int)options->worlds : options->time || options->animate ? 1 : 4;
  if (!expect_episode(options->command, path, &view->scene, view->first_episode, &code)) return code;
  int64_t left = view->scene.info->episodes - view->first_episode;
  if (left < view->worlds) view->worlds = (int)left;
  code = choose_own_camera(view, options->follow);
  if (code) return code;
  if (!known_cameras(view, options)) return EXIT_USAGE;
  snprintf(view->source.title, sizeof view->source.title, "%s, seed %" PRIu64, view->scene.info->name,
           view->scene.plan_info->seed);
  status = prepare_scene(view, options, outputs, &error);
  return status ? report_failure(options->command, status, &error) : EXIT_DONE;
}

/* ---------------------------------------------------------------------------------------------------- a model */

static myr_status load_look(scene_view *view, const char *path, myr_error *error) {
  myr_appearance *appearance = NULL;
  myr_findings findings = {0};
  myr_diagnostics notices = {0};
  myr_status status = myr_model_check(path, &view->own_model, &findings, error);
  if (!status) {
    myr_diagnostics_add_findings(&notices, &findings, path);
    print_notices(&notices, true, false);
  }
  myr_diagnostics_free(&notices);
  myr_findings_free(&findings);
  if (!status) status = myr_appearance_load(path, view->own_model, &appearance, error);
  if (!status) status = myr_look_create(view->own_model, appearance, NULL, &view->own_look, error);
  myr_appearance_free(appearance);
  view->model = view->own_model;
  view->look = view->own_look;
  return status;
}

int open_model_view(const view_options *options, const char *path, view_source **source) {
  unsigned outputs = 0;
  if (options->outputs && !parse_view_outputs("view", options->outputs, &outputs)) return EXIT_USAGE;
  scene_view *view = create_view();
  if (!view) return EXIT_ERROR;
  *source = &view->source;
  view->worlds = 1;
  myr_error error = {0};
  myr_status status = load_look(view, path, &error);
  if (status) return report_failure(options->command, status, &error);
  int code = choose_own_camera(view, NULL);
  if (code) return code;
  if (!known_cameras(view, options)) return EXIT_USAGE;
  status = create_renderer(view, options, &error);
  if (!status) status = list_series(view, options, outputs, &error);
  if (!status) status = allocate_planes(view, &error);
  if (!status) status = pose_model(view, &error);
  if (!status) status = point_own_camera(view, 1, &error);
  view->source.steps = 1;
  const char *name = strrchr(path, '/');
  snprintf(view->source.title, sizeof view->source.title, "%s", name ? name + 1 : path);
  return status ? report_failure(options->command, status, &error) : EXIT_DONE;
}
