/* Finds the pixels that a triangle covers, in integers. The result is exact, so adjacent triangles leave no cracks and
 * cover no pixel twice.
 *
 * A vertex is snapped once to an integer direction in three dimensions (Olano and Greer, "Triangle scan conversion
 * using 2D homogeneous coordinates", 1997). The snapped direction depends only on where the camera sees the vertex. A
 * pixel is snapped in the same way. A pixel p sees the triangle v0 v1 v2 when p is a positive combination of the three,
 * that is when p lies on the inner side of the three planes through the eye and an edge. No vertex is divided and
 * nothing is clipped, because a vertex behind the camera is a direction like any other.
 *
 *   det(v0, v1, v2) < 0                seen from outside (the camera's frame has y down)
 *   edge(a, b) . p > 0, = b x a . p    p is on the inner side of the edge from a to b
 *
 * edge(b, a) = -edge(a, b) exactly, so a shared edge divides the pixels between its triangles. Where a pixel lies on an
 * edge, its sample point counts as moved by (e, e^2, e^3) for an arbitrarily small e. The first component of the edge
 * that is not zero then decides. On screen this is the top-left rule, and exactly one of the triangles around a vertex
 * covers a pixel on that vertex. */
#ifndef MYR_RASTER_EDGE_H
#define MYR_RASTER_EDGE_H

#include "kernels/raster/raster_view.h"

/* Pinhole: (u w, v w, w) with u, v in 1/SUBPIXELS px over a common w = SUBPIXELS for a vertex that is on screen or
 * within GUARD_BAND of it; elsewhere the same direction, as long as the integers allow. Other projections: the unit
 * direction, times DIRECTION_ONE. 62 bits are enough for det and for edge . p:
 *   pinhole  |x|, |y| <= 2^24, |w| <= 2^10: det < 3 * 2^59; pixels 2^22, 2^22, 2^8: edge . p < 2^58 + 2^57
 *   else     |v|, |p| <= 2^20 and a half: both < 2^61 */
typedef struct snapped {
  int32_t x, y, w;
} snapped;

#define GUARD_BAND ((scalar)MYR_VIEW_LIMIT) /* px from the image's corner */
#define OUTSIDE_XY ((scalar)(1 << 24))
#define OUTSIDE_W ((scalar)(1 << 10))
#define DIRECTION_ONE ((scalar)(1 << 20))

/* most: the bound above, which only numbers that are infinite or NaN could pass. */
KERNEL integer rounded(real x, scalar most) { return to_integer(nearest_integer(clamp(x, splat(-most), splat(most)))); }

/* A pinhole's vertices, one a lane; camera's frame. */
KERNEL void snap_to_image(const myr_view *view, vec3 v, integer *x, integer *y, integer *w) {
  const real fx = splat(view->focal[0]), fy = splat(view->focal[1]);
  const real cx = splat(view->center[0]), cy = splat(view->center[1]);
  mask before = lt(splat((scalar)1e-20), v.z);
  real inverse = splat(1) / choose(before, v.z, splat(1));
  real px = fmadd(v.x * inverse, fx, cx), py = fmadd(v.y * inverse, fy, cy);
  mask near_image = before & le(absolute(px), splat(GUARD_BAND)) & le(absolute(py), splat(GUARD_BAND));
  real hx = fmadd(v.x, fx, v.z * cx), hy = fmadd(v.y, fy, v.z * cy);
  real size = maximum(maximum(absolute(hx), absolute(hy)), absolute(v.z) * splat(OUTSIDE_XY / OUTSIDE_W));
  real scale = splat(OUTSIDE_XY) / maximum(size, splat((scalar)1e-30));
  *x = rounded(choose(near_image, px * splat(SUBPIXELS), hx * scale), OUTSIDE_XY);
  *y = rounded(choose(near_image, py * splat(SUBPIXELS), hy * scale), OUTSIDE_XY);
  *w = rounded(choose(near_image, splat(SUBPIXELS), v.z * scale), OUTSIDE_W);
}

/* The rays of pixels in all other projections; they have unit length. */
KERNEL void snap_ray(vec3 ray, integer *x, integer *y, integer *w) {
  *x = rounded(ray.x * splat(DIRECTION_ONE), DIRECTION_ONE);
  *y = rounded(ray.y * splat(DIRECTION_ONE), DIRECTION_ONE);
  *w = rounded(ray.z * splat(DIRECTION_ONE), DIRECTION_ONE);
}

/* Vertices in all other projections. */
KERNEL void snap_direction(vec3 v, integer *x, integer *y, integer *w) {
  real scale = splat(DIRECTION_ONE) / maximum(v3_length(v), splat((scalar)1e-15));
  *x = rounded(v.x * scale, DIRECTION_ONE);
  *y = rounded(v.y * scale, DIRECTION_ONE);
  *w = rounded(v.z * scale, DIRECTION_ONE);
}

/* ------------------------------------------------------------------------------------------------ edges */

typedef struct edge {
  int64_t x, y, w;
} edge;

/* The plane through the eye, a and b; the triangle that a and then b belong to is on its positive side. */
KERNEL edge edge_between(snapped a, snapped b) {
  edge e;
  e.x = (int64_t)b.y * a.w - (int64_t)b.w * a.y;
  e.y = (int64_t)b.w * a.x - (int64_t)b.x * a.w;
  e.w = (int64_t)b.x * a.y - (int64_t)b.y * a.x;
  return e;
}
KERNEL int64_t edge_at(edge e, int64_t x, int64_t y, int64_t w) { return e.x * x + e.y * y + e.w * w; }
/* 0 when pixels on the edge belong to its triangle, else -1: a pixel is inside where edge . p + bias >= 0. */
KERNEL int32_t edge_bias(edge e) {
  int64_t first = e.x ? e.x : e.y ? e.y : e.w;
  return first > 0 ? 0 : -1;
}

/* Within the image all w are SUBPIXELS, and an edge is a line: dx (x - x_a) + dy (y - y_a), in 32 bits for a
 * triangle that is not larger than this, at any point of a block that it touches. */
enum { SMALL_TRIANGLE = 96 * SUBPIXELS };

typedef struct line {
  int32_t dx, dy, x, y, bias;
} line;
KERNEL line line_between(int32_t xa, int32_t ya, int32_t xb, int32_t yb) {
  line l;
  l.dx = yb - ya;
  l.dy = xa - xb;
  l.x = xa;
  l.y = ya;
  l.bias = l.dx > 0 || (l.dx == 0 && l.dy > 0) ? 0 : -1;
  return l;
}
KERNEL int32_t line_at(line l, int32_t x, int32_t y) { return l.dx * (x - l.x) + l.dy * (y - l.y) + l.bias; }

#endif
