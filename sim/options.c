/* Joins the options of a scene's files. */
#include "sim/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ one option */
/* Where each option lies in myr_options. */
typedef struct option_place {
  const char *name;
  size_t at, bytes;
} option_place;
#define PLACE(name) {#name, offsetof(myr_options, name), sizeof(((const myr_options *)0)->name)},
static const option_place places[MYR_OPTION_COUNT] = {
#define OPTION_NUMBER(name, unit, rule, low, high, doc) PLACE(name)
#define OPTION_VECTOR(name, unit, doc) PLACE(name)
#define OPTION_COUNT(name, low, high, doc) PLACE(name)
#define OPTION_CHOICE(name, doc) PLACE(name)
#define OPTION_SET(name, doc) PLACE(name)
#include "kernels/option.def"
};

static void copy_option(enum myr_option option, const myr_options *from, myr_options *to) {
  const option_place *place = &places[option];
  memcpy((char *)to + place->at, (const char *)from + place->at, place->bytes);
}

static bool same_option(enum myr_option option, const myr_options *a, const myr_options *b) {
  const option_place *place = &places[option];
  return !memcmp((const char *)a + place->at, (const char *)b + place->at, place->bytes);
}

/* ------------------------------------------------------------------------------------------------ as text */
/* Adds to a text of OPTION_TEXT_BYTES, and cuts it where it is too long. */
static void add(char *text, const char *more) {
  size_t used = strlen(text);
  snprintf(text + used, OPTION_TEXT_BYTES - used, "%s", more);
}

/* A short decimal text that reads back as the same number. */
static void add_number(char *text, double value) {
  char number[40];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(number, sizeof number, "%.*g", digits, value);
    if (strtod(number, NULL) == value) break;
  }
  add(text, number);
}

static void add_value(char *text, double value, const char *unit) {
  add_number(text, value);
  if (!strcmp(unit, "1")) return;
  add(text, " ");
  add(text, unit);
}

static void add_vector(char *text, const double vector[3]) {
  for (int i = 0; i < 3; i++) {
    add(text, i ? ", " : "[");
    add_number(text, vector[i]);
  }
  add(text, "]");
}

static const char *const integrator_words[] = {
#define OPTION_INTEGRATOR(name, member, word) word,
#include "kernels/option.def"
};
static const char *const cone_words[] = {
#define OPTION_CONE(name, member, word) word,
#include "kernels/option.def"
};
static const char *const solver_words[] = {
#define OPTION_SOLVER(name, member, word) word,
#include "kernels/option.def"
};

static void add_parts(char *text, uint32_t disable) {
  const char *separator = "";
  add(text, "[");
#define OPTION_DISABLE(name, member, word) \
  if (disable & MYR_DISABLE_##name) {      \
    add(text, separator);                  \
    add(text, word);                       \
    separator = ", ";                      \
  }
#include "kernels/option.def"
  add(text, "]");
}

const char *option_text(enum myr_option option, const myr_options *options, char text[OPTION_TEXT_BYTES]) {
  text[0] = 0;
  switch (option) {
#define OPTION_NUMBER(name, unit, rule, low, high, doc) \
  case MYR_OPTION_##name:                               \
    add_value(text, options->name, unit);               \
    break;
#define OPTION_VECTOR(name, unit, doc) \
  case MYR_OPTION_##name:              \
    add_vector(text, options->name);   \
    break;
#define OPTION_COUNT(name, low, high, doc) \
  case MYR_OPTION_##name:                  \
    add_number(text, options->name);       \
    break;
#define OPTION_CHOICE(name, doc)            \
  case MYR_OPTION_##name:                   \
    add(text, name##_words[options->name]); \
    break;
#define OPTION_SET(name, doc)       \
  case MYR_OPTION_##name:           \
    add_parts(text, options->name); \
    break;
#include "kernels/option.def"
  default: break;
  }
  return text;
}

/* ------------------------------------------------------------------------------------------------ joining */
/* A part's options as they act: a free value of the language cannot be minus zero. */
static void read_part(const mjModel *m, myr_options *options) {
  options_read(m, options);
#define OPTION_VECTOR(name, unit, doc) \
  for (int i = 0; i < 3; i++) options->name[i] += 0.0;
#include "kernels/option.def"
}

static void note_option(myr_option_conflict *conflict, enum myr_option option, const int entities[2],
                        const myr_options *one, const myr_options *two) {
  *conflict = (myr_option_conflict){.name = places[option].name, .entities = {entities[0], entities[1]}};
  option_text(option, one, conflict->values[0]);
  option_text(option, two, conflict->values[1]);
}

static void headlight_text(const mjVisual *visual, char text[OPTION_TEXT_BYTES]) {
  const float *a = visual->headlight.ambient, *d = visual->headlight.diffuse;
  if (!visual->headlight.active)
    snprintf(text, OPTION_TEXT_BYTES, "off");
  else
    snprintf(text, OPTION_TEXT_BYTES, "ambient %g %g %g, diffuse %g %g %g", (double)a[0], (double)a[1], (double)a[2],
             (double)d[0], (double)d[1], (double)d[2]);
}

/* Of all mjVisual the headlight alone is used. */
static int join_headlights(const mjModel *one, const mjModel *two, const int entities[2],
                           myr_option_conflict *conflict) {
  *conflict = (myr_option_conflict){.name = "headlight", .seen = true, .entities = {entities[0], entities[1]}};
  headlight_text(&one->vis, conflict->values[0]);
  headlight_text(&two->vis, conflict->values[1]);
  return strcmp(conflict->values[0], conflict->values[1]) != 0;
}

static int next_file(const myr_scene *scene, const import_part *parts, int entity) {
  while (entity < scene->entity_count && !parts[entity].mujoco) entity++;
  return entity;
}

int options_join(const myr_scene *scene, const import_part *parts, myr_options *options,
                 myr_option_conflict conflicts[MYR_OPTION_CONFLICTS]) {
  int first = next_file(scene, parts, 0), count = 0;
  unsigned told = 0;
  bool headlight_told = false;
  read_part(first < scene->entity_count ? parts[first].mujoco : NULL, options);
  for (int e = next_file(scene, parts, first + 1); e < scene->entity_count; e = next_file(scene, parts, e + 1)) {
    const int entities[2] = {first, e};
    myr_options other;
    read_part(parts[e].mujoco, &other);
    for (int o = 0; o < MYR_OPTION_COUNT; o++) {
      if ((scene->stated | told) >> o & 1 || same_option(o, options, &other)) continue;
      note_option(&conflicts[count++], o, entities, options, &other);
      told |= 1u << o;
    }
    if (headlight_told) continue;
    headlight_told = join_headlights(parts[first].mujoco, parts[e].mujoco, entities, &conflicts[count]);
    count += headlight_told;
  }
  for (int o = 0; o < MYR_OPTION_COUNT; o++)
    if (scene->stated >> o & 1) copy_option(o, scene->options, options);
  return count;
}
