/* Tests patterns on planes. A pinhole camera computes them from slopes that hold for the whole view; on the top of a
 * box, the pattern is computed in the box's own frame. Both must look the same at the same place. */
#include "tests/kernels/raster_scene.h"

#include <stdbool.h>
#include <stdio.h>

static const uint32_t texels[] = {1023u, 700u << 10, 300u << 20, 1023u | 1023u << 10, 600u | 500u << 10 | 300u << 20};
static const myr_texture bitmap = {
    .texels = texels, .width = 2, .height = 2, .faces = 1, .levels = 2, .face_stride = 5, .level_offset = {0, 4}};

/* Creates a scene with one sheet, turned and moved: a plane, or a box whose top is there. */
static scenery *sheet(int shape, int pattern, uint64_t seed) {
  chance c = {seed};
  const double thickness = 0.01;
  scenery *s = scenery_create();
  double size_x = between(&c, 1, 3), size_y = between(&c, 1, 3);
  double z = between(&c, -.3, .3), y = between(&c, -.3, .3), x = between(&c, -.3, .3);
  myr_drawable *d = add_drawable(s, shape, x, y, z, size_x, size_y, thickness);
  random_rotation(&c, d->rotation);
  for (int k = 0; k < 3 && shape == MYR_GEOM_BOX; k++) d->position[k] -= (float)(thickness * d->rotation[3 * k + 2]);
  myr_surface *surface = s->surfaces + d->surface;
  surface->pattern = pattern;
  surface->mapping = MYR_MAPPING_BOX;
  surface->texture = 0;
  s->frame.textures = &bitmap;
  surface->scale[0] = (float)between(&c, -3, 3);
  surface->scale[1] = (float)between(&c, .3, 3);
  surface->offset[0] = (float)between(&c, -1, 1);
  surface->offset[1] = (float)between(&c, -1, 1);
  s->frame.light_count = 1;
  return s;
}

typedef struct tally {
  long compared;
  int most;
} tally;

/* Whether both pictures see the sheet's face in pixel i. normal: that of the face, in the camera's frame. */
static bool sees_face(const picture *plane, const picture *box, const float normal[3], int i) {
  float cosine = 0;
  for (int k = 0; k < 3; k++) cosine += box->out.normal[3 * i + k] * normal[k];
  return plane->out.drawable[i] == 1 && box->out.drawable[i] == 1 && cosine > 0.999f;
}

/* Compares the pixels in which every sample sees the face. */
static void compare_pixels(const picture *plane, const picture *box, const float normal[3], tally *t) {
  for (int y = 1; y + 1 < plane->height; y++)
    for (int x = 1; x + 1 < plane->width; x++) {
      int at = y * plane->width + x, inside = 1, apart = 0;
      for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) inside &= sees_face(plane, box, normal, at + j * plane->width + i);
      if (!inside) continue;
      for (int k = 0; k < 3; k++) {
        int channel = abs(plane->out.rgb[3 * at + k] - box->out.rgb[3 * at + k]);
        apart = channel > apart ? channel : apart;
      }
      t->compared++;
      t->most = apart > t->most ? apart : t->most;
    }
}

static void planes_look_as_boxes_do(void **state) {
  (void)state;
  static const int patterns[] = {MYR_PATTERN_CHECKER, MYR_PATTERN_GRADIENT, MYR_PATTERN_BITMAP};
  tally t = {0, 0};
  for (uint64_t seed = 1; seed <= 60; seed++) {
    scenery *plane = sheet(MYR_GEOM_PLANE, patterns[seed % 3], seed),
            *box = sheet(MYR_GEOM_BOX, patterns[seed % 3], seed);
    chance c = {1000 + seed};
    float rotation[9], normal[3];
    sight eye;
    random_rotation(&c, rotation);
    look(&eye, MYR_PINHOLE, 97, 61, rotation, between(&c, 0.3, 6));
    eye.view.shadows = eye.view.highlights = 0;
    eye.view.samples = seed % 4 == 0 ? 4 : 1;
    double n[3], own[3];
    for (int k = 0; k < 3; k++) n[k] = plane->drawables[0].rotation[3 * k + 2];
    turn_back(rotation, n, own);
    for (int k = 0; k < 3; k++) normal[k] = (float)own[k];
    picture a = draw_all(plane, &eye.view), b = draw_all(box, &eye.view);
    compare_pixels(&a, &b, normal, &t);
    picture_free(&a), picture_free(&b);
    free(plane), free(box);
  }
  print_message("%ld pixels, %d apart at most\n", t.compared, t.most);
  assert_true(t.compared > 40000);
  assert_true(t.most <= 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(planes_look_as_boxes_do)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
