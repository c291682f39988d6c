#include "scenarios/expression.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define DEGREE (3.14159265358979323846 / 180)

/* Both limit the depth of recursive functions, because a long sum is a deep tree and the stack is finite. */
enum { NESTING_LIMIT = 64, TREE_LIMIT = 5000 };

const function_info expression_functions[FUNCTION_COUNT] = {
#define FUNCTION(name, arguments, unit, compile, doc, ...) {#name, arguments, unit, doc, {0, ##__VA_ARGS__}},
#include "scenarios/functions.def"
};

static const char *argument_text(char letter) {
  switch (letter) {
  case 't': return "ENTITY or ENTITY.BODY";
  case 'e': return "ENTITY";
  case 'j': return "ENTITY.JOINT";
  case 'x': return "number";
  case 'c': return "condition";
  case 'd': return "duration";
  case 'A': return "[angle]";
  default: return "[fraction]";
  }
}

const char *function_usage(const function_info *function, char *buffer, size_t size) {
  size_t used = (size_t)snprintf(buffer, size, "%s(", function->name);
  for (int i = 0; function->arguments[i] && used < size; i++)
    used += (size_t)snprintf(buffer + used, size - used, "%s%s", i ? ", " : "", argument_text(function->arguments[i]));
  if (used < size) snprintf(buffer + used, size - used, ")");
  return buffer;
}

typedef struct expression_reader {
  arena *arena;
  const node *scalar;
  myr_diagnostics *diagnostics;
  size_t at;
  int depth, nodes;
} expression_reader;

static expression *read_or(expression_reader *reader);

static myr_diagnostic *complain(expression_reader *reader, size_t offset, const char *message) {
  return diagnose(reader->diagnostics, node_inside(reader->scalar, offset), "%s", message);
}

static void skip_spaces(expression_reader *reader) {
  while (isspace((unsigned char)reader->scalar->text[reader->at])) reader->at++;
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool accept(expression_reader *reader, const char *symbol) {
  skip_spaces(reader);
  size_t length = strlen(symbol);
  if (strncmp(reader->scalar->text + reader->at, symbol, length)) return false;
  if (isalpha((unsigned char)symbol[0]) && is_word(reader->scalar->text[reader->at + length])) return false;
  reader->at += length;
  return true;
}

/* Returns "end of the expression" or the next characters, for messages. */
static const char *next_text(expression_reader *reader, char *buffer, size_t size) {
  skip_spaces(reader);
  const char *text = reader->scalar->text + reader->at;
  if (!*text) return "the end";
  int length = 1;
  if (is_word(*text)) {
    while (length < 30 && is_word(text[length])) length++;
  } else {
    while (((unsigned char)text[length] & 0xc0) == 0x80) length++;
  }
  snprintf(buffer, size, "`%.*s`", length, text);
  return buffer;
}

static myr_diagnostic *complain_before_next(expression_reader *reader, const char *expected) {
  char text[64];
  skip_spaces(reader);
  return diagnose(reader->diagnostics, node_inside(reader->scalar, reader->at), "expected %s before %s", expected,
                  next_text(reader, text, sizeof text));
}

static bool expect(expression_reader *reader, const char *symbol) {
  if (accept(reader, symbol)) return true;
  char quoted[16];
  snprintf(quoted, sizeof quoted, "`%s`", symbol);
  complain_before_next(reader, quoted);
  return false;
}

/* The same within a call, whose arguments the hint lists. */
static bool expect_in_call(expression_reader *reader, const char *symbol, const function_info *function) {
  if (accept(reader, symbol)) return true;
  char quoted[16], usage[128];
  snprintf(quoted, sizeof quoted, "`%s`", symbol);
  diagnose_hint(complain_before_next(reader, quoted), "write %s", function_usage(function, usage, sizeof usage));
  return false;
}

static expression *new_expression(expression_reader *reader, enum expression_kind kind, size_t offset) {
  if (++reader->nodes > TREE_LIMIT) {
    diagnose(reader->diagnostics, node_inside(reader->scalar, offset),
             "the expression has more than %d numbers, functions and operators", TREE_LIMIT);
    return NULL;
  }
  expression *result = arena_take(reader->arena, sizeof *result);
  if (result) {
    result->kind = kind;
    result->offset = offset;
  }
  return result;
}

static expression *new_operation(expression_reader *reader, enum expression_kind kind, size_t offset, expression *left,
                                 expression *right) {
  expression *result = left && right ? new_expression(reader, kind, offset) : NULL;
  if (result) {
    result->left = left;
    result->right = right;
  }
  return result;
}

static expression *read_number(expression_reader *reader) {
  const char *text = reader->scalar->text + reader->at;
  size_t left = reader->scalar->length - reader->at;
  expression *number = new_expression(reader, EXPRESSION_NUMBER, reader->at);
  if (!number) return NULL;
  size_t used = number_parse(text, left, &number->value);
  if (!used || !isfinite(number->value)) {
    complain(reader, reader->at, used ? "the number is too large" : "expected a number");
    return NULL;
  }
  double factor;
  long bad;
  size_t unit = unit_parse(text + used, left - used, &number->dimension, &factor, &bad);
  number->has_unit = unit > 0;
  number->value = unit_apply(number->value, factor);
  reader->at += used + unit;
  /* A word that is neither a unit nor an operator, as in "0.5 meters". */
  size_t after = reader->at;
  while (isspace((unsigned char)reader->scalar->text[after])) after++;
  const char *word = reader->scalar->text + after;
  bool is_operator = (!strncmp(word, "and", 3) && !is_word(word[3])) || (!strncmp(word, "or", 2) && !is_word(word[2]));
  if (isalpha((unsigned char)*word) && !is_operator) {
    char name[40];
    size_t length = 0;
    while (length + 1 < sizeof name && is_word(word[length])) name[length] = word[length], length++;
    name[length] = 0;
    myr_diagnostic *d = diagnose(reader->diagnostics, node_inside(reader->scalar, after), "unknown unit `%s`", name);
    unit_suggest(name, d);
    return NULL;
  }
  return number;
}

/* Reads a name of the model: entity or entity.element. */
static bool read_name(expression_reader *reader, expression *call, int index) {
  skip_spaces(reader);
  const char *text = reader->scalar->text + reader->at;
  size_t length = 0;
  while (text[length] && !strchr(",() \t\n<>=", text[length])) length++;
  if (!length) {
    char usage[128];
    diagnose_hint(complain_before_next(reader, "a name"), "write %s",
                  function_usage(&expression_functions[call->function], usage, sizeof usage));
    return false;
  }
  call->name_offsets[index] = reader->at;
  call->names[index] = arena_text(reader->arena, text, length);
  reader->at += length;
  return call->names[index];
}

/* The limits of a constant argument, by its letter. */
typedef struct constant_kind {
  char letter;
  dimension dimension;
  double most; /* the least is 0 */
  const char *expected, *range;
} constant_kind;

static const constant_kind *find_constant_kind(char letter) {
  static const constant_kind kinds[] = {
      {'A', {.angle = 1}, 180 * DEGREE, "expected an angle", "the angle must lie between 0 and 180 deg"},
      {'F', {0}, 1, "expected a number without unit", "the fraction must lie between 0 and 1"},
      {'d', {.time = 1}, 1e9, "expected a duration", "the duration must lie between 0 and 1e9 s"},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i].letter == letter) return &kinds[i];
  return NULL;
}

static bool read_constant(expression_reader *reader, expression *call, int index, const constant_kind *kind) {
  skip_spaces(reader);
  size_t offset = reader->at;
  expression *number = read_number(reader);
  if (!number) return false;
  if (number->has_unit && !dimension_equal(number->dimension, kind->dimension)) {
    complain(reader, offset, kind->expected);
    return false;
  }
  if (number->value < 0 || number->value > kind->most) {
    complain(reader, offset, kind->range);
    return false;
  }
  call->constants[index] = number->value;
  return true;
}

static bool read_arguments(expression_reader *reader, expression *call) {
  const function_info *function = &expression_functions[call->function];
  if (!expect_in_call(reader, "(", function)) return false;
  for (int i = 0; function->arguments[i]; i++) {
    char argument = function->arguments[i];
    bool optional = isupper((unsigned char)argument);
    const constant_kind *constant = find_constant_kind(argument);
    call->constants[i] = function->defaults[i];
    skip_spaces(reader);
    if (optional && reader->scalar->text[reader->at] != ',') continue; /* a closing parenthesis must follow */
    if (i && !expect_in_call(reader, ",", function)) return false;
    if (argument == 'x' || argument == 'c') {
      expression *value = read_or(reader);
      if (!value) return false;
      *(i ? &call->right : &call->left) = value;
    } else if (constant) {
      if (!read_constant(reader, call, i, constant)) return false;
    } else if (!read_name(reader, call, i)) {
      return false;
    }
  }
  return expect_in_call(reader, ")", function);
}

static expression *read_call(expression_reader *reader) {
  char name[40];
  size_t offset = reader->at, length = 0;
  while (is_word(reader->scalar->text[offset + length])) length++;
  snprintf(name, sizeof name, "%.*s", (int)(length < 39 ? length : 39), reader->scalar->text + offset);
  suggestion suggestion = {.wanted = name};
  suggestion_offer(&suggestion, "time");
  suggestion_offer(&suggestion, "not");
  for (int i = 0; i < FUNCTION_COUNT; i++) {
    suggestion_offer(&suggestion, expression_functions[i].name);
    if (strcmp(name, expression_functions[i].name)) continue;
    expression *call = new_expression(reader, EXPRESSION_CALL, offset);
    if (!call) return NULL;
    call->function = (enum expression_function)i;
    reader->at += length;
    return read_arguments(reader, call) ? call : NULL;
  }
  bool called = reader->scalar->text[offset + length] == '(';
  myr_diagnostic *d = diagnose(reader->diagnostics, node_inside(reader->scalar, offset), "unknown %s `%s`",
                               called ? "function" : "name", name);
  if (!suggestion_hint(&suggestion, d))
    diagnose_hint(d, "`myriad schema --markdown` lists the functions; `time` is the only variable");
  return NULL;
}

static expression *read_primary(expression_reader *reader) {
  skip_spaces(reader);
  size_t offset = reader->at;
  char c = reader->scalar->text[offset];
  if (isdigit((unsigned char)c) || c == '.') return read_number(reader);
  if (accept(reader, "(")) {
    expression *inner = read_or(reader);
    return inner && expect(reader, ")") ? inner : NULL;
  }
  if (accept(reader, "true") || accept(reader, "false")) {
    expression *truth = new_expression(reader, EXPRESSION_BOOLEAN, offset);
    if (truth) truth->value = reader->scalar->text[offset] == 't';
    return truth;
  }
  if (accept(reader, "time")) return new_expression(reader, EXPRESSION_TIME, offset);
  if (isalpha((unsigned char)c) || c == '_') return read_call(reader);
  myr_diagnostic *d = complain_before_next(reader, "a value");
  if (c == '&' || c == '|' || c == '!')
    diagnose_hint(d, "write `and`, `or`, `not`");
  else
    diagnose_hint(d, "a value is a number with its unit, `time`, or a function such as height(robot)");
  return NULL;
}

static expression *read_unary(expression_reader *reader) {
  skip_spaces(reader);
  size_t offset = reader->at;
  if (!accept(reader, "-")) return read_primary(reader);
  if (++reader->depth > NESTING_LIMIT) {
    complain(reader, offset, "the expression is nested too deeply");
    return NULL;
  }
  expression *operand = read_unary(reader);
  reader->depth--;
  return new_operation(reader, EXPRESSION_NEGATE, offset, operand, operand);
}

static expression *read_product(expression_reader *reader) {
  expression *left = read_unary(reader);
  while (left) {
    skip_spaces(reader);
    size_t offset = reader->at;
    bool times = accept(reader, "*");
    if (!times && !accept(reader, "/")) break;
    left = new_operation(reader, times ? EXPRESSION_MULTIPLY : EXPRESSION_DIVIDE, offset, left, read_unary(reader));
  }
  return left;
}

static expression *read_sum(expression_reader *reader) {
  expression *left = read_product(reader);
  while (left) {
    skip_spaces(reader);
    size_t offset = reader->at;
    bool plus = accept(reader, "+");
    if (!plus && !accept(reader, "-")) break;
    left = new_operation(reader, plus ? EXPRESSION_ADD : EXPRESSION_SUBTRACT, offset, left, read_product(reader));
  }
  return left;
}

static bool accept_comparison(expression_reader *reader, enum expression_kind *kind) {
  static const struct {
    const char *symbol;
    enum expression_kind kind;
  } comparisons[] = {{"<=", EXPRESSION_LESS_EQUAL}, {">=", EXPRESSION_GREATER_EQUAL}, {"==", EXPRESSION_EQUAL},
                     {"!=", EXPRESSION_NOT_EQUAL},  {"<", EXPRESSION_LESS},           {">", EXPRESSION_GREATER}};
  for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
    if (accept(reader, comparisons[i].symbol)) {
      *kind = comparisons[i].kind;
      return true;
    }
  }
  return false;
}

static expression *read_comparison(expression_reader *reader) {
  expression *left = read_sum(reader);
  if (!left) return NULL;
  enum expression_kind kind;
  skip_spaces(reader);
  size_t offset = reader->at;
  if (!accept_comparison(reader, &kind)) return left;
  expression *result = new_operation(reader, kind, offset, left, read_sum(reader));
  if (!result) return NULL;
  skip_spaces(reader);
  offset = reader->at;
  if (accept_comparison(reader, &kind)) {
    diagnose_hint(complain(reader, offset, "comparisons cannot be chained"), "write `a < b and b < c`");
    return NULL;
  }
  return result;
}

static expression *read_not(expression_reader *reader) {
  skip_spaces(reader);
  size_t offset = reader->at;
  if (!accept(reader, "not")) return read_comparison(reader);
  if (++reader->depth > NESTING_LIMIT) {
    complain(reader, offset, "the expression is nested too deeply");
    return NULL;
  }
  expression *operand = read_not(reader);
  reader->depth--;
  return new_operation(reader, EXPRESSION_NOT, offset, operand, operand);
}

static expression *read_and(expression_reader *reader) {
  expression *left = read_not(reader);
  while (left) {
    skip_spaces(reader);
    size_t offset = reader->at;
    if (!accept(reader, "and")) break;
    left = new_operation(reader, EXPRESSION_AND, offset, left, read_not(reader));
  }
  return left;
}

static expression *read_or(expression_reader *reader) {
  if (++reader->depth > NESTING_LIMIT) {
    complain(reader, reader->at, "the expression is nested too deeply");
    return NULL;
  }
  expression *left = read_and(reader);
  while (left) {
    skip_spaces(reader);
    size_t offset = reader->at;
    if (!accept(reader, "or")) break;
    left = new_operation(reader, EXPRESSION_OR, offset, left, read_and(reader));
  }
  reader->depth--;
  return left;
}

expression *expression_parse(arena *arena, const node *scalar, myr_diagnostics *diagnostics) {
  expression_reader reader = {.arena = arena, .scalar = scalar, .diagnostics = diagnostics};
  if (scalar->kind != NODE_SCALAR || !scalar->length) {
    char text[64];
    diagnose(diagnostics, scalar->where, "expected an expression, got %s", node_describe(scalar, text, sizeof text));
    return NULL;
  }
  expression *tree = read_or(&reader);
  if (!tree) return NULL;
  skip_spaces(&reader);
  if (reader.at == scalar->length) return tree;
  char text[64];
  size_t at = reader.at;
  const char *rest = scalar->text + at;
  myr_diagnostic *d = diagnose(diagnostics, node_inside(scalar, at), "unexpected %s after the expression",
                               next_text(&reader, text, sizeof text));
  if (rest[0] == '&' || rest[0] == '|') diagnose_hint(d, "write `and`, `or`");
  if (rest[0] == '=') diagnose_hint(d, "write `==`");
  return NULL;
}
