/* Reads a tree into structs, along the table. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "scenarios/expression.h"
#include "scenarios/schema.h"

typedef struct schema_reader {
  arena *arena;
  myr_diagnostics *diagnostics;
} schema_reader;

static void read_object(schema_reader *reader, const schema_object *object, const node *node, void *result);

static void expected(schema_reader *reader, const node *node, const char *what) {
  char text[64];
  diagnose(reader->diagnostics, node->where, "expected %s, got %s", what, node_describe(node, text, sizeof text));
}

static void read_text(schema_reader *reader, const node *node, text_value *result) {
  if (node->kind != NODE_SCALAR || !node->length) {
    expected(reader, node, "a text");
    return;
  }
  *result = (text_value){node->text, node};
}

/* also: further characters that the word may hold, as in a path. */
static bool is_word(const char *text, const char *also) {
  if (!isalpha((unsigned char)text[0]) && text[0] != '_') return false;
  for (const char *c = text; *c; c++) {
    if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-' && !strchr(also, *c)) return false;
  }
  return strlen(text) <= (*also ? 200 : 64);
}

static const char *also_in_names(const schema_key *key) {
  return key->flags & SCHEMA_PATTERNS ? ".*" : key->flags & SCHEMA_PATHS ? "./" : "";
}

static void read_word(schema_reader *reader, const node *node, text_value *result) {
  if (node->kind == NODE_SCALAR && is_word(node->text, "")) {
    *result = (text_value){node->text, node};
    return;
  }
  char text[64];
  diagnose_hint(
      diagnose(reader->diagnostics, node->where, "expected a word, got %s", node_describe(node, text, sizeof text)),
      "a letter, then letters, digits, _ and -; at most 64");
}

static bool expect_list(schema_reader *reader, const node *node) {
  if (node->kind == NODE_LIST) return true;
  expected(reader, node, "a list");
  return false;
}

static void read_words(schema_reader *reader, const node *node, words_value *result) {
  if (!expect_list(reader, node)) return;
  text_value *words = arena_take(reader->arena, (size_t)node->count * sizeof *words);
  if (!words) return;
  *result = (words_value){true, node->count, words};
  int i = 0;
  for (const struct node *item = node->first; item; item = item->next) read_text(reader, item, &words[i++]);
}

/* The index of a word in choices, or -1 after an error. */
static int read_choice(schema_reader *reader, const schema_key *key, const node *node) {
  if (node->kind != NODE_SCALAR) {
    expected(reader, node, "a word");
    return -1;
  }
  suggestion suggestion = {.wanted = node->text};
  char list[200] = "";
  for (int i = 0; key->choices[i]; i++) {
    if (!strcmp(node->text, key->choices[i])) return i;
    suggestion_offer(&suggestion, key->choices[i]);
    size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", key->choices[i]);
  }
  char text[64];
  myr_diagnostic *d = diagnose(reader->diagnostics, node->where, "unknown value %s for `%s`",
                               node_describe(node, text, sizeof text), key->name);
  if (!suggestion_hint(&suggestion, d)) diagnose_hint(d, "one of %s", list);
  return -1;
}

static void read_flags(schema_reader *reader, const schema_key *key, const node *node, flags_value *result) {
  if (!expect_list(reader, node)) return;
  for (const struct node *item = node->first; item; item = item->next) {
    int index = read_choice(reader, key, item);
    if (index >= 0) result->bits |= 1u << index;
  }
  result->node = node;
}

static void read_boolean(schema_reader *reader, const node *node, choice_value *result) {
  static const char *const words[] = {"false", "true"};
  for (int i = 0; i < 2; i++) {
    if (node->kind != NODE_SCALAR || strcmp(node->text, words[i])) continue;
    *result = (choice_value){i, node};
    return;
  }
  expected(reader, node, "true or false");
}

static void read_numbers(schema_reader *reader, const schema_key *key, const quantity_rule *rule, const node *node,
                         numbers_value *result) {
  if (!expect_list(reader, node)) return;
  if (node->count < key->least || node->count > key->most) {
    char range[32] = "";
    if (key->least < key->most) snprintf(range, sizeof range, "%d to ", key->least);
    diagnose(reader->diagnostics, node->where, "expected %s%d numbers, got %d", range, key->most, node->count);
    return;
  }
  quantity *items = arena_take(reader->arena, (size_t)node->count * sizeof *items);
  if (!items) return;
  bool good = true;
  int i = 0;
  for (const struct node *item = node->first; item; item = item->next, i++) {
    if (!quantity_read(reader->arena, item, rule, &items[i], reader->diagnostics)) {
      good = false;
    } else if (key->flags & SCHEMA_WHOLE && floor(items[i].a) != items[i].a) {
      expected(reader, item, "a whole number");
      good = false;
    }
  }
  if (good) *result = (numbers_value){true, node->count, items, node};
}

static void read_integer(schema_reader *reader, const schema_key *key, const node *node, integer_value *result) {
  int64_t value = 0;
  const char *text = node->kind == NODE_SCALAR ? node->text : "";
  bool minus = *text == '-';
  size_t i = minus || *text == '+';
  bool digits = isdigit((unsigned char)text[i]), huge = false;
  for (; isdigit((unsigned char)text[i]); i++) {
    huge |= value > 100000000000000000;
    if (!huge) value = value * 10 + (text[i] - '0');
  }
  if (!digits || text[i]) {
    char shown[64];
    myr_diagnostic *d = diagnose(reader->diagnostics, node->where, "expected a whole number, got %s",
                                 node_describe(node, shown, sizeof shown));
    if (digits && (text[i] == '_' || text[i] == ',')) diagnose_hint(d, "write the digits without separators: 1000");
    return;
  }
  if (minus) value = -value;
  double bound = huge ? (minus ? -INFINITY : INFINITY) : (double)value;
  if (!strcmp(key->name, "version") && bound != key->low) {
    diagnose_hint(
        diagnose(reader->diagnostics, node->where, "this version of Myriad reads scenarios of version 1 only"),
        "write `version: 1`");
  } else if (bound < key->low) {
    diagnose(reader->diagnostics, node->where, "must be at least %.0f", key->low);
  } else if (bound > key->high) {
    diagnose(reader->diagnostics, node->where, "must be at most %.0f", key->high);
  }
  *result = (integer_value){value, node};
}

static void read_expression(schema_reader *reader, const schema_key *key, const node *node, expression_value *result) {
  const expression *tree = expression_parse(reader->arena, node, reader->diagnostics);
  if (!tree) return;
  expression_type type = expression_check(tree, node, reader->diagnostics);
  if (type.kind == TYPE_WRONG) return;
  if (!strcmp(key->unit, "bool") && type.kind != TYPE_TRUTH) {
    diagnose_hint(diagnose(reader->diagnostics, node->where, "`%s` must be a condition, not a number", key->name),
                  "compare it with something: `height(robot) > 0.5 m`");
    return;
  }
  *result = (expression_value){tree, node->text, node};
}

static void read_map(schema_reader *reader, const schema_key *key, const node *node, map_value *result) {
  if (node->kind != NODE_MAP) {
    expected(reader, node, "a mapping");
    return;
  }
  char *items = arena_take(reader->arena, (size_t)node->count * key->object->size);
  if (!items) return;
  *result = (map_value){node->count, items};
  for (const struct node *value = node->first; value; value = value->next, items += key->object->size) {
    object_head *head = (object_head *)items;
    head->name = value->key->text;
    head->key = value->key;
    if (!is_word(value->key->text, also_in_names(key))) {
      char text[64];
      diagnose_hint(diagnose(reader->diagnostics, value->key->where, "%s cannot be a name",
                             node_describe(value->key, text, sizeof text)),
                    "a letter, then letters, digits, _ and -");
    }
    read_object(reader, key->object, value, items);
  }
}

static void read_quantity(schema_reader *reader, const schema_key *key, const node *node, void *place) {
  const quantity_rule rule = {.dimension = unit_dimension(key->unit),
                              .low = key->low,
                              .high = key->high,
                              .above_low = key->flags & SCHEMA_ABOVE_LOW,
                              .constant = key->flags & SCHEMA_CONSTANT};
  if (key->type == SCHEMA_QUANTITY)
    quantity_read(reader->arena, node, &rule, place, reader->diagnostics);
  else if (key->type == SCHEMA_NUMBERS)
    read_numbers(reader, key, &rule, node, place);
  else if (key->type == SCHEMA_CONE)
    cone_read(reader->arena, node, place, reader->diagnostics);
  else
    vector_read(reader->arena, node, &rule, place, reader->diagnostics);
}

static void read_value(schema_reader *reader, const schema_key *key, const node *node, void *place) {
  switch (key->type) {
  case SCHEMA_TEXT: read_text(reader, node, place); break;
  case SCHEMA_WORD: read_word(reader, node, place); break;
  case SCHEMA_WORDS: read_words(reader, node, place); break;
  case SCHEMA_FLAGS: read_flags(reader, key, node, place); break;
  case SCHEMA_CHOICE: *(choice_value *)place = (choice_value){read_choice(reader, key, node), node}; break;
  case SCHEMA_BOOLEAN: read_boolean(reader, node, place); break;
  case SCHEMA_INTEGER: read_integer(reader, key, node, place); break;
  case SCHEMA_COLOR: color_read(reader->arena, node, place, reader->diagnostics); break;
  case SCHEMA_NAME: name_read(reader->arena, node, place, reader->diagnostics); break;
  case SCHEMA_QUANTITY:
  case SCHEMA_CONE:
  case SCHEMA_NUMBERS:
  case SCHEMA_VECTOR: read_quantity(reader, key, node, place); break;
  case SCHEMA_EXPRESSION: read_expression(reader, key, node, place); break;
  case SCHEMA_LATE: *(const struct node **)place = node; break;
  case SCHEMA_OBJECT: read_object(reader, key->object, node, place); break;
  case SCHEMA_MAP: read_map(reader, key, node, place); break;
  case SCHEMA_UNSUPPORTED:
    diagnose(reader->diagnostics, node->key->where, "`%s` is not supported yet by this version", key->name);
    break;
  }
}

/* Defaults are written in the language and are read like text of the file. They have no node, which shows that the key
 * was left out. */
static void fill_default(schema_reader *reader, const schema_key *key, void *place) {
  if (key->type == SCHEMA_OBJECT && key->flags & SCHEMA_FILLED) {
    ((object_head *)place)->filled = true;
    read_object(reader, key->object, NULL, place);
  }
  if (!key->default_text) return;
  source *source = arena_take(reader->arena, sizeof *source);
  if (!source) return;
  *source = (struct source){"default", key->default_text, strlen(key->default_text)};
  node *node;
  if (document_parse(reader->arena, source, 0, &node, reader->diagnostics)) return;
  read_value(reader, key, node, place);
  if (key->type == SCHEMA_QUANTITY) ((quantity *)place)->node = NULL;
  if (key->type == SCHEMA_VECTOR) ((vector_quantity *)place)->node = NULL;
  if (key->type == SCHEMA_INTEGER) ((integer_value *)place)->node = NULL;
  if (key->type == SCHEMA_CHOICE || key->type == SCHEMA_BOOLEAN) ((choice_value *)place)->node = NULL;
  if (key->type == SCHEMA_FLAGS) ((flags_value *)place)->node = NULL;
  if (key->type == SCHEMA_NUMBERS) ((numbers_value *)place)->node = NULL;
  if (key->type == SCHEMA_COLOR) ((color_quantity *)place)->node = NULL;
  if (key->type == SCHEMA_NAME) ((name_quantity *)place)->node = NULL;
}

/* Keys that other simulators have, and how the same is written here. */
static const struct {
  const char *object, *key, *advice;
} foreign_keys[] = {
    {"start", "position", "its place is that of the model or its keyframe; `height` and `lift` move it up"},
    {"start", "pos", "its place is that of the model or its keyframe; `height` and `lift` move it up"},
    {"start", "orientation", "turn it with `yaw`, `tilt`, or a keyframe of the model"},
    {"start", "qpos", "joint positions are those of a keyframe of the model: keyframe: NAME"},
    {"start", "joints", "joint positions are those of a keyframe of the model: keyframe: NAME"},
    {"entity", "prop", "a prop is written {shape: box, size: [1 m, 1 m, 1 m]}"},
    {"entity", "file", "write model: FILE"},
    {"entity", "path", "write model: FILE"},
    {"entity", "urdf", "write model: FILE"},
    {"entity", "mjcf", "write model: FILE"},
    {"entity", "friction", "a ground has it, ground: {friction: 0.8}; a model's is changed by `randomize`"},
    {"entity", "mass", "`randomize` changes that of a model: robot.body.mass: {scale: 1.1}"},
    {"world", "dt", "write timestep: 2 ms"},
    {"scenario", "robot", "write entities: {robot: {model: FILE}}"},
    {"scenario", "robots", "write entities: {robot: {model: FILE}}"},
    {"scenario", "model", "write entities: {robot: {model: FILE}}"},
    {"scenario", "steps", "write duration: 2 s"},
    {"camera", "resolution", "write size: [640, 480]"},
    {"camera", "width", "write size: [640, 480]"},
    {"camera", "height", "write size: [640, 480]"},
};

static bool hint_foreign_key(const schema_object *object, const char *key, myr_diagnostic *diagnostic) {
  for (size_t i = 0; i < sizeof foreign_keys / sizeof *foreign_keys; i++) {
    if (strcmp(foreign_keys[i].object, object->name) || strcmp(foreign_keys[i].key, key)) continue;
    diagnose_hint(diagnostic, "%s", foreign_keys[i].advice);
    return true;
  }
  return false;
}

/* Says where else a scenario has the key: in a mapping that is itself a key of the scenario, such as world. */
static bool hint_other_object(const schema_object *object, const char *key, myr_diagnostic *diagnostic) {
  for (const schema_key *outer = schema_scenario.keys; outer->name && object == &schema_scenario; outer++) {
    if (outer->type != SCHEMA_OBJECT) continue;
    for (const schema_key *inner = outer->object->keys; inner->name; inner++) {
      if (strcmp(inner->name, key)) continue;
      diagnose_hint(diagnostic, "it is a key of `%s`: write %s: {%s: ...}", outer->name, outer->name, key);
      return true;
    }
  }
  return false;
}

/* The key of the object that an unknown one is probably meant to be, or NULL. */
static const char *intended_key(const schema_object *object, const char *unknown) {
  suggestion suggestion = {.wanted = unknown};
  for (const schema_key *key = object->keys; key->name; key++) suggestion_offer(&suggestion, key->name);
  return suggestion_is_near(&suggestion) ? suggestion.best : NULL;
}

/* Whether the mapping has a misspelt form of the key, which is reported as such. */
static bool has_misspelt(const schema_object *object, const node *node, const char *name) {
  for (const struct node *value = node->first; value; value = value->next) {
    const schema_key *key = object->keys;
    while (key->name && strcmp(key->name, value->key->text)) key++;
    const char *intended = key->name ? NULL : intended_key(object, value->key->text);
    if (intended && !strcmp(intended, name)) return true;
  }
  return false;
}

static void check_unknown_keys(schema_reader *reader, const schema_object *object, const node *node) {
  for (const struct node *value = node->first; value; value = value->next) {
    suggestion suggestion = {.wanted = value->key->text};
    const schema_key *key = object->keys;
    while (key->name && strcmp(key->name, value->key->text)) suggestion_offer(&suggestion, key++->name);
    if (key->name || !strcmp(value->key->text, "<<")) continue;
    char text[64], list[600] = "";
    for (key = object->keys; key->name; key++) {
      size_t used = strlen(list);
      if (key->type != SCHEMA_UNSUPPORTED && used < sizeof list) {
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", key->name);
      }
    }
    const char *quoted = value->key->length ? node_describe(value->key, text, sizeof text) : "``";
    myr_diagnostic *d = diagnose(reader->diagnostics, value->key->where, "unknown key %s", quoted);
    const char *unknown = value->key->text;
    if (hint_foreign_key(object, unknown, d) || hint_other_object(object, unknown, d) ||
        suggestion_hint(&suggestion, d))
      continue;
    diagnose_hint(d, "%s %s has: %s; `myriad schema --markdown` explains them",
                  strchr("aeiou", object->name[0]) ? "an" : "a", object->name, list);
  }
}

/* node NULL: only defaults. */
static void read_object(schema_reader *reader, const schema_object *object, const node *node, void *result) {
  object_head *head = result;
  if (node && node->kind != NODE_MAP) {
    /* A reader of YAML takes `world:` with nothing after it for an empty mapping; its writer made a mistake. */
    char text[64];
    diagnose_hint(diagnose(reader->diagnostics, node->where, "expected a mapping, got %s",
                           node_describe(node, text, sizeof text)),
                  "%s %s is a mapping, such as {%s: ...}", strchr("aeiou", object->name[0]) ? "an" : "a", object->name,
                  object->keys->name);
    node = NULL;
  } else {
    head->node = node;
  }
  if (node) check_unknown_keys(reader, object, node);
  for (const schema_key *key = object->keys; key->name; key++) {
    void *place = (char *)result + key->offset;
    const struct node *value = NULL;
    for (const struct node *at = node ? node->first : NULL; at && !value; at = at->next) {
      if (!strcmp(at->key->text, key->name)) value = at;
    }
    if (value) {
      read_value(reader, key, value, place);
    } else {
      if (node && key->flags & SCHEMA_REQUIRED && !has_misspelt(object, node, key->name)) {
        position where = node->key ? node->key->where : node->where;
        diagnose(reader->diagnostics, where, "missing key `%s` of the %s", key->name, object->name);
      }
      fill_default(reader, key, place);
    }
  }
}

void schema_read(arena *arena, const schema_object *object, const node *root, void *result,
                 myr_diagnostics *diagnostics) {
  schema_reader reader = {arena, diagnostics};
  read_object(&reader, object, root, result);
}
