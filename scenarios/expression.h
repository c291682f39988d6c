/* The expressions of success, terminate and reward: text to a tree, names not yet bound to a model.
 *
 *   expression = and { "or" and }             and = not { "and" not }            not = "not" not | comparison
 *   comparison = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
 *   sum        = product { ("+" | "-") product }
 *   product    = unary { ("*" | "/") unary }  unary = "-" unary | primary
 *   primary    = number [ unit ] | "true" | "false" | "time" | "(" expression ")" | function "(" arguments ")"
 *
 * A number without unit takes the dimension of the other operand of its comparison or sum. */
#ifndef MYR_SCENARIOS_EXPRESSION_H
#define MYR_SCENARIOS_EXPRESSION_H

#include "scenarios/units.h"

enum expression_kind {
  EXPRESSION_NUMBER,
  EXPRESSION_BOOLEAN,
  EXPRESSION_TIME,
  EXPRESSION_CALL,
  EXPRESSION_NOT,
  EXPRESSION_NEGATE,
  EXPRESSION_AND,
  EXPRESSION_OR,
  EXPRESSION_LESS,
  EXPRESSION_LESS_EQUAL,
  EXPRESSION_GREATER,
  EXPRESSION_GREATER_EQUAL,
  EXPRESSION_EQUAL,
  EXPRESSION_NOT_EQUAL,
  EXPRESSION_ADD,
  EXPRESSION_SUBTRACT,
  EXPRESSION_MULTIPLY,
  EXPRESSION_DIVIDE,
};

enum expression_function {
#define FUNCTION(name, arguments, unit, compile, doc, ...) FUNCTION_##name,
#include "scenarios/functions.def"
  FUNCTION_COUNT
};

/* A line of functions.def, which says what the columns mean. */
typedef struct function_info {
  const char *name, *arguments, *unit, *doc;
  double defaults[3]; /* of optional arguments */
} function_info;
extern const function_info expression_functions[FUNCTION_COUNT];

/* Writes a call such as "tilt(ENTITY or ENTITY.BODY)" into buffer, and returns buffer. */
const char *function_usage(const function_info *function, char *buffer, size_t size);

enum { EXPRESSION_ARGUMENTS = 3 };

typedef struct expression expression;
struct expression {
  enum expression_kind kind;
  enum expression_function function;
  size_t offset; /* of its first character, or of its operator */
  double value;  /* a number, SI; a truth, 0 or 1 */
  bool has_unit;
  dimension dimension;                     /* of a number; of a joint once bound */
  bool bound;                              /* a joint's dimension is known */
  expression *left, *right;                /* operands; x and c arguments */
  const char *names[EXPRESSION_ARGUMENTS]; /* t, e and j arguments */
  size_t name_offsets[EXPRESSION_ARGUMENTS];
  double constants[EXPRESSION_ARGUMENTS]; /* d, A and F arguments */
};

/* Reads the scalar; NULL after an error. */
expression *expression_parse(arena *arena, const node *scalar, myr_diagnostics *diagnostics);

/* The type of an expression's value. */
typedef struct expression_type {
  enum { TYPE_WRONG, TYPE_TRUTH, TYPE_NUMBER, TYPE_ANY_NUMBER /* bare, or not yet bound */ } kind;
  dimension dimension;
} expression_type;
/* Checks operators against their operands. Diagnoses and gives TYPE_WRONG. */
expression_type expression_check(const expression *tree, const node *scalar, myr_diagnostics *diagnostics);

#endif
