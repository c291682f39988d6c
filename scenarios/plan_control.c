/* Controllers and events, which act on a world during an episode. */
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "scenarios/plan.h"
#include "scenarios/plan_world.h"

/* ------------------------------------------------------------------------------------------------ binding */

/* The controls around which a controller moves: the keyframe's, or the middle of the ranges. */
static const double *middle_controls(plan_builder *builder, int entity, const text_value *keyframe) {
  myr_plan *plan = builder->plan;
  const myr_entity_info *info = &plan->entity_infos[entity];
  if (!info->actuator_count) return NULL;
  if (!keyframe->text) return plan->action_center + info->actuator_start;
  const char *path = arena_format(&plan->arena, "%s.%s", info->name, keyframe->text);
  if (!path) return NULL;
  int key = plan_find(builder, MYR_ELEMENT_keyframe, entity, path, keyframe->node->where);
  return key < 0 ? NULL : plan->model->key_ctrl + (size_t)key * plan->model->nu + info->actuator_start;
}

/* The actuators that the controller moves: all of the entity if it bears only the entity's name, else those whose name
 * matches. */
static void choose_actuators(plan_builder *builder, const controller_section *section, int entity,
                             controller_plan *controller) {
  const char *pattern = section->head.name;
  const myr_entity_info *info = &builder->plan->entity_infos[entity];
  char *const *names = myr_model_names(builder->plan->model, MYR_ELEMENT_actuator);
  controller->actuator_start = info->actuator_start;
  controller->actuators = plan_take(builder, (size_t)info->actuator_count, sizeof *controller->actuators);
  if (!controller->actuators) return;
  for (int a = info->actuator_start; a < info->actuator_start + info->actuator_count; a++) {
    if (strchr(pattern, '.') && fnmatch(pattern, names[a], 0)) continue;
    controller->actuators[controller->actuator_count++] = a;
  }
  if (!controller->actuator_count) {
    plan_find(builder, MYR_ELEMENT_actuator, entity, pattern, section->head.key->where);
  }
}

/* Adds the controller's strength, which multiplies the randomized strength of its actuators. */
static void bind_strength(plan_builder *builder, const controller_plan *controller, const quantity *quantity,
                          const char *path) {
  draw_site strength;
  plan_add_quantity(builder, &strength, quantity, path, 0, NULL);
  for (int i = 0; i < controller->actuator_count; i++)
    plan_add_edit(builder, MYR_FIELD_actuator_strength, controller->actuators[i], MYR_EDIT_SCALE,
                  site_number(&strength, 0), -INFINITY, INFINITY);
}

static void bind_controller(plan_builder *builder, const controller_section *section) {
  myr_plan *plan = builder->plan;
  arena *arena = &plan->arena;
  int entity = plan_entity(plan, section->head.name);
  const myr_entity_info *info = &plan->entity_infos[entity];
  if (!info->actuator_count) {
    diagnose(builder->diagnostics, section->head.key->where, "`%s` has no actuators to control", info->name);
    return;
  }
  controller_plan *controller = &plan->controllers[plan->controller_count++];
  *controller = (controller_plan){.section = section, .random = section->random.head.node != NULL};
  choose_actuators(builder, section, entity, controller);
  const char *prefix = arena_format(arena, "controllers.%s", section->head.name);
  if (!prefix) return;
  bind_strength(builder, controller, &section->strength, arena_format(arena, "%s.strength", prefix));
  plan_add_quantity(builder, &controller->noise, &section->noise, arena_format(arena, "%s.noise", prefix), 0, NULL);
  const char *noise = arena_format(arena, "%s.noise.each", prefix),
             *random = arena_format(arena, "%s.random.each", prefix);
  if (!noise || !random) return;
  controller->noise_key = plan_draw_key(builder->seed, noise);
  controller->random_key = plan_draw_key(builder->seed, random);
  if (controller->random) {
    plan_add_quantity(builder, &controller->amplitude, &section->random.amplitude,
                      arena_format(arena, "%s.random.amplitude", prefix), 0, NULL);
    controller->every = (int)nearbyint(fmin(section->random.every.a / plan->scenario->info.control_period, 1e9));
  }
  controller->middle = middle_controls(builder, entity, controller->random ? &section->random.around : &section->hold);
}

/* Those that bear an entity's name come first, so that those of some actuators override them. */
void plan_bind_controllers(plan_builder *builder) {
  const myr_scenario *scenario = builder->plan->scenario;
  builder->plan->controllers =
      plan_take(builder, (size_t)scenario->controllers.count, sizeof *builder->plan->controllers);
  for (int of_actuators = 0; of_actuators < 2; of_actuators++) {
    for (int i = 0; i < scenario->controllers.count && !builder->failed; i++) {
      const controller_section *section = scenario_controller(scenario, i);
      if ((strchr(section->head.name, '.') != NULL) == of_actuators) bind_controller(builder, section);
    }
  }
}

static void bind_event(plan_builder *builder, const event_section *section) {
  myr_plan *plan = builder->plan;
  arena *arena = &plan->arena;
  int entity = plan_entity(plan, section->body.text);
  int body = plan_find(builder, MYR_ELEMENT_body, entity, section->body.text, section->body.node->where);
  if (body < 0) return;
  if (!plan_body_moves(plan->model, body))
    diagnose_hint(diagnose(builder->diagnostics, section->body.node->where,
                           "`%.100s` is fixed to the world: a push cannot move it", section->body.text),
                  "push a body that moves by a joint");
  event_plan *event = &plan->events[plan->event_count++];
  *event = (event_plan){.body = body, .impulse = section->impulse.given};
  event->duration = section->duration.given ? section->duration.a : plan->scenario->info.control_period;
  const char *prefix = arena_format(arena, "events.%s", section->head.name);
  if (!prefix) return;
  plan_add_quantity(builder, &event->at, &section->at, arena_format(arena, "%s.at", prefix), 0, NULL);
  plan_add_vector(builder, &event->push, event->impulse ? &section->impulse : &section->force, NULL,
                  arena_format(arena, "%s.%s", prefix, event->impulse ? "impulse" : "force"), 0, NULL);
}

void plan_bind_events(plan_builder *builder) {
  const myr_scenario *scenario = builder->plan->scenario;
  builder->plan->events = plan_take(builder, (size_t)scenario->events.count, sizeof *builder->plan->events);
  for (int i = 0; i < scenario->events.count && !builder->failed; i++) bind_event(builder, scenario_event(scenario, i));
}

/* ------------------------------------------------------------------------------------------------ running */

static void run_controller(const myr_plan *plan, const controller_plan *controller, const myr_episode_state *state,
                           int step, myr_span ctrl) {
  double noise = site_value(&controller->noise, state->values, 0);
  double amplitude = controller->random ? site_value(&controller->amplitude, state->values, 0) : 0;
  for (int n = 0; n < controller->actuator_count; n++) {
    int a = controller->actuators[n], i = a - controller->actuator_start;
    double scale = plan->action_scale[a], value = controller->middle[i];
    if (controller->random) {
      double uniform =
          myr_draw_uniform(controller->random_key, state->episode, (uint32_t)i, (uint32_t)(step / controller->every));
      value += amplitude * scale * (2 * uniform - 1);
    }
    if (noise > 0) {
      value += noise * scale * myr_draw_normal(controller->noise_key, state->episode, (uint32_t)i, (uint32_t)step);
    }
    if (plan->action_limited[a]) {
      value = fmin(fmax(value, plan->action_center[a] - scale), plan->action_center[a] + scale);
    }
    span_set(ctrl, a, value);
  }
}

/* The force that gives an event's impulse its exact size. The event may begin between control steps; each step gets the
 * force in proportion to the share of the step that the event covers. */
static void run_event(const event_plan *event, const myr_episode_state *state, double begin, double period,
                      myr_span force) {
  double at = site_value(&event->at, state->values, 0);
  double overlap = fmin(begin + period, at + event->duration) - fmax(begin, at);
  if (!(overlap > 0)) return;
  double vector[3], share = overlap / period;
  if (event->impulse) share /= event->duration;
  vector_site_value(&event->push, state->values, 0, vector);
  for (int i = 0; i < 3; i++)
    span_set(force, 6 * event->body + i, span_get(force, 6 * event->body + i) + share * vector[i]);
}

static void run_events(const myr_plan *plan, myr_batch *batch, int world, const myr_episode_state *state, int step) {
  if (!plan->event_count) return;
  double period = plan->info.control_period;
  myr_span force = myr_batch_field(batch, MYR_FIELD_xfrc_applied, world);
  for (int e = 0; e < plan->event_count; e++) {
    for (int i = 0; i < 3; i++) span_set(force, 6 * plan->events[e].body + i, 0);
  }
  for (int e = 0; e < plan->event_count; e++) run_event(&plan->events[e], state, step * period, period, force);
}

void plan_capture(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state) {
  if (!plan->capture_count) return;
  myr_span qpos = myr_batch_field(batch, MYR_FIELD_qpos, world), qvel = myr_batch_field(batch, MYR_FIELD_qvel, world);
  for (int i = 0; i < plan->capture_count; i++) {
    const capture *capture = &plan->captures[i];
    state->captured[i] = span_get(capture->field == MYR_FIELD_qpos ? qpos : qvel, capture->index);
  }
}

void myr_plan_control(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state, int step,
                      float *actions) {
  plan_capture(plan, batch, world, state);
  myr_span ctrl = myr_batch_field(batch, MYR_FIELD_ctrl, world);
  for (int c = 0; c < plan->controller_count; c++) run_controller(plan, &plan->controllers[c], state, step, ctrl);
  run_events(plan, batch, world, state, step);
  for (int a = 0; actions && a < plan->model->nu; a++) {
    double action = (span_get(ctrl, a) - plan->action_center[a]) / plan->action_scale[a];
    actions[a] = (float)fmin(fmax(action, -1), 1);
  }
}

myr_episode_state *myr_plan_states(const myr_plan *plan, int worlds) {
  size_t entities = (size_t)plan->entity_count, captures = (size_t)plan->capture_count;
  size_t numbers = 2 * entities + captures + (size_t)plan->memory_count;
  myr_episode_state *states = calloc((size_t)worlds, sizeof *states + numbers * sizeof(double));
  double *at = states ? (double *)(states + worlds) : NULL;
  for (int i = 0; states && i < worlds; i++, at += numbers) {
    states[i].first_nonfoot_contact_time = at;
    states[i].fall_time = at + entities;
    states[i].captured = at + 2 * entities;
    states[i].memory = at + 2 * entities + captures;
  }
  return states;
}

myr_status myr_plan_begin(const myr_plan *plan, myr_batch *batch, int group, const int32_t *worlds,
                          const int64_t *episodes, int count, double *values, myr_episode_state *states,
                          myr_error *error) {
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  myr_status status = myr_batch_start(batch, group, worlds, episodes, count, values, error);
  for (int i = 0; !status && i < count; i++) {
    int world = worlds ? worlds[i] : i;
    myr_episode_state *state = &states[world];
    state->episode = episodes[i];
    state->values = values + (size_t)world * (size_t)plan->start.value_count;
    for (int e = 0; e < plan->entity_count; e++) state->first_nonfoot_contact_time[e] = state->fall_time[e] = -1;
    for (int k = 0; k < plan->memory_count; k++) state->memory[k] = -1;
    plan_capture(plan, batch, group * info.group_worlds + world, state);
  }
  return status;
}
