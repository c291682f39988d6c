/* Rays against a mesh, in the mesh's frame: the point that a pixel sees, and whether the mesh stands between a point
 * and a light. */
#ifndef MYR_RASTER_MESH_RAY_H
#define MYR_RASTER_MESH_RAY_H

#include "kernels/raster/raster_block.h"

/* ------------------------------------------------------------------------------------------------ fragments */

KERNEL vec3 gather_point(const scalar *x, const scalar *y, const scalar *z, integer i) {
  return v3(gather(x, i), gather(y, i), gather(z, i));
}
KERNEL vec3 gather_row(const scalar *table, integer i) { return gather_point(table, table + 1, table + 2, i * 3); }

/* Completes a fragment of which `on` and `local` are known: the interpolated normal, and the mesh's own coordinates. */
KERNEL void mesh_fragment(const myr_mesh *mesh, integer triangle, fragment *f) {
  triangle = ichoose(f->on, triangle, isplat(0));
  integer packed = igather(mesh->triangle, triangle), start = igather(mesh->triangle_vertices, triangle);
  integer ia = start + (packed & 255), ib = start + ((packed >> 8) & 255), ic = start + ((packed >> 16) & 255);
  vec3 a = gather_point(mesh->x, mesh->y, mesh->z, ia);
  vec3 ab = v3_sub(gather_point(mesh->x, mesh->y, mesh->z, ib), a);
  vec3 ac = v3_sub(gather_point(mesh->x, mesh->y, mesh->z, ic), a);
  vec3 ap = v3_sub(f->local, a), n = v3_cross(ab, ac);

  /* Barycentric coordinates by areas, within the triangle; a triangle without area is its first vertex. */
  real area2 = v3_dot(n, n);
  mask flat = lt(area2, splat((scalar)1e-30));
  real inverse = splat(1) / choose(flat, splat(1), area2);
  real wb = clamp(v3_dot(v3_cross(ap, ac), n) * inverse, zero(), splat(1));
  real wc = clamp(v3_dot(v3_cross(ab, ap), n) * inverse, zero(), splat(1));
  real excess = maximum(wb + wc, splat(1));
  wb = choose(flat, zero(), wb / excess);
  wc = choose(flat, zero(), wc / excess);
  real wa = splat(1) - wb - wc;

  vec3 interpolated = v3_scale(gather_row(mesh->normal, ia), wa);
  interpolated = v3_madd(gather_row(mesh->normal, ib), wb, interpolated);
  interpolated = v3_madd(gather_row(mesh->normal, ic), wc, interpolated);
  f->local_normal = v3_normalize_or(interpolated, v3_normalize(n));

  f->u = f->v = f->uv_per_metre = zero();
  if (!mesh->uv) return;
  real au = gather(mesh->uv, ia * 2), av = gather(mesh->uv, ia * 2 + 1);
  real bu = gather(mesh->uv, ib * 2) - au, bv = gather(mesh->uv, ib * 2 + 1) - av;
  real cu = gather(mesh->uv, ic * 2) - au, cv = gather(mesh->uv, ic * 2 + 1) - av;
  f->u = fmadd(wc, cu, fmadd(wb, bu, au));
  f->v = fmadd(wc, cv, fmadd(wb, bv, av));
  /* Twice the triangle's area there over twice its area here is the square of the scale. */
  real area = square_root(choose(flat, splat(1), area2));
  f->uv_per_metre = choose(flat, zero(), square_root(absolute(fmsub(bu, cv, cu * bv)) / area));
}

/* ------------------------------------------------------------------------------------------------ shadow rays */

/* Each product is rounded separately, so that a x b = -(b x a) to the bit. Two triangles then agree about their common
 * edge. */
KERNEL vec3 antisymmetric_cross(vec3 a, vec3 b) {
  return v3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

/* Rays origin + t direction, start < t < length, one a lane. */
typedef struct mesh_rays {
  vec3 origin, direction, inverse; /* inverse: 1 / direction, large where a component is 0 */
  real start, length;
} mesh_rays;

KERNEL real inverse_component(real x) {
  const real least = splat((scalar)1e-18);
  return splat(1) / choose(lt(absolute(x), least), choose(lt(x, zero()), -least, least), x);
}

/* The rays that pass a node's box. Boxes grow by a few roundings of the numbers involved, so that no ray misses the box
 * of a triangle that it hits. */
KERNEL mask rays_meet_node(const mesh_rays *r, const myr_mesh_node *node) {
  vec3 low = v3_sub(v3_splat(node->low), r->origin), high = v3_sub(v3_splat(node->high), r->origin);
  real x0 = low.x * r->inverse.x, x1 = high.x * r->inverse.x, y0 = low.y * r->inverse.y, y1 = high.y * r->inverse.y;
  real z0 = low.z * r->inverse.z, z1 = high.z * r->inverse.z;
  real enter = maximum(maximum(minimum(x0, x1), minimum(y0, y1)), minimum(z0, z1));
  real leave = minimum(minimum(maximum(x0, x1), maximum(y0, y1)), maximum(z0, z1));
  real slack = absolute(leave) * splat((scalar)1e-6);
  return le(maximum(enter, zero()), leave + slack) & lt(enter - slack, r->length);
}

/* The rays that enter through a triangle, from its outside. Edges belong to both of their triangles: a ray never slips
 * between two (Plücker coordinates relative to the ray's origin). */
KERNEL mask rays_enter_triangle(const mesh_rays *r, vec3 a, vec3 b, vec3 c) {
  a = v3_sub(a, r->origin);
  b = v3_sub(b, r->origin);
  c = v3_sub(c, r->origin);
  real ab = v3_dot(antisymmetric_cross(b, a), r->direction), bc = v3_dot(antisymmetric_cross(c, b), r->direction);
  real ca = v3_dot(antisymmetric_cross(a, c), r->direction);
  mask inside = ge(ab, zero()) & ge(bc, zero()) & ge(ca, zero());
  vec3 normal = v3_cross(v3_sub(b, a), v3_sub(c, a));
  real facing = v3_dot(normal, r->direction), t = v3_dot(normal, a) / choose(lt(facing, zero()), facing, splat(-1));
  return inside & lt(facing, zero()) & gt(t, r->start) & lt(t, r->length);
}

/* Deeper than any hierarchy of 2^31 triangles whose nodes are halved where they hold many. */
enum { MESH_STACK = 96 };

/* The lanes `on` whose ray origin + t direction, 0 < t < length, enters the surface of that level from its outside.
 *
 * Only entering counts. A ray to the light enters a closed body that stands in its way, but leaves the surface of the
 * lit point. Therefore no surface shadows itself, and half of the triangles are never solved. A ray starts beyond the
 * rounding error of its origin, because that error may put a point of one face slightly outside of the next face. An
 * open surface casts the shadow of its outer side. A lane's answer does not depend on its neighbours, because the lane
 * takes part only where its own ray meets the boxes. */
STAGE mask mesh_shadow(const myr_mesh *mesh, int level, vec3 origin, vec3 direction, real length, mask on) {
  mesh_rays rays;
  rays.origin = origin;
  rays.direction = direction;
  rays.inverse = v3(inverse_component(direction.x), inverse_component(direction.y), inverse_component(direction.z));
  rays.start = (absolute(origin.x) + absolute(origin.y) + absolute(origin.z)) * splat((scalar)1e-6) /
               maximum(v3_length(direction), splat((scalar)1e-20));
  rays.length = length;
  int nodes[MESH_STACK];
  mask parts[MESH_STACK];
  mask shadowed = mask_splat(0);
  int depth = 1;
  nodes[0] = mesh->levels[level].node_start;
  parts[0] = on;
  while (depth > 0) {
    const myr_mesh_node *node = mesh->nodes + nodes[--depth];
    mask part = parts[depth] & mask_not(shadowed);
    if (!any_lane(part)) continue;
    part = part & rays_meet_node(&rays, node);
    if (!any_lane(part)) continue;
    if (node->count == 0) {
      nodes[depth] = node->first + 1;
      parts[depth++] = part;
      nodes[depth] = node->first;
      parts[depth++] = part;
      continue;
    }
    for (int i = node->first; i < node->first + node->count; i++) {
      int32_t packed = mesh->triangle[i], start = mesh->triangle_vertices[i];
      int32_t ia = start + (packed & 255), ib = start + ((packed >> 8) & 255), ic = start + ((packed >> 16) & 255);
      vec3 a = v3(splat(mesh->x[ia]), splat(mesh->y[ia]), splat(mesh->z[ia]));
      vec3 b = v3(splat(mesh->x[ib]), splat(mesh->y[ib]), splat(mesh->z[ib]));
      vec3 c = v3(splat(mesh->x[ic]), splat(mesh->y[ic]), splat(mesh->z[ic]));
      shadowed = shadowed | (part & rays_enter_triangle(&rays, a, b, c));
    }
    if (!any_lane(on & mask_not(shadowed))) break;
  }
  return shadowed;
}

#endif
