#include "sim/mujoco/supported.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mujoco/mesh_hull.h"
#include "sim/mujoco/sensors.h"
#include "sim/mujoco/supported_numbers.h"
#include "sim/mujoco/supported_options.h"
#include "sim/mujoco/supported_xml.h"

/* ------------------------------------------------------------------------------------------------ words of the list */
_Static_assert(mjNENABLE == 8 && mjNDISABLE == 20, "MuJoCo has flags that are not judged here");

/* Midphase and island discovery change how MuJoCo computes, not the result. The convex detector and its several contacts
 * serve pairs of shapes that are refused. Myriad resets a diverged world in any case. */
enum {
  KNOWN_DISABLE_FLAGS = mjDSBL_CONSTRAINT | mjDSBL_EQUALITY | mjDSBL_FRICTIONLOSS | mjDSBL_LIMIT | mjDSBL_CONTACT |
                        mjDSBL_GRAVITY | mjDSBL_CLAMPCTRL | mjDSBL_WARMSTART | mjDSBL_FILTERPARENT | mjDSBL_ACTUATION |
                        mjDSBL_REFSAFE | mjDSBL_SENSOR | mjDSBL_SPRING | mjDSBL_DAMPER | mjDSBL_EULERDAMP |
                        mjDSBL_MIDPHASE | mjDSBL_AUTORESET | mjDSBL_NATIVECCD | mjDSBL_ISLAND | mjDSBL_MULTICCD
};

/* Whether a number of row i is not 0. */
static bool any(const mjtNum *array, int width, int i) {
  for (int k = 0; k < width; k++)
    if (array[(mjtSize)width * i + k] != 0) return true;
  return false;
}

static bool any_negative(const mjtNum *array, int width, int i) {
  for (int k = 0; k < width; k++)
    if (!(array[(mjtSize)width * i + k] >= 0)) return true;
  return false;
}

/* Whether a number of row i is farther from 0 than the limit. finite.h refuses NaN and infinity. */
static bool any_beyond(const mjtNum *array, int width, int i, double limit) {
  for (int k = 0; k < width; k++)
    if (isfinite(array[(mjtSize)width * i + k]) && fabs(array[(mjtSize)width * i + k]) > limit) return true;
  return false;
}

static bool any_float_beyond(const float *array, int count, double limit) {
  for (int k = 0; k < count; k++)
    if (isfinite(array[k]) && fabs((double)array[k]) > limit) return true;
  return false;
}

/* Pictures square lengths twice and more in single precision. The language has the same bound. */
#define LARGEST_LENGTH 1e6 /* m */
#define LARGEST_GRID 16e6  /* points of a height field */
#define LARGEST_REPEAT 1e6 /* of a texture */

enum { MOST_DELAY_SAMPLES = 4096 }; /* each is a number of every world, and moves in every timestep */

/* A camera whose lens is stated in lengths. */
static bool has_sensor(const mjModel *m, int camera) {
  return m->cam_sensorsize[2 * camera] > 0 && m->cam_sensorsize[2 * camera + 1] > 0;
}

/* The same bounds as those of fovy, which follows from the other focal length. */
static bool sees_width(const mjModel *m, int camera) {
  double focal = (double)m->cam_intrinsic[4 * camera] / (double)m->cam_sensorsize[2 * camera]; /* in widths */
  return focal > 1e-8 && focal < 5730; /* 1/2 / tan(0.005 deg) */
}

static bool looks_past_sensor(const mjModel *m, int camera) {
  const float *principal = m->cam_intrinsic + 4 * camera + 2, *size = m->cam_sensorsize + 2 * camera;
  for (int k = 0; k < 2; k++)
    if (fabs((double)principal[k] / (double)size[k]) > 1000) return true;
  return false;
}

static bool any_negative_of_joint(const mjModel *m, const mjtNum *of_dofs, int joint) {
  for (int d = 0; d < m->nv; d++)
    if (m->dof_jntid[d] == joint && of_dofs[d] < 0) return true;
  return false;
}

static bool may_touch(const mjModel *m, int geom) {
  for (int p = 0; p < m->npair; p++)
    if (m->pair_geom1[p] == geom || m->pair_geom2[p] == geom) return true;
  return m->geom_contype[geom] || m->geom_conaffinity[geom];
}

/* Whether the body is the root of a tree that hangs where it is until something touches it. */
static bool starts_asleep(const mjModel *m, int body) {
  int tree = m->body_treeid[body];
  return (m->opt.enableflags & mjENBL_SLEEP) && tree >= 0 && m->tree_bodyadr[tree] == body &&
         m->tree_sleep_policy[tree] == mjSLEEP_INIT;
}

bool supported_geom(const mjModel *m, int geom) {
  switch (m->geom_type[geom]) {
  case mjGEOM_PLANE:
  case mjGEOM_SPHERE:
  case mjGEOM_CAPSULE:
  case mjGEOM_ELLIPSOID:
  case mjGEOM_CYLINDER:
  case mjGEOM_BOX: return true;
  case mjGEOM_HFIELD:
  case mjGEOM_MESH: return may_touch(m, geom);
  default: return false;
  }
}

/* Whether some of an actuator's dynamics, gain and bias are those of a DC motor, and some are not. */
static bool is_part_of_motor(const mjModel *m, int a) {
  int parts = (m->actuator_dyntype[a] == mjDYN_DCMOTOR) + (m->actuator_gaintype[a] == mjGAIN_DCMOTOR) +
              (m->actuator_biastype[a] == mjBIAS_DCMOTOR);
  return parts > 0 && parts < 3;
}

/* The kinds of actuator.def. */
static bool is_known_dynamics(int kind) {
#define ACTUATOR_DYNAMICS(name, member, word) \
  if (kind == (member)) return true;
#include "kernels/actuator.def"
  return false;
}
static bool is_known_gain(int kind) {
#define ACTUATOR_GAIN(name, member, word) \
  if (kind == (member)) return true;
#include "kernels/actuator.def"
  return false;
}
static bool is_known_bias(int kind) {
#define ACTUATOR_BIAS(name, member, word) \
  if (kind == (member)) return true;
#include "kernels/actuator.def"
  return false;
}

static const char dynamics_remedy[] = "use one of"
#define ACTUATOR_DYNAMICS(name, member, word) " " word
#include "kernels/actuator.def"
    ;
static const char gain_remedy[] = "use one of"
#define ACTUATOR_GAIN(name, member, word) " " word
#include "kernels/actuator.def"
    ;
static const char bias_remedy[] = "use one of"
#define ACTUATOR_BIAS(name, member, word) " " word
#include "kernels/actuator.def"
    ;

/* Viewers show the groups 0, 1 and 2. */
static bool is_drawn(const mjModel *m, int geom) {
  return m->geom_group[geom] <= 2 && mujoco_geom_color(m, geom)[3] > 0;
}
static bool is_translucent(const mjModel *m, int geom) {
  return is_drawn(m, geom) && mujoco_geom_color(m, geom)[3] < 1;
}

static bool is_worn(const mjModel *m, int material) {
  for (int g = 0; g < m->ngeom; g++)
    if (m->geom_matid[g] == material && is_drawn(m, g)) return true;
  return false;
}

static bool has_undrawn_layer(const mjModel *m, int material) {
  int drawn = mujoco_material_texture(m, material);
  for (int role = 0; role < mjNTEXROLE; role++) {
    int texture = m->mat_texid[mjNTEXROLE * material + role];
    if (texture >= 0 && texture != drawn && is_worn(m, material)) return true;
    bool color = role == mjTEXROLE_RGB || role == mjTEXROLE_RGBA || role == mjTEXROLE_USER;
    if (texture >= 0 && !color && is_worn(m, material)) return true;
  }
  return false;
}

/* ------------------------------------------------------------------------------------------------ the list */
typedef struct judgement {
  enum verdict verdict;
  const char *kind;
  int object;
  int (*count)(const mjModel *m);
  bool (*holds)(const mjModel *m, const mesh_file *file, int i);
  const char *attribute, *feature, *remedy;
} judgement;

#define JUDGED(key, verdict, kind, object, count, condition, attribute, feature, remedy) \
  static int count_##key(const mjModel *m) {                                             \
    (void)m;                                                                             \
    return (int)(count);                                                                 \
  }                                                                                      \
  static bool holds_##key(const mjModel *m, const mesh_file *file, int i) {              \
    (void)m, (void)file, (void)i;                                                        \
    return condition;                                                                    \
  }
#include "sim/mujoco/supported.def"

static const judgement judgements[] = {
#define JUDGED(key, verdict, kind, object, count, condition, attribute, feature, remedy) \
  {verdict, kind, object, count_##key, holds_##key, attribute, feature, remedy},
#include "sim/mujoco/supported.def"
};

/* ------------------------------------------------------------------------------------------------ telling */
enum {
  MOST_TOLD = 10, /* faults of one kind that are told one by one */
  MOST_NAMED = 12 /* elements that a notice names */
};

/* A judgement that holds for some elements. */
typedef struct telling {
  const mjModel *m;
  model_source *source;
  const mesh_file *files; /* (nmesh); NULL: unknown */
  const judgement *judgement;
  myr_findings *findings;
} telling;

static bool holds(const telling *t, int i) { return t->judgement->holds(t->m, t->files, i); }

static finding_place place_of(const telling *t, int i) {
  const judgement *j = t->judgement;
  if (j->object != mjOBJ_UNKNOWN) return model_source_place(t->source, t->m, j->object, i, j->attribute);
  return t->source ? supported_xml_place(t->source->xml, j->kind, j->attribute) : (finding_place){0};
}

/* Sensors and actuators are called by their tag in the file: gyro "imu". */
static const char *kind_of(const telling *t, int i) {
  const xml_element *element = NULL;
  if (t->judgement->object == mjOBJ_SENSOR) element = model_source_element(t->source, t->m, mjOBJ_SENSOR, i);
  return element ? element->tag : t->judgement->kind;
}

static void tell_fault(const telling *t, int i, int others) {
  const judgement *j = t->judgement;
  char name[ELEMENT_NAME_BYTES] = "", more[60] = "";
  if (j->object != mjOBJ_UNKNOWN) element_name(t->m, j->object, i, name);
  if (others) snprintf(more, sizeof more, ", nor is it in %d more", others);
  finding_add(t->findings, MYR_FAULT, place_of(t, i), j->remedy, "%s%s%s: %s is not %s%s", j->kind, name[0] ? " " : "",
              name, j->feature, j->verdict == UNDRAWABLE ? "drawn" : "simulated", more);
}

static void tell_faults(const telling *t, int hits) {
  int told = 0, count = t->judgement->count(t->m);
  for (int i = 0; i < count && told < MOST_TOLD; i++)
    if (holds(t, i)) tell_fault(t, i, ++told == MOST_TOLD ? hits - told : 0);
}

/* `geoms "a", "b" and 3 more`; sensors by their tags: `gyro "imu", touch` */
static void list_elements(const telling *t, int hits, char *text, size_t size) {
  const judgement *j = t->judgement;
  bool by_tag = j->object == mjOBJ_SENSOR;
  int named = 0, count = j->count(t->m);
  size_t length = by_tag ? 0 : (size_t)snprintf(text, size, "%s%s", j->kind, hits > 1 ? "s" : "");
  for (int i = 0; i < count && named < MOST_NAMED && length < size; i++) {
    if (!holds(t, i)) continue;
    const char *name = mj_id2name(t->m, j->object, i);
    bool has_name = name && name[0];
    if (!by_tag && !has_name) continue;
    length += (size_t)snprintf(text + length, size - length, "%s%s%s%s%.80s%s",
                               named++  ? ", "
                               : by_tag ? ""
                                        : " ",
                               by_tag ? kind_of(t, i) : "", by_tag && has_name ? " " : "", has_name ? "\"" : "",
                               has_name ? name : "", has_name ? "\"" : "");
  }
  if (hits > named && named && length < size) snprintf(text + length, size - length, " and %d more", hits - named);
  if (hits > 1 && !named) snprintf(text, size, "%d %ss", hits, j->kind);
}

static void tell_notice(const telling *t, int first, int hits) {
  const judgement *j = t->judgement;
  char elements[2000] = "";
  list_elements(t, hits, elements, sizeof elements);
  enum myr_severity severity = verdict_severity(j->verdict);
  if (j->feature)
    finding_add(t->findings, severity, place_of(t, first), j->remedy, "%s: %s is not %s", elements, j->feature,
                verdict_verb(j->verdict));
  else
    finding_add(t->findings, severity, place_of(t, first), j->remedy, "%s %s not %s", elements, hits > 1 ? "are" : "is",
                verdict_verb(j->verdict));
}

static void judge(telling *t, bool as_fault) {
  int hits = 0, first = -1, count = t->judgement->count(t->m);
  for (int i = 0; i < count; i++) {
    if (!holds(t, i)) continue;
    if (!hits++) first = i;
  }
  if (!hits) return;
  if (as_fault)
    tell_faults(t, hits);
  else
    tell_notice(t, first, hits);
}

void supported_check(const mjModel *m, model_source *source, myr_findings *findings) {
  telling t = {.m = m, .source = source, .files = source ? source->mesh_files : NULL, .findings = findings};
  int first = findings->count;
  for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
    t.judgement = &judgements[i];
    if (judgements[i].object == mjOBJ_EQUALITY && (m->opt.disableflags & mjDSBL_EQUALITY)) continue;
    if (t.files || judgements[i].object != mjOBJ_MESH) judge(&t, judgements[i].verdict == REFUSED);
  }
  if (!findings_status(findings, first, NULL)) { /* else they follow from it, or are told already */
    supported_check_options(m, source, findings);
    supported_check_numbers(m, source, findings);
    supported_check_hulls(m, source, findings);
  }
  if (source && source->xml && xml_root_is(source->xml, "mujoco")) supported_check_xml(source->xml, findings);
}

void supported_equalities(const mjModel *m, model_source *source, myr_findings *findings) {
  telling t = {.m = m, .source = source, .findings = findings};
  for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
    t.judgement = &judgements[i];
    if (judgements[i].object == mjOBJ_EQUALITY && (m->opt.disableflags & mjDSBL_EQUALITY)) judge(&t, true);
  }
}

void supported_check_looks(const mjModel *m, model_source *source, myr_findings *findings) {
  telling t = {.m = m, .source = source, .findings = findings};
  for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
    t.judgement = &judgements[i];
    if (judgements[i].verdict == UNDRAWABLE) judge(&t, true);
  }
}
