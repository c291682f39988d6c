/* Compares with three small pictures in tests/render/golden: colour with soft light and shadows, a fisheye's colour,
 * and normals. Every vector width and machine must draw exactly these bytes. After a change that alters a picture on
 * purpose, write them anew and look at them before you commit them:
 *
 *   MYRIAD_WRITE_GOLDEN=1 build/release/tests/test_render_golden
 *
 * The frame consists of exact numbers, so no library's sine affects it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "render/mesh.h"
#include "render/picture.h"
#include "tests/render/raster_images.h"

enum { WIDTH = 48, HEIGHT = 32 };

/* ------------------------------------------------------------------------------------------------ the frame */
/* Rotations by the angles of the triangles 3-4-5 and 5-12-13, whose sines and cosines are exact fractions. */
#define UPRIGHT \
  { 1, 0, 0, 0, 1, 0, 0, 0, 1 }
#define TURNED \
  { 0.8f, -0.6f, 0, 0.6f, 0.8f, 0, 0, 0, 1 }
#define LYING \
  { 1, 0, 0, 0, 0.38461538f, -0.92307692f, 0, 0.92307692f, 0.38461538f }
#define PLACED(x, y, z, rotated) \
  .position = {x, y, z}, .rotation = rotated, .next_position = {x, y, z}, .next_rotation = rotated

static const myr_surface surfaces[] = {
    {.color = {0.6f, 0.6f, 0.6f},
     .color2 = {0.1f, 0.2f, 0.15f},
     .roughness = 0.9f,
     .reflectance = 0.04f,
     .scale = {1, 1},
     .pattern = MYR_PATTERN_CHECKER},
    {.color = {0.8f, 0.1f, 0.05f}, .roughness = 0.3f, .reflectance = 0.04f},
    {.color = {0.9f, 0.7f, 0.2f}, .metallic = 1, .roughness = 0.25f},
    {.color = {0.1f, 0.3f, 0.8f},
     .color2 = {0.9f, 0.9f, 0.9f},
     .roughness = 0.6f,
     .reflectance = 0.04f,
     .scale = {8, 8},
     .pattern = MYR_PATTERN_NOISE},
    {.color = {0.1f, 0.6f, 0.2f},
     .color2 = {0.8f, 0.9f, 0.2f},
     .roughness = 0.5f,
     .reflectance = 0.04f,
     .scale = {2, 2},
     .pattern = MYR_PATTERN_GRADIENT,
     .mapping = MYR_MAPPING_BOX},
};

static const myr_drawable drawables[] = {
    {PLACED(0, 0, 0, UPRIGHT), .shape = MYR_GEOM_PLANE, .surface = 0},
    {PLACED(0, 0.9f, 0.4f, UPRIGHT), .size = {0.4f}, .bound = 0.41f, .shape = MYR_GEOM_SPHERE, .surface = 1,
     .instance = 1},
    {PLACED(-0.3f, -0.1f, 0.25f, TURNED), .size = {0.3f, 0.2f, 0.25f}, .bound = 0.45f, .shape = MYR_GEOM_BOX,
     .surface = 4, .instance = 2},
    {PLACED(0.6f, -0.9f, 0.5f, UPRIGHT), .size = {0.25f, 0.5f}, .bound = 0.6f, .shape = MYR_GEOM_CYLINDER, .surface = 3,
     .instance = 3},
    {PLACED(1.4f, 0.2f, 0.3f, LYING), .size = {0.2f, 0.5f}, .bound = 0.71f, .shape = MYR_GEOM_CAPSULE, .surface = 2,
     .instance = 4},
    {PLACED(0.2f, 0.2f, 1.1f, TURNED), .size = {0.35f, 0.15f, 0.2f}, .bound = 0.36f, .shape = MYR_GEOM_ELLIPSOID,
     .surface = 2, .instance = 5},
    {PLACED(-0.9f, -0.9f, 0, TURNED), .bound = 0.8f, .shape = MYR_SHAPE_MESH, .surface = 1, .instance = 6},
};

static const myr_light lights[] = {
    {.direction = {0.48f, 0.36f, -0.8f},
     .color = {0.9f, 0.85f, 0.75f},
     .radius = 0.05f,
     .kind = MYR_LIGHT_DIRECTIONAL,
     .shadows = 1},
    {.position = {-1, 1.5f, 2}, .color = {0.2f, 0.25f, 0.4f}, .attenuation = {1, 0, 0.1f}, .kind = MYR_LIGHT_POINT},
};

static const myr_environment environment = {.zenith = {0.15f, 0.3f, 0.65f},
                                            .horizon = {0.7f, 0.75f, 0.8f},
                                            .ground = {0.2f, 0.18f, 0.15f},
                                            .ambient = {0.03f, 0.03f, 0.03f},
                                            .sky_light = 0.5f,
                                            .sky_texture = -1,
                                            .fog_color = {0.7f, 0.75f, 0.8f},
                                            .fog_density = 0.01f,
                                            .exposure = 1};

/* A pyramid on its square base. */
static const float corners[] = {-0.4f, -0.4f, 0, 0.4f, -0.4f, 0, 0.4f, 0.4f, 0, -0.4f, 0.4f, 0, 0, 0, 0.7f};
static const int32_t faces[] = {0, 2, 1, 0, 3, 2, 0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4};

/* Looks from behind and above, down by the angle of the triangle 7-24-25. */
#define LOOKING \
  { 0, -0.28f, 0.96f, -1, 0, 0, 0, -0.96f, -0.28f }
static const myr_view ahead = {.width = WIDTH,
                               .height = HEIGHT,
                               .projection = MYR_PINHOLE,
                               .samples = 4,
                               .shadows = 1,
                               .patterns = 1,
                               .highlights = 1,
                               .focal = {44, 44},
                               .center = {24, 16},
                               .near_limit = 0.1f,
                               .far_limit = 50,
                               PLACED(-3.2f, 0, 1.4f, LOOKING)};
static const myr_view around = {.width = HEIGHT,
                                .height = HEIGHT,
                                .projection = MYR_FISHEYE,
                                .samples = 1,
                                .shadows = 1,
                                .patterns = 1,
                                .highlights = 1,
                                .focal = {9, 9},
                                .center = {16, 16},
                                .near_limit = 0.05f,
                                .far_limit = 50,
                                PLACED(-0.6f, 0.4f, 0.8f, LOOKING)};

/* ------------------------------------------------------------------------------------------------ pictures */
static void draw(const myr_raster *raster, const myr_view *view, bool normals, uint8_t *rgb) {
  const mesh_source source = {.positions = corners, .triangles = faces, .vertex_count = 5, .triangle_count = 6};
  myr_mesh mesh;
  assert_int_equal(mesh_build(&source, &mesh, NULL), MYR_OK);
  const myr_frame frame = {.drawables = drawables,
                           .surfaces = surfaces,
                           .lights = lights,
                           .meshes = &mesh,
                           .environment = &environment,
                           .drawable_count = sizeof drawables / sizeof *drawables,
                           .light_count = 2,
                           .instance_count = 6};
  raster_images images = images_create(view->width, view->height, 6, IMAGES_ALL);
  images_draw(raster, &frame, view, &images, 0xff);
  const int pixels = view->width * view->height;
  if (normals)
    myr_color_normals(images.outputs.normal, pixels, rgb);
  else
    memcpy(rgb, images.outputs.rgb, (size_t)pixels * 3);
  images_free(&images);
  mesh_free(&mesh);
}

static void compare(const char *name, const myr_view *view, bool normals) {
  static uint8_t rgb[WIDTH * HEIGHT * 3];
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  char path[256];
  myr_error error = {0};
  snprintf(path, sizeof path, MYRIAD_SOURCE_DIR "/tests/render/golden/%s.png", name);
  if (getenv("MYRIAD_WRITE_GOLDEN")) {
    draw(rasters[0], view, normals, rgb);
    const myr_bitmap drawn = {view->width, view->height, 3, rgb};
    if (myr_png_write(path, &drawn, &error)) fail_msg("%s", error.message);
  }
  myr_bitmap golden;
  if (myr_png_read(path, &golden, &error)) fail_msg("%s", error.message);
  assert_true(golden.width == view->width && golden.height == view->height && golden.channels == 3);
  for (int w = 0; w < widths; w++) {
    int different = 0;
    draw(rasters[w], view, normals, rgb);
    for (int i = 0; i < view->width * view->height; i++)
      different += memcmp(rgb + 3 * i, golden.pixels + 3 * i, 3) != 0;
    if (different) fail_msg("%s: %d pixels of %s.png are others", rasters[w]->name, different, name);
  }
  myr_bitmap_free(&golden);
}

static void colour(void **state) { (void)state, compare("colour", &ahead, false); }
static void fisheye(void **state) { (void)state, compare("fisheye", &around, false); }
static void normals(void **state) { (void)state, compare("normals", &ahead, true); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(colour), cmocka_unit_test(fisheye), cmocka_unit_test(normals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
