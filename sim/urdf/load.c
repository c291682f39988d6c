#include "sim/urdf/load.h"

#include <stdio.h>
#include <string.h>

#include "sim/mujoco/guard.h"
#include "sim/urdf/spec.h"

typedef struct load_call {
  const char *path;
  xml_tree *xml;
  myr_urdf_choices choices;
  myr_findings *findings;
  spec_build build;
  mjModel *model;
  myr_status status;
  myr_error error;
} load_call;

/* MuJoCo's messages span lines and begin with "Error: ". */
static void add_compiler_fault(load_call *call) {
  char text[500];
  snprintf(text, sizeof text, "%s", mjs_getError(call->build.spec));
  for (char *c = text; *c; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
  const char *start = strncmp(text, "Error: ", 7) != 0 ? text : text + 7;
  finding_add(call->findings, MYR_FAULT, (finding_place){.file = call->path}, NULL, "%s", start);
  call->status = findings_status(call->findings, call->build.robot.first_finding, &call->error);
}

static void compile(void *context) {
  load_call *call = context;
  call->status = spec_make(call->path, call->xml, &call->choices, call->findings, &call->build, &call->error);
  if (call->status) return;
  call->model = mj_compile(call->build.spec, NULL);
  if (!call->model) add_compiler_fault(call);
}

myr_status urdf_load(const char *path, xml_tree *xml, const myr_urdf_choices *choices, mjModel **model,
                     myr_findings *findings, myr_error *error) {
  load_call call = {.path = path, .xml = xml, .choices = *choices, .findings = findings};
  myr_status status = guard_run(compile, &call, &call.error);
  *model = call.model;
  spec_release(&call.build);
  if (status) return myr_fail(error, MYR_INVALID, "%s: %s", path, call.error.message);
  if (call.status && error) *error = call.error;
  return call.status;
}

mjSpec *urdf_parse(const char *path, const myr_urdf_choices *choices, char *message, int message_bytes) {
  myr_findings findings = {0};
  myr_error error = {0};
  spec_build build = {0};
  xml_tree xml;
  mjSpec *spec = NULL;
  if (xml_tree_read(path, &xml, &error) || spec_make(path, &xml, choices, &findings, &build, &error))
    snprintf(message, (size_t)message_bytes, "%s", error.message);
  else
    spec = build.spec, build.spec = NULL;
  spec_release(&build);
  xml_tree_free(&xml);
  myr_findings_free(&findings);
  return spec;
}
