/* Copies lights and cameras of one MuJoCo model into their places in the joined appearance. */
#include "sim/mujoco/appearance.h"

#include <string.h>

#include "sim/deterministic_math.h"
#include "sim/mujoco/supported.h"

static const double radians_per_degree = 3.14159265358979323846 / 180;

/* ------------------------------------------------------------------------------------------------ refusals */
myr_status appearance_check(const import_part *part, myr_error *error) {
  myr_findings findings = {0};
  supported_check_looks(part->mujoco, part->source, &findings);
  myr_error reason = {0};
  myr_status status = findings_status(&findings, 0, &reason);
  myr_findings_free(&findings);
  if (status && part->prefix) return myr_fail(error, status, "entity \"%s\": %.900s", part->prefix, reason.message);
  return status ? myr_fail(error, status, "%s", reason.message) : MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ mounts */
/* The tracking body, mode and target; mjtCamLight numbers the modes as myr_tracking does. */
static void set_tracking(myr_mount *mount, const import_part *part, int body, int mode, int target) {
  mount->body = import_body(part, body);
  mount->tracking = mode;
  mount->target = target < 0 ? -1 : import_body(part, target);
}

/* The offset that the mode uses. MuJoCo keeps one from the body and one from its subtree's centre of mass. */
static void set_offset(myr_mount *mount, const mjtNum *from_body, const mjtNum *from_com) {
  appearance_reals(mount->offset, mount->tracking == MYR_TRACK_BODY_COM ? from_com : from_body, 3);
}

/* The shortest rotation that turns -z onto a direction. Until it is normalised, w is one plus the angle's cosine and
 * the vector is the cross product of the two. Half a turn about x when they are opposite. */
static void turn_to(const mjtNum direction[3], float quaternion[4]) {
  double x = direction[0], y = direction[1], z = direction[2], length = portable_sqrt(x * x + y * y + z * z);
  double q[4] = {1 - z / length, y / length, 0 - x / length, 0};
  double norm = portable_sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]);
  const double opposite = 1e-8; /* nearer than that rounding decides the axis */
  if (norm < opposite) q[0] = 0, q[1] = norm = 1, q[2] = 0;
  for (int i = 0; i < 4; i++) quaternion[i] = (float)(q[i] / norm);
}

/* ------------------------------------------------------------------------------------------------ lights */
static int light_kind(const mjModel *m, int light) {
  if (m->light_type[light] == mjLIGHT_DIRECTIONAL) return MYR_VISUAL_DIRECTIONAL;
  return m->light_type[light] == mjLIGHT_POINT ? MYR_VISUAL_POINT : MYR_VISUAL_SPOT;
}

bool appearance_lights(const appearance_part *part, myr_appearance *appearance) {
  const mjModel *m = part->import->mujoco;
  bool complete = true;
  for (int i = 0; i < m->nlight; i++) {
    myr_visual_light *light = &appearance->lights[part->light + i];
    light->name = import_name(part->import, mjOBJ_LIGHT, i, &complete);
    light->kind = light_kind(m, i);
    set_tracking(&light->mount, part->import, m->light_bodyid[i], m->light_mode[i], m->light_targetbodyid[i]);
    memcpy(light->mount.position, m->light_pos + 3 * i, sizeof light->mount.position);
    turn_to(m->light_dir + 3 * i, light->mount.quaternion);
    set_offset(&light->mount, m->light_pos0 + 3 * i, m->light_poscom0 + 3 * i);
    turn_to(m->light_dir0 + 3 * i, light->mount.global_quaternion);
    memcpy(light->ambient, m->light_ambient + 3 * i, sizeof light->ambient);
    memcpy(light->diffuse, m->light_diffuse + 3 * i, sizeof light->diffuse);
    memcpy(light->specular, m->light_specular + 3 * i, sizeof light->specular);
    memcpy(light->attenuation, m->light_attenuation + 3 * i, sizeof light->attenuation);
    light->cutoff = (float)(m->light_cutoff[i] * radians_per_degree);
    light->exponent = m->light_exponent[i];
    light->radius = m->light_bulbradius[i];
    light->shadows = m->light_castshadow[i];
    light->active = m->light_active[i];
  }
  return complete;
}

/* ------------------------------------------------------------------------------------------------ cameras */
/* Converts lengths on the sensor to pixels. The principal point shifts the frustum that MuJoCo 4.0.1 draws to the right and
 * downwards, so the axis passes through the image that far to the left and up. */
static void set_intrinsics(const mjModel *m, int i, myr_visual_camera *camera) {
  float width = m->cam_sensorsize[2 * i], height = m->cam_sensorsize[2 * i + 1]; /* 0: not stated */
  const float *focal = m->cam_intrinsic + 4 * i, *principal = focal + 2;
  if (width <= 0 || height <= 0) return;
  float per_width = (float)camera->width / width, per_height = (float)camera->height / height;
  camera->focal[0] = focal[0] * per_width;
  camera->focal[1] = focal[1] * per_height;
  camera->center[0] = (float)camera->width / 2 - principal[0] * per_width;
  camera->center[1] = (float)camera->height / 2 - principal[1] * per_height;
}

bool appearance_cameras(const appearance_part *part, myr_appearance *appearance) {
  const mjModel *m = part->import->mujoco;
  bool complete = true;
  for (int i = 0; i < m->ncam; i++) {
    myr_visual_camera *camera = &appearance->cameras[part->camera + i];
    camera->name = import_name(part->import, mjOBJ_CAMERA, i, &complete);
    set_tracking(&camera->mount, part->import, m->cam_bodyid[i], m->cam_mode[i], m->cam_targetbodyid[i]);
    memcpy(camera->mount.position, m->cam_pos + 3 * i, sizeof camera->mount.position);
    appearance_reals(camera->mount.quaternion, m->cam_quat + 4 * i, 4);
    set_offset(&camera->mount, m->cam_pos0 + 3 * i, m->cam_poscom0 + 3 * i);
    mjtNum global[4];
    mju_mat2Quat(global, m->cam_mat0 + 9 * i);
    appearance_reals(camera->mount.global_quaternion, global, 4);
    camera->vertical_fov = (float)(m->cam_fovy[i] * radians_per_degree);
    camera->width = m->cam_resolution[2 * i];
    camera->height = m->cam_resolution[2 * i + 1];
    set_intrinsics(m, i, camera);
  }
  return complete;
}
