#include "sim/mujoco/model_source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void model_source_free(model_source *source) {
  for (int i = 0; i < mjNOBJECT; i++) {
    free(source->places[i]);
    free(source->parsed[i]);
  }
  xml_source_free(source->xml);
  free(source->mesh_files);
  free(source->memory);
  if (source->spec) mj_deleteSpec(source->spec);
  *source = (model_source){0};
}

/* ------------------------------------------------------------------------------------------------ kinds */
#define BODIES "worldbody body frame replicate "
/* Which elements of the XML become the elements of a kind: tags and the tags of their parents, in words; "": any. */
static const struct {
  int object;
  const char *tags, *parents;
} kinds[] = {
    {mjOBJ_BODY, "body link flexcomp", BODIES "robot"},
    {mjOBJ_JOINT, "joint freejoint", BODIES "robot"},
    {mjOBJ_GEOM, "geom visual collision", BODIES "link"},
    {mjOBJ_SITE, "site", BODIES},
    {mjOBJ_CAMERA, "camera", BODIES},
    {mjOBJ_LIGHT, "light", BODIES},
    {mjOBJ_MESH, "mesh", "asset geometry"},
    {mjOBJ_HFIELD, "hfield", "asset"},
    {mjOBJ_SKIN, "skin", "asset deformable"},
    {mjOBJ_TEXTURE, "texture", "asset"},
    {mjOBJ_MATERIAL, "material", "asset"},
    {mjOBJ_FLEX, "flex flexcomp", ""},
    {mjOBJ_PAIR, "pair", "contact"},
    {mjOBJ_EQUALITY, "", "equality"},
    {mjOBJ_TENDON, "", "tendon"},
    {mjOBJ_ACTUATOR, "", "actuator"},
    {mjOBJ_SENSOR, "", "sensor"},
    {mjOBJ_KEY, "key", "keyframe"},
};

static bool has_word(const char *words, const char *word) {
  size_t length = strlen(word);
  for (const char *at = words; (at = strstr(at, word)); at += length)
    if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
  return false;
}

static bool is_of_kind(const xml_source *xml, const xml_element *element, const char *tags, const char *parents) {
  if (element->parent < 0 || !strcmp(element->tag, "include")) return false;
  const char *parent = xml->elements[element->parent].tag;
  if ((tags[0] && !has_word(tags, element->tag)) || (parents[0] && !has_word(parents, parent))) return false;
  for (int i = element->parent; i >= 0; i = xml->elements[i].parent)
    if (!strcmp(xml->elements[i].tag, "default")) return false;
  return true;
}

/* The line that MuJoCo's parser noted, "line 12"; elements of included files have none. */
static const char *info_of(mjsElement *element, int object) {
  const mjString *info = NULL;
  switch (object) {
  case mjOBJ_BODY: info = mjs_asBody(element)->info; break;
  case mjOBJ_JOINT: info = mjs_asJoint(element)->info; break;
  case mjOBJ_GEOM: info = mjs_asGeom(element)->info; break;
  case mjOBJ_SITE: info = mjs_asSite(element)->info; break;
  case mjOBJ_CAMERA: info = mjs_asCamera(element)->info; break;
  case mjOBJ_LIGHT: info = mjs_asLight(element)->info; break;
  case mjOBJ_MESH: info = mjs_asMesh(element)->info; break;
  case mjOBJ_HFIELD: info = mjs_asHField(element)->info; break;
  case mjOBJ_SKIN: info = mjs_asSkin(element)->info; break;
  case mjOBJ_TEXTURE: info = mjs_asTexture(element)->info; break;
  case mjOBJ_MATERIAL: info = mjs_asMaterial(element)->info; break;
  case mjOBJ_FLEX: info = mjs_asFlex(element)->info; break;
  case mjOBJ_PAIR: info = mjs_asPair(element)->info; break;
  case mjOBJ_EQUALITY: info = mjs_asEquality(element)->info; break;
  case mjOBJ_TENDON: info = mjs_asTendon(element)->info; break;
  case mjOBJ_ACTUATOR: info = mjs_asActuator(element)->info; break;
  case mjOBJ_SENSOR: info = mjs_asSensor(element)->info; break;
  case mjOBJ_KEY: info = mjs_asKey(element)->info; break;
  default: break;
  }
  return info ? mjs_getString(info) : "";
}

/* ------------------------------------------------------------------------------------------------ matching */
static const char *name_of(const xml_element *element) {
  const xml_attribute *name = xml_find(element, "name");
  return name ? name->value : "";
}

/* The name of the body or link around an element of the XML. */
static const char *body_around(const xml_source *xml, int number) {
  for (int i = xml->elements[number].parent; i >= 0; i = xml->elements[i].parent)
    if (has_word("body link", xml->elements[i].tag)) return name_of(&xml->elements[i]);
  return "";
}

/* <replicate> and <attach> put something before or behind the name. */
static bool extends(const char *name, const char *written) {
  size_t length = strlen(name), part = strlen(written);
  return part && length > part && (!strncmp(name, written, part) || !strcmp(name + length - part, written));
}

/* The last is for elements whose body was fused with another. */
enum match { MATCH_NAME, MATCH_LINE, MATCH_LONGER_NAME, MATCH_BODY, MATCH_ORDER, MATCHES };

static bool matches(const xml_source *xml, int number, const parsed_element *w, enum match rule) {
  const xml_element *element = &xml->elements[number];
  const char *written = name_of(element);
  switch (rule) {
  case MATCH_NAME: return w->name[0] && !strcmp(w->name, written);
  case MATCH_LINE: return w->line > 0 && w->line == element->line && (!written[0] || extends(w->name, written));
  case MATCH_LONGER_NAME: return w->line <= 0 && extends(w->name, written);
  case MATCH_BODY: return w->line <= 0 && !written[0] && !strcmp(w->body, body_around(xml, number));
  default: return w->line <= 0 && !written[0] && !w->name[0];
  }
}

/* Whether the rule can hold for an element, whatever stands in the XML. */
static bool may_match(const parsed_element *w, enum match rule) {
  return rule == MATCH_NAME ? w->name[0] : rule == MATCH_LINE ? w->line > 0 : w->line <= 0;
}

/* The elements of the XML that may become the elements of a kind. */
typedef struct search {
  const xml_source *xml;
  int *candidates, count; /* their numbers */
  bool *claimed;          /* whether one of the model is this one already */
  int open;               /* all candidates before it are claimed, so that files in order are matched in linear time */
} search;

/* The first candidate from `first` on that matches; claimed ones do only where told so. -1: there is none. */
static int find_candidate(const search *s, int first, const parsed_element *w, enum match rule, bool also_claimed) {
  for (int i = first; i < s->count; i++)
    if ((also_claimed || !s->claimed[i]) && matches(s->xml, s->candidates[i], w, rule)) return i;
  return -1;
}

/* The first one that nobody else is; else the first one that is somebody else already. */
static int find(search *s, const parsed_element *w) {
  for (enum match rule = 0; rule < MATCHES; rule++) {
    if (!may_match(w, rule)) continue;
    int found = find_candidate(s, s->open, w, rule, false);
    if (found < 0) found = find_candidate(s, 0, w, rule, true);
    if (found < 0) continue;
    s->claimed[found] = true;
    while (s->open < s->count && s->claimed[s->open]) s->open++;
    return s->candidates[found];
  }
  return -1;
}

static void fill(const model_source *source, int object, search *s, int *places) {
  for (int i = 0; i < source->parsed_count[object]; i++) {
    const parsed_element *element = &source->parsed[object][i];
    places[element->id] = find(s, element);
  }
}

static int *make_places(const model_source *source, int object, int count) {
  const xml_source *xml = source->xml;
  int *places = malloc(((size_t)count + 1) * sizeof *places);
  search s = {.xml = xml};
  s.candidates = malloc(((size_t)xml->count + 1) * sizeof *s.candidates);
  s.claimed = calloc((size_t)xml->count + 1, sizeof *s.claimed);
  for (int i = 0; places && i < count; i++) places[i] = -1;
  for (size_t k = 0; s.candidates && k < sizeof kinds / sizeof *kinds; k++)
    for (int i = 0; kinds[k].object == object && i < xml->count; i++)
      if (is_of_kind(xml, &xml->elements[i], kinds[k].tags, kinds[k].parents)) s.candidates[s.count++] = i;
  if (places && s.candidates && s.claimed) fill(source, object, &s, places);
  free(s.candidates);
  free(s.claimed);
  return places;
}

static int count_of(const mjModel *m, int object) {
  switch (object) {
  case mjOBJ_BODY: return (int)m->nbody;
  case mjOBJ_JOINT: return (int)m->njnt;
  case mjOBJ_GEOM: return (int)m->ngeom;
  case mjOBJ_SITE: return (int)m->nsite;
  case mjOBJ_CAMERA: return (int)m->ncam;
  case mjOBJ_LIGHT: return (int)m->nlight;
  case mjOBJ_MESH: return (int)m->nmesh;
  case mjOBJ_HFIELD: return (int)m->nhfield;
  case mjOBJ_SKIN: return (int)m->nskin;
  case mjOBJ_TEXTURE: return (int)m->ntex;
  case mjOBJ_MATERIAL: return (int)m->nmat;
  case mjOBJ_FLEX: return (int)m->nflex;
  case mjOBJ_PAIR: return (int)m->npair;
  case mjOBJ_EQUALITY: return (int)m->neq;
  case mjOBJ_TENDON: return (int)m->ntendon;
  case mjOBJ_ACTUATOR: return (int)m->nactuator;
  case mjOBJ_SENSOR: return (int)m->nsensor;
  case mjOBJ_KEY: return (int)m->nkey;
  default: return 0;
  }
}

const xml_element *model_source_element(model_source *source, const mjModel *m, int object, int id) {
  if (!source || !source->xml || object < 0 || object >= mjNOBJECT) return NULL;
  int count = count_of(m, object);
  if (!source->places[object]) source->places[object] = make_places(source, object, count);
  int number = source->places[object] && id >= 0 && id < count ? source->places[object][id] : -1;
  return number < 0 ? NULL : &source->xml->elements[number];
}

finding_place model_source_place(model_source *source, const mjModel *m, int object, int id, const char *attribute) {
  const xml_element *element = model_source_element(source, m, object, id);
  if (element) return xml_place(source->xml, element, attribute ? xml_find(element, attribute) : NULL);
  return (finding_place){.file = source && source->xml ? source->xml->files[0] : NULL};
}

/* ------------------------------------------------------------------------------------------------ messages */
static parsed_element describe(mjsElement *element, int object) {
  bool in_a_body = object == mjOBJ_BODY ? mjs_getId(element) > 0 : object != mjOBJ_UNKNOWN; /* the world is in none */
  mjsBody *body = in_a_body ? mjs_getParent(element) : NULL;
  const char *around = body ? mjs_getString(mjs_getName(body->element)) : "", *info = info_of(element, object);
  parsed_element e = {.id = mjs_getId(element),
                      .name = mjs_getString(mjs_getName(element)),
                      .body = strcmp(around, "world") ? around : ""};
  if (!strncmp(info, "line ", 5)) e.line = (int)strtol(info + 5, NULL, 10);
  return e;
}

static void put_parsed(const model_source *source, const mjModel *m, int object, message *to) {
  int most = count_of(m, object), count = 0;
  bool known = source->spec && most > 0;
  for (mjsElement *e = known ? mjs_firstElement(source->spec, object) : NULL; e; e = mjs_nextElement(source->spec, e))
    count += mjs_getId(e) >= 0 && mjs_getId(e) < most;
  message_put_int(to, count);
  for (mjsElement *e = known ? mjs_firstElement(source->spec, object) : NULL; e; e = mjs_nextElement(source->spec, e)) {
    parsed_element element = describe(e, object);
    if (element.id < 0 || element.id >= most) continue;
    message_put_int(to, element.id);
    message_put_int(to, element.line);
    message_put_text(to, element.name);
    message_put_text(to, element.body);
  }
}

static bool take_parsed(message *from, const mjModel *m, int object, model_source *source) {
  enum { LEAST_BYTES = 4 * 8 };
  int count = message_take_count(from, LEAST_BYTES), most = count_of(m, object);
  parsed_element *parsed = message_room(from, (size_t)count + 1, sizeof *parsed);
  source->parsed[object] = parsed;
  for (int i = 0; parsed && i < count; i++) {
    parsed[i].id = (int)message_take_int(from, 0, most - 1);
    parsed[i].line = (int)message_take_int(from, INT_MIN, INT_MAX);
    parsed[i].name = message_take_text(from);
    parsed[i].body = message_take_text(from);
    if (from->failed || !parsed[i].name || !parsed[i].body) return false;
  }
  source->parsed_count[object] = count;
  return parsed != NULL;
}

static void put_mesh_files(const mjModel *m, message *to) {
  for (int i = 0; i < m->nmesh; i++) {
    mesh_file file = m->mesh_pathadr[i] < 0 ? (mesh_file){0} : mesh_file_read(m->paths + m->mesh_pathadr[i]);
    int32_t numbers[] = {file.known, file.normals, file.material_line, file.object_line};
    message_put(to, numbers, sizeof numbers);
  }
}

static bool take_mesh_files(message *from, const mjModel *m, model_source *source) {
  source->mesh_files = message_room(from, (size_t)m->nmesh + 1, sizeof *source->mesh_files);
  int32_t numbers[4];
  for (int i = 0; source->mesh_files && i < m->nmesh; i++) {
    if (!message_copy(from, numbers, sizeof numbers)) return false;
    source->mesh_files[i] = (mesh_file){
        .known = numbers[0] != 0, .normals = numbers[1] != 0, .material_line = numbers[2], .object_line = numbers[3]};
  }
  return source->mesh_files != NULL;
}

void model_source_put(const model_source *source, const mjModel *m, message *to) {
  message_put_int(to, source->xml != NULL);
  if (source->xml) xml_source_put(source->xml, to);
  if (!m) return;
  for (int object = 0; object < mjNOBJECT; object++) put_parsed(source, m, object, to);
  put_mesh_files(m, to);
}

bool model_source_take(message *from, const mjModel *m, model_source *source) {
  if (message_take_int(from, 0, 1)) source->xml = xml_source_take(from);
  if (from->failed || !m) return !from->failed;
  for (int object = 0; object < mjNOBJECT; object++)
    if (!take_parsed(from, m, object, source)) return false;
  return take_mesh_files(from, m, source);
}

/* ------------------------------------------------------------------------------------------------ names */
const char *element_name(const mjModel *m, int object, int id, char text[ELEMENT_NAME_BYTES]) {
  const char *name = mj_id2name(m, object, id);
  int body = object == mjOBJ_GEOM ? m->geom_bodyid[id] : object == mjOBJ_JOINT ? m->jnt_bodyid[id] : -1;
  const char *body_name = body > 0 ? mj_id2name(m, mjOBJ_BODY, body) : NULL;
  text[0] = 0;
  if (name && name[0])
    snprintf(text, ELEMENT_NAME_BYTES, "\"%s\"", name);
  else if (body_name && body_name[0])
    snprintf(text, ELEMENT_NAME_BYTES, "of body \"%s\"", body_name);
  return text;
}

const char *element_label(model_source *source, const mjModel *m, int object, int id, char text[ELEMENT_NAME_BYTES]) {
  const char *name = mj_id2name(m, object, id);
  if (name && name[0]) return element_name(m, object, id, text);
  finding_place place = model_source_place(source, m, object, id, NULL);
  if (place.line > 0)
    snprintf(text, ELEMENT_NAME_BYTES, "at %.300s:%d", place.file, place.line);
  else if (!element_name(m, object, id, text)[0])
    snprintf(text, ELEMENT_NAME_BYTES, "number %d", id);
  return text;
}
