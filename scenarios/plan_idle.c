/* Names, before a run, the parts of a scenario that cannot have their effect: events and conditions beyond the episode's end,
 * controllers that others override, arrays that stay empty. Looks are in plan_unseen.c, parameters in plan_parameters.c. */
#include <math.h>
#include <string.h>

#include "kernels/model.h"
#include "scenarios/plan.h"

/* s: times of whole control periods are rounded */
static const double shortest_time = 1e-9;

static double episode_end(const myr_plan *plan) {
  return plan->scenario->info.control_steps * plan->scenario->info.control_period;
}

/* ------------------------------------------------------------------------------------------------ time */

static void tell_duration(plan_builder *builder) {
  const myr_scenario *scenario = builder->plan->scenario;
  double end = episode_end(builder->plan), duration = scenario->duration.a;
  if (fabs(end - duration) <= 1e-6 * end || !scenario->duration.node) return;
  diagnose_hint(
      diagnose_warning(builder->diagnostics, scenario->duration.node->where,
                       "an episode lasts %.9g s, because %.9g s are not a whole number of control periods of %.9g s",
                       end, duration, scenario->info.control_period),
      "write `duration: %.9g s`, or change `control_rate`", end);
}

/* The latest time at which an event begins in practice: a normal without written limits ends after three deviations. */
static double latest(const quantity *at) {
  return at->kind == DISTRIBUTION_NORMAL && !at->limited ? at->a + 3 * at->b : quantity_greatest(at);
}

static myr_diagnostic *tell_cut(plan_builder *builder, position where, double last, double end) {
  return diagnose_warning(builder->diagnostics, where,
                          "the event can last until %.4g s, and an episode ends at %.4g s: the rest is cut off", last,
                          end);
}

static void tell_event(plan_builder *builder, const event_section *section) {
  const myr_scenario *scenario = builder->plan->scenario;
  double end = episode_end(builder->plan), at = latest(&section->at), period = scenario->info.control_period;
  double length = section->duration.given ? section->duration.a : period;
  position where = section->at.node->where;
  if (at >= end - shortest_time)
    diagnose_hint(diagnose_warning(
                      builder->diagnostics, where,
                      "the event can begin at %.4g s, and an episode ends at %.4g s: it then never happens", at, end),
                  "let `at` stay below %.4g s, or lengthen the episode's `duration`",
                  end - (length < end ? length : 0));
  else if (at + length > end + shortest_time && length < end)
    diagnose_hint(tell_cut(builder, where, at + length, end),
                  section->duration.given ? "let `at` stay below %.4g s, or shorten its `duration`"
                                          : "let `at` stay below %.4g s: an impulse lasts one control period",
                  end - length);
  else if (at + length > end + shortest_time)
    diagnose_hint(tell_cut(builder, where, at + length, end), "shorten its `duration`");
}

/* A time that a condition waits for and that no episode reaches. */
static void tell_wait(plan_builder *builder, const node *scalar, const expression *tree, const char *what,
                      double time) {
  double end = episode_end(builder->plan);
  if (time <= end + shortest_time) return;
  diagnose_hint(diagnose_warning(builder->diagnostics, node_inside(scalar, tree->offset),
                                 "%s %.4g s, and an episode ends at %.4g s", what, time, end),
                "no episode lasts long enough: write a shorter time, or lengthen `duration`");
}

static void tell_condition(plan_builder *builder, const node *scalar, const expression *tree) {
  if (!tree) return;
  if (tree->kind == EXPRESSION_CALL && tree->function == FUNCTION_held)
    tell_wait(builder, scalar, tree, "the condition must be held for", tree->constants[1]);
  if (tree->kind >= EXPRESSION_LESS && tree->kind <= EXPRESSION_GREATER_EQUAL) {
    const expression *sides[] = {tree->left, tree->right};
    for (int i = 0; i < 2; i++)
      if (sides[i]->kind == EXPRESSION_TIME && sides[1 - i]->kind == EXPRESSION_NUMBER)
        tell_wait(builder, scalar, tree, "`time` is compared with", sides[1 - i]->value);
  }
  tell_condition(builder, scalar, tree->left);
  if (tree->right != tree->left) tell_condition(builder, scalar, tree->right);
}

/* ------------------------------------------------------------------------------------------------ controllers */

static bool moves(const controller_plan *controller, int actuator) {
  for (int i = 0; i < controller->actuator_count; i++)
    if (controller->actuators[i] == actuator) return true;
  return false;
}

/* Whether later controllers move each of its actuators. */
static bool is_overridden(const myr_plan *plan, int index) {
  const controller_plan *controller = &plan->controllers[index];
  for (int i = 0; i < controller->actuator_count; i++) {
    bool moved = false;
    for (int c = index + 1; c < plan->controller_count; c++)
      moved |= moves(&plan->controllers[c], controller->actuators[i]);
    if (!moved) return false;
  }
  return true;
}

/* The controller's strength multiplies that of the others, so that one whose strength is not 1 has an effect. */
static void tell_controllers(plan_builder *builder) {
  const myr_plan *plan = builder->plan;
  for (int c = 0; c < plan->controller_count; c++) {
    const controller_section *section = plan->controllers[c].section;
    if (section->strength.kind != DISTRIBUTION_CONSTANT || section->strength.a != 1 || !is_overridden(plan, c))
      continue;
    diagnose_hint(diagnose_warning(builder->diagnostics, section->head.key->where,
                                   "`%.100s` moves nothing: controllers after it move all its actuators",
                                   section->head.name),
                  "later controllers override earlier ones: put the wider name first, or leave it out");
  }
}

/* ------------------------------------------------------------------------------------------------ record, feet */

static bool has_robot(const myr_plan *plan) {
  for (int i = 0; i < plan->entity_count; i++)
    if (plan->entities[i].robot) return true;
  return false;
}

static bool has_joints(const myr_plan *plan) {
  for (int i = 0; i < plan->entity_count; i++) {
    const myr_entity_info *info = &plan->entity_infos[i];
    if (info->dof_count > (info->floating ? 6 : 0)) return true;
  }
  return plan->model->nu > 0; /* controls are recorded beside joints */
}

static bool has_sensors(const myr_plan *plan) {
  for (int s = 0; s < plan->model->nsensor; s++)
    if (plan->model->sensor_need[s] != MYR_NEEDS_NOTHING) return true;
  return false;
}

static void tell_record(plan_builder *builder) {
  const myr_plan *plan = builder->plan;
  const flags_value *record = &plan->scenario->record;
  if (!record->node || record->bits == MYR_RECORD_JOINTS) return; /* the default, which the canonical form writes */
  bool observes = plan->scenario->cameras.count + plan->scenario->sensors.count > 0 ||
                  (record->bits & MYR_RECORD_ROOT && has_robot(plan)) ||
                  (record->bits & MYR_RECORD_JOINTS && has_joints(plan)) ||
                  (record->bits & MYR_RECORD_SENSORS && has_sensors(plan));
  const struct {
    unsigned bit;
    const char *word;
    bool something;
    const char *why;
  } words[] = {
      {MYR_RECORD_JOINTS, "joints", has_joints(plan), "no entity has a joint beside the one that lets it float"},
      {MYR_RECORD_ROOT, "root", has_robot(plan), "no entity is a robot"},
      {MYR_RECORD_CONTACTS, "contacts", plan->model->npair > 0, "nothing in the scene can touch"},
      {MYR_RECORD_BODIES, "bodies", plan->model->nbody > 1, "there is no body"},
      {MYR_RECORD_NEXT_OBS, "next_obs", observes, "nothing is observed"},
      {MYR_RECORD_SENSORS, "sensors", has_sensors(plan), "no model names a sensor that Myriad computes"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!(record->bits & words[i].bit) || words[i].something) continue;
    diagnose_hint(diagnose_notice(&builder->plan->notices, record->node->where, "`%s` has nothing to record: %s",
                                  words[i].word, words[i].why),
                  "leave `%s` out of `record`", words[i].word);
  }
}

static void tell_feet(plan_builder *builder) {
  const myr_plan *plan = builder->plan;
  bool ground = false;
  for (int i = 0; i < plan->entity_count; i++) ground |= plan->entity_infos[i].ground;
  for (int i = 0; i < plan->entity_count; i++) {
    const words_value *feet = &plan->entities[i].section->feet;
    bool floating = plan->entity_infos[i].floating;
    if (!feet->count || (ground && floating)) continue;
    diagnose_hint(diagnose_notice(&builder->plan->notices, feet->words[0].node->where, "`feet` have no effect: %s",
                                  floating ? "the scene has no `ground`" : "only a floating robot falls"),
                  "they tell when another part of a floating robot touches a ground for the first time");
  }
}

void plan_tell_idle(plan_builder *builder) {
  const myr_scenario *scenario = builder->plan->scenario;
  const expression_value *conditions[] = {&scenario->success, &scenario->terminate, &scenario->reward};
  if (diagnostics_errors(builder->diagnostics)) return;
  tell_duration(builder);
  for (int i = 0; i < scenario->events.count; i++) tell_event(builder, scenario_event(scenario, i));
  for (int i = 0; i < 3; i++) tell_condition(builder, conditions[i]->node, conditions[i]->tree);
  tell_controllers(builder);
  tell_record(builder);
  tell_feet(builder);
  plan_tell_unseen(builder);
}
