/* A scenario bound to a model, private to the runtime: everything that a world needs while it runs, as numbers. */
#ifndef MYR_SCENARIOS_PLAN_H
#define MYR_SCENARIOS_PLAN_H

#include "kernels/start.h"
#include "kernels/fields.h"
#include "scenarios/expression.h"
#include "scenarios/scenario.h"

/* The source of a parameter's values: they are drawn into values[offset] or, when offset is -1, are the constant. */
typedef struct draw_site {
  enum myr_draw_kind kind;
  const quantity *quantity; /* the value, the magnitude, the angle, or the index of a triple */
  const double *triples;    /* (choices, 3) */
  int offset;
  int elements; /* draws: quantities have 1 value each, spheres and triples 3, a cone 2 */
  double constant;
} draw_site;

static inline myr_number site_number(const draw_site *site, int element) {
  int offset = site->offset < 0 ? -1 : site->offset + (site->elements > 1 ? element : 0);
  return (myr_number){.constant = site->constant, .offset = offset};
}
static inline double number_value(myr_number number, const double *values) {
  return number.offset < 0 ? number.constant : values[number.offset];
}
static inline double site_value(const draw_site *site, const double *values, int element) {
  return number_value(site_number(site, element), values);
}

/* A vector or a colour: either drawn as a whole (a sphere, or one of several triples), or three separate components. */
typedef struct vector_site {
  bool given, together;
  draw_site together_site, parts[3];
} vector_site;
/* element: its number, if a vector is drawn for each of several elements. */
void vector_site_numbers(const vector_site *site, int element, myr_number numbers[3]);
void vector_site_value(const vector_site *site, const double *values, int element, double vector[3]);

typedef struct entity_plan {
  const entity_section *section;
  bool robot;
  int root_joint;           /* its free joint, or -1 */
  int root_mocap;           /* number of its root among the mocap bodies, or -1 */
  int key;                  /* the model's keyframe that it starts in, or -1 */
  const double *start_qpos; /* (nq) positions of the whole model, of which its own are those it starts in */
  double fall_height;       /* m, half the start height */
} entity_plan;

typedef struct controller_plan {
  const controller_section *section;
  bool random;
  int actuator_count;
  int *actuators;       /* (actuator_count) in the model, ascending */
  int actuator_start;   /* first actuator of the entity; draws are numbered from it */
  const double *middle; /* by actuator of the entity: controls of the keyframe, or of the middle of the range */
  draw_site noise, amplitude;
  int every; /* control steps */
  myr_draw_key noise_key, random_key;
} controller_plan;

typedef struct event_plan {
  int body;
  draw_site at;
  vector_site push; /* N s or N */
  bool impulse;
  double duration; /* s */
} event_plan;

/* clang-format off */
enum program_operation {
  PROGRAM_NOT, PROGRAM_NEGATE, PROGRAM_ABS,
  PROGRAM_EVER, /* whether its operand has held in any state so far; memory[index] tells since when */
  PROGRAM_HELD, /* whether its operand has held for constant s until now; memory[index] tells since when */
  PROGRAM_AND, PROGRAM_OR, PROGRAM_LESS, PROGRAM_LESS_EQUAL, PROGRAM_EQUAL, PROGRAM_NOT_EQUAL,
  PROGRAM_ADD, PROGRAM_SUBTRACT, PROGRAM_MULTIPLY, PROGRAM_DIVIDE, PROGRAM_MIN, PROGRAM_MAX,
};
/* clang-format on */
struct world_view;
typedef struct instruction {
  /* Reads a number from a world, to be pushed on the stack; what it makes of the other members is its own affair. NULL:
   * the operation takes its operands from the stack. */
  double (*sense)(const struct instruction *instruction, const struct world_view *view);
  enum program_operation operation;
  int index, second;
  double constant, height;
} instruction;
enum { PROGRAM_STACK = 64 };
typedef struct program {
  int count; /* 0: there is none */
  const instruction *instructions;
} program;

/* A joint coordinate that expressions need, with its value before the step. */
typedef struct capture {
  enum myr_field field; /* qpos or qvel */
  int index;
} capture;

typedef struct look_writer look_writer; /* plan_look.h */

struct myr_plan {
  arena arena;
  myr_plan_info info;
  const myr_scenario *scenario;
  myr_scene scene; /* the scenario's */
  myr_diagnostics notices;
  myr_model *model;
  int entity_count;
  myr_entity_info *entity_infos;
  entity_plan *entities; /* (entity_count) */
  int *body_entity;      /* (nbody) or -1 */
  double *body_up;       /* (nbody, 3) the axis of the body that points up in the zero pose */
  int *pair_fall;        /* (npair) entity whose non-foot geom meets a ground, or -1 */
  int controller_count, event_count, capture_count;
  int memory_count; /* numbers that programs remember from state to state */
  controller_plan *controllers;
  event_plan *events;
  myr_start start;         /* of every episode */
  const capture *captures; /* (capture_count) */
  program success, terminate, reward;
  double *action_center, *action_scale; /* (nu) */
  bool *action_limited;                 /* (nu) */
  char *terminate_text;
  myr_look *look; /* NULL if the scenario has no keys about looks */
  look_writer *look_writers;
};

/* The arrays of myr_start while they grow. */
typedef struct start_lists {
#define START_LIST(type, name) arena_list name;
  MYR_START_ARRAYS(START_LIST)
#undef START_LIST
  int value_count;
} start_lists;

typedef struct plan_builder {
  myr_plan *plan;
  uint64_t seed;
  arena_list draws;    /* of myr_draw_info */
  arena_list captures; /* of capture */
  start_lists start;
  myr_diagnostics *diagnostics;
  bool failed; /* memory */
} plan_builder;

/* Each binds one part of the scenario; errors go to the builder's diagnostics. */
void plan_bind_entities(plan_builder *builder);
void plan_bind_starts(plan_builder *builder);
void plan_bind_parameters(plan_builder *builder);
void plan_bind_controllers(plan_builder *builder);
void plan_bind_events(plan_builder *builder);
void plan_bind_programs(plan_builder *builder);
void plan_bind_looks(plan_builder *builder);
/* Call it after these: it completes the start from the entries that the others added. */
void plan_finish_start(plan_builder *builder);
/* Warns of keyframes that lie outside the ranges of their joints and actuators; degrees taken for radians are errors. */
void plan_doubt_keyframes(plan_builder *builder);
/* Warns of keys that cannot have their effect in this scenario, and lists keys without effect as notices. Call it last. */
void plan_tell_idle(plan_builder *builder);
/* Notices of free bodies that turn too fast for their integrator. */
void plan_tell_tumbling(plan_builder *builder);
/* The part of it that concerns looks: notices of what no camera or sensor sees. */
void plan_tell_unseen(plan_builder *builder);
/* Whether a dof moves the body: it is neither fixed to the world nor a mocap body. */
bool plan_body_moves(const myr_model *model, int body);

/* Why the parameter can affect nothing in the elements (count) that it changes; NULL if it can. */
const char *plan_parameter_in_vain(const myr_model *model, const struct property *property, int operation,
                                   const int *elements, int count);

myr_draw_key plan_draw_key(uint64_t seed, const char *path);

/* Adds the draws of a path. elements 0: one draw; names: (elements). Fills the site with the place of the values. */
void plan_add_quantity(plan_builder *builder, draw_site *site, const quantity *quantity, const char *path, int elements,
                       const char *const *names);
void plan_add_cone(plan_builder *builder, draw_site *site, const quantity *angle, const char *path);
/* The same for a vector; if it is not given, `each` is drawn for each of x, y and z. */
void plan_add_vector(plan_builder *builder, vector_site *site, const vector_quantity *vector, const quantity *each,
                     const char *path, int elements, const char *const *names);

void plan_add_color(plan_builder *builder, vector_site *site, const color_quantity *color, const char *path,
                    int elements, const char *const *names);
/* The same for a name; the drawn value is the index of one of the names. */
void plan_add_name(plan_builder *builder, draw_site *site, const name_quantity *name, const char *path, int elements,
                   const char *const *names);

/* The entity's element of that kind (enum myr_element) and name, "entity.element"; -1 after an error that suggests
 * others. */
int plan_find(plan_builder *builder, int element, int entity, const char *name, position where);
int plan_entity(const myr_plan *plan, const char *name);
/* The place of the entity that an error of a floor below is about, which quotes its name or names its model's file; of
 * `entities` if it is about none. */
position plan_entity_place(const myr_scenario *scenario, const char *message);
void *plan_take(plan_builder *builder, size_t count, size_t size);
/* arena_append in the plan's arena. Like plan_take, it sets `failed` if memory is out. */
void *plan_append(plan_builder *builder, arena_list *list, int count, size_t size);

/* Adds an edit to the start: it changes the field's element by the amount, after the edits that were added before. */
void plan_add_edit(plan_builder *builder, enum myr_field field, int element, enum myr_edit_operation operation,
                   myr_number amount, double low, double high);

/* The value of a program that is not empty. Run each program of an episode once for each state, in order, because `ever`
 * and `held` keep in `state` since when their conditions hold. */
double program_run(const program *program, const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state,
                   double time);
/* 1 where the cosine of the body's tilt is at least `cosine` and its height (m) at least `height`, else 0. */
instruction program_upright(int body, double cosine, double height);

#endif
