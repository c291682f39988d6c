/* Tests the shadows of single shapes: hard shadows against rays in double precision, soft shadows by the properties of
 * a penumbra. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lane_widths.h"
#include "shade_scene.h"
#include "shade_shadow_lanes.h"

enum { BLOCK = 1024, BLOCKS = 24 };
static const int shapes[6] = {MYR_GEOM_SPHERE,   MYR_GEOM_CAPSULE, MYR_GEOM_ELLIPSOID,
                              MYR_GEOM_CYLINDER, MYR_GEOM_BOX,     MYR_GEOM_PLANE};

static shade_occluder random_occluder(int shape, int directional, float radius) {
  shade_occluder o = {.shape = shape, .radius = radius, .directional = directional};
  for (int i = 0; i < 3; i++) o.size[i] = (float)scene_random(0.1, 1);
  if (shape == MYR_GEOM_PLANE) o.size[2] = 0;
  return o;
}

static int is_inside(const shade_occluder *o, const double p[3], double margin) {
  float grown[3];
  for (int i = 0; i < 3; i++) grown[i] = o->size[i] + (float)margin;
  const double d[3] = {0, 0, 1};
  double near, far;
  reference_interval(o->shape == MYR_GEOM_PLANE ? MYR_GEOM_BOX : o->shape, grown, p, d, &near, &far);
  return near <= 0 && far >= 0;
}

/* Returns a ray from `from` to the light; both are outside of the shape. */
static shade_ray ray_to_light(const shade_occluder *o, const double from[3]) {
  shade_ray ray;
  double d[3], length;
  for (int i = 0; i < 3; i++) d[i] = o->directional ? o->light[i] : o->light[i] - from[i];
  length = sqrt(dot3(d, d));
  for (int i = 0; i < 3; i++) ray.origin[i] = (float)from[i], ray.direction[i] = (float)(d[i] / length);
  ray.length = o->directional ? 1e30f : (float)length;
  ray.spread = o->directional ? o->radius : (float)(o->radius / length);
  return ray;
}

static void random_point_outside(const shade_occluder *o, double reach, double p[3]) {
  do
    for (int i = 0; i < 3; i++) p[i] = scene_random(-reach, reach);
  while (is_inside(o, p, 1e-3));
}

static void random_light(shade_occluder *o, double reach) {
  double p[3];
  if (o->directional)
    scene_random_direction(p);
  else
    random_point_outside(o, reach, p);
  for (int i = 0; i < 3; i++) o->light[i] = (float)p[i];
}

/* Whether the shape, grown by `grow` m, blocks the ray. If a slightly larger and a slightly smaller shape disagree,
 * then rounding decides and the ray is not compared. */
static int reference_blocked(const shade_occluder *o, const shade_ray *ray, double grow) {
  float size[3];
  double origin[3], direction[3], near, far;
  for (int i = 0; i < 3; i++) {
    size[i] = o->size[i] + (float)grow;
    origin[i] = ray->origin[i];
    direction[i] = ray->direction[i];
  }
  reference_interval(o->shape, size, origin, direction, &near, &far);
  return near <= far && near > 0 && near < ray->length;
}

static void assert_hard_shadows(int shape, int directional) {
  static shade_ray rays[BLOCK];
  static float hidden[BLOCK];
  int blocked = 0, judged = 0;
  for (int b = 0; b < BLOCKS; b++) {
    shade_occluder o = random_occluder(shape, directional, 0);
    random_light(&o, b % 2 ? 3 : 1);                                            /* far from the shape, or close to it */
    if (b == 0 && directional) o.light[0] = 0, o.light[1] = 0, o.light[2] = 1;  /* along the axis */
    if (b == 1 && directional) o.light[0] = 0, o.light[1] = -1, o.light[2] = 0; /* across it */
    for (int i = 0; i < BLOCK; i++) {
      double p[3];
      random_point_outside(&o, 2, p);
      rays[i] = ray_to_light(&o, p);
    }
    hidden_1(&o, rays, BLOCK, hidden);
    for (int i = 0; i < BLOCK; i++) {
      const double doubt = 2e-4;
      int expected = reference_blocked(&o, &rays[i], 0);
      if (reference_blocked(&o, &rays[i], doubt) != expected || reference_blocked(&o, &rays[i], -doubt) != expected)
        continue;
      if (hidden[i] != (float)expected)
        print_error("shape %d directional %d block %d: hidden %g, expected %d; size %g %g %g origin %g %g %g "
                    "direction %g %g %g length %g\n",
                    shape, directional, b, (double)hidden[i], expected, (double)o.size[0], (double)o.size[1],
                    (double)o.size[2], (double)rays[i].origin[0], (double)rays[i].origin[1], (double)rays[i].origin[2],
                    (double)rays[i].direction[0], (double)rays[i].direction[1], (double)rays[i].direction[2],
                    (double)rays[i].length);
      assert_true(hidden[i] == (float)expected);
      blocked += expected;
      judged++;
    }
  }
  assert_true(judged > BLOCK * BLOCKS * 9 / 10);
  assert_true(blocked > judged / 100);
}

static void test_hard_shadows(void **state) {
  (void)state;
  for (int i = 0; i < 6; i++)
    for (int directional = 0; directional < 2; directional++) assert_hard_shadows(shapes[i], directional);
}

/* A light lies right before the shape. The shape, which the line meets only beyond the light, hides nothing. */
static void test_light_before_shape(void **state) {
  (void)state;
  for (int trial = 0; trial < 6 * 400; trial++) {
    shade_occluder o = random_occluder(shapes[trial % 6], 0, 0);
    double from[3], d[3], near, far;
    random_point_outside(&o, 2, from);
    scene_random_direction(d);
    reference_interval(o.shape, o.size, from, d, &near, &far);
    if (!(near < far && near > 0.1) && !(o.shape == MYR_GEOM_PLANE && near <= far && near > 0.1)) continue;
    shade_ray rays[16];
    float hidden[16];
    for (int i = 0; i < 3; i++) o.light[i] = (float)(from[i] + 0.97 * near * d[i]);
    for (int i = 0; i < 16; i++) rays[i] = ray_to_light(&o, from);
    hidden_1(&o, rays, 16, hidden);
    assert_true(hidden[0] == 0);
    for (int i = 0; i < 3; i++) o.light[i] = (float)(from[i] + (far + 0.1) * d[i]);
    for (int i = 0; i < 16; i++) rays[i] = ray_to_light(&o, from);
    hidden_1(&o, rays, 16, hidden);
    if (far - near > 0.01 || o.shape == MYR_GEOM_PLANE) assert_true(hidden[0] == 1);
  }
}

/* Computes the hidden share at points on a line across the shadow of a shape high above, under a light from above. */
static void sweep(shade_occluder *o, double height, double x0, double x1, float *hidden) {
  static shade_ray rays[BLOCK];
  for (int i = 0; i < BLOCK; i++) {
    const double p[3] = {x0 + (x1 - x0) * i / (BLOCK - 1), 0.01, -height};
    rays[i] = ray_to_light(o, p);
  }
  hidden_1(o, rays, BLOCK, hidden);
}

/* From the outside to the inside, the hidden share rises symmetrically from exactly 0 to exactly 1; at the edge it is
 * 1/2. */
static void test_penumbra(void **state) {
  static float hidden[BLOCK];
  (void)state;
  for (int i = 0; i < 6; i++) {
    shade_occluder o = {
        .shape = shapes[i], .size = {0.5f, 0.5f, 0.5f}, .light = {0, 0, 1}, .radius = 0.02f, .directional = 1};
    if (o.shape == MYR_GEOM_PLANE) o.size[2] = 0;
    const double height = 4, edge = 0.5;
    double penumbra = (double)o.radius * (height + 0.5); /* at most; its exact size depends on where the edge is */
    sweep(&o, height, edge + 1.01 * penumbra, edge - 1.01 * penumbra, hidden);
    assert_true(hidden[0] == 0);
    assert_true(hidden[BLOCK - 1] == 1);
    int partial = 0;
    for (int k = 1; k < BLOCK; k++) {
      assert_true(hidden[k] >= hidden[k - 1] - 1e-6f);
      partial += hidden[k] > 0 && hidden[k] < 1;
    }
    assert_true(partial > BLOCK / 2);
    assert_true(fabs((double)hidden[BLOCK / 2] - 0.5) < 0.01);
    for (int k = 0; k < BLOCK; k++) assert_true(fabs((double)hidden[k] + (double)hidden[BLOCK - 1 - k] - 1) < 0.03);
  }
}

/* Compares the penumbra under a wide box with a straight edge with that of a real disk light, by many hard rays to
 * it. */
static void test_penumbra_against_rays(void **state) {
  enum { SAMPLES = 20000 };
  (void)state;
  shade_occluder o = {.shape = MYR_GEOM_BOX, .size = {1, 1, 0.1f}, .light = {0.3f, 0.2f, 5}, .radius = 0.3f};
  for (int k = -10; k <= 10; k++) {
    const double p[3] = {1.08 + 0.02 * k, 0.1, -1};
    shade_ray rays[16];
    float hidden[16];
    for (int i = 0; i < 16; i++) rays[i] = ray_to_light(&o, p);
    hidden_1(&o, rays, 16, hidden);
    int hit = 0;
    for (int s = 0; s < SAMPLES; s++) {
      double r = sqrt((s + 0.5) / SAMPLES) * (double)o.radius, angle = 2.399963229728653 * s, near, far;
      /* nearly facing the point: a disk across the z axis */
      const double d[3] = {(double)o.light[0] + r * cos(angle) - p[0], (double)o.light[1] + r * sin(angle) - p[1],
                           (double)o.light[2] - p[2]};
      reference_interval(o.shape, o.size, p, d, &near, &far);
      hit += near <= far && near > 0 && near < 1;
    }
    assert_true(fabs((double)hit / SAMPLES - (double)hidden[0]) < 0.04);
  }
}

/* Returns the hidden share of a disk light that faces the point, by hard rays to it. */
static double sampled_share(const shade_occluder *o, const shade_ray *ray) {
  enum { SAMPLES = 400 };
  double l[3], a[3] = {0, 0, 0}, b[3], p[3];
  for (int i = 0; i < 3; i++) l[i] = ray->direction[i], p[i] = ray->origin[i];
  a[fabs(l[0]) < 0.6 ? 0 : 1] = 1;
  const double along = dot3(a, l);
  for (int i = 0; i < 3; i++) a[i] -= along * l[i];
  const double length = sqrt(dot3(a, a));
  for (int i = 0; i < 3; i++) a[i] /= length;
  for (int i = 0; i < 3; i++) b[i] = l[(i + 1) % 3] * a[(i + 2) % 3] - l[(i + 2) % 3] * a[(i + 1) % 3];
  int hit = 0;
  for (int s = 0; s < SAMPLES; s++) {
    double r = sqrt((s + 0.5) / SAMPLES) * (double)ray->spread, angle = 2.399963229728653 * s, d[3], near, far;
    for (int i = 0; i < 3; i++) d[i] = l[i] + r * (cos(angle) * a[i] + sin(angle) * b[i]);
    reference_interval(o->shape, o->size, p, d, &near, &far);
    hit += near <= far && near > 0 && near < (double)ray->length;
  }
  return (double)hit / SAMPLES;
}

/* Soft shadows of all shapes in all directions are right on the average of the penumbra, and nowhere far off. The
 * remaining error comes from corners, from ends, and from distances of first order. */
static void test_soft_shadows(void **state) {
  (void)state;
  for (int i = 0; i < 6; i++)
    for (int directional = 0; directional < 2; directional++) {
      static shade_ray rays[BLOCK];
      static float hidden[BLOCK];
      double sum = 0, bias = 0, worst = 0;
      int partial = 0;
      for (int b = 0; b < 12; b++) {
        shade_occluder o = random_occluder(shapes[i], directional, directional ? 0.05f : 0.2f);
        random_light(&o, 6);
        for (int k = 0; k < BLOCK; k++) {
          double p[3];
          random_point_outside(&o, 3, p);
          rays[k] = ray_to_light(&o, p);
          if (!directional && rays[k].length < 3) rays[k] = rays[0]; /* because the light may touch the shape */
        }
        hidden_1(&o, rays, BLOCK, hidden);
        for (int k = 0; k < BLOCK; k++) {
          double expected = sampled_share(&o, &rays[k]), error = (double)hidden[k] - expected;
          if (expected == (double)hidden[k]) continue;
          sum += fabs(error);
          bias += error;
          worst = fmax(worst, fabs(error));
          partial++;
        }
      }
      print_message("shape %d %s: of %d in a penumbra, mean error %.3f, bias %.3f, worst %.2f\n", shapes[i],
                    directional ? "directional" : "point", partial, sum / partial, bias / partial, worst);
      assert_true(partial > 50);
      assert_true(sum / partial < 0.04 && fabs(bias / partial) < 0.03 && worst < 0.35);
    }
}

/* A shape much smaller than the light hides little of it. A shape behind the point or beyond the light hides
 * nothing. */
static void test_small_and_behind(void **state) {
  (void)state;
  for (int i = 0; i < 6; i++) {
    shade_occluder o = {.shape = shapes[i], .size = {0.02f, 0.02f, 0.02f}, .light = {0, 0, 5}, .radius = 1};
    if (o.shape == MYR_GEOM_PLANE) o.size[2] = 0;
    const double below[3] = {0.001, 0, -5}, above[3] = {0.001, 0, 1};
    shade_ray rays[16];
    float hidden[16];
    for (int k = 0; k < 16; k++) rays[k] = ray_to_light(&o, below);
    hidden_1(&o, rays, 16, hidden);
    assert_true(hidden[0] > 0 && hidden[0] < 0.1f);
    for (int k = 0; k < 16; k++) rays[k] = ray_to_light(&o, above);
    hidden_1(&o, rays, 16, hidden);
    assert_true(hidden[0] == 0);
    o.light[2] = -3; /* between the point below and the shape */
    o.radius = 0.1f;
    for (int k = 0; k < 16; k++) rays[k] = ray_to_light(&o, below);
    hidden_1(&o, rays, 16, hidden);
    assert_true(hidden[0] == 0);
  }
}

static void assert_equal_bits(hidden_function *wide) {
  static shade_ray rays[BLOCK];
  static float narrow_hidden[BLOCK], wide_hidden[BLOCK];
  for (int b = 0; b < 96; b++) {
    shade_occluder o = random_occluder(shapes[b % 6], b / 6 % 2, b % 5 ? 0.2f : 0);
    random_light(&o, 3);
    for (int i = 0; i < BLOCK; i++) {
      double p[3];
      random_point_outside(&o, 2, p);
      rays[i] = ray_to_light(&o, p);
    }
    hidden_1(&o, rays, BLOCK, narrow_hidden);
    wide(&o, rays, BLOCK, wide_hidden);
    assert_memory_equal(narrow_hidden, wide_hidden, sizeof narrow_hidden);
    for (int i = 0; i < BLOCK; i++) assert_true(narrow_hidden[i] >= 0 && narrow_hidden[i] <= 1);
  }
}

static void test_widths(void **state) {
  (void)state;
#define USE(width) assert_equal_bits(hidden_##width)
  FOR_EACH_WIDTH(USE);
#undef USE
}

/* Shapes of all kinds and sizes at random places, some as large as a room; lights around and among them, from points to
 * large ones. */
enum { CASTERS = 70, LIGHTS = 4 };
typedef struct caster_scene {
  myr_drawable drawables[CASTERS];
  myr_light lights[LIGHTS];
  myr_frame frame;
} caster_scene;

static void random_rotation(float rotation[9]) {
  double z[3], x[3], y[3], length = 0, along;
  scene_random_direction(z);
  scene_random_direction(x);
  along = dot3(x, z);
  for (int i = 0; i < 3; i++) x[i] -= along * z[i], length += x[i] * x[i];
  for (int i = 0; i < 3; i++) x[i] /= sqrt(length);
  for (int i = 0; i < 3; i++) y[i] = z[(i + 1) % 3] * x[(i + 2) % 3] - z[(i + 2) % 3] * x[(i + 1) % 3];
  for (int i = 0; i < 3; i++)
    rotation[3 * i] = (float)x[i], rotation[3 * i + 1] = (float)y[i], rotation[3 * i + 2] = (float)z[i];
}

static void random_caster_scene(caster_scene *s, int index) {
  const double offset = index % 3 == 2 ? 300 : 0, spacing = index % 2 ? 0.6 : 4;
  memset(s, 0, sizeof *s);
  for (int i = 0; i < CASTERS; i++) {
    myr_drawable *d = &s->drawables[i];
    const double size = i % 16 == 5 ? 5 : 0.2;
    d->shape = shapes[i % 6];
    for (int k = 0; k < 3; k++) {
      d->size[k] = (float)scene_random(0.1 * size, size);
      d->position[k] = (float)(offset + scene_random(-spacing, spacing));
    }
    random_rotation(d->rotation);
  }
  for (int i = 0; i < LIGHTS; i++) {
    myr_light *light = &s->lights[i];
    const double far = i == 1 ? 1 : i == 2 ? 10 : 100;
    double direction[3];
    scene_random_direction(direction);
    light->kind = i ? MYR_LIGHT_POINT : MYR_LIGHT_DIRECTIONAL;
    light->shadows = 1;
    light->attenuation[0] = 1;
    light->radius = (float)((index % 4 == 3 ? 0 : index % 4 == 1 ? 1 : 0.1) * (i ? 1 : 0.3) * scene_random(0, 1));
    for (int k = 0; k < 3; k++) {
      light->direction[k] = (float)direction[k];
      light->position[k] = (float)(offset + far * direction[k] * scene_random(0, 1));
    }
  }
  s->frame.drawables = s->drawables;
  s->frame.lights = s->lights;
  s->frame.drawable_count = index % 5 ? CASTERS : 1 + index % 7;
  s->frame.light_count = LIGHTS;
}

/* The casters that the maps leave out hide nothing, and the maps leave out most of the casters. */
static void test_caster_maps(void **state) {
  (void)state;
  static caster_scene scene;
  static float points[BLOCK][3];
  left_out_count sum = {0};
  for (int index = 0; index < 40; index++) {
    random_caster_scene(&scene, index);
    for (int i = 0; i < BLOCK; i++)
      for (int k = 0; k < 3; k++)
        points[i][k] = (float)((index % 3 == 2 ? 300 : 0) + scene_random(-1, 1) * (i % 4 ? 3 : i % 16 ? 15 : 0.3));
    for (int i = 0; i < BLOCK; i += 8) /* close to a light */
      for (int k = 0; k < 3; k++)
        points[i][k] = scene.lights[1 + i / 8 % 3].position[k] + (float)scene_random(-0.3, 0.3);
    const left_out_count narrow = left_out_1(&scene.frame, points, BLOCK);
    assert_int_equal(narrow.wrong, 0);
    sum.pairs += narrow.pairs;
    sum.out += narrow.out;
#define USE(width)                                                             \
  do {                                                                         \
    const left_out_count wide = left_out_##width(&scene.frame, points, BLOCK); \
    assert_memory_equal(&narrow, &wide, sizeof wide);                          \
  } while (0)
    FOR_EACH_WIDTH(USE);
#undef USE
  }
  print_message("%.0f %% left out\n", 100.0 * (double)sum.out / (double)sum.pairs);
  assert_true(sum.out > sum.pairs / 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hard_shadows), cmocka_unit_test(test_light_before_shape),
      cmocka_unit_test(test_penumbra),     cmocka_unit_test(test_penumbra_against_rays),
      cmocka_unit_test(test_soft_shadows), cmocka_unit_test(test_small_and_behind),
      cmocka_unit_test(test_widths),       cmocka_unit_test(test_caster_maps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
