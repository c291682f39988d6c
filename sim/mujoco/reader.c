#include "sim/mujoco/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mujoco/asset_files.h"
#include "sim/mujoco/guard.h"
#include "sim/mujoco/not_a_model.h"
#include "sim/mujoco/xml_schema.h"
#include "sim/regular_file.h"
#include "sim/sim.h"
#include "sim/urdf/load.h"

typedef struct load_call {
  const char *path;
  mjSpec *spec;
  mjModel *model;
  char message[900];
} load_call;

/* ------------------------------------------------------------------------------------------------ MuJoCo */
/* Whether the model only names the file of some texture, as a file may ask for. */
static bool leaves_textures_out(const mjModel *m) {
  for (int i = 0; i < m->ntex; i++)
    if (m->tex_adr[i] < 0) return true;
  return false;
}

/* As mj_loadXML, but keeps the parsed file, which says where its elements stand. */
static void load_xml(void *context) {
  load_call *call = context;
  call->spec = mj_parseXML(call->path, NULL, call->message, sizeof call->message);
  if (!call->spec) return;
  call->model = mj_compile(call->spec, NULL);
  if (!call->model) {
    snprintf(call->message, sizeof call->message, "%s", mjs_getError(call->spec));
    return;
  }
  if (!leaves_textures_out(call->model)) return;
  mjModel *whole = mj_embedAssets(call->model, call->message, sizeof call->message);
  mj_deleteModel(call->model);
  call->model = whole;
}

/* MuJoCo's messages span lines; ours is one. */
static void join_lines(char *text) {
  size_t length = strlen(text);
  while (length && strchr("\r\n ", text[length - 1])) text[--length] = 0;
  for (char *c = text; *c; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
}

/* ------------------------------------------------------------------------------------------------ what is wrong */
/* Tells a missing file from a bad one beforehand, because MuJoCo fails in the same way for both. */
static myr_status check_readable(const char *path, myr_error *error) {
  FILE *stream;
  myr_status status = myr_regular_file_stream(path, &stream, error);
  if (!status) fclose(stream);
  return status == MYR_IO && (errno == ENOENT || errno == ENOTDIR) ? MYR_INVALID : status;
}

/* The first element in that line of the model's own file. */
static finding_place place_of_line(const xml_source *source, int line) {
  for (int i = 0; i < source->count; i++)
    if (source->elements[i].file == 0 && source->elements[i].line == line)
      return xml_place(source, &source->elements[i], NULL);
  return (finding_place){.file = source->files[0]};
}

/* Whether a failure is the model's, or that of a machine with too little memory. MuJoCo tells only by its message. */
static myr_status blame(const char *message) {
  static const char *const shortages[] = {"llocate memory", "ut of memory", "bad_alloc"};
  for (size_t i = 0; i < sizeof shortages / sizeof *shortages; i++)
    if (strstr(message, shortages[i])) return MYR_ERROR;
  return MYR_INVALID;
}

/* "Error: ... line 12" without the word in front, and its place. Elements of included files have the line 0. */
static void add_message(const xml_source *source, char *message, myr_findings *findings) {
  join_lines(message);
  const char *text = message;
  static const char *const fronts[] = {"XML ", "Error: ", "Error: "};
  for (int i = 0; i < 3; i++)
    if (!strncmp(text, fronts[i], strlen(fronts[i]))) text += strlen(fronts[i]);
  finding_place place = {.file = source->files[0]};
  char *line = strstr(message, ", line ");
  if (line) {
    place = place_of_line(source, (int)strtol(line + 7, NULL, 10));
    *line = 0;
  }
  char *nameless = strstr(message, " Element name ''");
  if (nameless) *nameless = 0;
  finding_add(findings, MYR_FAULT, place, NULL, "%s", text);
}

static void add_break(const xml_source *source, myr_findings *findings) {
  finding_add(findings, MYR_FAULT, source->broken, NULL, "it cannot be read as XML: %s", source->reason);
}

/* Lists all that is wrong, where MuJoCo's message has only the first of it. */
static void explain(const load_call *call, const xml_source *source, char *message, myr_findings *findings) {
  bool parsed = call->spec != NULL;
  if (!parsed && !source->complete)
    add_break(source, findings);
  else if (!parsed && xml_root_is(source, "mujoco") && xml_schema_check(source, findings))
    return;
  else if (!parsed || !asset_files_missing(source, findings))
    add_message(source, message, findings);
}

static void add_warnings(const mjSpec *spec, const xml_source *source, myr_findings *findings) {
  for (int i = 0; i < mjs_numWarnings(spec); i++) {
    char text[500];
    snprintf(text, sizeof text, "%s", mjs_getWarning(spec, i));
    join_lines(text);
    finding_add(findings, MYR_NOTICE, (finding_place){.file = source->files[0]}, NULL, "%s", text);
  }
  if (!source->complete)
    finding_add(findings, MYR_NOTICE, source->broken, "correct it: things behind it that have no effect are not named",
                "MuJoCo reads it, but it is no correct XML: %s", source->reason);
}

/* Whether MuJoCo may open the files that are named. */
static bool may_open(const char *path, const xml_source *source, myr_findings *findings) {
  int before = findings->count;
  if (not_a_model(path, source, findings)) return false;
  if (!source->complete && !source->count) /* MuJoCo would take it for MJCF, whatever it is */
    add_break(source, findings);
  else
    asset_files_check(source, findings);
  return findings->count == before;
}

/* ------------------------------------------------------------------------------------------------ reading */
static myr_status load_urdf(const char *path, const xml_source *source, const myr_urdf_choices *choices,
                            mjModel **model, myr_findings *findings, myr_error *error) {
  if (!source->complete) {
    add_break(source, findings);
    return MYR_OK;
  }
  return urdf_load(path, source->trees[0], choices, model, findings, error);
}

static myr_status compile(const char *path, mjModel **model, model_source *source, myr_findings *findings,
                          myr_error *error) {
  load_call call = {.path = path};
  myr_error fatal = {0};
  myr_status status = guard_run(load_xml, &call, &fatal);
  source->spec = call.spec;
  *model = status ? NULL : call.model;
  char *message = status ? fatal.message : call.message;
  if (!*model && blame(message) == MYR_ERROR) {
    join_lines(message);
    return myr_fail(error, MYR_ERROR, "%s: %s", path, message);
  }
  if (status)
    add_message(source->xml, fatal.message, findings);
  else if (!call.model)
    explain(&call, source->xml, call.message, findings);
  else
    add_warnings(call.spec, source->xml, findings);
  return MYR_OK;
}

myr_status reader_read(const char *path, const myr_urdf_choices *choices, mjModel **model, model_source *source,
                       myr_findings *findings, myr_error *error) {
  *model = NULL;
  *source = (model_source){0};
  myr_status status = check_readable(path, error);
  if (status) return status;
  source->xml = xml_source_read(path);
  if (!source->xml) return myr_fail(error, MYR_ERROR, "out of memory for %s", path);
  int first = findings->count;
  if (xml_root_is(source->xml, "robot"))
    status = load_urdf(path, source->xml, choices, model, findings, error);
  else if (may_open(path, source->xml, findings))
    status = compile(path, model, source, findings, error);
  return status ? status : findings_status(findings, first, error);
}

const char *myr_reader_version(void) {
  static _Thread_local char version[32];
  snprintf(version, sizeof version, "MuJoCo %s", mj_versionString());
  return version;
}
