/* Every key of the language. */
#include "scenarios/schema.h"

#include <stddef.h>

#include "scenarios/bounds.h"
#include "scenarios/scenario.h"

#define AT(type, field) .offset = offsetof(type, field)

static const char *const record_choices[] = {"joints", "root",     "contacts", "energy",
                                             "bodies", "next_obs", "sensors",  NULL};
static const char *const per_choices[] = {"all", "body", "joint", "geom", "actuator", "material", "light", NULL};

static const char *const integrator_choices[] = {
#define OPTION_INTEGRATOR(name, member, word) word,
#include "kernels/option.def"
    NULL};
static const char *const cone_choices[] = {
#define OPTION_CONE(name, member, word) word,
#include "kernels/option.def"
    NULL};
static const char *const solver_choices[] = {
#define OPTION_SOLVER(name, member, word) word,
#include "kernels/option.def"
    NULL};
static const char *const disable_choices[] = {
#define OPTION_DISABLE(name, member, word) word,
#include "kernels/option.def"
    NULL};

#define OPTION_ABOVE_LOW SCHEMA_ABOVE_LOW
#define OF_MODELS " If left out, that of the models, which must agree."
static const char *const base_choices[] = {"fixed", "floating", NULL};
static const char *const collision_mesh_choices[] = {"hull", "box", "none", NULL};
static const schema_key world_keys[] = {
#define OPTION_NUMBER(key, si, rule, least, most, about) \
  {#key, SCHEMA_QUANTITY, SCHEMA_CONSTANT | (rule), AT(world_section, key), si, least, most, .doc = about OF_MODELS},
#define OPTION_VECTOR(key, si, about) \
  {#key, SCHEMA_VECTOR, SCHEMA_CONSTANT, AT(world_section, key), si, ACCELERATION, .doc = about OF_MODELS},
#define OPTION_COUNT(key, least, most, about) \
  {#key, SCHEMA_INTEGER, 0, AT(world_section, key), NULL, least, most, .doc = about OF_MODELS},
#define OPTION_CHOICE(key, about) \
  {#key, SCHEMA_CHOICE, 0, AT(world_section, key), .choices = key##_choices, .doc = about OF_MODELS},
#define OPTION_SET(key, about) \
  {#key, SCHEMA_FLAGS, 0, AT(world_section, key), .choices = key##_choices, .doc = about OF_MODELS},
#include "kernels/option.def"
    {"control_rate", SCHEMA_QUANTITY, SCHEMA_CONSTANT | SCHEMA_ABOVE_LOW, AT(world_section, control_rate), "Hz", 0, 1e6,
     "50 Hz",
     .doc = "Control steps per second: controllers act and labels are written once in each. Its period must be a whole "
            "number of timesteps."},
    {"sky", SCHEMA_OBJECT, 0, AT(world_section, sky), .object = &schema_sky,
     .doc = "What is seen where nothing else is; it lights the scene too."},
    {"ambient", SCHEMA_COLOR, 0, AT(world_section, ambient),
     .doc = "Light from everywhere, added to the sky's; linear values, not sRGB."},
    {"fog", SCHEMA_OBJECT, 0, AT(world_section, fog), .object = &schema_fog, .doc = "Haze; none if left out."},
    {"exposure", SCHEMA_QUANTITY, 0, AT(world_section, exposure), "1", STRENGTH,
     .doc = "Multiplies all light that cameras see; 1 if left out."},
    {"lights", SCHEMA_MAP, 0, AT(world_section, lights), .object = &schema_light,
     .doc = "Lights by name. With any of them the lights of model files are left out; with none at all there is a "
            "sun."},
    {"textures", SCHEMA_MAP, 0, AT(world_section, textures), .object = &schema_texture,
     .doc = "Textures by name, for materials."},
    {"materials", SCHEMA_MAP, 0, AT(world_section, materials), .object = &schema_material,
     .doc = "Materials by name, for entities."},
    {0}};
static const schema_object schema_world = {"world", sizeof(world_section), world_keys,
                                           "Physics and surroundings of every world."};

static const schema_key ground_keys[] = {
    {"friction", SCHEMA_QUANTITY, 0, AT(ground_section, friction), "1", STRENGTH, "1", .doc = "Sliding friction."},
    {0}};
static const schema_object schema_ground = {"ground", sizeof(ground_section), ground_keys,
                                            "An endless plane through the origin, normal +z."};

static const schema_key start_keys[] = {
    {"keyframe", SCHEMA_TEXT, 0, AT(start_section, keyframe),
     .doc = "Keyframe of the model to start in; the model's zero pose if left out."},
    {"height", SCHEMA_QUANTITY, 0, AT(start_section, height), "m", PLACE,
     .doc = "Height of the root body, which floats or is a mocap body, instead of the keyframe's."},
    {"lift", SCHEMA_QUANTITY, 0, AT(start_section, lift), "m", PLACE, "0",
     .doc = "Raises the floating robot. Turned by `tilt`, its lowest point keeps the height it had, plus this."},
    {"yaw", SCHEMA_QUANTITY, 0, AT(start_section, yaw), "rad", TURN, "0",
     .doc = "Turns the floating robot about the vertical, before `tilt`."},
    {"tilt", SCHEMA_CONE, 0, AT(start_section, tilt), "rad", TURN,
     .doc = "Tilts the floating robot about a random horizontal axis, its up axis uniform on the cap of the cone."},
    {"velocity", SCHEMA_VECTOR, 0, AT(start_section, velocity), "m/s", SPEED,
     .doc = "Velocity of the floating root, world axes."},
    {"angular_velocity", SCHEMA_VECTOR, 0, AT(start_section, angular_velocity), "rad/s", SPEED,
     .doc = "Angular velocity of the floating root, its own axes."},
    {"joint_noise", SCHEMA_QUANTITY, 0, AT(start_section, joint_noise), "rad", TURN, "0",
     .doc = "Added to every hinge's angle, drawn for each; the sum is kept within the joint's range. Mimic joints "
            "follow."},
    {"slide_noise", SCHEMA_QUANTITY, 0, AT(start_section, slide_noise), "m", PLACE, "0",
     .doc = "The same for sliding joints."},
    {"joint_velocity_noise", SCHEMA_QUANTITY, 0, AT(start_section, joint_velocity_noise), "rad/s", SPEED, "0",
     .doc = "Added to every hinge's velocity, drawn for each."},
    {"slide_velocity_noise", SCHEMA_QUANTITY, 0, AT(start_section, slide_velocity_noise), "m/s", SPEED, "0",
     .doc = "The same for sliding joints."},
    {0}};
static const schema_object schema_start = {"start", sizeof(start_section), start_keys,
                                           "State at the episode's beginning."};

static const schema_key entity_keys[] = {
    {"ground", SCHEMA_OBJECT, 0, AT(entity_section, ground), .object = &schema_ground,
     .doc = "Makes the entity a ground plane. An entity has one of `ground`, `model` and `shape`."},
    {"model", SCHEMA_TEXT, 0, AT(entity_section, model),
     .doc = "MJCF (.xml) or URDF (.urdf) file of a robot, relative to the scenario's folder."},
    {"base", SCHEMA_CHOICE, 0, AT(entity_section, base), .choices = base_choices,
     .doc =
         "Whether the base of a robot from a URDF file is fixed to the world or floating, free to move; fixed if left "
         "out. An MJCF file says so itself, by <freejoint/>."},
    {"collision_meshes", SCHEMA_CHOICE, 0, AT(entity_section, collision_meshes), .choices = collision_mesh_choices,
     .doc =
         "What becomes of meshes that collide in a URDF file: each collides as its convex hull, the box that holds it "
         "collides in its place, or none does; hull if left out."},
    {"model_hash", SCHEMA_TEXT, 0, AT(entity_section, model_hash),
     .doc = "Hash of the model's files, as the canonical form writes it; when given, it must match."},
    {"start", SCHEMA_OBJECT, SCHEMA_FILLED, AT(entity_section, start), .object = &schema_start,
     .doc = "State of the robot at the episode's beginning."},
    {"feet", SCHEMA_WORDS, 0, AT(entity_section, feet),
     .doc = "Bodies or geoms of the robot that may touch the ground without being a fall; all whose name contains "
            "\"foot\" if left out."},
    {"color", SCHEMA_COLOR, 0, AT(entity_section, look.color),
     .doc = "Colour of the whole entity; that of its file or material if left out."},
    {"material", SCHEMA_NAME, 0, AT(entity_section, look.material),
     .doc = "Material of the whole entity: a name of `world.materials` or, as entity.material, of a model file."},
    {"class", SCHEMA_WORD, 0, AT(entity_section, look.class),
     .doc = "What semantic labels call it; the entity's name, or `prop`, if left out."},
    {"shape", SCHEMA_CHOICE, 0, AT(entity_section, look.shape), .choices = prop_shapes,
     .doc = "Makes the entity a prop: it is seen, by cameras and lidars, but nothing can touch it."},
    {"size", SCHEMA_NUMBERS, 0, AT(entity_section, look.size), "m", EXTENT, .least = 1, .most = 3,
     .doc = "Of a prop, its whole extents: x, y, z of a box or ellipsoid; diameter of a sphere; diameter and length of "
            "a cylinder or capsule, which stand along z; x, y of a plane, whose normal is z."},
    {"body", SCHEMA_TEXT, 0, AT(entity_section, look.body),
     .doc = "The body that a prop is fixed to, entity.body; the world if left out."},
    {"position", SCHEMA_VECTOR, 0, AT(entity_section, look.position), "m", PLACE,
     .doc = "Where a prop's middle is, in its body's frame; the origin if left out."},
    {"orientation", SCHEMA_OBJECT, 0, AT(entity_section, look.orientation), .object = &schema_orientation,
     .doc = "A prop's orientation in its body's frame."},
    {"shown", SCHEMA_QUANTITY, 0, AT(entity_section, look.shown), "1", FRACTION,
     .doc = "Whether a prop is there: 1, or 0, or either: {choice: [0, 1]}; 1 if left out."},
    {"label", SCHEMA_BOOLEAN, 0, AT(entity_section, look.label),
     .doc = "Whether a prop is an object of its own in labels, true if left out; otherwise it is background."},
    {0}};
const schema_object schema_entity = {"entity", sizeof(entity_section), entity_keys,
                                     "A ground plane, a robot, or a prop that is only seen."};

static const schema_key randomize_keys[] = {
    {"scale", SCHEMA_QUANTITY, 0, AT(randomize_section, scale), "1", FACTOR, .doc = "Multiplies the model's value."},
    {"add", SCHEMA_LATE, 0, AT(randomize_section, add),
     .doc = "Is added to the model's value, in the property's unit."},
    {"set", SCHEMA_LATE, 0, AT(randomize_section, set),
     .doc = "Replaces the model's value, in the property's unit; a colour or name where the property is one."},
    {"per", SCHEMA_CHOICE, 0, AT(randomize_section, per), .choices = per_choices, .default_text = "all",
     .doc =
         "Whether every body, joint, geom, actuator, material or light has a draw of its own, or one draw serves all."},
    {0}};
const schema_object schema_randomize = {
    "randomization", sizeof(randomize_section), randomize_keys,
    "One parameter of a model file. The name is entity.class.property or entity.class.element.property, such as "
    "robot.body.mass, robot.body.torso.mass, robot.geom.color or world.gravity. What the scenario itself states - its "
    "lights, materials, cameras, props - is drawn where it stands."};

static const schema_key random_keys[] = {
    {"every", SCHEMA_QUANTITY, SCHEMA_REQUIRED | SCHEMA_CONSTANT | SCHEMA_ABOVE_LOW, AT(random_section, every), "s",
     DURATION, .doc = "New controls after this time; a whole number of control periods."},
    {"amplitude", SCHEMA_QUANTITY, 0, AT(random_section, amplitude), "1", 0, 1, "1",
     .doc =
         "Controls are uniform within this share of half the control range around its middle, or around a keyframe."},
    {"around", SCHEMA_TEXT, 0, AT(random_section, around), .doc = "Keyframe whose controls are the middle."},
    {0}};
static const schema_object schema_random = {"random", sizeof(random_section), random_keys,
                                            "Piecewise constant random controls."};

static const schema_key controller_keys[] = {
    {"hold", SCHEMA_TEXT, 0, AT(controller_section, hold),
     .doc = "Keeps the controls of this keyframe. A controller has either `hold` or `random`."},
    {"random", SCHEMA_OBJECT, 0, AT(controller_section, random), .object = &schema_random, .doc = "Moves at random."},
    {"strength", SCHEMA_QUANTITY, 0, AT(controller_section, strength), "1", 0, 10, "1",
     .doc = "Multiplies the strength of all its actuators for the episode: 0 is limp. Where two controllers move an "
            "actuator, both multiply."},
    {"noise", SCHEMA_QUANTITY, 0, AT(controller_section, noise), "1", 0, 1, "0",
     .doc = "Standard deviation of the noise added to every control at every control step, in half control ranges."},
    {0}};
const schema_object schema_controller = {"controller", sizeof(controller_section), controller_keys,
                                         "What moves the entity or the actuators of that name."};

static const schema_key event_keys[] = {
    {"at", SCHEMA_QUANTITY, SCHEMA_REQUIRED, AT(event_section, at), "s", DURATION, .doc = "When it begins."},
    {"body", SCHEMA_TEXT, SCHEMA_REQUIRED, AT(event_section, body), .doc = "The body that is pushed: entity.body."},
    {"impulse", SCHEMA_VECTOR, 0, AT(event_section, impulse), "N s", PUSH,
     .doc = "Impulse at the body's centre of mass, world axes. An event has either `impulse` or `force`."},
    {"force", SCHEMA_VECTOR, 0, AT(event_section, force), "N", PUSH,
     .doc = "Force at the body's centre of mass, world axes, for `duration`."},
    {"duration", SCHEMA_QUANTITY, SCHEMA_CONSTANT | SCHEMA_ABOVE_LOW, AT(event_section, duration), "s", DURATION,
     .doc = "How long it lasts; an impulse lasts one control period if left out."},
    {0}};
const schema_object schema_event = {"event", sizeof(event_section), event_keys, "Something that happens to a body."};

static const schema_key scenario_keys[] = {
    {"version", SCHEMA_INTEGER, SCHEMA_REQUIRED, AT(myr_scenario, version), .low = 1, .high = 1,
     .doc = "Version of the language."},
    {"name", SCHEMA_WORD, SCHEMA_REQUIRED, AT(myr_scenario, name), .doc = "Begins the names of the files written."},
    {"episodes", SCHEMA_INTEGER, 0, AT(myr_scenario, episodes), NULL, 1, 999999999, "1",
     .doc = "How many to generate."},
    {"seed", SCHEMA_INTEGER, 0, AT(myr_scenario, seed), NULL, 0, 9007199254740992.0, "0",
     .doc = "Chooses the random numbers."},
    {"duration", SCHEMA_QUANTITY, SCHEMA_REQUIRED | SCHEMA_CONSTANT | SCHEMA_ABOVE_LOW, AT(myr_scenario, duration), "s",
     0, 1e6, .doc = "Longest an episode lasts."},
    {"world", SCHEMA_OBJECT, SCHEMA_FILLED, AT(myr_scenario, world), .object = &schema_world,
     .doc = "Physics and surroundings of every world."},
    {"entities", SCHEMA_MAP, SCHEMA_REQUIRED, AT(myr_scenario, entities), .object = &schema_entity,
     .doc = "What is in the scene, by name."},
    {"randomize", SCHEMA_MAP, SCHEMA_PATHS, AT(myr_scenario, randomize), .object = &schema_randomize,
     .doc = "Parameters of models that differ between episodes."},
    {"controllers", SCHEMA_MAP, SCHEMA_PATTERNS, AT(myr_scenario, controllers), .object = &schema_controller,
     .doc = "What moves each entity, by the entity's name; or some of its actuators, by entity.actuator, such as "
            "robot.knee_left or robot.shoulder_*. These override the entity's own controller, and later ones override "
            "earlier ones. An actuator without a controller keeps its start keyframe's control."},
    {"events", SCHEMA_MAP, 0, AT(myr_scenario, events), .object = &schema_event,
     .doc = "What happens during an episode."},
    {"success", SCHEMA_EXPRESSION, 0, AT(myr_scenario, success), "bool",
     .doc = "The condition under which a state counts as a success. An episode succeeds if its last state does; "
            "`ever` and `held` remember earlier ones."},
    {"terminate", SCHEMA_EXPRESSION, 0, AT(myr_scenario, terminate), "bool",
     .doc = "The condition under which an episode ends early, judged after each action."},
    {"reward", SCHEMA_EXPRESSION, 0, AT(myr_scenario, reward), "any",
     .doc = "Reward of each control step; true counts as 1."},
    {"record", SCHEMA_FLAGS, 0, AT(myr_scenario, record), .choices = record_choices, .default_text = "[joints]",
     .doc =
         "What is written for every control step beside the state: joints and root as observations (a root's pose and "
         "velocity in the world are marked as privileged, because no robot measures them), contacts, energy and poses "
         "of "
         "bodies as labels; next_obs repeats the observations one row later; sensors are those that the models name."},
    {"cameras", SCHEMA_MAP, 0, AT(myr_scenario, cameras), .object = &schema_camera, .doc = "Cameras, by name."},
    {"sensors", SCHEMA_MAP, 0, AT(myr_scenario, sensors), .object = &schema_sensor,
     .doc = "Lidars and range finders, by name."},
    {"params", SCHEMA_UNSUPPORTED, .doc = "Named values."},
    {"sweep", SCHEMA_UNSUPPORTED, .doc = "Systematic variation of values."},
    {"output", SCHEMA_UNSUPPORTED, .doc = "Format of the dataset."},
    {0}};
const schema_object schema_scenario = {"scenario", sizeof(myr_scenario), scenario_keys, "A Myriad scenario."};
