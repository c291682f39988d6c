/* Tests the promises of render/mesh.h about built meshes, for closed, open, creased and textured surfaces, and that
 * wrong meshes are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mesh_shapes.h"

static uint64_t state = 5;

static myr_mesh build_source(const mesh_source *source) {
  myr_mesh mesh;
  myr_error error = {0};
  if (mesh_build(source, &mesh, &error) != MYR_OK) fail_msg("%s", error.message);
  return mesh;
}
static myr_mesh build(const shape *s) {
  mesh_source source = shape_source(s);
  return build_source(&source);
}

static int vertex_of(const myr_mesh *mesh, int t, int k) {
  return mesh->triangle_vertices[t] + (mesh->triangle[t] >> (8 * k) & 255);
}
static void point_of(const myr_mesh *mesh, int t, int k, double p[3]) {
  int v = vertex_of(mesh, t, k);
  p[0] = mesh->x[v], p[1] = mesh->y[v], p[2] = mesh->z[v];
}
static int first_triangle(const myr_mesh *mesh, int level) {
  return mesh->clusters[mesh->levels[level].cluster_start].triangle_start;
}
static int end_triangle(const myr_mesh *mesh, int level) {
  const myr_cluster *c = mesh->clusters + mesh->levels[level].cluster_start + mesh->levels[level].cluster_count - 1;
  return c->triangle_start + c->triangle_count;
}

static double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
static void face_normal(const myr_mesh *mesh, int t, double n[3]) {
  double p[3][3], a[3], b[3];
  for (int k = 0; k < 3; k++) point_of(mesh, t, k, p[k]);
  for (int k = 0; k < 3; k++) a[k] = p[1][k] - p[0][k], b[k] = p[2][k] - p[0][k];
  for (int k = 0; k < 3; k++) n[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

/* ------------------------------------------------------------------------------------------------ layout */

static void assert_node(const myr_mesh *mesh, const myr_mesh_level *level, int node, int *next, int depth) {
  const myr_mesh_node *n = mesh->nodes + node;
  assert_in_range(node, level->node_start, level->node_start + level->node_count - 1);
  assert_true(depth < 64);
  if (n->count == 0) {
    for (int child = n->first; child <= n->first + 1; child++)
      for (int k = 0; k < 3; k++)
        assert_true(mesh->nodes[child].low[k] >= n->low[k] && mesh->nodes[child].high[k] <= n->high[k]);
    assert_node(mesh, level, n->first, next, depth + 1);
    assert_node(mesh, level, n->first + 1, next, depth + 1);
    return;
  }
  assert_int_equal(n->first, *next); /* leaves hold each triangle once, in order */
  assert_in_range(n->count, 1, 4);
  *next += n->count;
  for (int t = n->first; t < *next; t++)
    for (int k = 0; k < 3; k++) {
      double p[3];
      point_of(mesh, t, k, p);
      for (int i = 0; i < 3; i++) assert_true(p[i] >= n->low[i] && p[i] <= n->high[i]);
    }
}

/* Asserts that a cone leaves out a cluster rightly: no triangle of the cluster shows its front to points that are on or
 * beyond the cone's boundary. */
static void assert_cone(const myr_mesh *mesh, const myr_cluster *c) {
  if (c->cone_cutoff >= 2) return;
  for (int round = 0; round < 20; round++) {
    double eye[3], to[3], along = 0, length = 0, distance = c->radius * pow(10, random_between(&state, 0, 2));
    for (int k = 0; k < 3; k++) eye[k] = c->center[k] + random_between(&state, -distance, distance);
    for (int k = 0; k < 3; k++) {
      to[k] = c->center[k] - eye[k];
      along += to[k] * c->cone_axis[k];
      length += to[k] * to[k];
    }
    if (along < c->cone_cutoff * sqrt(length) + c->radius) continue;
    for (int t = c->triangle_start; t < c->triangle_start + c->triangle_count; t++) {
      double n[3], p[3];
      face_normal(mesh, t, n);
      point_of(mesh, t, 0, p);
      for (int k = 0; k < 3; k++) to[k] = eye[k] - p[k];
      assert_true(dot(n, to) <= 0);
    }
  }
}

static void assert_layout(const myr_mesh *mesh) {
  int clusters = 0, nodes = 0, triangles = 0;
  for (int i = 0; i < mesh->level_count; i++) {
    const myr_mesh_level *l = mesh->levels + i;
    assert_int_equal(l->cluster_start, clusters);
    assert_int_equal(l->node_start, nodes);
    int next = triangles;
    for (int j = clusters; j < clusters + l->cluster_count; j++) {
      const myr_cluster *c = mesh->clusters + j;
      assert_int_equal(c->triangle_start, triangles);
      assert_int_equal(c->vertex_start % 16, 0);
      assert_in_range(c->vertex_count, 3, MYR_CLUSTER_VERTICES);
      assert_in_range(c->triangle_count, 1, MYR_CLUSTER_TRIANGLES);
      assert_true(c->vertex_start + c->vertex_count <= mesh->vertex_count);
      for (int t = triangles; t < triangles + c->triangle_count; t++)
        for (int k = 0; k < 3; k++) {
          double p[3], square = 0, whole = 0;
          assert_int_equal(mesh->triangle_vertices[t], c->vertex_start);
          assert_true((mesh->triangle[t] >> (8 * k) & 255) < c->vertex_count);
          point_of(mesh, t, k, p);
          for (int m = 0; m < 3; m++) {
            square += (p[m] - c->center[m]) * (p[m] - c->center[m]);
            whole += (p[m] - mesh->bound_center[m]) * (p[m] - mesh->bound_center[m]);
          }
          assert_true(sqrt(square) <= c->radius && sqrt(whole) <= mesh->bound_radius);
          const float *n = mesh->normal + 3 * vertex_of(mesh, t, k);
          assert_true(fabs(sqrt((double)n[0] * n[0] + (double)n[1] * n[1] + (double)n[2] * n[2]) - 1) < 1e-6);
        }
      assert_cone(mesh, c);
      triangles += c->triangle_count;
    }
    assert_node(mesh, l, l->node_start, &next, 0);
    assert_int_equal(next, triangles);
    clusters += l->cluster_count;
    nodes += l->node_count;
    if (i > 0) assert_true(l->error >= l[-1].error);
  }
  assert_true(mesh->levels[0].error == 0);
  assert_int_equal(clusters, mesh->cluster_count);
  assert_int_equal(nodes, mesh->node_count);
  assert_int_equal(triangles, mesh->triangle_count);
}

/* ------------------------------------------------------------------------------------------------ topology */

typedef struct side {
  float from[3], to[3];
} side;
static int by_bytes(const void *a, const void *b) { return memcmp(a, b, sizeof(side)); }

/* Returns the number of sides of a level that have no opposite side or more than one; 0 if the level is closed. */
static int open_sides(const myr_mesh *mesh, int level) {
  int first = first_triangle(mesh, level), count = 3 * (end_triangle(mesh, level) - first), open = 0;
  side *sides = calloc((size_t)count, sizeof *sides);
  for (int i = 0; i < count; i++) {
    double from[3], to[3];
    point_of(mesh, first + i / 3, i % 3, from);
    point_of(mesh, first + i / 3, (i + 1) % 3, to);
    for (int k = 0; k < 3; k++) sides[i].from[k] = (float)from[k], sides[i].to[k] = (float)to[k];
  }
  qsort(sides, (size_t)count, sizeof *sides, by_bytes);
  for (int i = 0; i < count; i++) {
    side opposite;
    memcpy(opposite.from, sides[i].to, sizeof opposite.from);
    memcpy(opposite.to, sides[i].from, sizeof opposite.to);
    int twice = i > 0 && memcmp(&sides[i], &sides[i - 1], sizeof opposite) == 0;
    open += twice || !bsearch(&opposite, sides, (size_t)count, sizeof *sides, by_bytes);
  }
  free(sides);
  return open;
}

/* ------------------------------------------------------------------------------------------------ distance */

static double distance_to_segment(const double p[3], const double a[3], const double b[3]) {
  double ab[3], ap[3], rest[3];
  for (int k = 0; k < 3; k++) ab[k] = b[k] - a[k], ap[k] = p[k] - a[k];
  double t = fmin(fmax(dot(ab, ap) / dot(ab, ab), 0), 1);
  for (int k = 0; k < 3; k++) rest[k] = ap[k] - t * ab[k];
  return sqrt(dot(rest, rest));
}
/* Returns the distance to the three sides or, if the foot of the perpendicular lies inside the triangle, to the
 * plane. */
static double distance_to_triangle(const double p[3], const myr_mesh *mesh, int t) {
  double c[3][3], n[3], best = INFINITY, above[3] = {0, 0, 0};
  int inside = 1;
  face_normal(mesh, t, n);
  for (int k = 0; k < 3; k++) point_of(mesh, t, k, c[k]);
  for (int k = 0; k < 3; k++) {
    const double *a = c[k], *b = c[(k + 1) % 3];
    best = fmin(best, distance_to_segment(p, a, b));
    double ab[3], ap[3], turn[3];
    for (int i = 0; i < 3; i++) ab[i] = b[i] - a[i], ap[i] = p[i] - a[i];
    for (int i = 0; i < 3; i++) turn[i] = ab[(i + 1) % 3] * ap[(i + 2) % 3] - ab[(i + 2) % 3] * ap[(i + 1) % 3];
    inside = inside && dot(turn, n) > 0;
    if (k == 0) memcpy(above, ap, sizeof above);
  }
  return inside ? fabs(dot(above, n)) / sqrt(dot(n, n)) : best;
}
static double distance_to_level(const double p[3], const myr_mesh *mesh, int level) {
  double nearest = INFINITY;
  for (int t = first_triangle(mesh, level); t < end_triangle(mesh, level); t++)
    nearest = fmin(nearest, distance_to_triangle(p, mesh, t));
  return nearest;
}
static void random_point(const myr_mesh *mesh, int level, double p[3]) {
  int first = first_triangle(mesh, level), count = end_triangle(mesh, level) - first;
  int t = first + (int)(random_bits(&state) % (uint64_t)count);
  double u = random_between(&state, 0, 1), v = random_between(&state, 0, 1 - u), c[3][3];
  for (int k = 0; k < 3; k++) point_of(mesh, t, k, c[k]);
  for (int k = 0; k < 3; k++) p[k] = c[0][k] * (1 - u - v) + c[1][k] * u + c[2][k] * v;
}

/* Asserts that the stated error holds from either surface to the other, and is not much larger than the largest
 * distance that random points find. */
static void assert_errors(const myr_mesh *mesh, double looseness) {
  for (int level = 1; level < mesh->level_count; level++) {
    double farthest = 0;
    for (int i = 0; i < 400; i++) {
      double p[3];
      random_point(mesh, i & 1 ? 0 : level, p);
      double distance = distance_to_level(p, mesh, i & 1 ? level : 0);
      farthest = fmax(farthest, distance);
      if (!(distance <= mesh->levels[level].error * 1.0001 + 1e-6))
        fail_msg("level %d: %g m apart, error %g", level, distance, mesh->levels[level].error);
    }
    if (mesh->levels[level].error > looseness * farthest + 1e-3)
      fail_msg("level %d: error %g, but only %g was found", level, mesh->levels[level].error, farthest);
  }
}

/* ------------------------------------------------------------------------------------------------ tests */

static void closed_levels(void **unused) {
  (void)unused;
  for (int round = 0; round < 6; round++) {
    shape s = round == 0   ? shape_torus(48, 0.4, 0.03)
              : round == 1 ? shape_ball(20)
              : round == 2 ? shape_box(16)
              : round == 3 ? shape_ball(24)
                           : shape_torus(40, round == 4 ? 0.2 : 0.02, 0);
    if (round == 3) shape_crumple(&s, 0.5, &state);
    myr_mesh mesh = build(&s);
    assert_layout(&mesh);
    assert_true(mesh.level_count >= 4);
    assert_int_equal(end_triangle(&mesh, 0), s.triangle_count);
    for (int level = 0; level < mesh.level_count; level++) {
      int count = end_triangle(&mesh, level) - first_triangle(&mesh, level);
      assert_int_equal(open_sides(&mesh, level), 0);
      if (level > 0) {
        int before = end_triangle(&mesh, level - 1) - first_triangle(&mesh, level - 1);
        assert_in_range(count, before * 2 / 5, before / 2 + 1);
      }
    }
    assert_errors(&mesh, 4);
    mesh_free(&mesh);
    shape_free(&s);
  }
}

/* A box of many small squares has flat sides, so every level, also the coarsest, is a box. */
static void flat_stays_flat(void **unused) {
  (void)unused;
  shape s = shape_box(24);
  myr_mesh mesh = build(&s);
  int last = mesh.level_count - 1;
  assert_true(end_triangle(&mesh, last) - first_triangle(&mesh, last) < 128);
  assert_true(mesh.levels[last].error < 1e-3);
  for (int t = 0; t < mesh.triangle_count; t++)
    for (int k = 0; k < 3; k++) { /* creases: normals are the sides' own, on every level */
      const float *n = mesh.normal + 3 * vertex_of(&mesh, t, k);
      double f[3];
      face_normal(&mesh, t, f);
      double length = sqrt(dot(f, f));
      for (int i = 0; i < 3; i++) assert_true(fabs(n[i] - f[i] / length) < 1e-6);
    }
  mesh_free(&mesh);
  shape_free(&s);
}

static void smooth_normals(void **unused) {
  (void)unused;
  shape s = shape_ball(16);
  myr_mesh mesh = build(&s);
  for (int t = 0; t < mesh.triangle_count; t++)
    for (int k = 0; k < 3; k++) {
      double p[3];
      point_of(&mesh, t, k, p);
      const float *n = mesh.normal + 3 * vertex_of(&mesh, t, k);
      assert_true(n[0] * p[0] + n[1] * p[1] + n[2] * p[2] > 0.999); /* of a ball: the direction */
    }
  mesh_free(&mesh);
  shape_free(&s);
}

/* In a square sheet whose texture has a seam, seams and borders stay where they are. */
static void borders_and_seams_stay(void **unused) {
  (void)unused;
  enum { SIDE = 32, POINTS = (SIDE + 1) * (SIDE + 1) };
  shape s = shape_room(POINTS, 2 * SIDE * SIDE);
  static float uv[4 * POINTS];
  static int32_t uv_index[6 * SIDE * SIDE];
  for (int i = 0; i <= SIDE; i++)
    for (int j = 0; j <= SIDE; j++) {
      int point = shape_point(&s, i, j, 0);
      for (int part = 0; part < 2; part++) { /* right of the middle the texture is 100 farther */
        uv[2 * (part * POINTS + point)] = (float)(i + 100 * part);
        uv[2 * (part * POINTS + point) + 1] = (float)j;
      }
    }
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      int a = i * (SIDE + 1) + j;
      shape_triangle(&s, a, a + SIDE + 1, a + SIDE + 2);
      shape_triangle(&s, a, a + SIDE + 2, a + 1);
      for (int k = 6 * (i * SIDE + j); k < 6 * (i * SIDE + j) + 6; k++)
        uv_index[k] = s.triangles[k] + (i >= SIDE / 2 ? POINTS : 0);
    }
  mesh_source source = shape_source(&s);
  source.uv = uv, source.uv_index = uv_index, source.uv_count = 2 * POINTS;
  myr_mesh mesh = build_source(&source);
  assert_layout(&mesh);
  assert_true(mesh.level_count >= 4);
  for (int level = 0; level < mesh.level_count; level++) {
    double area = 0;
    for (int t = first_triangle(&mesh, level); t < end_triangle(&mesh, level); t++) {
      double n[3];
      face_normal(&mesh, t, n);
      area += n[2] / 2;
      int right = mesh.uv[2 * vertex_of(&mesh, t, 0)] > 50;
      for (int k = 0; k < 3; k++) {
        double p[3];
        point_of(&mesh, t, k, p);
        const float *at = mesh.uv + 2 * vertex_of(&mesh, t, k);
        assert_true(at[0] == p[0] + 100 * right && at[1] == p[1]); /* all of one part, at its own place */
        assert_true(right ? p[0] >= SIDE / 2 : p[0] <= SIDE / 2);
      }
    }
    assert_true(fabs(area - SIDE * SIDE) < 1e-9);
  }
  mesh_free(&mesh);
  shape_free(&s);
}

/* All points of a wavy ribbon, one square wide, lie on its border. The border stays one line without a pinch. */
static void ribbons_stay_whole(void **unused) {
  (void)unused;
  enum { LENGTH = 300 };
  shape s = shape_room(2 * LENGTH, 2 * LENGTH);
  for (int i = 0; i < LENGTH; i++)
    for (int j = 0; j < 2; j++) shape_point(&s, 0.1 * i, 0.2 * sin(0.3 * i) + 0.02 * j, 0.1 * cos(0.17 * i));
  for (int i = 0; i + 1 < LENGTH; i++) {
    shape_triangle(&s, 2 * i, 2 * i + 2, 2 * i + 3);
    shape_triangle(&s, 2 * i, 2 * i + 3, 2 * i + 1);
  }
  myr_mesh mesh = build(&s);
  assert_layout(&mesh);
  assert_true(mesh.level_count >= 3);
  for (int level = 0; level < mesh.level_count; level++) /* a strip of n triangles has n + 2 sides at its border */
    assert_int_equal(open_sides(&mesh, level), end_triangle(&mesh, level) - first_triangle(&mesh, level) + 2);
  mesh_free(&mesh);
  shape_free(&s);
}

static void equal_sources_give_equal_meshes(void **unused) {
  (void)unused;
  shape s = shape_torus(40, 0.4, 0.05);
  myr_mesh a = build(&s), b = build(&s);
  assert_int_equal(a.triangle_count, b.triangle_count);
  assert_int_equal(a.vertex_count, b.vertex_count);
  assert_memory_equal(a.x, b.x, (size_t)a.vertex_count * sizeof *a.x);
  assert_memory_equal(a.normal, b.normal, 3 * (size_t)a.vertex_count * sizeof *a.normal);
  assert_memory_equal(a.triangle, b.triangle, (size_t)a.triangle_count * sizeof *a.triangle);
  assert_memory_equal(a.levels, b.levels, (size_t)a.level_count * sizeof *a.levels);
  assert_memory_equal(a.nodes, b.nodes, (size_t)a.node_count * sizeof *a.nodes);
  mesh_free(&a);
  mesh_free(&b);
  shape_free(&s);
}

/* Triangles that form no proper surface: three sheets at one edge, a point that two bodies share, a triangle twice,
 * needles. */
static void strange_surfaces(void **unused) {
  (void)unused;
  for (int round = 0; round < 40; round++) {
    enum { POINTS = 60, TRIANGLES = 400 };
    shape s = shape_room(POINTS, TRIANGLES);
    int places = 2 + round / 10; /* few places: many triangles share sides, many have no area */
    for (int i = 0; i < POINTS; i++) {
      double place[3];
      for (int k = 2; k >= 0; k--) place[k] = floor(random_between(&state, 0, places));
      shape_point(&s, place[0], place[1], place[2]);
    }
    for (int i = 0; i < TRIANGLES; i++) {
      int corner[3];
      for (int k = 2; k >= 0; k--) corner[k] = (int)(random_bits(&state) % POINTS);
      shape_triangle(&s, corner[0], corner[1], corner[2]);
    }
    myr_mesh mesh = build(&s);
    assert_layout(&mesh);
    mesh_free(&mesh);
    shape_free(&s);
  }
}

static void assert_refused(const mesh_source *source, const char *message) {
  myr_mesh mesh;
  myr_error error = {0};
  assert_int_equal(mesh_build(source, &mesh, &error), MYR_INVALID);
  if (!strstr(error.message, message)) fail_msg("\"%s\" does not say \"%s\"", error.message, message);
  assert_null(mesh.x);
  mesh_free(&mesh);
}

static void bad_input_is_refused(void **unused) {
  (void)unused;
  const float points[9] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
  float bad[9];
  const int32_t triangle[3] = {0, 1, 2}, beyond[3] = {0, 1, 3}, negative[3] = {0, -1, 2}, twice[3] = {0, 1, 1};
  const mesh_source good = {.positions = points, .triangles = triangle, .vertex_count = 3, .triangle_count = 1};
  myr_mesh mesh = build_source(&good);
  assert_int_equal(mesh.triangle_count, 1);
  mesh_free(&mesh);
  mesh_source s = good;
  s.triangle_count = 0;
  assert_refused(&s, "no triangles");
  s = good, s.triangles = beyond;
  assert_refused(&s, "triangle 0 names vertex 3, but there are 3");
  s = good, s.triangles = negative;
  assert_refused(&s, "vertex -1");
  s = good, s.triangles = twice;
  assert_refused(&s, "no triangle of the mesh has three different corners");
  for (int k = 0; k < 2; k++) {
    memcpy(bad, points, sizeof bad);
    bad[4] = k ? NAN : INFINITY;
    s = good, s.positions = bad;
    assert_refused(&s, "not finite");
    s = good, s.normals = bad, s.normal_count = 3;
    assert_refused(&s, "not finite");
    s = good, s.uv = bad, s.uv_count = 3;
    assert_refused(&s, "not finite");
  }
  s = good, s.normals = points, s.normal_count = 2;
  assert_refused(&s, "normal 2, but there are 2");
  s = good, s.uv = points, s.uv_count = 3, s.uv_index = beyond;
  assert_refused(&s, "texture coordinate 3");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(closed_levels),      cmocka_unit_test(flat_stays_flat),
      cmocka_unit_test(smooth_normals),     cmocka_unit_test(borders_and_seams_stay),
      cmocka_unit_test(ribbons_stay_whole), cmocka_unit_test(equal_sources_give_equal_meshes),
      cmocka_unit_test(strange_surfaces),   cmocka_unit_test(bad_input_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
