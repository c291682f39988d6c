/* Small scenes for the tests of the rasterizer, views of them, pictures, and a reference in double precision. The
 * reference shares no formula with the rasterizer: it walks along rays by the distance to each shape's surface. */
#ifndef RASTER_SCENE_H
#define RASTER_SCENE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/memory.h"
#include "kernels/raster.h"

enum { DRAWABLE_LIMIT = 160, SURFACES = 4, LIGHTS = 3, INSTANCES = 6, BEAM_LIMIT = 512 };

/* ------------------------------------------------------------------------------------------------ chance */
typedef struct chance {
  uint64_t state;
} chance;
static inline double between(chance *c, double low, double high) {
  c->state = c->state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * (double)(c->state >> 11) / 9007199254740992.0;
}
static inline int below(chance *c, int end) { return (int)between(c, 0, end); }

static inline void rotation_of_quat(const double q[4], float out[9]) {
  double n = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  double w = q[0] / n, x = q[1] / n, y = q[2] / n, z = q[3] / n;
  const double m[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                       2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                       2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
  for (int i = 0; i < 9; i++) out[i] = (float)m[i];
}
static inline void random_rotation(chance *c, float out[9]) {
  double q[4];
  for (int i = 0; i < 4; i++) q[i] = between(c, i < 3 ? -1 : 0.1, 1);
  rotation_of_quat(q, out);
}
static inline void no_rotation(float out[9]) {
  for (int i = 0; i < 9; i++) out[i] = i % 4 == 0;
}

/* ------------------------------------------------------------------------------------------------ scenes */
typedef struct scenery {
  myr_frame frame;
  myr_drawable drawables[DRAWABLE_LIMIT];
  myr_surface surfaces[SURFACES];
  myr_light lights[LIGHTS];
  myr_environment environment;
} scenery;

/* Creates a scene without drawables. It has two lights, one of which casts shadows, and four surfaces; the last one is
 * a checker. */
static inline scenery *scenery_create(void) {
  scenery *s = calloc(1, sizeof *s);
  assert_non_null(s);
  for (int i = 0; i < SURFACES; i++)
    for (int k = 0; k < 3; k++) {
      s->surfaces[i].color[k] = 0.2f + 0.2f * (float)((i + k) % 4);
      s->surfaces[i].color2[k] = 0.1f;
      s->surfaces[i].roughness = 0.4f;
      s->surfaces[i].reflectance = 0.04f;
      s->surfaces[i].scale[0] = s->surfaces[i].scale[1] = 2;
      s->surfaces[i].texture = -1;
    }
  s->surfaces[SURFACES - 1].pattern = MYR_PATTERN_CHECKER;
  for (int i = 0; i < 2; i++) {
    s->lights[i].direction[0] = i ? 0.6f : 0;
    s->lights[i].direction[2] = i ? -0.8f : -1;
    s->lights[i].color[0] = s->lights[i].color[1] = s->lights[i].color[2] = 0.5f;
    s->lights[i].attenuation[0] = 1;
    s->lights[i].shadows = i;
  }
  for (int k = 0; k < 3; k++) {
    s->environment.zenith[k] = s->environment.horizon[k] = 0.4f;
    s->environment.ground[k] = s->environment.ambient[k] = 0.2f;
  }
  s->environment.sky_texture = -1;
  s->environment.exposure = 1;
  s->frame.drawables = s->drawables;
  s->frame.surfaces = s->surfaces;
  s->frame.lights = s->lights;
  s->frame.environment = &s->environment;
  s->frame.light_count = 2;
  s->frame.instance_count = INSTANCES - 1;
  return s;
}

static inline double bound_of(int shape, const float size[3]) {
  switch (shape) {
  case MYR_GEOM_PLANE: return size[0] > 0 && size[1] > 0 ? hypot(size[0], size[1]) : 0;
  case MYR_GEOM_SPHERE: return size[0];
  case MYR_GEOM_CAPSULE: return size[0] + size[1];
  case MYR_GEOM_ELLIPSOID: return fmax(size[0], fmax(size[1], size[2]));
  case MYR_GEOM_CYLINDER: return hypot(size[0], size[1]);
  default: return sqrt(size[0] * size[0] + size[1] * size[1] + size[2] * size[2]);
  }
}

/* Adds an upright drawable at a place. Its surface and ids follow from its index. */
static inline myr_drawable *add_drawable(scenery *s, int shape, double x, double y, double z, double size0,
                                         double size1, double size2) {
  int i = s->frame.drawable_count++;
  assert_true(i < DRAWABLE_LIMIT);
  myr_drawable *d = s->drawables + i;
  d->shape = shape;
  d->position[0] = (float)x, d->position[1] = (float)y, d->position[2] = (float)z;
  d->size[0] = (float)size0, d->size[1] = (float)size1, d->size[2] = (float)size2;
  no_rotation(d->rotation);
  memcpy(d->next_position, d->position, sizeof d->position);
  memcpy(d->next_rotation, d->rotation, sizeof d->rotation);
  d->bound = (float)bound_of(shape, d->size);
  d->surface = i % SURFACES;
  d->instance = i % INSTANCES;
  d->semantic = 100 + i % 5;
  d->part = 1000 + i;
  return d;
}

static const int all_shapes[] = {MYR_GEOM_SPHERE,   MYR_GEOM_CAPSULE, MYR_GEOM_ELLIPSOID,
                                 MYR_GEOM_CYLINDER, MYR_GEOM_BOX,     MYR_GEOM_PLANE};
enum { SHAPES = sizeof all_shapes / sizeof *all_shapes };

/* Creates a floor and `count` shapes at random places within 3 m of the origin, all of them turned and moving. */
static inline scenery *random_scenery(chance *c, int count) {
  scenery *s = scenery_create();
  add_drawable(s, MYR_GEOM_PLANE, 0, 0, -1.5, 0, 0, 1);
  for (int i = 0; i < count; i++) {
    double place[3], size[3];
    for (int k = 0; k < 3; k++) place[k] = between(c, -3, 3), size[k] = between(c, 0.05, 0.6);
    myr_drawable *d = add_drawable(s, all_shapes[i % SHAPES], place[0], place[1], place[2], size[0], size[1], size[2]);
    random_rotation(c, d->rotation);
    random_rotation(c, d->next_rotation);
    for (int k = 0; k < 3; k++) d->next_position[k] = d->position[k] + (float)between(c, -0.2, 0.2);
  }
  return s;
}

/* ------------------------------------------------------------------------------------------------ views */
typedef struct sight {
  myr_view view;
  float azimuth[2 * BEAM_LIMIT], elevation[2 * BEAM_LIMIT];
} sight;

/* Makes a view that looks at the origin from `back` metres behind it, along the camera's own axis. A pinhole sees about
 * 90 degrees, a fisheye about 270, beams 300 degrees by 60. */
static inline void look(sight *s, int projection, int width, int height, const float rotation[9], double back) {
  memset(s, 0, sizeof *s);
  myr_view *v = &s->view;
  v->width = width;
  v->height = height;
  v->projection = projection;
  v->samples = v->shadows = v->patterns = v->highlights = 1;
  double size = fmax(width, height);
  v->focal[0] = (float)(size * (projection == MYR_PINHOLE ? 0.5 : 0.25));
  v->focal[1] = v->focal[0] * 1.1f;
  v->center[0] = (float)(width * 0.52);
  v->center[1] = (float)(height * 0.47);
  v->near_limit = 0.05f;
  v->far_limit = 50;
  memcpy(v->rotation, rotation, sizeof v->rotation);
  memcpy(v->next_rotation, rotation, sizeof v->rotation);
  for (int k = 0; k < 3; k++) v->position[k] = (float)(-back * rotation[3 * k + 2]);
  memcpy(v->next_position, v->position, sizeof v->position);
  if (projection != MYR_BEAMS) return;
  assert_true(width <= BEAM_LIMIT && height <= BEAM_LIMIT);
  for (int i = 0; i < width; i++) {
    double a = (150 - 300 * (i + 0.5) / width) * M_PI / 180;
    s->azimuth[2 * i] = (float)cos(a), s->azimuth[2 * i + 1] = (float)sin(a);
  }
  for (int j = 0; j < height; j++) {
    double u = (j + 0.5) / height, e = (30 - 60 * u * u) * M_PI / 180; /* not evenly spaced */
    s->elevation[2 * j] = (float)cos(e), s->elevation[2 * j + 1] = (float)sin(e);
  }
  v->azimuth = s->azimuth;
  v->elevation = s->elevation;
}

/* Computes the ray of pixel (i, j) in the camera's frame. Returns false if the pixel of a fisheye lies beyond half a
 * turn from its axis. */
static inline int reference_ray(const myr_view *v, int i, int j, double ray[3]) {
  double x = (i + 0.5 - v->center[0]) / v->focal[0], y = (j + 0.5 - v->center[1]) / v->focal[1], theta = hypot(x, y);
  if (v->projection == MYR_PINHOLE) {
    ray[0] = x, ray[1] = y, ray[2] = 1;
  } else if (v->projection == MYR_FISHEYE) {
    ray[0] = theta > 0 ? x / theta * sin(theta) : 0, ray[1] = theta > 0 ? y / theta * sin(theta) : 0;
    ray[2] = cos(theta);
    return theta <= M_PI;
  } else {
    const float *a = v->azimuth + 2 * i, *e = v->elevation + 2 * j;
    ray[0] = -(double)a[1] * e[0], ray[1] = -e[1], ray[2] = (double)a[0] * e[0];
  }
  return 1;
}

static inline void turn(const float m[9], const double in[3], double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = m[3 * k] * in[0] + m[3 * k + 1] * in[1] + m[3 * k + 2] * in[2];
}
static inline void turn_back(const float m[9], const double in[3], double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = m[k] * in[0] + m[3 + k] * in[1] + m[6 + k] * in[2];
}
static inline double length_of(const double v[3]) { return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }
static inline double dot_of(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/* ------------------------------------------------------------------------------------------------ pictures */
/* Every output of one view. Each lies between two guards. */
typedef struct picture {
  myr_outputs out;
  int width, height;
  uint8_t *memory;
  size_t bytes;
} picture;

enum { OUTPUTS = MYR_OUTPUT_COUNT + 1, GUARD = 64 }; /* the last: instances */

static inline size_t output_bytes(int output, size_t pixels) {
  return output == OUTPUTS - 1 ? INSTANCES * sizeof(myr_instance_view) : pixels * myr_output_infos[output].pixel_bytes;
}
static inline size_t output_room(int output, size_t pixels) {
  return myr_whole_cache_lines(output_bytes(output, pixels) + 2 * GUARD);
}

/* wanted: a bit for each output, in the order of myr_outputs. */
static inline picture picture_create(const myr_view *view, unsigned wanted) {
  picture p = {.width = view->width, .height = view->height};
  size_t pixels = (size_t)view->width * (size_t)view->height;
  for (int i = 0; i < OUTPUTS; i++) p.bytes += output_room(i, pixels);
  p.memory = malloc(p.bytes);
  assert_non_null(p.memory);
  memset(p.memory, 0xa5, p.bytes);
  uint8_t *at = p.memory;
  for (int i = 0; i < OUTPUTS; i++) {
    void *place = wanted >> i & 1 ? at + GUARD : NULL;
    if (i < MYR_OUTPUT_COUNT)
      myr_outputs_want(&p.out, i, place);
    else
      p.out.instances = place;
    at += output_room(i, pixels);
  }
  return p;
}
static inline void picture_free(picture *p) { free(p->memory); }

static const unsigned EVERYTHING = (1u << OUTPUTS) - 1;
enum { RGB = 1 };

static inline void draw_with(const myr_raster *raster, const scenery *s, const myr_view *view, picture *p) {
  size_t bytes = raster->scratch_bytes(s->frame.drawable_count, s->frame.light_count, s->frame.instance_count);
  void *scratch = aligned_alloc(64, myr_whole_cache_lines(bytes));
  assert_non_null(scratch);
  memset(scratch, 0x5a, bytes); /* draw() must not depend on it */
  raster->draw(&s->frame, view, &p->out, scratch, NULL);
  free(scratch);
}

static inline const myr_raster *widest_raster(void) {
  const myr_raster *raster;
  myr_error error;
  assert_int_equal(myr_raster_find(0, &raster, &error), MYR_OK);
  return raster;
}

static inline picture draw_all(const scenery *s, const myr_view *view) {
  picture p = picture_create(view, EVERYTHING);
  draw_with(widest_raster(), s, view, &p);
  return p;
}

/* ------------------------------------------------------------------------------------------------ the reference */
/* Returns a lower bound of the signed distance from p (drawable's frame) to the shape's surface. It is exact for all
 * shapes but ellipsoids, for which it is zero only on the surface. */
static inline double surface_distance(const myr_drawable *d, const double p[3]) {
  double r = d->size[0], h = d->size[1], off_axis = hypot(p[0], p[1]);
  switch (d->shape) {
  case MYR_GEOM_PLANE: {
    double x = r > 0 ? fmax(fabs(p[0]) - r, 0) : 0, y = h > 0 ? fmax(fabs(p[1]) - h, 0) : 0;
    return x > 0 || y > 0 ? sqrt(x * x + y * y + p[2] * p[2]) : p[2];
  }
  case MYR_GEOM_SPHERE: return length_of(p) - r;
  case MYR_GEOM_CAPSULE: return hypot(off_axis, fmax(fabs(p[2]) - h, 0)) - r;
  case MYR_GEOM_CYLINDER: {
    double a = off_axis - r, b = fabs(p[2]) - h;
    return fmin(fmax(a, b), 0) + hypot(fmax(a, 0), fmax(b, 0));
  }
  case MYR_GEOM_ELLIPSOID: {
    double k = sqrt(p[0] * p[0] / (d->size[0] * d->size[0]) + p[1] * p[1] / (d->size[1] * d->size[1]) +
                    p[2] * p[2] / (d->size[2] * d->size[2]));
    return (k - 1) * fmin(d->size[0], fmin(d->size[1], d->size[2]));
  }
  default: {
    double q[3], outside[3], inside = -1e30;
    for (int k = 0; k < 3; k++) {
      q[k] = fabs(p[k]) - d->size[k];
      outside[k] = fmax(q[k], 0);
      inside = fmax(inside, q[k]);
    }
    return fmin(inside, 0) + length_of(outside);
  }
  }
}

static inline void surface_gradient(const myr_drawable *d, const double p[3], double out[3]) {
  const double step = 1e-6;
  for (int k = 0; k < 3; k++) {
    double a[3] = {p[0], p[1], p[2]}, b[3] = {p[0], p[1], p[2]};
    a[k] += step, b[k] -= step;
    out[k] = surface_distance(d, a) - surface_distance(d, b);
  }
  double n = length_of(out);
  for (int k = 0; k < 3; k++) out[k] /= n > 0 ? n : 1;
}

/* Returns the depth at which a ray (world, any length) enters one drawable from outside, or -1. `closest`: the least
 * distance that the ray had from it. */
static inline double walk(const myr_drawable *d, const double eye[3], const double ray[3], double far,
                          double *closest) {
  double apart[3], o[3], u[3], p[3], t = 0, n = length_of(ray);
  for (int k = 0; k < 3; k++) apart[k] = eye[k] - d->position[k];
  turn_back(d->rotation, apart, o);
  turn_back(d->rotation, ray, u);
  *closest = 1e30;
  if (d->shape == MYR_GEOM_PLANE ? o[2] <= 0 : surface_distance(d, o) <= 0) return -1; /* seen from behind */
  for (int i = 0; i < 4000 && t * n < far; i++) {
    for (int k = 0; k < 3; k++) p[k] = o[k] + t * u[k];
    if (d->shape == MYR_GEOM_PLANE && p[2] < -1e-6) return -1; /* passed its edge */
    double distance = surface_distance(d, p);
    *closest = fmin(*closest, distance);
    if (distance < 1e-10) return t;
    t += distance / n;
  }
  return -1;
}

#endif
