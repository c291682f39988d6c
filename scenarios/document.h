/* A YAML document as a tree whose nodes know their positions, and the errors that point into it. */
#ifndef MYR_SCENARIOS_DOCUMENT_H
#define MYR_SCENARIOS_DOCUMENT_H

#include "scenarios/arena.h"
#include "scenarios/scenarios.h"

/* A text that positions refer to: a file, or one --set argument. */
typedef struct source {
  const char *name;
  const char *text;
  size_t length;
} source;

typedef struct position {
  const source *source;
  int line, column; /* from 1, the column in characters; 0: the source as a whole */
} position;

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

typedef struct node node;
struct node {
  enum node_kind kind;
  position where;
  bool quoted;        /* a scalar in quotes, or a block scalar */
  bool verbatim;      /* character i of a scalar's text stands i columns after `inside` */
  position inside;    /* first character of a scalar's text */
  const char *text;   /* of a scalar; zero-terminated, holds no zero itself */
  size_t length;      /* bytes of text */
  int count;          /* children of a list or map */
  node *first, *last; /* children of a list, or values of a map */
  node *next;         /* sibling */
  node *key;          /* of a map's value: the scalar that names it */
};

/* Limits of a document. A larger file is not a scenario but an accident or an attack. */
enum {
  DOCUMENT_BYTES = 16 << 20,
  DOCUMENT_LINE = 1 << 16,   /* bytes */
  DOCUMENT_SCALAR = 1 << 16, /* bytes */
  DOCUMENT_DEPTH = 32,
  DOCUMENT_NODES = 100000,
  DOCUMENT_KEYS = 1000, /* of one mapping */
};

/* Reads a file into a tree. On failure *root is NULL and diagnostics says why. MYR_IO when the file cannot be read. */
myr_status document_load(arena *arena, const char *path, node **root, myr_diagnostics *diagnostics);
/* Reads length bytes at text[start] of a source that is already in memory. */
myr_status document_parse(arena *arena, const source *source, size_t start, node **root, myr_diagnostics *diagnostics);
/* Replaces or adds the value that one "path=value" names. */
myr_status document_override(arena *arena, node *root, const char *override, myr_diagnostics *diagnostics);
/* The value of a map's key, or NULL. */
node *node_find(const node *map, const char *key);
/* The place of byte `offset` of a scalar's text in the source; the scalar's start if the place cannot be known. */
position node_inside(const node *scalar, size_t offset);
/* Writes "a mapping", "a list", or "`text`" of bounded length into buffer, and returns buffer. */
const char *node_describe(const node *node, char *buffer, size_t size);

/* Adds an error. The result, or NULL when there are too many, lives until the next call. */
myr_diagnostic *diagnose(myr_diagnostics *diagnostics, position where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a warning. */
myr_diagnostic *diagnose_warning(myr_diagnostics *diagnostics, position where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a notice. */
myr_diagnostic *diagnose_notice(myr_diagnostics *diagnostics, position where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The number of errors, without warnings. */
int diagnostics_errors(const myr_diagnostics *diagnostics);
/* Adds the remedy to an error. */
void diagnose_hint(myr_diagnostic *diagnostic, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diagnostics_sort(myr_diagnostics *diagnostics);

/* Finds the best of several names for a misspelt one. Start with best = NULL, offer all names, then ask for the
 * hint. */
typedef struct suggestion {
  const char *wanted;
  const char *best;
  int distance;
} suggestion;
void suggestion_offer(suggestion *suggestion, const char *name);
/* Whether some name was at most two edits away. */
bool suggestion_is_near(const suggestion *suggestion);
/* Adds `did you mean "..."?` if it was. */
bool suggestion_hint(const suggestion *suggestion, myr_diagnostic *diagnostic);

#endif
