#include "scenarios/choice.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const quantity_rule color_rule = {.low = 0, .high = 1};

static int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)tolower((unsigned char)c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads "#rrggbb". */
static bool hexadecimal_read(const node *node, quantity parts[3]) {
  if (node->kind != NODE_SCALAR || node->length != 7 || node->text[0] != '#') return false;
  for (int i = 0; i < 3; i++) {
    int high = hexadecimal(node->text[1 + 2 * i]), low = hexadecimal(node->text[2 + 2 * i]);
    if (high < 0 || low < 0) return false;
    parts[i] = (quantity){.given = true, .a = (16 * high + low) / 255.0, .node = node};
  }
  return true;
}

static bool no_color(const node *node, myr_diagnostics *diagnostics) {
  char text[64];
  myr_diagnostic *d =
      diagnose(diagnostics, node->where, "expected a colour, got %s", node_describe(node, text, sizeof text));
  bool comment = node->kind == NODE_SCALAR && !node->length;
  diagnose_hint(d, comment ? "put a colour such as \"#ff8000\" in quotes: # begins a comment"
                           : "write [red, green, blue] of 0 to 1, or \"#rrggbb\"");
  return false;
}

/* Reads three components; each may be a distribution unless the rule says otherwise. */
static bool parts_read(arena *arena, const node *node, const quantity_rule *rule, quantity parts[3],
                       myr_diagnostics *diagnostics) {
  if (hexadecimal_read(node, parts)) return true;
  if (node->kind != NODE_LIST || node->count != 3) return no_color(node, diagnostics);
  bool good = true;
  int i = 0;
  for (const struct node *item = node->first; item; item = item->next, i++) {
    good &= quantity_read(arena, item, rule, &parts[i], diagnostics);
  }
  return good;
}

/* Reads a list of constant colours. */
static const double *colors_read(arena *arena, const node *list, myr_diagnostics *diagnostics) {
  quantity_rule constant = color_rule;
  constant.constant = true;
  double *colors = arena_take(arena, (size_t)(list->count + 1) * 3 * sizeof *colors);
  bool good = colors != NULL;
  int i = 0;
  for (const struct node *item = list->first; item && colors; item = item->next, i++) {
    quantity parts[3] = {0};
    if (!parts_read(arena, item, &constant, parts, diagnostics)) {
      good = false;
      continue;
    }
    for (int k = 0; k < 3; k++) colors[3 * i + k] = parts[k].a;
  }
  return good ? colors : NULL;
}

/* Finds the parts of {word: [...], weights: [...]}, where word is `choice` or, if allowed, `uniform`. */
static bool choice_keys(const node *map, bool uniform_allowed, const node **list, bool *uniform, const node **weights,
                        myr_diagnostics *diagnostics) {
  *list = *weights = NULL;
  *uniform = false;
  for (const node *value = map->first; value; value = value->next) {
    const char *key = value->key->text;
    bool is_uniform = uniform_allowed && !strcmp(key, "uniform");
    if ((is_uniform || !strcmp(key, "choice")) && !*list) {
      *list = value;
      *uniform = is_uniform;
    } else if (!strcmp(key, "weights")) {
      *weights = value;
    } else {
      char text[64];
      diagnose_hint(diagnose(diagnostics, value->key->where, "unknown distribution %s here",
                             node_describe(value->key, text, sizeof text)),
                    uniform_allowed ? "one of uniform, choice" : "only {choice: [...]} with optional weights");
      return false;
    }
  }
  if (!*list || (*list)->kind != NODE_LIST || !(*list)->count) {
    diagnose(diagnostics, *list ? (*list)->where : map->where, "expected a list to choose from");
    return false;
  }
  if (*uniform && *weights) {
    diagnose(diagnostics, (*weights)->key->where, "only a choice takes weights");
    return false;
  }
  return true;
}

/* Makes the draw of one of count things. */
static bool index_read(arena *arena, int count, const node *weights, quantity *index, myr_diagnostics *diagnostics) {
  double *numbers = arena_take(arena, (size_t)count * sizeof *numbers);
  if (!numbers) return false;
  for (int i = 0; i < count; i++) numbers[i] = i;
  *index = (quantity){.given = true, .kind = DISTRIBUTION_CHOICE, .choice_count = count, .choices = numbers};
  return !weights || weights_read(arena, weights, index, diagnostics);
}

static bool drawn_color_read(arena *arena, const node *node, color_quantity *color, myr_diagnostics *diagnostics) {
  const struct node *list, *weights;
  bool uniform;
  if (!choice_keys(node, true, &list, &uniform, &weights, diagnostics)) return false;
  const double *colors = colors_read(arena, list, diagnostics);
  if (!colors) return false;
  if (!uniform) {
    color->choice_count = list->count;
    color->choices = colors;
    return index_read(arena, list->count, weights, &color->index, diagnostics);
  }
  if (list->count != 2) {
    diagnose(diagnostics, list->where, "expected two colours, got %d", list->count);
    return false;
  }
  for (int i = 0; i < 3; i++) {
    color->parts[i] = (quantity){.given = true,
                                 .kind = DISTRIBUTION_UNIFORM,
                                 .a = fmin(colors[i], colors[3 + i]),
                                 .b = fmax(colors[i], colors[3 + i]),
                                 .node = node};
  }
  return true;
}

bool color_read(arena *arena, const node *node, color_quantity *color, myr_diagnostics *diagnostics) {
  *color = (color_quantity){.given = true, .node = node};
  bool good = node->kind == NODE_MAP ? drawn_color_read(arena, node, color, diagnostics)
                                     : parts_read(arena, node, &color_rule, color->parts, diagnostics);
  if (!good) *color = (color_quantity){.node = node};
  return good;
}

static bool expect_name(const node *node, myr_diagnostics *diagnostics) {
  if (node->kind == NODE_SCALAR && node->length && !strpbrk(node->text, "\"\\\n\t")) return true;
  char text[64];
  diagnose_hint(diagnose(diagnostics, node->where, "expected a name, got %s", node_describe(node, text, sizeof text)),
                "a name, or {choice: [a, b]}");
  return false;
}

bool name_read(arena *arena, const node *node, name_quantity *name, myr_diagnostics *diagnostics) {
  *name = (name_quantity){.node = node};
  const struct node *list = node, *weights = NULL;
  bool drawn = node->kind == NODE_MAP, uniform;
  if (drawn && !choice_keys(node, false, &list, &uniform, &weights, diagnostics)) return false;
  int count = drawn ? list->count : 1;
  const char **names = arena_take(arena, (size_t)count * sizeof *names);
  const struct node **nodes = arena_take(arena, (size_t)count * sizeof *nodes);
  if (!names || !nodes) return false;
  const struct node *item = drawn ? list->first : node;
  for (int i = 0; i < count; i++, item = item->next) {
    if (!expect_name(item, diagnostics)) return false;
    names[i] = item->text;
    nodes[i] = item;
  }
  name->index = (quantity){.given = true};
  if (drawn && !index_read(arena, count, weights, &name->index, diagnostics)) return false;
  name->names = names;
  name->nodes = nodes;
  name->count = count;
  return true;
}

/* ------------------------------------------------------------------------------------------------ canonical text */

static const char *weights_text(arena *arena, const quantity *index) {
  if (!index->weights) return "";
  return arena_format(arena, ", weights: %s", numbers_text(arena, index->weights, index->choice_count));
}

const char *color_text(arena *arena, const color_quantity *color) {
  if (!color->choice_count) {
    return arena_format(arena, "[%s, %s, %s]", quantity_text(arena, &color->parts[0]),
                        quantity_text(arena, &color->parts[1]), quantity_text(arena, &color->parts[2]));
  }
  const char *list = "";
  for (int i = 0; i < color->choice_count && list; i++) {
    list = arena_format(arena, "%s%s%s", list, i ? ", " : "", numbers_text(arena, color->choices + 3 * i, 3));
  }
  return arena_format(arena, "{choice: [%s]%s}", list ? list : "", weights_text(arena, &color->index));
}

const char *name_text(arena *arena, const name_quantity *name) {
  if (name->index.kind == DISTRIBUTION_CONSTANT) return arena_format(arena, "\"%s\"", name->names[0]);
  const char *list = "";
  for (int i = 0; i < name->count && list; i++) {
    list = arena_format(arena, "%s%s\"%s\"", list, i ? ", " : "", name->names[i]);
  }
  return arena_format(arena, "{choice: [%s]%s}", list ? list : "", weights_text(arena, &name->index));
}
