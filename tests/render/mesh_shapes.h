/* Triangle meshes for tests, and a source of random numbers. */
#ifndef TESTS_MESH_SHAPES_H
#define TESTS_MESH_SHAPES_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/mesh.h"

/* A plain 64-bit mixer (splitmix64, Steele, Lea and Flood 2014). */
static inline uint64_t random_bits(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static inline double random_between(uint64_t *state, double low, double high) {
  return low + (high - low) * ((double)(random_bits(state) >> 11) * 0x1p-53);
}

typedef struct shape {
  float *points;      /* (point_count, 3) */
  int32_t *triangles; /* (triangle_count, 3) counter-clockwise from outside */
  int point_count, triangle_count;
} shape;

static inline shape shape_room(int points, int triangles) {
  shape s = {calloc((size_t)points * 3, sizeof(float)), calloc((size_t)triangles * 3, sizeof(int32_t)), 0, 0};
  if (!s.points || !s.triangles) abort();
  return s;
}
static inline void shape_free(shape *s) {
  free(s->points);
  free(s->triangles);
}
static inline int shape_point(shape *s, double x, double y, double z) {
  float *p = s->points + 3 * s->point_count;
  p[0] = (float)x, p[1] = (float)y, p[2] = (float)z;
  return s->point_count++;
}
static inline void shape_triangle(shape *s, int a, int b, int c) {
  int32_t *t = s->triangles + 3 * s->triangle_count++;
  t[0] = a, t[1] = b, t[2] = c;
}
static inline mesh_source shape_source(const shape *s) {
  return (mesh_source){.positions = s->points,
                       .triangles = s->triangles,
                       .vertex_count = s->point_count,
                       .triangle_count = s->triangle_count};
}

/* A box of half extents 1 with n x n squares on each side. The sides share no points, because the builder welds
 * them. */
static inline shape shape_box(int n) {
  shape s = shape_room(6 * (n + 1) * (n + 1), 12 * n * n);
  for (int side = 0; side < 6; side++) {
    int axis = side / 2, u = (axis + 1) % 3, v = (axis + 2) % 3, first = s.point_count;
    double sign = side & 1 ? 1 : -1;
    for (int i = 0; i <= n; i++)
      for (int j = 0; j <= n; j++) {
        double p[3];
        p[axis] = sign, p[u] = sign * (2.0 * i / n - 1), p[v] = 2.0 * j / n - 1;
        shape_point(&s, p[0], p[1], p[2]);
      }
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        int a = first + i * (n + 1) + j, b = a + n + 1;
        shape_triangle(&s, a, b, b + 1);
        shape_triangle(&s, a, b + 1, a + 1);
      }
  }
  return s;
}

/* Returns the height of p above the plane of the triangle a b c, times twice the triangle's area. */
static inline double shape_above(const shape *s, int a, int b, int c, int p) {
  double e[3][3];
  const int ends[3] = {b, c, p};
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) e[i][k] = (double)s->points[3 * ends[i] + k] - s->points[3 * a + k];
  return (e[0][1] * e[1][2] - e[0][2] * e[1][1]) * e[2][0] + (e[0][2] * e[1][0] - e[0][0] * e[1][2]) * e[2][1] +
         (e[0][0] * e[1][1] - e[0][1] * e[1][0]) * e[2][2];
}

/* A convex ball of radius 1, made of a box with n x n squares on each side. All points lie on the sphere but for
 * rounding, and each square is divided along the outer one of its diagonals. */
static inline shape shape_ball(int n) {
  shape s = shape_box(n);
  for (int i = 0; i < s.point_count; i++) {
    float *p = s.points + 3 * i;
    double length = sqrt((double)p[0] * p[0] + (double)p[1] * p[1] + (double)p[2] * p[2]);
    for (int k = 0; k < 3; k++) p[k] = (float)(p[k] / length);
  }
  for (int i = 0; i < s.triangle_count; i += 2) {
    int32_t *t = s.triangles + 3 * i, a = t[0], b = t[1], c = t[2], d = t[5];
    if (shape_above(&s, a, b, c, d) <= 0) continue;
    t[2] = d;
    t[3] = b, t[4] = c;
  }
  return s;
}

/* Changes the radii by up to `bump`, by a smooth function of the direction, so that points at one place stay
 * together. */
static inline void shape_crumple(shape *s, double bump, uint64_t *state) {
  double wave[4][4];
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 4; k++) wave[i][k] = random_between(state, -6, 6);
  for (int i = 0; i < s->point_count; i++) {
    float *p = s->points + 3 * i;
    double scale = 1;
    for (int w = 0; w < 4; w++)
      scale += bump / 4 * sin(wave[w][0] * p[0] + wave[w][1] * p[1] + wave[w][2] * p[2] + wave[w][3]);
    for (int k = 0; k < 3; k++) p[k] = (float)(p[k] * scale);
  }
}

/* A torus about z with radii 1 and `tube`, of n x n squares. */
static inline shape shape_torus(int n, double tube, double bump) {
  const double turn = 6.283185307179586;
  shape s = shape_room(n * n, 2 * n * n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double a = turn * i / n, b = turn * j / n, r = tube + bump * sin(5 * a) * sin(3 * b);
      shape_point(&s, (1 + r * cos(b)) * cos(a), (1 + r * cos(b)) * sin(a), r * sin(b));
    }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      int a = i * n + j, b = (i + 1) % n * n + j, c = (i + 1) % n * n + (j + 1) % n, d = i * n + (j + 1) % n;
      shape_triangle(&s, a, b, c);
      shape_triangle(&s, a, c, d);
    }
  return s;
}

/* Draws a random rotation, row major: a quaternion of four numbers, drawn again if it lies outside the unit ball. */
static inline void random_rotation(uint64_t *state, float r[9]) {
  double q[4], n;
  do {
    n = 0;
    for (int k = 0; k < 4; k++) q[k] = random_between(state, -1, 1), n += q[k] * q[k];
  } while (n > 1 || n < 0.01);
  for (int k = 0; k < 4; k++) q[k] /= sqrt(n);
  double w = q[0], x = q[1], y = q[2], z = q[3];
  const double m[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                       2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                       2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
  for (int k = 0; k < 9; k++) r[k] = (float)m[k];
}

#endif
