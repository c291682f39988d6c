#include "sim/mujoco/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/far_out.h"
#include "kernels/model.h"
#include "sim/mujoco/mesh_hull.h"
#include "sim/mujoco/pairs.h"
#include "sim/mujoco/sensors.h"
#include "sim/mujoco/supported.h"

/* Contacts a world may hold at most where the file does not say: their labels take 44 bytes each, 176 KiB of a world. */
enum { MOST_CONTACTS = 4096 };

/* ------------------------------------------------------------------------------------------------ numbering */
/* Whatever its shape, and whether it collides or not. The medium moves no geom of the world. */
static bool is_ellipsoid_to_medium(const mjModel *m, int geom) {
  return m->geom_bodyid[geom] != 0 && m->geom_fluid[mjNFLUID * geom] > 0;
}

/* A history without a delay moves nothing. */
static bool is_delayed(const mjModel *m, int actuator) { return m->actuator_delay[actuator] != 0; }

static void place_delay_lines(import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  part->start[MYR_ELEMENT_delay_line] = model->ndelayline;
  part->start[MYR_ELEMENT_delay_sample] = model->ndelaysample;
  for (int a = 0; m && a < m->nactuator; a++) {
    if (!is_delayed(m, a)) continue;
    part->count[MYR_ELEMENT_delay_line]++;
    part->count[MYR_ELEMENT_delay_sample] += m->actuator_history[2 * a];
  }
  model->ndelayline += part->count[MYR_ELEMENT_delay_line];
  model->ndelaysample += part->count[MYR_ELEMENT_delay_sample];
}

/* Gives the part's first elements their numbers, behind those of the parts before it. */
static void place_part(import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
#define ELEMENT_JOINED(name, size, doc)              \
  part->start[MYR_ELEMENT_##name] = model->size;     \
  part->count[MYR_ELEMENT_##name] = m ? m->size : 0; \
  model->size += part->count[MYR_ELEMENT_##name];
#include "kernels/elements.def"
  part->count[MYR_ELEMENT_geom] = m ? m->ngeom : 0;
  part->start[MYR_ELEMENT_fluid] = model->nfluid;
  for (int g = 0; m && g < m->ngeom; g++) part->count[MYR_ELEMENT_fluid] += is_ellipsoid_to_medium(m, g);
  model->nfluid += part->count[MYR_ELEMENT_fluid];
  place_delay_lines(part, model);
  part->start[MYR_ELEMENT_body]--; /* every part has the world body, which all share */
  model->nbody -= m != NULL;
}

/* Geoms follow their bodies: first those of the world, of all parts, then part by part. */
static bool number_geoms(import_part *parts, int count, myr_model *model) {
  for (int i = 0; i < count; i++) {
    parts[i].geom = calloc(parts[i].mujoco ? (size_t)parts[i].mujoco->ngeom + 1 : 1, sizeof(int));
    if (!parts[i].geom) return false;
  }
  for (int of_world = 1; of_world >= 0; of_world--)
    for (int i = 0; i < count; i++) {
      const mjModel *m = parts[i].mujoco;
      if (!m && of_world) parts[i].geom[0] = model->ngeom++;
      for (int g = 0; m && g < m->ngeom; g++) {
        if (!supported_geom(m, g))
          parts[i].geom[g] = -1;
        else if ((m->geom_bodyid[g] == 0) == (of_world == 1))
          parts[i].geom[g] = model->ngeom++;
      }
    }
  return true;
}

bool import_number(import_part *parts, int count, myr_model *model) {
  model->nbody = 1;
  for (int i = 0; i < count; i++) place_part(&parts[i], model);
  return number_geoms(parts, count, model);
}

void import_release(import_part *parts, int count) {
  for (int i = 0; i < count; i++) {
    free(parts[i].geom);
    parts[i].geom = NULL;
  }
}

/* Contacts a world may hold: all that its pairs of geoms can make, or fewer, which the files state, added up, or which
 * bound the memory. */
static int contact_capacity(const import_part *parts, int count, int slots) {
  int stated = 0;
  for (int i = 0; i < count; i++)
    if (parts[i].mujoco && parts[i].mujoco->nconmax > 0) stated += parts[i].mujoco->nconmax;
  int capacity = stated > 0 ? stated : MOST_CONTACTS;
  return slots < capacity ? slots : capacity;
}

/* ------------------------------------------------------------------------------------------------ contents */
char *import_name(const import_part *part, int object, int id, bool *complete) {
  const char *name = mj_id2name(part->mujoco, object, id);
  if (!name || !name[0]) return NULL;
  char *copy = NULL;
  int length = part->prefix ? asprintf(&copy, "%s.%s", part->prefix, name) : asprintf(&copy, "%s", name);
  if (length < 0) *complete = false;
  return length < 0 ? NULL : copy;
}

char *import_ground_name(const import_part *part, bool *complete) {
  char *name = NULL;
  if (asprintf(&name, "%s.ground", part->prefix) >= 0) return name;
  *complete = false;
  return NULL;
}

static bool set_world_body(myr_model *model) {
  model->body_jnt_start[0] = model->body_dof_start[0] = model->body_mocap[0] = -1;
  model->body_quat[0] = model->body_iquat[0] = 1;
  model->body_simple[0] = 1; /* as MuJoCo has it */
  return (model->body_name[0] = strdup("world")) != NULL;
}

static bool set_ground(const import_part *part, myr_model *model) {
  int g = part->geom[0];
  model->geom_type[g] = MYR_GEOM_PLANE;
  model->geom_size[3 * g + 2] = IMPORT_GROUND_SPACING; /* the first two zeros mean infinite */
  model->geom_quat[4 * g] = 1;
  memcpy(model->geom_friction + 3 * g, part->friction, sizeof part->friction);
  bool complete = true;
  model->geom_name[g] = import_ground_name(part, &complete);
  return complete;
}

static void set_pairs(const contact_pairs *pairs, myr_model *model) {
  for (int p = 0; p < pairs->count; p++) {
    const contact_pair *pair = &pairs->pairs[p];
    model->pair_geom1[p] = pair->geom1;
    model->pair_geom2[p] = pair->geom2;
    model->pair_kind[p] = pair->kind;
    model->pair_condim[p] = pair->condim;
    model->pair_friction_rule[p] = pair->friction_rule;
    model->pair_margin[p] = pair->margin;
    model->pair_gap[p] = pair->gap;
    memcpy(model->pair_friction + 5 * p, pair->friction, sizeof pair->friction);
    memcpy(model->pair_solref + 2 * p, pair->solref, sizeof pair->solref);
    memcpy(model->pair_solreffriction + 2 * p, pair->solreffriction, sizeof pair->solreffriction);
    memcpy(model->pair_solimp + 5 * p, pair->solimp, sizeof pair->solimp);
  }
}

/* Copies `width` numbers for each of an element, except for those of the part, which has stated its own. */
static void copy_others(const import_part *part, enum myr_element element, int total, int width, const double *from,
                        double *to) {
  int start = part->start[element], end = start + part->count[element];
  memcpy(to, from, (size_t)width * (size_t)start * sizeof *to);
  memcpy(to + width * end, from + width * end, (size_t)width * (size_t)(total - end) * sizeof *to);
}

/* A keyframe of one part says nothing of the others: they stand at qpos0, at rest. */
static void set_others_poses(const import_part *part, myr_model *model) {
  for (int k = 0; k < part->count[MYR_ELEMENT_keyframe]; k++) {
    size_t row = (size_t)import_number_of(part, MYR_ELEMENT_keyframe, k), mocaps = (size_t)model->nmocap;
    copy_others(part, MYR_ELEMENT_qpos, model->nq, 1, model->qpos0, model->key_qpos + (size_t)model->nq * row);
    copy_others(part, MYR_ELEMENT_mocap, model->nmocap, 3, model->mocap_pos0, model->key_mpos + 3 * mocaps * row);
    copy_others(part, MYR_ELEMENT_mocap, model->nmocap, 4, model->mocap_quat0, model->key_mquat + 4 * mocaps * row);
  }
}

/* Mocap bodies are children of the world. */
static void set_mocaps(myr_model *model) {
  for (int b = 1; b < model->nbody; b++) {
    int number = model->body_mocap[b];
    if (number < 0) continue;
    memcpy(model->mocap_pos0 + (ptrdiff_t)3 * number, model->body_pos + (ptrdiff_t)3 * b, 3 * sizeof(double));
    memcpy(model->mocap_quat0 + (ptrdiff_t)4 * number, model->body_quat + (ptrdiff_t)4 * b, 4 * sizeof(double));
  }
}

static bool is_disabled(const mjModel *m, int actuator) {
  int group = m->actuator_group[actuator];
  return group >= 0 && group < 31 && (m->opt.disableactuator & (1 << group));
}

/* MuJoCo wraps the set points of servos on balls, and on sites that turn about a reference. */
static double period_of(const mjModel *m, int a) {
  const mjtNum *gear = m->actuator_gear + 6 * a;
  int type = m->actuator_trntype[a], dynamics = m->actuator_dyntype[a];
  bool servo = m->actuator_gaintype[a] == mjGAIN_FIXED && m->actuator_biastype[a] == mjBIAS_AFFINE &&
               m->actuator_gainprm[mjNGAIN * a] == -m->actuator_biasprm[mjNBIAS * a + 1] &&
               (dynamics == mjDYN_NONE || dynamics == mjDYN_INTEGRATOR);
  bool on_joint = type == mjTRN_JOINT || type == mjTRN_JOINTINPARENT;
  if (!servo && m->actuator_gaintype[a] != mjGAIN_PID) return 0;
  if (on_joint) return m->jnt_type[m->actuator_trnid[2 * a]] == mjJNT_BALL ? 2 * mjPI * mju_norm3(gear) : 0;
  bool turns = type == mjTRN_SITE && m->actuator_trnid[2 * a + 1] >= 0 && mju_norm3(gear) == 0;
  return turns ? 2 * mjPI * mju_norm3(gear + 3) : 0;
}

static bool has_reference(int transmission) { return transmission == mjTRN_SITE || transmission == mjTRN_SLIDERCRANK; }

static void set_transmissions(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  for (int a = 0; a < m->nu; a++) {
    int to = import_number_of(part, MYR_ELEMENT_actuator, a), type = m->actuator_trntype[a];
    const int *ids = m->actuator_trnid + 2 * a;
    model->actuator_target[to] = import_number_of(part, myr_transmission_target[type], ids[0]);
    model->actuator_reference[to] = has_reference(type) ? import_number_of(part, MYR_ELEMENT_site, ids[1]) : -1;
    model->actuator_disabled[to] = is_disabled(m, a);
    model->actuator_period[to] = period_of(m, a);
    model->actuator_acc0[to] = m->actuator_acc0[a];
    memcpy(model->actuator_lengthrange + (ptrdiff_t)2 * to, m->actuator_lengthrange + 2 * a, 2 * sizeof(double));
  }
}

/* Adds an actuator's damping to that of a dof or a tendon, with the growth of both with the speed. */
static void add_damping(const mjModel *m, int actuator, double square, double *damping, double *growth) {
  *damping += square * m->actuator_damping[actuator];
  for (int k = 0; k < mjNPOLY; k++) growth[k] += square * m->actuator_dampingpoly[mjNPOLY * actuator + k];
}

/* An actuator's damping and armature act at its joint or tendon; a gear counts twice, in all coefficients. */
static void add_actuators_damping(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  for (int a = 0; a < m->nu; a++) {
    int to = import_number_of(part, MYR_ELEMENT_actuator, a), target = model->actuator_target[to];
    double square = m->actuator_gear[6 * a] * m->actuator_gear[6 * a];
    if (model->actuator_transmission[to] == MYR_TRANSMISSION_TENDON)
      add_damping(m, a, square, model->tendon_damping + target,
                  model->tendon_dampingpoly + (ptrdiff_t)mjNPOLY * target);
    for (int i = 0; model->actuator_transmission[to] <= MYR_TRANSMISSION_JOINT_IN_PARENT && i < model->nv; i++) {
      if (model->dof_jnt[i] != target) continue;
      add_damping(m, a, square, model->dof_damping + i, model->dof_dampingpoly + (ptrdiff_t)mjNPOLY * i);
      model->dof_armature[i] += square * m->actuator_armature[a];
    }
  }
}

static void set_delay_lines(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  int line = part->start[MYR_ELEMENT_delay_line], sample = part->start[MYR_ELEMENT_delay_sample];
  for (int a = 0; a < m->nactuator; a++) {
    int to = import_number_of(part, MYR_ELEMENT_actuator, a);
    model->actuator_delay_line[to] = is_delayed(m, a) ? line : -1;
    if (!is_delayed(m, a)) continue;
    model->delay_line_start[line] = sample;
    model->delay_line_count[line] = m->actuator_history[2 * a];
    model->delay_line_interpolation[line] = m->actuator_history[2 * a + 1];
    model->delay_line_delay[line++] = m->actuator_delay[a];
    sample += m->actuator_history[2 * a];
  }
}

static enum myr_element element_of_wrap(int type) {
  return type == mjWRAP_JOINT ? MYR_ELEMENT_joint : type == mjWRAP_SITE ? MYR_ELEMENT_site : MYR_ELEMENT_geom;
}

static void set_paths(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  for (int w = 0; w < m->nwrap; w++) {
    int to = import_number_of(part, MYR_ELEMENT_wrap, w), type = m->wrap_type[w];
    bool geom = type == mjWRAP_SPHERE || type == mjWRAP_CYLINDER;
    if (type != mjWRAP_PULLEY) /* which is no element */
      model->wrap_target[to] = import_number_of(part, element_of_wrap(type), m->wrap_objid[w]);
    if (type == mjWRAP_JOINT || type == mjWRAP_PULLEY) model->wrap_coef[to] = m->wrap_prm[w];
    model->wrap_side[to] = geom ? import_number_of(part, MYR_ELEMENT_site, (int)lround(m->wrap_prm[w])) : -1;
  }
}

static void set_height_fields(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  for (int g = 0; g < m->ngeom; g++)
    if (part->geom[g] >= 0 && m->geom_type[g] == mjGEOM_HFIELD)
      model->geom_hfield[part->geom[g]] = import_number_of(part, MYR_ELEMENT_hfield, m->geom_dataid[g]);
}

/* Equalities that are not active have passed supported_check, whatever their type is. */
static void set_equalities(const import_part *part, myr_model *model) {
  for (int e = 0; e < part->mujoco->neq; e++) import_equality(part, e, model);
}

/* The half axes of the ellipsoid that stands for a geom. */
static void ellipsoid_axes(const mjModel *m, int geom, double axes[3]) {
  const mjtNum *size = m->geom_size + 3 * geom;
  bool round = m->geom_type[geom] == mjGEOM_SPHERE, long_one = m->geom_type[geom] == mjGEOM_CAPSULE;
  bool of_two = long_one || m->geom_type[geom] == mjGEOM_CYLINDER;
  axes[0] = size[0];
  axes[1] = round || of_two ? size[0] : size[1];
  axes[2] = round ? size[0] : long_one ? size[0] + size[1] : of_two ? size[1] : size[2];
}

static void set_fluids(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  int to = part->start[MYR_ELEMENT_fluid];
  for (int g = 0; g < m->ngeom; g++) {
    if (!is_ellipsoid_to_medium(m, g)) continue;
    model->fluid_body[to] = import_body(part, m->geom_bodyid[g]);
    memcpy(model->fluid_pos + 3 * to, m->geom_pos + 3 * g, 3 * sizeof(double));
    memcpy(model->fluid_quat + 4 * to, m->geom_quat + 4 * g, 4 * sizeof(double));
    memcpy(model->fluid_coef + mjNFLUID * to, m->geom_fluid + mjNFLUID * g, mjNFLUID * sizeof(double));
    ellipsoid_axes(m, g, model->fluid_axes + 3 * to++);
  }
}

static void set_unseen(const import_part *part, myr_model *model) {
  for (int g = 0; g < part->mujoco->ngeom; g++)
    if (part->geom[g] >= 0) model->geom_unseen[part->geom[g]] = rays_pass_geom(part->mujoco, g);
}

static bool set_part(const import_part *part, myr_model *model) {
  if (!part->mujoco) return set_ground(part, model);
  set_transmissions(part, model);
  set_delay_lines(part, model);
  set_paths(part, model);
  set_equalities(part, model);
  import_sensors(part, model);
  set_unseen(part, model);
  set_fluids(part, model);
  set_height_fields(part, model);
  if (!import_arrays(part, model)) return false;
  add_actuators_damping(part, model); /* behind the arrays */
  return true;
}

/* Of positions in the world, which may lie where a float has wide steps. */
static void set_rests(myr_model *model) {
  for (int i = 0; i < 3 * model->nbody; i++)
    model->body_pos_rest[i] = model->body_pos[i] - (double)(float)model->body_pos[i];
  for (int i = 0; i < 3 * model->ngeom; i++)
    model->geom_pos_rest[i] = model->geom_pos[i] - (double)(float)model->geom_pos[i];
  for (int i = 0; i < 3 * model->nmocap; i++) model->mocap_pos0_rest[i] = myr_stated_rest(model->mocap_pos0[i]);
  for (int i = 0; i < 3 * model->nmocap * model->nkey; i++)
    model->key_mpos_rest[i] = myr_stated_rest(model->key_mpos[i]);
  for (int i = 0; i < model->nq; i++) model->qpos0_rest[i] = myr_stated_rest(model->qpos0[i]);
  for (int i = 0; i < model->nkey * model->nq; i++) model->key_qpos_rest[i] = myr_stated_rest(model->key_qpos[i]);
}

static bool set_contents(const import_part *parts, int count, const contact_pairs *pairs, const import_hulls *hulls,
                         myr_model *model) {
  bool complete = set_world_body(model);
  for (int g = 0; g < model->ngeom; g++) model->geom_hfield[g] = -1;
  for (int i = 0; i < count; i++) complete &= set_part(&parts[i], model);
  set_mocaps(model);
  for (int i = 0; i < count; i++) set_others_poses(&parts[i], model); /* after all of qpos0 is known */
  set_pairs(pairs, model);
  import_hulls_fill(hulls, model);
  set_rests(model);
  return complete;
}

static myr_status join_into(myr_model *model, import_part *parts, int count, contact_pairs *pairs, import_hulls *hulls,
                            myr_error *error) {
  bool filter_parent = !(model->options.disable & MYR_DISABLE_FILTERPARENT);
  if (!import_number(parts, count, model)) return myr_fail(error, MYR_ERROR, "out of memory for a model's geoms");
  myr_status status = pairs_generate(parts, count, filter_parent, pairs, error);
  if (!status) status = import_hulls_create(parts, count, model, hulls, error);
  if (status) return status;
  model->npair = pairs->count;
  model->ncon = contact_capacity(parts, count, pairs->slots);
  status = myr_model_allocate(model, error);
  if (status) return status;
  if (!set_contents(parts, count, pairs, hulls, model))
    return myr_fail(error, MYR_ERROR, "out of memory for a model of %d bodies", model->nbody);
  return myr_model_finish(model, error);
}

myr_status import_join(import_part *parts, int count, const myr_options *options, myr_model **model, myr_error *error) {
  *model = NULL;
  myr_model *joined = calloc(1, sizeof *joined);
  if (!joined) return myr_fail(error, MYR_ERROR, "out of memory for a model");
  joined->options = *options;
  contact_pairs pairs = {0};
  import_hulls hulls = {0};
  myr_status status = join_into(joined, parts, count, &pairs, &hulls, error);
  free(pairs.pairs);
  import_hulls_free(&hulls);
  import_release(parts, count);
  if (status)
    myr_model_free(joined);
  else
    *model = joined;
  return status;
}
