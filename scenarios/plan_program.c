/* Expressions as postfix programs over a world's labels. */
#include <math.h>
#include <string.h>

#include "kernels/model.h"
#include "kernels/rotation.h"
#include "sim/deterministic_math.h"
#include "scenarios/plan.h"
#include "scenarios/plan_world.h"

/* ------------------------------------------------------------------------------------------------ senses */

typedef struct world_view {
  const myr_plan *plan;
  myr_batch *batch;
  int world;
  const double *captured;
  double time;
  position_spans positions;
  myr_span rotation;
} world_view;

static double norm(double x, double y, double z) { return portable_sqrt(x * x + y * y + z * z); }

/* The body's up axis in the world. */
static void up_axis(const world_view *view, int body, double up[3]) {
  double q[4];
  span_read(view->rotation, 4 * body, 4, q);
  myr_quaternion_rotate(q, view->plan->body_up + 3 * body, up);
}

static double sense_constant(const instruction *i, const world_view *view) {
  (void)view;
  return i->constant;
}

static double sense_time(const instruction *i, const world_view *view) {
  (void)i;
  return view->time;
}

static double sense_captured(const instruction *i, const world_view *view) { return view->captured[i->index]; }

/* Of three captured numbers. */
static double sense_captured_norm(const instruction *i, const world_view *view) {
  const double *v = view->captured + i->index;
  return norm(v[0], v[1], v[2]);
}

/* Component `second` of the body's position. */
static double sense_position(const instruction *i, const world_view *view) {
  return position_get(&view->positions, 3 * i->index + i->second);
}

static double sense_distance(const instruction *i, const world_view *view) {
  double p[3], q[3];
  position_read(&view->positions, i->index, p);
  position_read(&view->positions, i->second, q);
  return norm(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

static double sense_tilt(const instruction *i, const world_view *view) {
  double up[3];
  up_axis(view, i->index, up);
  return portable_atan2(norm(up[0], up[1], 0), up[2]);
}

/* Cosine of the body's tilt at least `constant`, and height at least `height`. */
static double sense_upright(const instruction *i, const world_view *view) {
  double up[3];
  up_axis(view, i->index, up);
  return up[2] >= i->constant && position_get(&view->positions, 3 * i->index + 2) >= i->height;
}

static double sense_contact_force(const instruction *i, const world_view *view) {
  double v[3];
  span_read(myr_batch_field(view->batch, MYR_FIELD_body_contact_force, view->world), 3 * i->index, 3, v);
  return norm(v[0], v[1], v[2]);
}

instruction program_upright(int body, double cosine, double height) {
  return (instruction){.sense = sense_upright, .index = body, .constant = cosine, .height = height};
}

/* ------------------------------------------------------------------------------------------------ compiling */

typedef struct compiler {
  plan_builder *builder;
  const node *scalar;
  arena_list instructions; /* of instruction */
  int depth, deepest;
} compiler;

static void emit(compiler *compiler, instruction instruction, int pushed) {
  compiler->depth += pushed;
  if (compiler->depth > compiler->deepest) compiler->deepest = compiler->depth;
  struct instruction *next = plan_append(compiler->builder, &compiler->instructions, 1, sizeof *next);
  if (next) *next = instruction;
}

static int entity_of_argument(compiler *compiler, const expression *call, int argument) {
  return plan_entity(compiler->builder->plan, call->names[argument]);
}

/* The body of an argument: the root of an entity, or entity.body. */
static int body_of_argument(compiler *compiler, const expression *call, int argument) {
  int entity = entity_of_argument(compiler, call, argument);
  if (!strchr(call->names[argument], '.')) return compiler->builder->plan->entity_infos[entity].root_body;
  return plan_find(compiler->builder, MYR_ELEMENT_body, entity, call->names[argument],
                   node_inside(compiler->scalar, call->name_offsets[argument]));
}

/* Adds `count` consecutive captures and returns the index of the first; -1 without memory. */
static int add_capture(compiler *compiler, enum myr_field field, int index, int count) {
  arena_list *captures = &compiler->builder->captures;
  const capture *known = captures->items;
  for (int i = 0; i + count <= captures->count; i++) {
    bool equal = true;
    for (int k = 0; k < count; k++) equal &= known[i + k].field == field && known[i + k].index == index + k;
    if (equal) return i;
  }
  capture *added = plan_append(compiler->builder, captures, count, sizeof *added);
  if (!added) return -1;
  for (int k = 0; k < count; k++) added[k] = (capture){field, index + k};
  return captures->count - count;
}

static bool expect_floating(compiler *compiler, const expression *call, int entity) {
  const myr_entity_info *info = &compiler->builder->plan->entity_infos[entity];
  if (info->floating) return true;
  diagnose_hint(diagnose(compiler->builder->diagnostics, node_inside(compiler->scalar, call->name_offsets[0]),
                         "`%s` is fixed to the world: `%s` needs a floating robot", info->name,
                         expression_functions[call->function].name),
                "joint(%s.NAME), joint_speed(%s.NAME) and upright(%s.BODY) see fixed robots", info->name, info->name,
                info->name);
  return false;
}

static void compile_root_velocity(compiler *compiler, const expression *call) {
  const myr_plan *plan = compiler->builder->plan;
  int entity = entity_of_argument(compiler, call, 0);
  if (!expect_floating(compiler, call, entity)) return;
  int dof = plan->model->jnt_dof_start[plan->entities[entity].root_joint];
  bool norm = call->function == FUNCTION_speed || call->function == FUNCTION_angular_speed;
  if (call->function == FUNCTION_angular_speed) dof += 3;
  if (!norm) dof += (int)call->function - FUNCTION_velocity_x;
  int index = add_capture(compiler, MYR_FIELD_qvel, dof, norm ? 3 : 1);
  emit(compiler, (instruction){.sense = norm ? sense_captured_norm : sense_captured, .index = index}, 1);
}

static void compile_joint(compiler *compiler, const expression *call) {
  const myr_model *model = compiler->builder->plan->model;
  position where = node_inside(compiler->scalar, call->name_offsets[0]);
  int joint =
      plan_find(compiler->builder, MYR_ELEMENT_joint, entity_of_argument(compiler, call, 0), call->names[0], where);
  if (joint < 0) return;
  if (model->jnt_type[joint] != MYR_JOINT_HINGE && model->jnt_type[joint] != MYR_JOINT_SLIDE) {
    diagnose(compiler->builder->diagnostics, where, "`%s` is neither a hinge nor a slide", call->names[0]);
    return;
  }
  bool position = call->function == FUNCTION_joint;
  int index = add_capture(compiler, position ? MYR_FIELD_qpos : MYR_FIELD_qvel,
                          position ? model->jnt_qpos_start[joint] : model->jnt_dof_start[joint], 1);
  emit(compiler, (instruction){.sense = sense_captured, .index = index}, 1);
}

/* upright(e) and fallen(e) also test the height, when the entity floats and the argument is the whole entity. */
static void compile_upright(compiler *compiler, const expression *call) {
  const myr_plan *plan = compiler->builder->plan;
  bool fallen = call->function == FUNCTION_fallen;
  int entity = entity_of_argument(compiler, call, 0), body = body_of_argument(compiler, call, 0);
  if (body < 0 || (fallen && !expect_floating(compiler, call, entity))) return;
  const myr_entity_info *info = &plan->entity_infos[entity];
  double fraction = fallen ? call->constants[2] : 0.5;
  bool whole = info->floating && body == info->root_body && !strchr(call->names[0], '.');
  double height = whole ? fraction * info->start_height : -INFINITY;
  emit(compiler, program_upright(body, portable_cos(call->constants[1]), height), 1);
  if (fallen) emit(compiler, (instruction){.operation = PROGRAM_NOT}, 0);
}

static void compile(compiler *compiler, const expression *tree);

static void compile_numbers(compiler *compiler, const expression *call) {
  compile(compiler, call->left);
  if (call->right) compile(compiler, call->right);
  enum program_operation operation = call->function == FUNCTION_abs   ? PROGRAM_ABS
                                     : call->function == FUNCTION_min ? PROGRAM_MIN
                                                                      : PROGRAM_MAX;
  emit(compiler, (instruction){.operation = operation}, call->right ? -1 : 0);
}

static void compile_position(compiler *compiler, const expression *call) {
  int body = body_of_argument(compiler, call, 0), axis = (int)call->function - FUNCTION_x;
  if (body >= 0) emit(compiler, (instruction){.sense = sense_position, .index = body, .second = axis}, 1);
}

static void compile_distance(compiler *compiler, const expression *call) {
  int body = body_of_argument(compiler, call, 0), second = body_of_argument(compiler, call, 1);
  if (body >= 0 && second >= 0)
    emit(compiler, (instruction){.sense = sense_distance, .index = body, .second = second}, 1);
}

static void compile_tilt(compiler *compiler, const expression *call) {
  int body = body_of_argument(compiler, call, 0);
  if (body >= 0) emit(compiler, (instruction){.sense = sense_tilt, .index = body}, 1);
}

static void compile_contact_force(compiler *compiler, const expression *call) {
  int body = body_of_argument(compiler, call, 0);
  if (body >= 0) emit(compiler, (instruction){.sense = sense_contact_force, .index = body}, 1);
}

static void compile_memory(compiler *compiler, const expression *call) {
  compile(compiler, call->left);
  emit(compiler,
       (instruction){.operation = call->function == FUNCTION_held ? PROGRAM_HELD : PROGRAM_EVER,
                     .index = compiler->builder->plan->memory_count++,
                     .constant = call->constants[1]},
       0);
}

static void compile_call(compiler *compiler, const expression *call) {
  static void (*const compilers[FUNCTION_COUNT])(struct compiler *, const expression *) = {
#define FUNCTION(name, arguments, unit, compile, doc, ...) compile_##compile,
#include "scenarios/functions.def"
  };
  compilers[call->function](compiler, call);
}

static void compile(compiler *compiler, const expression *tree) {
  static const struct {
    enum program_operation operation;
    bool swap;
  } operators[] = {
      [EXPRESSION_NOT] = {PROGRAM_NOT, false},           [EXPRESSION_NEGATE] = {PROGRAM_NEGATE, false},
      [EXPRESSION_AND] = {PROGRAM_AND, false},           [EXPRESSION_OR] = {PROGRAM_OR, false},
      [EXPRESSION_LESS] = {PROGRAM_LESS, false},         [EXPRESSION_LESS_EQUAL] = {PROGRAM_LESS_EQUAL, false},
      [EXPRESSION_GREATER] = {PROGRAM_LESS, true},       [EXPRESSION_GREATER_EQUAL] = {PROGRAM_LESS_EQUAL, true},
      [EXPRESSION_EQUAL] = {PROGRAM_EQUAL, false},       [EXPRESSION_NOT_EQUAL] = {PROGRAM_NOT_EQUAL, false},
      [EXPRESSION_ADD] = {PROGRAM_ADD, false},           [EXPRESSION_SUBTRACT] = {PROGRAM_SUBTRACT, false},
      [EXPRESSION_MULTIPLY] = {PROGRAM_MULTIPLY, false}, [EXPRESSION_DIVIDE] = {PROGRAM_DIVIDE, false},
  };
  switch (tree->kind) {
  case EXPRESSION_NUMBER:
  case EXPRESSION_BOOLEAN: emit(compiler, (instruction){.sense = sense_constant, .constant = tree->value}, 1); return;
  case EXPRESSION_TIME: emit(compiler, (instruction){.sense = sense_time}, 1); return;
  case EXPRESSION_CALL: compile_call(compiler, tree); return;
  default: break;
  }
  bool unary = tree->right == tree->left, swap = operators[tree->kind].swap;
  compile(compiler, swap ? tree->right : tree->left);
  if (!unary) compile(compiler, swap ? tree->left : tree->right);
  emit(compiler, (instruction){.operation = operators[tree->kind].operation}, unary ? 0 : -1);
}

/* A copy of the tree in which joints have the dimension of the model's joints, to be checked once more. */
static expression *bind_dimensions(compiler *compiler, const expression *tree) {
  if (!tree) return NULL;
  expression *copy = plan_take(compiler->builder, 1, sizeof *copy);
  if (!copy) return NULL;
  *copy = *tree;
  copy->left = bind_dimensions(compiler, tree->left);
  copy->right = tree->right == tree->left ? copy->left : bind_dimensions(compiler, tree->right);
  if (tree->kind == EXPRESSION_CALL && (tree->function == FUNCTION_joint || tree->function == FUNCTION_joint_speed)) {
    const myr_model *model = compiler->builder->plan->model;
    int joint = myr_model_find(model, MYR_ELEMENT_joint, tree->names[0]);
    copy->bound = joint >= 0;
    bool slide = joint >= 0 && model->jnt_type[joint] == MYR_JOINT_SLIDE;
    copy->dimension = slide ? (dimension){.length = 1} : (dimension){.angle = 1};
  }
  return copy;
}

static void bind_program(plan_builder *builder, program *program, const expression_value *value) {
  if (!value->tree) return;
  compiler compiler = {.builder = builder, .scalar = value->node};
  int before = builder->diagnostics->count;
  compile(&compiler, value->tree);
  expression *bound = bind_dimensions(&compiler, value->tree);
  if (!bound || builder->diagnostics->count > before) return;
  expression_check(bound, value->node, builder->diagnostics);
  if (compiler.deepest > PROGRAM_STACK) {
    diagnose(builder->diagnostics, value->node->where, "the expression needs more than %d values at once",
             PROGRAM_STACK);
    return;
  }
  program->instructions = compiler.instructions.items;
  program->count = compiler.instructions.count;
}

void plan_bind_programs(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_scenario *scenario = plan->scenario;
  bind_program(builder, &plan->success, &scenario->success);
  bind_program(builder, &plan->terminate, &scenario->terminate);
  bind_program(builder, &plan->reward, &scenario->reward);
  plan->captures = builder->captures.items;
  plan->capture_count = builder->captures.count;
  if (scenario->terminate.tree)
    plan->terminate_text = arena_format(&plan->arena, "terminate: %s", scenario->terminate.text);
}

/* ------------------------------------------------------------------------------------------------ running */

static double combine(enum program_operation operation, double a, double b) {
  switch (operation) {
  case PROGRAM_AND: return a != 0 && b != 0;
  case PROGRAM_OR: return a != 0 || b != 0;
  case PROGRAM_LESS: return a < b;
  case PROGRAM_LESS_EQUAL: return a <= b;
  case PROGRAM_EQUAL: return a == b;
  case PROGRAM_NOT_EQUAL: return a != b;
  case PROGRAM_ADD: return a + b;
  case PROGRAM_SUBTRACT: return a - b;
  case PROGRAM_MULTIPLY: return a * b;
  case PROGRAM_DIVIDE: return a / b;
  case PROGRAM_MIN: return fmin(a, b);
  default: return fmax(a, b);
  }
}

/* Times are multiples of the control period, so their differences are rounded. */
static const double shortest_time = 1e-9; /* s */

/* since: the time at which the condition began to hold, or -1. */
static bool has_held(bool holds, double time, double duration, double *since) {
  if (!holds) *since = -1;
  if (holds && *since < 0) *since = time;
  return holds && time - *since >= duration - shortest_time;
}

static bool has_ever_held(bool holds, double time, double *since) {
  if (holds && *since < 0) *since = time;
  return *since >= 0;
}

static double remember(const instruction *instruction, bool holds, double time, double *memory) {
  double *since = memory + instruction->index;
  if (instruction->operation == PROGRAM_EVER) return has_ever_held(holds, time, since);
  return has_held(holds, time, instruction->constant, since);
}

/* NOLINTBEGIN(clang-analyzer-core.*): compiling has counted how deep the stack is, and that operands lie on it */
double program_run(const program *program, const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state,
                   double time) {
  const world_view view = {.plan = plan,
                           .batch = batch,
                           .world = world,
                           .captured = state->captured,
                           .time = time,
                           .positions = positions_of_world(batch, world),
                           .rotation = myr_batch_field(batch, MYR_FIELD_body_rotation, world)};
  double stack[PROGRAM_STACK + 1];
  int top = 0;
  for (int i = 0; i < program->count; i++) {
    const instruction *instruction = &program->instructions[i];
    if (instruction->sense) {
      stack[top++] = instruction->sense(instruction, &view);
      continue;
    }
    switch (instruction->operation) {
    case PROGRAM_NOT: stack[top - 1] = stack[top - 1] == 0; break;
    case PROGRAM_NEGATE: stack[top - 1] = -stack[top - 1]; break;
    case PROGRAM_ABS: stack[top - 1] = fabs(stack[top - 1]); break;
    case PROGRAM_EVER:
    case PROGRAM_HELD: stack[top - 1] = remember(instruction, stack[top - 1] != 0, time, state->memory); break;
    default: top--; stack[top - 1] = combine(instruction->operation, stack[top - 1], stack[top]);
    }
  }
  return stack[0];
}
/* NOLINTEND(clang-analyzer-core.*) */
