/* Binds keys to the look: functions for all kinds of keys and names, then the surroundings and materials. */
#include <math.h>
#include <string.h>

#include "kernels/elements.h"
#include "scenarios/plan_look.h"

/* ------------------------------------------------------------------------------------------------ writers */

look_writer *look_writer_add(look_builder *look, enum look_write kind, enum myr_look_field field) {
  look_writer *writer = plan_take(look->plan, 1, sizeof *writer);
  if (!writer) return NULL;
  *writer = (look_writer){
      .kind = kind, .factor = 1, .operation = RANDOMIZE_SET, .low = -INFINITY, .high = INFINITY, .field = field};
  return writer;
}

static bool differs(const look_writer *writer) {
  if (writer->kind == WRITE_POSE) return pose_draws(&writer->pose);
  bool draws = vector_draws(&writer->vector);
  for (int i = 0; i < writer->number_count; i++) draws |= writer->numbers[i].offset >= 0;
  return draws;
}

void look_append(look_builder *look, look_writer *writer, int count, const int *targets, const int *draws) {
  writer->count = count;
  writer->targets = targets;
  writer->draws = draws;
  *look->end = writer;
  look->end = &writer->next;
}

void look_target(look_builder *look, look_writer *writer, int element) {
  int *target = plan_take(look->plan, 1, sizeof *target);
  if (!target || !(writer->always || differs(writer))) return;
  *target = element;
  look_append(look, writer, 1, target, NULL);
}

/* ------------------------------------------------------------------------------------------------ keys */

const char *look_path(look_builder *look, const char *path, const char *key) {
  const char *text = arena_format(&look->plan->plan->arena, "%s.%s", path, key);
  return text ? text : "";
}

void look_bind_number(look_builder *look, const quantity *quantity, const char *path, double factor,
                      enum myr_look_field field, int element, float *described) {
  look_writer *writer = look_writer_add(look, WRITE_NUMBERS, field);
  if (!writer || !quantity->given) return;
  writer->number_count = 1;
  writer->factor = factor;
  plan_add_quantity(look->plan, &writer->numbers[0], quantity, path, 0, NULL);
  *described = (float)(factor * look_number(&writer->numbers[0], NULL, 0));
  look_target(look, writer, element);
}

static void describe_vector(look_builder *look, look_writer *writer, int element, float described[3]) {
  double vector[3];
  look_vector(&writer->vector, NULL, 0, vector);
  for (int i = 0; i < 3; i++) described[i] = (float)vector[i];
  look_target(look, writer, element);
}

void look_bind_color(look_builder *look, const color_quantity *color, const char *path, enum myr_look_field field,
                     int element, float described[3]) {
  look_writer *writer = look_writer_add(look, WRITE_VECTOR, field);
  if (!writer || !color->given) return;
  plan_add_color(look->plan, &writer->vector, color, path, 0, NULL);
  describe_vector(look, writer, element, described);
}

static void bind_vector(look_builder *look, const vector_quantity *vector, const char *path, enum myr_look_field field,
                        int element, float described[3]) {
  look_writer *writer = look_writer_add(look, WRITE_VECTOR, field);
  if (!writer || !vector->given) return;
  plan_add_vector(look->plan, &writer->vector, vector, NULL, path, 0, NULL);
  describe_vector(look, writer, element, described);
}

/* The same of a position, m. field: of LOOK_POSITION */
static void bind_position(look_builder *look, const vector_quantity *vector, const char *path,
                          enum myr_look_field field, int element, double described[3]) {
  look_writer *writer = look_writer_add(look, WRITE_VECTOR, field);
  if (!writer || !vector->given) return;
  plan_add_vector(look->plan, &writer->vector, vector, NULL, path, 0, NULL);
  look_vector(&writer->vector, NULL, 0, described);
  look_target(look, writer, element);
}

/* ------------------------------------------------------------------------------------------------ names */

/* The index of a name in the look, which has first the files' elements and then the scenario's; -1 after an error.
 * offset: of the name in each of the files' elements. */
static int find_name(look_builder *look, const node *name, const char *kind, const void *files, int file_count,
                     size_t size, size_t offset, const map_value *map, const schema_object *object) {
  suggestion suggestion = {.wanted = name->text};
  for (int i = 0; i < file_count; i++) {
    const char *known = *(char *const *)((const char *)files + (size_t)i * size + offset);
    if (!known) continue;
    if (!strcmp(known, name->text)) return i;
    suggestion_offer(&suggestion, known);
  }
  for (int i = 0; i < map->count; i++) {
    const object_head *head = schema_item(map, object, i);
    if (!strcmp(head->name, name->text)) return file_count + i;
    suggestion_offer(&suggestion, head->name);
  }
  myr_diagnostic *d = diagnose(look->plan->diagnostics, name->where, "no model has a %s `%.64s`", kind, name->text);
  if (!suggestion_hint(&suggestion, d)) diagnose_hint(d, "write entity.%s, or a name of world.%ss", kind, kind);
  return -1;
}

static int find_material(look_builder *look, const node *name) {
  const myr_appearance *files = look->appearance;
  return find_name(look, name, "material", files->materials, files->material_count, sizeof *files->materials,
                   offsetof(myr_visual_material, name), &look->plan->plan->scenario->world.materials, &schema_material);
}

static int find_texture(look_builder *look, const node *name) {
  const myr_appearance *files = look->appearance;
  if (!strcmp(name->text, "none")) return -1;
  return find_name(look, name, "texture", files->textures, files->texture_count, sizeof *files->textures,
                   offsetof(myr_visual_texture, name), &look->plan->plan->scenario->world.textures, &schema_texture);
}

/* The element for each name that can be drawn. */
static const int *find_meanings(look_builder *look, const name_quantity *name, bool texture) {
  int *meanings = plan_take(look->plan, (size_t)name->count, sizeof *meanings);
  for (int i = 0; meanings && i < name->count; i++) {
    meanings[i] = texture ? find_texture(look, name->nodes[i]) : find_material(look, name->nodes[i]);
  }
  return meanings;
}

/* The name for uses without a particular episode. */
static const char *typical_name(const name_quantity *name) { return name->count ? name->names[0] : NULL; }

look_writer *look_name_writer(look_builder *look, const name_quantity *name, const char *path, int elements,
                              const char *const *names, enum myr_look_field field) {
  look_writer *writer = look_writer_add(look, WRITE_NAME, field);
  if (!writer) return NULL;
  writer->number_count = 1;
  writer->meanings = find_meanings(look, name, field == MYR_LOOK_material_texture);
  plan_add_name(look->plan, &writer->numbers[0], name, path, elements, names);
  return writer->meanings ? writer : NULL;
}

/* ------------------------------------------------------------------------------------------------ surroundings */

static void bind_sky_color(look_builder *look, const color_quantity *color, const char *path, enum myr_look_field field,
                           const float **described) {
  float *value = plan_take(look->plan, 3, sizeof *value);
  if (!value || !color->given) return;
  *described = value;
  look_bind_color(look, color, path, field, 0, value);
}

static void bind_sky_number(look_builder *look, const quantity *quantity, const char *path, enum myr_look_field field,
                            const float **described) {
  float *value = plan_take(look->plan, 1, sizeof *value);
  if (!value || !quantity->given) return;
  *described = value;
  look_bind_number(look, quantity, path, 1, field, 0, value);
}

static void bind_environment(look_builder *look) {
  const world_section *world = &look->plan->plan->scenario->world;
  myr_look_description *d = &look->description;
  bind_sky_color(look, &world->sky.zenith, "world.sky.zenith", MYR_LOOK_sky_zenith, &d->sky_zenith);
  bind_sky_color(look, &world->sky.horizon, "world.sky.horizon", MYR_LOOK_sky_horizon, &d->sky_horizon);
  bind_sky_color(look, &world->sky.ground, "world.sky.ground", MYR_LOOK_sky_ground, &d->sky_ground);
  bind_sky_number(look, &world->sky.light, "world.sky.light", MYR_LOOK_sky_light, &d->sky_light);
  bind_sky_color(look, &world->ambient, "world.ambient", MYR_LOOK_ambient, &d->ambient);
  bind_sky_color(look, &world->fog.color, "world.fog.color", MYR_LOOK_fog_color, &d->fog_color);
  bind_sky_number(look, &world->fog.density, "world.fog.density", MYR_LOOK_fog_density, &d->fog_density);
  bind_sky_number(look, &world->exposure, "world.exposure", MYR_LOOK_exposure, &d->exposure);
}

static void bind_texture(look_builder *look, const texture_section *section, int element,
                         myr_texture_description *texture) {
  static const int patterns[] = {[TEXTURE_CHECKER] = MYR_PATTERN_CHECKER,
                                 [TEXTURE_GRADIENT] = MYR_PATTERN_GRADIENT,
                                 [TEXTURE_NOISE] = MYR_PATTERN_NOISE};
  const char *path = look_path(look, "world.textures", section->head.name);
  *texture = (myr_texture_description){.name = section->head.name, .file = section->path, .color2 = {1, 1, 1}};
  if (!section->path) texture->pattern = patterns[section->type.index];
  look_bind_color(look, &section->color, look_path(look, path, "color"), MYR_LOOK_texture_color, element,
                  texture->color);
  look_bind_color(look, &section->color2, look_path(look, path, "color2"), MYR_LOOK_texture_color2, element,
                  texture->color2);
}

static void bind_material(look_builder *look, const material_section *section, int element,
                          myr_material_description *material) {
  const char *path = look_path(look, "world.materials", section->head.name);
  *material = (myr_material_description){.name = section->head.name, .mapping = section->mapping.index};
  look_bind_color(look, &section->color, look_path(look, path, "color"), MYR_LOOK_material_color, element,
                  material->color);
  const struct {
    const char *key;
    const quantity *quantity;
    enum myr_look_field field;
    float *described;
  } numbers[] = {
      {"metallic", &section->metallic, MYR_LOOK_material_metallic, &material->metallic},
      {"roughness", &section->roughness, MYR_LOOK_material_roughness, &material->roughness},
      {"reflectance", &section->reflectance, MYR_LOOK_material_reflectance, &material->reflectance},
      {"emission", &section->emission, MYR_LOOK_material_emission, &material->emission},
  };
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    look_bind_number(look, numbers[i].quantity, look_path(look, path, numbers[i].key), 1, numbers[i].field, element,
                     numbers[i].described);
  }
  look_writer *repeat = look_writer_add(look, WRITE_NUMBERS, MYR_LOOK_material_repeat);
  for (int i = 0; repeat && i < 2; i++) {
    plan_add_quantity(look->plan, &repeat->numbers[i], &section->repeat.items[i],
                      look_path(look, path, i ? "repeat.v" : "repeat.u"), 0, NULL);
    material->repeat[i] = (float)look_number(&repeat->numbers[i], NULL, 0);
    repeat->number_count = i + 1;
  }
  if (repeat) look_target(look, repeat, element);
  if (!section->texture.count) return;
  const char *typical = typical_name(&section->texture);
  if (strcmp(typical, "none")) material->texture = typical;
  look_writer *texture =
      look_name_writer(look, &section->texture, look_path(look, path, "texture"), 0, NULL, MYR_LOOK_material_texture);
  if (texture) look_target(look, texture, element);
}

int look_body(look_builder *look, const text_value *body) {
  if (!body->text) return 0;
  int entity = plan_entity(look->plan->plan, body->text);
  int found = plan_find(look->plan, MYR_ELEMENT_body, entity, body->text, body->node->where);
  return found < 0 ? 0 : found;
}

/* A scenario with lights of its own has no others, so a light's element is its place in the list. */
static void bind_light(look_builder *look, const light_section *section, int element, myr_light_description *light) {
  static const int kinds[] = {
      [LIGHT_DIRECTIONAL] = MYR_LIGHT_DIRECTIONAL, [LIGHT_POINT] = MYR_LIGHT_POINT, [LIGHT_SPOT] = MYR_LIGHT_SPOT};
  const double degree = 3.14159265358979323846 / 180;
  const char *path = look_path(look, "world.lights", section->head.name);
  *light = (myr_light_description){.name = section->head.name,
                                   .kind = kinds[section->type.index],
                                   .body = look_body(look, &section->body),
                                   .direction = {0, 0, -1},
                                   .attenuation = {1, 0, 0},
                                   .cone_inner = (float)(30 * degree),
                                   .cone_outer = (float)(40 * degree),
                                   .shadows = section->shadows.index};
  for (int i = 0; i < section->attenuation.count; i++) light->attenuation[i] = (float)section->attenuation.items[i].a;
  if (section->cone.given) {
    light->cone_inner = (float)section->cone.items[0].a;
    light->cone_outer = (float)section->cone.items[1].a;
  }
  bind_position(look, &section->position, look_path(look, path, "position"), MYR_LOOK_light_position, element,
                light->position);
  bind_vector(look, &section->direction, look_path(look, path, "direction"), MYR_LOOK_light_direction, element,
              light->direction);
  bool nowhere = !light->direction[0] && !light->direction[1] && !light->direction[2]; /* the middle of a sphere */
  if (nowhere) light->direction[2] = -1;
  look_bind_color(look, &section->color, look_path(look, path, "color"), MYR_LOOK_light_color, element, light->color);
  look_bind_number(look, &section->intensity, look_path(look, path, "intensity"), 1, MYR_LOOK_light_intensity, element,
                   &light->intensity);
  look_bind_number(look, &section->radius, look_path(look, path, "radius"), 1, MYR_LOOK_light_radius, element,
                   &light->radius);
  look_bind_number(look, &section->angle, look_path(look, path, "angle"), 0.5, MYR_LOOK_light_radius, element,
                   &light->radius);
}

void look_bind_surroundings(look_builder *look) {
  const myr_scenario *scenario = look->plan->plan->scenario;
  const world_section *world = &scenario->world;
  const myr_appearance *files = look->appearance;
  myr_look_description *d = &look->description;
  d->texture_count = world->textures.count;
  d->material_count = world->materials.count;
  d->light_count = world->lights.count;
  d->replace_lights = world->lights.count > 0;
  myr_texture_description *textures = plan_take(look->plan, (size_t)d->texture_count, sizeof *textures);
  myr_material_description *materials = plan_take(look->plan, (size_t)d->material_count, sizeof *materials);
  myr_light_description *lights = plan_take(look->plan, (size_t)d->light_count, sizeof *lights);
  if (look->plan->failed) return;
  d->textures = textures;
  d->materials = materials;
  d->lights = lights;
  bind_environment(look);
  for (int i = 0; i < d->texture_count; i++) {
    bind_texture(look, scenario_texture(scenario, i), files->texture_count + i, &textures[i]);
  }
  for (int i = 0; i < d->material_count; i++) {
    bind_material(look, scenario_material(scenario, i), files->material_count + i, &materials[i]);
  }
  for (int i = 0; i < d->light_count; i++) bind_light(look, scenario_light(scenario, i), i, &lights[i]);
}
