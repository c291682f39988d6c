/* Scenes for the tests of meshes, and rays in double precision as the reference. */
#ifndef TESTS_RASTER_MESH_SCENE_H
#define TESTS_RASTER_MESH_SCENE_H

#include "tests/render/mesh_shapes.h"

enum { WIDTH = 90, HEIGHT = 70, PIXELS = WIDTH * HEIGHT }; /* two tiles by two, the last ones partial */
static const float identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};

static float azimuths[2 * WIDTH], elevations[2 * HEIGHT];

static inline myr_view make_view(int projection, double focal) {
  myr_view v = {.width = WIDTH,
                .height = HEIGHT,
                .projection = projection,
                .samples = 1,
                .focal = {(float)focal, (float)(focal * 1.1)},
                .center = {44.3f, 36.1f},
                .near_limit = 1e-4f,
                .far_limit = 1e5f,
                .azimuth = azimuths,
                .elevation = elevations};
  memcpy(v.rotation, identity, sizeof identity);
  for (int i = 0; i < WIDTH; i++) {
    double a = 3.14 - 6.28 * i / (WIDTH - 1);
    azimuths[2 * i] = (float)cos(a), azimuths[2 * i + 1] = (float)sin(a);
  }
  for (int i = 0; i < HEIGHT; i++) {
    double e = 1.5 - 3.0 * i / (HEIGHT - 1);
    elevations[2 * i] = (float)cos(e), elevations[2 * i + 1] = (float)sin(e);
  }
  return v;
}

static inline myr_drawable make_drawable(const float position[3], const float rotation[9]) {
  myr_drawable d = {.shape = MYR_SHAPE_MESH, .instance = 1};
  memcpy(d.position, position, sizeof d.position);
  memcpy(d.rotation, rotation, sizeof d.rotation);
  return d;
}

static inline myr_mesh build(const shape *s) {
  myr_mesh mesh;
  myr_error error = {0};
  mesh_source source = shape_source(s);
  if (mesh_build(&source, &mesh, &error) != MYR_OK) fail_msg("%s", error.message);
  return mesh;
}

static inline double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
static inline void cross(const double a[3], const double b[3], double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

/* Returns the multiple of `ray` at which the ray enters a triangle from its outside, or infinity. margin: the smallest
 * barycentric coordinate of that point; -1 if the ray sees the triangle's back. */
static inline double ray_enters(const double origin[3], const double ray[3], const double p[3][3], double *margin) {
  double e1[3], e2[3], n[3], to[3], q[3];
  for (int k = 0; k < 3; k++) e1[k] = p[1][k] - p[0][k], e2[k] = p[2][k] - p[0][k], to[k] = origin[k] - p[0][k];
  cross(e1, e2, n);
  double facing = dot(n, ray);
  *margin = -1;
  if (!(facing < 0)) return INFINITY;
  cross(to, ray, q);
  double u = -dot(e2, q) / facing, v = dot(e1, q) / facing, t = -dot(n, to) / facing;
  *margin = fmin(fmin(u, v), 1 - u - v);
  return *margin >= 0 && t > 0 ? t : INFINITY;
}

static inline void triangle_points(const myr_mesh *mesh, int t, double p[3][3]) {
  for (int k = 0; k < 3; k++) {
    int v = mesh->triangle_vertices[t] + (mesh->triangle[t] >> (8 * k) & 255);
    p[k][0] = mesh->x[v], p[k][1] = mesh->y[v], p[k][2] = mesh->z[v];
  }
}
static inline void level_triangles(const myr_mesh *mesh, int level, int *first, int *end) {
  const myr_mesh_level *l = mesh->levels + level;
  const myr_cluster *c = mesh->clusters + l->cluster_start;
  *first = c->triangle_start;
  *end = c[l->cluster_count - 1].triangle_start + c[l->cluster_count - 1].triangle_count;
}

#endif
