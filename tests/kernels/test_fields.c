/* The two lists, model.def and fields.def, against what is made of them. */
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

/* One with every kind of element, so that no field is empty. */
static myr_model *rich_model(void) {
  for (uint64_t seed = 500;; seed++) {
    myr_model *m = random_model_of(seed);
    if (m->na && m->nu && m->ntendon && m->npair && m->nbody > 5) return m;
    myr_model_free(m);
  }
}

/* ------------------------------------------------------------------------------------------------ fields.def */
static int is_one_of(const char *name, const char *const *list, int count) {
  for (int i = 0; i < count; i++)
    if (!strcmp(name, list[i])) return 1;
  return 0;
}

static void fields_are_described(void **state) {
  (void)state;
  static const char *const stages[] = {"caller",    "reset",        "derive",  "kinematics", "inertia",
                                       "velocity",  "actuation",    "collide", "constraint", "solve",
                                       "integrate", "acceleration", "observe", "step"};
  for (int i = 0; i < MYR_FIELD_COUNT; i++) {
    const myr_field_info *info = &myr_field_infos[i];
    assert_true(info->name && info->name[0] && info->unit && info->doc && strlen(info->doc) > 2);
    assert_true(info->kind >= MYR_KIND_STATE && info->kind <= MYR_KIND_SCRATCH);
    if (!is_one_of(info->stage, stages, sizeof stages / sizeof *stages))
      fail_msg("%s is computed by \"%s\", which is no stage", info->name, info->stage);
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
#define FIELD(name, count, unit, kind, stage, doc) \
  check_place(next++, MYR_FIELD_##name, #name, MYR_KIND_##kind, offsetof(fields, name));
#include "kernels/fields.def"
  assert_int_equal(next, MYR_FIELD_COUNT);
  assert_int_equal(offsetof(fields, lists), (size_t)next * sizeof(real *)); /* nothing in the struct but the list */
}

/* Fields of a block lie one after the other, without gap or overlap, and have the counts that the list states. */
static void layout_is_contiguous(void **state) {
  (void)state;
  for (uint64_t seed = 500; seed < 520; seed++) {
    myr_model *m = random_model_of(seed);
    const int nq = m->nq, nv = m->nv, nu = m->nu, na = m->na, nbody = m->nbody, njnt = m->njnt, ngeom = m->ngeom,
              ntendon = m->ntendon, ncon = m->ncon, nslot = m->nslot, nblock = m->nblock, njacobian = m->njacobian;
    myr_layout layout;
    myr_layout_compute(m, &layout);
    int64_t tile = 0, scratch = 0;
#define FIELD(name, elements, unit, kind, stage, doc)                      \
  {                                                                        \
    int64_t *end = MYR_KIND_##kind == MYR_KIND_SCRATCH ? &scratch : &tile; \
    assert_int_equal(layout.count[MYR_FIELD_##name], elements);            \
    assert_int_equal(layout.offset[MYR_FIELD_##name], *end);               \
    *end += (elements);                                                    \
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

/* All but scratch can be read and written through a batch, with the count of the list. */
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
    if (layout.count[i] == 0) fail_msg("%s is empty: this test has no model for it", myr_field_infos[i].name);
  }
  myr_batch_destroy(batch);
  myr_model_free(m);
}

/* Parameters start as the model's values. */
static void parameters_start_as_modelled(void **state) {
  (void)state;
  myr_model *m = rich_model();
  myr_batch *batch = batch_of(m, 1, 0);
#define SAME(field, expected)                                                  \
  for (int i = 0; i < myr_batch_field(batch, MYR_FIELD_##field, 0).count; i++) \
  assert_true((float)value_of(batch, MYR_FIELD_##field, 0, i) == (float)(expected))
  SAME(gravity, m->options.gravity[i]);
  SAME(body_mass, m->body_mass[i]);
  SAME(body_inertia, m->body_inertia[i]);
  SAME(body_ipos, m->body_ipos[i]);
  SAME(jnt_stiffness, m->jnt_stiffness[i]);
  SAME(dof_armature, m->dof_armature[i]);
  SAME(dof_damping, m->dof_damping[i]);
  SAME(dof_frictionloss, m->dof_frictionloss[i]);
  SAME(geom_friction, m->geom_friction[i]);
  SAME(actuator_strength, 1);
  SAME(qpos, m->qpos0[i]);
#undef SAME
  int parameters = 0;
  for (int i = 0; i < MYR_FIELD_COUNT; i++) parameters += myr_field_infos[i].kind == MYR_KIND_PARAMETER;
  assert_int_equal(parameters, 10); /* a new one belongs in the list above */
  myr_batch_destroy(batch);
  myr_model_free(m);
}

/* ------------------------------------------------------------------------------------------------ model.def */
static void model_list_has_no_name_twice(void **state) {
  (void)state;
  static const char *const names[] = {
#define MODEL_SIZE(name, doc) #name,
#define MODEL_TABLE_SIZE(name, doc) #name,
#define MODEL_INT(name, count, doc) #name,
#define MODEL_REAL(name, count, unit, doc) #name,
#define MODEL_NAMES(name, count) #name,
#define MODEL_TABLE(name, count, doc) #name,
#include "kernels/model.def"
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (size_t j = 0; j < i; j++) assert_string_not_equal(names[i], names[j]);
}

/* A model holds what the list says, in its order, and nothing else. */
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
#define MODEL_SIZE(name, doc) MEMBER(name)
#define MODEL_TABLE_SIZE(name, doc) MEMBER(name)
#define MODEL_INT(name, count, doc) MEMBER(name)
#define MODEL_REAL(name, count, unit, doc) MEMBER(name)
#define MODEL_NAMES(name, count) MEMBER(name)
#define MODEL_TABLE(name, count, doc) MEMBER(name)
#include "kernels/model.def"
  assert_int_equal(sizeof(myr_model), (at + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *));
}

/* Every array is as long as the list says: a sanitizer sees the last element read where it is shorter. */
static void model_arrays_have_their_counts(void **state) {
  (void)state;
  volatile double sum = 0;
  for (uint64_t seed = 500; seed < 510; seed++) {
    myr_model *m = random_model_of(seed);
    const int nq = m->nq, nv = m->nv, nu = m->nu, na = m->na, nbody = m->nbody, njnt = m->njnt, ngeom = m->ngeom,
              npair = m->npair, ntendon = m->ntendon, nwrap = m->nwrap, nkey = m->nkey, nlevel = m->nlevel,
              nchain = m->nchain, npairchain = m->npairchain, nancestor = m->nancestor, ndrive = m->ndrive;
#define LAST(name, count)   \
  assert_non_null(m->name); \
  if ((count) > 0) sum += (double)m->name[(count)-1];
#define MODEL_INT(name, count, doc) LAST(name, count)
#define MODEL_REAL(name, count, unit, doc) LAST(name, count)
#define MODEL_TABLE(name, count, doc) LAST(name, count)
#define MODEL_NAMES(name, count) assert_non_null(m->name);
#include "kernels/model.def"
    myr_model_free(m);
  }
}

/* The numbers of the list's names agree with each other. */
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

/* Elements that the last look at the world wrote: beyond the contacts it has lie those of earlier ones. */
static int written_count(myr_batch *batch, int world, int field, int count) {
  int contacts = (int)value_of(batch, MYR_FIELD_contact_count, world, 0);
  switch (field) {
  case MYR_FIELD_contact_pair:
  case MYR_FIELD_contact_distance: return contacts;
  case MYR_FIELD_contact_position:
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

/* What is neither label nor scratch, copied to another lane of another width, continues bit for bit: nothing else is
 * remembered from step to step. */
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
      cmocka_unit_test(parameters_start_as_modelled),
      cmocka_unit_test(model_list_has_no_name_twice),
      cmocka_unit_test(model_is_the_list),
      cmocka_unit_test(model_arrays_have_their_counts),
      cmocka_unit_test(model_tables_agree),
      cmocka_unit_test(snapshots_continue),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
