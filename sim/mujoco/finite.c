#include "sim/mujoco/finite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mujoco/mjxmacro.h>

/* ------------------------------------------------------------------------------------------------ the compiled model */
/* The first number that is none. */
typedef struct suspect {
  const char *array; /* the member of mjModel or of its options; NULL: all are finite */
  const char *rows;  /* the member that counts its rows; NULL: an option */
  mjtSize row;
} suspect;

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && !strcmp(text + length - tail, end);
}

/* Whether a number of the array is none. An infinite range is no range. */
static bool is_bad(double number, bool range) { return range ? isnan(number) : !isfinite(number); }

static void look_at_doubles(suspect *s, const char *array, const char *rows, const void *numbers, mjtSize count,
                            mjtSize width) {
  const double *number = numbers;
  bool range = ends_with(array, "range");
  for (mjtSize i = 0; i < count * width && !s->array; i++)
    if (is_bad(number[i], range)) *s = (suspect){array, rows, i / width};
}

static void look_at_floats(suspect *s, const char *array, const char *rows, const void *numbers, mjtSize count,
                           mjtSize width) {
  const float *number = numbers;
  bool range = ends_with(array, "range");
  for (mjtSize i = 0; i < count * width && !s->array; i++)
    if (is_bad(number[i], range)) *s = (suspect){array, rows, i / width};
}

static void pass_over(suspect *s, const char *array, const char *rows, const void *numbers, mjtSize count,
                      mjtSize width) {
  (void)s, (void)array, (void)rows, (void)numbers, (void)count, (void)width;
}

#define LOOK_AT(numbers) \
  _Generic(numbers, double *: look_at_doubles, const double *: look_at_doubles, float *: look_at_floats, default: pass_over)

static suspect find_suspect(const mjModel *m) {
  suspect s = {0};
  MJMODEL_POINTERS_PREAMBLE(m)
#define X(type, name, n) LOOK_AT (&m->opt.name)(&s, #name, NULL, &m->opt.name, 1, 1);
#define XVEC(type, name, n) LOOK_AT (&m->opt.name[0])(&s, #name, NULL, m->opt.name, 1, n);
  MJOPTION_FIELDS
#undef XVEC
#undef X
#define X(type, name, nr, nc) LOOK_AT(m->name)(&s, #name, #nr, m->name, (mjtSize)m->nr, (mjtSize)(nc));
  MJMODEL_POINTERS
#undef X
      (void)
  nmocap, (void)nplastic, (void)na, (void)nu;
  return s;
}

/* ------------------------------------------------------------------------------------------------ where it stands */
/* The element that owns a row of arrays, by the member that counts them. */
static int object_of(const mjModel *m, const suspect *s, int *id) {
  static const struct {
    const char *rows;
    int object;
  } owners[] = {{"nbody", mjOBJ_BODY},         {"njnt", mjOBJ_JOINT},     {"ngeom", mjOBJ_GEOM},
                {"nsite", mjOBJ_SITE},         {"ncam", mjOBJ_CAMERA},    {"nlight", mjOBJ_LIGHT},
                {"nmesh", mjOBJ_MESH},         {"nhfield", mjOBJ_HFIELD}, {"nmat", mjOBJ_MATERIAL},
                {"npair", mjOBJ_PAIR},         {"neq", mjOBJ_EQUALITY},   {"ntendon", mjOBJ_TENDON},
                {"nactuator", mjOBJ_ACTUATOR}, {"nsensor", mjOBJ_SENSOR}, {"nkey", mjOBJ_KEY}};
  *id = (int)s->row;
  for (size_t i = 0; s->rows && i < sizeof owners / sizeof *owners; i++)
    if (!strcmp(s->rows, owners[i].rows)) return owners[i].object;
  if (s->rows && !strcmp(s->rows, "nv")) return *id = m->dof_jntid[s->row], mjOBJ_JOINT;
  for (int i = 0; s->rows && !strcmp(s->rows, "nmeshvert") && i < m->nmesh; i++)
    if (s->row >= m->mesh_vertadr[i] && s->row < m->mesh_vertadr[i] + m->mesh_vertnum[i]) return *id = i, mjOBJ_MESH;
  return mjOBJ_UNKNOWN;
}

static void tell_suspect(const mjModel *m, model_source *source, const suspect *s, myr_findings *findings) {
  int id, object = object_of(m, s, &id);
  char name[ELEMENT_NAME_BYTES] = "";
  const char *kind = object == mjOBJ_UNKNOWN ? "the model" : mju_type2Str(object);
  if (object != mjOBJ_UNKNOWN) element_name(m, object, id, name);
  finding_add(findings, MYR_FAULT, model_source_place(source, m, object, id, NULL),
              "look for huge numbers and for zeros in it, and in what it is made of",
              "%s%s%s: MuJoCo makes a %s of it that is not a finite number", kind, name[0] ? " " : "", name, s->array);
}

enum { MOST_TOLD = 10, TOKEN_BYTES = 40 };

/* What is wrong with a list of numbers. */
enum { ALL_FINITE = 0, HAS_INFINITY, HAS_NAN };

/* Looks for the first number in the text that is none, and no text that is no list of numbers. */
static int find_token(const char *text, char token[TOKEN_BYTES]) {
  int found = ALL_FINITE;
  if (!strpbrk(text, "nN")) return found; /* the usual case, fast */
  for (text += strspn(text, " \t\r\n"); *text; text += strspn(text, " \t\r\n")) {
    char *end;
    double number = strtod(text, &end);
    if (end == text || !(*end == 0 || strchr(" \t\r\n", *end))) return ALL_FINITE;
    if (!found && !isfinite(number)) {
      snprintf(token, TOKEN_BYTES, "%.*s", (int)(end - text), text);
      found = isnan(number) ? HAS_NAN : HAS_INFINITY;
    }
    text = end;
  }
  return found;
}

static bool is_one_of(const char *word, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!strcmp(word, words[i])) return true;
  return false;
}
#define IS_ONE_OF(word, words) is_one_of(word, words, sizeof(words) / sizeof *(words))

/* Elements and files may be called "nan" and "inf". */
static bool is_name(const xml_source *xml, const xml_attribute *attribute) {
  static const char *const names[] = {"name", "class", "childclass", "file", "filename", "content_type"};
  if (IS_ONE_OF(attribute->name, names)) return true;
  for (int i = 0; i < xml->count; i++) {
    const xml_attribute *name = xml_find(&xml->elements[i], "name"), *class = xml_find(&xml->elements[i], "class");
    if ((name && !strcmp(name->value, attribute->value)) || (class && !strcmp(class->value, attribute->value)))
      return true;
  }
  return false;
}

/* Infinite bounds are none. */
static bool may_be_infinite(const char *attribute) {
  static const char *const bounds[] = {"effort", "velocity", "lower", "upper"};
  return ends_with(attribute, "range") || IS_ONE_OF(attribute, bounds);
}

static int tell_stated(const xml_source *xml, bool infinities, myr_findings *findings) {
  int told = 0;
  char token[TOKEN_BYTES];
  for (int i = 0; i < xml->count; i++)
    for (int k = 0; k < xml->elements[i].attribute_count && told < MOST_TOLD; k++) {
      const xml_attribute *attribute = &xml->elements[i].attributes[k];
      int wrong = find_token(attribute->value, token);
      if (!wrong || is_name(xml, attribute)) continue;
      if (wrong == HAS_INFINITY && (!infinities || may_be_infinite(attribute->name))) continue;
      finding_add(findings, MYR_FAULT, xml_place(xml, &xml->elements[i], attribute), "state a finite number",
                  "<%s %s>: %s is not a finite number", xml->elements[i].tag, attribute->name, token);
      told++;
    }
  return told;
}

/* MuJoCo takes some attributes that are NaN for attributes that are not stated, so its model may be finite. */
void finite_check(const mjModel *m, model_source *source, myr_findings *findings) {
  suspect s = find_suspect(m);
  int told = source && source->xml ? tell_stated(source->xml, s.array != NULL, findings) : 0;
  if (s.array && !told) tell_suspect(m, source, &s, findings);
}
