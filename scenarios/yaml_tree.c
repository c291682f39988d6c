/* Reads bytes into a tree. Parts of YAML that scenarios do not allow are errors here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "scenarios/document.h"
#include "sim/regular_file.h"
#include "sim/utf8.h"

typedef struct builder {
  arena *arena;
  const source *source;
  myr_diagnostics *diagnostics;
  yaml_parser_t parser;
  int line_offset, column_offset; /* of the parsed part in its source; columns only of the first line */
  int nodes;
} builder;

static position position_of(const builder *builder, yaml_mark_t mark) {
  int column = (int)mark.column + 1 + (mark.line == 0 ? builder->column_offset : 0);
  return (position){builder->source, (int)mark.line + 1 + builder->line_offset, column};
}

/* ------------------------------------------------------------------------------------------------ bytes */

static bool check_bytes(const source *source, myr_diagnostics *diagnostics) {
  const unsigned char *text = (const unsigned char *)source->text;
  position where = {source, 1, 1};
  size_t line_start = 0;
  for (size_t i = 0; i < source->length;) {
    size_t length = utf8_length(text + i, source->length - i);
    if (!length) {
      diagnose_hint(diagnose(diagnostics, where, "byte 0x%02x is not UTF-8", text[i]),
                    "save the file as UTF-8, if it is a text at all");
      return false;
    }
    if ((text[i] < 0x20 && text[i] != '\t' && text[i] != '\n' && text[i] != '\r') || text[i] == 0x7f) {
      diagnose_hint(diagnose(diagnostics, where, "control character 0x%02x", text[i]), "a scenario is a text file");
      return false;
    }
    /* YAML ends a line at these characters and editors do not, so line numbers would be wrong. */
    if ((text[i] == '\r' && (i + 1 == source->length || text[i + 1] != '\n')) ||
        (length == 2 && !memcmp(text + i, "\xc2\x85", 2)) ||
        (length == 3 && (!memcmp(text + i, "\xe2\x80\xa8", 3) || !memcmp(text + i, "\xe2\x80\xa9", 3)))) {
      diagnose_hint(diagnose(diagnostics, where, "an unusual line break"), "end lines with a line feed");
      return false;
    }
    if (i - line_start > DOCUMENT_LINE) {
      where.column = 1;
      diagnose(diagnostics, where, "line is longer than %d bytes", DOCUMENT_LINE);
      return false;
    }
    where.column++;
    if (text[i] == '\n') {
      where.line++;
      where.column = 1;
      line_start = i + 1;
    }
    i += length;
  }
  return true;
}

static myr_status read_failed(const source *source, myr_diagnostics *diagnostics, int error) {
  diagnose(diagnostics, (position){source, 0, 0}, "cannot read the file: %s", strerror(error));
  return error == ENOENT || error == ENOTDIR || error == EISDIR ? MYR_INVALID : MYR_IO; /* no retry finds it */
}

static myr_status read_file(arena *arena, const char *path, source **result, myr_diagnostics *diagnostics) {
  source *source = arena_take(arena, sizeof *source);
  char *name = arena_text(arena, path, strlen(path));
  if (!source || !name) return MYR_ERROR;
  source->name = name;
  FILE *stream;
  myr_error failure = {0};
  myr_status status = myr_regular_file_stream(path, &stream, &failure);
  if (status == MYR_INVALID) diagnose(diagnostics, (position){source, 0, 0}, "%s", failure.message);
  if (status) return status == MYR_INVALID ? status : read_failed(source, diagnostics, errno);
  size_t capacity = 0, length = 0;
  char *text = NULL;
  for (;;) {
    if (length == capacity) {
      capacity = capacity ? capacity * 2 : 64 * 1024;
      char *larger = realloc(text, capacity);
      if (!larger) {
        status = MYR_ERROR;
        break;
      }
      text = larger;
    }
    size_t got = fread(text + length, 1, capacity - length, stream);
    length += got;
    if (length > DOCUMENT_BYTES) {
      diagnose(diagnostics, (position){source, 0, 0}, "the file is larger than %d MB", DOCUMENT_BYTES >> 20);
      status = MYR_INVALID;
      break;
    }
    if (got == 0) {
      if (ferror(stream)) status = read_failed(source, diagnostics, errno);
      break;
    }
  }
  fclose(stream);
  if (!status) {
    size_t mark = length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0; /* a byte order mark has no meaning in
                                                                            * UTF-8 */
    source->text = arena_text(arena, text + mark, length - mark);
    source->length = length - mark;
    if (!source->text) status = MYR_ERROR;
  }
  free(text);
  *result = source;
  return status;
}

/* ------------------------------------------------------------------------------------------------ events */

/* Past the end libyaml counts lines that do not exist; such a position becomes the end of the last line. */
static position clamp_to_text(position where) {
  int line = 1, column = 1;
  const source *source = where.source;
  for (size_t i = 0; i < source->length; i++) {
    if (source->text[i] == '\n' && i + 1 == source->length) break;
    if (source->text[i] == '\n')
      line++, column = 1;
    else if (((unsigned char)source->text[i] & 0xc0) != 0x80)
      column++;
  }
  if (where.line > line || (where.line == line && where.column > column)) where.line = line, where.column = column;
  return where;
}

/* The causes of libyaml's messages, which name effects. %d is the line where the context begins. */
static const struct {
  const char *context, *problem, *hint;
} syntax_hints[] = {
    {"flow mapping", "did not find expected", "the `{` of line %d is not closed, or a comma is missing"},
    {"flow sequence", "did not find expected", "the `[` of line %d is not closed, or a comma is missing"},
    {"quoted scalar", "", "the quotes that open in line %d are not closed"},
    {"flow node", "", "a value is missing"},
    {"simple key", "could not find expected ':'", "a key is followed by a colon and a blank: `key: value`"},
    {"block mapping", "did not find expected key", "the keys of one mapping begin in one column; see line %d"},
    {"block collection", "did not find expected '-'",
     "the items of one list begin with `- ` in one column; see line %d"},
    {"", "mapping values are not allowed", "a value that holds `: ` must stand in quotes; or the indentation is wrong"},
};

static void hint_syntax(const char *context, const char *problem, int line, myr_diagnostic *diagnostic) {
  for (size_t i = 0; i < sizeof syntax_hints / sizeof *syntax_hints; i++) {
    if (!strstr(context, syntax_hints[i].context) || !strstr(problem, syntax_hints[i].problem)) continue;
    const char *hint = syntax_hints[i].hint, *place = strstr(hint, "%d");
    if (place)
      diagnose_hint(diagnostic, "%.*s%d%s", (int)(place - hint), hint, line, place + 2);
    else
      diagnose_hint(diagnostic, "%s", hint);
  }
}

static void syntax_error(builder *builder) {
  const yaml_parser_t *parser = &builder->parser;
  const char *problem = parser->problem ? parser->problem : "not YAML";
  position where = clamp_to_text(position_of(builder, parser->problem_mark));
  myr_diagnostic *diagnostic =
      parser->context ? diagnose(builder->diagnostics, where, "YAML: %s (%s that starts at line %d)", problem,
                                 parser->context, (int)parser->context_mark.line + 1 + builder->line_offset)
                      : diagnose(builder->diagnostics, where, "YAML: %s", problem);
  if (diagnostic && diagnostic->source && strstr(problem, "cannot start any token")) {
    size_t line = 1;
    const char *text = builder->source->text, *end = text + builder->source->length;
    for (; text < end && line < (size_t)where.line; text++) line += *text == '\n';
    while (text < end && *text == ' ') text++;
    if (text < end && *text == '\t')
      diagnose_hint(diagnostic, "indent with spaces: YAML does not allow tabs there");
    else
      diagnose_hint(diagnostic, "put the text in quotes");
  }
  int line = (int)parser->context_mark.line + 1 + builder->line_offset;
  hint_syntax(parser->context ? parser->context : "", problem, line, diagnostic);
}

static bool next_event(builder *builder, yaml_event_t *event) {
  if (yaml_parser_parse(&builder->parser, event)) return true;
  syntax_error(builder);
  return false;
}

static node *new_node(builder *builder, enum node_kind kind, const yaml_event_t *event, int depth) {
  position where = position_of(builder, event->start_mark);
  if (depth > DOCUMENT_DEPTH) {
    diagnose(builder->diagnostics, where, "nested deeper than %d levels", DOCUMENT_DEPTH);
    return NULL;
  }
  if (++builder->nodes > DOCUMENT_NODES) {
    diagnose(builder->diagnostics, where, "more than %d values in one document", DOCUMENT_NODES);
    return NULL;
  }
  node *node = arena_take(builder->arena, sizeof *node);
  if (node) {
    node->kind = kind;
    node->where = where;
  }
  return node;
}

static bool reject_decorations(builder *builder, const yaml_event_t *event, const yaml_char_t *anchor,
                               const yaml_char_t *tag) {
  position where = position_of(builder, event->start_mark);
  if (anchor) {
    diagnose_hint(diagnose(builder->diagnostics, where, "anchors and aliases are not allowed"), "write the value out");
    return false;
  }
  if (tag) {
    diagnose_hint(diagnose(builder->diagnostics, where, "tags are not allowed"),
                  "a distribution is written {uniform: [low, high]}");
    return false;
  }
  return true;
}

static node *build_scalar(builder *builder, const yaml_event_t *event, int depth) {
  if (!reject_decorations(builder, event, event->data.scalar.anchor, event->data.scalar.tag)) return NULL;
  node *node = new_node(builder, NODE_SCALAR, event, depth);
  if (!node) return NULL;
  const char *text = (const char *)event->data.scalar.value;
  size_t length = event->data.scalar.length;
  if (length > DOCUMENT_SCALAR) {
    diagnose(builder->diagnostics, node->where, "a value of more than %d bytes", DOCUMENT_SCALAR);
    return NULL;
  }
  if (memchr(text, 0, length)) {
    diagnose(builder->diagnostics, node->where, "a value holds a zero character");
    return NULL;
  }
  node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  node->length = length;
  node->text = arena_text(builder->arena, text, length);
  if (!node->text) return NULL;
  bool in_quotes = event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                   event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  node->inside = node->where;
  if (in_quotes) node->inside.column++;
  /* A scalar is verbatim when its bytes between the marks are the text itself. */
  node->verbatim = event->start_mark.line == event->end_mark.line &&
                   event->end_mark.index - event->start_mark.index >= length && (!node->quoted || in_quotes) &&
                   !strpbrk(node->text, "\"'\\");
  return node;
}

static node *build_node(builder *builder, const yaml_event_t *event, int depth);

static node *build_list(builder *builder, const yaml_event_t *start, int depth) {
  if (!reject_decorations(builder, start, start->data.sequence_start.anchor, start->data.sequence_start.tag))
    return NULL;
  node *list = new_node(builder, NODE_LIST, start, depth);
  while (list) {
    yaml_event_t event;
    if (!next_event(builder, &event)) return NULL;
    if (event.type == YAML_SEQUENCE_END_EVENT) {
      yaml_event_delete(&event);
      return list;
    }
    node *item = build_node(builder, &event, depth + 1);
    yaml_event_delete(&event);
    if (!item) return NULL;
    if (list->last)
      list->last->next = item;
    else
      list->first = item;
    list->last = item;
    list->count++;
  }
  return NULL;
}

static bool check_key(builder *builder, const node *map, const node *key) {
  if (key->kind != NODE_SCALAR) {
    diagnose(builder->diagnostics, key->where, "a key must be a word");
    return false;
  }
  if (map->count >= DOCUMENT_KEYS) {
    diagnose(builder->diagnostics, key->where, "more than %d keys in one mapping", DOCUMENT_KEYS);
    return false;
  }
  if (!strcmp(key->text, "<<") && !key->quoted) {
    diagnose_hint(diagnose(builder->diagnostics, key->where, "merge keys are not allowed"), "write the keys out");
  }
  const node *earlier = node_find(map, key->text);
  if (earlier) {
    char text[64];
    diagnose_hint(diagnose(builder->diagnostics, key->where, "duplicate key %s", node_describe(key, text, sizeof text)),
                  "it was given at line %d already", earlier->key->where.line);
  }
  return true;
}

static node *build_map(builder *builder, const yaml_event_t *start, int depth) {
  if (!reject_decorations(builder, start, start->data.mapping_start.anchor, start->data.mapping_start.tag)) return NULL;
  node *map = new_node(builder, NODE_MAP, start, depth);
  while (map) {
    yaml_event_t event;
    if (!next_event(builder, &event)) return NULL;
    if (event.type == YAML_MAPPING_END_EVENT) {
      yaml_event_delete(&event);
      return map;
    }
    node *key = build_node(builder, &event, depth + 1);
    yaml_event_delete(&event);
    if (!key || !check_key(builder, map, key)) return NULL;
    if (!next_event(builder, &event)) return NULL;
    node *value = build_node(builder, &event, depth + 1);
    yaml_event_delete(&event);
    if (!value) return NULL;
    value->key = key;
    if (map->last)
      map->last->next = value;
    else
      map->first = value;
    map->last = value;
    map->count++;
  }
  return NULL;
}

/* NULL after an error. Recursion is bounded by DOCUMENT_DEPTH. */
static node *build_node(builder *builder, const yaml_event_t *event, int depth) {
  switch (event->type) {
  case YAML_SCALAR_EVENT: return build_scalar(builder, event, depth);
  case YAML_SEQUENCE_START_EVENT: return build_list(builder, event, depth);
  case YAML_MAPPING_START_EVENT: return build_map(builder, event, depth);
  case YAML_ALIAS_EVENT:
    diagnose_hint(
        diagnose(builder->diagnostics, position_of(builder, event->start_mark), "anchors and aliases are not allowed"),
        "write the value out");
    return NULL;
  default: diagnose(builder->diagnostics, position_of(builder, event->start_mark), "expected a value"); return NULL;
  }
}

/* Builds one document without directives from the events stream, document, root and end. */
static node *build_document(builder *builder) {
  node *root = NULL;
  for (;;) {
    yaml_event_t event;
    if (!next_event(builder, &event)) return NULL;
    yaml_event_type_t type = event.type;
    position where = position_of(builder, event.start_mark);
    bool failed = false;
    if (type == YAML_DOCUMENT_START_EVENT) {
      if (root) {
        diagnose(builder->diagnostics, where, "only one document may stand in a file");
        failed = true;
      } else if (event.data.document_start.version_directive ||
                 event.data.document_start.tag_directives.start != event.data.document_start.tag_directives.end) {
        diagnose(builder->diagnostics, where, "YAML directives (%%YAML, %%TAG) are not allowed");
        failed = true;
      }
    } else if (type == YAML_STREAM_END_EVENT) {
      if (!root) {
        where = (position){builder->source, 1, 1};
        diagnose_hint(diagnose(builder->diagnostics, where, "the scenario is empty"), "a scenario begins `version: 1`");
      }
    } else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_END_EVENT) {
      root = build_node(builder, &event, 1);
      failed = !root;
    }
    yaml_event_delete(&event);
    if (failed) return NULL;
    if (type == YAML_STREAM_END_EVENT) return root;
  }
}

myr_status document_parse(arena *arena, const source *source, size_t start, node **root, myr_diagnostics *diagnostics) {
  *root = NULL;
  if (!check_bytes(source, diagnostics)) return MYR_INVALID;
  builder builder = {.arena = arena, .source = source, .diagnostics = diagnostics, .column_offset = (int)start};
  if (!yaml_parser_initialize(&builder.parser)) return MYR_ERROR;
  yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&builder.parser, (const unsigned char *)source->text + start, source->length - start);
  int before = diagnostics->count + diagnostics->omitted;
  *root = build_document(&builder);
  yaml_parser_delete(&builder.parser);
  if (*root) return MYR_OK;
  if (diagnostics->count + diagnostics->omitted == before) {
    diagnose(diagnostics, (position){source, 0, 0}, "out of memory");
    return MYR_ERROR;
  }
  return MYR_INVALID;
}

myr_status document_load(arena *arena, const char *path, node **root, myr_diagnostics *diagnostics) {
  *root = NULL;
  source *source = NULL;
  myr_status status = read_file(arena, path, &source, diagnostics);
  return status ? status : document_parse(arena, source, 0, root, diagnostics);
}

/* ------------------------------------------------------------------------------------------------ nodes */

node *node_find(const node *map, const char *key) {
  if (!map || map->kind != NODE_MAP) return NULL;
  for (node *value = map->first; value; value = value->next) {
    if (!strcmp(value->key->text, key)) return value;
  }
  return NULL;
}

position node_inside(const node *scalar, size_t offset) {
  if (!scalar->verbatim) return scalar->where;
  position where = scalar->inside;
  for (size_t i = 0; i < offset && i < scalar->length; i++) {
    where.column += ((unsigned char)scalar->text[i] & 0xc0) != 0x80;
  }
  return where;
}

const char *node_describe(const node *node, char *buffer, size_t size) {
  if (node->kind == NODE_LIST) return "a list";
  if (node->kind == NODE_MAP) return "a mapping";
  if (!node->length) return "nothing";
  size_t most = 40, length = node->length < most ? node->length : most;
  while (length < node->length && length > 0 && ((unsigned char)node->text[length] & 0xc0) == 0x80) length--;
  snprintf(buffer, size, "`%.*s%s`", (int)length, node->text, length < node->length ? "..." : "");
  for (char *c = buffer; *c; c++) {
    if ((unsigned char)*c < 0x20) *c = ' ';
  }
  return buffer;
}
