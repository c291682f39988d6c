/* Binds the looks of entities, and the props. */
#include <math.h>
#include <string.h>

#include "scenarios/plan_look.h"

/* Binds `shown`. Even a constant is written, because the description shows all props. */
static void bind_shown(look_builder *look, const quantity *shown, const char *path, int element) {
  look_writer *writer = look_writer_add(look, WRITE_NUMBERS, MYR_LOOK_visual_shown);
  if (!writer || !shown->given) return;
  writer->number_count = 1;
  writer->always = true;
  plan_add_quantity(look->plan, &writer->numbers[0], shown, path, 0, NULL);
  look_target(look, writer, element);
}

static void bind_prop(look_builder *look, const entity_section *section, int element, myr_prop_description *prop) {
  static const int shapes[] = {
      [PROP_BOX] = MYR_GEOM_BOX,         [PROP_SPHERE] = MYR_GEOM_SPHERE,       [PROP_CYLINDER] = MYR_GEOM_CYLINDER,
      [PROP_CAPSULE] = MYR_GEOM_CAPSULE, [PROP_ELLIPSOID] = MYR_GEOM_ELLIPSOID, [PROP_PLANE] = MYR_GEOM_PLANE};
  static const char *const extents[] = {"size.x", "size.y", "size.z"};
  const entity_look *s = &section->look;
  plan_builder *builder = look->plan;
  const char *path = look_path(look, "entities", section->head.name);
  *prop = (myr_prop_description){.name = section->head.name,
                                 .semantic = s->class.text,
                                 .body = look_body(look, &s->body),
                                 .shape = shapes[s->shape.index],
                                 .color = {-1, -1, -1},
                                 .instance = !s->label.node || s->label.index};
  look_writer *pose = look_writer_add(look, WRITE_POSE, MYR_LOOK_visual_position);
  look_writer *size = look_writer_add(look, WRITE_SIZE, MYR_LOOK_visual_size);
  if (!pose || !size) return;
  pose_bind(builder, &pose->pose, &s->position, &s->orientation, path);
  double position[3], quaternion[4], numbers[3] = {0}, half[3];
  pose_value(&pose->pose, NULL, position, quaternion);
  look_target(look, pose, element);
  size->shape = s->shape.index;
  size->number_count = s->size.count;
  for (int i = 0; i < s->size.count; i++) {
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): the schema lets sizes have three numbers at most */
    plan_add_quantity(builder, &size->numbers[i], &s->size.items[i], look_path(look, path, extents[i]), 0, NULL);
    numbers[i] = look_number(&size->numbers[i], NULL, 0);
  }
  prop_size(size->shape, numbers, half);
  look_target(look, size, element);
  memcpy(prop->position, position, sizeof prop->position);
  for (int i = 0; i < 4; i++) prop->quaternion[i] = (float)quaternion[i];
  for (int i = 0; i < 3; i++) prop->size[i] = (float)half[i];
  look_bind_color(look, &s->color, look_path(look, path, "color"), MYR_LOOK_visual_color, element, prop->color);
  bind_shown(look, &s->shown, look_path(look, path, "shown"), element);
  if (!s->material.count) return;
  prop->material = s->material.names[0];
  look_writer *material =
      look_name_writer(look, &s->material, look_path(look, path, "material"), 0, NULL, MYR_LOOK_visual_material);
  if (material) look_target(look, material, element);
}

/* The indices in the look of an entity's visuals. */
static const int *entity_visuals(look_builder *look, int entity, int *count) {
  int *list = plan_take(look->plan, (size_t)look->file_visual_count, sizeof *list);
  *count = 0;
  for (int i = 0; list && i < look->file_visual_count; i++) {
    if (look->appearance->visuals[look->file_visuals[i]].entity == entity) list[(*count)++] = i;
  }
  return list;
}

static void bind_entity(look_builder *look, const entity_section *section, int entity, const char **material,
                        float color[3]) {
  const entity_look *s = &section->look;
  if (!s->color.given && !s->material.count) return;
  const char *path = look_path(look, "entities", section->head.name);
  int count;
  const int *visuals = entity_visuals(look, entity, &count);
  look_writer *writer = look_writer_add(look, WRITE_VECTOR, MYR_LOOK_visual_color);
  if (!writer || !visuals) return;
  if (s->color.given) {
    double vector[3];
    plan_add_color(look->plan, &writer->vector, &s->color, look_path(look, path, "color"), 0, NULL);
    look_vector(&writer->vector, NULL, 0, vector);
    for (int i = 0; i < 3; i++) color[i] = (float)vector[i];
    look_append(look, writer, count, visuals, NULL);
  }
  if (!s->material.count) return;
  *material = s->material.names[0];
  writer = look_name_writer(look, &s->material, look_path(look, path, "material"), 0, NULL, MYR_LOOK_visual_material);
  if (writer) look_append(look, writer, count, visuals, NULL);
}

void look_bind_entities(look_builder *look) {
  myr_plan *plan = look->plan->plan;
  const myr_scenario *scenario = plan->scenario;
  myr_look_description *d = &look->description;
  size_t entities = (size_t)plan->entity_count;
  const char **names = plan_take(look->plan, entities, sizeof *names);
  const char **semantic = plan_take(look->plan, entities, sizeof *semantic);
  const char **material = plan_take(look->plan, entities, sizeof *material);
  float(*color)[3] = plan_take(look->plan, entities, sizeof *color);
  myr_prop_description *props = plan_take(look->plan, (size_t)scenario->entities.count, sizeof *props);
  if (look->plan->failed) return;
  d->entity_names = names;
  d->entity_semantic = semantic;
  d->entity_material = material;
  d->entity_color = (const float(*)[3])color;
  d->props = props;
  for (int i = 0; i < scenario->entities.count && !look->plan->failed; i++) {
    const entity_section *section = scenario_entity(scenario, i);
    if (is_prop(section)) {
      bind_prop(look, section, look->file_visual_count + d->prop_count, &props[d->prop_count]);
      props[d->prop_count++].entities_after = plan->entity_count - d->entity_count;
      continue;
    }
    int entity = d->entity_count++;
    names[entity] = section->head.name;
    semantic[entity] = section->look.class.text;
    color[entity][0] = color[entity][1] = color[entity][2] = -1;
    bind_entity(look, section, entity, &material[entity], color[entity]);
  }
}
