/* Assigns the model's parts to entities. */
#include <ctype.h>
#include <string.h>

#include "kernels/model.h"
#include "kernels/rotation.h"
#include "scenarios/plan.h"

/* The entity for which `name` begins with its name and a dot, or -1. */
static int entity_of_name(const myr_plan *plan, const char *name) {
  size_t length = name ? strcspn(name, ".") : 0;
  if (!length || !name[length]) return -1;
  for (int i = 0; i < plan->entity_count; i++) {
    const char *entity = plan->entity_infos[i].name;
    if (strlen(entity) == length && !memcmp(entity, name, length)) return i;
  }
  return -1;
}

/* Entities are joined one after another, so a body without a name belongs to the entity of the body before it. */
static void bind_bodies(myr_plan *plan) {
  const myr_model *model = plan->model;
  int first_robot = -1;
  for (int i = plan->entity_count - 1; i >= 0; i--) {
    if (plan->entities[i].robot) first_robot = i;
  }
  plan->body_entity[0] = -1;
  for (int b = 1; b < model->nbody; b++) {
    int entity = entity_of_name(plan, model->body_name[b]);
    if (entity < 0 && model->body_parent[b]) entity = plan->body_entity[model->body_parent[b]];
    if (entity < 0) entity = b > 1 ? plan->body_entity[b - 1] : first_robot;
    plan->body_entity[b] = entity;
  }
}

static void extend(int *start, int *count, int index) {
  if (*count == 0) *start = index;
  *count = index - *start + 1;
}

static int actuator_body(const myr_model *model, int actuator) {
  int target = model->actuator_target[actuator];
  enum myr_element element = myr_transmission_target[model->actuator_transmission[actuator]];
  if (element == MYR_ELEMENT_body) return target;
  if (element == MYR_ELEMENT_site) return model->site_body[target];
  if (element == MYR_ELEMENT_tendon) {
    int moment = model->tendon_moment_start[target];
    if (moment == model->tendon_moment_start[target + 1]) return 0;
    target = model->dof_jnt[model->moment_dof[moment]];
  }
  return model->jnt_body[target];
}

/* The body that a sensor measures, or 0. */
static int sensed_body(const myr_model *model, int sensor) {
  if (model->sensor_joint[sensor] >= 0) return model->jnt_body[model->sensor_joint[sensor]];
  if (model->sensor_actuator[sensor] >= 0) return actuator_body(model, model->sensor_actuator[sensor]);
  return model->sensor_body[sensor];
}

/* Entities are joined one after another, so a sensor that neither a name nor a body tells of belongs to the entity of the
 * sensor before it. */
static void bind_sensors(myr_plan *plan) {
  const myr_model *model = plan->model;
  int entity = -1;
  for (int i = plan->entity_count - 1; i >= 0; i--)
    if (plan->entities[i].robot) entity = i;
  for (int s = 0; s < model->nsensor; s++) {
    int named = entity_of_name(plan, model->sensor_name[s]), body = sensed_body(model, s);
    if (named >= 0)
      entity = named;
    else if (body > 0 && plan->body_entity[body] >= 0)
      entity = plan->body_entity[body];
    if (entity >= 0) extend(&plan->entity_infos[entity].sensor_start, &plan->entity_infos[entity].sensor_count, s);
  }
}

static int joint_width(int type, bool position) {
  static const int positions[] = {7, 4, 1, 1}, dofs[] = {6, 3, 1, 1};
  return position ? positions[type] : dofs[type];
}

static void bind_ranges(myr_plan *plan) {
  const myr_model *model = plan->model;
  for (int b = 1; b < model->nbody; b++) {
    if (plan->body_entity[b] < 0) continue;
    myr_entity_info *info = &plan->entity_infos[plan->body_entity[b]];
    extend(&info->body_start, &info->body_count, b);
  }
  for (int j = 0; j < model->njnt; j++) {
    int entity = plan->body_entity[model->jnt_body[j]];
    if (entity < 0) continue;
    myr_entity_info *info = &plan->entity_infos[entity];
    extend(&info->joint_start, &info->joint_count, j);
    int qpos = model->jnt_qpos_start[j], dof = model->jnt_dof_start[j];
    extend(&info->qpos_start, &info->qpos_count, qpos);
    extend(&info->qpos_start, &info->qpos_count, qpos + joint_width(model->jnt_type[j], true) - 1);
    extend(&info->dof_start, &info->dof_count, dof);
    extend(&info->dof_start, &info->dof_count, dof + joint_width(model->jnt_type[j], false) - 1);
  }
  for (int g = 0; g < model->ngeom; g++) {
    int body = model->geom_body[g];
    int entity = body ? plan->body_entity[body] : entity_of_name(plan, model->geom_name[g]);
    /* A robot's geoms on the world body lie before all others; they do not count, so that the range is contiguous. */
    if (entity < 0 || (!body && plan->entities[entity].robot)) continue;
    extend(&plan->entity_infos[entity].geom_start, &plan->entity_infos[entity].geom_count, g);
  }
  for (int a = 0; a < model->nu; a++) {
    int entity = plan->body_entity[actuator_body(model, a)];
    if (entity >= 0) extend(&plan->entity_infos[entity].actuator_start, &plan->entity_infos[entity].actuator_count, a);
  }
}

static void bind_root(myr_plan *plan, int entity) {
  const myr_model *model = plan->model;
  myr_entity_info *info = &plan->entity_infos[entity];
  info->root_body = info->body_count ? info->body_start : 0;
  plan->entities[entity].root_joint = -1;
  plan->entities[entity].root_mocap = info->root_body ? model->body_mocap[info->root_body] : -1;
  if (!info->root_body || !model->body_jnt_count[info->root_body]) return;
  int joint = model->body_jnt_start[info->root_body];
  if (model->jnt_type[joint] != MYR_JOINT_FREE) return;
  plan->entities[entity].root_joint = joint;
  info->floating = true;
}

bool plan_body_moves(const myr_model *model, int body) {
  return model->chain_start[body + 1] > model->chain_start[body];
}

/* ------------------------------------------------------------------------------------------------ feet */

/* Whether the part of a name after the entity contains "foot", in upper or lower case. */
static bool names_foot(const char *name) {
  const char *own = name ? strchr(name, '.') : NULL;
  return own && strcasestr(own + 1, "foot");
}

static bool is_foot(plan_builder *builder, int entity, int geom) {
  const myr_model *model = builder->plan->model;
  const char *names[] = {model->geom_name[geom], model->body_name[model->geom_body[geom]]};
  const words_value *feet = &builder->plan->entities[entity].section->feet;
  size_t prefix = strlen(builder->plan->entity_infos[entity].name) + 1;
  for (int n = 0; n < 2; n++) {
    if (!feet->given && names_foot(names[n])) return true;
    for (int i = 0; names[n] && strlen(names[n]) > prefix && i < feet->count; i++) {
      if (!strcmp(names[n] + prefix, feet->words[i].text)) return true;
    }
  }
  return false;
}

static void check_feet(plan_builder *builder, int entity) {
  const words_value *feet = &builder->plan->entities[entity].section->feet;
  const myr_model *model = builder->plan->model;
  const char *name = builder->plan->entity_infos[entity].name;
  for (int i = 0; i < feet->count; i++) {
    const char *path = arena_format(&builder->plan->arena, "%s.%s", name, feet->words[i].text);
    if (path && myr_model_find(model, MYR_ELEMENT_geom, path) < 0) {
      plan_find(builder, MYR_ELEMENT_body, entity, path, feet->words[i].node->where);
    }
  }
}

static void bind_falls(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_model *model = plan->model;
  for (int p = 0; p < model->npair; p++) {
    int geoms[] = {model->pair_geom1[p], model->pair_geom2[p]};
    plan->pair_fall[p] = -1;
    for (int side = 0; side < 2; side++) {
      int ground = geoms[side], geom = geoms[1 - side], entity = plan->body_entity[model->geom_body[geom]];
      int ground_entity = model->geom_body[ground] ? -1 : entity_of_name(plan, model->geom_name[ground]);
      if (ground_entity < 0 || plan->entities[ground_entity].robot || entity < 0) continue;
      if (!is_foot(builder, entity, geom)) plan->pair_fall[p] = entity;
    }
  }
}

/* ------------------------------------------------------------------------------------------------ up */

/* Finds each body's axis that points up in the zero pose, in which every body has the model's pose in its parent. */
static void bind_up(myr_plan *plan) {
  const myr_model *model = plan->model;
  plan->body_up[2] = 1;
  for (int b = 1; b < model->nbody; b++) {
    myr_quaternion_rotate_back(model->body_quat + 4 * b, plan->body_up + 3 * model->body_parent[b],
                               plan->body_up + 3 * b);
  }
}

void plan_bind_entities(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_scenario *scenario = plan->scenario;
  plan->entity_count = plan->scene.entity_count;
  plan->entity_infos = plan_take(builder, (size_t)plan->entity_count, sizeof *plan->entity_infos);
  plan->entities = plan_take(builder, (size_t)plan->entity_count, sizeof *plan->entities);
  plan->body_entity = plan_take(builder, (size_t)plan->model->nbody, sizeof *plan->body_entity);
  plan->body_up = plan_take(builder, (size_t)plan->model->nbody, 3 * sizeof *plan->body_up);
  plan->pair_fall = plan_take(builder, (size_t)plan->model->npair, sizeof *plan->pair_fall);
  if (builder->failed) return;
  for (int i = 0, next = 0; i < plan->entity_count; next++) {
    const entity_section *section = scenario_entity(scenario, next);
    if (is_prop(section)) continue;
    bool ground = section->ground.head.node != NULL;
    plan->entities[i] = (entity_plan){.section = section, .robot = !ground};
    plan->entity_infos[i++] = (myr_entity_info){.name = section->head.name,
                                                .ground = ground,
                                                .body_start = -1,
                                                .joint_start = -1,
                                                .qpos_start = -1,
                                                .dof_start = -1,
                                                .geom_start = -1,
                                                .actuator_start = -1,
                                                .sensor_start = -1};
  }
  bind_bodies(plan);
  bind_ranges(plan);
  bind_sensors(plan);
  bind_up(plan);
  for (int i = 0; i < plan->entity_count; i++) {
    bind_root(plan, i);
    check_feet(builder, i);
  }
  bind_falls(builder);
}

/* ------------------------------------------------------------------------------------------------ names */

int plan_find(plan_builder *builder, int element, int entity, const char *name, position where) {
  const myr_plan *plan = builder->plan;
  int found = myr_model_find(plan->model, element, name);
  if (found >= 0) return found;
  char *const *names = myr_model_names(plan->model, element);
  int count = myr_model_size(plan->model, element);
  size_t prefix = strlen(plan->entity_infos[entity].name) + 1;
  const char *own = strlen(name) > prefix ? name + prefix : name;
  suggestion suggestion = {.wanted = own};
  char list[240] = "";
  int offered = 0;
  for (int i = 0; i < count; i++) {
    if (entity_of_name(plan, names[i]) != entity) continue;
    suggestion_offer(&suggestion, names[i] + prefix);
    size_t used = strlen(list);
    if (used + strlen(names[i]) + 8 < sizeof list) {
      snprintf(list + used, sizeof list - used, "%s%s", offered++ ? ", " : "", names[i] + prefix);
    } else if (used && list[used - 1] != '.') {
      snprintf(list + used, sizeof list - used, " ...");
    }
  }
  myr_diagnostic *d = diagnose(builder->diagnostics, where, "`%s` has no %s `%.64s`", plan->entity_infos[entity].name,
                               myr_element_names[element], own);
  if (!suggestion_hint(&suggestion, d)) {
    if (list[0])
      diagnose_hint(d, "it has: %s", list);
    else
      diagnose_hint(d, "its model names no %s", myr_element_names[element]);
  }
  return -1;
}
