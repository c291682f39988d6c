/* --set path=value: replaces or adds one value of the tree before the tree is read. */
#include <string.h>

#include "scenarios/document.h"

/* The child whose key is the longest beginning of path that ends at a dot or at the path's end. Keys of `randomize`
 * hold dots themselves. */
static node *longest_key(const node *map, const char *path, size_t *length) {
  node *best = NULL;
  for (node *value = map->first; value; value = value->next) {
    size_t n = value->key->length;
    if (!strncmp(value->key->text, path, n) && (path[n] == '.' || path[n] == 0) && (!best || n > *length)) {
      best = value;
      *length = n;
    }
  }
  return best;
}

/* The length of a new key of `controllers` that names some actuators by a pattern, such as robot.knee_*, at the beginning
 * of the path, whose first `used` letters are the key of a robot; 0: there is none. */
static size_t pattern_length(const node *map, const char *path, size_t used) {
  if (!map->key || strcmp(map->key->text, "controllers") != 0 || path[used] != '.') return 0;
  size_t length = used + 1 + strcspn(path + used + 1, ".");
  const char *star = strchr(path + used, '*');
  return star && star < path + length ? length : 0;
}

static node *add_child(arena *arena, node *map, const char *name, size_t length, position where) {
  node *value = arena_take(arena, sizeof *value), *key = arena_take(arena, sizeof *key);
  if (!value || !key) return NULL;
  *key = (node){
      .kind = NODE_SCALAR, .where = where, .inside = where, .length = length, .text = arena_text(arena, name, length)};
  *value = (node){.kind = NODE_MAP, .where = where, .key = key};
  if (!key->text) return NULL;
  if (map->last)
    map->last->next = value;
  else
    map->first = value;
  map->last = value;
  map->count++;
  return value;
}

/* A value takes over two things from the value that it replaces: its place among its siblings, and its key. */
static void replace(node *old, const node *value) {
  node *next = old->next, *key = old->key;
  *old = *value;
  old->next = next;
  old->key = key;
}

/* Takes over the override's text. */
static myr_status open_source(arena *arena, source *source, const char *override, myr_diagnostics *diagnostics) {
  enum { SHOWN = 40 };
  size_t length = strlen(override);
  const bool too_long = length > DOCUMENT_LINE;
  if (too_long) length = SHOWN;
  *source = (struct source){"--set", arena_text(arena, override, length), length};
  if (!source->text) return MYR_ERROR;
  if (!too_long) return MYR_OK;
  diagnose_hint(diagnose(diagnostics, (position){source, 1, 1}, "it is longer than %d bytes", DOCUMENT_LINE),
                "write so much into the scenario's file");
  return MYR_INVALID;
}

/* Finds the equals sign between path and value; NULL: one of them is missing, and the diagnostics say which. */
static const char *find_equals(const source *source, myr_diagnostics *diagnostics) {
  const char *equals = strchr(source->text, '=');
  if (!equals || equals == source->text) {
    diagnose_hint(diagnose(diagnostics, (position){source, 1, 1}, "expected path=value"), "such as --set duration=2");
    return NULL;
  }
  if (equals[1 + strspn(equals + 1, " \t")]) return equals;
  position where = {source, 1, (int)(equals - source->text) + 1};
  diagnose_hint(diagnose(diagnostics, where, "no value after `%.*s=`", (int)(equals - source->text), source->text),
                "write --set PATH=VALUE");
  return NULL;
}

/* The child of the map that the rest of a path begins with, added if there is none; *used: the length of its key. */
static myr_status take_step(arena *arena, node *map, const char *rest, position where, node **child, size_t *used,
                            myr_diagnostics *diagnostics) {
  *child = longest_key(map, rest, used);
  size_t pattern = *child ? pattern_length(map, rest, *used) : 0;
  if (*child && !pattern) return MYR_OK;
  /* Keys of `randomize` are paths themselves, so the rest of a path is one new key there. */
  bool whole = map->key && !strcmp(map->key->text, "randomize") && !strchr(rest, '=');
  *used = pattern ? pattern : whole ? strlen(rest) : strcspn(rest, ".");
  if (*used == 0) {
    diagnose_hint(diagnose(diagnostics, where, "an empty name in the path"),
                  "a path is names with dots between them: entities.robot.start.lift");
    return MYR_INVALID;
  }
  *child = add_child(arena, map, rest, *used, where);
  return *child ? MYR_OK : MYR_ERROR;
}

/* Walks along the path from the root, and adds the maps that are missing. */
static myr_status walk(arena *arena, const source *source, const char *path, node **at, myr_diagnostics *diagnostics) {
  for (const char *rest = path; *rest;) {
    position where = {source, 1, (int)(rest - path) + 1};
    if ((*at)->kind != NODE_MAP) {
      diagnose(diagnostics, where, "`%.*s` is not a mapping", (int)(rest > path ? rest - path - 1 : 0), path);
      return MYR_INVALID;
    }
    size_t used = 0;
    myr_status status = take_step(arena, *at, rest, where, at, &used, diagnostics);
    if (status) return status;
    rest += used;
    if (*rest == '.') rest++;
  }
  return MYR_OK;
}

myr_status document_override(arena *arena, node *root, const char *override, myr_diagnostics *diagnostics) {
  source *source = arena_take(arena, sizeof *source);
  if (!source) return MYR_ERROR;
  myr_status status = open_source(arena, source, override, diagnostics);
  if (status) return status;
  const char *equals = find_equals(source, diagnostics);
  if (!equals) return MYR_INVALID;
  node *value, *at = root;
  status = document_parse(arena, source, (size_t)(equals + 1 - source->text), &value, diagnostics);
  if (status) return status;
  const char *path = arena_text(arena, source->text, (size_t)(equals - source->text));
  if (!path) return MYR_ERROR;
  status = walk(arena, source, path, &at, diagnostics);
  if (!status) replace(at, value);
  return status;
}
