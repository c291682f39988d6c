/* Tests where a body is between two states and before the first, against motions that are known in closed form. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "render/motion.h"

enum { STATES = 6 };
static const double period = 0.02;

typedef struct track {
  float position[STATES][3], quaternion[STATES][4], velocity[STATES][6];
  myr_poses poses[STATES];
} track;

/* A thrown body that turns about an axis with a rate (rad/s) that grows. */
typedef struct motion {
  double place[3], velocity[3], acceleration[3], axis[3], rate, growth;
} motion;

static void pose_at(const motion *m, double t, double position[3], double quaternion[4]) {
  double angle = m->rate * t + 0.5 * m->growth * t * t;
  quaternion[0] = cos(0.5 * angle);
  for (int k = 0; k < 3; k++) {
    position[k] = m->place[k] + m->velocity[k] * t + 0.5 * m->acceleration[k] * t * t;
    quaternion[1 + k] = m->axis[k] * sin(0.5 * angle);
  }
}

static const myr_poses *follow(track *t, const motion *m) {
  for (int i = 0; i < STATES; i++) {
    double position[3], quaternion[4];
    pose_at(m, i * period, position, quaternion);
    for (int k = 0; k < 4; k++) t->quaternion[i][k] = (float)quaternion[k];
    for (int k = 0; k < 3; k++) {
      t->position[i][k] = (float)position[k];
      t->velocity[i][k] = (float)(m->axis[k] * (m->rate + m->growth * i * period));
      t->velocity[i][3 + k] = (float)(m->velocity[k] + m->acceleration[k] * i * period);
    }
    t->poses[i] = (myr_poses){.position = t->position[i],
                              .quaternion = t->quaternion[i],
                              .velocity = t->velocity[i],
                              .earlier = i ? &t->poses[i - 1] : NULL,
                              .since = period};
  }
  return &t->poses[STATES - 1];
}

/* The largest errors, m and rad, between two times (s before the last state). */
static void worst(const motion *m, double from, double to, double *apart, double *turned) {
  track t;
  const myr_poses *now = follow(&t, m);
  *apart = *turned = 0;
  for (int i = 0; i <= 1000; i++) {
    double before = from + (to - from) * i / 1000, position[3], quaternion[4], product = 0, distance = 0;
    float p[3], q[4];
    myr_pose_before(now, 0, before, p, q);
    pose_at(m, (STATES - 1) * period - before, position, quaternion);
    for (int k = 0; k < 3; k++) distance = fmax(distance, fabs(p[k] - position[k]));
    for (int k = 0; k < 4; k++) product += q[k] * quaternion[k];
    *apart = fmax(*apart, distance);
    *turned = fmax(*turned, 2 * sqrt(fmax(0, 2 * (1 - fabs(product)))));
  }
}

static void free_flight_is_exact(void **state) {
  (void)state;
  const motion thrown = {{1, 2, 3}, {5, -1, 4}, {0, 0, -9.81}, {0, 0, 1}, 3, 0};
  double apart, turned;
  worst(&thrown, 0, (STATES - 1) * period, &apart, &turned);
  assert_true(apart < 1e-6 && turned < 2e-3); /* turned: of a product of floats, whose root is taken */
}

/* A wheel turns more than once between two states, to either side, and speeds up. */
static void fast_turns_keep_their_revolutions(void **state) {
  (void)state;
  static const double rates[] = {-900, -400, -200, -150, 100, 160, 314.159, 320, 500, 1000};
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
    const motion wheel = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0.6, 0, 0.8}, rates[i], i % 2 ? 0 : 100};
    double apart, turned;
    worst(&wheel, 0, (STATES - 1) * period, &apart, &turned);
    assert_true(apart < 1e-9);
    if (turned > 4e-3) fail_msg("%g rad/s: off by %g rad", rates[i], turned);
  }
}

/* Before the first state a body goes on backward with its velocity. */
static void bodies_come_from_where_they_go(void **state) {
  (void)state;
  const motion steady = {{1, 2, 3}, {5, -1, 4}, {0, 0, 0}, {0, 0.6, 0.8}, 30, 0};
  double apart, turned;
  worst(&steady, 0, 2 * (STATES - 1) * period, &apart, &turned);
  assert_true(apart < 1e-6 && turned < 2e-3);
}

/* A push changes the last velocity at once. It is no part of the time before. */
static void a_push_does_not_bend_the_past(void **state) {
  (void)state;
  const motion steady = {{0, 0, 0}, {1, 0, 0}, {0, 0, 0}, {0, 0, 1}, 0, 0};
  track t;
  const myr_poses *now = follow(&t, &steady);
  for (int k = 0; k < 6; k++) t.velocity[STATES - 1][k] = 50;
  float p[3], q[4];
  myr_pose_before(now, 0, 0.5 * period, p, q);
  assert_true(fabs(p[0] - 4.5 * period) < 1e-7 && fabs(p[1]) < 1e-7 && fabs(q[0] - 1) < 1e-7);
}

/* A body that rests is exactly where it was, and is known to rest; so is one of a world that has diverged. */
static void rest_is_exact(void **state) {
  (void)state;
  static const double world[3] = {0, 0, 0};
  const motion rest = {{0.1, 0.2, 0.3}, {0, 0, 0}, {0, 0, 0}, {0.6, 0, 0.8}, 0, 0},
               moves = {{0}, {0, 0, 1}, {0}, {1}, 0, 0};
  track t;
  const myr_poses *now = follow(&t, &rest);
  float p[3], q[4];
  for (int i = 0; i < 40; i++) {
    myr_pose_before(now, 0, i * 0.005, p, q);
    assert_memory_equal(p, t.position[0], sizeof p);
    assert_memory_equal(q, t.quaternion[0], sizeof q);
  }
  assert_false(pose_moves_before(now, 0, 1, world));
  assert_true(pose_moves_before(follow(&t, &moves), 0, 0.01, world));
  for (int k = 0; k < 6; k++) t.velocity[STATES - 2][k] = NAN, t.velocity[STATES - 3][k] = 1e38f;
  for (int i = 0; i < 20; i++) myr_pose_before(now, 0, i * 0.004, p, q); /* undefined behaviour would be reported */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(free_flight_is_exact),
      cmocka_unit_test(fast_turns_keep_their_revolutions),
      cmocka_unit_test(bodies_come_from_where_they_go),
      cmocka_unit_test(a_push_does_not_bend_the_past),
      cmocka_unit_test(rest_is_exact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
