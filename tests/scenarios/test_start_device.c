/* Tests that episodes begin with the same bits on every engine: on the CPU, and on an emulated GPU, whose own kernel
 * makes the start, for both mappings of worlds to threads. Compares every drawn value and every bit of every field. */
#include <math.h>

#include "kernels/fields.h"
#include "tests/scenarios/scenario_files.h"

enum { WORLDS = 11, SUBSTEPS = 2 };
#define EVERY MYRIAD_SOURCE_DIR "/tests/scenarios/starts/every.yaml"

/* The worlds of one engine. */
typedef struct side {
  myr_batch *batch;
  myr_batch_info info;
  double *values;            /* (WORLDS, value_count) */
  myr_episode_state *states; /* (WORLDS) */
} side;

typedef struct pair {
  myr_scenario *scenario;
  myr_plan *plan;
  const myr_plan_info *info;
  side cpu, cuda;
} pair;

static void open_side(pair *p, side *s, const char *engine, enum myr_world_mapping mapping) {
  const myr_batch_description description = {.model = p->info->model,
                                             .engine = engine,
                                             .worlds = WORLDS,
                                             .lanes = strcmp(engine, "cpu") ? 0 : 1,
                                             .mapping = mapping,
                                             .threads = 1,
                                             .thread_groups = 2,
                                             .start = p->info->start};
  assert_int_equal(myr_batch_create(&description, &s->batch, NULL), MYR_OK);
  myr_batch_describe(s->batch, &s->info);
  s->values = calloc((size_t)WORLDS * (size_t)p->info->value_count, sizeof *s->values);
  s->states = myr_plan_states(p->plan, WORLDS);
}

static pair open_pair(enum myr_world_mapping mapping) {
  pair p = {.scenario = load_good(EVERY, NULL, 0)};
  p.plan = plan_good(p.scenario, 7);
  p.info = myr_plan_describe(p.plan);
  open_side(&p, &p.cpu, "cpu", MYR_WORLDS_CHOSEN);
  open_side(&p, &p.cuda, "cuda", mapping);
  assert_true(p.cpu.info.group_worlds == 1 && p.cuda.info.group_worlds == 6 && p.cuda.info.groups == 2);
  return p;
}

static void close_side(side *s) {
  myr_batch_destroy(s->batch);
  free(s->values);
  free(s->states);
}

static void close_pair(pair *p) {
  close_side(&p->cpu);
  close_side(&p->cuda);
  myr_plan_destroy(p->plan);
  myr_scenario_free(p->scenario);
}

static void begin(const pair *p, side *s, int group, const int64_t *episodes, int count) {
  myr_error error = {0};
  int first = group * s->info.group_worlds;
  if (myr_plan_begin(p->plan, s->batch, group, NULL, episodes, count,
                     s->values + (size_t)first * (size_t)p->info->value_count, &s->states[first], &error))
    fail_msg("%s", error.message);
}

/* Begins episodes in the first worlds of a group of the GPU, and in the same worlds of the CPU. */
static void begin_both(pair *p, int group, int64_t episode, int count) {
  int64_t episodes[WORLDS];
  int first = group * p->cuda.info.group_worlds;
  for (int i = 0; i < count; i++) episodes[i] = episode + i;
  begin(p, &p->cuda, group, episodes, count);
  for (int i = 0; i < count; i++) begin(p, &p->cpu, first + i, &episodes[i], 1);
}

static void step(side *s, int substeps, unsigned flags) {
  for (int group = 0; group < s->info.groups; group++)
    assert_int_equal(myr_batch_step(s->batch, group, 0, substeps, flags, NULL, NULL), MYR_OK);
}

static void step_both(pair *p, unsigned flags) {
  step(&p->cpu, SUBSTEPS, flags);
  step(&p->cuda, SUBSTEPS, flags);
}

static void commit(side *s) {
  for (int group = 0; group < s->info.groups; group++)
    assert_int_equal(myr_batch_commit(s->batch, group, NULL), MYR_OK);
}

/* Asserts that all fields are equal. Compares them backwards too, because the first field that is asked for updates all
 * fields of its section. */
static void assert_equal(const pair *p, bool backwards) {
  assert_memory_equal(p->cuda.values, p->cpu.values,
                      (size_t)WORLDS * (size_t)p->info->value_count * sizeof *p->cpu.values);
  for (int n = 0; n < MYR_FIELD_COUNT; n++)
    for (int world = 0; world < WORLDS; world++) {
      int field = backwards ? MYR_FIELD_COUNT - 1 - n : n;
      myr_span a = myr_batch_field(p->cpu.batch, (enum myr_field)field, world);
      myr_span b = myr_batch_field(p->cuda.batch, (enum myr_field)field, world);
      assert_int_equal(a.count, b.count);
      for (int e = 0; e < a.count; e++) {
        float x = a.data[e * a.stride], y = b.data[e * b.stride];
        if (memcmp(&x, &y, sizeof x) && !(isnan(x) && isnan(y)))
          fail_msg("world %d: %s[%d] is %.9g on the CPU, else %.9g", world, myr_field_infos[field].name, e, (double)x,
                   (double)y);
      }
    }
}

static void all_begin(pair *p, int64_t episode) {
  begin_both(p, 0, episode, 6);
  begin_both(p, 1, episode + 6, WORLDS - 6);
}

static void scale(side *s, enum myr_field field, int world, int element, float factor) {
  myr_span span = myr_batch_field(s->batch, field, world);
  assert_true(element < span.count);
  span.data[element * span.stride] *= factor;
}

static void check(enum myr_world_mapping mapping) {
  pair p = open_pair(mapping);
  assert_non_null(strstr(p.cuda.info.kernels, mapping == MYR_WORLDS_BY_WARP ? "warp" : "thread"));
  for (int64_t round = 0; round < 4; round++) {
    all_begin(&p, round << 34); /* beyond an int */
    assert_equal(&p, round % 2);
    step_both(&p, round < 2 ? MYR_OBSERVE : 0);
    assert_equal(&p, round % 2);
  }
  /* Some worlds begin anew before anybody has read a field; the other worlds are in the middle of their episodes. */
  step_both(&p, 0);
  begin_both(&p, 0, 500, 2);
  begin_both(&p, 1, 600, 1);
  assert_equal(&p, false);
  step_both(&p, MYR_OBSERVE);
  begin_both(&p, 0, 700, 3);
  step_both(&p, 0); /* at once: the host's copy must not overwrite the device's start */
  assert_equal(&p, true);
  close_pair(&p);
}

static void warps_begin_episodes(void **state) {
  (void)state;
  check(MYR_WORLDS_BY_WARP);
}

static void threads_begin_episodes(void **state) {
  (void)state;
  check(MYR_WORLDS_BY_THREAD);
}

/* A change by the host after a start adds to the start that the device made, in one world and not in its neighbours. */
static void the_host_goes_on(void **state) {
  (void)state;
  pair p = open_pair(MYR_WORLDS_BY_WARP);
  side *const sides[] = {&p.cpu, &p.cuda};
  all_begin(&p, 40);
  for (int s = 0; s < 2; s++) {
    scale(sides[s], MYR_FIELD_body_mass, 3, 2, 1.25F);
    scale(sides[s], MYR_FIELD_qpos, 4, 2, 1.5F);
    commit(sides[s]);
  }
  assert_equal(&p, false);
  step_both(&p, MYR_OBSERVE);
  for (int s = 0; s < 2; s++) {
    myr_batch_reset(sides[s]->batch, 1, 0);
    scale(sides[s], MYR_FIELD_body_mass, 1, 2, 0.5F);
    commit(sides[s]);
  }
  begin_both(&p, 0, 90, 1);
  for (int s = 0; s < 2; s++) commit(sides[s]); /* changes nothing */
  assert_equal(&p, true);
  step_both(&p, MYR_OBSERVE);
  assert_equal(&p, true);
  close_pair(&p);
}

/* The inputs of an episode are cleared when the next one begins. */
static void inputs_begin_anew(void **state) {
  (void)state;
  pair p = open_pair(MYR_WORLDS_BY_WARP);
  side *const sides[] = {&p.cpu, &p.cuda};
  all_begin(&p, 0);
  for (int s = 0; s < 2; s++)
    for (int world = 0; world < WORLDS; world++) {
      *myr_batch_field(sides[s]->batch, MYR_FIELD_ctrl, world).data = 0.5F;
      *myr_batch_field(sides[s]->batch, MYR_FIELD_xfrc_applied, world).data = 3;
    }
  all_begin(&p, 20);
  for (int s = 0; s < 2; s++)
    for (int world = 0; world < WORLDS; world++) {
      assert_true(*myr_batch_field(sides[s]->batch, MYR_FIELD_ctrl, world).data == 0.3F); /* the keyframe's */
      assert_true(*myr_batch_field(sides[s]->batch, MYR_FIELD_xfrc_applied, world).data == 0);
    }
  step_both(&p, MYR_OBSERVE);
  assert_equal(&p, false);
  close_pair(&p);
}

/* Copies all bits of one world that a step depends on: its fields but scratch and labels. Returns their number. */
static size_t world_bits(myr_batch *batch, int world, uint32_t *bits) {
  size_t count = 0;
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    int kind = myr_field_infos[field].kind;
    if (kind == MYR_KIND_SCRATCH || kind == MYR_KIND_LABEL) continue;
    myr_span span = myr_batch_field(batch, field, world);
    for (int e = 0; e < span.count; e++) memcpy(&bits[count++], &span.data[e * span.stride], sizeof *bits);
  }
  return count;
}

enum { BITS = 4096 };
static void assert_same_bits(side *s, int world, side *other, int other_world) {
  static uint32_t one[BITS], two[BITS];
  size_t count = world_bits(s->batch, world, one);
  assert_int_equal(world_bits(other->batch, other_world, two), count);
  assert_in_range(count, 1, BITS);
  assert_memory_equal(one, two, count * sizeof *one);
}

/* Episodes begin in some worlds of a group, in any order, while its other worlds are under way. Those continue as if
 * nothing had happened, and the new episodes have the same bits as in a batch that begins with them. */
static void worlds_begin_singly(const char *engine, int lanes) {
  enum { GROUP = 6, STARTED = 3 };
  const int32_t worlds[STARTED] = {4, 0, 3};
  const int64_t first[GROUP] = {20, 21, 22, 23, 24, 25}, later[STARTED] = {31, 7, 90};
  myr_scenario *scenario = load_good(EVERY, NULL, 0);
  myr_plan *plan = plan_good(scenario, 7);
  const myr_plan_info *info = myr_plan_describe(plan);
  side sides[3]; /* the disturbed one; the one left alone; the one that begins with the later episodes */
  for (int s = 0; s < 3; s++) {
    const myr_batch_description description = {
        .model = info->model, .engine = engine, .worlds = GROUP, .lanes = lanes, .threads = 1, .start = info->start};
    myr_error error = {0};
    if (myr_batch_create(&description, &sides[s].batch, &error)) fail_msg("%s", error.message);
    myr_batch_describe(sides[s].batch, &sides[s].info);
    assert_true(sides[s].info.groups == 1);
    sides[s].values = calloc((size_t)GROUP * (size_t)info->value_count + 1, sizeof *sides[s].values);
    sides[s].states = myr_plan_states(plan, GROUP);
    const int64_t *episodes = s < 2 ? first : later;
    assert_int_equal(myr_plan_begin(plan, sides[s].batch, 0, NULL, episodes, s < 2 ? GROUP : STARTED, sides[s].values,
                                    sides[s].states, NULL),
                     MYR_OK);
  }
  for (int s = 0; s < 2; s++)
    for (int i = 0; i < 7; i++) step(&sides[s], SUBSTEPS, MYR_OBSERVE);
  assert_int_equal(
      myr_plan_begin(plan, sides[0].batch, 0, worlds, later, STARTED, sides[0].values, sides[0].states, NULL), MYR_OK);
  for (int i = 0; i < 5; i++) {
    for (int world = 0; world < GROUP; world++) {
      int begun = world == worlds[0] ? 0 : world == worlds[1] ? 1 : world == worlds[2] ? 2 : -1;
      assert_same_bits(&sides[0], world, &sides[begun < 0 ? 1 : 2], begun < 0 ? world : begun);
      assert_int_equal(sides[0].states[world].episode, begun < 0 ? first[world] : later[begun]);
    }
    for (int s = 0; s < 3; s++) step(&sides[s], SUBSTEPS, MYR_OBSERVE);
  }
  for (int s = 0; s < 3; s++) close_side(&sides[s]);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
}
static void lanes_begin_singly(void **state) {
  (void)state;
  worlds_begin_singly("cpu", 0);
}
static void a_gpus_worlds_begin_singly(void **state) {
  (void)state;
  worlds_begin_singly("cuda", 0);
}

static void refusals(void **state) {
  (void)state;
  pair p = open_pair(MYR_WORLDS_BY_WARP);
  side *const sides[] = {&p.cpu, &p.cuda};
  const int64_t episodes[WORLDS] = {0};
  for (int s = 0; s < 2; s++) {
    myr_batch *batch = sides[s]->batch, *without;
    int most = sides[s]->info.group_worlds, last = sides[s]->info.groups - 1;
    const int counts[] = {-1, 0, most + 1};
    for (int i = 0; i < 3; i++)
      assert_int_equal(myr_batch_start(batch, 0, NULL, episodes, counts[i], sides[s]->values, NULL), MYR_INVALID);
    assert_int_equal(myr_batch_start(batch, last, NULL, episodes, WORLDS - last * most + 1, sides[s]->values, NULL),
                     MYR_INVALID);
    const int32_t outside = most, below = -1;
    assert_int_equal(myr_batch_start(batch, 0, &outside, episodes, 1, sides[s]->values, NULL), MYR_INVALID);
    assert_int_equal(myr_batch_start(batch, 0, &below, episodes, 1, sides[s]->values, NULL), MYR_INVALID);
    assert_int_equal(myr_batch_start(batch, last + 1, NULL, episodes, 1, sides[s]->values, NULL), MYR_INVALID);
    assert_int_equal(myr_batch_begin_step(batch, 0, 0, 1, MYR_OBSERVE, NULL), MYR_OK);
    assert_int_equal(myr_batch_start(batch, 0, NULL, episodes, 1, sides[s]->values, NULL), MYR_INVALID);
    assert_int_equal(myr_batch_finish(batch, 0, NULL), MYR_OK);
    assert_int_equal(myr_batch_start(batch, 0, NULL, episodes, 1, sides[s]->values, NULL), MYR_OK);
    const myr_batch_description description = {.model = p.info->model, .engine = sides[s]->info.engine, .worlds = 1};
    assert_int_equal(myr_batch_create(&description, &without, NULL), MYR_OK);
    assert_int_equal(myr_batch_start(without, 0, NULL, episodes, 1, sides[s]->values, NULL), MYR_INVALID);
    myr_batch_destroy(without);
  }
  close_pair(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(warps_begin_episodes),
      cmocka_unit_test(threads_begin_episodes),
      cmocka_unit_test(the_host_goes_on),
      cmocka_unit_test(lanes_begin_singly),
      cmocka_unit_test(a_gpus_worlds_begin_singly),
      cmocka_unit_test(inputs_begin_anew),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
