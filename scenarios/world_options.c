/* The options of a scenario's physics: those that `world` states, else those of the models, which must agree. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/scenario.h"

/* ------------------------------------------------------------------------------------------------ the scene */
static const node *section_node(const entity_section *section) {
  return section->model.node ? section->model.node : section->head.key;
}

/* The section of the scene's entity of that number. */
static const entity_section *section_of(const myr_scenario *scenario, int entity) {
  return scenario_find_entity(scenario, scenario->scene.entities[entity].name);
}

static myr_urdf_choices urdf_choices(const entity_section *section) {
  static const enum myr_collision_meshes meshes[] = {MYR_COLLISION_MESHES_HULL, MYR_COLLISION_MESHES_BOX,
                                                     MYR_COLLISION_MESHES_NONE};
  const choice_value *base = &section->base, *collision = &section->collision_meshes;
  return (myr_urdf_choices){
      .floating = base->node && base->index == BASE_FLOATING,
      .collision_meshes = collision->node ? meshes[collision->index] : MYR_COLLISION_MESHES_HULL,
  };
}

static bool list_entities(myr_scenario *scenario) {
  myr_entity *entities = arena_take(&scenario->arena, ((size_t)scenario->entities.count + 1) * sizeof *entities);
  if (!entities) return false;
  int count = 0;
  for (int i = 0; i < scenario->entities.count; i++) {
    const entity_section *section = scenario_entity(scenario, i);
    if (is_prop(section)) continue;
    myr_entity *entity = &entities[count++];
    *entity = (myr_entity){.name = section->head.name,
                           .path = section->model_path,
                           .urdf = urdf_choices(section),
                           .friction = {1, 0.005, 0.0001}};
    if (section->ground.head.node && section->ground.friction.kind == DISTRIBUTION_CONSTANT)
      entity->friction[0] = section->ground.friction.a;
  }
  scenario->scene = (myr_scene){.entities = entities, .entity_count = count};
  return true;
}

/* Whether a finding is a fault of that file, or of one that it includes. */
static bool has_fault(const myr_findings *findings, const char *path) {
  for (int i = 0; i < findings->count; i++)
    if (findings->items[i].severity == MYR_FAULT && findings->items[i].model && path &&
        !strcmp(findings->items[i].model, path))
      return true;
  return false;
}

/* Reads all files, and tells the faults of each. */
static bool open_files(myr_scenario *scenario, myr_diagnostics *diagnostics) {
  int count = scenario->scene.entity_count;
  myr_error *errors = calloc((size_t)count + 1, sizeof *errors);
  myr_status status =
      errors ? myr_scene_open(&scenario->scene, &scenario->files, &scenario->findings, errors) : MYR_ERROR;
  scenario->short_of_memory |= status == MYR_ERROR;
  scenario_tell_faults(scenario, &scenario->findings, diagnostics);
  for (int i = 0; errors && i < count; i++)
    if (errors[i].message[0] && !has_fault(&scenario->findings, scenario->scene.entities[i].path))
      diagnose(diagnostics, section_node(section_of(scenario, i))->where, "%s", errors[i].message);
  free(errors);
  scenario->scene.files = scenario->files;
  return !status;
}

/* ------------------------------------------------------------------------------------------------ stated options */
/* Copies the options that `world` states, and returns their bits. */
static unsigned stated_options(const world_section *world, myr_options *options) {
  unsigned stated = 0;
  *options = (myr_options){0};
#define STATED(name) (1u << MYR_OPTION_##name)
#define OPTION_NUMBER(name, unit, rule, low, high, doc) \
  options->name = world->name.a;                        \
  if (world->name.given) stated |= STATED(name);
#define OPTION_VECTOR(name, unit, doc)                                   \
  for (int i = 0; i < 3; i++) options->name[i] = world->name.parts[i].a; \
  if (world->name.given) stated |= STATED(name);
#define OPTION_COUNT(name, low, high, doc) \
  options->name = (int)world->name.value;  \
  if (world->name.node) stated |= STATED(name);
#define OPTION_CHOICE(name, doc)     \
  options->name = world->name.index; \
  if (world->name.node && world->name.index >= 0) stated |= STATED(name);
#define OPTION_SET(name, doc)       \
  options->name = world->name.bits; \
  if (world->name.node) stated |= STATED(name);
#include "kernels/option.def"
  return stated;
}

static quantity constant(double value, const char *unit, const node *node) {
  return (quantity){.given = true, .a = value, .dimension = unit_dimension(unit), .node = node};
}

/* Writes the options that hold into `world`, so that the canonical form has them. from: the place that gave those that
 * the scenario does not state. */
static void complete_options(world_section *world, const myr_options *options, unsigned stated, const node *from) {
#define OPTION_NUMBER(name, unit, rule, low, high, doc) \
  if (!(stated & STATED(name))) world->name = constant(options->name, unit, from);
#define OPTION_VECTOR(name, unit, doc)                                                         \
  if (!(stated & STATED(name))) {                                                              \
    world->name = (vector_quantity){.given = true, .node = from};                              \
    for (int i = 0; i < 3; i++) world->name.parts[i] = constant(options->name[i], unit, from); \
  }
#define OPTION_COUNT(name, low, high, doc) \
  if (!(stated & STATED(name))) world->name = (integer_value){options->name, from};
#define OPTION_CHOICE(name, doc) \
  if (!(stated & STATED(name))) world->name = (choice_value){options->name, from};
#define OPTION_SET(name, doc) \
  if (!(stated & STATED(name))) world->name = (flags_value){options->name, from};
#include "kernels/option.def"
}

/* ------------------------------------------------------------------------------------------------ conflicts */
static void tell_conflict(const myr_scenario *scenario, const myr_option_conflict *conflict,
                          myr_diagnostics *diagnostics) {
  const entity_section *sections[2];
  for (int i = 0; i < 2; i++) sections[i] = section_of(scenario, conflict->entities[i]);
  myr_diagnostic *d = diagnose(diagnostics, section_node(sections[1])->where,
                               "the models of `%s` (%.200s) and `%s` (%.200s) disagree on %s: %s and %s",
                               sections[0]->head.name, sections[0]->model.text, sections[1]->head.name,
                               sections[1]->model.text, conflict->name, conflict->values[0], conflict->values[1]);
  if (conflict->seen)
    diagnose_hint(d, "state the lights: `world: {lights: {sun: {}}}`");
  else
    diagnose_hint(d, "state which holds: `world: {%s: %s}`", conflict->name, conflict->values[0]);
}

/* Looks matter where there are cameras, and the lights of files where the scenario has none. */
static bool matters(const myr_scenario *scenario, const myr_option_conflict *conflict) {
  bool pictures = scenario->cameras.count + scenario->sensors.count > 0;
  return !conflict->seen || (pictures && !scenario->world.lights.count);
}

static const node *first_model(const myr_scenario *scenario) {
  for (int i = 0; i < scenario->scene.entity_count; i++)
    if (scenario->scene.entities[i].path) return section_node(section_of(scenario, i));
  return scenario->root;
}

void scenario_read_options(myr_scenario *scenario, myr_diagnostics *diagnostics) {
  if (!list_entities(scenario) || !open_files(scenario, diagnostics)) return;
  myr_options stated_values;
  unsigned stated = stated_options(&scenario->world, &stated_values);
  myr_scene *scene = &scenario->scene;
  scene->options = &stated_values;
  scene->stated = stated;
  myr_option_conflict conflicts[MYR_OPTION_CONFLICTS];
  int count = 0;
  myr_error error = {0};
  if (myr_scene_options(scene, &scenario->options, conflicts, &count, &error))
    diagnose(diagnostics, scenario->root->where, "%s", error.message);
  for (int i = 0; i < count; i++)
    if (matters(scenario, &conflicts[i])) tell_conflict(scenario, &conflicts[i], diagnostics);
  complete_options(&scenario->world, &scenario->options, stated, first_model(scenario));
  scene->options = &scenario->options;
  scene->stated = ~0u;
}
