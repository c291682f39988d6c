/* An oracle for views: it casts rays in double precision against the exact surfaces, with the methods of textbooks. It
 * was written from kernels/raster.h alone. Include it after cmocka.h.
 *
 * Every pixel has one right answer but for rounding. If rounding may decide, the answers of all rays within
 * ORACLE_NEIGHBOURHOOD pixels are right too. */
#ifndef MYR_TESTS_ORACLE_H
#define MYR_TESTS_ORACLE_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/raster.h"

/* px, how far a rasterizer may be off, with some room: it snaps triangles to 1/256 px, and its positions are floats. */
#define ORACLE_NEIGHBOURHOOD 0.02

/* The triangles from which a mesh was built. */
typedef struct oracle_mesh {
  const float *positions, *normals; /* (vertices, 3); one normal each */
  const int32_t *triangles;         /* (count, 3) */
  int count;
} oracle_mesh;

typedef struct oracle_scene {
  const myr_frame *frame;
  const oracle_mesh *meshes; /* as frame->meshes */
} oracle_scene;

typedef struct oracle_hit {
  int drawable;     /* -1: nothing is seen */
  double depth;     /* as the view has it */
  double local[3];  /* the point in the drawable's frame */
  double normal[3]; /* unit, the world's axes */
} oracle_hit;

/* ------------------------------------------------------------------------------------------------ vectors */
static inline double oracle_dot(const double a[3], const double b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
static inline void oracle_cross(const double a[3], const double b[3], double out[3]) {
  for (int i = 0; i < 3; i++) out[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}
static inline void oracle_normalize(double v[3]) {
  double length = sqrt(oracle_dot(v, v));
  for (int i = 0; i < 3; i++) v[i] /= length;
}
static inline void oracle_rotate(const float rotation[9], const double v[3], double out[3]) {
  for (int i = 0; i < 3; i++)
    out[i] = (double)rotation[3 * i] * v[0] + (double)rotation[3 * i + 1] * v[1] + (double)rotation[3 * i + 2] * v[2];
}
static inline void oracle_rotate_back(const float rotation[9], const double v[3], double out[3]) {
  for (int i = 0; i < 3; i++)
    out[i] = (double)rotation[i] * v[0] + (double)rotation[3 + i] * v[1] + (double)rotation[6 + i] * v[2];
}

/* ------------------------------------------------------------------------------------------------ cameras */
/* Returns the angle of a beam, interpolated between two entries of a table. */
static inline double oracle_beam_angle(const float *table, int count, double at) {
  int i = at < 0 ? 0 : at > count - 1 ? count - 1 : (int)at;
  double angle = atan2((double)table[2 * i + 1], (double)table[2 * i]);
  int other = i + 1 < count ? i + 1 : i - 1;
  if (count == 1 || at == i) return angle;
  double step =
      remainder(atan2((double)table[2 * other + 1], (double)table[2 * other]) - angle, 2 * M_PI) / (other - i);
  return angle + step * (at - i);
}

/* Computes the direction that is seen at the point (u, v) of the image, in the camera's frame; a point of depth t is t
 * times the direction. Returns false if nothing is seen there. */
static inline bool oracle_direction(const myr_view *view, double u, double v, double direction[3]) {
  if (view->projection == MYR_BEAMS) {
    double azimuth = oracle_beam_angle(view->azimuth, view->width, u - 0.5);
    double elevation = oracle_beam_angle(view->elevation, view->height, v - 0.5);
    direction[0] = -sin(azimuth) * cos(elevation), direction[1] = -sin(elevation);
    direction[2] = cos(azimuth) * cos(elevation);
    return true;
  }
  double x = (u - (double)view->center[0]) / (double)view->focal[0];
  double y = (v - (double)view->center[1]) / (double)view->focal[1];
  direction[0] = x, direction[1] = y, direction[2] = 1;
  if (view->projection == MYR_PINHOLE) return true;
  double angle = sqrt(x * x + y * y);
  if (angle > M_PI) return false;
  double scale = angle > 0 ? sin(angle) / angle : 1;
  direction[0] *= scale, direction[1] *= scale, direction[2] = cos(angle);
  return true;
}

/* Computes where a point of the camera's frame is seen. Returns false if it is behind a pinhole camera or in no
 * image. */
static inline bool oracle_project(const myr_view *view, const double point[3], double *u, double *v) {
  double factor = 0, radius = hypot(point[0], point[1]);
  if (view->projection == MYR_BEAMS) return false;
  if (view->projection == MYR_PINHOLE) {
    if (point[2] <= 0) return false;
    factor = 1 / point[2];
  } else {
    factor = radius > 0 ? atan2(radius, point[2]) / radius : 1 / point[2];
  }
  *u = (double)view->focal[0] * point[0] * factor + (double)view->center[0];
  *v = (double)view->focal[1] * point[1] * factor + (double)view->center[1];
  return true;
}

/* ------------------------------------------------------------------------------------------------ surfaces */
/* The interval in which a line is inside a convex solid. The solid's outside is seen at the point where the line
 * enters. */
typedef struct oracle_interval {
  double enter, leave, normal[3]; /* normal: where it enters */
} oracle_interval;
static const oracle_interval oracle_everything = {.enter = -INFINITY, .leave = INFINITY};
static const oracle_interval oracle_nothing = {.enter = INFINITY, .leave = -INFINITY};

static inline void oracle_intersect(oracle_interval *all, oracle_interval one) {
  if (one.enter > all->enter) {
    all->enter = one.enter;
    memcpy(all->normal, one.normal, sizeof all->normal);
  }
  all->leave = fmin(all->leave, one.leave);
}

/* The slab |coordinate| <= half along one axis. */
static inline oracle_interval oracle_slab(const double o[3], const double d[3], int axis, double half) {
  if (d[axis] == 0) return fabs(o[axis]) <= half ? oracle_everything : oracle_nothing;
  double side = d[axis] > 0 ? -1 : 1;
  oracle_interval slab = {.enter = (side * half - o[axis]) / d[axis], .leave = (-side * half - o[axis]) / d[axis]};
  slab.normal[axis] = side;
  return slab;
}

/* The ellipsoid of these radii about center; an infinite radius makes a cylinder. */
static inline oracle_interval oracle_ball(const double o[3], const double d[3], const double center[3],
                                          const double radii[3]) {
  double p[3], q[3];
  for (int i = 0; i < 3; i++) p[i] = (o[i] - center[i]) / radii[i], q[i] = d[i] / radii[i];
  double a = oracle_dot(q, q), closest = a > 0 ? -oracle_dot(p, q) / a : 0, gap[3];
  for (int i = 0; i < 3; i++) gap[i] = p[i] + closest * q[i];
  double rest = 1 - oracle_dot(gap, gap);
  if (rest < 0) return oracle_nothing;
  if (a == 0) return oracle_everything;
  double half = sqrt(rest / a);
  oracle_interval ball = {.enter = closest - half, .leave = closest + half};
  for (int i = 0; i < 3; i++) ball.normal[i] = (p[i] + ball.enter * q[i]) / radii[i];
  return ball;
}

static inline oracle_interval oracle_cylinder(const double o[3], const double d[3], double radius, double half) {
  oracle_interval cylinder = oracle_ball(o, d, (double[3]){0}, (double[3]){radius, radius, INFINITY});
  oracle_intersect(&cylinder, oracle_slab(o, d, 2, half));
  return cylinder;
}

/* A capsule is a cylinder and two balls. Together they are convex, so the line enters at the first of its entries. */
static inline oracle_interval oracle_capsule(const double o[3], const double d[3], double radius, double half) {
  const double radii[3] = {radius, radius, radius};
  const oracle_interval parts[3] = {oracle_cylinder(o, d, radius, half),
                                    oracle_ball(o, d, (double[3]){0, 0, half}, radii),
                                    oracle_ball(o, d, (double[3]){0, 0, -half}, radii)};
  oracle_interval capsule = oracle_nothing;
  for (int i = 0; i < 3; i++)
    if (parts[i].enter <= parts[i].leave && parts[i].enter < capsule.enter) capsule = parts[i];
  return capsule;
}

static inline oracle_interval oracle_box(const double o[3], const double d[3], const double half[3]) {
  oracle_interval box = oracle_everything;
  for (int axis = 0; axis < 3; axis++) oracle_intersect(&box, oracle_slab(o, d, axis, half[axis]));
  return box;
}

static inline bool oracle_plane(const double o[3], const double d[3], const double half[3], double *t) {
  if (o[2] <= 0 || d[2] >= 0) return false;
  *t = -o[2] / d[2];
  for (int axis = 0; axis < 2; axis++)
    if (half[axis] > 0 && fabs(o[axis] + *t * d[axis]) > half[axis]) return false;
  return true;
}

/* Intersects the triangle's front (Moeller and Trumbore 1997); computes the weights of its corners. */
static inline bool oracle_triangle(const double o[3], const double d[3], const double corner[3][3], double *t,
                                   double weights[3]) {
  double edge1[3], edge2[3], from[3], p[3], q[3];
  for (int i = 0; i < 3; i++) {
    edge1[i] = corner[1][i] - corner[0][i], edge2[i] = corner[2][i] - corner[0][i];
    from[i] = o[i] - corner[0][i];
  }
  oracle_cross(d, edge2, p);
  double determinant = oracle_dot(edge1, p);
  if (determinant <= 0) return false;
  oracle_cross(from, edge1, q);
  weights[1] = oracle_dot(from, p) / determinant, weights[2] = oracle_dot(d, q) / determinant;
  weights[0] = 1 - weights[1] - weights[2];
  if (weights[0] < 0 || weights[1] < 0 || weights[2] < 0) return false;
  *t = oracle_dot(edge2, q) / determinant;
  return true;
}

/* Finds the nearest front of a mesh between the limits, and its interpolated normal. */
static inline bool oracle_cast_mesh(const oracle_mesh *mesh, const double o[3], const double d[3], double near,
                                    double far, double *depth, double normal[3]) {
  bool found = false;
  for (int i = 0; i < mesh->count; i++) {
    const int32_t *triangle = mesh->triangles + 3 * i;
    double corner[3][3], weights[3], t;
    for (int k = 0; k < 3; k++)
      for (int axis = 0; axis < 3; axis++) corner[k][axis] = (double)mesh->positions[3 * triangle[k] + axis];
    if (!oracle_triangle(o, d, corner, &t, weights) || t < near || t > far || (found && t >= *depth)) continue;
    found = true, *depth = t;
    for (int axis = 0; axis < 3; axis++) {
      normal[axis] = 0;
      for (int k = 0; k < 3; k++) normal[axis] += weights[k] * (double)mesh->normals[3 * triangle[k] + axis];
    }
  }
  return found;
}

/* ------------------------------------------------------------------------------------------------ casting */
/* Casts a ray from `origin` (world) at one drawable. Depth counts multiples of `direction`. */
static inline bool oracle_cast_drawable(const oracle_scene *scene, const myr_view *view, int index,
                                        const double direction[3], oracle_hit *hit) {
  const myr_drawable *drawable = &scene->frame->drawables[index];
  const double near = (double)view->near_limit, far = (double)view->far_limit;
  double offset[3], o[3], d[3], size[3], local_normal[3] = {0, 0, 1}, depth = 0;
  for (int i = 0; i < 3; i++) {
    offset[i] = (double)view->position[i] - (double)drawable->position[i];
    size[i] = (double)drawable->size[i];
  }
  oracle_rotate_back(drawable->rotation, offset, o);
  oracle_rotate_back(drawable->rotation, direction, d);
  oracle_interval solid = oracle_nothing;
  bool found = false;
  switch (drawable->shape) {
  case MYR_GEOM_PLANE: found = oracle_plane(o, d, size, &depth); break;
  case MYR_GEOM_SPHERE: solid = oracle_ball(o, d, (double[3]){0}, (double[3]){size[0], size[0], size[0]}); break;
  case MYR_GEOM_CAPSULE: solid = oracle_capsule(o, d, size[0], size[1]); break;
  case MYR_GEOM_ELLIPSOID: solid = oracle_ball(o, d, (double[3]){0}, size); break;
  case MYR_GEOM_CYLINDER: solid = oracle_cylinder(o, d, size[0], size[1]); break;
  case MYR_GEOM_BOX: solid = oracle_box(o, d, size); break;
  default: found = oracle_cast_mesh(&scene->meshes[drawable->mesh], o, d, near, far, &depth, local_normal); break;
  }
  if (solid.enter <= solid.leave) {
    found = true, depth = solid.enter;
    memcpy(local_normal, solid.normal, sizeof local_normal);
  }
  if (!found || !(depth >= near && depth <= far)) return false;
  hit->drawable = index, hit->depth = depth;
  for (int i = 0; i < 3; i++) hit->local[i] = o[i] + depth * d[i];
  oracle_rotate(drawable->rotation, local_normal, hit->normal);
  oracle_normalize(hit->normal);
  return true;
}

enum { ORACLE_ANY_INSTANCE = -1 };

/* Returns the nearest hit at (u, v), of all drawables or of those of one instance. */
static inline oracle_hit oracle_cast(const oracle_scene *scene, const myr_view *view, double u, double v,
                                     int instance) {
  oracle_hit best = {.drawable = -1, .depth = INFINITY}, hit;
  double camera[3], direction[3];
  if (oracle_direction(view, u, v, camera)) {
    oracle_rotate(view->rotation, camera, direction);
    for (int i = 0; i < scene->frame->drawable_count; i++) {
      if (instance != ORACLE_ANY_INSTANCE && scene->frame->drawables[i].instance != instance) continue;
      if (oracle_cast_drawable(scene, view, i, direction, &hit) && hit.depth < best.depth) best = hit;
    }
  }
  return best;
}

/* Hits of rays around (u, v), on rings of radius r, r/4 and r/16, because a single ring may miss a thinner object. */
enum { ORACLE_RING = 16, ORACLE_NEIGHBOURS = 3 * ORACLE_RING };
static inline void oracle_cast_around(const oracle_scene *scene, const myr_view *view, double u, double v, int instance,
                                      double radius, oracle_hit hits[ORACLE_NEIGHBOURS]) {
  for (int i = 0; i < ORACLE_NEIGHBOURS; i++) {
    const double angle = 2 * M_PI * i / ORACLE_RING, r = radius / (1 << 2 * (i / ORACLE_RING));
    hits[i] = oracle_cast(scene, view, u + r * cos(angle), v + r * sin(angle), instance);
  }
}

/* Computes where the hit's point is seen when the next frame is taken. */
static inline bool oracle_project_next(const oracle_scene *scene, const myr_view *view, const oracle_hit *hit,
                                       double camera[3], double *u, double *v) {
  const myr_drawable *drawable = &scene->frame->drawables[hit->drawable];
  double point[3];
  oracle_rotate(drawable->next_rotation, hit->local, point);
  for (int i = 0; i < 3; i++) point[i] += (double)drawable->next_position[i] - (double)view->next_position[i];
  oracle_rotate_back(view->next_rotation, point, camera);
  return oracle_project(view, camera, u, v);
}

#endif
