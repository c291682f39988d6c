/* Tests colours: the sRGB curve, the reflection model against its integrals, the conventions of light. A pixel's colour
 * must depend only on the pixel, not on its neighbours, the width of vectors or culling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lane_widths.h"
#include "shade_scene.h"

static shade_scene scene;
static float colors[SCENE_PIXELS][3], other_colors[SCENE_PIXELS][3];

/* ------------------------------------------------------------------------------------------------ sRGB */

static double exact_srgb(double x) {
  x = fmin(fmax(x, 0), 1);
  return 255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055);
}

static void test_srgb(void **state) {
  enum { COUNT = 1 << 20 };
  (void)state;
  float *linear = malloc(COUNT * sizeof *linear);
  int32_t *bytes = malloc(COUNT * sizeof *bytes);
  assert_true(linear && bytes);
  for (int i = 0; i < COUNT; i++) linear[i] = (float)((double)i / (COUNT - 1));
  for (int i = 0; i < 1000; i++) linear[i] = (float)(i * 1e-6); /* finely where the curve is steep */
  const float special[8] = {-1, -0.0f, 1e-30f, 0.0031307f, 0.0031309f, 0.99999994f, 1.5f, 1e30f};
  memcpy(linear + 1000, special, sizeof special);
  shade_table_1.encode(linear, COUNT, bytes);
  double worst = 0;
  for (int i = 0; i < COUNT; i++) {
    double exact = exact_srgb((double)linear[i]), distance = fabs(exact - bytes[i]);
    worst = fmax(worst, distance - 0.5);
    assert_true(distance <= 0.5 + 1e-3);
    assert_true(bytes[i] >= 0 && bytes[i] <= 255);
    if (i > 1008) assert_true(bytes[i] >= bytes[i - 1]);
  }
  assert_int_equal(bytes[1007], 255);
  assert_int_equal(bytes[1000], 0);
  assert_int_equal(bytes[COUNT - 1], 255);
  print_message("rounding differs from the exact curve's within %.2g of the middle between two bytes\n", worst);
#define USE(width)                                          \
  do {                                                      \
    int32_t *wide = malloc(COUNT * sizeof *wide);           \
    shade_table_##width.encode(linear, COUNT, wide);        \
    assert_memory_equal(bytes, wide, COUNT * sizeof *wide); \
    free(wide);                                             \
  } while (0)
  FOR_EACH_WIDTH(USE);
#undef USE
  free(linear);
  free(bytes);
}

/* ------------------------------------------------------------------------------------------------ reflection */

static void reflect(double nl, double nv, double vl, float alpha, float *shine, float *grazing) {
  float cosines[16][3], shines[16], grazings[16];
  for (int i = 0; i < 16; i++) cosines[i][0] = (float)nl, cosines[i][1] = (float)nv, cosines[i][2] = (float)vl;
  shade_table_1.highlights((const float(*)[3])cosines, 16, alpha, shines, grazings);
  *shine = shines[0];
  *grazing = grazings[0];
}

/* If viewer and light are both in direction h, all cosines are n.h, and pi D V is pi D times a known visibility. This
 * gives D, and the integral of D (n.h) over all h must be 1. */
static void test_distribution_is_normalised(void **state) {
  const float alphas[5] = {0.05f, 0.1f, 0.3f, 0.6f, 1};
  const double pi = 3.14159265358979;
  (void)state;
  for (int a = 0; a < 5; a++) {
    double alpha = (double)alphas[a], integral = 0;
    const int steps = 40000;
    for (int i = 0; i < steps; i++) {
      double c = (i + 0.5) / steps; /* cosine: dw = 2 pi dc */
      float shine, grazing;
      reflect(c, c, 1, alphas[a], &shine, &grazing);
      double visibility = 0.5 / (2 * c * c * (1 - alpha) + 2 * c * alpha);
      integral += (double)shine / visibility / pi * c * 2 * pi / steps;
    }
    assert_true(fabs(integral - 1) < 2e-3);
  }
}

static void test_reflection(void **state) {
  (void)state;
  float a, b, grazing, other;
  for (int i = 0; i < 1000; i++) { /* reciprocity */
    double nl = scene_random(0.01, 1), nv = scene_random(0.01, 1), vl = scene_random(-0.9, 1);
    reflect(nl, nv, vl, 0.3f, &a, &grazing);
    reflect(nv, nl, vl, 0.3f, &b, &other);
    assert_true(fabsf(a - b) <= 1e-5f * a);
    assert_true(isfinite(a) && a >= 0);
  }
  reflect(1, 1, 1, 0.3f, &a, &grazing); /* Schlick: nothing added at normal incidence, all at grazing incidence */
  assert_true(grazing < 1e-20f);
  reflect(0.01, 0.01, -1, 0.3f, &a, &grazing);
  assert_true(grazing > 0.999f);
  reflect(0.5, 0.5, 0, 0.3f, &a, &grazing); /* half way: (1 - cos 45 deg)^5 */
  assert_true(fabs((double)grazing - pow(1 - sqrt(0.5), 5)) < 1e-8);
  reflect(1e-4, 1e-4, 1, 0.01f, &a, &grazing);
  assert_true(isfinite(a));
}

/* A metal under light from one direction never reflects more light than arrives. */
static void test_energy(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    double nl = 0.1 + 0.9 * i / 20, sine = sqrt(1 - nl * nl), integral = 0;
    const int steps = 200;
    for (int j = 0; j < steps; j++)
      for (int k = 0; k < steps; k++) {
        double nv = (j + 0.5) / steps, angle = 6.283185307 * (k + 0.5) / steps;
        double vl = nl * nv + sine * sqrt(1 - nv * nv) * cos(angle);
        float shine, grazing;
        reflect(nl, nv, vl, 0.5f, &shine, &grazing);
        integral += (double)shine * nv * 2 / (steps * steps); /* pi f / pi, dw = 2 pi d(nv) mean over the angle */
      }
    assert_true(integral < 1.01 && integral > 0.5);
  }
}

/* ------------------------------------------------------------------------------------------------ conventions */

/* Makes 16 equal pixels of a plane seen from right above. */
static void one_surface(shade_pixel pixels[16]) {
  memset(&scene, 0, sizeof scene);
  scene_add(&scene, MYR_GEOM_PLANE, 0, 0, 0, 0, 0, 0);
  scene.surfaces[0] = (myr_surface){.color = {1, 1, 1}, .roughness = 1};
  scene.lights[0] = (myr_light){.direction = {0, 0, -1}, .color = {1, 1, 1}};
  scene.environment = (myr_environment){.sky_texture = -1, .exposure = 1};
  scene.frame.drawables = scene.drawables;
  scene.frame.surfaces = scene.surfaces;
  scene.frame.lights = scene.lights;
  scene.frame.environment = &scene.environment;
  scene.frame.light_count = 1;
  scene.view =
      (myr_view){.samples = 1, .shadows = 1, .patterns = 1, .highlights = 1, .focal = {50, 50}, .position = {0, 0, 2}};
  for (int i = 0; i < 16; i++)
    pixels[i] = (shade_pixel){.depth = 2,
                              .ray = {0, 0, -1},
                              .ray_length = 1,
                              .normal = {0, 0, 1},
                              .local_normal = {0, 0, 1},
                              .step_x = {0.01f, 0, 0},
                              .step_y = {0, 0.01f, 0}};
}

static void shade_one(const shade_pixel pixels[16], float color[3]) {
  float result[16][3];
  shade_table_1.colors(&scene.frame, &scene.view, pixels, 16, 0, result[0]);
  memcpy(color, result[3], 3 * sizeof *color);
}

static void assert_color(const float color[3], double r, double g, double b, double tolerance) {
  const double expected[3] = {r, g, b};
  for (int i = 0; i < 3; i++)
    if (!(fabs((double)color[i] - expected[i]) <= tolerance))
      fail_msg("channel %d is %g, not %g", i, (double)color[i], expected[i]);
}

static void test_conventions(void **state) {
  (void)state;
  shade_pixel pixels[16];
  float color[3];
  int32_t bytes[16];
  float linear[16];
  one_surface(pixels);
  shade_one(pixels, color); /* white, facing a light of colour 1 */
  assert_color(color, 1, 1, 1, 0);
  for (int i = 0; i < 16; i++) linear[i] = color[0];
  shade_table_1.encode(linear, 16, bytes);
  assert_int_equal(bytes[0], 255);

  scene.lights[0].direction[0] = 0.8f; /* Lambert's cosine; the light's and the surface's colour multiply */
  scene.lights[0].direction[2] = -0.6f;
  scene.lights[0].color[1] = 0.5f;
  scene.surfaces[0].color[2] = 0.25f;
  shade_one(pixels, color);
  assert_color(color, 0.6, 0.3, 0.15, 1e-6);

  scene.lights[0].direction[2] = 0.6f; /* from below */
  shade_one(pixels, color);
  assert_color(color, 0, 0, 0, 0);
  scene.surfaces[0].emission = 2;
  shade_one(pixels, color);
  assert_color(color, 2, 2, 0.5, 1e-6);

  one_surface(pixels); /* attenuation over 2 m: 1 / (1 + 2 * 0.5 + 4 * 0.25) */
  scene.lights[0] =
      (myr_light){.position = {0, 0, 2}, .color = {1, 1, 1}, .attenuation = {1, 0.5f, 0.25f}, .kind = MYR_LIGHT_POINT};
  shade_one(pixels, color);
  assert_color(color, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1e-6);

  scene.lights[0].kind = MYR_LIGHT_SPOT; /* on the rim of the cone, half way through it, and inside */
  scene.lights[0].attenuation[1] = scene.lights[0].attenuation[2] = 0;
  scene.lights[0].cone_inner = 0.9f;
  scene.lights[0].cone_outer = 0.7f;
  const float cosines[4] = {0.69f, 0.7f, 0.8f, 0.95f};
  const double shares[4] = {0, 0, 0.5, 1};
  for (int i = 0; i < 4; i++) {
    scene.lights[0].direction[0] = sqrtf(1 - cosines[i] * cosines[i]);
    scene.lights[0].direction[2] = -cosines[i];
    shade_one(pixels, color);
    assert_color(color, shares[i], shares[i], shares[i], 1e-5);
  }
}

static void test_surroundings(void **state) {
  (void)state;
  shade_pixel pixels[16];
  float color[3];
  one_surface(pixels);
  scene.frame.light_count = 0;
  for (int i = 0; i < 3; i++) {
    scene.environment.zenith[i] = scene.environment.horizon[i] = 0.5f;
    scene.environment.ground[i] = 0.1f;
    scene.environment.ambient[i] = 0.2f;
  }
  scene.environment.sky_light = 0.5f;
  shade_one(pixels, color); /* up: the sky's half and the ambient light */
  assert_color(color, 0.45, 0.45, 0.45, 1e-6);
  for (int i = 0; i < 16; i++) pixels[i].normal[2] = -1;
  shade_one(pixels, color);
  assert_color(color, 0.25, 0.25, 0.25, 1e-6);
  for (int i = 0; i < 16; i++) pixels[i].normal[2] = 1;
  for (int i = 0; i < 3; i++) scene.environment.zenith[i] = 0.8f; /* weighted by the cosine: 5/6 of the way up */
  shade_one(pixels, color);
  assert_color(color, 0.575, 0.575, 0.575, 1e-6);
  for (int i = 0; i < 3; i++) scene.environment.zenith[i] = 0.5f;
  scene.surfaces[0].metallic = 1; /* a mirror seen from above shows the zenith in its own colour */
  scene.surfaces[0].roughness = 0;
  scene.surfaces[0].color[0] = 0.5f;
  shade_one(pixels, color);
  assert_color(color, 0.225, 0.45, 0.45, 1e-5);

  scene.surfaces[0].metallic = 0;
  scene.surfaces[0].roughness = 1;
  scene.environment.fog_density = 0.25f; /* over 2 m: exp(-1/2) remains */
  scene.environment.fog_color[0] = 1;
  shade_one(pixels, color);
  assert_color(color, 1 - exp(-0.5) * (1 - 0.225), exp(-0.5) * 0.45, exp(-0.5) * 0.45, 1e-6);
}

static void test_intensity(void **state) {
  (void)state;
  shade_pixel pixels[16];
  float intensity[16];
  one_surface(pixels);
  scene.surfaces[0].color[2] = 0;
  for (int i = 0; i < 16; i++) pixels[i].ray[0] = 0.75f, pixels[i].ray_length = 1.25f;
  shade_table_1.intensities(&scene.frame, &scene.view, pixels, 16, intensity);
  assert_true(fabsf(intensity[5] - 0.9278f * 0.8f) < 1e-6f);
}

/* Returns a texel of the sum of primary colours: bits 0, 1, 2 of rgb are red, green, blue. */
static uint32_t primary(int rgb) {
  return (rgb & 1 ? 1023u : 0) | (rgb & 2 ? 1023u << 10 : 0) | (rgb & 4 ? 1023u << 20 : 0);
}

/* A sky of six plain faces. In MuJoCo's skyboxes y points up, in our world z. */
static void test_sky_map(void **state) {
  const uint32_t texels[6] = {primary(1), primary(2), primary(3), primary(4), primary(5), primary(6)};
  const myr_texture map = {.texels = texels, .width = 1, .height = 1, .levels = 1, .faces = 6, .face_stride = 1};
  static const float towards[6][3] = {{1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, {0, 0, -1}, {0, -1, 0}, {0, 1, 0}};
  float directions[16][3] = {{0}}, sky[16][3];
  (void)state;
  shade_pixel pixels[16];
  one_surface(pixels);
  scene.frame.textures = &map;
  scene.environment.sky_texture = 0;
  for (int i = 0; i < 16; i++) memcpy(directions[i], towards[i % 6], sizeof towards[0]);
  shade_table_1.sky(&scene.frame, &scene.view, directions[0], 16, sky[0]);
  for (int face = 0; face < 6; face++) {
    const int rgb = face + 1;
    assert_color(sky[face], rgb & 1, rgb >> 1 & 1, rgb >> 2 & 1, 1e-6);
  }
}

/* A mesh's own texture coordinates, scaled and moved, choose the texel. */
static void test_own_coordinates(void **state) {
  const uint32_t texels[4] = {primary(1), primary(2), primary(4), primary(7)}; /* 2 x 2 */
  const myr_texture map = {.texels = texels, .width = 2, .height = 2, .levels = 1, .faces = 1, .face_stride = 4};
  float colors[16][3];
  (void)state;
  shade_pixel pixels[16];
  one_surface(pixels);
  scene.frame.textures = &map;
  scene.frame.light_count = 0;
  scene.surfaces[0] = (myr_surface){.color = {1, 1, 1},
                                    .roughness = 1,
                                    .emission = 1,
                                    .scale = {2, 1},
                                    .offset = {0, 0.5f},
                                    .pattern = MYR_PATTERN_BITMAP,
                                    .mapping = MYR_MAPPING_UV};
  for (int i = 0; i < 16; i++) { /* texel centres of every row and column, v moved by half the bitmap */
    pixels[i].u = i & 1 ? 0.375f : 0.125f;
    pixels[i].v = i & 2 ? 0.25f : 0.75f;
  }
  shade_table_1.colors(&scene.frame, &scene.view, pixels, 16, 1, colors[0]);
  assert_color(colors[0], 1, 0, 0, 1e-6);
  assert_color(colors[1], 0, 1, 0, 1e-6);
  assert_color(colors[2], 0, 0, 1, 1e-6);
  assert_color(colors[3], 1, 1, 1, 1e-6);
}

static void test_sky(void **state) {
  enum { COUNT = 4096 };
  static float directions[COUNT][3], sky[COUNT][3], other[COUNT][3];
  (void)state;
  shade_pixel pixels[16];
  one_surface(pixels);
  for (int i = 0; i < 3; i++) {
    scene.environment.zenith[i] = 0.2f * (float)(i + 1);
    scene.environment.horizon[i] = 0.9f;
    scene.environment.ground[i] = 0.1f;
  }
  for (int i = 0; i < COUNT; i++) {
    double angle = -1.5707963 + 3.1415926 * i / (COUNT - 1);
    directions[i][0] = (float)cos(angle);
    directions[i][2] = (float)sin(angle);
  }
  shade_table_1.sky(&scene.frame, &scene.view, directions[0], COUNT, sky[0]);
  assert_color(sky[0], 0.1, 0.1, 0.1, 1e-6);
  assert_color(sky[COUNT - 1], 0.2, 0.4, 0.6, 1e-6);
  for (int i = 1; i < COUNT; i++) /* no edge at the horizon */
    for (int k = 0; k < 3; k++) assert_true(fabsf(sky[i][k] - sky[i - 1][k]) < 0.04f);
  scene.environment.fog_density = 0.01f;
  scene.environment.fog_color[1] = 1;
  shade_table_1.sky(&scene.frame, &scene.view, directions[0], COUNT, sky[0]);
  assert_color(sky[COUNT / 4], 0, 1, 0, 0); /* below the horizon fog hides everything */
  assert_true(sky[COUNT - 1][0] > 0.05f);   /* and overhead it is a layer */
#define USE(width)                                                                      \
  do {                                                                                  \
    shade_table_##width.sky(&scene.frame, &scene.view, directions[0], COUNT, other[0]); \
    assert_memory_equal(sky, other, sizeof sky);                                        \
  } while (0)
  FOR_EACH_WIDTH(USE);
#undef USE
}

/* ------------------------------------------------------------------------------------------------ scenes */

/* Builds a scene with shapes of every kind. The bits of `which` switch its features on. */
static void build_variant(int which) {
  scene_build(&scene, which & 1, 3);
  scene.view.shadows = !(which & 2);
  for (int i = 0; i < scene.frame.drawable_count; i++) {
    myr_surface *s = &scene.surfaces[i];
    s->reflectance = i % 3 ? 0.04f : 0;
    s->metallic = i % 4 == 1 ? 1 : 0;
    if (i % 5 == 2) s->pattern = MYR_PATTERN_NOISE, s->scale[0] = 5;
    if (i % 5 == 3) s->pattern = MYR_PATTERN_CHECKER, s->mapping = MYR_MAPPING_BOX, s->scale[0] = s->scale[1] = 30;
    if (i % 5 == 4) s->pattern = MYR_PATTERN_GRADIENT;
  }
  if (which & 4) scene.environment.fog_density = 0.1f;
  if (which & 8)
    for (int i = 0; i < 3; i++) scene.lights[i].radius = 0;
  if (which & 16) { /* a lamp among the limbs, and a light from below the floor */
    scene.lights[1].position[0] = 0.1f;
    scene.lights[1].position[1] = 0;
    scene.lights[1].position[2] = 0.8f;
    scene.lights[0].direction[2] = 0.3f;
  }
}

static void shade_scene_with(const shade_table *table, int culled, float out[][3]) {
  table->colors(&scene.frame, &scene.view, scene.pixels, SCENE_PIXELS, culled, out[0]);
}

static void test_widths_and_culling(void **state) {
  (void)state;
  for (int which = 0; which < 32; which++) {
    build_variant(which);
    shade_scene_with(&shade_table_1, 0, colors); /* all casters for every pixel */
    for (int i = 0; i < SCENE_PIXELS; i++)
      for (int k = 0; k < 3; k++) assert_true(colors[i][k] >= 0 && colors[i][k] < 100);
    shade_scene_with(&shade_table_1, 1, other_colors);
    assert_memory_equal(colors, other_colors, sizeof colors);
#define USE(width)                                            \
  do {                                                        \
    shade_scene_with(&shade_table_##width, 0, other_colors);  \
    assert_memory_equal(colors, other_colors, sizeof colors); \
    shade_scene_with(&shade_table_##width, 1, other_colors);  \
    assert_memory_equal(colors, other_colors, sizeof colors); \
  } while (0)
    FOR_EACH_WIDTH(USE);
#undef USE
  }
}

/* Whether a shape lies between the point and the light, in double precision. */
static int is_shadowed(const shade_pixel *pixel, const myr_light *light) {
  for (int i = 0; i < scene.frame.drawable_count; i++) {
    const myr_drawable *d = &scene.drawables[i];
    if (i == pixel->drawable || (d->shape == MYR_GEOM_PLANE && d->size[0] == 0)) continue;
    double p[3], v[3], origin[3], direction[3], near, far, length = INFINITY;
    for (int k = 0; k < 3; k++) {
      p[k] = pixel->position[k];
      v[k] = light->kind == MYR_LIGHT_DIRECTIONAL ? -light->direction[k] : light->position[k] - p[k];
    }
    if (light->kind != MYR_LIGHT_DIRECTIONAL) length = 1;
    scene_to_local(d, p, 1, origin);
    scene_to_local(d, v, 0, direction);
    reference_interval(d->shape, d->size, origin, direction, &near, &far);
    if (near <= far && near > 0 && near < length) return 1;
  }
  return 0;
}

/* Under one small light, a pixel is either as bright as without shadows, or dark. */
static void test_scene_shadows(void **state) {
  (void)state;
  for (int which = 0; which < 6; which++) {
    scene_build(&scene, 1, 3);
    scene.lights[0] = scene.lights[which % 3];
    scene.lights[0].radius = 0;
    scene.frame.light_count = 1;
    scene.environment.ambient[0] = scene.environment.sky_light = 0;
    scene.view.patterns = 0;
    if (which > 2)
      for (int k = 0; k < 3; k++) scene.lights[0].position[k] *= 0.7f;
    scene.view.shadows = 0;
    shade_scene_with(&shade_table_1, 0, other_colors);
    scene.view.shadows = 1;
    shade_scene_with(&shade_table_1, 1, colors);
    int lit = 0, dark = 0, wrong = 0;
    for (int i = 0; i < SCENE_PIXELS; i++) {
      if (scene.pixels[i].drawable < 0 || other_colors[i][0] == 0) continue;
      int expected = is_shadowed(&scene.pixels[i], &scene.lights[0]);
      wrong += colors[i][0] != (expected ? 0 : other_colors[i][0]);
      dark += expected;
      lit += !expected;
    }
    assert_true(lit > 100 && dark > 50);
    assert_true(wrong <= 2); /* on an edge to within rounding */
  }
}

/* An endless plane hides a light below it from everything above. */
static void test_light_below_floor(void **state) {
  (void)state;
  build_variant(16);
  scene.frame.light_count = 1;
  scene.environment.ambient[0] = scene.environment.ambient[1] = scene.environment.ambient[2] = 0;
  scene.environment.sky_light = 0;
  shade_scene_with(&shade_table_1, 1, colors);
  for (int i = 0; i < SCENE_PIXELS; i++) assert_true(colors[i][0] == 0);
  scene.view.shadows = 0;
  shade_scene_with(&shade_table_1, 1, colors);
  int lit = 0;
  for (int i = 0; i < SCENE_PIXELS; i++) lit += colors[i][0] > 0;
  assert_true(lit > 20);
}

/* Replaces all but the floor by one box, and looks at the floor alone. */
static void leave_a_box(const myr_mesh *mesh, int light, int soft) {
  scene_build(&scene, 1, 3);
  scene.frame.drawable_count = 2;
  scene.frame.meshes = mesh;
  scene.frame.light_count = 1;
  scene.lights[0] = scene.lights[light];
  if (!soft) scene.lights[0].radius = 0;
  myr_drawable *d = &scene.drawables[1];
  d->shape = MYR_GEOM_BOX;
  d->size[0] = 0.3f, d->size[1] = 0.2f, d->size[2] = 0.25f;
  d->position[2] = 0.8f;
  d->bound = reference_bound(d->shape, d->size);
  for (int i = 0; i < SCENE_PIXELS; i++)
    if (scene.pixels[i].drawable != 0) scene.pixels[i].drawable = -1;
}

/* A mesh in the shape of a box casts the box's shadow: an equal one if it is hard, one in steps if it is soft. */
static void test_mesh_shadows(void **state) {
  static const float x[16] = {-1, 1, -1, 1, -1, 1, -1, 1}, y[16] = {-1, -1, 1, 1, -1, -1, 1, 1};
  static const float z[16] = {-1, -1, -1, -1, 1, 1, 1, 1};
  static const int corners[12][3] = {{0, 2, 3}, {0, 3, 1}, {4, 5, 7}, {4, 7, 6}, {0, 1, 5}, {0, 5, 4},
                                     {2, 6, 7}, {2, 7, 3}, {0, 4, 6}, {0, 6, 2}, {1, 3, 7}, {1, 7, 5}};
  (void)state;
  float scaled[3][16];
  int32_t triangle[16] = {0}, vertices[16] = {0};
  for (int i = 0; i < 16; i++) scaled[0][i] = 0.3f * x[i], scaled[1][i] = 0.2f * y[i], scaled[2][i] = 0.25f * z[i];
  for (int i = 0; i < 12; i++) triangle[i] = corners[i][0] | corners[i][1] << 8 | corners[i][2] << 16;
  const myr_mesh_level level = {.node_count = 1};
  const myr_mesh_node node = {.low = {-0.3f, -0.2f, -0.25f}, .high = {0.3f, 0.2f, 0.25f}, .count = 12};
  const myr_mesh mesh = {.x = scaled[0],
                         .y = scaled[1],
                         .z = scaled[2],
                         .triangle = triangle,
                         .triangle_vertices = vertices,
                         .levels = &level,
                         .nodes = &node,
                         .vertex_count = 8,
                         .triangle_count = 12,
                         .level_count = 1,
                         .node_count = 1};
  for (int light = 0; light < 3; light++)
    for (int soft = 0; soft < 2; soft++) {
      leave_a_box(&mesh, light, soft);
      shade_scene_with(&shade_table_1, 1, colors);
      scene.drawables[1].shape = MYR_SHAPE_MESH;
      shade_scene_with(&shade_table_1, 1, other_colors);
      int differ = 0, shadowed = 0;
      double sum = 0;
      for (int i = 0; i < SCENE_PIXELS; i++) {
        differ += fabsf(colors[i][0] - other_colors[i][0]) > 0.02f;
        sum += (double)(colors[i][0] - other_colors[i][0]);
        shadowed += scene.pixels[i].drawable == 0 && colors[i][0] < 0.6f * colors[SCENE_PIXELS - 1][0];
      }
      assert_true(shadowed > 10);
      assert_true(differ <= (soft ? 150 : 3));
      assert_true(fabs(sum) < 2);
#define USE(width)                                            \
  do {                                                        \
    shade_scene_with(&shade_table_##width, 1, colors);        \
    assert_memory_equal(colors, other_colors, sizeof colors); \
    shade_scene_with(&shade_table_##width, 0, colors);        \
    assert_memory_equal(colors, other_colors, sizeof colors); \
  } while (0)
      FOR_EACH_WIDTH(USE);
#undef USE
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_srgb),
      cmocka_unit_test(test_distribution_is_normalised),
      cmocka_unit_test(test_reflection),
      cmocka_unit_test(test_energy),
      cmocka_unit_test(test_conventions),
      cmocka_unit_test(test_surroundings),
      cmocka_unit_test(test_intensity),
      cmocka_unit_test(test_sky),
      cmocka_unit_test(test_sky_map),
      cmocka_unit_test(test_own_coordinates),
      cmocka_unit_test(test_widths_and_culling),
      cmocka_unit_test(test_scene_shadows),
      cmocka_unit_test(test_light_below_floor),
      cmocka_unit_test(test_mesh_shadows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
