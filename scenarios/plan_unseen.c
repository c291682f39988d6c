/* Tells of looks that a scenario states and none of its cameras and sensors sees, before a run. They are notices, because
 * all else in the dataset is right. A key that has its default is passed over, because the canonical form writes it. */
#include <string.h>

#include "scenarios/plan.h"

/* The kinds of things that the views of a scenario see, as bits. A key needs one of them. */
enum sight {
  SEES_ANYTHING,
  SEES_COLOR,    /* an image: light and shade */
  SEES_SHADOWS,  /* an image with shadows */
  SEES_SURFACES, /* an image, or an intensity: the colours of surfaces */
  SEES_TEXTURES, /* an image with textures, or an intensity */
  SEES_THINGS,   /* labels that tell one thing from another */
  SIGHT_COUNT
};

/* Completes "no camera ..." */
static const char *const lacks[SIGHT_COUNT] = {
    [SEES_ANYTHING] = "or sensor is in the scenario",
    [SEES_COLOR] = "has the output `rgb`",
    [SEES_SHADOWS] = "has the output `rgb` with shadows",
    [SEES_SURFACES] = "has the output `rgb`, and no sensor `intensity`",
    [SEES_TEXTURES] = "has the output `rgb` with textures, and no sensor `intensity`",
    [SEES_THINGS] = "or sensor has an output such as `instance`, `semantic` or `boxes`",
};

static unsigned see(unsigned outputs, bool shadows, bool textures) {
  const unsigned things =
      MYR_OUTPUT_BIT(instance) | MYR_OUTPUT_BIT(semantic) | MYR_OUTPUT_BIT(part) | MYR_OUTPUT_BIT(boxes);
  unsigned seen = 1u << SEES_ANYTHING;
  bool color = outputs & MYR_OUTPUT_BIT(rgb), intensity = outputs & MYR_OUTPUT_BIT(intensity);
  if (color) seen |= 1u << SEES_COLOR | (unsigned)shadows << SEES_SHADOWS | (unsigned)textures << SEES_TEXTURES;
  if (color || intensity) seen |= 1u << SEES_SURFACES;
  if (intensity) seen |= 1u << SEES_TEXTURES;
  if (outputs & things) seen |= 1u << SEES_THINGS;
  return seen;
}

static unsigned all_that_is_seen(const myr_scenario *scenario) {
  unsigned seen = 0;
  for (int i = 0; i < scenario->cameras.count; i++) {
    const camera_section *camera = scenario_camera(scenario, i);
    seen |= see(asked_outputs(&camera->outputs, false), camera->shadows.index, camera->textures.index);
  }
  for (int i = 0; i < scenario->sensors.count; i++)
    seen |= see(asked_outputs(&scenario_sensor(scenario, i)->outputs, true), false, false);
  return seen;
}

/* Tells that a key is not seen. kind: written before the name. */
static void tell_unseen(plan_builder *builder, const node *key, const char *kind, enum sight need) {
  myr_diagnostic *d = diagnose_notice(&builder->plan->notices, key->where, "%s`%.100s` is not seen: no camera %s", kind,
                                      key->text, lacks[need]);
  if (need == SEES_ANYTHING)
    diagnose_hint(d, "add one to `cameras`, or leave it out; `myriad view` shows it in pictures of its own");
  else
    diagnose_hint(d, "add the output, or leave `%.100s` out", key->text);
}

/* ------------------------------------------------------------------------------------------------ keys */

/* The keys of `world` and of an entity, and what each needs. */
typedef struct seen_key {
  const char *name;
  enum sight need;
} seen_key;
static const seen_key world_keys[] = {{"sky", SEES_COLOR},         {"ambient", SEES_COLOR}, {"fog", SEES_COLOR},
                                      {"exposure", SEES_COLOR},    {"lights", SEES_COLOR},  {"textures", SEES_TEXTURES},
                                      {"materials", SEES_SURFACES}};
static const seen_key entity_keys[] = {
    {"color", SEES_SURFACES}, {"material", SEES_SURFACES}, {"class", SEES_THINGS}, {"label", SEES_THINGS}};

static void tell_keys(plan_builder *builder, const node *map, const seen_key *keys, int count, unsigned seen) {
  for (int i = 0; map && i < count; i++) {
    const node *value = node_find(map, keys[i].name);
    if (value && !(seen >> keys[i].need & 1)) tell_unseen(builder, value->key, "", seen ? keys[i].need : SEES_ANYTHING);
  }
}

static void tell_entities(plan_builder *builder, unsigned seen) {
  const myr_scenario *scenario = builder->plan->scenario;
  for (int i = 0; i < scenario->entities.count; i++) {
    const entity_section *entity = scenario_entity(scenario, i);
    if (is_prop(entity) && !seen)
      tell_unseen(builder, entity->head.key, "prop ", SEES_ANYTHING);
    else
      tell_keys(builder, entity->head.node, entity_keys, sizeof entity_keys / sizeof *entity_keys, seen);
  }
}

/* What a parameter of a model's looks needs. */
static enum sight need_of_parameter(const property *property) {
  if (property->kind == PROPERTY_TEXTURE) return SEES_TEXTURES;
  if (property->kind == PROPERTY_MATERIAL) return SEES_SURFACES;
  if (property->kind == PROPERTY_COLOR && property->class != CLASS_light) return SEES_SURFACES;
  return SEES_COLOR;
}

static void tell_parameters(plan_builder *builder, unsigned seen) {
  const myr_scenario *scenario = builder->plan->scenario;
  for (int i = 0; i < scenario->randomize.count; i++) {
    const randomize_section *section = scenario_randomize(scenario, i);
    if (!section->property->look) continue;
    enum sight need = need_of_parameter(section->property);
    if (!(seen >> need & 1)) tell_unseen(builder, section->head.key, "", seen ? need : SEES_ANYTHING);
  }
}

/* ------------------------------------------------------------------------------------------------ names */

static bool names(const name_quantity *list, const char *name) {
  for (int i = 0; i < list->count; i++)
    if (!strcmp(list->names[i], name)) return true;
  return false;
}

static bool parameter_names(const myr_scenario *scenario, enum property_kind kind, const char *name) {
  for (int i = 0; i < scenario->randomize.count; i++) {
    const randomize_section *section = scenario_randomize(scenario, i);
    if (section->property->kind == kind && names(&section->choice, name)) return true;
  }
  return false;
}

static bool material_is_named(const myr_scenario *scenario, const char *name) {
  for (int i = 0; i < scenario->entities.count; i++)
    if (names(&scenario_entity(scenario, i)->look.material, name)) return true;
  return parameter_names(scenario, PROPERTY_MATERIAL, name);
}

static bool texture_is_named(const myr_scenario *scenario, const char *name) {
  for (int i = 0; i < scenario->world.materials.count; i++)
    if (names(&scenario_material(scenario, i)->texture, name)) return true;
  return parameter_names(scenario, PROPERTY_TEXTURE, name);
}

static void tell_unnamed(plan_builder *builder, const node *key, const char *kind, const char *user) {
  diagnose_hint(
      diagnose_notice(&builder->plan->notices, key->where, "no %s has the %s `%.100s`", user, kind, key->text),
      "give it to one by `%s: %.100s`, or leave it out", kind, key->text);
}

static void tell_names(plan_builder *builder) {
  const myr_scenario *scenario = builder->plan->scenario;
  for (int i = 0; i < scenario->world.textures.count; i++) {
    const object_head *head = &scenario_texture(scenario, i)->head;
    if (!texture_is_named(scenario, head->name)) tell_unnamed(builder, head->key, "texture", "material");
  }
  for (int i = 0; i < scenario->world.materials.count; i++) {
    const object_head *head = &scenario_material(scenario, i)->head;
    if (!material_is_named(scenario, head->name)) tell_unnamed(builder, head->key, "material", "entity");
  }
}

/* ------------------------------------------------------------------------------------------------ pairs of keys */

/* A key that another key of the same section leaves without effect. */
static void tell_idle(plan_builder *builder, const node *value, const char *why, const char *remedy) {
  if (!value) return;
  diagnose_hint(
      diagnose_notice(&builder->plan->notices, value->key->where, "`%s` has no effect: %s", value->key->text, why),
      "%s", remedy);
}

static void tell_camera(plan_builder *builder, const camera_section *camera) {
  const node *root = camera->head.node;
  static const char why[] = "the camera has no output `rgb`", remedy[] = "add `rgb` to `outputs`, or leave it out";
  if (asked_outputs(&camera->outputs, false) & MYR_OUTPUT_BIT(rgb)) return;
  if (camera->samples.value != 1) tell_idle(builder, node_find(root, "samples"), why, remedy);
  if (!camera->shadows.index) tell_idle(builder, node_find(root, "shadows"), why, remedy);
  if (!camera->textures.index) tell_idle(builder, node_find(root, "textures"), why, remedy);
}

static void tell_sensor(plan_builder *builder, const sensor_section *sensor) {
  const node *spinning = node_find(sensor->head.node, "spinning");
  if (spinning && sensor->spinning.index && sensor->columns.node && sensor->columns.value == 1)
    tell_idle(builder, spinning, "there is one column", "give the lidar more `columns`, or leave it out");
}

static void tell_light(plan_builder *builder, const light_section *light, unsigned seen) {
  static const char *const softness[] = {"radius", "angle"};
  bool hard = !light->shadows.index, blind = seen >> SEES_COLOR & 1 && !(seen >> SEES_SHADOWS & 1);
  for (int i = 0; (hard || blind) && i < 2; i++)
    tell_idle(builder, node_find(light->head.node, softness[i]),
              hard ? "it makes shadows soft, and the light casts none"
                   : "it makes shadows soft, and no camera sees them",
              "let `shadows` be true, or leave it out");
}

static void tell_material(plan_builder *builder, const material_section *material) {
  const node *root = material->head.node;
  static const char why[] = "it places a texture, and the material has none",
                    remedy[] = "give it a `texture`, or leave it out";
  const quantity *repeat = material->repeat.items;
  bool repeats = material->repeat.node && (repeat[0].kind || repeat[0].a != 1 || repeat[1].kind || repeat[1].a != 1);
  if (!material->texture.count && repeats) tell_idle(builder, node_find(root, "repeat"), why, remedy);
  if (!material->texture.count && material->mapping.index != MYR_MAPPING_BOX)
    tell_idle(builder, node_find(root, "mapping"), why, remedy);
  bool metal = material->metallic.kind == DISTRIBUTION_CONSTANT && material->metallic.a == 1;
  bool default_reflectance = !material->reflectance.kind && material->reflectance.a == 0.04;
  if (metal && !default_reflectance)
    tell_idle(builder, node_find(root, "reflectance"), "it is that of a dielectric, and `metallic` is 1",
              "a metal reflects its `color`");
}

void plan_tell_unseen(plan_builder *builder) {
  const myr_scenario *scenario = builder->plan->scenario;
  unsigned seen = all_that_is_seen(scenario);
  tell_keys(builder, scenario->world.head.node, world_keys, sizeof world_keys / sizeof *world_keys, seen);
  tell_entities(builder, seen);
  tell_parameters(builder, seen);
  if (!seen) return;
  tell_names(builder);
  for (int i = 0; i < scenario->cameras.count; i++) tell_camera(builder, scenario_camera(scenario, i));
  for (int i = 0; i < scenario->sensors.count; i++) tell_sensor(builder, scenario_sensor(scenario, i));
  for (int i = 0; i < scenario->world.lights.count; i++) tell_light(builder, scenario_light(scenario, i), seen);
  for (int i = 0; i < scenario->world.materials.count; i++) tell_material(builder, scenario_material(scenario, i));
}
