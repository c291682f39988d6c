#include "sim/mujoco/join.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "sim/child/ask.h"
#include "sim/child/jobs.h"
#include "sim/child/parts.h"
#include "sim/mujoco/guard.h"
#include "sim/mujoco/supported.h"
#include "sim/options.h"
#include "sim/urdf/load.h"

/* A pair of a ground with another geom. MuJoCo has no rule for a geom whose sliding friction alone counts, so these pairs
 * are stated. */
typedef struct ground_pair {
  int one, two; /* geoms, numbered as Myriad joined them */
  int condim, padding;
  double margin, gap, solref[2], solimp[5], friction[5];
} ground_pair;

/* ------------------------------------------------------------------------------------------------ the request */
static ground_pair ground_pair_of(const myr_model *joined, int pair) {
  ground_pair p = {.one = joined->pair_geom1[pair],
                   .two = joined->pair_geom2[pair],
                   .condim = joined->pair_condim[pair],
                   .margin = joined->pair_margin[pair],
                   .gap = joined->pair_gap[pair]};
  const double *ground = joined->geom_friction + (ptrdiff_t)3 * p.one;
  const double *other = joined->geom_friction + (ptrdiff_t)3 * p.two;
  memcpy(p.solref, joined->pair_solref + (ptrdiff_t)2 * pair, sizeof p.solref);
  memcpy(p.solimp, joined->pair_solimp + (ptrdiff_t)5 * pair, sizeof p.solimp);
  for (int k = 0; k < 5; k++) {
    int e = k < 2 ? 0 : k < 3 ? 1 : 2;
    p.friction[k] = e == 0 ? ground[0] : mju_max(ground[e], other[e]);
  }
  return p;
}

static void put_ground_pairs(message *to, const myr_model *joined) {
  int count = 0;
  for (int p = 0; p < joined->npair; p++) count += joined->pair_friction_rule[p] == MYR_FRICTION_GROUND;
  message_put_int(to, joined->ngeom);
  message_put_int(to, count);
  for (int p = 0; p < joined->npair; p++) {
    if (joined->pair_friction_rule[p] != MYR_FRICTION_GROUND) continue;
    ground_pair pair = ground_pair_of(joined, p);
    message_put(to, &pair, sizeof pair);
  }
}

static void put_scene(message *to, const myr_scene *scene, const myr_model *joined) {
  message_put(to, &joined->options, sizeof joined->options);
  message_put_int(to, scene->entity_count);
  for (int i = 0; i < scene->entity_count; i++) {
    const myr_entity *entity = &scene->entities[i];
    message_put_text(to, entity->name);
    message_put(to, entity->friction, sizeof entity->friction);
    message_put_file(to, entity->path, &entity->urdf);
  }
  put_ground_pairs(to, joined);
}

myr_status join_scene(const myr_scene *scene, const myr_model *joined, mjModel **model, myr_error *error) {
  *model = NULL;
  message request = {0}, answer;
  child_request(&request, CHILD_JOIN);
  put_scene(&request, scene, joined);
  myr_status status = child_ask("the scene", &request, NULL, &answer, error);
  message_free(&request);
  if (!status && !(*model = message_take_model(&answer))) status = child_tell_damage("the scene", &answer, error);
  message_free(&answer);
  return status;
}

/* ------------------------------------------------------------------------------------------------ the child */
typedef struct join_call {
  message *request;
  mjSpec *spec;
  mjModel *model;
  char message[800]; /* empty: all went well */
} join_call;

static void add_ground(mjsBody *world, const myr_entity *entity) {
  char name[256];
  snprintf(name, sizeof name, "%s.ground", entity->name);
  mjsGeom *geom = mjs_addGeom(world, NULL);
  mjs_setName(geom->element, name);
  geom->type = mjGEOM_PLANE;
  geom->size[0] = geom->size[1] = 0;
  geom->size[2] = 0.05;
  memcpy(geom->friction, entity->friction, sizeof geom->friction);
}

/* MuJoCo 4.0.1 counts one activation of each PID controller when it checks the keyframes of an attached file, because its
 * compiler counts them only later. */
static void count_activations(mjSpec *spec) {
  for (mjsElement *e = mjs_firstElement(spec, mjOBJ_ACTUATOR); e; e = mjs_nextElement(spec, e)) {
    mjsActuator *actuator = mjs_asActuator(e);
    if (actuator->dyntype == mjDYN_PID)
      actuator->actdim = (actuator->dynprm[1] > 0) + (actuator->gainprm[0] > 0); /* its set point and its integral */
  }
}

/* All that the file's world body holds, under a prefix. The parsed files are never freed, because the process ends. */
static bool attach_file(join_call *call, const myr_entity *entity) {
  mjSpec *child = myr_is_urdf(entity->path)
                      ? urdf_parse(entity->path, &entity->urdf, call->message, sizeof call->message)
                      : mj_parseXML(entity->path, NULL, call->message, sizeof call->message);
  if (!child) return false;
  count_activations(child);
  char prefix[256];
  snprintf(prefix, sizeof prefix, "%s.", entity->name);
  mjsFrame *place = mjs_addFrame(mjs_findBody(call->spec, "world"), NULL);
  if (place && mjs_attach(place->element, child->element, prefix, "")) return true;
  snprintf(call->message, sizeof call->message, "%s: cannot attach: %s", entity->path, mjs_getError(call->spec));
  return false;
}

static bool add_entity(join_call *call) {
  myr_entity entity = {.name = message_take_text(call->request)};
  message_copy(call->request, entity.friction, sizeof entity.friction);
  entity.path = message_take_file(call->request, &entity.urdf);
  if (call->request->failed || !entity.name) return false;
  if (entity.path) return attach_file(call, &entity);
  add_ground(mjs_findBody(call->spec, "world"), &entity);
  return true;
}

/* The name of the geom with a number, in the compiled model; a nameless one gets a name. */
static const char *name_geom(const join_call *call, int number) {
  for (mjsElement *e = mjs_firstElement(call->spec, mjOBJ_GEOM); e; e = mjs_nextElement(call->spec, e)) {
    if (mjs_getId(e) != number) continue;
    const char *name = mjs_getString(mjs_getName(e));
    if (name && name[0]) return name;
    char made[32];
    snprintf(made, sizeof made, "nameless %d", number);
    mjs_setName(e, made);
    return mjs_getString(mjs_getName(e));
  }
  return "";
}

static void state_pair(const join_call *call, const ground_pair *pair, const int *numbers) {
  mjsPair *stated = mjs_addPair(call->spec, NULL);
  mjs_setString(stated->geomname1, name_geom(call, numbers[pair->one]));
  mjs_setString(stated->geomname2, name_geom(call, numbers[pair->two]));
  stated->condim = pair->condim;
  stated->margin = pair->margin;
  stated->gap = pair->gap;
  mju_copy(stated->solref, pair->solref, 2);
  mju_copy(stated->solimp, pair->solimp, 5);
  mju_copy(stated->friction, pair->friction, 5);
}

/* Compiles again with the ground's pairs, where the scene has a ground. */
static void state_ground_pairs(join_call *call) {
  int geoms = (int)message_take_int(call->request, 0, INT_MAX - 1), count = 0;
  int pairs = message_take_count(call->request, sizeof(ground_pair));
  int *numbers = calloc((size_t)geoms + 1, sizeof *numbers);
  for (int g = 0; numbers && g < call->model->ngeom; g++)
    if (supported_geom(call->model, g) && count < geoms) numbers[count++] = g;
  ground_pair pair;
  for (int p = 0; numbers && p < pairs && message_copy(call->request, &pair, sizeof pair); p++)
    state_pair(call, &pair, numbers);
  free(numbers);
  if (!pairs) return;
  mj_deleteModel(call->model);
  call->model = mj_compile(call->spec, NULL);
}

static void join(void *context) {
  join_call *call = context;
  myr_options options = {0};
  message_copy(call->request, &options, sizeof options);
  call->spec = mj_makeSpec();
  int entities = message_take_count(call->request, sizeof(int64_t));
  for (int i = 0; i < entities; i++)
    if (!add_entity(call)) return;
  options_write(&options, &call->spec->option);
  call->message[0] = 0; /* parsing may have left warnings */
  call->model = mj_compile(call->spec, NULL);
  if (call->model) state_ground_pairs(call);
  if (!call->model) snprintf(call->message, sizeof call->message, "%s", mjs_getError(call->spec));
}

myr_status serve_join(message *request, message *found, myr_error *error) {
  join_call call = {.request = request};
  myr_status status = guard_run(join, &call, error);
  if (!status && !call.model) status = myr_fail(error, MYR_ERROR, "MuJoCo cannot join the scene: %s", call.message);
  if (!status) message_put_model(found, call.model);
  if (call.model) mj_deleteModel(call.model);
  if (call.spec) mj_deleteSpec(call.spec);
  return status;
}
