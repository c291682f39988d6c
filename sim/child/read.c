#include "sim/child/read.h"

#include "sim/child/ask.h"
#include "sim/child/jobs.h"
#include "sim/child/parts.h"
#include "sim/mujoco/reader.h"

/* ------------------------------------------------------------------------------------------------ the child */
myr_status serve_read(message *request, message *found, myr_error *error) {
  myr_urdf_choices choices;
  const char *path = message_take_file(request, &choices);
  if (!path) return myr_fail(error, MYR_ERROR, "the request names no file");
  mjModel *model;
  model_source source;
  myr_findings findings = {0};
  myr_status status = reader_read(path, &choices, &model, &source, &findings, error);
  message_put_findings(found, &findings);
  message_put_model(found, model);
  model_source_put(&source, model, found);
  myr_findings_free(&findings);
  model_source_free(&source);
  if (model) mj_deleteModel(model);
  return status;
}

/* ------------------------------------------------------------------------------------------------ the parent */
static myr_status take(const char *path, message *answer, mjModel **model, model_source *source, myr_findings *findings,
                       myr_error *error) {
  message_take_findings(answer, findings);
  *model = message_take_model(answer);
  if (!answer->failed && model_source_take(answer, *model, source)) return MYR_OK;
  if (*model) mj_deleteModel(*model);
  *model = NULL;
  return child_tell_damage(path, answer, error);
}

myr_status child_read(const char *path, const myr_urdf_choices *choices, mjModel **model, model_source *source,
                      myr_findings *findings, myr_error *error) {
  *model = NULL;
  *source = (model_source){0};
  message request = {0}, answer;
  child_request(&request, CHILD_READ);
  message_put_file(&request, path, choices);
  myr_status status = child_ask(path, &request, NULL, &answer, error);
  message_free(&request);
  if (!answer.size) return status; /* it came to a bad end */
  myr_status taken = take(path, &answer, model, source, findings, status ? NULL : error);
  source->memory = answer.bytes;
  return status ? status : taken;
}

myr_status child_load(const char *path, const myr_urdf_choices *choices, mjModel **model, myr_error *error) {
  model_source source;
  myr_findings findings = {0};
  myr_status status = child_read(path, choices, model, &source, &findings, error);
  model_source_free(&source);
  myr_findings_free(&findings);
  return status;
}
