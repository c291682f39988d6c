/* Randomized physical parameters, as edits of the start. */
#include <math.h>
#include <string.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "scenarios/plan.h"

/* ------------------------------------------------------------------------------------------------ binding */

/* Whether an element of the class belongs to the entity and has the property. */
static bool is_target(const myr_plan *plan, const property *property, int entity, int index) {
  const myr_model *model = plan->model;
  switch (property->class) {
  case CLASS_body:
    if (property->field == MYR_FIELD_mocap_pos)
      return plan->body_entity[index] == entity && model->body_mocap[index] >= 0;
    return plan->body_entity[index] == entity && model->body_mass[index] > 0;
  case CLASS_joint: {
    if (plan->body_entity[model->jnt_body[index]] != entity || model->jnt_type[index] == MYR_JOINT_FREE) return false;
    return property->field != MYR_FIELD_dof_frictionloss || model->dof_frictionloss[model->jnt_dof_start[index]] > 0;
  }
  case CLASS_geom: {
    const myr_entity_info *info = &plan->entity_infos[entity];
    return index >= info->geom_start && index < info->geom_start + info->geom_count;
  }
  case CLASS_actuator: {
    const myr_entity_info *info = &plan->entity_infos[entity];
    return index >= info->actuator_start && index < info->actuator_start + info->actuator_count;
  }
  default: return false;
  }
}

static void check_mass(plan_builder *builder, const randomize_section *section, int body) {
  const quantity *amount = &section->amount;
  if (section->property->field != MYR_FIELD_body_mass || section->operation == RANDOMIZE_SCALE) return;
  if (amount->kind == DISTRIBUTION_NORMAL && !amount->limited)
    return; /* a mass that is drawn below zero becomes 0, and the world diverges */
  double mass = section->operation == RANDOMIZE_ADD ? builder->plan->model->body_mass[body] : 0;
  double least = amount->kind == DISTRIBUTION_NORMAL ? amount->low : amount->a;
  for (int i = 0; i < amount->choice_count; i++) least = i ? fmin(least, amount->choices[i]) : amount->choices[0];
  if (mass + least > 0) return;
  char text[32];
  diagnose(builder->diagnostics, amount->node->where, "the mass of `%s`, %s kg, would not stay positive",
           builder->plan->model->body_name[body] ? builder->plan->model->body_name[body] : "a body",
           number_format(builder->plan->model->body_mass[body], text, sizeof text));
}

/* The values that a parameter changes. */
typedef struct parameter_targets {
  int count;          /* length of the next two arrays */
  int *indices;       /* of bodies, mocap bodies, dofs, joints, geoms or actuators */
  int *elements;      /* index of the draw that applies to it */
  int draws;          /* number of draws, if each element draws */
  const char **names; /* (draws) */
} parameter_targets;

static void find_targets(plan_builder *builder, const randomize_section *section, int entity,
                         parameter_targets *targets) {
  myr_plan *plan = builder->plan;
  const property *property = section->property;
  char *const *all_names = myr_model_names(plan->model, property->element);
  int size = myr_model_size(plan->model, property->element), only = -1;
  position where = section->head.key->where;
  if (section->element) {
    char path[320];
    snprintf(path, sizeof path, "%s.%s", section->entity, section->element);
    only = plan_find(builder, property->element, entity, path, where);
    if (only < 0) return;
  }
  /* Three dofs of a ball joint each have an index. */
  targets->indices = plan_take(builder, 3 * (size_t)size, sizeof *targets->indices);
  targets->elements = plan_take(builder, 3 * (size_t)size, sizeof *targets->elements);
  targets->names = plan_take(builder, (size_t)size, sizeof *targets->names);
  if (builder->failed) return;
  for (int i = 0; i < size; i++) {
    if ((only >= 0 && i != only) || !is_target(plan, property, entity, i)) continue;
    check_mass(builder, section, i);
    targets->names[targets->draws] = all_names[i] ? all_names[i] : "";
    int width = property->by_dof && plan->model->jnt_type[i] == MYR_JOINT_BALL ? 3 : 1;
    for (int k = 0; k < width; k++) {
      targets->indices[targets->count] = property->by_dof                         ? plan->model->jnt_dof_start[i] + k
                                         : property->field == MYR_FIELD_mocap_pos ? plan->model->body_mocap[i]
                                                                                  : i;
      targets->elements[targets->count++] = section->per.index == PER_ALL ? 0 : targets->draws;
    }
    ++targets->draws;
  }
  if (!targets->count) {
    diagnose(builder->diagnostics, where, "`%.100s` concerns nothing in the model", section->head.name);
  }
}

static void check_effect(plan_builder *builder, const parameter_targets *targets, const property *property,
                         enum randomize_operation operation, position where, const char *path) {
  const char *reason =
      plan_parameter_in_vain(builder->plan->model, property, operation, targets->indices, targets->count);
  if (!reason) return;
  myr_diagnostic *d = diagnose(builder->diagnostics, where, "`%.100s` can affect %s: %s", path,
                               property->field == MYR_FIELD_geom_friction ? "no contact" : "nothing", reason);
  bool adds = property->operations >> RANDOMIZE_ADD & 1;
  if (operation == RANDOMIZE_SCALE && property->field != MYR_FIELD_geom_friction && property->class != CLASS_body)
    diagnose_hint(d, adds ? "change it by `add`, or leave it out" : "leave it out, or state a value in the model");
}

static void add_number_edits(plan_builder *builder, const property *property, enum randomize_operation operation,
                             const parameter_targets *targets, const draw_site *amount) {
  static const enum myr_edit_operation operations[] = {
      [RANDOMIZE_SCALE] = MYR_EDIT_SCALE, [RANDOMIZE_ADD] = MYR_EDIT_ADD, [RANDOMIZE_SET] = MYR_EDIT_SET};
  int width = property->width;
  int changed = operation == RANDOMIZE_SCALE ? width : 1; /* friction: only sliding is added to or set */
  for (int i = 0; i < targets->count; i++)
    for (int k = 0; k < changed; k++)
      plan_add_edit(builder, property->field, width * targets->indices[i] + k, operations[operation],
                    site_number(amount, targets->elements[i]), property->low, INFINITY);
}

static void add_vector_edits(plan_builder *builder, const property *property, const parameter_targets *targets,
                             const vector_site *vector) {
  for (int i = 0; i < targets->count; i++) {
    myr_number numbers[3];
    vector_site_numbers(vector, targets->elements[i], numbers);
    for (int k = 0; k < 3; k++)
      plan_add_edit(builder, property->field, 3 * targets->indices[i] + k, MYR_EDIT_ADD, numbers[k], -INFINITY,
                    INFINITY);
  }
}

static void bind_parameter(plan_builder *builder, const randomize_section *section) {
  const property *property = section->property;
  int world = 0;
  parameter_targets targets = {.count = 1, .indices = &world, .elements = &world};
  if (property->class != CLASS_world) {
    targets = (parameter_targets){0};
    find_targets(builder, section, plan_entity(builder->plan, section->entity), &targets);
    if (!targets.count) return;
  }
  check_effect(builder, &targets, property, section->operation, section->head.key->where, section->head.name);
  const char *path = arena_format(&builder->plan->arena, "randomize.%s", section->head.name);
  if (!path) return;
  int elements = section->per.index == PER_ALL ? 0 : targets.draws;
  if (property->kind == PROPERTY_VECTOR && section->operation != RANDOMIZE_SCALE) {
    vector_site vector;
    plan_add_vector(builder, &vector, &section->vector, section->vector.given ? NULL : &section->amount, path, elements,
                    targets.names);
    add_vector_edits(builder, property, &targets, &vector);
  } else {
    draw_site amount;
    plan_add_quantity(builder, &amount, &section->amount, path, elements, targets.names);
    add_number_edits(builder, property, section->operation, &targets, &amount);
  }
}

/* A friction of 1 is the default, which the canonical form writes. */
static void note_idle_ground(plan_builder *builder, const property *friction, const quantity *quantity, int geom) {
  if (!quantity->node || quantity->a == 1) return;
  const char *reason = plan_parameter_in_vain(builder->plan->model, friction, RANDOMIZE_SET, &geom, 1);
  if (!reason) return;
  diagnose_hint(
      diagnose_notice(&builder->plan->notices, quantity->node->where, "`friction` can affect no contact: %s", reason),
      "leave it out, or let something touch the ground");
}

/* Binds a ground's friction as a parameter, if it is drawn. */
static void bind_ground(plan_builder *builder, int entity) {
  const property *friction = properties;
  while (friction->field != MYR_FIELD_geom_friction) friction++;
  myr_plan *plan = builder->plan;
  const quantity *quantity = &plan->entities[entity].section->ground.friction;
  if (!plan->entity_infos[entity].ground) return;
  if (quantity->kind == DISTRIBUTION_CONSTANT) {
    note_idle_ground(builder, friction, quantity, plan->entity_infos[entity].geom_start);
    return;
  }
  const char *path = arena_format(&plan->arena, "entities.%s.ground.friction", plan->entity_infos[entity].name);
  if (!path) return;
  draw_site amount;
  const parameter_targets geom = {
      .count = 1, .indices = &plan->entity_infos[entity].geom_start, .elements = (int[]){0}};
  check_effect(builder, &geom, friction, RANDOMIZE_SET, quantity->node->where, "friction");
  plan_add_quantity(builder, &amount, quantity, path, 0, NULL);
  add_number_edits(builder, friction, RANDOMIZE_SET, &geom, &amount);
}

void plan_bind_parameters(plan_builder *builder) {
  const myr_plan *plan = builder->plan;
  const myr_scenario *scenario = plan->scenario;
  for (int i = 0; i < plan->entity_count && !builder->failed; i++) bind_ground(builder, i);
  for (int i = 0; i < scenario->randomize.count && !builder->failed; i++) {
    const randomize_section *section = scenario_randomize(scenario, i);
    if (!section->property->look) bind_parameter(builder, section);
  }
}
