/* Tests which of two coincident surfaces is seen: the later one, on every pixel, from any place and in any projection;
 * and that surfaces a little apart are told apart. Also windows, through which a scan is drawn column by column. */
#include "tests/kernels/raster_scene.h"

#include <stdio.h>

enum { SIDE = 61 };

static const int projections[] = {MYR_PINHOLE, MYR_FISHEYE, MYR_BEAMS};
enum { PROJECTIONS = sizeof projections / sizeof *projections };

/* A frame of reference somewhere in the world. */
typedef struct place {
  double position[3], rotation[9];
} place;

static place random_place(chance *c, double far) {
  place p;
  float rotation[9];
  random_rotation(c, rotation);
  for (int k = 0; k < 9; k++) p.rotation[k] = rotation[k];
  for (int k = 0; k < 3; k++) p.position[k] = between(c, -far, far);
  return p;
}

static void put(const place *p, const double at[3], const double turn_about_z, float position[3], float rotation[9]) {
  const double cosine = cos(turn_about_z), sine = sin(turn_about_z);
  const double own[9] = {cosine, -sine, 0, sine, cosine, 0, 0, 0, 1};
  for (int i = 0; i < 3; i++) {
    double sum = p->position[i];
    for (int k = 0; k < 3; k++) sum += p->rotation[3 * i + k] * at[k];
    position[i] = (float)sum;
    for (int j = 0; j < 3; j++) {
      double element = 0;
      for (int k = 0; k < 3; k++) element += p->rotation[3 * i + k] * own[3 * k + j];
      rotation[3 * i + j] = (float)element;
    }
  }
}

/* Adds a shape one of whose faces lies in the plane z = height of the place. */
static void add_flush(scenery *s, chance *c, const place *p, int shape, double height) {
  double x = between(c, 0.2, 1.5), y = between(c, 0.2, 1.5), z = between(c, 0.01, 1);
  if (shape == MYR_GEOM_CYLINDER) y = z;
  myr_drawable *d = add_drawable(s, shape, 0, 0, 0, x, y, shape == MYR_GEOM_PLANE ? 1 : z);
  const double at[3] = {between(c, -0.5, 0.5), between(c, -0.5, 0.5), shape == MYR_GEOM_PLANE ? height : height - z};
  put(p, at, between(c, 0, 6), d->position, d->rotation);
}

/* Looks at the plane from a height, from near straight above to nearly along it. */
static void look_down(sight *eye, chance *c, const place *p, int projection) {
  float rotation[9];
  double low = between(c, 0.02, 1.5), back = between(c, 0.2, 20), height = back * low;
  double forward[3] = {0, 1, -low}, right[3] = {1, 0, 0}, down[3], n = length_of(forward);
  for (int k = 0; k < 3; k++) forward[k] /= n;
  for (int k = 0; k < 3; k++)
    down[k] = forward[(k + 1) % 3] * right[(k + 2) % 3] - forward[(k + 2) % 3] * right[(k + 1) % 3];
  for (int i = 0; i < 3; i++) {
    double columns[3] = {0, 0, 0};
    for (int k = 0; k < 3; k++) {
      columns[0] += p->rotation[3 * i + k] * right[k];
      columns[1] += p->rotation[3 * i + k] * down[k];
      columns[2] += p->rotation[3 * i + k] * forward[k];
    }
    for (int k = 0; k < 3; k++) rotation[3 * i + k] = (float)columns[k];
  }
  look(eye, projection, SIDE, SIDE, rotation, 0);
  const double at[3] = {0, -back, height};
  float turned[9];
  put(p, at, 0, eye->view.position, turned);
}

/* The drawable that each pixel sees of some of a scene's drawables, 1 the first of them, and its normal; 0: nothing. */
static void draw_part(const scenery *s, int first, int count, const myr_view *view, int32_t *seen, float *normal) {
  scenery part = *s;
  part.frame.drawables = part.drawables;
  part.frame.surfaces = part.surfaces;
  part.frame.lights = part.lights;
  part.frame.environment = &part.environment;
  memmove(part.drawables, part.drawables + first, (size_t)count * sizeof *part.drawables);
  part.frame.drawable_count = count;
  picture p = picture_create(view, 1u << MYR_OUTPUT_drawable | 1u << MYR_OUTPUT_normal);
  draw_with(widest_raster(), &part, view, &p);
  memcpy(seen, p.out.drawable, SIDE * SIDE * sizeof *seen);
  memcpy(normal, p.out.normal, SIDE * SIDE * 3 * sizeof *normal);
  picture_free(&p);
}

/* Counts the pixels that show the first of two drawables where both alone would be seen. p: only their faces that look
 * along its z axis; NULL: all. */
static void compare(const scenery *s, const myr_view *view, const place *p, long *both, long *first) {
  static int32_t one[SIDE * SIDE], two[SIDE * SIDE], together[SIDE * SIDE];
  static float normals[3][SIDE * SIDE * 3];
  draw_part(s, 0, 1, view, one, normals[0]);
  draw_part(s, 1, 1, view, two, normals[1]);
  draw_part(s, 0, 2, view, together, normals[2]);
  double up[3] = {0, 0, 0}; /* in the camera's frame */
  for (int k = 0; k < 9 && p; k++) up[k % 3] += (double)view->rotation[k] * p->rotation[3 * (k / 3) + 2];
  for (int i = 0; i < SIDE * SIDE; i++) {
    double facing[2] = {0, 0};
    for (int k = 0; k < 6; k++) facing[k / 3] += (double)normals[k / 3][3 * i + k % 3] * up[k % 3];
    if (!one[i] || !two[i] || (p && !(facing[0] > 0.999 && facing[1] > 0.999))) continue;
    ++*both;
    *first += together[i] == 1;
  }
}

static const int flat[] = {MYR_GEOM_PLANE, MYR_GEOM_BOX, MYR_GEOM_CYLINDER};
enum { FLAT = sizeof flat / sizeof *flat };

/* Both shapes have a face in the plane, and an eye above it sees no other face behind the plane. So the later one is
 * seen wherever both are. */
static void the_later_of_two_flush_faces_is_seen(void **state) {
  (void)state;
  chance c = {11};
  for (int one = 0; one < FLAT; one++)
    for (int two = 0; two < FLAT; two++) {
      long both = 0, first = 0;
      for (int round = 0; round < 120; round++) {
        const place p = random_place(&c, round % 4 ? 5 : 100);
        sight eye;
        scenery *s = scenery_create();
        add_flush(s, &c, &p, flat[one], 0);
        add_flush(s, &c, &p, flat[two], 0);
        look_down(&eye, &c, &p, projections[round % PROJECTIONS]);
        compare(s, &eye.view, &p, &both, &first);
        free(s);
      }
      assert_true(both > 300);
      if (first) fail_msg("shapes %d and %d: %ld of %ld pixels show the first", flat[one], flat[two], first, both);
    }
}

/* A lower face is hidden by a higher one, although it is later: at up to 30 m a fifth of a millimetre is enough. */
static void faces_a_little_apart_are_told_apart(void **state) {
  (void)state;
  chance c = {12};
  for (int one = 0; one < FLAT; one++)
    for (int two = 0; two < FLAT; two++) {
      long both = 0, first = 0;
      for (int round = 0; round < 60; round++) {
        const place p = random_place(&c, 5);
        sight eye;
        scenery *s = scenery_create();
        add_flush(s, &c, &p, flat[one], 2e-4);
        add_flush(s, &c, &p, flat[two], 0);
        look_down(&eye, &c, &p, projections[round % PROJECTIONS]);
        compare(s, &eye.view, &p, &both, &first);
        free(s);
      }
      assert_true(both > 300);
      if (first != both) fail_msg("shapes %d over %d: %ld of %ld pixels", flat[one], flat[two], first, both);
    }
}

/* All shapes that are there twice are seen as their second copy. */
static void the_later_copy_is_seen(void **state) {
  (void)state;
  chance c = {13};
  for (int shape = 0; shape < SHAPES; shape++) {
    long both = 0, first = 0;
    for (int round = 0; round < 30; round++) {
      scenery *s = scenery_create();
      sight eye;
      float rotation[9];
      myr_drawable *d = add_drawable(s, all_shapes[shape], 0, 0, 0, 0.5, 0.6, 0.7);
      random_rotation(&c, d->rotation);
      s->drawables[s->frame.drawable_count++] = *d;
      random_rotation(&c, rotation);
      look(&eye, projections[round % PROJECTIONS], SIDE, SIDE, rotation, 3);
      compare(s, &eye.view, NULL, &both, &first);
      free(s);
    }
    assert_true(both > 100);
    assert_int_equal(first, 0);
  }
}

/* ------------------------------------------------------------------------------------------------ windows */

/* A picture drawn column by column, or in wider windows, is the picture drawn at once; a window changes no other column. */
static void windows_draw_their_columns(void **state) {
  (void)state;
  chance c = {14};
  const unsigned outputs = EVERYTHING & ~(1u << (OUTPUTS - 1));
  for (int round = 0; round < 6; round++) {
    scenery *s = random_scenery(&c, 40);
    sight eye;
    float rotation[9];
    random_rotation(&c, rotation);
    look(&eye, MYR_BEAMS, 150, 70, rotation, 4);
    picture whole = picture_create(&eye.view, outputs), parts = picture_create(&eye.view, outputs);
    draw_with(widest_raster(), s, &eye.view, &whole);
    for (int column = 0, count; column < 150; column += count) {
      count = round % 2 ? 1 : 1 + below(&c, 70);
      if (column + count > 150) count = 150 - column;
      myr_view window = eye.view;
      window.first_column = column, window.column_count = count;
      draw_with(widest_raster(), s, &window, &parts);
      const int32_t untouched = (int32_t)0xa5a5a5a5;
      if (column + count < 150) assert_int_equal(parts.out.drawable[column + count], untouched);
    }
    assert_memory_equal(whole.memory, parts.memory, whole.bytes);
    picture_free(&whole), picture_free(&parts);
    free(s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_later_of_two_flush_faces_is_seen),
      cmocka_unit_test(faces_a_little_apart_are_told_apart),
      cmocka_unit_test(the_later_copy_is_seen),
      cmocka_unit_test(windows_draw_their_columns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
