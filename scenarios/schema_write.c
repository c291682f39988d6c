/* The canonical form: every key that has a value, in the table's order, in SI. */
#include <string.h>

#include "scenarios/schema.h"

static void write_object(arena *arena, const schema_object *object, const void *value, int indent, FILE *stream);

static void write_quoted(const char *text, FILE *stream) {
  fputc('"', stream);
  for (const char *c = text; *c; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(stream, "\\%c", *c);
    else if (*c == '\n')
      fputs("\\n", stream);
    else if (*c == '\t')
      fputs("\\t", stream);
    else
      fputc(*c, stream);
  }
  fputc('"', stream);
}

static void write_name(const char *name, int indent, FILE *stream) { fprintf(stream, "%*s%s:", indent, "", name); }

static void write_words(const words_value *words, FILE *stream) {
  fputc('[', stream);
  for (int i = 0; i < words->count; i++) {
    if (i) fputs(", ", stream);
    write_quoted(words->words[i].text, stream);
  }
  fputs("]\n", stream);
}

static void write_flags(const schema_key *key, unsigned bits, FILE *stream) {
  const char *separator = "";
  fputc('[', stream);
  for (int i = 0; key->choices[i]; i++) {
    if (!(bits >> i & 1)) continue;
    fprintf(stream, "%s%s", separator, key->choices[i]);
    separator = ", ";
  }
  fputs("]\n", stream);
}

static void write_numbers(arena *arena, const numbers_value *numbers, FILE *stream) {
  fputc('[', stream);
  for (int i = 0; i < numbers->count; i++) {
    fprintf(stream, "%s%s", i ? ", " : "", quantity_text(arena, &numbers->items[i]));
  }
  fputc(']', stream);
}

static void write_map(arena *arena, const schema_key *key, const map_value *map, int indent, FILE *stream) {
  if (!map->count) return;
  write_name(key->name, indent, stream);
  fputc('\n', stream);
  for (int i = 0; i < map->count; i++) {
    const object_head *item = schema_item(map, key->object, i);
    write_name(item->name, indent + 2, stream);
    /* An item with no keys is written as an empty mapping, so that it does not vanish. */
    fputs(item->node && !item->node->count ? " {}\n" : "\n", stream);
    if (!item->node || item->node->count) write_object(arena, key->object, item, indent + 4, stream);
  }
}

/* A late value keeps its units, because only its owner knows its dimension; the owner replaces the node after it has
 * read it. */
static void write_tree(const node *node, FILE *stream) {
  if (node->kind == NODE_SCALAR) {
    if (node->quoted)
      write_quoted(node->text, stream);
    else
      fputs(node->text, stream);
    return;
  }
  fputc(node->kind == NODE_LIST ? '[' : '{', stream);
  for (const struct node *child = node->first; child; child = child->next) {
    if (child != node->first) fputs(", ", stream);
    if (child->key) fprintf(stream, "%s: ", child->key->text);
    write_tree(child, stream);
  }
  fputc(node->kind == NODE_LIST ? ']' : '}', stream);
}

static bool has_value(const schema_key *key, const void *place) {
  switch (key->type) {
  case SCHEMA_TEXT:
  case SCHEMA_WORD: return ((const text_value *)place)->text != NULL;
  case SCHEMA_WORDS: return ((const words_value *)place)->given;
  case SCHEMA_QUANTITY:
  case SCHEMA_CONE: return ((const quantity *)place)->given;
  case SCHEMA_VECTOR: return ((const vector_quantity *)place)->given;
  case SCHEMA_NUMBERS: return ((const numbers_value *)place)->given;
  case SCHEMA_COLOR: return ((const color_quantity *)place)->given;
  case SCHEMA_NAME: return ((const name_quantity *)place)->count > 0;
  case SCHEMA_CHOICE:
  case SCHEMA_BOOLEAN: return key->default_text || ((const choice_value *)place)->node;
  case SCHEMA_INTEGER: return key->default_text || ((const integer_value *)place)->node;
  case SCHEMA_EXPRESSION: return ((const expression_value *)place)->tree != NULL;
  case SCHEMA_LATE: return *(const node *const *)place != NULL;
  case SCHEMA_OBJECT: return ((const object_head *)place)->filled || ((const object_head *)place)->node;
  case SCHEMA_UNSUPPORTED: return false;
  default: return true;
  }
}

static bool has_any_value(const schema_object *object, const void *value) {
  for (const schema_key *key = object->keys; key->name; key++)
    if (has_value(key, (const char *)value + key->offset)) return true;
  return false;
}

static void write_value(arena *arena, const schema_key *key, const void *place, int indent, FILE *stream) {
  if (!has_value(key, place)) return;
  if (key->type == SCHEMA_MAP) {
    write_map(arena, key, place, indent, stream);
    return;
  }
  write_name(key->name, indent, stream);
  if (key->type == SCHEMA_OBJECT) {
    bool empty = !has_any_value(key->object, place);
    fputs(empty ? " {}\n" : "\n", stream);
    if (!empty) write_object(arena, key->object, place, indent + 2, stream);
    return;
  }
  fputc(' ', stream);
  switch (key->type) {
  case SCHEMA_TEXT: write_quoted(((const text_value *)place)->text, stream); break;
  case SCHEMA_WORD: fputs(((const text_value *)place)->text, stream); break;
  case SCHEMA_WORDS: write_words(place, stream); return;
  case SCHEMA_FLAGS: write_flags(key, ((const flags_value *)place)->bits, stream); return;
  case SCHEMA_CHOICE: fputs(key->choices[((const choice_value *)place)->index], stream); break;
  case SCHEMA_BOOLEAN: fputs(((const choice_value *)place)->index ? "true" : "false", stream); break;
  case SCHEMA_NUMBERS: write_numbers(arena, place, stream); break;
  case SCHEMA_COLOR: fputs(color_text(arena, place), stream); break;
  case SCHEMA_NAME: fputs(name_text(arena, place), stream); break;
  case SCHEMA_INTEGER: fprintf(stream, "%lld", (long long)((const integer_value *)place)->value); break;
  case SCHEMA_QUANTITY: fputs(quantity_text(arena, place), stream); break;
  case SCHEMA_CONE: fprintf(stream, "{cone: %s}", quantity_text(arena, place)); break;
  case SCHEMA_VECTOR: fputs(vector_text(arena, place), stream); break;
  case SCHEMA_EXPRESSION: write_quoted(((const expression_value *)place)->text, stream); break;
  case SCHEMA_LATE: write_tree(*(const node *const *)place, stream); break;
  default: break;
  }
  fputc('\n', stream);
}

static void write_object(arena *arena, const schema_object *object, const void *value, int indent, FILE *stream) {
  for (const schema_key *key = object->keys; key->name; key++) {
    write_value(arena, key, (const char *)value + key->offset, indent, stream);
  }
}

void schema_write(const schema_object *object, const void *value, FILE *stream) {
  arena arena = {0};
  write_object(&arena, object, value, 0, stream);
  arena_release(&arena);
}
