/* Tests kernels/step/collide.h on every vector width: the bits are equal and empty slots are empty, whatever numbers a
 * world holds. */
#include "collide_contacts.h"
#include "lane_widths.h"

typedef void collider(int, int, const test_hull *const[2], const float *, float *);

/* Fills a batch with ordinary configurations, and replaces some of their numbers by those that a diverging world may
 * hold. */
static void hostile_pairs(int kind, float *pairs, const test_hull *hulls[2]) {
  const float poison[6] = {NAN, INFINITY, -INFINITY, 1e30f, 0, -1e-40f};
  for (int i = 0; i < BATCH; i++) {
    double numbers[COLLIDE_PAIR_NUMBERS];
    configuration c = random_configuration(kind, (enum attitude)random_below(3));
    write_pair(&c, numbers);
    for (int g = 0; g < 2; g++) hulls[g] = c.geoms[g].hull;
    for (int k = 0; k < COLLIDE_PAIR_NUMBERS; k++) pairs[i * COLLIDE_PAIR_NUMBERS + k] = (float)numbers[k];
    if (i % 4 == 0) {
      float value = poison[random_below(6)];
      pairs[i * COLLIDE_PAIR_NUMBERS + random_below(COLLIDE_PAIR_NUMBERS - 1)] = value;
    }
    if (i % 5 == 0) pairs[i * COLLIDE_PAIR_NUMBERS + COLLIDE_PAIR_NUMBERS - 1] = 0; /* not needed */
  }
}

static int same_number(float a, float b) {
  uint32_t bits_a, bits_b;
  memcpy(&bits_a, &a, sizeof a);
  memcpy(&bits_b, &b, sizeof b);
  return bits_a == bits_b || (isnan(a) && isnan(b));
}

static void assert_lanes_agree(collider *wide, int lanes) {
  random_state = 4711;
  for (int kind = 0; kind < MYR_PAIR_KIND_COUNT; kind++) {
    for (int round = 0; round < ROUNDS; round++) {
      float pairs[BATCH * COLLIDE_PAIR_NUMBERS], one[BATCH * RESULT_NUMBERS], many[BATCH * RESULT_NUMBERS];
      const test_hull *hulls[2];
      hostile_pairs(kind, pairs, hulls);
      collide_lanes_1(kind, BATCH, hulls, pairs, one);
      wide(kind, BATCH, hulls, pairs, many);
      for (int i = 0; i < BATCH * RESULT_NUMBERS; i++)
        if (!same_number(one[i], many[i]))
          fail_msg("%s: %.9g with 1 lane, %.9g with %d", kinds[kind].name, one[i], many[i], lanes);
    }
  }
}

static void widths_agree(void **state) {
  (void)state;
#define USE(width) assert_lanes_agree(collide_lanes_##width, width)
  FOR_EACH_WIDTH(USE);
#undef USE
}

/* A slot holds either a contact within the margin or nothing. A lane that does not need the pair holds nothing. */
static void empty_slots_are_empty(void **state) {
  (void)state;
  random_state = 99;
  for (int kind = 0; kind < MYR_PAIR_KIND_COUNT; kind++) {
    for (int round = 0; round < ROUNDS; round++) {
      float pairs[BATCH * COLLIDE_PAIR_NUMBERS], numbers[BATCH * RESULT_NUMBERS];
      const test_hull *hulls[2];
      hostile_pairs(kind, pairs, hulls);
      collide_lanes_1(kind, BATCH, hulls, pairs, numbers);
      for (int i = 0; i < BATCH; i++) {
        float margin = pairs[i * COLLIDE_PAIR_NUMBERS + 30], needed = pairs[i * COLLIDE_PAIR_NUMBERS + 31];
        for (int slot = 0; slot < MYR_PAIR_MOST_CONTACTS; slot++) {
          const float *point = numbers + i * RESULT_NUMBERS + slot * COLLIDE_POINT_NUMBERS;
          assert_false(isnan(point[0]));
          if (slot >= myr_pair_kind_contacts(kind) || needed == 0) assert_true(point[0] == 1e10f);
          if (point[0] == 1e10f)
            for (int k = 1; k < COLLIDE_POINT_NUMBERS; k++) assert_true(point[k] == 0 || margin >= 1e10f);
          else
            assert_true(point[0] <= margin);
        }
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(empty_slots_are_empty),
      cmocka_unit_test(widths_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
