/* Checks of rules that concern more than one key of looks, cameras and sensors. */
#include <math.h>
#include <string.h>

#include "scenarios/scenario.h"

#define PI 3.14159265358979323846

/* Refuses the given keys, which this kind of thing does not have. */
static void refuse(const node *map, const char *kind, const char *const *keys, myr_diagnostics *diagnostics) {
  for (; *keys; keys++) {
    const node *value = node_find(map, *keys);
    if (value) diagnose(diagnostics, value->key->where, "a %s has no `%s`", kind, *keys);
  }
}
#define REFUSE(map, kind, ...) refuse(map, kind, (const char *const[]){__VA_ARGS__, NULL}, diagnostics)

/* Refuses a vector that is always zero, because it gives no direction. */
static void check_direction(const vector_quantity *vector, myr_diagnostics *diagnostics) {
  if (!vector->given || vector->sphere) return;
  for (int i = 0; i < 3; i++) {
    if (vector->parts[i].kind != DISTRIBUTION_CONSTANT || vector->parts[i].a != 0) return;
  }
  diagnose(diagnostics, vector->node->where, "a direction must not be zero");
}

/* ------------------------------------------------------------------------------------------------ names */

/* Whether a scenario's own map has an element of that name; names of model files have a dot and are looked up when the
 * model is there. */
static void check_name(const map_value *map, const schema_object *object, const node *name, bool none,
                       myr_diagnostics *diagnostics) {
  if (strchr(name->text, '.') || (none && !strcmp(name->text, "none"))) return;
  suggestion suggestion = {.wanted = name->text};
  char list[200] = "";
  for (int i = 0; i < map->count; i++) {
    const object_head *head = schema_item(map, object, i);
    if (!strcmp(head->name, name->text)) return;
    suggestion_offer(&suggestion, head->name);
    size_t used = strlen(list);
    if (used + 1 < sizeof list) snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", head->name);
  }
  myr_diagnostic *d = diagnose(diagnostics, name->where, "unknown %s `%.64s`", object->name, name->text);
  if (suggestion_hint(&suggestion, d)) return;
  if (list[0])
    diagnose_hint(d, "world.%ss has: %s", object->name, list);
  else
    diagnose_hint(d, "name it in world.%ss", object->name);
}

static void check_names(const map_value *map, const schema_object *object, const name_quantity *name, bool none,
                        myr_diagnostics *diagnostics) {
  for (int i = 0; i < name->count; i++) check_name(map, object, name->nodes[i], none, diagnostics);
}

/* ------------------------------------------------------------------------------------------------ surroundings */

static void check_light(myr_scenario *scenario, const light_section *light, myr_diagnostics *diagnostics) {
  const node *root = light->head.node;
  if (!root) return;
  if (light->type.index == LIGHT_DIRECTIONAL)
    REFUSE(root, "directional light", "position", "radius", "attenuation", "cone");
  else if (light->type.index == LIGHT_POINT)
    REFUSE(root, "point light", "direction", "angle", "cone");
  else
    REFUSE(root, "spot light", "angle");
  check_direction(&light->direction, diagnostics);
  scenario_expect_body(scenario, &light->body, diagnostics);
  const quantity *cone = light->cone.items;
  if (cone && cone[0].a > cone[1].a) {
    diagnose_hint(diagnose(diagnostics, light->cone.node->where, "the inner cone is wider than the outer"),
                  "write [inner, outer]");
  }
  const quantity *attenuation = light->attenuation.items;
  if (attenuation && !(attenuation[0].a + attenuation[1].a + attenuation[2].a > 0)) {
    diagnose(diagnostics, light->attenuation.node->where, "one of the three must be greater than 0");
  }
}

static void check_texture_file(myr_scenario *scenario, texture_section *texture, myr_diagnostics *diagnostics) {
  texture->path = scenario_path(scenario, texture->file.text);
  const char *hash;
  myr_error error = {0};
  if (!texture->path || asset_hash(&scenario->arena, texture->path, &hash, &error)) {
    diagnose_hint(diagnose(diagnostics, texture->file.node->where, "%s", error.message),
                  "the path is relative to the scenario's folder");
    return;
  }
  if (texture->file_hash.text && strcmp(texture->file_hash.text, hash)) {
    diagnose_hint(diagnose(diagnostics, texture->file_hash.node->where, "the file has changed: its hash is %s", hash),
                  "leave file_hash out to accept any content");
  }
  texture->file_hash.text = hash;
}

static void check_texture(myr_scenario *scenario, texture_section *texture, myr_diagnostics *diagnostics) {
  const node *root = texture->head.node;
  position where = texture->head.key->where;
  if (!strcmp(texture->head.name, "none")) {
    diagnose(diagnostics, where, "`none` is the name of no texture at all; choose another");
  }
  if (!root) return;
  const node *file = node_find(root, "file");
  if (!file == !node_find(root, "type")) {
    diagnose(diagnostics, where, "a texture has either `file` or `type`");
    return;
  }
  if (file)
    REFUSE(root, "texture from a file", "color", "color2");
  else
    REFUSE(root, "pattern", "file_hash");
  if (texture->file.text) check_texture_file(scenario, texture, diagnostics);
}

/* ------------------------------------------------------------------------------------------------ entities */

static void check_shown(const quantity *shown, myr_diagnostics *diagnostics) {
  if (!shown->given) return;
  bool whole = shown->kind == DISTRIBUTION_INTEGER;
  if (shown->kind == DISTRIBUTION_CONSTANT) whole = shown->a == 0 || shown->a == 1;
  if (shown->kind == DISTRIBUTION_CHOICE) {
    whole = true;
    for (int i = 0; i < shown->choice_count; i++) whole &= shown->choices[i] == 0 || shown->choices[i] == 1;
  }
  if (whole) return;
  diagnose_hint(diagnose(diagnostics, shown->node->where, "a prop is either there, 1, or not, 0"),
                "for one episode in three: {choice: [0, 1], weights: [2, 1]}");
}

static void check_prop(myr_scenario *scenario, const entity_section *entity, myr_diagnostics *diagnostics) {
  static const int numbers[] = {[PROP_BOX] = 3,     [PROP_SPHERE] = 1,    [PROP_CYLINDER] = 2,
                                [PROP_CAPSULE] = 2, [PROP_ELLIPSOID] = 3, [PROP_PLANE] = 2};
  static const char *const forms[] = {"x, y, z", "diameter", "diameter, length", "diameter, length", "x, y, z", "x, y"};
  const entity_look *look = &entity->look;
  scenario_expect_body(scenario, &look->body, diagnostics);
  check_shown(&look->shown, diagnostics);
  int shape = look->shape.index;
  if (shape < 0) return;
  if (!node_find(entity->head.node, "size")) {
    diagnose_hint(diagnose(diagnostics, entity->head.key->where, "missing key `size` of the prop"), "[%s]",
                  forms[shape]);
  } else if (look->size.given && look->size.count != numbers[shape]) {
    diagnose_hint(diagnose(diagnostics, look->size.node->where, "the size of a %s is %d number%s, got %d",
                           prop_shapes[shape], numbers[shape], numbers[shape] == 1 ? "" : "s", look->size.count),
                  "[%s]", forms[shape]);
  }
}

void scenario_check_entity_look(myr_scenario *scenario, const entity_section *entity, myr_diagnostics *diagnostics) {
  const entity_look *look = &entity->look;
  check_names(&scenario->world.materials, &schema_material, &look->material, false, diagnostics);
  if (is_prop(entity)) {
    check_prop(scenario, entity, diagnostics);
  } else {
    const char *kind = entity->ground.head.node ? "ground" : "robot";
    REFUSE(entity->head.node, kind, "size", "body", "position", "orientation", "shown", "label");
  }
}

/* ------------------------------------------------------------------------------------------------ views */

/* A vector of constants; false: some of it is drawn, or it was left out and has no default. */
static bool constant_vector(const vector_quantity *vector, double out[3]) {
  for (int i = 0; i < 3; i++) {
    out[i] = vector->given ? vector->parts[i].a : 0;
    if (vector->sphere || (vector->given && vector->parts[i].kind != DISTRIBUTION_CONSTANT)) return false;
  }
  return true;
}

/* `up` says which way around the line of sight the image is turned, so it must not lie along that line. */
static void check_up(const view_pose *pose, myr_diagnostics *diagnostics) {
  double up[3], sight[3], place[3];
  const vector_quantity *aim = pose->look_at.given ? &pose->look_at : &pose->direction;
  if (!pose->up.given || !aim->given || !constant_vector(&pose->up, up) || !constant_vector(aim, sight) ||
      !constant_vector(&pose->position, place))
    return;
  for (int i = 0; i < 3 && pose->look_at.given; i++) sight[i] -= place[i];
  double x = sight[1] * up[2] - sight[2] * up[1], y = sight[2] * up[0] - sight[0] * up[2],
         z = sight[0] * up[1] - sight[1] * up[0];
  double lengths = sqrt((sight[0] * sight[0] + sight[1] * sight[1] + sight[2] * sight[2]) *
                        (up[0] * up[0] + up[1] * up[1] + up[2] * up[2]));
  if (!(lengths > 0) || sqrt(x * x + y * y + z * z) > 1e-6 * lengths) return;
  diagnose_hint(diagnose(diagnostics, pose->up.node->where, "`up` points along the line of sight"),
                "name another direction, which is then up in the image");
}

static void check_pose(myr_scenario *scenario, const node *root, const view_pose *pose, myr_diagnostics *diagnostics) {
  static const char *const aims[] = {"look_at", "direction", "orientation"};
  const node *aim = NULL;
  for (int i = 0; i < 3; i++) {
    const node *value = node_find(root, aims[i]);
    if (value && aim) diagnose(diagnostics, value->key->where, "both `%s` and `%s`", aim->key->text, aims[i]);
    if (value && !aim) aim = value;
  }
  if (pose->up.given && (!aim || node_find(root, "orientation"))) {
    diagnose(diagnostics, pose->up.node->key->where, "`up` stands beside `look_at` or `direction`");
  }
  check_direction(&pose->direction, diagnostics);
  check_direction(&pose->up, diagnostics);
  check_up(pose, diagnostics);
  scenario_expect_body(scenario, &pose->body, diagnostics);
  if (!pose->look_at.given || pose->look_at.sphere || pose->position.sphere) return;
  for (int i = 0; i < 3; i++) {
    const quantity *target = &pose->look_at.parts[i], *place = &pose->position.parts[i];
    if (target->kind != DISTRIBUTION_CONSTANT || place->kind != DISTRIBUTION_CONSTANT || target->a != place->a) return;
  }
  diagnose(diagnostics, pose->look_at.node->where, "it cannot look at the place where it is");
}

/* Sets the number of control steps per frame. The control rate must be a multiple of the view's rate; the hint names
 * the nearest such rate. */
static void check_timing(const myr_scenario *scenario, view_timing *timing, myr_diagnostics *diagnostics) {
  double period = scenario->info.control_period;
  timing->every = 1;
  if (!timing->rate.given || !(period > 0)) return;
  double steps = 1 / (timing->rate.a * period), whole = nearbyint(fmin(steps, 1e9));
  if (whole >= 1 && fabs(steps - whole) <= 1e-6 * whole) {
    timing->every = (int)whole;
    return;
  }
  char rate[32], control[32], nearest[32];
  diagnose_hint(diagnose(diagnostics, timing->rate.node->where, "the control rate of %s Hz is not a multiple of %s Hz",
                         number_format(nearbyint(1e6 / period) / 1e6, control, sizeof control),
                         number_format(timing->rate.a, rate, sizeof rate)),
                "the nearest rate is %s Hz",
                number_format(nearbyint(1e6 / (period * (whole < 1 ? 1 : whole))) / 1e6, nearest, sizeof nearest));
}

static void check_outputs(const flags_value *outputs, myr_diagnostics *diagnostics) {
  if (outputs->node && !outputs->node->count) {
    diagnose(diagnostics, outputs->node->where, "nothing to record: name at least one output");
  }
}

static void check_fov(camera_section *camera, myr_diagnostics *diagnostics) {
  quantity *fov = &camera->fov;
  if (!fov->given || camera->projection.index != MYR_PINHOLE) return;
  /* A normal without written limits is cut at the angle beyond which a pinhole sees nothing useful. */
  const double widest = 179 * PI / 180;
  if (fov->kind == DISTRIBUTION_NORMAL && !fov->limited && fov->a < widest) fov->high = widest;
  if (quantity_greatest(fov) < PI) return;
  diagnose_hint(diagnose(diagnostics, fov->node->where, "a pinhole sees less than 180 degrees"),
                "projection: fisheye sees up to 360");
}

static void check_camera(myr_scenario *scenario, camera_section *camera, myr_diagnostics *diagnostics) {
  const node *root = camera->head.node;
  if (!root) return;
  const node *from = node_find(root, "from");
  if (from) {
    REFUSE(root, "camera with `from`", "body", "position", "look_at", "direction", "up", "orientation");
    if (camera->from.text && !strchr(camera->from.text, '.')) {
      diagnose_hint(diagnose(diagnostics, from->where, "expected entity.camera, got `%.64s`", camera->from.text),
                    "such as robot.front");
    } else if (camera->from.text) {
      const char *entity = arena_text(&scenario->arena, camera->from.text, strcspn(camera->from.text, "."));
      scenario_expect_robot(scenario, entity, from->where, diagnostics);
    }
  } else if (!camera->pose.body.node && !node_find(root, "position")) {
    diagnose_hint(diagnose(diagnostics, camera->head.key->where, "missing key `position` of the camera"),
                  "or the `body` it is fixed to, or a camera of a model file: from");
  }
  check_pose(scenario, root, &camera->pose, diagnostics);
  check_timing(scenario, &camera->timing, diagnostics);
  check_outputs(&camera->outputs, diagnostics);
  check_fov(camera, diagnostics);
  if (node_find(root, "focal") && node_find(root, "fov")) {
    diagnose(diagnostics, node_find(root, "focal")->key->where, "both `fov` and `focal`");
  }
  if (camera->center.given && !node_find(root, "focal")) {
    diagnose(diagnostics, camera->center.node->key->where, "`center` stands beside `focal`");
  }
  int64_t samples = camera->samples.value;
  if (camera->samples.node && samples >= 1 && samples <= 16 && samples != 1 && samples != 4 && samples != 16) {
    diagnose(diagnostics, camera->samples.node->where, "samples are 1, 4 or 16");
  }
  if (camera->near.given && camera->far.given && camera->near.a >= camera->far.a) {
    const node *node = camera->far.node ? camera->far.node : camera->near.node;
    diagnose(diagnostics, node->where, "`far` must be greater than `near`");
  }
}

/* Checks that elevations rise, or fall, from row to row. */
static void check_elevations(const numbers_value *elevations, myr_diagnostics *diagnostics) {
  const quantity *e = elevations->items;
  for (int i = 1; i < elevations->count; i++) {
    bool rising = e[1].a > e[0].a;
    if (rising ? e[i].a > e[i - 1].a : e[i].a < e[i - 1].a) continue;
    diagnose(diagnostics, e[i].node->where, "elevations must rise or fall from row to row");
    return;
  }
}

static void check_sensor(myr_scenario *scenario, sensor_section *sensor, myr_diagnostics *diagnostics) {
  const node *root = sensor->head.node;
  if (!root) return;
  if (node_find(root, "type") && sensor->type.index == SENSOR_RAY)
    REFUSE(root, "ray", "channels", "elevation", "elevations", "columns", "azimuth", "spinning");
  check_pose(scenario, root, &sensor->pose, diagnostics);
  if (!sensor->pose.body.node && !node_find(root, "position")) {
    diagnose_hint(diagnose(diagnostics, sensor->head.key->where, "missing key `position` of the sensor"),
                  "or the `body` it is fixed to");
  }
  check_timing(scenario, &sensor->timing, diagnostics);
  check_outputs(&sensor->outputs, diagnostics);
  const node *elevations = node_find(root, "elevations");
  const node *other = node_find(root, "channels") ? node_find(root, "channels") : node_find(root, "elevation");
  if (elevations && other)
    diagnose(diagnostics, elevations->key->where, "both `%s` and `elevations`", other->key->text);
  if (sensor->elevations.given) check_elevations(&sensor->elevations, diagnostics);
  const quantity *elevation = sensor->elevation.items, *azimuth = sensor->azimuth.items, *range = sensor->range.items;
  bool several = !sensor->channels.node || sensor->channels.value > 1;
  if (elevation && several && elevation[0].a == elevation[1].a) {
    diagnose(diagnostics, sensor->elevation.node->where, "all rows have the same elevation");
  }
  if (azimuth && fabs(azimuth[1].a - azimuth[0].a) > 2 * PI * (1 + 1e-9)) {
    diagnose(diagnostics, sensor->azimuth.node->where, "more than a whole turn");
  }
  several = !sensor->columns.node || sensor->columns.value > 1;
  if (azimuth && several && azimuth[1].a == azimuth[0].a) {
    diagnose(diagnostics, sensor->azimuth.node->where, "all columns have the same azimuth");
  }
  if (range && range[0].a >= range[1].a) {
    diagnose_hint(diagnose(diagnostics, range[1].node->where, "the farthest must be greater than the nearest"),
                  "write [nearest, farthest]");
  }
}

/* Arrays of a dataset begin with the name of their entity, camera or sensor, so these share one set of names. */
static void check_view_name(myr_scenario *scenario, const object_head *head, int cameras, const char *kind,
                            myr_diagnostics *diagnostics) {
  const char *taken = NULL;
  for (int i = 0; i < scenario->entities.count && !taken; i++)
    if (!strcmp(scenario_entity(scenario, i)->head.name, head->name)) taken = "an entity";
  for (int i = 0; i < cameras && !taken; i++)
    if (!strcmp(scenario_camera(scenario, i)->head.name, head->name)) taken = "a camera";
  if (taken)
    diagnose_hint(diagnose(diagnostics, head->key->where, "%s is called `%s` already", taken, head->name),
                  "give the %s another name, because its arrays in the dataset begin with it", kind);
}

void scenario_check_looks(myr_scenario *scenario, myr_diagnostics *diagnostics) {
  const world_section *world = &scenario->world;
  for (int i = 0; i < world->lights.count; i++) check_light(scenario, scenario_light(scenario, i), diagnostics);
  for (int i = 0; i < world->textures.count; i++) {
    check_texture(scenario, (texture_section *)scenario_texture(scenario, i), diagnostics);
  }
  for (int i = 0; i < world->materials.count; i++) {
    check_names(&world->textures, &schema_texture, &scenario_material(scenario, i)->texture, true, diagnostics);
  }
  for (int i = 0; i < scenario->cameras.count; i++) {
    check_view_name(scenario, &scenario_camera(scenario, i)->head, 0, "camera", diagnostics);
    check_camera(scenario, (camera_section *)scenario_camera(scenario, i), diagnostics);
  }
  for (int i = 0; i < scenario->sensors.count; i++) {
    check_view_name(scenario, &scenario_sensor(scenario, i)->head, scenario->cameras.count, "sensor", diagnostics);
    check_sensor(scenario, (sensor_section *)scenario_sensor(scenario, i), diagnostics);
  }
}
