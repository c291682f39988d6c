/* myriad view of a scene or a model: episodes are simulated, and drawn when they are looked at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/fields.h"
#include "kernels/memory.h"
#include "kernels/model.h"
#include "view.h"

/* Where the bodies of one world were at each step: its state when the step began. */
typedef struct trajectory {
  float *position, *quaternion; /* (steps + 1, nbody, 3 or 4); the last one is the state after the last step */
  int steps;                    /* that the episode has */
} trajectory;

typedef struct scene_view {
  view_source source;
  loaded_scene scene;   /* of a scene */
  myr_model *own_model; /* of a model, and */
  myr_look *own_look;
  const myr_model *model;
  const myr_look *look;
  myr_renderer *renderer;
  int worlds;
  int64_t first_episode;
  trajectory *trajectories; /* (worlds) */
  char *world_looks;        /* (worlds) of world_look_bytes */
  size_t world_look_bytes;
  depth_limits *limits;              /* (series) */
  int *series_world, *series_camera; /* (series) */
  /* One frame of the largest camera. */
  float *label; /* up to three components a pixel; ids lie in it too */
  float *keypoints;
  myr_instance_view *instances;
} scene_view;

/* ---------------------------------------------------------------------------------------------------- drawing */

static void mark_instances(const scene_view *view, const myr_instance_view *instances, myr_bitmap *picture) {
  int count = myr_look_describe(view->look)->instance_count;
  for (int i = 1; i <= count; i++) {
    uint8_t color[3];
    myr_color_of_id(i, color);
    myr_mark_box(picture, instances[i].loose, true, color);
    myr_mark_box(picture, instances[i].tight, false, color);
  }
}

/* What the renderer must fill for that output. */
static myr_image wanted_image(const scene_view *view, view_output output, myr_bitmap *picture) {
  myr_image image = {0};
  switch (output) {
  case VIEW_DEPTH: image.pixels.depth = view->label; break;
  case VIEW_INSTANCE: image.pixels.instance = (int32_t *)view->label; break;
  case VIEW_SEMANTIC: image.pixels.semantic = (int32_t *)view->label; break;
  case VIEW_PART: image.pixels.part = (int32_t *)view->label; break;
  case VIEW_NORMAL: image.pixels.normal = view->label; break;
  case VIEW_FLOW: image.pixels.flow = view->label; break;
  case VIEW_INTENSITY: image.pixels.intensity = view->label; break;
  default: image.pixels.rgb = picture->pixels;
  }
  if (output == VIEW_BOXES) image.pixels.instances = view->instances;
  if (output == VIEW_KEYPOINTS) { /* depth and part tell which are hidden; a camera need not record them itself */
    image.keypoints = view->keypoints;
    image.pixels.depth = view->label;
    image.pixels.part = (int32_t *)view->label + (size_t)picture->width * (size_t)picture->height;
  }
  return image;
}

/* What wanted_image asked for, where it is now. */
static const void *label_of(const myr_outputs *drawn, view_output output) {
  switch (output) {
  case VIEW_DEPTH: return drawn->depth;
  case VIEW_INSTANCE: return drawn->instance;
  case VIEW_SEMANTIC: return drawn->semantic;
  case VIEW_PART: return drawn->part;
  case VIEW_NORMAL: return drawn->normal;
  case VIEW_FLOW: return drawn->flow;
  case VIEW_INTENSITY: return drawn->intensity;
  default: return drawn->rgb;
  }
}

/* Draws what was placed. On a GPU, image->pixels then point to memory of the renderer's. */
static myr_status draw_placed(const scene_view *view, int camera, myr_image *image, myr_error *error) {
  if (!myr_renderer_submit(view->renderer, 0, camera, image))
    return myr_fail(error, MYR_ERROR, "a picture of camera %s is too large for a GPU",
                    myr_look_describe(view->look)->cameras[camera].name);
  return myr_renderer_collect(view->renderer, 0, error);
}

static myr_poses poses_at(const scene_view *view, const trajectory *trajectory, int step) {
  size_t at = (size_t)step * (size_t)view->model->nbody;
  return (myr_poses){trajectory->position + 3 * at, trajectory->quaternion + 4 * at};
}

static myr_status draw(view_source *source, int series, int step, myr_bitmap *picture, char note[NOTE_BYTES],
                       myr_error *error) {
  scene_view *view = (scene_view *)source;
  int world = view->series_world[series], camera = view->series_camera[series];
  const trajectory *trajectory = &view->trajectories[world];
  int every = myr_look_describe(view->look)->cameras[camera].every;
  int last = trajectory->steps - 1, frame = (step < last ? step : last) / every * every;
  int next = frame + every < trajectory->steps ? frame + every : trajectory->steps;
  myr_poses now = poses_at(view, trajectory, frame), then = poses_at(view, trajectory, next);
  const myr_world_look *look = (const myr_world_look *)(view->world_looks + (size_t)world * view->world_look_bytes);
  view_output output = source->series[series].output;
  myr_image image = wanted_image(view, output, picture);
  myr_renderer_pose(view->renderer, 0, look, &now, &then);
  myr_status status = draw_placed(view, camera, &image, error);
  if (status) return status;
  const void *label = label_of(&image.pixels, output);
  note[0] = 0;
  if (label != picture->pixels) color_view_output(output, label, &view->limits[series], picture, note);
  source->label = image.pixels.rgb ? picture->pixels : label;
  if (output == VIEW_BOXES) mark_instances(view, image.pixels.instances, picture);
  if (output == VIEW_KEYPOINTS) mark_keypoints(view->keypoints, myr_look_describe(view->look)->keypoint_count, picture);
  return MYR_OK;
}

static void close_view(view_source *source) {
  scene_view *view = (scene_view *)source;
  for (int i = 0; view->trajectories && i < view->worlds; i++) {
    free(view->trajectories[i].position);
    free(view->trajectories[i].quaternion);
  }
  free(view->trajectories);
  free(view->world_looks);
  free(view->limits);
  free(view->series_world);
  free(view->series_camera);
  free(view->label);
  free(view->keypoints);
  free(view->instances);
  free(view->source.series);
  myr_renderer_destroy(view->renderer);
  myr_look_free(view->own_look);
  if (view->own_model) myr_model_free(view->own_model);
  free_scene(&view->scene);
  free(view);
}

/* ---------------------------------------------------------------------------------------------------- series */

/* The outputs of one camera that are shown, as bits 1 << view_output. */
static unsigned shown_outputs(const myr_look_info *look, const myr_camera_info *camera, unsigned wanted) {
  if (wanted) return wanted;
  unsigned shown = 0;
  for (int i = 0; i < VIEW_OUTPUT_COUNT; i++)
    if (camera->outputs & view_outputs[i].asked_by) shown |= 1u << i;
  if (!look->instance_count) shown &= ~(1u << VIEW_BOXES);
  if (!look->keypoint_count) shown &= ~(1u << VIEW_KEYPOINTS);
  return shown ? shown : 1u << VIEW_RGB; /* a camera that records nothing of this */
}

/* Fills source.series: episodes, in them cameras, in them outputs. */
static myr_status list_series(scene_view *view, const view_options *options, unsigned outputs, myr_error *error) {
  const myr_look_info *info = myr_look_describe(view->look);
  size_t capacity = (size_t)view->worlds * (size_t)info->camera_count * VIEW_OUTPUT_COUNT;
  view->source.series = calloc(capacity, sizeof *view->source.series);
  view->series_world = calloc(capacity, sizeof *view->series_world);
  view->series_camera = calloc(capacity, sizeof *view->series_camera);
  view->limits = calloc(capacity, sizeof *view->limits);
  if (!view->source.series || !view->series_world || !view->series_camera || !view->limits)
    return myr_fail(error, MYR_ERROR, "too little memory for %zu pictures", capacity);
  int count = 0, every = 0;
  for (int world = 0; world < view->worlds; world++)
    for (int c = 0; c < info->camera_count; c++) {
      const myr_camera_info *camera = &info->cameras[c];
      if (!camera_wanted(options, camera->name)) continue;
      unsigned shown = shown_outputs(info, camera, outputs);
      if (!every || camera->every < every) every = camera->every;
      int width, height;
      myr_renderer_size(view->renderer, c, &width, &height);
      for (int output = 0; output < VIEW_OUTPUT_COUNT; output++) {
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
  const myr_look_info *info = myr_look_describe(view->look);
  const char **names = calloc((size_t)info->camera_count, sizeof *names);
  if (!names) return false;
  for (int i = 0; i < info->camera_count; i++) names[i] = info->cameras[i].name;
  bool known = check_camera_names(options, names, info->camera_count);
  free(names);
  return known;
}

/* Memory to draw any camera and label. */
static myr_status allocate_labels(scene_view *view, myr_error *error) {
  const myr_look_info *info = myr_look_describe(view->look);
  size_t pixels = 0;
  for (int i = 0; i < info->camera_count; i++) {
    int width, height;
    myr_renderer_size(view->renderer, i, &width, &height);
    if ((size_t)width * (size_t)height > pixels) pixels = (size_t)width * (size_t)height;
  }
  view->label = calloc(3 * pixels, sizeof *view->label);
  view->keypoints = calloc((size_t)info->keypoint_count * MYR_KEYPOINT + 1, sizeof *view->keypoints);
  view->instances = calloc((size_t)info->instance_count + 1, sizeof *view->instances);
  if (!view->label || !view->keypoints || !view->instances)
    return myr_fail(error, MYR_ERROR, "too little memory for a frame of %zu pixels", pixels);
  return MYR_OK;
}

static myr_status create_renderer(scene_view *view, const view_options *options, myr_error *error) {
  myr_renderer_description description = {.look = view->look, .engine = options->engine};
  if (options->size && !parse_pixel_size(options->size, &description.width, &description.height))
    return myr_fail(error, MYR_INVALID, "--size is WxH, such as 640x480, not %s", options->size);
  myr_status status = myr_renderer_create(&description, &view->renderer, error);
  return status ? status : allocate_labels(view, error);
}

/* ---------------------------------------------------------------------------------------------------- simulating */

static void read_poses(const scene_view *view, myr_batch *batch, int world, int step) {
  myr_span position = myr_batch_field(batch, MYR_FIELD_body_position, world);
  myr_span rotation = myr_batch_field(batch, MYR_FIELD_body_rotation, world);
  size_t at = (size_t)step * (size_t)view->model->nbody;
  float *to = view->trajectories[world].position + 3 * at;
  for (int i = 0; i < position.count; i++) to[i] = position.data[i * position.stride];
  to = view->trajectories[world].quaternion + 4 * at;
  for (int i = 0; i < rotation.count; i++) to[i] = rotation.data[i * rotation.stride];
}

static myr_status step_all(const scene_view *view, myr_batch *batch, int step, int substeps, myr_error *error) {
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  myr_status status = MYR_OK;
  for (int group = 0; group < info.groups && !status; group++)
    status = myr_batch_step(batch, group, 0, substeps, MYR_OBSERVE, NULL, error);
  for (int world = 0; world < view->worlds && !status; world++) read_poses(view, batch, world, step);
  return status;
}

/* Draws each world's episode and places it at its start, in looks and motion. */
static myr_status begin_episodes(scene_view *view, myr_batch *batch, int64_t *episodes, double *values,
                                 myr_episode_state *states, float *look_values, myr_error *error) {
  const myr_plan_info *info = view->scene.plan_info;
  myr_batch_info batch_info;
  myr_batch_describe(batch, &batch_info);
  myr_status status = MYR_OK;
  for (int world = 0; world < view->worlds; world++) episodes[world] = view->first_episode + world;
  for (int group = 0; group < batch_info.groups && !status; group++) {
    int first = group * batch_info.group_worlds, left = view->worlds - first;
    status = myr_plan_begin(view->scene.plan, batch, group, episodes + first,
                            left < batch_info.group_worlds ? left : batch_info.group_worlds,
                            values + (size_t)first * (size_t)info->value_count, states + first, error);
  }
  for (int world = 0; world < view->worlds && !status; world++) {
    myr_plan_look_values(view->scene.plan, states[world].values, look_values);
    myr_look_resolve(view->look, look_values,
                     (myr_world_look *)(view->world_looks + (size_t)world * view->world_look_bytes));
  }
  return status;
}

/* Takes up to `steps` control steps; worlds whose episode is over idle, as in a run. */
static myr_status run_episodes(scene_view *view, myr_batch *batch, int steps, myr_episode_state *states,
                               myr_error *error) {
  const myr_plan_info *info = view->scene.plan_info;
  myr_status status = MYR_OK;
  int going_on = view->worlds, step = 0;
  for (; step < steps && going_on && !status; step++) {
    for (int world = 0; world < view->worlds; world++)
      if (!view->trajectories[world].steps)
        myr_plan_control(view->scene.plan, batch, world, &states[world], step, NULL);
    status = step_all(view, batch, step, info->substeps, error);
    for (int world = 0; world < view->worlds && !status; world++) {
      if (view->trajectories[world].steps) continue;
      myr_judgement judgement;
      myr_plan_judge(view->scene.plan, batch, world, &states[world], step, &judgement);
      if (!judgement.terminated && !judgement.truncated && step + 1 < steps) continue;
      view->trajectories[world].steps = step + 1;
      going_on--;
    }
  }
  return status ? status : step_all(view, batch, step, 0, error);
}

/* Room for so many steps, and one state more. */
static myr_status allocate_worlds(scene_view *view, int steps, myr_error *error) {
  size_t states = ((size_t)steps + 1) * (size_t)view->model->nbody;
  view->world_look_bytes = myr_whole_cache_lines(myr_look_world_bytes(view->look));
  view->trajectories = calloc((size_t)view->worlds, sizeof *view->trajectories);
  view->world_looks = aligned_alloc(64, view->world_look_bytes * (size_t)view->worlds);
  bool good = view->trajectories && view->world_looks;
  for (int i = 0; good && i < view->worlds; i++) {
    view->trajectories[i].position = calloc(states, 3 * sizeof(float));
    view->trajectories[i].quaternion = calloc(states, 4 * sizeof(float));
    good = view->trajectories[i].position && view->trajectories[i].quaternion;
  }
  return good ? MYR_OK
              : myr_fail(error, MYR_ERROR, "too little memory for %d episodes of %d steps", view->worlds, steps);
}

static myr_status simulate(scene_view *view, int steps, myr_error *error) {
  const myr_plan_info *info = view->scene.plan_info;
  size_t worlds = (size_t)view->worlds;
  myr_batch *batch = NULL;
  const myr_batch_description description = {
      .model = view->model, .engine = "cpu", .worlds = view->worlds, .threads = 1, .start = info->start};
  myr_status status = allocate_worlds(view, steps, error);
  if (!status) status = myr_batch_create(&description, &batch, error);
  double *values = calloc(worlds * (size_t)info->value_count + 1, sizeof *values);
  float *look_values = calloc((size_t)myr_look_describe(view->look)->value_count + 1, sizeof *look_values);
  myr_episode_state *states = calloc(worlds, sizeof *states);
  int64_t *episodes = calloc(worlds, sizeof *episodes);
  if (!status && (!values || !look_values || !states || !episodes))
    status = myr_fail(error, MYR_ERROR, "too little memory for %d episodes", view->worlds);
  if (!status) status = begin_episodes(view, batch, episodes, values, states, look_values, error);
  if (!status) status = run_episodes(view, batch, steps, states, error);
  free(episodes);
  free(values);
  free(look_values);
  free(states);
  if (batch) myr_batch_destroy(batch);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- a scene */

/* Control steps that must be taken to draw what is asked for: the whole episode over time; else as far as flow looks
 * ahead from the first frame. */
static int steps_needed(const scene_view *view, bool over_time) {
  if (over_time) return view->scene.plan_info->control_steps;
  const myr_look_info *look = myr_look_describe(view->look);
  int steps = 1;
  for (int i = 0; i < view->source.series_count; i++) {
    int every = look->cameras[view->series_camera[i]].every;
    if (view->source.series[i].output == VIEW_FLOW && every > steps) steps = every;
  }
  return steps < view->scene.plan_info->control_steps ? steps : view->scene.plan_info->control_steps;
}

static myr_status prepare_scene(scene_view *view, const view_options *options, unsigned outputs, myr_error *error) {
  bool over_time = options->time || options->animate;
  myr_status status = create_renderer(view, options, error);
  if (!status) status = list_series(view, options, outputs, error);
  if (!status) status = simulate(view, steps_needed(view, over_time), error);
  if (status) return status;
  view->source.period = view->scene.plan_info->control_period;
  view->source.steps = 1;
  for (int i = 0; over_time && i < view->worlds; i++)
    if (view->trajectories[i].steps > view->source.steps) view->source.steps = view->trajectories[i].steps;
  return MYR_OK;
}

static scene_view *create_view(void) {
  scene_view *view = calloc(1, sizeof *view);
  if (view)
    view->source = (view_source){.draw = draw, .close = close_view};
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
  view->model = view->scene.plan_info->model;
  view->look = view->scene.plan_info->look;
  view->first_episode = options->episode > 0 ? options->episode : 0;
  view->worlds = options->worlds ? (int)options->worlds : options->time || options->animate ? 1 : 4;
  int64_t left = view->scene.info->episodes - view->first_episode;
  if (left < 1) {
    fprintf(stderr,
            "myriad view: %s has %" PRId64 " episodes, the last is %" PRId64 "; --episode %" PRId64 " is none\n", path,
            view->scene.info->episodes, view->scene.info->episodes - 1, view->first_episode);
    return EXIT_USAGE;
  }
  if (left < view->worlds) view->worlds = (int)left;
  if (!known_cameras(view, options)) return EXIT_USAGE;
  snprintf(view->source.title, sizeof view->source.title, "%s, seed %" PRIu64, view->scene.info->name,
           view->scene.plan_info->seed);
  status = prepare_scene(view, options, outputs, &error);
  return status ? report_failure(options->command, status, &error) : EXIT_DONE;
}

/* ---------------------------------------------------------------------------------------------------- a model */

static myr_status load_look(scene_view *view, const char *path, myr_error *error) {
  myr_appearance *appearance = NULL;
  myr_status status = myr_model_load(path, &view->own_model, error);
  if (!status) status = myr_appearance_load(path, view->own_model, &appearance, error);
  if (!status) status = myr_look_create(view->own_model, appearance, NULL, &view->own_look, error);
  myr_appearance_free(appearance);
  view->model = view->own_model;
  view->look = view->own_look;
  return status;
}

/* The first keyframe, or qpos0 where there is none. */
static myr_status pose_model(scene_view *view, myr_error *error) {
  myr_batch *batch;
  myr_batch_description description = {.model = view->model, .engine = "cpu", .worlds = 1, .threads = 1};
  myr_status status = allocate_worlds(view, 1, error);
  if (!status) status = myr_batch_create(&description, &batch, error);
  if (status) return status;
  view->trajectories[0].steps = 1;
  myr_batch_reset(batch, 0, view->model->nkey > 0 ? 0 : -1);
  status = myr_batch_commit(batch, 0, error);
  for (int state = 0; state <= 1 && !status; state++) status = step_all(view, batch, state, 0, error); /* at rest */
  myr_batch_destroy(batch);
  myr_look_resolve(view->look, myr_look_describe(view->look)->defaults, (myr_world_look *)view->world_looks);
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
  if (!known_cameras(view, options)) return EXIT_USAGE;
  status = create_renderer(view, options, &error);
  if (!status) status = list_series(view, options, outputs, &error);
  if (!status) status = pose_model(view, &error);
  view->source.steps = 1;
  const char *name = strrchr(path, '/');
  snprintf(view->source.title, sizeof view->source.title, "%s", name ? name + 1 : path);
  return status ? report_failure(options->command, status, &error) : EXIT_DONE;
}
