/* Draws a mesh into the visibility buffer of a tile.
 *
 *   level ─► clusters the tile may see ─► vertices, snapped ─► triangles that hold a sample point, LANES at a time
 *         ─► small: lines in 32 bits; large, or reaching behind the camera, or not of a pinhole: planes in 64 bits
 *         ─► per block of pixels: covered, depth, nearest wins
 *
 * The set of pixels that a triangle covers is exact (raster_edge.h). The depth of a pixel is the depth of the
 * triangle's plane along the pixel's ray, limited to the range of the triangle's vertices. Without the limit a triangle
 * seen edge-on would reach beyond itself. */
#ifndef MYR_RASTER_MESH_H
#define MYR_RASTER_MESH_H

#include "kernels/raster/raster_mesh_ray.h"
#include "kernels/raster/raster_mesh_setup.h"
#include "kernels/raster/raster_primitives.h"

/* The buffer that is drawn into, and the drawable's number. */
typedef struct mesh_target {
  const myr_view *view;
  const tile_position *tile;
  const tile_rays *rays;
  visibility *buffer;
  coverage *covered; /* may be NULL */
  int drawable;
  scalar reach; /* m: rounding_reach() */
} mesh_target;

/* ------------------------------------------------------------------------------------------------ depth */

/* The plane normal . p = offset in the camera's frame, and the range of depths within the triangle. */
typedef struct depth_plane {
  scalar x, y, z, offset;
  scalar low, high;
} depth_plane;

/* 1 / |n D|, or at most sqrt(3) times that, because the length of the normal is taken along the axes. */
KERNEL real steepness_along(const depth_plane *p, real facing) {
  const scalar normal[3] = {p->x, p->y, p->z};
  return splat(length_along_axes(normal)) / maximum(absolute(facing), splat((scalar)1e-30));
}

typedef struct corner {
  scalar x, y, z;
} corner;
KERNEL corner corner_of(const cluster_vertices *v, int i) {
  corner c;
  c.x = lane_get(v->x + i / LANES, i % LANES);
  c.y = lane_get(v->y + i / LANES, i % LANES);
  c.z = lane_get(v->z + i / LANES, i % LANES);
  return c;
}
KERNEL snapped snapped_of(const cluster_vertices *v, int i) {
  snapped s;
  s.x = lane_get_integer(v->snapped_x + i / LANES, i % LANES);
  s.y = lane_get_integer(v->snapped_y + i / LANES, i % LANES);
  s.w = lane_get_integer(v->snapped_w + i / LANES, i % LANES);
  return s;
}
KERNEL scalar square_distance(corner a, corner b) {
  return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z);
}

KERNEL depth_plane plane_of(corner a, corner b, corner c) {
  depth_plane p;
  scalar ux = b.x - a.x, uy = b.y - a.y, uz = b.z - a.z, vx = c.x - a.x, vy = c.y - a.y, vz = c.z - a.z;
  p.x = uy * vz - uz * vy;
  p.y = uz * vx - ux * vz;
  p.z = ux * vy - uy * vx;
  p.offset = p.x * a.x + p.y * a.y + p.z * a.z;
  p.low = smaller(a.z, smaller(b.z, c.z)); /* a pinhole's depth is linear over the triangle */
  p.high = larger(a.z, larger(b.z, c.z));
  return p;
}
/* Distances: the largest is at a vertex. For a point with barycentric coordinates w, |p|^2 = sum w_i |v_i|^2 -
 * sum_(i<j) w_i w_j |v_i - v_j|^2, and the last sum is at most a third of the longest edge's square. */
KERNEL void plane_of_distance(corner a, corner b, corner c, depth_plane *p) {
  corner eye;
  eye.x = eye.y = eye.z = 0;
  scalar a2 = square_distance(a, eye), b2 = square_distance(b, eye), c2 = square_distance(c, eye);
  scalar edge2 = larger(square_distance(a, b), larger(square_distance(b, c), square_distance(c, a)));
  real low = square_root(splat(larger(smaller(a2, smaller(b2, c2)) - edge2 * (scalar)(1.0 / 3), 0)));
  real high = square_root(splat(larger(a2, larger(b2, c2))));
  p->low = lane_get(&low, 0);
  p->high = lane_get(&high, 0);
}

/* n D */
KERNEL real facing_along(const depth_plane *p, vec3 ray) {
  return fmadd(splat(p->x), ray.x, fmadd(splat(p->y), ray.y, splat(p->z) * ray.z));
}

/* Along a ray that rounding has turned past the plane's horizon, the far end is seen. */
KERNEL real depth_along(const depth_plane *p, real facing) {
  real depth = splat(p->offset) / facing;
  depth = choose(lt(depth, zero()), splat(p->high), depth);
  return clamp(depth, splat(p->low), splat(p->high)); /* 0 / 0 becomes low */
}

/* The lanes that see the triangle although their depth is not the nearest: those where a drawable of lower index
 * coincides with it, and those where a higher triangle of the same mesh is exactly as deep. */
KERNEL mask wins_tie(const mesh_target *t, int block, real depth, real steepness, int triangle) {
  const real seen = t->buffer->depth[block];
  const integer own = isplat(t->drawable), drawable = t->buffer->drawable[block];
  mask coincides = ilt(drawable, own) & le(depth, seen + coincidence(splat(t->reach), depth, steepness));
  mask first = ieq(drawable, own) & eq(depth, seen) & ilt(isplat(triangle), t->buffer->triangle[block]);
  return coincides | first;
}

/* Enters the pixels `hit` of a block. Meshes are drawn in ascending order, so no drawable of a higher index is there. */
KERNEL void enter_block(const mesh_target *t, int column, int row, mask hit, const depth_plane *plane, int triangle) {
  int block = row * TILE_BLOCKS_X + column;
  const depth_limits limits = limits_of_view(t->view);
  real facing = facing_along(plane, tile_ray(t->rays, column, row));
  real depth = depth_along(plane, facing), seen = t->buffer->depth[block];
  hit = hit & within_limits(&limits, depth);
  if (t->covered) cover_block(t->covered, column, row, mask_bits(hit));
  mask wins = hit & lt(depth, seen), behind = hit & ge(depth, seen);
  if (any_lane(behind)) wins = wins | (behind & wins_tie(t, block, depth, steepness_along(plane, facing), triangle));
  t->buffer->depth[block] = choose(wins, depth, seen);
  t->buffer->drawable[block] = ichoose(wins, isplat(t->drawable), t->buffer->drawable[block]);
  t->buffer->triangle[block] = ichoose(wins, isplat(triangle), t->buffer->triangle[block]);
}

/* ------------------------------------------------------------------------------------------------ small triangles */

/* Pixels [x0, x1] x [y0, y1] of the view. */
typedef struct pixel_box {
  int x0, y0, x1, y1;
} pixel_box;

KERNEL integer lane_column(void) { return lane_index() & (BLOCK_WIDTH - 1); }
KERNEL integer lane_row(void) { return lane_index() >> BLOCK_SHIFT; }

/* The amounts that the pixels of a block add to a line's value at the first pixel. */
KERNEL integer line_in_lanes(line l) { return lane_column() * (l.dx * SUBPIXELS) + lane_row() * (l.dy * SUBPIXELS); }

STAGE void draw_small(const mesh_target *t, const cluster_vertices *v, int a, int b, int c, pixel_box box,
                      int triangle) {
  const snapped sa = snapped_of(v, a), sb = snapped_of(v, b), sc = snapped_of(v, c);
  const line ab = line_between(sa.x, sa.y, sb.x, sb.y), bc = line_between(sb.x, sb.y, sc.x, sc.y);
  const line ca = line_between(sc.x, sc.y, sa.x, sa.y);
  const integer lanes_ab = line_in_lanes(ab), lanes_bc = line_in_lanes(bc), lanes_ca = line_in_lanes(ca);
  const depth_plane plane = plane_of(corner_of(v, a), corner_of(v, b), corner_of(v, c));
  int column0 = (box.x0 - t->tile->x) / BLOCK_WIDTH, column1 = (box.x1 - t->tile->x) / BLOCK_WIDTH;
  int row0 = (box.y0 - t->tile->y) / BLOCK_HEIGHT, row1 = (box.y1 - t->tile->y) / BLOCK_HEIGHT;
  for (int row = row0; row <= row1; row++) {
    int32_t y = (t->tile->y + row * BLOCK_HEIGHT) * SUBPIXELS + t->tile->sample_y;
    for (int column = column0; column <= column1; column++) {
      int32_t x = (t->tile->x + column * BLOCK_WIDTH) * SUBPIXELS + t->tile->sample_x;
      integer outside =
          (lanes_ab + line_at(ab, x, y)) | (lanes_bc + line_at(bc, x, y)) | (lanes_ca + line_at(ca, x, y));
      mask hit = mask_not(ilt(outside, isplat(0)));
      if (any_lane(hit)) enter_block(t, column, row, hit, &plane, triangle);
    }
  }
}

/* ------------------------------------------------------------------------------------------------ all triangles */

/* An edge, and the amounts that the pixels of a pinhole's block add to the edge's value at the first pixel. */
typedef struct edge_lanes {
  edge e;
  int64_t bias;
  wide steps;
} edge_lanes;

KERNEL edge_lanes lanes_of_edge(edge e) {
  edge_lanes l;
  l.e = e;
  l.bias = edge_bias(e);
  l.steps = widen(lane_column()) * (e.x * SUBPIXELS) + widen(lane_row()) * (e.y * SUBPIXELS);
  return l;
}
/* An edge's values at a pinhole's block whose first pixel is sampled at x, y. */
KERNEL wide edge_over_image(const edge_lanes *l, int64_t x, int64_t y) {
  return l->steps + (edge_at(l->e, x, y, SUBPIXELS) + l->bias);
}
/* An edge's values at a block of pixels with arbitrary directions. */
KERNEL wide edge_over_directions(const edge_lanes *l, wide x, wide y, wide w) {
  return x * l->e.x + y * l->e.y + w * l->e.w + l->bias;
}
/* Whether no pixel of the rectangle between two sampled points is on the inner side. The largest value is at a
 * corner. */
KERNEL int edge_excludes(edge e, int64_t x0, int64_t y0, int64_t x1, int64_t y1) {
  return edge_at(e, e.x > 0 ? x1 : x0, e.y > 0 ? y1 : y0, SUBPIXELS) < 0;
}

STAGE void draw_any(const mesh_target *t, const cluster_vertices *v, int a, int b, int c, pixel_box box, int triangle) {
  const snapped sa = snapped_of(v, a), sb = snapped_of(v, b), sc = snapped_of(v, c);
  const edge ab = edge_between(sa, sb), bc = edge_between(sb, sc), ca = edge_between(sc, sa);
  if (edge_at(ab, sc.x, sc.y, sc.w) <= 0) return; /* minus the determinant */
  const int flat = t->view->projection == MYR_PINHOLE;
  const tile_position *tile = t->tile;
  if (flat) {
    int64_t x0 = (int64_t)box.x0 * SUBPIXELS + tile->sample_x, x1 = (int64_t)box.x1 * SUBPIXELS + tile->sample_x;
    int64_t y0 = (int64_t)box.y0 * SUBPIXELS + tile->sample_y, y1 = (int64_t)box.y1 * SUBPIXELS + tile->sample_y;
    if (edge_excludes(ab, x0, y0, x1, y1) || edge_excludes(bc, x0, y0, x1, y1) || edge_excludes(ca, x0, y0, x1, y1))
      return;
  }
  const edge_lanes lanes_ab = lanes_of_edge(ab), lanes_bc = lanes_of_edge(bc), lanes_ca = lanes_of_edge(ca);
  depth_plane plane = plane_of(corner_of(v, a), corner_of(v, b), corner_of(v, c));
  if (!flat) plane_of_distance(corner_of(v, a), corner_of(v, b), corner_of(v, c), &plane);
  int column0 = (box.x0 - tile->x) / BLOCK_WIDTH, column1 = (box.x1 - tile->x) / BLOCK_WIDTH;
  int row0 = (box.y0 - tile->y) / BLOCK_HEIGHT, row1 = (box.y1 - tile->y) / BLOCK_HEIGHT;
  for (int row = row0; row <= row1; row++)
    for (int column = column0; column <= column1; column++) {
      wide outside;
      if (flat) {
        int64_t x = (int64_t)(tile->x + column * BLOCK_WIDTH) * SUBPIXELS + tile->sample_x;
        int64_t y = (int64_t)(tile->y + row * BLOCK_HEIGHT) * SUBPIXELS + tile->sample_y;
        outside =
            edge_over_image(&lanes_ab, x, y) | edge_over_image(&lanes_bc, x, y) | edge_over_image(&lanes_ca, x, y);
      } else {
        integer x, y, w;
        snap_ray(tile_ray(t->rays, column, row), &x, &y, &w);
        wide px = widen(x), py = widen(y), pw = widen(w);
        outside = edge_over_directions(&lanes_ab, px, py, pw);
        if (all_lanes(wide_negative(outside))) continue;
        outside = outside | edge_over_directions(&lanes_bc, px, py, pw);
        if (all_lanes(wide_negative(outside))) continue;
        outside = outside | edge_over_directions(&lanes_ca, px, py, pw);
      }
      mask hit = mask_not(wide_negative(outside));
      if (any_lane(hit)) enter_block(t, column, row, hit, &plane, triangle);
    }
}

/* ------------------------------------------------------------------------------------------------ clusters */

/* LANES triangles of a cluster: their vertices, the pixels they may cover and, as bits, the way each is drawn. */
typedef struct triangle_group {
  integer a, b, c;        /* vertices of the cluster */
  integer x0, y0, x1, y1; /* pixels, inclusive */
  unsigned small, any;
} triangle_group;

/* The pixels first .. last whose sample points are between low and high, in subpixels. */
KERNEL void pixels_of_subpixels(integer low, integer high, int sample, int first, int last, integer *from,
                                integer *to) {
  *from = integer_maximum((low + (SUBPIXELS - 1 - sample)) >> 8, isplat(first)); /* SUBPIXELS is 2^8 */
  *to = integer_minimum((high - sample) >> 8, isplat(last));
}

/* Culls the triangles of a pinhole view: those that lie in the image and cover no sampled point, and those that show
 * their back. */
KERNEL void cull_flat(const cluster_vertices *v, const tile_position *tile, pixel_box box, mask there,
                      triangle_group *g) {
  const integer *xs = v->snapped_x, *ys = v->snapped_y, *ws = v->snapped_w;
  const int n = MYR_CLUSTER_VERTICES / LANES;
  integer ax = igather_from_lanes(xs, n, g->a), bx = igather_from_lanes(xs, n, g->b);
  integer ay = igather_from_lanes(ys, n, g->a), by = igather_from_lanes(ys, n, g->b);
  integer aw = igather_from_lanes(ws, n, g->a), bw = igather_from_lanes(ws, n, g->b);
  integer cx = igather_from_lanes(xs, n, g->c), cy = igather_from_lanes(ys, n, g->c);
  integer cw = igather_from_lanes(ws, n, g->c);
  mask flat = ieq(aw, isplat(SUBPIXELS)) & ieq(bw, isplat(SUBPIXELS)) & ieq(cw, isplat(SUBPIXELS));
  mask ahead = ilt(isplat(0), integer_maximum(aw, integer_maximum(bw, cw)));
  integer low_x = integer_minimum(ax, integer_minimum(bx, cx)), high_x = integer_maximum(ax, integer_maximum(bx, cx));
  integer low_y = integer_minimum(ay, integer_minimum(by, cy)), high_y = integer_maximum(ay, integer_maximum(by, cy));
  pixels_of_subpixels(low_x, high_x, tile->sample_x, box.x0, box.x1, &g->x0, &g->x1);
  pixels_of_subpixels(low_y, high_y, tile->sample_y, box.y0, box.y1, &g->y0, &g->y1);
  mask meets = mask_not(ilt(g->x1, g->x0) | ilt(g->y1, g->y0));
  mask small = flat & ilt(high_x - low_x, isplat(SMALL_TRIANGLE)) & ilt(high_y - low_y, isplat(SMALL_TRIANGLE));
  const integer none = isplat(0); /* the area of others would not fit */
  integer area = ichoose(small, by - ay, none) * ichoose(small, cx - ax, none) -
                 ichoose(small, bx - ax, none) * ichoose(small, cy - ay, none);
  g->small = mask_bits(there & small & meets & ilt(none, area));
  g->any = mask_bits(there & ahead & mask_not(small) & (meets | mask_not(flat)));
  g->x0 = ichoose(flat, g->x0, isplat(box.x0));
  g->y0 = ichoose(flat, g->y0, isplat(box.y0));
  g->x1 = ichoose(flat, g->x1, isplat(box.x1));
  g->y1 = ichoose(flat, g->y1, isplat(box.y1));
}

/* The vertex with the number i in each lane. */
KERNEL vec3 vertices_of(const cluster_vertices *v, integer i) {
  const int n = MYR_CLUSTER_VERTICES / LANES;
  return v3(gather_from_lanes(v->x, n, i), gather_from_lanes(v->y, n, i), gather_from_lanes(v->z, n, i));
}

/* Culls the triangles of other projections by the sphere about their middle. */
KERNEL void cull_round(const myr_view *view, const cluster_vertices *v, pixel_box box, mask there, triangle_group *g) {
  vec3 a = vertices_of(v, g->a), b = vertices_of(v, g->b), c = vertices_of(v, g->c);
  vec3 middle = v3_scale(v3_add(v3_add(a, b), c), splat((scalar)(1.0 / 3)));
  real distance = v3_length(middle), reach = v3_length(v3_sub(a, middle));
  reach = maximum(reach, maximum(v3_length(v3_sub(b, middle)), v3_length(v3_sub(c, middle))));
  real slack = distance * splat((scalar)2e-6); /* bounds the shift by snapping, and rounding here */
  real facing = v3_dot(v3_cross(v3_sub(b, a), v3_sub(c, a)), middle);
  mask averted = lt(splat(8) * slack * (reach + slack) * distance, facing); /* also if vertices move by the slack */
  sphere_image image = view_sphere(view, middle, reach + slack);
  real x0, y0, x1, y1;
  pixels_of_interval(image.low_x, image.high_x, view->width, &x0, &x1);
  pixels_of_interval(image.low_y, image.high_y, view->height, &y0, &y1);
  g->x0 = integer_maximum(to_integer(x0), isplat(box.x0));
  g->y0 = integer_maximum(to_integer(y0), isplat(box.y0));
  g->x1 = integer_minimum(to_integer(x1) - 1, isplat(box.x1));
  g->y1 = integer_minimum(to_integer(y1) - 1, isplat(box.y1));
  g->small = 0;
  g->any = mask_bits(there & mask_not(averted) & mask_not(ilt(g->x1, g->x0) | ilt(g->y1, g->y0)));
}

STAGE void draw_cluster(const mesh_target *t, const mesh_place *place, const myr_mesh *mesh, const myr_cluster *cluster,
                        pixel_box box) {
  cluster_vertices v;
  place_vertices(t->view, place, mesh, cluster, &v);
  for (int first = 0; first < cluster->triangle_count; first += LANES) {
    triangle_group g;
    integer packed = load_integers(mesh->triangle + cluster->triangle_start + first);
    mask there = ilt(lane_index() + first, isplat(cluster->triangle_count));
    g.a = packed & 255;
    g.b = (packed >> 8) & 255;
    g.c = (packed >> 16) & 255;
    if (t->view->projection == MYR_PINHOLE)
      cull_flat(&v, t->tile, box, there, &g);
    else
      cull_round(t->view, &v, box, there, &g);
    for (unsigned left = g.small | g.any; left; left &= left - 1) {
      int lane = lowest_bit(left), triangle = cluster->triangle_start + first + lane;
      int a = lane_get_integer(&g.a, lane), b = lane_get_integer(&g.b, lane), c = lane_get_integer(&g.c, lane);
      pixel_box within;
      within.x0 = lane_get_integer(&g.x0, lane);
      within.y0 = lane_get_integer(&g.y0, lane);
      within.x1 = lane_get_integer(&g.x1, lane);
      within.y1 = lane_get_integer(&g.y1, lane);
      if (g.small >> lane & 1u)
        draw_small(t, &v, a, b, c, within, triangle);
      else
        draw_any(t, &v, a, b, c, within, triangle);
    }
  }
}

/* As rounding_reach: a mesh's vertices are placed in the camera's frame. */
KERNEL scalar mesh_reach(const myr_view *view, const mesh_place *place, const myr_mesh *mesh) {
  const float size[3] = {mesh->bound_radius, mesh->bound_radius, mesh->bound_radius};
  return rounding_reach(view, place->translation, size) + length_along_axes(mesh->bound_center);
}

/* Draws one drawable that is a mesh, at the tile's sample point. `rays` are the tile's. covered: gets the bits of all
 * pixels that would see it between near and far if nothing were in front of it; NULL: not requested. */
STAGE void raster_mesh(const myr_frame *frame, const myr_view *view, const tile_position *tile, const tile_rays *rays,
                       int drawable, visibility *buffer, coverage *covered) {
  const myr_drawable *d = frame->drawables + drawable;
  const myr_mesh *mesh = frame->meshes + d->mesh;
  const mesh_place place = place_mesh(view, d);
  const myr_mesh_level *level = mesh->levels + mesh_level(view, d, mesh);
  const int end = level->cluster_start + level->cluster_count;
  mesh_target target;
  target.view = view;
  target.tile = tile;
  target.rays = rays;
  target.buffer = buffer;
  target.covered = covered;
  target.drawable = drawable;
  target.reach = mesh_reach(view, &place, mesh);
  for (int first = level->cluster_start; first < end; first += LANES) {
    cluster_group g;
    cull_clusters(view, &place, mesh, first, end, tile, &g);
    for (unsigned left = g.seen; left; left &= left - 1) {
      int lane = lowest_bit(left);
      pixel_box box;
      box.x0 = (int)lane_get(&g.low_x, lane);
      box.y0 = (int)lane_get(&g.low_y, lane);
      box.x1 = (int)lane_get(&g.high_x, lane) - 1;
      box.y1 = (int)lane_get(&g.high_y, lane) - 1;
      draw_cluster(&target, &place, mesh, mesh->clusters + first + lane, box);
    }
  }
}

#endif
