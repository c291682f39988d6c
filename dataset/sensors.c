#include "dataset/sensors.h"

#include <stdlib.h>
#include <string.h>

enum { POSE_FLOATS = 7 }; /* of a body */

/* The frames that all cameras of one rate take together. */
typedef struct rate {
  int every;
  bool wanted;
  int taken;    /* step of the frame that is not drawn yet; -1: none */
  float *poses; /* of the bodies then: (nbody, 3) m, then (nbody, 4) w x y z */
} rate;

struct sensor_recorder {
  const record_layout *layout;
  const camera_layout *cameras;
  recorder *recorder;
  int bodies;
  myr_span position, rotation;
  myr_world_look *world_look;
  bool *sees;    /* (camera_count) in this episode */
  rate *rates;   /* (rate_count) */
  float *latest; /* as rate.poses, of the latest step */
  frame_store frames;
};

struct sensor_thread {
  const record_layout *layout;
  myr_renderer *renderer;
  int number;
  float *look_values;
  void *pictures[PICTURE_COUNT]; /* each with room for the largest */
  myr_instance_view *instances;
  frame_compressor *compressor;
};

/* The rows that one frame fills. */
typedef struct frame_rows {
  int first, count; /* of the episode */
  bool final;       /* final_obs too */
  bool finite;      /* numbers that are not finite become 0 */
} frame_rows;

/* ---------------------------------------------------------------------------------------------------- threads */

sensor_thread *sensor_thread_create(const record_layout *layout, myr_renderer *renderer, int number) {
  const camera_layout *cameras = &layout->cameras;
  sensor_thread *thread = calloc(1, sizeof *thread);
  if (!thread) return NULL;
  thread->layout = layout;
  thread->renderer = renderer;
  thread->number = number;
  thread->look_values = calloc((size_t)cameras->info->value_count + 1, sizeof *thread->look_values);
  thread->instances = calloc((size_t)cameras->info->instance_count + 1, sizeof *thread->instances);
  bool good = thread->look_values && thread->instances;
  size_t largest = 0;
  for (int kind = 0; kind < PICTURE_COUNT; kind++) {
    size_t bytes = cameras->picture_bytes[kind];
    if (bytes) good = (thread->pictures[kind] = malloc(bytes)) && good;
    if (bytes > largest) largest = bytes;
  }
  thread->compressor = frame_compressor_create(largest);
  if (good && thread->compressor) return thread;
  sensor_thread_destroy(thread);
  return NULL;
}

void sensor_thread_destroy(sensor_thread *thread) {
  if (!thread) return;
  for (int kind = 0; kind < PICTURE_COUNT; kind++) free(thread->pictures[kind]);
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
  size_t poses = (size_t)sensors->bodies * POSE_FLOATS;
  size_t look_bytes = (myr_look_world_bytes(cameras->look) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  sensors->world_look = aligned_alloc(ALIGNMENT, look_bytes);
  sensors->sees = calloc((size_t)cameras->info->camera_count + 1, sizeof *sensors->sees);
  sensors->rates = calloc((size_t)cameras->rate_count + 1, sizeof *sensors->rates);
  sensors->latest = calloc(poses, sizeof *sensors->latest);
  bool good = sensors->world_look && sensors->sees && sensors->rates && sensors->latest;
  for (int i = 0; good && i < cameras->rate_count; i++) {
    sensors->rates[i].every = cameras->rates[i];
    good = (sensors->rates[i].poses = calloc(poses, sizeof(float))) != NULL;
  }
  if (good) return sensors;
  sensor_recorder_destroy(sensors);
  return NULL;
}

void sensor_recorder_destroy(sensor_recorder *sensors) {
  if (!sensors) return;
  for (int i = 0; sensors->rates && i < sensors->cameras->rate_count; i++) free(sensors->rates[i].poses);
  free(sensors->world_look);
  free(sensors->sees);
  free(sensors->rates);
  free(sensors->latest);
  frame_store_free(&sensors->frames, &sensors->layout->schema);
  free(sensors);
}

static bool has_world_labels(const sensor_recorder *sensors) {
  return sensors->cameras->box_3d >= 0 || sensors->cameras->keypoints >= 0;
}

bool sensor_begin(sensor_recorder *sensors, sensor_thread *thread, myr_batch *batch, int world, int64_t episode,
                  const double *values) {
  const camera_layout *cameras = sensors->cameras;
  sensors->position = myr_batch_field(batch, MYR_FIELD_body_position, world);
  sensors->rotation = myr_batch_field(batch, MYR_FIELD_body_rotation, world);
  for (int i = 0; i < cameras->rate_count; i++) {
    sensors->rates[i].taken = -1;
    sensors->rates[i].wanted = sensors->rates[i].every == 1 && has_world_labels(sensors);
  }
  for (int c = 0; c < cameras->info->camera_count; c++) {
    const myr_camera_info *camera = &cameras->info->cameras[c];
    sensors->sees[c] = in_every(camera->episodes_every, episode);
    for (int i = 0; i < cameras->rate_count; i++)
      if (cameras->rates[i] == camera->every) sensors->rates[i].wanted |= sensors->sees[c];
    if (cameras->cameras[c].column_time >= 0)
      memcpy(recorder_row(sensors->recorder, cameras->cameras[c].column_time, 0), camera->column_time,
             (size_t)camera->width * sizeof(float));
  }
  myr_plan_look_values(sensors->layout->plan, values, thread->look_values);
  myr_look_resolve(cameras->look, thread->look_values, sensors->world_look);
  return frame_store_begin(&sensors->frames, &sensors->layout->schema);
}

/* ---------------------------------------------------------------------------------------------------- one frame */

static bool put_rows(sensor_recorder *sensors, sensor_thread *thread, int array, void *picture, int first, int count,
                     bool finite) {
  const episode_schema *schema = &sensors->layout->schema;
  if (schema->arrays[array].frames)
    return frame_append(thread->compressor, schema, &sensors->frames, array, picture, count, finite);
  for (int i = 0; i < count; i++)
    memcpy(recorder_row(sensors->recorder, array, first + i), picture, array_row_bytes(&schema->arrays[array]));
  return true;
}

static bool put_pictures(sensor_recorder *sensors, sensor_thread *thread, const camera_arrays *arrays,
                         const frame_rows *rows) {
  bool good = true;
  for (int kind = 0; good && kind < PICTURE_COUNT; kind++) {
    if (arrays->pictures[kind] < 0) continue;
    void *picture = thread->pictures[kind];
    good = put_rows(sensors, thread, arrays->pictures[kind], picture, rows->first, rows->count, rows->finite);
    if (good && rows->final)
      good = put_rows(sensors, thread, arrays->final_pictures[kind], picture, 0, 1, rows->finite);
  }
  return good;
}

static void *label_row(sensor_recorder *sensors, const camera_arrays *arrays, enum frame_label label, int row) {
  return recorder_row(sensors->recorder, arrays->labels[label], row);
}

static void label_instances(sensor_recorder *sensors, const sensor_thread *thread, const camera_arrays *arrays,
                            int row) {
  int32_t *tight = label_row(sensors, arrays, LABEL_BOX_TIGHT, row);
  if (!tight) return;
  int32_t *loose = label_row(sensors, arrays, LABEL_BOX_LOOSE, row),
          *visible = label_row(sensors, arrays, LABEL_VISIBLE_PIXELS, row),
          *covered = label_row(sensors, arrays, LABEL_COVERED_PIXELS, row);
  float *fraction = label_row(sensors, arrays, LABEL_VISIBLE_FRACTION, row);
  for (int i = 0; i < sensors->cameras->info->instance_count; i++) {
    const myr_instance_view *view = &thread->instances[i + 1];
    memcpy(tight + 4 * i, view->tight, sizeof view->tight);
    memcpy(loose + 4 * i, view->loose, sizeof view->loose);
    visible[i] = view->visible;
    covered[i] = view->covered;
    fraction[i] = view->covered ? (float)view->visible / (float)view->covered : 0;
  }
}

/* The labels of row rows->first are in their arrays but for the instances'; the other rows repeat them. */
static void put_labels(sensor_recorder *sensors, const sensor_thread *thread, const camera_arrays *arrays,
                       const frame_rows *rows) {
  label_instances(sensors, thread, arrays, rows->first);
  int32_t *taken = label_row(sensors, arrays, LABEL_FRAME_STEP, rows->first);
  if (taken) *taken = rows->first;
  for (int label = 0; label < LABEL_COUNT; label++) {
    const void *first = label_row(sensors, arrays, label, rows->first);
    for (int i = 1; first && i < rows->count; i++)
      memcpy(label_row(sensors, arrays, label, rows->first + i), first,
             array_row_bytes(&sensors->layout->schema.arrays[arrays->labels[label]]));
  }
}

/* Draws one camera's frame of what was placed, and puts it into its rows. */
static bool draw(sensor_recorder *sensors, sensor_thread *thread, int camera, const frame_rows *rows) {
  const camera_arrays *arrays = &sensors->cameras->cameras[camera];
#define PICTURE(kind) (arrays->pictures[kind] >= 0 ? thread->pictures[kind] : NULL)
  myr_image image = {.pixels = {.rgb = PICTURE(PICTURE_COLOR),
                                .depth = PICTURE(PICTURE_DEPTH),
                                .millimetres = PICTURE(PICTURE_MILLIMETRES),
                                .instance = PICTURE(PICTURE_INSTANCE),
                                .semantic = PICTURE(PICTURE_SEMANTIC),
                                .part = PICTURE(PICTURE_PART),
                                .normal = PICTURE(PICTURE_NORMAL),
                                .flow = PICTURE(PICTURE_FLOW),
                                .intensity = PICTURE(PICTURE_INTENSITY)}};
#undef PICTURE
  if (rows->count) {
    if (arrays->labels[LABEL_BOX_TIGHT] >= 0) image.pixels.instances = thread->instances;
    image.keypoints = label_row(sensors, arrays, LABEL_KEYPOINTS, rows->first);
    image.pose = label_row(sensors, arrays, LABEL_POSE, rows->first);
    image.intrinsics = label_row(sensors, arrays, LABEL_INTRINSICS, rows->first);
  }
  myr_renderer_draw(thread->renderer, thread->number, camera, &image, NULL);
  if (rows->count) put_labels(sensors, thread, arrays, rows);
  return put_pictures(sensors, thread, arrays, rows);
}

static myr_poses poses_of(const sensor_recorder *sensors, const float *poses) {
  return (myr_poses){poses, poses + 3 * sensors->bodies};
}

/* Draws the frames of all cameras of one rate. next is NULL where nothing comes after them. */
static bool draw_all(sensor_recorder *sensors, sensor_thread *thread, int every, const float *now, const float *next,
                     const frame_rows *rows) {
  const camera_layout *cameras = sensors->cameras;
  myr_poses here = poses_of(sensors, now), there = next ? poses_of(sensors, next) : here;
  myr_renderer_pose(thread->renderer, thread->number, sensors->world_look, &here, next ? &there : NULL);
  if (every == 1 && rows->count && has_world_labels(sensors))
    myr_renderer_labels(thread->renderer, thread->number, recorder_row(sensors->recorder, cameras->box_3d, rows->first),
                        recorder_row(sensors->recorder, cameras->keypoints, rows->first));
  bool good = true;
  for (int c = 0; good && c < cameras->info->camera_count; c++)
    if (sensors->sees[c] && cameras->info->cameras[c].every == every) good = draw(sensors, thread, c, rows);
  return good;
}

/* ---------------------------------------------------------------------------------------------------- episodes */

static void gather_poses(sensor_recorder *sensors) {
  float *position = sensors->latest, *quaternion = sensors->latest + 3 * sensors->bodies;
  for (int i = 0; i < 3 * sensors->bodies; i++)
    position[i] = sensors->position.data[(ptrdiff_t)i * sensors->position.stride];
  for (int i = 0; i < 4 * sensors->bodies; i++)
    quaternion[i] = sensors->rotation.data[(ptrdiff_t)i * sensors->rotation.stride];
}

bool sensor_step(sensor_recorder *sensors, sensor_thread *thread, int step, bool diverged) {
  bool good = true;
  gather_poses(sensors);
  for (int i = 0; good && i < sensors->cameras->rate_count; i++) {
    rate *rate = &sensors->rates[i];
    if (!rate->wanted || step % rate->every) continue;
    frame_rows rows = {.first = rate->taken, .count = step - rate->taken, .finite = diverged};
    if (rate->taken >= 0) good = draw_all(sensors, thread, rate->every, rate->poses, sensors->latest, &rows);
    memcpy(rate->poses, sensors->latest, (size_t)sensors->bodies * POSE_FLOATS * sizeof(float));
    rate->taken = step;
  }
  return good;
}

bool sensor_end(sensor_recorder *sensors, sensor_thread *thread, int steps, bool diverged) {
  bool good = true;
  if (!diverged) gather_poses(sensors);
  for (int i = 0; good && i < sensors->cameras->rate_count; i++) {
    rate *rate = &sensors->rates[i];
    if (!rate->wanted) continue;
    bool due = !diverged && steps % rate->every == 0; /* for one more frame, of the state after the last step */
    frame_rows rows = {.first = rate->taken, .count = steps - rate->taken, .final = !due, .finite = diverged};
    frame_rows final = {.first = steps, .final = true};
    good = draw_all(sensors, thread, rate->every, rate->poses, diverged ? NULL : sensors->latest, &rows);
    if (good && due) good = draw_all(sensors, thread, rate->every, sensors->latest, NULL, &final);
  }
  return good;
}

static bool sees_anything(const sensor_recorder *sensors) {
  for (int c = 0; c < sensors->cameras->info->camera_count; c++)
    if (sensors->sees[c]) return true;
  return false;
}

bool sensor_pack(sensor_recorder *sensors, episode *episode) {
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
