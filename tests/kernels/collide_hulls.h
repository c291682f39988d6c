/* Hulls for the tests of the narrow phase: a few shapes, each in float and in double. All lanes of a batch share them. */
#ifndef TESTS_COLLIDE_HULLS_H
#define TESTS_COLLIDE_HULLS_H

#include <math.h>

#include "collide_lanes.h"

/* Points of shapes of about half a metre: a box, rocks, a prism with eight sides and a finger that tapers. */
enum { HULL_BOX, HULL_ROCK_8, HULL_ROCK_16, HULL_ROCK_32, HULL_ROCK_64, HULL_PRISM, HULL_FINGER, HULLS };

static inline int rock_points(int count, double *points) {
  for (int i = 0; i < count; i++) { /* a spiral from pole to pole, not quite regular */
    double z = 1 - 2 * (i + 0.5) / count, turn = i * 2.399963229728653 + 0.3 * sin(7.1 * i), r = sqrt(1 - z * z);
    points[3 * i] = 0.5 * r * cos(turn);
    points[3 * i + 1] = 0.4 * r * sin(turn);
    points[3 * i + 2] = 0.3 * z + 0.02;
  }
  return count;
}

static inline int hull_points(int which, double *points) {
  int count = 0;
  switch (which) {
  case HULL_BOX:
    for (int i = 0; i < 8; i++)
      for (int k = 0; k < 3; k++) points[3 * i + k] = (0.3 - 0.05 * k) * (i >> k & 1 ? 1 : -1);
    return 8;
  case HULL_ROCK_8: return rock_points(8, points);
  case HULL_ROCK_16: return rock_points(16, points);
  case HULL_ROCK_32: return rock_points(32, points);
  case HULL_ROCK_64: return rock_points(64, points);
  case HULL_PRISM:
    for (; count < 16; count++) {
      double turn = (count / 2) * 0.7853981633974483;
      points[3 * count] = 0.4 * cos(turn);
      points[3 * count + 1] = 0.4 * sin(turn);
      points[3 * count + 2] = count % 2 ? 0.25 : -0.25;
    }
    return count;
  default:
    for (; count < 24; count++) {
      double ring = (count / 4) / 5.0, wide = 0.12 - 0.06 * ring * ring;
      points[3 * count] = wide * (count % 2 ? 1 : -1);
      points[3 * count + 1] = (0.08 - 0.05 * ring) * (count / 2 % 2 ? 1 : -1);
      points[3 * count + 2] = 0.5 * ring;
    }
    return count;
  }
}

static inline const test_hull *test_hull_of(int which) {
  static const char *const names[HULLS] = {"box", "rock 8", "rock 16", "rock 32", "rock 64", "prism", "finger"};
  static test_hull all[HULLS];
  test_hull *h = &all[which];
  if (h->name) return h;
  double points[3 * 64];
  myr_error error = {0};
  int count = hull_points(which, points);
  for (int i = 0; i < 3 * count; i++) points[i] = (double)(float)points[i];
  if (myr_hull_create(points, count, MYR_HULL_VERTICES, &h->hull, &error))
    fail_msg("%s: %s", names[which], error.message);
  /* the numbers of the float builds are those of the double one */
  for (int k = 0; k < 3; k++)
    h->hull.center[k] = h->in_double.center[k] = h->in_float.center[k] = (float)h->hull.center[k];
  for (int i = 0; i < 3 * h->hull.vertex_count; i++)
    h->hull.vertex[i] = h->in_double.vertex[i] = h->in_float.vertex[i] = (float)h->hull.vertex[i];
  for (int i = 0; i < 3 * h->hull.face_count; i++)
    h->in_double.normal[i] = h->hull.normal[i], h->in_float.normal[i] = (float)h->hull.normal[i];
  h->name = names[which];
  return h;
}

#endif
