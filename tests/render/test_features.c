/* Tests shadows, patterns and highlights in all combinations. Every vector width draws the same bytes, although wide
 * vectors look up one cube map for several drawables at once. The specialized code for views without some of the
 * features draws the same bytes too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/texture.h"
#include "tests/render/raster_images.h"

enum { WIDTH = 70, HEIGHT = 50, BALLS = 24, SURFACES = 5, COMBINATIONS = 8 };

#define UPRIGHT \
  { 1, 0, 0, 0, 1, 0, 0, 0, 1 }

typedef struct features_scene {
  myr_drawable drawables[BALLS + 1];
  myr_surface surfaces[SURFACES];
  myr_texture maps[2];
  myr_light lights[2];
  myr_environment environment;
  myr_frame frame;
  myr_view view;
} features_scene;

static void make_map(unsigned seed, myr_texture *map) {
  static uint8_t pixels[6 * 8 * 8 * 3];
  for (size_t i = 0; i < sizeof pixels; i++) {
    seed = seed * 1664525u + 1013904223u;
    pixels[i] = (uint8_t)(seed >> 24);
  }
  const texture_source source = {pixels, 8, 8, 3, 6, true};
  assert_int_equal(texture_build(&source, map, NULL), MYR_OK);
}

/* Makes balls of a few pixels above a checkered floor, so that most blocks see several of them: balls of two different
 * maps, a glowing one, and with `shiny` a metal one. */
static void make_scene(features_scene *s, int shiny) {
  memset(s, 0, sizeof *s);
  make_map(1, &s->maps[0]);
  make_map(2, &s->maps[1]);
  s->surfaces[0] = (myr_surface){
      .color = {0.8f, 0.8f, 0.8f}, .color2 = {0.2f, 0.3f, 0.1f}, .scale = {3, 3}, .pattern = MYR_PATTERN_CHECKER};
  for (int i = 1; i < SURFACES; i++)
    s->surfaces[i] = (myr_surface){.color = {1 - 0.1f * (float)i, 0.9f, 0.5f + 0.1f * (float)i},
                                   .roughness = 0.4f,
                                   .emission = i == 3 ? 0.3f : 0,
                                   .metallic = shiny && i == 4 ? 1 : 0,
                                   .reflectance = shiny ? 0.04f : 0,
                                   .pattern = MYR_PATTERN_BITMAP,
                                   .mapping = MYR_MAPPING_CUBE,
                                   .texture = i % 2};
  s->drawables[0] = (myr_drawable){.rotation = UPRIGHT, .next_rotation = UPRIGHT, .shape = MYR_GEOM_PLANE};
  for (int i = 0; i < BALLS; i++)
    s->drawables[i + 1] = (myr_drawable){
        .position = {0.17f * (float)(i % 6) - 0.4f, 0.21f * (float)(i / 6) - 0.3f, 0.1f + 0.05f * (float)(i * 7 % 5)},
        .rotation = UPRIGHT,
        .next_rotation = UPRIGHT,
        .size = {0.1f},
        .bound = 0.1001f,
        .shape = MYR_GEOM_SPHERE,
        .surface = 1 + i % (SURFACES - 1)};
  s->lights[0] = (myr_light){.direction = {0.48f, 0.36f, -0.8f},
                             .color = {0.8f, 0.8f, 0.7f},
                             .radius = 0.03f,
                             .kind = MYR_LIGHT_DIRECTIONAL,
                             .shadows = 1};
  s->lights[1] = (myr_light){.position = {0.5f, -1, 1.5f},
                             .color = {0.3f, 0.3f, 0.5f},
                             .attenuation = {1, 0, 0.2f},
                             .radius = 0.05f,
                             .kind = MYR_LIGHT_POINT,
                             .shadows = 1};
  s->environment = (myr_environment){
      .zenith = {0.2f, 0.3f, 0.6f}, .horizon = {0.6f, 0.6f, 0.7f}, .sky_light = 0.3f, .sky_texture = -1, .exposure = 1};
  s->frame = (myr_frame){.drawables = s->drawables,
                         .surfaces = s->surfaces,
                         .lights = s->lights,
                         .textures = s->maps,
                         .environment = &s->environment,
                         .drawable_count = BALLS + 1,
                         .light_count = 2};
  s->view = (myr_view){.width = WIDTH,
                       .height = HEIGHT,
                       .projection = MYR_PINHOLE,
                       .samples = 1,
                       .focal = {60, 60},
                       .center = {WIDTH / 2, HEIGHT / 2},
                       .near_limit = 0.05f,
                       .far_limit = 50,
                       .position = {-1.6f, 0, 0.8f},
                       .rotation = {0, -0.28f, 0.96f, -1, 0, 0, 0, -0.96f, -0.28f}};
  memcpy(s->view.next_rotation, s->view.rotation, sizeof s->view.rotation);
}

static void free_scene(features_scene *s) {
  texture_free(&s->maps[0]);
  texture_free(&s->maps[1]);
}

static void draw(features_scene *s, const myr_raster *raster, int features, uint8_t rgb[WIDTH * HEIGHT * 3]) {
  s->view.shadows = features & 1;
  s->view.patterns = features >> 1 & 1;
  s->view.highlights = features >> 2 & 1;
  raster_images images = images_create(WIDTH, HEIGHT, 0, 1);
  images_draw(raster, &s->frame, &s->view, &images, 0xff);
  memcpy(rgb, images.outputs.rgb, WIDTH * HEIGHT * 3);
  images_free(&images);
}

static features_scene scene;
static uint8_t images[COMBINATIONS][WIDTH * HEIGHT * 3], other[WIDTH * HEIGHT * 3];

static void every_width_draws_the_same(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  make_scene(&scene, 1);
  for (int features = 0; features < COMBINATIONS; features++) {
    draw(&scene, rasters[0], features, images[features]);
    for (int w = 1; w < widths; w++) {
      draw(&scene, rasters[w], features, other);
      assert_memory_equal(images[features], other, sizeof other);
    }
    for (int less = 0; less < features; less++) /* each of them is seen */
      assert_memory_not_equal(images[features], images[less], sizeof other);
  }
  free_scene(&scene);
}

/* If no surface shines, switching highlights on changes no byte, although other code draws the view. */
static void dull_surfaces_have_no_highlights(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  make_scene(&scene, 0);
  for (int features = 0; features < COMBINATIONS / 2; features++)
    for (int w = 0; w < widths; w++) {
      draw(&scene, rasters[w], features, images[0]);
      draw(&scene, rasters[w], features | 4, other);
      assert_memory_equal(images[0], other, sizeof other);
    }
  free_scene(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_width_draws_the_same),
      cmocka_unit_test(dull_surfaces_have_no_highlights),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
