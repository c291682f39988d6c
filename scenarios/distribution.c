#include "scenarios/distribution.h"

#include <math.h>
#include <string.h>

#include "scenarios/bounds.h"
#include "sim/deterministic_math.h"

const char *const distribution_names[DISTRIBUTION_KINDS] = {NULL,     "uniform", "log_uniform",
                                                            "normal", "choice",  "integer"};

static const char *bound_text(double value, dimension dimension, char *buffer, size_t size) {
  char unit[64];
  const char *name = dimension_unit(dimension, unit, sizeof unit);
  number_format(value, buffer, size);
  if (strcmp(name, "1")) snprintf(buffer + strlen(buffer), size - strlen(buffer), " %s", name);
  return buffer;
}

/* Reads one number within the rule's range. */
static bool number_read(const node *node, const quantity_rule *rule, double *value, myr_diagnostics *diagnostics) {
  if (!quantity_parse(node, rule->dimension, value, diagnostics)) return false;
  char text[96];
  if (rule->above_low ? !(*value > rule->low) : *value < rule->low) {
    const char *than = rule->above_low ? "greater than" : "at least";
    diagnose(diagnostics, node->where, "must be %s %s", than,
             bound_text(rule->low, rule->dimension, text, sizeof text));
    return false;
  }
  if (*value > rule->high) {
    diagnose(diagnostics, node->where, "must be at most %s",
             bound_text(rule->high, rule->dimension, text, sizeof text));
    return false;
  }
  return true;
}

/* Reads a list of count numbers, or for count 0 a list of at least one number. */
static bool numbers_read(arena *arena, const node *list, int count, const quantity_rule *rule, double **values,
                         myr_diagnostics *diagnostics) {
  char text[64];
  if (list->kind != NODE_LIST) {
    diagnose(diagnostics, list->where, "expected a list of %s, got %s", count ? "two numbers" : "numbers",
             node_describe(list, text, sizeof text));
    return false;
  }
  if (count && list->count != count) {
    diagnose(diagnostics, list->where, "expected %d numbers, got %d", count, list->count);
    return false;
  }
  if (!list->count) {
    diagnose(diagnostics, list->where, "expected at least one number");
    return false;
  }
  *values = arena_take(arena, (size_t)list->count * sizeof **values);
  if (!*values) return false;
  bool good = true;
  int i = 0;
  for (const node *item = list->first; item; item = item->next, i++) {
    good &= number_read(item, rule, &(*values)[i], diagnostics);
  }
  return good;
}

static bool range_read(arena *arena, const node *list, const quantity_rule *rule, double *low, double *high,
                       myr_diagnostics *diagnostics) {
  double *values;
  if (!numbers_read(arena, list, 2, rule, &values, diagnostics)) return false;
  *low = values[0];
  *high = values[1];
  if (values[0] <= values[1]) return true;
  diagnose_hint(diagnose(diagnostics, list->where, "the low end is greater than the high end"), "write [low, high]");
  return false;
}

static bool normal_read(arena *arena, const node *list, const node *limits, const quantity_rule *rule,
                        quantity *quantity, myr_diagnostics *diagnostics) {
  quantity_rule free = *rule;
  free.low = -LARGEST_FACTOR;
  free.high = LARGEST_FACTOR;
  free.above_low = false;
  double *values;
  if (!numbers_read(arena, list, 2, &free, &values, diagnostics)) return false;
  quantity->a = values[0];
  quantity->b = values[1];
  if (quantity->b < 0) {
    diagnose(diagnostics, list->last->where, "the standard deviation must not be negative");
    return false;
  }
  quantity->low = rule->low;
  quantity->high = rule->high;
  position where = list->where;
  if (limits) {
    quantity->limited = true;
    where = limits->where;
    if (!range_read(arena, limits, rule, &quantity->low, &quantity->high, diagnostics)) return false;
  }
  /* Limits more than three deviations out would be drawn again hundreds of times. */
  if (quantity->low > quantity->a + 3 * quantity->b || quantity->high < quantity->a - 3 * quantity->b) {
    diagnose(diagnostics, where, "the allowed range is more than three standard deviations from the mean");
    return false;
  }
  return true;
}

bool weights_read(arena *arena, const node *list, quantity *quantity, myr_diagnostics *diagnostics) {
  const quantity_rule rule = {.low = 0, .high = LARGEST_FACTOR};
  double *weights, sum = 0;
  if (list->kind == NODE_LIST && list->count != quantity->choice_count) {
    diagnose(diagnostics, list->where, "expected %d weights, one for each choice, got %d", quantity->choice_count,
             list->count);
    return false;
  }
  if (!numbers_read(arena, list, 0, &rule, &weights, diagnostics)) return false;
  for (int i = 0; i < quantity->choice_count; i++) sum += weights[i];
  if (!(sum > 0)) {
    diagnose(diagnostics, list->where, "the weights must have a positive sum");
    return false;
  }
  quantity->weights = weights;
  return true;
}

static bool distribution_read(arena *arena, const node *list, const node *limits, const node *weights,
                              const quantity_rule *rule, quantity *quantity, myr_diagnostics *diagnostics) {
  if (limits && quantity->kind != DISTRIBUTION_NORMAL) {
    diagnose(diagnostics, limits->key->where, "only a normal distribution takes limits");
    return false;
  }
  if (weights && quantity->kind != DISTRIBUTION_CHOICE) {
    diagnose(diagnostics, weights->key->where, "only a choice takes weights");
    return false;
  }
  switch (quantity->kind) {
  case DISTRIBUTION_NORMAL: return normal_read(arena, list, limits, rule, quantity, diagnostics);
  case DISTRIBUTION_CHOICE: {
    double *choices;
    if (!numbers_read(arena, list, 0, rule, &choices, diagnostics)) return false;
    quantity->choices = choices;
    quantity->choice_count = list->count;
    return !weights || weights_read(arena, weights, quantity, diagnostics);
  }
  default: break;
  }
  if (!range_read(arena, list, rule, &quantity->a, &quantity->b, diagnostics)) return false;
  if (quantity->kind == DISTRIBUTION_LOG_UNIFORM && !(quantity->a > 0)) {
    diagnose(diagnostics, list->first->where, "a log_uniform must be positive at both ends");
    return false;
  }
  if (quantity->kind == DISTRIBUTION_INTEGER) {
    bool whole = floor(quantity->a) == quantity->a && floor(quantity->b) == quantity->b;
    if (!whole || fabs(quantity->a) > 1e9 || fabs(quantity->b) > 1e9) {
      diagnose(diagnostics, list->where, "the ends of an integer range must be whole numbers of at most 1e9");
      return false;
    }
  }
  return true;
}

static bool read_any(arena *arena, const node *node, const quantity_rule *rule, quantity *quantity,
                     myr_diagnostics *diagnostics) {
  if (node->kind != NODE_MAP || rule->constant) return number_read(node, rule, &quantity->a, diagnostics);
  const struct node *list = NULL, *limits = NULL, *weights = NULL;
  bool good = true;
  for (const struct node *value = node->first; value; value = value->next) {
    const char *key = value->key->text;
    suggestion suggestion = {.wanted = key};
    int kind = 1;
    while (kind < DISTRIBUTION_KINDS && strcmp(key, distribution_names[kind]))
      suggestion_offer(&suggestion, distribution_names[kind++]);
    if (kind < DISTRIBUTION_KINDS && !list) {
      list = value;
      quantity->kind = (enum distribution_kind)kind;
    } else if (kind < DISTRIBUTION_KINDS) {
      diagnose(diagnostics, value->key->where, "a second distribution `%s`", key);
      good = false;
    } else if (!strcmp(key, "limits")) {
      limits = value;
    } else if (!strcmp(key, "weights")) {
      weights = value;
    } else {
      char text[64];
      myr_diagnostic *d = diagnose(diagnostics, value->key->where, "unknown distribution %s",
                                   node_describe(value->key, text, sizeof text));
      if (!suggestion_hint(&suggestion, d)) {
        diagnose_hint(d, "one of uniform, log_uniform, normal, choice, integer");
      }
      good = false;
    }
  }
  if (!good) return false;
  if (!list) {
    diagnose_hint(diagnose(diagnostics, node->where, "expected a number or a distribution"),
                  "one of {uniform: [low, high]}, log_uniform, normal, choice, integer");
    return false;
  }
  return distribution_read(arena, list, limits, weights, rule, quantity, diagnostics);
}

bool quantity_read(arena *arena, const node *node, const quantity_rule *rule, quantity *quantity,
                   myr_diagnostics *diagnostics) {
  *quantity = (struct quantity){.given = true, .dimension = rule->dimension, .node = node};
  if (read_any(arena, node, rule, quantity, diagnostics)) return true;
  *quantity = (struct quantity){.node = node}; /* a value that no later check refuses again */
  return false;
}

bool vector_read(arena *arena, const node *node, const quantity_rule *rule, vector_quantity *vector,
                 myr_diagnostics *diagnostics) {
  *vector = (vector_quantity){.given = true, .node = node};
  if (node->kind == NODE_LIST && node->count == 3) {
    bool good = true;
    int i = 0;
    for (const struct node *item = node->first; item; item = item->next, i++) {
      good &= quantity_read(arena, item, rule, &vector->parts[i], diagnostics);
    }
    return good;
  }
  const struct node *magnitude = node_find(node, "sphere");
  if (magnitude && node->count == 1 && !rule->constant) {
    vector->sphere = true;
    quantity_rule positive = *rule;
    positive.low = 0;
    return quantity_read(arena, magnitude, &positive, &vector->magnitude, diagnostics);
  }
  char text[64];
  myr_diagnostic *d =
      node->kind == NODE_LIST
          ? diagnose(diagnostics, node->where, "expected three numbers, got %d", node->count)
          : diagnose(diagnostics, node->where, "expected a vector, got %s", node_describe(node, text, sizeof text));
  diagnose_hint(d, rule->constant ? "write [x, y, z]" : "write [x, y, z] or {sphere: magnitude}");
  return false;
}

bool cone_read(arena *arena, const node *node, quantity *angle, myr_diagnostics *diagnostics) {
  const quantity_rule rule = {.dimension = {.angle = 1}, .low = 0, .high = 3.14159265358979323846};
  const struct node *value = node_find(node, "cone");
  if (value && node->count == 1) return quantity_read(arena, value, &rule, angle, diagnostics);
  char text[64];
  diagnose_hint(diagnose(diagnostics, node->where, "expected a cone, got %s", node_describe(node, text, sizeof text)),
                "write {cone: 20 deg}");
  return false;
}

/* ------------------------------------------------------------------------------------------------ its range */

double quantity_least(const quantity *quantity) {
  if (quantity->kind == DISTRIBUTION_NORMAL) return quantity->low;
  if (quantity->kind != DISTRIBUTION_CHOICE) return quantity->a;
  double low = quantity->choices[0];
  for (int i = 1; i < quantity->choice_count; i++) low = fmin(low, quantity->choices[i]);
  return low;
}

double quantity_greatest(const quantity *quantity) {
  if (quantity->kind == DISTRIBUTION_NORMAL) return quantity->high;
  if (quantity->kind == DISTRIBUTION_CONSTANT) return quantity->a;
  if (quantity->kind != DISTRIBUTION_CHOICE) return quantity->b;
  double high = quantity->choices[0];
  for (int i = 1; i < quantity->choice_count; i++) high = fmax(high, quantity->choices[i]);
  return high;
}

double quantity_typical(const quantity *quantity) {
  switch (quantity->kind) {
  case DISTRIBUTION_UNIFORM: return 0.5 * (quantity->a + quantity->b);
  case DISTRIBUTION_LOG_UNIFORM: return portable_sqrt(quantity->a * quantity->b);
  case DISTRIBUTION_CHOICE: return quantity->choices[0];
  case DISTRIBUTION_INTEGER: return floor(0.5 * (quantity->a + quantity->b));
  case DISTRIBUTION_NORMAL: /* its mean may lie outside its limits */
    return fmin(fmax(quantity->a, quantity->low), quantity->high);
  default: return quantity->a;
  }
}

/* ------------------------------------------------------------------------------------------------ canonical text */

const char *numbers_text(arena *arena, const double *values, int count) {
  size_t size = (size_t)count * 28 + 4, used = 0;
  char *text = arena_take(arena, size);
  if (!text) return "";
  for (int i = 0; i < count; i++) {
    char number[32];
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "[",
                             number_format(values[i], number, sizeof number));
  }
  snprintf(text + used, size - used, "]");
  return text;
}

const char *quantity_text(arena *arena, const quantity *quantity) {
  char number[32];
  if (quantity->kind == DISTRIBUTION_CONSTANT) {
    const char *text = number_format(quantity->a, number, sizeof number);
    return arena_text(arena, text, strlen(text));
  }
  const char *name = distribution_names[quantity->kind];
  if (quantity->kind == DISTRIBUTION_CHOICE) {
    const char *choices = numbers_text(arena, quantity->choices, quantity->choice_count);
    if (!quantity->weights) return arena_format(arena, "{choice: %s}", choices);
    return arena_format(arena, "{choice: %s, weights: %s}", choices,
                        numbers_text(arena, quantity->weights, quantity->choice_count));
  }
  const char *range = numbers_text(arena, (double[]){quantity->a, quantity->b}, 2);
  if (!quantity->limited) return arena_format(arena, "{%s: %s}", name, range);
  return arena_format(arena, "{%s: %s, limits: %s}", name, range,
                      numbers_text(arena, (double[]){quantity->low, quantity->high}, 2));
}

const char *vector_text(arena *arena, const vector_quantity *vector) {
  if (vector->sphere) return arena_format(arena, "{sphere: %s}", quantity_text(arena, &vector->magnitude));
  return arena_format(arena, "[%s, %s, %s]", quantity_text(arena, &vector->parts[0]),
                      quantity_text(arena, &vector->parts[1]), quantity_text(arena, &vector->parts[2]));
}
