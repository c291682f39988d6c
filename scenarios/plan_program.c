/* Expressions as postfix programs over a world's labels. */
#include <math.h>
#include <string.h>

#include "kernels/model.h"
#include "kernels/rotation.h"
#include "sim/deterministic_math.h"
#include "scenarios/plan.h"
#include "scenarios/plan_world.h"

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
  char name[80];
  snprintf(name, sizeof name, "%.*s", (int)strcspn(call->names[argument], "."), call->names[argument]);
  return plan_entity(compiler->builder->plan, name);
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
  bool norm = call->function == FUNCTION_SPEED || call->function == FUNCTION_ANGULAR_SPEED;
  if (call->function == FUNCTION_ANGULAR_SPEED) dof += 3;
  if (!norm) dof += (int)call->function - FUNCTION_VELOCITY_X;
  int index = add_capture(compiler, MYR_FIELD_qvel, dof, norm ? 3 : 1);
  emit(compiler, (instruction){.operation = norm ? PROGRAM_CAPTURE_NORM : PROGRAM_CAPTURE, .index = index}, 1);
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
  bool position = call->function == FUNCTION_JOINT;
  int index = add_capture(compiler, position ? MYR_FIELD_qpos : MYR_FIELD_qvel,
                          position ? model->jnt_qpos_start[joint] : model->jnt_dof_start[joint], 1);
  emit(compiler, (instruction){.operation = PROGRAM_CAPTURE, .index = index}, 1);
}

/* upright(e) and fallen(e) also test the height, when the entity floats and the argument is the whole entity. */
static void compile_upright(compiler *compiler, const expression *call) {
  const myr_plan *plan = compiler->builder->plan;
  bool fallen = call->function == FUNCTION_FALLEN;
  int entity = entity_of_argument(compiler, call, 0), body = body_of_argument(compiler, call, 0);
  if (body < 0 || (fallen && !expect_floating(compiler, call, entity))) return;
  const myr_entity_info *info = &plan->entity_infos[entity];
  double fraction = fallen ? call->constants[2] : 0.5;
  bool whole = info->floating && body == info->root_body && !strchr(call->names[0], '.');
  emit(compiler,
       (instruction){.operation = PROGRAM_UPRIGHT,
                     .index = body,
                     .constant = portable_cos(call->constants[1]),
                     .height = whole ? fraction * info->start_height : -INFINITY},
       1);
  if (fallen) emit(compiler, (instruction){.operation = PROGRAM_NOT}, 0);
}

static void compile(compiler *compiler, const expression *tree);

static void compile_call(compiler *compiler, const expression *call) {
  switch (call->function) {
  case FUNCTION_UPRIGHT:
  case FUNCTION_FALLEN: compile_upright(compiler, call); return;
  case FUNCTION_SPEED:
  case FUNCTION_ANGULAR_SPEED:
  case FUNCTION_VELOCITY_X:
  case FUNCTION_VELOCITY_Y:
  case FUNCTION_VELOCITY_Z: compile_root_velocity(compiler, call); return;
  case FUNCTION_JOINT:
  case FUNCTION_JOINT_SPEED: compile_joint(compiler, call); return;
  case FUNCTION_ABS:
  case FUNCTION_MIN:
  case FUNCTION_MAX:
    compile(compiler, call->left);
    if (call->right) compile(compiler, call->right);
    emit(compiler,
         (instruction){.operation = call->function == FUNCTION_ABS   ? PROGRAM_ABS
                                    : call->function == FUNCTION_MIN ? PROGRAM_MIN
                                                                     : PROGRAM_MAX},
         call->right ? -1 : 0);
    return;
  default: break;
  }
  int body = body_of_argument(compiler, call, 0);
  int second = call->function == FUNCTION_DISTANCE ? body_of_argument(compiler, call, 1) : 0;
  if (body < 0 || second < 0) return;
  switch (call->function) {
  case FUNCTION_X:
  case FUNCTION_Y:
  case FUNCTION_HEIGHT:
    emit(compiler,
         (instruction){.operation = PROGRAM_POSITION,
                       .index = body,
                       .second = call->function == FUNCTION_X   ? 0
                                 : call->function == FUNCTION_Y ? 1
                                                                : 2},
         1);
    return;
  case FUNCTION_DISTANCE:
    emit(compiler, (instruction){.operation = PROGRAM_DISTANCE, .index = body, .second = second}, 1);
    return;
  case FUNCTION_TILT: emit(compiler, (instruction){.operation = PROGRAM_TILT, .index = body}, 1); return;
  default: emit(compiler, (instruction){.operation = PROGRAM_FORCE, .index = body}, 1); return;
  }
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
  case EXPRESSION_BOOLEAN: emit(compiler, (instruction){.operation = PROGRAM_PUSH, .constant = tree->value}, 1); return;
  case EXPRESSION_TIME: emit(compiler, (instruction){.operation = PROGRAM_TIME}, 1); return;
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
  if (tree->kind == EXPRESSION_CALL && (tree->function == FUNCTION_JOINT || tree->function == FUNCTION_JOINT_SPEED)) {
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

typedef struct world_view {
  const myr_plan *plan;
  myr_span position, rotation;
} world_view;

/* The body's up axis in the world. */
static void up_axis(const world_view *view, int body, double up[3]) {
  double q[4];
  span_read(view->rotation, 4 * body, 4, q);
  myr_quaternion_rotate(q, view->plan->body_up + 3 * body, up);
}

static double norm(double x, double y, double z) { return portable_sqrt(x * x + y * y + z * z); }

static double distance(const world_view *view, int a, int b) {
  double p[3], q[3];
  span_read(view->position, 3 * a, 3, p);
  span_read(view->position, 3 * b, 3, q);
  return norm(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

static double sense(const instruction *instruction, const world_view *view, myr_batch *batch, int world,
                    const myr_episode_state *state, double time) {
  double v[3];
  const double *captured = state->captured;
  switch (instruction->operation) {
  case PROGRAM_PUSH: return instruction->constant;
  case PROGRAM_TIME: return time;
  case PROGRAM_CAPTURE: return captured[instruction->index];
  case PROGRAM_CAPTURE_NORM: captured += instruction->index; return norm(captured[0], captured[1], captured[2]);
  case PROGRAM_POSITION: return span_get(view->position, 3 * instruction->index + instruction->second);
  case PROGRAM_DISTANCE: return distance(view, instruction->index, instruction->second);
  case PROGRAM_TILT: up_axis(view, instruction->index, v); return portable_atan2(norm(v[0], v[1], 0), v[2]);
  case PROGRAM_UPRIGHT:
    up_axis(view, instruction->index, v);
    return v[2] >= instruction->constant && span_get(view->position, 3 * instruction->index + 2) >= instruction->height;
  default:
    span_read(myr_batch_field(batch, MYR_FIELD_body_contact_force, world), 3 * instruction->index, 3, v);
    return norm(v[0], v[1], v[2]);
  }
}

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

/* NOLINTBEGIN(clang-analyzer-core.*): compiling has counted how deep the stack is, and that operands lie on it */
double program_run(const program *program, const myr_plan *plan, myr_batch *batch, int world,
                   const myr_episode_state *state, double time) {
  const world_view view = {plan, myr_batch_field(batch, MYR_FIELD_body_position, world),
                           myr_batch_field(batch, MYR_FIELD_body_rotation, world)};
  double stack[PROGRAM_STACK + 1];
  int top = 0;
  for (int i = 0; i < program->count; i++) {
    const instruction *instruction = &program->instructions[i];
    switch (instruction->operation) {
    case PROGRAM_NOT: stack[top - 1] = stack[top - 1] == 0; break;
    case PROGRAM_NEGATE: stack[top - 1] = -stack[top - 1]; break;
    case PROGRAM_ABS: stack[top - 1] = fabs(stack[top - 1]); break;
    default:
      if (instruction->operation < PROGRAM_NOT) {
        stack[top++] = sense(instruction, &view, batch, world, state, time);
      } else {
        top--;
        stack[top - 1] = combine(instruction->operation, stack[top - 1], stack[top]);
      }
    }
  }
  return stack[0];
}
/* NOLINTEND(clang-analyzer-core.*) */
