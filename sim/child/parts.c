#include "sim/child/parts.h"

#include <limits.h>
#include <string.h>

#include "sim/child/ask.h"
#include "sim/mujoco/guard.h"

#include <mujoco/mjxmacro.h>

/* ------------------------------------------------------------------------------------------------ models */
void message_put_model(message *to, const mjModel *m) {
  mjtSize bytes = m ? mj_sizeModel(m) : 0;
  message_put_int(to, bytes);
  void *place = bytes ? message_add(to, (size_t)bytes) : NULL;
  if (place) mj_saveModel(m, NULL, place, bytes);
}

typedef struct load_call {
  const void *bytes;
  mjtSize size;
  mjModel *model;
} load_call;

static void load(void *context) {
  load_call *call = context;
  call->model = mj_loadModelBuffer(call->bytes, call->size);
}

/* Whether the bytes hold arrays of all sizes that stand at their beginning. MuJoCo's loader compares these only after it has
 * allocated and cleared as much memory as they state. */
/* NOLINTNEXTLINE(readability-function-size): as long as the lists */
static bool hold_all_arrays(const char *bytes, size_t size) {
  enum { NUMBERS_BEFORE_SIZES = 5 };
  size_t at = NUMBERS_BEFORE_SIZES * sizeof(int);
  mjModel stated, *m = &stated;
#define X(name)                                 \
  if (size < at + sizeof m->name) return false; \
  memcpy(&m->name, bytes + at, sizeof m->name); \
  at += sizeof m->name;
  MJMODEL_SIZES
#undef X
  double sum = 0; /* no product of two sizes is too large for it */
#undef MJ_M
#define MJ_M(n) m->n
#define X(type, name, nr, nc)              \
  if (m->nr < 0 || (nc) < 0) return false; \
  sum += (double)sizeof(type) * (double)m->nr * (double)(nc);
  MJMODEL_POINTERS
#undef X
  return sum <= (double)size;
}

/* MuJoCo checks the sizes of all arrays and the numbers of all elements while it loads. */
mjModel *message_take_model(message *from) {
  load_call call = {.size = message_take_int(from, 0, INT64_MAX / 2)};
  if (from->failed || !call.size) return NULL;
  call.bytes = message_take(from, (size_t)call.size);
  bool sound = call.bytes && hold_all_arrays(call.bytes, (size_t)call.size);
  myr_error reason = {0};
  if (sound && guard_run(load, &call, &reason)) from->no_memory = child_tells_shortage(reason.message);
  if (!call.model) from->failed = true;
  return call.model;
}

/* ------------------------------------------------------------------------------------------------ findings */
void message_put_findings(message *to, const myr_findings *findings) {
  message_put_int(to, findings->omitted);
  message_put_int(to, findings->count);
  for (int i = 0; i < findings->count; i++) {
    const myr_finding *f = &findings->items[i];
    message_put_int(to, f->severity);
    message_put_int(to, f->line);
    message_put_int(to, f->column);
    message_put_text(to, f->file);
    message_put_text(to, f->message);
    message_put_text(to, f->remedy);
  }
}

static void take_finding(message *from, myr_findings *findings) {
  enum myr_severity severity = (enum myr_severity)message_take_int(from, MYR_FAULT, MYR_LOOK_NOTICE);
  finding_place place = {.line = (int)message_take_int(from, 0, INT_MAX)};
  place.column = (int)message_take_int(from, 0, INT_MAX);
  place.file = message_take_text(from);
  const char *text = message_take_text(from), *remedy = message_take_text(from);
  if (!from->failed && text) finding_add(findings, severity, place, remedy, "%s", text);
}

void message_take_findings(message *from, myr_findings *findings) {
  enum { LEAST_BYTES = 6 * 8 };
  int omitted = (int)message_take_int(from, 0, INT_MAX), count = message_take_count(from, LEAST_BYTES);
  for (int i = 0; i < count; i++) take_finding(from, findings);
  if (findings) findings->omitted += omitted;
}

/* ------------------------------------------------------------------------------------------------ files */
void message_put_file(message *to, const char *path, const myr_urdf_choices *choices) {
  message_put_text(to, path);
  message_put_int(to, choices->floating);
  message_put_int(to, choices->collision_meshes);
}

const char *message_take_file(message *from, myr_urdf_choices *choices) {
  const char *path = message_take_text(from);
  choices->floating = message_take_int(from, 0, 1);
  choices->collision_meshes =
      (enum myr_collision_meshes)message_take_int(from, MYR_COLLISION_MESHES_HULL, MYR_COLLISION_MESHES_NONE);
  return path;
}
