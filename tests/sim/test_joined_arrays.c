/* The model of a scene holds the models of its files, one behind the other: every array of model.def is the
 * concatenation of the files' arrays, with its indices shifted as its column `refers` says. And it holds the numbers of
 * MuJoCo's own compilation of the same scene. An expansion of the lists: a new array or element is compared without
 * another line here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"
#include "sim/mujoco/oracle.h"
#include "tests/sim/mujoco_arrays.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

enum { MOST_ENTITIES = 4, NAME_BYTES = 16 };

/* An entity's file, read alone. */
typedef struct single {
  char name[NAME_BYTES], path[SCRATCH_PATH_BYTES];
  bool scratch; /* the file lives for this test */
  myr_model *model;
  int *
      number[MYR_ELEMENT_COUNT]; /* of each of its elements in the joined model; NULL for a kind without given arrays */
} single;

typedef struct joined_scene {
  single singles[MOST_ENTITIES];
  myr_entity entities[MOST_ENTITIES];
  int count;
  myr_model *model;
  long numbers; /* compared so far */
  char label[64];
} joined_scene;

/* ------------------------------------------------------------------------------------------------ files */
/* Any two keyframes of a model with those sizes; MuJoCo normalizes quaternions. */
static void write_keyframes(random_model *r, const mjModel *m) {
  random_write(r, "<keyframe>");
  for (int k = 0; k < 2; k++) {
    random_write(r, "<key name='k%d' qpos='", k);
    for (int i = 0; i < m->nq; i++) random_write(r, " %.3f", random_between(r, .1, 1));
    random_write(r, "' qvel='");
    for (int i = 0; i < m->nv; i++) random_write(r, " %.3f", random_between(r, -1, 1));
    random_write(r, "'");
    if (m->na) random_write(r, " act='");
    for (int i = 0; i < m->na; i++) random_write(r, " %.3f", random_between(r, -1, 1));
    if (m->nu) random_write(r, "%s ctrl='", m->na ? "'" : "");
    for (int i = 0; i < m->nu; i++) random_write(r, " %.3f", random_between(r, -1, 1));
    if (m->na || m->nu) random_write(r, "'");
    if (m->nmocap) random_write(r, " mpos='");
    for (int i = 0; i < 3 * m->nmocap; i++) random_write(r, " %.3f", random_between(r, -1, 1));
    if (m->nmocap) random_write(r, "' mquat='");
    for (int i = 0; i < 4 * m->nmocap; i++) random_write(r, " %.3f", random_between(r, .1, 1));
    random_write(r, "%s/>", m->nmocap ? "'" : "");
  }
  random_write(r, "</keyframe></mujoco>\n");
}

static void write_random_file(single *s, uint64_t seed, bool keyframes) {
  static random_model random;
  random_model_write(&random, seed, RANDOM_ALL);
  scratch_write(".xml", random.text, s->path);
  s->scratch = true;
  if (!keyframes) return;
  char message[1000] = "";
  mjModel *m = mj_loadXML(s->path, NULL, message, sizeof message);
  if (!m) fail_msg("%s", message);
  random.length = (int)(strstr(random.text, "</mujoco>") - random.text);
  write_keyframes(&random, m);
  mj_deleteModel(m);
  unlink(s->path);
  scratch_write(".xml", random.text, s->path);
}

/* A ground plane has no file: this one says the same. */
static void write_ground_file(single *s, const double friction[3]) {
  char text[512];
  snprintf(text, sizeof text,
           "<mujoco><worldbody><geom name='ground' type='plane' size='0 0 .05' friction='%.17g %.17g %.17g'/>"
           "</worldbody></mujoco>",
           friction[0], friction[1], friction[2]);
  scratch_write(".xml", text, s->path);
  s->scratch = true;
}

static void choose_shipped_file(single *s, int which) {
  static const char *const names[] = {"biped", "cartpole", "quadruped"};
  snprintf(s->path, sizeof s->path, MYRIAD_SOURCE_DIR "/scenarios/assets/%s.xml", names[which]);
}

static void add_entity(joined_scene *scene, random_model *draws) {
  int i = scene->count++;
  single *s = &scene->singles[i];
  myr_entity *entity = &scene->entities[i];
  snprintf(s->name, sizeof s->name, "e%d", i);
  *entity = (myr_entity){.name = s->name, .path = s->path};
  switch (random_below(draws, 8)) {
  case 0:
    for (int k = 0; k < 3; k++) entity->friction[k] = random_between(draws, .01, 1);
    write_ground_file(s, entity->friction);
    entity->path = NULL;
    break;
  case 1:
  case 2: choose_shipped_file(s, random_below(draws, 3)); break;
  default: write_random_file(s, random_bits(draws), random_below(draws, 2)); break;
  }
  myr_error error = {0};
  if (myr_model_load(s->path, &s->model, &error)) fail_msg("%s", error.message);
}

/* ------------------------------------------------------------------------------------------------ numbering */
static void allocate_numbers(single *s) {
  for (int e = 0; e < MYR_ELEMENT_COUNT; e++) {
    int count = myr_model_size(s->model, e);
    s->number[e] = malloc(((size_t)count + 1) * sizeof(int));
    assert_non_null(s->number[e]);
    for (int i = 0; i < count; i++) s->number[e][i] = -1;
  }
}

/* Elements of a kind, file by file. All files have the world body, and share it. */
static void number_in_order(joined_scene *scene, enum myr_element element, int joined_size) {
  int next = element == MYR_ELEMENT_body;
  for (int i = 0; i < scene->count; i++) {
    single *s = &scene->singles[i];
    int first = element == MYR_ELEMENT_body;
    if (first) s->number[element][0] = 0;
    for (int j = first; j < myr_model_size(s->model, element); j++) s->number[element][j] = next++;
  }
  if (next != joined_size)
    fail_msg("%s: %d elements of kind %d, the files have %d", scene->label, joined_size, element, next);
}

/* Geoms stand in the order of their bodies: first those of the world, of all files. */
static void number_geoms(joined_scene *scene) {
  int next = 0;
  for (int of_world = 1; of_world >= 0; of_world--)
    for (int i = 0; i < scene->count; i++) {
      single *s = &scene->singles[i];
      for (int g = 0; g < s->model->ngeom; g++)
        if ((s->model->geom_body[g] == 0) == (of_world == 1)) s->number[MYR_ELEMENT_geom][g] = next++;
    }
  assert_int_equal(next, scene->model->ngeom);
}

/* The entity that brings a geom. */
static int owner_of(const joined_scene *scene, int geom) {
  for (int i = 0; i < scene->count; i++)
    for (int g = 0; g < scene->singles[i].model->ngeom; g++)
      if (scene->singles[i].number[MYR_ELEMENT_geom][g] == geom) return i;
  fail_msg("%s: geom %d is of no entity", scene->label, geom);
  return -1;
}

/* A file's pairs stay in their order; between them stand those of geoms of two files. */
static void number_pairs(joined_scene *scene) {
  int next[MOST_ENTITIES] = {0};
  for (int p = 0; p < scene->model->npair; p++) {
    int owner = owner_of(scene, scene->model->pair_geom1[p]);
    if (owner != owner_of(scene, scene->model->pair_geom2[p])) continue;
    single *s = &scene->singles[owner];
    if (next[owner] == s->model->npair)
      fail_msg("%s: entity %s has more than its file's %d pairs", scene->label, s->name, s->model->npair);
    s->number[MYR_ELEMENT_pair][next[owner]++] = p;
  }
  for (int i = 0; i < scene->count; i++) assert_int_equal(next[i], scene->singles[i].model->npair);
}

static void number_elements(joined_scene *scene) {
  for (int i = 0; i < scene->count; i++) allocate_numbers(&scene->singles[i]);
  for (int i = 0; i < scene->count; i++) scene->singles[i].number[MYR_ELEMENT_world][0] = 0;
#define ELEMENT(name, size, doc)
#define ELEMENT_JOINED(name, size, doc) number_in_order(scene, MYR_ELEMENT_##name, scene->model->size);
#include "kernels/elements.def"
  number_in_order(scene, MYR_ELEMENT_hull, scene->model->nhull);
  number_in_order(scene, MYR_ELEMENT_hull_vertex, scene->model->nhullvertex);
  number_in_order(scene, MYR_ELEMENT_hull_face, scene->model->nhullface);
  number_in_order(scene, MYR_ELEMENT_delay_line, scene->model->ndelayline);
  number_in_order(scene, MYR_ELEMENT_delay_sample, scene->model->ndelaysample);
  number_in_order(scene, MYR_ELEMENT_fluid, scene->model->nfluid);
  number_geoms(scene);
  number_pairs(scene);
}

/* ------------------------------------------------------------------------------------------------ arrays */
/* One row of one array. */
typedef struct place {
  joined_scene *scene;
  const single *single;
  const char *array;
  enum myr_element element;
  int row;
} place;

static void check_number(const place *at, int64_t column, double ours, double expected) {
  at->scene->numbers++;
  if (ours != expected)
    fail_msg("%s: entity %s: %s[%d, %d] is %.17g in the scene, should be %.17g", at->scene->label, at->single->name,
             at->array, at->row, (int)column, ours, expected);
}

static int joined_row(const place *at) {
  int row = at->single->number[at->element][at->row];
  if (row < 0) fail_msg("%s has a row for each of an element whose numbers are unknown here", at->array);
  return row;
}

/* An integer of a file in the joined model, by its column `refers`. */
static int shifted(const place *at, enum myr_element refers, int value) {
  return refers == MYR_ELEMENT_world || value < 0 ? value : at->single->number[refers][value];
}
static enum myr_element target_of(const place *at) {
  const myr_model *m = at->single->model;
  if (at->element == MYR_ELEMENT_wrap)
    return m->wrap_type[at->row] == MYR_WRAP_JOINT    ? MYR_ELEMENT_joint
           : m->wrap_type[at->row] == MYR_WRAP_SITE   ? MYR_ELEMENT_site
           : m->wrap_type[at->row] == MYR_WRAP_PULLEY ? MYR_ELEMENT_world
                                                      : MYR_ELEMENT_geom;
  return myr_transmission_target[m->actuator_transmission[at->row]];
}
#define REFERS_INDEX(element) MYR_ELEMENT_##element
#define REFERS_INDEX_FROM_1(element) MYR_ELEMENT_##element
#define REFERS_INDEX_OR_NONE(element) MYR_ELEMENT_##element
#define REFERS_TARGET target_of(&at)
#define REFERS_ENUM(last) MYR_ELEMENT_world
#define REFERS_FLAG MYR_ELEMENT_world
#define REFERS_COUNT MYR_ELEMENT_world
#define REFERS_NUMBER MYR_ELEMENT_world
#define REFERS_BITS MYR_ELEMENT_world

/* The number of a keyframe that says nothing of it: entities stand at qpos0, at rest. each: columns for each element. */
static double unstated(const myr_model *model, enum myr_element columns, int each, int column) {
  if (columns == MYR_ELEMENT_mocap) return each == 3 ? model->mocap_pos0[column] : model->mocap_quat0[column];
  return columns == MYR_ELEMENT_qpos ? model->qpos0[column] : 0;
}

/* A row with columns for each of an element holds the file's own numbers in the file's columns. */
static void check_columns(const place *at, const double *joined, const double *single, int64_t single_width,
                          enum myr_element columns) {
  const myr_model *model = at->scene->model;
  int own = myr_model_size(at->single->model, columns), each = own ? (int)single_width / own : 1;
  if (!own && columns == MYR_ELEMENT_mocap) return; /* the widths of its arrays are not known here */
  int width = each * myr_model_size(model, columns);
  const double *row = joined + (int64_t)width * joined_row(at);
  for (int c = 0; c < width; c++) {
    double expected = unstated(model, columns, each, c);
    for (int k = 0; k < own; k++)
      if (at->single->number[columns][k] == c / each) expected = single[single_width * at->row + each * k + c % each];
    check_number(at, c, row[c], expected);
  }
}

static void check_name(const place *at, char *const *joined, char *const *single) {
  const char *name = joined[joined_row(at)], *alone = single[at->row];
  char expected[256] = "";
  if (at->element == MYR_ELEMENT_body && at->row == 0)
    snprintf(expected, sizeof expected, "world");
  else if (alone && alone[0])
    snprintf(expected, sizeof expected, "%s.%s", at->single->name, alone);
  if (strcmp(name ? name : "", expected))
    fail_msg("%s: %s[%d] of entity %s is \"%s\" in the scene, should be \"%s\"", at->scene->label, at->array, at->row,
             at->single->name, name ? name : "", expected);
}

/* columns: the element that the array has a column for, by its source, or MYR_ELEMENT_world. */
static void check_reals(const place *at, const double *joined, const double *single, int64_t width,
                        enum myr_element columns) {
  if (columns != MYR_ELEMENT_world) {
    check_columns(at, joined, single, width, columns);
    return;
  }
  for (int64_t k = 0; k < width; k++)
    check_number(at, k, joined[width * joined_row(at) + k], single[width * at->row + k]);
}
#define COLUMNS_OWN MYR_ELEMENT_world
#define COLUMNS_MUJOCO(member) MYR_ELEMENT_world
#define COLUMNS_MUJOCO_FIRST(member, stride) MYR_ELEMENT_world
#define COLUMNS_MUJOCO_ROWS(member, columns) MYR_ELEMENT_##columns

static void check_integers(const place *at, const int32_t *joined, const int32_t *single, int64_t width,
                           enum myr_element refers) {
  for (int64_t k = 0; k < width; k++)
    check_number(at, k, joined[width * joined_row(at) + k], shifted(at, refers, single[width * at->row + k]));
}

/* Tables are left out: myr_model_finish computes them from the rest. */
static void compare_single(joined_scene *scene, const single *s) {
  const myr_model *joined = scene->model, *model = s->model;
#include "kernels/sizes.def"
#define EACH_ROW(name, its_element)                                                                    \
  for (place at = {.scene = scene, .single = s, .array = #name, .element = MYR_ELEMENT_##its_element}; \
       at.row < size_of_##its_element; at.row++)
#define MODEL_NAMES(name, element, object) EACH_ROW(name, element) check_name(&at, joined->name, model->name);
#define MODEL_INT(name, element, width, refers, source, doc) \
  EACH_ROW(name, element) check_integers(&at, joined->name, model->name, width, REFERS_##refers);
#define MODEL_REAL(name, element, width, unit, source, doc) \
  EACH_ROW(name, element) check_reals(&at, joined->name, model->name, width, COLUMNS_##source);
#define MODEL_TABLE(name, element, width, refers, doc)
#include "kernels/model.def"
}

/* ------------------------------------------------------------------------------------------------ scenes */
/* The random files disagree on their options, so the scene states them: those of the first. */
static myr_scene description_of(const joined_scene *scene) {
  return (myr_scene){.entities = scene->entities,
                     .entity_count = scene->count,
                     .options = &scene->singles[0].model->options,
                     .stated = ~0u};
}

static void make_scene(joined_scene *scene, uint64_t seed) {
  random_model draws = {.random = seed};
  *scene = (joined_scene){.count = 0};
  snprintf(scene->label, sizeof scene->label, "scene %d", (int)seed);
  for (int i = 0, count = 2 + random_below(&draws, MOST_ENTITIES - 1); i < count; i++) add_entity(scene, &draws);
  const myr_scene description = description_of(scene);
  myr_error error = {0};
  if (myr_scene_build(&description, &scene->model, &error)) fail_msg("%s: %s", scene->label, error.message);
}

static void free_scene(joined_scene *scene) {
  for (int i = 0; i < scene->count; i++) {
    single *s = &scene->singles[i];
    for (int e = 0; e < MYR_ELEMENT_COUNT; e++) free(s->number[e]);
    if (s->scratch) unlink(s->path);
    myr_model_free(s->model);
  }
  myr_model_free(scene->model);
}

/* A scene with what can go wrong: what it is of, so that the test can say that it met all. */
static void count_kinds(const joined_scene *scene, int *floating, int *fixed, int *keyframes, int *across) {
  for (int i = 0; i < scene->count; i++) {
    const myr_model *m = scene->singles[i].model;
    for (int j = 0; i > 0 && j < m->njnt; j++)
      if (m->body_parent[m->jnt_body[j]] == 0) ++*(m->jnt_type[j] == MYR_JOINT_FREE ? floating : fixed);
    *keyframes += i > 0 ? m->nkey : 0;
    *across -= m->npair;
  }
  *across += scene->model->npair;
}

static void a_scene_is_its_files_one_behind_the_other(void **state) {
  (void)state;
  long numbers = 0;
  int floating = 0, fixed = 0, keyframes = 0, across = 0;
  for (uint64_t seed = 1; seed <= 60; seed++) {
    static joined_scene scene;
    make_scene(&scene, seed);
    number_elements(&scene);
    for (int i = 0; i < scene.count; i++) compare_single(&scene, &scene.singles[i]);
    count_kinds(&scene, &floating, &fixed, &keyframes, &across);
    numbers += scene.numbers;
    free_scene(&scene);
  }
  assert_true(numbers > 200000 && floating > 50 && fixed > 20 && keyframes > 50 && across > 1000);
}

static void a_scene_holds_mujocos_numbers(void **state) {
  (void)state;
  long numbers = 0;
  for (uint64_t seed = 1; seed <= 60; seed++) {
    static joined_scene scene;
    make_scene(&scene, seed);
    const myr_scene description = description_of(&scene);
    oracle theirs;
    myr_error error = {0};
    myr_status status = oracle_load(scene.model, NULL, &description, &theirs, &error);
    if (status) fail_msg("%s: %s", scene.label, error.message);
    numbers += compare_model_with_mujoco(scene.model, theirs.model, scene.label);
    oracle_release(&theirs);
    free_scene(&scene);
  }
  assert_true(numbers > 100000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_scene_is_its_files_one_behind_the_other),
      cmocka_unit_test(a_scene_holds_mujocos_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
