/* Compares Myriad with MuJoCo, stage by stage, from equal states. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"
#include "kernels/model.h"
#include "kernels/pair_kind.h"
#include "kernels/hardest_contact.h"
#include "sim/mujoco/guard.h"
#include "sim/mujoco/match.h"
#include "sim/mujoco/states.h"
#include "sim/statistics.h"

typedef struct comparer {
  const myr_comparison_description *description;
  myr_comparison *result;
  myr_model *model;
  oracle oracle;
  mjOption stated; /* the oracle's options before they were tightened */
  mjData *d;
  mjData *stopped; /* of MuJoCo with the model's own iterations; NULL where they are not few */
  compared_states states;
  const myr_kernels *kernels;
  void *constants;
  myr_layout layout;
  void *tile, *scratch;
  match match;
  double *trajectory_errors; /* (states) */
  double *relative_errors;   /* (stages, states) of the first stages[i].states states of each stage */
  int first;                 /* state in lane 0 */
} comparer;

/* ------------------------------------------------------------------------------------------------ set-up */
static myr_status load_both(comparer *c, myr_error *error) {
  const myr_comparison_description *what = c->description;
  myr_status status =
      what->path ? myr_model_load(what->path, &c->model, error) : myr_scene_build(what->scene, &c->model, error);
  if (!status) status = oracle_load(c->model, what->path, what->scene, &c->oracle, error);
  if (status) return status;
  c->stated = c->oracle.model->opt;
  oracle_tighten(&c->oracle);
  c->oracle.model->opt.enableflags |= mjENBL_ENERGY;
  c->oracle.model->opt.jacobian = mjJAC_DENSE;
  c->oracle.model->opt.disableflags &= ~mjDSBL_SENSOR;
  /* Floats are compared with the settings that make datasets. Doubles check the mathematics to the last digits. Both
   * take as many iterations as the model allows, because few of them make another robot. */
  if (what->lanes == MYR_LANES_DOUBLE) c->model->options.tolerance = c->oracle.model->opt.tolerance;
  return MYR_OK;
}

static myr_status prepare_kernels(comparer *c, myr_error *error) {
  myr_status status = myr_kernels_find(c->description->lanes, &c->kernels, error);
  if (!status) status = c->kernels->constants_create(c->model, &c->constants, error);
  if (status) return status;
  myr_layout_compute(c->model, &c->layout);
  size_t tile = myr_whole_cache_lines(c->kernels->tile_bytes(c->model));
  size_t scratch = myr_whole_cache_lines(c->kernels->scratch_bytes(c->model));
  c->tile = aligned_alloc(64, tile);
  c->scratch = aligned_alloc(64, scratch);
  c->trajectory_errors = calloc((size_t)c->description->states, sizeof(double));
  c->relative_errors = calloc((size_t)c->description->states * MYR_COMPARISON_STAGES, sizeof(double));
  if (!c->tile || !c->scratch || !c->trajectory_errors || !c->relative_errors)
    return myr_fail(error, MYR_ERROR, "out of memory for a tile");
  memset(c->tile, 0, tile);
  memset(c->scratch, 0, scratch);
  return match_create(c->model, &c->match, error);
}

static void release(comparer *c) {
  if (c->constants) c->kernels->constants_destroy(c->constants);
  if (c->d) mj_deleteData(c->d);
  if (c->stopped) mj_deleteData(c->stopped);
  match_release(&c->match);
  states_release(&c->states);
  oracle_release(&c->oracle);
  myr_model_free(c->model);
  free(c->tile);
  free(c->scratch);
  free(c->trajectory_errors);
  free(c->relative_errors);
}

/* ------------------------------------------------------------------------------------------------ states */
static void set_field(comparer *c, enum myr_field field, int lane, const double *values) {
  for (int64_t e = 0; e < c->layout.count[field]; e++) {
    int64_t at = (c->layout.offset[field] + e) * c->kernels->lanes + lane;
    if (c->kernels->scalar_bytes == (int)sizeof(double))
      ((double *)c->tile)[at] = values[e];
    else
      ((float *)c->tile)[at] = (float)values[e];
  }
}

/* The state of a lane; lanes beyond the last state repeat it. */
static const compared_state *state_of(const comparer *c, int lane) {
  int index = c->first + lane;
  return &c->states.states[index < c->states.count ? index : c->states.count - 1];
}

static void fill_tile(comparer *c) {
  for (int lane = 0; lane < c->kernels->lanes; lane++) {
    const compared_state *state = state_of(c, lane);
    c->kernels->reset(c->constants, c->tile, lane, -1);
    set_field(c, MYR_FIELD_qpos, lane, state->qpos);
    set_field(c, MYR_FIELD_qvel, lane, state->qvel);
    set_field(c, MYR_FIELD_act, lane, state->act);
    set_field(c, MYR_FIELD_ctrl, lane, state->ctrl);
    set_field(c, MYR_FIELD_delayed, lane, state->delayed);
    set_field(c, MYR_FIELD_qacc_warmstart, lane, state->warmstart);
    set_field(c, MYR_FIELD_xfrc_applied, lane, state->wrench);
    set_field(c, MYR_FIELD_mocap_pos, lane, state->mocap_pos);
    set_field(c, MYR_FIELD_mocap_quat, lane, state->mocap_quat);
    set_field(c, MYR_FIELD_time, lane, state->time);
  }
  c->kernels->derive(c->constants, c->tile, c->scratch);
}

static lane_view view_lane(const comparer *c, int lane) {
  return (lane_view){.model = c->model,
                     .layout = &c->layout,
                     .tile = c->tile,
                     .scratch = c->scratch,
                     .lanes = c->kernels->lanes,
                     .lane = lane,
                     .scalar_bytes = c->kernels->scalar_bytes};
}

/* ------------------------------------------------------------------------------------------------ stages */
enum { MATCHED_STAGES = 5 };
static const struct {
  const char *name;
  double floor; /* m, m, 1, 1, m/s^2 */
} matched_stages[MATCHED_STAGES] = {{"contacts", 1e-3},
                                    {"constraint_position", 1e-3},
                                    {"constraint_jacobian", 1e-3},
                                    {"constraint_d", 1e-3},
                                    {"constraint_reference", 1}};
enum { STOPPED_STAGE = MEASURED_STAGES + MATCHED_STAGES };
enum { USUAL_ITERATIONS = 100 }; /* MuJoCo's default, which always converges */

static void name_stages(myr_comparison *result) {
  for (int i = 0; i < MEASURED_STAGES; i++)
    result->stages[i] = (myr_comparison_stage){.name = measured_stages[i].name, .floor = measured_stages[i].floor};
  for (int i = 0; i < MATCHED_STAGES; i++)
    result->stages[MEASURED_STAGES + i] =
        (myr_comparison_stage){.name = matched_stages[i].name, .floor = matched_stages[i].floor};
  result->stages[STOPPED_STAGE] = (myr_comparison_stage){.name = "mujoco_acceleration", .floor = 1};
  result->stage_count = STOPPED_STAGE + 1;
}

/* A stage that is empty or zero on both sides proves nothing, so it is left out. */
static void record(comparer *c, int index, const stage_error *error) {
  if (error->magnitude == 0 && error->absolute == 0) return;
  myr_comparison_stage *stage = &c->result->stages[index];
  double relative = error->absolute / (error->magnitude > stage->floor ? error->magnitude : stage->floor);
  c->relative_errors[(size_t)index * (size_t)c->description->states + (size_t)stage->states++] = relative;
  if (!(error->absolute <= stage->largest_absolute)) stage->largest_absolute = error->absolute;
  if (!(relative <= stage->largest_relative)) stage->largest_relative = relative;
}

/* How far MuJoCo itself comes with the few iterations that the model states: a measure of Myriad's acceleration. */
static void measure_stopped(comparer *c, int lane) {
  mjModel *m = c->oracle.model;
  mjOption tight = m->opt;
  m->opt.iterations = c->stated.iterations;
  m->opt.tolerance = c->stated.tolerance;
  m->opt.ls_iterations = c->stated.ls_iterations;
  m->opt.ls_tolerance = c->stated.ls_tolerance;
  states_apply(m, c->stopped, state_of(c, lane));
  mj_forward(m, c->stopped);
  m->opt = tight;
  stage_error error = {0};
  for (int i = 0; i < m->nv; i++) stage_compare(&error, c->stopped->qacc[i], c->d->qacc[i]);
  record(c, STOPPED_STAGE, &error);
}

static void compare_lane(comparer *c, int lane) {
  myr_comparison *result = c->result;
  lane_view view = view_lane(c, lane);
  states_apply(c->oracle.model, c->d, state_of(c, lane));
  mj_forward(c->oracle.model, c->d);
  for (int i = 0; i < MEASURED_STAGES; i++) {
    stage_error error = {0};
    measured_stages[i].measure(&view, &c->oracle, c->d, &error);
    record(c, i, &error);
  }
  c->kernels->inspect(c->constants, c->tile, c->scratch, lane, &c->match.ours);
  match_compare(&c->match, c->model, &c->oracle, c->d);
  const stage_error *matched[MATCHED_STAGES] = {&c->match.contacts, &c->match.position, &c->match.jacobian, &c->match.d,
                                                &c->match.reference};
  for (int i = 0; i < MATCHED_STAGES; i++) record(c, MEASURED_STAGES + i, matched[i]);
  if (c->stopped) measure_stopped(c, lane);
  result->dropped_contacts += lane_value(&view, MYR_FIELD_dropped_contacts, 0);
  result->contacts += c->match.contact_count;
  result->unmatched_contacts += c->match.unmatched_contacts;
  result->rows += c->match.row_count;
  result->unmatched_rows += c->match.unmatched_rows;
  result->states++;
}

static double trajectory_error(comparer *c, int lane) {
  const mjModel *m = c->oracle.model;
  lane_view view = view_lane(c, lane);
  states_apply(m, c->d, state_of(c, lane));
  for (int i = 0; i < c->description->trajectory_steps; i++) mj_step(m, c->d);
  double largest = 0;
  for (int i = 0; i < m->nq; i++) {
    double difference = fabs(lane_value(&view, MYR_FIELD_qpos, i) - c->d->qpos[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

static int lanes_in_use(const comparer *c) {
  int left = c->states.count - c->first;
  return left < c->kernels->lanes ? left : c->kernels->lanes;
}

static void compare_all(void *context) {
  comparer *c = context;
  c->d = mj_makeData(c->oracle.model);
  if (c->stated.iterations < USUAL_ITERATIONS) c->stopped = mj_makeData(c->oracle.model);
  for (c->first = 0; c->first < c->states.count; c->first += c->kernels->lanes) {
    fill_tile(c);
    c->kernels->control_step(c->constants, c->tile, c->scratch, 0, MYR_OBSERVE, NULL);
    for (int lane = 0; lane < lanes_in_use(c); lane++) compare_lane(c, lane);
    if (c->description->trajectory_steps < 1) continue;
    fill_tile(c);
    c->kernels->control_step(c->constants, c->tile, c->scratch, c->description->trajectory_steps, 0, NULL);
    for (int lane = 0; lane < lanes_in_use(c); lane++)
      c->trajectory_errors[c->first + lane] = trajectory_error(c, lane);
  }
}

/* ------------------------------------------------------------------------------------------------ summary */
/* kernels/step/collide.h says why. */
static const char searched[] =
    "pairs of an ellipsoid, and of a cylinder with a capsule, cylinder or box, touch at the least depth and at the "
    "points "
    "that span flat contacts; MuJoCo 4.0.1 iterates to other points and sometimes to another depth";
static const char hulls[] = "a mesh touches as its convex hull at the least depth and at up to four points that span a "
                            "flat contact; MuJoCo 4.0.1 "
                            "iterates to other points, of which a plane gets up to three and another shape one";
static const char fields[] =
    "a height field pushes out of its surface only, at the deepest point and at up to seven that span "
    "what touches; MuJoCo 4.0.1 pushes out of each prism of the grid by itself";
static const struct {
  enum myr_pair_kind kind;
  const char *difference;
} differing_pairs[] = {
    {MYR_PAIR_BOX_BOX, "two boxes touch at all corners of the overlap of the faces that meet; MuJoCo 4.0.1 leaves some "
                       "out and weighs edges against faces otherwise"},
    {MYR_PAIR_CAPSULE_BOX,
     "the second contact of a capsule and a box is the farther end of the axis above the face, and "
     "an axis in a box leaves it by the shortest way; MuJoCo 4.0.1 chooses others"},
    {MYR_PAIR_SPHERE_ELLIPSOID, searched},
    {MYR_PAIR_CAPSULE_ELLIPSOID, searched},
    {MYR_PAIR_CAPSULE_CYLINDER, searched},
    {MYR_PAIR_ELLIPSOID_ELLIPSOID, searched},
    {MYR_PAIR_ELLIPSOID_CYLINDER, searched},
    {MYR_PAIR_ELLIPSOID_BOX, searched},
    {MYR_PAIR_CYLINDER_CYLINDER, searched},
    {MYR_PAIR_CYLINDER_BOX, searched},
};
enum { DIFFERING_PAIRS = sizeof differing_pairs / sizeof *differing_pairs };

/* The sliding friction of a pair as the files state it. */
static double sliding_friction(const myr_model *m, int pair) {
  const double one = m->geom_friction[3 * m->pair_geom1[pair]], two = m->geom_friction[3 * m->pair_geom2[pair]];
  switch (m->pair_friction_rule[pair]) {
  case MYR_FRICTION_OWN: return m->pair_friction[5 * pair];
  case MYR_FRICTION_GEOM1:
  case MYR_FRICTION_GROUND: return one;
  case MYR_FRICTION_GEOM2: return two;
  default: return one > two ? one : two;
  }
}

static bool has_steep_pyramid(const myr_model *m) {
  for (int p = 0; p < m->npair && m->options.cone == MYR_PYRAMIDAL; p++)
    if (m->pair_condim[p] > 1 && sliding_friction(m, p) < MYR_STEEPEST_PYRAMID) return true;
  return false;
}

/* Whether contacts of a body that only turns are softer than MuJoCo's; o is MuJoCo's model. */
static bool has_turning_body(const myr_model *m, const mjModel *o) {
  for (int g = 0; g < m->ngeom; g++) {
    const int body = m->geom_body[g];
    double offset[3];
    for (int k = 0; k < 3; k++) offset[k] = (double)m->geom_pos[3 * g + k] - (double)m->body_ipos[3 * body + k];
    double arm = mju_norm3(offset) + (double)m->geom_bound[g], turning = o->body_invweight0[2 * body + 1] * arm * arm;
    if (o->body_invweight0[2 * body] < MYR_LEAST_SHARE_OF_TURNING * turning) return true;
  }
  return false;
}

static void tell_once(myr_comparison *result, const char *difference) {
  for (int i = 0; i < result->difference_count; i++)
    if (result->differences[i] == difference) return;
  if (result->difference_count < MYR_COMPARISON_DIFFERENCES)
    result->differences[result->difference_count++] = difference;
}

static void list_differences(const comparer *c, myr_comparison *result) {
  const myr_model *m = c->model;
  const int lanes = c->description->lanes;
  if (lanes != MYR_LANES_DOUBLE && has_steep_pyramid(m))
    tell_once(
        result,
        "a pyramidal contact with a sliding friction below 0.02 is as soft as one of 0.02, because single precision "
        "loses masses beside a harder one: before it slides it creeps faster than MuJoCo's");
  if (m->options.noslip_iterations > 0 && m->options.cone == MYR_ELLIPTIC)
    tell_once(result, "noslip leaves friction to an elliptic contact that moves fewer dofs than it has directions; "
                      "MuJoCo 4.0.1 takes all of it away");
  if (lanes != MYR_LANES_DOUBLE && has_turning_body(m, c->oracle.model))
    tell_once(result, "contacts of a body that turns about its centre of mass, and cannot move otherwise, are softer, "
                      "because single precision loses masses beside MuJoCo's");
  for (int p = 0; p < m->npair; p++) {
    bool on_field = m->geom_type[m->pair_geom1[p]] == MYR_GEOM_HFIELD;
    if (on_field) tell_once(result, fields);
    if (!on_field && m->geom_type[m->pair_geom2[p]] == MYR_GEOM_MESH) tell_once(result, hulls);
  }
  for (int i = 0; i < DIFFERING_PAIRS; i++)
    for (int p = 0; p < m->npair; p++)
      if (m->pair_kind[p] == (int32_t)differing_pairs[i].kind) tell_once(result, differing_pairs[i].difference);
}

static void summarize(comparer *c) {
  myr_comparison *result = c->result;
  list_differences(c, result);
  for (int i = 0; i < result->stage_count; i++)
    result->stages[i].median_relative =
        myr_median(c->relative_errors + (size_t)i * (size_t)c->description->states, result->stages[i].states);
  result->mean_contacts = (double)result->contacts / result->states;
  result->mean_rows = (double)result->rows / result->states;
  result->trajectory_steps = c->description->trajectory_steps;
  result->trajectory_error = myr_median(c->trajectory_errors, c->states.count);
}

static myr_status compare(comparer *c, myr_error *error) {
  const myr_comparison_description *what = c->description;
  myr_status status = load_both(c, error);
  if (!status) status = prepare_kernels(c, error);
  if (!status) status = states_create(c->model, &c->oracle, what->states, what->seed, &c->states, error);
  if (!status) status = guard_run(compare_all, c, error);
  if (!status) summarize(c);
  return status;
}

myr_status myr_compare_mujoco(const myr_comparison_description *description, myr_comparison *result, myr_error *error) {
  *result = (myr_comparison){0};
  if (description->states < 1)
    return myr_fail(error, MYR_INVALID, "%d states to compare: at least 1", description->states);
  name_stages(result);
  comparer c = {.description = description, .result = result};
  myr_status status = compare(&c, error);
  release(&c);
  return status;
}
