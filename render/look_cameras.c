/* Cameras, LiDARs and range finders: those of the scenario; if it has none, those of files; otherwise one camera that
 * sees the whole scene. */
#include <stdio.h>
#include <string.h>

#include "kernels/model.h"
#include "render/look.h"
#include "render/rigid.h"

static const double pi = 3.14159265358979323846;
static const float full_turn = 6.2831853f, straight = 3.1415927f;

/* The defaults of a file's camera. */
static const myr_camera_description usual = {
    .width = 320,
    .height = 240,
    .near_limit = 0.01f,
    .far_limit = 1000,
    .samples = 4,
    .shadows = true,
    .patterns = true,
    .outputs = MYR_OUTPUT_BIT(rgb) | MYR_OUTPUT_BIT(depth) | MYR_OUTPUT_BIT(instance),
    .every = 1,
    .episodes_every = 1,
    .quaternion = {1, 0, 0, 0},
    .fov = 0.785398f,
};

/* MJCF cameras look along -z with y up. Half a turn about x gives right, down, forward. */
static void from_mjcf(const float quaternion[4], float out[4]) {
  static const float half_turn[4] = {0, 1, 0, 0};
  quaternion_multiply(quaternion, half_turn, out);
}

void look_count_cameras(myr_look *look, const look_sources *sources) {
  int count = sources->description->camera_count;
  if (count == 0) count = sources->appearance->camera_count;
  look->info.camera_count = count > 0 ? count : 1;
}

/* ------------------------------------------------------------------------------------------------ checks */
static myr_status check_angle(const myr_camera_description *d, float fov, myr_error *error) {
  float most = d->projection == MYR_FISHEYE ? full_turn : straight;
  bool inside = d->projection == MYR_FISHEYE ? fov > 0 && fov <= most : fov > 0 && fov < most;
  if (d->projection == MYR_BEAMS || d->focal[1] > 0 || inside) return MYR_OK;
  return myr_fail(error, MYR_INVALID,
                  "camera \"%s\": a field of view of %g rad does not exist; choose one between 0 and %s", d->name,
                  (double)fov, d->projection == MYR_FISHEYE ? "2 pi" : "pi");
}

static bool finite_all(const float *values, int count) {
  for (int i = 0; i < count; i++)
    if (!(values[i] - values[i] == 0)) return false;
  return true;
}

static myr_status check_pose(const myr_camera_description *d, const double position[3], const float orientation[4],
                             myr_error *error) {
  const float rounded[3] = {(float)position[0], (float)position[1], (float)position[2]};
  if (!finite_all(rounded, 3))
    return myr_fail(error, MYR_INVALID, "camera \"%s\": its position is not a number", d->name);
  float size = 0;
  for (int k = 0; k < 4; k++) size += orientation[k] * orientation[k];
  if (size > 0.99f && size < 1.01f) return MYR_OK;
  return myr_fail(error, MYR_INVALID, "camera \"%s\": its quaternion is not a rotation", d->name);
}

/* Checks the properties of beams that the kernels rely on. */
static myr_status check_beams(const myr_camera_description *d, myr_error *error) {
  if (!d->elevations) return myr_fail(error, MYR_INVALID, "sensor \"%s\": it has no elevations", d->name);
  bool rising = true, falling = true;
  for (int j = 0; j < d->height; j++) {
    if (!(d->elevations[j] >= -0.5f * straight && d->elevations[j] <= 0.5f * straight))
      return myr_fail(error, MYR_INVALID, "sensor \"%s\": an elevation of %g rad is not between -pi/2 and pi/2",
                      d->name, (double)d->elevations[j]);
    if (j > 0) rising &= d->elevations[j] > d->elevations[j - 1], falling &= d->elevations[j] < d->elevations[j - 1];
  }
  if (!rising && !falling)
    return myr_fail(error, MYR_INVALID, "sensor \"%s\": its elevations neither rise nor fall", d->name);
  if (!finite_all(&d->azimuth_first, 1) || !finite_all(&d->azimuth_step, 1))
    return myr_fail(error, MYR_INVALID, "sensor \"%s\": its azimuth is not a number", d->name);
  if (!(d->scan_time >= 0) || !finite_all(&d->scan_time, 1))
    return myr_fail(error, MYR_INVALID, "sensor \"%s\": a scan of %g s", d->name, (double)d->scan_time);
  return MYR_OK;
}

static myr_status check_camera(const myr_look *look, const myr_camera_description *d, float fov, myr_error *error) {
  if (d->projection < MYR_PINHOLE || d->projection > MYR_BEAMS)
    return myr_fail(error, MYR_INVALID, "camera \"%s\": a projection of number %d does not exist", d->name,
                    d->projection);
  if (d->width < 1 || d->height < 1 || d->width > MYR_VIEW_LIMIT || d->height > MYR_VIEW_LIMIT)
    return myr_fail(error, MYR_INVALID, "camera \"%s\": %d x %d pixels; choose 1 to %d in each direction", d->name,
                    d->width, d->height, MYR_VIEW_LIMIT);
  if (!(d->near_limit > 0) || !(d->far_limit > d->near_limit) || !finite_all(&d->far_limit, 1))
    return myr_fail(error, MYR_INVALID,
                    "camera \"%s\": it must be 0 < near < far < infinity, and near is %g m, far %g m", d->name,
                    (double)d->near_limit, (double)d->far_limit);
  if (d->samples != 1 && d->samples != 4 && d->samples != 16)
    return myr_fail(error, MYR_INVALID, "camera \"%s\": %d samples; choose 1, 4 or 16", d->name, d->samples);
  if (d->every < 1 || d->episodes_every < 1)
    return myr_fail(error, MYR_INVALID, "camera \"%s\": a frame every %d steps of every %d episodes; both begin at 1",
                    d->name, d->every, d->episodes_every);
  myr_status status = look_check_body(look, d->body, "camera", d->name, error);
  if (!status && d->projection == MYR_BEAMS) status = check_beams(d, error);
  return status ? status : check_angle(d, fov, error);
}

/* ------------------------------------------------------------------------------------------------ filling */
static void put_direction(float pair[2], double angle) {
  pair[0] = (float)portable_cos(angle);
  pair[1] = (float)portable_sin(angle);
}

static bool fill_beams(myr_look *look, myr_view *view, myr_camera_info *info, const myr_camera_description *d) {
  float *azimuth = look_allocate(look, (size_t)d->width, 2 * sizeof *azimuth);
  float *elevation = look_allocate(look, (size_t)d->height, 2 * sizeof *elevation);
  float *time = look_allocate(look, (size_t)d->width, sizeof *time);
  if (!azimuth || !elevation || !time) return false;
  for (int i = 0; i < d->width; i++) {
    double angle = (double)d->azimuth_first + (double)i * d->azimuth_step;
    put_direction(azimuth + 2 * i, angle > pi ? angle - 2 * pi : angle < -pi ? angle + 2 * pi : angle);
    time[i] = d->scan_time * (float)i / (float)d->width;
  }
  for (int j = 0; j < d->height; j++) put_direction(elevation + 2 * j, d->elevations[j]);
  view->azimuth = azimuth, view->elevation = elevation;
  info->column_time = d->scan_time > 0 ? time : NULL;
  info->scan_time = d->scan_time;
  return true;
}

static myr_status fill_camera(myr_look *look, int i, const myr_camera_description *d, const look_mount *mount,
                              const double position[3], const float orientation[4], float fov, myr_error *error) {
  look_camera *camera = &look->cameras[i];
  myr_camera_info *info = &look->camera_infos[i];
  myr_status status = check_camera(look, d, fov, error);
  if (!status) status = check_pose(d, position, orientation, error);
  if (status) return status;
  camera->mount = *mount;
  camera->view = (myr_view){.width = d->width,
                            .height = d->height,
                            .projection = d->projection,
                            .samples = d->projection == MYR_BEAMS ? 1 : d->samples,
                            .shadows = d->shadows,
                            .patterns = d->patterns,
                            .highlights = 1,
                            .near_limit = d->near_limit,
                            .far_limit = d->far_limit};
  memcpy(camera->view.focal, d->focal, sizeof d->focal);
  bool centred = d->center[0] == 0 && d->center[1] == 0;
  camera->view.center[0] = centred ? 0.5f * (float)d->width : d->center[0];
  camera->view.center[1] = centred ? 0.5f * (float)d->height : d->center[1];
  *info = (myr_camera_info){.name = look_string(look, d->name),
                            .projection = d->projection,
                            .width = d->width,
                            .height = d->height,
                            .body = mount->body,
                            .outputs = d->outputs,
                            .every = d->every,
                            .episodes_every = d->episodes_every,
                            .near_limit = d->near_limit,
                            .far_limit = d->far_limit};
  myr_look_set_position(look, look->defaults, MYR_LOOK_camera_position, i, position);
  memcpy(look_value(look, look->defaults, MYR_LOOK_camera_orientation, i), orientation, 4 * sizeof(float));
  *look_value(look, look->defaults, MYR_LOOK_camera_fov, i) = fov;
  bool complete = info->name && (d->projection != MYR_BEAMS || fill_beams(look, &camera->view, info, d));
  return complete ? MYR_OK : myr_fail(error, MYR_ERROR, "out of memory");
}

static const myr_visual_camera *find_camera(const myr_appearance *a, const char *name) {
  for (int i = 0; i < a->camera_count; i++)
    if (a->cameras[i].name && strcmp(a->cameras[i].name, name) == 0) return &a->cameras[i];
  return NULL;
}

/* Takes pose and angle from a file's camera, and all other values from the description. */
static myr_status fill_from_file(myr_look *look, int i, const myr_visual_camera *from, const myr_camera_description *d,
                                 myr_error *error) {
  const myr_mount *m = &from->mount;
  bool tracks = m->tracking == MYR_TRACK_BODY || m->tracking == MYR_TRACK_BODY_COM;
  look_mount mount = {m->body, m->tracking, m->target};
  myr_camera_description taken = *d;
  if (from->focal[1] > 0 && from->height > 0 && taken.focal[1] == 0) { /* px of another image size */
    float scale = (float)d->height / (float)from->height;
    for (int k = 0; k < 2; k++) taken.focal[k] = from->focal[k] * scale;
    taken.center[0] = 0.5f * (float)d->width + (from->center[0] - 0.5f * (float)from->width) * scale;
    taken.center[1] = from->center[1] * scale;
  }
  float orientation[4];
  double offset[3];
  for (int k = 0; k < 3; k++) offset[k] = (double)m->offset[k];
  from_mjcf(tracks ? m->global_quaternion : m->quaternion, orientation);
  return fill_camera(look, i, &taken, &mount, tracks ? offset : m->position, orientation,
                     d->fov > 0 ? d->fov : from->vertical_fov, error);
}

static myr_status fill_described(myr_look *look, const myr_appearance *a, int i, const myr_camera_description *d,
                                 myr_error *error) {
  if (d->from) {
    const myr_visual_camera *from = find_camera(a, d->from);
    if (!from) return myr_fail(error, MYR_INVALID, "camera \"%s\": no model has a camera \"%s\"", d->name, d->from);
    return fill_from_file(look, i, from, d, error);
  }
  look_mount mount = {d->body, MYR_TRACK_FIXED, -1};
  return fill_camera(look, i, d, &mount, d->position, d->quaternion, d->fov, error);
}

/* ------------------------------------------------------------------------------------------------ the overview */
/* The box around all visuals except planes, in the model's zero pose; a unit cube when there are none. */
static void scene_bounds(const myr_look *look, const float *position, float low[3], float high[3]) {
  for (int k = 0; k < 3; k++) low[k] = 1e9f, high[k] = -1e9f;
  for (int i = 0; i < look->info.visual_count; i++) {
    const look_visual *v = &look->visuals[i];
    if (v->shape == MYR_GEOM_PLANE) continue;
    const float *size = look_read(look, look->defaults, MYR_LOOK_visual_size, i);
    const float *offset = look_read(look, look->defaults, MYR_LOOK_visual_position, i);
    float reach = v->mesh >= 0 ? look->meshes[v->mesh].bound_radius : size[0] > size[1] ? size[0] : size[1];
    for (int k = 0; k < 3; k++) {
      float at = position[3 * v->body + k];
      float margin = reach + (v->body == 0 ? 0 : length(offset));
      if (v->body == 0) at += offset[k];
      if (at - margin < low[k]) low[k] = at - margin;
      if (at + margin > high[k]) high[k] = at + margin;
    }
  }
  for (int k = 0; k < 3; k++)
    if (low[k] > high[k]) low[k] = -0.5f, high[k] = 0.5f;
}

static myr_status fill_overview(myr_look *look, myr_error *error) {
  const myr_model *model = look->model;
  float *poses = look_allocate(look, (size_t)model->nbody, 7 * sizeof *poses);
  if (!poses) return myr_fail(error, MYR_ERROR, "out of memory");
  look_zero_poses(model, poses, poses + 3 * model->nbody);
  float low[3], high[3], center[3], half[3], forward[3] = {-0.55f, 0.78f, -0.3f}, turn[9], quaternion[4];
  double position[3];
  scene_bounds(look, poses, low, high);
  for (int k = 0; k < 3; k++) center[k] = 0.5f * (low[k] + high[k]), half[k] = 0.5f * (high[k] - low[k]);
  normalize(forward);
  myr_camera_description d = usual;
  d.name = "overview";
  float radius = length(half) > 1e-3f ? length(half) : 1e-3f;
  float distance = 1.1f * radius / (float)portable_sin(0.5 * d.fov);
  for (int k = 0; k < 3; k++) position[k] = (double)(center[k] - distance * forward[k]);
  rotation_looking(forward, turn);
  quaternion_of_rotation(turn, quaternion);
  if (d.far_limit < 4 * distance) d.far_limit = 4 * distance;
  if (d.near_limit > 0.01f * distance) d.near_limit = 0.01f * distance;
  look_mount world = {0, MYR_TRACK_FIXED, -1};
  look->info.overview_only = true;
  return fill_camera(look, 0, &d, &world, position, quaternion, d.fov, error);
}

myr_status look_fill_cameras(myr_look *look, const look_sources *sources, myr_error *error) {
  const myr_look_description *described = sources->description;
  const myr_appearance *a = sources->appearance;
  myr_camera_info *infos = look_allocate(look, (size_t)look->info.camera_count, sizeof *infos);
  if (!infos) return myr_fail(error, MYR_ERROR, "out of memory");
  look->info.cameras = look->camera_infos = infos;
  if (described->camera_count == 0 && a->camera_count == 0) return fill_overview(look, error);
  myr_status status = MYR_OK;
  for (int i = 0; i < look->info.camera_count && !status; i++) {
    if (described->camera_count > 0) {
      status = fill_described(look, a, i, &described->cameras[i], error);
      continue;
    }
    char buffer[32];
    snprintf(buffer, sizeof buffer, "camera%d", i + 1);
    myr_camera_description d = usual;
    d.name = a->cameras[i].name ? a->cameras[i].name : buffer;
    d.fov = 0;
    status = fill_from_file(look, i, &a->cameras[i], &d, error);
  }
  return status;
}
