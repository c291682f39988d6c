#include "sim/mujoco/sensors.h"

#include <string.h>

#include "kernels/sensor.h"
#include "sim/deterministic_math.h"

#define SENSOR_UNREAD(name, word, unit, frame) \
  _Static_assert((int)MYR_SENSOR_##name == (int)mjSENS_##name, #name " is numbered otherwise");
#include "kernels/sensor.def"

/* ------------------------------------------------------------------------------------------------ kinds */
/* A camera that turns towards a body, or follows one, is no part of its own body. */
static bool is_rigid(const mjModel *m, int type, int id) {
  return type != mjOBJ_CAMERA || m->cam_mode[id] == mjCAMLIGHT_FIXED;
}

/* A tree's motion is its own, so the world's subtree, which is of all trees, has none. Orthographic cameras have no focal
 * length, although MuJoCo gives them one (kernels/step/sense.h), and the hull of a site's mesh is not in the model. */
static bool has_known_object(const mjModel *m, int sensor, enum myr_sensor_of of) {
  int id = m->sensor_objid[sensor];
  if (of == MYR_OF_SUBTREE) return id > 0;
  if (of == MYR_OF_ACTUATOR) return m->sensor_dim[sensor] == 1;
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

/* ------------------------------------------------------------------------------------------------ all */
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
