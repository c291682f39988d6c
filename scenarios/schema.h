/* The table of the language. Reading, defaults, checks, the canonical form, the JSON Schema and the reference page all
 * walk it, so the language has exactly the keys of this table. */
#ifndef MYR_SCENARIOS_SCHEMA_H
#define MYR_SCENARIOS_SCHEMA_H

#include "scenarios/choice.h"
#include "scenarios/distribution.h"

/* The form of the value, and the type that is stored at the key's offset. */
enum schema_type {
  SCHEMA_TEXT,        /* any text: text_value */
  SCHEMA_WORD,        /* a letter, then letters, digits, _ and -: text_value */
  SCHEMA_WORDS,       /* a list of texts: words_value */
  SCHEMA_FLAGS,       /* a list of words out of `choices`: flags_value */
  SCHEMA_CHOICE,      /* one word of `choices`: choice_value */
  SCHEMA_BOOLEAN,     /* true or false: choice_value, whose index is 1 or 0 */
  SCHEMA_INTEGER,     /* digits: integer_value */
  SCHEMA_QUANTITY,    /* a number with unit, or a distribution: quantity */
  SCHEMA_VECTOR,      /* three quantities, or {sphere: magnitude}: vector_quantity */
  SCHEMA_CONE,        /* {cone: angle}: quantity */
  SCHEMA_NUMBERS,     /* a list of `least` to `most` quantities: numbers_value */
  SCHEMA_COLOR,       /* see choice.h: color_quantity */
  SCHEMA_NAME,        /* see choice.h: name_quantity */
  SCHEMA_EXPRESSION,  /* the grammar of expression.h: expression_value */
  SCHEMA_LATE,        /* a quantity, vector, colour or name, depending on other keys: const node * */
  SCHEMA_OBJECT,      /* keys of `object`: a struct that begins with an object_head */
  SCHEMA_MAP,         /* free names to objects of `object`: map_value */
  SCHEMA_UNSUPPORTED, /* a key of the design that this version refuses: nothing */
};

enum schema_flags {
  SCHEMA_REQUIRED = 1 << 0,
  SCHEMA_CONSTANT = 1 << 1,  /* no distributions */
  SCHEMA_ABOVE_LOW = 1 << 2, /* low itself is not allowed */
  SCHEMA_FILLED = 1 << 3,    /* an object that, when left out, still has its keys' defaults */
  SCHEMA_PATHS = 1 << 4,     /* a map's names may hold dots */
  SCHEMA_WHOLE = 1 << 5,     /* numbers without a fraction */
  SCHEMA_PATTERNS = 1 << 6,  /* a map's names may hold dots and `*`, which stands for any letters */
};

typedef struct schema_object schema_object;
typedef struct schema_key {
  const char *name;
  enum schema_type type;
  unsigned flags;
  size_t offset;
  const char *unit; /* SI, of a quantity, vector or expression */
  double low, high;
  const char *default_text;   /* YAML; NULL: required or optional */
  const char *const *choices; /* NULL-terminated */
  const schema_object *object;
  const char *doc;
  int least, most; /* the smallest and largest number of items */
} schema_key;

struct schema_object {
  const char *name;
  size_t size;
  const schema_key *keys; /* ends with a nameless key */
  const char *doc;
};

extern const schema_object schema_scenario;

typedef struct object_head {
  const node *node; /* NULL: left out */
  const char *name; /* in a map: its name, and the key's place */
  const node *key;
  bool filled; /* defaults replace the keys that were left out */
} object_head;
typedef struct text_value {
  const char *text; /* NULL: left out */
  const node *node;
} text_value;
typedef struct words_value {
  bool given;
  int count;
  const text_value *words;
} words_value;
typedef struct numbers_value {
  bool given;
  int count;
  const quantity *items; /* (count) */
  const node *node;      /* NULL for a default */
} numbers_value;
typedef struct flags_value {
  unsigned bits;    /* bit i: choices[i] */
  const node *node; /* NULL for a default */
} flags_value;
typedef struct choice_value {
  int index; /* into choices */
  const node *node;
} choice_value;
typedef struct integer_value {
  int64_t value;
  const node *node;
} integer_value;
typedef struct expression_value {
  const struct expression *tree; /* NULL: left out */
  const char *text;
  const node *node;
} expression_value;
typedef struct map_value {
  int count;
  void *items; /* (count) of the object's size, in the file's order */
} map_value;

/* Reads root into a zero-filled struct that `object` describes. Diagnoses every error. */
void schema_read(arena *arena, const schema_object *object, const node *root, void *result,
                 myr_diagnostics *diagnostics);
/* Writes the canonical form of such a struct. */
void schema_write(const schema_object *object, const void *value, FILE *stream);

static inline const void *schema_item(const map_value *map, const schema_object *object, int index) {
  return (const char *)map->items + (size_t)index * object->size;
}

#endif
