/* From the visibility buffer to fragments: a fragment describes one drawable where the pixels of a block see it. */
#ifndef MYR_RASTER_FRAGMENT_H
#define MYR_RASTER_FRAGMENT_H

#include "kernels/raster/raster_mesh.h"
#include "kernels/raster/raster_primitives.h"

/* A block of a tile, and the values that all its pixels share. */
typedef struct block_view {
  const tile_position *tile;
  const tile_rays *rays;
  int column, row; /* of blocks, in the tile */
  vec3 ray;        /* camera's frame */
  real depth;
  integer drawable;
  const integer *drawable_of_lanes, *triangle; /* in the visibility buffer */
} block_view;

KERNEL block_view view_block(const tile_position *tile, const tile_rays *rays, const visibility *buffer, int column,
                             int row) {
  int block = row * TILE_BLOCKS_X + column;
  block_view b;
  b.tile = tile;
  b.rays = rays;
  b.column = column;
  b.row = row;
  b.ray = tile_ray(rays, column, row);
  b.depth = buffer->depth[block];
  b.drawable = buffer->drawable[block];
  b.drawable_of_lanes = &buffer->drawable[block];
  b.triangle = &buffer->triangle[block];
  return b;
}

/* The lanes of a block inside the image. */
KERNEL mask block_inside(const tile_position *tile, int column, int row) {
  if ((column + 1) * BLOCK_WIDTH <= tile->width && (row + 1) * BLOCK_HEIGHT <= tile->height) return mask_splat(1);
  integer x = (lane_index() & (BLOCK_WIDTH - 1)) + column * BLOCK_WIDTH;
  integer y = (lane_index() >> BLOCK_SHIFT) + row * BLOCK_HEIGHT;
  return ilt(x, isplat(tile->width)) & ilt(y, isplat(tile->height));
}

KERNEL mat3 splat_matrix(const float *m) {
  mat3 r;
  r.row0 = v3_splat(m);
  r.row1 = v3_splat(m + 3);
  r.row2 = v3_splat(m + 6);
  return r;
}

/* The point and outward normal of one drawable, seen along `direction`, in its own frame; off lanes hold finite values.
 * `shape` is the drawable's, a constant where this is called in a loop over blocks. */
KERNEL void fragment_of_shape(const scene *s, const block_view *b, int drawable, int shape, const shape_constants *c,
                              vec3 direction, mask on, fragment *f) {
  f->on = on;
  f->depth = b->depth;
  f->local = v3_madd(direction, b->depth, c->origin);
  f->u = f->v = f->uv_per_metre = zero();
  if (shape == MYR_SHAPE_MESH)
    mesh_fragment(s->frame->meshes + s->frame->drawables[drawable].mesh, *b->triangle, f);
  else
    f->local_normal = shape_normal(shape, c->size, f->local, direction);
}
KERNEL void fragment_surface(const scene *s, const block_view *b, int drawable, const shape_constants *c, mask on,
                             fragment *f) {
  fragment_of_shape(s, b, drawable, s->frame->drawables[drawable].shape, c, local_ray(c, b->ray), on, f);
}

/* The distance that the seen point moves over its tangent plane while the ray turns by `turn`. Because n (p + t D) is
 * constant, dp = t (dD - D (n dD) / (n D)). depth_over_facing: t / -(n D); along_normal: n dD. */
KERNEL vec3 footprint_step(vec3 direction, real depth, real depth_over_facing, vec3 turn, real along_normal) {
  return v3_madd(direction, along_normal * depth_over_facing, v3_scale(turn, depth));
}

/* t / -(n D), with a bound at the horizon, where n D goes to zero. */
KERNEL real depth_over_facing(const block_view *b, real facing) {
  return b->depth / maximum(facing, splat(1 / MOST_OVER_FACING));
}

/* The approximate turn of the ray from one pixel to the next, along x and along y, in a drawable's frame. */
KERNEL void local_ray_steps(const scene *s, const block_view *b, const shape_constants *c, vec3 *turn_x, vec3 *turn_y) {
  if (b->rays->separable) {
    *turn_x = v3_scale(m3_column0(c->rotation), splat(b->rays->step_x));
    *turn_y = v3_scale(m3_column1(c->rotation), splat(b->rays->step_y));
    return;
  }
  view_ray_steps(s->view, sample_x(b->tile, b->column), sample_y(b->tile, b->row), b->ray, turn_x, turn_y);
  *turn_x = local_ray(c, *turn_x);
  *turn_y = local_ray(c, *turn_y);
}

/* The values that the fragments of a block share for all drawables. */
typedef struct block_rays {
  vec3 world;
  real length;
} block_rays;

KERNEL real ray_length(const myr_view *view, vec3 ray) {
  return view->projection == MYR_PINHOLE ? v3_length(ray) : splat(1);
}
KERNEL block_rays rays_of_block(const scene *s, const block_view *b) {
  block_rays rays;
  rays.world = m3_apply(splat_matrix(s->view->rotation), b->ray);
  rays.length = ray_length(s->view, b->ray);
  return rays;
}

/* Fills the values that do not depend on the drawable seen there. */
KERNEL void fragment_of_ray(const scene *s, const block_view *b, const block_rays *rays, mask on, fragment *f) {
  f->on = on;
  f->depth = b->depth;
  f->ray = rays->world;
  f->ray_length = rays->length;
  f->position = v3_madd(f->ray, b->depth, v3_splat(s->view->position));
}

/* A plane's normal is its z axis. */
KERNEL vec3 plane_normal(const myr_drawable *d) {
  return v3(splat(d->rotation[2]), splat(d->rotation[5]), splat(d->rotation[8]));
}

/* patterned: 0 if the plane has no pattern; then no function reads the point's place on the plane. */
KERNEL void fragment_of_plane(const scene *s, const block_view *b, int drawable, int patterned, fragment *f) {
  f->normal = plane_normal(s->frame->drawables + drawable);
  f->local = f->step_x = f->step_y = v3_zero();
  f->local_normal = unit_axis(2, splat(1));
  f->u = f->v = f->uv_per_metre = zero();
  if (!patterned) return;
  const shape_constants c = load_shape(s, drawable);
  vec3 turn_x, turn_y, direction = local_ray(&c, b->ray);
  real over_facing = depth_over_facing(b, -direction.z);
  local_ray_steps(s, b, &c, &turn_x, &turn_y);
  f->local = v3_madd(direction, b->depth, c.origin);
  f->step_x = footprint_step(direction, b->depth, over_facing, turn_x, turn_x.z);
  f->step_y = footprint_step(direction, b->depth, over_facing, turn_y, turn_y.z);
}

/* The fragment of the lanes `on` of a block, for shading. patterns: 0 if no pattern is mapped in the drawable's own
 * frame. */
KERNEL void fragment_of_block(const scene *s, const block_view *b, const block_rays *rays, int drawable, mask on,
                              int patterns, fragment *f) {
  const myr_drawable *d = s->frame->drawables + drawable;
  int patterned = patterns && s->view->patterns && s->frame->surfaces[d->surface].pattern != MYR_PATTERN_NONE;
  fragment_of_ray(s, b, rays, on, f);
  if (d->shape == MYR_GEOM_PLANE) {
    fragment_of_plane(s, b, drawable, patterned, f);
    return;
  }
  const shape_constants c = load_shape(s, drawable);
  fragment_surface(s, b, drawable, &c, on, f);
  f->normal = m3_apply(splat_matrix(d->rotation), f->local_normal);
  f->step_x = f->step_y = v3_zero();
  if (!patterned) return;
  vec3 turn_x, turn_y, n = f->local_normal, direction = local_ray(&c, b->ray);
  real over_facing = depth_over_facing(b, -v3_dot(n, direction));
  local_ray_steps(s, b, &c, &turn_x, &turn_y);
  f->step_x = footprint_step(direction, b->depth, over_facing, turn_x, v3_dot(n, turn_x));
  f->step_y = footprint_step(direction, b->depth, over_facing, turn_y, v3_dot(n, turn_y));
}

/* The drawables that a block sees, one after the other. `left` holds the lanes still to come; each step takes all lanes
 * that see the same drawable as the first of them. */
KERNEL int next_drawable(const block_view *b, unsigned *left, mask *on) {
  int drawable = lane_get_integer(b->drawable_of_lanes, lowest_bit(*left));
  *on = ieq(b->drawable, isplat(drawable));
  *left &= ~mask_bits(*on);
  return drawable;
}
KERNEL unsigned seeing_lanes(const block_view *b) { return mask_bits(mask_not(ilt(b->drawable, isplat(0)))); }

#endif
