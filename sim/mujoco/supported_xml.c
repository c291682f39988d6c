#include "sim/mujoco/supported_xml.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct judged_xml {
  enum verdict verdict;
  const char *path, *attribute, *feature, *remedy;
} judged_xml;

static const judged_xml judged[] = {
#define JUDGED_XML(key, verdict, path, attribute, feature, remedy) {verdict, path, attribute, feature, remedy},
#include "sim/mujoco/supported.def"
};
enum { JUDGED_COUNT = sizeof judged / sizeof *judged };

/* ------------------------------------------------------------------------------------------------ paths */
enum { PATH_BYTES = 600 };

/* "mujoco/worldbody/body", without the elements above the root of an attached model. */
static size_t write_path(const xml_source *source, int number, char path[PATH_BYTES]) {
  const xml_element *element = &source->elements[number];
  size_t length = 0;
  if (element->parent >= 0 && strcmp(source->elements[element->parent].tag, "model") != 0)
    length = write_path(source, element->parent, path);
  if (length && length + 1 < PATH_BYTES) path[length++] = '/';
  size_t room = PATH_BYTES - length;
  length += (size_t)snprintf(path + length, room, "%s", element->tag);
  return length < PATH_BYTES ? length : PATH_BYTES - 1;
}

static bool path_matches(const char *pattern, const char *path) {
  if (!strcmp(pattern, "**")) return true;
  if (!strncmp(pattern, "**/", 3)) {
    size_t length = strlen(path), tail = strlen(pattern) - 2;
    return length >= tail && !strcmp(path + length - tail, pattern + 2);
  }
  return !fnmatch(pattern, path, FNM_PATHNAME);
}

/* The line about an element, or about one of its attributes; -1: there is none. */
static int find_line(const char *path, const char *attribute) {
  for (int i = 0; i < JUDGED_COUNT; i++) {
    const char *stated = judged[i].attribute;
    bool same = attribute ? stated && !strcmp(stated, attribute) : !stated;
    if (same && path_matches(judged[i].path, path)) return i;
  }
  return -1;
}

/* ------------------------------------------------------------------------------------------------ collecting */
/* The elements or attributes of one line of the list. */
typedef struct group {
  int line;
  const xml_element *element;     /* the first */
  const xml_attribute *attribute; /* of it; NULL: the element itself */
  int count;
} group;

typedef struct collection {
  const xml_source *source;
  group groups[JUDGED_COUNT];
  int count;
} collection;

static void collect(collection *c, int line, const xml_element *element, const xml_attribute *attribute) {
  for (int i = 0; i < c->count; i++)
    if (c->groups[i].line == line) {
      c->groups[i].count++;
      return;
    }
  c->groups[c->count++] = (group){line, element, attribute, 1};
}

static void collect_attributes(collection *c, const char *path, const xml_element *element) {
  for (int i = 0; i < element->attribute_count; i++) {
    const xml_attribute *attribute = &element->attributes[i];
    int line = find_line(path, attribute->name);
    if (line >= 0 && judged[line].verdict != USED) collect(c, line, element, attribute);
  }
}

/* Returns whether the elements below it are looked at. */
static bool collect_element(collection *c, int number) {
  const xml_element *element = &c->source->elements[number];
  char path[PATH_BYTES];
  write_path(c->source, number, path);
  int line = find_line(path, NULL);
  if (line >= 0 && judged[line].verdict != USED) {
    collect(c, line, element, NULL);
    return false;
  }
  collect_attributes(c, path, element);
  return true;
}

/* ------------------------------------------------------------------------------------------------ telling */
static void tell(const collection *c, const group *g, myr_findings *findings) {
  char others[60] = "";
  if (g->count > 1)
    snprintf(others, sizeof others, ", here and in %d more place%s", g->count - 1, g->count > 2 ? "s" : "");
  const judged_xml *line = &judged[g->line];
  const xml_attribute *name = g->attribute ? NULL : xml_find(g->element, "name");
  finding_add(findings, verdict_severity(line->verdict), xml_place(c->source, g->element, g->attribute), line->remedy,
              "<%s>%s%s%s: %s is not %s%s", g->element->tag, name ? " \"" : "", name ? name->value : "",
              name ? "\"" : "", line->feature, verdict_verb(line->verdict), others);
}

void supported_check_xml(const xml_source *source, myr_findings *findings) {
  collection *c = calloc(1, sizeof *c);
  bool *looked_at = calloc((size_t)source->count + 1, sizeof *looked_at);
  if (c) c->source = source;
  for (int i = 0; c && looked_at && i < source->count; i++) {
    int parent = source->elements[i].parent;
    if (parent < 0 || looked_at[parent]) looked_at[i] = collect_element(c, i);
  }
  for (int i = 0; c && i < c->count; i++) tell(c, &c->groups[i], findings);
  free(looked_at);
  free(c);
}

finding_place supported_xml_place(const xml_source *source, const char *tag, const char *attribute) {
  finding_place place = {0};
  if (!source) return place;
  place.file = source->files[0];
  for (int i = 0; i < source->count; i++) {
    const xml_element *element = &source->elements[i];
    const xml_attribute *stated = attribute ? xml_find(element, attribute) : NULL;
    if (!strcmp(element->tag, tag) && (stated || !attribute)) place = xml_place(source, element, stated);
  }
  return place;
}
