/* Compares the rasterizer with a reference in double precision, for every shape through every projection, and every
 * vector width with the others bit for bit. test_raster_labels.c tests the labels. */
#include "tests/kernels/raster_scene.h"

#include <stdio.h>

#include "kernels/table.h"

static const int projections[] = {MYR_PINHOLE, MYR_FISHEYE, MYR_BEAMS};
enum { PROJECTIONS = sizeof projections / sizeof *projections };

/* ------------------------------------------------------------------------------------------------ widths */
static void check_widths(const scenery *s, const myr_view *view, unsigned wanted) {
  static const int widths[] = {4, 8, 16};
  const myr_raster *plain, *raster;
  myr_error error;
  assert_int_equal(myr_raster_find(1, &plain, &error), MYR_OK);
  assert_int_equal(plain->lanes, 1);
  picture expected = picture_create(view, wanted);
  draw_with(plain, s, view, &expected);
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    if (myr_raster_find(widths[i], &raster, &error) != MYR_OK) continue;
    assert_int_equal(raster->lanes, widths[i]);
    picture p = picture_create(view, wanted);
    draw_with(raster, s, view, &p);
    assert_memory_equal(p.memory, expected.memory,
                        p.bytes); /* including the guards and outputs that were not asked for */
    picture_free(&p);
  }
  picture_free(&expected);
}

static void every_width_draws_the_same(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {3, 5}, {65, 63}, {130, 70}, {64, 64}};
  chance c = {1};
  for (int round = 0; round < 12; round++)
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
      for (int i = 0; i < PROJECTIONS; i++) {
        scenery *s = random_scenery(&c, round == 0 ? 150 : 5 * round);
        float rotation[9];
        sight eye;
        random_rotation(&c, rotation);
        look(&eye, projections[i], sizes[size][0], sizes[size][1], rotation, between(&c, 0, 5));
        if (projections[i] != MYR_BEAMS) eye.view.samples = round % 4 == 1 ? 4 : round % 4 == 2 && size < 2 ? 16 : 1;
        eye.view.next_position[0] += 0.1f;
        check_widths(s, &eye.view, EVERYTHING);
        free(s);
      }
}

/* For any set of wanted outputs, their pictures are the same, and the rest of the memory does not change. */
static void outputs_are_independent(void **state) {
  (void)state;
  chance c = {2};
  scenery *s = random_scenery(&c, 30);
  float rotation[9];
  sight eye;
  random_rotation(&c, rotation);
  look(&eye, MYR_PINHOLE, 67, 35, rotation, 4);
  picture all = draw_all(s, &eye.view);
  size_t at = 0;
  for (int output = 0; output < OUTPUTS; output++) {
    size_t bytes = output_bytes(output, 67 * 35), room = output_room(output, 67 * 35);
    picture one = picture_create(&eye.view, 1u << output);
    draw_with(widest_raster(), s, &eye.view, &one);
    for (size_t i = 0; i < one.bytes; i++) {
      int inside = i >= at + GUARD && i < at + GUARD + bytes;
      assert_int_equal(one.memory[i], inside ? all.memory[i] : 0xa5);
    }
    picture_free(&one);
    at += room;
  }
  picture_free(&all);
  free(s);
}

/* The rasterizer fills every output that output.def lists: no pixel keeps the rubbish that was there before. */
static void every_listed_output_is_filled(void **state) {
  (void)state;
  chance c = {2};
  scenery *s = random_scenery(&c, 30);
  float rotation[9];
  sight eye;
  random_rotation(&c, rotation);
  look(&eye, MYR_PINHOLE, 67, 35, rotation, 4);
  picture all = draw_all(s, &eye.view);
  for (int output = 0; output < MYR_OUTPUT_COUNT; output++) {
    const size_t bytes = myr_output_infos[output].pixel_bytes;
    const uint8_t *pixel = myr_outputs_plane(&all.out, output);
    for (int i = 0; i < 67 * 35; i++, pixel += bytes) {
      size_t rubbish = 0;
      for (size_t b = 0; b < bytes; b++) rubbish += pixel[b] == 0xa5;
      if (rubbish == bytes) fail_msg("pixel %d of %s was not filled", i, myr_output_infos[output].name);
    }
  }
  picture_free(&all);
  free(s);
}

static void an_empty_frame_shows_the_background(void **state) {
  (void)state;
  scenery *s = scenery_create();
  s->frame.instance_count = INSTANCES - 1;
  float rotation[9];
  sight eye;
  no_rotation(rotation);
  for (int i = 0; i < PROJECTIONS; i++) {
    look(&eye, projections[i], 9, 7, rotation, 1);
    picture p = draw_all(s, &eye.view);
    for (int k = 0; k < 63; k++) {
      assert_int_equal(p.out.drawable[k], 0);
      assert_true(p.out.depth[k] == 0 && p.out.intensity[k] == 0);
      assert_true(p.out.rgb[3 * k] > 0);
    }
    assert_int_equal(p.out.instances[0].visible, 63);
    picture_free(&p);
    check_widths(s, &eye.view, EVERYTHING);
  }
  free(s);
}

/* ------------------------------------------------------------------------------------------------ the reference */
typedef struct tally {
  int pixels, compared, seen;
  double depth_error, normal_error;
} tally;

/* Compares one pixel with the nearest hit of all walks. Rounding decides pixels close to an outline, and the depth of
 * surfaces that are seen at less than 3 degrees. These are left out, and counted. */
static void check_pixel(const scenery *s, const myr_view *view, const picture *p, int i, int j, tally *t) {
  double ray[3], world[3], eye[3], depth = 1e30, margin = 1e30;
  int winner = -1, at = j * view->width + i, sees = reference_ray(view, i, j, ray);
  for (int k = 0; k < 3; k++) eye[k] = view->position[k];
  turn(view->rotation, ray, world);
  for (int k = 0; sees && k < s->frame.drawable_count; k++) {
    double closest, found = walk(s->drawables + k, eye, world, 200, &closest);
    if (found >= 0 && found >= view->near_limit && found <= view->far_limit) {
      margin = fmin(margin, fabs(found - depth));
      if (found < depth) depth = found, winner = k;
    } else if (found < 0) {
      margin = fmin(margin, closest);
    } else {
      margin = fmin(margin, fmin(fabs(found - view->near_limit), fabs(found - view->far_limit)));
    }
  }
  t->pixels++;
  if (winner >= 0) {
    double point[3], local[3], normal[3], turned[3], camera[3];
    for (int k = 0; k < 3; k++) point[k] = eye[k] + depth * world[k] - s->drawables[winner].position[k];
    turn_back(s->drawables[winner].rotation, point, local);
    surface_gradient(s->drawables + winner, local, normal);
    turn(s->drawables[winner].rotation, normal, turned);
    turn_back(view->rotation, turned, camera);
    double facing = -dot_of(turned, world) / length_of(world), error = 0, edge = 0;
    if (facing < 0.05 || margin < 1e-4) return;
    assert_int_equal(p->out.drawable[at] - 1, winner);
    t->depth_error = fmax(t->depth_error, fabs(p->out.depth[at] - depth) / depth * facing);
    for (int k = 0; k < 3; k++) error = fmax(error, fabs(p->out.normal[3 * at + k] - camera[k]));
    /* on the edge of a box or cylinder the normal of either side is right, because rounding of the depth decides */
    for (int k = 0; k < 3; k++) {
      double beside[3] = {local[0], local[1], local[2]}, there[3];
      for (int sign = -1; sign <= 1; sign += 2) {
        beside[k] = local[k] + sign * 1e-4;
        surface_gradient(s->drawables + winner, beside, there);
        edge = fmax(edge, 1 - dot_of(there, normal));
      }
    }
    if (edge < 0.01) t->normal_error = fmax(t->normal_error, error);
    t->seen++;
  } else {
    if (margin < 1e-4) return;
    assert_int_equal(p->out.drawable[at], 0);
    assert_true(p->out.depth[at] == 0);
  }
  t->compared++;
}

static void check_against_reference(const scenery *s, const myr_view *view, tally *t) {
  picture p = draw_all(s, view);
  for (int j = 0; j < view->height; j++)
    for (int i = 0; i < view->width; i++) check_pixel(s, view, &p, i, j, t);
  picture_free(&p);
}

/* A single shape fills much of the view. The points of its pixels lie on its surface within 1e-5 of the distance. */
static void each_shape_is_exact(void **state) {
  (void)state;
  chance c = {3};
  for (int shape = 0; shape < SHAPES; shape++) {
    tally t = {0};
    for (int round = 0; round < 6; round++)
      for (int i = 0; i < PROJECTIONS; i++) {
        scenery *s = scenery_create();
        /* Drawn before the call, because compilers evaluate arguments in different orders and would draw other
         * scenes. */
        double size[3], place[3];
        for (int k = 2; k >= 0; k--) size[k] = between(&c, 0.1, 0.5);
        for (int k = 2; k >= 0; k--) place[k] = between(&c, -0.1, 0.1);
        add_drawable(s, all_shapes[shape], place[0], place[1], place[2], size[0], size[1], size[2]);
        random_rotation(&c, s->drawables[0].rotation);
        float rotation[9];
        sight eye;
        random_rotation(&c, rotation);
        look(&eye, projections[i], 47, 33, rotation, 1);
        check_against_reference(s, &eye.view, &t);
        free(s);
      }
    assert_true(t.seen > (all_shapes[shape] == MYR_GEOM_PLANE ? 500 : 1500));
    assert_true(t.compared > t.pixels * 0.98);
    assert_true(t.depth_error < 1e-5);
    assert_true(t.normal_error < 1e-4);
  }
}

static void random_scenes_match_the_reference(void **state) {
  (void)state;
  chance c = {4};
  tally t = {0};
  for (int round = 0; round < 6; round++)
    for (int i = 0; i < PROJECTIONS; i++) {
      scenery *s = random_scenery(&c, 24);
      float rotation[9];
      sight eye;
      random_rotation(&c, rotation);
      look(&eye, projections[i], 65, 43, rotation, between(&c, 0, 6)); /* some eyes are inside a shape */
      check_against_reference(s, &eye.view, &t);
      free(s);
    }
  assert_true(t.compared > t.pixels * 0.97);
  assert_true(t.depth_error < 1e-5);
  assert_true(t.normal_error < 2e-3); /* on the ends of thin ellipsoids */
}

/* Beams go all around, to the left or to the right, from any azimuth. A drawable across the seam is seen at both ends
 * of the image. */
static void beams_close_the_circle(void **state) {
  (void)state;
  chance c = {8};
  tally t = {0};
  for (int round = 0; round < 60; round++) {
    scenery *s = scenery_create();
    double at = between(&c, -M_PI, M_PI), size = between(&c, 0.1, 1), turns = between(&c, 0.7, 1);
    add_drawable(s, MYR_GEOM_SPHERE, -2 * sin(at), between(&c, -1, 1), 2 * cos(at), size, 0, 0); /* at this azimuth */
    float rotation[9];
    sight eye;
    no_rotation(rotation); /* the camera's x and z are the world's */
    look(&eye, MYR_BEAMS, 60, 16, rotation, 0);
    for (int i = 0; i < 60; i++) {
      double a = at + (round % 6) * 0.1 + (round % 2 ? 1 : -1) * 2 * M_PI * turns * i / 60;
      eye.azimuth[2 * i] = (float)cos(a), eye.azimuth[2 * i + 1] = (float)sin(a);
    }
    for (int j = 0; j < 16 && round % 3 == 0; j++) { /* elevations may rise as well */
      double e = (j - 7.3) * 0.1;
      eye.elevation[2 * j] = (float)cos(e), eye.elevation[2 * j + 1] = (float)sin(e);
    }
    check_against_reference(s, &eye.view, &t);
    free(s);
  }
  assert_true(t.seen > 1000);
  assert_true(t.compared > t.pixels * 0.97);
  assert_true(t.depth_error < 1e-5);
}

/* A small shape at a hundred times its size keeps an exact surface. */
static void far_objects_are_exact(void **state) {
  (void)state;
  chance c = {5};
  for (int shape = 0; shape < SHAPES - 1; shape++) {
    tally t = {0};
    for (int round = 0; round < 4; round++) {
      scenery *s = scenery_create();
      add_drawable(s, all_shapes[shape], 0, 0, 0, 0.02, 0.2, 0.02); /* thin */
      random_rotation(&c, s->drawables[0].rotation);
      float rotation[9];
      sight eye;
      random_rotation(&c, rotation);
      look(&eye, MYR_PINHOLE, 64, 64, rotation, 20);
      eye.view.focal[0] = eye.view.focal[1] = 64 * 40;
      eye.view.center[0] = eye.view.center[1] = 32;
      check_against_reference(s, &eye.view, &t);
      free(s);
    }
    assert_true(t.seen > 40);
    assert_true(t.depth_error < 1e-5);
  }
}

/* A thin distant rod is a chain of touching pixels without holes. */
static void a_thin_rod_has_no_holes(void **state) {
  (void)state;
  chance c = {6};
  for (int shape = 0; shape < SHAPES - 1; shape++)
    for (int round = 0; round < 20; round++) {
      scenery *s = scenery_create();
      double tilt = between(&c, -0.7, 0.7);
      myr_drawable *d = all_shapes[shape] == MYR_GEOM_CAPSULE || all_shapes[shape] == MYR_GEOM_CYLINDER
                            ? add_drawable(s, all_shapes[shape], 0, 0, 0, 0.01, 1, 0)
                            : add_drawable(s, all_shapes[shape], 0, 0, 0, 0.01, 0.01, 1);
      if (all_shapes[shape] == MYR_GEOM_SPHERE) d->size[0] = d->bound = 1;
      rotation_of_quat((const double[4]){cos(tilt / 2), 0, sin(tilt / 2), 0}, d->rotation);
      float rotation[9];
      sight eye;
      rotation_of_quat((const double[4]){1, -1, 0, 0}, rotation); /* looks along +y, z up in the image */
      look(&eye, MYR_PINHOLE, 96, 96, rotation, 40);
      eye.view.focal[0] = eye.view.focal[1] = 40 * 50; /* the rod is one pixel thick and a hundred long */
      eye.view.center[0] = eye.view.center[1] = 48;
      picture p = draw_all(s, &eye.view);
      int rows = 0;
      double half = 50 * cos(tilt) * (all_shapes[shape] == MYR_GEOM_ELLIPSOID ? 0.5 : 0.9);
      for (int j = 0; j < 96; j++) {
        if (fabs(j + 0.5 - 48) > half) continue;
        int seen = 0;
        for (int i = 0; i < 96; i++) seen += p.out.drawable[j * 96 + i] == 1;
        assert_true(seen > 0 || all_shapes[shape] == MYR_GEOM_ELLIPSOID);
        rows += seen > 0;
      }
      assert_true(rows > 20);
      picture_free(&p);
      free(s);
    }
}

/* ------------------------------------------------------------------------------------------------ limits */
/* A pinhole's depth is z and that of beams the distance: in equal directions z = distance * cosine. */
static void depth_is_z_or_distance(void **state) {
  (void)state;
  chance c = {7};
  scenery *s = random_scenery(&c, 80);
  float rotation[9];
  sight pinhole, other;
  random_rotation(&c, rotation);
  look(&pinhole, MYR_PINHOLE, 1, 1, rotation, 5);
  look(&other, MYR_BEAMS, 1, 1, rotation, 5);
  int compared = 0;
  for (int i = 0; i < 400; i++) {
    double x = between(&c, -0.8, 0.8), y = between(&c, -0.8, 0.8), n = sqrt(1 + x * x + y * y);
    pinhole.view.center[0] = (float)(0.5 - x * pinhole.view.focal[0]);
    pinhole.view.center[1] = (float)(0.5 - y * pinhole.view.focal[1]);
    other.azimuth[0] = (float)(1 / sqrt(1 + x * x)), other.azimuth[1] = (float)(-x / sqrt(1 + x * x));
    other.elevation[0] = (float)(sqrt(1 + x * x) / n), other.elevation[1] = (float)(-y / n);
    picture a = draw_all(s, &pinhole.view), b = draw_all(s, &other.view);
    if (a.out.drawable[0] > 0 && a.out.drawable[0] == b.out.drawable[0]) {
      double facing = fmax(fabs(a.out.normal[0] * x + a.out.normal[1] * y + a.out.normal[2]) / n, 0.01);
      assert_true(fabs(a.out.depth[0] * n - b.out.depth[0]) * facing < 2e-6 * b.out.depth[0]);
      compared++;
    }
    picture_free(&a);
    picture_free(&b);
  }
  assert_true(compared > 100);
  free(s);
}

/* Returns the drawable in the middle of a pinhole's view from the origin along +z of the world, and sets its depth. */
static int middle(const scenery *s, double near, double far, float *depth) {
  float rotation[9];
  sight eye;
  no_rotation(rotation);
  look(&eye, MYR_PINHOLE, 5, 5, rotation, 0);
  eye.view.near_limit = (float)near;
  eye.view.far_limit = (float)far;
  eye.view.center[0] = eye.view.center[1] = 2.5f;
  picture p = draw_all(s, &eye.view);
  int drawable = p.out.drawable[12];
  *depth = p.out.depth[12];
  picture_free(&p);
  return drawable;
}

static void limits_hide(void **state) {
  (void)state;
  scenery *s = scenery_create();
  float depth;
  add_drawable(s, MYR_GEOM_BOX, 0, 0, 2, 0.5, 0.5, 0.5);
  add_drawable(s, MYR_GEOM_SPHERE, 0, 0, 6, 1, 0, 0);
  assert_int_equal(middle(s, 0.1, 10, &depth), 1);
  assert_true(depth == 1.5f);
  assert_int_equal(middle(s, 1.5, 10, &depth), 1); /* a limit is inside */
  assert_int_equal(middle(s, 1.6, 10, &depth), 2); /* not the back of the sphere that the limit cuts */
  assert_true(depth == 5);
  assert_int_equal(middle(s, 1.6, 5, &depth), 2);
  assert_int_equal(middle(s, 1.6, 4.9, &depth), 0);
  assert_true(depth == 0);
  assert_int_equal(middle(s, 0.1, 1.5, &depth), 1);
  free(s);
}

static void an_eye_inside_sees_out(void **state) {
  (void)state;
  for (int shape = 0; shape < SHAPES; shape++) {
    scenery *s = scenery_create();
    float depth;
    myr_drawable *around = add_drawable(s, all_shapes[shape], 0.01, 0.02, 0.03, 1, 1, 1);
    add_drawable(s, MYR_GEOM_SPHERE, 0, 0, 6, 1, 0, 0);
    if (all_shapes[shape] == MYR_GEOM_PLANE) around->position[2] = 0.5f; /* seen from below: not at all */
    assert_int_equal(middle(s, 0.001, 10, &depth), 2);
    assert_true(depth == 5);
    around->position[2] = 3; /* before the sphere it is seen, but a plane still has its back to the eye */
    assert_int_equal(middle(s, 0.001, 10, &depth), all_shapes[shape] == MYR_GEOM_PLANE ? 2 : 1);
    free(s);
  }
}

static void planes_end_where_they_should(void **state) {
  (void)state;
  for (int finite = 0; finite < 4; finite++) { /* which of the two extents are */
    scenery *s = scenery_create();
    add_drawable(s, MYR_GEOM_PLANE, 0, 0, 0, finite & 1 ? 1 : 0, finite & 2 ? 2 : 0, 1);
    float rotation[9];
    sight eye;
    rotation_of_quat((const double[4]){0, 1, 0, 0}, rotation); /* down, image x along the world's */
    look(&eye, MYR_PINHOLE, 80, 80, rotation, 4);
    eye.view.focal[0] = eye.view.focal[1] = 40; /* 10 px are 1 m */
    eye.view.center[0] = eye.view.center[1] = 40;
    picture p = draw_all(s, &eye.view);
    for (int j = 0; j < 80; j++)
      for (int i = 0; i < 80; i++) {
        double x = (i + 0.5 - 40) / 10, y = (j + 0.5 - 40) / 10;
        int inside = (!(finite & 1) || fabs(x) < 1) && (!(finite & 2) || fabs(y) < 2);
        assert_int_equal(p.out.drawable[j * 80 + i], inside);
        assert_true(fabs(p.out.depth[j * 80 + i] - 4 * inside) < 1e-5);
      }
    picture_free(&p);
    free(s);
  }
}

/* If drawables have the same depth, the one with the highest index is seen, on every width. */
static void ties_go_to_the_higher_index(void **state) {
  (void)state;
  for (int shape = 0; shape < SHAPES; shape++) {
    scenery *s = scenery_create();
    for (int i = 0; i < 40; i++) {
      myr_drawable *d = add_drawable(s, all_shapes[shape], 0, 0, -3, 1, 1, 1);
      if (i >= 33) d->position[2] -= 0.5f; /* the last seven are behind: from above all others tie */
    }
    float rotation[9];
    sight eye;
    rotation_of_quat((const double[4]){0, 1, 0, 0}, rotation);
    look(&eye, MYR_PINHOLE, 33, 33, rotation, 0);
    eye.view.samples = 1;
    picture p = draw_all(s, &eye.view);
    int seen = 0;
    for (int i = 0; i < 33 * 33; i++) {
      const int32_t drawable = p.out.drawable[i];
      assert_true(drawable == 0 || drawable == 33 || drawable == 40);
      seen += drawable == 33;
    }
    assert_true(seen > 50);
    picture_free(&p);
    check_widths(s, &eye.view, EVERYTHING);
    free(s);
  }
}

static void unknown_widths_are_refused(void **state) {
  (void)state;
  const myr_raster *raster;
  myr_error error;
  assert_int_equal(myr_raster_find(3, &raster, &error), MYR_INVALID);
  assert_null(raster);
  assert_int_equal(myr_raster_find(MYR_LANES_DOUBLE, &raster, &error), MYR_UNAVAILABLE);
  assert_null(raster);
  assert_int_equal(myr_raster_find(0, &raster, &error), MYR_OK);
  const myr_kernels *kernels;
  assert_int_equal(myr_kernels_find(0, &kernels, &error), MYR_OK);
  assert_int_equal(raster->lanes, kernels->lanes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_width_draws_the_same),
      cmocka_unit_test(outputs_are_independent),
      cmocka_unit_test(every_listed_output_is_filled),
      cmocka_unit_test(an_empty_frame_shows_the_background),
      cmocka_unit_test(each_shape_is_exact),
      cmocka_unit_test(random_scenes_match_the_reference),
      cmocka_unit_test(beams_close_the_circle),
      cmocka_unit_test(far_objects_are_exact),
      cmocka_unit_test(a_thin_rod_has_no_holes),
      cmocka_unit_test(depth_is_z_or_distance),
      cmocka_unit_test(limits_hide),
      cmocka_unit_test(an_eye_inside_sees_out),
      cmocka_unit_test(planes_end_where_they_should),
      cmocka_unit_test(ties_go_to_the_higher_index),
      cmocka_unit_test(unknown_widths_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
