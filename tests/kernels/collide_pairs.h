/* Pairs of geoms for the tests of the narrow phase: the kinds of pairs, random configurations of them, and the distance
 * of a point from a shape.
 *
 * Positions, sizes and margins are floats, so that all builds get exactly the same numbers. Rotations are rounded only
 * for the float builds, because a rounded matrix is not exactly a rotation, and different formulas then give different
 * results. */
#ifndef TESTS_COLLIDE_PAIRS_H
#define TESTS_COLLIDE_PAIRS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include <mujoco/mujoco.h>

#include "collide_hulls.h"
#include "collide_lanes.h"
#include "kernels/pair_kind.h"

enum { BATCH = 64, ROUNDS = 60 };

/* A hill, a dent, a ridge, and a flat part. */
test_field collide_test_field = {.size = {0.8f, 0.6f, 0.25f, 0.2f},
                                 .elevation = {
                                     0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.30f, 0.45f, 0.60f, 0.50f, 0.20f, 0.00f, /* */
                                     0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.35f, 0.60f, 0.85f, 0.70f, 0.30f, 0.10f, /* */
                                     0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.70f, 1.00f, 0.80f, 0.40f, 0.20f, /* */
                                     0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.60f, 0.80f, 0.60f, 0.30f, 0.30f, /* */
                                     0.40f, 0.40f, 0.40f, 0.40f, 0.40f, 0.30f, 0.40f, 0.50f, 0.40f, 0.30f, 0.35f, /* */
                                     0.90f, 0.90f, 0.90f, 0.90f, 0.80f, 0.50f, 0.30f, 0.20f, 0.30f, 0.30f, 0.40f, /* */
                                     0.50f, 0.50f, 0.50f, 0.50f, 0.50f, 0.40f, 0.20f, 0.05f, 0.20f, 0.30f, 0.40f, /* */
                                     0.45f, 0.40f, 0.42f, 0.38f, 0.40f, 0.40f, 0.30f, 0.20f, 0.30f, 0.40f, 0.50f, /* */
                                     0.40f, 0.36f, 0.44f, 0.40f, 0.35f, 0.40f, 0.40f, 0.30f, 0.40f, 0.50f, 0.55f,
                                 }};

static const struct {
  int type1, type2;
  const char *name;
} kinds[MYR_PAIR_KIND_COUNT] = {
#define GEOM_PAIR(first, second, function, contacts) {mjGEOM_##first, mjGEOM_##second, #first " " #second},
#include "kernels/collide.def"
};

/* ------------------------------------------------------------------------------------------------ configurations */

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t random_state;
static inline uint64_t random_bits(void) {
  uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static inline double random_between(double low, double high) {
  return low + (high - low) * ((double)(random_bits() >> 11) * 0x1p-53);
}
static inline int random_below(int n) { return (int)(random_bits() % (uint64_t)n); }

typedef struct {
  double position[3], rotation[9], size[3];
  const test_hull *hull; /* of a mesh; the height field is collide_test_field */
} geom;
typedef struct {
  geom geoms[2];
  double margin;
} configuration;

enum attitude { ANY_ATTITUDE, NEARLY_ALIGNED, ALIGNED };
static const char *const attitude_names[] = {"any", "nearly aligned", "aligned"};

static inline void random_rotation(enum attitude attitude, double rotation[9]) {
  double q[4];
  if (attitude == ANY_ATTITUDE) {
    for (int i = 0; i < 4; i++) {
      q[i] = random_between(-1, 1);
      q[i] += random_between(-1, 1);
      q[i] += random_between(-1, 1);
    }
  } else { /* one of the quarter turns, perhaps tilted a little */
    double tilt = attitude == NEARLY_ALIGNED ? 0.03 : 0;
    for (int i = 0; i < 4; i++) q[i] = tilt * random_between(-1, 1);
    int main_axis = random_below(4);
    q[main_axis] += 1;
    if (random_below(2)) q[(main_axis + 1 + random_below(3)) % 4] += 1;
  }
  mju_normalize4(q);
  mju_quat2Mat(rotation, q);
}

static inline double round_to_float(double x) { return (double)(float)x; }

/* Returns the largest distance of a geom's surface from its centre, m. */
static inline double reach(int type, const double size[3]) {
  switch (type) {
  case mjGEOM_PLANE: return 0;
  case mjGEOM_SPHERE: return size[0];
  case mjGEOM_CAPSULE: return size[0] + size[1];
  case mjGEOM_CYLINDER: return sqrt(size[0] * size[0] + size[1] * size[1]);
  default: return sqrt(size[0] * size[0] + size[1] * size[1] + size[2] * size[2]);
  }
}

/* The hulls of meshes in random configurations. */
static int hulls_drawn[2] = {HULL_ROCK_16, HULL_BOX};

static inline configuration random_configuration(int kind, enum attitude attitude) {
  configuration c = {0};
  int types[2] = {kinds[kind].type1, kinds[kind].type2};
  double offset[3], length;
  for (int g = 0; g < 2; g++) {
    for (int i = 0; i < 3; i++) c.geoms[g].size[i] = round_to_float(random_between(0.05, 0.5));
    random_rotation(g ? attitude : attitude == ALIGNED ? ALIGNED : ANY_ATTITUDE, c.geoms[g].rotation);
    for (int i = 0; i < 3; i++) c.geoms[g].position[i] = random_between(-0.5, 0.5);
    if (types[g] != mjGEOM_MESH) continue;
    c.geoms[g].hull = test_hull_of(hulls_drawn[g]);
    for (int i = 0; i < 3; i++) c.geoms[g].size[i] = c.geoms[g].hull->hull.reach;
  }
  if (attitude != ANY_ATTITUDE) { /* the second relative to the first */
    double relative[9];
    memcpy(relative, c.geoms[1].rotation, sizeof relative);
    mju_mulMatMat(c.geoms[1].rotation, c.geoms[0].rotation, relative, 3, 3, 3);
  }
  do {
    for (int i = 0; i < 3; i++) offset[i] = random_between(-1, 1);
    length = mju_norm3(offset);
  } while (length < 0.05 || length > 1);
  double farthest = reach(types[0], c.geoms[0].size) + reach(types[1], c.geoms[1].size);
  double apart = random_between(0, 1.1) * farthest / length;
  if (types[0] == mjGEOM_PLANE) { /* height counts, not distance */
    mju_copy3(offset, (double[3]){c.geoms[0].rotation[2], c.geoms[0].rotation[5], c.geoms[0].rotation[8]});
    apart = random_between(-0.3, 1.2) * farthest;
  }
  mju_addScl3(c.geoms[1].position, c.geoms[0].position, offset, apart);
  if (types[0] == mjGEOM_HFIELD) { /* anywhere over the grid, within reach of the surface */
    double local[3] = {random_between(-0.9, 0.9), random_between(-0.7, 0.7), random_between(-0.2, 0.8)};
    mju_mulMatVec(offset, c.geoms[0].rotation, local, 3, 3);
    apart = 1;
  }
  const double margins[3] = {0, 0.02, 0.1};
  c.margin = round_to_float(margins[random_below(3)]);
  for (int g = 0; g < 2; g++)
    for (int i = 0; i < 3; i++) c.geoms[g].position[i] = round_to_float(c.geoms[g].position[i]);
  return c;
}

static inline void write_pair(const configuration *c, double *numbers) {
  for (int g = 0; g < 2; g++, numbers += COLLIDE_GEOM_NUMBERS) {
    memcpy(numbers, c->geoms[g].position, 3 * sizeof(double));
    memcpy(numbers + 3, c->geoms[g].rotation, 9 * sizeof(double));
    memcpy(numbers + 12, c->geoms[g].size, 3 * sizeof(double));
  }
  numbers[0] = c->margin;
  numbers[1] = 1;
}

static inline void print_configuration(const configuration *c) {
  for (int g = 0; g < 2; g++) {
    const geom *x = c->geoms + g;
    double q[4];
    mju_mat2Quat(q, x->rotation);
    print_message("    size %.9g %.9g %.9g position %.9g %.9g %.9g quaternion %.9g %.9g %.9g %.9g\n", x->size[0],
                  x->size[1], x->size[2], x->position[0], x->position[1], x->position[2], q[0], q[1], q[2], q[3]);
  }
  print_message("    margin %g\n", c->margin);
}

/* -------------------------------------------------------------------------------------------- surfaces of shapes */

/* Returns the signed distance of a point from a capsule's or a box's surface, m. */
static inline double surface_distance(int type, const geom *g, const double point[3]) {
  double d[3], p[3];
  mju_sub3(d, point, g->position);
  mju_mulMatTVec(p, g->rotation, d, 3, 3);
  if (type == mjGEOM_CAPSULE) {
    p[2] -= fmax(-g->size[1], fmin(g->size[1], p[2]));
    return mju_norm3(p) - g->size[0];
  }
  double outside = 0, inside = -INFINITY;
  for (int i = 0; i < 3; i++) {
    double beyond = fabs(p[i]) - g->size[i];
    if (beyond > 0) outside += beyond * beyond;
    inside = fmax(inside, beyond);
  }
  return outside > 0 ? sqrt(outside) : inside;
}

static inline void column(const double matrix[9], int i, double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = matrix[3 * k + i];
}

/* Returns the least signed distance of the capsule's axis from the box, m, with an error below AXIS_ACCURACY. */
static const double AXIS_ACCURACY = 0.003;
static inline double axis_distance(const configuration *c) {
  double least = INFINITY, axis[3], point[3];
  column(c->geoms[0].rotation, 2, axis);
  for (int i = 0; i <= 200; i++) {
    mju_addScl3(point, c->geoms[0].position, axis, c->geoms[0].size[1] * (i / 100.0 - 1));
    least = fmin(least, surface_distance(mjGEOM_BOX, c->geoms + 1, point));
  }
  return least;
}

#endif
