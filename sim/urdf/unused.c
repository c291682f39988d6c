/* Names the parts of a URDF file that nothing uses, once for each kind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/grow.h"
#include "sim/urdf/urdf.h"

typedef struct known_element {
  const char *path, *attributes; /* NULL: the element is not used */
  const char *reason;
} known_element;

static const known_element known[] = {
#define URDF_USED(path, attributes) {path, attributes, NULL},
#define URDF_UNUSED(path, reason) {path, NULL, reason},
#include "sim/urdf/elements.def"
};

enum { PATH_BYTES = 256 };

/* A kind of thing that is not used. */
typedef struct unused_kind {
  char name[PATH_BYTES]; /* "<safety_controller> of <joint>" */
  const char *reason;
  int line, count;
} unused_kind;

typedef struct survey {
  unused_kind *kinds;
  int count;
  int64_t capacity;
} survey;

static void record(survey *s, const char *name, int line, const char *reason) {
  for (int i = 0; i < s->count; i++)
    if (!strcmp(s->kinds[i].name, name)) {
      s->kinds[i].count++;
      return;
    }
  unused_kind *grown = myr_grow(s->kinds, s->count, &s->capacity, sizeof *grown);
  if (!grown) return;
  s->kinds = grown;
  grown[s->count] = (unused_kind){.reason = reason, .line = line, .count = 1};
  snprintf(grown[s->count++].name, sizeof grown->name, "%s", name);
}

static const known_element *find_known(const char *path) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (!strcmp(known[i].path, path)) return &known[i];
  return NULL;
}

/* Whether a word is in a list of words separated by spaces. */
static bool lists(const char *words, const char *word) {
  size_t length = strlen(word);
  for (const char *at = words; (at = strstr(at, word)); at += length)
    if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
  return false;
}

static bool is_of_xml(const char *name) { return !strncmp(name, "xmlns", 5) || !strncmp(name, "xml:", 4); }

static void survey_attributes(survey *s, const xml_node *node, const known_element *element) {
  for (int i = 0; i < node->attribute_count; i++) {
    const char *name = node->attributes[i].name;
    if (is_of_xml(name) || lists(element->attributes, name)) continue;
    char text[PATH_BYTES];
    snprintf(text, sizeof text, "attribute %.60s of <%.60s>", name, node->tag);
    record(s, text, node->line, "");
  }
}

static void survey_element(survey *s, const xml_node *node, const char *parent_path) {
  char path[PATH_BYTES], name[PATH_BYTES];
  snprintf(path, sizeof path, "%s%s%.60s", parent_path, *parent_path ? "/" : "", node->tag);
  const known_element *element = find_known(path);
  if (!element || !element->attributes) {
    if (node->parent && node->parent->parent)
      snprintf(name, sizeof name, "<%.60s> of <%.60s>", node->tag, node->parent->tag);
    else
      snprintf(name, sizeof name, "<%.60s>", node->tag);
    record(s, name, node->line, element ? element->reason : "");
    return;
  }
  survey_attributes(s, node, element);
  for (const xml_node *child = node->first; child; child = child->next) survey_element(s, child, path);
}

void urdf_note_unused(const urdf_robot *robot, myr_findings *findings) {
  survey s = {0};
  survey_element(&s, robot->xml->root, "");
  for (int i = 0; i < s.count; i++) {
    const unused_kind *kind = &s.kinds[i];
    char times[40] = "";
    if (kind->count == 2) snprintf(times, sizeof times, ", here and once more,");
    if (kind->count > 2) snprintf(times, sizeof times, ", here and %d times more,", kind->count - 1);
    finding_add(findings, MYR_NOTICE, urdf_place(robot, kind->line), *kind->reason ? kind->reason : NULL,
                "%s%s is not used", kind->name, times);
  }
  free(s.kinds);
}
