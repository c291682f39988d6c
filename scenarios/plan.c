/* Makes a plan: builds the model, then binds every part of the scenario to it. */
#include "scenarios/plan.h"
#include "kernels/model.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void *plan_take(plan_builder *builder, size_t count, size_t size) {
  void *memory = arena_take(&builder->plan->arena, (count ? count : 1) * size);
  if (!memory) builder->failed = true;
  return memory;
}

void *plan_append(plan_builder *builder, arena_list *list, int count, size_t size) {
  void *items = arena_append(&builder->plan->arena, list, count, size);
  if (!items && count) builder->failed = true;
  return items;
}

int plan_entity(const myr_plan *plan, const char *name) {
  size_t length = strcspn(name, ".");
  for (int i = 0; i < plan->entity_count; i++) {
    const char *known = plan->entity_infos[i].name;
    if (!strncmp(known, name, length) && !known[length]) return i;
  }
  return -1;
}

/* ------------------------------------------------------------------------------------------------ draws */

static const char *const axis_names[] = {"x", "y", "z"};

myr_draw_key plan_draw_key(uint64_t seed, const char *path) {
  uint64_t hash = XXH3_64bits_withSeed(path, strlen(path), seed);
  return (myr_draw_key){(uint32_t)hash, (uint32_t)(hash >> 32)};
}

/* Adds numbers to the start's pool and returns their place in it. */
static int add_numbers(plan_builder *builder, const double *numbers, int count) {
  int at = builder->start.numbers.count;
  double *copy = plan_append(builder, &builder->start.numbers, count, sizeof *copy);
  if (copy && count) memcpy(copy, numbers, (size_t)count * sizeof *copy);
  return at;
}

/* Adds a distribution to the start and returns its place. */
static int add_distribution(plan_builder *builder, const quantity *quantity) {
  static const enum myr_distribution_kind kinds[DISTRIBUTION_KINDS] = {
      [DISTRIBUTION_CONSTANT] = MYR_DISTRIBUTION_CONSTANT,       [DISTRIBUTION_UNIFORM] = MYR_DISTRIBUTION_UNIFORM,
      [DISTRIBUTION_LOG_UNIFORM] = MYR_DISTRIBUTION_LOG_UNIFORM, [DISTRIBUTION_NORMAL] = MYR_DISTRIBUTION_NORMAL,
      [DISTRIBUTION_CHOICE] = MYR_DISTRIBUTION_CHOICE,           [DISTRIBUTION_INTEGER] = MYR_DISTRIBUTION_INTEGER};
  int at = builder->start.distributions.count, count = quantity->choice_count;
  myr_distribution *distribution = plan_append(builder, &builder->start.distributions, 1, sizeof *distribution);
  if (!distribution) return at;
  *distribution = (myr_distribution){.a = quantity->a,
                                     .b = quantity->b,
                                     .low = quantity->low,
                                     .high = quantity->high,
                                     .kind = kinds[quantity->kind],
                                     .choice_count = count};
  distribution->choices = add_numbers(builder, quantity->choices, count);
  distribution->weights = quantity->weights ? add_numbers(builder, quantity->weights, count) : -1;
  return at;
}

/* Values of one element of each kind of draw. */
static const int draw_widths[] = {
    [MYR_DRAW_NUMBER] = 1, [MYR_DRAW_SPHERE] = 3, [MYR_DRAW_CONE] = 2, [MYR_DRAW_TRIPLE] = 3};

/* inner: the path of a sphere's or a cone's number, else NULL. names: of all values of the draw. */
static void add_draw(plan_builder *builder, draw_site *site, const char *path, const char *inner, const char *unit,
                     const char *text, const char *const *names) {
  int width = draw_widths[site->kind], count = width * site->elements, choices = site->quantity->choice_count;
  const myr_draw draw = {.kind = site->kind,
                         .distribution = add_distribution(builder, site->quantity),
                         .triples = site->triples ? add_numbers(builder, site->triples, 3 * choices) : 0,
                         .key = plan_draw_key(builder->seed, path),
                         .inner_key = inner ? plan_draw_key(builder->seed, inner) : (myr_draw_key){0, 0}};
  site->offset = builder->start.value_count;
  builder->start.value_count += count;
  myr_draw_info *info = plan_append(builder, &builder->draws, 1, sizeof *info);
  myr_draw *draws = plan_append(builder, &builder->start.draws, site->elements, sizeof *draws);
  if (!info || !draws) return;
  *info = (myr_draw_info){
      .path = path, .unit = unit, .distribution = text, .elements = names, .offset = site->offset, .count = count};
  for (int i = 0; i < site->elements; i++) {
    draws[i] = draw;
    draws[i].element = (uint32_t)i;
    draws[i].value = site->offset + width * i;
  }
}

static const char *unit_text(plan_builder *builder, dimension dimension) {
  char buffer[64];
  const char *unit = dimension_unit(dimension, buffer, sizeof buffer);
  const char *copy = arena_text(&builder->plan->arena, unit, strlen(unit));
  return copy ? copy : "";
}

void plan_add_quantity(plan_builder *builder, draw_site *site, const quantity *quantity, const char *path, int elements,
                       const char *const *names) {
  *site = (draw_site){.kind = MYR_DRAW_NUMBER, .quantity = quantity, .offset = -1, .elements = elements ? elements : 1};
  site->constant = quantity->a;
  if (quantity->kind == DISTRIBUTION_CONSTANT || !path) return;
  add_draw(builder, site, path, NULL, unit_text(builder, quantity->dimension),
           quantity_text(&builder->plan->arena, quantity), elements ? names : NULL);
}

void plan_add_cone(plan_builder *builder, draw_site *site, const quantity *angle, const char *path) {
  arena *arena = &builder->plan->arena;
  *site = (draw_site){.kind = MYR_DRAW_CONE, .quantity = angle, .offset = -1, .elements = 1};
  const char *inner = path ? arena_format(arena, "%s.angle", path) : NULL;
  if (!inner) return;
  add_draw(builder, site, path, inner, "rad", arena_format(arena, "{cone: %s}", quantity_text(arena, angle)),
           axis_names);
}

void plan_add_name(plan_builder *builder, draw_site *site, const name_quantity *name, const char *path, int elements,
                   const char *const *names) {
  *site =
      (draw_site){.kind = MYR_DRAW_NUMBER, .quantity = &name->index, .offset = -1, .elements = elements ? elements : 1};
  if (name->index.kind == DISTRIBUTION_CONSTANT || !path) return;
  add_draw(builder, site, path, NULL, "index", name_text(&builder->plan->arena, name), elements ? names : NULL);
}

/* The names "robot.torso.x", ... of vectors that are drawn for several elements. */
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
    site->together_site = (draw_site){
        .kind = MYR_DRAW_SPHERE, .quantity = &vector->magnitude, .offset = -1, .elements = elements ? elements : 1};
    const char *inner = arena_format(arena, "%s.magnitude", path);
    if (!inner) return;
    add_draw(builder, &site->together_site, path, inner, unit_text(builder, vector->magnitude.dimension),
             vector_text(arena, vector), part_names(builder, axis_names, elements, names));
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
    site->together_site = (draw_site){.kind = MYR_DRAW_TRIPLE,
                                      .quantity = &color->index,
                                      .triples = color->choices,
                                      .offset = -1,
                                      .elements = elements ? elements : 1};
    add_draw(builder, &site->together_site, path, NULL, "1", color_text(arena, color),
             part_names(builder, channels, elements, names));
    return;
  }
  for (int i = 0; i < 3; i++) {
    plan_add_quantity(builder, &site->parts[i], &color->parts[i], arena_format(arena, "%s.%s", path, channels[i]),
                      elements, names);
  }
}

void vector_site_numbers(const vector_site *site, int element, myr_number numbers[3]) {
  const draw_site *together = &site->together_site;
  for (int i = 0; i < 3; i++)
    numbers[i] = site->together ? (myr_number){0, together->offset + (together->elements > 1 ? 3 * element : 0) + i}
                                : site_number(&site->parts[i], element);
}

void vector_site_value(const vector_site *site, const double *values, int element, double vector[3]) {
  myr_number numbers[3];
  vector_site_numbers(site, element, numbers);
  for (int i = 0; i < 3; i++) vector[i] = number_value(numbers[i], values);
}

double myr_plan_number(const myr_plan *plan, const char *path, int64_t episode) {
  return myr_draw_uniform(plan_draw_key(plan->info.seed, path), episode, 0, 0);
}

void myr_plan_draw(const myr_plan *plan, int64_t episode, double *values) {
  myr_start_draw(&plan->start, episode, values);
}

/* ------------------------------------------------------------------------------------------------ the model */

position plan_entity_place(const myr_scenario *scenario, const char *message) {
  for (int i = 0; i < scenario->entities.count; i++) {
    const entity_section *section = scenario_entity(scenario, i);
    char whole[80], part[80]; /* "robot", or the robot's "robot.torso" */
    snprintf(whole, sizeof whole, "\"%.64s\"", section->head.name);
    snprintf(part, sizeof part, "\"%.64s.", section->head.name);
    if (!strstr(message, whole) && !strstr(message, part) &&
        !(section->model_path && strstr(message, section->model_path)))
      continue;
    return section->model.node ? section->model.node->where : section->head.key->where;
  }
  return node_find(scenario->root, "entities")->key->where;
}

static bool build_model(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  myr_findings findings = {0};
  plan->scene = plan->scenario->scene;
  plan->scene.findings = &findings;
  myr_error error = {0};
  myr_status status = myr_scene_build(&plan->scene, &plan->model, &error);
  plan->scene.findings = NULL;
  bool told = scenario_tell_faults(plan->scenario, &findings, builder->diagnostics);
  myr_findings_free(&findings);
  myr_diagnostics_add_findings(&plan->notices, &plan->scenario->findings, plan->scenario->path);
  if (!status || told) return !status;
  diagnose(builder->diagnostics, plan_entity_place(plan->scenario, error.message), "%s", error.message);
  builder->failed |= status == MYR_ERROR;
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
                                           plan_bind_programs,   plan_bind_looks,       plan_finish_start,
                                           plan_doubt_keyframes, plan_tell_tumbling,    plan_tell_idle};
  for (size_t i = 0; i < sizeof parts / sizeof *parts && !builder->failed; i++) parts[i](builder);
}

static void fill_info(const plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_scenario_info *scenario = &plan->scenario->info;
  plan->info =
      (myr_plan_info){.scenario = plan->scenario,
                      .model = plan->model,
                      .scene = &plan->scene,
                      .seed = builder->seed,
                      .control_steps = scenario->control_steps,
                      .substeps = scenario->substeps,
                      .timestep = scenario->timestep,
                      .control_period = scenario->control_period,
                      .value_count = plan->start.value_count,
                      .draw_count = builder->draws.count,
                      .draws = builder->draws.items,
                      .start = &plan->start,
                      .entity_count = plan->entity_count,
                      .entities = plan->entity_infos,
                      .action_center = plan->action_center,
                      .action_scale = plan->action_scale,
                      .notices = &plan->notices,
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
    else if (diagnostics_errors(&found))
      status = MYR_INVALID;
    else
      fill_info(&builder);
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
  myr_diagnostics_free(&plan->notices);
  myr_model_free(plan->model);
  arena_release(&plan->arena);
  free(plan);
}

const myr_plan_info *myr_plan_describe(const myr_plan *plan) { return &plan->info; }

const char *myr_plan_reason(const myr_plan *plan, enum myr_reason reason) {
  switch (reason) {
  case MYR_REASON_TIMEOUT: return "timeout";
  case MYR_REASON_TERMINATE: return plan->terminate_text ? plan->terminate_text : "terminate";
  case MYR_REASON_DIVERGED: return "diverged";
  default: return "none";
  }
}
