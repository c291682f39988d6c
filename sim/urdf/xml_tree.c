#include "sim/urdf/xml_tree.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_DEPTH = 256, MOST_MEBIBYTES = 512 };

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
  xml_node *at; /* the open element */
  char *text;   /* of the open element so far; an element that has children keeps what stands before the first */
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
  p->at->text = xml_tree_text(p->tree, p->text ? p->text : "", p->length);
  p->length = 0;
  if (!p->at->text) stop(p, &p->out_of_memory);
}

static bool set_attributes(parse *p, xml_node *node, const char **pairs) {
  int count = 0;
  while (pairs[2 * count]) count++;
  xml_pair *kept = xml_tree_take(p->tree, ((size_t)count + 1) * sizeof *kept);
  if (!kept) return false;
  for (int i = 0; i < count; i++) {
    kept[i].name = xml_tree_text(p->tree, pairs[2 * i], strlen(pairs[2 * i]));
    kept[i].value = xml_tree_text(p->tree, pairs[2 * i + 1], strlen(pairs[2 * i + 1]));
    if (!kept[i].name || !kept[i].value) return false;
  }
  node->attributes = kept;
  node->attribute_count = count;
  return true;
}

static void on_start(void *data, const char *tag, const char **attributes) {
  parse *p = data;
  keep_text(p);
  if (++p->depth > MOST_DEPTH) {
    stop(p, &p->too_deep);
    return;
  }
  xml_node *node = xml_tree_take(p->tree, sizeof *node);
  if (!node || !(node->tag = xml_tree_text(p->tree, tag, strlen(tag))) || !set_attributes(p, node, attributes)) {
    stop(p, &p->out_of_memory);
    return;
  }
  node->line = (int)XML_GetCurrentLineNumber(p->parser);
  node->parent = p->at;
  if (!p->at)
    p->tree->root = node;
  else if (p->at->last)
    p->at->last = p->at->last->next = node;
  else
    p->at->first = p->at->last = node;
  p->at = node;
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

static myr_status parse_stream(parse *p, FILE *stream, const char *path, myr_error *error) {
  char buffer[1 << 15];
  size_t length, total = 0;
  do {
    length = fread(buffer, 1, sizeof buffer, stream);
    if (ferror(stream)) return myr_fail(error, MYR_IO, "%s: %s", path, strerror(errno));
    if ((total += length) > (size_t)MOST_MEBIBYTES << 20)
      return myr_fail(error, MYR_INVALID, "%s: larger than %d MiB", path, MOST_MEBIBYTES);
    if (XML_Parse(p->parser, buffer, (int)length, length < sizeof buffer) == XML_STATUS_OK) continue;
    if (p->out_of_memory) return myr_fail(error, MYR_ERROR, "out of memory for %s", path);
    int line = (int)XML_GetCurrentLineNumber(p->parser);
    if (p->too_deep)
      return myr_fail(error, MYR_INVALID, "%s:%d: elements inside elements, %d deep", path, line, MOST_DEPTH);
    return myr_fail(error, MYR_INVALID, "%s:%d: no XML: %s", path, line, XML_ErrorString(XML_GetErrorCode(p->parser)));
  } while (length == sizeof buffer);
  return MYR_OK;
}

myr_status xml_tree_read(const char *path, xml_tree *tree, myr_error *error) {
  *tree = (xml_tree){0};
  struct stat about;
  if (stat(path, &about) != 0) return myr_fail(error, MYR_IO, "%s: %s", path, strerror(errno));
  if (!S_ISREG(about.st_mode)) return myr_fail(error, MYR_IO, "%s: not a regular file", path);
  FILE *stream = fopen(path, "rb");
  if (!stream) return myr_fail(error, MYR_IO, "%s: %s", path, strerror(errno));
  parse p = {.tree = tree, .parser = XML_ParserCreate(NULL)};
  myr_status status = myr_fail(error, MYR_ERROR, "out of memory for %s", path);
  if (p.parser) {
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, on_start, on_end);
    XML_SetCharacterDataHandler(p.parser, on_text);
    status = parse_stream(&p, stream, path, error);
    XML_ParserFree(p.parser);
  }
  free(p.text);
  fclose(stream);
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
