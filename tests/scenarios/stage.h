/* A plan and the worlds that run it, for tests of what an episode does. */
#ifndef MYR_TESTS_STAGE_H
#define MYR_TESTS_STAGE_H

#include <math.h>

#include "kernels/fields.h"
#include "kernels/model.h"
#include "tests/scenarios/scenario_files.h"

#define DEGREE (3.14159265358979323846 / 180)

/* A plan, and a batch of worlds that run it. */
typedef struct stage {
  myr_scenario *scenario;
  myr_plan *plan;
  const myr_plan_info *info;
  const myr_model *model;
  myr_batch *batch;
  myr_batch_info batch_info;
  double *values;            /* (worlds, value_count) */
  myr_episode_state *states; /* (worlds) */
  float actions[64];
} stage;

static inline stage *stage_make(const char *name, const char *const *overrides, int count, int worlds, int lanes) {
  stage *s = calloc(1, sizeof *s);
  char path[512];
  snprintf(path, sizeof path, SCENARIOS "%s.yaml", name);
  s->scenario = load_good(path, overrides, count);
  s->plan = plan_good(s->scenario, 7);
  s->info = myr_plan_describe(s->plan);
  s->model = s->info->model;
  const myr_batch_description description = {
      .model = s->model, .worlds = worlds, .lanes = lanes, .threads = 1, .start = s->info->start};
  assert_int_equal(myr_batch_create(&description, &s->batch, NULL), MYR_OK);
  myr_batch_describe(s->batch, &s->batch_info);
  s->values = calloc((size_t)worlds * (size_t)(s->info->value_count + 1), sizeof *s->values);
  s->states = myr_plan_states(s->plan, worlds);
  assert_true(s->model->nu <= 64);
  return s;
}

static inline void stage_end(stage *s) {
  myr_batch_destroy(s->batch);
  myr_plan_destroy(s->plan);
  myr_scenario_free(s->scenario);
  free(s->values);
  free(s->states);
  free(s);
}

static inline double *values_of(stage *s, int world) {
  return s->values + (size_t)world * (size_t)s->info->value_count;
}

/* Begins the episodes (worlds) in all worlds. */
static inline void begin_all(stage *s, const int64_t *episodes) {
  for (int g = 0; g < s->batch_info.groups; g++) {
    int first = g * s->batch_info.group_worlds, left = s->batch_info.worlds - first;
    int count = left < s->batch_info.group_worlds ? left : s->batch_info.group_worlds;
    assert_int_equal(myr_plan_begin(s->plan, s->batch, g, NULL, episodes + first, count, values_of(s, first),
                                    &s->states[first], NULL),
                     MYR_OK);
  }
}

static inline void advance(stage *s, int substeps) {
  for (int g = 0; g < s->batch_info.groups; g++) {
    assert_int_equal(myr_batch_step(s->batch, g, 0, substeps, MYR_OBSERVE, NULL, NULL), MYR_OK);
  }
}

/* Begins an episode in world 0. */
static inline void begin(stage *s, int64_t episode) {
  assert_int_equal(myr_plan_begin(s->plan, s->batch, 0, NULL, &episode, 1, s->values, s->states, NULL), MYR_OK);
}

/* Takes control step k. Returns the judgement of world 0. */
static inline myr_judgement take_step(stage *s, int k, int substeps) {
  myr_judgement judgement;
  myr_plan_control(s->plan, s->batch, 0, &s->states[0], k, s->actions);
  advance(s, substeps);
  myr_plan_judge(s->plan, s->batch, 0, &s->states[0], k, &judgement);
  return judgement;
}

static inline double field(stage *s, enum myr_field which, int world, int element) {
  myr_span span = myr_batch_field(s->batch, which, world);
  assert_true(element >= 0 && element < span.count);
  return span.data[(ptrdiff_t)element * span.stride];
}
static inline void set_field(stage *s, enum myr_field which, int element, double value) {
  myr_span span = myr_batch_field(s->batch, which, 0);
  span.data[(ptrdiff_t)element * span.stride] = (float)value;
}

static inline double draw_of(stage *s, int world, const char *path, int element) {
  for (int i = 0; i < s->info->draw_count; i++) {
    if (!strcmp(s->info->draws[i].path, path)) return values_of(s, world)[s->info->draws[i].offset + element];
  }
  fail_msg("no draw %s", path);
  return NAN;
}

static inline void near(double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance)) fprintf(stderr, "%.9g instead of %.9g\n", value, expected);
  assert_true(fabs(value - expected) <= tolerance);
}

#endif
