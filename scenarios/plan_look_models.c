/* Binds the parameters of `randomize` that change the looks of model files. */
#include <string.h>

#include "scenarios/plan_look.h"

/* Elements of a class in model files: name, entity and number in the look. */
typedef struct candidate {
  const char *name;
  int entity, element;
} candidate;

static int entity_of(const myr_plan *plan, const char *name, int body) {
  size_t length = name ? strcspn(name, ".") : 0;
  for (int i = 0; length && name[length] && i < plan->entity_count; i++) {
    const char *entity = plan->entity_infos[i].name;
    if (strlen(entity) == length && !memcmp(entity, name, length)) return i;
  }
  if (body > 0) return plan->body_entity[body];
  /* An element without name and body can be assigned only where there is one robot. */
  int robot = -1;
  for (int i = 0; i < plan->entity_count; i++) {
    if (!plan->entities[i].robot) continue;
    if (robot >= 0) return -1;
    robot = i;
  }
  return robot;
}

static int list_candidates(const look_builder *look, enum property_class class, candidate *list) {
  const myr_appearance *files = look->appearance;
  const myr_plan *plan = look->plan->plan;
  int count = 0;
  if (class == CLASS_geom) {
    for (int i = 0; i < look->file_visual_count; i++) {
      const myr_visual *visual = &files->visuals[look->file_visuals[i]];
      list[count++] = (candidate){visual->name, visual->entity, i};
    }
  } else if (class == CLASS_material) {
    for (int i = 0; i < files->material_count; i++) {
      list[count++] = (candidate){files->materials[i].name, entity_of(plan, files->materials[i].name, 0), i};
    }
  } else if (!look->description.replace_lights) {
    for (int i = 0; i < files->light_count; i++) {
      const myr_visual_light *light = &files->lights[i];
      if (!light->active) continue;
      list[count] = (candidate){light->name, entity_of(plan, light->name, light->mount.body), count};
      count++;
    }
  }
  return count;
}

/* Moves the candidates to which the parameter applies to the front. */
static int choose(look_builder *look, const randomize_section *section, candidate *list, int count) {
  int entity = plan_entity(look->plan->plan, section->entity), chosen = 0;
  size_t prefix = strlen(section->entity) + 1;
  suggestion suggestion = {.wanted = section->element ? section->element : ""};
  for (int i = 0; i < count; i++) {
    if (list[i].entity != entity) continue;
    const char *own = list[i].name && strlen(list[i].name) > prefix ? list[i].name + prefix : "";
    if (section->element && strcmp(own, section->element)) {
      if (own[0]) suggestion_offer(&suggestion, own);
      continue;
    }
    list[chosen++] = list[i];
  }
  if (chosen) return chosen;
  const char *class_name = section->property->class_name;
  position where = section->head.key->where;
  if (section->property->class == CLASS_light && look->description.replace_lights) {
    diagnose_hint(diagnose(look->plan->diagnostics, where, "the lights of model files are left out"),
                  "world.lights replaces them; write distributions there");
  } else if (section->element) {
    suggestion_hint(&suggestion, diagnose(look->plan->diagnostics, where, "`%s` has no %s `%.64s` that is seen",
                                          section->entity, class_name, section->element));
  } else {
    diagnose(look->plan->diagnostics, where, "`%s` has no %s that is seen", section->entity, class_name);
  }
  return 0;
}

static look_writer *make_writer(look_builder *look, const randomize_section *section, const char *path, int elements,
                                const char *const *names) {
  const property *property = section->property;
  plan_builder *builder = look->plan;
  if (property->kind >= PROPERTY_MATERIAL)
    return look_name_writer(look, &section->choice, path, elements, names, property->look_field);
  look_writer *writer =
      look_writer_add(look, property->kind == PROPERTY_NUMBER ? WRITE_NUMBERS : WRITE_VECTOR, property->look_field);
  if (!writer) return NULL;
  writer->operation = section->operation;
  writer->low = property->low;
  writer->high = property->high;
  if (property->kind == PROPERTY_COLOR) {
    plan_add_color(builder, &writer->vector, &section->color, path, elements, names);
  } else if (property->kind == PROPERTY_VECTOR) {
    plan_add_vector(builder, &writer->vector, &section->vector, section->vector.given ? NULL : &section->amount, path,
                    elements, names);
  } else {
    writer->number_count = 1;
    plan_add_quantity(builder, &writer->numbers[0], &section->amount, path, elements, names);
  }
  return writer;
}

/* A geom that is given a material also takes the material's colour, unless the scenario sets the entity's colour. */
static void take_material_color(look_builder *look, const char *entity, int count, const int *targets) {
  static const color_quantity none = {.given = true, .parts = {{.a = -1}, {.a = -1}, {.a = -1}}};
  look_writer *writer = look_writer_add(look, WRITE_VECTOR, MYR_LOOK_visual_color);
  if (!writer || scenario_find_entity(look->plan->plan->scenario, entity)->look.color.given) return;
  plan_add_color(look->plan, &writer->vector, &none, "", 0, NULL); /* a constant has no path */
  look_append(look, writer, count, targets, NULL);
}

static void bind_one(look_builder *look, const randomize_section *section, candidate *list) {
  plan_builder *builder = look->plan;
  int count = choose(look, section, list, list_candidates(look, section->property->class, list));
  int *targets = plan_take(builder, (size_t)count, sizeof *targets), *draws = NULL;
  const char **names = plan_take(builder, (size_t)count, sizeof *names);
  bool each = section->per.index != PER_ALL;
  if (each) draws = plan_take(builder, (size_t)count, sizeof *draws);
  if (builder->failed || !count) return;
  for (int i = 0; i < count; i++) {
    targets[i] = list[i].element;
    /* The appearance does not outlive the binding. */
    names[i] = arena_format(&builder->plan->arena, "%s", list[i].name ? list[i].name : "");
    if (draws) draws[i] = i;
  }
  const char *path = look_path(look, "randomize", section->head.name);
  if (section->property->kind == PROPERTY_MATERIAL) take_material_color(look, section->entity, count, targets);
  look_writer *writer = make_writer(look, section, path, each ? count : 0, names);
  if (writer) look_append(look, writer, count, targets, draws);
}

void look_bind_randomize(look_builder *look) {
  const myr_scenario *scenario = look->plan->plan->scenario;
  const myr_appearance *files = look->appearance;
  size_t most = (size_t)(look->file_visual_count + files->material_count + files->light_count);
  candidate *list = plan_take(look->plan, most, sizeof *list);
  /* Materials come before colours, because a material brings its colour, and a colour that the scenario sets must
   * stay. */
  for (int pass = 0; list && pass < 2; pass++) {
    for (int i = 0; i < scenario->randomize.count && !look->plan->failed; i++) {
      const randomize_section *section = scenario_randomize(scenario, i);
      bool first = section->property->kind == PROPERTY_MATERIAL;
      if (section->property->look && first == (pass == 0)) bind_one(look, section, list);
    }
  }
}
