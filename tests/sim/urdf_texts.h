/* Reads the texts of URDF files in tests. */
#ifndef MYR_TESTS_URDF_TEXTS_H
#define MYR_TESTS_URDF_TEXTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <mujoco/mujoco.h>

#include "sim/urdf/load.h"
#include "tests/sim/scratch_file.h"

typedef struct reading {
  char path[256];
  bool scratch;   /* the file goes with the reading */
  mjModel *model; /* NULL: it has a fault */
  myr_findings findings;
  myr_error error;
  myr_status status;
} reading;

static inline reading read_file(const char *path, bool floating) {
  reading r = {0};
  snprintf(r.path, sizeof r.path, "%s", path);
  xml_tree xml;
  r.status = xml_tree_read(path, &xml, &r.error);
  myr_urdf_choices choices = {.floating = floating};
  if (!r.status) r.status = urdf_load(path, &xml, &choices, &r.model, &r.findings, &r.error);
  xml_tree_free(&xml);
  assert_int_equal(r.status == MYR_OK, r.model != NULL);
  return r;
}

static inline reading read_text(const char *text, bool floating) {
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".urdf", text, path);
  reading r = read_file(path, floating);
  r.scratch = true;
  return r;
}

static inline void release(reading *r) {
  if (r->scratch) unlink(r->path);
  if (r->model) mj_deleteModel(r->model);
  myr_findings_free(&r->findings);
}

/* The line of the first finding of that severity whose message or remedy has the word; 0: there is none. */
static inline int line_of(const reading *r, enum myr_severity severity, const char *word) {
  for (int i = 0; i < r->findings.count; i++) {
    const myr_finding *f = &r->findings.items[i];
    if (f->severity == severity && (strstr(f->message, word) || (f->remedy && strstr(f->remedy, word)))) return f->line;
  }
  return 0;
}

static inline mjModel *expect_model(reading *r) {
  if (!r->model) fail_msg("%s", r->error.message);
  return r->model;
}

static inline int id_of(const mjModel *m, mjtObj kind, const char *name) {
  int id = mj_name2id(m, kind, name);
  if (id < 0) fail_msg("no %s called %s", mju_type2Str(kind), name);
  return id;
}

#define PLAIN "<inertial><mass value='1'/><inertia ixx='.01' iyy='.01' izz='.01' ixy='0' ixz='0' iyz='0'/></inertial>"
#define HEAVY(name, rest) "<link name='" name "'>" PLAIN rest "</link>\n"

#endif
