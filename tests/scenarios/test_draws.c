/* Tests random numbers: the published answers, the moments of the distributions, and that no draw moves another. */
#define LANES 1
#define MYR_DOUBLE
#include <math.h>
#include <xxhash.h>

#include "kernels/step/draw.h"
#include "scenarios/plan.h"
#include "sim/deterministic_math.h"
#include "tests/scenarios/scenario_files.h"

#define PI 3.14159265358979323846

/* The answers are those of kat_vectors in Random123 1.14 (D. E. Shaw Research): philox4x32, 10 rounds. */
static void philox_known_answers(void **state) {
  (void)state;
  static const struct {
    uint32_t counter[4], key[2], answer[4];
  } vectors[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (int i = 0; i < 3; i++) {
    philox_words counter;
    memcpy(counter.word, vectors[i].counter, sizeof counter.word);
    philox_words words = philox4x32(counter, vectors[i].key[0], vectors[i].key[1]);
    assert_memory_equal(words.word, vectors[i].answer, sizeof words.word);
  }
}

static void uniform_ends(void **state) {
  (void)state;
  assert_true(philox_uniform(0, 0) == 0);
  assert_true(philox_uniform(~0u, ~0u) == 1 - 0x1p-53);
  assert_true(philox_uniform(0x80000000u, 0) == 0.5);
}

static void elementary_functions(void **state) {
  (void)state;
  for (double x = 0.001; x < 50; x *= 1.01) {
    assert_true(fabs(portable_log(x) - log(x)) <= 4e-15 * fmax(1, fabs(log(x))));
    assert_true(fabs(portable_exp(-x) - exp(-x)) <= 4e-15 * exp(-x));
    assert_true(fabs(portable_sin(x) - sin(x)) <= 4e-15 && fabs(portable_cos(x) - cos(x)) <= 4e-15);
    assert_true(fabs(portable_atan2(x, -1) - atan2(x, -1)) <= 4e-15);
    assert_true(portable_sqrt(x) == sqrt(x));
  }
}

/* A clamped number has the bits of its bound, also the sign of a zero, because an ordinary fmax may return either
 * zero. */
static void bounds(void **state) {
  (void)state;
  assert_false(signbit(within(-0.0, 0, 1)));
  assert_true(signbit(within(0.0, -1, -0.0)));
  assert_true(within(NAN, 2, 3) == 2 && within(5, 2, 3) == 3 && within(-5, 2, 3) == 2 && within(2.5, 2, 3) == 2.5);
}

enum { SAMPLES = 200000 };

typedef struct moments {
  double mean, deviation, low, high;
} moments;

/* Draws many samples and returns their moments. numbers: the choices, then their weights. */
static moments sample(const myr_distribution *from, const double *numbers, uint64_t seed) {
  myr_draw_key key = plan_draw_key(seed, "a.path");
  moments m = {.low = INFINITY, .high = -INFINITY};
  double sum = 0, squares = 0;
  for (int64_t e = 0; e < SAMPLES; e++) {
    double x = draw_number(from, numbers, key, e, 0);
    sum += x;
    squares += x * x;
    m.low = fmin(m.low, x);
    m.high = fmax(m.high, x);
  }
  m.mean = sum / SAMPLES;
  m.deviation = sqrt(squares / SAMPLES - m.mean * m.mean);
  return m;
}

/* Asserts that a mean lies within five standard errors: 5 / sqrt(200000) is 0.011. */
static void near(double value, double expected, double deviation) {
  if (fabs(value - expected) > 0.012 * deviation) fprintf(stderr, "%g instead of %g\n", value, expected);
  assert_true(fabs(value - expected) <= 0.012 * deviation);
}

static void distributions(void **state) {
  (void)state;
  myr_distribution uniform = {.kind = MYR_DISTRIBUTION_UNIFORM, .a = -1, .b = 3};
  moments m = sample(&uniform, NULL, 1);
  near(m.mean, 1, 4 / sqrt(12));
  near(m.deviation, 4 / sqrt(12), 1);
  assert_true(m.low >= -1 && m.low < -0.999 && m.high < 3 && m.high > 2.999);

  myr_distribution log_uniform = {.kind = MYR_DISTRIBUTION_LOG_UNIFORM, .a = 0.1, .b = 10};
  m = sample(&log_uniform, NULL, 2);
  double mean = 9.9 / log(100), square = 99.99 / 2 / log(100);
  near(m.mean, mean, sqrt(square - mean * mean));
  assert_true(m.low >= 0.1 && m.high <= 10 && m.high > 9.99 && m.low < 0.1001);

  myr_distribution normal = {.kind = MYR_DISTRIBUTION_NORMAL, .a = 5, .b = 2, .low = -INFINITY, .high = INFINITY};
  m = sample(&normal, NULL, 3);
  near(m.mean, 5, 2);
  near(m.deviation, 2, 2);
  assert_true(m.high > 5 + 2 * 3.8 && m.low < 5 - 2 * 3.8);

  myr_distribution limited = {.kind = MYR_DISTRIBUTION_NORMAL, .a = 0, .b = 1, .low = 0, .high = INFINITY};
  m = sample(&limited, NULL, 4);
  near(m.mean, sqrt(2 / PI), sqrt(1 - 2 / PI));
  assert_true(m.low >= 0);

  const double numbers[] = {1, 2, 4, 1, 0, 3};
  myr_distribution choice = {.kind = MYR_DISTRIBUTION_CHOICE, .choice_count = 3, .weights = -1};
  near(sample(&choice, numbers, 5).mean, 7.0 / 3, sqrt(14.0 / 9));
  choice.weights = 3;
  near(sample(&choice, numbers, 6).mean, 13.0 / 4, sqrt(27.0 / 16));

  myr_distribution integer = {.kind = MYR_DISTRIBUTION_INTEGER, .a = -2, .b = 3};
  m = sample(&integer, NULL, 7);
  near(m.mean, 0.5, sqrt(35.0 / 12));
  assert_true(m.low == -2 && m.high == 3);
  for (int64_t e = 0; e < 100; e++) {
    double x = draw_number(&integer, NULL, plan_draw_key(7, "x"), e, 0);
    assert_true(x == floor(x));
  }
}

static void directions(void **state) {
  (void)state;
  myr_draw_key key = plan_draw_key(0, "push");
  double sum[3] = {0}, products[6] = {0};
  for (int64_t e = 0; e < SAMPLES; e++) {
    double v[3];
    draw_sphere(2, draw_words(key, e, 0, 0), v);
    assert_true(fabs(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] - 4) < 1e-13);
    for (int i = 0; i < 3; i++) sum[i] += v[i] / SAMPLES, products[i] += v[i] * v[i] / SAMPLES;
    for (int i = 0; i < 3; i++) products[3 + i] += v[i] * v[(i + 1) % 3] / SAMPLES;
  }
  for (int i = 0; i < 3; i++) {
    near(sum[i], 0, 2 / sqrt(3));
    near(products[i], 4.0 / 3, 4.0 / 3);
    near(products[3 + i], 0, 4.0 / 3);
  }
}

/* The up axis is uniform on the cap: the height that it loses, 1 - cos, is uniform between 0 and that of the rim. */
static void cones(void **state) {
  (void)state;
  for (int wide = 0; wide < 2; wide++) {
    double angle = wide ? PI : 20 * PI / 180, rim = 1 - cos(angle), sum = 0, x = 0;
    myr_draw_key key = plan_draw_key(0, "tilt");
    for (int64_t e = 0; e < SAMPLES; e++) {
      double r[2];
      draw_cone(angle, draw_words(key, e, 0, 0), r);
      double lean = sqrt(r[0] * r[0] + r[1] * r[1]);
      assert_true(lean <= angle + 1e-12);
      sum += (1 - cos(lean)) / SAMPLES;
      x += r[0] / SAMPLES;
    }
    near(sum, rim / 2, rim / sqrt(12));
    near(x, 0, angle);
  }
  double r[2];
  draw_cone(0, draw_words(plan_draw_key(0, "tilt"), 3, 0, 0), r);
  assert_true(r[0] == 0 && r[1] == 0);
}

/* The numbers of neighbouring episodes, elements, steps, seeds and paths are independent. */
static void independence(void **state) {
  (void)state;
  for (int which = 0; which < 5; which++) {
    double sum = 0;
    for (int64_t e = 0; e < SAMPLES; e++) {
      myr_draw_key a = plan_draw_key(which == 3 ? (uint64_t)e : 9, "robot.mass");
      myr_draw_key b = plan_draw_key(which == 3 ? (uint64_t)e + 1 : 9, which == 4 ? "robot.mast" : "robot.mass");
      philox_words u = draw_words(a, which == 3 ? 0 : e, 0, 0);
      philox_words v = draw_words(b, which == 0 ? e + 1 : which == 3 ? 0 : e, which == 1, which == 2);
      sum += (philox_uniform(u.word[0], u.word[1]) - 0.5) * (philox_uniform(v.word[0], v.word[1]) - 0.5);
    }
    near(sum / SAMPLES, 0, 1.0 / 12);
  }
}

/* The numbers themselves are part of the contract, because a dataset is reproduced from its seed alone. */
static void fixed_values(void **state) {
  (void)state;
  myr_draw_key key = plan_draw_key(7, "events.push.at");
  myr_distribution uniform = {.kind = MYR_DISTRIBUTION_UNIFORM, .a = 0, .b = 1};
  myr_distribution normal = {.kind = MYR_DISTRIBUTION_NORMAL, .a = 0, .b = 1, .low = -INFINITY, .high = INFINITY};
  assert_int_equal(key.low, 0x942aab20);
  assert_int_equal(key.high, 0x87d65071);
  assert_true(draw_number(&uniform, NULL, key, 12345678901, 3) == 0x1.4d2cf44a6e001p-1);
  assert_true(draw_number(&normal, NULL, key, 12345678901, 3) == 0x1.ad54cb927a36ap-4);
  assert_true(myr_draw_uniform(key, 12345678901, 3, 0) == 0x1.4d2cf44a6e001p-1);
  assert_true(myr_draw_normal(key, 12345678901, 3, 0) == 0x1.ad54cb927a36ap-4);
}

/* ------------------------------------------------------------------------------------------------ whole scenarios */

/* The draws of every distribution, with their keys, are part of the contract too. */
static void fixed_draws(void **state) {
  (void)state;
  myr_scenario *scenario = load_good(MYRIAD_SOURCE_DIR "/tests/scenarios/starts/every.yaml", NULL, 0);
  myr_plan *plan = plan_good(scenario, 7);
  int count = myr_plan_describe(plan)->value_count;
  double *values = calloc((size_t)count, sizeof *values);
  uint64_t digest = 0;
  for (int64_t episode = 0; episode < 100; episode++) {
    myr_plan_draw(plan, episode << 27, values);
    digest = XXH3_64bits_withSeed(values, (size_t)count * sizeof *values, digest);
  }
  assert_int_equal(digest, 0x50bd252fdce6af9bu);
  free(values);
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
}

static void draw_all(const myr_plan *plan, int64_t episode, double *values) {
  for (int i = 0; i < 256; i++) values[i] = NAN;
  assert_true(myr_plan_describe(plan)->value_count <= 256);
  myr_plan_draw(plan, episode, values);
}

static const myr_draw_info *find_draw(const myr_plan_info *info, const char *path) {
  for (int i = 0; i < info->draw_count; i++) {
    if (!strcmp(info->draws[i].path, path)) return &info->draws[i];
  }
  return NULL;
}

/* With more draws before, between and after, every old draw keeps its value. */
static void adding_a_draw_moves_none(void **state) {
  (void)state;
  const char *overrides[] = {
      "entities.floor.ground.friction={normal: [1, 0.1]}", "entities.robot.start.yaw={uniform: [0, 1]}",
      "randomize.robot.geom.friction={scale: {uniform: [0.9, 1.1]}, per: geom}",
      "controllers.robot.noise={uniform: [0, 0.1]}",
      "events.kick={at: {uniform: [1, 2]}, body: robot.head, impulse: {sphere: {uniform: [0, 5]}}}"};
  myr_scenario *plain = load_good(SCENARIOS "ten_thousand_falls.yaml", NULL, 0);
  myr_scenario *more = load_good(SCENARIOS "ten_thousand_falls.yaml", overrides, 5);
  myr_plan *a = plan_good(plain, 5), *b = plan_good(more, 5), *c = plan_good(plain, 6);
  const myr_plan_info *info = myr_plan_describe(a), *other = myr_plan_describe(b);
  assert_true(other->draw_count >= info->draw_count + 5);
  int compared = 0, equal_to_c = 0;
  for (int64_t episode = 0; episode < 50; episode++) {
    double u[256], v[256], w[256];
    draw_all(a, episode, u);
    draw_all(b, episode, v);
    draw_all(c, episode, w);
    for (int i = 0; i < info->draw_count; i++) {
      const myr_draw_info *draw = &info->draws[i], *same = find_draw(other, draw->path);
      assert_non_null(same);
      for (int k = 0; k < draw->count; k++) {
        assert_true(isfinite(u[draw->offset + k]));
        equal_to_c += u[draw->offset + k] == w[draw->offset + k];
        if (!strcmp(draw->path, "entities.floor.ground.friction")) continue;
        assert_true(u[draw->offset + k] == v[same->offset + k]);
        compared++;
      }
    }
  }
  assert_true(compared > 50 * 20);
  assert_int_equal(equal_to_c, 0);
  myr_plan_destroy(a);
  myr_plan_destroy(b);
  myr_plan_destroy(c);
  myr_scenario_free(plain);
  myr_scenario_free(more);
}

static void draws_are_described(void **state) {
  (void)state;
  myr_scenario *scenario = load_good(SCENARIOS "quadruped.yaml", NULL, 0);
  myr_plan *plan = plan_good(scenario, 0);
  const myr_plan_info *info = myr_plan_describe(plan);
  int offset = 0;
  for (int i = 0; i < info->draw_count; i++) {
    const myr_draw_info *draw = &info->draws[i];
    assert_int_equal(draw->offset, offset);
    offset += draw->count;
    assert_true(draw->unit[0] && draw->distribution[0] == '{');
    assert_true(draw->count == 1 || draw->elements);
    for (int k = 0; draw->elements && k < draw->count; k++) assert_true(draw->elements[k][0]);
  }
  assert_int_equal(offset, info->value_count);
  const myr_draw_info *draw = find_draw(info, "randomize.dog.body.mass");
  assert_string_equal(draw->elements[0], "dog.trunk");
  draw = find_draw(info, "events.kick.impulse");
  assert_int_equal(draw->count, 3);
  assert_string_equal(draw->unit, "N s");
  assert_string_equal(draw->distribution, "{sphere: {uniform: [0, 10]}}");
  assert_string_equal(draw->elements[2], "z");
  myr_plan_destroy(plan);
  myr_scenario_free(scenario);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_known_answers),
      cmocka_unit_test(uniform_ends),
      cmocka_unit_test(elementary_functions),
      cmocka_unit_test(bounds),
      cmocka_unit_test(distributions),
      cmocka_unit_test(directions),
      cmocka_unit_test(cones),
      cmocka_unit_test(independence),
      cmocka_unit_test(fixed_values),
      cmocka_unit_test(fixed_draws),
      cmocka_unit_test(adding_a_draw_moves_none),
      cmocka_unit_test(draws_are_described),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
