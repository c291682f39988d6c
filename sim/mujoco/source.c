#include "sim/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/sensor.h"
#include "sim/child/ask.h"
#include "sim/child/jobs.h"
#include "sim/child/parts.h"
#include "sim/mujoco/guard.h"
#include "sim/mujoco/version.h"
#include "sim/urdf/load.h"

typedef struct source_call {
  const char *path;
  myr_urdf_choices urdf;
  mjSpec *spec;
  mjModel *model;
  char *xml;
  char message[900];
} source_call;

/* mj_saveXMLString returns the size that it needs where the buffer is too small. */
static void save(source_call *call) {
  int size = 1 << 16;
  for (int attempt = 0; attempt < 2 && size > 0; attempt++) {
    free(call->xml);
    call->xml = calloc((size_t)size + 1, 1);
    if (!call->xml) return;
    size = mj_saveXMLString(call->spec, call->xml, size, call->message, sizeof call->message);
    if (!size) return;
    size++;
  }
  free(call->xml);
  call->xml = NULL;
}

static void read_source(void *context) {
  source_call *call = context;
  int bytes = (int)sizeof call->message;
  call->spec = myr_is_urdf(call->path) ? urdf_parse(call->path, &call->urdf, call->message, bytes)
                                       : mj_parseXML(call->path, NULL, call->message, bytes);
  if (call->spec) call->model = mj_compile(call->spec, NULL);
  if (call->model) save(call);
}

/* ---------------------------------------------------------------------------------------------------- sensors */

static const char *unit_of(const mjModel *m, int sensor) {
  bool slides = m->sensor_objtype[sensor] == mjOBJ_JOINT && m->jnt_type[m->sensor_objid[sensor]] == mjJNT_SLIDE;
  return myr_sensor_unit((enum myr_sensor)m->sensor_type[sensor], slides);
}

/* Puts "site imu"; "" where there is no such element. */
static void put_element(message *to, const mjModel *m, int type, int id) {
  const char *kind = id < 0 ? NULL : mju_type2Str(type), *name = id < 0 ? NULL : mj_id2name(m, type, id);
  char *text = NULL;
  int length = 0;
  if (kind) length = name ? asprintf(&text, "%s %s", kind, name) : asprintf(&text, "%s number %d", kind, id);
  if (length < 0) to->failed = true;
  message_put_text(to, kind && length >= 0 ? text : "");
  if (length >= 0) free(text);
}

static void put_frame(message *to, const mjModel *m, int sensor, enum myr_sensor_frame frame) {
  bool of_reference = frame == MYR_FRAME_REFERENCE && m->sensor_refid[sensor] >= 0;
  if (frame == MYR_FRAME_NUMBER || frame == MYR_FRAME_RATE)
    message_put_text(to, "");
  else if (frame == MYR_FRAME_OBJECT)
    put_element(to, m, m->sensor_objtype[sensor], m->sensor_objid[sensor]);
  else if (of_reference)
    put_element(to, m, m->sensor_reftype[sensor], m->sensor_refid[sensor]);
  else
    message_put_text(to, "world");
}

/* ---------------------------------------------------------------------------------------------------- messages */
typedef struct sensor_numbers {
  int64_t dimension;
  double cutoff, noise;
} sensor_numbers;

static void put_sensors(message *to, const mjModel *m) {
  message_put_int(to, m->nsensor);
  for (int i = 0; i < m->nsensor; i++) {
    const myr_sensor_info *info = &myr_sensor_infos[m->sensor_type[i]];
    const char *name = mj_id2name(m, mjOBJ_SENSOR, i);
    sensor_numbers numbers = {m->sensor_dim[i], m->sensor_cutoff[i], m->sensor_noise[i]};
    message_put(to, &numbers, sizeof numbers);
    message_put_text(to, name ? name : "");
    message_put_text(to, info->word);
    message_put_text(to, unit_of(m, i));
    put_element(to, m, m->sensor_objtype[i], m->sensor_objid[i]);
    put_frame(to, m, i, info->frame);
  }
}

static bool take_sensor(message *from, myr_source_sensor *sensor) {
  sensor_numbers numbers = {0};
  message_copy(from, &numbers, sizeof numbers);
  *sensor = (myr_source_sensor){.dimension = (int)numbers.dimension, .cutoff = numbers.cutoff, .noise = numbers.noise};
  const char **texts[] = {&sensor->name, &sensor->type, &sensor->unit, &sensor->object, &sensor->frame};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!(*texts[i] = message_take_text(from))) return false;
  return true;
}

static bool take_source(message *from, myr_source *source) {
  enum { LEAST_BYTES = 8 * 8 };
  source->xml = message_take_text(from);
  int count = message_take_count(from, LEAST_BYTES);
  source->sensors = message_room(from, (size_t)count + 1, sizeof *source->sensors);
  source->sensor_count = source->sensors ? count : 0;
  bool whole = source->xml && source->sensors;
  for (int i = 0; i < count && whole; i++) whole = take_sensor(from, &source->sensors[i]);
  return whole && !from->failed;
}

/* ---------------------------------------------------------------------------------------------------- all */
myr_status serve_describe(message *request, message *found, myr_error *error) {
  source_call call = {0};
  call.path = message_take_file(request, &call.urdf);
  if (!call.path) return myr_fail(error, MYR_ERROR, "the request names no file");
  myr_status status = guard_run(read_source, &call, error);
  if (!status && (!call.spec || !call.model))
    status = myr_fail(error, MYR_INVALID, "%s: %s", call.path, call.spec ? mjs_getError(call.spec) : call.message);
  if (!status && !call.xml)
    status = myr_fail(error, MYR_ERROR, "%s: cannot write it as MJCF: %s", call.path, call.message);
  if (!status) {
    message_put_text(found, call.xml);
    put_sensors(found, call.model);
  }
  free(call.xml);
  if (call.model) mj_deleteModel(call.model);
  if (call.spec) mj_deleteSpec(call.spec);
  return status;
}

myr_status myr_source_load(const myr_entity *entity, const atomic_int *stop, myr_source *source, myr_error *error) {
  *source = (myr_source){0};
  message request = {0}, answer;
  child_request(&request, CHILD_DESCRIBE);
  message_put_file(&request, entity->path, &entity->urdf);
  myr_status status = child_ask(entity->path, &request, stop, &answer, error);
  message_free(&request);
  if (!status && !take_source(&answer, source)) status = child_tell_damage(entity->path, &answer, error);
  source->memory = answer.bytes;
  if (status) myr_source_free(source);
  return status;
}

void myr_source_free(myr_source *source) {
  free(source->sensors);
  free(source->memory);
  *source = (myr_source){0};
}
