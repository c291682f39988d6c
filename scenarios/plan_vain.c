/* Why a parameter of `randomize` can affect nothing. Such a draw is an error, because it would be recorded as if it did. */
#include "kernels/fields.h"
#include "kernels/model.h"
#include "scenarios/plan.h"

/* Whether a geom's friction counts in the contacts of a pair, which it is part of. whole: torsional and rolling friction
 * are drawn too. */
static bool friction_counts(const myr_model *model, int pair, int geom, bool whole) {
  bool first = model->pair_geom1[pair] == geom;
  int condim = model->pair_condim[pair];
  switch (model->pair_friction_rule[pair]) {
  case MYR_FRICTION_OWN: return false;
  case MYR_FRICTION_GEOM1: return first && condim > 1;
  case MYR_FRICTION_GEOM2: return !first && condim > 1;
  case MYR_FRICTION_GROUND: return first ? condim > 1 : whole && condim > 3;
  default: return condim > 1;
  }
}

/* Why the friction of none of the geoms counts in any contact. */
static const char *friction_in_vain(const myr_model *model, const int *geoms, int count, bool whole) {
  bool touches = false, ground = false;
  for (int i = 0; i < count; i++)
    for (int p = 0; p < model->npair; p++) {
      if (model->pair_geom1[p] != geoms[i] && model->pair_geom2[p] != geoms[i]) continue;
      if (friction_counts(model, p, geoms[i], whole)) return NULL;
      touches = true;
      ground |= model->pair_friction_rule[p] == MYR_FRICTION_GROUND && model->pair_condim[p] > 1;
    }
  if (!touches) return "nothing can touch it (contype, conaffinity, exclusions)";
  if (ground) return "the sliding friction of a `ground` is the contact's: draw that of the ground";
  return "its contacts have no friction (condim 1), or take theirs from a <pair> or from geoms of higher priority";
}

static bool some_body_moves(const myr_model *model, const int *bodies, int count) {
  for (int i = 0; i < count; i++)
    if (plan_body_moves(model, bodies[i])) return true;
  return false;
}

static bool some_is_not_zero(const double *values, int width, const int *indices, int count) {
  for (int i = 0; i < count; i++)
    for (int k = 0; k < width; k++)
      if (values[width * indices[i] + k] != 0) return true;
  return false;
}

/* The numbers that a property multiplies; NULL: they are never all zero. */
static const double *scaled_values(const myr_model *model, int field) {
  switch (field) {
  case MYR_FIELD_gravity: return model->options.gravity;
  case MYR_FIELD_density: return &model->options.density;
  case MYR_FIELD_viscosity: return &model->options.viscosity;
  case MYR_FIELD_wind: return model->options.wind;
  case MYR_FIELD_body_gravcomp: return model->body_gravcomp;
  case MYR_FIELD_jnt_stiffness: return model->jnt_stiffness;
  case MYR_FIELD_jnt_stiffnesspoly: return model->jnt_stiffnesspoly;
  case MYR_FIELD_dof_armature: return model->dof_armature;
  case MYR_FIELD_dof_damping: return model->dof_damping;
  case MYR_FIELD_geom_surfacevel: return model->geom_surfacevel;
  case MYR_FIELD_dof_dampingpoly: return model->dof_dampingpoly;
  default: return NULL;
  }
}

/* The part of the physics without which a property does nothing, and the word that switches it off. */
static const struct {
  int field;
  unsigned parts;
  const char *why;
} switches[] = {
    {MYR_FIELD_geom_friction, MYR_DISABLE_CONTACT | MYR_DISABLE_CONSTRAINT, "contacts are switched off by `disable`"},
    {MYR_FIELD_jnt_stiffness, MYR_DISABLE_SPRING, "springs are switched off by `disable`"},
    {MYR_FIELD_jnt_stiffnesspoly, MYR_DISABLE_SPRING, "springs are switched off by `disable`"},
    {MYR_FIELD_dof_damping, MYR_DISABLE_DAMPER, "dampers are switched off by `disable`"},
    {MYR_FIELD_dof_dampingpoly, MYR_DISABLE_DAMPER, "dampers are switched off by `disable`"},
    {MYR_FIELD_dof_frictionloss, MYR_DISABLE_FRICTIONLOSS | MYR_DISABLE_CONSTRAINT,
     "dry friction is switched off by `disable`"},
    {MYR_FIELD_actuator_strength, MYR_DISABLE_ACTUATION, "actuators are switched off by `disable`"},
};

const char *plan_parameter_in_vain(const myr_model *model, const struct property *property, int operation,
                                   const int *indices, int count) {
  for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
    if (switches[i].field == property->field && (unsigned)model->options.disable & switches[i].parts)
      return switches[i].why;
  if (property->field == MYR_FIELD_geom_friction)
    return friction_in_vain(model, indices, count, operation == RANDOMIZE_SCALE);
  if (property->class == CLASS_body && property->field != MYR_FIELD_mocap_pos &&
      !some_body_moves(model, indices, count))
    return "the body is fixed to the world and cannot move";
  const double *values = operation == RANDOMIZE_SCALE ? scaled_values(model, property->field) : NULL;
  if (values && !some_is_not_zero(values, property->width, indices, count))
    return "its value is 0, and 0 times a factor is 0";
  return NULL;
}
