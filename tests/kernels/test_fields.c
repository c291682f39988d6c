/* Tests the structs, tables and memory that are made of the lists model.def and fields.def. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define LANES 1
#include "kernels/step/world.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

static myr_model *random_model_of(uint64_t seed) {
  static random_model random;
  random_model_write(&random, seed, RANDOM_ALL);
  return model_of_text(random.text);
}

/* Makes a model with every kind of element, so that no field is empty. */
static myr_model *rich_model(void) {
  for (uint64_t seed = 500;; seed++) {
    myr_model *m = random_model_of(seed);
    if (m->na && m->nu && m->ntendon && m->nleg && m->nfluid && m->npair && m->nmocap && m->nbody > 5) return m;
    myr_model_free(m);
  }
}

/* ------------------------------------------------------------------------------------------------ fields.def */
static void fields_are_described(void **state) {
  (void)state;
  for (int i = 0; i < MYR_FIELD_COUNT; i++) {
    const myr_field_info *info = &myr_field_infos[i];
    assert_true(info->name && info->name[0] && info->unit && info->doc && strlen(info->doc) > 2);
    assert_true(info->kind >= MYR_KIND_STATE && info->kind <= MYR_KIND_SCRATCH);
    assert_in_range(info->stage, 0, MYR_STAGE_COUNT - 1);
    assert_in_range(info->element, 0, MYR_ELEMENT_COUNT - 1);
    for (int j = 0; j < i; j++) assert_string_not_equal(info->name, myr_field_infos[j].name);
  }
}

static void check_place(int index, int number, const char *label, int its_kind, size_t offset) {
  assert_int_equal(number, index);
  assert_string_equal(myr_field_infos[index].name, label);
  assert_int_equal(myr_field_infos[index].kind, its_kind);
  assert_int_equal(offset, (size_t)index * sizeof(real *));
}

static void fields_are_numbered_by_the_list(void **state) {
  (void)state;
  int next = 0;
#define FIELD(name, element, width, unit, kind, stage, start, doc) \
  check_place(next++, MYR_FIELD_##name, #name, MYR_KIND_##kind, offsetof(fields, name));
#include "kernels/fields.def"
  assert_int_equal(next, MYR_FIELD_COUNT);
  assert_int_equal(offsetof(fields, lists), (size_t)next * sizeof(real *)); /* nothing in the struct but the list */
}

/* The fields of a block lie one after the other, without gap or overlap, and have the counts that the list states. */
static void layout_is_contiguous(void **state) {
  (void)state;
  for (uint64_t seed = 500; seed < 520; seed++) {
    myr_model *m = random_model_of(seed);
    const myr_model *model = m;
#include "kernels/sizes.def"
    myr_layout layout;
    myr_layout_compute(m, &layout);
    int64_t tile = 0, scratch = 0;
#define FIELD(name, element, width, unit, kind, stage, start, doc)                \
  {                                                                               \
    int64_t *end = MYR_KIND_##kind == MYR_KIND_SCRATCH ? &scratch : &tile;        \
    assert_int_equal(layout.count[MYR_FIELD_##name], size_of_##element *(width)); \
    assert_int_equal(layout.offset[MYR_FIELD_##name], *end);                      \
    *end += size_of_##element * (width);                                          \
  }
#include "kernels/fields.def"
    assert_int_equal(layout.tile_elements, tile);
    assert_int_equal(layout.scratch_elements, scratch);
    const myr_kernels *kernels;
    assert_int_equal(myr_kernels_find(0, &kernels, NULL), MYR_OK);
    size_t lane_bytes = (size_t)kernels->lanes * (size_t)kernels->scalar_bytes;
    assert_true(kernels->tile_bytes(m) >= lane_bytes * (size_t)tile);
    assert_true(kernels->scratch_bytes(m) > lane_bytes * (size_t)scratch); /* the lists come after the fields */
    myr_model_free(m);
  }
}

/* Every field but scratch can be read and written through a batch, and has the count that the list states. */
static void fields_are_reachable(void **state) {
  (void)state;
  myr_model *m = rich_model();
  myr_layout layout;
  myr_layout_compute(m, &layout);
  myr_batch *batch = batch_of(m, 3, 0);
  for (int i = 0; i < MYR_FIELD_COUNT; i++) {
    myr_span span = myr_batch_field(batch, (enum myr_field)i, 2);
    int hidden = myr_field_infos[i].kind == MYR_KIND_SCRATCH;
    assert_int_equal(span.count, hidden ? 0 : layout.count[i]);
    assert_true(hidden ? span.data == NULL : span.data != NULL && span.stride > 0);
    if (myr_field_infos[i].element == MYR_ELEMENT_cluster) continue; /* sim/test_culling.c has many fixed geoms */
    if (layout.count[i] == 0) fail_msg("%s is empty: this test has no model for it", myr_field_infos[i].name);
  }
  myr_batch_destroy(batch);
  myr_model_free(m);
}

/* ------------------------------------------------------------------------------------------------ starts */
/* After a reset, every field of a world has the start value that the list states. key: -1 for no keyframe. */
static void check_starts(const myr_model *model, int key) {
  myr_batch *batch = batch_of(model, 1, 0);
  myr_batch_reset(batch, 0, key);
  myr_layout layout;
  myr_layout_compute(model, &layout);
  int stated = 0;
#define START_ZERO 0
#define START_CONSTANT(value) value
#define START_MODEL(array) model->array[i]
#define START_OPTION(option) model->options.option[i]
#define START_OPTION_OF_ONE(option) model->options.option
#define START_KEY(array) (key < 0 ? 0 : model->array[(int64_t)key * count + i])
#define START_KEY_OR(array, other) (key < 0 ? model->other[i] : model->array[(int64_t)key * count + i])
#define START_REST(array, other) START_KEY_OR(array, other)
#define SCRATCH_FIELD(name, element, width, unit, stage, doc) /* has no start */
#define DERIVED_FIELD(name, element, width, unit, doc)
#define FIELD(name, element, width, unit, kind, stage, start, doc)                              \
  {                                                                                             \
    int64_t count = layout.count[MYR_FIELD_##name];                                             \
    stated++;                                                                                   \
    for (int i = 0; i < count; i++)                                                             \
      if ((float)value_of(batch, MYR_FIELD_##name, 0, i) != (float)(START_##start))             \
        fail_msg(#name "[%d] starts at %g, not %g", i, value_of(batch, MYR_FIELD_##name, 0, i), \
                 (double)(START_##start));                                                      \
  }
#include "kernels/fields.def"
  assert_true(stated > 20);
  myr_batch_destroy(batch);
}

static void worlds_start_as_the_list_says(void **state) {
  (void)state;
  myr_model *m = rich_model();
  check_starts(m, -1);
  myr_model_free(m);
  myr_model *robot = model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml");
  assert_true(robot->nkey > 0);
  check_starts(robot, -1);
  for (int key = 0; key < robot->nkey; key++) check_starts(robot, key);
  myr_model_free(robot);
}

/* ------------------------------------------------------------------------------------------------ model.def */
static void model_list_has_no_name_twice(void **state) {
  (void)state;
  static const char *const names[] = {
#define ELEMENT(name, size, doc) #size,
#include "kernels/elements.def"
#define MODEL_NAMES(name, element, object) #name,
#define MODEL_ARRAY(name, element, width) #name,
#include "kernels/model.def"
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (size_t j = 0; j < i; j++) assert_string_not_equal(names[i], names[j]);
}

/* A model has exactly the arrays of the list, in its order. */
static void model_is_the_list(void **state) {
  (void)state;
  size_t at = sizeof(myr_options);
#define MEMBER(name)                                 \
  {                                                  \
    size_t bytes = sizeof(((myr_model *)0)->name);   \
    at = (at + bytes - 1) / bytes * bytes;           \
    assert_int_equal(offsetof(myr_model, name), at); \
    at += bytes;                                     \
  }
#define ELEMENT(name, size, doc) MEMBER(size)
#include "kernels/elements.def"
#define MODEL_NAMES(name, element, object) MEMBER(name)
#define MODEL_ARRAY(name, element, width) MEMBER(name)
#include "kernels/model.def"
  assert_int_equal(sizeof(myr_model), (at + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *));
}

/* Every array is as long as the list says. Reading the last element makes a sanitizer report an array that is
 * shorter. */
static void model_arrays_have_their_counts(void **state) {
  (void)state;
  volatile double sum = 0;
  for (uint64_t seed = 500; seed < 510; seed++) {
    myr_model *m = random_model_of(seed);
    const myr_model *model = m;
#include "kernels/sizes.def"
#define MODEL_ARRAY(name, element, width) \
  assert_non_null(m->name);               \
  if (size_of_##element * (width) > 0) sum += (double)m->name[size_of_##element * (width)-1];
#define MODEL_NAMES(name, element, object) assert_non_null(m->name);
#include "kernels/model.def"
    myr_model_free(m);
  }
  (void)sum;
}

/* The index arrays of a model agree with its counts and with each other. */
static void model_tables_agree(void **state) {
  (void)state;
  for (uint64_t seed = 500; seed < 520; seed++) {
    myr_model *m = random_model_of(seed);
    assert_int_equal(m->level_start[m->nlevel], m->nbody);
    assert_int_equal(m->child_start[m->nbody], m->nbody - 1); /* everything but the world is somebody's child */
    assert_int_equal(m->chain_start[m->nbody], m->nchain);
    assert_int_equal(m->ancestor_start[m->nv], m->nancestor);
    int slots = 0, dofs = 0;
    for (int p = 0; p < m->npair; p++) slots += m->pair_slots[p];
    assert_int_equal(slots, m->nslot);
    assert_true(m->ncon <= m->nslot);
    for (int b = 1; b < m->nbody; b++) {
      dofs += m->body_dof_count[b];
      for (int c = m->chain_start[b] + 1; c < m->chain_start[b + 1]; c++)
        assert_true(m->chain_dof[c] > m->chain_dof[c - 1]);
    }
    assert_int_equal(dofs, m->nv);
    myr_model_free(m);
  }
}

/* ------------------------------------------------------------------------------------------------ snapshots */
static void copy_world(myr_batch *from, int one, myr_batch *to, int other) {
  for (int i = 0; i < MYR_FIELD_COUNT; i++) {
    int kind = myr_field_infos[i].kind;
    if (kind == MYR_KIND_LABEL || kind == MYR_KIND_SCRATCH) continue;
    myr_span a = myr_batch_field(from, (enum myr_field)i, one), b = myr_batch_field(to, (enum myr_field)i, other);
    for (int e = 0; e < a.count; e++) b.data[e * b.stride] = a.data[e * a.stride];
  }
}

/* Returns the number of elements of a field that the last forward pass wrote. Behind the contacts that the world has
 * now lie old ones of earlier passes. */
static int written_count(myr_batch *batch, int world, int field, int count) {
  int contacts = (int)value_of(batch, MYR_FIELD_contact_count, world, 0);
  switch (field) {
  case MYR_FIELD_contact_pair:
  case MYR_FIELD_contact_distance: return contacts;
  case MYR_FIELD_contact_position:
  case MYR_FIELD_contact_position_rest:
  case MYR_FIELD_contact_normal:
  case MYR_FIELD_contact_force: return 3 * contacts;
  default: return count;
  }
}

static void assert_same_world(myr_batch *first, int one, myr_batch *second, int other) {
  for (int i = 0; i < MYR_FIELD_COUNT; i++) {
    myr_span a = myr_batch_field(first, (enum myr_field)i, one), b = myr_batch_field(second, (enum myr_field)i, other);
    int count = written_count(first, one, i, a.count);
    for (int e = 0; e < count; e++)
      if (memcmp(a.data + e * a.stride, b.data + e * b.stride, sizeof(float)))
        fail_msg("%s[%d] after a snapshot: %.9g and %.9g", myr_field_infos[i].name, e, (double)a.data[e * a.stride],
                 (double)b.data[e * b.stride]);
  }
}

static void vary(myr_batch *batch, int world) {
  myr_span speed = myr_batch_field(batch, MYR_FIELD_qvel, world), ctrl = myr_batch_field(batch, MYR_FIELD_ctrl, world),
           mass = myr_batch_field(batch, MYR_FIELD_body_mass, world);
  for (int e = 0; e < speed.count; e++) speed.data[e * speed.stride] = (float)((world * 5 + e * 3) % 7) * 0.3f - 1;
  for (int e = 0; e < ctrl.count; e++) ctrl.data[e * ctrl.stride] = (float)((world + e) % 3) * 0.4f - 0.4f;
  for (int e = 0; e < mass.count; e++) mass.data[e * mass.stride] *= 0.8f + 0.02f * (float)world;
}

/* If all fields but labels and scratch are copied to another lane of another width, the world continues bit for bit,
 * because a step remembers nothing else. */
static void check_snapshot(const myr_model *m, int lanes) {
  enum { WORLDS = 9 };
  myr_batch *first = batch_of(m, WORLDS, 0), *second = batch_of(m, WORLDS, lanes);
  if (second) {
    for (int world = 0; world < WORLDS; world++) vary(first, world);
    commit_all(first);
    step_all(first, 150, 0);
    step_all(second, 7, MYR_OBSERVE); /* leaves its own traces in labels and scratch */
    for (int world = 0; world < WORLDS; world++) copy_world(first, world, second, (world + 4) % WORLDS);
    for (int i = 0; i < 3; i++) {
      step_all(first, 50, MYR_OBSERVE);
      step_all(second, 50, MYR_OBSERVE);
      for (int world = 0; world < WORLDS; world++) assert_same_world(first, world, second, (world + 4) % WORLDS);
    }
  }
  myr_batch_destroy(first);
  myr_batch_destroy(second);
}

static void snapshots_continue(void **state) {
  (void)state;
  static const int widths[] = {1, 4, 8, 16};
  for (int w = 0; w < 4; w++) {
    for (uint64_t seed = 500; seed < 508; seed++) {
      myr_model *m = random_model_of(seed);
      check_snapshot(m, widths[w]);
      myr_model_free(m);
    }
    myr_model *robot = model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml");
    check_snapshot(robot, widths[w]);
    myr_model_free(robot);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_are_described),
      cmocka_unit_test(fields_are_numbered_by_the_list),
      cmocka_unit_test(layout_is_contiguous),
      cmocka_unit_test(fields_are_reachable),
      cmocka_unit_test(worlds_start_as_the_list_says),
      cmocka_unit_test(model_list_has_no_name_twice),
      cmocka_unit_test(model_is_the_list),
      cmocka_unit_test(model_arrays_have_their_counts),
      cmocka_unit_test(model_tables_agree),
      cmocka_unit_test(snapshots_continue),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
