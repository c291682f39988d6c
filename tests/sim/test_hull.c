/* Tests the hulls of points, with which meshes collide. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/hull.h"

enum { MOST_POINTS = 2000 };
#define PI 3.141592653589793
static double points[3 * MOST_POINTS];

static double number(int i, int k) { return fmod(0.5 + 0.7548776662466927 * (i + 1) * (k + 1) + 0.31 * i * k * k, 1); }

static myr_hull hull_of(int count, int most) {
  myr_hull hull;
  myr_error error = {0};
  if (myr_hull_create(points, count, most, &hull, &error)) fail_msg("%s", error.message);
  return hull;
}

static double reach(const double *from, int count, const double d[3]) {
  double highest = -INFINITY;
  for (int i = 0; i < count; i++)
    highest = fmax(highest, d[0] * from[3 * i] + d[1] * from[3 * i + 1] + d[2] * from[3 * i + 2]);
  return highest;
}

/* Points inside a box and on its faces are no corners, and the triangles of a side are one face. */
static void a_box_has_eight_corners_and_six_faces(void **state) {
  (void)state;
  const double half[3] = {0.3, 0.1, 0.2};
  for (int i = 0; i < 500; i++)
    for (int k = 0; k < 3; k++) {
      double sign = i < 8 ? (i >> k & 1 ? 1 : -1) : k == i % 3 ? 1 : 2 * number(i, k) - 1;
      points[3 * i + k] = (double)(float)(half[k] * sign + 1);
    }
  myr_hull hull = hull_of(500, MYR_HULL_VERTICES);
  assert_int_equal(hull.vertex_count, 8);
  assert_int_equal(hull.face_count, 6);
  assert_int_equal(hull.corners, 4);
  for (int k = 0; k < 3; k++) assert_true(fabs(hull.center[k] - 1) < 1e-6);
  assert_true(fabs(hull.inradius - 0.1) < 1e-6 && fabs(hull.reach - sqrt(0.14)) < 1e-6);
  for (int f = 0; f < 6; f++) {
    const double *n = hull.normal + 3 * f;
    const int32_t *corner = hull.corner + MYR_HULL_CORNERS * f;
    double turn = 0;
    for (int k = 0; k < 4; k++) { /* twice the area, seen from outside */
      const double *a = hull.vertex + 3 * corner[k], *b = hull.vertex + 3 * corner[(k + 1) % 4];
      turn +=
          n[0] * (a[1] * b[2] - a[2] * b[1]) + n[1] * (a[2] * b[0] - a[0] * b[2]) + n[2] * (a[0] * b[1] - a[1] * b[0]);
    }
    double side = fabs(n[0]) > 0.9 ? 0.08 : fabs(n[1]) > 0.9 ? 0.24 : 0.12;
    assert_true(fabs(turn - 2 * side) < 1e-5);
    for (int k = 4; k < MYR_HULL_CORNERS; k++) assert_int_equal(corner[k], corner[3]);
  }
  myr_hull_free(&hull);
}

/* A hull of fewer vertices lies inside, no farther than it says. */
static void a_simpler_hull_knows_its_error(void **state) {
  (void)state;
  for (int i = 0; i < MOST_POINTS; i++) {
    double z = 1 - 2 * (i + 0.5) / MOST_POINTS, r = sqrt(1 - z * z), turn = i * 2.399963229728653;
    points[3 * i] = 0.5 * r * cos(turn), points[3 * i + 1] = 0.4 * r * sin(turn), points[3 * i + 2] = 0.3 * z;
  }
  double last = 1;
  for (int most = 16; most <= MYR_HULL_VERTICES; most *= 4) {
    myr_hull hull = hull_of(MOST_POINTS, most);
    assert_int_equal(hull.vertex_count, most);
    double worst = 0;
    for (int i = 0; i < MOST_POINTS; i++) {
      double d[3] = {2 * number(i, 1) - 1, 2 * number(i, 2) - 1, 2 * number(i, 5) - 1};
      double length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
      for (int k = 0; k < 3; k++) d[k] /= length;
      double inner = reach(hull.vertex, hull.vertex_count, d) + reach(hull.center, 1, d);
      worst = fmax(worst, reach(points, MOST_POINTS, d) - inner);
    }
    assert_true(worst <= hull.error && hull.error < 3 * worst && hull.error < last / 3);
    last = hull.error;
    myr_hull_free(&hull);
  }
  assert_true(last < 0.012); /* of half a metre */
}

/* A face with many corners keeps eight of them, which hold most of it. */
static void a_face_has_eight_corners_at_most(void **state) {
  (void)state;
  for (int i = 0; i < 120; i++) {
    double turn = (i / 2) * PI / 30;
    points[3 * i] = 0.1 * cos(turn), points[3 * i + 1] = 0.1 * sin(turn), points[3 * i + 2] = i % 2 ? 0.1 : -0.1;
  }
  myr_hull hull = hull_of(120, MYR_HULL_VERTICES);
  assert_int_equal(hull.vertex_count, 120);
  assert_int_equal(hull.face_count, 62);
  assert_int_equal(hull.corners, MYR_HULL_CORNERS);
  assert_true(fabs(hull.inradius - 0.1 * cos(PI / 60)) < 1e-6);
  myr_hull_free(&hull);
}

static void points_without_a_volume_are_told(void **state) {
  (void)state;
  static const struct {
    int count;
    double numbers[18];
    const char *word;
  } cases[] = {
      {3, {0, 0, 0, 1, 0, 0, 0, 1, 0}, "3 points"},
      {5, {0}, "one"},
      {4, {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}, "line"},
      {5, {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1e-7, 0.5, 0.5, 0}, "plane"},
      {4, {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, NAN}, "finite"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    myr_hull hull;
    myr_error error = {0};
    assert_int_equal(myr_hull_create(cases[i].numbers, cases[i].count, MYR_HULL_VERTICES, &hull, &error), MYR_INVALID);
    if (!strstr(error.message, cases[i].word)) fail_msg("%s", error.message);
    myr_hull_free(&hull);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_box_has_eight_corners_and_six_faces),
      cmocka_unit_test(a_simpler_hull_knows_its_error),
      cmocka_unit_test(a_face_has_eight_corners_at_most),
      cmocka_unit_test(points_without_a_volume_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
