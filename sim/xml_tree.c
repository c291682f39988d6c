#include "sim/xml_tree.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "sim/regular_file.h"

/* MuJoCo's parser takes 500 elements inside each other. */
enum { MOST_DEPTH = 512, MOST_BYTES = 512 << 20 };

/* ------------------------------------------------------------------------------------------------ memory */
enum { BLOCK_BYTES = 1 << 16 };
struct xml_memory {
  struct xml_memory *next;
  size_t used, size;
  _Alignas(16) char bytes[];
};

void *xml_tree_take(xml_tree *tree, size_t bytes) {
  bytes = (bytes + 15) & ~(size_t)15;
  struct xml_memory *block = tree->memory;
  if (!block || block->size - block->used < bytes) {
    size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    block = calloc(1, sizeof *block + size);
    if (!block) return NULL;
    block->size = size;
    block->next = tree->memory;
    tree->memory = block;
  }
  void *taken = block->bytes + block->used;
  block->used += bytes;
  return taken;
}

char *xml_tree_text(xml_tree *tree, const char *text, size_t length) {
  char *copy = xml_tree_take(tree, length + 1);
  return copy ? memcpy(copy, text, length) : NULL;
}

void xml_tree_free(xml_tree *tree) {
  for (struct xml_memory *block = tree->memory, *next; block; block = next) {
    next = block->next;
    free(block);
  }
  *tree = (xml_tree){0};
}

/* ------------------------------------------------------------------------------------------------ parsing */
typedef struct parse {
  xml_tree *tree;
  XML_Parser parser;
  const char *file; /* its text */
  size_t file_length;
  xml_node *at; /* the open element */
  char *text;   /* of the open element so far */
  size_t length, capacity;
  int depth;
  bool out_of_memory, too_deep;
} parse;

static void stop(parse *p, bool *reason) {
  *reason = true;
  XML_StopParser(p->parser, XML_FALSE);
}

/* Gives the open element the text that was collected for it. */
static void keep_text(parse *p) {
  if (!p->at || p->at->text) return;
  p->at->text = p->length ? xml_tree_text(p->tree, p->text, p->length) : "";
  p->length = 0;
  if (!p->at->text) stop(p, &p->out_of_memory);
}

/* Puts the attribute to the place where its name stands in the start tag. */
static void place_attribute(const parse *p, size_t *at, xml_attribute *attribute, int *line, int *column) {
  size_t length = strlen(attribute->name);
  char quote = 0;
  for (; *at < p->file_length && (quote || p->file[*at] != '>'); ++*at) {
    const char *here = p->file + *at;
    if (quote ? *here == quote : *here == '"' || *here == '\'') quote = quote ? 0 : *here;
    bool found = !quote && strchr(" \t\r\n", here[-1]) && *at + length < p->file_length &&
                 !strncmp(here, attribute->name, length) && strchr("= \t\r\n", here[length]);
    if (found) break;
    ++*column;
    if (*here == '\n') ++*line, *column = 1;
  }
  attribute->line = *line;
  attribute->column = *column;
}

/* Expat keeps the attributes in the order of the file. */
static bool set_attributes(parse *p, xml_node *node, const char **pairs) {
  int count = 0;
  while (pairs[2 * count]) count++;
  xml_attribute *kept = xml_tree_take(p->tree, (size_t)count * sizeof *kept);
  if (!kept) return false;
  int line = node->line, column = node->column + 1;
  size_t at = (size_t)XML_GetCurrentByteIndex(p->parser) + 1;
  for (int i = 0; i < count; i++) {
    kept[i].name = xml_tree_text(p->tree, pairs[2 * i], strlen(pairs[2 * i]));
    kept[i].value = xml_tree_text(p->tree, pairs[2 * i + 1], strlen(pairs[2 * i + 1]));
    if (!kept[i].name || !kept[i].value) return false;
    place_attribute(p, &at, &kept[i], &line, &column);
  }
  node->attributes = kept;
  node->attribute_count = count;
  return true;
}

static void append(parse *p, xml_node *node) {
  node->parent = p->at;
  if (!p->at)
    p->tree->root = node;
  else if (p->at->last)
    p->at->last = p->at->last->next = node;
  else
    p->at->first = p->at->last = node;
  p->at = node;
}

static void on_start(void *data, const char *tag, const char **attributes) {
  parse *p = data;
  keep_text(p);
  if (++p->depth > MOST_DEPTH) {
    stop(p, &p->too_deep);
    return;
  }
  xml_node *node = xml_tree_take(p->tree, sizeof *node);
  if (node) {
    node->line = (int)XML_GetCurrentLineNumber(p->parser);
    node->column = (int)XML_GetCurrentColumnNumber(p->parser) + 1;
    node->tag = xml_tree_text(p->tree, tag, strlen(tag));
  }
  if (!node || !node->tag || !set_attributes(p, node, attributes)) {
    stop(p, &p->out_of_memory);
    return;
  }
  append(p, node);
  p->length = 0;
}

static void on_end(void *data, const char *tag) {
  parse *p = data;
  (void)tag;
  keep_text(p);
  p->at = p->at->parent;
  p->depth--;
}

static void on_text(void *data, const char *text, int length) {
  parse *p = data;
  if (!p->at || p->at->text) return;
  if (p->length + (size_t)length > p->capacity) {
    size_t capacity = 2 * (p->length + (size_t)length) + 256;
    char *grown = realloc(p->text, capacity);
    if (!grown) {
      stop(p, &p->out_of_memory);
      return;
    }
    p->text = grown;
    p->capacity = capacity;
  }
  memcpy(p->text + p->length, text, (size_t)length);
  p->length += (size_t)length;
}

/* MuJoCo's and ROS's readers take everything in a comment, which expat does not: two dashes, and bytes that are no
 * UTF-8. */
static void blank_comments(char *text) {
  for (char *start = text; (start = strstr(start, "<!--"));) {
    char *end = strstr(start + 4, "-->");
    if (!end) return;
    for (char *c = start + 4; c < end; c++)
      if (*c != '\n' && *c != '\r') *c = ' ';
    start = end;
  }
}

/* The same readers take white space before the declaration, and end at a zero byte, which some exporters append. The
 * declaration becomes white space in its turn, so that places stay. */
static size_t mend_ends(char *text, size_t length) {
  const char *start = text + (length > 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0);
  char *declaration = text + (start - text) + strspn(start, " \t\r\n");
  char *end = declaration > start && !strncmp(declaration, "<?xml", 5) ? strstr(declaration, "?>") : NULL;
  if (end) memset(declaration, ' ', (size_t)(end + 2 - declaration));
  bool wide = length > 1 && (!text[0] || !text[1] || (unsigned char)text[0] >= 0xfe); /* two bytes a letter */
  while (!wide && length && !text[length - 1]) length--;
  return length;
}

/* Elements that were open where parsing broke have a text too. */
static void close_elements(parse *p) {
  for (xml_node *node = p->at; node; node = node->parent)
    if (!node->text) node->text = "";
}

static myr_status fail(xml_tree *tree, const char *path, const char *reason, int line, int column, myr_error *error) {
  tree->line = line;
  tree->column = column;
  tree->reason = xml_tree_text(tree, reason, strlen(reason));
  if (!tree->reason) tree->reason = "memory is out";
  if (!line) return myr_fail(error, MYR_INVALID, "%s: %s", path, reason);
  return myr_fail(error, MYR_INVALID, "%s:%d:%d: no XML: %s", path, line, column, reason);
}

static myr_status fail_memory(xml_tree *tree, const char *path, myr_error *error) {
  tree->reason = "memory is out";
  return myr_fail(error, MYR_ERROR, "out of memory for %s", path);
}

static myr_status parse_text(parse *p, const char *path, myr_error *error) {
  enum XML_Status status = XML_Parse(p->parser, p->file, (int)p->file_length, XML_TRUE);
  close_elements(p);
  if (p->out_of_memory) return fail_memory(p->tree, path, error);
  if (status == XML_STATUS_OK) return MYR_OK;
  const char *reason =
      p->too_deep ? "more than 512 elements inside each other" : XML_ErrorString(XML_GetErrorCode(p->parser));
  return fail(p->tree, path, reason, (int)XML_GetCurrentLineNumber(p->parser),
              (int)XML_GetCurrentColumnNumber(p->parser) + 1, error);
}

myr_status xml_tree_read(const char *path, xml_tree *tree, myr_error *error) {
  *tree = (xml_tree){0};
  char *text;
  size_t length;
  myr_error reading = {0};
  myr_status status = myr_regular_file_read(path, MOST_BYTES, &text, &length, &reading);
  if (status) {
    fail(tree, path, reading.message, 0, 0, NULL);
    return myr_fail(error, status, "%s", reading.message);
  }
  blank_comments(text);
  length = mend_ends(text, length);
  parse p = {.tree = tree, .file = text, .file_length = length, .parser = XML_ParserCreate(NULL)};
  status = MYR_ERROR;
  if (p.parser) {
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, on_start, on_end);
    XML_SetCharacterDataHandler(p.parser, on_text);
    status = parse_text(&p, path, error);
    XML_ParserFree(p.parser);
  } else {
    fail_memory(tree, path, error);
  }
  free(p.text);
  free(text);
  return status;
}

/* ------------------------------------------------------------------------------------------------ looking up */
const char *xml_attribute_of(const xml_node *node, const char *name) {
  for (int i = 0; node && i < node->attribute_count; i++)
    if (!strcmp(node->attributes[i].name, name)) return node->attributes[i].value;
  return NULL;
}

static xml_node *first_of(xml_node *node, const char *tag) {
  while (node && strcmp(node->tag, tag) != 0) node = node->next;
  return node;
}

xml_node *xml_child(const xml_node *node, const char *tag) { return node ? first_of(node->first, tag) : NULL; }
xml_node *xml_next(const xml_node *node, const char *tag) { return first_of(node->next, tag); }

xml_node *xml_path(const xml_node *node, const char *const *tags) {
  xml_node *found = NULL;
  for (; *tags; tags++) {
    found = xml_child(node, *tags);
    if (!found) return NULL;
    node = found;
  }
  return found;
}
