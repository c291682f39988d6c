#include "sim/mujoco/xml_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/grow.h"
#include "sim/mujoco/version.h"

enum {
  INDENT = 3,            /* spaces for each level of the printed list */
  ATTRIBUTE_COLUMN = 30, /* the column in which its attributes begin */
  MOST_LEVELS = 16,
};

typedef struct schema_node {
  const char *tag, *attributes; /* in the printed text; attributes: words, in as many lines as they need */
  int tag_length, attributes_length, parent;
} schema_node;

typedef struct schema {
  char *text;
  schema_node *nodes;
  int count;
  int64_t capacity;
} schema;

/* ------------------------------------------------------------------------------------------------ reading */
static bool add_node(schema *s, const char *line, size_t indent, int *open) {
  schema_node *nodes = myr_grow(s->nodes, s->count, &s->capacity, sizeof *nodes);
  if (!nodes) return false;
  s->nodes = nodes;
  const char *tag = line + indent, *kind = strchr(tag, ' ');
  size_t level = indent / INDENT;
  if (!kind || level >= MOST_LEVELS) return false;
  nodes[s->count] = (schema_node){.tag = tag,
                                  .tag_length = (int)(kind - tag),
                                  .attributes = strchr(kind, ')') ? strchr(kind, ')') + 1 : kind,
                                  .parent = level ? open[level - 1] : -1};
  open[level] = s->count++;
  return true;
}

/* One element begins each line, but for those that continue its attributes. */
static bool read_lines(schema *s) {
  int open[MOST_LEVELS] = {0};
  bool done = true;
  for (char *line = s->text, *end; done && *line; line = end) {
    end = strchr(line, '\n');
    end = end ? end + 1 : line + strlen(line);
    size_t indent = strspn(line, " ");
    if (line[indent] == '\n' || !line[indent]) continue;
    if (indent < ATTRIBUTE_COLUMN - INDENT) done = add_node(s, line, indent, open);
    if (s->count) s->nodes[s->count - 1].attributes_length = (int)(end - s->nodes[s->count - 1].attributes);
  }
  return done;
}

static bool schema_read(schema *s) {
  *s = (schema){0};
  int length = mj_printSchema(NULL, NULL, 0, 0, 0);
  s->text = length > 0 ? calloc(1, (size_t)length + 1) : NULL;
  if (!s->text) return false;
  mj_printSchema(NULL, s->text, length + 1, 0, 0);
  return read_lines(s) && s->nodes;
}

static void schema_free(schema *s) {
  free(s->text);
  free(s->nodes);
}

/* ------------------------------------------------------------------------------------------------ words */
static bool same(const char *word, const char *text, int length) {
  return (int)strlen(word) == length && !strncmp(word, text, (size_t)length);
}

/* The next word at or behind *at, before the end; its length, or 0. */
static int next_word(const char **at, const char *end) {
  while (*at < end && strchr(" \n", **at)) ++*at;
  const char *stop = *at;
  while (stop < end && !strchr(" \n", *stop)) stop++;
  return (int)(stop - *at);
}

static bool has_attribute(const schema_node *node, const char *name) {
  const char *at = node->attributes, *end = at + node->attributes_length;
  for (int length; (length = next_word(&at, end)); at += length)
    if (same(name, at, length)) return true;
  return false;
}

/* A misspelling: letters in common at the beginning, or all but one letter in order. */
static bool resembles(const char *wanted, const char *word, int length) {
  int n = (int)strlen(wanted), front = 0, back = 0;
  while (front < n && front < length && wanted[front] == word[front]) front++;
  while (back < n - front && back < length - front && wanted[n - 1 - back] == word[length - 1 - back]) back++;
  int longer = n > length ? n : length;
  return longer > 2 && front + back >= longer - 2 && front + back > 0;
}

static void suggest(char hint[100], const char *wanted, const char *text, int length) {
  const char *at = text, *end = text + length;
  for (int n; (n = next_word(&at, end)); at += n)
    if (!hint[0] && resembles(wanted, at, n)) snprintf(hint, 100, "did you mean %.*s?", n, at);
}

/* ------------------------------------------------------------------------------------------------ checking */
/* These elements may have the children of a body. */
static bool is_body(const char *tag) {
  return !strcmp(tag, "worldbody") || !strcmp(tag, "body") || !strcmp(tag, "frame") || !strcmp(tag, "replicate");
}

static int find_child(const schema *s, int parent, const char *tag) {
  const char *listed = is_body(tag) ? "(world)body" : tag;
  for (int i = 0; i < s->count; i++)
    if (s->nodes[i].parent == parent && same(listed, s->nodes[i].tag, s->nodes[i].tag_length)) return i;
  bool recursive = parent >= 0 && same(listed, s->nodes[parent].tag, s->nodes[parent].tag_length) &&
                   (is_body(tag) || !strcmp(tag, "default"));
  return recursive ? parent : -1;
}

static void unknown_element(const schema *s, int parent, const xml_source *source, const xml_element *element,
                            myr_findings *findings) {
  char hint[100] = "";
  for (int i = 0; i < s->count; i++)
    if (s->nodes[i].parent == parent) suggest(hint, element->tag, s->nodes[i].tag, s->nodes[i].tag_length);
  const char *inside = element->parent < 0 ? NULL : source->elements[element->parent].tag;
  finding_add(findings, MYR_FAULT, xml_place(source, element, NULL), hint[0] ? hint : NULL,
              "MJCF has no element <%s>%s%s%s", element->tag, inside ? " in <" : "", inside ? inside : "",
              inside ? ">" : "");
}

static int check_attributes(const schema_node *node, const xml_source *source, const xml_element *element,
                            myr_findings *findings) {
  int unknown = 0;
  for (int i = 0; i < element->attribute_count; i++) {
    const xml_attribute *attribute = &element->attributes[i];
    if (has_attribute(node, attribute->name)) continue;
    char hint[100] = "";
    suggest(hint, attribute->name, node->attributes, node->attributes_length);
    finding_add(findings, MYR_FAULT, xml_place(source, element, attribute), hint[0] ? hint : NULL,
                "MJCF has no attribute \"%s\" in <%s>", attribute->name, element->tag);
    unknown++;
  }
  return unknown;
}

/* node: of each element so far, -1 for those that are not known or not looked at. */
static int check_element(const schema *s, const xml_source *source, int number, int *node, myr_findings *findings) {
  const xml_element *element = &source->elements[number];
  int parent = element->parent < 0 ? -1 : node[element->parent];
  node[number] = -1;
  if (element->parent >= 0 && !strcmp(source->elements[element->parent].tag, "model"))
    parent = -1; /* another root */
  else if (element->parent >= 0 && parent < 0)
    return 0;
  if (!strcasecmp(element->tag, "include")) return 0;
  node[number] = find_child(s, parent, element->tag);
  if (node[number] < 0) {
    unknown_element(s, parent, source, element, findings);
    return 1;
  }
  /* The attributes of <frame> and <replicate> are not listed. */
  if (is_body(element->tag) && strcmp(element->tag, "body") != 0) return 0;
  return check_attributes(&s->nodes[node[number]], source, element, findings);
}

int xml_schema_check(const xml_source *source, myr_findings *findings) {
  schema s;
  int unknown = 0;
  int *node = malloc(((size_t)source->count + 1) * sizeof *node);
  if (node && schema_read(&s))
    for (int i = 0; i < source->count; i++) unknown += check_element(&s, source, i, node, findings);
  if (node) schema_free(&s);
  free(node);
  return unknown;
}
