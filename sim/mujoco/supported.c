#include "sim/mujoco/supported.h"

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
static myr_status check_enable_flags(const check *c) {
  int flags = c->m->opt.enableflags;
  int harmless = mjENBL_ENERGY | mjENBL_FWDINV;
#if MYR_MUJOCO_3
  harmless |= mjENBL_INVDISCRETE; /* inverse dynamics only */
#else
  harmless |= mjENBL_SENSORNOISE;
#endif
  if (flags & mjENBL_OVERRIDE)
    return refuse_option(c, "flag override=\"enable\"", "write the contact parameters into the geoms");
  if (flags & mjENBL_MULTICCD) return refuse_option(c, "flag multiccd=\"enable\"", "remove it");
  if (flags & ~harmless) return refuse_option(c, "an enabled flag", "Myriad knows energy, fwdinv and invdiscrete");
  return MYR_OK;
}

static myr_status check_disable_flags(const check *c) {
  int known = mjDSBL_CONSTRAINT | mjDSBL_EQUALITY | mjDSBL_FRICTIONLOSS | mjDSBL_LIMIT | mjDSBL_CONTACT |
              mjDSBL_GRAVITY | mjDSBL_CLAMPCTRL | mjDSBL_WARMSTART | mjDSBL_FILTERPARENT | mjDSBL_ACTUATION |
              mjDSBL_REFSAFE | mjDSBL_SENSOR;
#if MYR_MUJOCO_3
  /* Midphase, island discovery and the convex detector change how MuJoCo computes, not the result. Myriad
   * resets a diverged world in any case. */
  known |= mjDSBL_SPRING | mjDSBL_DAMPER | mjDSBL_EULERDAMP | mjDSBL_MIDPHASE | mjDSBL_AUTORESET | mjDSBL_NATIVECCD |
           mjDSBL_ISLAND;
#else
  known |= mjDSBL_PASSIVE;
#endif
  if (c->m->opt.disableflags & ~known) return refuse_option(c, "a disabled flag", "Myriad does not know it");
  return MYR_OK;
}

static myr_status check_options(const check *c) {
  const mjModel *m = c->m;
  if (m->opt.integrator != mjINT_EULER && !mujoco_is_implicitfast(m))
    return refuse_option(c, m->opt.integrator == mjINT_RK4 ? "integrator=\"RK4\"" : "integrator=\"implicit\"",
                         "use Euler or implicitfast");
  if (m->opt.noslip_iterations > 0)
    return refuse_option(c, "noslip_iterations > 0",
                         "remove it; cone=\"elliptic\" with impratio > 1 also reduces slip");
  if (m->opt.density != 0 || m->opt.viscosity != 0)
    return refuse_option(c, "a medium with density or viscosity", "set both to 0");
#if !MYR_MUJOCO_3
  if (m->opt.collision != mjCOL_ALL) return refuse_option(c, "collision other than \"all\"", "remove it");
#endif
  myr_status status = check_enable_flags(c);
  return status ? status : check_disable_flags(c);
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
#if MYR_MUJOCO_3
    if (m->body_gravcomp[b] != 0) return refuse(c, "body", mjOBJ_BODY, b, "gravcomp", "set it to 0");
    if (m->body_plugin[b] >= 0) return refuse(c, "body", mjOBJ_BODY, b, "a plugin", "remove it");
#endif
  }
#if MYR_MUJOCO_3
  if (m->nflex > 0) return refuse(c, "flex", mjOBJ_FLEX, 0, "a deformable body", "remove it");
#endif
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

static myr_status check_pairs(const check *c) {
#if MYR_MUJOCO_3
  const mjModel *m = c->m;
  for (int p = 0; p < m->npair; p++)
    if (m->pair_solreffriction[2 * p] != 0 || m->pair_solreffriction[2 * p + 1] != 0)
      return refuse(c, "contact pair", mjOBJ_PAIR, p, "solreffriction", "remove it; solref applies to all directions");
#else
  (void)c;
#endif
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ constraints */
static myr_status check_equalities(const check *c) {
  const mjModel *m = c->m;
  if (m->opt.disableflags & mjDSBL_EQUALITY) return MYR_OK;
  for (int e = 0; e < m->neq; e++)
    if (mujoco_equality_active(m, e))
      return refuse(c, "equality", mjOBJ_EQUALITY, e, "an equality constraint", "remove it or set active=\"false\"");
  return MYR_OK;
}

static myr_status check_tendons(const check *c) {
  const mjModel *m = c->m;
  for (int t = 0; t < m->ntendon; t++) {
    for (int w = m->tendon_adr[t]; w < m->tendon_adr[t] + m->tendon_num[t]; w++)
      if (m->wrap_type[w] != mjWRAP_JOINT)
        return refuse(c, "tendon", mjOBJ_TENDON, t, "a spatial tendon", "use a <fixed> tendon of joints");
#if MYR_MUJOCO_3
    if (m->tendon_armature[t] != 0) return refuse(c, "tendon", mjOBJ_TENDON, t, "armature", "set it to 0");
    if (m->tendon_actfrclimited[t])
      return refuse(c, "tendon", mjOBJ_TENDON, t, "actuatorfrcrange", "use the actuators' forcerange");
#endif
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
#if !MYR_MUJOCO_3
#define ACTUATOR_DYNAMICS_3(name, member, word)
#endif
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

/* The value must be one of the kinds; feature is what the message calls one that is not. */
static myr_status check_kind(const check *c, int a, const kind *kinds, int value, int muscle, const char *feature) {
  char remedy[200] = "use one of";
  for (const kind *k = kinds; k->word; k++) {
    if (k->value == value) return MYR_OK;
    size_t length = strlen(remedy);
    snprintf(remedy + length, sizeof remedy - length, "%s %s", k == kinds ? "" : ",", k->word);
  }
  if (value == muscle)
    return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "a muscle", "use a motor, position or general actuator");
  return refuse(c, "actuator", mjOBJ_ACTUATOR, a, feature, remedy);
}

static myr_status check_kinds(const check *c, int a) {
  const mjModel *m = c->m;
  myr_status status = check_kind(c, a, dynamics, m->actuator_dyntype[a], mjDYN_MUSCLE, "its dyntype");
  if (!status) status = check_kind(c, a, gains, m->actuator_gaintype[a], mjGAIN_MUSCLE, "its gaintype");
  return status ? status : check_kind(c, a, biases, m->actuator_biastype[a], mjBIAS_MUSCLE, "its biastype");
}

static myr_status check_actuators(const check *c) {
  const mjModel *m = c->m;
  for (int a = 0; a < m->nu; a++) {
    myr_status status = check_kinds(c, a);
    if (status) return status;
#if MYR_MUJOCO_3
    if (m->actuator_plugin[a] >= 0) return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "a plugin", "remove it");
    int group = m->actuator_group[a];
    if (group >= 0 && group < 31 && (m->opt.disableactuator & (1 << group)))
      return refuse(c, "actuator", mjOBJ_ACTUATOR, a, "actuatorgroupdisable of its group", "remove the actuator");
#endif
    status = check_transmission(c, a);
    if (status) return status;
  }
  return MYR_OK;
}

/* Sensors, cameras, lights, sites, skins, materials and custom data move nothing and are not looked at. */
myr_status supported_check(const mjModel *m, const char *path, myr_error *error) {
  const check c = {m, path, error};
  myr_status (*const checks[])(const check *) = {check_options,    check_bodies,  check_geoms,    check_pairs,
                                                 check_equalities, check_tendons, check_actuators};
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    myr_status status = checks[i](&c);
    if (status) return status;
  }
  return MYR_OK;
}
