/* Randomized physical parameters. */
#include <math.h>
#include <string.h>

#include "scenarios/plan.h"
#include "scenarios/plan_world.h"

/* ------------------------------------------------------------------------------------------------ binding */

/* Elements of the class that belong to the entity and that the property is meant for. */
static bool is_target(const myr_plan *plan, const property *property, int entity, int index) {
  const myr_model *model = plan->model;
  switch (property->class) {
  case CLASS_BODY:
    return plan->body_entity[index] == entity && model->body_mass[index] > 0;
  case CLASS_JOINT: {
    if (plan->body_entity[model->jnt_body[index]] != entity || model->jnt_type[index] == MYR_JOINT_FREE) return false;
    return property->field != MYR_FIELD_dof_frictionloss || model->dof_frictionloss[model->jnt_dof_start[index]] > 0;
  }
  case CLASS_GEOM: {
    const myr_entity_info *info = &plan->entity_infos[entity];
    return index >= info->geom_start && index < info->geom_start + info->geom_count;
  }
  case CLASS_ACTUATOR: {
    const myr_entity_info *info = &plan->entity_infos[entity];
    return index >= info->actuator_start && index < info->actuator_start + info->actuator_count;
  }
  default:
    return false;
  }
}

static int class_size(const myr_model *model, enum property_class class, char *const **names, enum myr_object *kind) {
  switch (class) {
  case CLASS_BODY:
    *names = model->body_name;
    *kind = MYR_OBJECT_BODY;
    return model->nbody;
  case CLASS_JOINT:
    *names = model->jnt_name;
    *kind = MYR_OBJECT_JOINT;
    return model->njnt;
  case CLASS_GEOM:
    *names = model->geom_name;
    *kind = MYR_OBJECT_GEOM;
    return model->ngeom;
  case CLASS_ACTUATOR:
    *names = model->actuator_name;
    *kind = MYR_OBJECT_ACTUATOR;
    return model->nu;
  default:
    *names = NULL;
    *kind = MYR_OBJECT_BODY;
    return 0;
  }
}

/* A joint's parameters lie with its dofs, but for the spring. */
static bool by_dof(enum myr_field field) {
  return field == MYR_FIELD_dof_damping || field == MYR_FIELD_dof_armature || field == MYR_FIELD_dof_frictionloss;
}

static void check_mass(plan_builder *builder, const randomize_section *section, int body) {
  const quantity *amount = &section->amount;
  if (section->property->field != MYR_FIELD_body_mass || section->operation == RANDOMIZE_SCALE) return;
  if (amount->kind == DISTRIBUTION_NORMAL && !amount->limited)
    return; /* drawn below zero, a body has no mass and its world diverges */
  double mass = section->operation == RANDOMIZE_ADD ? builder->plan->model->body_mass[body] : 0;
  double least = amount->kind == DISTRIBUTION_NORMAL ? amount->low : amount->a;
  for (int i = 0; i < amount->choice_count; i++) least = i ? fmin(least, amount->choices[i]) : amount->choices[0];
  if (mass + least > 0) return;
  char text[32];
  diagnose(builder->diagnostics, amount->node->where, "the mass of `%s`, %s kg, would not stay positive",
           builder->plan->model->body_name[body] ? builder->plan->model->body_name[body] : "a body",
           number_format(builder->plan->model->body_mass[body], text, sizeof text));
}

static void bind_targets(plan_builder *builder, parameter_plan *parameter, const randomize_section *section, int entity,
                         int *draws, const char ***names) {
  myr_plan *plan = builder->plan;
  char *const *all_names;
  enum myr_object kind;
  int size = class_size(plan->model, section->property->class, &all_names, &kind), only = -1;
  position where = section->head.key->where;
  if (section->element) {
    char path[320];
    snprintf(path, sizeof path, "%s.%s", section->entity, section->element);
    only = plan_find(builder, kind, entity, path, where);
    if (only < 0) return;
  }
  /* Three dofs of a ball joint each have an index. */
  int *indices = plan_take(builder, 3 * (size_t)size, sizeof *indices);
  int *elements = plan_take(builder, 3 * (size_t)size, sizeof *elements);
  *names = plan_take(builder, (size_t)size, sizeof **names);
  if (builder->failed) return;
  for (int i = 0; i < size; i++) {
    if ((only >= 0 && i != only) || !is_target(plan, section->property, entity, i)) continue;
    check_mass(builder, section, i);
    (*names)[*draws] = all_names[i] ? all_names[i] : "";
    int width = by_dof(parameter->field) && plan->model->jnt_type[i] == MYR_JOINT_BALL ? 3 : 1;
    for (int k = 0; k < width; k++) {
      indices[parameter->count] = by_dof(parameter->field) ? plan->model->jnt_dof_start[i] + k : i;
      elements[parameter->count++] = parameter->each ? *draws : 0;
    }
    ++*draws;
  }
  parameter->indices = indices;
  parameter->elements = elements;
  if (!parameter->count) {
    diagnose(builder->diagnostics, where, "`%.100s` concerns nothing in the model", section->head.name);
  }
}

static void bind_parameter(plan_builder *builder, const randomize_section *section) {
  myr_plan *plan = builder->plan;
  const property *property = section->property;
  parameter_plan *parameter = &plan->parameters[plan->parameter_count++];
  *parameter = (parameter_plan){.field = property->field,
                                .operation = section->operation,
                                .property = property,
                                .each = section->per.index != PER_ALL};
  int draws = 0;
  const char **names = NULL;
  if (property->class == CLASS_WORLD) {
    static const int world[1];
    parameter->count = 1;
    parameter->indices = parameter->elements = world;
  } else {
    bind_targets(builder, parameter, section, plan_entity(plan, section->entity), &draws, &names);
    if (!parameter->count) return;
  }
  const char *path = arena_format(&plan->arena, "randomize.%s", section->head.name);
  if (!path) return;
  int elements = parameter->each ? draws : 0;
  if (property->kind == PROPERTY_VECTOR && section->operation != RANDOMIZE_SCALE) {
    plan_add_vector(builder, &parameter->vector, &section->vector, section->vector.given ? NULL : &section->amount,
                    path, elements, names);
  } else {
    plan_add_quantity(builder, &parameter->amount, &section->amount, path, elements, names);
  }
}

/* A ground's friction, when it is drawn, is a parameter like any other. */
static void bind_ground(plan_builder *builder, int entity) {
  static const property *friction;
  for (int i = 0; i < property_count; i++) {
    if (properties[i].field == MYR_FIELD_geom_friction) friction = &properties[i];
  }
  myr_plan *plan = builder->plan;
  const quantity *quantity = &plan->entities[entity].section->ground.friction;
  if (!plan->entity_infos[entity].ground || quantity->kind == DISTRIBUTION_CONSTANT) return;
  int *index = plan_take(builder, 2, sizeof *index);
  if (!index) return;
  index[0] = plan->entity_infos[entity].geom_start;
  parameter_plan *parameter = &plan->parameters[plan->parameter_count++];
  *parameter = (parameter_plan){.field = MYR_FIELD_geom_friction,
                                .operation = RANDOMIZE_SET,
                                .property = friction,
                                .count = 1,
                                .indices = index,
                                .elements = index + 1};
  const char *path = arena_format(&plan->arena, "entities.%s.ground.friction", plan->entity_infos[entity].name);
  if (path) plan_add_quantity(builder, &parameter->amount, quantity, path, 0, NULL);
}

void plan_bind_parameters(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_scenario *scenario = plan->scenario;
  plan->parameters =
      plan_take(builder, (size_t)(scenario->randomize.count + plan->entity_count), sizeof *plan->parameters);
  for (int i = 0; i < plan->entity_count && !builder->failed; i++) bind_ground(builder, i);
  for (int i = 0; i < scenario->randomize.count && !builder->failed; i++) {
    const randomize_section *section = scenario_randomize(scenario, i);
    if (!section->property->look) bind_parameter(builder, section);
  }
}

/* ------------------------------------------------------------------------------------------------ writing */

static double changed(const parameter_plan *parameter, double value, double amount) {
  if (parameter->operation == RANDOMIZE_SCALE) return value * amount;
  return parameter->operation == RANDOMIZE_ADD ? value + amount : amount;
}

/* Elements of the field that one index stands for. */
static int field_width(enum myr_field field) {
  return field == MYR_FIELD_body_inertia || field == MYR_FIELD_body_ipos || field == MYR_FIELD_geom_friction ||
                 field == MYR_FIELD_gravity
             ? 3
             : 1;
}

static void write_mass(const parameter_plan *parameter, myr_span mass, myr_span inertia, int body, double amount) {
  double before = span_get(mass, body), after = changed(parameter, before, amount);
  if (!(before > 0)) return;
  after = fmax(after, 0); /* a robot without mass diverges and its episode says so; another mass than drawn would lie */
  span_set(mass, body, after);
  for (int i = 0; i < 3; i++) span_set(inertia, 3 * body + i, span_get(inertia, 3 * body + i) * (after / before));
}

void plan_write_parameters(const myr_plan *plan, myr_batch *batch, int world, const double *values) {
  for (int p = 0; p < plan->parameter_count; p++) {
    const parameter_plan *parameter = &plan->parameters[p];
    myr_span span = myr_batch_field(batch, parameter->field, world);
    myr_span inertia = myr_batch_field(batch, MYR_FIELD_body_inertia, world);
    int width = field_width(parameter->field);
    for (int i = 0; i < parameter->count; i++) {
      int index = parameter->indices[i];
      if (parameter->vector.given) {
        double vector[3];
        vector_site_value(&parameter->vector, values, parameter->elements[i], vector);
        for (int k = 0; k < 3; k++) span_set(span, 3 * index + k, span_get(span, 3 * index + k) + vector[k]);
        continue;
      }
      double amount = site_value(&parameter->amount, values, parameter->elements[i]);
      if (parameter->field == MYR_FIELD_body_mass) {
        write_mass(parameter, span, inertia, index, amount);
        continue;
      }
      int scaled = parameter->operation == RANDOMIZE_SCALE ? width : 1; /* friction: only sliding is added to or set */
      for (int k = 0; k < scaled; k++) {
        double value = changed(parameter, span_get(span, width * index + k), amount);
        span_set(span, width * index + k, fmax(value, parameter->property->low));
      }
    }
  }
}
