/* Verifies the labels of cameras: boxes and counts of pixels must agree with the ids in the images; see verify.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/dataset.h"
#include "dataset/verify.h"

struct instance_check {
  instance_check *next;
  char *camera;
  const found_array *ids;                 /* labels/<camera>_seg, or NULL */
  int64_t rows, instances, height, width; /* height and width: 0 if no picture of the camera shows its size */
  int32_t *tight, *loose;                 /* (rows, instances, 4) */
  int32_t *visible, *covered;
  float *fraction; /* (rows, instances) */
  int32_t *found;  /* (instances, 5) the box and the count in one image */
  int64_t wrong_rows, first_wrong_row;
};

static void instance_check_free(instance_check *instances) {
  free(instances->camera);
  free(instances->tight);
  free(instances->loose);
  free(instances->visible);
  free(instances->covered);
  free(instances->fraction);
  free(instances->found);
  free(instances);
}

/* Returns the camera's name, malloc'd, if path is group/<camera><suffix>; else NULL. */
static char *camera_of(const char *path, const char *group, const char *suffix) {
  size_t length = strlen(path), before = strlen(group), after = strlen(suffix);
  if (length <= before + after || strncmp(path, group, before) || strcmp(path + length - after, suffix)) return NULL;
  return strndup(path + before, length - before - after);
}

static const found_array *find_of(const verification *check, const char *group, const char *camera, const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s%s_%s", group, camera, name);
  return found_find(&check->episode, path);
}

/* Returns a copy of labels/<camera>_<name>, whose first dimensions must be rows and instances. Otherwise reports a
 * fault and returns NULL. */
static void *load(verification *check, const char *demo, const instance_check *instances, const char *name,
                  myr_array_type type, int rank) {
  const found_array *array = find_of(check, "labels/", instances->camera, name);
  bool good = array && array->type == type && array->rank == rank && array->shape[0] == instances->rows &&
              array->shape[1] == instances->instances && (rank < 3 || array->shape[2] == 4);
  const void *data = good ? read_array(array, &check->buffer) : NULL;
  size_t bytes = good ? (size_t)array->count * myr_array_type_bytes(type) : 0;
  void *copy = data ? malloc(bytes + 1) : NULL;
  if (copy) memcpy(copy, data, bytes);
  if (!copy) verify_fault(check, "%s/labels/%s_%s is missing, or of another shape", demo, instances->camera, name);
  return copy;
}

/* Returns the camera's array of an output if it has these rows; else NULL. */
static const found_array *find_picture(const verification *check, const instance_check *instances, int output) {
  for (int beams = 0; beams < 2; beams++) {
    const char *name = myr_picture_name(output, beams);
    char group[16];
    snprintf(group, sizeof group, "%s/", myr_picture_group(output));
    const found_array *array = name ? find_of(check, group, instances->camera, name) : NULL;
    if (array && array->rank >= 3 && array->shape[0] == instances->rows) return array;
  }
  return NULL;
}

/* Finds the images of ids, and the size in pixels by any picture that the camera recorded. */
static void find_pictures(const verification *check, instance_check *instances) {
  const found_array *ids = find_picture(check, instances, MYR_OUTPUT_instance), *array = ids;
  for (int i = 0; !array && i < MYR_OUTPUT_COUNT; i++) array = find_picture(check, instances, i);
  if (ids && ids->type == MYR_ARRAY_I32) instances->ids = ids;
  if (!array) return;
  instances->height = array->shape[1];
  instances->width = array->shape[2];
  /* Every row of ids has as many numbers as the picture has pixels, or they are not read. */
  if (instances->ids && ids->count != instances->rows * instances->height * instances->width) instances->ids = NULL;
}

static bool box_is_empty(const int32_t box[4]) { return !(box[0] | box[1] | box[2] | box[3]); }

static bool box_is_inside(const int32_t box[4], int64_t x0, int64_t y0, int64_t x1, int64_t y1) {
  return box[0] >= x0 && box[1] >= y0 && box[0] < box[2] && box[1] < box[3] && box[2] <= x1 && box[3] <= y1;
}

/* Whether the labels of one instance in one row agree with each other. */
static bool is_consistent(const instance_check *instances, int64_t i) {
  const int32_t *tight = instances->tight + 4 * i, *loose = instances->loose + 4 * i;
  int32_t visible = instances->visible[i], covered = instances->covered[i];
  int64_t width = instances->width ? instances->width : INT32_MAX,
          height = instances->height ? instances->height : INT32_MAX;
  if (visible < 0 || covered < visible || visible > width * height) return false;
  float fraction = covered ? (float)visible / (float)covered : 0;
  if (instances->fraction[i] != fraction) return false;
  if (visible ? !box_is_inside(tight, loose[0], loose[1], loose[2], loose[3]) : !box_is_empty(tight)) return false;
  return covered ? box_is_inside(loose, 0, 0, width, height) : box_is_empty(loose);
}

static void begin_camera(verification *check, const char *demo, const found_array *boxes, char *camera) {
  instance_check *instances = calloc(1, sizeof *instances);
  if (!instances) {
    verify_fault(check, "%s: too little memory to check its boxes", demo);
    free(camera);
    return;
  }
  *instances = (instance_check){.next = check->instances,
                                .camera = camera,
                                .rows = boxes->shape[0],
                                .instances = boxes->rank > 1 ? boxes->shape[1] : 0};
  check->instances = instances;
  instances->tight = load(check, demo, instances, "box_tight", MYR_ARRAY_I32, 3);
  instances->loose = load(check, demo, instances, "box_loose", MYR_ARRAY_I32, 3);
  instances->visible = load(check, demo, instances, "visible_pixels", MYR_ARRAY_I32, 2);
  instances->covered = load(check, demo, instances, "covered_pixels", MYR_ARRAY_I32, 2);
  instances->fraction = load(check, demo, instances, "visible_fraction", MYR_ARRAY_F32, 2);
  instances->found = calloc((size_t)instances->instances * 5 + 1, sizeof *instances->found);
  if (!instances->tight || !instances->loose || !instances->visible || !instances->covered || !instances->fraction ||
      !instances->found) {
    instances->rows = 0; /* the fault is reported, or memory is short, so nothing more is compared */
    return;
  }
  find_pictures(check, instances);
  int64_t wrong = 0;
  for (int64_t i = 0; i < instances->rows * instances->instances; i++) wrong += !is_consistent(instances, i);
  if (wrong)
    verify_fault(check, "%s/labels/%s_*: %lld boxes lie outside the picture or disagree with their pixels' numbers",
                 demo, camera, (long long)wrong);
}

void verify_instances_begin(verification *check, const char *demo) {
  for (int i = 0; i < check->episode.count; i++) {
    char *camera = camera_of(check->episode.arrays[i].path, "labels/", "_box_tight");
    if (camera) begin_camera(check, demo, &check->episode.arrays[i], camera);
  }
}

/* Computes boxes and numbers of pixels from the ids of one image. Returns false if an id belongs to no instance. */
static bool find_boxes(instance_check *instances, const int32_t *ids) {
  int32_t *found = instances->found;
  memset(found, 0, (size_t)instances->instances * 5 * sizeof *found);
  for (int32_t y = 0; y < instances->height; y++)
    for (int32_t x = 0; x < instances->width; x++) {
      int32_t id = ids[y * instances->width + x];
      if (id < 0 || id > instances->instances) return false;
      if (!id) continue;
      int32_t *one = found + 5 * (id - 1);
      if (!one[4]++) one[0] = x, one[1] = y;
      if (x < one[0]) one[0] = x;
      if (x >= one[2]) one[2] = x + 1;
      one[3] = y + 1;
    }
  return true;
}

void verify_instances_row(verification *check, const found_array *array, int64_t row, const void *data) {
  instance_check *instances = check->instances;
  while (instances && instances->ids != array) instances = instances->next;
  if (!instances || row >= instances->rows) return;
  bool agrees = find_boxes(instances, data);
  for (int64_t i = 0; agrees && i < instances->instances; i++) {
    int64_t at = row * instances->instances + i;
    agrees = !memcmp(instances->found + 5 * i, instances->tight + 4 * at, 4 * sizeof(int32_t)) &&
             instances->found[5 * i + 4] == instances->visible[at];
  }
  if (!agrees && !instances->wrong_rows++) instances->first_wrong_row = row;
}

/* Checks images that are so small that the digest did not visit them row by row. */
static void visit_small_picture(verification *check, const found_array *ids) {
  if (!ids || array_has_large_rows(ids->rank, ids->shape)) return;
  const int32_t *data = read_array(ids, &check->buffer);
  int64_t pixels = ids->shape[0] ? ids->count / ids->shape[0] : 0;
  for (int64_t row = 0; data && row < ids->shape[0]; row++) verify_instances_row(check, ids, row, data + row * pixels);
}

void verify_instances_end(verification *check, const char *demo) {
  while (check->instances) {
    instance_check *instances = check->instances;
    if (instances->rows) visit_small_picture(check, instances->ids);
    if (instances->wrong_rows)
      verify_fault(check,
                   "%s/labels/%s_seg: in %lld rows, first in row %lld, box_tight or visible_pixels are not those "
                   "of its ids",
                   demo, instances->camera, (long long)instances->wrong_rows, (long long)instances->first_wrong_row);
    check->instances = instances->next;
    instance_check_free(instances);
  }
}

static void verify_pose(verification *check, const char *demo, const found_array *array) {
  const double *pose = array->type == MYR_ARRAY_F64 && array->rank == 2 && array->shape[1] == 7
                           ? read_array(array, &check->buffer)
                           : NULL;
  int64_t wrong = 0;
  for (int64_t i = 0; pose && i < array->shape[0]; i++) {
    double norm = 0;
    for (int k = 3; k < 7; k++) norm += pose[7 * i + k] * pose[7 * i + k];
    wrong += !(fabs(norm - 1) < 1e-3);
  }
  if (!pose || wrong) verify_fault(check, "%s/%s holds quaternions that are not of length 1", demo, array->path);
}

static void verify_frame_steps(verification *check, const char *demo, const found_array *array, int64_t steps) {
  const int32_t *taken = array->type == MYR_ARRAY_I32 && array->rank == 1 && array->shape[0] == steps
                             ? read_array(array, &check->buffer)
                             : NULL;
  bool good = taken != NULL;
  for (int64_t i = 0; good && i < steps; i++) good = taken[i] <= i && taken[i] >= (i ? taken[i - 1] : 0);
  if (!good)
    verify_fault(check, "%s/%s: a frame is taken in the future, or the rows are out of order", demo, array->path);
}

void verify_cameras(verification *check, const char *demo, int64_t steps) {
  for (int i = 0; i < check->episode.count; i++) {
    const found_array *array = &check->episode.arrays[i];
    char *posed = camera_of(array->path, "labels/", "_pose"), *held = camera_of(array->path, "labels/", "_frame_step");
    if (posed) verify_pose(check, demo, array);
    if (held) verify_frame_steps(check, demo, array, steps);
    free(posed);
    free(held);
  }
}
