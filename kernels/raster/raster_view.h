/* Projections: the ray along which a point of the image is seen, the place where a point in space is seen, and the
 * pixels that a sphere can touch. They stand in one file so that depth, normals, flow and culling agree about every
 * projection. */
#ifndef MYR_RASTER_VIEW_H
#define MYR_RASTER_VIEW_H

#include "kernels/lane/elementary.h"
#include "kernels/raster/raster_block.h"

#define VIEW_PI ((scalar)3.14159265358979323846)

/* Pixels [x0, x1) x [y0, y1) within a view; empty when x0 >= x1. */
typedef struct pixel_rect {
  int x0, y0, x1, y1;
} pixel_rect;

/* ------------------------------------------------------------------------------------------------ rays */

/* The direction of beam (column, row), in the camera's frame. */
KERNEL vec3 beam_ray(const myr_view *view, integer column, integer row) {
  real cos_a = gather(view->azimuth, column * 2), sin_a = gather(view->azimuth, column * 2 + 1);
  real cos_e = gather(view->elevation, row * 2), sin_e = gather(view->elevation, row * 2 + 1);
  return v3(-(sin_a * cos_e), -sin_e, cos_a * cos_e);
}

KERNEL integer integer_clamp(integer x, int low, int high) {
  x = ichoose(ilt(x, isplat(low)), isplat(low), x);
  return ichoose(ilt(isplat(high), x), isplat(high), x);
}

/* The ray through the point (px, py) of the image, in px: pixel (i, j) has its centre at (i + 0.5, j + 0.5). Camera's
 * frame. The seen point is position + depth * rotation * ray; z = 1 for a pinhole, else the length is 1. Where valid is
 * false (a fisheye beyond pi) nothing is seen, and the ray is forward. Beams exist at pixels' centres only. */
KERNEL vec3 view_ray(const myr_view *view, real px, real py, mask *valid) {
  *valid = mask_splat(1);
  if (view->projection == MYR_BEAMS)
    return beam_ray(view, integer_clamp(to_integer(px), 0, view->width - 1),
                    integer_clamp(to_integer(py), 0, view->height - 1));
  real x = (px - splat(view->center[0])) * splat((scalar)1 / view->focal[0]);
  real y = (py - splat(view->center[1])) * splat((scalar)1 / view->focal[1]);
  if (view->projection == MYR_PINHOLE) return v3(x, y, splat(1));
  real theta = square_root(fmadd(x, x, y * y)), sine, cosine;
  *valid = le(theta, splat(VIEW_PI));
  mask forward = mask_not(*valid) | eq(theta, zero());
  lane_sincos(choose(forward, zero(), theta), &sine, &cosine);
  real sine_by_theta = sine / choose(forward, splat(1), theta);
  return v3(x * sine_by_theta, y * sine_by_theta, cosine);
}

/* The approximate turn of the ray from one pixel to the next, along x and along y, as a difference of neighbours; for
 * every projection except the pinhole. It is used only for the size of a pixel's footprint. */
KERNEL void view_ray_steps(const myr_view *view, real px, real py, vec3 ray, vec3 *step_x, vec3 *step_y) {
  mask valid;
  real half_width = splat((scalar)0.5 * (scalar)view->width), half_height = splat((scalar)0.5 * (scalar)view->height);
  real dx = choose(lt(px, half_width), splat(1), splat(-1)), dy = choose(lt(py, half_height), splat(1), splat(-1));
  *step_x = v3_scale(v3_sub(view_ray(view, px + dx, py, &valid), ray), dx); /* towards the middle: stays in the image */
  *step_y = v3_scale(v3_sub(view_ray(view, px, py + dy, &valid), ray), dy);
}

/* ------------------------------------------------------------------------------------------------ beams */

KERNEL real beam_angle(const float *table, int index) {
  return lane_atan2(splat(table[2 * index + 1]), splat(table[2 * index]));
}

/* Azimuth from one beam to the next, with its sign; 0 for a single column. */
KERNEL real beam_step(const myr_view *view) {
  if (view->width < 2) return zero();
  const float *a = view->azimuth;
  real sine = splat(a[3] * a[0] - a[2] * a[1]), cosine = splat(a[2] * a[0] + a[3] * a[1]);
  return lane_atan2(sine, cosine);
}

/* The number of rows whose elevation comes before `sine` in the order of the table. */
KERNEL integer beam_rows_before(const myr_view *view, real sine) {
  int rising = view->height > 1 && view->elevation[2 * view->height - 1] > view->elevation[1];
  integer low = isplat(0), high = isplat(view->height);
  for (int span = view->height; span > 0; span >>= 1) {
    integer middle = (low + high) >> 1;
    real there = gather(view->elevation, integer_clamp(middle, 0, view->height - 1) * 2 + 1);
    mask open = ilt(low, high), before = rising ? lt(there, sine) : gt(there, sine);
    low = ichoose(open & before, middle + 1, low);
    high = ichoose(open & mask_not(before), middle, high);
  }
  return low;
}

/* The place of a direction among the beams, in px. For columns it is the turn nearest to `near_px`; for rows it is
 * interpolated by the angle between the two neighbouring elevations. With a single column or row it is always the
 * same. */
KERNEL void beam_project(const myr_view *view, vec3 point, real near_px, real near_py, real *px, real *py) {
  real step = beam_step(view), across = square_root(fmadd(point.x, point.x, point.z * point.z));
  *px = near_px;
  *py = near_py;
  if (view->width > 1) {
    integer column = integer_clamp(to_integer(near_px), 0, view->width - 1);
    real cos_a = gather(view->azimuth, column * 2), sin_a = gather(view->azimuth, column * 2 + 1);
    real sine = fmsub(-point.x, cos_a, point.z * sin_a), cosine = fmsub(point.z, cos_a, point.x * sin_a);
    *px = near_px + lane_atan2(sine, cosine) / step;
  }
  if (view->height > 1) {
    real elevation = lane_atan2(-point.y, across), length = v3_length(point);
    real sine = -point.y / choose(eq(length, zero()), splat(1), length);
    integer row = integer_clamp(beam_rows_before(view, sine), 1, view->height - 1);
    real e0 = lane_atan2(gather(view->elevation, row * 2 - 1), gather(view->elevation, row * 2 - 2));
    real e1 = lane_atan2(gather(view->elevation, row * 2 + 1), gather(view->elevation, row * 2));
    *py = to_real(row) - splat((scalar)0.5) + (elevation - e0) / (e1 - e0);
  }
}

/* ------------------------------------------------------------------------------------------------ projection */

/* The image of a point of the camera's frame, in px; false if it has none. (near_px, near_py) selects the turn of a
 * full circle of beams. */
KERNEL mask view_project(const myr_view *view, vec3 point, real near_px, real near_py, real *px, real *py) {
  if (view->projection == MYR_BEAMS) {
    beam_project(view, point, near_px, near_py, px, py);
    return gt(v3_dot(point, point), zero());
  }
  mask seen;
  real scale;
  if (view->projection == MYR_PINHOLE) {
    seen = gt(point.z, zero());
    scale = splat(1) / choose(seen, point.z, splat(1));
  } else {
    real off_axis = square_root(fmadd(point.x, point.x, point.y * point.y));
    mask on_axis = eq(off_axis, zero());
    seen = mask_not(on_axis) | gt(point.z, zero());
    scale = lane_atan2(off_axis, point.z) / choose(on_axis, splat(1), off_axis);
  }
  *px = fmadd(point.x * scale, splat(view->focal[0]), splat(view->center[0]));
  *py = fmadd(point.y * scale, splat(view->focal[1]), splat(view->center[1]));
  return seen;
}

/* ------------------------------------------------------------------------------------------------ bounds */

/* The image of a sphere: it lies within [low, high], in px, and, unless for beams, within a disc. */
typedef struct sphere_image {
  real low_x, low_y, high_x, high_y;
  real disc_x, disc_y, disc_radius;
  mask everywhere;     /* no bound is known, and the other members mean nothing */
  mask nearer, beyond; /* wholly nearer than near_limit; wholly beyond far_limit */
} sphere_image;

/* Margins that make bounds hold in spite of rounding: a sixteenth of a pixel, and this share of the numbers they are
 * computed from. */
#define BOUND_SLACK ((scalar)0.0625)
#define BOUND_RELATIVE_SLACK ((scalar)1e-5)
#define BOUND_FAR ((scalar)1e9) /* px; any number beyond all views */

KERNEL void image_interval(real center, real extent, scalar focal, scalar principal, real *low, real *high) {
  real slack = fmadd(absolute(center) + extent, splat(BOUND_RELATIVE_SLACK * focal), splat(BOUND_SLACK));
  real middle = fmadd(center, splat(focal), splat(principal)), reach = fmadd(extent, splat(focal), slack);
  *low = middle - reach;
  *high = middle + reach;
}

KERNEL void image_disc(const myr_view *view, real x, real y, real radius, sphere_image *image) {
  scalar focal = view->focal[0] > view->focal[1] ? view->focal[0] : view->focal[1];
  image->disc_x = fmadd(x, splat(view->focal[0]), splat(view->center[0]));
  image->disc_y = fmadd(y, splat(view->focal[1]), splat(view->center[1]));
  real slack = (absolute(x) + absolute(y) + radius) * splat(BOUND_RELATIVE_SLACK * focal);
  image->disc_radius = fmadd(radius, splat(focal), slack + splat(BOUND_SLACK));
}

/* A sphere before the camera is seen as an ellipse. Its extents along an axis of the image are where planes through the
 * eye touch it: x/z = (c_x c_z +- r sqrt(c_x^2 + c_z^2 - r^2)) / (c_z^2 - r^2); its longest semi-axis points to the
 * principal point, so the same formula gives it, with the distance from the optical axis in place of c_x. */
KERNEL void pinhole_sphere(const myr_view *view, vec3 c, real r, sphere_image *image) {
  /* Close to the eye's plane the image grows beyond all bounds, and the formula loses its digits. */
  image->everywhere = lt(c.z * splat((scalar)0.95), r);
  image->nearer = lt(c.z + r, splat(view->near_limit));
  image->beyond = gt(c.z - r, splat(view->far_limit));
  real square = (c.z - r) * (c.z + r);
  square = choose(image->everywhere, splat(1), square);
  real inverse = splat(1) / square, along = c.z * inverse, reach = r * inverse;
  real x2 = fmadd(c.x, c.x, square), y2 = fmadd(c.y, c.y, square);
  image_interval(c.x * along, reach * square_root(x2), view->focal[0], view->center[0], &image->low_x, &image->high_x);
  image_interval(c.y * along, reach * square_root(y2), view->focal[1], view->center[1], &image->low_y, &image->high_y);
  image_disc(view, c.x * along, c.y * along, reach * square_root(fmadd(c.x, c.x, y2)), image);
}

/* A cap of angle w about a direction at angle theta from the axis. The equidistant projection stretches lengths at
 * angle a by at most a / sin a, so no point of the cap is farther from the image of its middle than w t / sin t, with
 * t = theta + w. */
KERNEL void fisheye_sphere(const myr_view *view, vec3 c, real r, sphere_image *image) {
  real off_axis = square_root(fmadd(c.x, c.x, c.y * c.y)), distance = v3_length(c);
  image->nearer = lt(distance + r, splat(view->near_limit));
  image->beyond = gt(distance - r, splat(view->far_limit));
  mask inside = lt(distance * splat((scalar)0.99), r);
  real cap = lane_asin(r / choose(inside, maximum(r, splat((scalar)1e-20)), distance));
  real theta = lane_atan2(off_axis, c.z), last = theta + cap;
  image->everywhere = inside | gt(last, splat((scalar)3)); /* a little before pi, where the stretch has no bound */
  last = clamp(last, splat((scalar)1e-6), splat((scalar)3));
  real scale = theta / choose(eq(off_axis, zero()), splat(1), off_axis), reach = cap * (last / lane_sin(last));
  image_interval(c.x * scale, reach, view->focal[0], view->center[0], &image->low_x, &image->high_x);
  image_interval(c.y * scale, reach, view->focal[1], view->center[1], &image->low_y, &image->high_y);
  image_disc(view, c.x * scale, c.y * scale, reach, image);
}

/* Columns within `half` of the azimuth, all of them where the interval touches the image from both ends of a turn. */
KERNEL void beam_columns(const myr_view *view, real azimuth, real half, sphere_image *image) {
  real step = beam_step(view), width = splat((scalar)view->width);
  image->low_x = zero();
  image->high_x = width;
  if (view->width < 2) return;
  real size = absolute(step), turn = splat(2 * VIEW_PI) / size;
  /* the step has an error of about an ulp of 1, which adds up over the columns */
  real reach = half / size + fmadd(width, splat((scalar)2.5e-7) / size, splat(1));
  real column = (azimuth - beam_angle(view->azimuth, 0)) / step;
  column = column - turn * floor_of(column / turn) + splat((scalar)0.5);
  mask first = lt(column - reach, width), previous = gt(column + reach, turn), next = lt(column - reach + turn, width);
  mask several = (first & previous) | (first & next) | (previous & next) | gt(reach, turn);
  real shifted = choose(previous, column - turn, choose(next, column + turn, column));
  image->low_x = choose(several, zero(), shifted - reach);
  image->high_x = choose(several, width, shifted + reach);
}

KERNEL void beam_sphere(const myr_view *view, vec3 c, real r, sphere_image *image) {
  real across = square_root(fmadd(c.x, c.x, c.z * c.z)), distance = v3_length(c);
  image->nearer = lt(distance + r, splat(view->near_limit));
  image->beyond = gt(distance - r, splat(view->far_limit));
  image->everywhere = lt(distance * splat((scalar)0.99), r);
  real denominator = choose(image->everywhere, maximum(r, splat((scalar)1e-20)), distance);
  real cap = lane_asin(r / denominator) + splat((scalar)1e-5);
  mask overhead = lt(across * splat((scalar)0.99), r); /* the sphere meets the vertical through the eye */
  real half = lane_asin(r / choose(overhead, maximum(r, splat((scalar)1e-20)), across)) + splat((scalar)1e-5);
  beam_columns(view, lane_atan2(-c.x, c.z), choose(overhead, splat(2 * VIEW_PI), half), image);

  real elevation = lane_asin(clamp(-c.y / denominator, splat(-1), splat(1))), quarter = splat(VIEW_PI / 2);
  real low = lane_sin(maximum(elevation - cap, -quarter)) - splat((scalar)1e-5);
  real high = lane_sin(minimum(elevation + cap, quarter)) + splat((scalar)1e-5);
  real a = to_real(beam_rows_before(view, low)), b = to_real(beam_rows_before(view, high));
  image->low_y = minimum(a, b) - splat(1);
  image->high_y = maximum(a, b) + splat(1);
  image->disc_x = image->disc_y = zero();
  image->disc_radius = splat(BOUND_FAR);
}

/* The image of a sphere, one a lane, given in the camera's frame. */
KERNEL sphere_image view_sphere(const myr_view *view, vec3 center, real radius) {
  sphere_image image;
  if (view->projection == MYR_PINHOLE)
    pinhole_sphere(view, center, radius, &image);
  else if (view->projection == MYR_FISHEYE)
    fisheye_sphere(view, center, radius, &image);
  else
    beam_sphere(view, center, radius, &image);
  image.low_x = choose(image.everywhere, splat(-BOUND_FAR), image.low_x);
  image.low_y = choose(image.everywhere, splat(-BOUND_FAR), image.low_y);
  image.high_x = choose(image.everywhere, splat(BOUND_FAR), image.high_x);
  image.high_y = choose(image.everywhere, splat(BOUND_FAR), image.high_y);
  image.disc_radius = choose(image.everywhere, splat(BOUND_FAR), image.disc_radius);
  return image;
}

/* The pixels whose square meets [low, high]: first and one past the last, within the view. */
KERNEL void pixels_of_interval(real low, real high, int size, real *first, real *end) {
  real last = splat((scalar)size);
  *first = floor_of(clamp(low, zero(), last));
  *end = minimum(floor_of(clamp(high, splat(-1), last)) + splat(1), last);
}

/* A point of the world in the frame at `position` with `rotation` (row major, local to world). */
KERNEL vec3 point_into_frame(const float *position, const float *rotation, vec3 p) {
  mat3 r;
  r.row0 = v3_splat(rotation);
  r.row1 = v3_splat(rotation + 3);
  r.row2 = v3_splat(rotation + 6);
  return m3_apply_transposed(r, v3_sub(p, v3_splat(position)));
}

/* The pixels that may see anything of a sphere (world, m) at any point of their square. Empty when it is wholly nearer
 * than near_limit, behind, or beyond far_limit; the whole view when the camera is inside it or close to it. */
KERNEL pixel_rect view_bound_sphere(const myr_view *view, const float center[3], float radius) {
  vec3 in_camera = point_into_frame(view->position, view->rotation, v3_splat(center));
  sphere_image image = view_sphere(view, in_camera, splat(radius));
  real x0, y0, x1, y1;
  pixels_of_interval(image.low_x, image.high_x, view->width, &x0, &x1);
  pixels_of_interval(image.low_y, image.high_y, view->height, &y0, &y1);
  pixel_rect rect;
  rect.x0 = (int)lane_get(&x0, 0);
  rect.y0 = (int)lane_get(&y0, 0);
  rect.x1 = (int)lane_get(&x1, 0);
  rect.y1 = (int)lane_get(&y1, 0);
  if (mask_lane(image.nearer | image.beyond, 0) || rect.y0 >= rect.y1 || rect.x0 >= rect.x1)
    rect.x0 = rect.y0 = rect.x1 = rect.y1 = 0;
  return rect;
}

#endif
