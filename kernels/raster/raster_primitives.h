/* Draws analytic shapes into the visibility buffer of a tile. */
#ifndef MYR_RASTER_PRIMITIVES_H
#define MYR_RASTER_PRIMITIVES_H

#include "kernels/raster/raster_nearest.h"
#include "kernels/raster/raster_setup.h"

/* The rays of a tile's sampled points, block by block. A pinhole's x changes with the column only and its y with the
 * row only, and z is 1. Then x has one entry for each column of blocks, y has one for each row, and z is not used. */
typedef struct tile_rays {
  real x[TILE_BLOCKS], y[TILE_BLOCKS], z[TILE_BLOCKS];
  int separable;
  scalar step_x, step_y; /* of a pinhole: from pixel to pixel x grows by this along a row, y along a column */
} tile_rays;

/* From a block's corner to its pixels, in px. */
KERNEL real lane_x(void) { return to_real(lane_index() & (BLOCK_WIDTH - 1)); }
KERNEL real lane_y(void) { return to_real(lane_index() >> BLOCK_SHIFT); }

/* The points where the pixels of a block are sampled, in px of the view. */
KERNEL real sample_x(const tile_position *tile, int column) {
  scalar offset = (scalar)tile->sample_x * (scalar)(1.0 / SUBPIXELS);
  return lane_x() + splat((scalar)(tile->x + column * BLOCK_WIDTH) + offset);
}
KERNEL real sample_y(const tile_position *tile, int row) {
  scalar offset = (scalar)tile->sample_y * (scalar)(1.0 / SUBPIXELS);
  /* NOLINTNEXTLINE(bugprone-integer-division): a block's height divides without a rest */
  return lane_y() + splat((scalar)(tile->y + row * BLOCK_HEIGHT) + offset);
}

KERNEL int tile_columns(const tile_position *tile) { return (tile->width + BLOCK_WIDTH - 1) / BLOCK_WIDTH; }
KERNEL int tile_rows(const tile_position *tile) { return (tile->height + BLOCK_HEIGHT - 1) / BLOCK_HEIGHT; }

KERNEL vec3 tile_ray(const tile_rays *rays, int column, int row) {
  if (rays->separable) return v3(rays->x[column], rays->y[row], splat(1));
  int block = row * TILE_BLOCKS_X + column;
  return v3(rays->x[block], rays->y[block], rays->z[block]);
}

/* Prepares the rays and an empty buffer. Triangles are not cleared where there are no meshes, because no function reads
 * them then. */
STAGE void begin_tile(const scene *s, const tile_position *tile, int meshes, tile_rays *rays, visibility *buffer) {
  const myr_view *view = s->view;
  int columns = tile_columns(tile), rows = tile_rows(tile);
  mask valid;
  rays->separable = view->projection == MYR_PINHOLE;
  if (rays->separable) {
    rays->step_x = 1 / view->focal[0];
    rays->step_y = 1 / view->focal[1];
    for (int column = 0; column < columns; column++)
      rays->x[column] = view_ray(view, sample_x(tile, column), zero(), &valid).x;
    for (int row = 0; row < rows; row++) rays->y[row] = view_ray(view, zero(), sample_y(tile, row), &valid).y;
  }
  const real far = splat(view->far_limit);
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < columns; column++) {
      int block = row * TILE_BLOCKS_X + column;
      buffer->depth[block] = far;
      buffer->drawable[block] = isplat(-1);
      if (meshes) buffer->triangle[block] = isplat(0);
      if (rays->separable) continue;
      vec3 ray = view_ray(view, sample_x(tile, column), sample_y(tile, row), &valid);
      rays->x[block] = ray.x;
      rays->y[block] = ray.y;
      rays->z[block] = ray.z;
      buffer->depth[block] = choose(valid, far, splat(DEPTH_BLIND));
    }
}

/* ------------------------------------------------------------------------------------------------ which blocks */

/* Blocks [column0, column1) x [row0, row1) of a tile. */
typedef struct block_rect {
  int column0, row0, column1, row1;
} block_rect;

/* Runs its body for every block of a rectangle, or of a tile, as `row` and `column`. */
#define EACH_BLOCK_IN(rect)                             \
  for (int row = (rect).row0; row < (rect).row1; row++) \
    for (int column = (rect).column0; column < (rect).column1; column++)
#define EACH_BLOCK(tile)                                                                     \
  for (int row = 0, rows = tile_rows(tile), columns = tile_columns(tile); row < rows; row++) \
    for (int column = 0; column < columns; column++)

KERNEL int int_clamp(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

KERNEL block_rect blocks_of_drawable(const scene *s, const tile_position *tile, int drawable) {
  const drawable_group *g = s->groups + drawable / LANES;
  int lane = drawable % LANES;
  int x0 = int_clamp((int)lane_get(&g->low_x, lane) - tile->x, 0, tile->width);
  int x1 = int_clamp((int)lane_get(&g->high_x, lane) - tile->x, 0, tile->width);
  int y0 = int_clamp((int)lane_get(&g->low_y, lane) - tile->y, 0, tile->height);
  int y1 = int_clamp((int)lane_get(&g->high_y, lane) - tile->y, 0, tile->height);
  block_rect r;
  r.column0 = x0 / BLOCK_WIDTH;
  r.column1 = (x1 + BLOCK_WIDTH - 1) / BLOCK_WIDTH;
  r.row0 = y0 / BLOCK_HEIGHT;
  r.row1 = (y1 + BLOCK_HEIGHT - 1) / BLOCK_HEIGHT;
  return r;
}

/* A bound of the distance from a block's middle to its corner, in px: half the diagonal of 8 x 4, 4 x 4, 4 x 2, 2 x 2
 * or 1 x 1. */
#define BLOCK_REACH \
  ((scalar)(LANES == 32 ? 4.4722 : LANES == 16 ? 2.8285 : LANES == 8 ? 2.2361 : LANES == 4 ? 1.4143 : 0.7072))

/* Tests a row of blocks, a lane each, against a thickened segment. */
typedef struct segment_test {
  real x, y, along_x, along_y, inverse_length2, reach2;
} segment_test;

KERNEL segment_test segment_of_drawable(const scene *s, const tile_position *tile, int drawable) {
  const drawable_group *g = s->groups + drawable / LANES;
  segment_test t;
  t.x = of_drawable(&g->segment_x, drawable) - splat((scalar)tile->x);
  t.y = of_drawable(&g->segment_y, drawable) - splat((scalar)tile->y);
  t.along_x = of_drawable(&g->along_x, drawable);
  t.along_y = of_drawable(&g->along_y, drawable);
  t.inverse_length2 = of_drawable(&g->inverse_length2, drawable);
  real reach = of_drawable(&g->disc_radius, drawable) + splat(BLOCK_REACH);
  t.reach2 = reach * reach;
  return t;
}

/* The blocks of columns [column0, column1) that may see the drawable, as bits. */
KERNEL uint64_t segment_row(const segment_test *t, int row, int column0, int column1) {
  if (column0 >= column1) return 0;
  uint64_t bits = 0;
  /* NOLINTNEXTLINE(bugprone-integer-division): as above */
  real y = splat(((scalar)row + (scalar)0.5) * BLOCK_HEIGHT) - t->y;
  for (int first = column0 / LANES * LANES; first < column1; first += LANES) {
    real x = (to_real(lane_index() + first) + splat((scalar)0.5)) * splat(BLOCK_WIDTH) - t->x;
    real at = clamp(fmadd(x, t->along_x, y * t->along_y) * t->inverse_length2, zero(), splat(1));
    real off_x = fnmadd(at, t->along_x, x), off_y = fnmadd(at, t->along_y, y);
    mask near = le(fmadd(off_x, off_x, off_y * off_y), t->reach2);
    bits |= (uint64_t)mask_bits(near) << first;
  }
  uint64_t from = ~(uint64_t)0 << column0, until = ~(uint64_t)0 >> (64 - column1);
  return bits & from & until;
}

/* ------------------------------------------------------------------------------------------------ drawing */

/* Adds a block's pixels to the rows of a coverage. */
KERNEL void cover_block(coverage *covered, int column, int row, unsigned bits) {
  if (!LANE_OWNS_ITEM_0()) return;
  for (int y = 0; y < BLOCK_HEIGHT; y++) {
    uint64_t pixels = (bits >> (y * BLOCK_WIDTH)) & ((1u << BLOCK_WIDTH) - 1u);
    covered->row[row * BLOCK_HEIGHT + y] |= pixels << (column * BLOCK_WIDTH);
  }
}

/* The camera frame's ray in the drawable's. The terms are added from the last. y and z do not change along a row of a
 * pinhole's blocks, so a loop over the row may start from their sum and gets the same bits. */
KERNEL vec3 local_ray(const shape_constants *c, vec3 ray) {
  const mat3 *m = &c->rotation;
  return v3_madd(m3_column0(*m), ray.x, v3_madd(m3_column1(*m), ray.y, v3_scale(m3_column2(*m), ray.z)));
}

KERNEL void draw_shape(const scene *s, const tile_position *tile, const tile_rays *rays, int drawable, int shape,
                       visibility *buffer, coverage *covered) {
  const block_rect blocks = blocks_of_drawable(s, tile, drawable);
  const segment_test segment = segment_of_drawable(s, tile, drawable);
  const shape_constants constants = load_shape(s, drawable);
  const depth_limits limits = limits_of_view(s->view);
  const real reach = splat(rounding_reach(s->view, constants.origin, s->frame->drawables[drawable].size));
  for (int row = blocks.row0; row < blocks.row1; row++) {
    uint64_t left = segment_row(&segment, row, blocks.column0, blocks.column1);
    vec3 of_row = v3_zero();
    if (rays->separable) of_row = v3_madd(m3_column1(constants.rotation), rays->y[row], m3_column2(constants.rotation));
    for (; left; left &= left - 1) {
      int column = lowest_bit(left), block = row * TILE_BLOCKS_X + column;
      vec3 direction = rays->separable ? v3_madd(m3_column0(constants.rotation), rays->x[column], of_row)
                                       : local_ray(&constants, tile_ray(rays, column, row));
      real t, steepness;
      mask hit = solve_shape(shape, &constants, direction, &t, &steepness);
      if (!any_lane(hit)) continue;
      hit = hit & within_limits(&limits, t);
      if (covered) cover_block(covered, column, row, mask_bits(hit));
      depth_test(buffer, block, hit, t, coincidence(reach, t, steepness), drawable);
    }
  }
}

/* One function for each shape, so that its loop contains no code of the others. */
#define DRAW_SHAPE(name, shape)                                                                          \
  STAGE void draw_##name(const scene *s, const tile_position *tile, const tile_rays *rays, int drawable, \
                         visibility *buffer, coverage *covered) {                                        \
    draw_shape(s, tile, rays, drawable, shape, buffer, covered);                                         \
  }
DRAW_SHAPE(plane, MYR_GEOM_PLANE)
DRAW_SHAPE(sphere, MYR_GEOM_SPHERE)
DRAW_SHAPE(capsule, MYR_GEOM_CAPSULE)
DRAW_SHAPE(ellipsoid, MYR_GEOM_ELLIPSOID)
DRAW_SHAPE(cylinder, MYR_GEOM_CYLINDER)
DRAW_SHAPE(box, MYR_GEOM_BOX)
#undef DRAW_SHAPE

/* Draws one drawable that is no mesh; `covered` may be NULL. */
KERNEL void draw_primitive(const scene *s, const tile_position *tile, const tile_rays *rays, int drawable,
                           visibility *buffer, coverage *covered) {
  switch (s->frame->drawables[drawable].shape) {
  case MYR_GEOM_PLANE: draw_plane(s, tile, rays, drawable, buffer, covered); break;
  case MYR_GEOM_SPHERE: draw_sphere(s, tile, rays, drawable, buffer, covered); break;
  case MYR_GEOM_CAPSULE: draw_capsule(s, tile, rays, drawable, buffer, covered); break;
  case MYR_GEOM_ELLIPSOID: draw_ellipsoid(s, tile, rays, drawable, buffer, covered); break;
  case MYR_GEOM_CYLINDER: draw_cylinder(s, tile, rays, drawable, buffer, covered); break;
  default: draw_box(s, tile, rays, drawable, buffer, covered); break;
  }
}

#endif
