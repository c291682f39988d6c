/* Tests kernels/raster/raster_mesh_ray.h: its shadows against rays in double precision, its fragments against
 * interpolation by hand, and its vector widths against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lane_widths.h"
#include "raster_mesh_ray_lanes.h"
#include "raster_mesh_scene.h"

static uint64_t state = 20240918u;

static void shadows_are_those_of_the_rays(void **unused) {
  (void)unused;
  enum { RAYS = 4096 };
  shape s = shape_torus(24, 0.4, 0.1);
  myr_mesh mesh = build(&s);
  static float rays[7 * RAYS];
  static uint8_t shadowed[RAYS];
  for (int level = 0; level < mesh.level_count; level++) {
    int first, end, wrong = 0, hits = 0;
    level_triangles(&mesh, level, &first, &end);
    for (int i = 0; i < RAYS; i++) {
      for (int k = 0; k < 6; k++) rays[7 * i + k] = (float)random_between(&state, -1.5, 1.5);
      if (i % 8 == 0) rays[7 * i + 3 + i / 8 % 3] = 0; /* along a plane of the boxes */
      rays[7 * i + 6] = (float)random_between(&state, 0, 3);
    }
    raster_mesh_ray_lanes_1.shadow(&mesh, level, RAYS, rays, shadowed);
    for (int i = 0; i < RAYS; i++) {
      const float *r = rays + 7 * i;
      const double origin[3] = {r[0], r[1], r[2]}, direction[3] = {r[3], r[4], r[5]};
      int wanted = 0, close = 0;
      for (int t = first; t < end; t++) {
        double p[3][3], margin;
        triangle_points(&mesh, t, p);
        double at = ray_enters(origin, direction, (const double(*)[3])p, &margin);
        if (at < r[6]) wanted = 1;
        if (isfinite(at) && (margin < 1e-5 || fabs(at - r[6]) < 1e-5)) close = 1;
      }
      hits += wanted;
      if (!close) wrong += shadowed[i] != wanted;
    }
    assert_int_equal(wrong, 0);
    assert_in_range(hits, RAYS / 20, RAYS);
  }
  mesh_free(&mesh);
  shape_free(&s);
}

/* A surface casts no shadow on its own lit side, and no light enters a closed body, not even between two triangles. */
static void shadows_have_no_acne_and_no_leaks(void **unused) {
  (void)unused;
  enum { RAYS = 4096 };
  shape s = shape_ball(12);
  myr_mesh mesh = build(&s);
  static float rays[7 * RAYS];
  static uint8_t shadowed[RAYS];
  int first, end, acne = 0;
  level_triangles(&mesh, 0, &first, &end);
  for (int i = 0; i < RAYS; i++) { /* from points of the surface outwards, at any angle */
    double p[3][3], n[3], e1[3], e2[3], w[3], sum = 0;
    triangle_points(&mesh, first + (int)(random_bits(&state) % (uint64_t)(end - first)), p);
    for (int k = 0; k < 3; k++) e1[k] = p[1][k] - p[0][k], e2[k] = p[2][k] - p[0][k];
    cross(e1, e2, n);
    for (int k = 0; k < 3; k++) w[k] = random_between(&state, 0, 1), sum += w[k];
    double direction[3];
    for (int k = 0; k < 3; k++) {
      rays[7 * i + k] = (float)((w[0] * p[0][k] + w[1] * p[1][k] + w[2] * p[2][k]) / sum);
      direction[k] = random_between(&state, -1, 1);
    }
    double up = dot(direction, n) < 0 ? -1 : 1;
    for (int k = 0; k < 3; k++) rays[7 * i + 3 + k] = (float)(up * direction[k] + n[k] * 3); /* n is short */
    rays[7 * i + 6] = 100;
  }
  raster_mesh_ray_lanes_1.shadow(&mesh, 0, RAYS, rays, shadowed);
  for (int i = 0; i < RAYS; i++) acne += shadowed[i];
  assert_int_equal(acne, 0);
  for (int i = 0; i < RAYS; i++) { /* from outside through vertices, edges and faces to the middle */
    double p[3][3];
    triangle_points(&mesh, first + (int)(random_bits(&state) % (uint64_t)(end - first)), p);
    double w = i % 3 == 0 ? 0 : random_between(&state, 0, 1), x = i % 3 == 2 ? random_between(&state, 0, 1 - w) : 0;
    for (int k = 0; k < 3; k++) {
      rays[7 * i + k] = (float)(3 * (p[0][k] * (1 - w - x) + p[1][k] * w + p[2][k] * x));
      rays[7 * i + 3 + k] = -rays[7 * i + k];
    }
    rays[7 * i + 6] = 1;
  }
  raster_mesh_ray_lanes_1.shadow(&mesh, 0, RAYS, rays, shadowed);
  for (int i = 0; i < RAYS; i++) assert_int_equal(shadowed[i], 1);
  mesh_free(&mesh);
  shape_free(&s);
}

static void fragments_interpolate(void **unused) {
  (void)unused;
  const float points[12] = {0, 0, 0, 2, 0, 0, 0, 2, 0, 2, 2, 0}, uv[8] = {0, 0, 3, 0, 0, 3, 3, 3};
  const float normals[12] = {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1};
  const int32_t triangles[6] = {0, 1, 2, 1, 3, 2};
  mesh_source source = {.positions = points,
                        .normals = normals,
                        .uv = uv,
                        .triangles = triangles,
                        .vertex_count = 4,
                        .normal_count = 4,
                        .uv_count = 4,
                        .triangle_count = 2};
  myr_mesh mesh;
  assert_int_equal(mesh_build(&source, &mesh, NULL), MYR_OK);
  int which[16] = {0}, first = 0;
  double p[3][3];
  for (int t = 0; t < 2; t++) { /* the builder may have sorted them */
    triangle_points(&mesh, t, p);
    for (int k = 0; k < 3; k++)
      if (p[k][0] == 0 && p[k][1] == 0) first = t;
  }
  float at[48], result[96];
  for (int i = 0; i < 16; i++) {
    which[i] = first;
    at[3 * i] = 0.1f * (float)i, at[3 * i + 1] = 0.02f * (float)i, at[3 * i + 2] = 0;
  }
  raster_mesh_ray_lanes_1.fragment(&mesh, 16, which, at, result);
  for (int i = 0; i < 16; i++) {
    const float *r = result + 6 * i;
    double b = at[3 * i] / 2, c = at[3 * i + 1] / 2, a = 1 - b - c, length = sqrt(a * a + b * b + c * c);
    const double wanted[6] = {b / length, c / length, a / length, 1.5 * at[3 * i], 1.5 * at[3 * i + 1], 1.5};
    for (int k = 0; k < 6; k++) assert_true(fabs(r[k] - wanted[k]) < 1e-6);
  }
  mesh_free(&mesh);
}

static void assert_width_agrees(const raster_mesh_ray_lanes *lanes, int width) {
  enum { RAYS = 2048 };
  static float rays[7 * RAYS], result[2][6 * RAYS];
  static int32_t which[RAYS];
  static uint8_t shadowed[2][RAYS];
  shape s = shape_torus(40, 0.4, 0.1);
  myr_mesh mesh = build(&s);
  for (int level = 0; level < mesh.level_count; level++) {
    for (int i = 0; i < RAYS; i++) {
      which[i] = (int)(random_bits(&state) % (uint64_t)mesh.triangle_count);
      for (int k = 0; k < 7; k++) rays[7 * i + k] = (float)random_between(&state, -1.5, 1.5);
    }
    raster_mesh_ray_lanes_1.shadow(&mesh, level, RAYS, rays, shadowed[0]);
    lanes->shadow(&mesh, level, RAYS, rays, shadowed[1]);
    raster_mesh_ray_lanes_1.fragment(&mesh, RAYS, which, rays, result[0]);
    lanes->fragment(&mesh, RAYS, which, rays, result[1]);
    if (memcmp(shadowed[0], shadowed[1], sizeof shadowed[0])) fail_msg("level %d: %d lanes' shadows", level, width);
    if (memcmp(result[0], result[1], sizeof result[0])) fail_msg("level %d: %d lanes' fragments", level, width);
  }
  mesh_free(&mesh);
  shape_free(&s);
}

static void widths_agree(void **unused) {
  (void)unused;
#define USE(width) assert_width_agrees(&raster_mesh_ray_lanes_##width, width)
  FOR_EACH_WIDTH(USE);
#undef USE
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shadows_are_those_of_the_rays),
      cmocka_unit_test(shadows_have_no_acne_and_no_leaks),
      cmocka_unit_test(fragments_interpolate),
      cmocka_unit_test(widths_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
