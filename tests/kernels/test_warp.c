/* Tests that the kernels give the same bits on a warp, whose items share one world, as on a CPU's lanes, for any order
 * of the items between two syncs. The warp is emulated (tests/emulated/warp.h). The only difference to a GPU is that
 * items run one after the other between two syncs. Under ThreadSanitizer each item counts as a thread, and races are
 * found whatever the order is.
 *
 * MYRIAD_EFFORT=n tries n times as many orders; 0 tries one. MYRIAD_WARP_KERNELS=library loads the warp's kernels from
 * a library; test_missing_sync.py uses it to show that this test notices every missing SYNC(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>

#include "kernels/memory.h"
#include "kernels/pair_kind.h"
#include "scenarios/scenarios.h"
#include "tests/effort.h"
#include "tests/emulated/warp.h"
#include "tests/emulated/warp_kernels.h"
#include "tests/kernels/drawn_worlds.h"
#include "tests/kernels/warp_scenes.h"

/* How often a test compares a scene: not at every step, because the lanes are much faster than the emulated warp. */
typedef struct schedule {
  int worlds, visits;
  int apart; /* steps of the lanes alone between two visits */
} schedule;

/* The features that occurred in a test, so that it can check that they did occur. */
typedef struct coverage {
  long contacts, dropped;
  uint64_t pairs; /* a bit for each kind of pair that touched */
  int dimensions; /* a bit for each condim that touched */
  int iterations; /* the most that any step took */
} coverage;

/* ------------------------------------------------------------------------------------------------ the kernels */
static void (*derive)(const void *, void *, void *, uint64_t) = warp_derive;
static void (*control_step)(const void *, void *, void *, int, unsigned, uint64_t) = warp_control_step;

static void (*start)(const myr_start *, int64_t, double *, const myr_world_fields *, uint64_t) = warp_start;

static int take_kernels_from(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
  *(void **)&derive = dlsym(library, "warp_derive"); /* as POSIX has it */
  *(void **)&control_step = dlsym(library, "warp_control_step");
  *(void **)&start = dlsym(library, "warp_start");
  return !derive || !control_step || !start;
}

/* ------------------------------------------------------------------------------------------------ one scene */
typedef struct trial {
  const myr_model *model;
  const char *name;
  myr_batch *plain, *wide;
  myr_layout layout;
  void *constants;
  float *before, *tile; /* of one world: at the beginning of a control step, and at its end on the warp */
  void *scratch;
  size_t tile_bytes, scratch_bytes;
  uint64_t seed;
} trial;

static void *aligned(size_t bytes) {
  void *memory = aligned_alloc(64, myr_whole_cache_lines(bytes));
  assert_non_null(memory);
  return memory;
}

static trial make_trial(const myr_model *model, const char *name, int worlds) {
  trial t = {.model = model, .name = name};
  t.plain = batch_of(model, worlds, 1);
  t.wide = batch_of(model, worlds, 0);
  myr_layout_compute(model, &t.layout);
  myr_error error = {0};
  if (warp_kernels.constants_create(model, &t.constants, &error)) fail_msg("%s", error.message);
  t.tile_bytes = warp_kernels.tile_bytes(model);
  t.scratch_bytes = warp_kernels.scratch_bytes(model);
  t.before = aligned(t.tile_bytes);
  t.tile = aligned(t.tile_bytes);
  t.scratch = aligned(t.scratch_bytes);
  return t;
}

static void end_trial(trial *t) {
  myr_batch_destroy(t->plain);
  myr_batch_destroy(t->wide);
  warp_kernels.constants_destroy(t->constants);
  free(t->before);
  free(t->tile);
  free(t->scratch);
}

/* Whether two numbers have equal bits or are both NaN: some labels of a diverged world are NaN, of any bits. */
static int same(float a, float b) { return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)); }

static void copy_world(const trial *t, myr_batch *batch, int world, float *to) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    myr_span span = myr_batch_field(batch, (enum myr_field)field, world);
    for (int e = 0; e < span.count; e++) to[t->layout.offset[field] + e] = span.data[e * span.stride];
  }
}

static void assert_world(const trial *t, const char *what, myr_batch *batch, int world, const float *expected) {
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    myr_span span = myr_batch_field(batch, (enum myr_field)field, world);
    for (int e = 0; e < span.count; e++) {
      const float *theirs = expected + t->layout.offset[field] + e, *ours = span.data + e * span.stride;
      if (!same(*ours, *theirs))
        fail_msg("%s, world %d, %s: %s[%d] is %.9g on one lane, else %.9g (seed %llu)", t->name, world, what,
                 myr_field_infos[field].name, e, (double)*ours, (double)*theirs, (unsigned long long)t->seed);
    }
  }
}

/* Fills the scratch with NaN, because a kernel must not rely on what its scratch held before. */
static void spoil_scratch(const trial *t) { memset(t->scratch, 0xff, t->scratch_bytes); }

/* Compares derive() for the parameters of a world of `plain`. */
static void check_derive(trial *t, int world) {
  copy_world(t, t->plain, world, t->tile);
  spoil_scratch(t);
  derive(t->constants, t->tile, t->scratch, ++t->seed);
  assert_world(t, "derived on a warp", t->plain, world, t->tile);
}

/* Compares one control step of one world on one lane with the same step on the warp, in several orders. */
static void check_step(trial *t, int world, int substeps, unsigned flags, int orders) {
  copy_world(t, t->plain, world, t->before);
  assert_int_equal(myr_batch_step(t->plain, world, 0, substeps, flags, NULL, NULL), MYR_OK);
  for (int order = 0; order < orders; order++) {
    memcpy(t->tile, t->before, t->tile_bytes);
    spoil_scratch(t);
    control_step(t->constants, t->tile, t->scratch, substeps, flags, ++t->seed);
    assert_world(t, "stepped on a warp", t->plain, world, t->tile);
  }
}

static void note_contacts(trial *t, int world, coverage *met) {
  int count = (int)value_of(t->plain, MYR_FIELD_contact_count, world, 0);
  int iterations = (int)value_of(t->plain, MYR_FIELD_solver_iterations, world, 0);
  met->contacts += count;
  met->dropped += (long)value_of(t->plain, MYR_FIELD_dropped_contacts, world, 0);
  for (int c = 0; c < count; c++) {
    int pair = (int)value_of(t->plain, MYR_FIELD_contact_pair, world, c);
    met->pairs |= UINT64_C(1) << t->model->pair_kind[pair];
    met->dimensions |= 1 << t->model->pair_condim[pair];
  }
  if (iterations > met->iterations) met->iterations = iterations;
}

static int orders(void) {
  const char *times = getenv("MYRIAD_EFFORT");
  int asked = times ? 2 * atoi(times) : effort(2);
  return asked > 1 ? asked : 1;
}

/* Compares three control steps: one that only writes labels, one of two substeps with labels, and one without. */
static void visit_worlds(trial *t, const schedule *s, coverage *met) {
  for (int world = 0; world < s->worlds; world++) {
    check_step(t, world, 0, MYR_OBSERVE, 1);
    check_step(t, world, 2, MYR_OBSERVE, orders());
    note_contacts(t, world, met);
    check_step(t, world, 1, 0, 1);
  }
}

/* Visits worlds that the widest lanes step. */
static void visit_lanes(trial *t, const schedule *s) {
  step_all(t->wide, 0, MYR_OBSERVE);
  step_all(t->wide, 2, MYR_OBSERVE);
  step_all(t->wide, 1, 0);
  for (int world = 0; world < s->worlds; world++) {
    copy_world(t, t->wide, world, t->tile);
    assert_world(t, "on the widest lanes", t->plain, world, t->tile);
  }
}

static void check_model(myr_model *model, const char *name, schedule s, coverage *met) {
  trial t = make_trial(model, name, s.worlds);
  for (int world = 0; world < s.worlds; world++) {
    start_world(t.plain, model, world, world);
    start_world(t.wide, model, world, world);
  }
  commit_all(t.plain);
  commit_all(t.wide);
  for (int world = 0; world < s.worlds; world++) check_derive(&t, world);
  for (int i = 0; i < s.visits; i++) {
    visit_worlds(&t, &s, met);
    visit_lanes(&t, &s);
    step_all(t.plain, s.apart, 0);
    step_all(t.wide, s.apart, 0);
  }
  end_trial(&t);
  myr_model_free(model);
}

/* ------------------------------------------------------------------------------------------------ scenes */
static void robots(void **state) {
  (void)state;
  coverage met = {0};
  const schedule s = {.worlds = 3, .visits = 5, .apart = 40};
  check_model(model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml"), "biped", s, &met);
  check_model(model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml"), "quadruped", s, &met);
  assert_true(met.contacts > 20);
}

static void random_models(void **state) {
  (void)state;
  static random_model random;
  coverage met = {0};
  for (int seed = 0; seed < effort(24); seed++) {
    random_model_write(&random, (uint64_t)(500 + seed), RANDOM_ALL);
    char name[64];
    snprintf(name, sizeof name, "random model %d, %s, %s", 500 + seed, random.cone, random.integrator);
    check_model(model_of_text(random.text), name, (schedule){.worlds = 2, .visits = 4, .apart = 60}, &met);
  }
  assert_true(met.contacts > effort(100));
}

static void every_kind_of_pair(void **state) {
  (void)state;
  static const char *const heaps[] = {HEAP("<option timestep='.002'/>"),
                                      HEAP("<option timestep='.002' cone='elliptic' impratio='3'/>")};
  coverage met = {0};
  for (int i = 0; i < 2; i++)
    check_model(model_of_text(heaps[i]), "heap", (schedule){.worlds = 2, .visits = 8, .apart = 40}, &met);
  assert_int_equal(met.dimensions, 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6);
  for (int kind = 0; kind < MYR_PAIR_KIND_COUNT; kind++) {
    static random_model text;
    const char *name = write_pair_of_kind(&text, kind);
    check_model(model_of_text(text.text), name, (schedule){.worlds = 1, .visits = 3, .apart = 4}, &met);
  }
  assert_true(met.pairs == (UINT64_C(1) << MYR_PAIR_KIND_COUNT) - 1);
}

static void too_many_contacts(void **state) {
  (void)state;
  myr_model *model = model_of_text(HEAP("<option timestep='.002'/>"));
  model->ncon = 5;
  coverage met = {0};
  check_model(model, "heap of five contacts", (schedule){.worlds = 2, .visits = 4, .apart = 40}, &met);
  assert_true(met.dropped > 0);
}

static void more_of_everything_than_items(void **state) {
  (void)state;
  static random_model text;
  write_centipede(&text);
  myr_model *model = model_of_text(text.text);
  assert_true(model->nv > 64 && model->nu > 64 && model->npair > 64);
  coverage met = {0};
  check_model(model, "centipede", (schedule){.worlds = 1, .visits = 4, .apart = 20}, &met);
  assert_true(met.contacts > 32);
  write_tied_chain(&text);
  model = model_of_text(text.text);
  assert_true(model->nv > 32 && model->neq > 32);
  check_model(model, "tied chain", (schedule){.worlds = 2, .visits = 3, .apart = 20}, &met);
}

static void more_fixed_geoms_than_items(void **state) {
  (void)state;
  static random_model text;
  write_balls(&text);
  myr_model *model = model_of_text(text.text);
  assert_true(model->ncluster > 32);
  coverage met = {0};
  check_model(model, "balls", (schedule){.worlds = 2, .visits = 6, .apart = 20}, &met);
  assert_true(met.contacts > 20);
}

static void nothing_to_do(void **state) {
  (void)state;
  coverage met = {0};
  check_model(model_of_text(PENDULUM), "pendulum", (schedule){.worlds = 3, .visits = 3, .apart = 40}, &met);
  assert_int_equal(met.contacts, 0);
}

static void hard_problems(void **state) {
  (void)state;
  myr_model *model = model_of_text(HEAP("<option timestep='.005' cone='elliptic' impratio='10'>"
                                        "<flag warmstart='disable'/></option>"));
  coverage met = {0};
  check_model(model, "hard heap", (schedule){.worlds = 2, .visits = 8, .apart = 30}, &met);
  assert_true(met.iterations > 8); /* line searches to the end */
}

static void few_iterations(void **state) {
  (void)state;
  myr_model *model = model_of_text(HEAP("<option timestep='.005' iterations='2'/>"));
  coverage met = {0};
  check_model(model, "heap of two iterations", (schedule){.worlds = 2, .visits = 4, .apart = 30}, &met);
  assert_true(met.contacts > 20);
  assert_int_equal(met.iterations, 2);
}

static void rigid_friction(void **state) {
  (void)state;
  static const char *const heaps[] = {HEAP("<option timestep='.005' noslip_iterations='2'/>"),
                                      HEAP("<option timestep='.005' cone='elliptic' noslip_iterations='2'/>")};
  coverage met = {0};
  for (int i = 0; i < 2; i++)
    check_model(model_of_text(heaps[i]), "heap without slip", (schedule){.worlds = 1, .visits = 3, .apart = 30}, &met);
  assert_true(met.contacts > 20);
  check_model(model_of_text("<mujoco><option noslip_iterations='2'/><worldbody><geom type='plane' size='0 0 1'/>"
                            "<body pos='0 0 .098'><freejoint/><geom size='.1'/></body></worldbody></mujoco>"),
              "one block of friction", (schedule){.worlds = 1, .visits = 2, .apart = 10}, &met);
}

static void disasters_on_a_warp(void **state) {
  (void)state;
  myr_model *model = model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml");
  const schedule s = {.worlds = DISASTERS, .visits = 2};
  coverage met = {0};
  trial t = make_trial(model, "spoiled biped", s.worlds);
  for (int world = 0; world < s.worlds; world++) {
    start_world(t.plain, model, world, world);
    disasters[world].spoil(t.plain, world);
  }
  commit_all(t.plain);
  for (int i = 0; i < s.visits; i++) visit_worlds(&t, &s, &met);
  for (int world = 0; world < s.worlds; world++)
    assert_true((int)value_of(t.plain, MYR_FIELD_status, world, 0) & MYR_WORLD_DIVERGED);
  end_trial(&t);
  myr_model_free(model);
}

/* A world whose position, and no other number, shows that it diverges. */
static void a_runaway(void **state) {
  (void)state;
  myr_model *model = model_of_text(RUNAWAY);
  trial t = make_trial(model, "runaway", 1);
  set_value(t.plain, MYR_FIELD_qvel, 0, 0, 2e6);
  set_value(t.plain, MYR_FIELD_qvel, 0, 4, 5e9);
  commit_all(t.plain);
  check_step(&t, 0, 0, MYR_OBSERVE, 1);
  assert_true(value_of(t.plain, MYR_FIELD_status, 0, 0) == 0);
  for (int i = 0; i < 4; i++) check_step(&t, 0, 1, 0, orders());
  assert_true(value_of(t.plain, MYR_FIELD_status, 0, 0) == MYR_WORLD_DIVERGED);
  end_trial(&t);
  myr_model_free(model);
}

/* ------------------------------------------------------------------------------------------------ starts */
/* A world that has the start's constants but no values yet. */
typedef struct beginning {
  float *tile;
  double *values;
  myr_world_fields world;
} beginning;

static beginning make_beginning(const myr_plan_info *info, const trial *t) {
  beginning b = {.tile = aligned(t->tile_bytes), .world.stride = 1};
  b.values = aligned((size_t)(info->value_count + 1) * sizeof *b.values);
  for (int i = 0; i < info->value_count; i++) b.values[i] = NAN;
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (myr_field_infos[field].kind != MYR_KIND_SCRATCH) b.world.data[field] = b.tile + t->layout.offset[field];
  warp_kernels.reset(t->constants, b.tile, 0, -1);
  myr_start_prepare(info->start, &b.world);
  return b;
}

static void end_beginning(beginning *b) {
  free(b->tile);
  free(b->values);
}

static void starts_of_episodes(void **state) {
  (void)state;
  myr_diagnostics diagnostics = {0};
  myr_scenario *scenario;
  myr_plan *plan;
  const char *path = MYRIAD_SOURCE_DIR "/tests/scenarios/starts/every.yaml";
  assert_int_equal(myr_scenario_load(path, NULL, 0, &scenario, &diagnostics), MYR_OK);
  assert_int_equal(myr_plan_create(scenario, 7, &plan, &diagnostics), MYR_OK);
  const myr_plan_info *info = myr_plan_describe(plan);
  assert_true(info->start->rounds_count > 1 && info->start->edits_count > 64 && info->start->draws_count > 64);
  trial t = make_trial(info->model, "every", 1);
  for (int64_t episode = 0; episode < effort(40); episode++) {
    beginning host = make_beginning(info, &t), warp = make_beginning(info, &t);
    myr_start_draw(info->start, episode, host.values);
    myr_start_write(info->start, host.values, &host.world);
    start(info->start, episode, warp.values, &warp.world, ++t.seed);
    assert_memory_equal(warp.values, host.values, (size_t)info->value_count * sizeof *host.values);
    assert_memory_equal(warp.tile, host.tile, (size_t)t.layout.tile_elements * sizeof *host.tile);
    end_beginning(&host);
    end_beginning(&warp);
  }
  end_trial(&t);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
  myr_diagnostics_free(&diagnostics); /* warnings */
}

/* ------------------------------------------------------------------------------------------------ the warp itself */
enum { ITEMS = 32 };
typedef struct meeting {
  int written[ITEMS];
  int alone, seen[ITEMS]; /* the numbers that item i read of item i+1 before a sync, and after it */
  uint32_t odd[ITEMS], squared[ITEMS];
} meeting;

static void meet(void *argument) {
  meeting *m = argument;
  int item = warp_item(), next = (item + 1) % ITEMS;
  m->odd[item] = warp_ballot(item % 2);
  m->squared[item] = warp_shuffle((uint32_t)(item * item), next);
  m->written[item] = 1 + item;
  m->alone += m->written[next] == 0;
  warp_sync();
  m->seen[item] = m->written[next];
}

static void items_meet(void **state) {
  (void)state;
  int alone = 0;
  for (uint64_t seed = 0; seed < 20; seed++) {
    meeting m = {0};
    warp_run(ITEMS, meet, &m, seed);
    assert_int_equal(warp_syncs(), 1);
    alone += m.alone;
    for (int item = 0; item < ITEMS; item++) {
      int next = (item + 1) % ITEMS;
      assert_int_equal(m.odd[item], 0xaaaaaaaau);
      assert_int_equal(m.squared[item], next * next);
      assert_int_equal(m.seen[item], 1 + next);
    }
  }
  assert_in_range(alone, 20 * ITEMS / 3, 20 * ITEMS * 2 / 3); /* of any two items either may be the first */
}

static void sync_less(void *argument) {
  (void)argument;
  if (warp_item() != 7) warp_sync();
}
static void vote_alone(void *argument) {
  (void)argument;
  if (warp_item() == 7)
    warp_ballot(1);
  else
    warp_sync();
}

static void assert_aborts(void (*body)(void *)) {
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    fclose(stderr);
    warp_run(ITEMS, body, NULL, 1);
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void items_that_part_are_an_error(void **state) {
  (void)state;
  assert_aborts(sync_less);
  assert_aborts(vote_alone);
}

int main(void) {
  const char *library = getenv("MYRIAD_WARP_KERNELS");
  if (library && take_kernels_from(library)) return 2;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_meet),
      cmocka_unit_test(items_that_part_are_an_error),
      cmocka_unit_test(robots),
      cmocka_unit_test(random_models),
      cmocka_unit_test(every_kind_of_pair),
      cmocka_unit_test(too_many_contacts),
      cmocka_unit_test(more_of_everything_than_items),
      cmocka_unit_test(more_fixed_geoms_than_items),
      cmocka_unit_test(nothing_to_do),
      cmocka_unit_test(hard_problems),
      cmocka_unit_test(few_iterations),
      cmocka_unit_test(rigid_friction),
      cmocka_unit_test(disasters_on_a_warp),
      cmocka_unit_test(a_runaway),
      cmocka_unit_test(starts_of_episodes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
