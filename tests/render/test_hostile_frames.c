/* Tests that no number of a frame or a view leads out of any memory: NaN, infinities, the largest and the smallest
 * numbers stand in the place of each, and every width draws the frame. AddressSanitizer and the guards behind images and
 * scratch see what would be touched outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/render/raster_images.h"

#include "tests/render/random_frame.h"

enum { FRAMES = 9, STRIKES = 20 };

static const float hostile[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e20f, -1e20f, 1e10f, 1e-38f, 1e-45f, 0, -1};

/* A place to strike: `count` floats, and how far the next element is. */
typedef struct target {
  float *numbers;
  size_t count;
} target;

#define ALL_OF(member) \
  { (float *)(void *)(member), sizeof(member) / sizeof(float) }

/* The floats of a random element of the frame. */
static target choose_target(random_stream *r, random_frame *f) {
  myr_drawable *d = &f->drawables[random_count(r, 0, FRAME_DRAWABLES - 1)];
  myr_surface *s = &f->surfaces[random_count(r, 0, FRAME_SURFACES - 1)];
  myr_light *l = &f->lights[random_count(r, 0, FRAME_LIGHTS - 1)];
  myr_environment *e = &f->environment;
  myr_view *v = &f->view;
  target targets[] = {
      ALL_OF(d->position),      ALL_OF(d->rotation),     ALL_OF(d->next_position), ALL_OF(d->next_rotation),
      ALL_OF(d->size),          {&d->bound, 1},          ALL_OF(s->color),         ALL_OF(s->color2),
      ALL_OF(s->scale),         ALL_OF(s->offset),       {&s->metallic, 1},        {&s->roughness, 1},
      {&s->reflectance, 1},     {&s->emission, 1},       ALL_OF(l->position),      ALL_OF(l->direction),
      ALL_OF(l->color),         {&l->radius, 1},         ALL_OF(l->attenuation),   {&l->cone_inner, 1},
      {&l->cone_outer, 1},      ALL_OF(e->zenith),       ALL_OF(e->ambient),       {&e->sky_light, 1},
      {&e->fog_density, 1},     {&e->exposure, 1},       ALL_OF(v->focal),         ALL_OF(v->center),
      {&v->near_limit, 1},      {&v->far_limit, 1},      ALL_OF(v->position),      ALL_OF(v->rotation),
      ALL_OF(v->next_position), ALL_OF(v->next_rotation)};
  return targets[random_count(r, 0, (int)(sizeof targets / sizeof *targets) - 1)];
}

static void strike(random_stream *r, random_frame *f) {
  target t = choose_target(r, f);
  float number = hostile[random_count(r, 0, (int)(sizeof hostile / sizeof *hostile) - 1)];
  bool all = random_count(r, 0, 2) == 0;
  for (size_t i = 0; i < t.count; i++)
    if (all || random_count(r, 0, (int)t.count - 1) == 0) t.numbers[i] = number;
}

/* A bitmap of two texels for some surfaces, so that look-ups are struck too. */
static void wear_textures(random_stream *r, random_frame *f) {
  for (int i = 0; i < FRAME_SURFACES; i++) {
    f->surfaces[i].mapping = random_count(r, 0, 3);
    if (random_count(r, 0, 1)) f->surfaces[i].pattern = MYR_PATTERN_BITMAP;
  }
}

static void draw(const myr_raster *raster, const random_frame *f) {
  raster_images images = images_create(f->view.width, f->view.height, FRAME_INSTANCES, IMAGES_ALL);
  images_draw(raster, &f->frame, &f->view, &images, 0);
  images_free(&images);
}

static void every_number(void **state) {
  (void)state;
  static random_frame f;
  const myr_raster *rasters[4];
  int widths = raster_widths(rasters);
  random_stream r = {.key = 77};
  for (int i = 0; i < FRAMES; i++) {
    random_frame_make(&f, 3000 + (uint64_t)i, i % 3, i % 2);
    wear_textures(&r, &f);
    random_frame whole = f;
    for (int k = 0; k < STRIKES; k++) {
      int count = random_count(&r, 1, 3);
      for (int n = 0; n < count; n++) strike(&r, &f);
      for (int w = 0; w < widths; w++) draw(rasters[w], &f);
      memcpy(f.drawables, whole.drawables, sizeof f.drawables);
      memcpy(f.surfaces, whole.surfaces, sizeof f.surfaces);
      memcpy(f.lights, whole.lights, sizeof f.lights);
      f.environment = whole.environment;
      f.view = whole.view;
    }
    random_frame_free(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_number)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
