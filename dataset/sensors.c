#include "dataset/sensors.h"
#include "dataset/pose_history.h"
#include "kernels/model.h"

#include <stdlib.h>
#include <string.h>

/* The frames that all cameras of one rate take together. Scans show the time before their frame too. */
typedef struct rate {
  int every;
  bool wanted;
  int taken;            /* step of the frame that is not drawn yet; -1: none */
  pose_history *poses;  /* the states from the frame before until that one */
  pose_history *coming; /* the states since that one */
} rate;

struct sensor_recorder {
  const record_layout *layout;
  const camera_layout *cameras;
  recorder *recorder;
  int bodies;
  pose_source source;
  myr_world_look *world_look;
  bool *sees;           /* (camera_count) in this episode */
  rate *rates;          /* (rate_count) */
  pose_history *latest; /* the latest state alone */
  frame_store frames;
};

/* The rows that one frame fills. */
typedef struct frame_rows {
  int first, count; /* of the episode */
  bool final;       /* final_obs too */
} frame_rows;

/* A frame that was submitted to the renderer. */
typedef struct submitted_frame {
  sensor_recorder *sensors;
  int camera;
  frame_rows rows;
  double pose[MYR_CAMERA_POSE];
  myr_image image;
} submitted_frame;

struct sensor_thread {
  const record_layout *layout;
  submitted_frame *submitted; /* (capacity) */
  int submitted_count, capacity;
  int64_t frames; /* drawn so far */
  stopwatch *watch;
  myr_renderer *renderer;
  int number;
  float *look_values;
  void *pictures[MYR_OUTPUT_COUNT]; /* each with room for the largest */
  double *sights[SIGHT_ROW_COUNT];  /* a row of each */
  myr_instance_view *instances;
  frame_compressor *compressor;
};

static myr_status too_little_memory(myr_error *error) {
  return myr_fail(error, MYR_ERROR, "too little memory for an episode's pictures: ask for fewer threads or worlds");
}

/* ---------------------------------------------------------------------------------------------------- threads */

/* Frames that may wait together where a GPU draws them. The cpu draws each at once, into the thread's one set of pictures. */
enum { MOST_SUBMITTED = 4096 };

sensor_thread *sensor_thread_create(const record_layout *layout, myr_renderer *renderer, int number, stopwatch *watch) {
  const camera_layout *cameras = &layout->cameras;
  sensor_thread *thread = calloc(1, sizeof *thread);
  if (!thread) return NULL;
  thread->layout = layout;
  thread->renderer = renderer;
  thread->number = number;
  thread->watch = watch;
  thread->capacity = myr_renderer_waits(renderer) ? MOST_SUBMITTED : 1;
  thread->submitted = calloc((size_t)thread->capacity, sizeof *thread->submitted);
  thread->look_values = calloc((size_t)cameras->info->value_count + 1, sizeof *thread->look_values);
  thread->instances = calloc((size_t)cameras->info->instance_count + 1, sizeof *thread->instances);
  thread->sights[SIGHT_ROW_box_3d] = calloc((size_t)cameras->info->instance_count + 1, MYR_BOX_3D * sizeof(double));
  thread->sights[SIGHT_ROW_keypoints] = calloc((size_t)cameras->info->keypoint_count + 1, 3 * sizeof(double));
  bool good = thread->look_values && thread->instances && thread->submitted && thread->sights[SIGHT_ROW_box_3d] &&
              thread->sights[SIGHT_ROW_keypoints];
  size_t largest = 0;
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) {
    size_t bytes = cameras->picture_bytes[i];
    if (bytes) good = (thread->pictures[i] = malloc(bytes)) && good;
    if (bytes > largest) largest = bytes;
  }
  thread->compressor = frame_compressor_create(largest);
  if (good && thread->compressor) return thread;
  sensor_thread_destroy(thread);
  return NULL;
}

int64_t sensor_frames(const sensor_thread *thread) { return thread->frames; }

void sensor_thread_destroy(sensor_thread *thread) {
  if (!thread) return;
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) free(thread->pictures[i]);
  for (int i = 0; i < SIGHT_ROW_COUNT; i++) free(thread->sights[i]);
  free(thread->submitted);
  free(thread->look_values);
  free(thread->instances);
  frame_compressor_destroy(thread->compressor);
  free(thread);
}

/* ---------------------------------------------------------------------------------------------------- worlds */

sensor_recorder *sensor_recorder_create(const record_layout *layout, recorder *recorder) {
  enum { ALIGNMENT = 64 };
  sensor_recorder *sensors = calloc(1, sizeof *sensors);
  if (!sensors) return NULL;
  const camera_layout *cameras = &layout->cameras;
  sensors->layout = layout;
  sensors->cameras = cameras;
  sensors->recorder = recorder;
  sensors->bodies = layout->info->model->nbody;
  const double period = layout->info->control_period;
  size_t look_bytes = (myr_look_world_bytes(cameras->look) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  sensors->world_look = aligned_alloc(ALIGNMENT, look_bytes);
  sensors->sees = calloc((size_t)cameras->info->camera_count + 1, sizeof *sensors->sees);
  sensors->rates = calloc((size_t)cameras->rate_count + 1, sizeof *sensors->rates);
  sensors->latest = pose_history_create(sensors->bodies, 1, period);
  bool good = sensors->world_look && sensors->sees && sensors->rates && sensors->latest;
  for (int i = 0; good && i < cameras->rate_count; i++) {
    sensors->rates[i].every = cameras->rates[i];
    const int states = cameras->scans ? cameras->rates[i] + 1 : 1;
    sensors->rates[i].poses = pose_history_create(sensors->bodies, states, period);
    sensors->rates[i].coming = pose_history_create(sensors->bodies, states, period);
    good = sensors->rates[i].poses && sensors->rates[i].coming;
  }
  if (good) return sensors;
  sensor_recorder_destroy(sensors);
  return NULL;
}

void sensor_recorder_destroy(sensor_recorder *sensors) {
  if (!sensors) return;
  for (int i = 0; sensors->rates && i < sensors->cameras->rate_count; i++) {
    pose_history_destroy(sensors->rates[i].poses);
    pose_history_destroy(sensors->rates[i].coming);
  }
  free(sensors->world_look);
  free(sensors->sees);
  free(sensors->rates);
  pose_history_destroy(sensors->latest);
  frame_store_free(&sensors->frames, &sensors->layout->schema);
  free(sensors);
}

static void *label_row(sensor_recorder *sensors, const camera_arrays *arrays, enum camera_row label, int row) {
  return recorder_row(sensors->recorder, arrays->labels[label], row);
}

/* Numbers of a picture that single precision cannot hold become 0, as where nothing is seen. */
static void make_finite(const array_info *info, void *row) {
  canonical_numbers(info->type, row, (int64_t)(array_row_bytes(info) / myr_array_type_bytes(info->type)), true);
}

static bool has_world_labels(const sensor_recorder *sensors) {
  for (int i = 0; i < SIGHT_ROW_COUNT; i++)
    if (sensors->cameras->sights[i] >= 0) return true;
  return false;
}

bool sensor_begin(sensor_recorder *sensors, sensor_thread *thread, myr_batch *batch, int world, int64_t episode,
                  const double *values) {
  const camera_layout *cameras = sensors->cameras;
  pose_source_open(&sensors->source, batch, world, cameras->scans);
  for (int i = 0; i < cameras->rate_count; i++) {
    sensors->rates[i].taken = -1;
    pose_history_clear(sensors->rates[i].coming);
    sensors->rates[i].wanted = sensors->rates[i].every == 1 && has_world_labels(sensors);
  }
  for (int c = 0; c < cameras->info->camera_count; c++) {
    const myr_camera_info *camera = &cameras->info->cameras[c];
    sensors->sees[c] = in_every(camera->episodes_every, episode);
    for (int i = 0; i < cameras->rate_count; i++)
      if (cameras->rates[i] == camera->every) sensors->rates[i].wanted |= sensors->sees[c];
    float *column_time = label_row(sensors, &cameras->cameras[c], CAMERA_ROW_column_time, 0);
    if (column_time) memcpy(column_time, camera->column_time, (size_t)camera->width * sizeof *column_time);
  }
  myr_plan_look_values(sensors->layout->plan, values, thread->look_values);
  myr_look_resolve(cameras->look, thread->look_values, sensors->world_look);
  return frame_store_begin(&sensors->frames, &sensors->layout->schema);
}

/* ---------------------------------------------------------------------------------------------------- one frame */

static bool put_rows(sensor_recorder *sensors, sensor_thread *thread, int array, void *picture, int first, int count) {
  const episode_schema *schema = &sensors->layout->schema;
  if (schema->arrays[array].frames)
    return frame_append(thread->compressor, schema, &sensors->frames, array, picture, count);
  make_finite(&schema->arrays[array], picture);
  for (int i = 0; i < count; i++)
    memcpy(recorder_row(sensors->recorder, array, first + i), picture, array_row_bytes(&schema->arrays[array]));
  return true;
}

/* The final picture is that of the last rows, or one that no row shows. */
static bool put_final(sensor_recorder *sensors, sensor_thread *thread, const camera_arrays *arrays, int output,
                      void *picture, const frame_rows *rows) {
  int array = arrays->pictures[output], final = arrays->final_pictures[output];
  if (rows->count && sensors->layout->schema.arrays[array].frames) return frame_repeat(&sensors->frames, final, array);
  return put_rows(sensors, thread, final, picture, 0, 1);
}

static bool put_pictures(sensor_recorder *sensors, sensor_thread *thread, const camera_arrays *arrays,
                         const myr_outputs *pixels, const frame_rows *rows) {
  bool good = true;
  for (int i = 0; good && i < MYR_OUTPUT_COUNT; i++) {
    if (arrays->pictures[i] < 0) continue;
    void *picture = myr_outputs_plane(pixels, i);
    good = put_rows(sensors, thread, arrays->pictures[i], picture, rows->first, rows->count);
    if (good && rows->final && arrays->final_pictures[i] >= 0)
      good = put_final(sensors, thread, arrays, i, picture, rows);
  }
  return good;
}

static void label_instances(sensor_recorder *sensors, const myr_instance_view *instances, const camera_arrays *arrays,
                            int row) {
  int32_t *tight = label_row(sensors, arrays, CAMERA_ROW_box_tight, row);
  if (!tight) return;
  int32_t *loose = label_row(sensors, arrays, CAMERA_ROW_box_loose, row),
          *visible = label_row(sensors, arrays, CAMERA_ROW_visible_pixels, row),
          *covered = label_row(sensors, arrays, CAMERA_ROW_covered_pixels, row);
  float *fraction = label_row(sensors, arrays, CAMERA_ROW_visible_fraction, row);
  for (int i = 0; i < sensors->cameras->info->instance_count; i++) {
    const myr_instance_view *view = &instances[i + 1];
    memcpy(tight + 4 * i, view->tight, sizeof view->tight);
    memcpy(loose + 4 * i, view->loose, sizeof view->loose);
    visible[i] = view->visible;
    covered[i] = view->covered;
    fraction[i] = view->covered ? (float)view->visible / (float)view->covered : 0;
  }
}

/* The labels of row rows->first are in their arrays but for the instances'; the other rows repeat them. */
static void put_labels(sensor_recorder *sensors, const myr_instance_view *instances, const camera_arrays *arrays,
                       float scan_time, const frame_rows *rows) {
  label_instances(sensors, instances, arrays, rows->first);
  int32_t *taken = label_row(sensors, arrays, CAMERA_ROW_frame_step, rows->first);
  if (taken) *taken = rows->first;
  double *begin = label_row(sensors, arrays, CAMERA_ROW_scan_begin, rows->first);
  if (begin) *begin = rows->first * sensors->layout->info->control_period - (double)scan_time;
  for (int label = 0; label < CAMERA_ROW_COUNT; label++) {
    if (camera_row_is_fixed(label)) continue;
    void *first = label_row(sensors, arrays, label, rows->first);
    if (first) make_finite(&sensors->layout->schema.arrays[arrays->labels[label]], first);
    for (int i = 1; first && i < rows->count; i++)
      memcpy(label_row(sensors, arrays, label, rows->first + i), first,
             array_row_bytes(&sensors->layout->schema.arrays[arrays->labels[label]]));
  }
}

/* What is wanted of one camera's frame: pictures where the thread has room for them, labels in the episode's rows. */
static myr_image wanted_image(sensor_recorder *sensors, const sensor_thread *thread, const camera_arrays *arrays,
                              const frame_rows *rows) {
  myr_image image = {0};
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++)
    if (arrays->pictures[i] >= 0) myr_outputs_want(&image.pixels, i, thread->pictures[i]);
  if (!rows->count) return image;
  if (arrays->labels[CAMERA_ROW_box_tight] >= 0) image.pixels.instances = thread->instances;
  image.keypoints = label_row(sensors, arrays, CAMERA_ROW_keypoints, rows->first);
  image.intrinsics = label_row(sensors, arrays, CAMERA_ROW_intrinsics, rows->first);
  return image;
}

/* Puts a frame that was drawn into its rows. */
static bool put_frame(sensor_thread *thread, submitted_frame *frame) {
  const camera_layout *cameras = frame->sensors->cameras;
  const camera_arrays *arrays = &cameras->cameras[frame->camera];
  const float scan_time = cameras->info->cameras[frame->camera].scan_time;
  double *pose = frame->rows.count ? label_row(frame->sensors, arrays, CAMERA_ROW_pose, frame->rows.first) : NULL;
  if (pose) memcpy(pose, frame->pose, sizeof frame->pose);
  if (frame->rows.count) put_labels(frame->sensors, frame->image.pixels.instances, arrays, scan_time, &frame->rows);
  return put_pictures(frame->sensors, thread, arrays, &frame->image.pixels, &frame->rows);
}

myr_status sensor_collect(sensor_thread *thread, myr_error *error) {
  int count = thread->submitted_count;
  thread->submitted_count = 0;
  if (!count) return MYR_OK;
  enum myr_run_stage before = stopwatch_turn(thread->watch, MYR_RUN_DRAW);
  myr_status status = myr_renderer_collect(thread->renderer, thread->number, error);
  stopwatch_turn(thread->watch, MYR_RUN_COMPRESS);
  for (int i = 0; i < count && !status; i++)
    if (!put_frame(thread, &thread->submitted[i])) status = too_little_memory(error);
  thread->frames += count;
  stopwatch_turn(thread->watch, before);
  return status;
}

/* Has one camera's frame of what was placed drawn; on the cpu it is put into its rows at once. */
static myr_status draw(sensor_recorder *sensors, sensor_thread *thread, int camera, const frame_rows *rows,
                       myr_error *error) {
  myr_status status = MYR_OK;
  if (thread->submitted_count == thread->capacity) status = sensor_collect(thread, error);
  enum myr_run_stage before = stopwatch_turn(thread->watch, MYR_RUN_DRAW);
  for (int attempt = 0; attempt < 2 && !status; attempt++) {
    submitted_frame *frame = &thread->submitted[thread->submitted_count];
    *frame = (submitted_frame){.sensors = sensors,
                               .camera = camera,
                               .rows = *rows,
                               .image = wanted_image(sensors, thread, &sensors->cameras->cameras[camera], rows)};
    frame->image.pose = frame->pose;
    bool taken = myr_renderer_submit(thread->renderer, thread->number, camera, &frame->image);
    thread->submitted_count += taken;
    if (taken || attempt) stopwatch_turn(thread->watch, before);
    if (taken) return thread->capacity == 1 ? sensor_collect(thread, error) : MYR_OK;
    status = sensor_collect(thread, error); /* the renderer's queue is full */
  }
  return status ? status : myr_fail(error, MYR_ERROR, "a camera's picture is larger than the GPU's queue");
}

/* The labels of the placed world that belong to no camera. */
static void put_sights(sensor_recorder *sensors, sensor_thread *thread, int row) {
  double *wanted[SIGHT_ROW_COUNT];
  for (int i = 0; i < SIGHT_ROW_COUNT; i++) wanted[i] = sensors->cameras->sights[i] < 0 ? NULL : thread->sights[i];
  myr_renderer_labels(thread->renderer, thread->number, wanted[SIGHT_ROW_box_3d], wanted[SIGHT_ROW_keypoints]);
  for (int i = 0; i < SIGHT_ROW_COUNT; i++) {
    int array = sensors->cameras->sights[i];
    if (array < 0) continue;
    const array_info *info = &sensors->layout->schema.arrays[array];
    void *out = recorder_row(sensors->recorder, array, row);
    memcpy(out, wanted[i], array_row_bytes(info));
    make_finite(info, out);
  }
}

/* Draws the frames of all cameras of one rate. next is NULL where nothing comes after them. */
static myr_status draw_all(sensor_recorder *sensors, sensor_thread *thread, int every, const pose_history *now,
                           const pose_history *next, const frame_rows *rows, myr_error *error) {
  const camera_layout *cameras = sensors->cameras;
  myr_renderer_pose(thread->renderer, thread->number, sensors->world_look, pose_history_latest(now),
                    next ? pose_history_latest(next) : NULL);
  if (every == 1 && rows->count && has_world_labels(sensors)) put_sights(sensors, thread, rows->first);
  myr_status status = MYR_OK;
  for (int c = 0; !status && c < cameras->info->camera_count; c++)
    if (sensors->sees[c] && cameras->info->cameras[c].every == every) status = draw(sensors, thread, c, rows, error);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- episodes */

/* Adds the world's state to all histories. */
static void gather_poses(sensor_recorder *sensors) {
  pose_history_clear(sensors->latest);
  pose_history_add(sensors->latest, &sensors->source);
  for (int i = 0; i < sensors->cameras->rate_count; i++)
    if (sensors->rates[i].wanted) pose_history_add(sensors->rates[i].coming, &sensors->source);
}

/* The states that have come are those of a frame; the next frame's begin with its last. */
static void take_frame(rate *rate, int step) {
  pose_history *shown = rate->coming;
  rate->coming = rate->poses;
  rate->poses = shown;
  rate->taken = step;
  pose_history_begin_with_last(rate->coming, shown);
}

myr_status sensor_step(sensor_recorder *sensors, sensor_thread *thread, int step, myr_error *error) {
  myr_status status = MYR_OK;
  gather_poses(sensors);
  for (int i = 0; !status && i < sensors->cameras->rate_count; i++) {
    rate *rate = &sensors->rates[i];
    if (!rate->wanted || step % rate->every) continue;
    frame_rows rows = {.first = rate->taken, .count = step - rate->taken};
    if (rate->taken >= 0) status = draw_all(sensors, thread, rate->every, rate->poses, sensors->latest, &rows, error);
    take_frame(rate, step);
  }
  return status;
}

myr_status sensor_end(sensor_recorder *sensors, sensor_thread *thread, int steps, bool diverged, myr_error *error) {
  myr_status status = MYR_OK;
  if (!diverged) gather_poses(sensors);
  for (int i = 0; !status && i < sensors->cameras->rate_count; i++) {
    rate *rate = &sensors->rates[i];
    if (!rate->wanted) continue;
    bool due = !diverged && steps % rate->every == 0; /* for one more frame, of the state after the last step */
    frame_rows rows = {.first = rate->taken, .count = steps - rate->taken, .final = !due};
    frame_rows final = {.first = steps, .final = true};
    status = draw_all(sensors, thread, rate->every, rate->poses, diverged ? NULL : sensors->latest, &rows, error);
    if (!status && due) status = draw_all(sensors, thread, rate->every, rate->coming, NULL, &final, error);
  }
  return status;
}

static bool sees_anything(const sensor_recorder *sensors) {
  for (int c = 0; c < sensors->cameras->info->camera_count; c++)
    if (sensors->sees[c]) return true;
  return false;
}

/* Fills next_obs/ from obs/ and final_obs/, those pictures aside that lie in the recorder. */
static bool shift_pictures(sensor_recorder *sensors) {
  bool good = true;
  for (int c = 0; good && c < sensors->cameras->info->camera_count; c++) {
    const camera_arrays *arrays = &sensors->cameras->cameras[c];
    for (int i = 0; good && sensors->sees[c] && i < MYR_OUTPUT_COUNT; i++) {
      int shifted = arrays->next_pictures[i];
      if (shifted >= 0 && sensors->layout->schema.arrays[shifted].frames)
        good = frame_shift(&sensors->frames, arrays->pictures[i], arrays->final_pictures[i], shifted);
    }
  }
  return good;
}

bool sensor_pack(sensor_recorder *sensors, episode *episode) {
  if (!shift_pictures(sensors)) return false;
  frame_store spare = episode->frames; /* that of an earlier episode */
  episode->frames = sensors->frames;
  sensors->frames = spare;
  free(episode->text);
  episode->text = NULL;
  bool seen = sees_anything(sensors);
  if (seen) episode->text = camera_info_json(sensors->layout, sensors->recorder, sensors->sees);
  episode->attributes[sensors->layout->camera_info].string = episode->text;
  return episode->text || !seen;
}
