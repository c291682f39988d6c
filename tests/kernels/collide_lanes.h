/* The narrow phase of each build, for test_collide*.c. A program links the widths that its target can compile. `pairs`
 * holds COLLIDE_PAIR_NUMBERS numbers per configuration, `result` MYR_PAIR_MOST_CONTACTS * COLLIDE_POINT_NUMBERS;
 * `count` must be a multiple of 16. hulls: those of both geoms where they are meshes, else NULL. */
#ifndef TESTS_COLLIDE_LANES_H
#define TESTS_COLLIDE_LANES_H

#include "sim/hull.h"

enum {
  COLLIDE_GEOM_NUMBERS = 15, /* position 3, rotation 9 row major, size 3 */
  COLLIDE_PAIR_NUMBERS = 32, /* two geoms, margin, 1 for needed */
  COLLIDE_POINT_NUMBERS = 10 /* distance, position 3, normal 3, tangent 3 */
};

enum { HULL_MOST_NUMBERS = 3 * 2 * MYR_HULL_VERTICES };
/* A hull in float and in double. */
typedef struct test_hull {
  const char *name;
  myr_hull hull;
  struct {
    float center[3], vertex[HULL_MOST_NUMBERS], normal[HULL_MOST_NUMBERS];
  } in_float;
  struct {
    double center[3], vertex[HULL_MOST_NUMBERS], normal[HULL_MOST_NUMBERS];
  } in_double;
} test_hull;

/* The height field of every pair that has one. */
enum { TEST_FIELD_ROWS = 9, TEST_FIELD_COLUMNS = 11 };
typedef struct test_field {
  float size[4]; /* half extents along x and y, height, depth of the base, m */
  float elevation[TEST_FIELD_ROWS * TEST_FIELD_COLUMNS];
} test_field;
extern test_field collide_test_field;

void collide_lanes_1(int kind, int count, const test_hull *const hulls[2], const float *pairs, float *result);
void collide_lanes_4(int kind, int count, const test_hull *const hulls[2], const float *pairs, float *result);
void collide_lanes_8(int kind, int count, const test_hull *const hulls[2], const float *pairs, float *result);
void collide_lanes_16(int kind, int count, const test_hull *const hulls[2], const float *pairs, float *result);
void collide_lanes_double(int kind, int count, const test_hull *const hulls[2], const double *pairs, double *result);

#endif
