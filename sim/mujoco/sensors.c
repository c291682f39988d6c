#include "sim/mujoco/sensors.h"

#include <math.h>
#include <string.h>

#include "kernels/sensor.h"
#include "sim/deterministic_math.h"
#include "sim/mujoco/supported.h"

#define SENSOR_UNREAD(name, word, unit, frame) \
  _Static_assert((int)MYR_SENSOR_##name == (int)mjSENS_##name, #name " is numbered otherwise");
#include "kernels/sensor.def"

/* ------------------------------------------------------------------------------------------------ kinds */
/* A camera that turns towards a body, or follows one, is no part of its own body. */
static bool is_rigid(const mjModel *m, int type, int id) {
  return type != mjOBJ_CAMERA || m->cam_mode[id] == mjCAMLIGHT_FIXED;
}

/* Of a site's ray, whose depth is its distance; a camera casts a ray for each of its pixels. */
static bool casts_one_number(const mjModel *m, int sensor) {
  int data = m->sensor_intprm[mjNSENS * sensor];
  return m->sensor_objtype[sensor] == mjOBJ_SITE && (data == 1 << mjRAYDATA_DIST || data == 1 << mjRAYDATA_DEPTH);
}

/* A tree's motion is its own, so the world's subtree, which is of all trees, has none. Orthographic cameras have no focal
 * length, although MuJoCo gives them one (kernels/step/sense.h), and the hull of a site's mesh is not in the model. */
static bool has_known_object(const mjModel *m, int sensor, enum myr_sensor_of of) {
  int id = m->sensor_objid[sensor];
  if (of == MYR_OF_SUBTREE) return id > 0;
  if (of == MYR_OF_ACTUATOR) return m->sensor_dim[sensor] == 1;
  if (of == MYR_OF_RAY) return casts_one_number(m, sensor);
  if (of != MYR_OF_FRAME && of != MYR_OF_ZONE && of != MYR_OF_IMAGE && of != MYR_OF_ROOM) return true;
  if (of == MYR_OF_IMAGE && m->cam_projection[m->sensor_refid[sensor]] != mjPROJ_PERSPECTIVE) return false;
  if (of == MYR_OF_ROOM && m->site_type[m->sensor_refid[sensor]] == mjGEOM_MESH) return false;
  return is_rigid(m, m->sensor_objtype[sensor], id) &&
         (m->sensor_refid[sensor] < 0 || is_rigid(m, m->sensor_reftype[sensor], m->sensor_refid[sensor]));
}

bool sensor_is_read(const mjModel *m, int sensor) {
  enum myr_sensor_of of = myr_sensor_infos[m->sensor_type[sensor]].of;
  return of != MYR_OF_NOTHING && m->sensor_history[2 * sensor] == 0 && has_known_object(m, sensor, of);
}

/* ------------------------------------------------------------------------------------------------ frames */
typedef struct attached_frame {
  int body;
  bool inertial;
  const mjtNum *pos, *quat;
} attached_frame;

static attached_frame frame_of(const mjModel *m, int type, int id) {
  static const mjtNum no_way[3] = {0, 0, 0}, no_turn[4] = {1, 0, 0, 0};
  switch (type) {
  case mjOBJ_BODY: return (attached_frame){id, true, no_way, m->body_iquat + 4 * id};
  case mjOBJ_GEOM: return (attached_frame){m->geom_bodyid[id], false, m->geom_pos + 3 * id, m->geom_quat + 4 * id};
  case mjOBJ_SITE: return (attached_frame){m->site_bodyid[id], false, m->site_pos + 3 * id, m->site_quat + 4 * id};
  case mjOBJ_CAMERA: return (attached_frame){m->cam_bodyid[id], false, m->cam_pos + 3 * id, m->cam_quat + 4 * id};
  default: return (attached_frame){id, false, no_way, no_turn};
  }
}

/* Writes the frame of an element, in rows of four arrays. */
static void set_frame(const import_part *part, int type, int id, int32_t *body, int32_t *inertial, double *pos,
                      double *quat) {
  attached_frame frame = frame_of(part->mujoco, type, id);
  *body = import_body(part, frame.body);
  *inertial = frame.inertial;
  memcpy(pos, frame.pos, 3 * sizeof *pos);
  memcpy(quat, frame.quat, 4 * sizeof *quat);
}

static void set_frames(const import_part *part, myr_model *model, int sensor, int to) {
  const mjModel *m = part->mujoco;
  set_frame(part, m->sensor_objtype[sensor], m->sensor_objid[sensor], model->sensor_body + to,
            model->sensor_inertial + to, model->sensor_pos + 3 * to, model->sensor_quat + 4 * to);
  if (m->sensor_refid[sensor] < 0) return;
  set_frame(part, m->sensor_reftype[sensor], m->sensor_refid[sensor], model->sensor_reference_body + to,
            model->sensor_reference_inertial + to, model->sensor_reference_pos + 3 * to,
            model->sensor_reference_quat + 4 * to);
}

static void set_zone(const import_part *part, myr_model *model, int site, int to) {
  model->sensor_zone[to] = part->mujoco->site_type[site];
  memcpy(model->sensor_zone_size + 3 * to, part->mujoco->site_size + 3 * site, 3 * sizeof(double));
}

/* A camera has either lengths of its sensor or the angle of its view, which is of the image's height. */
static void set_image(const import_part *part, myr_model *model, int camera, int to) {
  const mjModel *m = part->mujoco;
  const int *resolution = m->cam_resolution + 2 * camera;
  const float *size = m->cam_sensorsize + 2 * camera, *intrinsic = m->cam_intrinsic + 4 * camera;
  bool has_lengths = size[0] != 0 && size[1] != 0;
  double half = m->cam_fovy[camera] * mjPI / 360;
  for (int k = 0; k < 2; k++) {
    model->sensor_image_middle[2 * to + k] = 0.5 * resolution[k];
    model->sensor_focal[2 * to + k] = has_lengths ? (double)(intrinsic[k] / size[k] * (float)resolution[k])
                                                  : 0.5 * resolution[1] * portable_cos(half) / portable_sin(half);
  }
}

/* ------------------------------------------------------------------------------------------------ elements */
static void set_object(const import_part *part, myr_model *model, int sensor, int to, enum myr_sensor_of of) {
  int id = part->mujoco->sensor_objid[sensor];
  switch (of) {
  case MYR_OF_ZONE:
    set_zone(part, model, id, to);
    set_frames(part, model, sensor, to);
    break;
  case MYR_OF_ROOM:
    set_zone(part, model, part->mujoco->sensor_refid[sensor], to);
    set_frames(part, model, sensor, to);
    break;
  case MYR_OF_IMAGE:
    set_image(part, model, part->mujoco->sensor_refid[sensor], to);
    set_frames(part, model, sensor, to);
    break;
  case MYR_OF_RAY:
  case MYR_OF_FRAME: set_frames(part, model, sensor, to); break;
  case MYR_OF_JOINT: model->sensor_joint[to] = import_number_of(part, MYR_ELEMENT_joint, id); break;
  case MYR_OF_TENDON: model->sensor_tendon[to] = import_number_of(part, MYR_ELEMENT_tendon, id); break;
  case MYR_OF_ACTUATOR: model->sensor_actuator[to] = import_number_of(part, MYR_ELEMENT_actuator, id); break;
  case MYR_OF_SUBTREE: model->sensor_body[to] = import_body(part, id); break;
  case MYR_OF_NOTHING:
  case MYR_OF_WORLD: break;
  }
}

static enum myr_cutoff_rule cutoff_rule(const mjModel *m, int sensor) {
  if (!(m->sensor_cutoff[sensor] > 0)) return MYR_CUTOFF_NONE;
  if (m->sensor_datatype[sensor] == mjDATATYPE_REAL) return MYR_CUTOFF_BOTH;
  return m->sensor_datatype[sensor] == mjDATATYPE_POSITIVE ? MYR_CUTOFF_ABOVE : MYR_CUTOFF_NONE;
}

/* ------------------------------------------------------------------------------------------------ rays */
bool rays_pass_geom(const mjModel *m, int geom) {
  int material = m->geom_matid[geom];
  return (material < 0 ? m->geom_rgba[4 * geom + 3] : m->mat_rgba[4 * material + 3]) == 0;
}

/* Whether the planes of all its triangles have all its vertices behind them, within the rounding of a file's floats. */
static bool is_convex(const mjModel *m, int mesh) {
  const float *vertices = m->mesh_vert + 3 * (ptrdiff_t)m->mesh_vertadr[mesh];
  for (int t = 0; t < m->mesh_facenum[mesh]; t++) {
    const int *corner = m->mesh_face + 3 * (m->mesh_faceadr[mesh] + (ptrdiff_t)t);
    double edge[2][3], normal[3], length = 0, most = 0;
    for (int k = 0; k < 6; k++)
      edge[k / 3][k % 3] = (double)vertices[3 * (ptrdiff_t)corner[1 + k / 3] + k % 3] -
                           (double)vertices[3 * (ptrdiff_t)corner[0] + k % 3];
    mju_cross(normal, edge[0], edge[1]);
    if (mju_normalize3(normal) == 0) continue;
    for (int v = 0; v < m->mesh_vertnum[mesh]; v++) {
      double way[3];
      for (int k = 0; k < 3; k++)
        way[k] = (double)vertices[3 * (ptrdiff_t)v + k] - (double)vertices[3 * (ptrdiff_t)corner[0] + k];
      length = fmax(length, mju_norm3(way));
      most = fmax(most, mju_dot3(way, normal));
    }
    if (most > 1e-5 * length) return false;
  }
  return true;
}

bool rays_see_otherwise(const mjModel *m, int geom) {
  if (rays_pass_geom(m, geom)) return false;
  if (!supported_geom(m, geom) || m->geom_type[geom] == mjGEOM_HFIELD) return true;
  return m->geom_type[geom] == mjGEOM_MESH && !is_convex(m, m->geom_dataid[geom]);
}

bool casts_rays(const mjModel *m) {
  for (int s = 0; s < m->nsensor; s++)
    if (m->sensor_type[s] == mjSENS_RANGEFINDER && sensor_is_read(m, s)) return true;
  return false;
}

/* ------------------------------------------------------------------------------------------------ all */
void import_sensors(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  for (int s = 0; s < m->nsensor; s++) {
    const myr_sensor_info *info = &myr_sensor_infos[m->sensor_type[s]];
    int to = import_number_of(part, MYR_ELEMENT_sensor, s);
    model->sensor_joint[to] = model->sensor_tendon[to] = model->sensor_actuator[to] = -1;
    model->sensor_reference_body[to] = -1;
    model->sensor_cutoff_rule[to] = cutoff_rule(m, s);
    memcpy(model->sensor_magnetic + 3 * to, m->opt.magnetic, sizeof m->opt.magnetic);
    if (!sensor_is_read(m, s)) continue;
    model->sensor_need[to] = info->need;
    set_object(part, model, s, to, info->of);
  }
}
