/* Tests levels of detail: compares meshes of thousands of triangles, near and far, through every projection, with the
 * same meshes at their finest level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/effort.h"
#include "tests/render/random_frame.h"
#include "tests/render/raster_images.h"

/* px. A coarser level may be shown only if nobody can tell it from the finest: every pixel shows something that a ray
 * within this distance sees at the finest level too. */
static const double level_reach = 0.5;

static void levels_look_alike(void **state) {
  (void)state;
  static random_frame f;
  const myr_raster *raster = NULL;
  long pixels = 0, changed = 0, wrong = 0, other_depth = 0;
  assert_int_equal(myr_raster_find(0, &raster, NULL), MYR_OK);
  for (int seed = 1; seed <= effort(24); seed++) {
    random_stream r = {.key = (uint64_t)seed};
    random_frame_make(&f, 9000 + (uint64_t)seed, seed % 3, false);
    const mesh_growth growth = {.seed = 1, .size = 0.5, .bumps = 0.02, .torus = seed % 2, .steps = seed % 2 ? 12 : 9};
    mesh_grow(&growth, &f.sources[0], &f.meshes[0]);
    assert_true(f.meshes[0].level_count > 2);
    f.frame.drawable_count = FRAME_DRAWABLES;
    for (int i = 0; i < FRAME_DRAWABLES; i++) {
      random_drawable(&r, &f, &f.drawables[i], false, 1);
      f.drawables[i].shape = MYR_SHAPE_MESH, f.drawables[i].mesh = 0;
      f.drawables[i].bound = (float)mesh_reach(&f.sources[0]) * 1.001f;
    }
    raster_images levels = images_create(f.view.width, f.view.height, FRAME_INSTANCES, IMAGES_LABELS);
    raster_images finest = images_create(f.view.width, f.view.height, FRAME_INSTANCES, IMAGES_LABELS);
    images_draw(raster, &f.frame, &f.view, &levels, 0xff);
    f.meshes[0].level_count = 1;
    images_draw(raster, &f.frame, &f.view, &finest, 0xff);
    for (int pixel = 0; pixel < f.view.width * f.view.height; pixel++) {
      const int drawable = levels.outputs.drawable[pixel];
      pixels++;
      if (drawable == finest.outputs.drawable[pixel]) {
        other_depth += levels.outputs.depth[pixel] != finest.outputs.depth[pixel];
        continue;
      }
      oracle_hit hits[ORACLE_NEIGHBOURS];
      bool seen = false;
      changed++;
      oracle_cast_around(&f.scene, &f.view, pixel % f.view.width + 0.5, pixel / f.view.width + 0.5, ORACLE_ANY_INSTANCE,
                         level_reach, hits);
      for (int i = 0; i < ORACLE_NEIGHBOURS; i++) seen |= hits[i].drawable == drawable - 1;
      wrong += !seen;
    }
    images_free(&levels), images_free(&finest);
    random_frame_free(&f);
  }
  print_message("%ld pixels, %ld with another depth, %ld show another drawable, %ld of them one that is not near\n",
                pixels, other_depth, changed, wrong);
  assert_true(other_depth > pixels / 100); /* coarser levels were shown */
  assert_int_equal(wrong, 0);
  assert_true(changed * 50 < pixels);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(levels_look_alike)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
