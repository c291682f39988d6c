/* Making a plan: the model, then every part of the scenario bound to it. */
#include "scenarios/plan.h"

#include <stdlib.h>
#include <string.h>

void *plan_take(plan_builder *builder, size_t count, size_t size) {
  void *memory = arena_take(&builder->plan->arena, (count ? count : 1) * size);
  if (!memory) builder->failed = true;
  return memory;
}

int plan_entity(const myr_plan *plan, const char *name) {
  for (int i = 0; i < plan->entity_count; i++) {
    if (!strcmp(plan->entity_infos[i].name, name)) return i;
  }
  return -1;
}

/* ------------------------------------------------------------------------------------------------ draws */

static const char *const axis_names[] = {"x", "y", "z"};

static void add_draw(plan_builder *builder, draw_site *site, const char *path, const char *unit, const char *text,
                     int count, const char *const *names) {
  myr_plan *plan = builder->plan;
  if (plan->site_count == plan->site_capacity) {
    int capacity = plan->site_capacity ? 2 * plan->site_capacity : 32;
    draw_site **sites = plan_take(builder, (size_t)capacity, sizeof *sites);
    myr_draw_info *draws = plan_take(builder, (size_t)capacity, sizeof *draws);
    if (!sites || !draws) return;
    if (plan->site_count) memcpy(sites, plan->sites, (size_t)plan->site_count * sizeof *sites);
    if (plan->site_count) memcpy(draws, plan->draws, (size_t)plan->site_count * sizeof *draws);
    plan->sites = sites;
    plan->draws = draws;
    plan->site_capacity = capacity;
  }
  site->offset = plan->value_count;
  site->key = draw_key_make(builder->seed, path);
  plan->sites[plan->site_count] = site;
  plan->draws[plan->site_count++] = (myr_draw_info){
      .path = path, .unit = unit, .distribution = text, .elements = names, .offset = plan->value_count, .count = count};
  plan->value_count += count;
}

static const char *unit_text(plan_builder *builder, dimension dimension) {
  char buffer[64];
  const char *unit = dimension_unit(dimension, buffer, sizeof buffer);
  const char *copy = arena_text(&builder->plan->arena, unit, strlen(unit));
  return copy ? copy : "";
}

void plan_add_quantity(plan_builder *builder, draw_site *site, const quantity *quantity, const char *path, int elements,
                       const char *const *names) {
  *site = (draw_site){.kind = SITE_QUANTITY, .quantity = quantity, .offset = -1, .elements = elements ? elements : 1};
  site->constant = quantity->a;
  if (quantity->kind == DISTRIBUTION_CONSTANT || !path) return;
  add_draw(builder, site, path, unit_text(builder, quantity->dimension), quantity_text(&builder->plan->arena, quantity),
           site->elements, elements ? names : NULL);
}

void plan_add_cone(plan_builder *builder, draw_site *site, const quantity *angle, const char *path) {
  *site = (draw_site){.kind = SITE_CONE, .quantity = angle, .offset = -1, .elements = 1};
  if (!path) return;
  add_draw(builder, site, path, "rad",
           arena_format(&builder->plan->arena, "{cone: %s}", quantity_text(&builder->plan->arena, angle)), 2,
           axis_names);
  const char *inner = arena_format(&builder->plan->arena, "%s.angle", path);
  if (inner) site->inner_key = draw_key_make(builder->seed, inner);
}

void plan_add_name(plan_builder *builder, draw_site *site, const name_quantity *name, const char *path, int elements,
                   const char *const *names) {
  *site =
      (draw_site){.kind = SITE_QUANTITY, .quantity = &name->index, .offset = -1, .elements = elements ? elements : 1};
  if (name->index.kind == DISTRIBUTION_CONSTANT || !path) return;
  add_draw(builder, site, path, "index", name_text(&builder->plan->arena, name), site->elements,
           elements ? names : NULL);
}

/* "robot.torso.x", ... of vectors drawn for several elements. */
static const char *const *part_names(plan_builder *builder, const char *const *parts, int elements,
                                     const char *const *names) {
  if (!elements) return parts;
  const char **all = plan_take(builder, (size_t)elements * 3, sizeof *all);
  for (int i = 0; all && i < 3 * elements; i++) {
    all[i] = arena_format(&builder->plan->arena, "%s.%s", names[i / 3], parts[i % 3]);
  }
  return all;
}

void plan_add_vector(plan_builder *builder, vector_site *site, const vector_quantity *vector, const quantity *each,
                     const char *path, int elements, const char *const *names) {
  arena *arena = &builder->plan->arena;
  *site = (vector_site){.given = vector->given || each, .together = vector->given && vector->sphere};
  if (!site->given || !path) return;
  if (site->together) {
    int count = elements ? elements : 1;
    site->together_site =
        (draw_site){.kind = SITE_SPHERE, .quantity = &vector->magnitude, .offset = -1, .elements = count};
    add_draw(builder, &site->together_site, path, unit_text(builder, vector->magnitude.dimension),
             vector_text(arena, vector), 3 * count, part_names(builder, axis_names, elements, names));
    const char *inner = arena_format(arena, "%s.magnitude", path);
    if (inner) site->together_site.inner_key = draw_key_make(builder->seed, inner);
    return;
  }
  for (int i = 0; i < 3; i++) {
    const quantity *part = vector->given ? &vector->parts[i] : each;
    plan_add_quantity(builder, &site->parts[i], part, arena_format(arena, "%s.%s", path, axis_names[i]), elements,
                      names);
  }
}

void plan_add_color(plan_builder *builder, vector_site *site, const color_quantity *color, const char *path,
                    int elements, const char *const *names) {
  static const char *const channels[] = {"r", "g", "b"};
  arena *arena = &builder->plan->arena;
  *site = (vector_site){.given = color->given, .together = color->choice_count > 0};
  if (!site->given || !path) return;
  if (site->together) {
    int count = elements ? elements : 1;
    site->together_site = (draw_site){
        .kind = SITE_TRIPLE, .quantity = &color->index, .triples = color->choices, .offset = -1, .elements = count};
    add_draw(builder, &site->together_site, path, "1", color_text(arena, color), 3 * count,
             part_names(builder, channels, elements, names));
    return;
  }
  for (int i = 0; i < 3; i++) {
    plan_add_quantity(builder, &site->parts[i], &color->parts[i], arena_format(arena, "%s.%s", path, channels[i]),
                      elements, names);
  }
}

void vector_site_value(const vector_site *site, const double *values, int element, double vector[3]) {
  for (int i = 0; i < 3; i++) {
    const draw_site *together = &site->together_site;
    vector[i] = site->together ? values[together->offset + (together->elements > 1 ? 3 * element : 0) + i]
                               : site_value(&site->parts[i], values, element);
  }
}

double myr_plan_number(const myr_plan *plan, const char *path, int64_t episode) {
  philox_words words = draw_words(draw_key_make(plan->info.seed, path), episode, 0, 0);
  return philox_uniform(words.word[0], words.word[1]);
}

void myr_plan_draw(const myr_plan *plan, int64_t episode, double *values) {
  for (int s = 0; s < plan->site_count; s++) {
    const draw_site *site = plan->sites[s];
    double *out = values + site->offset;
    if (site->kind == SITE_CONE) {
      draw_cone(draw_quantity(site->quantity, site->inner_key, episode, 0), site->key, episode, out);
      continue;
    }
    for (int i = 0; i < site->elements; i++) {
      if (site->kind == SITE_QUANTITY) {
        out[i] = draw_quantity(site->quantity, site->key, episode, (uint32_t)i);
      } else if (site->kind == SITE_TRIPLE) {
        int choice = (int)draw_quantity(site->quantity, site->key, episode, (uint32_t)i);
        memcpy(out + 3 * i, site->triples + 3 * choice, 3 * sizeof *out);
      } else {
        double magnitude = draw_quantity(site->quantity, site->inner_key, episode, (uint32_t)i);
        draw_sphere(magnitude, site->key, episode, (uint32_t)i, out + 3 * i);
      }
    }
  }
}

/* ------------------------------------------------------------------------------------------------ the model */

static bool build_model(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_scenario *scenario = plan->scenario;
  myr_entity *entities = plan_take(builder, MYR_ENTITY_LIMIT, sizeof *entities);
  double *gravity = plan_take(builder, 3, sizeof *gravity);
  if (builder->failed) return false;
  for (int i = 0; i < 3; i++) gravity[i] = scenario->world.gravity.parts[i].a;
  int count = 0;
  for (int i = 0; i < scenario->entities.count; i++) {
    const entity_section *section = scenario_entity(scenario, i);
    if (is_prop(section)) continue;
    entities[count] =
        (myr_entity){.name = section->head.name, .path = section->model_path, .friction = {1, 0.005, 0.0001}};
    if (section->ground.head.node && section->ground.friction.kind == DISTRIBUTION_CONSTANT) {
      entities[count].friction[0] = section->ground.friction.a;
    }
    count++;
  }
  plan->scene = (myr_scene){entities, count, &scenario->info.timestep, gravity};
  myr_error error = {0};
  if (!myr_scene_build(&plan->scene, &plan->model, &error)) return true;
  /* The message names the entity. */
  position where = node_find(scenario->root, "entities")->key->where;
  for (int i = 0; i < scenario->entities.count; i++) {
    const entity_section *section = scenario_entity(scenario, i);
    char quoted[80];
    snprintf(quoted, sizeof quoted, "\"%.64s\"", section->head.name);
    if (section->model.node && strstr(error.message, quoted)) where = section->model.node->where;
  }
  diagnose(builder->diagnostics, where, "%s", error.message);
  return false;
}

/* Centre and scale of every actuator's control; see myr_plan_info. */
static void bind_actions(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_model *model = plan->model;
  plan->action_center = plan_take(builder, (size_t)model->nu, sizeof(double));
  plan->action_scale = plan_take(builder, (size_t)model->nu, sizeof(double));
  plan->action_limited = plan_take(builder, (size_t)model->nu, sizeof(bool));
  for (int i = 0; i < model->nu && !builder->failed; i++) {
    const double *range = model->actuator_ctrlrange + 2 * i;
    plan->action_limited[i] = model->actuator_ctrllimited[i] && range[1] > range[0];
    if (plan->action_limited[i]) {
      plan->action_center[i] = 0.5 * (range[0] + range[1]);
      plan->action_scale[i] = 0.5 * (range[1] - range[0]);
      continue;
    }
    double scale = 1;
    for (int k = 0; k < model->nkey; k++) {
      double ctrl = model->key_ctrl[(size_t)k * model->nu + i];
      if (ctrl > scale || -ctrl > scale) scale = ctrl < 0 ? -ctrl : ctrl;
    }
    plan->action_scale[i] = scale;
  }
}

static void bind(plan_builder *builder) {
  void (*const parts[])(plan_builder *) = {plan_bind_entities,   plan_bind_starts,      bind_actions,
                                           plan_bind_parameters, plan_bind_controllers, plan_bind_events,
                                           plan_bind_programs,   plan_bind_looks};
  for (size_t i = 0; i < sizeof parts / sizeof *parts && !builder->failed; i++) parts[i](builder);
}

static void fill_info(myr_plan *plan, uint64_t seed) {
  const myr_scenario_info *scenario = &plan->scenario->info;
  plan->info =
      (myr_plan_info){.scenario = plan->scenario,
                      .model = plan->model,
                      .scene = &plan->scene,
                      .seed = seed,
                      .control_steps = scenario->control_steps,
                      .substeps = scenario->substeps,
                      .timestep = scenario->timestep,
                      .control_period = scenario->control_period,
                      .value_count = plan->value_count,
                      .draw_count = plan->site_count,
                      .draws = plan->draws,
                      .entity_count = plan->entity_count,
                      .entities = plan->entity_infos,
                      .action_center = plan->action_center,
                      .action_scale = plan->action_scale,
                      .look = plan->scenario->cameras.count + plan->scenario->sensors.count ? plan->look : NULL};
}

myr_status myr_plan_create(const myr_scenario *scenario, uint64_t seed, myr_plan **result,
                           myr_diagnostics *diagnostics) {
  *result = NULL;
  myr_diagnostics found = {0};
  myr_plan *plan = calloc(1, sizeof *plan);
  myr_status status = plan ? MYR_OK : MYR_ERROR;
  if (plan) {
    plan->scenario = scenario;
    plan_builder builder = {.plan = plan, .seed = seed, .diagnostics = &found};
    if (build_model(&builder)) bind(&builder);
    if (builder.failed)
      status = MYR_ERROR;
    else if (found.count)
      status = MYR_INVALID;
    else
      fill_info(plan, seed);
  }
  if (status == MYR_ERROR && !found.count) diagnose(&found, (position){0}, "out of memory");
  diagnostics_sort(&found);
  if (status)
    myr_plan_destroy(plan);
  else
    *result = plan;
  myr_diagnostics_free(diagnostics);
  *diagnostics = found;
  return status;
}

void myr_plan_destroy(myr_plan *plan) {
  if (!plan) return;
  myr_look_free(plan->look);
  myr_model_free(plan->model);
  arena_release(&plan->arena);
  free(plan);
}

const myr_plan_info *myr_plan_describe(const myr_plan *plan) { return &plan->info; }

const char *myr_plan_reason(const myr_plan *plan, enum myr_reason reason) {
  switch (reason) {
  case MYR_REASON_TIMEOUT:
    return "timeout";
  case MYR_REASON_TERMINATE:
    return plan->terminate_text ? plan->terminate_text : "terminate";
  case MYR_REASON_DIVERGED:
    return "diverged";
  default:
    return "none";
  }
}
