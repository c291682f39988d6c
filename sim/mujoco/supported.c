#include "sim/mujoco/supported.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct check {
  const mjModel *m;
  const char *path;
  myr_error *error;
} check;

const char *element_name(const mjModel *m, int object, int id, char text[ELEMENT_NAME_BYTES]) {
  const char *name = mj_id2name(m, object, id);
  int body = object == mjOBJ_GEOM ? m->geom_bodyid[id] : object == mjOBJ_JOINT ? m->jnt_bodyid[id] : -1;
  const char *body_name = body >= 0 ? mj_id2name(m, mjOBJ_BODY, body) : NULL;
  if (name && name[0])
    snprintf(text, ELEMENT_NAME_BYTES, "\"%s\"", name);
  else if (body_name && body_name[0])
    snprintf(text, ELEMENT_NAME_BYTES, "number %d, of body \"%s\"", id, body_name);
  else
    snprintf(text, ELEMENT_NAME_BYTES, "number %d", id);
  return text;
}

static myr_status refuse_option(const check *c, const char *feature, const char *remedy) {
  return myr_fail(c->error, MYR_INVALID, "%s: option: %s is not simulated: %s", c->path, feature, remedy);
}

static myr_status refuse(const check *c, const char *kind, int object, int id, const char *feature,
                         const char *remedy) {
  char name[ELEMENT_NAME_BYTES];
  return myr_fail(c->error, MYR_INVALID, "%s: %s %s: %s is not simulated: %s", c->path, kind,
                  element_name(c->m, object, id, name), feature, remedy);
}

/* ------------------------------------------------------------------------------------------------ options */
_Static_assert(mjNENABLE == 8 && mjNDISABLE == 20, "MuJoCo has flags that are not judged here");

static myr_status check_enable_flags(const check *c) {
  static const struct {
    int flag;
    const char *feature, *remedy;
  } refused[] = {
      {mjENBL_OVERRIDE, "flag override=\"enable\"", "write the contact parameters into the geoms"},
      {mjENBL_SLEEP, "flag sleep=\"enable\"", "remove it; resting bodies are simulated like any other"},
      {mjENBL_DIAGEXACT, "flag diagexact=\"enable\"", "remove it; constraints are scaled by the inertia of qpos0"},
      {mjENBL_IPC, "flag ipc=\"enable\"", "remove it; it is for flexes"},
      {mjENBL_SPECULATIVE, "flag speculative=\"enable\"",
       "remove it, and choose a timestep in which nothing passes through"},
  };
  int harmless = mjENBL_ENERGY | mjENBL_FWDINV | mjENBL_INVDISCRETE; /* the last: inverse dynamics only */
  int flags = c->m->opt.enableflags;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (flags & refused[i].flag) return refuse_option(c, refused[i].feature, refused[i].remedy);
  if (flags & ~harmless) return refuse_option(c, "an enabled flag", "Myriad knows energy, fwdinv and invdiscrete");
  return MYR_OK;
}

static myr_status check_disable_flags(const check *c) {
  int known = mjDSBL_CONSTRAINT | mjDSBL_EQUALITY | mjDSBL_FRICTIONLOSS | mjDSBL_LIMIT | mjDSBL_CONTACT |
              mjDSBL_GRAVITY | mjDSBL_CLAMPCTRL | mjDSBL_WARMSTART | mjDSBL_FILTERPARENT | mjDSBL_ACTUATION |
              mjDSBL_REFSAFE | mjDSBL_SENSOR | mjDSBL_SPRING | mjDSBL_DAMPER | mjDSBL_EULERDAMP;
  /* Midphase and island discovery change how MuJoCo computes, not the result. The convex detector and its several
   * contacts serve pairs of shapes that are refused. Myriad resets a diverged world in any case. */
  known |= mjDSBL_MIDPHASE | mjDSBL_AUTORESET | mjDSBL_NATIVECCD | mjDSBL_ISLAND | mjDSBL_MULTICCD;
  if (c->m->opt.disableflags & ~known) return refuse_option(c, "a disabled flag", "Myriad does not know it");
  return MYR_OK;
}

static const char *integrator_name(int integrator) {
  switch (integrator) {
  case mjINT_RK4: return "integrator=\"RK4\"";
  case mjINT_IMPLICIT: return "integrator=\"implicit\"";
  case mjINT_DISCRETE: return "integrator=\"discrete\"";
  default: return "its integrator";
  }
}

static myr_status check_options(const check *c) {
  const mjModel *m = c->m;
  if (!(m->opt.timestep > 0) || !isfinite(m->opt.timestep))
    return myr_fail(c->error, MYR_INVALID,
                    "%s: option: the timestep is %g s: give one above 0, of 1 to 5 ms for robots", c->path,
                    m->opt.timestep);
  if (m->opt.integrator != mjINT_EULER && m->opt.integrator != mjINT_IMPLICITFAST)
    return refuse_option(c, integrator_name(m->opt.integrator), "use Euler or implicitfast");
  if (m->opt.noslip_iterations > 0)
    return refuse_option(c, "noslip_iterations > 0",
                         "remove it; cone=\"elliptic\" with impratio > 1 also reduces slip");
  if (m->opt.density != 0 || m->opt.viscosity != 0)
    return refuse_option(c, "a medium with density or viscosity", "set both to 0");
  myr_status status = check_enable_flags(c);
  return status ? status : check_disable_flags(c);
}

/* ------------------------------------------------------------------------------------------------ numbers that must be 0 */
/* Where a number of the array is not 0, its element has the feature. */
typedef struct absent_feature {
  size_t array, count; /* members of mjModel: mjtNum *, and the mjtSize that counts its rows */
  int width;           /* numbers of a row */
  const char *kind;
  int object;
  const char *feature, *remedy;
} absent_feature;

#define ABSENT(array, count, width, kind, object, feature, remedy) \
  { offsetof(mjModel, array), offsetof(mjModel, count), width, kind, object, feature, remedy }
static const absent_feature absent[] = {
    ABSENT(body_gravcomp, nbody, 1, "body", mjOBJ_BODY, "gravcomp", "set it to 0"),
    ABSENT(jnt_stiffnesspoly, njnt, mjNPOLY, "joint", mjOBJ_JOINT, "a stiffness that grows with the deflection",
           "give stiffness one number"),
    ABSENT(jnt_springyield, njnt, 1, "joint", mjOBJ_JOINT, "springyield", "set it to 0; springs do not yield"),
    ABSENT(dof_dampingpoly, nv, mjNPOLY, "joint", mjOBJ_DOF, "a damping that grows with the velocity",
           "give damping one number"),
    ABSENT(geom_surfacevel, ngeom, 6, "geom", mjOBJ_GEOM, "surfacevel",
           "let a body with a slide or a hinge move in its place"),
    ABSENT(geom_adhesion, ngeom, 1, "geom", mjOBJ_GEOM, "adhesion", "set it to 0"),
    ABSENT(pair_adhesion, npair, 1, "contact pair", mjOBJ_PAIR, "adhesion", "set it to 0"),
    ABSENT(pair_solreffriction, npair, mjNREF, "contact pair", mjOBJ_PAIR, "solreffriction",
           "remove it; solref applies to all directions"),
    ABSENT(tendon_armature, ntendon, 1, "tendon", mjOBJ_TENDON, "armature", "set it to 0"),
    ABSENT(tendon_stiffnesspoly, ntendon, mjNPOLY, "tendon", mjOBJ_TENDON, "a stiffness that grows with the deflection",
           "give stiffness one number"),
    ABSENT(tendon_dampingpoly, ntendon, mjNPOLY, "tendon", mjOBJ_TENDON, "a damping that grows with the velocity",
           "give damping one number"),
    ABSENT(tendon_springyield, ntendon, 1, "tendon", mjOBJ_TENDON, "springyield", "set it to 0; springs do not yield"),
    ABSENT(actuator_damping, nactuator, 1, "actuator", mjOBJ_ACTUATOR, "damping",
           "write it into the joint or the tendon"),
    ABSENT(actuator_dampingpoly, nactuator, mjNPOLY, "actuator", mjOBJ_ACTUATOR,
           "a damping that grows with the velocity", "write one number into the joint or the tendon"),
    ABSENT(actuator_armature, nactuator, 1, "actuator", mjOBJ_ACTUATOR, "armature", "write it into the joint"),
    ABSENT(actuator_delay, nactuator, 1, "actuator", mjOBJ_ACTUATOR, "delay", "set it to 0"),
};

static myr_status check_absent(const check *c) {
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
    const absent_feature *a = &absent[i];
    const mjtNum *numbers = *(mjtNum *const *)((const char *)c->m + a->array);
    mjtSize count = *(const mjtSize *)((const char *)c->m + a->count);
    for (int row = 0; row < count; row++)
      for (int k = 0; k < a->width; k++) {
        if (numbers[(mjtSize)a->width * row + k] == 0) continue;
        bool of_joint = a->object == mjOBJ_DOF; /* dofs have no names */
        return refuse(c, a->kind, of_joint ? mjOBJ_JOINT : a->object, of_joint ? c->m->dof_jntid[row] : row, a->feature,
                      a->remedy);
      }
  }
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ bodies and geoms */
bool supported_geom(const mjModel *m, int geom) {
  switch (m->geom_type[geom]) {
  case mjGEOM_PLANE:
  case mjGEOM_SPHERE:
  case mjGEOM_CAPSULE:
  case mjGEOM_ELLIPSOID:
  case mjGEOM_CYLINDER:
  case mjGEOM_BOX: return true;
  default: return false;
  }
}

static myr_status check_bodies(const check *c) {
  const mjModel *m = c->m;
  for (int b = 0; b < m->nbody; b++) {
    if (m->body_mocapid[b] >= 0) return refuse(c, "body", mjOBJ_BODY, b, "mocap", "remove mocap=\"true\"");
    if (m->body_plugin[b] >= 0) return refuse(c, "body", mjOBJ_BODY, b, "a plugin", "remove it");
  }
  if (m->nflex > 0) return refuse(c, "flex", mjOBJ_FLEX, 0, "a deformable body", "remove it");
  return MYR_OK;
}

static bool in_explicit_pair(const mjModel *m, int geom) {
  for (int p = 0; p < m->npair; p++)
    if (m->pair_geom1[p] == geom || m->pair_geom2[p] == geom) return true;
  return false;
}

static const char *shape_name(int type) {
  switch (type) {
  case mjGEOM_HFIELD: return "collision of a height field";
  case mjGEOM_MESH: return "collision of a mesh";
  default: return "collision of this type of geom";
  }
}

static myr_status check_geoms(const check *c) {
  const mjModel *m = c->m;
  for (int g = 0; g < m->ngeom; g++)
    if (!supported_geom(m, g) && (m->geom_contype[g] || m->geom_conaffinity[g] || in_explicit_pair(m, g)))
      return refuse(c, "geom", mjOBJ_GEOM, g, shape_name(m->geom_type[g]),
                    "let a sphere, capsule, ellipsoid, cylinder or box collide in its place, and give this geom "
                    "contype=\"0\" conaffinity=\"0\"");
  return MYR_OK;
}

static myr_status refuse_friction(const check *c, const char *kind, int object, int id, double friction) {
  char name[ELEMENT_NAME_BYTES];
  return myr_fail(c->error, MYR_INVALID, "%s: %s %s: a friction of %g: give numbers of at least 0", c->path, kind,
                  element_name(c->m, object, id, name), friction);
}

/* A negative friction is none in MuJoCo, without a word, because friction has a least value. */
static myr_status check_frictions(const check *c) {
  const mjModel *m = c->m;
  for (int g = 0; g < m->ngeom; g++)
    for (int k = 0; k < 3; k++)
      if (!(m->geom_friction[3 * g + k] >= 0))
        return refuse_friction(c, "geom", mjOBJ_GEOM, g, m->geom_friction[3 * g + k]);
  for (int p = 0; p < m->npair; p++)
    for (int k = 0; k < 5; k++)
      if (!(m->pair_friction[5 * p + k] >= 0))
        return refuse_friction(c, "contact pair", mjOBJ_PAIR, p, m->pair_friction[5 * p + k]);
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ constraints */
static const char *equality_name(int type) {
  switch (type) {
  case mjEQ_CONNECT: return "connect";
  case mjEQ_WELD: return "weld";
  case mjEQ_TENDON: return "an equality of tendons";
  default: return "this type of equality constraint";
  }
}

static myr_status refuse_equalities(const check *c) {
  const mjModel *m = c->m;
  for (int e = 0; e < m->neq; e++)
    if (m->eq_active0[e] && m->eq_type[e] != mjEQ_JOINT)
      return refuse(c, "equality", mjOBJ_EQUALITY, e, equality_name(m->eq_type[e]),
                    "tie joints by <joint>, or set active=\"false\"");
  return MYR_OK;
}

static myr_status check_equalities(const check *c) {
  return c->m->opt.disableflags & mjDSBL_EQUALITY ? MYR_OK : refuse_equalities(c);
}

myr_status supported_equalities(const mjModel *m, const char *path, myr_error *error) {
  const check c = {m, path, error};
  return refuse_equalities(&c);
}

static myr_status check_tendons(const check *c) {
  const mjModel *m = c->m;
  for (int t = 0; t < m->ntendon; t++) {
    if (m->tendon_type[t] != mjTENDON_FIXED)
      return refuse(c, "tendon", mjOBJ_TENDON, t, "a spatial tendon", "use a <fixed> tendon of joints");
    if (m->tendon_actfrclimited[t])
      return refuse(c, "tendon", mjOBJ_TENDON, t, "actuatorfrcrange", "use the actuators' forcerange");
  }
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ actuators */
static myr_status check_transmission(const check *c, int a) {
  const mjModel *m = c->m;
  switch (m->actuator_trntype[a]) {
  case mjTRN_TENDON: return MYR_OK;
  case mjTRN_JOINT:
  case mjTRN_JOINTINPARENT: {
    int type = m->jnt_type[m->actuator_trnid[2 * a]];
    if (type == mjJNT_HINGE || type == mjJNT_SLIDE) return MYR_OK;
    return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "an actuator on a ball or free joint", "actuate hinges or slides");
  }
  case mjTRN_SLIDERCRANK: return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "a slider-crank", "actuate a joint");
  case mjTRN_SITE: return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "transmission to a site", "actuate a joint");
  case mjTRN_BODY: return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "adhesion", "remove it");
  case mjTRN_SO3: return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "control of an orientation", "actuate hinges");
  default: return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "its transmission", "actuate a joint or a tendon");
  }
}

/* A kind of actuator.def. */
typedef struct kind {
  int value; /* MuJoCo's */
  const char *word;
} kind;
#define KIND(name, member, word) {member, word},
static const kind dynamics[] = {
#define ACTUATOR_DYNAMICS KIND
#include "kernels/actuator.def"
    {-1, NULL}};
static const kind gains[] = {
#define ACTUATOR_GAIN KIND
#include "kernels/actuator.def"
    {-1, NULL}};
static const kind biases[] = {
#define ACTUATOR_BIAS KIND
#include "kernels/actuator.def"
    {-1, NULL}};

/* The value must be one of the kinds; `feature` names one that is not. */
static myr_status check_kind(const check *c, int a, const kind *kinds, int value, const char *feature) {
  char remedy[200] = "use one of";
  for (const kind *k = kinds; k->word; k++) {
    if (k->value == value) return MYR_OK;
    size_t length = strlen(remedy);
    snprintf(remedy + length, sizeof remedy - length, "%s %s", k == kinds ? "" : ",", k->word);
  }
  return refuse(c, "actuator", mjOBJ_ACTUATOR, a, feature, remedy);
}

/* MuJoCo's formula for the actuator: dynamics, gain and bias. */
static myr_status check_formula(const check *c, int a) {
  const mjModel *m = c->m;
  int dynamics_type = m->actuator_dyntype[a], gain = m->actuator_gaintype[a], bias = m->actuator_biastype[a];
  if (dynamics_type == mjDYN_MUSCLE || gain == mjGAIN_MUSCLE || bias == mjBIAS_MUSCLE)
    return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "a muscle", "use a motor, position or general actuator");
  if (dynamics_type == mjDYN_PID || gain == mjGAIN_PID)
    return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "a PID controller", "use a position actuator with kp and kv");
  if (dynamics_type == mjDYN_DCMOTOR || gain == mjGAIN_DCMOTOR || bias == mjBIAS_DCMOTOR)
    return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "a DC motor", "use a motor, position or general actuator");
  myr_status status = check_kind(c, a, dynamics, dynamics_type, "its dyntype");
  if (!status) status = check_kind(c, a, gains, gain, "its gaintype");
  return status ? status : check_kind(c, a, biases, bias, "its biastype");
}

static myr_status check_actuators(const check *c) {
  const mjModel *m = c->m;
  for (int a = 0; a < m->nactuator; a++) {
    if (m->actuator_plugin[a] >= 0) return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "a plugin", "remove it");
    myr_status status = check_transmission(c, a);
    if (!status) status = check_formula(c, a);
    if (status) return status;
    /* Controls, force outputs and activations are numbered as their actuators are. */
    if (m->actuator_ctrlnum[a] != 1 || m->actuator_outnum[a] != 1)
      return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "another number of controls or forces than one",
                    "use a motor, position or general actuator");
    if (m->actuator_actnum[a] > 1) return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "an actdim above 1", "leave it out");
    int group = m->actuator_group[a];
    if (group >= 0 && group < 31 && (m->opt.disableactuator & (1 << group)))
      return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "actuatorgroupdisable of its group", "remove the actuator");
  }
  return MYR_OK;
}

/* Sensors, cameras, lights, sites, skins, materials and custom data move nothing and are not looked at. */
myr_status supported_check(const mjModel *m, const char *path, myr_error *error) {
  const check c = {m, path, error};
  myr_status (*const checks[])(const check *) = {check_options,    check_bodies,  check_geoms,     check_frictions,
                                                 check_equalities, check_tendons, check_actuators, check_absent};
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    myr_status status = checks[i](&c);
    if (status) return status;
  }
  return MYR_OK;
}
