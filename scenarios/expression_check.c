/* Types and dimensions of an expression. */
#include <string.h>

#include "scenarios/expression.h"

static const expression_type wrong = {.kind = TYPE_WRONG}, truth = {.kind = TYPE_TRUTH},
                             any_number = {.kind = TYPE_ANY_NUMBER};

static expression_type number(dimension dimension) { return (expression_type){TYPE_NUMBER, dimension}; }

static const char *type_name(expression_type type, char *buffer, size_t size) {
  if (type.kind == TYPE_TRUTH) return "a condition";
  return type.kind == TYPE_ANY_NUMBER ? "a number" : dimension_name(type.dimension, buffer, size);
}

static expression_type mismatch(const node *scalar, size_t offset, const char *what, expression_type left,
                                expression_type right, myr_diagnostics *diagnostics) {
  char a[64], b[64];
  diagnose(diagnostics, node_inside(scalar, offset), "cannot %s %s and %s", what, type_name(left, a, sizeof a),
           type_name(right, b, sizeof b));
  return wrong;
}

/* The common type of two numbers of equal dimension. */
static expression_type join(const expression *tree, const node *scalar, const char *what, expression_type left,
                            expression_type right, myr_diagnostics *diagnostics) {
  if (left.kind == TYPE_TRUTH || right.kind == TYPE_TRUTH) {
    return mismatch(scalar, tree->offset, what, left, right, diagnostics);
  }
  if (left.kind == TYPE_ANY_NUMBER) return right;
  if (right.kind == TYPE_ANY_NUMBER || dimension_equal(left.dimension, right.dimension)) return left;
  return mismatch(scalar, tree->offset, what, left, right, diagnostics);
}

static expression_type expect_condition(const expression *operand, const node *scalar, expression_type type,
                                        myr_diagnostics *diagnostics) {
  if (type.kind == TYPE_TRUTH || type.kind == TYPE_WRONG) return type;
  char name[64];
  diagnose_hint(diagnose(diagnostics, node_inside(scalar, operand->offset), "expected a condition, got %s",
                         type_name(type, name, sizeof name)),
                "compare it with something: `height(robot) > 0.5 m`");
  return wrong;
}

static expression_type check_call(const expression *tree, const node *scalar, myr_diagnostics *diagnostics) {
  const function_info *function = &expression_functions[tree->function];
  if (function->arguments[0] == 'c')
    return expect_condition(tree->left, scalar, expression_check(tree->left, scalar, diagnostics), diagnostics);
  if (!strcmp(function->unit, "bool")) return truth;
  if (!strcmp(function->unit, "joint")) {
    if (!tree->bound) return any_number;
    const dimension time = {.time = 1};
    return number(tree->function == FUNCTION_joint ? tree->dimension : dimension_multiply(tree->dimension, time, -1));
  }
  if (strcmp(function->unit, "argument")) return number(unit_dimension(function->unit));
  expression_type left = expression_check(tree->left, scalar, diagnostics);
  if (left.kind == TYPE_WRONG) return wrong;
  if (!tree->right) {
    if (left.kind != TYPE_TRUTH) return left;
    diagnose(diagnostics, node_inside(scalar, tree->left->offset), "expected a number, got a condition");
    return wrong;
  }
  expression_type right = expression_check(tree->right, scalar, diagnostics);
  return right.kind == TYPE_WRONG ? wrong : join(tree, scalar, "compare", left, right, diagnostics);
}

static expression_type check_logic(const expression *tree, const node *scalar, expression_type left,
                                   expression_type right, myr_diagnostics *diagnostics) {
  expression_type type = expect_condition(tree->left, scalar, left, diagnostics);
  return type.kind == TYPE_WRONG ? wrong : expect_condition(tree->right, scalar, right, diagnostics);
}

static expression_type product(const expression *tree, const node *scalar, expression_type left, expression_type right,
                               myr_diagnostics *diagnostics) {
  bool divide = tree->kind == EXPRESSION_DIVIDE;
  if (left.kind == TYPE_TRUTH || right.kind == TYPE_TRUTH) {
    return mismatch(scalar, tree->offset, divide ? "divide" : "multiply", left, right, diagnostics);
  }
  if (left.kind == TYPE_ANY_NUMBER && right.kind == TYPE_ANY_NUMBER) return any_number;
  return number(dimension_multiply(left.dimension, right.dimension, divide ? -1 : 1));
}

expression_type expression_check(const expression *tree, const node *scalar, myr_diagnostics *diagnostics) {
  switch (tree->kind) {
  case EXPRESSION_NUMBER: return tree->has_unit ? number(tree->dimension) : any_number;
  case EXPRESSION_BOOLEAN: return truth;
  case EXPRESSION_TIME: return number((dimension){.time = 1});
  case EXPRESSION_CALL: return check_call(tree, scalar, diagnostics);
  default: break;
  }
  expression_type left = expression_check(tree->left, scalar, diagnostics);
  expression_type right = tree->right == tree->left ? left : expression_check(tree->right, scalar, diagnostics);
  if (left.kind == TYPE_WRONG || right.kind == TYPE_WRONG) return wrong;
  switch (tree->kind) {
  case EXPRESSION_NOT:
  case EXPRESSION_AND:
  case EXPRESSION_OR: return check_logic(tree, scalar, left, right, diagnostics);
  case EXPRESSION_NEGATE:
    if (left.kind != TYPE_TRUTH) return left;
    diagnose_hint(diagnose(diagnostics, node_inside(scalar, tree->offset), "cannot negate a condition"), "write `not`");
    return wrong;
  case EXPRESSION_ADD: return join(tree, scalar, "add", left, right, diagnostics);
  case EXPRESSION_SUBTRACT: return join(tree, scalar, "subtract", left, right, diagnostics);
  case EXPRESSION_MULTIPLY:
  case EXPRESSION_DIVIDE: return product(tree, scalar, left, right, diagnostics);
  default: return join(tree, scalar, "compare", left, right, diagnostics).kind == TYPE_WRONG ? wrong : truth;
  }
}
