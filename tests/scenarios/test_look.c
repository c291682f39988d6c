/* Tests that a scenario's looks, cameras and sensors arrive in the look that render/ draws: fixed values and random
 * ones. */
#include <math.h>

#include "kernels/elements.h"
#include "tests/scenarios/scenario_files.h"

#define DEGREE (3.14159265358979323846 / 180)

/* The plan of a scenario's text, and the look of one episode. */
typedef struct stage {
  myr_scenario *scenario;
  myr_plan *plan;
  const myr_plan_info *info;
  const myr_look_info *look;
  double *draws;
  float *values;
} stage;

static stage stage_make(const char *path) {
  stage s = {.scenario = load_good(path, NULL, 0)};
  s.plan = plan_good(s.scenario, 7);
  s.info = myr_plan_describe(s.plan);
  if (!s.info->look) assert_int_equal(myr_plan_require_look(s.plan, NULL), MYR_OK);
  s.look = myr_look_describe(s.info->look);
  s.draws = calloc((size_t)s.info->value_count + 1, sizeof *s.draws);
  s.values = calloc((size_t)s.look->value_count, sizeof *s.values);
  myr_plan_look_values(s.plan, s.draws, s.values);
  return s;
}

static stage stage_text(const char *text) {
  scratch_write(text, strlen(text));
  return stage_make(scratch_path);
}

static void stage_end(stage *s) {
  myr_plan_destroy(s->plan);
  myr_scenario_free(s->scenario);
  free(s->draws);
  free(s->values);
}

static void stage_episode(stage *s, int64_t episode) {
  myr_plan_draw(s->plan, episode, s->draws);
  myr_plan_look_values(s->plan, s->draws, s->values);
}

static const float *value(const stage *s, enum myr_look_field field, int element) {
  return s->values + s->look->offset[field] + element * myr_look_field_infos[field].components;
}

static int find(const stage *s, enum myr_look_object kind, const char *name) {
  int element = myr_look_find(s->info->look, kind, name);
  if (element < 0) fprintf(stderr, "no %s\n", name);
  assert_true(element >= 0);
  return element;
}

static double draw_of(const stage *s, const char *path, int element) {
  for (int i = 0; i < s->info->draw_count; i++) {
    if (!strcmp(s->info->draws[i].path, path)) return s->draws[s->info->draws[i].offset + element];
  }
  fail_msg("no draw %s", path);
  return NAN;
}

static void near(double got, double expected, double tolerance) {
  if (!(fabs(got - expected) <= tolerance)) fprintf(stderr, "%.9g instead of %.9g\n", got, expected);
  assert_true(fabs(got - expected) <= tolerance);
}

static void near3(const float *got, double x, double y, double z) {
  near(got[0], x, 1e-6);
  near(got[1], y, 1e-6);
  near(got[2], z, 1e-6);
}

/* Computes one axis of the frame of a quaternion w x y z. */
static void axis(const float *q, int which, float out[3]) {
  double w = q[0], x = q[1], y = q[2], z = q[3];
  const double m[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                       2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                       2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
  for (int i = 0; i < 3; i++) out[i] = (float)m[3 * i + which];
}
static void near_axis(const float *q, int which, double x, double y, double z) {
  float got[3];
  axis(q, which, got);
  near3(got, x, y, z);
}
enum { RIGHT, DOWN, FORWARD };

#define HEAD "version: 1\nname: x\nduration: 1\n"
#define ROBOT "  robot: {model: assets/biped.xml}\n"

/* ------------------------------------------------------------------------------------------------ as written */

static void surroundings(void **state) {
  (void)state;
  stage s =
      stage_text(HEAD "world:\n"
                      "  sky: {zenith: \"#336699\", horizon: [0.7, 0.8, 0.9], ground: [0.1, 0.2, 0.3], light: 50 %}\n"
                      "  ambient: [0.1, 0.2, 0.3]\n"
                      "  fog: {color: \"#ffffff\", density: 0.02 m^-1}\n"
                      "  exposure: 1.5\n"
                      "  lights:\n"
                      "    sun: {direction: [1, 2, -3], color: [1, 0.5, 0.25], intensity: 0.7, angle: 4 deg}\n"
                      "    lamp: {type: point, position: [1, 2, 3], radius: 5 cm}\n"
                      "  textures: {checks: {type: checker, color: [0.1, 0.2, 0.3]}}\n"
                      "  materials:\n"
                      "    tiles: {texture: checks, roughness: 0.2, metallic: 0.3, reflectance: 0.4, emission: 5,\n"
                      "      repeat: [2, 3], color: [0.5, 0.6, 0.7]}\n"
                      "    bare: {texture: none}\n"
                      "entities:\n  floor: {ground: {}, material: tiles, class: ground}\n" ROBOT "    \n");
  near3(value(&s, MYR_LOOK_sky_zenith, 0), 0.2, 0.4, 0.6);
  near3(value(&s, MYR_LOOK_sky_horizon, 0), 0.7, 0.8, 0.9);
  near3(value(&s, MYR_LOOK_sky_ground, 0), 0.1, 0.2, 0.3);
  near(*value(&s, MYR_LOOK_sky_light, 0), 0.5, 1e-6);
  near3(value(&s, MYR_LOOK_ambient, 0), 0.1, 0.2, 0.3);
  near3(value(&s, MYR_LOOK_fog_color, 0), 1, 1, 1);
  near(*value(&s, MYR_LOOK_fog_density, 0), 0.02, 1e-8);
  near(*value(&s, MYR_LOOK_exposure, 0), 1.5, 1e-6);
  int sun = find(&s, MYR_LOOK_LIGHT, "sun"), lamp = find(&s, MYR_LOOK_LIGHT, "lamp");
  assert_int_equal(s.look->light_count, 2);
  near3(value(&s, MYR_LOOK_light_direction, sun), 1, 2, -3);
  near3(value(&s, MYR_LOOK_light_color, sun), 1, 0.5, 0.25);
  near(*value(&s, MYR_LOOK_light_intensity, sun), 0.7, 1e-6);
  near(*value(&s, MYR_LOOK_light_radius, sun), 2 * DEGREE, 1e-6);
  near3(value(&s, MYR_LOOK_light_position, lamp), 1, 2, 3);
  near(*value(&s, MYR_LOOK_light_radius, lamp), 0.05, 1e-6);
  near(*value(&s, MYR_LOOK_light_intensity, lamp), 1, 0);
  int tiles = find(&s, MYR_LOOK_MATERIAL, "tiles"), checks = find(&s, MYR_LOOK_TEXTURE, "checks");
  near3(value(&s, MYR_LOOK_material_color, tiles), 0.5, 0.6, 0.7);
  near(*value(&s, MYR_LOOK_material_roughness, tiles), 0.2, 1e-6);
  near(*value(&s, MYR_LOOK_material_metallic, tiles), 0.3, 1e-6);
  near(*value(&s, MYR_LOOK_material_reflectance, tiles), 0.4, 1e-6);
  near(*value(&s, MYR_LOOK_material_emission, tiles), 5, 1e-6);
  near(value(&s, MYR_LOOK_material_repeat, tiles)[0], 2, 0);
  near(value(&s, MYR_LOOK_material_repeat, tiles)[1], 3, 0);
  near(*value(&s, MYR_LOOK_material_texture, tiles), checks, 0);
  near(*value(&s, MYR_LOOK_material_texture, find(&s, MYR_LOOK_MATERIAL, "bare")), -1, 0);
  near3(value(&s, MYR_LOOK_texture_color, checks), 0.1, 0.2, 0.3);
  near3(value(&s, MYR_LOOK_texture_color2, checks), 1, 1, 1);
  int floor = find(&s, MYR_LOOK_VISUAL, "floor.ground");
  near(*value(&s, MYR_LOOK_visual_material, floor), tiles, 0);
  assert_true(value(&s, MYR_LOOK_visual_color, floor)[0] < 0);
  assert_int_equal(s.info->value_count, 0);
  assert_int_equal(s.info->entity_count, 2);
  stage_end(&s);
}

static void props(void **state) {
  (void)state;
  stage s = stage_text(
      HEAD "entities:\n"
           "  box: {shape: box, size: [2, 4, 6], position: [1, 2, 3], orientation: {yaw: 90 deg}, shown: 0}\n"
           "  floor: {ground: {}, color: [0.25, 0.5, 0.75]}\n"
           "  ball: {shape: sphere, size: [3], color: \"#ff0000\", class: toy, body: robot.head}\n" ROBOT
           "  stick: {shape: capsule, size: [1, 4]}\n"
           "  can: {shape: cylinder, size: [1, 4], orientation: {roll: 90 deg, yaw: 90 deg}}\n"
           "  egg: {shape: ellipsoid, size: [1, 2, 3], label: false}\n"
           "  wall: {shape: plane, size: [4, 2], orientation: {pitch: 90 deg}}\n");
  /* A prop is not an entity of the simulation. */
  assert_int_equal(s.info->entity_count, 2);
  assert_string_equal(s.info->entities[0].name, "floor");
  assert_true(s.info->entities[0].ground && s.info->entities[1].floating);
  int box = find(&s, MYR_LOOK_VISUAL, "box"), ball = find(&s, MYR_LOOK_VISUAL, "ball");
  near3(value(&s, MYR_LOOK_visual_size, box), 1, 2, 3);
  near3(value(&s, MYR_LOOK_visual_position, box), 1, 2, 3);
  near_axis(value(&s, MYR_LOOK_visual_orientation, box), 0, 0, 1, 0);
  near(*value(&s, MYR_LOOK_visual_shown, box), 0, 0);
  near(*value(&s, MYR_LOOK_visual_shown, ball), 1, 0);
  near(value(&s, MYR_LOOK_visual_size, ball)[0], 1.5, 0);
  near3(value(&s, MYR_LOOK_visual_color, ball), 1, 0, 0);
  near3(value(&s, MYR_LOOK_visual_color, find(&s, MYR_LOOK_VISUAL, "floor.ground")), 0.25, 0.5, 0.75);
  near3(value(&s, MYR_LOOK_visual_size, find(&s, MYR_LOOK_VISUAL, "stick")), 0.5, 1.5, 0);
  int can = find(&s, MYR_LOOK_VISUAL, "can");
  near3(value(&s, MYR_LOOK_visual_size, can), 0.5, 2, 0);
  /* The roll about x turns its z axis to -y, and the yaw then turns that to x. */
  near_axis(value(&s, MYR_LOOK_visual_orientation, can), 2, 1, 0, 0);
  near3(value(&s, MYR_LOOK_visual_size, find(&s, MYR_LOOK_VISUAL, "egg")), 0.5, 1, 1.5);
  int wall = find(&s, MYR_LOOK_VISUAL, "wall");
  near3(value(&s, MYR_LOOK_visual_size, wall), 2, 1, 0);
  near_axis(value(&s, MYR_LOOK_visual_orientation, wall), 2, 1, 0, 0);
  /* The instances are the robot and every prop but the egg. */
  assert_int_equal(s.look->instance_count, 6);
  bool toy = false;
  for (int i = 1; i <= s.look->instance_count; i++) {
    if (strcmp(s.look->instance_names[i], "ball")) continue;
    toy = !strcmp(s.look->semantic_names[s.look->instance_semantic[i]], "toy");
  }
  assert_true(toy);
  stage_end(&s);
}

static const char cameras_text[] =
    HEAD "world: {control_rate: 50 Hz}\n"
         "entities:\n  floor: {ground: {}}\n" ROBOT "cameras:\n"
         "  plain: {position: [1, 2, 3]}\n"
         "  aimed: {position: [3, 0, 4], look_at: [0, 0, 0], fov: 40 deg, size: [64, 48], rate: 10 Hz,\n"
         "    outputs: [depth, boxes], episodes_every: 7, near: 10 cm, far: 20 m}\n"
         "  left: {position: [0, 0, 1], direction: [0, 2, 0], up: [1, 0, 0]}\n"
         "  down: {position: [0, 0, 5], look_at: [0, 0, 0]}\n"
         "  turned: {body: robot.head, orientation: {yaw: 90 deg}, turn: {pitch: 30 deg}, shift: [1, 0, 0]}\n"
         "  nodding: {position: [0, 0, 0], orientation: {pitch: 30 deg}}\n"
         "  wide: {position: [0, 0, 0], projection: fisheye}\n"
         "sensors:\n"
         "  ray: {type: ray, position: [0, 0, 2], direction: [0, 0, -1], range: [1 m, 9 m]}\n"
         "  scan: {type: lidar, body: robot.torso, channels: 8, columns: 90, rate: 10 Hz, spinning: true,\n"
         "    outputs: [range, intensity, normal], azimuth: [90 deg, -90 deg]}\n"
         "  solid: {type: lidar, body: robot.torso, elevations: [3 deg, 1 deg, -4 deg]}\n";

static void cameras(void **state) {
  (void)state;
  stage s = stage_text(cameras_text);
  assert_int_equal(s.look->camera_count, 10);
  const char *names[] = {"plain", "aimed", "left", "down", "turned", "nodding", "wide", "ray", "scan", "solid"};
  for (int i = 0; i < 10; i++) assert_string_equal(s.look->cameras[i].name, names[i]);
  const float *q = value(&s, MYR_LOOK_camera_orientation, 0);
  near3(value(&s, MYR_LOOK_camera_position, 0), 1, 2, 3);
  near_axis(q, FORWARD, 1, 0, 0);
  near_axis(q, RIGHT, 0, -1, 0);
  near_axis(q, DOWN, 0, 0, -1);
  near(*value(&s, MYR_LOOK_camera_fov, 0), 60 * DEGREE, 1e-6);
  const myr_camera_info *plain = &s.look->cameras[0], *aimed = &s.look->cameras[1];
  assert_true(plain->width == 128 && plain->height == 128 && plain->every == 1 && plain->episodes_every == 1);
  assert_int_equal(plain->outputs, MYR_OUTPUT_BIT(rgb));
  assert_true(aimed->width == 64 && aimed->height == 48 && aimed->every == 5 && aimed->episodes_every == 7);
  assert_int_equal(aimed->outputs, MYR_OUTPUT_BIT(depth) | MYR_OUTPUT_BIT(boxes));
  near(aimed->near_limit, 0.1, 1e-7);
  near(aimed->far_limit, 20, 0);
  near(*value(&s, MYR_LOOK_camera_fov, 1), 40 * DEGREE, 1e-6);
  q = value(&s, MYR_LOOK_camera_orientation, 1);
  near_axis(q, FORWARD, -0.6, 0, -0.8);
  near_axis(q, RIGHT, 0, 1, 0);
  near_axis(q, DOWN, 0.8, 0, -0.6);
  q = value(&s, MYR_LOOK_camera_orientation, 2);
  near_axis(q, FORWARD, 0, 1, 0);
  near_axis(q, DOWN, -1, 0, 0);
  near_axis(q, RIGHT, 0, 0, -1);
  q = value(&s, MYR_LOOK_camera_orientation, 3); /* straight down x is up in the image */
  near_axis(q, FORWARD, 0, 0, -1);
  near_axis(q, DOWN, -1, 0, 0);
  q = value(&s, MYR_LOOK_camera_orientation, 4); /* turned about its own axes, moved along its body's */
  near_axis(q, FORWARD, 0, cos(30 * DEGREE), -sin(30 * DEGREE));
  near3(value(&s, MYR_LOOK_camera_position, 4), 1, 0, 0);
  assert_int_equal(s.look->cameras[4].body, myr_model_find(s.info->model, MYR_ELEMENT_body, "robot.head"));
  q = value(&s, MYR_LOOK_camera_orientation, 5); /* a positive pitch looks down */
  near_axis(q, FORWARD, cos(30 * DEGREE), 0, -sin(30 * DEGREE));
  near_axis(q, RIGHT, 0, -1, 0);
  assert_int_equal(s.look->cameras[6].projection, MYR_FISHEYE);
  near(*value(&s, MYR_LOOK_camera_fov, 6), 180 * DEGREE, 1e-6);
  const myr_camera_info *ray = &s.look->cameras[7], *scan = &s.look->cameras[8], *solid = &s.look->cameras[9];
  assert_true(ray->projection == MYR_BEAMS && ray->width == 1 && ray->height == 1 && !ray->column_time);
  near(ray->near_limit, 1, 0);
  near(ray->far_limit, 9, 0);
  near_axis(value(&s, MYR_LOOK_camera_orientation, 7), FORWARD, 0, 0, -1);
  assert_true(scan->width == 90 && scan->height == 8 && scan->every == 5);
  assert_int_equal(scan->outputs, MYR_OUTPUT_BIT(depth) | MYR_OUTPUT_BIT(intensity) | MYR_OUTPUT_BIT(normal));
  /* Half a turn and the width of one column take that share of a tenth of a second. */
  assert_non_null(scan->column_time);
  near(scan->column_time[89], 0.1 * 0.5 * 90 / 89 * 89 / 90, 1e-6);
  assert_true(solid->width == 360 && solid->height == 3 && !solid->column_time);
  stage_end(&s);
}

/* The hits of beams show that they have the right directions: rows from the top, columns from the left. */
static void beams(void **state) {
  (void)state;
  stage s = stage_text(HEAD "entities:\n"
                            "  floor: {ground: {}}\n"
                            "  left: {shape: sphere, size: [1], position: [0, 5, 1]}\n"
                            "  ahead: {shape: sphere, size: [1], position: [7, 0, 1]}\n"
                            "sensors:\n"
                            "  down: {type: ray, position: [20, 0, 2], direction: [0, 0, -1]}\n"
                            "  scan: {type: lidar, position: [0, 0, 1], channels: 3, elevation: [-30 deg, 30 deg],\n"
                            "    columns: 4, range: [1 cm, 50 m], outputs: [range, instance]}\n");
  myr_renderer *renderer;
  const myr_renderer_description description = {.look = s.info->look, .lanes = 1, .threads = 1};
  assert_int_equal(myr_renderer_create(&description, &renderer, NULL), MYR_OK);
  myr_world_look *world = aligned_alloc(64, myr_look_world_bytes(s.info->look));
  const float position[3] = {0}, quaternion[4] = {1};
  const myr_poses poses = {.position = position, .quaternion = quaternion};
  myr_look_resolve(s.info->look, s.values, world);
  myr_renderer_pose(renderer, 0, world, &poses, NULL);
  float range[12];
  int32_t instance[12];
  myr_renderer_draw(renderer, 0, 0, &(myr_image){.pixels = {.depth = range}}, NULL);
  near(range[0], 2, 1e-5);
  myr_renderer_draw(renderer, 0, 1, &(myr_image){.pixels = {.depth = range, .instance = instance}}, NULL);
  for (int column = 0; column < 4; column++) { /* behind, left, ahead, right */
    near(range[column], 0, 0);                 /* the sky */
    near(range[4 + column], column == 1 ? 4.5 : column == 2 ? 6.5 : 0, 1e-4);
    near(range[8 + column], 2, 1e-4); /* the floor, 30 degrees down */
  }
  assert_string_equal(s.look->instance_names[instance[5]], "left");
  assert_string_equal(s.look->instance_names[instance[6]], "ahead");
  free(world);
  myr_renderer_destroy(renderer);
  stage_end(&s);
}

/* ------------------------------------------------------------------------------------------------ as drawn */

static const char drawn_text[] =
    HEAD "world:\n"
         "  exposure: {uniform: [0.5, 2]}\n"
         "  sky: {zenith: {uniform: [\"#0000ff\", \"#808080\"]}, horizon: [{uniform: [0, 1]}, 0.5, 0.25]}\n"
         "  lights: {sun: {direction: [{uniform: [-1, 1]}, 0, -1], angle: {uniform: [1 deg, 3 deg]}}}\n"
         "  textures: {checks: {type: checker}, clouds: {type: noise, color2: {uniform: [\"#000000\", \"#ffffff\"]}}}\n"
         "  materials:\n"
         "    ground: {texture: {choice: [checks, clouds, none]}, repeat: [{uniform: [1, 2]}, 3]}\n"
         "    wood: {roughness: {uniform: [0.2, 0.8]}}\n"
         "entities:\n"
         "  floor: {ground: {}, material: {choice: [wood, ground], weights: [1, 3]}}\n"
         "  robot: {model: assets/biped.xml, color: {choice: [\"#ff0000\", \"#00ff00\", \"#0000ff\"]}}\n"
         "  ball: {shape: sphere, size: [{uniform: [1, 2]}], position: [{uniform: [1, 2]}, 0, 0],\n"
         "    orientation: {yaw: {uniform: [0, 1]}}, shown: {choice: [0, 1]}, material: {choice: [ground, wood]}}\n"
         "cameras:\n"
         "  front: {position: [4, {uniform: [-1, 1]}, 1], look_at: [0, {uniform: [-1, 1]}, 0],\n"
         "    fov: {uniform: [40 deg, 60 deg]}, shift: {sphere: 1 cm}}\n"
         "randomize:\n"
         "  robot.geom.head.color: {set: {uniform: [[0.1, 0.1, 0.1], [0.2, 0.2, 0.2]]}}\n"
         "  robot.geom.material: {set: {choice: [wood, ground]}, per: geom}\n";

/* The camera looks at its target from the position before the shift. */
static void assert_drawn_camera(const stage *s) {
  near(*value(s, MYR_LOOK_camera_fov, 0), draw_of(s, "cameras.front.fov", 0), 1e-6);
  const float *p = value(s, MYR_LOOK_camera_position, 0);
  double y = draw_of(s, "cameras.front.position.y", 0), target = draw_of(s, "cameras.front.look_at.y", 0);
  near(p[1], y + draw_of(s, "cameras.front.shift", 1), 1e-6);
  near(hypot(hypot(p[0] - 4, p[1] - y), p[2] - 1), 0.01, 1e-6);
  double length = sqrt(16 + (target - y) * (target - y) + 1);
  near_axis(value(s, MYR_LOOK_camera_orientation, 0), FORWARD, -4 / length, (target - y) / length, -1 / length);
}

/* Choices are recorded by their names. */
static void assert_choices_named(const stage *s, int robot_parts) {
  bool listed = false, per_geom = false;
  for (int i = 0; i < s->info->draw_count; i++) {
    const myr_draw_info *draw = &s->info->draws[i];
    if (!strcmp(draw->path, "world.materials.ground.texture")) {
      assert_string_equal(draw->unit, "index");
      assert_string_equal(draw->distribution, "{choice: [\"checks\", \"clouds\", \"none\"]}");
      listed = true;
    }
    if (!strcmp(draw->path, "randomize.robot.geom.material")) {
      assert_int_equal(draw->count, robot_parts);
      assert_non_null(strstr(draw->elements[0], "robot."));
      per_geom = true;
    }
    if (!strcmp(draw->path, "entities.robot.color")) {
      assert_int_equal(draw->count, 3);
      assert_string_equal(draw->elements[2], "b");
    }
  }
  assert_true(listed && per_geom);
}

static void drawn(void **state) {
  (void)state;
  stage s = stage_text(drawn_text), again = stage_text(drawn_text);
  int robot_parts = 0, textures_seen[3] = {0}, colors_seen[3] = {0}, shown[2] = {0}, materials[2] = {0};
  int blue[2] = {0};
  float *first = calloc((size_t)s.look->value_count, sizeof *first);
  int ground = find(&s, MYR_LOOK_MATERIAL, "ground"), wood = find(&s, MYR_LOOK_MATERIAL, "wood");
  int ball = find(&s, MYR_LOOK_VISUAL, "ball"), head = find(&s, MYR_LOOK_VISUAL, "robot.head");
  int chest = find(&s, MYR_LOOK_VISUAL, "robot.chest");
  const int textures[3] = {find(&s, MYR_LOOK_TEXTURE, "checks"), find(&s, MYR_LOOK_TEXTURE, "clouds"), -1};
  for (int i = 0; i < s.look->visual_count; i++) robot_parts += !strncmp(s.look->visual_names[i], "robot.", 6);
  for (int64_t episode = 0; episode < 60; episode++) {
    stage_episode(&s, episode);
    stage_episode(&again, episode);
    assert_memory_equal(s.values, again.values, (size_t)s.look->value_count * sizeof(float));
    if (episode) assert_memory_not_equal(s.values, first, (size_t)s.look->value_count * sizeof(float));
    memcpy(first, s.values, (size_t)s.look->value_count * sizeof(float));
    near(*value(&s, MYR_LOOK_exposure, 0), (float)draw_of(&s, "world.exposure", 0), 0);
    near(value(&s, MYR_LOOK_sky_zenith, 0)[1], (float)draw_of(&s, "world.sky.zenith.g", 0), 0);
    assert_true(value(&s, MYR_LOOK_sky_zenith, 0)[2] >= 128 / 255.f - 1e-6f);
    blue[value(&s, MYR_LOOK_sky_zenith, 0)[2] > 0.75f]++;
    near3(value(&s, MYR_LOOK_sky_horizon, 0), draw_of(&s, "world.sky.horizon.r", 0), 0.5, 0.25);
    near(*value(&s, MYR_LOOK_light_radius, 0), 0.5 * draw_of(&s, "world.lights.sun.angle", 0), 1e-7);
    near3(value(&s, MYR_LOOK_light_direction, 0), draw_of(&s, "world.lights.sun.direction.x", 0), 0, -1);
    int texture = (int)draw_of(&s, "world.materials.ground.texture", 0);
    near(*value(&s, MYR_LOOK_material_texture, ground), textures[texture], 0);
    textures_seen[texture]++;
    near(value(&s, MYR_LOOK_material_repeat, ground)[0], draw_of(&s, "world.materials.ground.repeat.u", 0), 1e-6);
    near(value(&s, MYR_LOOK_material_repeat, ground)[1], 3, 0);
    near(*value(&s, MYR_LOOK_material_roughness, wood), draw_of(&s, "world.materials.wood.roughness", 0), 1e-6);
    near(value(&s, MYR_LOOK_texture_color2, textures[1])[0], draw_of(&s, "world.textures.clouds.color2.r", 0), 1e-6);
    int floor_material = draw_of(&s, "entities.floor.material", 0) == 0 ? wood : ground;
    near(*value(&s, MYR_LOOK_visual_material, find(&s, MYR_LOOK_VISUAL, "floor.ground")), floor_material, 0);
    near(value(&s, MYR_LOOK_visual_size, ball)[0], 0.5 * draw_of(&s, "entities.ball.size.x", 0), 1e-6);
    near(value(&s, MYR_LOOK_visual_position, ball)[0], draw_of(&s, "entities.ball.position.x", 0), 1e-6);
    double yaw = draw_of(&s, "entities.ball.orientation.yaw", 0);
    near_axis(value(&s, MYR_LOOK_visual_orientation, ball), 0, cos(yaw), sin(yaw), 0);
    int is_shown = (int)*value(&s, MYR_LOOK_visual_shown, ball);
    near(is_shown, draw_of(&s, "entities.ball.shown", 0), 0);
    shown[is_shown]++;
    /* `randomize` overrides everything else, and a colour that is asked for overrides the material's. */
    int color = -1;
    for (int k = 0; k < 3; k++) {
      if (draw_of(&s, "entities.robot.color", k) == 1) color = k;
    }
    assert_true(color >= 0);
    colors_seen[color]++;
    near3(value(&s, MYR_LOOK_visual_color, chest), color == 0, color == 1, color == 2);
    near3(value(&s, MYR_LOOK_visual_color, head), draw_of(&s, "randomize.robot.geom.head.color.r", 0),
          draw_of(&s, "randomize.robot.geom.head.color.g", 0), draw_of(&s, "randomize.robot.geom.head.color.b", 0));
    materials[*value(&s, MYR_LOOK_visual_material, chest) == wood]++;
    assert_drawn_camera(&s);
  }
  assert_true(blue[0] > 10 && blue[1] > 10); /* between the two, whichever is the greater */
  for (int k = 0; k < 3; k++) assert_true(textures_seen[k] > 5 && colors_seen[k] > 5);
  for (int k = 0; k < 2; k++) assert_true(shown[k] > 10 && materials[k] > 10);
  assert_choices_named(&s, robot_parts);
  free(first);
  stage_end(&again);
  stage_end(&s);
}

/* Random looks do not change the random draws of the physics. */
static void other_draws_stay(void **state) {
  (void)state;
  static const char *const overrides[] = {"cameras.front={position: [3, 0, 1], fov: {uniform: [40 deg, 50 deg]}}",
                                          "world.exposure={uniform: [0.5, 2]}",
                                          "entities.robot.color={uniform: ['#000000', '#ffffff']}",
                                          "entities.ball={shape: sphere, size: [{uniform: [1, 2]}]}",
                                          "randomize.robot.geom.head.color={set: {choice: ['#000000', '#ffffff']}}"};
  const char *path = SCENARIOS "ten_thousand_falls.yaml";
  myr_scenario *plain = load_good(path, NULL, 0), *seen = load_good(path, overrides, 5);
  myr_plan *plain_plan = plan_good(plain, 3), *seen_plan = plan_good(seen, 3);
  const myr_plan_info *a = myr_plan_describe(plain_plan), *b = myr_plan_describe(seen_plan);
  assert_null(a->look);
  assert_non_null(b->look);
  assert_true(b->draw_count > a->draw_count);
  double *x = calloc((size_t)a->value_count, sizeof *x), *y = calloc((size_t)b->value_count, sizeof *y);
  myr_plan_draw(plain_plan, 5, x);
  myr_plan_draw(seen_plan, 5, y);
  for (int i = 0; i < a->draw_count; i++) {
    int k = 0;
    while (strcmp(a->draws[i].path, b->draws[k].path)) assert_true(++k < b->draw_count);
    assert_int_equal(a->draws[i].count, b->draws[k].count);
    assert_memory_equal(x + a->draws[i].offset, y + b->draws[k].offset, (size_t)a->draws[i].count * sizeof *x);
  }
  free(x);
  free(y);
  myr_plan_destroy(plain_plan);
  myr_plan_destroy(seen_plan);
  myr_scenario_free(plain);
  myr_scenario_free(seen);
}

/* ------------------------------------------------------------------------------------------------ model files */

static const char model_text[] =
    "<mujoco model=\"m\"><asset>\n"
    "  <texture name=\"grid\" type=\"2d\" builtin=\"checker\" width=\"8\" height=\"8\" rgb1=\"1 0 0\" rgb2=\"0 1 "
    "0\"/>\n"
    "  <material name=\"skin\" texture=\"grid\" rgba=\"0.5 0.5 0.5 1\" emission=\"0.25\"/>\n"
    "</asset><worldbody>\n"
    "  <light name=\"lamp\" pos=\"0 0 3\" dir=\"0 0 -1\"/>\n"
    "  <body name=\"arm\" pos=\"0 0 1\"><joint type=\"hinge\"/>\n"
    "    <geom name=\"rod\" type=\"box\" size=\"0.1 0.2 0.3\" material=\"skin\"/>\n"
    "    <geom type=\"sphere\" size=\"0.1\" rgba=\"1 0 0 1\"/>\n"
    "    <camera name=\"eye\" pos=\"0 0 0.5\" xyaxes=\"0 -1 0 0 0 1\" fovy=\"50\"/>\n"
    "  </body></worldbody></mujoco>\n";

static void model_files(void **state) {
  (void)state;
  char path[128];
  snprintf(path, sizeof path, "%s/seen.xml", scratch_folder);
  FILE *stream = fopen(path, "w");
  fputs(model_text, stream);
  fclose(stream);
  stage s =
      stage_text(HEAD "entities:\n  arm: {model: seen.xml}\n"
                      "cameras:\n"
                      "  kept: {from: arm.eye}\n"
                      "  moved: {from: arm.eye, shift: [0, 0, 0.25], turn: {yaw: 90 deg}, fov: {uniform: [1, 1.1]}}\n"
                      "randomize:\n"
                      "  arm.material.skin.emission: {scale: {uniform: [2, 3]}}\n"
                      "  arm.material.roughness: {add: 5}\n"
                      "  arm.light.lamp.position: {add: [{uniform: [-1, 1]}, 0, 0]}\n"
                      "  arm.light.intensity: {scale: 0.5}\n"
                      "  arm.material.texture: {set: {choice: [none, arm.grid]}}\n"
                      "  arm.geom.rod.color: {set: [0.1, 0.2, 0.3]}\n"
                      "  arm.geom.material: {set: arm.skin}\n");
  stage_episode(&s, 3);
  int skin = find(&s, MYR_LOOK_MATERIAL, "arm.skin"), lamp = find(&s, MYR_LOOK_LIGHT, "arm.lamp");
  near(*value(&s, MYR_LOOK_material_emission, skin), 0.25 * draw_of(&s, "randomize.arm.material.skin.emission", 0),
       1e-6);
  near(*value(&s, MYR_LOOK_material_roughness, skin), 1, 0); /* kept within its range */
  near3(value(&s, MYR_LOOK_light_position, lamp), draw_of(&s, "randomize.arm.light.lamp.position.x", 0), 0, 3);
  near(*value(&s, MYR_LOOK_light_intensity, lamp), 0.5, 1e-6);
  int texture = draw_of(&s, "randomize.arm.material.texture", 0) == 0 ? -1 : find(&s, MYR_LOOK_TEXTURE, "arm.grid");
  near(*value(&s, MYR_LOOK_material_texture, skin), texture, 0);
  /* A material sets the colour, but a colour that is asked for overrides it, whichever is written first. */
  near3(value(&s, MYR_LOOK_visual_color, 0), 0.1, 0.2, 0.3);
  near3(value(&s, MYR_LOOK_visual_color, 1), -1, -1, -1); /* the nameless geom */
  for (int k = 0; k < 2; k++) near(*value(&s, MYR_LOOK_visual_material, k), skin, 0);
  near3(value(&s, MYR_LOOK_camera_position, 0), 0, 0, 0.5);
  near3(value(&s, MYR_LOOK_camera_position, 1), 0, 0, 0.75);
  near_axis(value(&s, MYR_LOOK_camera_orientation, 0), FORWARD, 1, 0, 0);
  near_axis(value(&s, MYR_LOOK_camera_orientation, 0), DOWN, 0, 0, -1);
  near_axis(value(&s, MYR_LOOK_camera_orientation, 1), FORWARD, 0, 1, 0);
  near_axis(value(&s, MYR_LOOK_camera_orientation, 1), DOWN, 0, 0, -1);
  near(*value(&s, MYR_LOOK_camera_fov, 0), 50 * DEGREE, 1e-6);
  near(*value(&s, MYR_LOOK_camera_fov, 1), draw_of(&s, "cameras.moved.fov", 0), 1e-6);
  stage_end(&s);
  s = stage_text(HEAD "entities:\n  arm: {model: seen.xml}\n"
                      "randomize:\n"
                      "  arm.geom.color: {set: {choice: [\"#000000\", \"#ffffff\", \"#ff0000\"]}, per: geom}\n"
                      "  arm.light.direction: {add: {uniform: [-0.1, 0.1]}}\n");
  bool differ = false;
  for (int64_t episode = 0; episode < 20; episode++) { /* each geom has a colour of its own */
    stage_episode(&s, episode);
    for (int k = 0; k < 6; k++) {
      near(value(&s, MYR_LOOK_visual_color, k / 3)[k % 3], draw_of(&s, "randomize.arm.geom.color", k), 0);
      differ |= k < 3 && value(&s, MYR_LOOK_visual_color, 0)[k] != value(&s, MYR_LOOK_visual_color, 1)[k];
    }
    near3(value(&s, MYR_LOOK_light_direction, find(&s, MYR_LOOK_LIGHT, "arm.lamp")),
          draw_of(&s, "randomize.arm.light.direction.x", 0), draw_of(&s, "randomize.arm.light.direction.y", 0),
          -1 + draw_of(&s, "randomize.arm.light.direction.z", 0));
  }
  assert_true(differ);
  stage_end(&s);
  unlink(path);
}

/* ------------------------------------------------------------------------------------------------ remedies */

static void remedies(void **state) {
  (void)state;
  static const struct {
    const char *text, *hint;
  } cases[] = {
      {"cameras: {front: {position: [0, 0, 1], rate: 15 Hz}}\n", "the nearest rate is 16.666667 Hz"},
      {"cameras: {front: {position: [0, 0, 1], rate: 2 kHz}}\n", "the nearest rate is 50 Hz"},
      {"cameras: {front: {body: robto.head}}\n", "did you mean `robot`?"},
      {"cameras: {front: {position: [0, 0, 1], outputs: [dept]}}\n", "did you mean `depth`?"},
      {"cameras: {front: {position: [0, 0, 1], fov: 200 deg}}\n", "projection: fisheye sees up to 360"},
      {"world: {materials: {oak: {texture: wod}}, textures: {wood: {type: noise}}}\n", "did you mean `wood`?"},
      {"world: {materials: {oak: {texture: marble}}, textures: {wood: {type: noise}}}\n", "world.textures has: wood"},
      {"world: {sky: {zenith: [1, 1]}}\n", "write [red, green, blue] of 0 to 1, or \"#rrggbb\""},
      {"world:\n  sky:\n    zenith: #ff8000\n", "put a colour such as \"#ff8000\" in quotes: # begins a comment"},
      {"events: {push: {at: 0, body: ball.x, impulse: [0, 0, 1]}}\n", NULL},
      {"randomize: {ball.geom.color: {set: [1, 1, 1]}}\n",
       "write distributions where its keys stand: color: {choice: [...]}"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[600];
    int length = snprintf(text, sizeof text,
                          HEAD "%s"
                               "entities:\n" ROBOT "  ball: {shape: sphere, size: [1]}\n",
                          cases[i].text);
    scratch_write(text, (size_t)length);
    myr_diagnostics diagnostics = {0};
    myr_scenario *scenario;
    assert_int_equal(myr_scenario_load(scratch_path, NULL, 0, &scenario, &diagnostics), MYR_INVALID);
    assert_int_equal(diagnostics.count, 1);
    if (cases[i].hint)
      assert_string_equal(diagnostics.items[0].hint, cases[i].hint);
    else
      assert_null(diagnostics.items[0].hint);
    myr_diagnostics_free(&diagnostics);
  }
}

/* ------------------------------------------------------------------------------------------------ the rest */

/* Every scenario can be viewed. A scenario without cameras is recorded without pictures. */
static void required_looks(void **state) {
  (void)state;
  stage s = stage_text(HEAD "entities:\n  floor: {ground: {}}\n" ROBOT);
  assert_int_equal(s.look->camera_count, 1);
  assert_string_equal(s.look->cameras[0].name, "overview");
  assert_memory_equal(s.values, s.look->defaults, (size_t)s.look->value_count * sizeof(float));
  stage_end(&s);
  scratch_write(HEAD "world: {exposure: {uniform: [1, 2]}}\nentities:\n  floor: {ground: {}}\n",
                strlen(HEAD "world: {exposure: {uniform: [1, 2]}}\nentities:\n  floor: {ground: {}}\n"));
  myr_scenario *scenario = load_good(scratch_path, NULL, 0);
  myr_plan *plan = plan_good(scenario, 0);
  const myr_plan_info *info = myr_plan_describe(plan);
  assert_null(info->look);
  assert_int_equal(info->value_count, 1);
  assert_int_equal(myr_plan_require_look(plan, NULL), MYR_OK);
  assert_non_null(info->look);
  assert_int_equal(info->value_count, 1);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
}

/* The content of a texture's file is part of the scenario's hash. */
static void textures_are_hashed(void **state) {
  (void)state;
  const char text[] = HEAD "world: {textures: {wood: {file: wood.png}}}\nentities:\n  floor: {ground: {}}\n";
  char path[128];
  uint64_t identities[3];
  snprintf(path, sizeof path, "%s/wood.png", scratch_folder);
  for (int i = 0; i < 3; i++) {
    FILE *stream = fopen(path, "w");
    fputs(i == 1 ? "one" : "two", stream);
    fclose(stream);
    scratch_write(text, sizeof text - 1);
    myr_scenario *scenario = load_good(scratch_path, NULL, 0);
    identities[i] = myr_scenario_describe(scenario)->identity;
    assert_non_null(strstr(myr_scenario_describe(scenario)->resolved, "file_hash: \"xxh3:"));
    myr_scenario_free(scenario);
  }
  assert_true(identities[0] != identities[1] && identities[0] == identities[2]);
  unlink(path);
}

/* The canonical form contains the whole look, and is itself a scenario. */
static void canonical_forms(void **state) {
  (void)state;
  scratch_write(drawn_text, sizeof drawn_text - 1);
  myr_scenario *scenario = load_good(scratch_path, NULL, 0);
  const myr_scenario_info *info = myr_scenario_describe(scenario);
  scratch_write(info->resolved, strlen(info->resolved));
  myr_scenario *again = load_good(scratch_path, NULL, 0);
  assert_string_equal(myr_scenario_describe(again)->resolved, info->resolved);
  assert_non_null(strstr(info->resolved, "texture: {choice: [\"checks\", \"clouds\", \"none\"]}"));
  myr_plan *plans[] = {plan_good(scenario, 1), plan_good(again, 1)};
  double values[2][128] = {{0}};
  assert_true(myr_plan_describe(plans[0])->value_count <= 128);
  for (int i = 0; i < 2; i++) myr_plan_draw(plans[i], 9, values[i]);
  assert_memory_equal(values[0], values[1], sizeof values[0]);
  for (int i = 0; i < 2; i++) myr_plan_destroy(plans[i]);
  myr_scenario_free(again);
  myr_scenario_free(scenario);
}

static void shipped(void **state) {
  (void)state;
  stage s = stage_make(SCENARIOS "falls_seen.yaml");
  assert_int_equal(s.look->camera_count, 3);
  assert_int_equal(s.look->cameras[0].every, 2);
  assert_int_equal(s.look->cameras[2].every, 5);
  stage_episode(&s, 0);
  for (int i = 0; i < s.look->value_count; i++) assert_true(isfinite(s.values[i]));
  stage_end(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(surroundings),    cmocka_unit_test(props),
      cmocka_unit_test(cameras),         cmocka_unit_test(beams),
      cmocka_unit_test(drawn),           cmocka_unit_test(other_draws_stay),
      cmocka_unit_test(model_files),     cmocka_unit_test(remedies),
      cmocka_unit_test(required_looks),  cmocka_unit_test(textures_are_hashed),
      cmocka_unit_test(canonical_forms), cmocka_unit_test(shipped),
  };
  scratch_make();
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  scratch_remove();
  return failed;
}
