#include "sim/mujoco/reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/mujoco/guard.h"
#include "sim/sim.h"
#include "sim/urdf/load.h"

/* mj_loadXML keeps the parsed file in a global, so only one file is read at a time. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

typedef struct load_call {
  const char *path;
  mjModel *model;
  char message[900];
} load_call;

/* Whether the model only names the file of some texture, as a file may ask for. */
static bool leaves_textures_out(const mjModel *m) {
  for (int i = 0; i < m->ntex; i++)
    if (m->tex_adr[i] < 0) return true;
  return false;
}

static void load_xml(void *context) {
  load_call *call = context;
  call->model = mj_loadXML(call->path, NULL, call->message, sizeof call->message);
  if (!call->model || !leaves_textures_out(call->model)) return;
  mjModel *whole = mj_embedAssets(call->model, call->message, sizeof call->message);
  mj_deleteModel(call->model);
  call->model = whole;
}

/* Tells a missing file from a bad one beforehand, because MuJoCo fails in the same way for both. */
static myr_status check_readable(const char *path, myr_error *error) {
  struct stat about;
  if (stat(path, &about) != 0)
    return myr_fail(error, errno == ENOENT || errno == ENOTDIR ? MYR_INVALID : MYR_IO, "%s: %s", path, strerror(errno));
  if (!S_ISREG(about.st_mode)) return myr_fail(error, MYR_INVALID, "%s: not a regular file", path);
  FILE *file = fopen(path, "r");
  if (!file) return myr_fail(error, MYR_IO, "%s: %s", path, strerror(errno));
  fclose(file);
  return MYR_OK;
}

/* MuJoCo's messages span lines; ours is one. */
static void join_lines(char *text) {
  size_t length = strlen(text);
  while (length && strchr("\r\n ", text[length - 1])) text[--length] = 0;
  for (char *c = text; *c; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
}

/* Whether a failure is the model's, or that of a machine with too little memory. MuJoCo tells only by its message. */
static myr_status blame(const char *message) {
  static const char *const shortages[] = {"llocate memory", "ut of memory", "bad_alloc"};
  for (size_t i = 0; i < sizeof shortages / sizeof *shortages; i++)
    if (strstr(message, shortages[i])) return MYR_ERROR;
  return MYR_INVALID;
}

static myr_status load_urdf(const char *path, const myr_urdf_choices *choices, mjModel **model, myr_error *error) {
  myr_findings findings = {0};
  pthread_mutex_lock(&loading);
  myr_status status = urdf_load(path, choices, model, &findings, error);
  pthread_mutex_unlock(&loading);
  myr_findings_free(&findings);
  return status;
}

myr_status reader_load(const char *path, const myr_urdf_choices *choices, mjModel **model, myr_error *error) {
  *model = NULL;
  myr_status status = check_readable(path, error);
  if (status) return status;
  if (myr_is_urdf(path)) return load_urdf(path, choices, model, error);
  load_call call = {.path = path};
  myr_error fatal = {0};
  pthread_mutex_lock(&loading);
  status = guard_run(load_xml, &call, &fatal);
  pthread_mutex_unlock(&loading);
  if (status) return myr_fail(error, blame(fatal.message), "%s: %s", path, fatal.message);
  join_lines(call.message);
  if (!call.model) return myr_fail(error, blame(call.message), "%s: %s", path, call.message);
  *model = call.model;
  return MYR_OK;
}

const char *myr_reader_version(void) {
  static _Thread_local char version[32];
  snprintf(version, sizeof version, "MuJoCo %s", mj_versionString());
  return version;
}
