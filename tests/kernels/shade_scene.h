/* A reference for shading in double precision: rays against shapes, and a scene of all kinds of shapes with the pixels
 * of a view of it. */
#ifndef TESTS_SHADE_SCENE_H
#define TESTS_SHADE_SCENE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "shade_lanes.h"

/* A plain 64-bit mixer (splitmix64, Steele, Lea and Flood 2014) as the source of random inputs. */
static uint64_t scene_random_state = 20250117u;
static inline double scene_random(double low, double high) {
  uint64_t z = (scene_random_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return low + (high - low) * ((double)((z ^ (z >> 31)) >> 11) * 0x1p-53);
}

static inline double dot3(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
static inline void scene_random_direction(double d[3]) {
  double length;
  do {
    for (int i = 0; i < 3; i++) d[i] = scene_random(-1, 1);
    length = sqrt(dot3(d, d));
  } while (length > 1 || length < 0.1);
  for (int i = 0; i < 3; i++) d[i] /= length;
}

/* Computes the interval [*near, *far] of t in which |o + t d| <= h along one axis; near > far if it is empty. */
static inline void slab(double o, double d, double h, double *near, double *far) {
  if (d == 0) {
    *near = fabs(o) <= h ? -INFINITY : INFINITY;
    *far = fabs(o) <= h ? INFINITY : -INFINITY;
    return;
  }
  double a = (-h - o) / d, b = (h - o) / d;
  *near = fmin(a, b);
  *far = fmax(a, b);
}

/* Computes the interval of x in which a x^2 + 2 b x + c <= 0, for a >= 0. */
static inline void quadratic(double a, double b, double c, double *near, double *far) {
  double discriminant = b * b - a * c;
  *near = INFINITY;
  *far = -INFINITY;
  if (a < 1e-14) {
    if (c <= 0) *near = -INFINITY, *far = INFINITY;
  } else if (discriminant >= 0) {
    *near = (-b - sqrt(discriminant)) / a;
    *far = (-b + sqrt(discriminant)) / a;
  }
}

static inline void ball(const double o[3], const double d[3], double z, double radius, double *near, double *far) {
  double p[3] = {o[0], o[1], o[2] - z};
  quadratic(dot3(d, d), dot3(p, d), dot3(p, p) - radius * radius, near, far);
}

/* Computes the interval of t in which the line o + t d (shape's frame) is inside a convex shape; near > far if it
 * misses the shape. */
static inline void reference_interval(int shape, const float size[3], const double o[3], const double d[3],
                                      double *near, double *far) {
  double a, b;
  switch (shape) {
  case MYR_GEOM_SPHERE: ball(o, d, 0, size[0], near, far); return;
  case MYR_GEOM_ELLIPSOID: {
    double p[3], q[3];
    for (int i = 0; i < 3; i++) p[i] = o[i] / size[i], q[i] = d[i] / size[i];
    ball(p, q, 0, 1, near, far);
    return;
  }
  case MYR_GEOM_CYLINDER:
  case MYR_GEOM_CAPSULE:
    quadratic(d[0] * d[0] + d[1] * d[1], o[0] * d[0] + o[1] * d[1],
              o[0] * o[0] + o[1] * o[1] - (double)size[0] * size[0], near, far);
    slab(o[2], d[2], size[1], &a, &b);
    *near = fmax(*near, a);
    *far = fmin(*far, b);
    if (shape == MYR_GEOM_CYLINDER) return;
    if (*near > *far) *near = INFINITY, *far = -INFINITY;
    for (int end = -1; end <= 1; end += 2) {
      ball(o, d, end * (double)size[1], size[0], &a, &b);
      *near = fmin(*near, a);
      *far = fmax(*far, b);
    }
    return;
  default: /* a box, or a plane of no thickness */
    *near = -INFINITY;
    *far = INFINITY;
    for (int i = 0; i < 3; i++) {
      slab(o[i], d[i], shape == MYR_GEOM_BOX || i < 2 ? size[i] : 0, &a, &b);
      *near = fmax(*near, a);
      *far = fmin(*far, b);
    }
  }
}

static inline float reference_bound(int shape, const float size[3]) {
  switch (shape) {
  case MYR_GEOM_SPHERE: return size[0];
  case MYR_GEOM_CAPSULE: return size[0] + size[1];
  case MYR_GEOM_CYLINDER: return sqrtf(size[0] * size[0] + size[1] * size[1]) * 1.00001f;
  case MYR_GEOM_ELLIPSOID: return fmaxf(size[0], fmaxf(size[1], size[2]));
  case MYR_GEOM_PLANE: return sqrtf(size[0] * size[0] + size[1] * size[1]) * 1.00001f;
  default: return sqrtf(size[0] * size[0] + size[1] * size[1] + size[2] * size[2]) * 1.00001f;
  }
}

/* ------------------------------------------------------------------------------------------------ a scene */

enum { SCENE_DRAWABLES = 24, SCENE_LIGHTS = 3, SCENE_SIZE = 64, SCENE_PIXELS = SCENE_SIZE * SCENE_SIZE };
typedef struct shade_scene {
  myr_drawable drawables[SCENE_DRAWABLES];
  myr_surface surfaces[SCENE_DRAWABLES];
  myr_light lights[SCENE_LIGHTS];
  myr_environment environment;
  myr_frame frame;
  myr_view view;
  shade_pixel pixels[SCENE_PIXELS]; /* in 4 x 4 blocks, these in 16 x 16 regions */
} shade_scene;

/* Computes the rotation by `angle` about a unit axis, row major. */
static inline void scene_rotation(const double axis[3], double angle, float out[9]) {
  double c = cos(angle), s = sin(angle), x = axis[0], y = axis[1], z = axis[2];
  const double m[9] = {c + x * x * (1 - c),     x * y * (1 - c) - z * s, x * z * (1 - c) + y * s,
                       y * x * (1 - c) + z * s, c + y * y * (1 - c),     y * z * (1 - c) - x * s,
                       z * x * (1 - c) - y * s, z * y * (1 - c) + x * s, c + z * z * (1 - c)};
  for (int i = 0; i < 9; i++) out[i] = (float)m[i];
}

static inline void scene_to_local(const myr_drawable *d, const double p[3], int is_point, double out[3]) {
  double q[3];
  for (int i = 0; i < 3; i++) q[i] = p[i] - (is_point ? d->position[i] : 0);
  for (int i = 0; i < 3; i++) out[i] = d->rotation[i] * q[0] + d->rotation[3 + i] * q[1] + d->rotation[6 + i] * q[2];
}

/* Computes the outward normal at a point of the surface, in the shape's frame. */
static inline void scene_normal(const myr_drawable *d, const double p[3], double n[3]) {
  double length, z = p[2] > d->size[1] ? p[2] - d->size[1] : p[2] < -d->size[1] ? p[2] + d->size[1] : 0;
  n[0] = n[1] = n[2] = 0;
  switch (d->shape) {
  case MYR_GEOM_PLANE: n[2] = 1; return;
  case MYR_GEOM_SPHERE: n[0] = p[0], n[1] = p[1], n[2] = p[2]; break;
  case MYR_GEOM_CAPSULE: n[0] = p[0], n[1] = p[1], n[2] = z; break;
  case MYR_GEOM_ELLIPSOID:
    for (int i = 0; i < 3; i++) n[i] = p[i] / ((double)d->size[i] * d->size[i]);
    break;
  case MYR_GEOM_CYLINDER:
    if (fabs(p[2]) > d->size[1] - 1e-9)
      n[2] = p[2];
    else
      n[0] = p[0], n[1] = p[1];
    break;
  default: {
    int axis = 0;
    for (int i = 1; i < 3; i++)
      if (fabs(p[i]) - d->size[i] > fabs(p[axis]) - d->size[axis]) axis = i;
    n[axis] = p[axis];
  }
  }
  length = sqrt(dot3(n, n));
  for (int i = 0; i < 3; i++) n[i] /= length;
}

/* Fills the pixel that looks along `ray`. step: the change of the ray from pixel to pixel. */
static inline void scene_trace(const shade_scene *s, const double ray[3], const double right[3], const double down[3],
                               double step, shade_pixel *out) {
  double best = INFINITY, eye[3], o[3], d[3];
  memset(out, 0, sizeof *out);
  out->drawable = -1;
  out->ray_length = (float)sqrt(dot3(ray, ray));
  for (int i = 0; i < 3; i++) eye[i] = s->view.position[i], out->ray[i] = (float)ray[i];
  for (int k = 0; k < s->frame.drawable_count; k++) {
    double near, far;
    scene_to_local(&s->drawables[k], eye, 1, o);
    scene_to_local(&s->drawables[k], ray, 0, d);
    if (s->drawables[k].shape == MYR_GEOM_PLANE && s->drawables[k].size[0] == 0)
      near = far = -o[2] / d[2];
    else
      reference_interval(s->drawables[k].shape, s->drawables[k].size, o, d, &near, &far);
    if (near <= far && near > 0 && near < best && near < s->view.far_limit) best = near, out->drawable = k;
  }
  if (out->drawable < 0) return;
  const myr_drawable *seen = &s->drawables[out->drawable];
  double local[3], normal[3], world_normal[3], dr[3], dd[3];
  scene_to_local(seen, eye, 1, o);
  scene_to_local(seen, ray, 0, d);
  scene_to_local(seen, right, 0, dr);
  scene_to_local(seen, down, 0, dd);
  for (int i = 0; i < 3; i++) local[i] = o[i] + best * d[i];
  scene_normal(seen, local, normal);
  out->depth = (float)best;
  for (int i = 0; i < 3; i++) {
    world_normal[i] = seen->rotation[3 * i] * normal[0] + seen->rotation[3 * i + 1] * normal[1] +
                      seen->rotation[3 * i + 2] * normal[2];
    out->position[i] = (float)(eye[i] + best * ray[i]);
    out->normal[i] = (float)world_normal[i];
    out->local[i] = (float)local[i];
    out->local_normal[i] = (float)normal[i];
    out->step_x[i] = (float)(best * step * (dr[i] - d[i] * dot3(normal, dr) / dot3(normal, d)));
    out->step_y[i] = (float)(best * step * (dd[i] - d[i] * dot3(normal, dd) / dot3(normal, d)));
  }
}

static inline void scene_add(shade_scene *s, int shape, float x, float y, float z, float a, float b, float c) {
  int i = s->frame.drawable_count++;
  myr_drawable *d = &s->drawables[i];
  double axis[3];
  scene_random_direction(axis);
  scene_rotation(axis, shape == MYR_GEOM_PLANE ? 0 : scene_random(-1.5, 1.5), d->rotation);
  d->position[0] = x, d->position[1] = y, d->position[2] = z;
  d->size[0] = a, d->size[1] = b, d->size[2] = c;
  d->shape = shape;
  d->surface = i;
  d->bound = shape == MYR_GEOM_PLANE && a == 0 ? 0 : reference_bound(shape, d->size);
  myr_surface *surface = &s->surfaces[i];
  for (int k = 0; k < 3; k++) surface->color[k] = (float)scene_random(0.2, 0.9), surface->color2[k] = 0.1f;
  surface->roughness = (float)scene_random(0.2, 0.9);
  surface->scale[0] = surface->scale[1] = 2;
}

static inline void scene_build_shapes(shade_scene *s, int mixed) {
  scene_add(s, MYR_GEOM_PLANE, 0, 0, 0, 0, 0, 0);
  s->surfaces[0].pattern = MYR_PATTERN_CHECKER;
  for (int i = 1; i < 21; i++) {
    float x = (float)scene_random(-0.35, 0.35), y = (float)scene_random(-0.3, 0.3), z = (float)scene_random(0.2, 1.5);
    const int shapes[6] = {MYR_GEOM_SPHERE,   MYR_GEOM_CAPSULE, MYR_GEOM_ELLIPSOID,
                           MYR_GEOM_CYLINDER, MYR_GEOM_BOX,     MYR_GEOM_PLANE};
    int shape = mixed ? shapes[i % 6] : MYR_GEOM_CAPSULE;
    float length = (float)scene_random(0.08, 0.2), radius = (float)scene_random(0.04, 0.08);
    scene_add(s, shape, x, y, z, radius, length, 0.1f);
  }
}

static inline void scene_build_lights(shade_scene *s) {
  const myr_light sun = {.direction = {0.36f, 0.48f, -0.8f},
                         .color = {0.8f, 0.8f, 0.7f},
                         .radius = 0.02f,
                         .kind = MYR_LIGHT_DIRECTIONAL,
                         .shadows = 1};
  const myr_light lamp = {.position = {-1.5f, -1.2f, 2.5f},
                          .color = {0.5f, 0.5f, 0.6f},
                          .attenuation = {1, 0, 0.02f},
                          .radius = 0.1f,
                          .kind = MYR_LIGHT_POINT,
                          .shadows = 1};
  const myr_light spot = {.position = {1.0f, 1.2f, 3.0f},
                          .direction = {-0.33f, -0.3f, -0.895f},
                          .color = {1, 0.9f, 0.8f},
                          .attenuation = {1, 0, 0},
                          .cone_inner = 0.97f,
                          .cone_outer = 0.9f,
                          .radius = 0.05f,
                          .kind = MYR_LIGHT_SPOT,
                          .shadows = 1};
  s->lights[0] = sun;
  s->lights[1] = lamp;
  s->lights[2] = spot;
  const myr_environment environment = {.zenith = {0.2f, 0.35f, 0.7f},
                                       .horizon = {0.7f, 0.8f, 0.9f},
                                       .ground = {0.3f, 0.28f, 0.25f},
                                       .ambient = {0.05f, 0.05f, 0.05f},
                                       .sky_light = 0.4f,
                                       .sky_texture = -1,
                                       .exposure = 1};
  s->environment = environment;
}

/* The camera, and what each pixel shows. */
static inline void scene_build_view(shade_scene *s) {
  const double eye[3] = {2.4, -2.4, 1.6}, target[3] = {0, 0, 0.7};
  double forward[3], right[3], down[3], length = 0;
  for (int i = 0; i < 3; i++) forward[i] = target[i] - eye[i], length += forward[i] * forward[i];
  for (int i = 0; i < 3; i++) forward[i] /= sqrt(length);
  length = sqrt(forward[0] * forward[0] + forward[1] * forward[1]);
  right[0] = forward[1] / length, right[1] = -forward[0] / length, right[2] = 0;
  down[0] = forward[1] * right[2] - forward[2] * right[1];
  down[1] = forward[2] * right[0] - forward[0] * right[2];
  down[2] = forward[0] * right[1] - forward[1] * right[0];
  const float focal = 80;
  s->view.width = s->view.height = SCENE_SIZE;
  s->view.samples = s->view.shadows = s->view.patterns = s->view.highlights = 1;
  s->view.focal[0] = s->view.focal[1] = focal;
  s->view.near_limit = 0.01f;
  s->view.far_limit = 50;
  for (int i = 0; i < 3; i++) {
    s->view.position[i] = (float)eye[i];
    s->view.rotation[3 * i] = (float)right[i];
    s->view.rotation[3 * i + 1] = (float)down[i];
    s->view.rotation[3 * i + 2] = (float)forward[i];
  }
  for (int i = 0; i < SCENE_PIXELS; i++) {
    int region = i / 256, block = i % 256 / 16, pixel = i % 16;
    int x = region % 4 * 16 + block % 4 * 4 + pixel % 4, y = region / 4 * 16 + block / 4 * 4 + pixel / 4;
    double ray[3];
    for (int k = 0; k < 3; k++)
      ray[k] = forward[k] + (right[k] * (x + 0.5 - SCENE_SIZE / 2) + down[k] * (y + 0.5 - SCENE_SIZE / 2)) / focal;
    scene_trace(s, ray, right, down, 1 / (double)focal, &s->pixels[i]);
  }
}

/* Builds a scene with a checkered floor and limbs of capsules, with `mixed` also of the other shapes. The lights are a
 * directional light, a point light and a spot; the last two have a size. */
static inline void scene_build(shade_scene *s, int mixed, int lights) {
  memset(s, 0, sizeof *s);
  scene_random_state = 7;
  scene_build_shapes(s, mixed);
  scene_build_lights(s);
  s->frame.drawables = s->drawables;
  s->frame.surfaces = s->surfaces;
  s->frame.lights = s->lights;
  s->frame.environment = &s->environment;
  s->frame.light_count = lights;
  scene_build_view(s);
}

#endif
