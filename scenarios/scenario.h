/* A scenario, filled by means of the schema. All numbers are SI. */
#ifndef MYR_SCENARIOS_SCENARIO_H
#define MYR_SCENARIOS_SCENARIO_H

#include "render/render.h"
#include "scenarios/scenario_look.h"
#include "scenarios/schema.h"

typedef struct world_section {
  object_head head;
  /* Options of the physics. scenario_read_options completes those that the scenario does not state. */
#define OPTION_NUMBER(name, unit, rule, low, high, doc) quantity name;
#define OPTION_VECTOR(name, unit, doc) vector_quantity name;
#define OPTION_COUNT(name, low, high, doc) integer_value name;
#define OPTION_CHOICE(name, doc) choice_value name;
#define OPTION_SET(name, doc) flags_value name;
#include "kernels/option.def"
  quantity control_rate; /* Hz */
  sky_section sky;
  fog_section fog;
  color_quantity ambient; /* linear; optional */
  quantity exposure;      /* 1; optional */
  map_value lights, textures, materials;
} world_section;

typedef struct ground_section {
  object_head head;
  quantity friction; /* 1, sliding */
} ground_section;

typedef struct start_section {
  object_head head;
  text_value keyframe;
  quantity height;                                     /* m, optional */
  quantity lift;                                       /* m */
  quantity yaw;                                        /* rad */
  quantity tilt;                                       /* rad, half angle of the cone; optional */
  vector_quantity velocity;                            /* m/s; optional */
  vector_quantity angular_velocity;                    /* rad/s; optional */
  quantity joint_noise, slide_noise;                   /* rad, m */
  quantity joint_velocity_noise, slide_velocity_noise; /* rad/s, m/s */
} start_section;

enum entity_base { BASE_FIXED = 0, BASE_FLOATING };
typedef struct entity_section {
  object_head head;
  ground_section ground;
  text_value model, model_hash;
  choice_value base, collision_meshes; /* words of the schema */
  start_section start;
  words_value feet;
  entity_look look;
  const char *model_path; /* openable: the scenario's folder and `model` */
} entity_section;

enum randomize_per { PER_ALL = 0, PER_BODY, PER_JOINT, PER_GEOM, PER_ACTUATOR, PER_MATERIAL, PER_LIGHT };
typedef struct randomize_section {
  object_head head;
  quantity scale;
  const node *add, *set; /* read when the property is known */
  choice_value per;
  /* From the name "entity.class[.element].property". */
  const struct property *property;
  const char *entity, *element; /* element NULL: all of the class */
  enum randomize_operation { RANDOMIZE_SCALE, RANDOMIZE_ADD, RANDOMIZE_SET } operation;
  quantity amount;
  vector_quantity vector; /* given when the property is a vector and the amount is one */
  color_quantity color;   /* given when it is a colour */
  name_quantity choice;   /* given when it is a name */
} randomize_section;

typedef struct random_section {
  object_head head;
  quantity every;     /* s */
  quantity amplitude; /* 1: share of half the control range */
  text_value around;  /* keyframe; optional */
} random_section;

typedef struct controller_section {
  object_head head;
  text_value hold;
  quantity strength; /* 1 */
  quantity noise;    /* 1: share of half the control range */
  random_section random;
} controller_section;

typedef struct event_section {
  object_head head;
  quantity at; /* s */
  text_value body;
  vector_quantity impulse; /* N s; one of the two */
  vector_quantity force;   /* N */
  quantity duration;       /* s; optional with an impulse */
} event_section;

struct myr_scenario {
  object_head head;
  integer_value version;
  text_value name;
  integer_value episodes;
  integer_value seed;
  quantity duration; /* s */
  world_section world;
  map_value entities, randomize, controllers, events, cameras, sensors;
  expression_value success, terminate, reward;
  flags_value record;

  arena arena;
  const char *path, *folder; /* folder ends with a slash, or is empty */
  const node *root;
  myr_scene scene;        /* the entities that are no props, with all options stated */
  myr_scene_files *files; /* of the scene */
  bool short_of_memory;   /* while the files were read, so that the scenario is not to blame */
  myr_findings findings;  /* in the files of the models */
  myr_options options;    /* that hold; as in `world` */
  myr_scenario_info info;
};

extern const schema_object schema_entity, schema_randomize, schema_controller, schema_event;

static inline const entity_section *scenario_entity(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->entities, &schema_entity, index);
}
static inline const randomize_section *scenario_randomize(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->randomize, &schema_randomize, index);
}
static inline const controller_section *scenario_controller(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->controllers, &schema_controller, index);
}
static inline const event_section *scenario_event(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->events, &schema_event, index);
}
static inline const camera_section *scenario_camera(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->cameras, &schema_camera, index);
}
static inline const sensor_section *scenario_sensor(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->sensors, &schema_sensor, index);
}
static inline const light_section *scenario_light(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->world.lights, &schema_light, index);
}
static inline const texture_section *scenario_texture(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->world.textures, &schema_texture, index);
}
static inline const material_section *scenario_material(const myr_scenario *scenario, int index) {
  return schema_item(&scenario->world.materials, &schema_material, index);
}
/* Whether the entity is only seen: it has a `shape`, and physics does not contain it. */
static inline bool is_prop(const entity_section *entity) { return entity->look.shape.node != NULL; }

/* The entity of that name, or NULL. */
const entity_section *scenario_find_entity(const myr_scenario *scenario, const char *name);
/* Adds the suggestion of a similar name, or the list of entities, to an error about an unknown entity. */
void scenario_suggest_entity(const myr_scenario *scenario, const char *name, myr_diagnostic *diagnostic);
/* Reads the parameter's name, the operation and its values, which the schema left as nodes. */
void scenario_read_randomize(myr_scenario *scenario, randomize_section *section, myr_diagnostics *diagnostics);
/* Reads the files of the models, and completes the options of `world` from them: models that disagree on an option that
 * `world` does not state are an error. Fills scenario->scene. The entities have no errors. */
void scenario_read_options(myr_scenario *scenario, myr_diagnostics *diagnostics);
/* Adds the faults among the findings, each where it stands: in a model's file, or, if it is of that file as a whole, where
 * the scenario names it. Returns whether there was any. */
bool scenario_tell_faults(const myr_scenario *scenario, const myr_findings *findings, myr_diagnostics *diagnostics);
/* Checks every rule that concerns more than one key. */
void scenario_check(myr_scenario *scenario, myr_diagnostics *diagnostics);
/* The rules for looks, cameras and sensors, and those for one entity's looks; scenario_check calls both. */
void scenario_check_looks(myr_scenario *scenario, myr_diagnostics *diagnostics);
void scenario_check_entity_look(myr_scenario *scenario, const entity_section *entity, myr_diagnostics *diagnostics);
/* An entity that must be a robot; NULL after an error. */
const entity_section *scenario_expect_robot(const myr_scenario *scenario, const char *name, position where,
                                            myr_diagnostics *diagnostics);
/* The entity and the rest of "entity.body"; an error unless the entity is a robot. */
void scenario_expect_body(myr_scenario *scenario, const text_value *body, myr_diagnostics *diagnostics);
/* The openable path of a file that is named relative to the scenario's folder. */
const char *scenario_path(myr_scenario *scenario, const char *path);

/* A randomizable property, such as body.mass. */
enum property_class { CLASS_body, CLASS_joint, CLASS_geom, CLASS_actuator, CLASS_material, CLASS_light, CLASS_world };
/* The kind of a property's value. */
enum property_kind { PROPERTY_NUMBER = 0, PROPERTY_VECTOR, PROPERTY_COLOR, PROPERTY_MATERIAL, PROPERTY_TEXTURE };
typedef struct property {
  enum property_class class;
  const char *class_name, *name;
  const char *unit;    /* SI; "" when it depends on the joint: bare numbers only */
  unsigned operations; /* bit 1 << enum randomize_operation */
  enum property_kind kind;
  double low; /* the property's least value, for `set` */
  const char *doc;
  /* Of physics: */
  int element; /* enum myr_element that the class stands for */
  int field;   /* enum myr_field */
  int width;   /* numbers of the field for each element */
  bool by_dof; /* the field has a row for each dof of a joint */
  /* How things look: */
  bool look; /* true: the members below are valid, and the members of physics are not */
  enum myr_look_field look_field;
  double high;
} property;
extern const property properties[];
extern const int property_count;

/* XXH3-64 of a file and of the files that a model names, as text "xxh3:<16 hexadecimal digits>". */
myr_status asset_hash(arena *arena, const char *path, const char **text, myr_error *error);

#endif
