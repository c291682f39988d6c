/* Tests kernels/raster/raster_mesh.h: its coverage against hand-written tables, 128-bit integers and topology, its
 * depth against rays in double precision, and its vector widths against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/effort.h"
#include "lane_widths.h"
#include "raster_mesh_lanes.h"
#include "raster_mesh_scene.h"

static int32_t pixel_middle[2] = {128, 128};
static uint64_t state = 20240917u;

/* Turns the surface around, so that it is seen from its other side. */
static void turn_inside_out(shape *s) {
  for (int i = 0; i < s->triangle_count; i++) {
    int32_t *t = s->triangles + 3 * i, swap = t[1];
    t[1] = t[2];
    t[2] = swap;
  }
}

/* ------------------------------------------------------------------------------------------------ the fill rule */

/* Makes an 8 x 8 view that shows the point (u, v, 1) at (8 u, 8 v) px from a corner. */
static myr_view table_view(void) {
  myr_view v = make_view(MYR_PINHOLE, 8);
  v.width = v.height = 8;
  v.focal[0] = v.focal[1] = 8;
  v.center[0] = v.center[1] = 0;
  return v;
}

/* Makes a fan of triangles 0, i, i + 1 of points in px, counter-clockwise as seen (y grows downwards). */
static shape fan(int count, const double (*px)[2]) {
  shape s = shape_room(count, count - 2);
  for (int i = 0; i < count; i++) shape_point(&s, px[i][0] / 8, px[i][1] / 8, 1);
  for (int i = 1; i + 1 < count; i++) shape_triangle(&s, 0, i, i + 1);
  return s;
}

static void assert_table(int count, const double (*px)[2], const char *const rows[8]) {
  shape s = fan(count, px);
  myr_mesh mesh = build(&s);
  myr_drawable d = make_drawable((float[3]){0, 0, 0}, identity);
  myr_view view = table_view();
  int32_t covers[64];
  raster_mesh_lanes_1.count(&mesh, &d, &view, 0, covers);
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++)
      if (covers[8 * y + x] != (rows[y][x] == '#'))
        fail_msg("pixel %d %d is covered %d times, table says '%c'", x, y, covers[8 * y + x], rows[y][x]);
  mesh_free(&mesh);
  shape_free(&s);
}

static void fill_rule_tables(void **unused) {
  (void)unused;
  /* All edges pass through pixel centres: those on the left and top edges are covered, on the right and bottom not. */
  const double square[4][2] = {{1.5, 1.5}, {1.5, 4.5}, {4.5, 4.5}, {4.5, 1.5}};
  assert_table(4, square,
               (const char *const[8]){"........", ".###....", ".###....", ".###....", "........", "........",
                                      "........", "........"});
  /* The diagonal passes through centres: it is a left edge of this half ... */
  const double right_half[3][2] = {{1.5, 1.5}, {4.5, 4.5}, {4.5, 1.5}};
  assert_table(3, right_half,
               (const char *const[8]){"........", ".###....", "..##....", "...#....", "........", "........",
                                      "........", "........"});
  /* ... and a right edge of this half. */
  const double left_half[3][2] = {{1.5, 1.5}, {1.5, 4.5}, {4.5, 4.5}};
  assert_table(3, left_half,
               (const char *const[8]){"........", "........", ".#......", ".##.....", "........", "........",
                                      "........", "........"});
  /* Four corners lie at centres: only the left one is covered, because it lies only on left edges. */
  const double diamond[4][2] = {{4.5, 1.5}, {1.5, 4.5}, {4.5, 7.5}, {7.5, 4.5}};
  assert_table(4, diamond,
               (const char *const[8]){"........", "........", "...##...", "..####..", ".######.", "..####..",
                                      "...##...", "........"});
  /* A triangle between centres covers no pixel. */
  const double sliver[3][2] = {{2.6, 2.6}, {2.6, 5.4}, {3.4, 4.0}};
  assert_table(3, sliver,
               (const char *const[8]){"........", "........", "........", "........", "........", "........",
                                      "........", "........"});
  /* A clockwise triangle shows its back. */
  const double back[3][2] = {{1.5, 1.5}, {6.5, 1.5}, {1.5, 6.5}};
  assert_table(3, back,
               (const char *const[8]){"........", "........", "........", "........", "........", "........",
                                      "........", "........"});
}

/* In a fan around a point, with a random rim, every inner pixel belongs to exactly one triangle, even if edges or the
 * point lie on pixel centres. */
static void fans_cover_once(void **unused) {
  (void)unused;
  for (int round = 0; round < effort(300); round++) {
    enum { SPOKES = 11 };
    shape s = shape_room(SPOKES + 1, SPOKES);
    double scale = round % 3 ? 1 : 40; /* spokes that end beyond the guard band */
    double cx = floor(random_between(&state, 10, 80)) + 0.5, cy = floor(random_between(&state, 10, 60)) + 0.5;
    shape_point(&s, (cx - 44.3) / 80, (cy - 36.1) / 88, 1);
    for (int i = 0; i < SPOKES; i++) {
      double a = -6.283185307179586 * i / SPOKES, r = scale * floor(random_between(&state, 400, 600));
      double px = cx + floor(r * cos(a)), py = cy + floor(r * sin(a));
      shape_point(&s, (px - 44.3) / 80, (py - 36.1) / 88, 1);
    }
    for (int i = 0; i < SPOKES; i++) shape_triangle(&s, 0, 1 + i, 1 + (i + 1) % SPOKES);
    myr_mesh mesh = build(&s);
    myr_drawable d = make_drawable((float[3]){0, 0, 0}, identity);
    myr_view view = make_view(MYR_PINHOLE, 80);
    static int32_t covers[PIXELS];
    raster_mesh_lanes_1.count(&mesh, &d, &view, 0, covers);
    for (int i = 0; i < PIXELS; i++)
      if (covers[i] != 1) fail_msg("round %d: pixel %d %d is covered %d times", round, i % WIDTH, i / WIDTH, covers[i]);
    mesh_free(&mesh);
    shape_free(&s);
  }
}

/* ------------------------------------------------------------------------------------------------ exactness */

typedef __int128 exact;
static exact exact_edge(const int32_t a[3], const int32_t b[3], const exact p[3], int *positive) {
  exact n[3];
  for (int k = 0; k < 3; k++) n[k] = (exact)b[(k + 1) % 3] * a[(k + 2) % 3] - (exact)b[(k + 2) % 3] * a[(k + 1) % 3];
  exact value = n[0] * p[0] + n[1] * p[1] + n[2] * p[2];
  exact first = n[0] ? n[0] : n[1] ? n[1] : n[2];
  *positive = value > 0 || (value == 0 && first > 0);
  return value;
}

/* Counts by the definition which pixels a level covers: by three edge functions and the determinant of snapped numbers,
 * without any culling. */
static void exact_count(const myr_mesh *mesh, const myr_view *view, const int32_t *pixels, int32_t *covers) {
  memset(covers, 0, PIXELS * sizeof *covers);
  for (int t = 0; t < mesh->levels[0].cluster_start + mesh->triangle_count; t++) {
    const myr_cluster *last = &mesh->clusters[mesh->levels[0].cluster_count - 1];
    if (t >= last->triangle_start + last->triangle_count) break;
    float points[16 * 3] = {0};
    int32_t snapped[16 * 3];
    for (int k = 0; k < 3; k++) {
      int v = mesh->triangle_vertices[t] + (mesh->triangle[t] >> (8 * k) & 255);
      points[3 * k] = mesh->x[v], points[3 * k + 1] = mesh->y[v], points[3 * k + 2] = mesh->z[v];
    }
    raster_mesh_lanes_1.snap(view, 16, points, snapped);
    const int32_t *a = snapped, *b = snapped + 3, *c = snapped + 6;
    const exact third[3] = {c[0], c[1], c[2]};
    int inside[3];
    if (exact_edge(a, b, third, inside) <= 0) continue;
    for (int i = 0; i < PIXELS; i++) {
      exact p[3] = {256 * (i % WIDTH) + 128, 256 * (i / WIDTH) + 128, 256};
      if (view->projection != MYR_PINHOLE)
        for (int k = 0; k < 3; k++) p[k] = pixels[3 * i + k];
      exact_edge(a, b, p, &inside[0]);
      exact_edge(b, c, p, &inside[1]);
      exact_edge(c, a, p, &inside[2]);
      covers[i] += inside[0] && inside[1] && inside[2];
    }
  }
}

/* Triangles of all sizes, around and behind the camera, given in its frame. The drawable's pose is the identity, so
 * that the test knows the exact numbers that are snapped. */
static void coverage_is_exact(void **unused) {
  (void)unused;
  const int projections[3] = {MYR_PINHOLE, MYR_FISHEYE, MYR_BEAMS};
  for (int round = 0; round < effort(60); round++) {
    enum { COUNT = 40 };
    shape s = shape_room(3 * COUNT, COUNT);
    for (int i = 0; i < COUNT; i++) {
      double size = pow(10, random_between(&state, -3, i % 4 ? 2 : 5)), middle[3];
      for (int k = 0; k < 3; k++) middle[k] = random_between(&state, -3, 3);
      if (i & 1) middle[2] = fabs(middle[2]) + 1; /* mostly before the camera */
      double deep = size, turn = random_between(&state, 0, 6);
      if (i % 8 == 4) middle[2] = 1, deep = fmin(size, 0.5); /* some lie around the image, all corners far beside it */
      for (int v = 0; v < 3; v++) {
        double x = random_between(&state, -size, size), y = random_between(&state, -size, size);
        if (i % 8 == 4) x = size * cos(turn - 2.1 * v), y = size * sin(turn - 2.1 * v);
        shape_point(&s, middle[0] + x, middle[1] + y, middle[2] + random_between(&state, -deep, deep));
      }
      shape_triangle(&s, 3 * i, 3 * i + 1, 3 * i + 2);
    }
    myr_mesh mesh = build(&s);
    myr_drawable d = make_drawable((float[3]){0, 0, 0}, identity);
    myr_view view = make_view(projections[round % 3], round % 3 == 1 ? 20 : 70);
    static int32_t covers[PIXELS], wanted[PIXELS], pixels[3 * PIXELS];
    if (round % 3) raster_mesh_lanes_1.pixels(&view, pixels);
    exact_count(&mesh, &view, pixels, wanted);
    raster_mesh_lanes_1.count(&mesh, &d, &view, 0, covers);
    for (int i = 0; i < PIXELS; i++)
      if (covers[i] != wanted[i])
        fail_msg("round %d: pixel %d %d is covered %d times, exactly %d", round, i % WIDTH, i / WIDTH, covers[i],
                 wanted[i]);
    mesh_free(&mesh);
    shape_free(&s);
  }
}

/* ------------------------------------------------------------------------------------------------ closed surfaces */

/* Asserts that every ray into a closed surface leaves it again: each pixel has as many fronts as backs seen from
 * outside, and one front less seen from inside. Adds up the pixels with one front, and with more. */
static void assert_closed(shape *s, const myr_drawable *d, const myr_view *view, int inside, int fronts_seen[2],
                          const char *what) {
  static int32_t fronts[PIXELS], backs[PIXELS];
  myr_mesh mesh = build(s);
  raster_mesh_lanes_1.count(&mesh, d, view, 0, fronts);
  mesh_free(&mesh);
  turn_inside_out(s);
  mesh = build(s);
  raster_mesh_lanes_1.count(&mesh, d, view, 0, backs);
  mesh_free(&mesh);
  for (int i = 0; i < PIXELS; i++) {
    if (fronts[i] - backs[i] != -inside)
      fail_msg("%s: pixel %d %d has %d fronts and %d backs", what, i % WIDTH, i / WIDTH, fronts[i], backs[i]);
    fronts_seen[0] += fronts[i] == 1;
    fronts_seen[1] += fronts[i] > 1;
  }
}

static void closed_surfaces_have_no_cracks(void **unused) {
  (void)unused;
  const int projections[4] = {MYR_PINHOLE, MYR_PINHOLE, MYR_FISHEYE, MYR_BEAMS};
  int convex_fronts[2] = {0, 0}, other_fronts[2] = {0, 0};
  for (int round = 0; round < 32 * effort(5); round++) {
    int kind = round / 4 % 4, projection = projections[round % 4];
    shape s = kind == 0   ? shape_ball(8)
              : kind == 1 ? shape_box(1 + round % 5)
              : kind == 2 ? shape_torus(16, 0.4, 0.05)
                          : shape_ball(6);
    if (kind == 3) shape_crumple(&s, 0.5, &state);
    double scale = pow(10, random_between(&state, -3, 3)); /* from grains to hills */
    for (int i = 0; i < 3 * s.point_count; i++) s.points[i] *= (float)scale;
    /* From 1.8 radii on, the camera is outside, but parts of the surface may still lie beside and behind it. */
    double distance = scale * (round % 3 ? random_between(&state, 1.8, 2.2) : random_between(&state, 3, 300));
    int inside = kind != 2 && round % 5 == 0; /* in the middle of a torus one is outside */
    if (round % 5 == 0) distance = 0.01 * scale;
    float place[3], rotation[9], length = 0;
    for (int k = 0; k < 3; k++) place[k] = (float)random_between(&state, -1, 1), length += place[k] * place[k];
    if (place[2] < 0) place[2] = -place[2];
    for (int k = 0; k < 3; k++) place[k] *= (float)(distance / sqrt(length));
    random_rotation(&state, rotation);
    myr_drawable d = make_drawable(place, rotation);
    myr_view view = make_view(projection, projection == MYR_FISHEYE ? 20 : random_between(&state, 30, 300));
    char what[96];
    snprintf(what, sizeof what, "round %d, kind %d, projection %d", round, kind, projection);
    assert_closed(&s, &d, &view, inside, kind < 2 && distance < 3 * scale ? convex_fronts : other_fronts, what);
    shape_free(&s);
  }
  /* A convex body has one front. At its outline, snapping may fold a triangle over by less than a subpixel. */
  assert_true(convex_fronts[0] > effort(10000) && other_fronts[1] > effort(1000));
  if (convex_fronts[1] * 10000 > convex_fronts[0])
    fail_msg("of convex bodies %d pixels have one front, %d more", convex_fronts[0], convex_fronts[1]);
}

/* ------------------------------------------------------------------------------------------------ depth */

static void view_ray_of_pixel(const myr_view *v, int x, int y, double ray[3]) {
  double px = (x + 0.5 - v->center[0]) / v->focal[0], py = (y + 0.5 - v->center[1]) / v->focal[1];
  if (v->projection == MYR_PINHOLE) {
    ray[0] = px, ray[1] = py, ray[2] = 1;
  } else if (v->projection == MYR_FISHEYE) {
    double r = sqrt(px * px + py * py), s = r > 0 ? sin(r) / r : 1;
    ray[0] = px * s, ray[1] = py * s, ray[2] = cos(r);
  } else {
    double ca = v->azimuth[2 * x], sa = v->azimuth[2 * x + 1], ce = v->elevation[2 * y], se = v->elevation[2 * y + 1];
    ray[0] = -sa * ce, ray[1] = -se, ray[2] = ca * ce;
  }
}

typedef struct nearest_triangle {
  double distance, margin; /* margin: of ray_enters */
  int drawable, triangle;  /* -1: the ray enters none */
} nearest_triangle;

/* Casts a ray from the eye at the triangles first .. end - 1 of both drawables, in double precision. */
static nearest_triangle cast_at_both(const myr_drawable d[2], const myr_mesh *mesh, int first, int end,
                                     const double ray[3]) {
  nearest_triangle nearest = {.distance = INFINITY, .margin = 1, .drawable = -1, .triangle = -1};
  for (int i = 0; i < 2; i++) {
    double origin[3], local[3], p[3][3], margin;
    for (int k = 0; k < 3; k++) {
      origin[k] = local[k] = 0;
      for (int j = 0; j < 3; j++) {
        origin[k] -= d[i].rotation[3 * j + k] * (double)d[i].position[j];
        local[k] += d[i].rotation[3 * j + k] * ray[j];
      }
    }
    for (int t = first; t < end; t++) {
      triangle_points(mesh, t, p);
      double at = ray_enters(origin, local, (const double(*)[3])p, &margin);
      if (at < nearest.distance) nearest = (nearest_triangle){at, margin, i, t};
    }
  }
  return nearest;
}

/* Compares two crumpled balls, one behind the other, with rays against every triangle in double precision. If a ray
 * passes near an edge, snapping may decide differently. */
static void depth_is_that_of_the_ray(void **unused) {
  (void)unused;
  const int projections[3] = {MYR_PINHOLE, MYR_FISHEYE, MYR_BEAMS};
  for (int round = 0; round < 12; round++) {
    shape s = shape_ball(10);
    shape_crumple(&s, 0.4, &state);
    myr_mesh mesh = build(&s);
    myr_drawable d[2];
    for (int i = 0; i < 2; i++) {
      float rotation[9];
      random_rotation(&state, rotation);
      d[i] = make_drawable((float[3]){0.3f * (float)i, 0.2f, 2.5f + 1.5f * (float)i}, rotation);
    }
    myr_view view = make_view(projections[round % 3], round % 3 == 0 ? 70 : 40);
    /* so near that the finest level is drawn */
    for (int i = 0; i < 2; i++)
      while (raster_mesh_lanes_1.level(&view, &d[i], &mesh) > 0) mesh.level_count--;
    const myr_frame frame = {.drawables = d, .meshes = &mesh, .drawable_count = 2};
    static float depth[PIXELS];
    static int32_t drawable[PIXELS], triangle[PIXELS], covered[PIXELS];
    raster_mesh_lanes_1.draw(&frame, &view, pixel_middle, depth, drawable, triangle, covered);
    int first, end, compared = 0, seen = 0;
    level_triangles(&mesh, 0, &first, &end);
    for (int pixel = 0; pixel < PIXELS; pixel++) {
      double ray[3];
      view_ray_of_pixel(&view, pixel % WIDTH, pixel / WIDTH, ray);
      const nearest_triangle nearest = cast_at_both(d, &mesh, first, end, ray);
      seen += drawable[pixel] >= 0;
      if (nearest.drawable < 0 || nearest.margin < 0.02) continue;
      compared++;
      if (drawable[pixel] != nearest.drawable || triangle[pixel] != nearest.triangle)
        fail_msg("round %d: pixel %d %d sees %d %d, the ray %d %d", round, pixel % WIDTH, pixel / WIDTH,
                 drawable[pixel], triangle[pixel], nearest.drawable, nearest.triangle);
      if (!(fabs(depth[pixel] - nearest.distance) <= 2e-5 * nearest.distance))
        fail_msg("round %d: pixel %d %d has depth %.9g, the ray %.9g", round, pixel % WIDTH, pixel / WIDTH,
                 depth[pixel], nearest.distance);
    }
    if (compared < 100 || compared < seen * 3 / 4) fail_msg("round %d: %d of %d compared", round, compared, seen);
    mesh_free(&mesh);
    shape_free(&s);
  }
}

/* Snapping may cover pixels of a triangle seen nearly edge-on at which its plane is far before or behind the
 * triangle. */
static void edge_on_stays_within_its_vertices(void **unused) {
  (void)unused;
  int seen = 0;
  for (int round = 0; round < 400; round++) {
    shape s = shape_room(3, 1);
    double turn = random_between(&state, 0, 3), middle[2] = {random_between(&state, -0.3, 0.3), 0};
    for (int i = 0; i < 3; i++) { /* all nearly on one plane through the eye */
      double along = random_between(&state, -0.5, 0.5), z = random_between(&state, 1, 10);
      shape_point(&s, z * (middle[0] + along * cos(turn) + random_between(&state, -1e-3, 1e-3)),
                  z * (middle[1] + along * sin(turn)), z);
    }
    shape_triangle(&s, 0, 1, 2);
    myr_mesh mesh = build(&s);
    myr_drawable d = make_drawable((float[3]){0, 0, 0}, identity);
    myr_view view = make_view(MYR_PINHOLE, 60);
    const myr_frame frame = {.drawables = &d, .meshes = &mesh, .drawable_count = 1};
    static float depth[PIXELS];
    static int32_t drawable[PIXELS], triangle[PIXELS], covered[PIXELS];
    raster_mesh_lanes_1.draw(&frame, &view, pixel_middle, depth, drawable, triangle, covered);
    float low = fminf(s.points[2], fminf(s.points[5], s.points[8]));
    float high = fmaxf(s.points[2], fmaxf(s.points[5], s.points[8]));
    for (int i = 0; i < PIXELS; i++) {
      if (drawable[i] < 0) continue;
      seen++;
      assert_true(depth[i] >= low && depth[i] <= high);
    }
    mesh_free(&mesh);
    shape_free(&s);
  }
  assert_true(seen > 50);
}

/* At equal depths the higher drawable is seen, and in a mesh the lower triangle. Surfaces beyond near and far are left
 * out. */
static void ties_and_limits(void **unused) {
  (void)unused;
  const double square[4][2] = {{0, 0}, {0, 8}, {8, 8}, {8, 0}};
  shape one = fan(4, square), twice = shape_room(4, 4);
  for (int i = 0; i < 4; i++) shape_point(&twice, square[i][0] / 8, square[i][1] / 8, 1);
  for (int i = 0; i < 2; i++) {
    shape_triangle(&twice, 0, 1, 2);
    shape_triangle(&twice, 0, 2, 3);
  }
  myr_mesh meshes[2] = {build(&one), build(&twice)};
  myr_view view = table_view();
  float depth[64];
  int32_t drawable[64], triangle[64], covered[64];
  myr_drawable d[3];
  for (int i = 0; i < 3; i++) d[i] = make_drawable((float[3]){0, 0, 0}, identity), d[i].mesh = i == 1;
  myr_frame frame = {.drawables = d, .meshes = meshes, .drawable_count = 3};
  raster_mesh_lanes_1.draw(&frame, &view, pixel_middle, depth, drawable, triangle, covered);
  for (int i = 0; i < 64; i++) {
    assert_int_equal(drawable[i], 2);
    assert_int_equal(covered[i], 3);
    assert_true(depth[i] == 1);
  }
  frame.drawables = d + 1;
  frame.drawable_count = 2;
  raster_mesh_lanes_1.draw(&frame, &view, pixel_middle, depth, drawable, triangle, covered);
  int lowest[64];
  for (int i = 0; i < 64; i++) {
    lowest[i] = 4;
    double p[3][3], margin, ray[3];
    view_ray_of_pixel(&view, i % 8, i / 8, ray);
    for (int t = 3; t >= 0; t--) {
      triangle_points(&meshes[1], t, p);
      double away = ray_enters((double[3]){0, 0, 0}, ray, (const double(*)[3])p, &margin);
      if (isfinite(away) && margin > 1e-6) lowest[i] = t;
    }
    if (i % 8 != i / 8) assert_int_equal(triangle[i], lowest[i]); /* the diagonal is an edge */
  }
  const struct {
    float near, far;
    int seen;
  } limits[] = {{1, 2, 1}, {0.5f, 1, 1}, {1.001f, 2, 0}, {0.5f, 0.999f, 0}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    view.near_limit = limits[i].near, view.far_limit = limits[i].far;
    frame.drawable_count = 1;
    raster_mesh_lanes_1.draw(&frame, &view, pixel_middle, depth, drawable, triangle, covered);
    for (int k = 0; k < 64; k++) {
      assert_int_equal(drawable[k], limits[i].seen ? 0 : -1);
      assert_int_equal(covered[k], limits[i].seen);
      if (!limits[i].seen) assert_true(depth[k] == view.far_limit);
    }
  }
  for (int i = 0; i < 2; i++) mesh_free(&meshes[i]);
  shape_free(&one);
  shape_free(&twice);
}

/* ------------------------------------------------------------------------------------------------ levels */

/* The coarsest level whose error is at most half a pixel is drawn. */
static void levels_follow_the_distance(void **unused) {
  (void)unused;
  shape s = shape_torus(64, 0.4, 0.02);
  myr_mesh mesh = build(&s);
  assert_true(mesh.level_count >= 5);
  myr_view view = make_view(MYR_PINHOLE, 80);
  int before = 0;
  for (double distance = 1.5; distance < 3000; distance *= 1.1) {
    myr_drawable d = make_drawable((float[3]){0, 0, (float)distance}, identity);
    int level = raster_mesh_lanes_1.level(&view, &d, &mesh);
    double scale = 88 / fmax(distance - mesh.bound_radius, view.near_limit);
    assert_true(level >= before);
    assert_true(mesh.levels[level].error * scale <= 0.5 * 1.001);
    if (level + 1 < mesh.level_count) assert_true(mesh.levels[level + 1].error * scale > 0.5 * 0.999);
    before = level;
  }
  assert_int_equal(before, mesh.level_count - 1);
  mesh_free(&mesh);
  shape_free(&s);
}

/* ------------------------------------------------------------------------------------------------ widths */

static void assert_width_agrees(const raster_mesh_lanes *lanes, int width) {
  static float depth[2][PIXELS];
  static int32_t drawable[2][PIXELS], triangle[2][PIXELS], covered[2][PIXELS];
  uint64_t seed = 7;
  for (int round = 0; round < effort(24); round++) {
    shape s = round % 2 ? shape_torus(40, 0.4, 0.1) : shape_ball(12);
    if (round % 4 == 0) shape_crumple(&s, 0.5, &seed);
    myr_mesh mesh = build(&s);
    myr_drawable d[4];
    for (int i = 0; i < 4; i++) {
      float rotation[9], place[3];
      random_rotation(&seed, rotation);
      for (int k = 0; k < 3; k++) place[k] = (float)random_between(&seed, -2, 2);
      d[i] = make_drawable(place, rotation);
    }
    myr_view view = make_view(round % 3, round % 3 == MYR_FISHEYE ? 20 : 60);
    int beams = round % 3 == MYR_BEAMS;
    int32_t sample[2] = {beams ? 128 : 37 * round % 256, beams ? 128 : 91 * round % 256};
    const myr_frame frame = {.drawables = d, .meshes = &mesh, .drawable_count = 4};
    for (int i = 0; i < 4; i++)
      assert_int_equal(raster_mesh_lanes_1.level(&view, &d[i], &mesh), lanes->level(&view, &d[i], &mesh));
    raster_mesh_lanes_1.draw(&frame, &view, sample, depth[0], drawable[0], triangle[0], covered[0]);
    lanes->draw(&frame, &view, sample, depth[1], drawable[1], triangle[1], covered[1]);
    if (memcmp(depth[0], depth[1], sizeof depth[0]) || memcmp(drawable[0], drawable[1], sizeof drawable[0]) ||
        memcmp(triangle[0], triangle[1], sizeof triangle[0]) || memcmp(covered[0], covered[1], sizeof covered[0]))
      fail_msg("round %d: %d lanes draw other bits than 1", round, width);
    mesh_free(&mesh);
    shape_free(&s);
  }
}

static void widths_agree(void **unused) {
  (void)unused;
#define USE(width) assert_width_agrees(&raster_mesh_lanes_##width, width)
  FOR_EACH_WIDTH(USE);
#undef USE
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fill_rule_tables),
      cmocka_unit_test(fans_cover_once),
      cmocka_unit_test(coverage_is_exact),
      cmocka_unit_test(closed_surfaces_have_no_cracks),
      cmocka_unit_test(depth_is_that_of_the_ray),
      cmocka_unit_test(edge_on_stays_within_its_vertices),
      cmocka_unit_test(ties_and_limits),
      cmocka_unit_test(levels_follow_the_distance),
      cmocka_unit_test(widths_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
