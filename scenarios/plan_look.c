/* The look of one episode, computed by its writers. */
#include "scenarios/plan_look.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ values */

double look_number(const draw_site *site, const double *values, int element) {
  if (site->offset >= 0 && !values) return quantity_typical(site->quantity);
  return site_value(site, values, element);
}

void look_vector(const vector_site *site, const double *values, int element, double vector[3]) {
  memset(vector, 0, 3 * sizeof *vector);
  if (!site->given) return;
  if (values || !vector_draws(site)) {
    vector_site_value(site, values, element, vector);
  } else if (site->together && site->together_site.kind == MYR_DRAW_TRIPLE) {
    memcpy(vector, site->together_site.triples, 3 * sizeof *vector);
  } else if (!site->together) {
    for (int i = 0; i < 3; i++) vector[i] = look_number(&site->parts[i], NULL, element);
  } /* the middle of a sphere is zero */
}

void prop_size(int shape, const double extents[3], double size[3]) {
  memset(size, 0, 3 * sizeof *size);
  for (int i = 0; i < 3; i++) size[i] = 0.5 * extents[i];
  if (shape == PROP_SPHERE) size[1] = size[2] = 0;
  if (shape == PROP_CYLINDER || shape == PROP_CAPSULE || shape == PROP_PLANE) size[2] = 0;
  if (shape == PROP_CAPSULE) size[1] = fmax(size[1] - size[0], 0); /* half the straight part */
}

static double changed(const look_writer *writer, double value, double amount) {
  if (writer->operation == RANDOMIZE_SCALE) amount *= value;
  if (writer->operation == RANDOMIZE_ADD) amount += value;
  return fmin(fmax(amount, writer->low), writer->high);
}

/* Components are side by side among the values of a look. */
static float *look_place(const myr_look *look, float *look_values, enum myr_look_field field, int element) {
  return look_values + myr_look_describe(look)->offset[field] + element * myr_look_field_infos[field].components;
}

static void write_pose(const look_writer *writer, const myr_look *look, const double *values, int target,
                       float *look_values) {
  double p[3], q[4];
  pose_value(&writer->pose, values, p, q);
  myr_look_set_position(look, look_values, writer->field, target, p);
  float *orientation = look_place(look, look_values, writer->field + 2, target);
  for (int i = 0; i < 4; i++) orientation[i] = (float)q[i];
}

static void write_vector(const look_writer *writer, const myr_look *look, const double vector[3], int target,
                         float *look_values) {
  double position[3];
  float *out = look_place(look, look_values, writer->field, target);
  if (!myr_look_field_infos[writer->field].position) {
    for (int i = 0; i < 3; i++) out[i] = (float)changed(writer, out[i], vector[i]);
    return;
  }
  myr_look_get_position(look, look_values, writer->field, target, position);
  for (int i = 0; i < 3; i++) position[i] = changed(writer, position[i], vector[i]);
  myr_look_set_position(look, look_values, writer->field, target, position);
}

static void write_element(const look_writer *writer, const myr_look *look, const double *values, int draw, int target,
                          float *look_values) {
  double numbers[3] = {0}, vector[3];
  float *out = look_place(look, look_values, writer->field, target);
  for (int i = 0; i < writer->number_count; i++) numbers[i] = look_number(&writer->numbers[i], values, draw);
  switch (writer->kind) {
  case WRITE_NUMBERS:
    for (int i = 0; i < writer->number_count; i++) out[i] = (float)changed(writer, out[i], writer->factor * numbers[i]);
    break;
  case WRITE_VECTOR:
    look_vector(&writer->vector, values, draw, vector);
    write_vector(writer, look, vector, target, look_values);
    break;
  case WRITE_NAME: out[0] = (float)writer->meanings[(int)numbers[0]]; break;
  case WRITE_SIZE:
    prop_size(writer->shape, numbers, vector);
    for (int i = 0; i < 3; i++) out[i] = (float)vector[i];
    break;
  case WRITE_POSE: break;
  }
}

void myr_plan_look_values(const myr_plan *plan, const double *values, float *look_values) {
  const myr_look_info *info = myr_look_describe(plan->look);
  memcpy(look_values, info->defaults, (size_t)info->value_count * sizeof *look_values);
  for (const look_writer *writer = plan->look_writers; writer; writer = writer->next) {
    for (int i = 0; i < writer->count; i++) {
      if (writer->kind == WRITE_POSE)
        write_pose(writer, plan->look, values, writer->targets[i], look_values);
      else
        write_element(writer, plan->look, values, writer->draws ? writer->draws[i] : 0, writer->targets[i],
                      look_values);
    }
  }
}

/* ------------------------------------------------------------------------------------------------ binding */

static bool entity_mentions(const entity_section *entity) {
  const entity_look *look = &entity->look;
  return is_prop(entity) || look->color.given || look->material.count || look->class.text;
}

/* Whether the scenario has any key about looks. If not, the looks of model files need not be read. */
static bool mentions_looks(const myr_scenario *scenario) {
  const world_section *world = &scenario->world;
  bool mentions = scenario->cameras.count || scenario->sensors.count || world->lights.count || world->textures.count ||
                  world->materials.count || world->sky.head.node || world->fog.head.node || world->ambient.given ||
                  world->exposure.given;
  for (int i = 0; i < scenario->entities.count; i++) mentions |= entity_mentions(scenario_entity(scenario, i));
  for (int i = 0; i < scenario->randomize.count; i++) mentions |= scenario_randomize(scenario, i)->property->look;
  return mentions;
}

/* The place of the element that a message of render/ is about; it is found by the name that the message quotes. */
static position error_place(const myr_scenario *scenario, const char *message) {
  const struct {
    const map_value *map;
    const schema_object *object;
  } maps[] = {{&scenario->world.textures, &schema_texture},
              {&scenario->world.materials, &schema_material},
              {&scenario->world.lights, &schema_light},
              {&scenario->cameras, &schema_camera},
              {&scenario->sensors, &schema_sensor}};
  for (int i = 0; i < scenario->world.textures.count; i++) {
    const texture_section *texture = scenario_texture(scenario, i);
    if (texture->path && strstr(message, texture->path)) return texture->file.node->where;
  }
  for (size_t m = 0; m < sizeof maps / sizeof *maps; m++) {
    for (int i = 0; i < maps[m].map->count; i++) {
      const object_head *head = schema_item(maps[m].map, maps[m].object, i);
      char quoted[80];
      snprintf(quoted, sizeof quoted, "\"%.64s\"", head->name);
      if (strstr(message, quoted)) return head->key->where;
    }
  }
  return plan_entity_place(scenario, message);
}

static void list_file_visuals(look_builder *look) {
  int *list = plan_take(look->plan, (size_t)look->appearance->visual_count, sizeof *list);
  if (!list) return;
  look->file_visuals = list;
  for (int i = 0; i < look->appearance->visual_count; i++) {
    if (myr_visual_is_seen(&look->appearance->visuals[i])) list[look->file_visual_count++] = i;
  }
}

/* Keeps the poses of model files to which a writer adds an offset. */
static void keep_file_poses(myr_plan *plan) {
  const myr_look_info *info = myr_look_describe(plan->look);
  for (look_writer *writer = plan->look_writers; writer; writer = writer->next) {
    if (writer->kind != WRITE_POSE || writer->pose.aim != AIM_KEPT) continue;
    const float *orientation = info->defaults + info->offset[MYR_LOOK_camera_orientation] + 4 * writer->targets[0];
    myr_look_get_position(plan->look, info->defaults, MYR_LOOK_camera_position, writer->targets[0],
                          writer->pose.kept_position);
    for (int i = 0; i < 4; i++) writer->pose.kept_quaternion[i] = orientation[i];
  }
}

static void make_look(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_scenario *scenario = plan->scenario;
  myr_appearance *appearance = NULL;
  myr_error error = {0};
  if (myr_appearance_read(&plan->scene, plan->model, &appearance, &error)) {
    diagnose(builder->diagnostics, plan_entity_place(scenario, error.message), "%s", error.message);
    return;
  }
  look_builder look = {.plan = builder, .appearance = appearance, .end = &plan->look_writers};
  list_file_visuals(&look);
  void (*const parts[])(look_builder *) = {look_bind_surroundings, look_bind_entities, look_bind_views,
                                           look_bind_randomize};
  for (size_t i = 0; i < sizeof parts / sizeof *parts && !builder->failed; i++) parts[i](&look);
  if (!builder->failed && !builder->diagnostics->count) {
    if (myr_look_create(plan->model, appearance, &look.description, &plan->look, &error))
      diagnose(builder->diagnostics, error_place(scenario, error.message), "%s", error.message);
    else
      keep_file_poses(plan);
  }
  myr_appearance_free(appearance);
}

void plan_bind_looks(plan_builder *builder) {
  if (!builder->diagnostics->count && mentions_looks(builder->plan->scenario)) make_look(builder);
}

myr_status myr_plan_require_look(myr_plan *plan, myr_error *error) {
  if (!plan->look) {
    myr_diagnostics found = {0};
    plan_builder builder = {.plan = plan, .seed = plan->info.seed, .diagnostics = &found};
    make_look(&builder);
    myr_status status = MYR_OK;
    const myr_diagnostic *first = found.items;
    if (found.count && first->line > 0)
      status = myr_fail(error, MYR_INVALID, "%s:%d:%d: %s", first->file, first->line, first->column, first->message);
    else if (found.count)
      status = myr_fail(error, MYR_INVALID, "%s", first->message);
    else if (builder.failed)
      status = myr_fail(error, MYR_ERROR, "out of memory");
    myr_diagnostics_free(&found);
    if (status) return status;
  }
  plan->info.look = plan->look;
  return MYR_OK;
}
