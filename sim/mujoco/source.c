#include "sim/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mujoco/guard.h"
#include "sim/mujoco/version.h"
#include "sim/urdf/load.h"

typedef struct source_call {
  const myr_entity *entity;
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
  const char *path = call->entity->path;
  int bytes = (int)sizeof call->message;
  call->spec = myr_is_urdf(path) ? urdf_parse(path, &call->entity->urdf, call->message, bytes)
                                 : mj_parseXML(path, NULL, call->message, bytes);
  if (call->spec) call->model = mj_compile(call->spec, NULL);
  if (call->model) save(call);
}

/* ---------------------------------------------------------------------------------------------------- sensors */

enum sensor_frame { OBJECT, REFERENCE, WORLD, NUMBER, RATE };
typedef struct sensor_kind {
  int type;
  const char *word, *unit;
  enum sensor_frame frame;
} sensor_kind;

static const sensor_kind sensor_kinds[] = {
#define SENSOR(type, word, unit, frame) {mjSENS_##type, word, unit, frame},
#include "sim/mujoco/sensor.def"
};

static const sensor_kind *kind_of(int type) {
  static const sensor_kind other = {-1, "other", "1", NUMBER};
  for (size_t i = 0; i < sizeof sensor_kinds / sizeof *sensor_kinds; i++)
    if (sensor_kinds[i].type == type) return &sensor_kinds[i];
  return &other;
}

static const char *unit_of(const mjModel *m, int sensor, const sensor_kind *kind) {
  if (*kind->unit) return kind->unit;
  bool metres = m->jnt_type[m->sensor_objid[sensor]] == mjJNT_SLIDE;
  if (kind->frame == RATE) return metres ? "m/s" : "rad/s";
  return metres ? "m" : "rad";
}

/* "site imu"; "" where there is no such element. malloc'd; NULL: too little memory. */
static char *describe(const mjModel *m, int type, int id) {
  const char *kind = id < 0 ? NULL : mju_type2Str(type), *name = id < 0 ? NULL : mj_id2name(m, type, id);
  char *text = NULL;
  if (!kind) return strdup("");
  int length = name ? asprintf(&text, "%s %s", kind, name) : asprintf(&text, "%s number %d", kind, id);
  return length < 0 ? NULL : text;
}

static char *frame_of(const mjModel *m, int sensor, const sensor_kind *kind) {
  if (kind->frame == NUMBER || kind->frame == RATE) return strdup("");
  if (kind->frame == OBJECT) return describe(m, m->sensor_objtype[sensor], m->sensor_objid[sensor]);
  bool of_reference = kind->frame == REFERENCE && m->sensor_refid[sensor] >= 0;
  return of_reference ? describe(m, m->sensor_reftype[sensor], m->sensor_refid[sensor]) : strdup("world");
}

static bool list_sensors(const mjModel *m, myr_source *source) {
  source->sensors = calloc((size_t)m->nsensor + 1, sizeof *source->sensors);
  if (!source->sensors) return false;
  for (int i = 0; i < m->nsensor; i++) {
    const sensor_kind *kind = kind_of(m->sensor_type[i]);
    const char *name = mj_id2name(m, mjOBJ_SENSOR, i);
    myr_source_sensor *sensor = &source->sensors[source->sensor_count++];
    *sensor = (myr_source_sensor){.name = strdup(name ? name : ""),
                                  .type = kind->word,
                                  .object = describe(m, m->sensor_objtype[i], m->sensor_objid[i]),
                                  .frame = frame_of(m, i, kind),
                                  .unit = unit_of(m, i, kind),
                                  .dimension = m->sensor_dim[i],
                                  .cutoff = m->sensor_cutoff[i],
                                  .noise = m->sensor_noise[i]};
    if (!sensor->name || !sensor->object || !sensor->frame) return false;
  }
  return true;
}

/* ---------------------------------------------------------------------------------------------------- all */

myr_status myr_source_load(const myr_entity *entity, myr_source *source, myr_error *error) {
  source_call call = {.entity = entity};
  const char *path = entity->path;
  *source = (myr_source){0};
  myr_status status = guard_run(read_source, &call, error);
  if (!status && (!call.spec || !call.model))
    status = myr_fail(error, MYR_INVALID, "%s: %s", path, call.spec ? mjs_getError(call.spec) : call.message);
  if (!status && !call.xml) status = myr_fail(error, MYR_ERROR, "%s: cannot write it as MJCF: %s", path, call.message);
  if (!status && !list_sensors(call.model, source))
    status = myr_fail(error, MYR_ERROR, "too little memory for the sensors of %s", path);
  source->xml = call.xml;
  if (status) myr_source_free(source);
  if (call.model) mj_deleteModel(call.model);
  if (call.spec) mj_deleteSpec(call.spec);
  return status;
}

void myr_source_free(myr_source *source) {
  for (int i = 0; i < source->sensor_count; i++) {
    free(source->sensors[i].name);
    free(source->sensors[i].object);
    free(source->sensors[i].frame);
  }
  free(source->sensors);
  free(source->xml);
  *source = (myr_source){0};
}
