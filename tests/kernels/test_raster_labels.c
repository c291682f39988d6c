/* Tests that labels agree with the picture and with each other. Ids partition the image. Boxes and counts are those of
 * the ids. Covered pixels are those that each instance shows when it is drawn alone. Flow is that of points moved in
 * double precision. More samples change only colours. */
#include "tests/kernels/raster_scene.h"

static const int projections[] = {MYR_PINHOLE, MYR_FISHEYE, MYR_BEAMS};
enum { PROJECTIONS = sizeof projections / sizeof *projections };

/* Creates a random scene and a view of random size. The camera and all drawables move. */
static scenery *random_case(chance *c, int projection, int width, int height, sight *eye) {
  scenery *s = random_scenery(c, 40);
  float rotation[9];
  random_rotation(c, rotation);
  look(eye, projection, width, height, rotation, between(c, 2, 6));
  for (int k = 0; k < 3; k++) eye->view.next_position[k] += (float)between(c, -0.1, 0.1);
  for (int k = 0; k < 9; k++) rotation[k] = eye->view.rotation[k];
  double a = 0.05; /* turned a little about its own z */
  for (int k = 0; k < 3; k++) {
    eye->view.next_rotation[3 * k] = (float)(cos(a) * rotation[3 * k] + sin(a) * rotation[3 * k + 1]);
    eye->view.next_rotation[3 * k + 1] = (float)(cos(a) * rotation[3 * k + 1] - sin(a) * rotation[3 * k]);
  }
  return s;
}

/* ------------------------------------------------------------------------------------------------ ids */
static void ids_follow_from_the_drawable(void **state) {
  (void)state;
  chance c = {11};
  for (int i = 0; i < PROJECTIONS; i++) {
    sight eye;
    scenery *s = random_case(&c, projections[i], 130, 70, &eye);
    picture p = draw_all(s, &eye.view);
    int something = 0, nothing = 0;
    for (int k = 0; k < 130 * 70; k++) {
      int drawable = p.out.drawable[k] - 1;
      assert_in_range(drawable + 1, 0, s->frame.drawable_count);
      const myr_drawable *d = s->drawables + drawable;
      assert_int_equal(p.out.instance[k], drawable < 0 ? 0 : d->instance);
      assert_int_equal(p.out.semantic[k], drawable < 0 ? 0 : d->semantic);
      assert_int_equal(p.out.part[k], drawable < 0 ? 0 : d->part);
      assert_true((p.out.depth[k] > 0) == (drawable >= 0));
      assert_int_equal(p.out.millimetres[k], lrint(fmin((double)p.out.depth[k] * 1000, 65535)));
      const float *n = p.out.normal + 3 * k, *flow = p.out.flow + 2 * k;
      double length = sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
      assert_true(drawable < 0 ? length == 0 : fabs(length - 1) < 1e-5);
      assert_true(isfinite(flow[0]) && isfinite(flow[1]));
      if (drawable < 0) assert_true(flow[0] == 0 && flow[1] == 0 && p.out.intensity[k] == 0);
      something += drawable >= 0;
      nothing += drawable < 0;
    }
    assert_true(something > 1000 && nothing > 100);
    picture_free(&p);
    free(s);
  }
}

static void millimetres_saturate(void **state) {
  (void)state;
  scenery *s = scenery_create();
  add_drawable(s, MYR_GEOM_BOX, 0, 0, 70, 50, 50, 1);
  float rotation[9];
  sight eye;
  no_rotation(rotation);
  look(&eye, MYR_PINHOLE, 4, 4, rotation, 0);
  eye.view.far_limit = 100;
  picture p = draw_all(s, &eye.view);
  assert_int_equal(p.out.drawable[5], 1);
  assert_true(p.out.depth[5] == 69);
  assert_int_equal(p.out.millimetres[5], 65535);
  picture_free(&p);
  free(s);
}

/* ------------------------------------------------------------------------------------------------ instances */
static void add_pixel(int32_t box[4], int x, int y) {
  int empty = box[2] == 0;
  if (empty || x < box[0]) box[0] = x;
  if (empty || y < box[1]) box[1] = y;
  if (empty || x >= box[2]) box[2] = x + 1;
  if (empty || y >= box[3]) box[3] = y + 1;
}

/* Creates the same scene with the drawables of only one instance. */
static scenery *only_instance(const scenery *s, int instance) {
  scenery *alone = scenery_create();
  for (int i = 0; i < s->frame.drawable_count; i++)
    if (s->drawables[i].instance == instance) alone->drawables[alone->frame.drawable_count++] = s->drawables[i];
  return alone;
}

static void boxes_and_counts_follow_from_the_masks(void **state) {
  (void)state;
  static const int sizes[][2] = {{130, 70}, {65, 63}, {3, 5}, {200, 129}};
  chance c = {12};
  int hidden = 0;
  for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
    for (int i = 0; i < PROJECTIONS; i++) {
      sight eye;
      int width = sizes[size][0], height = sizes[size][1];
      scenery *s = random_case(&c, projections[i], width, height, &eye);
      if (size % 2) eye.view.near_limit = 2, eye.view.far_limit = 4; /* cuts covered drawables, too */
      picture p = draw_all(s, &eye.view);
      long visible = 0;
      for (int instance = 0; instance < INSTANCES; instance++) {
        myr_instance_view expected;
        memset(&expected, 0, sizeof expected);
        for (int k = 0; k < width * height; k++)
          if (p.out.instance[k] == instance) expected.visible++, add_pixel(expected.tight, k % width, k / width);
        scenery *alone = only_instance(s, instance);
        picture q = draw_all(alone, &eye.view);
        for (int k = 0; k < width * height; k++)
          if (instance == 0 || q.out.drawable[k]) expected.covered++, add_pixel(expected.loose, k % width, k / width);
        const myr_instance_view *v = p.out.instances + instance;
        assert_memory_equal(v, &expected, sizeof expected);
        assert_true(v->visible <= v->covered);
        if (v->visible > 0)
          assert_true(v->loose[0] <= v->tight[0] && v->loose[1] <= v->tight[1] && v->loose[2] >= v->tight[2] &&
                      v->loose[3] >= v->tight[3]);
        hidden += v->visible < v->covered;
        visible += v->visible;
        picture_free(&q);
        free(alone);
      }
      assert_int_equal(visible, width * height);
      picture_free(&p);
      free(s);
    }
  assert_true(hidden > 20);
}

/* ------------------------------------------------------------------------------------------------ flow */
/* Computes where the reference sees a point, given in the next camera's frame. Returns false if it does not see it. */
static int reference_project(const myr_view *v, const double p[3], double near_x, double *x, double *y) {
  if (v->projection == MYR_PINHOLE) {
    if (p[2] <= 0) return 0;
    *x = v->focal[0] * p[0] / p[2] + v->center[0], *y = v->focal[1] * p[1] / p[2] + v->center[1];
  } else if (v->projection == MYR_FISHEYE) {
    double off_axis = hypot(p[0], p[1]), theta = atan2(off_axis, p[2]);
    *x = v->focal[0] * theta * p[0] / off_axis + v->center[0];
    *y = v->focal[1] * theta * p[1] / off_axis + v->center[1];
  } else { /* the tables of look(): 300 degrees from the left, elevation 30 - 60 u^2, linear between rows */
    double azimuth = atan2(-p[0], p[2]) * 180 / M_PI, turn = 360.0 / 300 * v->width;
    double elevation = asin(-p[1] / length_of(p)) * 180 / M_PI, e[2];
    *x = (150 - azimuth) / 300 * v->width;
    *x += turn * rint((near_x - *x) / turn);
    int row = 1;
    for (; row < v->height - 1; row++)
      if (elevation > 30 - 60 * pow((row + 0.5) / v->height, 2)) break;
    for (int k = 0; k < 2; k++) e[k] = 30 - 60 * pow((row - 1 + k + 0.5) / v->height, 2);
    *y = row - 0.5 + (elevation - e[0]) / (e[1] - e[0]);
  }
  return 1;
}

static void flow_is_the_motion_of_the_point(void **state) {
  (void)state;
  chance c = {13};
  for (int i = 0; i < PROJECTIONS; i++) {
    int compared = 0, moved = 0;
    for (int round = 0; round < 4; round++) {
      sight eye;
      scenery *s = random_case(&c, projections[i], 90, 50, &eye);
      const myr_view *v = &eye.view;
      picture p = draw_all(s, v);
      for (int k = 0; k < 90 * 50; k++) {
        if (p.out.drawable[k] == 0) continue;
        const myr_drawable *d = s->drawables + p.out.drawable[k] - 1;
        double ray[3], world[3], local[3], point[3], x = 0, y = 0;
        assert_true(reference_ray(v, k % 90, k / 90, ray));
        turn(v->rotation, ray, world);
        for (int a = 0; a < 3; a++) point[a] = v->position[a] + p.out.depth[k] * world[a] - d->position[a];
        turn_back(d->rotation, point, local);
        turn(d->next_rotation, local, point);
        for (int a = 0; a < 3; a++) point[a] += d->next_position[a] - v->next_position[a];
        turn_back(v->next_rotation, point, local);
        if (v->projection == MYR_PINHOLE ? local[2] < 0.2 : length_of(local) < 0.2) continue; /* all but in the eye */
        assert_true(reference_project(v, local, k % 90 + 0.5, &x, &y));
        double flow_x = x - (k % 90 + 0.5), flow_y = y - (k / 90 + 0.5);
        double size = 1 + fabs(flow_x) + fabs(flow_y);
        if (v->projection == MYR_BEAMS && fabs(flow_x) > 0.45 * 360 / 300 * 90) continue; /* half a turn: either way */
        if (hypot(local[0], local[1]) < 0.02 && v->projection != MYR_PINHOLE) continue;   /* at an axis of the sphere */
        if (v->projection == MYR_BEAMS && hypot(local[0], local[2]) < 0.1) continue;
        assert_true(fabs(p.out.flow[2 * k] - flow_x) < 2e-3 * size);
        assert_true(fabs(p.out.flow[2 * k + 1] - flow_y) < 2e-3 * size);
        compared++;
        moved += size > 2;
      }
      picture_free(&p);
      free(s);
    }
    assert_true(compared > 4000 && moved > 2000);
  }
}

static void rest_camera(myr_view *v) {
  memcpy(v->next_position, v->position, sizeof v->position);
  memcpy(v->next_rotation, v->rotation, sizeof v->rotation);
}
static void rest_drawable(myr_drawable *d) {
  memcpy(d->next_position, d->position, sizeof d->position);
  memcpy(d->next_rotation, d->rotation, sizeof d->rotation);
}

/* A drawable that rests before a camera at rest has no flow at all, whatever moves beside it. */
static void rest_does_not_flow(void **state) {
  (void)state;
  chance c = {14};
  for (int i = 0; i < PROJECTIONS; i++) {
    int resting = 0, turning = 0, moving = 0;
    sight eye;
    scenery *s = random_case(&c, projections[i], 64, 64, &eye);
    for (int k = 0; k < s->frame.drawable_count; k++) {
      myr_drawable *d = s->drawables + k;
      if (k % 3 != 1) rest_drawable(d);
      if (k % 3 == 2) random_rotation(&c, d->next_rotation);
    }
    rest_camera(&eye.view);
    picture p = draw_all(s, &eye.view);
    for (int k = 0; k < 64 * 64; k++) {
      const float *flow = p.out.flow + 2 * k;
      int drawable = p.out.drawable[k] - 1, flows = flow[0] != 0 || flow[1] != 0;
      if (drawable < 0 || drawable % 3 == 0) assert_false(flows);
      resting += drawable >= 0 && drawable % 3 == 0;
      moving += flows && drawable % 3 == 1;
      turning += flows && drawable % 3 == 2;
    }
    assert_true(resting > 100 && moving > 20 && turning > 20);
    picture_free(&p);

    /* before a camera that moves or turns, it does flow */
    for (int k = 0; k < s->frame.drawable_count; k++) rest_drawable(s->drawables + k);
    for (int turns = 0; turns < 2; turns++) {
      sight other;
      scenery *unused = random_case(&c, projections[i], 64, 64, &other);
      rest_camera(&eye.view);
      if (turns)
        memcpy(eye.view.next_rotation, other.view.rotation, sizeof eye.view.next_rotation);
      else
        eye.view.next_position[0] += 0.1f;
      picture q = draw_all(s, &eye.view);
      int seen = 0, flowing = 0;
      for (int k = 0; k < 64 * 64; k++) {
        seen += q.out.drawable[k] > 0;
        flowing += q.out.flow[2 * k] != 0 || q.out.flow[2 * k + 1] != 0;
      }
      assert_true(seen > 500 && flowing > seen / 2);
      picture_free(&q);
      free(unused);
    }
    free(s);
  }
}

/* ------------------------------------------------------------------------------------------------ samples */
static void samples_change_only_colour(void **state) {
  (void)state;
  static const int counts[] = {4, 16};
  chance c = {15};
  for (int i = 0; i < 2; i++) { /* beams have one sample */
    sight eye;
    scenery *s = random_case(&c, projections[i], 77, 66, &eye);
    picture one = draw_all(s, &eye.view);
    for (int k = 0; k < 2; k++) {
      eye.view.samples = counts[k];
      picture more = draw_all(s, &eye.view);
      size_t rgb = output_room(0, 77 * 66);
      assert_memory_equal(one.memory + rgb, more.memory + rgb, one.bytes - rgb);
      int changed = 0;
      for (int b = 0; b < 3 * 77 * 66; b++) changed += one.out.rgb[b] != more.out.rgb[b];
      assert_in_range(changed, 500, 3 * 77 * 66);
      picture_free(&more);
    }
    picture_free(&one);
    free(s);
  }
}

/* Draws a white half-plane, a glowing box before black, 10 m away and turned about the optical axis by `angle`. Its
 * edge passes at `offset` px from the corner at the middle of the view; a pixel is 2.5 m there. Returns the byte of
 * pixel (i, j). */
static int half_plane_byte(double angle, double offset, int samples, int i, int j) {
  scenery *s = scenery_create();
  myr_drawable *d = add_drawable(s, MYR_GEOM_BOX, 0, 0, 10.5, 100, 100, 0.5);
  double along = offset * 2.5 - 100;
  d->position[0] = (float)(along * cos(angle)), d->position[1] = (float)(along * sin(angle));
  rotation_of_quat((const double[4]){cos(angle / 2), 0, 0, sin(angle / 2)}, d->rotation);
  memset(s->surfaces, 0, sizeof s->surfaces);
  s->surfaces[0].emission = 1;
  s->surfaces[0].texture = -1;
  for (int k = 0; k < 3; k++) s->surfaces[0].color[k] = 1;
  memset(&s->environment, 0, sizeof s->environment);
  s->environment.sky_texture = -1;
  s->environment.exposure = 1;
  s->frame.light_count = 0;
  float rotation[9];
  sight eye;
  no_rotation(rotation);
  look(&eye, MYR_PINHOLE, 8, 8, rotation, 0);
  eye.view.focal[0] = eye.view.focal[1] = eye.view.center[0] = eye.view.center[1] = 4;
  eye.view.samples = samples;
  picture p = draw_all(s, &eye.view);
  int byte = p.out.rgb[3 * (j * 8 + i)];
  picture_free(&p);
  free(s);
  return byte;
}

/* An edge along rows or columns gives each pixel that it cuts the colour of the covered share, in linear light. */
static void edges_get_the_share_of_their_samples(void **state) {
  (void)state;
  for (int upright = 0; upright < 2; upright++)
    for (int samples = 4; samples <= 16; samples *= 4)
      for (int sixteenths = 0; sixteenths <= 16; sixteenths++) {
        int byte = half_plane_byte(upright ? M_PI / 2 : 0, sixteenths / 16.0 + 0.001, samples, upright ? 2 : 4,
                                   upright ? 4 : 2);
        double linear = floor(sixteenths * samples / 16.0 + 0.5) / samples; /* samples are in the middle of cells */
        double srgb = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
        assert_int_equal(byte, (int)lrint(255 * srgb));
      }
}

/* Samples do not lie on a diagonal: an edge along the diagonal passes them one after the other. */
static void diagonal_edges_have_steps(void **state) {
  (void)state;
  for (int sign = -1; sign <= 1; sign += 2)
    for (int samples = 4; samples <= 16; samples *= 4) {
      int last = -1, levels = 0;
      for (int k = 0; k <= 64; k++) { /* across pixel (4, 4) or (4, 3), whose near corner is the middle of the view */
        int byte = half_plane_byte(sign * M_PI / 4, k / 64.0 * sqrt(2), samples, 4, sign > 0 ? 4 : 3);
        assert_true(byte >= last);
        levels += byte > last;
        last = byte;
      }
      assert_int_equal(last, 255);
      assert_int_equal(levels, samples == 4 ? 5 : 10);
    }
}

static void intensity_is_luminance_times_cosine(void **state) {
  (void)state;
  scenery *s = scenery_create();
  add_drawable(s, MYR_GEOM_PLANE, 0, 0, -1, 0, 0, 1);
  const float color[3] = {0.8f, 0.4f, 0.1f};
  memcpy(s->surfaces[0].color, color, sizeof color);
  float rotation[9];
  rotation_of_quat((const double[4]){1, -1, 0, 0}, rotation); /* looks along +y */
  for (int i = 0; i < PROJECTIONS; i++) {
    sight eye;
    look(&eye, projections[i], 64, 48, rotation, 0);
    picture p = draw_all(s, &eye.view);
    int seen = 0;
    for (int k = 0; k < 64 * 48; k++) {
      double ray[3], world[3];
      reference_ray(&eye.view, k % 64, k / 64, ray);
      turn(eye.view.rotation, ray, world);
      if (!p.out.drawable[k]) continue;
      double luminance = 0.2126 * 0.8 + 0.7152 * 0.4 + 0.0722 * 0.1;
      assert_true(fabs(p.out.intensity[k] - luminance * -world[2] / length_of(world)) < 1e-5);
      seen++;
    }
    assert_true(seen > 500);
    picture_free(&p);
  }
  free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ids_follow_from_the_drawable),
      cmocka_unit_test(millimetres_saturate),
      cmocka_unit_test(boxes_and_counts_follow_from_the_masks),
      cmocka_unit_test(flow_is_the_motion_of_the_point),
      cmocka_unit_test(rest_does_not_flow),
      cmocka_unit_test(samples_change_only_colour),
      cmocka_unit_test(edges_get_the_share_of_their_samples),
      cmocka_unit_test(diagonal_edges_have_steps),
      cmocka_unit_test(intensity_is_luminance_times_cosine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
