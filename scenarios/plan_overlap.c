/* Tells of geoms that overlap at the start of an episode, before a run. */
#include <math.h>
#include <stdlib.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "scenarios/plan.h"

enum { TOLD_OVERLAPS = 3 };
#define ROUNDING 1e-6 /* m */

/* The distance from a geom's middle to its nearest side, m; infinite for a plane and a height field. */
static double inner_size(const myr_model *model, int geom) {
  const double *size = model->geom_size + 3 * geom;
  switch (model->geom_type[geom]) {
  case MYR_GEOM_PLANE:
  case MYR_GEOM_HFIELD: return INFINITY;
  case MYR_GEOM_SPHERE:
  case MYR_GEOM_CAPSULE: return size[0];
  case MYR_GEOM_CYLINDER: return fmin(size[0], size[1]);
  case MYR_GEOM_MESH: return model->hull_inradius[model->geom_hull[geom]];
  default: return fmin(size[0], fmin(size[1], size[2]));
  }
}

static double allowed_depth(const myr_model *model, int pair) {
  double inner = fmin(inner_size(model, model->pair_geom1[pair]), inner_size(model, model->pair_geom2[pair]));
  return fmin(MYR_PLAN_OVERLAP, 0.5 * inner);
}

/* The greatest depth of each pair in all starts (npair), m, and the episode in which it was found. */
typedef struct overlaps {
  double *depth;
  int *episode;
} overlaps;

static void measure_start(const myr_plan *plan, myr_batch *batch, int episode, overlaps *found) {
  int count = (int)myr_batch_field(batch, MYR_FIELD_contact_count, 0).data[0];
  myr_span pairs = myr_batch_field(batch, MYR_FIELD_contact_pair, 0),
           distances = myr_batch_field(batch, MYR_FIELD_contact_distance, 0);
  for (int i = 0; i < count; i++) {
    int pair = (int)pairs.data[i * pairs.stride];
    double depth = -(double)distances.data[i * distances.stride];
    if (depth <= found->depth[pair] || depth <= allowed_depth(plan->model, pair) + ROUNDING) continue;
    found->depth[pair] = depth;
    found->episode[pair] = episode;
  }
}

static myr_status measure_starts(const myr_plan *plan, overlaps *found, myr_error *error) {
  const myr_batch_description description = {
      .model = plan->model, .engine = "cpu", .worlds = 1, .lanes = 1, .threads = 1, .start = &plan->start};
  myr_batch *batch = NULL;
  double *values = calloc((size_t)plan->start.value_count + 1, sizeof *values);
  myr_episode_state *states = myr_plan_states(plan, 1);
  myr_status status =
      values && states ? myr_batch_create(&description, &batch, error) : myr_fail(error, MYR_ERROR, "out of memory");
  for (int64_t e = 0; e < MYR_PLAN_STARTS && e < plan->scenario->info.episodes && !status; e++) {
    status = myr_plan_begin(plan, batch, 0, NULL, &e, 1, values, states, error);
    if (!status) status = myr_batch_step(batch, 0, 0, 0, MYR_OBSERVE, NULL, error);
    if (!status) measure_start(plan, batch, (int)e, found);
  }
  if (batch) myr_batch_destroy(batch);
  free(states);
  free(values);
  return status;
}

/* The entity that can be moved out of the way: that of the geom's body, or of the other's. */
static const entity_section *section_of_pair(const myr_plan *plan, int pair) {
  const myr_model *model = plan->model;
  int entity = plan->body_entity[model->geom_body[model->pair_geom2[pair]]];
  if (entity < 0) entity = plan->body_entity[model->geom_body[model->pair_geom1[pair]]];
  return entity < 0 ? NULL : plan->entities[entity].section;
}

static const char *geom_text(const myr_model *model, int geom, char text[160]) {
  const char *name = model->geom_name[geom], *body = model->body_name[model->geom_body[geom]];
  if (name && name[0])
    snprintf(text, 160, "`%.120s`", name);
  else
    snprintf(text, 160, "a geom of `%.120s`", body && body[0] ? body : "a body without name");
  return text;
}

static void tell_overlap(const myr_plan *plan, int pair, const overlaps *found, int more,
                         myr_diagnostics *diagnostics) {
  const myr_model *model = plan->model;
  const entity_section *section = section_of_pair(plan, pair);
  const node *place = !section                   ? plan->scenario->root
                      : section->start.head.node ? section->start.head.node->key
                                                 : section->model.node;
  char one[160], two[160], others[48] = "";
  if (more) snprintf(others, sizeof others, "; so do %d other pairs", more);
  myr_diagnostic *d =
      diagnose_warning(diagnostics, place->where, "%s and %s overlap by %.1f cm at the start of episode %d%s",
                       geom_text(model, model->pair_geom1[pair], one), geom_text(model, model->pair_geom2[pair], two),
                       100 * found->depth[pair], found->episode[pair], others);
  diagnose_hint(
      d, "they are thrown apart at once; move the start (`start: {lift: ...}`), or exclude the pair in the model");
}

static int deepest(const overlaps *found, int count) {
  int pair = -1;
  for (int p = 0; p < count; p++)
    if (found->depth[p] > 0 && (pair < 0 || found->depth[p] > found->depth[pair])) pair = p;
  return pair;
}

static void tell_overlaps(const myr_plan *plan, const overlaps *found, myr_diagnostics *diagnostics) {
  int count = plan->model->npair, total = 0;
  for (int p = 0; p < count; p++) total += found->depth[p] > 0;
  for (int told = 0; told < TOLD_OVERLAPS && told < total; told++) {
    int pair = deepest(found, count);
    tell_overlap(plan, pair, found, told == TOLD_OVERLAPS - 1 ? total - TOLD_OVERLAPS : 0, diagnostics);
    found->depth[pair] = 0;
  }
}

myr_status myr_plan_check_starts(const myr_plan *plan, myr_diagnostics *diagnostics, myr_error *error) {
  size_t count = (size_t)plan->model->npair + 1;
  overlaps found = {calloc(count, sizeof *found.depth), calloc(count, sizeof *found.episode)};
  myr_status status = found.depth && found.episode ? measure_starts(plan, &found, error)
                                                   : myr_fail(error, MYR_ERROR, "out of memory for pairs of geoms");
  if (!status) tell_overlaps(plan, &found, diagnostics);
  free(found.depth);
  free(found.episode);
  diagnostics_sort(diagnostics);
  return status;
}
