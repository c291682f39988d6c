/* Tests bit for bit that a world's numbers depend only on the world: not on the width of the vectors, on its place in a
 * tile, on its neighbours and their fate, or on the grouping of its steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/effort.h"
#include "tests/kernels/drawn_worlds.h"

enum { WORLDS = 19, CHECKPOINTS = 12, SUBSTEPS = 25, RANDOM_MODELS = 16 };
static const int widths[] = {1, 4, 8, 16};
enum { WIDTHS = sizeof widths / sizeof *widths };

/* ------------------------------------------------------------------------------------------------ what is to be */
/* The tile fields of several worlds at every checkpoint, stepped in one lane. */
typedef struct reference {
  const myr_model *model;
  myr_layout layout;
  float *values; /* (checkpoints, worlds, tile_elements) */
  long contacts, dropped;
  int kinds; /* bit condim of each pair that touched */
} reference;

static float *reference_of(const reference *r, int checkpoint, int number) {
  return r->values + ((size_t)checkpoint * WORLDS + (size_t)number) * (size_t)r->layout.tile_elements;
}

static void note_contacts(reference *r, myr_batch *batch, int world) {
  int count = (int)value_of(batch, MYR_FIELD_contact_count, world, 0);
  r->contacts += count;
  r->dropped += (long)value_of(batch, MYR_FIELD_dropped_contacts, world, 0);
  for (int c = 0; c < count; c++)
    r->kinds |= 1 << r->model->pair_condim[(int)value_of(batch, MYR_FIELD_contact_pair, world, c)];
}

static void keep_world(reference *r, myr_batch *batch, int checkpoint, int number) {
  float *to = reference_of(r, checkpoint, number);
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    myr_span span = myr_batch_field(batch, (enum myr_field)field, number);
    for (int e = 0; e < span.count; e++) to[r->layout.offset[field] + e] = span.data[e * span.stride];
  }
  note_contacts(r, batch, number);
}

static reference make_reference(const myr_model *model) {
  reference r = {.model = model};
  myr_layout_compute(model, &r.layout);
  r.values = calloc((size_t)CHECKPOINTS * WORLDS * (size_t)r.layout.tile_elements, sizeof *r.values);
  assert_non_null(r.values);
  myr_batch *batch = batch_of(model, WORLDS, 1);
  for (int number = 0; number < WORLDS; number++) start_world(batch, model, number, number);
  commit_all(batch);
  for (int checkpoint = 0; checkpoint < CHECKPOINTS; checkpoint++) {
    step_all(batch, SUBSTEPS, MYR_OBSERVE);
    for (int number = 0; number < WORLDS; number++) keep_world(&r, batch, checkpoint, number);
  }
  myr_batch_destroy(batch);
  return r;
}

static void assert_bits(const reference *r, int checkpoint, int number, myr_batch *batch, int world,
                        const char *label) {
  const float *expected = reference_of(r, checkpoint, number);
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    myr_span span = myr_batch_field(batch, (enum myr_field)field, world);
    for (int e = 0; e < span.count; e++) {
      const float *ours = span.data + e * span.stride, *theirs = expected + r->layout.offset[field] + e;
      if (memcmp(ours, theirs, sizeof *ours))
        fail_msg("%s: world %d, after %d steps, %s[%d]: %.9g, alone %.9g", label, world, (checkpoint + 1) * SUBSTEPS,
                 myr_field_infos[field].name, e, (double)*ours, (double)*theirs);
    }
  }
}

/* ------------------------------------------------------------------------------------------------ neighbours */
static void check_all_widths(const reference *r, const char *name) {
  for (int w = 0; w < WIDTHS; w++) {
    myr_batch *batch = batch_of(r->model, WORLDS, widths[w]);
    if (!batch) continue;
    char label[128];
    snprintf(label, sizeof label, "%s, %d lanes", name, widths[w]);
    for (int world = 0; world < WORLDS; world++) start_world(batch, r->model, world, (world * 7 + 3) % WORLDS);
    commit_all(batch);
    for (int checkpoint = 0; checkpoint < CHECKPOINTS; checkpoint++) {
      step_all(batch, SUBSTEPS, MYR_OBSERVE);
      for (int world = 0; world < WORLDS; world++)
        assert_bits(r, checkpoint, (world * 7 + 3) % WORLDS, batch, world, label);
    }
    myr_batch_destroy(batch);
  }
}

enum company { AT_REST, WILD, FALLING_APART, COMPANIES };

static void start_neighbour(myr_batch *batch, const myr_model *model, int world, enum company company) {
  static random_model random;
  random = (random_model){.random = (uint64_t)(1000 + world)};
  if (company == AT_REST) {
    myr_batch_reset(batch, world, -1);
    return;
  }
  start_world(batch, model, world, 100 + world);
  if (company == WILD) draw_field(batch, MYR_FIELD_qvel, world, &random, 30);
  if (company == FALLING_APART) set_value(batch, MYR_FIELD_qvel, world, world % model->nv, 1e20);
}

/* Steps one world among neighbours of a kind, at a place of the tile. */
static void check_company(const reference *r, int number, int lanes, int place, enum company company,
                          const char *name) {
  myr_batch *batch = batch_of(r->model, lanes, lanes);
  if (!batch) return;
  char label[128];
  snprintf(label, sizeof label, "%s, place %d of %d lanes, company %d", name, place, lanes, (int)company);
  for (int world = 0; world < lanes; world++)
    if (world != place) start_neighbour(batch, r->model, world, company);
  start_world(batch, r->model, place, number);
  commit_all(batch);
  for (int checkpoint = 0; checkpoint < CHECKPOINTS / 2; checkpoint++) {
    step_all(batch, SUBSTEPS, MYR_OBSERVE);
    assert_bits(r, checkpoint, number, batch, place, label);
  }
  myr_batch_destroy(batch);
}

/* The features that occurred in a test, so that it can check that they did occur. */
typedef struct coverage {
  long contacts, dropped;
  int kinds;
} coverage;

static void check_model(myr_model *model, const char *name, coverage *met) {
  reference r = make_reference(model);
  check_all_widths(&r, name);
  for (int w = 1; w < WIDTHS; w++)
    for (int company = 0; company < COMPANIES; company++) {
      int place = (5 * company + 2 * w) % widths[w];
      check_company(&r, company + w, widths[w], place, (enum company)company, name);
    }
  met->contacts += r.contacts;
  met->dropped += r.dropped;
  met->kinds |= r.kinds;
  free(r.values);
  myr_model_free(model);
}

static void robots_are_alone(void **state) {
  (void)state;
  coverage met = {0};
  check_model(model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml"), "biped", &met);
  assert_true(met.contacts > 500);
  check_model(model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml"), "quadruped", &met);
}

static void random_models_are_alone(void **state) {
  (void)state;
  static random_model random;
  coverage met = {0};
  for (int seed = 0; seed < 8 * effort(RANDOM_MODELS / 8); seed++) {
    random_model_write(&random, (uint64_t)(500 + seed), RANDOM_ALL);
    char name[64];
    snprintf(name, sizeof name, "random model %d, %s, %s", 500 + seed, random.cone, random.integrator);
    check_model(model_of_text(random.text), name, &met);
  }
  assert_true(met.contacts > 8 * effort(2000 / 8));
  assert_int_equal(met.kinds, 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6);
}

/* A control step of n substeps gives the same bits as n control steps of one substep. */
static void grouping_of_steps_does_not_matter(void **state) {
  (void)state;
  myr_model *model = model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml");
  myr_batch *together = batch_of(model, WORLDS, 0), *singly = batch_of(model, WORLDS, 0);
  for (int world = 0; world < WORLDS; world++) {
    start_world(together, model, world, world);
    start_world(singly, model, world, world);
  }
  commit_all(together);
  commit_all(singly);
  step_all(together, 60, 0);
  for (int i = 0; i < 60; i++) step_all(singly, 1, i % 2 ? MYR_OBSERVE : 0);
  for (int world = 0; world < WORLDS; world++)
    for (int e = 0; e < model->nq + model->nv; e++) {
      enum myr_field field = e < model->nq ? MYR_FIELD_qpos : MYR_FIELD_qvel;
      int element = e < model->nq ? e : e - model->nq;
      assert_true(value_of(together, field, world, element) == value_of(singly, field, world, element));
    }
  myr_batch_destroy(together);
  myr_batch_destroy(singly);
  myr_model_free(model);
}

/* A world that was reset gives the same bits as a new one, whatever happened in it before. */
static void a_reset_leaves_nothing_behind(void **state) {
  (void)state;
  myr_model *model = model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml");
  model->ncon = 4; /* so that contacts are dropped as well */
  reference r = make_reference(model);
  myr_batch *batch = batch_of(model, WORLDS, 0);
  for (int world = 0; world < WORLDS; world++) start_world(batch, model, world, 50 + world);
  commit_all(batch);
  step_all(batch, 200, MYR_OBSERVE);
  for (int world = 0; world < WORLDS; world++) start_world(batch, model, world, world);
  commit_all(batch);
  for (int checkpoint = 0; checkpoint < 3; checkpoint++) {
    step_all(batch, SUBSTEPS, MYR_OBSERVE);
    for (int world = 0; world < WORLDS; world++) assert_bits(&r, checkpoint, world, batch, world, "after a reset");
  }
  myr_batch_destroy(batch);
  free(r.values);
  myr_model_free(model);
}

/* ------------------------------------------------------------------------------------------------ divergence */
/* Asserts that a diverged world is marked and rests in the reference pose. */
static void assert_held(myr_batch *batch, const myr_model *model, int world, const char *label) {
  if (!((int)value_of(batch, MYR_FIELD_status, world, 0) & MYR_WORLD_DIVERGED))
    fail_msg("%s: world %d is not marked as diverged", label, world);
  for (int i = 0; i < model->nq; i++)
    if (value_of(batch, MYR_FIELD_qpos, world, i) != (double)(float)model->qpos0[i])
      fail_msg("%s: qpos[%d] is %.9g, not that of qpos0", label, i, value_of(batch, MYR_FIELD_qpos, world, i));
  for (int i = 0; i < model->nv; i++)
    if (value_of(batch, MYR_FIELD_qvel, world, i) != 0 || value_of(batch, MYR_FIELD_qacc_warmstart, world, i) != 0)
      fail_msg("%s: velocity or warm start %d is not zero", label, i);
  for (int i = 0; i < model->na; i++) assert_true(value_of(batch, MYR_FIELD_act, world, i) == 0);
}

static void check_disaster(const reference *r, int lanes, int which) {
  const int victim = (which * 3 + 1) % lanes;
  myr_batch *batch = batch_of(r->model, lanes, lanes);
  if (!batch) return;
  char label[96];
  snprintf(label, sizeof label, "%s, %d lanes", disasters[which].name, lanes);
  for (int world = 0; world < lanes; world++) start_world(batch, r->model, world, world);
  disasters[which].spoil(batch, victim);
  commit_all(batch);
  for (int checkpoint = 0; checkpoint < CHECKPOINTS / 2; checkpoint++) {
    step_all(batch, SUBSTEPS, MYR_OBSERVE);
    assert_held(batch, r->model, victim, label);
    for (int world = 0; world < lanes; world++)
      if (world != victim) assert_bits(r, checkpoint, world, batch, world, label);
  }
  start_world(batch, r->model, victim, victim); /* a reset clears everything that happened */
  commit_all(batch);
  for (int checkpoint = 0; checkpoint < 3; checkpoint++) {
    step_all(batch, SUBSTEPS, MYR_OBSERVE);
    assert_bits(r, checkpoint, victim, batch, victim, label);
  }
  myr_batch_destroy(batch);
}

static void a_diverged_world_disturbs_no_other(void **state) {
  (void)state;
  myr_model *model = model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml");
  reference r = make_reference(model);
  for (int w = 0; w < WIDTHS; w++)
    for (int which = 0; which < DISASTERS; which++) check_disaster(&r, widths[w], which);
  free(r.values);
  myr_model_free(model);
}

/* ------------------------------------------------------------------------------------------------ too many contacts */
#define BOX(size)                                                                         \
  "<mujoco>" size "<option timestep='.002'/><worldbody><geom type='plane' size='0 0 1'/>" \
  "<body pos='0 0 .095'><freejoint/><geom type='box' size='.1 .1 .1'/></body></worldbody></mujoco>"

/* Leans the box so that its lower corners lie at four depths. */
static void lean(myr_batch *batch, int world, double about_x, double about_y) {
  set_value(batch, MYR_FIELD_qpos, world, 4, about_x);
  set_value(batch, MYR_FIELD_qpos, world, 5, about_y);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int sorted_distances(myr_batch *batch, int world, double distances[8]) {
  int count = (int)value_of(batch, MYR_FIELD_contact_count, world, 0);
  for (int c = 0; c < count; c++) distances[c] = value_of(batch, MYR_FIELD_contact_distance, world, c);
  qsort(distances, (size_t)count, sizeof *distances, ascending);
  return count;
}

static void check_overflow(const myr_model *all, const myr_model *few, int lanes) {
  myr_batch *full = batch_of(all, lanes, lanes), *small = batch_of(few, lanes, lanes);
  if (!full) return;
  for (int world = 0; world < lanes; world++) {
    double x = 0.004 * (world % 5 - 2) + 0.001, y = 0.003 * (world % 3 - 1) + 0.0005;
    lean(full, world, x, y);
    lean(small, world, x, y);
  }
  step_all(full, 0, MYR_OBSERVE);
  step_all(small, 0, MYR_OBSERVE);
  for (int world = 0; world < lanes; world++) {
    double of_all[8], of_few[8];
    assert_int_equal(sorted_distances(full, world, of_all), 4);
    assert_int_equal(sorted_distances(small, world, of_few), few->ncon);
    for (int c = 0; c < few->ncon; c++) assert_true(of_few[c] == of_all[c]);
    assert_true(value_of(full, MYR_FIELD_status, world, 0) == 0);
    assert_true(value_of(small, MYR_FIELD_status, world, 0) == MYR_WORLD_DROPPED_CONTACTS);
    assert_true(value_of(small, MYR_FIELD_dropped_contacts, world, 0) == 4 - few->ncon);
  }
  step_all(small, 2, 0);
  for (int world = 0; world < lanes; world++)
    assert_true(value_of(small, MYR_FIELD_dropped_contacts, world, 0) == 3 * (4 - few->ncon));
  myr_batch_destroy(full);
  myr_batch_destroy(small);
}

static void the_deepest_contacts_are_kept(void **state) {
  (void)state;
  myr_model *all = model_of_text(BOX(""));
  static const char *const texts[] = {BOX("<size nconmax='1'/>"), BOX("<size nconmax='2'/>"),
                                      BOX("<size nconmax='3'/>")};
  for (int i = 0; i < 3; i++) {
    myr_model *few = model_of_text(texts[i]);
    assert_int_equal(few->ncon, i + 1);
    for (int w = 0; w < WIDTHS; w++) check_overflow(all, few, widths[w]);
    myr_model_free(few);
  }
  myr_model_free(all);
}

/* Worlds that stand on different corners have together more contacts than one world may have. None of them loses a
 * contact. */
static void neighbours_cause_no_overflow(void **state) {
  (void)state;
  myr_model *model = model_of_text(BOX("<size nconmax='2'/>"));
  for (int w = 0; w < WIDTHS; w++) {
    myr_batch *batch = batch_of(model, widths[w], widths[w]);
    if (!batch) continue;
    for (int world = 0; world < widths[w]; world++) {
      set_value(batch, MYR_FIELD_qpos, world, 2, 0.11);
      lean(batch, world, world % 2 ? 0 : world % 4 ? 0.08 : -0.08, world % 2 ? world % 4 == 1 ? 0.08 : -0.08 : 0);
    }
    step_all(batch, 20, MYR_OBSERVE);
    for (int world = 0; world < widths[w]; world++) {
      assert_true(value_of(batch, MYR_FIELD_contact_count, world, 0) == 2);
      assert_true(value_of(batch, MYR_FIELD_status, world, 0) == 0);
      assert_true(value_of(batch, MYR_FIELD_dropped_contacts, world, 0) == 0);
    }
    myr_batch_destroy(batch);
  }
  myr_model_free(model);
}

/* A world that loses contacts gives equal bits too. */
static void overflow_is_the_worlds_own(void **state) {
  (void)state;
  myr_model *model = model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml");
  model->ncon = 3;
  coverage met = {0};
  check_model(model, "biped of three contacts", &met);
  assert_true(met.dropped > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(robots_are_alone),
      cmocka_unit_test(random_models_are_alone),
      cmocka_unit_test(grouping_of_steps_does_not_matter),
      cmocka_unit_test(a_reset_leaves_nothing_behind),
      cmocka_unit_test(a_diverged_world_disturbs_no_other),
      cmocka_unit_test(the_deepest_contacts_are_kept),
      cmocka_unit_test(neighbours_cause_no_overflow),
      cmocka_unit_test(overflow_is_the_worlds_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
