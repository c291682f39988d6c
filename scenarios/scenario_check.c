/* Checks of rules that concern more than one key of a scenario. */
#include <math.h>
#include <string.h>

#include "scenarios/expression.h"
#include "scenarios/scenario.h"
#include "sim/sim.h"

const entity_section *scenario_find_entity(const myr_scenario *scenario, const char *name) {
  for (int i = 0; i < scenario->entities.count; i++) {
    if (!strcmp(scenario_entity(scenario, i)->head.name, name)) return scenario_entity(scenario, i);
  }
  return NULL;
}

void scenario_suggest_entity(const myr_scenario *scenario, const char *name, myr_diagnostic *diagnostic) {
  suggestion suggestion = {.wanted = name};
  char list[200] = "";
  for (int i = 0; i < scenario->entities.count; i++) {
    const char *entity = scenario_entity(scenario, i)->head.name;
    suggestion_offer(&suggestion, entity);
    size_t used = strlen(list);
    if (used + 1 < sizeof list) snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", entity);
  }
  if (!suggestion_hint(&suggestion, diagnostic) && list[0]) diagnose_hint(diagnostic, "the entities are: %s", list);
}

static position key_place(const object_head *head) { return head->key ? head->key->where : (position){0}; }

/* ------------------------------------------------------------------------------------------------ time */

/* A timestep may come from a model, in which it is not checked. */
static bool check_timestep(const world_section *world, myr_diagnostics *diagnostics) {
  double timestep = world->timestep.a;
  position where = world->timestep.node->where;
  char text[32];
  if (!(timestep > 0) || !isfinite(timestep)) {
    diagnose_hint(diagnose(diagnostics, where, "the timestep must be above 0 s, got %s s",
                           number_format(timestep, text, sizeof text)),
                  "state it: `world: {timestep: 2 ms}`");
    return false;
  }
  if (timestep <= MYR_LONGEST_TIMESTEP) return true;
  diagnose_hint(
      diagnose(diagnostics, where, "a timestep of %s s: 50 ms is the most", number_format(timestep, text, sizeof text)),
      "a contact answers within two timesteps at the soonest, and in 100 ms a body sinks 10 cm into the "
      "ground; robots take 1 to 5 ms");
  return false;
}

static void check_time(myr_scenario *scenario, myr_diagnostics *diagnostics) {
  const world_section *world = &scenario->world;
  double timestep = world->timestep.a, period = 1 / world->control_rate.a;
  if (!world->timestep.given || !check_timestep(world, diagnostics)) return;
  if (!(world->control_rate.a > 0) || !(scenario->duration.a > 0)) return; /* reported already */
  double substeps = nearbyint(period / timestep);
  const node *node = world->control_rate.node ? world->control_rate.node : world->timestep.node;
  position where = node ? node->where : scenario->root->where;
  if (substeps < 1 || fabs(period / timestep - substeps) > 1e-6 * substeps) {
    char step[32], nearest[32], rate[32];
    double whole = substeps < 1 ? 1 : substeps;
    diagnose_hint(diagnose(diagnostics, where, "a control period of 1/%s s is not a whole number of timesteps of %s s",
                           number_format(world->control_rate.a, rate, sizeof rate),
                           number_format(timestep, step, sizeof step)),
                  "the nearest control_rate is %s Hz",
                  number_format(nearbyint(1e6 / (whole * timestep)) / 1e6, nearest, sizeof nearest));
    return;
  }
  double steps = ceil(scenario->duration.a / period - 1e-9);
  if (substeps > 1e6 || steps > 1e7 || steps * substeps > 1e9) {
    diagnose(diagnostics, scenario->duration.node->where, "an episode of more than 1e7 control steps or 1e9 timesteps");
    return;
  }
  scenario->info.timestep = timestep;
  scenario->info.substeps = (int)substeps;
  scenario->info.control_period = timestep * substeps;
  scenario->info.control_steps = steps < 1 ? 1 : (int)steps;
}

/* ------------------------------------------------------------------------------------------------ entities */

const char *scenario_path(myr_scenario *scenario, const char *path) {
  return path[0] == '/' ? path : arena_format(&scenario->arena, "%s%s", scenario->folder, path);
}

static void check_model(myr_scenario *scenario, entity_section *entity, myr_diagnostics *diagnostics) {
  entity->model_path = scenario_path(scenario, entity->model.text);
  const char *hash;
  myr_error error = {0};
  if (!entity->model_path || asset_hash(&scenario->arena, entity->model_path, &hash, &error)) {
    diagnose_hint(diagnose(diagnostics, entity->model.node->where, "%s", error.message),
                  "the path is relative to the scenario's folder");
    return;
  }
  if (entity->model_hash.text && strcmp(entity->model_hash.text, hash)) {
    diagnose_hint(diagnose(diagnostics, entity->model_hash.node->where, "the model has changed: its hash is %s", hash),
                  "leave model_hash out to accept any content");
  }
  entity->model_hash.text = hash;
  if (entity->base.node && !myr_is_urdf(entity->model_path))
    diagnose_hint(diagnose(diagnostics, entity->base.node->where, "`base` is for URDF files"),
                  "an MJCF file lets a body float by <freejoint/>, and fixes it without");
  if (entity->collision_meshes.node && !myr_is_urdf(entity->model_path))
    diagnose_hint(diagnose(diagnostics, entity->collision_meshes.node->where, "`collision_meshes` is for URDF files"),
                  "a geom of an MJCF file is fitted to its mesh by type=\"box\", and touches nothing with "
                  "contype=\"0\" conaffinity=\"0\"");
}

/* The remedy for an entity that is of no kind or of more than one. */
static void hint_kind(const myr_scenario *scenario, const entity_section *entity, int kinds,
                      myr_diagnostic *diagnostic) {
  suggestion suggestion = {.wanted = entity->head.name};
  for (int i = 0; i < scenario->entities.count; i++) {
    const entity_section *other = scenario_entity(scenario, i);
    if (other != entity) suggestion_offer(&suggestion, other->head.name);
  }
  if (kinds)
    diagnose_hint(diagnostic, "keep one of them");
  else if (entity->head.key->where.source->name[0] != '-' || !suggestion_hint(&suggestion, diagnostic))
    diagnose_hint(diagnostic, "such as %.64s: {model: robot.xml}", entity->head.name);
}

static void check_entity(myr_scenario *scenario, entity_section *entity, myr_diagnostics *diagnostics) {
  position where = key_place(&entity->head);
  bool ground = entity->ground.head.node != NULL;
  if (!strcmp(entity->head.name, "world")) {
    diagnose(diagnostics, where, "`world` is the name of the world itself; choose another");
  }
  if (!entity->head.node) return;
  static const char *const kinds[] = {"ground", "model", "shape"};
  int written = 0;
  for (int i = 0; i < 3; i++) written += node_find(entity->head.node, kinds[i]) != NULL;
  if (written != 1) {
    hint_kind(scenario, entity, written,
              diagnose(diagnostics, where, "an entity has one of `ground`, `model` and `shape`"));
    return;
  }
  if (!entity->model.text) entity->start.head.filled = false;
  scenario_check_entity_look(scenario, entity, diagnostics);
  static const char *const robot_keys[] = {"start", "feet", "model_hash", "base", "collision_meshes"};
  for (int i = 0; i < 5 && (ground || is_prop(entity)); i++) {
    const node *extra = node_find(entity->head.node, robot_keys[i]);
    if (extra) diagnose(diagnostics, extra->key->where, "a %s has no `%s`", ground ? "ground" : "prop", robot_keys[i]);
  }
  if (entity->model.text) check_model(scenario, entity, diagnostics);
}

static void check_entities(myr_scenario *scenario, myr_diagnostics *diagnostics) {
  const node *node = node_find(scenario->root, "entities");
  if (!node) return;
  if (node->kind == NODE_MAP && !scenario->entities.count)
    diagnose(diagnostics, node->where, "a scenario needs an entity");
  int simulated = 0;
  for (int i = 0; i < scenario->entities.count; i++) simulated += !is_prop(scenario_entity(scenario, i));
  if (scenario->entities.count && !simulated) {
    diagnose(diagnostics, node->where, "a scenario needs an entity besides props");
  }
  for (int i = 0; i < scenario->entities.count; i++) {
    check_entity(scenario, (entity_section *)scenario_entity(scenario, i), diagnostics);
  }
}

const entity_section *scenario_expect_robot(const myr_scenario *scenario, const char *name, position where,
                                            myr_diagnostics *diagnostics) {
  const entity_section *entity = scenario_find_entity(scenario, name);
  if (!entity) {
    scenario_suggest_entity(scenario, name, diagnose(diagnostics, where, "unknown entity `%.64s`", name));
    return NULL;
  }
  if (!entity->ground.head.node && !is_prop(entity)) return entity;
  diagnose(diagnostics, where, "`%s` is a %s: it has no bodies, joints or actuators", name,
           is_prop(entity) ? "prop" : "ground");
  return NULL;
}

/* The part of a path before its first dot. */
static const char *first_name(arena *arena, const char *path) { return arena_text(arena, path, strcspn(path, ".")); }

void scenario_expect_body(myr_scenario *scenario, const text_value *body, myr_diagnostics *diagnostics) {
  if (!body->text) return;
  if (!strchr(body->text, '.')) {
    diagnose_hint(diagnose(diagnostics, body->node->where, "expected entity.body, got `%.64s`", body->text),
                  "such as robot.torso");
    return;
  }
  scenario_expect_robot(scenario, first_name(&scenario->arena, body->text), body->node->where, diagnostics);
}

/* ------------------------------------------------------------------------------------------------ randomize */

static void check_randomize(myr_scenario *scenario, const randomize_section *section, myr_diagnostics *diagnostics) {
  if (!section->head.node) return;
  position where = section->head.key->where;
  const property *property = section->property;
  if (!property) return; /* reported already */
  if (property->class != CLASS_world) {
    const entity_section *entity = scenario_find_entity(scenario, section->entity);
    if (!entity) {
      scenario_suggest_entity(scenario, section->entity,
                              diagnose(diagnostics, where, "unknown entity `%.64s`", section->entity));
      return;
    }
    if (is_prop(entity)) {
      diagnose_hint(diagnose(diagnostics, where, "`%s` is a prop, not part of a model", section->entity),
                    "write distributions where its keys stand: color: {choice: [...]}");
      return;
    }
    if (entity->ground.head.node && property->class != CLASS_geom) {
      diagnose_hint(
          diagnose(diagnostics, where, "`%s` is a ground: it has no %s", section->entity, property->class_name),
          "its friction is a key of its own: ground: {friction: ...}");
      return;
    }
  }
  int class_per = property->class == CLASS_world ? -1 : (int)property->class - CLASS_body + PER_BODY;
  if (section->per.index != PER_ALL && section->per.index != class_per && section->per.index >= 0) {
    diagnose(diagnostics, section->per.node->where, "`per` of a %s property is `all`%s%s", property->class_name,
             class_per < 0 ? "" : " or ", class_per < 0 ? "" : property->class_name);
  }
}

/* -------------------------------------------------------------------------------------- controllers, events */

static void check_controller(myr_scenario *scenario, controller_section *section, myr_diagnostics *diagnostics) {
  position where = key_place(&section->head);
  if (!section->head.node) return;
  if (!scenario_expect_robot(scenario, first_name(&scenario->arena, section->head.name), where, diagnostics)) return;
  const node *hold = node_find(section->head.node, "hold"), *random = node_find(section->head.node, "random");
  if (!hold == !random) diagnose(diagnostics, where, "a controller has either `hold` or `random`");
  const quantity *every = &section->random.every;
  double period = scenario->info.control_period;
  if (!random || !every->given || !(every->a > 0) || !(period > 0)) return;
  double steps = nearbyint(every->a / period);
  if (steps >= 1 && fabs(every->a / period - steps) <= 1e-6 * steps) return;
  char text[32], nearest[32];
  diagnose_hint(diagnose(diagnostics, every->node->where, "not a whole number of control periods of %s s",
                         number_format(period, text, sizeof text)),
                "the nearest is %s s", number_format((steps < 1 ? 1 : steps) * period, nearest, sizeof nearest));
}

static void check_event(myr_scenario *scenario, event_section *section, myr_diagnostics *diagnostics) {
  const node *root = section->head.node;
  if (!root) return;
  const node *impulse = node_find(root, "impulse"), *force = node_find(root, "force");
  if (!impulse == !force) diagnose(diagnostics, section->head.key->where, "an event has either `impulse` or `force`");
  if (force && !node_find(root, "duration")) {
    diagnose_hint(diagnose(diagnostics, section->head.key->where, "missing key `duration` of the event"),
                  "a force needs to know how long it lasts");
  }
  if (section->at.given && scenario->duration.given && quantity_least(&section->at) >= scenario->duration.a) {
    diagnose(diagnostics, section->at.node->where, "the event begins after the episode has ended");
  }
  scenario_expect_body(scenario, &section->body, diagnostics);
}

static void check_expression(myr_scenario *scenario, const expression *tree, const node *scalar,
                             myr_diagnostics *diagnostics) {
  if (!tree) return;
  for (int i = 0; i < EXPRESSION_ARGUMENTS; i++) {
    if (!tree->names[i]) continue;
    const char *arguments = expression_functions[tree->function].arguments;
    position where = node_inside(scalar, tree->name_offsets[i]);
    const entity_section *entity =
        scenario_expect_robot(scenario, first_name(&scenario->arena, tree->names[i]), where, diagnostics);
    bool dotted = strchr(tree->names[i], '.') != NULL;
    if (entity && arguments[i] == 'j' && !dotted) {
      diagnose_hint(diagnose(diagnostics, where, "expected entity.joint, got `%.64s`", tree->names[i]),
                    "such as %.64s.knee", tree->names[i]);
    }
    if (entity && arguments[i] == 'e' && dotted) {
      diagnose(diagnostics, where, "`%s` takes an entity, not one of its bodies",
               expression_functions[tree->function].name);
    }
  }
  check_expression(scenario, tree->left, scalar, diagnostics);
  if (tree->right != tree->left) check_expression(scenario, tree->right, scalar, diagnostics);
}

void scenario_check(myr_scenario *scenario, myr_diagnostics *diagnostics) {
  int before = diagnostics->count;
  check_entities(scenario, diagnostics);
  if (diagnostics->count == before && scenario->entities.count) scenario_read_options(scenario, diagnostics);
  check_time(scenario, diagnostics);
  scenario_check_looks(scenario, diagnostics);
  for (int i = 0; i < scenario->randomize.count; i++) {
    check_randomize(scenario, scenario_randomize(scenario, i), diagnostics);
  }
  for (int i = 0; i < scenario->controllers.count; i++) {
    check_controller(scenario, (controller_section *)scenario_controller(scenario, i), diagnostics);
  }
  for (int i = 0; i < scenario->events.count; i++) {
    check_event(scenario, (event_section *)scenario_event(scenario, i), diagnostics);
  }
  const expression_value *expressions[] = {&scenario->success, &scenario->terminate, &scenario->reward};
  for (int i = 0; i < 3; i++) check_expression(scenario, expressions[i]->tree, expressions[i]->node, diagnostics);
}
