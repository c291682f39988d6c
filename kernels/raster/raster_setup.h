/* The setup of every drawable before a view's first pixel: its place in the camera's frame, and the pixels that it can
 * touch. A lane is a drawable here. */
#ifndef MYR_RASTER_SETUP_H
#define MYR_RASTER_SETUP_H

#include <stddef.h>

#include "kernels/raster/raster_shape.h"
#include "kernels/raster/raster_view.h"

/* LANES drawables in a row. A drawable lies inside the hull of two spheres of equal radius. The images of the spheres
 * are discs, so the image of the hull is a segment thickened by disc_radius. */
typedef struct drawable_group {
  real origin[3];                         /* the camera in the drawable's frame, m */
  real rotation[9];                       /* camera to drawable */
  real low_x, low_y, high_x, high_y;      /* pixels that may see it: [low, high); nothing where low_x >= high_x */
  real segment_x, segment_y;              /* px: one end */
  real along_x, along_y, inverse_length2; /* px: to the other end; 1 / length^2, 0 for a point */
  real disc_radius;                       /* px */
  real next_origin[3],
      next_rotation[9]; /* from the camera's frame to the next: points as they move with the drawable */
  unsigned at_rest;     /* bit i: drawable i and the camera do not move; as next_*, for flow only */
} drawable_group;

/* The view of a frame as the stages pass it on. */
typedef struct scene {
  const myr_frame *frame;
  const myr_view *view;
  const drawable_group *groups; /* (drawable_count / LANES, rounded up) */
} scene;

/* Word `field` of LANES drawables in a row from `first`; the last one again where there are no more. */
KERNEL integer drawable_words(const myr_frame *frame, int first, size_t offset) {
  integer drawable = integer_clamp(lane_index() + first, 0, frame->drawable_count - 1);
  return igather((const int32_t *)((const char *)frame->drawables + offset),
                 drawable * (int)(sizeof(myr_drawable) / sizeof(int32_t)));
}
#define DRAWABLE_REAL(field, k) \
  real_of_bits(drawable_words(frame, first, offsetof(myr_drawable, field) + (size_t)(k) * sizeof(float)))
#define DRAWABLE_INTEGER(field) drawable_words(frame, first, offsetof(myr_drawable, field))

/* A capsule that holds the shape: `half` along its local axis, and a radius. */
typedef struct hull {
  real half, radius;
  integer axis;
  mask endless;
} hull;

/* The longest of three half extents is the axis. `corner` says whether the other two are reached at the same point (a
 * box) or not (an ellipsoid: the sphere whose radius is the second semi-axis, moved along the first by their
 * difference, touches its end, and the hull leaves nothing out). */
KERNEL void hull_of_extents(vec3 s, mask corner, hull *h) {
  mask x_first = ge(s.x, s.y) & ge(s.x, s.z), y_first = ge(s.y, s.z);
  real a = choose(x_first, s.x, choose(y_first, s.y, s.z));
  real b = choose(x_first, s.y, s.x), c = choose(x_first | y_first, s.z, s.y);
  c = choose(x_first, s.z, c);
  real second = maximum(b, c);
  h->axis = ichoose(x_first, isplat(0), ichoose(y_first, isplat(1), isplat(2)));
  h->half = choose(corner, a, a - second);
  h->radius = choose(corner, square_root(fmadd(b, b, c * c)), second);
}

KERNEL hull hull_of_shape(const myr_frame *frame, int first) {
  integer shape = DRAWABLE_INTEGER(shape);
  vec3 size = v3(DRAWABLE_REAL(size, 0), DRAWABLE_REAL(size, 1), DRAWABLE_REAL(size, 2));
  mask plane = ieq(shape, isplat(MYR_GEOM_PLANE)), box = ieq(shape, isplat(MYR_GEOM_BOX)) | plane;
  mask long_z = ieq(shape, isplat(MYR_GEOM_CAPSULE)) | ieq(shape, isplat(MYR_GEOM_CYLINDER));
  mask sphere = ieq(shape, isplat(MYR_GEOM_SPHERE)), mesh = ieq(shape, isplat(MYR_SHAPE_MESH));
  hull h;
  size.z = choose(plane, zero(), size.z);
  h.endless = plane & (le(size.x, zero()) | le(size.y, zero()));
  hull_of_extents(size, box, &h);
  h.axis = ichoose(long_z, isplat(2), h.axis);
  h.half = choose(long_z, size.y, choose(sphere | mesh, zero(), h.half));
  h.radius = choose(mesh, DRAWABLE_REAL(bound, 0), choose(long_z | sphere, size.x, h.radius));
  return h;
}

/* The view's pixels and the thickened segment of one group; `center` in the camera's frame. */
KERNEL void bound_group(const myr_view *view, const hull *h, vec3 center, drawable_group *g) {
  mask x_axis = ieq(h->axis, isplat(0)), y_axis = ieq(h->axis, isplat(1));
  vec3 axis =
      v3_choose(x_axis, v3_load(g->rotation), v3_choose(y_axis, v3_load(g->rotation + 3), v3_load(g->rotation + 6)));
  /* Only a pinhole keeps straight lines straight. In other projections one sphere has to hold the whole capsule. */
  int straight = view->projection == MYR_PINHOLE;
  real half = straight ? h->half : zero(), radius = straight ? h->radius : h->radius + h->half;
  sphere_image a = view_sphere(view, v3_madd(axis, half, center), radius), b = a;
  if (straight) b = view_sphere(view, v3_madd(axis, -half, center), radius);

  mask everywhere = a.everywhere | b.everywhere | h->endless;
  mask nowhere = ((a.nearer & b.nearer) | (a.beyond & b.beyond)) & mask_not(h->endless);
  const real far = splat(BOUND_FAR);
  pixels_of_interval(choose(everywhere, -far, minimum(a.low_x, b.low_x)),
                     choose(everywhere, far, maximum(a.high_x, b.high_x)), view->width, &g->low_x, &g->high_x);
  pixels_of_interval(choose(everywhere, -far, minimum(a.low_y, b.low_y)),
                     choose(everywhere, far, maximum(a.high_y, b.high_y)), view->height, &g->low_y, &g->high_y);
  nowhere = nowhere | ge(g->low_y, g->high_y);
  g->high_x = choose(nowhere, g->low_x, g->high_x);

  g->segment_x = choose(everywhere, zero(), a.disc_x);
  g->segment_y = choose(everywhere, zero(), a.disc_y);
  g->along_x = choose(everywhere, zero(), b.disc_x - a.disc_x);
  g->along_y = choose(everywhere, zero(), b.disc_y - a.disc_y);
  real length2 = fmadd(g->along_x, g->along_x, g->along_y * g->along_y);
  mask point = lt(length2, splat((scalar)1e-6));
  g->inverse_length2 = choose(point, zero(), splat(1) / choose(point, splat(1), length2));
  g->disc_radius = choose(everywhere, far, maximum(a.disc_radius, b.disc_radius));
}

/* Drawables first .. first + LANES - 1. */
STAGE void setup_group(const myr_frame *frame, const myr_view *view, int first, drawable_group *g) {
  mat3 camera, drawable;
  camera.row0 = v3_splat(view->rotation);
  camera.row1 = v3_splat(view->rotation + 3);
  camera.row2 = v3_splat(view->rotation + 6);
  drawable.row0 = v3(DRAWABLE_REAL(rotation, 0), DRAWABLE_REAL(rotation, 1), DRAWABLE_REAL(rotation, 2));
  drawable.row1 = v3(DRAWABLE_REAL(rotation, 3), DRAWABLE_REAL(rotation, 4), DRAWABLE_REAL(rotation, 5));
  drawable.row2 = v3(DRAWABLE_REAL(rotation, 6), DRAWABLE_REAL(rotation, 7), DRAWABLE_REAL(rotation, 8));
  vec3 position = v3(DRAWABLE_REAL(position, 0), DRAWABLE_REAL(position, 1), DRAWABLE_REAL(position, 2));

  vec3 apart = v3_sub(position, v3_splat(view->position));
  v3_store(g->origin, v3_negate(m3_apply_transposed(drawable, apart)));
  vec3 x = m3_apply_transposed(drawable, m3_column0(camera)); /* the camera's axes in the drawable's frame */
  vec3 y = m3_apply_transposed(drawable, m3_column1(camera));
  vec3 z = m3_apply_transposed(drawable, m3_column2(camera));
  v3_store(g->rotation, v3(x.x, y.x, z.x));
  v3_store(g->rotation + 3, v3(x.y, y.y, z.y));
  v3_store(g->rotation + 6, v3(x.z, y.z, z.z));

  hull h = hull_of_shape(frame, first);
  bound_group(view, &h, m3_apply_transposed(camera, apart), g);
  /* A plane is not seen from below. */
  mask averted = ieq(DRAWABLE_INTEGER(shape), isplat(MYR_GEOM_PLANE)) & le(g->origin[2], zero());
  mask missing = mask_not(ilt(lane_index() + first, isplat(frame->drawable_count)));
  g->high_x = choose(averted | missing, g->low_x, g->high_x);
}

KERNEL int drawable_group_count(int drawables) { return (drawables + LANES - 1) / LANES; }

/* A value of one drawable in all lanes. */
KERNEL real of_drawable(const real *values, int drawable) { return splat(lane_get(values, drawable % LANES)); }

KERNEL shape_constants load_shape(const scene *s, int drawable) {
  const drawable_group *g = s->groups + drawable / LANES;
  const myr_drawable *d = s->frame->drawables + drawable;
  shape_constants c;
  c.origin =
      v3(of_drawable(g->origin, drawable), of_drawable(g->origin + 1, drawable), of_drawable(g->origin + 2, drawable));
  c.rotation.row0 = v3(of_drawable(g->rotation, drawable), of_drawable(g->rotation + 1, drawable),
                       of_drawable(g->rotation + 2, drawable));
  c.rotation.row1 = v3(of_drawable(g->rotation + 3, drawable), of_drawable(g->rotation + 4, drawable),
                       of_drawable(g->rotation + 5, drawable));
  c.rotation.row2 = v3(of_drawable(g->rotation + 6, drawable), of_drawable(g->rotation + 7, drawable),
                       of_drawable(g->rotation + 8, drawable));
  c.size = v3_splat(d->size);
  c.inverse_size = v3_zero();
  c.inverse_height = zero();
  if (d->shape == MYR_GEOM_PLANE) c.inverse_height = splat(1) / c.origin.z;
  if (d->shape == MYR_GEOM_ELLIPSOID)
    c.inverse_size = v3(splat(1) / c.size.x, splat(1) / c.size.y, splat(1) / c.size.z);
  return c;
}

#endif
